#pragma once

#include <QLayout>
#include <vector>

namespace gatescope {

/// Items from left to right, on as many lines as their width needs. Owns its items. UI thread only.
class FlowLayout : public QLayout {
    Q_OBJECT
  public:
    explicit FlowLayout(int spacing, QWidget* parent = nullptr);
    ~FlowLayout() override;

    void addItem(QLayoutItem* item) override;
    int count() const override { return static_cast<int>(items_.size()); }
    QLayoutItem* itemAt(int index) const override;
    QLayoutItem* takeAt(int index) override;
    Qt::Orientations expandingDirections() const override { return {}; }
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override { return arrange(QRect(0, 0, width, 0), false); }
    QSize sizeHint() const override { return minimumSize(); }
    QSize minimumSize() const override;
    void setGeometry(const QRect& rect) override;

  private:
    /// Returns the height used; moves the items when `move` is set.
    int arrange(const QRect& rect, bool move) const;

    std::vector<QLayoutItem*> items_;
};

}  // namespace gatescope
