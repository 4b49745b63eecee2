#include "engine/generation/sequence.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/check.h"

namespace gatescope {

Sequence::Sequence(const ModelConfig& config,
                   std::unique_ptr<KvCache> cache,
                   std::uint64_t branchBytes)
    : config_(config), cache_(std::move(cache)), branches_(config_, *cache_, branchBytes) {
    // Made once, so that a decode step never grows them.
    const auto capacity = static_cast<std::size_t>(cache_->capacity());
    known_.reserve(capacity);
    tokens_.reserve(capacity);
}

const RoutingRecordPtr& Sequence::routing(int position) const {
    GS_CHECK_LT(position, length());
    return known_[static_cast<std::size_t>(position)].routing;
}

Sequence::Reuse Sequence::reuse(const EncodedPrompt& prompt, const std::stop_token& stop) {
    const std::size_t most = prompt.tokens.size() - 1;
    std::size_t common = 0;
    while (common < std::min(most, known_.size()) &&
           known_[common].is(prompt.tokens[common], *prompt.interventions[common]))
        ++common;
    try {
        branches_.change(*cache_, known_, prompt, common, most, stop);
    } catch (...) {  // not handled here: only what is half copied must not be reused later
        forget();
        throw;
    }
    tokens_.resize(common);
    for (auto i = common; i < known_.size(); ++i) tokens_.push_back(known_[i].token);
    GS_CHECK_EQ(static_cast<int>(known_.size()), length());
    return {.tokens = length(), .restored = length() - static_cast<int>(common)};
}

StepStatus Sequence::extend(Decoder& decoder,
                            const Batch& batch,
                            const std::shared_ptr<const InterventionSet>& interventions,
                            StepOutput& out,
                            std::stop_token stop) {
    return extend(batch.tokens, interventions, out, [&] {
        return decoder.forward(batch, *cache_, *interventions, out, std::move(stop));
    });
}

StepStatus Sequence::extend(Continuation& reply,
                            const std::shared_ptr<const InterventionSet>& interventions,
                            StepOutput& out,
                            const std::stop_token& stop) {
    const std::array token{reply.draw().token};
    return extend(token, interventions, out, [&] { return reply.advance(out, stop); });
}

template <class Compute>
StepStatus Sequence::extend(std::span<const TokenId> tokens,
                            const std::shared_ptr<const InterventionSet>& interventions,
                            StepOutput& out,
                            const Compute& compute) {
    const int before = length();
    try {
        if (compute() == StepStatus::Stopped) {
            GS_CHECK_EQ(length(), before);
            return StepStatus::Stopped;
        }
        if (out.firstNonFiniteLayer) {
            cache_->truncate(before);
            return StepStatus::Done;
        }
        for (int i = 0; i < static_cast<int>(tokens.size()); ++i) {
            const TokenId token = tokens[static_cast<std::size_t>(i)];
            known_.push_back(
                {.token = token,
                 .interventions = interventions,
                 .routing = std::make_shared<const RoutingRecord>(out.record(config_, i))});
            tokens_.push_back(token);
        }
    } catch (...) {  // not handled here: only the half-made step must not be reused later
        forget();
        throw;
    }
    GS_CHECK_EQ(static_cast<int>(known_.size()), length());
    return StepStatus::Done;
}

std::unique_ptr<Continuation> Sequence::continueWith(Decoder& decoder,
                                                     std::span<const float> logits,
                                                     const SamplerConfig& sampler,
                                                     int drawsBefore,
                                                     const InterventionSet& interventions,
                                                     int maxTokens) {
    const int room = capacity() - length();
    if (room == 0) return nullptr;
    return decoder.continueFrom({.cache = *cache_,
                                 .logits = logits,
                                 .recent = tokens_,
                                 .sampler = sampler,
                                 .drawsBefore = drawsBefore,
                                 .interventions = interventions,
                                 .maxTokens = std::min(room, maxTokens)});
}

StepStatus Sequence::copyTo(KvCache& other, const std::stop_token& stop) const {
    GS_CHECK_EQ(other.length(), 0);
    GS_CHECK_LE(length(), other.capacity());
    constexpr int kRows = 64;  // a few milliseconds between two looks at the stop token
    const auto rowBytes = static_cast<std::size_t>(cache_->rowBytes());
    std::vector<std::byte> memory(rowBytes * static_cast<std::size_t>(std::min(kRows, length())));
    for (int begin = 0; begin < length(); begin += kRows) {
        if (stop.stop_requested()) return StepStatus::Stopped;
        std::vector<std::byte*> rows;
        for (int i = 0; i < std::min(kRows, length() - begin); ++i)
            rows.push_back(memory.data() + static_cast<std::size_t>(i) * rowBytes);
        cache_->saveRows(begin, rows);
        other.appendRows(std::vector<const std::byte*>(rows.begin(), rows.end()));
    }
    return StepStatus::Done;
}

void Sequence::truncate(int length) {
    GS_CHECK(length >= 0);
    cache_->truncate(length);
    known_.resize(static_cast<std::size_t>(length));
    tokens_.resize(static_cast<std::size_t>(length));
    branches_.truncate(static_cast<std::size_t>(length));
}

void Sequence::forget() {
    known_.clear();
    tokens_.clear();
    branches_.forget();
    cache_->truncate(0);
}

}  // namespace gatescope
