#include "ui/versions/versions_dialog.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QListView>
#include <QPushButton>
#include <QVBoxLayout>
#include <chrono>
#include <utility>

#include "ui/theme/theme.h"
#include "ui/versions/version_delegate.h"
#include "ui/versions/version_list_model.h"

namespace gatescope {
namespace {

constexpr std::chrono::milliseconds kRefreshPause{100};  ///< while messages come one after another

}  // namespace

VersionsDialog::VersionsDialog(EngineBridge& bridge, Theme& theme, QWidget* parent)
    : QDialog(parent), bridge_(bridge), theme_(theme), model_(new VersionListModel(this)) {
    setWindowTitle(tr("Versions of this conversation"));
    setObjectName(QStringLiteral("versions"));
    resize(560, 520);
    auto* column = new QVBoxLayout(this);
    count_ = new QLabel;
    count_->setTextFormat(Qt::PlainText);
    count_->setWordWrap(true);
    column->addWidget(count_);
    list_ = new QListView;
    list_->setModel(model_);
    list_->setItemDelegate(new VersionDelegate(*model_, theme_, list_));
    list_->setUniformItemSizes(true);
    list_->setMouseTracking(true);
    list_->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    list_->setAccessibleName(tr("All messages and their versions"));
    list_->installEventFilter(this);
    column->addWidget(list_, 1);
    auto* row = new QHBoxLayout;
    remove_ = new QPushButton(tr("&Delete with what follows"));
    remove_->setToolTip(tr("Del. It can be undone for some seconds"));
    row->addWidget(remove_);
    row->addStretch(1);
    auto* close = new QPushButton(tr("&Close"));
    close->setAutoDefault(false);
    row->addWidget(close);
    show_ = new QPushButton(tr("&Show this branch"));
    show_->setDefault(true);
    row->addWidget(show_);
    column->addLayout(row);
    connect(close, &QPushButton::clicked, this, &QDialog::close);
    connectSources();
    updateButtons();
}

void VersionsDialog::connectSources() {
    connect(show_, &QPushButton::clicked, this, &VersionsDialog::showCurrent);
    connect(remove_, &QPushButton::clicked, this, &VersionsDialog::removeCurrent);
    connect(list_, &QListView::doubleClicked, this, &VersionsDialog::showCurrent);
    connect(list_->selectionModel(),
            &QItemSelectionModel::currentChanged,
            this,
            &VersionsDialog::updateButtons);
    refreshTimer_.setSingleShot(true);
    connect(&refreshTimer_, &QTimer::timeout, this, [this] { refresh(); });
    const auto later = [this] {
        if (isVisible()) refreshTimer_.start(kRefreshPause);
    };
    connect(&bridge_, &EngineBridge::branchOpened, this, later);
    connect(&bridge_, &EngineBridge::messageAdded, this, later);
    connect(&bridge_, &EngineBridge::generationEnded, this, later);
    connect(&bridge_, &EngineBridge::generationBegan, this, &VersionsDialog::updateButtons);
    connect(&theme_, &Theme::changed, list_, [this] { list_->viewport()->update(); });
}

void VersionsDialog::refresh(std::function<void()> then) {
    const MessageId kept = currentRow() >= 0 ? model_->row(currentRow()).message.id : 0;
    bridge_.run([this, kept, then = std::move(then)](ChatSession& session) {
        session.readTree([this, kept, then](const auto& tree, MessageId leaf) {
            model_->setRows(versionRows(tree, leaf));
            int row = model_->rowOf(kept);
            if (row < 0) row = model_->lastShown();
            if (row >= 0) {
                list_->setCurrentIndex(model_->index(row));
                list_->scrollTo(model_->index(row));
            }
            updateButtons();
            if (then) then();
        });
    });
}

void VersionsDialog::showEvent(QShowEvent* event) {
    QDialog::showEvent(event);
    refresh();
    list_->setFocus();
}

int VersionsDialog::currentRow() const {
    return list_->currentIndex().isValid() ? list_->currentIndex().row() : -1;
}

void VersionsDialog::showCurrent() {
    if (currentRow() < 0) return;
    const MessageId id = model_->row(currentRow()).message.id;
    bridge_.run([id](ChatSession& session) { session.showBranch(id); });
}

void VersionsDialog::removeCurrent() {
    if (currentRow() < 0) return;
    const MessageId id = model_->row(currentRow()).message.id;
    bridge_.run([id](ChatSession& session) { session.removeVersion(id); });
}

void VersionsDialog::stepVersion(int by) {
    const int row = currentRow() < 0 ? -1 : model_->otherVersion(currentRow(), by);
    if (row >= 0) list_->setCurrentIndex(model_->index(row));
}

bool VersionsDialog::eventFilter(QObject* watched, QEvent* event) {
    if (watched != list_ || event->type() != QEvent::KeyPress)
        return QDialog::eventFilter(watched, event);
    switch (static_cast<QKeyEvent*>(event)->key()) {
        case Qt::Key_Return:
        case Qt::Key_Enter:
            showCurrent();
            return true;
        case Qt::Key_Delete:
            removeCurrent();
            return true;
        case Qt::Key_Left:
            stepVersion(-1);
            return true;
        case Qt::Key_Right:
            stepVersion(1);
            return true;
        default:
            return false;
    }
}

void VersionsDialog::updateButtons() {
    const bool idle = !bridge_.session().generating();
    const bool any = currentRow() >= 0;
    show_->setEnabled(any && idle);
    remove_->setEnabled(any && idle && !bridge_.session().isReplay());
    const int count = model_->rowCount();
    count_->setText(count == 0   ? tr("This conversation has no messages yet.")
                    : count == 1 ? tr("1 message. The branch shown is drawn thick.")
                                 : tr("%1 messages. The branch shown is drawn thick: squares are "
                                      "yours, circles replies.")
                                       .arg(count));
}

}  // namespace gatescope
