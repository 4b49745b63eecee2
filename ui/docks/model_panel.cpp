#include "ui/docks/model_panel.h"

#include <QComboBox>
#include <QHeaderView>
#include <QLineEdit>
#include <QSortFilterProxyModel>
#include <QTabWidget>
#include <QTableWidget>
#include <QTreeView>
#include <cmath>

#include "engine/plan/memory_plan.h"
#include "ui/chat/visible_text.h"
#include "ui/clear_button.h"
#include "ui/docks/heat_page.h"
#include "ui/docks/histogram_view.h"
#include "ui/docks/plan_check.h"
#include "ui/docks/plan_table.h"
#include "ui/engine_bridge.h"
#include "ui/language/number_text.h"
#include "ui/models/tensor_tree_model.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

QString placeOf(const ModelInfo& model) {
    QStringList devices;
    for (const DeviceShare& share : model.plan.devices)
        if (share.weightBytes > 0) devices << QString::fromStdString(share.device);
    return devices.join(QStringLiteral(" + "));
}

QLabel* mutedLabel(const char* name) {
    auto* label = new QLabel;
    label->setObjectName(QString::fromLatin1(name));
    label->setProperty("kind", QStringLiteral("muted"));
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    return label;
}

}  // namespace

ModelPanel::ModelPanel(EngineBridge& bridge, const Theme& theme, QWidget* parent)
    : QWidget(parent), bridge_(bridge), theme_(theme), reader_(this) {
    setObjectName(QStringLiteral("modelPanel"));
    tensors_ = new TensorTreeModel(this);
    shown_ = new QSortFilterProxyModel(this);
    shown_->setSourceModel(tensors_);
    shown_->setRecursiveFilteringEnabled(true);
    shown_->setAutoAcceptChildRows(true);
    shown_->setFilterCaseSensitivity(Qt::CaseInsensitive);
    shown_->setFilterKeyColumn(-1);
    headline_ = mutedLabel("modelHeadline");
    fingerprint_ = new QPushButton(tr("Fingerprint"));
    fingerprint_->setObjectName(QStringLiteral("fingerprint"));
    fingerprint_->setToolTip(
        tr("What recordings know the weights by: names, shapes, types, norms and routers"));
    connect(fingerprint_, &QPushButton::clicked, this, [this] {
        say(tr("Reading norms and routers…"));
        reader_.readFingerprint(model_);
    });
    auto* head = new QHBoxLayout;
    head->addWidget(headline_, 1, Qt::AlignVCenter);
    head->addWidget(fingerprint_);
    pages_ = new QTabWidget;
    pages_->setDocumentMode(true);
    pages_->setAccessibleName(tr("Parts of the model"));
    pages_->addTab(makeTreeSide(), tr("Tensors"));  // in the order of Page
    pages_->addTab(makeRouterSide(), tr("Routers"));
    pages_->addTab(makePlanSide(), tr("Memory plan"));
    pages_->addTab(new HeatPage(bridge_, theme_), tr("Heat"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(theme_.space(3), theme_.space(2), theme_.space(3), theme_.space(2));
    column->addLayout(head);
    column->addWidget(pages_, 1);
    connect(&reader_, &ModelReader::arrived, this, &ModelPanel::land);
    for (auto signal : {&EngineBridge::modelReady, &EngineBridge::modelGone})
        connect(&bridge_, signal, this, [this] {
            if (isVisible()) followModel();
        });
    followModel();
}

// ---------------------------------------------------------------- composition

QWidget* ModelPanel::makeTreeSide() {
    auto* side = new QWidget;
    filter_ = new QLineEdit;
    filter_->setPlaceholderText(tr("Filter by name, shape or type"));
    filter_->setAccessibleName(tr("Filter the tensors"));
    addClearButton(*filter_);
    connect(filter_, &QLineEdit::textChanged, this, &ModelPanel::filter);
    tree_ = new QTreeView;
    tree_->setObjectName(QStringLiteral("tensorTree"));
    tree_->setAccessibleName(tr("Tensors of the model"));
    tree_->setModel(shown_);
    tree_->setUniformRowHeights(true);
    tree_->setTextElideMode(Qt::ElideMiddle);  // names differ at their ends
    tree_->setFrameShape(QFrame::NoFrame);
    tree_->header()->setStretchLastSection(true);
    connect(tree_->selectionModel(),
            &QItemSelectionModel::currentChanged,
            this,
            [this](const QModelIndex& current) { readChosen(current); });
    histogram_ = new HistogramView(theme_);
    detail_ = mutedLabel("modelDetail");
    detail_->setMinimumHeight(theme_.space(10));  // two lines: the tree above must not jump
    connect(tree_, &QTreeView::expanded, this, &ModelPanel::fitColumns);
    auto* column = new QVBoxLayout(side);
    column->setContentsMargins(0, theme_.space(2), 0, 0);
    column->addWidget(filter_);
    column->addWidget(tree_, 1);
    column->addWidget(histogram_);
    column->addWidget(detail_);
    return side;
}

QWidget* ModelPanel::makeRouterSide() {
    auto* side = new QWidget;
    readRouters_ = new QPushButton(tr("Read the routers"));
    readRouters_->setObjectName(QStringLiteral("readRouters"));
    connect(readRouters_, &QPushButton::clicked, this, &ModelPanel::readRouters);
    layer_ = new QComboBox;
    layer_->setAccessibleName(tr("Layer of the router"));
    connect(layer_, &QComboBox::currentIndexChanged, this, &ModelPanel::showRouter);
    auto* row = new QHBoxLayout;
    row->addWidget(readRouters_);
    row->addWidget(layer_);
    row->addStretch();
    router_ = new QTableWidget;
    router_->setObjectName(QStringLiteral("routerTable"));
    router_->setAccessibleName(tr("Length of each expert's row, and cosines between experts"));
    router_->setEditTriggers(QAbstractItemView::NoEditTriggers);
    router_->setFrameShape(QFrame::NoFrame);
    router_->setShowGrid(false);
    routerNote_ = mutedLabel("routerNote");
    auto* column = new QVBoxLayout(side);
    column->setContentsMargins(0, theme_.space(2), 0, 0);
    column->addLayout(row);
    column->addWidget(router_, 1);
    column->addWidget(routerNote_);
    return side;
}

QWidget* ModelPanel::makePlanSide() {
    auto* side = new QWidget;
    plan_ = new PlanTable(theme_);
    planNote_ = mutedLabel("planNote");
    auto* column = new QVBoxLayout(side);
    column->setContentsMargins(0, theme_.space(2), 0, 0);
    column->addWidget(plan_, 1);
    column->addWidget(new PlanCheck(bridge_, theme_));
    column->addWidget(planNote_);
    return side;
}

// ---------------------------------------------------------------- what is shown

QString ModelPanel::headline() const {
    return headline_->text();
}

QString ModelPanel::detail() const {
    return detail_->text();
}

const TensorHistogram* ModelPanel::histogram() const {
    return histogram_->shown();
}

void ModelPanel::showPage(Page page) {
    pages_->setCurrentIndex(static_cast<int>(page));
}

void ModelPanel::readRouters() {
    routerNote_->setText(tr("Reading the routers…"));
    reader_.readRouters(model_);
}

bool ModelPanel::chooseTensor(const QString& path) {
    filter_->clear();
    const QModelIndex index = shown_->mapFromSource(tensors_->indexOf(path));
    if (!index.isValid()) return false;
    tree_->setCurrentIndex(index);  // which opens its layer
    return true;
}

void ModelPanel::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    followModel();
}

void ModelPanel::say(const QString& sentence) {
    histogram_->clear();
    detail_->setText(sentence);
}

void ModelPanel::followModel() {
    const auto model = bridge_.session().model();
    const QString now = model ? QString::fromStdString(model->model) : QString();
    for (QWidget* widget :
         {static_cast<QWidget*>(fingerprint_), static_cast<QWidget*>(readRouters_)})
        widget->setEnabled(!now.isEmpty());
    showPlan(model.get());
    if (!now.isEmpty() && now == model_) return;
    reader_.forget();
    model_ = now;
    tensors_->clear();
    routers_.clear();
    layer_->clear();
    router_->clear();
    router_->setRowCount(0);
    router_->setColumnCount(0);
    routerNote_->setText(tr("A router's row is the direction that its expert answers to."));
    headline_->setText(model_.isEmpty() ? tr("No model is open.") : visibleLine(model_));
    say({});
    if (model_.isEmpty() || !isVisible()) {
        model_.clear();  // asked for once it is seen
        return;
    }
    say(tr("Reading the list of tensors…"));
    reader_.readTensors(model_);
}

void ModelPanel::land(const ModelReading& reading) {
    if (!reading.error.isEmpty()) {
        say(visibleLine(reading.error));
        routerNote_->setText(visibleLine(reading.error));
        return;
    }
    switch (reading.kind) {
        case ModelReading::Kind::Tensors:
            showTensors(reading);
            break;
        case ModelReading::Kind::Histogram:
            if (!reading.histogram) break;
            histogram_->show(*reading.histogram);
            detail_->setText(tr("MEASURED: %1").arg(histogram_->summary()));
            break;
        case ModelReading::Kind::Routers:
            routers_ = reading.routers;
            layer_->clear();
            for (const auto& g : routers_) layer_->addItem(tr("layer %1").arg(g.layer));
            break;
        case ModelReading::Kind::Fingerprint:
            say(tr("Fingerprint %1: of all names, shapes, types and sizes, and the contents of "
                   "norms and routers")
                    .arg(reading.fingerprint));
            break;
    }
}

void ModelPanel::showTensors(const ModelReading& reading) {
    const auto model = bridge_.session().model();
    if (!model) return;
    const QString place = placeOf(*model);
    const std::vector<TensorLayout> layouts = layoutsIn(model->plan, reading.layouts);
    tensors_->setTensors(layouts, place);
    fitColumns();
    headline_->setText(tr("%1 · %2 · %3 tensors, %4 · %5")
                           .arg(visibleLine(QString::fromStdString(model->name)),
                                QString::fromStdString(model->format))
                           .arg(layouts.size())
                           .arg(QString::fromStdString(bytesText(memoryBytes(layouts))), place));
    say(tr("Choose a tensor to see how its values are spread."));
}

void ModelPanel::fitColumns() {
    tree_->setColumnWidth(TensorTreeModel::Name, theme_.space(44));
    for (int column = TensorTreeModel::Shape; column < TensorTreeModel::Place; ++column)
        tree_->resizeColumnToContents(column);
}

void ModelPanel::readChosen(const QModelIndex& index) {
    const TensorRow* row = tensors_->tensorAt(shown_->mapToSource(index));
    if (row == nullptr || model_.isEmpty()) return;
    say(tr("Reading %1…").arg(visibleLine(QString::fromStdString(row->layout.slot.path))));
    reader_.readHistogram(model_, row->tensor);
}

void ModelPanel::filter(const QString& text) {
    shown_->setFilterFixedString(text);
    if (text.isEmpty())
        tree_->collapseAll();
    else
        tree_->expandAll();
}

void ModelPanel::showPlan(const ModelInfo* model) {
    if (model != nullptr)
        plan_->showPlan(model->plan);
    else
        plan_->clearPlan();
    planNote_->setText(
        model == nullptr
            ? tr("A model's plan is made before a weight is read: it stands in the "
                 "dialog that opens a model, and here once it is open.")
            : tr("DERIVED: %1").arg(planSentences(model->plan).join(QLatin1Char('\n'))));
}

void ModelPanel::showRouter(int which) {
    if (which < 0 || which >= static_cast<int>(routers_.size())) return;
    const RouterGeometry& g = routers_[static_cast<std::size_t>(which)];
    router_->clear();
    router_->setRowCount(g.numExperts);
    router_->setColumnCount(g.numExperts + 1);
    QStringList heads{tr("length")};
    QStringList rows;
    for (int e = 0; e < g.numExperts; ++e) {
        heads << QString::number(e);
        rows << tr("expert %1").arg(e);
    }
    router_->setHorizontalHeaderLabels(heads);
    router_->setVerticalHeaderLabels(rows);
    const auto put = [this](int row, int column, double value, bool strong) {
        auto* item = new QTableWidgetItem(std::isnan(value) ? QStringLiteral("–")
                                                            : numberText(value, 'f', 2));
        item->setToolTip(numberText(value, 'f', 5));
        item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
        item->setFont(theme_.font(strong ? FontRole::Strong : FontRole::Body));
        router_->setItem(row, column, item);
    };
    for (int a = 0; a < g.numExperts; ++a) {
        put(a, 0, g.norms[static_cast<std::size_t>(a)], false);
        for (int b = 0; b < g.numExperts; ++b)
            put(a,
                b + 1,
                g.cosine(a, b),
                a != b && std::abs(g.cosine(a, b)) > 2 * g.chanceDeviation);
    }
    router_->resizeColumnsToContents();
    routerNote_->setText(
        tr("MEASURED. Length of each expert's row, and its cosine with each expert's. By chance "
           "a cosine is 0, within ±%1 in 95 of 100 pairs; "
           "what lies outside is bold.")
            .arg(numberText(2 * g.chanceDeviation, 'f', 3)));
}

}  // namespace gatescope
