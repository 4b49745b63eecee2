#include "engine/comparison/score_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/check.h"
#include "engine/error.h"
#include "engine/generation/scoped_interventions.h"
#include "engine/model/weights_assembly.h"

namespace gatescope {
namespace {

/// Tokens that are scored together: 32 rows of a vocabulary of 131072 are 16 MB, twice. Weights are
/// read once a chunk.
constexpr std::size_t kScoredAtOnce = 32;
/// The same where no logits are wanted.
constexpr std::size_t kSharedChunk = 256;

}  // namespace

ScoreRun::ScoreRun(const ScoreContext& context, const ScoreRequest& request, Emit emit)
    : context_(context), request_(request), emit_(std::move(emit)) {}

EncodedPrompt ScoreRun::encode() const {
    const ModelConfig& config = context_.decoder.config();
    const int capacity = context_.sequence.capacity();
    validate(request_.plain, config);
    if (request_.changed) validate(*request_.changed, config);
    auto all = encodePrompt(request_.sequence, context_.tokenizer, config, capacity);
    const auto tokens = static_cast<int>(all.tokens.size());
    if (tokens > capacity)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("{} tokens are to be compared, but the context holds {}: shorten "
                                "them by {}",
                                tokens,
                                capacity,
                                tokens - capacity));
    if (request_.firstPosition < 0 || request_.firstPosition >= tokens)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("the comparison begins at token {}, expected 0 to {}",
                                request_.firstPosition,
                                tokens - 1));
    return all;
}

StepStatus ScoreRun::run(const std::stop_token& stop) {
    const EncodedPrompt all = encode();
    const auto total = all.tokens.size();
    if (request_.changed) makeSecondCache(static_cast<int>(total));
    if (computeShared(all, stop) == StepStatus::Stopped) return StepStatus::Stopped;
    if (cache_ && context_.sequence.copyTo(*cache_, stop) == StepStatus::Stopped)
        return StepStatus::Stopped;
    const ScopedInterventions plain(request_.plain, context_.tokenizer);
    const ScopedInterventions other(request_.changed.value_or(InterventionSet()),
                                    context_.tokenizer);
    for (Chunk chunk{static_cast<std::size_t>(request_.firstPosition), 0}; chunk.first < total;
         chunk.first += chunk.count) {
        const auto at = [&](const ScopedInterventions& sets, std::size_t i) {
            return sets.at(static_cast<int>(i), all.tokens[i]);
        };
        const auto inForce = at(plain, chunk.first);
        const auto changed = at(other, chunk.first);
        const std::size_t most = std::min(kScoredAtOnce, total - chunk.first);
        chunk.count = 1;  // a chunk has one set of interventions on each way
        while (chunk.count < most && at(plain, chunk.first + chunk.count) == inForce &&
               at(other, chunk.first + chunk.count) == changed)
            ++chunk.count;
        const auto tokens = std::span(all.tokens).subspan(chunk.first, chunk.count);
        if (computePlain(tokens, LogitsFor::AllTokens, inForce, stop) == StepStatus::Stopped ||
            (cache_ && computeChanged(tokens, *changed, stop) == StepStatus::Stopped))
            return StepStatus::Stopped;
        emit_(PositionsScored{.id = request_.id,
                              .first = static_cast<int>(chunk.first),
                              .positions = score(all, chunk),
                              .total = static_cast<int>(total)});
    }
    return StepStatus::Done;
}

/// It is not in the plan, which would halve the context for what few ask for. Pages of a host's
/// memory are only reserved until they are written to, so a cache that does not fit would end the
/// program later; a GPU says at once that it has no room.
void ScoreRun::makeSecondCache(int tokens) {
    const std::uint64_t needed =
        static_cast<std::uint64_t>(tokens) * context_.sequence.bytesPerToken();
    if (context_.freeMemory) {
        if (const std::uint64_t free = context_.freeMemory(); needed > free)
            throw Error(ErrorKind::NoMemory,
                        fmt::format("to compare {} tokens a second KV cache needs {} ({} bytes) of "
                                    "memory, {} ({} bytes) are free: close other programs, or "
                                    "compare an earlier, shorter reply",
                                    tokens,
                                    bytesText(needed),
                                    needed,
                                    bytesText(free),
                                    free));
    }
    cache_ = context_.decoder.makeCache(tokens);
}

/// Brings the sequence to where the two ways part: exactly that far, as logits are wanted from
/// there on.
StepStatus ScoreRun::computeShared(const EncodedPrompt& all, const std::stop_token& stop) {
    const auto shared = static_cast<std::size_t>(request_.firstPosition);
    EncodedPrompt beginning;  // and one more token, as reuse() leaves the last one to compute
    beginning.tokens.assign(all.tokens.begin(), all.tokens.begin() + request_.firstPosition + 1);
    beginning.interventions.assign(all.interventions.begin(),
                                   all.interventions.begin() + request_.firstPosition + 1);
    auto done = static_cast<std::size_t>(context_.sequence.reuse(beginning, stop).tokens);
    while (done < shared) {
        const auto& inForce = all.interventions[done];
        std::size_t end = done + 1;  // a batch has one set of interventions
        while (end < shared && end - done < kSharedChunk && *all.interventions[end] == *inForce)
            ++end;
        const auto tokens = std::span(all.tokens).subspan(done, end - done);
        if (computePlain(tokens, LogitsFor::None, inForce, stop) == StepStatus::Stopped)
            return StepStatus::Stopped;
        done = end;
    }
    return StepStatus::Done;
}

StepStatus ScoreRun::computePlain(std::span<const TokenId> tokens,
                                  LogitsFor logitsFor,
                                  const std::shared_ptr<const InterventionSet>& interventions,
                                  const std::stop_token& stop) {
    const int position = context_.sequence.length();
    const auto status = context_.sequence.extend(
        context_.decoder, {.tokens = tokens, .logitsFor = logitsFor}, interventions, plain_, stop);
    if (status == StepStatus::Done) requireFinite(plain_, position);
    return status;
}

StepStatus ScoreRun::computeChanged(std::span<const TokenId> tokens,
                                    const InterventionSet& interventions,
                                    const std::stop_token& stop) {
    const int position = cache_->length();
    const auto status =
        context_.decoder.forward({.tokens = tokens, .logitsFor = LogitsFor::AllTokens},
                                 *cache_,
                                 interventions,
                                 changed_,
                                 stop);
    if (status == StepStatus::Done) requireFinite(changed_, position);
    return status;
}

std::vector<PositionScore> ScoreRun::score(const EncodedPrompt& all, Chunk chunk) const {
    const ModelConfig& config = context_.decoder.config();
    const auto vocab = static_cast<std::size_t>(config.vocabSize);
    std::vector<PositionScore> positions;
    positions.reserve(chunk.count);
    for (std::size_t i = 0; i < chunk.count; ++i) {
        const std::size_t at = chunk.first + i;
        const bool followed = at + 1 < all.tokens.size();
        const auto plain = std::span(plain_.logits).subspan(i * vocab, vocab);
        PositionScore score{.token = all.tokens[at],
                            .topPlain = mostLikely(plain),
                            .plain = context_.sequence.routing(static_cast<int>(at)),
                            .changed = nullptr};
        if (followed)
            score.logProbPlain = static_cast<float>(logProbability(plain, all.tokens[at + 1]));
        if (cache_) {
            const auto changed = std::span(changed_.logits).subspan(i * vocab, vocab);
            score.klBits = klBits(plain, changed);
            score.topChanged = mostLikely(changed);
            score.changed =
                std::make_shared<const RoutingRecord>(changed_.record(config, static_cast<int>(i)));
            if (followed)
                score.logProbChanged =
                    static_cast<float>(logProbability(changed, all.tokens[at + 1]));
        }
        positions.push_back(std::move(score));
    }
    return positions;
}

void ScoreRun::requireFinite(const StepOutput& out, int position) const {
    if (!out.firstNonFiniteLayer) return;
    const int layer = *out.firstNonFiniteLayer;
    throw Error(
        ErrorKind::DeviceFault,
        fmt::format("{} gave a number that is not finite (NaN or infinity) at token {}: the "
                    "comparison was stopped; the weights may be damaged, or an intervention too "
                    "large",
                    layer < context_.decoder.config().numLayers ? fmt::format("layer {}", layer)
                                                                : std::string("the output logits"),
                    position));
}

}  // namespace gatescope
