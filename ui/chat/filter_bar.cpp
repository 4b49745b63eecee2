#include "ui/chat/filter_bar.h"

#include <QAction>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/chat/visible_text.h"
#include "ui/routing/token_filter.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr std::chrono::milliseconds kTypingPause{150};
constexpr int kMaxHistory = 20;
constexpr const char* kExample = R"(layer=17 & expert=3 & margin<0.05 & text~"self")";

}  // namespace

FilterBar::FilterBar(Selection& selection, TokenFilter& filter, Theme& theme, QWidget* parent)
    : QWidget(parent), selection_(selection), filter_(filter), theme_(theme) {
    setObjectName(QStringLiteral("filterBar"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(24, 0, 16, 8);
    column->setSpacing(4);
    buildRow();
    problem_ = new QLabel;
    problem_->setObjectName(QStringLiteral("filterProblem"));
    problem_->setProperty("kind", QStringLiteral("problem"));
    problem_->setTextFormat(Qt::PlainText);
    problem_->setWordWrap(true);
    column->addWidget(problem_);
    pause_.setSingleShot(true);
    connect(&pause_, &QTimer::timeout, this, &FilterBar::apply);
    connect(text_, &QLineEdit::textEdited, this, [this] {
        recalled_ = -1;
        pause_.start(kTypingPause);
    });
    connect(&filter_, &TokenFilter::changed, this, &FilterBar::refresh);
    connect(&theme_, &Theme::changed, this, &FilterBar::refresh);
    hide();
    refresh();
}

void FilterBar::buildRow() {
    auto* row = new QHBoxLayout;
    row->setSpacing(4);
    text_ = new QLineEdit;
    text_->setObjectName(QStringLiteral("filterText"));
    text_->setAccessibleName(tr("Filter tokens by routing and text"));
    text_->setPlaceholderText(QString::fromLatin1(kExample));
    text_->setToolTip(
        tr("Fields: layer, expert, first, p(3), gate(3), margin, decisive, entropy, "
           "mass, repeat, text, logprob, surprise, token, index, message, role, "
           "generated, drafted, routed. Operators: = != < <= > >= ~ & | ! ( ), "
           "layer=3..9, expert={1,3}, all: any: none:"));
    text_->addAction(theme_.icon(QStringLiteral("filter")), QLineEdit::LeadingPosition)
        ->setText(tr("Filter"));
    older_ = text_->addAction(theme_.icon(QStringLiteral("down")), QLineEdit::TrailingPosition);
    older_->setText(tr("Filters used before"));
    older_->setToolTip(tr("Filters used before (Up and Down)"));
    connect(older_, &QAction::triggered, this, &FilterBar::showHistory);
    text_->installEventFilter(this);
    row->addWidget(text_, 1);
    count_ = new QLabel;
    count_->setObjectName(QStringLiteral("filterCount"));
    count_->setProperty("kind", QStringLiteral("muted"));
    row->addSpacing(4);
    row->addWidget(count_);
    previous_ = makeButton(QStringLiteral("left"), tr("Previous match (Shift+F3)"), -1);
    next_ = makeButton(QStringLiteral("right"), tr("Next match (F3)"), 1);
    row->addWidget(previous_);
    row->addWidget(next_);
    auto* shut = makeButton(QStringLiteral("close"), tr("Close the filter (Esc)"), 0);
    row->addWidget(shut);
    static_cast<QVBoxLayout*>(layout())->addLayout(row);
}

QToolButton* FilterBar::makeButton(const QString& icon, const QString& name, int by) {
    auto* button = new QToolButton;
    button->setIcon(theme_.icon(icon));
    button->setToolTip(name);
    button->setAccessibleName(name);
    connect(button, &QToolButton::clicked, this, [this, by] { by == 0 ? closeBar() : step(by); });
    return button;
}

void FilterBar::openBar() {
    show();
    apply();
    text_->setFocus(Qt::ShortcutFocusReason);
    text_->selectAll();
}

void FilterBar::closeBar() {
    remember();
    pause_.stop();
    hide();
    filter_.setExpression({});
}

void FilterBar::toggleBar() {
    if (isVisible())
        closeBar();
    else
        openBar();
}

void FilterBar::showExpression(const QString& expression) {
    text_->setText(expression);
    show();
    apply();
}

void FilterBar::apply() {
    pause_.stop();
    filter_.setExpression(text_->text());
    refresh();
}

void FilterBar::step(int by) {
    if (!isVisible()) return openBar();
    if (pause_.isActive()) apply();
    remember();
    if (const auto match = filter_.neighbour(selection_.token(), by))
        selection_.selectToken(*match);
}

void FilterBar::refresh() {
    count_->setText(filter_.describe());
    count_->setFont(theme_.font(FontRole::Small));
    problem_->setText(visibleLine(filter_.problem()));
    problem_->setFont(theme_.font(FontRole::Small));
    problem_->setVisible(!filter_.problem().isEmpty());
    text_->setAccessibleDescription(filter_.problem().isEmpty() ? filter_.describe()
                                                                : filter_.problem());
    previous_->setEnabled(!filter_.matches().empty());
    next_->setEnabled(!filter_.matches().empty());
    older_->setVisible(!history_.isEmpty());
}

// ---------------------------------------------------------------- history

void FilterBar::setHistory(const QStringList& history) {
    history_ = history.mid(0, kMaxHistory);
    recalled_ = -1;
    refresh();
}

void FilterBar::remember() {
    const QString text = text_->text().trimmed();
    if (!filter_.filter() || (!history_.isEmpty() && history_.first() == text)) return;
    history_.removeAll(text);
    history_.prepend(text);
    setHistory(history_);
    Q_EMIT historyChanged(history_);
}

void FilterBar::recall(int older) {
    const int wanted = std::clamp(recalled_ + older, -1, static_cast<int>(history_.size()) - 1);
    if (wanted == recalled_) return;
    recalled_ = wanted;
    text_->setText(wanted < 0 ? QString() : history_[wanted]);
    pause_.start(kTypingPause);
}

void FilterBar::showHistory() {
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (const QString& text : history_) {
        QString shown = visibleLine(text);
        menu->addAction(shown.replace(QLatin1Char('&'), QStringLiteral("&&")), this, [this, text] {
            showExpression(text);
        });
    }
    menu->popup(text_->mapToGlobal(QPoint(0, text_->height())));
}

QString FilterBar::countText() const {
    return count_->text();
}
QString FilterBar::problemText() const {
    return problem_->isHidden() ? QString() : problem_->text();
}

bool FilterBar::eventFilter(QObject* watched, QEvent* event) {
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
        case Qt::Key_Up:
            recall(1);
            return true;
        case Qt::Key_Down:
            recall(-1);
            return true;
        default:
            return false;
    }
}

}  // namespace gatescope
