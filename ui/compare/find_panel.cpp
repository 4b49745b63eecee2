#include "ui/compare/find_panel.h"

#include <QFile>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QSaveFile>
#include <QSortFilterProxyModel>
#include <QTableView>
#include <QVBoxLayout>

#include "engine/error.h"
#include "ui/compare/contrast_model.h"
#include "ui/provenance_badge.h"
#include "ui/routing/intervention_edits.h"
#include "ui/selection.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr float kBiasStep = 1;              ///< of a router logit: e times the odds
constexpr qint64 kMostFileBytes = 1 << 20;  ///< of prompts: what a field shows without a stall

}  // namespace

FindPanel::FindPanel(const ViewContext& context, QWidget* parent)
    : QWidget(parent),
      bridge_(context.bridge),
      selection_(context.selection),
      theme_(context.theme),
      search_(context.bridge) {
    setObjectName(QStringLiteral("findPanel"));
    build();
    connectParts();
    updateBar();
}

// ---------------------------------------------------------------- composition

void FindPanel::build() {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 8, 12, 8);
    layout->setSpacing(6);
    layout->addWidget(buildPrompts());
    layout->addWidget(buildBar());
    progress_ = new QProgressBar;
    progress_->setTextVisible(false);
    progress_->setAccessibleName(tr("Prompts read"));
    layout->addWidget(progress_);
    buildTable();
    layout->addWidget(table_, 1);
}

QWidget* FindPanel::buildPrompts() {
    auto* row = new QWidget;
    auto* sides = new QHBoxLayout(row);
    sides->setContentsMargins(0, 0, 0, 0);
    sides->setSpacing(8);
    const QString hints[] = {tr("Set A: one prompt a line"), tr("Set B: one prompt a line")};
    for (int side = 0; side < 2; ++side) {
        auto* field = fields_[side] = new QPlainTextEdit;
        field->setObjectName(side == 0 ? QStringLiteral("setA") : QStringLiteral("setB"));
        field->setProperty("kind", QStringLiteral("field"));
        field->setPlaceholderText(hints[side]);
        field->setAccessibleName(hints[side]);
        field->setTabChangesFocus(true);
        field->setLineWrapMode(QPlainTextEdit::NoWrap);
        field->setFixedHeight(74);
        sides->addWidget(field, 1);
        auto* load = loads_[side] = new QPushButton(tr("Load…"));
        load->setProperty("kind", QStringLiteral("flat"));
        load->setToolTip(tr("Prompts from a .txt file, one a line, or a .jsonl file"));
        load->setAccessibleName(side == 0 ? tr("Load set A from a file")
                                          : tr("Load set B from a file"));
        sides->addWidget(load, 0, Qt::AlignTop);
    }
    return row;
}

QWidget* FindPanel::buildBar() {
    auto* bar = new QWidget;
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    start_ = new QPushButton;
    start_->setObjectName(QStringLiteral("findExperts"));
    row->addWidget(start_);
    status_ = new QLabel;
    status_->setProperty("kind", QStringLiteral("muted"));
    status_->setWordWrap(true);
    row->addWidget(status_, 1);
    badge_ = new ProvenanceBadge;
    row->addWidget(badge_);
    export_ = new QPushButton(tr("Export CSV…"));
    export_->setProperty("kind", QStringLiteral("flat"));
    row->addWidget(export_);
    return bar;
}

void FindPanel::buildTable() {
    model_ = new ContrastModel(theme_, this);
    sorted_ = new QSortFilterProxyModel(this);
    sorted_->setSourceModel(model_);
    sorted_->setSortRole(Qt::UserRole);
    table_ = new QTableView;
    table_->setObjectName(QStringLiteral("contrasts"));
    table_->setAccessibleName(tr("Experts by how far they tell the two sets apart"));
    table_->setModel(sorted_);
    table_->setSortingEnabled(true);
    table_->sortByColumn(ContrastModel::Rank, Qt::AscendingOrder);
    table_->setShowGrid(false);
    table_->setFrameShape(QFrame::NoFrame);
    table_->setSelectionBehavior(QAbstractItemView::SelectRows);
    table_->setSelectionMode(QAbstractItemView::SingleSelection);
    table_->verticalHeader()->hide();
    table_->verticalHeader()->setDefaultSectionSize(theme_.space(6));
    QHeaderView* head = table_->horizontalHeader();
    head->setMinimumSectionSize(28);
    head->setHighlightSections(false);
    head->setStretchLastSection(true);
    const int widths[] = {40, 84, 62, 124, 60, 60, 66, 58, 54, 50};
    for (int column = 0; column < static_cast<int>(ContrastModel::Columns); ++column)
        table_->setColumnWidth(column, widths[column]);
}

void FindPanel::connectParts() {
    connect(start_, &QPushButton::clicked, this, [this] {
        search_.running() ? search_.cancel() : start();
    });
    for (int side = 0; side < 2; ++side)
        connect(loads_[side], &QPushButton::clicked, this, [this, side] { load(side); });
    connect(export_, &QPushButton::clicked, this, &FindPanel::exportCsv);
    connect(table_, &QTableView::clicked, this, &FindPanel::steer);
    connect(table_, &QTableView::activated, this, &FindPanel::steer);
    connect(&search_, &ExpertSearch::progressed, this, &FindPanel::updateBar);
    connect(&search_, &ExpertSearch::finished, this, [this] {
        model_->setContrasts(search_.contrasts());
        updateBar();
    });
    connect(&bridge_, &EngineBridge::interventionsUpdated, this, [this] {
        model_->setInterventions(bridge_.session().interventions());
    });
    for (auto signal : {&EngineBridge::modelReady,
                        &EngineBridge::modelUsableAlready,
                        &EngineBridge::modelGone,
                        &EngineBridge::generationBegan})
        connect(&bridge_, signal, this, [this] { updateBar(); });
    connect(&bridge_, &EngineBridge::generationEnded, this, [this] { updateBar(); });
    for (QPlainTextEdit* field : fields_)
        connect(field, &QPlainTextEdit::textChanged, this, [this] { updateBar(); });
}

// ---------------------------------------------------------------- what the user does

void FindPanel::find(const QStringList& promptsA, const QStringList& promptsB) {
    fields_[0]->setPlainText(promptsA.join(QLatin1Char('\n')));
    fields_[1]->setPlainText(promptsB.join(QLatin1Char('\n')));
    start();
}

void FindPanel::start() {
    const auto prompts = [this](int side) {
        return promptsOf(fields_[side]->toPlainText().toUtf8(), /*jsonLines=*/false);
    };
    const QString problem = search_.start(prompts(0), prompts(1));
    if (!problem.isEmpty()) Q_EMIT bridge_.errorOccurred(problem);
    model_->setContrasts({});
    updateBar();
}

void FindPanel::load(int side) {
    const QString name = QFileDialog::getOpenFileName(
        this, tr("Load prompts"), {}, tr("Prompts (*.txt *.jsonl);;All files (*)"));
    if (name.isEmpty()) return;
    QFile file(name);
    if (!file.open(QIODevice::ReadOnly) || file.size() > kMostFileBytes) {
        Q_EMIT bridge_.errorOccurred(
            tr("%1: expected a text file of at most 1 MB that can be read").arg(name));
        return;
    }
    try {
        QStringList lines;
        for (std::string& prompt :
             promptsOf(file.readAll(), name.endsWith(QLatin1String(".jsonl"))))
            lines << QString::fromStdString(prompt).replace(QLatin1Char('\n'), QLatin1Char(' '));
        fields_[side]->setPlainText(lines.join(QLatin1Char('\n')));
    } catch (const Error& error) {  // of the file: the user's to read
        Q_EMIT bridge_.errorOccurred(name + QStringLiteral(": ") +
                                     QString::fromStdString(error.what()));
    }
}

void FindPanel::exportCsv() {
    const QString name = QFileDialog::getSaveFileName(
        this, tr("Export as CSV"), QStringLiteral("experts.csv"), tr("Tables (*.csv)"));
    if (name.isEmpty()) return;
    QSaveFile file(name);
    if (!file.open(QIODevice::WriteOnly) || file.write(contrastsAsCsv(search_.contrasts())) < 0 ||
        !file.commit())
        Q_EMIT bridge_.errorOccurred(
            tr("%1 could not be written: %2").arg(name, file.errorString()));
}

void FindPanel::steer(const QModelIndex& index) {
    const int row = sorted_->mapToSource(index).row();
    const ExpertSite site = model_->siteOf(row);
    selection_.selectSite(site);
    InterventionSet set = bridge_.session().interventions();
    switch (index.column()) {
        case ContrastModel::Ablate:
            set = isAblated(set, site) ? withoutSite(set, site) : withAblated(set, site);
            break;
        case ContrastModel::Force:
            set = isForced(set, site) ? withoutSite(set, site) : withForced(set, site);
            break;
        case ContrastModel::BiasUp:
            set = withMoreBias(set, site, kBiasStep);
            break;
        case ContrastModel::BiasDown:
            set = withMoreBias(set, site, -kBiasStep);
            break;
        default:
            return;
    }
    bridge_.run([&set](ChatSession& session) { session.setInterventions(set); });
}

void FindPanel::updateBar() {
    const ChatSession& session = bridge_.session();
    const bool filled = !fields_[0]->toPlainText().trimmed().isEmpty() &&
                        !fields_[1]->toPlainText().trimmed().isEmpty();
    const bool can = session.model() && !session.generating() && filled;
    start_->setText(search_.running() ? tr("Cancel") : tr("Find experts"));
    start_->setEnabled(search_.running() || can);
    export_->setEnabled(!search_.contrasts().empty());
    progress_->setVisible(search_.running());
    progress_->setRange(0, std::max(1, search_.total()));
    progress_->setValue(search_.done());
    badge_->show({.any = !search_.contrasts().empty(),
                  .synthetic = search_.synthetic() && !search_.contrasts().empty()});
    const auto& contrasts = search_.contrasts();
    if (search_.running()) {
        status_->setText(tr("%1 of %2 prompts read").arg(search_.done()).arg(search_.total()));
    } else if (contrasts.empty()) {
        status_->setText(session.model()
                             ? tr("Which experts are selected for A more often than for B")
                             : tr("Open a model first"));
    } else {
        const auto standing = std::count_if(
            contrasts.begin(), contrasts.end(), [](const Contrast& c) { return c.stands(); });
        status_->setText(tr("%1 of %2 experts differ, by luck about %3; difference in points of "
                            "the tokens that select it")
                             .arg(standing)
                             .arg(contrasts.size())
                             .arg(qRound(0.05 * static_cast<double>(contrasts.size()))));
    }
}

}  // namespace gatescope
