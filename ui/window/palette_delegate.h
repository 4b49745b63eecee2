#pragma once

#include <QStyledItemDelegate>

namespace gatescope {

class Theme;

/// A row of the command palette: icon, title with the letters that matched in bold, where it is,
/// and its keys at the right. The first row of a group carries the group's heading.
class PaletteDelegate : public QStyledItemDelegate {
    Q_OBJECT
  public:
    PaletteDelegate(const Theme& theme, QObject* parent)
        : QStyledItemDelegate(parent), theme_(theme) {}

    void paint(QPainter* painter,
               const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

  private:
    int rowHeight() const;
    int headingHeight() const;
    QRect paintKeys(QPainter& painter, QRect room, const QString& keys) const;
    int paintTitle(QPainter& painter, const QRect& room, const QModelIndex& index) const;

    const Theme& theme_;
};

}  // namespace gatescope
