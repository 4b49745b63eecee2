// The half of MessageLayout that draws what lies below the words.
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/chat/message_layout.h"

namespace gatescope {

std::pair<std::size_t, std::size_t> MessageLayout::stretchesOf(std::size_t block) const {
    const auto first = std::partition_point(stretches_.begin(),
                                            stretches_.end(),
                                            [block](const Stretch& s) { return s.block < block; });
    const auto behind = std::partition_point(
        first, stretches_.end(), [block](const Stretch& s) { return s.block == block; });
    return {static_cast<std::size_t>(first - stretches_.begin()),
            static_cast<std::size_t>(behind - stretches_.begin())};
}

QRectF MessageLayout::wellOf(std::size_t block) const {
    const auto [first, behind] = stretchesOf(block);
    if (first == behind) return {};
    const Stretch& last = stretches_[behind - 1];
    const Column column = columnOf(content_->blocks()[block]);
    const qreal pad = width_ - column.left - column.width;
    // The row for the language is part of the gap above the first line; the rest is room.
    const qreal top = stretches_[first].y + gapAbove(block) - codeHead();
    return {column.left - pad, top, column.width + 2 * pad, last.y + last.height - top};
}

std::optional<std::size_t> MessageLayout::codeAt(const QPointF& point) const {
    const std::size_t at = stretchAt(point.y());
    if (point.y() < 0 || at >= stretches_.size()) return std::nullopt;
    const std::size_t block = stretches_[at].block;
    if (content_->blocks()[block].kind != BlockKind::Code || !wellOf(block).contains(point))
        return std::nullopt;
    return block;
}

void MessageLayout::drawGround(QPainter& painter, const QPointF& at, const QRectF& clip) const {
    std::optional<std::size_t> drawn;
    forSlices(stretchAt(clip.top() - at.y()), [&](const Slice& slice, qreal y) {
        if (at.y() + y > clip.bottom()) return false;
        if (at.y() + y + slice.height < clip.top()) return true;
        const TextBlock& block = content_->blocks()[slice.block];
        for (int quote = 0; quote < block.quotes; ++quote) {
            const qreal x = quoteBar(quote);
            // Between two blocks of a quote its bar goes on.
            const bool goesOn = slice.block > 0 && slice.gap > 0 &&
                                content_->blocks()[slice.block - 1].quotes > quote;
            const qreal top = goesOn ? 0 : slice.gap;
            painter.fillRect(QRectF(at + QPointF(x, y + top), QSizeF(2, slice.height - top)),
                             style().line);
        }
        if (drawn != slice.block) drawBlockGround(painter, at, slice, y);
        if (block.kind != BlockKind::Code) drawCodeBoxes(painter, at, slice);
        drawn = slice.block;
        return true;
    });
}

// Colours change no line, so they are given as it is drawn.
void MessageLayout::addCodeColors(std::span<const CodeRun> runs,
                                  const Slice& slice,
                                  QList<QTextLayout::FormatRange>& formats) const {
    const int begin = slice.begin - content_->beginOf(slice.block);
    const auto first = std::ranges::partition_point(
        runs, [begin](const CodeRun& run) { return run.end <= begin; });
    for (auto run = first; run != runs.end() && run->begin < begin + slice.length; ++run) {
        const int from = std::max(run->begin - begin, 0);
        const int to = std::min(run->end - begin, slice.length);
        QTextCharFormat format;
        format.setForeground(style().code[static_cast<std::size_t>(run->part)]);
        if (from < to) formats.append({from, to - from, format});
    }
}

void MessageLayout::drawBlockGround(QPainter& painter,
                                    const QPointF& at,
                                    const Slice& slice,
                                    qreal y) const {
    const TextBlock& block = content_->blocks()[slice.block];
    if (block.kind == BlockKind::Code) return drawWell(painter, at, slice.block);
    const Column column = columnOf(block);
    if (block.kind == BlockKind::Rule) {
        const qreal middle = std::round(at.y() + y + slice.gap + slice.lineStep / 2);
        painter.fillRect(QRectF(at.x() + column.left, middle, column.width, 1), style().line);
    } else if (block.kind == BlockKind::TableRow) {
        const qreal right = slice.pieces.empty()
                                ? column.left
                                : slice.pieces.back().at.x() + slice.pieces.back().width;
        const qreal below = std::round(at.y() + y + slice.height) - 1;
        painter.setOpacity(block.head ? 1 : 0.5);
        painter.fillRect(
            QRectF(at.x() + column.left, below, right - column.left, block.head ? 2 : 1),
            style().line);
        painter.setOpacity(1);
    }
}

void MessageLayout::drawWell(QPainter& painter, const QPointF& at, std::size_t block) const {
    const QRectF well = wellOf(block).translated(at);
    painter.setPen(Qt::NoPen);
    painter.setBrush(style().well);
    painter.drawRoundedRect(well, 2 * style().step, 2 * style().step);
    painter.setPen(style().muted);
    painter.setFont(style().small);
    const qreal pad = 3.0 * style().step;
    painter.drawText(well.adjusted(pad, style().step, -pad, 0),
                     Qt::AlignLeft | Qt::AlignTop,
                     content_->blocks()[block].language.left(40));
}

// Behind code within a line.
void MessageLayout::drawCodeBoxes(QPainter& painter, const QPointF& at, const Slice& slice) const {
    const int begin = content_->beginOf(slice.block);
    const auto& runs = content_->blocks()[slice.block].runs;
    std::vector<QRectF> boxes;
    const auto first = std::ranges::partition_point(
        runs, [&](const StyledRun& run) { return begin + run.end <= slice.begin; });
    for (auto run = first; run != runs.end() && begin + run->begin < slice.end(); ++run)
        if (run->styles & kCode)
            appendRects({std::max(begin + run->begin, slice.begin),
                         std::min(begin + run->end, slice.end())},
                        boxes);
    painter.setPen(Qt::NoPen);
    painter.setBrush(style().well);
    for (const QRectF& box : boxes)
        painter.drawRoundedRect(box.translated(at).adjusted(-2, -1, 2, 1), 3, 3);
}

}  // namespace gatescope
