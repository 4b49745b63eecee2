#include "engine/generation/sequence.h"

#include <algorithm>
#include <utility>

#include "engine/check.h"

namespace gatescope {
namespace {

bool same(const std::shared_ptr<const InterventionSet>& a,
          const std::shared_ptr<const InterventionSet>& b) {
    return a == b || *a == *b;
}

}  // namespace

Sequence::Sequence(const ModelConfig& config, std::unique_ptr<KvCache> cache)
    : config_(config), cache_(std::move(cache)) {
    // Made once, so that a decode step never grows them.
    const auto capacity = static_cast<std::size_t>(cache_->capacity());
    tokens_.reserve(capacity);
    interventions_.reserve(capacity);
    routing_.reserve(capacity);
}

const RoutingRecordPtr& Sequence::routing(int position) const {
    GS_CHECK_LT(position, length());
    return routing_[static_cast<std::size_t>(position)];
}

int Sequence::reuse(const EncodedPrompt& prompt) {
    const std::size_t most = std::min(tokens_.size(), prompt.tokens.size() - 1);
    std::size_t common = 0;
    while (common < most && tokens_[common] == prompt.tokens[common] &&
           same(interventions_[common], prompt.interventions[common]))
        ++common;
    truncate(static_cast<int>(common));
    return static_cast<int>(common);
}

StepStatus Sequence::extend(Decoder& decoder,
                            const Batch& batch,
                            const std::shared_ptr<const InterventionSet>& interventions,
                            StepOutput& out,
                            std::stop_token stop) {
    const int before = length();
    try {
        if (decoder.forward(batch, *cache_, *interventions, out, std::move(stop)) ==
            StepStatus::Stopped) {
            GS_CHECK_EQ(length(), before);
            return StepStatus::Stopped;
        }
        if (out.firstNonFiniteLayer) {
            cache_->truncate(before);
            return StepStatus::Done;
        }
        for (int i = 0; i < static_cast<int>(batch.tokens.size()); ++i) {
            routing_.push_back(std::make_shared<const RoutingRecord>(out.record(config_, i)));
            interventions_.push_back(interventions);
            tokens_.push_back(batch.tokens[static_cast<std::size_t>(i)]);
        }
    } catch (...) {  // not handled here: only the half-made step must not be reused later
        truncate(0);
        throw;
    }
    GS_CHECK_EQ(static_cast<int>(tokens_.size()), length());
    return StepStatus::Done;
}

void Sequence::truncate(int length) {
    GS_CHECK(length >= 0);
    cache_->truncate(std::min(length, cache_->length()));
    const auto kept = static_cast<std::size_t>(length);
    tokens_.resize(std::min(kept, tokens_.size()));
    interventions_.resize(std::min(kept, interventions_.size()));
    routing_.resize(std::min(kept, routing_.size()));
}

}  // namespace gatescope
