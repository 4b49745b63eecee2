#pragma once

#include <QStyledItemDelegate>

namespace gatescope {

class Theme;
struct FoundText;

/// Paints a row of the conversation list: title, and below it when and how long, tags and whether
/// there is a draft, or the words that were found; or a folder. Of a ConversationListModel only.
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
    static constexpr int kDeepestIndent =
        4;  ///< the list is narrow: from there on names alone tell
    void paintFolder(QPainter& painter, const QRect& inside, const QModelIndex& index) const;
    void paintConversation(QPainter& painter, const QRect& inside, const QModelIndex& index) const;
    void paintTags(QPainter& painter, QRect room, const QStringList& tags) const;
    void paintFound(QPainter& painter, const QRect& room, const FoundText& found) const;

    const Theme& theme_;
    // Asked for every row of thousands whenever the list is laid out.
    mutable int titleHeight_ = 0;
    mutable int smallHeight_ = 0;
    mutable qreal heightsFor_ = 0;  ///< the theme's scale
};

}  // namespace gatescope
