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
constexpr int kTabColumns = 4;
constexpr int kQuoteSteps = 4;  ///< of the grid, from a quote's bar to its text
constexpr int kListSteps = 6;
constexpr int kCodePadSteps = 3;
constexpr int kCellPadSteps = 3;
/// Room between blocks, against the height of a line.
constexpr qreal kBetween = 0.6;
constexpr qreal kAboveHeading = 0.9;

}  // namespace

const MeasuredStyle::Type& MessageLayout::typeOf(const TextBlock& block) const {
    if (block.kind == BlockKind::Code) return measured_->code();
    if (block.kind == BlockKind::Heading) return measured_->heading(block.level);
    if (block.kind == BlockKind::TableRow && block.head) return measured_->tableHead();
    return measured_->text();
}

qreal MessageLayout::lineStep(const TextBlock& block) const {
    return typeOf(block).step + lead_;
}

MessageLayout::Column MessageLayout::columnOf(const TextBlock& block) const {
    const qreal step = style().step;
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
    const TextBlock& block = content_->blocks()[index];
    const qreal step = measured_->text().step;
    qreal gap = 0;
    if (index > 0 && !block.tight)
        gap = std::round(step * (block.kind == BlockKind::Heading ? kAboveHeading : kBetween));
    // A well begins with a row for the language and the button that copies.
    if (block.kind == BlockKind::Code) gap += codeHead();
    if (block.kind == BlockKind::TableRow) gap += style().step;
    return gap;
}

qreal MessageLayout::estimateHeight(qreal width, std::size_t units, std::size_t lineFeeds) const {
    const qreal perLine = std::max(1.0, width / measured_->text().character);
    const qreal lines = static_cast<qreal>(units) / perLine + static_cast<qreal>(lineFeeds) / 2 + 1;
    return std::ceil(lines) * (measured_->text().step + lead_);
}

qreal MessageLayout::codeHead() const {
    return 2 * style().step + measured_->smallStep;
}

qreal MessageLayout::quoteBar(int quote) const {
    return quote * kQuoteSteps * style().step + 1;
}

void MessageLayout::layOutStretch(std::size_t index) {
    Stretch& stretch = stretches_[index];
    if (stretch.laidOut) return;
    stretch.laidOut = true;
    ++work_;
    const TextBlock& block = content_->blocks()[stretch.block];
    if (block.kind == BlockKind::TableRow) {
        stretch.slices.clear();
        stretch.slices.push_back(makeRow(stretch.block));
    } else {
        addSlices(stretch);
        settleEnd(index);
        if (block.kind == BlockKind::Code && stretch.endsBlock)
            stretch.slices.back().height += kCodePadSteps * style().step;
    }
    stretch.height = stretch.slices.back().y + stretch.slices.back().height;
    for (const Slice& slice : stretch.slices)
        for (const Piece& piece : slice.pieces)
            for (int i = 0; i < piece.layout->lineCount(); ++i)
                naturalWidth_ = std::max(naturalWidth_,
                                         piece.at.x() + piece.layout->lineAt(i).naturalTextWidth());
}

// Behind those that are there already.
void MessageLayout::addSlices(Stretch& stretch) const {
    const int end = stretch.end();
    int at = stretch.begin;
    qreal y = 0;
    if (!stretch.slices.empty()) {
        const Slice& last = stretch.slices.back();
        at = last.end();
        y = last.y + last.height;
        if (at >= end) return;
        if (text()[at] == QLatin1Char('\n')) ++at;
    }
    for (;;) {
        stretch.slices.push_back(makeSlice(stretch.block, at, end, y));
        const Slice& made = stretch.slices.back();
        at = made.end();
        y = made.y + made.height;
        if (at >= end) return;
        if (text()[at] == QLatin1Char('\n')) ++at;  // a line feed at the end opens an empty line
    }
}

MessageLayout::Slice MessageLayout::makeSlice(std::size_t index,
                                              int begin,
                                              int stretchEnd,
                                              qreal y) const {
    const TextBlock& block = content_->blocks()[index];
    const int blockBegin = content_->beginOf(index);
    int end = static_cast<int>(text().indexOf(QLatin1Char('\n'), begin));
    if (end < 0 || end > stretchEnd) end = stretchEnd;
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
    const qreal hanging = begin == blockBegin && block.marker > 0
                              ? std::min(QFontMetricsF(typeOf(block).font)
                                             .horizontalAdvance(block.text.left(block.marker)),
                                         column.left)
                              : 0;
    qreal height = breakLines(
        piece, slice.lineStep, hanging, block.centred ? Qt::AlignHCenter : Qt::AlignLeft);
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
    const MeasuredStyle::Type& type = typeOf(block);
    Piece piece{.begin = begin, .length = end - begin, .width = width, .at = {}, .layout = nullptr};
    piece.layout = std::make_unique<QTextLayout>(text().mid(begin, end - begin), type.font);
    piece.layout->setCacheEnabled(true);
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    option.setTabStopDistance(type.blank * kTabColumns);
    piece.layout->setTextOption(option);
    return piece;
}

void MessageLayout::setFormats(Piece& piece, const TextBlock& block, int blockBegin) const {
    if (block.runs.empty()) return;
    QList<QTextLayout::FormatRange> formats;
    const QFont base = typeOf(block).font;
    for (const StyledRun& run : block.runs) {
        const int begin = std::max(blockBegin + run.begin - piece.begin, 0);
        const int end = std::min(blockBegin + run.end - piece.begin, piece.length);
        if (begin < end) formats.append({begin, end - begin, style().format(run.styles, base)});
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

// Columns are as wide as their widest cell; of a long table, behind its first rows, as the one that
// has most letters. Where that is too much, narrow ones keep their width and the others share what
// is left.
const std::vector<qreal>& MessageLayout::columnsOf(std::size_t row) {
    const std::size_t head = content_->headOfTable(row);
    const auto [known, isNew] = columns_.try_emplace(head);
    std::vector<qreal>& columns = known->second;
    if (!isNew) return columns;
    const auto& blocks = content_->blocks();
    std::vector<qreal> natural;
    const auto measure = [&](const TextBlock& block, std::size_t c) {
        const TableCell& cell = block.cells[c];
        const QString words = block.text.mid(cell.begin, cell.end - cell.begin);
        // A code face or bold letters are wider than the row's own.
        natural[c] = std::max(natural[c],
                              QFontMetricsF(typeOf(block).font).horizontalAdvance(words) * 1.1 + 4);
    };
    std::vector<const TextBlock*> longest;  // [columns]
    const auto lettersOf = [](const TextBlock& block, std::size_t c) {
        return block.cells[c].end - block.cells[c].begin;
    };
    for (std::size_t i = head; i < blocks.size() && blocks[i].kind == BlockKind::TableRow; ++i) {
        const TextBlock& block = blocks[i];
        if (i > head && block.head) break;
        natural.resize(std::max(natural.size(), block.cells.size()), 0);
        longest.resize(natural.size(), nullptr);
        for (std::size_t c = 0; c < block.cells.size(); ++c) {
            if (i < head + kMeasuredRows)
                measure(block, c);
            else if (longest[c] == nullptr || lettersOf(block, c) > lettersOf(*longest[c], c))
                longest[c] = &block;
        }
    }
    for (std::size_t c = 0; c < longest.size(); ++c)
        if (longest[c] != nullptr) measure(*longest[c], c);
    const qreal pad = kCellPadSteps * style().step;
    qreal left = columnOf(blocks[head]).width - pad * static_cast<qreal>(natural.size());
    std::vector<std::size_t> order(natural.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t c) { return natural[c]; });
    columns.assign(natural.size(), 0);
    for (std::size_t i = 0; i < order.size(); ++i) {
        const qreal share = std::max(1.0, left / static_cast<qreal>(order.size() - i));
        columns[order[i]] = std::min(natural[order[i]], share);
        left -= columns[order[i]];
    }
    return columns;
}

MessageLayout::Slice MessageLayout::makeRow(std::size_t index) {
    const TextBlock& block = content_->blocks()[index];
    const int begin = content_->beginOf(index);
    Slice slice{.block = index, .begin = begin, .length = static_cast<int>(block.text.size())};
    slice.lineStep = lineStep(block);
    slice.gap = gapAbove(index);
    const std::vector<qreal>& columns = columnsOf(index);
    qreal x = columnOf(block).left;
    qreal height = slice.lineStep;
    for (std::size_t c = 0; c < block.cells.size() && c < columns.size(); ++c) {
        const TableCell& cell = block.cells[c];
        Piece piece = makePiece(block, begin + cell.begin, begin + cell.end, columns[c]);
        setFormats(piece, block, begin);
        piece.at = QPointF(x, slice.gap);
        height = std::max(height, breakLines(piece, slice.lineStep, 0, cell.alignment));
        x += columns[c] + kCellPadSteps * style().step;
        slice.pieces.push_back(std::move(piece));
    }
    slice.height = slice.gap + height + style().step;
    return slice;
}

}  // namespace gatescope
