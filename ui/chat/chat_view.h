#pragma once

#include <QAbstractScrollArea>
#include <QTimer>
#include <memory>
#include <optional>
#include <vector>

#include "ui/chat/message_layout.h"
#include "ui/chat/token_spans.h"
#include "ui/chat/token_tint.h"
#include "ui/engine_bridge.h"
#include "ui/selection.h"

class QPushButton;

namespace gatescope {

class MessageActions;
class Theme;

/// The conversation as a document: one item a message, each with its own lines, of which only the
/// visible ones are laid out. Streamed text redoes the end of the last message only. A click picks
/// the token under it, Left and Right walk the trace, a drag selects text. Tints and the picked
/// token are painted below the text, never set as character formats. Opens no file and no address:
/// everything is plain text. Listens to the bridge and the selection. UI thread only.
class ChatView : public QAbstractScrollArea {
    Q_OBJECT
  public:
    ChatView(EngineBridge& bridge, Selection& selection, Theme& theme, QWidget* parent = nullptr);
    ~ChatView() override;

    void setTint(TintQuantity quantity);
    TintQuantity tint() const { return tint_; }

    int messageCount() const { return static_cast<int>(items_.size()); }
    /// What is shown of a message, as plain text.
    QString messageText(int index) const;
    /// The small line below a reply: tokens, speed, how it ended.
    QString footerText(int index) const;
    /// Where a token of the trace is painted, in viewport coordinates; empty while it is out of
    /// sight or has no text of its own.
    QRect tokenRect(int traceIndex);
    QString selectedText() const;
    bool followsNewest() const { return following_; }
    QSize minimumSizeHint() const override { return {280, 160}; }

  public Q_SLOTS:
    void copySelection();
    void copyMessage(int index);
    void jumpToLatest();
    /// Moves the picked token along the trace; from "newest" it starts at the end.
    void stepToken(int by);
    /// Asks for another version of the last message that has several.
    void stepVersion(int by);

  Q_SIGNALS:
    void editRequested(int messageIndex);
    void regenerateRequested();
    void continueRequested();
    void versionRequested(int messageIndex, int step);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    bool viewportEvent(QEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;

  private:
    struct Item;
    struct TextPlace {
        int item = 0;
        int offset = 0;
        friend auto operator<=>(const TextPlace&, const TextPlace&) = default;
    };

    void connectSources();
    void scheduleSync();
    void sync();
    void syncItem(int index);
    void resetFonts();
    QString footerOf(int index) const;

    void arrange();
    bool layOutVisible();
    void placeItems();
    void layOut(Item& item);
    void updateScrollBar(int value);
    void placeOverlays();
    int columnWidth() const;
    int columnLeft() const;
    int textWidth(const Item& item) const;
    QPointF textOrigin(const Item& item) const;
    int itemAt(int y) const;
    std::optional<TextPlace> placeAt(const QPoint& viewportPoint, bool exact) const;
    std::optional<int> tokenAt(const QPoint& viewportPoint) const;
    std::optional<MessageLayout::Range> selectedRange(int item) const;
    void ensureTokenVisible(int traceIndex);
    std::optional<std::pair<int, MessageLayout::Range>> rangeOfToken(int traceIndex) const;

    void paintItem(QPainter& painter, int index, const QRect& clip);
    void paintTints(QPainter& painter, Item& item, int index, const QRectF& clip);
    void paintToken(QPainter& painter, const Item& item, int traceIndex, bool picked) const;

    EngineBridge& bridge_;
    Selection& selection_;
    Theme& theme_;
    std::vector<std::unique_ptr<Item>> items_;
    QTimer syncTimer_;
    bool branchChanged_ = true;
    int dirtyFrom_ = 0;
    TintQuantity tint_ = TintQuantity::None;
    bool following_ = true;
    bool arranging_ = false;
    int contentHeight_ = 0;
    int prefillDone_ = 0;
    int prefillTotal_ = 0;
    std::optional<GenerationFinished> lastFinished_;
    std::optional<int> hoveredToken_;
    int hoveredItem_ = -1;

    std::optional<TextPlace> anchor_;  ///< where a text selection began
    TextPlace cursor_;
    QPoint pressedAt_;
    bool dragging_ = false;

    QPushButton* jump_ = nullptr;
    MessageActions* actions_ = nullptr;
};

}  // namespace gatescope
