#include "ui/chat/message_layout.h"

#include <QFontMetricsF>
#include <QPainter>
#include <QTextOption>
#include <algorithm>
#include <cmath>

#include "engine/check.h"

namespace gatescope {
namespace {

constexpr int kSliceLength = 1024;
constexpr qreal kLineSpacing = 1.5;
constexpr int kTabColumns = 4;

}  // namespace

qreal MessageLayout::lineHeight() const {
    return std::round(QFontMetricsF(font_).height() * kLineSpacing / 1.2) + lead_;
}

void MessageLayout::setFont(const QFont& font) {
    if (font_ == font) return;
    font_ = font;
    release();
}

void MessageLayout::setLead(int lead) {
    if (lead_ == lead) return;
    lead_ = lead;
    release();
}

void MessageLayout::setText(const QString& text) {
    const auto common = std::mismatch(text_.cbegin(), text_.cend(), text.cbegin(), text.cend());
    const auto same = static_cast<int>(common.first - text_.cbegin());
    if (same == text_.size() && text.size() == text_.size() && laidOut_ >= 0) return;
    dropFrom(same);
    text_ = text;
}

void MessageLayout::release() {
    slices_.clear();
    width_ = -1;
    laidOut_ = -1;
}

// A slice keeps no line that the text behind it could change, except its last.
void MessageLayout::dropFrom(int offset) {
    while (!slices_.empty() && slices_.back().begin + slices_.back().length >= offset)
        slices_.pop_back();
    laidOut_ = slices_.empty() ? -1 : slices_.back().begin + slices_.back().length;
}

void MessageLayout::layOut(qreal width) {
    if (upToDate(width)) return;
    if (width_ != width) release();
    width_ = width;
    addSlices();
    height_ = slices_.empty() ? 0 : slices_.back().y + slices_.back().height;
    naturalWidth_ = 0;
    for (const Slice& slice : slices_)
        for (int i = 0; i < slice.layout->lineCount(); ++i)
            naturalWidth_ = std::max(naturalWidth_, slice.layout->lineAt(i).naturalTextWidth());
    laidOut_ = static_cast<int>(text_.size());
}

void MessageLayout::addSlices() {
    int at = 0;
    qreal y = 0;
    if (!slices_.empty()) {
        const Slice& last = slices_.back();
        at = last.begin + last.length;
        y = last.y + last.height;
        if (at < text_.size() && text_[at] == QLatin1Char('\n')) ++at;
    }
    for (;;) {
        slices_.push_back(makeSlice(at, y));
        const Slice& made = slices_.back();
        y += made.height;
        at = made.begin + made.length;
        if (at >= text_.size()) return;
        if (text_[at] == QLatin1Char('\n')) ++at;  // a line feed at the end opens an empty line
    }
}

MessageLayout::Slice MessageLayout::makeSlice(int begin, qreal y) const {
    const auto size = static_cast<int>(text_.size());
    int end = static_cast<int>(text_.indexOf(QLatin1Char('\n'), begin));
    if (end < 0) end = size;
    const bool cut = end - begin > kSliceLength;
    if (cut) {
        end = begin + kSliceLength;
        if (text_[end - 1].isHighSurrogate()) --end;
    }
    Slice slice{.begin = begin, .length = end - begin, .y = y, .height = 0, .layout = nullptr};
    slice.layout = std::make_unique<QTextLayout>(text_.mid(begin, end - begin), font_);
    slice.layout->setCacheEnabled(true);
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    option.setTabStopDistance(QFontMetricsF(font_).horizontalAdvance(QLatin1Char(' ')) *
                              kTabColumns);
    slice.layout->setTextOption(option);
    slice.layout->beginLayout();
    const qreal step = lineHeight();
    for (;;) {
        QTextLine line = slice.layout->createLine();
        if (!line.isValid()) break;
        line.setLineWidth(width_);
        line.setPosition(QPointF(0, slice.height + lead_ + (step - lead_ - line.height()) / 2));
        slice.height += step;
    }
    slice.layout->endLayout();
    const int lines = slice.layout->lineCount();
    if (cut && lines > 1) {  // the last line is not complete: it begins the next slice
        slice.length = slice.layout->lineAt(lines - 1).textStart();
        slice.height -= step;
    }
    if (lines == 0) slice.height = step;
    return slice;
}

qreal MessageLayout::estimateHeight(qreal width) const {
    const QFontMetricsF metrics(font_);
    const qreal perLine = std::max(1.0, width / metrics.averageCharWidth());
    const qreal lines = static_cast<qreal>(text_.size()) / perLine +
                        static_cast<qreal>(text_.count(QLatin1Char('\n'))) / 2 + 1;
    return std::ceil(lines) * lineHeight();
}

void MessageLayout::draw(QPainter& painter,
                         const QPointF& at,
                         const QRectF& clip,
                         const std::optional<Range>& selected,
                         const QTextCharFormat& selectedFormat) const {
    for (std::size_t i = sliceAt(clip.top() - at.y()); i < slices_.size(); ++i) {
        const Slice& slice = slices_[i];
        if (at.y() + slice.y > clip.bottom()) return;
        QList<QTextLayout::FormatRange> formats;
        if (selected) {
            const int begin = std::max(selected->begin - slice.begin, 0);
            const int end = std::min(selected->end - slice.begin, slice.length);
            if (begin < end) formats.append({begin, end - begin, selectedFormat});
        }
        const bool cut = slice.layout->text().size() > slice.length;
        if (cut) {  // it still holds the line that the next slice begins with
            painter.save();
            painter.setClipRect(QRectF(at.x() - 4, at.y() + slice.y, width_ + 8, slice.height),
                                Qt::IntersectClip);
        }
        slice.layout->draw(&painter, at + QPointF(0, slice.y), formats, clip);
        if (cut) painter.restore();
    }
}

void MessageLayout::appendRects(const Range& range, std::vector<QRectF>& out) const {
    for (std::size_t i = sliceOf(range.begin); i < slices_.size(); ++i) {
        const Slice& slice = slices_[i];
        if (slice.begin > range.end || (slice.begin == range.end && range.begin < range.end))
            return;
        const int begin = std::clamp(range.begin - slice.begin, 0, slice.length);
        const int end = std::clamp(range.end - slice.begin, 0, slice.length);
        if (begin == end && range.begin != range.end) continue;
        for (int l = 0; l < slice.layout->lineCount(); ++l) {
            const QTextLine line = slice.layout->lineAt(l);
            const int from = std::max(begin, line.textStart());
            const int to = std::min(end, line.textStart() + line.textLength());
            const bool here =
                range.begin == range.end ? from == to && line.textStart() <= begin : from < to;
            if (!here) continue;
            const qreal left = line.cursorToX(from);
            const qreal right = line.cursorToX(to);
            out.emplace_back(std::min(left, right),
                             slice.y + line.y(),
                             std::max(std::abs(right - left), 2.0),
                             line.height());
            if (range.begin == range.end) return;
        }
    }
}

std::size_t MessageLayout::sliceAt(qreal y) const {
    const auto found = std::partition_point(
        slices_.begin(), slices_.end(), [y](const Slice& s) { return s.y + s.height <= y; });
    return static_cast<std::size_t>(found - slices_.begin());
}

std::size_t MessageLayout::sliceOf(int offset) const {
    const auto found =
        std::partition_point(slices_.begin(), slices_.end(), [offset](const Slice& s) {
            return s.begin + s.length < offset;
        });
    return static_cast<std::size_t>(found - slices_.begin());
}

std::optional<int> MessageLayout::characterAt(const QPointF& point) const {
    const std::size_t at = sliceAt(point.y());
    if (point.y() < 0 || at >= slices_.size()) return std::nullopt;
    const Slice& slice = slices_[at];
    for (int l = 0; l < slice.layout->lineCount(); ++l) {
        const QTextLine line = slice.layout->lineAt(l);
        const qreal top = slice.y + l * lineHeight();
        if (point.y() < top || point.y() >= top + lineHeight()) continue;
        if (point.x() < line.x() || point.x() > line.x() + line.naturalTextWidth())
            return std::nullopt;
        const int offset = line.xToCursor(point.x(), QTextLine::CursorOnCharacter);
        if (offset >= slice.length) return std::nullopt;
        return slice.begin + offset;
    }
    return std::nullopt;
}

int MessageLayout::cursorAt(const QPointF& point) const {
    if (slices_.empty() || point.y() < 0) return 0;
    const std::size_t at = sliceAt(point.y());
    if (at >= slices_.size()) return static_cast<int>(text_.size());
    const Slice& slice = slices_[at];
    const int lines = slice.layout->lineCount();
    if (lines == 0) return slice.begin;
    const int wanted = static_cast<int>((point.y() - slice.y) / lineHeight());
    const QTextLine line = slice.layout->lineAt(std::clamp(wanted, 0, lines - 1));
    return slice.begin + std::min(line.xToCursor(point.x()), slice.length);
}

MessageLayout::Range MessageLayout::rangeBetween(qreal top, qreal bottom) const {
    const std::size_t first = sliceAt(top);
    if (first >= slices_.size()) {
        const auto end = static_cast<int>(text_.size());
        return {end, end};
    }
    Range range{slices_[first].begin, slices_[first].begin};
    for (std::size_t i = first; i < slices_.size() && slices_[i].y <= bottom; ++i)
        range.end = slices_[i].begin + slices_[i].length;
    return range;
}

}  // namespace gatescope
