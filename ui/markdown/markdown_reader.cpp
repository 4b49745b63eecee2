#include "ui/markdown/markdown_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "ui/markdown/block_parser.h"
#include "ui/markdown/source_lines.h"

namespace gatescope {
namespace {

/// Of a list: nine digits, a point and a blank.
constexpr qsizetype kLongestMark = 11;

}  // namespace

bool MarkdownReader::isListItem(QStringView line) {
    qsizetype digits = 0;
    while (digits < line.size() && digits < 9 && line[digits].isDigit()) ++digits;
    if (digits >= line.size()) return false;
    const QChar mark = line[digits];
    const bool marks = digits > 0 ? mark == QLatin1Char('.') || mark == QLatin1Char(')')
                                  : QStringView(u"-*+").contains(mark);
    return marks && (digits + 1 == line.size() || line[digits + 1].isSpace());
}

std::optional<MarkdownReader::FenceMark> MarkdownReader::fenceOf(QStringView line) {
    if (line.isEmpty() || (line[0] != QLatin1Char('`') && line[0] != QLatin1Char('~'))) return {};
    FenceMark mark{.length = 0, .sign = line[0], .language = {}};
    while (mark.length < line.size() && line[mark.length] == mark.sign) ++mark.length;
    if (mark.length < 3) return {};
    const QStringView info = line.mid(mark.length).trimmed();
    if (mark.sign == QLatin1Char('`') && info.contains(QLatin1Char('`'))) return {};
    const auto blank = info.indexOf(QLatin1Char(' '));
    mark.language = (blank < 0 ? info : info.left(blank)).toString();
    return mark;
}

bool MarkdownReader::closes(QStringView line, const FenceMark& fence) {
    const auto found = fenceOf(line);
    return found && found->sign == fence.sign && found->length >= fence.length &&
           found->language.isEmpty();
}

void MarkdownReader::read(QStringView source) {
    const bool allRows = allRows_;
    *this = MarkdownReader();
    allRows_ = allRows;
    readMore(source);
}

int MarkdownReader::readMore(QStringView source) {
    if (lineFrom_) return goOn(source);
    if (!code_) {
        const auto tail = result_.cutFrom(numFinished_);
        const std::size_t from = numFinished_;
        readOn(source);
        return result_.firstDifference(tail, from);
    }
    const std::size_t block = result_.blocks().size() - 1;
    const int same =
        std::min(code_->line - code_->begin, static_cast<int>(result_.blocks()[block].text.size()));
    if (readCode(source)) readOn(source);
    return std::min(result_.beginOf(block) + same, result_.endOf(block + 1));
}

void MarkdownReader::finish(int end) {
    readTo_ = end;
    numFinished_ = result_.blocks().size();
}

// From where the last part ended, line by line: each time a part is known to be whole it is read
// and kept; what is left is read, too, but will be read again.
void MarkdownReader::readOn(QStringView source) {
    const auto size = static_cast<int>(source.size());
    if (table_ && !readTable(source)) return;
    int begin = readTo_;  // of the part
    int at = begin;       // of the line
    int lines = 0;        // of the part, in front of `at`
    bool list = false;    // the part has one: what follows a blank line may belong to it
    bool blank = true;    // the line above is blank
    while (at < size) {
        const QStringView line = lineAt(source, at);
        const int next = at + static_cast<int>(line.size()) + 1;
        // Until a line has ended, or is too long for it, it may become another item.
        const bool known = next <= size || line.size() > kLongestMark;
        if (blank && known && at > begin && !isBlank(line) && !line[0].isSpace() &&
            !(list && isListItem(line))) {
            addPart(source, begin, at);
            finish(at);
            begin = at;
            lines = 0;
            list = false;
        }
        if (const auto fence = fenceOf(line); fence && !list) {
            if (at > begin) addPart(source, begin, at);
            addCode(std::min(next, size), *fence);
            if (next > size) return;  // the language may go on
            readTo_ = at;
            numFinished_ = result_.blocks().size() - 1;
            code_ = {.mark = *fence, .begin = next, .line = next};
            const auto end = readCode(source);
            if (!end) return;
            begin = at = *end;
            lines = 0;
            blank = true;
            continue;
        }
        const bool tooMuch = next - begin > kMostAtOnce;
        if ((tooMuch || lines == kShownRows + 2) && !list && beginTable(source, begin)) {
            if (!readTable(source)) return;
            begin = at = readTo_;
            lines = 0;
            blank = true;
            continue;
        }
        if (tooMuch) {
            // Its blocks end somewhere far away, or never: shown as it is written, and the line
            // whole, however long it is.
            addPlain(source, begin, std::min(next, size));
            finish(std::min(next, size));
            if (next > size) {
                lineFrom_ = begin;
                return;
            }
            begin = at = next;
            lines = 0;
            list = false;
            blank = true;
            continue;
        }
        ++lines;
        list = list || isListItem(line);
        blank = isBlank(line);
        at = next;
    }
    if (begin < size) addPart(source, begin, size);
}

// The last block, plain text, ends with a line that is not known to be whole.
int MarkdownReader::goOn(QStringView source) {
    const std::size_t block = result_.blocks().size() - 1;
    const auto kept = static_cast<int>(result_.blocks()[block].text.size());
    const int from = *lineFrom_ + kept;
    const auto size = static_cast<int>(source.size());
    const int end = from + static_cast<int>(lineAt(source, from).size());
    result_.regrowLast(kept, source.mid(from, end - from));
    finish(std::min(end + 1, size));
    if (end < size) {
        lineFrom_.reset();
        readOn(source);
    }
    return result_.beginOf(block) + kept;
}

void MarkdownReader::addPart(QStringView source, int begin, int end) {
    auto blocks = parseBlocks(source.mid(begin, end - begin), begin);
    if (!blocks) return addPlain(source, begin, end);
    for (TextBlock& block : *blocks) result_.append(std::move(block));
}

void MarkdownReader::addPlain(QStringView source, int begin, int end) {
    while (end > begin && source[end - 1] == QLatin1Char('\n')) --end;
    TextBlock block;
    block.text = source.mid(begin, end - begin).toString();
    block.pieces = {{0, end - begin, begin, end - begin}};
    if (end > begin) result_.append(std::move(block));
}

void MarkdownReader::addCode(int begin, const FenceMark& mark) {
    TextBlock block;
    block.kind = BlockKind::Code;
    block.language = mark.language;
    block.pieces = {{0, 0, begin, 0}};
    result_.append(std::move(block));
}

std::optional<int> MarkdownReader::readCode(QStringView source) {
    const auto size = static_cast<int>(source.size());
    const int kept =
        std::min(code_->line - code_->begin, static_cast<int>(result_.blocks().back().text.size()));
    bool closed = false;
    int next = code_->line;  // of the line
    while (next <= size && !closed) {
        code_->line = next;
        const QStringView line = lineAt(source, next);
        closed = closes(line, code_->mark);
        next += static_cast<int>(line.size()) + 1;
    }
    int end = closed ? code_->line : size;
    if (end > code_->begin && source[end - 1] == QLatin1Char('\n')) --end;
    const int length = end - code_->begin;
    const int same = std::min(kept, length);
    result_.regrowLast(same, source.mid(code_->begin + same, length - same));
    if (!closed || next > size) return std::nullopt;
    code_.reset();
    finish(next);
    return next;
}

}  // namespace gatescope
