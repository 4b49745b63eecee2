#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "engine/decoder/decoder.h"
#include "engine/generation/generation.h"
#include "engine/generation/sequence.h"

namespace gatescope {

/// Where a head looked, asked of tokens [firstQuery, end of `prompt`).
struct AttentionMapRequest {
    GenerationId id = 0;                ///< that no generation has
    std::vector<PromptSegment> prompt;  ///< as of GenerationRequest
    AttentionHead head;
    int firstQuery = 0;  ///< the tokens before it are looked at, but not asked
};

/// The lower triangle of a head's softmax, rows [firstQuery, end): each token looks at itself and
/// the tokens before it, and its row's sum is 1. If it looked everywhere alike, each weight would
/// be evenWeight().
class AttentionMap {
  public:
    AttentionMap(const AttentionMapRequest& request, int end);

    GenerationId id() const { return id_; }
    AttentionHead head() const { return head_; }
    int firstQuery() const { return firstQuery_; }
    int end() const { return end_; }
    /// How much token `query` looked at tokens 0 to `query`, [query + 1]. Requires firstQuery() <=
    /// query < end().
    std::span<const float> row(int query) const;
    std::span<float> row(int query);
    static double evenWeight(int query) { return 1.0 / (query + 1); }

    /// Weights that the map of tokens [firstQuery, end) holds.
    static std::size_t numWeights(int firstQuery, int end);

  private:
    GenerationId id_;
    AttentionHead head_;
    int firstQuery_;
    int end_;
    std::vector<float> weights_;  ///< rows one behind the other, none padded
};

using AttentionMapPtr = std::shared_ptr<const AttentionMap>;

/// More is not kept, 64 MiB: the whole map of 5792 tokens, or part of that of a longer text.
inline constexpr std::size_t kMostMapWeights = std::size_t{1} << 24U;

/// Computes the steps of the tokens asked once more, some at a time, and keeps what the head's
/// softmax gave. What `sequence` held is put aside, as inspectToken() does. Empty: stopped.
/// Throws Error(BadUsage) for a request that makes no sense, does not fit, or would hold more than
/// kMostMapWeights; Error(NoMemory) where the map has no room; Error(DeviceFault) when numbers are
/// not finite, and what the decoder throws.
std::optional<AttentionMap> mapAttention(Decoder& decoder,
                                         Sequence& sequence,
                                         const Tokenizer* tokenizer,
                                         const AttentionMapRequest& request,
                                         const std::stop_token& stop);

}  // namespace gatescope
