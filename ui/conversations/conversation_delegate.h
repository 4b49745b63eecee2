#pragma once

#include <QStyledItemDelegate>

namespace gatescope {

class Theme;

/// Paints a row of the conversation list: title, and below it when and how long.
class ConversationDelegate : public QStyledItemDelegate {
    Q_OBJECT
  public:
    explicit ConversationDelegate(const Theme& theme, QObject* parent = nullptr)
        : QStyledItemDelegate(parent), theme_(theme) {}

    void paint(QPainter* painter,
               const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    void updateEditorGeometry(QWidget* editor,
                              const QStyleOptionViewItem& option,
                              const QModelIndex& index) const override;

  private:
    const Theme& theme_;
};

}  // namespace gatescope
