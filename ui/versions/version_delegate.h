#pragma once

#include <QStyledItemDelegate>

namespace gatescope {

class Theme;
class VersionListModel;

/// Paints a row of the tree: its lines and dot, the first words, and below them who, how long, how
/// it ended and when. The branch that is shown has thick lines and filled dots. UI thread only.
class VersionDelegate : public QStyledItemDelegate {
    Q_OBJECT
  public:
    VersionDelegate(const VersionListModel& model, const Theme& theme, QObject* parent = nullptr)
        : QStyledItemDelegate(parent), model_(model), theme_(theme) {}

    void paint(QPainter* painter,
               const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

  private:
    qreal laneX(int lane, const QRect& row) const;
    void paintLines(QPainter& painter, const QRect& row, int index) const;
    void paintDot(QPainter& painter, const QRect& row, int index) const;

    const VersionListModel& model_;
    const Theme& theme_;
};

}  // namespace gatescope
