#include "ui/compare/seed_panel.h"

#include <QFileDialog>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSaveFile>
#include <QSpinBox>
#include <QTableWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <array>

#include "ui/docks/flow_layout.h"
#include "ui/language/number_text.h"
#include "ui/provenance_badge.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr int kUsualSeeds = 20;
constexpr int kUsualTokens = 64;
constexpr int kMostReply = 4096;

/// Percent of a share, else bits with four digits; without the unit.
QString shown(double value, bool isShare) {
    return isShare ? numberText(100 * value, 'f', 1) : numberText(value, 'g', 4);
}

}  // namespace

SeedPanel::SeedPanel(EngineBridge& bridge,
                     const Comparison& comparison,
                     const Theme& theme,
                     QWidget* parent)
    : QWidget(parent), bridge_(bridge), comparison_(comparison), theme_(theme), runs_(bridge) {
    setObjectName(QStringLiteral("seedPanel"));
    build();
    connect(start_, &QPushButton::clicked, this, [this] {
        runs_.running() ? runs_.cancel() : start();
    });
    connect(export_, &QPushButton::clicked, this, &SeedPanel::exportCsv);
    for (auto signal : {&SeedRuns::progressed, &SeedRuns::finished})
        connect(&runs_, signal, this, [this] {
            fillTable();
            follow();
        });
    follow();
}

void SeedPanel::build() {
    auto* rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(6);
    bar_ = new QWidget;
    auto* flow = new FlowLayout(6, bar_);
    flow->setContentsMargins(0, 0, 0, 0);
    rows->addWidget(bar_);
    seeds_ = addNumber("seedCount", tr("seeds"), kMostSeeds, kUsualSeeds);
    tokens_ = addNumber("seedTokens", tr("tokens a reply"), kMostReply, kUsualTokens);
    seeds_->setMinimum(2);
    flow->addWidget(seeds_);
    flow->addWidget(tokens_);
    start_ = new QPushButton;
    start_->setObjectName(QStringLiteral("runSeeds"));
    flow->addWidget(start_);
    export_ = new QPushButton(tr("Export CSV…"));
    export_->setObjectName(QStringLiteral("exportSeeds"));
    export_->setProperty("kind", QStringLiteral("flat"));
    flow->addWidget(export_);
    progress_ = new QProgressBar;
    progress_->setTextVisible(false);
    progress_->setAccessibleName(tr("Seeds run"));
    rows->addWidget(progress_);
    status_ = new QLabel;
    status_->setObjectName(QStringLiteral("seedStatus"));
    status_->setProperty("kind", QStringLiteral("muted"));
    status_->setTextFormat(Qt::PlainText);
    status_->setWordWrap(true);
    badge_ = new ProvenanceBadge;
    auto* line = new QHBoxLayout;
    line->addWidget(status_, 1);
    line->addWidget(badge_, 0, Qt::AlignTop);
    rows->addLayout(line);
    buildTable();
    rows->addWidget(table_);
}

QSpinBox* SeedPanel::addNumber(const char* name, const QString& title, int most, int value) {
    auto* box = new QSpinBox;
    box->setObjectName(QString::fromLatin1(name));
    box->setAccessibleName(title);
    box->setRange(1, most);
    box->setValue(value);
    box->setSuffix(QLatin1Char(' ') + title);
    return box;
}

void SeedPanel::buildTable() {
    const QStringList rows{tr("KL a token, A to B"),
                           tr("Replies with another first token"),
                           tr("Replies that differ"),
                           tr("Tokens that differ")};
    table_ = new QTableWidget(static_cast<int>(rows.size()), 3);
    table_->setObjectName(QStringLiteral("seedTable"));
    table_->setAccessibleName(tr("What differs over the seeds"));
    table_->setHorizontalHeaderLabels({tr("Over all seeds"), tr("Mean"), tr("95 % interval")});
    for (int row = 0; row < rows.size(); ++row)
        for (int column = 0; column < 3; ++column)
            table_->setItem(row, column, new QTableWidgetItem(column == 0 ? rows[row] : QString()));
    table_->setEditTriggers(QTableWidget::NoEditTriggers);
    table_->setSelectionMode(QTableWidget::SingleSelection);
    table_->setTabKeyNavigation(false);
    table_->setShowGrid(false);
    table_->setFrameShape(QFrame::NoFrame);
    table_->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    table_->verticalHeader()->hide();
    table_->verticalHeader()->setDefaultSectionSize(theme_.space(6));
    QHeaderView* head = table_->horizontalHeader();
    head->setHighlightSections(false);
    head->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    head->setSectionResizeMode(0, QHeaderView::ResizeToContents);
    head->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    head->setStretchLastSection(true);
    table_->setFixedHeight(theme_.space(6) * (static_cast<int>(rows.size()) + 1) + theme_.space(2));
}

// ---------------------------------------------------------------- what the user does

void SeedPanel::start() {
    SeedPair pair = seedPair(comparison_.a(), comparison_.b(), bridge_.session());
    pair.comparison.seeds = seeds_->value();
    pair.comparison.maxTokens = tokens_->value();
    const QString problem =
        pair.whyNot.isEmpty() ? runs_.start(std::move(pair.comparison)) : pair.whyNot;
    if (!problem.isEmpty()) Q_EMIT bridge_.errorOccurred(problem);
    fillTable();
    follow();
}

void SeedPanel::exportCsv() {
    const QString name = QFileDialog::getSaveFileName(
        this, tr("Export as CSV"), QStringLiteral("seeds.csv"), tr("Tables (*.csv)"));
    if (name.isEmpty()) return;
    QSaveFile file(name);
    if (!file.open(QIODevice::WriteOnly) || file.write(seedsAsCsv(runs_.outcomes())) < 0 ||
        !file.commit())
        Q_EMIT bridge_.errorOccurred(
            tr("%1 could not be written: %2").arg(name, file.errorString()));
}

// ---------------------------------------------------------------- what is shown

void SeedPanel::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    follow();
}

void SeedPanel::fillTable() {
    const auto& outcomes = runs_.outcomes();
    table_->setVisible(outcomes.size() >= 2);
    if (outcomes.size() < 2) return;
    const SeedSummary summary = summaryOf(outcomes);
    const std::array rows{&summary.klBits, &summary.firstToken, &summary.replies, &summary.tokens};
    for (int row = 0; row < static_cast<int>(rows.size()); ++row) {
        const Estimate& of = *rows[static_cast<std::size_t>(row)];
        const bool share = row > 0;
        const QString unit = share ? tr("%") : tr("bit");
        table_->item(row, 1)->setText(tr("%1 %2").arg(shown(of.value, share), unit));
        table_->item(row, 2)->setText(
            tr("%1 to %2 %3").arg(shown(of.low, share), shown(of.high, share), unit));
    }
}

void SeedPanel::follow() {
    const SeedPair pair = seedPair(comparison_.a(), comparison_.b(), bridge_.session());
    const bool running = runs_.running();
    const bool any = !runs_.outcomes().empty();
    start_->setText(running ? tr("Cancel") : tr("Run the seeds"));
    start_->setEnabled(running || pair.whyNot.isEmpty());
    bar_->layout()->invalidate();  // its text has another width now
    bar_->updateGeometry();
    start_->setToolTip(running ? QString() : pair.whyNot);
    for (QSpinBox* box : {seeds_, tokens_}) box->setEnabled(!running);
    export_->setEnabled(any && !running);
    progress_->setVisible(running);
    progress_->setRange(0, std::max(1, runs_.total()));
    progress_->setValue(static_cast<int>(runs_.outcomes().size()));
    badge_->show({.any = any, .synthetic = any && runs_.synthetic()});
    table_->setVisible(runs_.outcomes().size() >= 2);
    if (!running && !any && runs_.fault().isEmpty())
        status_->setText(pair.whyNot.isEmpty()
                             ? tr("Continues the prompt of A and B with many seeds, as A and as B: "
                                  "what differs by more than luck")
                             : pair.whyNot);
    else
        status_->setText(statusText());
}

QString SeedPanel::statusText() const {
    const SeedComparison& of = runs_.comparison();
    const auto done = static_cast<qulonglong>(runs_.outcomes().size());
    const QString what = tr("seeds from %1, temperature %2, up to %3 tokens")
                             .arg(of.sampler.seed)
                             .arg(static_cast<double>(of.sampler.temperature))
                             .arg(of.maxTokens);
    const QString count = tr("%1 of %2").arg(done).arg(runs_.total());
    if (runs_.running()) return tr("%1 seeds run: %2").arg(count, what);
    if (!runs_.fault().isEmpty())
        return tr("Ended by a fault, %1 seeds run: %2").arg(count, runs_.fault());
    if (done < static_cast<qulonglong>(runs_.total()))
        return tr("Ended early, %1 seeds run: %2").arg(count, what);
    return tr("%1 seeds run: %2. Intervals are over the seeds.").arg(done).arg(what);
}

QString SeedPanel::status() const {
    return status_->text();
}

QString SeedPanel::cell(int row, int column) const {
    return table_->item(row, column)->text();
}

}  // namespace gatescope
