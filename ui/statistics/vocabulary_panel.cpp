#include "ui/statistics/vocabulary_panel.h"

#include <QComboBox>
#include <algorithm>
#include <array>
#include <functional>
#include <limits>

#include "engine/routing/uniform_routing.h"
#include "ui/chat/visible_text.h"
#include "ui/statistics/statistic_text.h"

namespace gatescope {
namespace {

constexpr double kNoShare = std::numeric_limits<double>::quiet_NaN();
/// As `analyse` calls them, by VocabularyLabel.
constexpr std::array<std::string_view, 3> kLabelNames{
    "vocabulary_input", "vocabulary_predicted_next", "vocabulary_true_next"};

}  // namespace

VocabularyPanel::VocabularyPanel(const ViewContext& context)
    : ChartFrame(context),
      follower_(context.routing,
                {.begin =
                     [this](const RoutingTrace& trace, Population population) {
                         exampleOf_.clear();
                         counter_.emplace(trace,
                                          LayerLabels::Choice{population, wantedLayer()},
                                          [this](int token) { return labelOf(token); });
                     },
                 .moveTo =
                     [this](int first, int end) {
                         // What stands behind the newest token is not known yet, and a label must
                         // stay.
                         const int known = bridge_.session().traceSize() - 1;
                         if (label_ != VocabularyLabel::Input)
                             end = std::max(first, std::min(end, known));
                         counter_->over(first, end);
                     }}) {
    labelBox_ = new QComboBox;
    labelBox_->setAccessibleName(tr("Which id tokens are put together by"));
    labelBox_->addItem(tr("input id"));
    labelBox_->addItem(tr("predicted next id"));
    labelBox_->addItem(tr("true next id"));
    connect(labelBox_, &QComboBox::currentIndexChanged, this, [this](int index) {
        setLabel(static_cast<VocabularyLabel>(index));
    });
    addOption(labelBox_);
    setTableOnly();
    connect(&selection_, &Selection::siteSelected, this, &VocabularyPanel::invalidate);
    connect(&routing_, &BranchRouting::traceReset, this, &VocabularyPanel::forget);
}

void VocabularyPanel::setLabel(VocabularyLabel label) {
    label_ = label;
    labelBox_->setCurrentIndex(static_cast<int>(label));
    forget();
    refreshNow();
}

/// A damaged file may hold an id below 0, which is none.
std::int32_t VocabularyPanel::labelOf(int token) {
    const int place = label_ == VocabularyLabel::Input ? token : token + 1;
    const TokenRecord& named = bridge_.session().traceToken(place);
    if (label_ == VocabularyLabel::PredictedNext) {
        const TokenId predicted = named.predicted();
        if (predicted == named.token) exampleOf_.emplace(named.token, place);
        return predicted;
    }
    if (named.token < 0) return kNoLabel;
    exampleOf_.emplace(named.token, place);
    return named.token;
}

int VocabularyPanel::wantedLayer() const {
    const auto site = selection_.site();
    const RoutingTrace* trace = routing_.trace();
    const int layers = trace != nullptr ? trace->numLayers() : 1;
    return site ? std::min(site->layer.value, layers - 1) : 0;
}

void VocabularyPanel::forget() {
    follower_.reset();
    counter_.reset();
    exampleOf_.clear();
}

const LabelStats* VocabularyPanel::stats() const {
    return counter_ && counter_->stats().tokens() > 0 ? &counter_->stats() : nullptr;
}

double VocabularyPanel::chanceOf(std::int64_t observations) const {
    const auto [place, isNew] = chances_.try_emplace(observations, 0.0);
    if (isNew) place->second = chanceFavouriteShare(observations, stats()->numExperts());
    return place->second;
}

bool VocabularyPanel::count() {
    if (counter_ && counter_->layer() != wantedLayer()) forget();
    return follower_.follow();
}

void VocabularyPanel::rebuild() {
    counted_ = routing_.describeCounted();
    if (stats() != nullptr && stats()->numExperts() != chancesOfExperts_) {
        chances_.clear();
        chancesOfExperts_ = stats()->numExperts();
    }
}

StatisticTable VocabularyPanel::numbers() const {
    StatisticTable table{"vocabulary", {"layer", "token_id", "expert"}, {}};
    if (stats() == nullptr) return table;
    stats()->eachLabel(0, [&](std::int32_t id, std::int64_t tokens, auto firsts) {
        if (tokens < kThinBelow) return;
        const auto favourite = std::ranges::max_element(firsts);  // the lower one on a tie
        const int expert = static_cast<int>(favourite - firsts.begin());
        const double share = static_cast<double>(*favourite) / static_cast<double>(tokens);
        table.rows.push_back({{counter_->layer(), id, expert},
                              kLabelNames.at(static_cast<std::size_t>(label_)),
                              {.value = share,
                               .count = tokens,
                               .chance = ChanceBand{chanceOf(tokens), kNoShare, kNoShare}},
                              {}});
    });
    const auto aboveLuck = [](const StatisticRow& row) {
        return *row.statistic.value - row.statistic.chance->level;
    };
    std::ranges::stable_sort(table.rows, std::greater<>(), aboveLuck);
    return table;
}

QString VocabularyPanel::keyText(std::string_view key, int value) const {
    if (key != "token_id") return {};
    const auto example = exampleOf_.find(value);
    const ChatSession& session = bridge_.session();
    if (example == exampleOf_.end() || example->second >= session.traceSize()) return {};
    const QString text =
        visibleLine(QString::fromStdString(session.traceToken(example->second).text));
    return tr("%1 “%2”").arg(value).arg(text);
}

QString VocabularyPanel::describe() const {
    if (stats() == nullptr) return tr("No token to count yet.");
    const auto all = vocabularySpecialisation(*stats(), 0);
    QString text = tr("Layer %1 · %2 · ids that came %3 times or more: %4 of %5")
                       .arg(counter_->layer())
                       .arg(counted_)
                       .arg(kThinBelow)
                       .arg(all.layer.count)
                       .arg(stats()->labels().size());
    if (all.layer.value)
        text += tr(" · their favourite expert has %1 of their first choices, by luck alone %2")
                    .arg(percentText(*all.layer.value), percentText(all.layer.chance->level));
    if (counting() && routing_.complete()) text += tr(", still counting");
    return text;
}

void VocabularyPanel::paintChart(QPainter& painter, const QRect& area) const {
    paintTable(painter, area);
}

}  // namespace gatescope
