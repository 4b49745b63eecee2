#include "ui/markdown/formatted_text.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace gatescope {
namespace {

/// `value` of [0, from] scaled to [0, to]; the identity where both are as long.
int scaled(int value, int from, int to) {
    if (from == to || from == 0) return std::min(value, to);
    return static_cast<int>(static_cast<std::int64_t>(value) * to / from);
}

/// The first place in `text` from which runs of the two blocks differ.
int firstRunDifference(const TextBlock& a, const TextBlock& b, int end) {
    const std::size_t most = std::max(a.runs.size(), b.runs.size());
    for (std::size_t i = 0; i < most; ++i) {
        if (i < a.runs.size() && i < b.runs.size() && a.runs[i] == b.runs[i]) continue;
        if (i < a.runs.size()) end = std::min(end, a.runs[i].begin);
        if (i < b.runs.size()) end = std::min(end, b.runs[i].begin);
        break;
    }
    return end;
}

}  // namespace

bool TextBlock::isShapedLike(const TextBlock& other) const {
    return kind == other.kind && level == other.level && quotes == other.quotes &&
           lists == other.lists && marker == other.marker && tight == other.tight &&
           head == other.head && centred == other.centred && language == other.language;
}

FormattedText FormattedText::plain(const QString& text) {
    const auto size = static_cast<int>(text.size());
    FormattedText out;
    TextBlock block;
    block.text = text;
    block.pieces = {{0, size, 0, size}};
    out.append(std::move(block));
    return out;
}

void FormattedText::append(TextBlock block) {
    if (!blocks_.empty()) text_ += block.tight ? QStringLiteral("\n") : QStringLiteral("\n\n");
    const auto begin = static_cast<int>(text_.size());
    begins_.push_back(begin);
    firstPlaces_.push_back(places_.size());
    for (const SourcePiece& piece : block.pieces)
        places_.push_back(
            {begin + piece.shown, piece.shownLength, piece.source, piece.sourceLength});
    text_ += block.text;
    blocks_.push_back(std::move(block));
}

void FormattedText::resize(std::size_t count) {
    if (count >= blocks_.size()) return;
    text_.truncate(endOf(count));
    places_.resize(firstPlaces_[count]);
    firstPlaces_.resize(count);
    begins_.resize(count);
    blocks_.resize(count);
}

std::vector<TextBlock> FormattedText::cutFrom(std::size_t count) {
    std::vector<TextBlock> cut;
    for (std::size_t i = count; i < blocks_.size(); ++i) cut.push_back(std::move(blocks_[i]));
    resize(count);
    return cut;
}

void FormattedText::regrowLast(int kept, QStringView rest) {
    TextBlock& block = blocks_.back();
    block.text.truncate(kept);
    block.text += rest;
    text_.truncate(begins_.back() + kept);
    text_ += rest;
    const auto size = static_cast<int>(block.text.size());
    block.pieces.back().shownLength = block.pieces.back().sourceLength = size;
    places_.back().shownLength = places_.back().sourceLength = size;
}

std::size_t FormattedText::blockAt(int shown) const {
    const auto behind = std::ranges::upper_bound(begins_, shown);
    return behind == begins_.begin() ? 0 : static_cast<std::size_t>(behind - begins_.begin()) - 1;
}

FormattedText::Range FormattedText::shown(int begin, int end) const {
    // The first piece that ends behind `begin`, and the last that begins in front of `end`.
    const auto first = std::ranges::partition_point(places_, [begin](const Place& place) {
        return place.source + place.sourceLength <= begin;
    });
    if (first == places_.end()) {
        const auto size = static_cast<int>(text_.size());
        return {size, size};
    }
    Range out;
    out.begin = first->shown +
                scaled(std::max(0, begin - first->source), first->sourceLength, first->shownLength);
    const auto behind = std::ranges::partition_point(
        places_, [end](const Place& place) { return place.source < end; });
    if (behind != places_.begin()) {
        const Place& last = *(behind - 1);
        out.end = last.shown + scaled(std::min(end - last.source, last.sourceLength),
                                      last.sourceLength,
                                      last.shownLength);
    }
    out.end = std::max(out.begin, out.end);
    return out;
}

int FormattedText::sourceAt(int shown) const {
    const auto first = std::ranges::partition_point(
        places_, [shown](const Place& place) { return place.shown + place.shownLength <= shown; });
    if (first == places_.end())
        return places_.empty() ? 0 : places_.back().source + places_.back().sourceLength;
    if (shown < first->shown) return first->source;
    // The unit of the source whose own range, by scaled(), holds this one.
    const std::int64_t behind = shown - first->shown + 1;
    return first->source +
           static_cast<int>((behind * first->sourceLength - 1) / first->shownLength);
}

QString FormattedText::targetAt(int shown) const {
    if (blocks_.empty()) return {};
    const std::size_t at = blockAt(shown);
    for (const StyledRun& run : blocks_[at].runs)
        if (run.begin <= shown - begins_[at] && shown - begins_[at] < run.end) return run.target;
    return {};
}

int FormattedText::firstDifference(const FormattedText& a, const FormattedText& b) {
    return b.firstDifference(a.blocks_, 0);
}

int FormattedText::firstDifference(std::span<const TextBlock> before, std::size_t from) const {
    const std::span now = std::span(blocks_).subspan(std::min(from, blocks_.size()));
    const std::size_t both = std::min(before.size(), now.size());
    for (std::size_t i = 0; i < both; ++i) {
        const TextBlock& left = before[i];
        const TextBlock& right = now[i];
        if (!left.isShapedLike(right)) return begins_[from + i];
        // A table's columns are as wide as their widest cell: it is one picture.
        if (left.kind == BlockKind::TableRow) {
            if (left.text == right.text && left.runs == right.runs && left.cells == right.cells)
                continue;
            return begins_[headOfTable(from + i)];
        }
        const auto [one, other] = std::ranges::mismatch(left.text, right.text);
        const auto same = static_cast<int>(one - left.text.begin());
        const int end = firstRunDifference(left, right, same);
        const bool alike = left.text.size() == right.text.size() && end == left.text.size();
        if (!alike) return begins_[from + i] + end;
    }
    return endOf(from + both);
}

int FormattedText::endOf(std::size_t count) const {
    return count == 0 ? 0 : begins_[count - 1] + static_cast<int>(blocks_[count - 1].text.size());
}

std::size_t FormattedText::headOfTable(std::size_t row) const {
    while (row > 0 && blocks_[row].tight && !blocks_[row].head &&
           blocks_[row - 1].kind == BlockKind::TableRow)
        --row;
    return row;
}

}  // namespace gatescope
