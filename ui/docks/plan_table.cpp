#include "ui/docks/plan_table.h"

#include <QLocale>
#include <utility>

#include "engine/plan/memory_plan.h"
#include "ui/chat/visible_text.h"
#include "ui/theme/theme.h"

namespace gatescope {

std::vector<PlanRow> planRows(const MemoryPlan& plan) {
    std::vector<PlanRow> rows;
    const auto add = [&](const QString& kind, const auto& bytesOn) {
        PlanRow& row = rows.emplace_back(PlanRow{kind, {}});
        for (const DeviceShare& share : plan.devices) row.bytes.push_back(bytesOn(share));
    };
    using Share = DeviceShare;
    add(PlanTable::tr("weights"), [](const Share& on) { return on.weightBytes; });
    add(PlanTable::tr("KV cache of %1 tokens").arg(plan.contextTokens),
        [](const Share& on) { return on.cacheBytes; });
    add(PlanTable::tr("branches put aside, at most"),
        [](const Share& on) { return on.branchBytes; });
    add(PlanTable::tr("the work itself"), [](const Share& on) { return on.reserveBytes; });
    add(PlanTable::tr("needed"), [](const Share& on) { return on.neededBytes(); });
    add(PlanTable::tr("free before"), [](const Share& on) { return on.availableBytes; });
    return rows;
}

QStringList planSentences(const MemoryPlan& plan) {
    QStringList sentences;
    for (const std::string& reason : plan.reasons)
        sentences << visibleLine(QString::fromStdString(reason));
    sentences << PlanTable::tr(
        "What an inspection puts aside is part of the branches. A comparison under other "
        "interventions takes a second KV cache, as long as what is compared, and is "
        "refused where that is not free.");
    return sentences;
}

PlanTable::PlanTable(const Theme& theme, QWidget* parent) : QTableWidget(parent), theme_(theme) {
    setObjectName(QStringLiteral("planTable"));
    setAccessibleName(tr("What lies where in memory"));
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setFrameShape(QFrame::NoFrame);
    setShowGrid(false);
}

void PlanTable::clearPlan() {
    clear();
    setRowCount(0);
    setColumnCount(0);
}

void PlanTable::showPlan(const MemoryPlan& plan) {
    clearPlan();
    const std::vector<PlanRow> rows = planRows(plan);
    QStringList kinds;
    for (const PlanRow& row : rows) kinds << row.kind;
    QStringList devices;
    for (const DeviceShare& share : plan.devices)
        devices << visibleLine(QString::fromStdString(share.device));
    setRowCount(static_cast<int>(kinds.size()));
    setColumnCount(static_cast<int>(devices.size()));
    setVerticalHeaderLabels(kinds);
    setHorizontalHeaderLabels(devices);
    for (int row = 0; row < rowCount(); ++row)
        for (int device = 0; device < columnCount(); ++device)
            put(row,
                device,
                rows[static_cast<std::size_t>(row)].bytes[static_cast<std::size_t>(device)],
                row == rowCount() - 2);
    resizeColumnsToContents();
}

void PlanTable::put(int row, int column, std::uint64_t bytes, bool strong) {
    auto* item = new QTableWidgetItem(QString::fromStdString(bytesText(bytes)));
    item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
    item->setToolTip(tr("%1 bytes").arg(QLocale().toString(qulonglong(bytes))));
    item->setFont(theme_.font(strong ? FontRole::Strong : FontRole::Body));
    setItem(row, column, item);
}

}  // namespace gatescope
