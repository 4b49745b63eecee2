#include "ui/chat/message_layout.h"

#include <QFontMetricsF>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "engine/check.h"

namespace gatescope {

MessageLayout::MessageLayout(std::shared_ptr<const MeasuredStyle> style)
    : measured_(std::move(style)) {}

MessageLayout::MessageLayout(const MessageStyle& style)
    : MessageLayout(std::make_shared<const MeasuredStyle>(style)) {}

void MessageLayout::setStyle(std::shared_ptr<const MeasuredStyle> style) {
    // Formats hold colours as well, so a new theme lays out anew; height() stays meanwhile.
    measured_ = std::move(style);
    release();
}

void MessageLayout::setLead(int lead) {
    if (lead_ == lead) return;
    lead_ = lead;
    release();
}

void MessageLayout::setContent(const FormattedText& content) {
    const int same = FormattedText::firstDifference(*content_, content);
    const bool alike = same == text().size() && content.text().size() == text().size();
    const bool known = parted_ == text().size();
    own_ = content;
    content_ = &own_;
    if (!alike || !known) dropFrom(same);
}

void MessageLayout::watch(const FormattedText& content, int from) {
    content_ = &content;
    dropFrom(from);
}

void MessageLayout::release() {
    stretches_.clear();
    growing_.clear();
    naturalWidth_ = 0;
    columns_.clear();
    width_ = -1;
    parted_ = -1;
}

void MessageLayout::releaseOutside(qreal top, qreal bottom) {
    for (Stretch& stretch : stretches_) {
        if (stretch.y + stretch.height >= top && stretch.y <= bottom) continue;
        stretch.slices.clear();
        stretch.laidOut = false;
    }
}

void MessageLayout::remeasureTables() {
    columns_.clear();
    releaseLines();
}

void MessageLayout::layOut(qreal width) {
    prepare(width);
    layOutBetween(0, std::numeric_limits<qreal>::infinity());
}

void MessageLayout::prepare(qreal width) {
    if (upToDate(width)) return;
    if (width_ != width) release();
    width_ = width;
    part();
}

bool MessageLayout::layOutBetween(qreal top, qreal bottom) {
    const std::size_t first = stretchAt(top);
    bool changed = false;
    std::size_t i = first;
    for (; i < stretches_.size(); ++i) {
        if (i > 0) stretches_[i].y = stretches_[i - 1].y + stretches_[i - 1].height;
        if (stretches_[i].y > bottom) break;
        const qreal assumed = stretches_[i].height;
        layOutStretch(i);
        changed = changed || stretches_[i].height != assumed;
    }
    if (changed) placeFrom(i);
    return changed;
}

void MessageLayout::layOutRange(const Range& range) {
    const std::size_t first = stretchOf(range.begin);
    for (std::size_t i = first; i < stretches_.size() && stretches_[i].begin <= range.end; ++i)
        layOutStretch(i);
    placeFrom(first);
}

void MessageLayout::placeFrom(std::size_t index) {
    for (std::size_t i = index; i < stretches_.size(); ++i)
        stretches_[i].y = i == 0 ? 0 : stretches_[i - 1].y + stretches_[i - 1].height;
    height_ = stretches_.empty() ? 0 : stretches_.back().y + stretches_.back().height;
}

qreal MessageLayout::topOf(int offset) const {
    const std::size_t at = stretchOf(offset);
    return at < stretches_.size() ? stretches_[at].y : height_;
}

std::optional<int> MessageLayout::firstLaidOut(qreal top, qreal bottom) const {
    for (std::size_t i = stretchAt(top); i < stretches_.size() && stretches_[i].y < bottom; ++i)
        if (stretches_[i].laidOut) return stretches_[i].begin;
    return std::nullopt;
}

int MessageLayout::stretchBegin(qreal y) const {
    if (stretches_.empty()) return 0;
    return stretches_[std::min(stretchAt(y), stretches_.size() - 1)].begin;
}

// ---------------------------------------------------------------- what lies where

std::size_t MessageLayout::stretchAt(qreal y) const {
    const auto found = std::partition_point(stretches_.begin(),
                                            stretches_.end(),
                                            [y](const Stretch& s) { return s.y + s.height <= y; });
    return static_cast<std::size_t>(found - stretches_.begin());
}

std::size_t MessageLayout::stretchOf(int offset) const {
    const auto found =
        std::partition_point(stretches_.begin(), stretches_.end(), [offset](const Stretch& s) {
            return s.end() < offset;
        });
    return static_cast<std::size_t>(found - stretches_.begin());
}

/// None where nothing is laid out.
MessageLayout::SliceAt MessageLayout::sliceAt(qreal y) const {
    const std::size_t at = stretchAt(y);
    if (at >= stretches_.size()) return {};
    const Stretch& stretch = stretches_[at];
    for (const Slice& slice : stretch.slices)
        if (stretch.y + slice.y + slice.height > y) return {&slice, stretch.y + slice.y};
    return {};
}

void MessageLayout::draw(QPainter& painter,
                         const QPointF& at,
                         const QRectF& clip,
                         const std::optional<Range>& selected,
                         const QTextCharFormat& selectedFormat) const {
    std::optional<std::size_t> asked;  // whose colours these are
    std::span<const CodeRun> colors;
    forSlices(stretchAt(clip.top() - at.y()), [&](const Slice& slice, qreal top) {
        if (at.y() + top > clip.bottom()) return false;
        if (at.y() + top + slice.height < clip.top()) return true;
        const TextBlock& block = content_->blocks()[slice.block];
        if (asked != slice.block) {
            const bool colored = block.kind == BlockKind::Code && codeColors_;
            colors = colored ? codeColors_(block) : std::span<const CodeRun>();
            asked = slice.block;
        }
        if (slice.cut) {  // it still holds the line that the next slice begins with
            painter.save();
            painter.setClipRect(QRectF(at.x() - 4, at.y() + top, width_ + 8, slice.height),
                                Qt::IntersectClip);
        }
        for (const Piece& piece : slice.pieces) {
            QList<QTextLayout::FormatRange> formats;
            addCodeColors(colors, slice, formats);
            if (selected) {
                const int begin = std::max(selected->begin - piece.begin, 0);
                const int end = std::min(selected->end - piece.begin, piece.length);
                if (begin < end) formats.append({begin, end - begin, selectedFormat});
            }
            piece.layout->draw(&painter, at + QPointF(0, top) + piece.at, formats, clip);
        }
        if (slice.cut) painter.restore();
        return true;
    });
}

void MessageLayout::appendRects(const Range& range, std::vector<QRectF>& out) const {
    const bool empty = range.begin == range.end;
    forSlices(stretchOf(range.begin), [&](const Slice& slice, qreal top) {
        if (slice.begin > range.end || (slice.begin == range.end && !empty)) return false;
        for (const Piece& piece : slice.pieces) {
            const int pieceEnd = piece.begin + piece.length;
            const bool touches = empty ? piece.begin <= range.begin && range.begin <= pieceEnd
                                       : range.begin < pieceEnd && piece.begin < range.end;
            if (!touches) continue;
            const int begin = std::clamp(range.begin - piece.begin, 0, piece.length);
            const int end = std::clamp(range.end - piece.begin, 0, piece.length);
            for (int l = 0; l < piece.layout->lineCount(); ++l) {
                const QTextLine line = piece.layout->lineAt(l);
                const int from = std::max(begin, line.textStart());
                const int to = std::min(end, line.textStart() + line.textLength());
                const bool here = empty ? from == to && line.textStart() <= begin : from < to;
                if (!here) continue;
                const qreal left = line.cursorToX(from);
                const qreal right = line.cursorToX(to);
                out.emplace_back(piece.at.x() + std::min(left, right),
                                 top + piece.at.y() + line.y(),
                                 std::max(std::abs(right - left), 2.0),
                                 line.height());
                if (empty) return false;
            }
        }
        return true;
    });
}

// The last column that does not begin behind `x`.
const MessageLayout::Piece& MessageLayout::pieceAt(const Slice& slice, qreal x) const {
    GS_CHECK(!slice.pieces.empty());
    const auto behind = std::partition_point(
        slice.pieces.begin(), slice.pieces.end(), [x](const Piece& p) { return p.at.x() <= x; });
    return behind == slice.pieces.begin() ? slice.pieces.front() : *(behind - 1);
}

std::optional<int> MessageLayout::characterAt(const QPointF& point) const {
    const auto [slice, top] = sliceAt(point.y());
    if (point.y() < 0 || !slice) return std::nullopt;
    const Piece& piece = pieceAt(*slice, point.x());
    const QPointF inside = point - QPointF(0, top) - piece.at;
    for (int l = 0; l < piece.layout->lineCount(); ++l) {
        const QTextLine line = piece.layout->lineAt(l);
        const qreal above = l * slice->lineStep;
        if (inside.y() < above || inside.y() >= above + slice->lineStep) continue;
        if (inside.x() < line.x() || inside.x() > line.x() + line.naturalTextWidth())
            return std::nullopt;
        const int offset = line.xToCursor(inside.x(), QTextLine::CursorOnCharacter);
        if (offset >= piece.length) return std::nullopt;
        return piece.begin + offset;
    }
    return std::nullopt;
}

int MessageLayout::cursorAt(const QPointF& point) const {
    if (stretches_.empty() || point.y() < 0) return 0;
    if (point.y() >= height_) return static_cast<int>(text().size());
    const auto [slice, top] = sliceAt(point.y());
    if (!slice) return stretchBegin(point.y());
    const Piece& piece = pieceAt(*slice, point.x());
    const int lines = piece.layout->lineCount();
    if (lines == 0) return piece.begin;
    const QPointF inside = point - QPointF(0, top) - piece.at;
    const int wanted = static_cast<int>(inside.y() / slice->lineStep);
    const QTextLine line = piece.layout->lineAt(std::clamp(wanted, 0, lines - 1));
    return piece.begin + std::min(line.xToCursor(inside.x()), piece.length);
}

MessageLayout::Range MessageLayout::rangeBetween(qreal top, qreal bottom) const {
    std::optional<Range> range;
    forSlices(stretchAt(top), [&](const Slice& slice, qreal y) {
        if (y > bottom) return false;
        if (y + slice.height <= top) return true;
        if (!range) range = Range{slice.begin, slice.begin};
        range->end = slice.end();
        return true;
    });
    const auto end = static_cast<int>(text().size());
    return range.value_or(Range{end, end});
}

}  // namespace gatescope
