#include "ui/docks/intervention_bar.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QStyle>
#include <QToolButton>
#include <algorithm>
#include <array>
#include <chrono>

#include "engine/decoder/scope_filter.h"
#include "engine/error.h"
#include "ui/chat/visible_text.h"
#include "ui/clear_button.h"
#include "ui/docks/flow_layout.h"
#include "ui/routing/intervention_words.h"

namespace gatescope {
namespace {

constexpr std::chrono::milliseconds kTypingPause{150};
constexpr int kWidestProblem = 480;  ///< it may not hold the window open

QString where(ExpertSite site) {
    return InterventionBar::tr("layer %1 expert %2").arg(site.layer.value).arg(site.expert.value);
}

}  // namespace

InterventionBar::InterventionBar(EngineBridge& bridge, QWidget* parent)
    : QFrame(parent),
      bridge_(bridge),
      keys_(new ViewKeys(this, tr("In the bar of interventions"))),
      layout_(new FlowLayout(6, this)) {
    setObjectName(QStringLiteral("interventionBar"));
    setProperty("kind", QStringLiteral("interventions"));
    setAccessibleName(tr("Interventions in force"));
    keys_->add("interventions-clear",
               tr("Clear interventions"),
               {QStringLiteral("X"), QStringLiteral("Del")},
               [this] { apply({}); });
    layout_->setContentsMargins(10, 6, 10, 6);
    reach_ = makeReach();
    makeScope();
    clearAll_ = new QPushButton(this);
    clearAll_->setProperty("kind", QStringLiteral("chip-summary"));
    clearAll_->setObjectName(QStringLiteral("clearInterventions"));
    clearAll_->setMinimumHeight(reach_->sizeHint().height());  // on one line with it
    clearAll_->setToolTip(tr("Give every expert back to the model"));
    connect(clearAll_, &QPushButton::clicked, this, [this] { apply({}); });
    nothing_ = new QLabel(tr("no interventions"), this);
    nothing_->setProperty("kind", QStringLiteral("muted"));
    undo_ = makeStep("undoIntervention", tr("Undo"));
    redo_ = makeStep("redoIntervention", tr("Redo"));
    connect(undo_, &QPushButton::clicked, this, [this] {
        bridge_.run([](ChatSession& session) { session.undoInterventions(); });
    });
    connect(redo_, &QPushButton::clicked, this, [this] {
        bridge_.run([](ChatSession& session) { session.redoInterventions(); });
    });
    connect(&bridge_, &EngineBridge::interventionsUpdated, this, [this] {
        offersUndo_ = true;
        refresh();
    });
    const auto rest = [this] {
        offersUndo_ = false;
        refresh();
    };
    connect(&bridge_, &EngineBridge::branchOpened, this, rest);
    connect(&bridge_, &EngineBridge::generationBegan, this, rest);
    refresh();
}

QPushButton* InterventionBar::makeStep(const char* name, const QString& title) {
    auto* button = new QPushButton(title, this);
    button->setObjectName(QString::fromLatin1(name));
    button->setProperty("kind", QStringLiteral("chip-summary"));
    button->setMinimumHeight(reach_->sizeHint().height());
    return button;
}

/// What is in force stands out; that nothing is does not.
void InterventionBar::setStyleOf(bool any) {
    const QString kind = any ? QStringLiteral("interventions") : QStringLiteral("no-interventions");
    if (property("kind") == kind) return;
    setProperty("kind", kind);
    style()->unpolish(this);
    style()->polish(this);
}

/// Which of the last changes can be taken back or made again, said as a hint.
void InterventionBar::refreshSteps() {
    const ChatSession& session = bridge_.session();
    const auto show = [](QPushButton* button, const InterventionStep* step, const QString& says) {
        button->setVisible(step != nullptr);
        button->setToolTip(says);
        button->setAccessibleName(says);
    };
    show(undo_, session.undoStep(), undoText(session.undoStep()));
    show(redo_, session.redoStep(), redoText(session.redoStep()));
}

/// For how long: two segments, one pressed.
QWidget* InterventionBar::makeReach() {
    auto* segments = new QFrame(this);
    segments->setProperty("kind", QStringLiteral("segments"));
    segments->setAccessibleName(tr("How far interventions reach"));
    auto* inside = new QHBoxLayout(segments);
    inside->setContentsMargins(1, 1, 1, 1);
    inside->setSpacing(1);
    reaches_ = new QButtonGroup(this);
    const std::array titles{tr("this chat"), tr("this reply")};
    const std::array hints{
        tr("In force for whatever is written and computed from now on"),
        tr("In force for the words of the next reply, not for what you write; then taken away")};
    const std::array names{"reachChat", "reachReply"};
    for (std::size_t i = 0; i < titles.size(); ++i) {
        auto* button = new QToolButton;
        button->setProperty("kind", QStringLiteral("segment"));
        button->setObjectName(QString::fromLatin1(names[i]));
        button->setText(titles[i]);
        button->setToolTip(hints[i]);
        button->setAccessibleDescription(hints[i]);
        button->setCheckable(true);
        reaches_->addButton(button, static_cast<int>(i));
        inside->addWidget(button);
    }
    connect(reaches_, &QButtonGroup::idClicked, this, [this](int id) {
        const auto reach = id == 0 ? InterventionReach::Chat : InterventionReach::Reply;
        bridge_.run([reach](ChatSession& session) { session.setInterventionReach(reach); });
    });
    return segments;
}

/// For which tokens: what is written counts as soon as nobody types and it is right.
void InterventionBar::makeScope() {
    scope_ = new QLineEdit(this);
    scope_->setObjectName(QStringLiteral("interventionScope"));
    scope_->setAccessibleName(tr("Only for tokens that match"));
    scope_->setPlaceholderText(tr("only for tokens like text=\"the\""));
    scope_->setToolTip(
        tr("A filter over what is known before a token is computed: text, token (its id) and "
           "index (its position), as in text=\"the\" | index=10..19. Empty: all tokens."));
    addClearButton(*scope_);
    scope_->setFixedWidth(fontMetrics().horizontalAdvance(scope_->placeholderText()) + 48);
    scope_->installEventFilter(this);
    problem_ = new QLabel(this);
    problem_->setObjectName(QStringLiteral("interventionScopeProblem"));
    problem_->setProperty("kind", QStringLiteral("problem"));
    problem_->setTextFormat(Qt::PlainText);
    problem_->setWordWrap(true);
    problem_->hide();
    pause_.setSingleShot(true);
    connect(&pause_, &QTimer::timeout, this, &InterventionBar::applyScope);
    connect(scope_, &QLineEdit::textEdited, this, [this] { pause_.start(kTypingPause); });
    connect(scope_, &QLineEdit::editingFinished, this, &InterventionBar::applyScope);
}

void InterventionBar::applyScope() {
    pause_.stop();
    const std::string filter = scope_->text().trimmed().toStdString();
    InterventionSet set = bridge_.session().interventions();
    if (set.empty()) return;
    try {
        if (!filter.empty()) ScopeFilter::check(filter);
    } catch (const Error& error) {  // a border: while somebody types, most filters have a mistake
        return showScopeProblem(QString::fromStdString(error.what()));
    }
    showScopeProblem({});
    set.scope.filter = filter;
    apply(set);
}

void InterventionBar::showScopeProblem(const QString& problem) {
    problem_->setText(visibleLine(problem));
    // A layout of lines asks no item for its height; no wider than the bar can be made.
    const int wide = std::clamp(width() - 20, 200, kWidestProblem);
    problem_->setFixedSize(wide, std::max(0, problem_->heightForWidth(wide)));
    problem_->setVisible(!problem.isEmpty());
    scope_->setAccessibleDescription(problem);
    layout_->invalidate();
    updateGeometry();
}

void InterventionBar::editScope() {
    if (isHidden()) return;
    scope_->setFocus(Qt::ShortcutFocusReason);
    scope_->selectAll();
}

QString InterventionBar::scopeProblem() const {
    return problem_->isHidden() ? QString() : problem_->text();
}

/// Escape in the field takes back what was typed, not every intervention.
bool InterventionBar::eventFilter(QObject* watched, QEvent* event) {
    const bool isEscape = watched == scope_ && event->type() == QEvent::KeyPress &&
                          static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape;
    if (!isEscape) return QFrame::eventFilter(watched, event);
    pause_.stop();
    scope_->setText(QString::fromStdString(bridge_.session().interventions().scope.filter));
    showScopeProblem({});
    return true;
}

void InterventionBar::apply(const InterventionSet& set) {
    bridge_.run([&set](ChatSession& session) { session.setInterventions(set); });
}

void InterventionBar::addChip(const QString& text,
                              const QString& meaning,
                              const InterventionSet& without) {
    auto* chip = new QPushButton(tr("%1 ×").arg(text), this);
    chip->setProperty("kind", QStringLiteral("chip"));
    chip->setToolTip(meaning);
    chip->setAccessibleName(tr("%1. Press to take it away").arg(meaning));
    connect(chip, &QPushButton::clicked, this, [this, without] { apply(without); });
    layout_->addWidget(chip);
    chips_.push_back(chip);
}

void InterventionBar::refresh() {
    for (QPushButton* chip : chips_) {
        layout_->removeWidget(chip);
        chip->hide();
        chip->deleteLater();  // its own click may have brought us here
    }
    chips_.clear();
    const std::array<QWidget*, 7> behind{
        nothing_, undo_, redo_, reach_, scope_, clearAll_, problem_};
    for (QWidget* widget : behind) layout_->removeWidget(widget);

    const InterventionSet& set = bridge_.session().interventions();
    addExpertChips(set);
    addOtherChips(set);
    const auto count = describe(set).size();
    const bool reply = bridge_.session().interventionReach() == InterventionReach::Reply;
    reaches_->button(reply ? 1 : 0)->setChecked(true);
    clearAll_->setText(count == 1 ? tr("1 intervention · clear all")
                                  : tr("%1 interventions · clear all").arg(count));
    for (QWidget* widget : behind) layout_->addWidget(widget);
    const QString filter = QString::fromStdString(set.scope.filter);
    const bool isBeingWritten = scope_->hasFocus() && !set.empty();
    if (!isBeingWritten && scope_->text().trimmed() != filter) {
        scope_->setText(filter);
        showScopeProblem({});
    }
    const bool any = !chips_.empty();
    setStyleOf(any);
    nothing_->setVisible(!any);
    for (QWidget* widget : std::array<QWidget*, 3>{reach_, scope_, clearAll_})
        widget->setVisible(any);
    refreshSteps();
    const ChatSession& session = bridge_.session();
    setVisible(any || (offersUndo_ && (session.undoStep() || session.redoStep())));
    updateGeometry();
}

/// One chip for each of `list`, which takes it away.
template <class Item, class Meaning>
void InterventionBar::addChips(const QString& kind,
                               const InterventionSet& set,
                               std::vector<Item> InterventionSet::*list,
                               const Meaning& meaning) {
    for (const Item& item : set.*list) {
        InterventionSet without = set;
        std::erase(without.*list, item);
        addChip(kind.arg(QString::fromStdString(toString(item))), meaning(item), without);
    }
}

void InterventionBar::addExpertChips(const InterventionSet& set) {
    addChips(tr("ablate %1"), set, &InterventionSet::ablate, [](ExpertSite site) {
        return tr("The output of %1 is taken away").arg(where(site));
    });
    addChips(tr("route around %1"), set, &InterventionSet::exclude, [](ExpertSite site) {
        return tr("%1 is never selected, the next best takes its place").arg(where(site));
    });
    addChips(tr("force %1"), set, &InterventionSet::force, [](ExpertSite site) {
        return tr("%1 is always selected").arg(where(site));
    });
    addChips(tr("bias %1"), set, &InterventionSet::bias, [](const ExpertBias& bias) {
        return tr("%1 is added to the router logit of %2")
            .arg(static_cast<double>(bias.amount))
            .arg(where(bias.site));
    });
    addChips(tr("scale %1"), set, &InterventionSet::scale, [](const ExpertScale& scale) {
        return tr("The gate of %1 is multiplied by %2")
            .arg(where(scale.site))
            .arg(static_cast<double>(scale.factor));
    });
    addChips(tr("swap %1"), set, &InterventionSet::swap, [](const ExpertSwap& swap) {
        return tr("In layer %1, experts %2 and %3 are computed with each other's weights")
            .arg(swap.layer.value)
            .arg(swap.first.value)
            .arg(swap.second.value);
    });
}

void InterventionBar::addOtherChips(const InterventionSet& set) {
    if (set.topK > 0) {
        InterventionSet without = set;
        without.topK = 0;
        addChip(tr("top %1").arg(set.topK),
                tr("Experts selected in each layer: %1").arg(set.topK),
                without);
    }
    addChips(tr("top-k %1"), set, &InterventionSet::layerTopK, [](const LayerTopK& layers) {
        return layers.first == layers.last
                   ? tr("Experts selected in layer %1: %2").arg(layers.first.value).arg(layers.topK)
                   : tr("Experts selected in layers %1 to %2: %3")
                         .arg(layers.first.value)
                         .arg(layers.last.value)
                         .arg(layers.topK);
    });
    if (set.renormalise) {
        InterventionSet without = set;
        without.renormalise = false;
        addChip(tr("renormalise"), tr("Gates are divided by their sum"), without);
    }
    if (set.pin) {
        InterventionSet without = set;
        without.pin = nullptr;
        addChip(tr("routes of %1").arg(visibleLine(QString::fromStdString(set.pin->name))),
                tr("Tokens go to the experts that were selected at their place in a run before"),
                without);
    }
    if (!set.empty() && !set.scope.everywhere()) {
        InterventionSet without = set;
        without.scope = {};
        const QString scope = scopeWords(set.scope);
        addChip(tr("only %1").arg(scope),
                tr("In force for the tokens that match %1, and for no others").arg(scope),
                without);
    }
}

void InterventionBar::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Escape) return apply({});
    if (!keys_->handle(*event)) QFrame::keyPressEvent(event);
}

QStringList InterventionBar::chipTexts() const {
    QStringList texts;
    for (const QPushButton* chip : chips_) texts << chip->text();
    return texts;
}

QString InterventionBar::summary() const {
    return clearAll_->text();
}

}  // namespace gatescope
