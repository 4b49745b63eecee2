#include "engine/inspection/attention_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "engine/check.h"
#include "engine/decoder/step.h"
#include "engine/error.h"
#include "engine/inspection/inspection_checks.h"

namespace gatescope {
namespace {

constexpr std::size_t kTokensAtOnce = 64;  // computed between two looks at the stop token

/// The last tokens before `end` whose map is kept.
int queriesThatFit(int end) {
    int first = end;
    while (first > 0 && AttentionMap::numWeights(first - 1, end) <= kMostMapWeights) --first;
    return end - first;
}

void checkSize(int firstQuery, int end) {
    if (firstQuery < 0 || firstQuery >= end)
        throw Error(
            ErrorKind::BadUsage,
            fmt::format(
                "the attention of token {} was asked for, expected 0 to {}", firstQuery, end - 1));
    const std::size_t weights = AttentionMap::numWeights(firstQuery, end);
    if (weights > kMostMapWeights)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("the attention map of tokens {} to {} would take {} MiB, but at "
                                "most {} are kept: pick a range of tokens, such as the last {}",
                                firstQuery,
                                end - 1,
                                weights * sizeof(float) >> 20U,
                                kMostMapWeights * sizeof(float) >> 20U,
                                queriesThatFit(end)));
}

/// Not the engine's death: without room for the map, the model goes on.
AttentionMap makeMap(const AttentionMapRequest& request, int end) {
    try {
        return {request, end};
    } catch (const std::bad_alloc&) {
        throw Error(
            ErrorKind::NoMemory,
            fmt::format("the attention map of {} tokens needs {} MiB that the system does "
                        "not have: pick a shorter range of tokens",
                        end - request.firstQuery,
                        AttentionMap::numWeights(request.firstQuery, end) * sizeof(float) >> 20U));
    }
}

/// The beginning that is known already: up to the first token asked, which is computed again.
std::size_t reuseBefore(int firstQuery,
                        const EncodedPrompt& all,
                        Sequence& sequence,
                        const std::stop_token& stop) {
    EncodedPrompt beginning;
    beginning.tokens.assign(all.tokens.begin(), all.tokens.begin() + firstQuery + 1);
    beginning.interventions.assign(all.interventions.begin(),
                                   all.interventions.begin() + firstQuery + 1);
    return static_cast<std::size_t>(sequence.reuse(beginning, stop).tokens);
}

}  // namespace

// ---------------------------------------------------------------- AttentionMap

AttentionMap::AttentionMap(const AttentionMapRequest& request, int end)
    : id_(request.id),
      head_(request.head),
      firstQuery_(request.firstQuery),
      end_(end),
      weights_(numWeights(request.firstQuery, end)) {}

std::size_t AttentionMap::numWeights(int firstQuery, int end) {
    const auto upTo = [](int token) {
        const auto n = static_cast<std::size_t>(token);
        return n * (n + 1) / 2;
    };
    return upTo(end) - upTo(firstQuery);
}

std::span<float> AttentionMap::row(int query) {
    GS_CHECK(query >= firstQuery_ && query < end_);
    return std::span(weights_).subspan(numWeights(firstQuery_, query),
                                       static_cast<std::size_t>(query) + 1);
}

std::span<const float> AttentionMap::row(int query) const {
    GS_CHECK(query >= firstQuery_ && query < end_);
    return std::span(weights_).subspan(numWeights(firstQuery_, query),
                                       static_cast<std::size_t>(query) + 1);
}

// ---------------------------------------------------------------- mapAttention

std::optional<AttentionMap> mapAttention(Decoder& decoder,
                                         Sequence& sequence,
                                         const Tokenizer* tokenizer,
                                         const AttentionMapRequest& request,
                                         const std::stop_token& stop) {
    checkHead(request.head, decoder.config());
    const EncodedPrompt prompt =
        encodeForInspection(request.prompt, tokenizer, decoder.config(), sequence.capacity());
    const std::size_t total = prompt.tokens.size();
    checkSize(request.firstQuery, static_cast<int>(total));
    AttentionMap map = makeMap(request, static_cast<int>(total));
    const auto firstQuery = static_cast<std::size_t>(request.firstQuery);
    std::size_t done = reuseBefore(request.firstQuery, prompt, sequence, stop);
    StepOutput out;
    while (done < total) {
        const bool asked = done >= firstQuery;  // nothing is tapped on the way there
        const std::size_t limit = asked ? total : firstQuery;
        const std::size_t end = endOfBatch(prompt, done, std::min(kTokensAtOnce, limit - done));
        const Batch batch{.tokens = std::span(prompt.tokens).subspan(done, end - done),
                          .logitsFor = LogitsFor::None,
                          .tapAttention = asked ? std::optional(request.head) : std::nullopt};
        if (sequence.extend(decoder, batch, prompt.interventions[done], out, stop) ==
            StepStatus::Stopped)
            return std::nullopt;
        requireFinite(out, decoder.config(), done);
        for (std::size_t t = 0; asked && t < end - done; ++t) {
            const auto query = static_cast<int>(done + t);
            const auto row = map.row(query);
            std::ranges::copy(attentionOf(out, static_cast<int>(t)).first(row.size()), row.begin());
        }
        done = end;
    }
    return map;
}

}  // namespace gatescope
