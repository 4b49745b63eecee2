#include "ui/routing/waterfall_pyramid.h"

#include <algorithm>
#include <cmath>

#include "engine/check.h"

namespace gatescope {

std::uint8_t packProbability(float p) {
    const float inside = p > 0 ? std::min(p, 1.0F) : 0.0F;  // NaN compares false: 0
    return static_cast<std::uint8_t>(255.0F * std::sqrt(inside) + 0.5F);
}

float unpackProbability(std::uint8_t byte) {
    const float root = static_cast<float>(byte) / 255.0F;
    return root * root;
}

WaterfallPyramid::WaterfallPyramid(int rows) : rows_(rows) {
    GS_CHECK(rows >= 0);
}

std::uint8_t* WaterfallPyramid::place(std::vector<Chunk>& chunks, int index) const {
    const auto chunk = static_cast<std::size_t>(index / kChunk);
    const auto rows = static_cast<std::size_t>(rows_);
    if (chunk == chunks.size()) chunks.push_back(std::make_unique<std::uint8_t[]>(kChunk * rows));
    return chunks[chunk].get() + static_cast<std::size_t>(index % kChunk) * rows;
}

void WaterfallPyramid::merge(int level,
                             int index,
                             std::span<const std::uint8_t> cells,
                             bool first) {
    std::uint8_t* low = place(levels_[static_cast<std::size_t>(level)].low, index);
    std::uint8_t* high = place(levels_[static_cast<std::size_t>(level)].high, index);
    if (first) {
        std::ranges::copy(cells, low);
        std::ranges::copy(cells, high);
        return;
    }
    for (std::size_t row = 0; row < cells.size(); ++row) {
        low[row] = std::min(low[row], cells[row]);
        high[row] = std::max(high[row], cells[row]);
    }
}

void WaterfallPyramid::append(std::span<const std::uint8_t> cells) {
    GS_CHECK_EQ(cells.size(), static_cast<std::size_t>(rows_));
    const int token = columns_++;
    if (levels_.empty()) levels_.emplace_back();
    std::ranges::copy(cells, place(levels_[0].high, token));
    for (int level = 1; (1 << (level - 1)) <= token; ++level) {
        if (level == levels()) {  // all tokens before are the first sample of the level below
            const Sample before = sample(level - 1, 0);
            levels_.emplace_back();
            std::copy_n(before.low, rows_, place(levels_.back().low, 0));
            std::copy_n(before.high, rows_, place(levels_.back().high, 0));
        }
        merge(level, token >> level, cells, (token & ((1 << level) - 1)) == 0);
    }
}

WaterfallPyramid::Sample WaterfallPyramid::sample(int level, int index) const {
    const Level& of = levels_[static_cast<std::size_t>(level)];
    const auto chunk = static_cast<std::size_t>(index / kChunk);
    const auto at = static_cast<std::size_t>(index % kChunk) * static_cast<std::size_t>(rows_);
    const std::uint8_t* high = of.high[chunk].get() + at;
    return {level == 0 ? high : of.low[chunk].get() + at, high};
}

std::size_t WaterfallPyramid::bytes() const {
    std::size_t chunks = 0;
    for (const Level& level : levels_) chunks += level.low.size() + level.high.size();
    return chunks * kChunk * static_cast<std::size_t>(rows_);
}

}  // namespace gatescope
