#pragma once

#include <QAbstractScrollArea>
#include <QHash>
#include <QTimer>
#include <optional>
#include <vector>

namespace gatescope {

class Comparison;
class Theme;

/// Two runs one above the other, aligned by token: where they part, A's tokens are blue over a
/// solid underline and B's orange over a dashed one. Below each token of A a bar of how far its
/// distribution moves under B's interventions (KL), where that has been computed. Lines break at
/// the width of the view. UI thread only.
class AlignedText : public QAbstractScrollArea {
    Q_OBJECT
  public:
    /// Bars end here, after a square root, so that hundredths of a bit can be seen.
    static constexpr double kFullBarBits = 4;

    AlignedText(const Comparison& comparison, const Theme& theme, QWidget* parent = nullptr);

    /// The column of Comparison::pairs() that is picked.
    std::optional<int> current() const { return current_; }
    void setCurrent(std::optional<int> column);
    /// Where a column is, in the viewport; empty when it is not visible.
    QRect columnRect(int column) const;
    QString describe(int column) const;
    /// The texts of a long comparison are measured in slices of a frame.
    bool measured() const;
    int lineCount() const { return static_cast<int>(lines_.size()); }

  Q_SIGNALS:
    void columnPicked(int column);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool viewportEvent(QEvent* event) override;

  private:
    struct Column {
        QString a;
        QString b;
        int width = 0;
        int x = 0;
        bool endsLine = false;
    };
    struct Line {
        int first = 0;
        int end = 0;
    };
    void measure();
    void measureSlice();
    void breakLines();
    void breakOn();
    int laneHeight() const;
    int lineHeight() const;
    int gutter() const;
    int widthOf(const QString& text);
    std::optional<int> columnAt(QPoint pixel) const;
    int lineOf(int column) const;
    void paintLine(QPainter& painter, const Line& line, int top) const;
    void paintColumn(QPainter& painter, int index, int top) const;
    void paintBar(QPainter& painter, int index, int top) const;

    const Comparison& comparison_;
    const Theme& theme_;
    std::vector<Column> columns_;
    std::vector<Line> lines_;
    QHash<QString, int> widths_;
    std::optional<int> current_;
    QTimer slices_;  ///< until the next slice of columns is measured
};

}  // namespace gatescope
