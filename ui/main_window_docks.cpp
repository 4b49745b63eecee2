// The docks of the window: which there are, where they lie, and in which workspaces they are seen.
#include <QDockWidget>
#include <QEvent>
#include <QLabel>
#include <QLayout>
#include <QScrollArea>
#include <QSet>
#include <algorithm>
#include <memory>
#include <vector>

#include "ui/compare/compare_panel.h"
#include "ui/compare/find_panel.h"
#include "ui/conversations/conversation_panel.h"
#include "ui/docks/model_panel.h"
#include "ui/inspection/alternatives_card.h"
#include "ui/inspection/token_panel.h"
#include "ui/main_window_impl.h"
#include "ui/routing/heatmap_panel.h"
#include "ui/routing/waterfall_panel.h"
#include "ui/statistics/chart_panel.h"
#include "ui/window/window_actions.h"
#include "ui/window/workspaces.h"

namespace gatescope {
namespace {

constexpr int kStackHeight = 340;  ///< px that two texts above each other take

constexpr QSize kLeastDock{200, 72};  ///< px: from there on its content is scrolled

/// What a dock holds: as large as it likes, scrolled where a small screen or large type leaves less
/// room than it needs.
class DockArea : public QScrollArea {
  public:
    explicit DockArea(QWidget* content) {
        setFrameShape(QFrame::NoFrame);
        setFocusPolicy(Qt::NoFocus);  // what is in it has the keys
        setWidget(content);
    }
    QSize sizeHint() const override { return widget()->sizeHint(); }
    QSize minimumSizeHint() const override {
        return widget()
            ->minimumSizeHint()
            .expandedTo(widget()->minimumSize())
            .boundedTo(kLeastDock);
    }

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override {
        if (watched == widget() && event->type() == QEvent::LayoutRequest) {
            updateGeometry();
            fit();
        }
        return QScrollArea::eventFilter(watched, event);
    }
    void resizeEvent(QResizeEvent* event) override {
        fit();
        QScrollArea::resizeEvent(event);
    }

  private:
    // Qt's own way gives content that wraps the height it would like, and scrolls too early.
    void fit() {
        const QSize least = widget()->minimumSizeHint().expandedTo(widget()->minimumSize());
        const QSize room = viewport()->size().expandedTo(least);
        const QLayout* layout = widget()->layout();
        const int wrapped = layout != nullptr && layout->hasHeightForWidth()
                                ? layout->minimumHeightForWidth(room.width())
                                : 0;
        widget()->resize(room.width(), std::max(room.height(), wrapped));
    }
};

}  // namespace

QDockWidget* MainWindow::Impl::addDock(Qt::DockWidgetArea area,
                                       const QString& name,
                                       const QString& title,
                                       const QStringList& seenIn,
                                       QWidget* content) {
    auto* dock = new QDockWidget(title, &window);
    dock->setObjectName(name);
    // The list scrolls by itself, and the waterfall knows how to be low.
    const bool fits = content == conversations || content == waterfall;
    dock->setWidget(fits ? content : new DockArea(content));
    dock->setAccessibleName(title);
    // A label of our own as title: the native one keeps the type size it was made with.
    auto* head = new QLabel(title);
    head->setProperty("kind", QStringLiteral("dock-title"));
    head->setFont(theme.font(FontRole::Body));
    dock->setTitleBarWidget(head);
    dock->setFeatures(QDockWidget::DockWidgetMovable | QDockWidget::DockWidgetClosable);
    window.addDockWidget(area, dock);
    actions->addDock(dock->toggleViewAction());
    if (content != conversations) actions->addTo(*dock);
    workspaces->add(dock, seenIn);
    docks.append(dock);
    return dock;
}

void MainWindow::Impl::buildDocks() {
    const QString chatting = QStringLiteral("chat");
    const QString inspecting = QStringLiteral("inspect");
    const QString presenting = QStringLiteral("present");
    workspaces = new Workspaces(window, theme, settings.store());
    conversations = new ConversationPanel(bridge, theme);
    auto* left = addDock(Qt::LeftDockWidgetArea,
                         QStringLiteral("conversations"),
                         MainWindow::tr("Conversations"),
                         {chatting, inspecting},
                         conversations);
    left->setTitleBarWidget(new QWidget);  // the panel has its own head
    heatmap = new HeatmapPanel(context);
    auto* right = addDock(Qt::RightDockWidgetArea,
                          QStringLiteral("routing"),
                          MainWindow::tr("Routing"),
                          {inspecting, presenting},
                          heatmap);
    waterfall = new WaterfallPanel(context);
    auto* below = addDock(Qt::BottomDockWidgetArea,
                          QStringLiteral("waterfall"),
                          MainWindow::tr("Waterfall"),
                          {inspecting},
                          waterfall);
    QDockWidget* statistics = buildStatisticsDocks({inspecting});
    auto* model = addDock(Qt::RightDockWidgetArea,
                          QStringLiteral("model"),
                          MainWindow::tr("Model"),
                          {inspecting},
                          new ModelPanel(bridge, theme));
    window.tabifyDockWidget(right, model);  // a tree and a histogram need its height
    right->raise();
    buildComparisonDocks(below);
    window.resizeDocks({left, right}, {240, 460}, Qt::Horizontal);
    window.resizeDocks({right, statistics}, {400, 320}, Qt::Vertical);
    window.resizeDocks({below}, {230}, Qt::Vertical);
    window.setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
    window.setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
}

/// One behind the other, below the heatmap; gives the one in front.
QDockWidget* MainWindow::Impl::buildStatisticsDocks(const QStringList& seenIn) {
    std::vector<std::unique_ptr<ChartPanel>> charts;
    if (options.makeCharts) charts = options.makeCharts(context);
    for (auto& panel : makeStatisticsPanels(context)) charts.push_back(std::move(panel));
    QDockWidget* front = nullptr;
    const auto add = [&](const QString& name, const QString& title, QWidget* content) {
        QDockWidget* dock = addDock(Qt::RightDockWidgetArea, name, title, seenIn, content);
        if (front != nullptr) window.tabifyDockWidget(front, dock);
        if (front == nullptr) front = dock;
    };
    for (auto& chart : charts) {
        const QString name = chart->dockName();
        const QString title = chart->dockTitle();
        add(name, title, chart.release());
    }
    token = new TokenPanel(context);
    alternatives = new AlternativesCard(context, &window);
    add(QStringLiteral("token"), MainWindow::tr("Inside a token"), token);
    front->raise();
    return front;
}

/// Seen when they are asked for, in the place of `below`.
void MainWindow::Impl::buildComparisonDocks(QDockWidget* below) {
    compare = new ComparePanel(context);
    auto* comparing = addDock(Qt::BottomDockWidgetArea,
                              QStringLiteral("compare"),
                              MainWindow::tr("Compare"),
                              {},
                              compare);
    auto* finding = addDock(Qt::BottomDockWidgetArea,
                            QStringLiteral("find"),
                            MainWindow::tr("Find experts"),
                            {},
                            new FindPanel(context));
    stackWhenShown({below, comparing, finding});
    for (QDockWidget* dock : {comparing, finding})
        dock->hide();  // also where a layout was kept before there was one
}

// One behind the other, each from when it is wanted for the first time: Qt would show the bar of
// docks that are hidden, empty and without a name.
void MainWindow::Impl::stackWhenShown(const QList<QDockWidget*>& all) {
    const auto stacked = std::make_shared<QSet<QDockWidget*>>();
    for (QDockWidget* dock : all)
        QObject::connect(dock, &QDockWidget::visibilityChanged, &window, [=, this] {
            if (dock->isHidden() || stacked->contains(dock)) return;
            for (QDockWidget* other : all) {
                if (other == dock || other->isHidden()) continue;
                stacked->insert(dock);  // afterwards it stays where a person puts it
                if (!window.tabifiedDockWidgets(other).contains(dock))
                    window.tabifyDockWidget(other, dock);
                dock->raise();
                if (dock->height() < kStackHeight)
                    window.resizeDocks({dock}, {kStackHeight}, Qt::Vertical);
                return;
            }
        });
}

}  // namespace gatescope
