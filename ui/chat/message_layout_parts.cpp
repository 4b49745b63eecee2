// The half of MessageLayout that parts a text into stretches, without looking at its letters.
#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/chat/message_layout.h"

namespace gatescope {
namespace {

constexpr int kMostUnits = 2048;  ///< of a stretch
constexpr int kMostLines = 48;
/// Of a stretch that is one long line: one that is reached from its middle breaks anew where it is
/// followed back over a stretch's end, which should be rare.
constexpr int kLongestLine = 16384;
/// What goes on without a blank for longer than this is broken softly.
constexpr int kLongestRun = 2000;

int longestRun(QStringView text) {
    int longest = 0;
    int run = 0;
    for (const QChar c : text) {
        run = c.isSpace() ? 0 : run + 1;
        longest = std::max(longest, run);
    }
    return longest;
}

/// Where a line breaks that begins at `begin`: behind the last blank in front of `end`, if one is
/// behind `from`.
int softBreak(QStringView text, int from, int end) {
    for (int at = end; at > from; --at)
        if (text[at - 1].isSpace()) return at;
    return text[end - 1].isHighSurrogate() ? end - 1 : end;
}

}  // namespace

// What depends on the text behind `offset` goes; the lines of a stretch in front of it are kept for
// the one that will begin there.
void MessageLayout::dropFrom(int offset) {
    const auto& blocks = content_->blocks();
    std::size_t kept = stretchOf(offset);
    while (kept > 0 && stretches_[kept - 1].block >= blocks.size()) --kept;
    // A table's columns are as wide as their widest cell: it is laid out as one.
    const std::size_t next = kept > 0 ? stretches_[kept - 1].block + 1 : 0;
    if (kept > 0 && next < blocks.size() && blocks[next].kind == BlockKind::TableRow) {
        const std::size_t head = content_->headOfTable(next);
        const bool measured = next < head + kMeasuredRows;
        while (measured && kept > 0 && stretches_[kept - 1].block >= head) --kept;
    }
    if (kept < stretches_.size()) {
        growing_ = std::move(stretches_[kept].slices);
        stretches_.resize(kept);
    }
    while (!growing_.empty() && growing_.back().end() >= offset) growing_.pop_back();
    const std::size_t known = stretches_.empty() ? 0 : stretches_.back().block + 1;
    columns_.erase(columns_.lower_bound(known), columns_.end());
    parted_ = -1;
}

void MessageLayout::part() {
    const auto& blocks = content_->blocks();
    const std::size_t first = stretches_.size();
    std::size_t block = 0;
    int at = 0;
    if (!stretches_.empty()) {
        const Stretch& last = stretches_.back();
        block = last.block + (last.endsBlock ? 1 : 0);
        at = last.end();
        if (!last.endsBlock && text()[at] == QLatin1Char('\n')) ++at;
    }
    for (; block < blocks.size(); ++block) {
        at = std::max(at, content_->beginOf(block));
        for (bool ended = false; !ended;) {
            Stretch stretch = makeStretch(block, at);
            takeGrowing(stretch);
            estimate(stretch);
            ended = stretch.endsBlock;
            at = stretch.end();
            if (!ended && text()[at] == QLatin1Char('\n')) ++at;
            stretches_.push_back(std::move(stretch));
        }
    }
    growing_.clear();
    if (stretches_.size() == 1) naturalWidth_ = 0;  // will be measured
    placeFrom(first);
    parted_ = static_cast<int>(text().size());
}

MessageLayout::Stretch MessageLayout::makeStretch(std::size_t index, int begin) const {
    const TextBlock& block = content_->blocks()[index];
    const int blockEnd = content_->endOf(index + 1);
    Stretch stretch{.block = index, .begin = begin};
    int end = begin;
    if (block.kind == BlockKind::TableRow) {
        end = blockEnd;
    } else {
        int at = begin;
        for (int lines = 0; lines < kMostLines; ++lines) {
            auto lineEnd = static_cast<int>(text().indexOf(QLatin1Char('\n'), at));
            if (lineEnd < 0 || lineEnd > blockEnd) lineEnd = blockEnd;
            if (lines == 0 && lineEnd - at > kMostUnits) lineEnd = endOfLong(at, lineEnd);
            if (lines > 0 && lineEnd - begin > kMostUnits) break;
            end = lineEnd;
            if (end == blockEnd || text()[end] != QLatin1Char('\n')) break;
            at = end + 1;
        }
    }
    stretch.length = end - begin;
    stretch.endsBlock = end == blockEnd;
    stretch.goesOn = !stretch.endsBlock && text()[end] != QLatin1Char('\n');
    return stretch;
}

// Where nothing in front is laid out, lines begin here: behind a blank, if there is one.
int MessageLayout::endOfLong(int begin, int lineEnd) const {
    const int end = std::min(lineEnd, begin + kLongestLine);
    if (longestRun(QStringView(text()).mid(begin, end - begin)) > kLongestRun)
        return softBreak(text(), begin + kMostUnits / 2, begin + kMostUnits);
    return end == lineEnd ? end : softBreak(text(), begin, end);
}

// The last line of a stretch that ends within a line of the text is not full: the next one begins
// with its words.
void MessageLayout::settleEnd(std::size_t index) {
    Stretch& stretch = stretches_[index];
    if (!stretch.goesOn || stretch.settled) return;
    stretch.settled = true;
    const QTextLayout& lines = *stretch.slices.back().pieces.back().layout;
    if (stretch.slices.size() == 1 && lines.lineCount() < 2) return;  // as wide as no screen is
    Slice& last = stretch.slices.back();
    const int begin = last.begin + lines.lineAt(lines.lineCount() - 1).textStart();
    if (lines.lineCount() == 1) {
        stretch.slices.pop_back();
    } else {
        last.length = last.pieces.back().length = begin - last.begin;
        last.height -= last.lineStep;
        last.cut = true;
    }
    stretch.length = begin - stretch.begin;
    Stretch& next = stretches_[index + 1];
    next.length += next.begin - begin;
    next.begin = begin;
    next.slices.clear();
    next.laidOut = next.settled = false;
}

void MessageLayout::takeGrowing(Stretch& stretch) {
    if (growing_.empty() || growing_.front().begin != stretch.begin ||
        growing_.front().block != stretch.block)
        return;
    const auto fits = [&](const Slice& slice) {
        return slice.end() < stretch.end() || (slice.end() == stretch.end() && !slice.cut);
    };
    while (!growing_.empty() && !fits(growing_.back())) growing_.pop_back();
    stretch.slices = std::move(growing_);
    growing_.clear();
}

void MessageLayout::estimate(Stretch& stretch) {
    const TextBlock& block = content_->blocks()[stretch.block];
    const MeasuredStyle::Type& type = typeOf(block);
    const Column column = columnOf(block);
    const qreal perLine = std::max(1.0, column.width / type.character);
    int lines = block.kind == BlockKind::TableRow ? 1 : 0;
    qreal longest = 0;
    for (int at = stretch.begin; lines == 0 || at < stretch.end();) {
        if (block.kind == BlockKind::TableRow) break;
        auto end = static_cast<int>(text().indexOf(QLatin1Char('\n'), at));
        if (end < 0 || end > stretch.end()) end = stretch.end();
        lines += std::max(1, static_cast<int>(std::ceil((end - at) / perLine)));
        longest = std::max(longest, (end - at) * type.character);
        at = end + 1;
    }
    const bool begins = stretch.begin == content_->beginOf(stretch.block);
    stretch.height = lines * lineStep(block) + (begins ? gapAbove(stretch.block) : 0);
    if (block.kind == BlockKind::TableRow) stretch.height += style().step;
    naturalWidth_ = std::max(naturalWidth_, std::min(column.left + longest, width_));
}

}  // namespace gatescope
