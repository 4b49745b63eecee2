// The half of MessageLayout that breaks lines.
#include <QFontMetricsF>
#include <QTextOption>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ui/chat/message_layout.h"

namespace gatescope {
namespace {

constexpr int kSliceLength = 1024;
constexpr qreal kLineSpacing = 1.25;
constexpr int kTabColumns = 4;
constexpr int kQuoteSteps = 4;  ///< of the grid, from a quote's bar to its text
constexpr int kListSteps = 6;
constexpr int kCodePadSteps = 3;
constexpr int kCellPadSteps = 3;
/// Room between blocks, against the height of a line.
constexpr qreal kBetween = 0.6;
constexpr qreal kAboveHeading = 0.9;

qreal fontStep(const QFont& font) {
    return std::round(QFontMetricsF(font).height() * kLineSpacing);
}

}  // namespace

QFont MessageLayout::fontOf(const TextBlock& block) const {
    if (block.kind == BlockKind::Code) return style_.mono;
    if (block.kind == BlockKind::Heading) return style_.heading(block.level);
    QFont font = style_.reading;
    if (block.kind == BlockKind::TableRow && block.head) font.setWeight(QFont::DemiBold);
    return font;
}

qreal MessageLayout::lineStep(const TextBlock& block) const {
    return fontStep(fontOf(block)) + lead_;
}

MessageLayout::Column MessageLayout::columnOf(const TextBlock& block) const {
    const qreal step = style_.step;
    Column column;
    column.left = block.quotes * kQuoteSteps * step + block.lists * kListSteps * step;
    if (block.kind == BlockKind::Code) column.left += kCodePadSteps * step;
    const qreal right = block.kind == BlockKind::Code ? kCodePadSteps * step : 0;
    // Deep in lists and quotes a word still has to fit.
    column.left = std::min(column.left, width_ / 2);
    column.width = width_ - column.left - right;
    return column;
}

qreal MessageLayout::gapAbove(std::size_t index) const {
    const TextBlock& block = content_.blocks()[index];
    const qreal step = fontStep(style_.reading);
    qreal gap = 0;
    if (index > 0 && !block.tight)
        gap = std::round(step * (block.kind == BlockKind::Heading ? kAboveHeading : kBetween));
    // A well begins with a row for the language and the button that copies.
    if (block.kind == BlockKind::Code) gap += codeHead();
    if (block.kind == BlockKind::TableRow) gap += style_.step;
    return gap;
}

qreal MessageLayout::codeHead() const {
    return 2 * style_.step + fontStep(style_.small);
}

qreal MessageLayout::quoteBar(int quote) const {
    return quote * kQuoteSteps * style_.step + 1;
}

void MessageLayout::addSlices() {
    std::size_t block = 0;
    int from = 0;
    qreal y = 0;
    if (!slices_.empty()) {
        const Slice& last = slices_.back();
        block = last.block;
        from = last.begin + last.length;
        y = last.y + last.height;
        const int end =
            content_.beginOf(block) + static_cast<int>(content_.blocks()[block].text.size());
        if (from >= end) {
            ++block;
        } else {
            if (text()[from] == QLatin1Char('\n')) ++from;
            addBlock(block, from, y);
            y = slices_.back().y + slices_.back().height;
            ++block;
        }
    }
    for (; block < content_.blocks().size(); ++block) {
        addBlock(block, content_.beginOf(block), y);
        y = slices_.back().y + slices_.back().height;
    }
}

void MessageLayout::addBlock(std::size_t index, int from, qreal y) {
    const TextBlock& block = content_.blocks()[index];
    if (block.kind == BlockKind::TableRow) {
        if (block.head || index == 0 || columns_.empty()) measureTable(index);
        slices_.push_back(makeRow(index, y));
        return;
    }
    const int end = content_.beginOf(index) + static_cast<int>(block.text.size());
    for (int at = from;;) {
        slices_.push_back(makeSlice(index, at, y));
        Slice& made = slices_.back();
        at = made.begin + made.length;
        if (at >= end) {
            if (block.kind == BlockKind::Code) made.height += kCodePadSteps * style_.step;
            return;
        }
        y += made.height;
        if (text()[at] == QLatin1Char('\n')) ++at;  // a line feed at the end opens an empty line
    }
}

MessageLayout::Slice MessageLayout::makeSlice(std::size_t index, int begin, qreal y) const {
    const TextBlock& block = content_.blocks()[index];
    const int blockBegin = content_.beginOf(index);
    const int blockEnd = blockBegin + static_cast<int>(block.text.size());
    int end = static_cast<int>(text().indexOf(QLatin1Char('\n'), begin));
    if (end < 0 || end > blockEnd) end = blockEnd;
    const bool tooLong = end - begin > kSliceLength;
    if (tooLong) {
        end = begin + kSliceLength;
        if (text()[end - 1].isHighSurrogate()) --end;
    }
    const Column column = columnOf(block);
    Slice slice{.block = index, .begin = begin, .length = end - begin, .y = y};
    slice.lineStep = lineStep(block);
    slice.gap = begin == blockBegin ? gapAbove(index) : 0;
    Piece piece = makePiece(block, begin, end, column.width);
    setFormats(piece, block, blockBegin);
    piece.at = QPointF(column.left, slice.gap);
    const qreal hanging =
        begin == blockBegin && block.marker > 0
            ? std::min(
                  QFontMetricsF(fontOf(block)).horizontalAdvance(block.text.left(block.marker)),
                  column.left)
            : 0;
    qreal height = breakLines(piece, slice.lineStep, hanging, Qt::AlignLeft);
    const int lines = piece.layout->lineCount();
    if (tooLong && lines > 1) {  // the last line is not complete: it begins the next slice
        slice.length = piece.layout->lineAt(lines - 1).textStart();
        piece.length = slice.length;
        height -= slice.lineStep;
        slice.cut = true;
    }
    if (lines == 0) height = slice.lineStep;
    slice.height = slice.gap + height;
    slice.pieces.push_back(std::move(piece));
    return slice;
}

MessageLayout::Piece MessageLayout::makePiece(const TextBlock& block,
                                              int begin,
                                              int end,
                                              qreal width) const {
    const QFont font = fontOf(block);
    Piece piece{.begin = begin, .length = end - begin, .width = width, .at = {}, .layout = nullptr};
    piece.layout = std::make_unique<QTextLayout>(text().mid(begin, end - begin), font);
    piece.layout->setCacheEnabled(true);
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    option.setTabStopDistance(QFontMetricsF(font).horizontalAdvance(QLatin1Char(' ')) *
                              kTabColumns);
    piece.layout->setTextOption(option);
    return piece;
}

void MessageLayout::setFormats(Piece& piece, const TextBlock& block, int blockBegin) const {
    if (block.runs.empty()) return;
    QList<QTextLayout::FormatRange> formats;
    const QFont base = fontOf(block);
    for (const StyledRun& run : block.runs) {
        const int begin = std::max(blockBegin + run.begin - piece.begin, 0);
        const int end = std::min(blockBegin + run.end - piece.begin, piece.length);
        if (begin < end) formats.append({begin, end - begin, style_.format(run.styles, base)});
    }
    piece.layout->setFormats(formats);
}

/// Returns the height. The first line begins `hanging` further left.
qreal MessageLayout::breakLines(Piece& piece,
                                qreal step,
                                qreal hanging,
                                Qt::Alignment alignment) const {
    qreal height = 0;
    piece.layout->beginLayout();
    for (;;) {
        QTextLine line = piece.layout->createLine();
        if (!line.isValid()) break;
        const qreal left = height == 0 ? -hanging : 0;
        line.setLineWidth(piece.width - left);
        const qreal room = std::max(0.0, piece.width - line.naturalTextWidth());
        const qreal shift = alignment == Qt::AlignRight     ? room
                            : alignment == Qt::AlignHCenter ? std::floor(room / 2)
                                                            : 0;
        line.setPosition(
            QPointF(left + shift, height + lead_ + (step - lead_ - line.height()) / 2));
        height += step;
    }
    piece.layout->endLayout();
    return height;
}

// ---------------------------------------------------------------- tables

// Columns are as wide as their widest cell. Where that is too much, narrow ones keep their width
// and the others share what is left.
void MessageLayout::measureTable(std::size_t head) {
    const auto& blocks = content_.blocks();
    std::vector<qreal> natural;
    for (std::size_t i = head; i < blocks.size() && blocks[i].kind == BlockKind::TableRow; ++i) {
        if (i > head && blocks[i].head) break;
        const QFontMetricsF metrics(fontOf(blocks[i]));
        natural.resize(std::max(natural.size(), blocks[i].cells.size()), 0);
        for (std::size_t c = 0; c < blocks[i].cells.size(); ++c) {
            const TableCell& cell = blocks[i].cells[c];
            const QString words = blocks[i].text.mid(cell.begin, cell.end - cell.begin);
            // A code face or bold letters are wider than the row's own.
            natural[c] = std::max(natural[c], metrics.horizontalAdvance(words) * 1.1 + 4);
        }
    }
    const qreal pad = kCellPadSteps * style_.step;
    qreal left = columnOf(blocks[head]).width - pad * static_cast<qreal>(natural.size());
    std::vector<std::size_t> order(natural.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t c) { return natural[c]; });
    columns_.assign(natural.size(), 0);
    for (std::size_t i = 0; i < order.size(); ++i) {
        const qreal share = std::max(1.0, left / static_cast<qreal>(order.size() - i));
        columns_[order[i]] = std::min(natural[order[i]], share);
        left -= columns_[order[i]];
    }
}

MessageLayout::Slice MessageLayout::makeRow(std::size_t index, qreal y) {
    const TextBlock& block = content_.blocks()[index];
    const int begin = content_.beginOf(index);
    Slice slice{
        .block = index, .begin = begin, .length = static_cast<int>(block.text.size()), .y = y};
    slice.lineStep = lineStep(block);
    slice.gap = gapAbove(index);
    qreal x = columnOf(block).left;
    qreal height = slice.lineStep;
    for (std::size_t c = 0; c < block.cells.size() && c < columns_.size(); ++c) {
        const TableCell& cell = block.cells[c];
        Piece piece = makePiece(block, begin + cell.begin, begin + cell.end, columns_[c]);
        setFormats(piece, block, begin);
        piece.at = QPointF(x, slice.gap);
        height = std::max(height, breakLines(piece, slice.lineStep, 0, cell.alignment));
        x += columns_[c] + kCellPadSteps * style_.step;
        slice.pieces.push_back(std::move(piece));
    }
    slice.height = slice.gap + height + style_.step;
    return slice;
}

}  // namespace gatescope
