#include "ui/docks/plan_check.h"

#include <QHeaderView>
#include <QLabel>
#include <QTableWidget>
#include <QVBoxLayout>
#include <exception>

#include "engine/plan/this_machine.h"
#include "ui/chat/visible_text.h"
#include "ui/engine_bridge.h"
#include "ui/language/number_text.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

/// Measured once: the machine stays the same. For workers.
const Rig& thisRig() {
    static const Rig kRig = describeThisMachine().rig;
    return kRig;
}

QString speedOf(double tokensPerS) {
    return tokensPerS > 0 ? numberText(tokensPerS, 'f', tokensPerS < 100 ? 1 : 0)
                          : QStringLiteral("–");
}

QString ratioOf(double measured, double predicted) {
    return measured > 0 && predicted > 0 ? numberText(measured / predicted, 'f', 2)
                                         : QStringLiteral("–");
}

}  // namespace

PlanCheck::PlanCheck(EngineBridge& bridge, const Theme& theme, QWidget* parent)
    : QWidget(parent),
      bridge_(bridge),
      theme_(theme),
      worker_(&PlanCheck::answerTo, [this](const Answer& answer) { land(answer); }) {
    setObjectName(QStringLiteral("planCheck"));
    note_ = new QLabel;
    note_->setObjectName(QStringLiteral("planCheckNote"));
    note_->setProperty("kind", QStringLiteral("muted"));
    note_->setTextFormat(Qt::PlainText);
    note_->setWordWrap(true);
    note_->setMinimumHeight(theme_.space(9));  // two lines: a page does not ask how high they are
    table_ = new QTableWidget(0, 3);
    table_->setObjectName(QStringLiteral("planCheckTable"));
    table_->setAccessibleName(tr("Predicted beside measured"));
    table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table_->setFrameShape(QFrame::NoFrame);
    table_->setShowGrid(false);
    table_->setTabKeyNavigation(false);
    table_->setHorizontalHeaderLabels({tr("predicted"), tr("measured"), tr("ratio")});
    table_->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    table_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    table_->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    table_->setToolTip(
        tr("Predicted from the bytes that a token reads and what this machine reads in a second, "
           "of which programs reach a part. Memory: planned, with branches at most, beside what is "
           "taken, the program and its window included. Ratio: measured by predicted."));
    table_->setAccessibleDescription(table_->toolTip());
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(note_);
    column->addWidget(table_);
    table_->hide();
    note_->setText(
        tr("Predicted speed and memory stand here beside the measured ones when a "
           "reply is done."));
    connect(&bridge_, &EngineBridge::generationEnded, this, [this](const GenerationFinished& f) {
        if (f.timings.generatedTokens < 2 || f.timings.decode.count() <= 0) return;
        measured_ =
            (f.timings.generatedTokens - 1) * 1e6 / static_cast<double>(f.timings.decode.count());
        stale_ = true;
        if (isVisible()) ask();
    });
    connect(&bridge_, &EngineBridge::modelGone, this, [this] {
        worker_.forget();
        measured_ = 0;
        predicted_ = 0;
        stale_ = false;
        table_->hide();
    });
}

void PlanCheck::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    ask();
}

void PlanCheck::ask() {
    const auto model = bridge_.session().model();
    if (!model || !stale_) return;
    stale_ = false;
    worker_.ask({{.plan = model->plan,
                  .numLayers = model->config.numLayers,
                  .onGpu = model->decoder == "cuda",
                  .gpu = 0}});
}

PlanCheck::Answer PlanCheck::answerTo(const Wish& wish) {
    Answer answer;
    try {                                       // a border: no exception may reach Qt's thread pool
        answer.memory = memoryUse(wish.model);  // before the measurement takes some
        answer.tokensPerS = predictedTokensPerS(wish.model, thisRig());
    } catch (const std::exception& problem) {
        answer.error = QString::fromUtf8(problem.what());
    }
    return answer;
}

void PlanCheck::land(const Answer& answer) {
    predicted_ = answer.tokensPerS;
    table_->setRowCount(1 + static_cast<int>(answer.memory.size()));
    QStringList heads{tr("tokens/s, last reply")};
    showRow(0, {speedOf(predicted_), speedOf(measured_), ratioOf(measured_, predicted_)});
    for (std::size_t i = 0; i < answer.memory.size(); ++i) {
        const MemoryUse& use = answer.memory[i];
        heads << tr("memory, %1").arg(visibleLine(QString::fromStdString(use.device)));
        const auto used = use.used.value_or(0);
        showRow(static_cast<int>(i) + 1,
                {QString::fromStdString(bytesText(use.planned)),
                 use.used ? QString::fromStdString(bytesText(used)) : QStringLiteral("–"),
                 ratioOf(static_cast<double>(used), static_cast<double>(use.planned))});
    }
    table_->setVerticalHeaderLabels(heads);
    table_->setFixedHeight(table_->horizontalHeader()->sizeHint().height() +
                           table_->verticalHeader()->length() + theme_.space(1));
    table_->show();
    const auto model = bridge_.session().model();
    const QString bytes = QString::fromStdString(
        bytesText(model ? model->plan.weightBytesPerToken : std::uint64_t{0}));
    note_->setText(
        answer.error.isEmpty()
            ? tr("PREDICTED from %1 of weights a token reads, beside what is MEASURED").arg(bytes)
            : visibleLine(answer.error));
}

void PlanCheck::showRow(int row, const QStringList& cells) {
    for (int column = 0; column < cells.size(); ++column) {
        auto* item = new QTableWidgetItem(cells[column]);
        item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
        item->setFont(theme_.font(FontRole::Body));
        table_->setItem(row, column, item);
    }
}

}  // namespace gatescope
