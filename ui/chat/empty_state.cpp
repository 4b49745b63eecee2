#include "ui/chat/empty_state.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/theme/theme.h"

namespace gatescope {

EmptyState::EmptyState(Theme& theme, const QString& icon, QWidget* parent)
    : QWidget(parent), theme_(theme), iconName_(icon) {
    auto* column = new QVBoxLayout(this);
    column->setSpacing(10);
    column->addStretch(3);
    icon_ = new QLabel;
    icon_->setAlignment(Qt::AlignHCenter);
    column->addWidget(icon_);
    title_ = new QLabel;
    title_->setAlignment(Qt::AlignHCenter);
    column->addWidget(title_);
    sentence_ = new QLabel;
    sentence_->setWordWrap(true);
    sentence_->setAlignment(Qt::AlignHCenter);
    sentence_->setProperty("kind", QStringLiteral("muted"));
    auto* middle = new QHBoxLayout;
    middle->addStretch(1);
    middle->addWidget(sentence_, 1000);
    middle->addStretch(1);
    column->addLayout(middle);
    buttons_ = new QWidget;
    auto* row = new QHBoxLayout(buttons_);
    row->setContentsMargins(0, 10, 0, 0);
    row->setSpacing(10);
    row->setAlignment(Qt::AlignHCenter);
    column->addWidget(buttons_);
    suggestionBox_ = new QWidget;
    suggestions_ = new QVBoxLayout(suggestionBox_);
    suggestions_->setSpacing(8);
    suggestions_->setContentsMargins(0, 10, 0, 0);
    column->addWidget(suggestionBox_);
    column->addStretch(4);
    connect(&theme_, &Theme::changed, this, &EmptyState::applyTheme);
    applyTheme();
}

void EmptyState::applyTheme() {
    const int size = theme_.space(12);
    icon_->setPixmap(theme_.icon(iconName_, ColorRole::Accent).pixmap(QSize(size, size)));
    title_->setFont(theme_.font(FontRole::Display));
    sentence_->setFont(theme_.font(FontRole::Body));
    sentence_->setMaximumWidth(theme_.space(105));
    fit();
}

QSize EmptyState::minimumSizeHint() const {
    return {layout()->minimumSize().width(), title_->sizeHint().height()};
}

void EmptyState::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    fit();
}

void EmptyState::fit() {
    for (QWidget* part : {suggestionBox_, static_cast<QWidget*>(icon_)}) part->show();
    const auto fits = [this] { return layout()->minimumHeightForWidth(width()) <= height(); };
    for (QWidget* part : {suggestionBox_, static_cast<QWidget*>(icon_)}) {
        if (fits()) return;
        part->hide();
    }
}

void EmptyState::setText(const QString& title, const QString& sentence) {
    title_->setText(title);
    sentence_->setText(sentence);
    setAccessibleName(title);
    setAccessibleDescription(sentence);
}

QString EmptyState::title() const {
    return title_->text();
}

QPushButton* EmptyState::addButton(const QString& text, const QString& icon, bool primary) {
    auto* button = new QPushButton(text);
    button->setIcon(theme_.icon(icon, primary ? ColorRole::OnAccent : ColorRole::TextMuted));
    if (primary) button->setProperty("kind", QStringLiteral("primary"));
    buttons_->layout()->addWidget(button);
    return button;
}

QPushButton* EmptyState::addSuggestion(const QString& text) {
    auto* button = new QPushButton(text);
    button->setAccessibleName(tr("Suggestion: %1").arg(text));
    suggestions_->addWidget(button, 0, Qt::AlignHCenter);
    fit();
    return button;
}

void EmptyState::clearSuggestions() {
    while (QLayoutItem* item = suggestions_->takeAt(0)) {
        item->widget()->deleteLater();
        delete item;
    }
}

}  // namespace gatescope
