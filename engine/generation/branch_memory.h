#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

#include "engine/decoder/decoder.h"
#include "engine/generation/generation.h"
#include "engine/generation/prompt.h"
#include "engine/model/weights.h"
#include "engine/routing/routing_record.h"

namespace gatescope {

/// A token that was computed: what was in force then, and how it was routed.
struct KnownToken {
    TokenId token = 0;
    std::shared_ptr<const InterventionSet> interventions;
    RoutingRecordPtr routing;

    bool is(TokenId other, const InterventionSet& inForce) const {
        return token == other && (interventions.get() == &inForce || *interventions == inForce);
    }
};

/// What a sequence knows beyond what its KV cache holds: the ends of branches that were left, put
/// aside in host memory within a bound that is never exceeded.
///
/// Each token of the conversation's tree is held once, in the live sequence or in one tail (what a
/// tail holds and is computed again all the same, until the next change of branch in both). A tail
/// hangs on the live sequence or on another tail, behind the token it was cut from. Leaving a
/// branch makes a tail; coming back moves its rows into the cache again, through as many tails as
/// the way has. Where memory is short, tails lose their last tokens, those put aside longest ago
/// first: what hangs on a tail was always put aside before it, so nothing comes loose. A branch put
/// aside and one brought back need room at the same time; where there is not so much, the one put
/// aside loses its end.
///
/// Why not a whole cache for each branch: ten regenerations of a reply behind 4000 tokens would
/// hold these ten times, 20 GB of Grok-1's. Why not caches in pages that branches share: every
/// kernel would have to look them up, in each step; a branch is changed once in many steps, and the
/// copies take a hundredth of the time of the prefill that they replace (docs/benchmarks.md).
///
/// Owned by the Sequence. Engine thread only.
class BranchMemory {
  public:
    /// Holds rows of caches like `cache`. `boundBytes` also pays for ids and routing records, so
    /// that a bound of less than a token's bytes means: nothing is kept.
    /// Throws Error(NoMemory) with the bytes; pages that were never used are only reserved.
    BranchMemory(const ModelConfig& config, const KvCache& cache, std::uint64_t boundBytes);

    /// Makes `cache`, which holds the tokens `live`, hold their first `from` and then all that is
    /// known of what follows in `prompt`, up to `most` tokens; puts the rest of `live` aside.
    /// Requires from <= most, prompt.tokens.size(), and that `prompt` begins with `from` of `live`.
    /// Where `stop` is requested, the rest of the way is not gone, and of `live` not all is kept.
    /// Throws what the cache throws; what is held is not sound then: forget().
    void change(KvCache& cache,
                std::vector<KnownToken>& live,
                const EncodedPrompt& prompt,
                std::size_t from,
                std::size_t most,
                const std::stop_token& stop);

    /// The live sequence lost all behind its first `length` tokens: so does what hung there.
    void truncate(std::size_t length);
    void forget();

    BranchMemoryUse use() const;

  private:
    struct Aside {
        KnownToken known;
        std::size_t slot = kNoSlot;  ///< of its row in rows_
    };
    struct Tail {
        std::size_t begin = 0;   ///< position of its first token
        Tail* parent = nullptr;  ///< what it hangs on; null: the live sequence
        std::vector<Aside> tokens;

        std::size_t end() const { return begin + tokens.size(); }
    };
    static constexpr auto kNoSlot = static_cast<std::size_t>(-1);

    void dropWhatLiveHolds(std::span<const KnownToken> live);
    Tail& hang(std::size_t begin, std::vector<Aside> tokens);
    std::vector<Aside> take(const EncodedPrompt& prompt, std::size_t from, std::size_t most);
    void moveFront(Tail& tail, std::size_t count);
    void save(const KvCache& cache, Tail& aside, const std::stop_token& stop);
    void restore(KvCache& cache,
                 std::vector<Aside>& tokens,
                 std::vector<KnownToken>& live,
                 const std::stop_token& stop);
    bool provideSlot(const Tail& aside, Aside& token);
    void release(Aside& token);
    void cut(Tail& tail, std::size_t size);
    void dropWhatIsLoose();
    std::byte* row(std::size_t slot) { return rows_.data() + slot * rowBytes_; }

    std::size_t rowBytes_;
    std::size_t chunkTokens_;  ///< copied between two looks at the stop token
    std::size_t tokenBytes_;   ///< a row and what else is kept of a token, at most
    std::size_t numSlots_;
    std::size_t usedSlots_ = 0;  ///< slots from here on were never used
    std::vector<std::size_t> freeSlots_;
    AlignedBuffer rows_;     ///< [numSlots, rowBytes]
    std::list<Tail> tails_;  ///< the one put aside longest ago first: parents behind children
};

}  // namespace gatescope
