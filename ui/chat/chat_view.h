#pragma once

#include <QAbstractScrollArea>
#include <QElapsedTimer>
#include <QTimer>
#include <memory>
#include <optional>
#include <vector>

#include "ui/chat/message_footer.h"
#include "ui/chat/message_layout.h"
#include "ui/chat/token_spans.h"
#include "ui/chat/token_tint.h"
#include "ui/engine_bridge.h"
#include "ui/selection.h"
#include "ui/theme/tint_palette.h"
#include "ui/view_keys.h"

class QPushButton;
class QToolButton;

namespace gatescope {

class ChatFind;
class CodeColorist;
class MessageActions;
class Theme;
class TokenFilter;

/// The conversation as a document: one item a message, each with its own lines, of which only the
/// visible ones are laid out. Streamed text redoes the end of the last message only. A click picks
/// the token under it, Left and Right walk the trace, a drag selects text; with Shift, click, drag
/// and keys pick a range of tokens. What is known of tokens (tint, matches of the filter, range,
/// the cell under the mouse, the token picked) is painted below the text, never set as character
/// formats, and looked up for the visible ones only. Opens no file and no address by
/// itself. Listens to the bridge, the selection and the filter. UI thread only.
class ChatView : public QAbstractScrollArea {
    Q_OBJECT
  public:
    ChatView(EngineBridge& bridge,
             Selection& selection,
             TokenFilter& filter,
             Theme& theme,
             QWidget* parent = nullptr);
    ~ChatView() override;

    void setTint(const TintSetting& tint, const RouterSizes& sizes);
    const TintSetting& tint() const { return tint_; }
    /// What the view has cost so far: tokens looked at by painting, tints computed of these, and
    /// stretches of text laid out (MessageLayout).
    struct Work {
        std::int64_t tokens = 0;
        std::int64_t tints = 0;
        std::int64_t stretches = 0;
    };
    const Work& work() const { return work_; }

    int messageCount() const { return static_cast<int>(items_.size()); }
    /// What is shown of a message, as plain text.
    QString messageText(int index) const;
    /// Replies as their Markdown says, with its marks as the model wrote them, or every message
    /// token by token with ids.
    enum class Reading { Formatted, AsWritten, Tokens };
    void showAs(Reading reading);
    Reading reading() const { return reading_; }
    /// The small line below a reply: tokens, speed, how it ended.
    QString footerText(int index) const;
    /// Where a token of the trace is painted, in viewport coordinates; empty while it is out of
    /// sight or has no text of its own.
    QRect tokenRect(int traceIndex);
    /// Marks what it finds from now on and follows it; it outlives the view or is its child.
    void setFind(ChatFind* find);
    /// For ChatFind: units of a message's shown text that are as they were when this was asked the
    /// last time.
    int takeUnchanged(int index);
    /// Scrolls a piece of a message's shown text into sight.
    void showRange(int index, MessageLayout::Range range);
    QString selectedText() const;
    bool followsNewest() const { return following_; }
    /// Whether only the beginning of a long message is shown.
    bool isFolded(int index) const;
    QSize minimumSizeHint() const override { return {280, 160}; }

  public Q_SLOTS:
    void copySelection();
    void copyMessage(int index);
    void jumpToLatest();
    /// Shows all of a folded message, a part at a time.
    void showAll(int index);
    /// Shows all rows of a message's tables, of which only the first are shown.
    void showAllRows(int index);
    /// Moves the picked token along the trace; from "newest" it starts at the end.
    void stepToken(int by);
    /// The same, taking along the tokens that are walked over as the range.
    void stretchRange(int by);
    /// Asks for the alternatives of the token picked, or of the newest.
    void askForAlternatives();
    /// Asks for another version of the last message that has several.
    void stepVersion(int by);

  Q_SIGNALS:
    /// The texts shown of messages from this one on may be others.
    void textChanged(int from);
    void readingChanged(gatescope::ChatView::Reading reading);
    void editRequested(int messageIndex);
    void regenerateRequested();
    void continueRequested();
    void versionRequested(int messageIndex, int step);
    void allVersionsRequested();
    /// To take a message and all below it out of the conversation.
    void removalRequested(int messageIndex);
    /// What might have come in a token's place; `beside`: where it is on the screen.
    void alternativesRequested(int token, const QRect& beside);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    bool event(QEvent* event) override;
    bool viewportEvent(QEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;

  private:
    struct Item;
    struct TextPlace {
        int item = 0;
        int offset = 0;
        friend auto operator<=>(const TextPlace&, const TextPlace&) = default;
    };

    struct CodePlace {
        int item = 0;
        std::size_t block = 0;
    };

    void connectSources();
    void scheduleSync();
    void sync();
    void syncItem(int index);
    std::unique_ptr<Item> makeItem() const;
    void read(int index) const;
    void readTokens(Item& item, const Message& message) const;
    static void readPlain(Item& item, const QString& text, int same);
    static void showFrom(Item& item, const FormattedText& text, int same);
    static void forget(Item& item);
    static void unread(Item& item);
    void resetFonts();
    QString footerOf(int index) const;

    /// A place that stays where it is while heights around it become known: a character's stretch,
    /// or, of an item that is not read yet, a share of its height.
    struct Anchor {
        int item = -1;
        std::optional<int> offset;
        double share = 0;
        int y = 0;  ///< in the viewport
    };

    void arrange();
    void arrangeIfDue();
    Anchor anchorAt(int value) const;
    int valueFor(const Anchor& anchor) const;
    bool prepareVisible();
    bool layOutVisible();
    void releaseFar();
    void placeItems();
    void prepare(int index);
    int textTop(const Item& item) const;  ///< of the content
    const TokenSpans& spansOf(int index) const;
    void updateScrollBar(int value);
    void placeOverlays();
    int columnWidth() const;
    int columnLeft() const;
    int textWidth(const Item& item) const;
    QPointF textOrigin(const Item& item) const;
    int itemAt(int y) const;
    std::optional<TextPlace> placeAt(const QPoint& viewportPoint, bool exact) const;
    std::optional<int> tokenAt(const QPoint& viewportPoint) const;
    /// The token that is nearest in reading order; empty: there is none.
    std::optional<int> tokenNear(const QPoint& viewportPoint) const;
    void selectBetween(int a, int b);
    std::optional<MessageLayout::Range> selectedRange(int item) const;
    void ensureTokenVisible(int traceIndex);
    std::optional<std::pair<int, MessageLayout::Range>> rangeOfToken(int traceIndex) const;

    void foldOrNot(Item& item, const Message& message);
    void unfoldMore();
    void buildShowAll();
    int foldRoom(const Item& item) const;
    void placeShowAll();
    bool hasHiddenRows(int index) const;
    bool isHiddenRows(const TextPlace& place) const;
    QString textWithRows(int index, MessageLayout::Range range) const;
    QString hiddenText(int index) const;
    QString wholeSource(int index) const;
    bool isBehindFold(const Item& item, int traceIndex) const;

    void buildCodeButton();
    QString linkAt(const QPoint& viewportPoint) const;
    std::optional<CodePlace> codeAt(const QPoint& viewportPoint) const;
    void copyCode(const CodePlace& place);
    void hoverBlocks(const QPoint& viewportPoint);
    void placeCodeButton();
    void offerLink(const QPoint& viewportPoint);
    void requestAlternatives(int token);
    /// What the line below a reply says, in sentences; empty: `point` is on none.
    QString footerHelpAt(const QPoint& viewportPoint) const;
    void showToolTip(const QPoint& viewportPoint, const QPoint& onScreen);

    void paintItem(QPainter& painter, int index, const QRect& clip);
    void paintTokens(QPainter& painter, Item& item, int index, const QRectF& clip);
    void paintFind(QPainter& painter, const Item& item, int index, const QRectF& clip) const;
    void paintTint(
        QPainter& painter, Item& item, int token, const TokenRecord& record, int traceIndex);
    void fillTint(Item& item, int token, const TokenRecord& record, int traceIndex);
    void paintNumber(QPainter& painter, const QRectF& box, int expert) const;
    void paintMatch(QPainter& painter, const Item& item, int token) const;
    void paintUse(QPainter& painter,
                  const Item& item,
                  int token,
                  const RoutingRecord& routing) const;
    /// Both in tokens of the item; what is not seen is not painted.
    void paintRange(QPainter& painter, const Item& item, TokenRange range, TokenRange seen) const;
    void paintToken(QPainter& painter, const Item& item, int traceIndex, bool picked) const;
    std::vector<QRectF> boxesOf(const Item& item, int token) const;
    bool showsNumbers() const;
    int numberRoom() const;  ///< above a line
    void tintChanged();
    void dropTokensFrom(int traceIndex);

    EngineBridge& bridge_;
    Selection& selection_;
    TokenFilter& filter_;
    ChatFind* find_ = nullptr;
    Theme& theme_;
    std::shared_ptr<const MeasuredStyle> style_;  ///< of all messages
    ViewKeys* keys_ = nullptr;
    std::vector<std::unique_ptr<Item>> items_;
    QTimer syncTimer_;
    QElapsedTimer lastSync_;
    Reading reading_ = Reading::Formatted;
    bool branchChanged_ = true;
    int dirtyFrom_ = 0;
    int newFrom_ = 0;  ///< messages from here on are others than before
    TintSetting tint_;
    RouterSizes sizes_;
    TintPalette replyPalette_;
    TintPalette ownPalette_;
    Work work_;
    QTimer tintTimer_;  ///< goes on with tints that a frame had no time for
    QElapsedTimer paintBegan_;
    bool tintsMissing_ = false;
    bool following_ = true;
    bool arranging_ = false;
    bool arrangeDue_ = false;  ///< the size is another
    int contentHeight_ = 0;
    PrefillProgress prefill_;
    int hoveredItem_ = -1;
    std::optional<int> rangeAnchor_;  ///< where a range of tokens began
    bool stretching_ = false;         ///< the mouse is drawing one

    std::optional<TextPlace> anchor_;  ///< where a text selection began
    TextPlace cursor_;
    QPoint pressedAt_;
    bool dragging_ = false;

    QPushButton* jump_ = nullptr;
    QPushButton* showAll_ = nullptr;
    QTimer unfoldTimer_;
    int foldedInSight_ = -1;
    std::optional<int> tokenToShow_;  ///< once what holds it is unfolded
    MessageActions* actions_ = nullptr;
    CodeColorist* colorist_ = nullptr;
    QToolButton* copyCode_ = nullptr;
    std::optional<CodePlace> hoveredCode_;
};

}  // namespace gatescope
