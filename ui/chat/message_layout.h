#pragma once

#include <QRectF>
#include <QString>
#include <QTextLayout>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "ui/chat/message_style.h"
#include "ui/markdown/code_runs.h"
#include "ui/markdown/formatted_text.h"

class QPainter;

namespace gatescope {

/// One message's blocks, broken into lines. Long paragraphs are laid out in slices and text that
/// grows at its end redoes only the last slice, so a streamed token costs the same in a long reply
/// as in a short one (a megabyte without a blank took Qt over a minute in one piece). A slice ends
/// where a line does, so slices cannot be seen. Coordinates are relative to the text's top left. UI
/// thread only.
class MessageLayout {
  public:
    struct Range {
        int begin = 0;
        int end = 0;
    };

    explicit MessageLayout(const MessageStyle& style = MessageStyle(QFont())) : style_(style) {}

    void setStyle(const MessageStyle& style);
    /// Pixels of room above each line, for what is written over its words.
    void setLead(int lead);
    /// Keeps the lines in front of the first difference. Texts are what visibleText() gives.
    void setContent(const FormattedText& content);
    void setText(const QString& text) { setContent(FormattedText::plain(text)); }
    const FormattedText& content() const { return content_; }
    const QString& text() const { return content_.text(); }

    /// Who is asked for the colours of a block of code, each time it is drawn: they may come later.
    using CodeColors = std::function<std::span<const CodeRun>(const TextBlock& block)>;
    void setCodeColors(CodeColors colors) { codeColors_ = std::move(colors); }

    /// Breaks lines for `width`; does nothing when they are up to date.
    void layOut(qreal width);
    bool upToDate(qreal width) const { return width_ == width && laidOut_ == text().size(); }
    /// Gives the lines back; height() stays what it was.
    void release();
    qreal height() const { return height_; }
    qreal naturalWidth() const { return naturalWidth_; }
    /// What the height will be about, without laying out.
    qreal estimateHeight(qreal width) const;

    /// What lies below the words: wells of code, bars of quotes, rules and lines of tables.
    void drawGround(QPainter& painter, const QPointF& at, const QRectF& clip) const;
    void draw(QPainter& painter,
              const QPointF& at,
              const QRectF& clip,
              const std::optional<Range>& selected,
              const QTextCharFormat& selectedFormat) const;
    /// One rectangle a line, covering [begin, end); a thin one for an empty range.
    void appendRects(const Range& range, std::vector<QRectF>& out) const;
    /// The character under `point`; empty beside the text.
    std::optional<int> characterAt(const QPointF& point) const;
    /// The place between characters that is nearest to `point`.
    int cursorAt(const QPointF& point) const;
    /// Characters of the lines between two heights.
    Range rangeBetween(qreal top, qreal bottom) const;
    /// The block of code under `point`, as its number, and the well it lies in.
    std::optional<std::size_t> codeAt(const QPointF& point) const;
    QRectF wellOf(std::size_t block) const;

  private:
    /// Text in one column: a slice has one, a row of a table one a cell.
    struct Piece {
        int begin = 0;
        int length = 0;
        qreal width = 0;
        QPointF at;  ///< from the slice's top left
        std::unique_ptr<QTextLayout> layout;
    };
    struct Slice {
        std::size_t block = 0;
        int begin = 0;
        int length = 0;
        qreal y = 0;
        qreal height = 0;  ///< with `gap`
        qreal gap = 0;     ///< above its first line
        qreal lineStep = 0;
        bool cut = false;  ///< its last line begins the next slice
        std::vector<Piece> pieces;
    };
    /// Where a block's lines may go.
    struct Column {
        qreal left = 0;
        qreal width = 0;
    };

    void dropFrom(int offset);
    void addSlices();
    void addBlock(std::size_t block, int from, qreal y);
    Slice makeSlice(std::size_t block, int begin, qreal y) const;
    Slice makeRow(std::size_t block, qreal y);
    Piece makePiece(const TextBlock& block, int begin, int end, qreal width) const;
    qreal breakLines(Piece& piece, qreal step, qreal hanging, Qt::Alignment alignment) const;
    void setFormats(Piece& piece, const TextBlock& block, int blockBegin) const;
    void measureTable(std::size_t head);
    Column columnOf(const TextBlock& block) const;
    QFont fontOf(const TextBlock& block) const;
    qreal lineStep(const TextBlock& block) const;
    qreal gapAbove(std::size_t block) const;
    qreal codeHead() const;
    qreal quoteBar(int quote) const;
    void addCodeColors(const Slice& slice, QList<QTextLayout::FormatRange>& formats) const;
    void drawBlockGround(QPainter& painter, const QPointF& at, std::size_t block) const;

    std::size_t sliceAt(qreal y) const;
    std::size_t sliceOf(int offset) const;
    const Piece& pieceAt(const Slice& slice, qreal x) const;

    MessageStyle style_;
    CodeColors codeColors_;
    int lead_ = 0;
    FormattedText content_;
    std::vector<Slice> slices_;
    std::vector<qreal> columns_;  ///< widths of the table that was measured last
    qreal width_ = -1;
    qreal height_ = 0;
    qreal naturalWidth_ = 0;
    int laidOut_ = -1;  ///< characters of the text that the slices cover
};

}  // namespace gatescope
