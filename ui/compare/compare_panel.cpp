#include "ui/compare/compare_panel.h"

#include <QComboBox>
#include <QFileDialog>
#include <QLabel>
#include <QLayout>
#include <QLineEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <utility>

#include "ui/compare/aligned_text.h"
#include "ui/compare/difference_map.h"
#include "ui/compare/seed_panel.h"
#include "ui/compare/side_colors.h"
#include "ui/language/number_text.h"
#include "ui/provenance_badge.h"
#include "ui/selection.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

using Choice = RunChoices::Choice;
using Kind = RunChoices::Kind;

constexpr int kSideBySideFrom = 560;  ///< px of width; below, the map lies under the text

}  // namespace

ComparePanel::ComparePanel(const ViewContext& context, QWidget* parent)
    : QWidget(parent),
      bridge_(context.bridge),
      selection_(context.selection),
      theme_(context.theme),
      choices_(context.bridge),
      comparison_(context.bridge) {
    setObjectName(QStringLiteral("comparePanel"));
    build();
    connectParts();
    updateHead();
}

// ---------------------------------------------------------------- what it hears

void ComparePanel::connectParts() {
    for (int side = 0; side < 2; ++side)
        connect(boxes_[side], &QComboBox::activated, this, [this, side](int index) {
            const Choice chosen = choices_.all().at(static_cast<std::size_t>(index));
            chosenByHand_ = true;
            choose(side == 0 ? std::optional(chosen) : a_, side == 0 ? b_ : std::optional(chosen));
        });
    connect(rerun_, &QPushButton::clicked, this, [this] {
        const QString problem = rerun();
        if (!problem.isEmpty()) Q_EMIT bridge_.errorOccurred(problem);
    });
    connect(measure_, &QPushButton::clicked, this, [this] {
        comparison_.scoring() ? comparison_.stopScoring() : comparison_.score();
    });
    connect(seedsButton_, &QPushButton::toggled, seeds_, &QWidget::setVisible);
    connect(promptsButton_, &QPushButton::toggled, this, [this](bool on) {
        prompts_->setVisible(on);
        if (on) promptFields_[0]->setFocus();
    });
    connect(runPrompts_, &QPushButton::clicked, this, [this] {
        choices_.runPrompts(promptFields_[0]->text(), promptFields_[1]->text());
        updateHead();
    });
    for (QLineEdit* field : promptFields_)
        connect(field, &QLineEdit::textChanged, this, [this] { updateHead(); });
    connect(recordingButton_, &QPushButton::clicked, this, [this] {
        const QString file = QFileDialog::getOpenFileName(
            this, tr("Compare with a recording"), {}, tr("Gatescope recordings (*.gscope)"));
        if (!file.isEmpty()) choices_.openRecording(file.toStdString());
    });
    connect(&choices_, &RunChoices::changed, this, &ComparePanel::choicesChanged);
    connect(&choices_, &RunChoices::recordingOpened, this, [this](int number) {
        chosenByHand_ = true;
        const auto whole = find(Kind::Shown, 0);
        choose(whole ? whole : a_, find(Kind::Recording, number));
    });
    connect(&choices_, &RunChoices::promptsRan, this, [this] {
        chosenByHand_ = true;
        choose(find(Kind::Prompt, 0), find(Kind::Prompt, 1));
    });
    connect(&comparison_, &Comparison::runsChanged, this, &ComparePanel::showRuns);
    connect(&comparison_, &Comparison::counted, this, &ComparePanel::showDifference);
    connect(&comparison_, &Comparison::scoresChanged, this, &ComparePanel::updateHead);
    connect(text_, &AlignedText::columnPicked, this, &ComparePanel::pickColumn);
    connect(map_, &DifferenceMap::cellClicked, this, [this](ExpertSite site) {
        selection_.selectSite(site);
    });
    connect(&selection_, &Selection::siteSelected, map_, &DifferenceMap::setPicked);
    connect(&selection_, &Selection::tokenSelected, this, [this] { showSelectedToken(); });

    connect(&bridge_, &EngineBridge::branchOpened, this, [this] {
        chosenByHand_ = false;
        follow();
    });
    for (auto signal : {&EngineBridge::conversationListUpdated,
                        &EngineBridge::modelReady,
                        &EngineBridge::modelGone,
                        &EngineBridge::interventionsUpdated,
                        &EngineBridge::generationBegan})
        connect(&bridge_, signal, this, [this] { updateHead(); });
    connect(&bridge_, &EngineBridge::generationEnded, this, [this] { follow(); });
    connect(&theme_, &Theme::changed, this, [this] { updateHead(); });
}

void ComparePanel::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (stale_) follow();
}

void ComparePanel::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    body_->setOrientation(width() < kSideBySideFrom ? Qt::Vertical : Qt::Horizontal);
}

// ---------------------------------------------------------------- what is compared

/// Reads again what can be compared; hidden, only that it has to be.
void ComparePanel::follow() {
    stale_ = true;
    if (!isVisible() && !rerunOf_) return;
    if (bridge_.session().generating()) return updateHead();
    stale_ = false;
    reading_ = true;
    choices_.refresh();
}

void ComparePanel::choicesChanged() {
    reading_ = false;
    if (rerunOf_ && !bridge_.session().generating()) {
        const int before = *std::exchange(rerunOf_, std::nullopt);
        choose(find(Kind::Version, before), find(Kind::Version, choices_.versionCount() - 1));
        if (bridge_.session().canTalk()) comparison_.score();
    } else if (!chosenByHand_) {
        const int versions = choices_.versionCount();
        const auto version = [this](int number) { return find(Kind::Version, number); };
        if (versions >= 2)
            choose(version(versions - 2), version(versions - 1));
        else
            choose(std::nullopt, std::nullopt);
    }
    for (const auto& [box, chosen] : {std::pair(boxes_[0], a_), std::pair(boxes_[1], b_)})
        fill(*box, chosen);
    updateHead();
}

std::optional<Choice> ComparePanel::find(Kind kind, qint64 id) const {
    for (const Choice& choice : choices_.all())
        if (choice.is({kind, id, {}})) return choice;
    return std::nullopt;
}

void ComparePanel::fill(QComboBox& box, const std::optional<Choice>& chosen) {
    const QSignalBlocker quiet(box);
    box.clear();
    for (const Choice& choice : choices_.all()) box.addItem(choice.title);
    int current = -1;
    for (int i = 0; chosen && i < box.count(); ++i)
        if (choices_.all()[static_cast<std::size_t>(i)].is(*chosen)) current = i;
    box.setCurrentIndex(current);
    box.setToolTip(box.currentText());
    box.setPlaceholderText(tr("choose a run"));
}

void ComparePanel::choose(std::optional<Choice> a, std::optional<Choice> b) {
    a_ = std::move(a);
    b_ = std::move(b);
    fill(*boxes_[0], a_);
    fill(*boxes_[1], b_);
    loadChosen();
}

void ComparePanel::loadChosen() {
    const quint64 load = ++loads_;
    if (!a_ || !b_) {
        loading_ = false;
        comparison_.clear();
        return;
    }
    loading_ = true;
    choices_.load(*a_, [this, load, b = *b_](ComparedRun runA) {
        if (load != loads_) return;
        choices_.load(b, [this, load, first = std::move(runA)](ComparedRun runB) mutable {
            if (load != loads_) return;
            loading_ = false;
            comparison_.setRuns(std::move(first), std::move(runB));
        });
    });
}

QString ComparePanel::compareVersions(int a, int b) {
    const int count = choices_.versionCount();
    if (a < 1 || b < 1 || a > count || b > count)
        return tr("versions %1 and %2: the last reply has %3").arg(a).arg(b).arg(count);
    chosenByHand_ = true;
    choose(find(Kind::Version, a - 1), find(Kind::Version, b - 1));
    return {};
}

std::optional<InterventionSet> ComparePanel::rerunSet(QString* whyNot) const {
    const ChatSession& session = bridge_.session();
    const auto& messages = session.messages();
    if (!session.canTalk() || session.generating() || messages.empty() ||
        messages.back().role != Role::Assistant) {
        *whyNot = tr("There is no reply that could be run again now.");
        return std::nullopt;
    }
    if (!messages.back().interventions.empty()) return InterventionSet{};
    if (!session.interventions().empty()) return session.interventions();
    *whyNot = tr("Nothing would differ: ablate, force or bias an expert in the heatmap first.");
    return std::nullopt;
}

QString ComparePanel::rerun() {
    QString whyNot;
    const auto set = rerunSet(&whyNot);
    if (!set) return whyNot;
    const auto shown = choices_.shownVersion();
    bridge_.run([&](ChatSession& session) {
        session.rerun(*set);
        rerunOf_ = shown;  // now: while the old reply goes, the branch is read once without it
    });
    return {};
}

bool ComparePanel::busy() const {
    return reading_ || loading_ || rerunOf_ || choices_.runningPrompts() || comparison_.scoring() ||
           seeds_->running() || !comparison_.complete();
}

// ---------------------------------------------------------------- what is shown

void ComparePanel::showRuns() {
    pages_->setCurrentIndex(comparison_.empty() ? 0 : 1);
    const ComparedRun& a = comparison_.a();
    const ComparedRun& b = comparison_.b();
    badge_->show({.any = !comparison_.empty(),
                  .replay = a.replay || b.replay,
                  .synthetic = a.facts.synthetic || b.facts.synthetic});
    showDifference();
    updateHead();
}

void ComparePanel::showDifference() {
    map_->setDifference(comparison_.difference());
    map_->setPicked(selection_.site());
    updateHead();
}

QString ComparePanel::summary() const {
    if (comparison_.empty()) return {};
    const AlignmentCounts& n = comparison_.counts();
    QString text = tr("%1 tokens alike, %2 replaced, %3 only in A, %4 only in B.")
                       .arg(n.same)
                       .arg(n.substituted)
                       .arg(n.deleted)
                       .arg(n.inserted);
    const RoutingDifference* difference = comparison_.difference();
    if (difference == nullptr)
        return text + QLatin1Char(' ') +
               (comparison_.complete() ? tr("No routing to compare.")
                                       : tr("Routing is being compared."));
    double alike = 0;
    double chance = 0;
    for (int layer = 0; layer < difference->numLayers(); ++layer) {
        const Statistic s = difference->saturation(layer);
        alike += s.value.value_or(0) / difference->numLayers();
        chance += (s.chance ? s.chance->level : 0) / difference->numLayers();
    }
    text += QLatin1Char(' ');
    if (comparison_.over() == ComparedTokens::Aligned && difference->tokensA() > 0)
        text += tr("Over the %1 alike, %2 % of the experts are the same (by chance %3 %).")
                    .arg(difference->tokensA())
                    .arg(numberText(100 * alike, 'f', 1))
                    .arg(numberText(100 * chance, 'f', 0));
    else
        text += tr("Routing over all tokens of each, as few are alike.");
    text += QLatin1Char(' ') + tr("%1 of %2 cells differ by more than noise (by luck about %3).")
                                   .arg(map_->standing())
                                   .arg(map_->cells().size())
                                   .arg(qRound(0.05 * static_cast<double>(map_->cells().size())));
    if (comparison_.scored() > 0) {
        double sum = 0;
        for (int i = 0; i < static_cast<int>(comparison_.a().tokens.size()); ++i)
            sum += comparison_.klBits(i).value_or(0);
        text += QLatin1Char(' ') + tr("Mean KL %1 bit a token; a full bar is %2 bit.")
                                       .arg(numberText(sum / comparison_.scored(), 'g', 3))
                                       .arg(AlignedText::kFullBarBits);
    }
    return text;
}

void ComparePanel::updateHead() {
    const ChatSession& session = bridge_.session();
    for (const Side side : {Side::A, Side::B}) {
        QLabel& label = *sides_[side == Side::A ? 0 : 1];
        QPalette palette = label.palette();
        palette.setColor(QPalette::WindowText, sideColors(theme_, side).ink);
        label.setPalette(palette);
    }
    QString whyNot;
    const auto set = rerunSet(&whyNot);
    rerun_->setEnabled(set.has_value());
    rerun_->setText(set && !set->empty() ? tr("Run again with interventions")
                                         : tr("Run again without interventions"));
    rerun_->setToolTip(
        set ? tr("The last reply once more with its seed, %1").arg(describeInterventions(*set))
            : whyNot);
    const QString notScored = comparison_.whyNotScored();
    measure_->setText(comparison_.scoring() ? tr("Stop") : tr("Measure KL"));
    measure_->setEnabled(comparison_.scoring() || notScored.isEmpty());
    measure_->setToolTip(notScored.isEmpty()
                             ? tr("How far each next-token distribution of A moves under B's "
                                  "interventions; both are computed")
                             : notScored);
    if (seeds_->isVisible()) seeds_->follow();
    buttons_->layout()->invalidate();  // their texts have other widths now
    runPrompts_->setEnabled(session.model() && !session.generating() &&
                            !choices_.runningPrompts() && !promptFields_[0]->text().isEmpty() &&
                            !promptFields_[1]->text().isEmpty());
    progress_->setVisible(comparison_.scoring() || choices_.runningPrompts());
    progress_->setRange(
        0, comparison_.scoring() ? static_cast<int>(comparison_.a().tokens.size()) : 0);
    progress_->setValue(comparison_.scored());
    const QString text = summary();
    summary_->setText(text);
    summary_->setVisible(!text.isEmpty());
    empty_->setText(
        tr("Two replies to the same question, side by side.\n\nChange an expert in the heatmap and "
           "run the last reply again, or choose two runs above."));
}

// ---------------------------------------------------------------- one selection

void ComparePanel::pickColumn(int column) {
    text_->setCurrent(column);
    const AlignedPair& pair = comparison_.pairs()[static_cast<std::size_t>(column)];
    for (const auto& [run, token] :
         {std::pair(&comparison_.b(), pair.b), std::pair(&comparison_.a(), pair.a)}) {
        if (!run->firstToken || token < 0) continue;
        selection_.selectToken(*run->firstToken + token);
        return;
    }
}

void ComparePanel::showSelectedToken() {
    const auto token = selection_.token();
    if (!token || comparison_.empty()) return;
    const auto& pairs = comparison_.pairs();
    for (std::size_t i = 0; i < pairs.size(); ++i)
        for (const auto& [run, at] :
             {std::pair(&comparison_.a(), pairs[i].a), std::pair(&comparison_.b(), pairs[i].b)})
            if (at >= 0 && run->firstToken && *run->firstToken + at == *token)
                return text_->setCurrent(static_cast<int>(i));
}

}  // namespace gatescope
