#include "ui/plan/rig_plan_table.h"

#include <QHeaderView>
#include <QLocale>

#include "ui/bytes_text.h"
#include "ui/chat/visible_text.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

enum Column { Place, Layers, Experts, Weights, Cache, Work, Needed, Free, kNumColumns };

QString layersOf(const RigShare& share) {
    if (share.numLayers == 0) return QStringLiteral("–");
    const QString first = QLocale().toString(share.firstLayer);
    if (share.numLayers == 1) return first;
    return first + QStringLiteral("–") + QLocale().toString(share.firstLayer + share.numLayers - 1);
}

}  // namespace

RigPlanTable::RigPlanTable(const Theme& theme, QWidget* parent)
    : QTableWidget(0, kNumColumns, parent), theme_(theme) {
    setObjectName(QStringLiteral("rigPlanTable"));
    setAccessibleName(tr("What would lie where"));
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setFrameShape(QFrame::NoFrame);
    setShowGrid(false);
    setTabKeyNavigation(false);
    verticalHeader()->hide();
    setHorizontalHeaderLabels({tr("place"),
                               tr("layers"),
                               tr("experts"),
                               tr("weights"),
                               tr("KV cache"),
                               tr("the work itself"),
                               tr("needed"),
                               tr("free")});
    for (int column = 0; column < kNumColumns; ++column)
        horizontalHeaderItem(column)->setTextAlignment(
            (column == Place ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    horizontalHeader()->setSectionResizeMode(Place, QHeaderView::Stretch);
    horizontalHeader()->setHighlightSections(false);
}

void RigPlanTable::showPlan(const RigPlan& plan) {
    setRowCount(0);
    for (const RigShare& share : plan.shares) addPlace(share);
    if (plan.diskExperts > 0) addDisk(plan);
}

void RigPlanTable::addPlace(const RigShare& share) {
    const int row = rowCount();
    insertRow(row);
    const QString name = visibleLine(QString::fromStdString(share.name));
    QString place = name;
    if (share.device >= 0) place = QLocale().toString(share.device) + QStringLiteral(" · ") + name;
    if (share.device >= 0 && share.stage < 0) place = tr("%1, not used").arg(place);
    put(row, Place, place);
    put(row, Layers, layersOf(share));
    put(row,
        Experts,
        share.numExperts > 0 ? QLocale().toString(share.numExperts) : QStringLiteral("–"));
    put(row, Weights, bytesText(quint64(share.weightBytes + share.copiedBytes)));
    put(row, Cache, bytesText(quint64(share.cacheBytes)));
    put(row, Work, bytesText(quint64(share.reserveBytes)));
    put(row, Needed, bytesText(quint64(share.neededBytes())), true);
    put(row, Free, bytesText(quint64(share.freeBytes)));
}

void RigPlanTable::addDisk(const RigPlan& plan) {
    const int row = rowCount();
    insertRow(row);
    put(row, Place, tr("disk"));
    put(row, Layers, QStringLiteral("–"));
    put(row, Experts, QLocale().toString(plan.diskExperts));
    put(row, Weights, bytesText(quint64(plan.diskBytes)));
    for (const int column : {Cache, Work, Needed, Free}) put(row, column, QStringLiteral("–"));
}

void RigPlanTable::put(int row, int column, const QString& text, bool strong) {
    auto* item = new QTableWidgetItem(text);
    item->setTextAlignment((column == Place ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    item->setFont(theme_.font(strong ? FontRole::Strong : FontRole::Body));
    if (column == Place) item->setToolTip(text);
    setItem(row, column, item);
}

}  // namespace gatescope
