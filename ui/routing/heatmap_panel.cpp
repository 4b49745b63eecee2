#include "ui/routing/heatmap_panel.h"

#include <QButtonGroup>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <array>

#include "ui/chat/eliding_label.h"
#include "ui/chat/visible_text.h"
#include "ui/docks/flow_layout.h"
#include "ui/provenance_badge.h"
#include "ui/routing/cell_menu.h"
#include "ui/routing/heatmap_legend.h"
#include "ui/routing/heatmap_widget.h"
#include "ui/routing/intervention_edits.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr std::array kPowers{1.0, 0.5, 0.33};
constexpr int kDefaultPower = 1;  // of kPowers: most probabilities lie near the lower end
constexpr std::array kMaps{ColorMapKind::Cividis, ColorMapKind::Viridis, ColorMapKind::Grey};

HeatmapFrame statsFrame(const RoutingStats& stats, HeatmapPanel::Mode mode) {
    std::vector<float> values;
    for (int layer = 0; layer < stats.numLayers(); ++layer) {
        for (int expert = 0; expert < stats.numExperts(); ++expert) {
            const double value = mode == HeatmapPanel::Mode::Mean
                                     ? stats.importance(layer, expert) / stats.tokens()
                                     : stats.tokenShare(layer, expert);
            values.push_back(static_cast<float>(value));
        }
    }
    return averageFrame(stats.numLayers(), stats.numExperts(), std::move(values));
}

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
      theme_(context.theme) {
    setObjectName(QStringLiteral("heatmapPanel"));
    auto* layout = new QVBoxLayout(this);
    const int edge = theme_.space(3);
    layout->setContentsMargins(edge, edge, edge, edge);
    layout->setSpacing(theme_.space(2));
    layout->addWidget(makeHeader());
    layout->addWidget(makeModeRow());
    layout->addWidget(makeBody(), 1);
    legend_ = new HeatmapLegend(theme_);
    layout->addWidget(legend_);
    layout->addWidget(makeActions());
    wire();
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

QWidget* HeatmapPanel::makeModeRow() {
    auto* row = new QWidget;
    auto* layout = new FlowLayout(theme_.space(1), row);  // the dock may be narrow
    layout->setContentsMargins(0, 0, 0, 0);
    auto* segments = new QFrame;
    segments->setProperty("kind", QStringLiteral("segments"));
    auto* inside = new QHBoxLayout(segments);
    inside->setContentsMargins(2, 2, 2, 2);
    inside->setSpacing(2);
    modes_ = new QButtonGroup(this);
    const std::array titles{tr("Now"), tr("Mean"), tr("Share")};
    const std::array hints{tr("Router probabilities of one token"),
                           tr("Mean router probability over the conversation"),
                           tr("How often each expert was selected in the conversation")};
    for (std::size_t i = 0; i < titles.size(); ++i) {
        auto* button = new QToolButton;
        button->setProperty("kind", QStringLiteral("segment"));
        button->setText(titles[i]);
        button->setToolTip(hints[i]);
        button->setCheckable(true);
        modes_->addButton(button, static_cast<int>(i));
        inside->addWidget(button);
    }
    modes_->button(0)->setChecked(true);
    layout->addWidget(segments);
    maps_ = new QComboBox;
    maps_->setAccessibleName(tr("Colour map"));
    maps_->setToolTip(maps_->accessibleName());
    for (const ColorMapKind kind : kMaps) maps_->addItem(colorMapTitle(kind));
    powers_ = new QComboBox;
    powers_->setAccessibleName(tr("Colour scale"));
    powers_->setToolTip(tr("Power of the colour scale: below 1 spreads small values"));
    for (const double power : kPowers) {
        powers_->addItem(power == 1.0 ? tr("linear") : tr("power %1").arg(power));
    }
    powers_->setCurrentIndex(kDefaultPower);
    auto* scale = new QWidget;  // both go to the next line together
    scale->setMinimumHeight(segments->sizeHint().height());
    auto* beside = new QHBoxLayout(scale);
    beside->setContentsMargins(0, 0, 0, 0);
    beside->setSpacing(theme_.space(1));
    beside->addWidget(maps_);
    beside->addWidget(powers_);
    layout->addWidget(scale);
    return row;
}

QWidget* HeatmapPanel::makeBody() {
    heatmap_ = new HeatmapWidget(theme_);
    scroll_ = new QScrollArea;
    scroll_->setWidget(heatmap_);
    scroll_->setWidgetResizable(true);
    scroll_->setFrameShape(QFrame::NoFrame);
    scroll_->setFocusPolicy(Qt::NoFocus);
    scroll_->setMinimumHeight(theme_.space(20));
    empty_ = makeLabel("faint");
    empty_->setAlignment(Qt::AlignCenter);
    empty_->setWordWrap(true);
    empty_->setMargin(theme_.space(6));
    empty_->setObjectName(QStringLiteral("heatmapEmpty"));
    stack_ = new QStackedWidget;
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
    connect(&selection_, &Selection::tokenSelected, this, &HeatmapPanel::refresh);
    connect(&selection_, &Selection::tokenHovered, this, [this] {
        if (mode_ == Mode::Now) refresh();
    });
    connect(&routing_, &BranchRouting::changed, this, [this] {
        if (mode_ != Mode::Now) refresh();
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
        refreshValueLine();
        selection_.hoverSite(site);
    });
    connect(heatmap_, &HeatmapWidget::tokenStepRequested, this, &HeatmapPanel::stepToken);
    connect(heatmap_, &HeatmapWidget::clearInterventionsRequested, this, [this] {
        applyInterventions({});
    });
    connect(heatmap_, &HeatmapWidget::menuRequested, this, [this](ExpertSite site, QPoint at) {
        QMenu* menu = makeCellMenu(site);
        menu->setAttribute(Qt::WA_DeleteOnClose);
        menu->popup(at);
    });
    connect(
        modes_, &QButtonGroup::idClicked, this, [this](int id) { setMode(static_cast<Mode>(id)); });
    connect(maps_, &QComboBox::currentIndexChanged, this, &HeatmapPanel::refreshScale);
    connect(powers_, &QComboBox::currentIndexChanged, this, &HeatmapPanel::refreshScale);
    connect(ablate_, &QPushButton::clicked, this, [this](bool on) {
        const ExpertSite site = *selection_.site();
        const InterventionSet& set = bridge_.session().interventions();
        applyInterventions(on ? withAblated(set, site) : withoutSite(set, site));
    });
    connect(force_, &QPushButton::clicked, this, [this](bool on) {
        const ExpertSite site = *selection_.site();
        const InterventionSet& set = bridge_.session().interventions();
        applyInterventions(on ? withForced(set, site) : withoutSite(set, site));
    });
    connect(clear_, &QPushButton::clicked, this, [this] {
        applyInterventions(withoutSite(bridge_.session().interventions(), *selection_.site()));
    });
}

void HeatmapPanel::applyInterventions(const InterventionSet& set) {
    bridge_.run([&set](ChatSession& session) { session.setInterventions(set); });
    refreshActions();  // also when it was refused: the buttons say what is in force
}

QMenu* HeatmapPanel::makeCellMenu(ExpertSite site) {
    return gatescope::makeCellMenu(this,
                                   bridge_.session().interventions(),
                                   site,
                                   heatmap_->frame().numExperts,
                                   [this](const auto& set) { applyInterventions(set); });
}

void HeatmapPanel::setMode(Mode mode) {
    mode_ = mode;
    modes_->button(static_cast<int>(mode))->setChecked(true);
    refresh();
}

std::optional<int> HeatmapPanel::displayedToken() const {
    const ChatSession& session = bridge_.session();
    // The token under the mouse shows itself while it is pointed at.
    if (const auto wanted =
            selection_.hoveredToken() ? selection_.hoveredToken() : selection_.token()) {
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
    if (mode_ != Mode::Now) routing_.countNow();
    if (stale_ || mode_ != Mode::Now) rebuild();
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
    if (selection_.token() && mode_ == Mode::Now && firstToken > *selection_.token()) {
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
    HeatmapFrame frame;
    if (mode_ == Mode::Now && token) {
        std::vector<RoutingRecordPtr> before;
        for (int i = std::max(0, *token - kGlowTokens); i < *token; ++i) {
            before.push_back(session.traceToken(i).routing);
        }
        frame = tokenFrame(*session.traceToken(*token).routing, before);
    } else if (mode_ != Mode::Now) {
        if (const RoutingStats* stats = routing_.stats()) frame = statsFrame(*stats, mode_);
    }
    if (!frame.empty()) markInterventions(frame, session.interventions());
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

void HeatmapPanel::refreshText(std::optional<int> token) {
    const ChatSession& session = bridge_.session();
    if (!session.model() && session.traceSize() == 0) {
        empty_->setText(
            tr("No model yet.\nOpen one, or try the demo: every token it reads or "
               "writes shows here which experts it went through."));
    } else if (selection_.token()) {
        empty_->setText(tr("This token has not gone through the model."));
    } else {
        empty_->setText(
            tr("Nothing routed yet.\nSend a message: each token lights up its experts, "
               "layer by layer."));
    }
    if (heatmap_->frame().empty()) {
        tokenLine_->clear();
    } else if (mode_ != Mode::Now) {
        tokenLine_->setText(routing_.describeCounted());
    } else if (token) {
        QString line =
            tr("token %1 of %2 · “%3”")
                .arg(*token)
                .arg(session.traceSize())
                .arg(visibleLine(QString::fromStdString(session.traceToken(*token).text)));
        const auto message = static_cast<std::size_t>(session.messageOfToken(*token));
        if (session.messages()[message].interventions != session.interventions()) {
            line += tr(" · other interventions");
        }
        tokenLine_->setText(line);
    }
    tokenLine_->setToolTip(tokenLine_->text());
}

void HeatmapPanel::refreshScale() {
    const ColorMap map(kMaps[static_cast<std::size_t>(maps_->currentIndex())],
                       kPowers[static_cast<std::size_t>(powers_->currentIndex())]);
    const ColorMap& used = heatmap_->colorMap();
    if (map.kind() != used.kind() || map.power() != used.power()) heatmap_->setColorMap(map);
    legend_->setColorMap(map);
    const HeatmapFrame& frame = heatmap_->frame();
    legend_->setShowsChoices(frame.singleToken);
    std::optional<double> chance;
    if (!frame.empty() && mode_ != Mode::Share) chance = 1.0 / frame.numExperts;
    if (!frame.empty() && mode_ == Mode::Share) {
        chance = static_cast<double>(routing_.numSelected()) / frame.numExperts;
    }
    legend_->setChance(chance);
    switch (mode_) {
        case Mode::Now:
            legend_->setQuantity(tr("router probability"));
            break;
        case Mode::Mean:
            legend_->setQuantity(tr("mean router probability"));
            break;
        case Mode::Share:
            legend_->setQuantity(tr("share of tokens that selected it"));
            break;
    }
}

void HeatmapPanel::refreshValueLine() {
    const auto hovered = heatmap_->hoveredSite();
    const auto site = hovered ? hovered : heatmap_->pickedSite();
    if (site && heatmap_->frame().contains(*site)) {
        valueLine_->setText(describeCell(heatmap_->frame(), *site));
    } else {
        valueLine_->setText(heatmap_->frame().empty() ? QString()
                                                      : tr("Point at a cell, or walk with arrows"));
    }
}

void HeatmapPanel::refreshActions() {
    const auto site = selection_.site();
    const InterventionSet& set = bridge_.session().interventions();
    const bool can = site && !bridge_.session().isReplay() && heatmap_->frame().contains(*site);
    const bool ablated = can && isAblated(set, *site);
    const bool forced = can && isForced(set, *site);
    ablate_->setEnabled(can);
    force_->setEnabled(can);
    clear_->setEnabled(can && withoutSite(set, *site) != set);
    ablate_->setChecked(ablated);
    force_->setChecked(forced);
}

void HeatmapPanel::keepPickedVisible() {
    const auto site = heatmap_->pickedSite();
    if (!site) return;
    const QRect cell = heatmap_->geometryOfCells().cellRect(*site);
    scroll_->ensureVisible(cell.center().x(), cell.center().y(), cell.width(), cell.height());
}

void HeatmapPanel::stepToken(int step) {
    const auto shown = displayedToken();
    if (!shown) return;
    selection_.selectToken(
        std::clamp(*shown + step, 0, std::max(0, bridge_.session().traceSize() - 1)));
}

QString HeatmapPanel::badgeText() const {
    return badge_->text();
}

QString HeatmapPanel::valueLine() const {
    return valueLine_->text();
}

}  // namespace gatescope
