#pragma once

#include <QString>
#include <span>
#include <vector>

namespace gatescope {

/// How a run of characters looks; a run may have several.
enum TextStyle : unsigned {
    kStrong = 1U << 0U,
    kEmphasis = 1U << 1U,
    kCode = 1U << 2U,
    kDeleted = 1U << 3U,
    kMath = 1U << 4U,
    kLink = 1U << 5U,
};

/// [begin, end) in UTF-16 units of the block's text.
struct StyledRun {
    int begin = 0;
    int end = 0;
    unsigned styles = 0;
    QString target;  ///< where a link would lead; nothing follows it by itself
    friend bool operator==(const StyledRun&, const StyledRun&) = default;
};

/// Which part of the source a part of a block's text stands for; in UTF-16 units, `shown` in the
/// block's text, `source` in the message. Lengths differ where a mark was replaced.
struct SourcePiece {
    int shown = 0;
    int shownLength = 0;
    int source = 0;
    int sourceLength = 0;
    friend bool operator==(const SourcePiece&, const SourcePiece&) = default;
};

/// HiddenRows stands for rows of a long table that are shown when they are asked for.
enum class BlockKind { Paragraph, Heading, Code, TableRow, Rule, HiddenRows };

struct TableCell {
    int begin = 0;
    int end = 0;
    Qt::Alignment alignment = Qt::AlignLeft;
    friend bool operator==(const TableCell&, const TableCell&) = default;
};

/// A paragraph, a heading, a piece of code, a row of a table or a rule.
struct TextBlock {
    BlockKind kind = BlockKind::Paragraph;
    int level = 0;         ///< of a heading, 1 to 6
    int quotes = 0;        ///< quotes it stands in
    int lists = 0;         ///< lists it stands in
    int marker = 0;        ///< units of the list's marker that its text begins with
    bool tight = false;    ///< no room between it and the block above
    bool head = false;     ///< a table's first row
    bool centred = false;  ///< a formula on lines of its own
    int hiddenEnd = 0;     ///< of hidden rows, in the source; they begin where its piece does
    QString language;      ///< of code, as its fence says
    QString text;
    std::vector<StyledRun> runs;
    std::vector<TableCell> cells;  ///< of a table's row
    std::vector<SourcePiece> pieces;

    /// Whether it looks alike but for its text, runs and cells.
    bool isShapedLike(const TextBlock& other) const;
    friend bool operator==(const TextBlock&, const TextBlock&) = default;
};

/// A message as it is shown: blocks whose texts, with line feeds between them, are one text. Tokens
/// are known by their place in the message's source, so each place of one is found in the other.
class FormattedText {
  public:
    FormattedText() = default;
    /// One block of plain text, which is its own source.
    static FormattedText plain(const QString& text);

    void append(TextBlock block);
    /// Keeps the first `count` blocks.
    void resize(std::size_t count);
    /// The same; gives back the blocks that go.
    std::vector<TextBlock> cutFrom(std::size_t count);
    /// Of the last block, which stands for its source unit for unit, keeps the first `kept` units
    /// and goes on with `rest`.
    void regrowLast(int kept, QStringView rest);

    const QString& text() const { return text_; }
    const std::vector<TextBlock>& blocks() const { return blocks_; }
    /// Where a block's text begins in text().
    int beginOf(std::size_t block) const { return begins_[block]; }
    /// Where the first `count` blocks end in text().
    int endOf(std::size_t count) const;
    /// The first row of the table that block `row` is one of.
    std::size_t headOfTable(std::size_t row) const;
    /// The block that holds a place of text(), or stands in front of it; 0 where there is none.
    std::size_t blockAt(int shown) const;

    /// What is shown of [begin, end) of the source: empty, where it is nothing but marks.
    struct Range {
        int begin = 0;
        int end = 0;
    };
    Range shown(int begin, int end) const;
    /// The place in the source of a place in text().
    int sourceAt(int shown) const;
    /// The link at a place in text(); empty: none.
    QString targetAt(int shown) const;

    /// The first place in text() from which the two look different.
    static int firstDifference(const FormattedText& a, const FormattedText& b);
    /// The same, where `before` are blocks that stood from block `from` on and all in front of them
    /// is as it was.
    int firstDifference(std::span<const TextBlock> before, std::size_t from) const;

  private:
    struct Place {  ///< a piece, both ends in the whole text
        int shown = 0;
        int shownLength = 0;
        int source = 0;
        int sourceLength = 0;
    };

    QString text_;
    std::vector<TextBlock> blocks_;
    std::vector<int> begins_;
    std::vector<Place> places_;
    std::vector<std::size_t> firstPlaces_;  ///< of each block, in places_
};

}  // namespace gatescope
