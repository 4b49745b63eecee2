#include "ui/routing/waterfall_image.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "engine/check.h"

namespace gatescope {

void WaterfallImage::setSize(QSize size) {
    if (size == image_.size()) return;
    image_ = QImage(size, QImage::Format_RGB32);
    forget();
}

void WaterfallImage::setColors(const ColorMap& map, QColor ground) {
    for (std::size_t byte = 0; byte < colors_.size(); ++byte)
        colors_[byte] = map.color(unpackProbability(static_cast<std::uint8_t>(byte)));
    ground_ = ground.rgb();
    forget();
}

void WaterfallImage::setOrder(std::vector<int> rows) {
    order_ = std::move(rows);
    forget();
}

WaterfallImage::Lines WaterfallImage::linesAt(int y) const {
    const auto lines = static_cast<int>(order_.size());
    const int first = y * lines / std::max(1, image_.height());
    const int end = (y + 1) * lines / std::max(1, image_.height());
    return {first, std::max(first + 1, end)};
}

int WaterfallImage::pixelOfLine(int line) const {
    const int lines = std::max(1, static_cast<int>(order_.size()));
    return (line * image_.height() + lines - 1) / lines;
}

void WaterfallImage::draw(const WaterfallPyramid& pyramid, const TimeAxis& axis) {
    columnsDrawn_ = samplesRead_ = 0;
    if (image_.isNull()) return;
    GS_CHECK_EQ(order_.size(), static_cast<std::size_t>(pyramid.rows()));
    GS_CHECK_EQ(axis.width(), image_.width());
    const std::int64_t moved = shown_ ? axis.firstPixel() - shown_->firstPixel() : 0;
    const bool keep = shown_ && shown_->tokensPerPixel() == axis.tokensPerPixel() &&
                      std::abs(moved) < axis.width();
    if (!keep) {
        drawColumns(pyramid, axis, 0, axis.width());
    } else {
        scroll(moved);
        const int gone = static_cast<int>(moved);
        if (gone < 0) drawColumns(pyramid, axis, 0, -gone);
        // Behind the tokens that were there, and over the last of them, whose sample was not full.
        const int known = axis.pixelOf(std::max(0, shown_->tokens() - 1));
        const int stale = shown_->tokens() == axis.tokens() ? axis.width() : std::max(0, known);
        const int from = std::min(stale, gone > 0 ? axis.width() - gone : axis.width());
        drawColumns(pyramid, axis, std::max(from, std::max(0, -gone)), axis.width());
    }
    shown_ = axis;
}

void WaterfallImage::scroll(std::int64_t pixels) {
    if (pixels == 0) return;
    const auto kept = static_cast<std::size_t>(image_.width() - std::abs(pixels)) * sizeof(QRgb);
    for (int y = 0; y < image_.height(); ++y) {
        auto* line = reinterpret_cast<QRgb*>(image_.scanLine(y));
        std::memmove(line + std::max<std::int64_t>(0, -pixels),
                     line + std::max<std::int64_t>(0, pixels),
                     kept);
    }
}

bool WaterfallImage::readColumn(const WaterfallPyramid& pyramid,
                                const TimeAxis::Samples& samples,
                                int level,
                                std::uint8_t* peaks) {
    const int known = (pyramid.columns() + (1 << level) - 1) >> level;
    if (samples.first >= known) return false;
    const int rows = pyramid.rows();
    std::copy_n(pyramid.sample(level, samples.first).high, rows, peaks);
    ++samplesRead_;
    for (int i = samples.first + 1; i < std::min(samples.end, known); ++i, ++samplesRead_) {
        const std::uint8_t* high = pyramid.sample(level, i).high;
        for (int row = 0; row < rows; ++row) peaks[row] = std::max(peaks[row], high[row]);
    }
    return true;
}

void WaterfallImage::drawColumns(const WaterfallPyramid& pyramid,
                                 const TimeAxis& axis,
                                 int first,
                                 int end) {
    const int rows = pyramid.rows();
    peaks_.resize(static_cast<std::size_t>(kBlock * rows));
    for (int x = first; x < end; x += kBlock) {
        const int count = std::min(kBlock, end - x);
        for (int i = 0; i < count; ++i)
            filled_[static_cast<std::size_t>(i)] =
                readColumn(pyramid, axis.samplesAt(x + i), axis.level(), peaks_.data() + i * rows);
        paintBlock(x, count, rows);
        columnsDrawn_ += count;
    }
}

void WaterfallImage::paintBlock(int x, int count, int rows) {
    for (int y = 0; y < image_.height(); ++y) {
        auto* pixels = reinterpret_cast<QRgb*>(image_.scanLine(y)) + x;
        const Lines lines = linesAt(y);
        for (int i = 0; i < count; ++i) {
            const std::uint8_t* peaks = peaks_.data() + i * rows;
            std::uint8_t peak = 0;
            for (int line = lines.first; line < lines.end; ++line)
                peak = std::max(peak, peaks[order_[static_cast<std::size_t>(line)]]);
            pixels[i] = filled_[static_cast<std::size_t>(i)] ? colors_[peak] : ground_;
        }
    }
}

}  // namespace gatescope
