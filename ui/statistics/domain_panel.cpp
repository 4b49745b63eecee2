#include "ui/statistics/domain_panel.h"

#include <QComboBox>
#include <QLocale>
#include <algorithm>

#include "ui/language/number_text.h"
#include "ui/statistics/statistic_text.h"

namespace gatescope {
namespace {

constexpr std::int32_t kPrompt = 0;
constexpr std::int32_t kGenerated = 1;

}  // namespace

DomainPanel::DomainPanel(const ViewContext& context)
    : ChartFrame(context),
      follower_(
          context.routing,
          {.begin =
               [this](const RoutingTrace& trace, Population /*all of them*/) {
                   const ChatSession& session = bridge_.session();
                   counter_.emplace(
                       trace,
                       LayerLabels::Choice{Population::All, wantedLayer()},
                       [&session, labels = labels_](int token) {
                           if (labels == Labels::Message)
                               return static_cast<std::int32_t>(session.messageOfToken(token));
                           return session.traceToken(token).generated ? kGenerated : kPrompt;
                       });
               },
           .moveTo = [this](int first, int end) { counter_->over(first, end); }}) {
    labelBox_ = new QComboBox;
    labelBox_->setAccessibleName(tr("What tokens are put together by"));
    labelBox_->addItem(tr("by message"));
    labelBox_->addItem(tr("prompt and generated"));
    connect(labelBox_, &QComboBox::currentIndexChanged, this, [this](int index) {
        setLabels(static_cast<Labels>(index));
    });
    addOption(labelBox_);
    grid_ = new ExpertGrid(theme_);
    setDrawing(grid_);
    setHint(tr("Point at a cell for its numbers; a click picks the expert"));
    connect(grid_, &ExpertGrid::cellHovered, this, &DomainPanel::sayCell);
    connect(grid_, &ExpertGrid::cellPicked, this, [this](GridPlace place) {
        selection_.selectSite(ExpertSite{{counter_->layer()}, {place.column}});
    });
    connect(&selection_, &Selection::siteSelected, this, &DomainPanel::invalidate);
    connect(&routing_, &BranchRouting::traceReset, this, &DomainPanel::forget);
}

void DomainPanel::setLabels(Labels labels) {
    labels_ = labels;
    labelBox_->setCurrentIndex(static_cast<int>(labels));
    forget();
    refreshNow();
}

int DomainPanel::wantedLayer() const {
    const auto site = selection_.site();
    const RoutingTrace* trace = routing_.trace();
    const int layers = trace != nullptr ? trace->numLayers() : 1;
    return site ? std::min(site->layer.value, layers - 1) : 0;
}

void DomainPanel::forget() {
    follower_.reset();
    counter_.reset();
}

const LabelStats* DomainPanel::stats() const {
    return counter_ && counter_->stats().tokens() > 0 ? &counter_->stats() : nullptr;
}

QString DomainPanel::labelText(int label) const {
    if (labels_ == Labels::Origin) return label == kPrompt ? tr("prompt") : tr("generated");
    const auto& messages = bridge_.session().messages();
    const auto index = static_cast<std::size_t>(label);
    if (index >= messages.size()) return QString::number(label + 1);
    return messages[index].role == Role::User ? tr("%1 you").arg(label + 1)
                                              : tr("%1 reply").arg(label + 1);
}

QString DomainPanel::keyText(std::string_view key, int value) const {
    return key == "domain" ? labelText(value) : QString();
}

bool DomainPanel::count() {
    if (counter_ && counter_->layer() != wantedLayer()) forget();
    return follower_.follow();
}

void DomainPanel::rebuild() {
    shown_.clear();
    if (stats() != nullptr) {
        shown_ = stats()->labels();
        if (shown_.size() > kMostRows)
            shown_.erase(shown_.begin(), shown_.end() - kMostRows);  // the newest messages
    }
    grid_->setFrame(frame());
    if (grid_->cursor()) sayCell(grid_->cursor());
}

GridFrame DomainPanel::frame() const {
    GridFrame frame;
    const LabelStats* stats = this->stats();
    if (stats == nullptr) return frame;
    frame.rows = static_cast<int>(shown_.size());
    frame.columns = stats->numExperts();
    frame.columnTitle = tr("layer %1, expert").arg(counter_->layer());
    frame.text = [](double value) {
        return QStringLiteral("%1 %").arg(numberText(100 * value, 'f', 0));
    };
    for (const std::int32_t label : shown_) {
        frame.rowLabels << labelText(label);
        for (int expert = 0; expert < frame.columns; ++expert) {
            const Statistic s = stats->share(label, 0, expert);
            const Verdict verdict = verdictOf(s);
            const double level = s.chance ? s.chance->level : 0;
            frame.scale = {0, level, std::min(1.0, 3 * level)};
            frame.cells.push_back(
                {.value = s.value.value_or(0),
                 .within = verdict == Verdict::Within,
                 .thin = s.thin,
                 .outside = verdict == Verdict::Below || verdict == Verdict::Above});
        }
    }
    return frame;
}

void DomainPanel::sayCell(std::optional<GridPlace> place) {
    const LabelStats* stats = this->stats();
    if (!place || stats == nullptr) return sayValue({});
    const Statistic s =
        stats->share(shown_[static_cast<std::size_t>(place->row)], 0, place->column);
    sayValue(tr("%1, expert %2: selected by %3 of its tokens · %4")
                 .arg(labelText(shown_[static_cast<std::size_t>(place->row)]))
                 .arg(place->column)
                 .arg(valueText("share", s.value), evidenceText("share", s)));
}

QString DomainPanel::describe() const {
    const LabelStats* stats = this->stats();
    if (stats == nullptr) return tr("No token to count yet.");
    const Statistic told = stats->information(0);
    QString text =
        labels_ == Labels::Message
            ? tr("Layer %1 · %2 tokens, prompts included · first choices tell %3 bits of the "
                 "message")
            : tr("Layer %1 · %2 tokens · first choices tell %3 bits of prompt or generated");
    text = text.arg(counter_->layer())
               .arg(QLocale().toString(static_cast<qint64>(stats->tokens())))
               .arg(valueText("domain_information_bits", told.value));
    if (told.chance)
        text +=
            tr(", by luck alone %1").arg(valueText("domain_information_bits", told.chance->level));
    if (told.thin) text += tr(" (too few tokens to say)");
    if (stats->labels().size() > shown_.size())
        text += tr(" · the newest %1 messages drawn").arg(kMostRows);
    if (counting()) text += tr(", still counting");
    return text;
}

StatisticTable DomainPanel::numbers() const {
    StatisticTable table{"domains", {"domain", "layer", "expert"}, {}};
    const LabelStats* stats = this->stats();
    if (stats == nullptr) return table;
    for (const std::int32_t label : stats->labels())
        for (int expert = 0; expert < stats->numExperts(); ++expert)
            table.rows.push_back(
                {{label, counter_->layer(), expert}, "share", stats->share(label, 0, expert), {}});
    return table;
}

void DomainPanel::paintChart(QPainter& painter, const QRect& area) const {
    grid_->paint(painter, area);
}

}  // namespace gatescope
