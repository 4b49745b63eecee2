#include "engine/generation/branch_memory.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "engine/check.h"

namespace gatescope {
namespace {

/// Bytes copied between two looks at the stop token: some 30 ms.
constexpr std::size_t kChunkBytes = std::size_t{64} << 20;

/// What a token takes beside its row, counted high: a routing record in which every expert is
/// selected, with what the allocator adds to its pieces.
std::size_t recordBytes(const ModelConfig& config) {
    const auto perExpert = 2 * sizeof(float) + sizeof(std::int32_t);
    return static_cast<std::size_t>(config.numLayers) *
               static_cast<std::size_t>(config.numExperts) * perExpert +
           sizeof(RoutingRecord) + 128;
}

}  // namespace

BranchMemory::BranchMemory(const ModelConfig& config,
                           const KvCache& cache,
                           std::uint64_t boundBytes)
    : rowBytes_(cache.rowBytes()),
      chunkTokens_(std::max<std::size_t>(1, kChunkBytes / (rowBytes_ + 1))),
      tokenBytes_(rowBytes_ + recordBytes(config) + sizeof(Aside) + sizeof(std::size_t)),
      numSlots_(boundBytes / tokenBytes_),
      rows_(numSlots_ * rowBytes_) {}

void BranchMemory::change(KvCache& cache,
                          std::vector<KnownToken>& live,
                          const EncodedPrompt& prompt,
                          std::size_t from,
                          std::size_t most,
                          const std::stop_token& stop) {
    dropWhatLiveHolds(live);
    std::vector<Aside> left;
    for (auto& known : std::span(live).subspan(from)) left.push_back({.known = std::move(known)});
    live.resize(from);
    Tail& aside = hang(from, std::move(left));
    auto next = take(prompt, from, most);  // before anything makes room for the other
    save(cache, aside, stop);
    cache.truncate(static_cast<int>(from));
    restore(cache, next, live, stop);
    if (!next.empty()) hang(live.size(), std::move(next));
    dropWhatIsLoose();
}

/// Whatever was computed again while a tail held it is held once from now on.
void BranchMemory::dropWhatLiveHolds(std::span<const KnownToken> live) {
    for (auto tail = tails_.rbegin(); tail != tails_.rend(); ++tail) {  // parents first
        if (tail->parent != nullptr) continue;
        std::size_t count = 0;
        while (count < tail->tokens.size() && tail->begin + count < live.size()) {
            const auto& known = tail->tokens[count].known;
            if (!live[tail->begin + count].is(known.token, *known.interventions)) break;
            release(tail->tokens[count++]);
        }
        moveFront(*tail, count);
    }
    dropWhatIsLoose();
}

/// Makes a tail of tokens that the live sequence ends with; what hung on them hangs on it.
BranchMemory::Tail& BranchMemory::hang(std::size_t begin, std::vector<Aside> tokens) {
    Tail& made = tails_.emplace_back();
    made.begin = begin;
    made.tokens = std::move(tokens);
    for (Tail& tail : tails_)
        if (&tail != &made && tail.parent == nullptr && tail.begin > begin) tail.parent = &made;
    return made;
}

/// The tail's first `count` tokens now belong to the live sequence.
void BranchMemory::moveFront(Tail& tail, std::size_t count) {
    tail.tokens.erase(tail.tokens.begin(),
                      tail.tokens.begin() + static_cast<std::ptrdiff_t>(count));
    tail.begin += count;
    for (Tail& other : tails_)
        if (other.parent == &tail && other.begin <= tail.begin) other.parent = nullptr;
}

/// Takes out the tokens of `prompt` from position `from` on that are known, in a row.
std::vector<BranchMemory::Aside> BranchMemory::take(const EncodedPrompt& prompt,
                                                    std::size_t from,
                                                    std::size_t most) {
    std::vector<Aside> taken;
    const auto isNext = [&](const Aside& token, std::size_t position) {
        return position < most &&
               token.known.is(prompt.tokens[position], *prompt.interventions[position]);
    };
    const auto continues = [&](const Tail& tail) {
        return tail.parent == nullptr && tail.begin == from + taken.size() &&
               !tail.tokens.empty() && isNext(tail.tokens.front(), tail.begin);
    };
    for (;;) {
        const auto tail = std::ranges::find_if(tails_, continues);
        if (tail == tails_.end()) return taken;
        std::size_t count = 0;
        while (count < tail->tokens.size() && isNext(tail->tokens[count], tail->begin + count))
            taken.push_back(std::move(tail->tokens[count++]));
        moveFront(*tail, count);
    }
}

void BranchMemory::save(const KvCache& cache, Tail& aside, const std::stop_token& stop) {
    std::vector<std::byte*> rows;
    std::size_t saved = 0;
    bool room = true;
    while (room && saved < aside.tokens.size() && !stop.stop_requested()) {
        rows.clear();
        while (rows.size() < std::min(chunkTokens_, aside.tokens.size() - saved)) {
            Aside& token = aside.tokens[saved + rows.size()];
            room = provideSlot(aside, token);
            if (!room) break;
            rows.push_back(row(token.slot));
        }
        cache.saveRows(static_cast<int>(aside.begin + saved), rows);
        saved += rows.size();
    }
    cut(aside, saved);
}

/// Moves tokens from the front of `tokens` to the live sequence.
void BranchMemory::restore(KvCache& cache,
                           std::vector<Aside>& tokens,
                           std::vector<KnownToken>& live,
                           const std::stop_token& stop) {
    std::vector<const std::byte*> rows;
    std::size_t restored = 0;
    while (restored < tokens.size() && !stop.stop_requested()) {
        const auto chunk =
            std::span(tokens).subspan(restored, std::min(chunkTokens_, tokens.size() - restored));
        rows.clear();
        for (const Aside& token : chunk) rows.push_back(row(token.slot));
        cache.appendRows(rows);
        for (Aside& token : chunk) {
            release(token);
            live.push_back(std::move(token.known));
        }
        restored += chunk.size();
    }
    tokens.erase(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(restored));
}

/// Gives a token of `aside` a slot; false where only its own could be had.
bool BranchMemory::provideSlot(const Tail& aside, Aside& token) {
    if (freeSlots_.empty() && usedSlots_ < numSlots_) freeSlots_.push_back(usedSlots_++);
    while (freeSlots_.empty()) {
        Tail& oldest = tails_.front();
        if (&oldest == &aside) return false;
        cut(oldest, oldest.tokens.empty() ? 0 : oldest.tokens.size() - 1);
        dropWhatIsLoose();
    }
    token.slot = freeSlots_.back();
    freeSlots_.pop_back();
    return true;
}

void BranchMemory::release(Aside& token) {
    if (token.slot != kNoSlot) freeSlots_.push_back(std::exchange(token.slot, kNoSlot));
}

/// Shortens the tail to `size` tokens.
void BranchMemory::cut(Tail& tail, std::size_t size) {
    for (auto& token : std::span(tail.tokens).subspan(size)) release(token);
    tail.tokens.resize(size);
}

/// Drops tails whose parent no longer reaches to where they hang, and empty ones.
void BranchMemory::dropWhatIsLoose() {
    for (auto tail = tails_.rbegin(); tail != tails_.rend(); ++tail)  // parents first
        if (tail->parent != nullptr && tail->begin > tail->parent->end()) cut(*tail, 0);
    std::erase_if(tails_, [](const Tail& tail) { return tail.tokens.empty(); });
}

void BranchMemory::truncate(std::size_t length) {
    for (Tail& tail : tails_)
        if (tail.parent == nullptr && tail.begin > length) cut(tail, 0);
    dropWhatIsLoose();
}

void BranchMemory::forget() {
    tails_.clear();
    freeSlots_.resize(usedSlots_);
    std::iota(freeSlots_.begin(), freeSlots_.end(), std::size_t{0});
}

BranchMemoryUse BranchMemory::use() const {
    return {.tokens = static_cast<int>(usedSlots_ - freeSlots_.size()),
            .bytes = usedSlots_ * tokenBytes_,
            .boundBytes = numSlots_ * tokenBytes_};
}

}  // namespace gatescope
