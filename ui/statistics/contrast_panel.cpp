#include "ui/statistics/contrast_panel.h"

#include <QPushButton>
#include <algorithm>
#include <limits>

#include "ui/statistics/statistic_text.h"

namespace gatescope {
namespace {

constexpr double kNotCounted = std::numeric_limits<double>::quiet_NaN();

/// As `analyse --against` has it.
StatisticRow rowOf(const Contrast& c) {
    return {{c.layer, c.expert},
            "contrast",
            {.value = c.difference,
             .count = std::min(c.tokensA, c.tokensB),
             .chance = ChanceBand{0, kNotCounted, kNotCounted},
             .thin = c.thin},
            ChanceBand{c.difference, c.low, c.high}};
}

}  // namespace

ContrastPanel::ContrastPanel(const ViewContext& context) : ChartFrame(context) {
    pin_ = new QPushButton(tr("Pin this"));
    pin_->setToolTip(tr("Keep these tokens' load, to hold another range or version against it"));
    unpin_ = new QPushButton(tr("Unpin"));
    connect(pin_, &QPushButton::clicked, this, &ContrastPanel::pin);
    connect(unpin_, &QPushButton::clicked, this, &ContrastPanel::unpin);
    addOption(pin_);
    addOption(unpin_);
    bars_ = new ContrastBars(theme_);
    setDrawing(bars_);
    setHint(tr("Lines are 95 % intervals of the difference; a filled dot stands out from zero"));
    connect(bars_, &ContrastBars::expertHovered, this, &ContrastPanel::sayExpert);
    connect(bars_, &ContrastBars::expertPicked, this, [this](int expert) {
        selection_.selectSite(ExpertSite{{layer_}, {expert}});
    });
    connect(&selection_, &Selection::siteSelected, this, &ContrastPanel::invalidate);
}

QString ContrastPanel::titleOfNow() const {
    QString title = routing_.describeCounted();
    const ChatSession& session = bridge_.session();
    const int last = static_cast<int>(session.messages().size()) - 1;
    if (last < 0) return title;
    const Version version = session.version(last);
    if (version.count > 1)
        title += tr(", version %1 of %2").arg(version.index + 1).arg(version.count);
    return title;
}

void ContrastPanel::pin() {
    routing_.countNow();
    const RoutingStats* now = routing_.stats();
    if (now == nullptr) return;
    pinned_ = Pinned{*now, titleOfNow()};
    refreshNow();
}

void ContrastPanel::unpin() {
    pinned_.reset();
    refreshNow();
}

bool ContrastPanel::comparable(const RoutingStats* now) const {
    return pinned_ && now != nullptr && now->numLayers() == pinned_->stats.numLayers() &&
           now->numExperts() == pinned_->stats.numExperts();
}

void ContrastPanel::rebuild() {
    const RoutingStats* now = routing_.stats();
    pin_->setEnabled(now != nullptr);
    unpin_->setEnabled(pinned_.has_value());
    ContrastBars::Frame frame;
    const auto site = selection_.site();
    if (comparable(now)) {
        layer_ = site ? std::min(site->layer.value, now->numLayers() - 1) : 0;
        for (int expert = 0; expert < now->numExperts(); ++expert)
            frame.experts.push_back(contrast(*now, pinned_->stats, layer_, expert));
        frame.chance =
            static_cast<double>(now->assignments(layer_)) / now->tokens() / now->numExperts();
        frame.nowTitle = titleOfNow();
        frame.pinnedTitle = pinned_->title;
    }
    bars_->setFrame(std::move(frame));
    bars_->setPicked(site && site->layer.value == layer_ ? std::optional(site->expert.value)
                                                         : std::nullopt);
}

QString ContrastPanel::describe() const {
    const RoutingStats* now = routing_.stats();
    if (now == nullptr && !pinned_) return tr("No token to count yet.");
    if (!pinned_)
        return tr("Pin what is counted now (%1); then pick another range, version or conversation "
                  "to see what differs.")
            .arg(titleOfNow());
    if (now == nullptr)
        return tr("Pinned: %1. Here is no token to hold against it.").arg(pinned_->title);
    if (!comparable(now))
        return tr("Pinned: %1 of %2 layers of %3 experts; here are %4 of %5. Pin this one to "
                  "compare.")
            .arg(pinned_->title)
            .arg(pinned_->stats.numLayers())
            .arg(pinned_->stats.numExperts())
            .arg(now->numLayers())
            .arg(now->numExperts());
    const auto& experts = bars_->frame().experts;
    const auto standing =
        std::ranges::count_if(experts, [](const Contrast& c) { return c.stands() && !c.thin; });
    return tr("Layer %1 · share of tokens that selected each expert · stand out: %2 of %3 (by luck "
              "5 in 100) · dashed: chance %4")
        .arg(layer_)
        .arg(standing)
        .arg(experts.size())
        .arg(percentText(bars_->frame().chance));
}

void ContrastPanel::sayExpert(std::optional<int> expert) {
    if (!expert) return sayValue({});
    const Contrast& c = bars_->frame().experts[static_cast<std::size_t>(*expert)];
    const QString verdict = c.thin       ? tr("too few to say")
                            : c.stands() ? tr("stands out")
                                         : tr("may be luck");
    sayValue(tr("Expert %1: now %2 of %3 tokens, pinned %4 of %5 · difference %6 (%7 to %8) · %9")
                 .arg(*expert)
                 .arg(c.countA)
                 .arg(c.tokensA)
                 .arg(c.countB)
                 .arg(c.tokensB)
                 .arg(percentText(c.difference), percentText(c.low), percentText(c.high), verdict));
}

StatisticTable ContrastPanel::numbers() const {
    StatisticTable table{"contrasts", {"layer", "expert"}, {}};
    for (const Contrast& c : bars_->frame().experts) table.rows.push_back(rowOf(c));
    return table;
}

void ContrastPanel::paintChart(QPainter& painter, const QRect& area) const {
    bars_->paint(painter, area);
}

}  // namespace gatescope
