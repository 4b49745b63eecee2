#include "ui/chat/model_summary_view.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>

#include "engine/plan/memory_plan.h"
#include "ui/chat/visible_text.h"
#include "ui/docks/plan_table.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

// A file may bring any number of remarks of any length. More than this no one reads, and breaking
// it into lines would hold the window up (docs/benchmarks.md).
constexpr qsizetype kMaxTextLength = 400;
constexpr qsizetype kMaxRemarksLength = 800;

QString shown(const std::string& text) {
    return visibleLine(QString::fromUtf8(text.data(), qsizetype(text.size()))).left(kMaxTextLength);
}

/// A QLabel wraps between words only, and a path is one: lets it break after every 20 units.
QString breakable(const QString& text) {
    QString broken;
    int run = 0;
    for (const QChar unit : text) {
        run = unit.isSpace() ? 0 : run + 1;
        broken += unit;
        if (run < 20 || unit.isHighSurrogate()) continue;
        broken += QChar(0x200B);
        run = 0;
    }
    return broken;
}

/// rowsOf() without the remarks and the plan, which have sections of their own.
std::vector<std::pair<std::string, std::string>> factsOf(const ModelSummary& summary) {
    ModelSummary bare = summary;
    bare.remarks.clear();
    auto rows = rowsOf(bare);
    std::erase_if(rows, [inPlan = false](const auto& row) mutable {
        inPlan = inPlan || row.first.starts_with("plan");
        return inPlan;
    });
    return rows;
}

/// "weights: 8.7 MiB on CPU".
QString spokenRow(const PlanRow& row, const MemoryPlan& plan) {
    QStringList places;
    for (std::size_t device = 0; device < plan.devices.size(); ++device)
        places << ModelSummaryView::tr("%1 on %2")
                      .arg(QString::fromStdString(bytesText(row.bytes[device])),
                           shown(plan.devices[device].device));
    return row.kind + QStringLiteral(": ") + places.join(QStringLiteral(", "));
}

}  // namespace

ModelSummaryView::ModelSummaryView(const Theme& theme, QWidget* parent)
    : QScrollArea(parent), theme_(theme) {
    setObjectName(QStringLiteral("modelSummary"));
    setAccessibleName(tr("What the model is"));
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFocusPolicy(Qt::StrongFocus);
    setMinimumHeight(120);
}

void ModelSummaryView::showHint(const QString& sentence) {
    QGridLayout* grid = startOver();
    grid->addWidget(makeLabel(sentence, "muted"), 0, 0, 1, 2);
    finish(grid, {sentence});
}

void ModelSummaryView::showPreview(const ModelPreview& preview) {
    QGridLayout* grid = startOver();
    QStringList spoken;
    const auto addRow = [&](const QString& label, const QString& text) {
        const int row = grid->rowCount();
        const int column = label.isEmpty() ? 0 : 1;
        if (column == 1) grid->addWidget(makeLabel(label, "muted"), row, 0, Qt::AlignTop);
        grid->addWidget(makeLabel(text, ""), row, column, 1, 2 - column);
        spoken << (label.isEmpty() ? text : label + QStringLiteral(": ") + text);
    };
    if (!preview.summary) {
        addHeading(grid, tr("This cannot be opened"), {});
        addRow({}, visibleLine(preview.error).left(kMaxTextLength));
        return finish(grid, spoken);
    }
    const ModelSummary& summary = *preview.summary;
    const auto addPlan = [&] {
        const QString verdict =
            summary.plan.fits ? tr("Fits this machine") : tr("Does not fit this machine");
        addHeading(grid, verdict, tr("DERIVED"));
        spoken << verdict;
        // Why Open is disabled must not need scrolling.
        if (summary.plan.fits) addPlanNumbers(grid, summary.plan);
        QStringList sentences = planSentences(summary.plan);
        for (QString& sentence : sentences) sentence.truncate(kMaxTextLength);
        addRow({}, sentences.join(QLatin1Char('\n')));  // one label: each costs
        if (!summary.plan.fits) addPlanNumbers(grid, summary.plan);
        for (const PlanRow& row : planRows(summary.plan)) spoken << spokenRow(row, summary.plan);
    };
    addHeading(grid, shown(summary.name), summary.synthetic ? tr("SYNTHETIC") : QString());
    if (!summary.plan.fits) {
        addPlan();
        addHeading(grid, tr("The model"), {});
    }
    for (const auto& [label, text] : factsOf(summary)) addRow(shown(label), shown(text));
    if (!summary.remarks.empty()) addHeading(grid, tr("Missing or odd"), {});
    std::size_t numShown = 0;
    for (qsizetype length = 0; numShown < summary.remarks.size(); ++numShown) {
        const QString remark = shown(summary.remarks[numShown]);
        length += remark.size();
        if (length > kMaxRemarksLength) break;
        addRow({}, remark);
    }
    if (numShown < summary.remarks.size())
        addRow({}, tr("and %1 more").arg(summary.remarks.size() - numShown));
    if (summary.plan.fits) addPlan();
    finish(grid, spoken);
}

QGridLayout* ModelSummaryView::startOver() {
    auto* content = new QWidget;
    auto* grid = new QGridLayout(content);
    grid->setContentsMargins(0, 0, theme_.space(2), 0);
    grid->setHorizontalSpacing(theme_.space(4));
    grid->setVerticalSpacing(theme_.space(1));
    grid->setColumnStretch(1, 1);
    return grid;
}

void ModelSummaryView::finish(QGridLayout* grid, const QStringList& spoken) {
    grid->setRowStretch(grid->rowCount(), 1);
    setAccessibleDescription(spoken.join(QLatin1Char('\n')));
    setWidget(grid->parentWidget());  // the one before is deleted
}

QLabel* ModelSummaryView::makeLabel(const QString& text, const char* kind) const {
    auto* label = new QLabel;
    label->setTextFormat(Qt::PlainText);
    label->setText(
        breakable(text));  // so no text is offered for copying: it would take these along
    label->setWordWrap(QLatin1String(kind) != QLatin1String("badge") &&
                       QLatin1String(kind) != QLatin1String("badge-warning"));
    label->setFocusPolicy(Qt::NoFocus);
    label->setProperty("kind", QString::fromLatin1(kind));
    return label;
}

/// A label a column, not one a number: a table of widgets would hold the window up.
void ModelSummaryView::addPlanNumbers(QGridLayout* grid, const MemoryPlan& plan) const {
    const std::vector<PlanRow> rows = planRows(plan);
    auto* columns = new QHBoxLayout;
    columns->setSpacing(theme_.space(4));
    const auto addColumn =
        [&](const QStringList& lines, const char* kind, Qt::Alignment alignment) {
            auto* label = new QLabel(lines.join(QLatin1Char('\n')));
            label->setTextFormat(Qt::PlainText);
            label->setAlignment(alignment | Qt::AlignTop);
            label->setProperty("kind", QString::fromLatin1(kind));
            label->setObjectName(QStringLiteral("planColumn"));
            columns->addWidget(label);
        };
    QStringList kinds{QString()};
    for (const PlanRow& row : rows) kinds << row.kind;
    addColumn(kinds, "muted", Qt::AlignLeft);
    for (std::size_t device = 0; device < plan.devices.size(); ++device) {
        QStringList lines{shown(plan.devices[device].device)};
        for (const PlanRow& row : rows)
            lines << QString::fromStdString(bytesText(row.bytes[device]));
        addColumn(lines, "", Qt::AlignRight);
    }
    columns->addStretch();
    grid->addLayout(columns, grid->rowCount(), 0, 1, 2);
}

void ModelSummaryView::addHeading(QGridLayout* grid,
                                  const QString& title,
                                  const QString& badge) const {
    auto* line = new QHBoxLayout;
    line->setContentsMargins(0, grid->count() > 0 ? theme_.space(3) : 0, 0, 0);
    QLabel* label = makeLabel(title, "");
    label->setFont(theme_.font(FontRole::Strong));
    line->addWidget(label, 1);
    if (!badge.isEmpty())
        line->addWidget(makeLabel(badge, badge == tr("DERIVED") ? "badge" : "badge-warning"));
    grid->addLayout(line, grid->rowCount(), 0, 1, 2);
}

}  // namespace gatescope
