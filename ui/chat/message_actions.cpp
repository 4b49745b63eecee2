#include "ui/chat/message_actions.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

#include "ui/theme/theme.h"

namespace gatescope {

MessageActions::MessageActions(const Theme& theme, QWidget* parent) : QFrame(parent) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(2);
    older_ = add(theme, QStringLiteral("left"), tr("Older version (Alt+Left)"));
    version_ = new QLabel;
    version_->setObjectName(QStringLiteral("versionLabel"));
    version_->setProperty("kind", QStringLiteral("muted"));
    row->addWidget(version_);
    newer_ = add(theme, QStringLiteral("right"), tr("Newer version (Alt+Right)"));
    copy_ = add(theme, QStringLiteral("copy"), tr("Copy message"));
    edit_ = add(theme, QStringLiteral("edit"), tr("Edit"));
    regenerate_ = add(theme, QStringLiteral("regenerate"), tr("Regenerate reply (Ctrl+R)"));
    continue_ = add(theme, QStringLiteral("continue"), tr("Continue reply (Ctrl+Shift+R)"));
    connect(older_, &QToolButton::clicked, this, [this] { Q_EMIT versionClicked(message_, -1); });
    connect(newer_, &QToolButton::clicked, this, [this] { Q_EMIT versionClicked(message_, 1); });
    connect(copy_, &QToolButton::clicked, this, [this] { Q_EMIT copyClicked(message_); });
    connect(edit_, &QToolButton::clicked, this, [this] { Q_EMIT editClicked(message_); });
    connect(regenerate_, &QToolButton::clicked, this, &MessageActions::regenerateClicked);
    connect(continue_, &QToolButton::clicked, this, &MessageActions::continueClicked);
    hide();
}

QToolButton* MessageActions::add(const Theme& theme, const QString& icon, const QString& text) {
    auto* button = new QToolButton(this);
    button->setIcon(theme.icon(icon));
    button->setIconSize(QSize(16, 16));
    button->setToolTip(text);
    button->setAccessibleName(text);
    button->setFocusPolicy(Qt::NoFocus);  // the menu and its keys do the same
    layout()->addWidget(button);
    return button;
}

void MessageActions::showFor(int index, bool ownMessage, bool lastReply, bool busy) {
    message_ = index;
    edit_->setToolTip(ownMessage ? tr("Edit and send again, as a new branch")
                                 : tr("Edit this reply, as a new branch"));
    edit_->setAccessibleName(edit_->toolTip());
    regenerate_->setVisible(lastReply);
    continue_->setVisible(lastReply);
    for (QToolButton* button : {edit_, regenerate_, continue_}) button->setEnabled(!busy);
    adjustSize();
    show();
}

void MessageActions::setVersion(const Version& version, bool busy) {
    const bool several = version.count > 1;
    version_->setText(tr("%1 of %2").arg(version.index + 1).arg(version.count));
    for (QWidget* part : {static_cast<QWidget*>(older_),
                          static_cast<QWidget*>(version_),
                          static_cast<QWidget*>(newer_)})
        part->setVisible(several);
    older_->setEnabled(!busy && version.index > 0);
    newer_->setEnabled(!busy && version.index + 1 < version.count);
}

}  // namespace gatescope
