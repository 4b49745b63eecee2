#include "engine/export/code_fences.h"

#include <algorithm>
#include <cctype>

namespace gatescope {
namespace {

constexpr std::size_t kIndentOfCode = 4;

std::size_t indentOf(std::string_view line) {
    return std::min(line.find_first_not_of(' '), line.size());
}

bool isBlank(std::string_view line) {
    return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

/// How long a run of ` or ~ the line begins with, if it is one of at least three.
std::size_t fenceLength(std::string_view text) {
    if (text.empty() || (text.front() != '`' && text.front() != '~')) return 0;
    const std::size_t length = std::min(text.find_first_not_of(text.front()), text.size());
    if (length < 3) return 0;
    const bool hasTicksBehind =
        text.front() == '`' && text.find('`', length) != std::string_view::npos;
    return hasTicksBehind ? 0 : length;
}

/// Where the text of a list item begins in `line`; 0: it begins none.
std::size_t itemStart(std::string_view line, std::size_t indent) {
    std::size_t at = indent;
    if (at < line.size() && (line[at] == '-' || line[at] == '*' || line[at] == '+')) {
        ++at;
    } else {
        while (at < line.size() && at < indent + 9 &&
               std::isdigit(static_cast<unsigned char>(line[at])) != 0)
            ++at;
        if (at == indent || at == line.size() || (line[at] != '.' && line[at] != ')')) return 0;
        ++at;
    }
    if (at < line.size() && line[at] != ' ') return 0;
    return at + 1;
}

}  // namespace

bool CodeFences::isInItem(std::string_view line, std::size_t indent) {
    if (item_ > 0 && (isBlank(line) || indent >= item_)) return true;
    item_ = indent < kIndentOfCode ? itemStart(line, indent) : 0;
    return item_ > 0 || (indent < line.size() && line[indent] == '>');
}

CodeFences::Line CodeFences::read(std::string_view line) {
    const std::size_t indent = indentOf(line);
    const std::string_view text = line.substr(indent);
    if (open()) {
        const std::size_t run = std::min(text.find_first_not_of(mark_), text.size());
        if (indent >= kIndentOfCode || run < length_ || !isBlank(text.substr(run)))
            return Line::Code;
        length_ = 0;
        return Line::Closes;
    }
    if (isInItem(line, indent)) return Line::InContainer;
    const std::size_t length = indent < kIndentOfCode ? fenceLength(text) : 0;
    if (length == 0) return Line::Text;
    mark_ = text.front();
    length_ = length;
    return Line::Opens;
}

}  // namespace gatescope
