#include "ui/charts/chart_frame.h"

#include <QChart>
#include <QChartView>
#include <QHBoxLayout>
#include <QLabel>
#include <QMouseEvent>
#include <QPlainTextEdit>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <QValueAxis>

namespace gatescope {
namespace {

// Ten pictures a second: more cannot be read, and a chart costs some milliseconds.
constexpr std::chrono::milliseconds kPace{100};

}  // namespace

ChartFrame::ChartFrame(const ViewContext& context)
    : bridge_(context.bridge),
      selection_(context.selection),
      routing_(context.routing),
      theme_(context.theme),
      chart_(new QChart) {
    build();
    pace_.setSingleShot(true);
    connect(&pace_, &QTimer::timeout, this, &ChartFrame::refreshNow);
    connect(&bridge_, &EngineBridge::traceGrew, this, [this](int firstToken) {
        traceChanged(firstToken);
        invalidate();
    });
    connect(&bridge_, &EngineBridge::branchOpened, this, [this] {
        traceChanged(0);
        invalidate();
    });
    connect(&routing_, &BranchRouting::changed, this, &ChartFrame::invalidate);
    connect(&theme_, &Theme::changed, this, &ChartFrame::applyTheme);
    QTimer::singleShot(0, this, &ChartFrame::applyTheme);  // when the subclass is complete
}

void ChartFrame::build() {
    chart_->setAnimationOptions(QChart::NoAnimation);
    chart_->setBackgroundVisible(false);
    chart_->setMargins(QMargins(0, 0, 0, 0));
    chart_->legend()->hide();
    view_ = new QChartView(chart_);
    view_->setFrameShape(QFrame::NoFrame);
    view_->setBackgroundBrush(Qt::NoBrush);
    view_->setRenderHint(QPainter::Antialiasing);
    view_->setMinimumHeight(theme_.space(15));
    view_->viewport()->installEventFilter(this);
    table_ = new QPlainTextEdit;
    table_->setReadOnly(true);
    table_->setFrameShape(QFrame::NoFrame);
    table_->setLineWrapMode(QPlainTextEdit::NoWrap);
    table_->setAccessibleName(tr("The chart's numbers as a table"));
    pages_ = new QStackedWidget;
    pages_->addWidget(view_);
    pages_->addWidget(table_);
    summary_ = new QLabel;
    summary_->setProperty("kind", QStringLiteral("muted"));
    summary_->setWordWrap(true);
    tableButton_ = new QToolButton;
    tableButton_->setText(tr("Table"));
    tableButton_->setCheckable(true);
    tableButton_->setToolTip(tr("Show the numbers instead of the drawing"));
    connect(tableButton_, &QToolButton::toggled, this, &ChartFrame::showTable);

    auto* layout = new QVBoxLayout(this);
    const int edge = theme_.space(3);
    layout->setContentsMargins(edge, theme_.space(2), edge, theme_.space(2));
    layout->setSpacing(theme_.space(1));
    auto* head = new QHBoxLayout;
    head->addWidget(summary_, 1);
    head->addWidget(tableButton_, 0, Qt::AlignTop);
    layout->addLayout(head);
    layout->addWidget(pages_, 1);
}

void ChartFrame::applyTheme() {
    summary_->setFont(theme_.font(FontRole::Small));
    table_->setFont(theme_.font(FontRole::MonoSmall));
    chart_->setPlotAreaBackgroundBrush(theme_.color(ColorRole::Sunken));
    chart_->setPlotAreaBackgroundVisible(true);
    applyColors();
}

void ChartFrame::styleAxis(QValueAxis& axis, const QColor& labels) const {
    axis.setTruncateLabels(false);  // "..." says nothing, and there is always room for a number
    axis.setLabelsFont(theme_.font(FontRole::Tiny));
    axis.setLabelsColor(labels);
    axis.setGridLineColor(theme_.color(ColorRole::Border));
    axis.setLinePenColor(theme_.color(ColorRole::Border));
}

void ChartFrame::invalidate() {
    stale_ = true;
    if (isVisible() && !pace_.isActive()) pace_.start(kPace);
}

void ChartFrame::refreshNow() {
    if (!isVisible()) return;  // showEvent asks again
    stale_ = false;
    rebuild();
    const QString text = describe();
    summary_->setText(text);
    view_->setAccessibleName(dockTitle());
    view_->setAccessibleDescription(text);
    if (tableButton_->isChecked()) table_->setPlainText(asTable());
}

void ChartFrame::showEvent(QShowEvent* event) {
    ChartPanel::showEvent(event);
    if (stale_) refreshNow();
}

void ChartFrame::showTable(bool table) {
    if (table) table_->setPlainText(asTable());
    pages_->setCurrentWidget(table ? static_cast<QWidget*>(table_) : view_);
}

bool ChartFrame::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::MouseButtonPress && !chart_->series().isEmpty()) {
        const QPointF at = static_cast<QMouseEvent*>(event)->position();
        if (chart_->plotArea().contains(at)) plotClicked(chart_->mapToValue(at));
    }
    return ChartPanel::eventFilter(watched, event);
}

QString ChartFrame::summary() const {
    return summary_->text();
}

}  // namespace gatescope
