#include "ui/routing/time_axis.h"

#include <algorithm>
#include <cmath>

namespace gatescope {

void TimeAxis::setWidth(int pixels) {
    width_ = std::max(1, pixels);
    keepInside();
}

void TimeAxis::setTokens(int tokens) {
    tokens_ = std::max(0, tokens);
    keepInside();
}

double TimeAxis::largest() const {
    return std::max(1.0, 2.0 * tokens_ / width_);
}

void TimeAxis::setTokensPerPixel(double value) {
    tokensPerPixel_ = value;
    level_ = value >= 2 ? static_cast<int>(std::log2(value)) : 0;
    samplesPerPixel_ = value / std::exp2(level_);
}

void TimeAxis::keepInside() {
    const auto all = static_cast<std::int64_t>(std::ceil(tokens_ / tokensPerPixel_));
    firstPixel_ = std::clamp<std::int64_t>(firstPixel_, 0, std::max<std::int64_t>(0, all - width_));
}

void TimeAxis::fit() {
    setTokensPerPixel(std::max(kMinTokensPerPixel, static_cast<double>(tokens_) / width_));
    firstPixel_ = 0;
}

void TimeAxis::fitRoundly() {
    constexpr double kWidestToken = 16;
    const double needed = std::max(1 / kWidestToken, static_cast<double>(tokens_) / width_);
    setTokensPerPixel(std::exp2(std::ceil(std::log2(needed))));
    firstPixel_ = 0;
}

void TimeAxis::zoom(double factor, int x) {
    const double token = static_cast<double>(firstPixel_ + x) * tokensPerPixel_;
    setTokensPerPixel(std::clamp(tokensPerPixel_ * factor, kMinTokensPerPixel, largest()));
    firstPixel_ = std::llround(token / tokensPerPixel_) - x;
    keepInside();
}

void TimeAxis::pan(int pixels) {
    firstPixel_ += pixels;
    keepInside();
}

void TimeAxis::showEnd() {
    firstPixel_ = static_cast<std::int64_t>(std::ceil(tokens_ / tokensPerPixel_)) - width_;
    keepInside();
}

void TimeAxis::reveal(int token) {
    const int wide = std::max(1, static_cast<int>(1 / tokensPerPixel_));
    const int x = pixelOf(token);
    if (x < 0) pan(x - width_ / 8);
    if (x + wide > width_) pan(x + wide - width_ + width_ / 8);
}

TimeAxis::Samples TimeAxis::samplesAt(int x) const {
    const auto pixel = static_cast<double>(firstPixel_ + x);
    const int first = static_cast<int>(std::floor(pixel * samplesPerPixel_));
    const int end = static_cast<int>(std::floor((pixel + 1) * samplesPerPixel_));
    return {first, std::max(first + 1, end)};
}

TokenRange TimeAxis::tokensAt(int x) const {
    const Samples samples = samplesAt(x);
    return {samples.first << level_, samples.end << level_};
}

int TimeAxis::pixelOf(int token) const {
    const double sample = token >> level_;
    auto pixel = static_cast<std::int64_t>(std::floor(sample / samplesPerPixel_)) - firstPixel_;
    // floor and floor again may differ by one from what samplesAt() says.
    while (samplesAt(static_cast<int>(pixel)).end <= (token >> level_)) ++pixel;
    while (samplesAt(static_cast<int>(pixel) - 1).end > (token >> level_)) --pixel;
    return static_cast<int>(pixel);
}

}  // namespace gatescope
