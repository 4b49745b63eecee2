#include "ui/chat/message_layout.h"

#include <QFontMetricsF>
#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/check.h"

namespace gatescope {

void MessageLayout::setStyle(const MessageStyle& style) {
    // Formats hold colours as well, so a new theme lays out anew; height() stays meanwhile.
    style_ = style;
    release();
}

void MessageLayout::setLead(int lead) {
    if (lead_ == lead) return;
    lead_ = lead;
    release();
}

void MessageLayout::setContent(const FormattedText& content) {
    const int same = FormattedText::firstDifference(content_, content);
    const bool alike = same == text().size() && content.text().size() == text().size();
    content_ = content;
    if (!alike || laidOut_ < 0) dropFrom(same);
}

void MessageLayout::release() {
    slices_.clear();
    columns_.clear();
    width_ = -1;
    laidOut_ = -1;
}

// A slice keeps no line that the text behind it could change, except its last.
void MessageLayout::dropFrom(int offset) {
    while (!slices_.empty() && (slices_.back().begin + slices_.back().length >= offset ||
                                slices_.back().block >= content_.blocks().size()))
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
        for (const Piece& piece : slice.pieces)
            for (int i = 0; i < piece.layout->lineCount(); ++i)
                naturalWidth_ = std::max(naturalWidth_,
                                         piece.at.x() + piece.layout->lineAt(i).naturalTextWidth());
    laidOut_ = static_cast<int>(text().size());
}

qreal MessageLayout::estimateHeight(qreal width) const {
    const QFontMetricsF metrics(style_.reading);
    const qreal perLine = std::max(1.0, width / metrics.averageCharWidth());
    const qreal lines = static_cast<qreal>(text().size()) / perLine +
                        static_cast<qreal>(text().count(QLatin1Char('\n'))) / 2 + 1;
    return std::ceil(lines) * std::round(metrics.height() * 1.25 + lead_);
}

void MessageLayout::draw(QPainter& painter,
                         const QPointF& at,
                         const QRectF& clip,
                         const std::optional<Range>& selected,
                         const QTextCharFormat& selectedFormat) const {
    for (std::size_t i = sliceAt(clip.top() - at.y()); i < slices_.size(); ++i) {
        const Slice& slice = slices_[i];
        if (at.y() + slice.y > clip.bottom()) return;
        if (slice.cut) {  // it still holds the line that the next slice begins with
            painter.save();
            painter.setClipRect(QRectF(at.x() - 4, at.y() + slice.y, width_ + 8, slice.height),
                                Qt::IntersectClip);
        }
        for (const Piece& piece : slice.pieces) {
            QList<QTextLayout::FormatRange> formats;
            addCodeColors(slice, formats);
            if (selected) {
                const int begin = std::max(selected->begin - piece.begin, 0);
                const int end = std::min(selected->end - piece.begin, piece.length);
                if (begin < end) formats.append({begin, end - begin, selectedFormat});
            }
            piece.layout->draw(&painter, at + QPointF(0, slice.y) + piece.at, formats, clip);
        }
        if (slice.cut) painter.restore();
    }
}

void MessageLayout::appendRects(const Range& range, std::vector<QRectF>& out) const {
    for (std::size_t i = sliceOf(range.begin); i < slices_.size(); ++i) {
        const Slice& slice = slices_[i];
        if (slice.begin > range.end || (slice.begin == range.end && range.begin < range.end))
            return;
        for (const Piece& piece : slice.pieces) {
            const bool touches =
                range.begin == range.end
                    ? piece.begin <= range.begin && range.begin <= piece.begin + piece.length
                    : range.begin < piece.begin + piece.length && piece.begin < range.end;
            if (!touches) continue;
            const int begin = std::clamp(range.begin - piece.begin, 0, piece.length);
            const int end = std::clamp(range.end - piece.begin, 0, piece.length);
            for (int l = 0; l < piece.layout->lineCount(); ++l) {
                const QTextLine line = piece.layout->lineAt(l);
                const int from = std::max(begin, line.textStart());
                const int to = std::min(end, line.textStart() + line.textLength());
                const bool here =
                    range.begin == range.end ? from == to && line.textStart() <= begin : from < to;
                if (!here) continue;
                const qreal left = line.cursorToX(from);
                const qreal right = line.cursorToX(to);
                out.emplace_back(piece.at.x() + std::min(left, right),
                                 slice.y + piece.at.y() + line.y(),
                                 std::max(std::abs(right - left), 2.0),
                                 line.height());
                if (range.begin == range.end) return;
            }
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

// The last column that does not begin behind `x`.
const MessageLayout::Piece& MessageLayout::pieceAt(const Slice& slice, qreal x) const {
    GS_CHECK(!slice.pieces.empty());
    const auto behind = std::partition_point(
        slice.pieces.begin(), slice.pieces.end(), [x](const Piece& p) { return p.at.x() <= x; });
    return behind == slice.pieces.begin() ? slice.pieces.front() : *(behind - 1);
}

std::optional<int> MessageLayout::characterAt(const QPointF& point) const {
    const std::size_t at = sliceAt(point.y());
    if (point.y() < 0 || at >= slices_.size()) return std::nullopt;
    const Slice& slice = slices_[at];
    const Piece& piece = pieceAt(slice, point.x());
    const QPointF inside = point - QPointF(0, slice.y) - piece.at;
    for (int l = 0; l < piece.layout->lineCount(); ++l) {
        const QTextLine line = piece.layout->lineAt(l);
        const qreal top = l * slice.lineStep;
        if (inside.y() < top || inside.y() >= top + slice.lineStep) continue;
        if (inside.x() < line.x() || inside.x() > line.x() + line.naturalTextWidth())
            return std::nullopt;
        const int offset = line.xToCursor(inside.x(), QTextLine::CursorOnCharacter);
        if (offset >= piece.length) return std::nullopt;
        return piece.begin + offset;
    }
    return std::nullopt;
}

int MessageLayout::cursorAt(const QPointF& point) const {
    if (slices_.empty() || point.y() < 0) return 0;
    const std::size_t at = sliceAt(point.y());
    if (at >= slices_.size()) return static_cast<int>(text().size());
    const Slice& slice = slices_[at];
    const Piece& piece = pieceAt(slice, point.x());
    const int lines = piece.layout->lineCount();
    if (lines == 0) return piece.begin;
    const QPointF inside = point - QPointF(0, slice.y) - piece.at;
    const int wanted = static_cast<int>(inside.y() / slice.lineStep);
    const QTextLine line = piece.layout->lineAt(std::clamp(wanted, 0, lines - 1));
    return piece.begin + std::min(line.xToCursor(inside.x()), piece.length);
}

MessageLayout::Range MessageLayout::rangeBetween(qreal top, qreal bottom) const {
    const std::size_t first = sliceAt(top);
    if (first >= slices_.size()) {
        const auto end = static_cast<int>(text().size());
        return {end, end};
    }
    Range range{slices_[first].begin, slices_[first].begin};
    for (std::size_t i = first; i < slices_.size() && slices_[i].y <= bottom; ++i)
        range.end = slices_[i].begin + slices_[i].length;
    return range;
}

}  // namespace gatescope
