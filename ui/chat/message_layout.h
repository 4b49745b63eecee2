#pragma once

#include <QColor>
#include <QFont>
#include <QRectF>
#include <QString>
#include <QTextLayout>
#include <memory>
#include <optional>
#include <vector>

class QPainter;

namespace gatescope {

/// The text of one message, broken into lines. Long paragraphs are laid out in slices and text that
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

    void setFont(const QFont& font);
    /// Pixels of room above each line, for what is written over its words.
    void setLead(int lead);
    /// `text` is what visibleText() gives. Keeps the lines in front of the first difference.
    void setText(const QString& text);
    const QString& text() const { return text_; }

    /// Breaks lines for `width`; does nothing when they are up to date.
    void layOut(qreal width);
    bool upToDate(qreal width) const { return width_ == width && laidOut_ == text_.size(); }
    /// Gives the lines back; height() stays what it was.
    void release();
    qreal height() const { return height_; }
    qreal naturalWidth() const { return naturalWidth_; }
    /// What the height will be about, without laying out.
    qreal estimateHeight(qreal width) const;

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

  private:
    struct Slice {
        int begin = 0;
        int length = 0;
        qreal y = 0;
        qreal height = 0;
        std::unique_ptr<QTextLayout> layout;
    };

    void dropFrom(int offset);
    void addSlices();
    Slice makeSlice(int begin, qreal y) const;
    qreal lineHeight() const;
    std::size_t sliceAt(qreal y) const;
    std::size_t sliceOf(int offset) const;

    QFont font_;
    int lead_ = 0;
    QString text_;
    std::vector<Slice> slices_;
    qreal width_ = -1;
    qreal height_ = 0;
    qreal naturalWidth_ = 0;
    int laidOut_ = -1;  ///< characters of text_ that the slices cover
};

}  // namespace gatescope
