#include "ui/routing/heatmap_accessible.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QPointer>
#include <map>

#include "ui/routing/heatmap_widget.h"

namespace gatescope {
namespace {

ExpertSite siteAt(const HeatmapFrame& frame, int index) {
    return {{index / frame.numExperts}, {index % frame.numExperts}};
}

/// One cell. Lives as long as its table; says nothing once the heatmap has another shape.
class HeatmapCellAccessible : public QAccessibleInterface, public QAccessibleTableCellInterface {
  public:
    HeatmapCellAccessible(HeatmapWidget* heatmap, int index) : heatmap_(heatmap), index_(index) {}

    bool isValid() const override { return !heatmap_.isNull() && known(); }
    QObject* object() const override { return nullptr; }
    QWindow* window() const override { return parent() ? parent()->window() : nullptr; }
    QAccessibleInterface* parent() const override {
        return QAccessible::queryAccessibleInterface(heatmap_.data());
    }
    QAccessibleInterface* child(int /*index*/) const override { return nullptr; }
    QAccessibleInterface* childAt(int /*x*/, int /*y*/) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface* /*child*/) const override { return -1; }
    QAccessible::Role role() const override { return QAccessible::Cell; }
    QRect rect() const override {
        if (!isValid()) return {};
        const QRect cell = heatmap_->geometryOfCells().cellRect(site());
        return {heatmap_->mapToGlobal(cell.topLeft()), cell.size()};
    }
    QString text(QAccessible::Text which) const override {
        if (!isValid() || (which != QAccessible::Name && which != QAccessible::Value)) return {};
        return describeCell(heatmap_->frame(), site());
    }
    void setText(QAccessible::Text /*which*/, const QString& /*text*/) override {}
    QAccessible::State state() const override {
        QAccessible::State state;
        state.readOnly = true;
        state.selectable = true;
        state.focusable = true;
        if (isValid() && heatmap_->pickedSite() == site()) {
            state.selected = true;
            state.focused = heatmap_->hasFocus();
        }
        return state;
    }
    void* interface_cast(QAccessible::InterfaceType type) override {
        if (type != QAccessible::TableCellInterface) return nullptr;
        return static_cast<QAccessibleTableCellInterface*>(this);
    }

    bool isSelected() const override { return isValid() && heatmap_->pickedSite() == site(); }
    QList<QAccessibleInterface*> columnHeaderCells() const override { return {}; }
    QList<QAccessibleInterface*> rowHeaderCells() const override { return {}; }
    int columnIndex() const override { return site().expert.value; }
    int rowIndex() const override { return site().layer.value; }
    int columnExtent() const override { return 1; }
    int rowExtent() const override { return 1; }
    QAccessibleInterface* table() const override { return parent(); }

  private:
    bool known() const { return index_ < static_cast<int>(heatmap_->frame().values.size()); }
    ExpertSite site() const { return siteAt(heatmap_->frame(), index_); }

    QPointer<HeatmapWidget> heatmap_;
    int index_;
};

class HeatmapAccessible : public QAccessibleWidget, public QAccessibleTableInterface {
  public:
    explicit HeatmapAccessible(HeatmapWidget* heatmap)
        : QAccessibleWidget(heatmap, QAccessible::Table) {}
    ~HeatmapAccessible() override {
        for (const auto& [index, id] : cells_) QAccessible::deleteAccessibleInterface(id);
    }

    int childCount() const override { return static_cast<int>(frame().values.size()); }
    QAccessibleInterface* child(int index) const override {
        if (index < 0 || index >= childCount()) return nullptr;
        const auto known = cells_.find(index);
        if (known != cells_.end()) return QAccessible::accessibleInterface(known->second);
        auto* cell = new HeatmapCellAccessible(heatmap(), index);  // QAccessible's cache owns it
        cells_[index] = QAccessible::registerAccessibleInterface(cell);
        return cell;
    }
    int indexOfChild(const QAccessibleInterface* wanted) const override {
        for (const auto& [index, id] : cells_) {
            if (QAccessible::accessibleInterface(id) == wanted) return index;
        }
        return -1;
    }
    QAccessibleInterface* childAt(int x, int y) const override {
        const auto site =
            heatmap()->geometryOfCells().siteAt(heatmap()->mapFromGlobal(QPoint(x, y)));
        return site ? child(static_cast<int>(frame().index(*site))) : nullptr;
    }
    QAccessibleInterface* focusChild() const override {
        const auto site = heatmap()->pickedSite();
        if (!heatmap()->hasFocus() || !site) return nullptr;
        return child(static_cast<int>(frame().index(*site)));
    }
    void* interface_cast(QAccessible::InterfaceType type) override {
        if (type == QAccessible::TableInterface) {
            return static_cast<QAccessibleTableInterface*>(this);
        }
        return QAccessibleWidget::interface_cast(type);
    }

    QAccessibleInterface* caption() const override { return nullptr; }
    QAccessibleInterface* summary() const override { return nullptr; }
    QAccessibleInterface* cellAt(int row, int column) const override {
        if (!frame().contains({{row}, {column}})) return nullptr;
        return child(static_cast<int>(frame().index({{row}, {column}})));
    }
    int selectedCellCount() const override { return heatmap()->pickedSite() ? 1 : 0; }
    QList<QAccessibleInterface*> selectedCells() const override {
        const auto site = heatmap()->pickedSite();
        if (!site) return {};
        return {cellAt(site->layer.value, site->expert.value)};
    }
    QString columnDescription(int column) const override {
        return HeatmapWidget::tr("expert %1").arg(column);
    }
    QString rowDescription(int row) const override {
        const QString layer = HeatmapWidget::tr("layer %1").arg(row);
        if (!frame().contains({{row}, {0}}) || frame().rowValues.empty()) return layer;
        return layer + QStringLiteral(" · ") + describeRow(frame(), {row});
    }
    int selectedColumnCount() const override { return 0; }
    int selectedRowCount() const override { return 0; }
    int columnCount() const override { return frame().numExperts; }
    int rowCount() const override { return frame().numLayers; }
    QList<int> selectedColumns() const override { return {}; }
    QList<int> selectedRows() const override { return {}; }
    bool isColumnSelected(int /*column*/) const override { return false; }
    bool isRowSelected(int /*row*/) const override { return false; }
    bool selectRow(int /*row*/) override { return false; }
    bool selectColumn(int /*column*/) override { return false; }
    bool unselectRow(int /*row*/) override { return false; }
    bool unselectColumn(int /*column*/) override { return false; }
    void modelChange(QAccessibleTableModelChangeEvent* /*event*/) override {}

  private:
    HeatmapWidget* heatmap() const { return static_cast<HeatmapWidget*>(widget()); }
    const HeatmapFrame& frame() const { return heatmap()->frame(); }

    mutable std::map<int, QAccessible::Id> cells_;
};

QAccessibleInterface* makeAccessible(const QString& /*className*/, QObject* object) {
    auto* heatmap = qobject_cast<HeatmapWidget*>(object);
    return heatmap == nullptr ? nullptr : new HeatmapAccessible(heatmap);
}

}  // namespace

void installHeatmapAccessibility() {
    static const bool installed = [] {
        QAccessible::installFactory(makeAccessible);
        return true;
    }();
    Q_UNUSED(installed);
}

}  // namespace gatescope
