#include "ui/window/command_palette.h"

#include <QApplication>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListView>
#include <QSettings>

#include "ui/theme/theme.h"
#include "ui/window/palette_delegate.h"

namespace gatescope {
namespace {

constexpr int kWidth = 640;       ///< px at the default size of type
constexpr int kVisibleRows = 12;  ///< as far as the window is high enough
constexpr int kShadow = 10;       ///< px around the card
constexpr int kRemembered = 8;

QString usedKey() {
    return QStringLiteral("palette/used");
}

}  // namespace

CommandPalette::CommandPalette(QWidget& window,
                               const Theme& theme,
                               QSettings& settings,
                               EntrySource entries)
    : QFrame(&window),
      window_(window),
      theme_(theme),
      settings_(settings),
      entries_(std::move(entries)),
      model_(new PaletteModel(this)) {
    setObjectName(QStringLiteral("commandPalette"));
    setAccessibleName(tr("Command palette"));
    build();
    connect(field_, &QLineEdit::textChanged, this, &CommandPalette::filter);
    connect(list_, &QListView::clicked, this, [this](const QModelIndex& index) {
        runRow(index.row());
    });
    connect(&theme_, &Theme::changed, this, &CommandPalette::applyTheme);
    applyTheme();
    hide();
}

void CommandPalette::build() {
    auto* column = new QVBoxLayout(this);
    field_ = new QLineEdit;
    field_->setObjectName(QStringLiteral("paletteField"));
    field_->setProperty("kind", QStringLiteral("palette"));
    field_->setAccessibleName(tr("Find a command"));
    field_->setPlaceholderText(tr("Type a command, a view, a conversation…"));
    field_->installEventFilter(this);
    column->addWidget(field_);
    list_ = new QListView;
    list_->setObjectName(QStringLiteral("paletteList"));
    list_->setAccessibleName(tr("Commands found"));
    list_->setFocusPolicy(Qt::NoFocus);  // the field has the keys
    list_->setModel(model_);
    list_->setItemDelegate(new PaletteDelegate(theme_, this));
    list_->setUniformItemSizes(false);
    list_->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    list_->viewport()->setCursor(Qt::PointingHandCursor);
    column->addWidget(list_);
    hint_ = new QLabel;
    hint_->setProperty("kind", QStringLiteral("faint"));
    column->addWidget(hint_);
}

void CommandPalette::applyTheme() {
    layout()->setContentsMargins(kShadow + theme_.space(2),
                                 kShadow + theme_.space(2),
                                 kShadow + theme_.space(2),
                                 kShadow + theme_.space(2));
    layout()->setSpacing(theme_.space(1));
    field_->setFont(theme_.font(FontRole::Reading));
    hint_->setFont(theme_.font(FontRole::Tiny));
    hint_->setContentsMargins(theme_.space(2), 0, 0, 0);
    if (isVisible()) place();
}

void CommandPalette::toggle() {
    if (isVisible())
        close();
    else
        openWith({});
}

void CommandPalette::openWith(const QString& query) {
    if (!isVisible()) hadFocus_ = QApplication::focusWidget();
    model_->setEntries(entries_(), settings_.value(usedKey()).toStringList());
    field_->setText(query);
    filter(query);
    qApp->installEventFilter(this);  // clicks elsewhere, and the size of the window
    place();
    show();
    raise();
    field_->setFocus(Qt::PopupFocusReason);
}

void CommandPalette::close() {
    if (isHidden()) return;
    qApp->removeEventFilter(this);
    const bool mine = isAncestorOf(QApplication::focusWidget());
    hide();
    if (mine && hadFocus_) hadFocus_->setFocus(Qt::OtherFocusReason);
}

int CommandPalette::currentRow() const {
    return list_->currentIndex().row();
}

void CommandPalette::filter(const QString& query) {
    model_->setQuery(query);
    list_->setCurrentIndex(model_->index(0, 0));
    list_->scrollToTop();
    hint_->setText(model_->rowCount() == 0 ? tr("Nothing is called so.")
                                           : tr("Up and Down choose, Enter runs, Esc closes"));
    if (isVisible()) place();
}

// As high as what was found, up to a dozen rows; never beyond the window.
void CommandPalette::place() {
    const int width =
        std::min(qRound(kWidth * theme_.scale()), window_.width() - 2 * theme_.space(4)) +
        2 * kShadow;
    const int top = std::min(theme_.space(12), window_.height() / 10);
    int rows = 0;
    int content = 0;
    for (; rows < std::min(kVisibleRows, model_->rowCount()); ++rows)
        content += list_->sizeHintForRow(rows);
    const int chrome = layout()->contentsMargins().top() + layout()->contentsMargins().bottom() +
                       field_->sizeHint().height() + hint_->sizeHint().height() +
                       2 * layout()->spacing();
    const int room = window_.height() - top - chrome - theme_.space(4);
    list_->setFixedHeight(std::max(0, std::min(content, room)));
    setGeometry((window_.width() - width) / 2, top, width, chrome + list_->maximumHeight());
}

void CommandPalette::step(int rows, bool around) {
    const int count = model_->rowCount();
    if (count == 0) return;
    int row = currentRow() + rows;
    row = around ? (row + count) % count : std::clamp(row, 0, count - 1);
    list_->setCurrentIndex(model_->index(row, 0));
    if (row == 0) list_->scrollToTop();  // its heading, too
}

bool CommandPalette::key(int key) {
    constexpr int kPage = kVisibleRows - 1;
    switch (key) {
        case Qt::Key_Up:
        case Qt::Key_Backtab:
            step(-1, true);
            return true;
        case Qt::Key_Down:
        case Qt::Key_Tab:
            step(1, true);
            return true;
        case Qt::Key_PageUp:
            step(-kPage, false);
            return true;
        case Qt::Key_PageDown:
            step(kPage, false);
            return true;
        case Qt::Key_Return:
        case Qt::Key_Enter:
            runRow(currentRow());
            return true;
        case Qt::Key_Escape:
            close();
            return true;
        default:
            return false;
    }
}

QString CommandPalette::query() const {
    return field_->text();
}

bool CommandPalette::runCurrent() {
    return runRow(currentRow());
}

bool CommandPalette::runRow(int row) {
    if (row < 0 || row >= model_->rowCount()) return false;
    const PaletteEntry entry = model_->at(row);
    if (!entry.enabled) {  // it stays: what is missing stands in the row
        hint_->setText(entry.whyNot.isEmpty() ? tr("Not available now.") : entry.whyNot);
        return false;
    }
    note(entry.id);
    close();
    entry.run();
    return true;
}

void CommandPalette::note(const QString& id) {
    QStringList used = settings_.value(usedKey()).toStringList();
    used.removeAll(id);
    used.prepend(id);
    settings_.setValue(usedKey(), QStringList(used.mid(0, kRemembered)));
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
    if (watched == field_ && event->type() == QEvent::ShortcutOverride &&
        static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
        event->accept();  // elsewhere it stops the reply
        return true;
    }
    if (watched == field_ && event->type() == QEvent::KeyPress &&
        key(static_cast<QKeyEvent*>(event)->key())) {
        return true;
    }
    if (watched == &window_ && event->type() == QEvent::Resize && isVisible()) place();
    if (event->type() == QEvent::MouseButtonPress && watched->isWidgetType() && isVisible()) {
        const auto* widget = static_cast<QWidget*>(watched);
        if (widget != this && !isAncestorOf(widget)) close();
    }
    return QFrame::eventFilter(watched, event);
}

// A card with a soft edge: a graphics effect would render the list anew with every letter.
void CommandPalette::paintEvent(QPaintEvent* /*event*/) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    const QRectF card = QRectF(rect()).adjusted(kShadow, kShadow, -kShadow, -kShadow);
    const int alpha = theme_.isDark() ? 14 : 4;
    for (int grow = kShadow; grow > 0; --grow) {
        painter.setBrush(QColor(0, 0, 0, alpha));
        painter.drawRoundedRect(card.adjusted(-grow, -grow + 2, grow, grow), 10 + grow, 10 + grow);
    }
    painter.setPen(QPen(theme_.color(ColorRole::BorderStrong), theme_.isHighContrast() ? 2 : 1));
    painter.setBrush(theme_.color(ColorRole::Raised));
    painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), 10, 10);
}

}  // namespace gatescope
