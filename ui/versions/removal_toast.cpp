#include "ui/versions/removal_toast.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <chrono>

#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr std::chrono::milliseconds kUndoTime{8000};

}  // namespace

RemovalToast::RemovalToast(EngineBridge& bridge, Theme& theme, QWidget* parent)
    : QFrame(parent), bridge_(bridge) {
    setObjectName(QStringLiteral("removalToast"));
    setProperty("kind", QStringLiteral("toast"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(theme.space(4), theme.space(1), theme.space(2), theme.space(1));
    text_ = new QLabel(tr("Deleted this version and what followed it"));
    text_->setWordWrap(true);
    row->addWidget(text_, 1);
    auto* button = new QPushButton(tr("Undo"));
    button->setObjectName(QStringLiteral("undoRemoval"));
    button->setAccessibleName(tr("Undo deleting the version"));
    row->addWidget(button);
    hide();
    timer_.setSingleShot(true);
    connect(button, &QPushButton::clicked, this, &RemovalToast::undo);
    connect(&timer_, &QTimer::timeout, this, &RemovalToast::commit);
    connect(&bridge_, &EngineBridge::branchOpened, this, &RemovalToast::refresh);
}

void RemovalToast::refresh() {
    const bool any = bridge_.session().canUndoRemoval();
    setVisible(any);
    if (any)
        timer_.start(kUndoTime);
    else
        timer_.stop();
}

void RemovalToast::undo() {
    timer_.stop();
    bridge_.run([](ChatSession& session) { session.undoRemoval(); });
    hide();
}

void RemovalToast::commit() {
    hide();
    bridge_.run([](ChatSession& session) { session.commitRemoval(); });
}

}  // namespace gatescope
