// The half of MessageLayout that draws what lies below the words.
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/chat/message_layout.h"

namespace gatescope {
QRectF MessageLayout::wellOf(std::size_t block) const {
    const auto first = std::partition_point(
        slices_.begin(), slices_.end(), [block](const Slice& s) { return s.block < block; });
    if (first == slices_.end() || first->block != block) return {};
    auto last = first;
    while (last + 1 != slices_.end() && (last + 1)->block == block) ++last;
    const Column column = columnOf(content_.blocks()[block]);
    const qreal pad = width_ - column.left - column.width;
    // The row for the language is part of the gap above the first line; the rest is room.
    const qreal top = first->y + first->gap - codeHead();
    return {column.left - pad, top, column.width + 2 * pad, last->y + last->height - top};
}

std::optional<std::size_t> MessageLayout::codeAt(const QPointF& point) const {
    const std::size_t at = sliceAt(point.y());
    if (point.y() < 0 || at >= slices_.size()) return std::nullopt;
    const std::size_t block = slices_[at].block;
    if (content_.blocks()[block].kind != BlockKind::Code || !wellOf(block).contains(point))
        return std::nullopt;
    return block;
}

void MessageLayout::drawGround(QPainter& painter, const QPointF& at, const QRectF& clip) const {
    std::optional<std::size_t> drawn;
    for (std::size_t i = sliceAt(clip.top() - at.y()); i < slices_.size(); ++i) {
        const Slice& slice = slices_[i];
        if (at.y() + slice.y > clip.bottom()) return;
        const TextBlock& block = content_.blocks()[slice.block];
        for (int quote = 0; quote < block.quotes; ++quote) {
            const qreal x = quoteBar(quote);
            // Between two blocks of a quote its bar goes on.
            const bool goesOn = slice.block > 0 && slice.gap > 0 &&
                                content_.blocks()[slice.block - 1].quotes > quote;
            const qreal top = goesOn ? 0 : slice.gap;
            painter.fillRect(QRectF(at + QPointF(x, slice.y + top), QSizeF(2, slice.height - top)),
                             style_.line);
        }
        if (drawn == slice.block) continue;
        drawn = slice.block;
        drawBlockGround(painter, at, slice.block);
    }
}

// Colours change no line, so they are given as it is drawn.
void MessageLayout::addCodeColors(const Slice& slice,
                                  QList<QTextLayout::FormatRange>& formats) const {
    const TextBlock& block = content_.blocks()[slice.block];
    if (block.kind != BlockKind::Code || !codeColors_) return;
    const auto runs = codeColors_(block);
    const int begin = slice.begin - content_.beginOf(slice.block);
    const auto first = std::ranges::partition_point(
        runs, [begin](const CodeRun& run) { return run.end <= begin; });
    for (auto run = first; run != runs.end() && run->begin < begin + slice.length; ++run) {
        const int from = std::max(run->begin - begin, 0);
        const int to = std::min(run->end - begin, slice.length);
        QTextCharFormat format;
        format.setForeground(style_.code[static_cast<std::size_t>(run->part)]);
        if (from < to) formats.append({from, to - from, format});
    }
}

void MessageLayout::drawBlockGround(QPainter& painter, const QPointF& at, std::size_t index) const {
    const TextBlock& block = content_.blocks()[index];
    const int begin = content_.beginOf(index);
    if (block.kind == BlockKind::Code) {
        const QRectF well = wellOf(index).translated(at);
        painter.setPen(Qt::NoPen);
        painter.setBrush(style_.well);
        painter.drawRoundedRect(well, 2 * style_.step, 2 * style_.step);
        painter.setPen(style_.muted);
        painter.setFont(style_.small);
        const qreal pad = 3.0 * style_.step;
        painter.drawText(well.adjusted(pad, style_.step, -pad, 0),
                         Qt::AlignLeft | Qt::AlignTop,
                         block.language.left(40));
        return;
    }
    const auto slice = std::partition_point(
        slices_.begin(), slices_.end(), [index](const Slice& s) { return s.block < index; });
    const Column column = columnOf(block);
    if (block.kind == BlockKind::Rule) {
        const qreal y = std::round(at.y() + slice->y + slice->gap + slice->lineStep / 2);
        painter.fillRect(QRectF(at.x() + column.left, y, column.width, 1), style_.line);
    } else if (block.kind == BlockKind::TableRow) {
        const qreal right = slice->pieces.empty()
                                ? column.left
                                : slice->pieces.back().at.x() + slice->pieces.back().width;
        const qreal y = std::round(at.y() + slice->y + slice->height) - 1;
        painter.setOpacity(block.head ? 1 : 0.5);
        painter.fillRect(QRectF(at.x() + column.left, y, right - column.left, block.head ? 2 : 1),
                         style_.line);
        painter.setOpacity(1);
    }
    painter.setPen(Qt::NoPen);
    painter.setBrush(style_.well);
    std::vector<QRectF> boxes;
    for (const StyledRun& run : block.runs)
        if (run.styles & kCode) appendRects({begin + run.begin, begin + run.end}, boxes);
    for (const QRectF& box : boxes)
        painter.drawRoundedRect(box.translated(at).adjusted(-2, -1, 2, 1), 3, 3);
}

}  // namespace gatescope
