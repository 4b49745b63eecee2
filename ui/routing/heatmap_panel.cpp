#include "ui/routing/heatmap_panel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/chat/eliding_label.h"
#include "ui/provenance_badge.h"
#include "ui/routing/cell_menu.h"
#include "ui/routing/heatmap_controls.h"
#include "ui/routing/heatmap_legend.h"
#include "ui/routing/heatmap_widget.h"
#include "ui/routing/intervention_edits.h"
#include "ui/routing/intervention_words.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

QLabel* makeLabel(const char* kind) {
    auto* label = new QLabel;
    label->setProperty("kind", QString::fromLatin1(kind));
    return label;
}

}  // namespace

HeatmapPanel::HeatmapPanel(const ViewContext& context, QWidget* parent)
    : QWidget(parent),
      bridge_(context.bridge),
      selection_(context.selection),
      routing_(context.routing),
      theme_(context.theme),
      source_(context.bridge, context.routing) {
    setObjectName(QStringLiteral("heatmapPanel"));
    auto* layout = new QVBoxLayout(this);
    const int edge = theme_.space(3);
    layout->setContentsMargins(edge, edge, edge, edge);
    layout->setSpacing(theme_.space(2));
    layout->addWidget(makeHeader());
    controls_ = new HeatmapControls(theme_);
    source_.setHalfLife(controls_->halfLife());
    layout->addWidget(controls_);
    layout->addWidget(makeBody(), 1);
    legend_ = new HeatmapLegend(theme_);
    layout->addWidget(legend_);
    layout->addWidget(makeActions());
    wire();
    wireControls();
    refreshScale();
    refresh();
}

QWidget* HeatmapPanel::makeHeader() {
    auto* row = new QWidget;
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    tokenLine_ = new ElidingLabel;  // long token texts must not widen the dock
    tokenLine_->setProperty("kind", QStringLiteral("muted"));
    tokenLine_->setObjectName(QStringLiteral("heatmapToken"));
    badge_ = new ProvenanceBadge;
    badge_->setObjectName(QStringLiteral("heatmapBadge"));
    layout->addWidget(tokenLine_, 1);
    layout->addWidget(badge_);
    return row;
}

QWidget* HeatmapPanel::makeBody() {
    heatmap_ = new HeatmapWidget(theme_);
    scroll_ = new QScrollArea;
    scroll_->setWidget(heatmap_);
    scroll_->setWidgetResizable(true);
    scroll_->setFrameShape(QFrame::NoFrame);
    scroll_->setFocusPolicy(Qt::NoFocus);
    empty_ = makeLabel("faint");
    empty_->setAlignment(Qt::AlignCenter);
    empty_->setWordWrap(true);
    empty_->setMargin(theme_.space(6));
    empty_->setObjectName(QStringLiteral("heatmapEmpty"));
    stack_ = new QStackedWidget;
    stack_->setMinimumHeight(theme_.space(15));  // on a small screen it is what gives way
    stack_->addWidget(empty_);
    stack_->addWidget(scroll_);
    return stack_;
}

QWidget* HeatmapPanel::makeActions() {
    auto* box = new QWidget;
    auto* layout = new QVBoxLayout(box);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(theme_.space(2));
    valueLine_ = new ElidingLabel;
    valueLine_->setProperty("kind", QStringLiteral("muted"));
    valueLine_->setObjectName(QStringLiteral("heatmapValue"));
    layout->addWidget(valueLine_);
    auto* row = new QHBoxLayout;
    row->setSpacing(theme_.space(2));
    const auto makeButton = [&](const QString& text, const QString& hint, const char* name) {
        auto* button = new QPushButton(text);
        button->setToolTip(hint);
        button->setObjectName(QString::fromLatin1(name));
        row->addWidget(button, 1);
        return button;
    };
    ablate_ = makeButton(tr("Ablate"), tr("Take this expert's output away"), "ablateExpert");
    force_ = makeButton(tr("Force"), tr("Select this expert for every token"), "forceExpert");
    clear_ = makeButton(tr("Clear"), tr("Leave this expert to the model"), "clearExpert");
    ablate_->setCheckable(true);
    force_->setCheckable(true);
    layout->addLayout(row);
    return box;
}

void HeatmapPanel::wire() {
    connect(&bridge_, &EngineBridge::traceGrew, this, &HeatmapPanel::traceChanged);
    connect(&bridge_, &EngineBridge::branchOpened, this, [this] { traceChanged(0); });
    connect(&bridge_, &EngineBridge::modelUsableAlready, this, &HeatmapPanel::refresh);
    connect(&bridge_, &EngineBridge::interventionsUpdated, this, &HeatmapPanel::refresh);
    connect(&selection_, &Selection::tokenSelected, this, [this] {
        hovered_.reset();  // a mouse that rests somewhere must not hold up a replay
        refresh();
    });
    connect(&selection_, &Selection::tokenHovered, this, [this](std::optional<int> token) {
        hovered_ = token;
        if (isOfToken(mode_)) refresh();
    });
    connect(&selection_, &Selection::siteHovered, heatmap_, &HeatmapWidget::setHintedSite);
    connect(&routing_, &BranchRouting::changed, this, [this] {
        pinIfCounted();
        if (!isOfToken(mode_)) refresh();
    });
    connect(&selection_, &Selection::siteSelected, this, [this] {
        heatmap_->setPickedSite(selection_.site());
        keepPickedVisible();
        refreshValueLine();
        refreshActions();
    });
    connect(heatmap_, &HeatmapWidget::sitePicked, &selection_, [this](ExpertSite site) {
        selection_.selectSite(site);
    });
    connect(heatmap_, &HeatmapWidget::siteHovered, this, [this](std::optional<ExpertSite> site) {
        selection_.hoverSite(site);
        refreshValueLine();
    });
    connect(heatmap_, &HeatmapWidget::clearInterventionsRequested, this, [this] {
        applyInterventions({});
    });
    connect(heatmap_, &HeatmapWidget::menuRequested, this, [this](ExpertSite site, QPoint at) {
        QMenu* menu = makeCellMenu(site);
        menu->setAttribute(Qt::WA_DeleteOnClose);
        menu->popup(at);
    });
    const auto toggles = [this](QPushButton* button, auto with) {
        connect(button, &QPushButton::clicked, this, [this, with](bool on) {
            const ExpertSite site = *selection_.site();
            const InterventionSet& set = bridge_.session().interventions();
            applyInterventions(on ? with(set, site) : withoutSite(set, site));
        });
    };
    toggles(ablate_, withAblated);
    toggles(force_, withForced);
    connect(clear_, &QPushButton::clicked, this, [this] {
        applyInterventions(withoutSite(bridge_.session().interventions(), *selection_.site()));
    });
}

void HeatmapPanel::wireControls() {
    connect(controls_, &HeatmapControls::modeChosen, this, [this](HeatmapMode mode) {
        mode_ = mode;
        refresh();
    });
    connect(controls_, &HeatmapControls::halfLifeChosen, this, [this](int tokens) {
        source_.setHalfLife(tokens);
        refresh();
    });
    connect(
        controls_, &HeatmapControls::populationChosen, &routing_, [this](Population population) {
            routing_.setPopulation(population);
        });
    connect(&routing_, &BranchRouting::changed, controls_, [this] {
        controls_->showPopulation(routing_.population());
    });
    connect(controls_, &HeatmapControls::pinRequested, this, &HeatmapPanel::pinBaseline);
    connect(controls_, &HeatmapControls::colorsChosen, this, &HeatmapPanel::refreshScale);
    connect(heatmap_, &HeatmapWidget::modeStepRequested, controls_, &HeatmapControls::stepMode);
}

void HeatmapPanel::applyInterventions(const InterventionSet& set) {
    bridge_.run([&set](ChatSession& session) { session.setInterventions(set); });
    refreshActions();  // also when it was refused: the buttons say what is in force
}

QMenu* HeatmapPanel::makeCellMenu(ExpertSite site) {
    const ChatSession& session = bridge_.session();
    const HeatmapFrame& frame = heatmap_->frame();
    const CellMenuInputs inputs{
        .inForce = session.interventions(),
        .sites = heatmap_->sitesWith(site),
        .numExperts = frame.numExperts,
        .numSelected = session.model() ? session.model()->config.numSelected : 0,
        .undo = session.undoStep() ? undoText(session.undoStep()) : QString(),
        .redo = session.redoStep() ? redoText(session.redoStep()) : QString()};
    const auto run = [this](void (ChatSession::*step)()) {
        bridge_.run([step](ChatSession& s) { (s.*step)(); });
    };
    return gatescope::makeCellMenu(this,
                                   inputs,
                                   {.apply = [this](const auto& set) { applyInterventions(set); },
                                    .restrict = [this] { Q_EMIT scopeRequested(); },
                                    .undo = [run] { run(&ChatSession::undoInterventions); },
                                    .redo = [run] { run(&ChatSession::redoInterventions); }});
}

void HeatmapPanel::setMode(Mode mode) {
    controls_->setMode(mode);
}

void HeatmapPanel::pinBaseline() {
    pin_ = Pin{selection_.range(), routing_.population()};
    pinIfCounted();
}

void HeatmapPanel::pinIfCounted() {
    if (!pin_) return;
    const bool givenUp = *pin_ != Pin{selection_.range(), routing_.population()};
    if (givenUp || source_.pinBaseline()) {
        pin_.reset();
        refresh();
    }
}

std::optional<int> HeatmapPanel::displayedToken() const {
    const ChatSession& session = bridge_.session();
    const auto wanted = hovered_ ? hovered_ : selection_.token();
    if (wanted) {
        const int token = *wanted;
        if (token < 0 || token >= session.traceSize() || !session.traceToken(token).routing) {
            return std::nullopt;
        }
        return token;
    }
    for (int token = session.traceSize() - 1; token >= 0; --token) {
        if (session.traceToken(token).routing) return token;
    }
    return std::nullopt;
}

std::vector<std::vector<float>> HeatmapPanel::displayedValues() {
    if (!isOfToken(mode_)) routing_.countNow();
    if (stale_ || !isOfToken(mode_)) rebuild();
    const HeatmapFrame& frame = heatmap_->frame();
    std::vector<std::vector<float>> rows;
    for (int layer = 0; layer < frame.numLayers; ++layer) {
        const auto row =
            std::span(frame.values)
                .subspan(frame.index({{layer}, {0}}), static_cast<std::size_t>(frame.numExperts));
        rows.emplace_back(row.begin(), row.end());
    }
    return rows;
}

void HeatmapPanel::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (stale_) rebuild();
}

void HeatmapPanel::traceChanged(int firstToken) {
    source_.replacedFrom(firstToken);
    if (selection_.token() && isOfToken(mode_) && firstToken > *selection_.token()) {
        refreshText(displayedToken());
        return;  // what is shown did not change
    }
    refresh();
}

void HeatmapPanel::refresh() {
    stale_ = true;
    if (isVisible()) rebuild();
}

void HeatmapPanel::rebuild() {
    stale_ = false;
    const ChatSession& session = bridge_.session();
    const std::optional<int> token = displayedToken();
    HeatmapFrame frame = source_.frame(mode_, token);
    legend_->setVisible(!frame.empty());
    stack_->setCurrentWidget(frame.empty() ? static_cast<QWidget*>(empty_) : scroll_);
    heatmap_->setFrame(std::move(frame));
    heatmap_->setPickedSite(selection_.site());
    refreshText(token);
    badge_->showFor(session);
    if (heatmap_->frame().empty()) badge_->hide();
    refreshScale();
    refreshValueLine();
    refreshActions();
}

void HeatmapPanel::keepPickedVisible() {
    const auto site = heatmap_->pickedSite();
    if (!site) return;
    const QRect cell = heatmap_->geometryOfCells().cellRect(*site);
    scroll_->ensureVisible(cell.center().x(), cell.center().y(), cell.width(), cell.height());
}

QString HeatmapPanel::badgeText() const {
    return badge_->text();
}

QString HeatmapPanel::valueLine() const {
    return valueLine_->text();
}

}  // namespace gatescope
