#include "ui/routing/fading_mean.h"

#include <algorithm>
#include <cmath>

#include "engine/check.h"

namespace gatescope {

FadingMean::FadingMean(int halfLife) : halfLife_(halfLife), fade_(std::exp2(-1.0 / halfLife)) {
    GS_CHECK(halfLife >= 1);
}

void FadingMean::Sum::add(const RoutingRecord* record, double fade) {
    weight *= fade;
    if (record == nullptr) {
        for (double& value : values) value *= fade;
        return;
    }
    weight += 1;
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = values[i] * fade + static_cast<double>(record->probs[i]);
}

void FadingMean::Sum::clear() {
    weight = 0;
    std::ranges::fill(values, 0.0);
}

std::vector<float> FadingMean::endingAt(int token, const RecordOf& recordOf) {
    const RoutingRecord* last = recordOf(token);
    GS_CHECK(last != nullptr);
    const int block = kBlock * halfLife_;
    const bool sameShape = last->numLayers == numLayers_ && last->numExperts == numExperts_;
    if (!sameShape || token_ < 0 || token < token_ || token - token_ > block)
        restart(*last, std::max(0, (token / block - 1) * block));
    while (token_ < token) step(recordOf(token_ + 1));
    std::vector<float> mean(older_.values.size());
    std::ranges::transform(older_.values, mean.begin(), [this](double sum) {
        return static_cast<float>(sum / older_.weight);
    });
    return mean;
}

void FadingMean::restart(const RoutingRecord& shape, int token) {
    numLayers_ = shape.numLayers;
    numExperts_ = shape.numExperts;
    for (Sum* sum : {&older_, &newer_}) {
        sum->values.resize(shape.probs.size());
        sum->clear();
    }
    token_ = token - 1;
}

void FadingMean::step(const RoutingRecord* record) {
    if (record != nullptr && (record->numLayers != numLayers_ || record->numExperts != numExperts_))
        record = nullptr;
    ++token_;
    if (token_ % (kBlock * halfLife_) == 0) {
        std::swap(older_, newer_);
        newer_.clear();
    }
    older_.add(record, fade_);
    newer_.add(record, fade_);
}

}  // namespace gatescope
