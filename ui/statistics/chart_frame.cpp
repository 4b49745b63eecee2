#include "ui/statistics/chart_frame.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/chat/eliding_label.h"
#include "ui/docks/flow_layout.h"
#include "ui/provenance_badge.h"
#include "ui/statistics/statistic_model.h"

namespace gatescope {
namespace {

// Ten pictures a second: more cannot be read, and a chart costs some milliseconds. So that not all
// charts want the same frame, each waits a little longer than another.
constexpr int kPaceMs = 100;
constexpr int kBeatMs = 17;
constexpr int kBeats = 5;
// The rest of a count: soon, but with room for a frame.
constexpr int kSliceMs = 12;

}  // namespace

ChartFrame::ChartFrame(const ViewContext& context)
    : bridge_(context.bridge),
      selection_(context.selection),
      routing_(context.routing),
      theme_(context.theme) {
    build();
    pace_.setSingleShot(true);
    connect(&pace_, &QTimer::timeout, this, &ChartFrame::refreshNow);
    slices_.setSingleShot(true);
    connect(&slices_, &QTimer::timeout, this, &ChartFrame::countOn);
    connectSources();
    QTimer::singleShot(0, this, &ChartFrame::applyTheme);  // when the subclass is complete
}

void ChartFrame::connectSources() {
    connect(&bridge_, &EngineBridge::traceGrew, this, [this](int firstToken) {
        traceChanged(firstToken);
        invalidate();
    });
    connect(&bridge_, &EngineBridge::branchOpened, this, [this] {
        traceChanged(0);
        invalidate();
    });
    connect(&bridge_, &EngineBridge::modelReady, this, &ChartFrame::invalidate);
    connect(&routing_, &BranchRouting::changed, this, &ChartFrame::invalidate);
    connect(&theme_, &Theme::changed, this, &ChartFrame::applyTheme);
}

// ---------------------------------------------------------------- composition

QWidget* ChartFrame::buildActions() {
    auto* actions = new QWidget;
    auto* row = new QHBoxLayout(actions);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(theme_.space(1));
    badge_ = new ProvenanceBadge;
    tableButton_ = new QToolButton;
    tableButton_->setText(tr("Table"));
    tableButton_->setCheckable(true);
    tableButton_->setToolTip(tr("Show the numbers instead of the drawing"));
    connect(tableButton_, &QToolButton::toggled, this, &ChartFrame::showTable);
    exportButton_ = new QToolButton;
    exportButton_->setIcon(theme_.icon(QStringLiteral("save")));
    exportButton_->setAccessibleName(tr("Export"));
    exportButton_->setToolTip(tr("Export what is shown into a file"));
    exportButton_->setPopupMode(QToolButton::InstantPopup);
    const auto add = [this](const QString& text, FileKind kind) {
        auto* action = new QAction(text, exportButton_);
        connect(action, &QAction::triggered, this, [this, kind] { askWhereToExport(kind); });
        exportButton_->addAction(action);
    };
    add(tr("Drawing as SVG…"), FileKind::Svg);
    add(tr("Drawing as PNG…"), FileKind::Png);
    add(tr("Numbers as CSV…"), FileKind::Csv);
    row->addWidget(badge_, 0, Qt::AlignVCenter);
    row->addWidget(tableButton_);
    row->addWidget(exportButton_);
    return actions;
}

void ChartFrame::build() {
    model_ = new StatisticModel(
        [this](std::string_view key, int value) { return keyText(key, value); }, this);
    table_ = new QTableView;
    table_->setModel(model_);
    table_->setFrameShape(QFrame::NoFrame);
    table_->setSortingEnabled(true);
    table_->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
    table_->horizontalHeader()->setHighlightSections(false);
    table_->verticalHeader()->hide();
    table_->setShowGrid(false);
    table_->setAlternatingRowColors(true);
    table_->setSelectionBehavior(QTableView::SelectRows);
    table_->setWordWrap(false);
    table_->setTabKeyNavigation(false);  // Tab leaves it
    table_->setAccessibleName(tr("The chart's numbers as a table"));
    pages_ = new QStackedWidget;
    pages_->setMinimumHeight(theme_.space(6));
    pages_->addWidget(table_);
    options_ = new QWidget;
    new FlowLayout(theme_.space(1), options_);
    options_->layout()->setContentsMargins(0, 0, 0, 0);
    actions_ = buildActions();
    options_->layout()->addWidget(actions_);
    value_ = new ElidingLabel;
    value_->setProperty("kind", QStringLiteral("faint"));
    summary_ = new QLabel;
    summary_->setProperty("kind", QStringLiteral("muted"));
    summary_->setWordWrap(true);
    summary_->setMinimumHeight(theme_.space(4));  // on a small screen its first line must do

    auto* layout = new QVBoxLayout(this);
    const int edge = theme_.space(3);
    layout->setContentsMargins(edge, theme_.space(2), edge, theme_.space(1));
    layout->setSpacing(theme_.space(1));
    layout->addWidget(options_);
    layout->addWidget(summary_);
    layout->addWidget(pages_, 1);
    layout->addWidget(value_);
}

void ChartFrame::setDrawing(QWidget* drawing) {
    drawing_ = drawing;
    drawing->setAccessibleName(dockTitle());
    if (auto* area = qobject_cast<QAbstractScrollArea*>(drawing))
        area->viewport()->setAccessibleName(dockTitle());  // a screen reader meets it, too
    pages_->insertWidget(0, drawing);
    pages_->setCurrentWidget(drawing);
}

void ChartFrame::setTableOnly() {
    tableOnly_ = true;
    tableButton_->hide();
}

void ChartFrame::addOption(QWidget* option) {
    options_->layout()->removeWidget(actions_);  // they stay the last
    options_->layout()->addWidget(option);
    options_->layout()->addWidget(actions_);
}

void ChartFrame::applyTheme() {
    summary_->setFont(theme_.font(FontRole::Small));
    value_->setFont(theme_.font(FontRole::Small));
    table_->setFont(theme_.font(FontRole::Small));
    table_->horizontalHeader()->setFont(theme_.font(FontRole::Tiny));
    table_->verticalHeader()->setDefaultSectionSize(theme_.space(6));
    applyColors();
    invalidate();
}

// ---------------------------------------------------------------- what is shown

void ChartFrame::invalidate() {
    stale_ = true;
    if (!isVisible() || pace_.isActive()) return;
    pace_.start(kPaceMs + kBeatMs * static_cast<int>(qHash(dockName()) % kBeats));
}

// Slices come faster than pictures: nobody could read them.
void ChartFrame::countOn() {
    if (!isVisible()) return;  // showEvent asks again
    ++updates_;
    if (count()) return refreshNow();
    slices_.start(kSliceMs);
    invalidate();
}

void ChartFrame::refreshNow() {
    if (!isVisible()) return;  // showEvent asks again
    ++updates_;
    counting_ = !count();
    stale_ = counting_;
    if (counting_) slices_.start(kSliceMs);
    rebuild();
    const QString text = describe();
    summary_->setText(text);
    badge_->showFor(bridge_.session());
    if (drawing_ != nullptr) {
        drawing_->setAccessibleDescription(text);
    }
    if (tableOnly_ || tableButton_->isChecked()) fillTable();
}

void ChartFrame::showEvent(QShowEvent* event) {
    ChartPanel::showEvent(event);
    if (stale_) refreshNow();
}

void ChartFrame::showTable(bool table) {
    if (tableOnly_) return;
    tableButton_->setChecked(table);
    if (table) fillTable();
    pages_->setCurrentWidget(table ? static_cast<QWidget*>(table_) : drawing_);
}

// Wide enough for what the first rows hold: to measure them all would take longer than a frame.
void ChartFrame::fillTable() {
    const int columns = model_->columnCount();
    model_->setTable(tableRows());
    if (model_->columnCount() == columns) return;
    for (int column = 0; column < model_->columnCount(); ++column)
        table_->setColumnHidden(column, model_->isLayer(column));
    table_->horizontalHeader()->setResizeContentsPrecision(20);
    table_->resizeColumnsToContents();
    table_->horizontalHeader()->setStretchLastSection(true);
}

QString ChartFrame::summary() const {
    return summary_->text();
}

QString ChartFrame::valueLine() const {
    return value_->text();
}

void ChartFrame::sayValue(const QString& value) {
    value_->setText(value.isEmpty() ? hint_ : value);
    if (drawing_ != nullptr && !value.isEmpty()) drawing_->setAccessibleDescription(value);
}

void ChartFrame::setHint(const QString& hint) {
    hint_ = hint;
    value_->setText(hint);
}

std::function<StatisticTable()> ChartFrame::numbersForFile() const {
    return [table = numbers()] { return table; };
}

}  // namespace gatescope
