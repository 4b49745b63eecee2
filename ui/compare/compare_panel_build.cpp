// What the dock "compare" is made of.
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "ui/compare/aligned_text.h"
#include "ui/compare/compare_panel.h"
#include "ui/compare/difference_map.h"
#include "ui/compare/seed_panel.h"
#include "ui/docks/flow_layout.h"
#include "ui/provenance_badge.h"
#include "ui/routing/heatmap_legend.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

QPushButton* flatButton(const QString& text, const QString& tip) {
    auto* button = new QPushButton(text);
    button->setProperty("kind", QStringLiteral("flat"));
    button->setToolTip(tip);
    button->setAccessibleDescription(tip);
    return button;
}

}  // namespace

void ComparePanel::build() {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 8, 12, 8);
    layout->setSpacing(6);
    layout->addWidget(buildHead());
    layout->addWidget(buildPrompts());
    seeds_ = new SeedPanel(bridge_, comparison_, theme_);
    seeds_->hide();
    layout->addWidget(seeds_);
    progress_ = new QProgressBar;
    progress_->setTextVisible(false);
    progress_->setAccessibleName(tr("Progress of the measurement"));
    progress_->hide();
    layout->addWidget(progress_);
    summary_ = new QLabel;
    summary_->setObjectName(QStringLiteral("compareSummary"));
    summary_->setProperty("kind", QStringLiteral("muted"));
    summary_->setWordWrap(true);
    layout->addWidget(summary_);

    text_ = new AlignedText(comparison_, theme_);
    map_ = new DifferenceMap(theme_);
    auto* scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setWidget(map_);
    auto* mapSide = new QWidget;
    auto* column = new QVBoxLayout(mapSide);
    column->setContentsMargins(8, 0, 0, 0);
    column->setSpacing(4);
    column->addWidget(scroll, 1);
    auto* legend = new HeatmapLegend(theme_);
    legend->setColorMap(map_->colorMap());
    legend->setQuantity(tr("points of router probability: blue more in A, orange more in B"));
    legend->setShowsChoices(false);
    legend->setHatching(tr("within the noise"));
    column->addWidget(legend);
    body_ = new QSplitter;
    body_->addWidget(text_);
    body_->addWidget(mapSide);
    body_->setStretchFactor(0, 3);
    body_->setStretchFactor(1, 2);
    body_->setChildrenCollapsible(false);

    empty_ = new QLabel;
    empty_->setProperty("kind", QStringLiteral("muted"));
    empty_->setAlignment(Qt::AlignCenter);
    empty_->setWordWrap(true);
    pages_ = new QStackedWidget;
    pages_->addWidget(empty_);
    pages_->addWidget(body_);
    layout->addWidget(pages_, 1);
}

QWidget* ComparePanel::buildHead() {
    auto* head = new QWidget;
    auto* rows = new QVBoxLayout(head);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(6);
    auto* runs = new QHBoxLayout;
    runs->setSpacing(4);
    const QString names[] = {tr("A"), tr("B")};
    for (int side = 0; side < 2; ++side) {
        auto* label = sides_[side] = new QLabel(names[side]);
        label->setFont(theme_.font(FontRole::Strong));
        runs->addWidget(label);
        auto* box = boxes_[side] = new QComboBox;
        box->setObjectName(side == 0 ? QStringLiteral("runA") : QStringLiteral("runB"));
        box->setAccessibleName(side == 0 ? tr("Run A") : tr("Run B"));
        box->setMinimumContentsLength(8);
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        runs->addWidget(box, 1);
        if (side == 0) runs->addSpacing(8);
    }
    badge_ = new ProvenanceBadge;
    badge_->show({});
    runs->addWidget(badge_);
    rows->addLayout(runs);
    rows->addWidget(buildButtons());
    return head;
}

QWidget* ComparePanel::buildButtons() {
    buttons_ = new QWidget;
    auto* flow = new FlowLayout(6, buttons_);
    flow->setContentsMargins(0, 0, 0, 0);
    rerun_ = new QPushButton;
    rerun_->setObjectName(QStringLiteral("rerun"));
    flow->addWidget(rerun_);
    measure_ = flatButton(tr("Measure KL"), {});
    measure_->setObjectName(QStringLiteral("measureKl"));
    flow->addWidget(measure_);
    seedsButton_ = flatButton(tr("N seeds…"),
                              tr("Continues the prompt of A and B with many seeds, as A and as B"));
    seedsButton_->setObjectName(QStringLiteral("seeds"));
    seedsButton_->setCheckable(true);
    flow->addWidget(seedsButton_);
    promptsButton_ = flatButton(tr("Two prompts…"), tr("Continue two texts with the same seed"));
    promptsButton_->setCheckable(true);
    flow->addWidget(promptsButton_);
    recordingButton_ =
        flatButton(tr("Recording…"), tr("Compare with the conversation of a .gscope file"));
    flow->addWidget(recordingButton_);
    return buttons_;
}

QWidget* ComparePanel::buildPrompts() {
    prompts_ = new QWidget;
    auto* row = new QHBoxLayout(prompts_);
    row->setContentsMargins(0, 0, 0, 0);
    const QString hints[] = {tr("Text A, as the model reads it"), tr("Text B")};
    for (int side = 0; side < 2; ++side) {
        auto* field = promptFields_[side] = new QLineEdit;
        field->setObjectName(side == 0 ? QStringLiteral("promptA") : QStringLiteral("promptB"));
        field->setPlaceholderText(hints[side]);
        field->setAccessibleName(hints[side]);
        row->addWidget(field, 1);
    }
    runPrompts_ = new QPushButton(tr("Run both"));
    runPrompts_->setObjectName(QStringLiteral("runPrompts"));
    row->addWidget(runPrompts_);
    prompts_->hide();
    return prompts_;
}

}  // namespace gatescope
