#pragma once

#include <QRectF>
#include <QString>
#include <QTextLayout>
#include <cstdint>
#include <functional>
#include <map>
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

/// One message's blocks, broken into lines where they are looked at. The text is parted into
/// stretches of a few thousand characters at most, whose heights are estimated until one is laid
/// out, so what is seen of a megabyte costs what a page does. Long lines are laid out in slices and
/// text that grows at its end redoes only the last slice, so a streamed token costs the same in a
/// long reply as in a short one (a megabyte without a blank took Qt over a minute in one piece).
/// Slices and stretches end where a line does, so they cannot be seen: where a very long line ends
/// within its column is not known before what stands in front is laid out, so a stretch gives its
/// last, unfinished line to the next. Coordinates are relative to the text's top left. UI thread
/// only.
class MessageLayout {
  public:
    struct Range {
        int begin = 0;
        int end = 0;
    };

    explicit MessageLayout(std::shared_ptr<const MeasuredStyle> style);
    explicit MessageLayout(const MessageStyle& style = MessageStyle(QFont()));
    MessageLayout(const MessageLayout&) = delete;  // may watch its own content
    MessageLayout& operator=(const MessageLayout&) = delete;

    void setStyle(std::shared_ptr<const MeasuredStyle> style);
    /// Pixels of room above each line, for what is written over its words.
    void setLead(int lead);
    /// Keeps the lines in front of the first difference. Texts are what visibleText() gives.
    void setContent(const FormattedText& content);
    void setText(const QString& text) { setContent(FormattedText::plain(text)); }
    /// Shows `content`, which belongs to somebody else and must stay: from place `from` of its text
    /// on it differs from what was watched before. Called again each time it has changed.
    void watch(const FormattedText& content, int from);
    const FormattedText& content() const { return *content_; }
    const QString& text() const { return content_->text(); }

    /// Who is asked for the colours of a block of code, each time it is drawn: they may come later.
    using CodeColors = std::function<std::span<const CodeRun>(const TextBlock& block)>;
    void setCodeColors(CodeColors colors) { codeColors_ = std::move(colors); }

    /// Parts the text for `width` and estimates heights; does nothing when that is up to date.
    void prepare(qreal width);
    bool upToDate(qreal width) const { return width_ == width && isParted(); }
    bool isParted() const { return parted_ == text().size(); }
    /// Heights of what stands in front are known, perhaps for another width or another end.
    bool isBegun() const { return !stretches_.empty(); }
    /// Measures tables anew; heights stay what they were until then.
    void remeasureTables();
    /// Breaks the lines of what lies between two heights. True when the height of something turned
    /// out different from what was assumed.
    bool layOutBetween(qreal top, qreal bottom);
    /// Breaks the lines of what holds these characters.
    void layOutRange(const Range& range);
    /// Breaks all lines.
    void layOut(qreal width);
    /// Gives all lines back; height() stays what it was.
    void release();
    /// Gives back the lines, or those that lie outside, but keeps what is known of their heights.
    void releaseLines() { releaseOutside(1, 0); }
    void releaseOutside(qreal top, qreal bottom);
    /// Stretches laid out since the beginning: what this has cost.
    std::int64_t work() const { return work_; }
    qreal height() const { return height_; }
    qreal naturalWidth() const { return naturalWidth_; }
    /// What the height will be about, of a text of `units` with so many line feeds.
    qreal estimateHeight(qreal width, std::size_t units, std::size_t lineFeeds) const;
    /// Where the stretch with this character begins.
    qreal topOf(int offset) const;
    /// The first character of what begins in sight, or reaches into it, and is laid out.
    std::optional<int> firstLaidOut(qreal top, qreal bottom) const;
    /// The first character of the stretch at this height.
    int stretchBegin(qreal y) const;

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
    /// Rows of a table whose cells are all measured.
    static constexpr std::size_t kMeasuredRows = 201;

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
        qreal y = 0;       ///< from its stretch's top
        qreal height = 0;  ///< with `gap`
        qreal gap = 0;     ///< above its first line
        qreal lineStep = 0;
        bool cut = false;  ///< its last line begins the next slice
        std::vector<Piece> pieces;
        int end() const { return begin + length; }
    };
    /// Some lines of a block, parted without looking at how wide they are.
    struct Stretch {
        std::size_t block = 0;
        int begin = 0;
        int length = 0;
        bool endsBlock = false;
        bool goesOn = false;   ///< it ends within a line
        bool settled = false;  ///< its end is where a line as wide as the column ends
        bool laidOut = false;  ///< else `height` is estimated, or was measured before
        qreal y = 0;
        qreal height = 0;
        std::vector<Slice> slices;
        int end() const { return begin + length; }
    };
    /// A slice and where its top is.
    struct SliceAt {
        const Slice* slice = nullptr;
        qreal y = 0;
    };
    /// Where a block's lines may go.
    struct Column {
        qreal left = 0;
        qreal width = 0;
    };

    void dropFrom(int offset);
    void part();
    Stretch makeStretch(std::size_t block, int begin) const;
    int endOfLong(int begin, int lineEnd) const;
    void settleEnd(std::size_t index);
    void takeGrowing(Stretch& stretch);
    void estimate(Stretch& stretch);
    void layOutStretch(std::size_t index);
    void placeFrom(std::size_t index);
    void addSlices(Stretch& stretch) const;
    Slice makeSlice(std::size_t block, int begin, int stretchEnd, qreal y) const;
    Slice makeRow(std::size_t block);
    Piece makePiece(const TextBlock& block, int begin, int end, qreal width) const;
    qreal breakLines(Piece& piece, qreal step, qreal hanging, Qt::Alignment alignment) const;
    void setFormats(Piece& piece, const TextBlock& block, int blockBegin) const;
    const std::vector<qreal>& columnsOf(std::size_t row);
    Column columnOf(const TextBlock& block) const;
    const MessageStyle& style() const { return measured_->style; }
    const MeasuredStyle::Type& typeOf(const TextBlock& block) const;
    qreal lineStep(const TextBlock& block) const;
    qreal gapAbove(std::size_t block) const;
    qreal codeHead() const;
    qreal quoteBar(int quote) const;
    void addCodeColors(std::span<const CodeRun> runs,
                       const Slice& slice,
                       QList<QTextLayout::FormatRange>& formats) const;
    /// The first stretch of a block, and the one behind its last.
    std::pair<std::size_t, std::size_t> stretchesOf(std::size_t block) const;
    void drawBlockGround(QPainter& painter, const QPointF& at, const Slice& slice, qreal y) const;
    void drawWell(QPainter& painter, const QPointF& at, std::size_t block) const;
    void drawCodeBoxes(QPainter& painter, const QPointF& at, const Slice& slice) const;

    std::size_t stretchAt(qreal y) const;
    std::size_t stretchOf(int offset) const;
    SliceAt sliceAt(qreal y) const;
    /// Visits slices in order, each with its top, until `visit` says false.
    template <class Visit>
    void forSlices(std::size_t first, Visit visit) const {
        for (std::size_t i = first; i < stretches_.size(); ++i)
            for (const Slice& slice : stretches_[i].slices)
                if (!visit(slice, stretches_[i].y + slice.y)) return;
    }
    const Piece& pieceAt(const Slice& slice, qreal x) const;

    std::shared_ptr<const MeasuredStyle> measured_;  ///< of all messages of a view
    CodeColors codeColors_;
    int lead_ = 0;
    FormattedText own_;
    const FormattedText* content_ = &own_;
    std::vector<Stretch> stretches_;
    std::vector<Slice> growing_;  ///< of a stretch that goes on, until it is parted anew
    std::map<std::size_t, std::vector<qreal>> columns_;  ///< of tables, by the first row
    qreal width_ = -1;
    qreal height_ = 0;
    qreal naturalWidth_ = 0;
    int parted_ = -1;  ///< characters of the text that the stretches cover
    std::int64_t work_ = 0;
};

}  // namespace gatescope
