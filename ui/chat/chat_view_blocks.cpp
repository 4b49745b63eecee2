// What ChatView does with links and blocks of code: shows where a link leads, copies code. What a
// model writes opens nothing by itself.
#include <QApplication>
#include <QClipboard>
#include <QDesktopServices>
#include <QMenu>
#include <QScrollBar>
#include <QToolButton>
#include <QUrl>

#include "ui/chat/chat_item.h"
#include "ui/chat/visible_text.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr int kLongestShown = 90;

/// The address, if a browser or mail program may be asked to open it.
QUrl openableUrl(const QString& target) {
    const QUrl url(target, QUrl::StrictMode);
    static const QStringList kSchemes{
        QStringLiteral("http"), QStringLiteral("https"), QStringLiteral("mailto")};
    return url.isValid() && kSchemes.contains(url.scheme()) ? url : QUrl();
}

}  // namespace

void ChatView::buildCodeButton() {
    copyCode_ = new QToolButton(viewport());
    copyCode_->setObjectName(QStringLiteral("copyCode"));
    copyCode_->setIcon(theme_.icon(QStringLiteral("copy")));
    copyCode_->setIconSize(QSize(16, 16));
    copyCode_->setToolTip(tr("Copy code"));
    copyCode_->setAccessibleName(tr("Copy code"));
    copyCode_->setFocusPolicy(Qt::NoFocus);  // the context menu and its keys do the same
    copyCode_->setCursor(Qt::ArrowCursor);
    copyCode_->hide();
    connect(copyCode_, &QToolButton::clicked, this, [this] {
        if (hoveredCode_) copyCode(*hoveredCode_);
    });
}

QString ChatView::linkAt(const QPoint& point) const {
    const auto place = placeAt(point, true);
    if (!place) return {};
    const Item& item = *items_[static_cast<std::size_t>(place->item)];
    return item.layout.content().targetAt(place->offset);
}

std::optional<ChatView::CodePlace> ChatView::codeAt(const QPoint& point) const {
    const int index = itemAt(point.y() + verticalScrollBar()->value());
    if (index < 0 || index >= messageCount()) return std::nullopt;
    const Item& item = *items_[static_cast<std::size_t>(index)];
    if (!item.layout.upToDate(textWidth(item))) return std::nullopt;
    const auto block = item.layout.codeAt(QPointF(point) - textOrigin(item));
    if (!block) return std::nullopt;
    return CodePlace{index, *block};
}

void ChatView::copyCode(const CodePlace& place) {
    if (place.item >= messageCount()) return;
    const auto& blocks = items_[static_cast<std::size_t>(place.item)]->layout.content().blocks();
    if (place.block < blocks.size()) QApplication::clipboard()->setText(blocks[place.block].text);
}

void ChatView::hoverBlocks(const QPoint& point) {
    const QString target = linkAt(point);
    const auto place = placeAt(point, true);
    const bool acts = !target.isEmpty() || (place && isHiddenRows(*place));
    viewport()->setCursor(acts ? Qt::PointingHandCursor : Qt::IBeamCursor);
    hoveredCode_ = codeAt(point);
    placeCodeButton();
}

void ChatView::placeCodeButton() {
    if (!hoveredCode_ || hoveredCode_->item >= messageCount()) return copyCode_->hide();
    const Item& item = *items_[static_cast<std::size_t>(hoveredCode_->item)];
    if (hoveredCode_->block >= item.layout.content().blocks().size()) return copyCode_->hide();
    const QRect well =
        item.layout.wellOf(hoveredCode_->block).translated(textOrigin(item)).toAlignedRect();
    copyCode_->adjustSize();
    // Stays in sight while one reads the end of long code.
    const int top = std::clamp(theme_.space(1), well.top(), std::max(well.top(), well.bottom()));
    copyCode_->move(well.right() - copyCode_->width() - theme_.space(1), top);
    copyCode_->show();
}

void ChatView::offerLink(const QPoint& point) {
    const QString target = linkAt(point);
    if (target.isEmpty()) return;
    QMenu menu(this);
    menu.setObjectName(QStringLiteral("linkMenu"));
    const QString shown = visibleLine(target);
    menu.addAction(shown.size() > kLongestShown ? shown.left(kLongestShown) + QChar(0x2026) : shown)
        ->setEnabled(false);
    menu.addSeparator();
    if (const QUrl url = openableUrl(target); !url.isEmpty())
        menu.addAction(tr("Open this address"), this, [url] { QDesktopServices::openUrl(url); });
    menu.addAction(
        tr("Copy address"), this, [target] { QApplication::clipboard()->setText(target); });
    menu.exec(viewport()->mapToGlobal(point));
}

}  // namespace gatescope
