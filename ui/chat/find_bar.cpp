#include "ui/chat/find_bar.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QToolButton>

#include "ui/chat/chat_find.h"
#include "ui/theme/theme.h"

namespace gatescope {

FindBar::FindBar(ChatFind& find, Theme& theme, QWidget* parent)
    : QWidget(parent), find_(find), theme_(theme) {
    setObjectName(QStringLiteral("findBar"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(24, 0, 16, 8);
    row->setSpacing(4);
    text_ = new QLineEdit;
    text_->setObjectName(QStringLiteral("findText"));
    text_->setAccessibleName(tr("Find in this conversation"));
    text_->setPlaceholderText(tr("Find in this conversation"));
    text_->addAction(theme_.icon(QStringLiteral("search")), QLineEdit::LeadingPosition)
        ->setText(tr("Find"));
    text_->installEventFilter(this);
    row->addWidget(text_, 1);
    count_ = new QLabel;
    count_->setObjectName(QStringLiteral("findCount"));
    count_->setProperty("kind", QStringLiteral("muted"));
    row->addSpacing(4);
    row->addWidget(count_);
    previous_ = makeButton(QStringLiteral("left"), tr("Previous (Ctrl+Shift+G)"), -1);
    next_ = makeButton(QStringLiteral("right"), tr("Next (Ctrl+G)"), 1);
    row->addWidget(previous_);
    row->addWidget(next_);
    row->addWidget(makeButton(QStringLiteral("close"), tr("Close (Esc)"), 0));
    connect(text_, &QLineEdit::textEdited, this, [this] {
        words_ = false;
        apply();
    });
    connect(&find_, &ChatFind::changed, this, &FindBar::refresh);
    connect(&theme_, &Theme::changed, this, &FindBar::refresh);
    hide();
    refresh();
}

QToolButton* FindBar::makeButton(const QString& icon, const QString& name, int by) {
    auto* button = new QToolButton;
    button->setIcon(theme_.icon(icon));
    button->setToolTip(name);
    button->setAccessibleName(name);
    connect(button, &QToolButton::clicked, this, [this, by] { by == 0 ? closeBar() : step(by); });
    return button;
}

void FindBar::openBar() {
    if (!isVisible()) apply();
    show();
    text_->setFocus(Qt::ShortcutFocusReason);
    text_->selectAll();
}

void FindBar::closeBar() {
    find_.setFinder({});
    hide();
}

void FindBar::findText(const QString& text) {
    words_ = false;
    text_->setText(text);
    show();
    apply();
}

void FindBar::showWords(const QString& words) {
    words_ = true;
    text_->setText(words);
    find_.setFinder(WordFinder::words(words));
    find_.goToFirstWhenOpened();
    show();
}

void FindBar::apply() {
    const QString text = text_->text();
    find_.setFinder(words_ ? WordFinder::words(text) : WordFinder::phrase(text));
    find_.goToFirst();
    refresh();
}

void FindBar::step(int by) {
    if (!isVisible()) return openBar();
    find_.step(by);
}

void FindBar::refresh() {
    const QLocale locale;
    const QString count = locale.toString(find_.count());
    count_->setFont(theme_.font(FontRole::Small));
    count_->setText(!find_.active() ? QString()
                    : find_.count() == 0
                        ? (find_.running() ? tr("looking…") : tr("not found"))
                        : tr("%1 of %2").arg(locale.toString(find_.currentNumber()), count));
    text_->setAccessibleDescription(count_->text());
    previous_->setEnabled(find_.count() > 0);
    next_->setEnabled(find_.count() > 0);
}

QString FindBar::countText() const {
    return count_->text();
}

bool FindBar::eventFilter(QObject* watched, QEvent* event) {
    if (watched != text_ || event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    const auto* key = static_cast<QKeyEvent*>(event);
    switch (key->key()) {
        case Qt::Key_Escape:
            closeBar();
            return true;
        case Qt::Key_Return:
        case Qt::Key_Enter:
            step(key->modifiers().testFlag(Qt::ShiftModifier) ? -1 : 1);
            return true;
        default:
            return false;
    }
}

}  // namespace gatescope
