// The half of MarkdownReader that reads tables which are too long to be read at once: so many rows
// at a time, each with the table's head in front of them.
#include <QCoreApplication>
#include <QLocale>
#include <algorithm>
#include <utility>

#include "ui/markdown/block_parser.h"
#include "ui/markdown/markdown_reader.h"
#include "ui/markdown/source_lines.h"

namespace gatescope {
namespace {

constexpr int kRowsAtOnce = 50;

struct LongTableText {
    Q_DECLARE_TR_FUNCTIONS(LongTable)
};

bool isRowOf(const std::vector<TextBlock>& blocks) {
    return !blocks.empty() && blocks.front().head &&
           std::ranges::all_of(blocks, [](const auto& b) { return b.kind == BlockKind::TableRow; });
}

}  // namespace

// Whatever begins another block ends a table.
bool MarkdownReader::isTableRow(QStringView line) {
    const QStringView words = line.trimmed();
    return line.size() < kMostAtOnce && words.contains(QLatin1Char('|')) &&
           !QStringView(u">#`~").contains(words[0]) && !isListItem(words);
}

/// Behind the line of hyphens below a table's head; 0: no table begins at `begin`.
int MarkdownReader::behindTableHead(QStringView source, int begin) {
    const QStringView head = lineAt(source, begin);
    const auto below = begin + static_cast<int>(head.size()) + 1;
    if (!isTableRow(head) || below >= source.size()) return 0;
    const QStringView line = lineAt(source, below);
    const auto end = below + static_cast<int>(line.size()) + 1;
    const bool hyphens = line.contains(QLatin1Char('-')) && std::ranges::all_of(line, [](QChar c) {
                             return QStringView(u"|-: ").contains(c);
                         });
    return hyphens && end <= source.size() ? end : 0;
}

/// Rows in the source, the first ones with their head; false: they are none, or too much.
bool MarkdownReader::addRows(QStringView source, int begin, int end) {
    const bool first = begin == table_->rows;
    const QString head = source.mid(table_->begin, table_->rows - table_->begin).toString();
    const QString part = head + source.mid(begin, end - begin).toString();
    auto blocks = parseBlocks(part, begin - static_cast<int>(head.size()));
    if (!blocks || !isRowOf(*blocks)) return false;
    for (std::size_t i = first ? 0 : 1; i < blocks->size(); ++i)
        result_.append(std::move((*blocks)[i]));
    return true;
}

bool MarkdownReader::beginTable(QStringView source, int begin) {
    const int rows = behindTableHead(source, begin);
    if (rows == 0) return false;
    table_ = {.begin = begin, .rows = rows, .next = rows};
    const std::size_t before = result_.blocks().size();
    const QStringView first = lineAt(source, rows);
    const int end =
        std::min(rows + static_cast<int>(first.size()) + 1, static_cast<int>(source.size()));
    const bool is = isTableRow(first) && addRows(source, rows, end);
    result_.resize(before);
    if (!is) table_.reset();
    return is;
}

/// The last row may not be complete.
void MarkdownReader::addHidden(int end, int rows) {
    TextBlock block;
    block.kind = BlockKind::HiddenRows;
    block.text = LongTableText::tr("Show all %1 rows").arg(QLocale().toString(rows));
    const auto size = static_cast<int>(block.text.size());
    block.runs = {{0, size, kLink, {}}};
    // None of their tokens has a place in it.
    block.pieces = {{0, size, table_->hidden, 0}};
    block.hiddenEnd = end;
    result_.append(std::move(block));
}

/// True when it has ended; then readTo_ is behind it.
bool MarkdownReader::readTable(QStringView source) {
    OpenTable& table = *table_;
    const auto size = static_cast<int>(source.size());
    int from = table.next;  // of the rows that are not added yet
    int at = from;
    int waiting = 0;
    const auto show = [&](int begin, int end) {
        if (!addRows(source, begin, end))
            addPlain(source, begin == table.rows ? table.begin : begin, end);
    };
    const auto add = [&] {
        if (waiting > 0) show(from, at);
        from = at;
        waiting = 0;
    };
    bool row = true;
    bool whole = true;
    for (; at < size; at += static_cast<int>(lineAt(source, at).size()) + 1) {
        const QStringView line = lineAt(source, at);
        row = isTableRow(line);
        whole = at + line.size() < size;
        if (!row || !whole) break;
        const bool hidden = !allRows_ && table.count >= kShownRows;
        if (hidden || waiting == kRowsAtOnce || at + line.size() - from > kMostAtOnce) add();
        if (hidden && table.hidden == 0) table.hidden = at;
        waiting += hidden ? 0 : 1;
        ++table.count;
    }
    add();
    finish(at);
    table.next = at;
    if (at < size && row) {  // its last one may go on
        if (!allRows_ && table.count >= kShownRows) {
            if (table.hidden == 0) table.hidden = at;
            addHidden(size, table.count + 1);
        } else {
            show(at, size);
        }
        return false;
    }
    if (table.hidden > 0) addHidden(at, table.count);
    if (at < size && !whole) addPart(source, at, size);  // or become one
    if (at >= size || !whole) return false;
    table_.reset();
    while (at < size && isBlank(lineAt(source, at)))
        at += static_cast<int>(lineAt(source, at).size()) + 1;
    finish(std::min(at, size));
    return true;
}

}  // namespace gatescope
