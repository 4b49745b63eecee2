#include "ui/plan/rig_plan_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QVBoxLayout>
#include <algorithm>
#include <chrono>
#include <cmath>

#include "ui/bytes_text.h"
#include "ui/chat/visible_text.h"
#include "ui/language/number_text.h"
#include "ui/plan/rig_plan_table.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr std::chrono::milliseconds kPauseOfChanges{200};
constexpr int kLargestContext = 1 << 20;
constexpr double kMostHostGB = 1e6;
constexpr int kAsStored = -1;

/// Three digits, without an exponent: "192", "1.92", "0.0192".
QString speedText(double tokensPerS) {
    const int whole = tokensPerS > 0 ? int(std::floor(std::log10(tokensPerS))) : 0;
    return numberText(tokensPerS, 'f', std::clamp(2 - whole, 0, 6));
}

QLabel* wrapped(const char* kind) {
    auto* label = new QLabel;
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setProperty("kind", QString::fromLatin1(kind));
    return label;
}

QString typeName(DType type) {
    switch (type) {
        case DType::Q8_0:
            return RigPlanDialog::tr("8 bits (q8_0)");
        case DType::Q4_0:
            return RigPlanDialog::tr("4 bits (q4_0)");
        default:
            return QString::fromUtf8(name(type).data(), qsizetype(name(type).size()));
    }
}

}  // namespace

RigPlanDialog::RigPlanDialog(const Theme& theme, const QString& model, QWidget* parent)
    : QDialog(parent), theme_(theme), model_(model) {
    setWindowTitle(tr("Plan for more devices"));
    setMinimumWidth(420);
    resize(860, 720);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(24, 20, 24, 20);
    column->setSpacing(10);

    auto* heading = new QHBoxLayout;
    title_ = wrapped("");
    title_->setFont(theme.font(FontRole::Title));
    title_->setText(visibleLine(QFileInfo(model).fileName()));
    heading->addWidget(title_, 1);
    auto* badge = new QLabel(tr("PREDICTED"));
    badge->setProperty("kind", QStringLiteral("badge"));
    badge->setToolTip(tr("Arithmetic on bytes and rates. Nothing was loaded or timed."));
    heading->addWidget(badge, 0, Qt::AlignTop);
    column->addLayout(heading);

    auto* form = new QFormLayout;
    form->setRowWrapPolicy(QFormLayout::WrapLongRows);
    addWishes(form);
    column->addLayout(form);

    speed_ = wrapped("");
    speed_->setObjectName(QStringLiteral("rigPlanSpeed"));
    speed_->setFont(theme.font(FontRole::Strong));
    column->addWidget(speed_);
    shape_ = wrapped("muted");
    column->addWidget(shape_);
    table_ = new RigPlanTable(theme);
    column->addWidget(table_, 2);
    reasons_ = wrapped("muted");
    reasons_->setObjectName(QStringLiteral("rigPlanReasons"));
    reasons_->setAlignment(Qt::AlignTop);
    auto* scroll = new QScrollArea;
    scroll->setWidget(reasons_);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setAccessibleName(tr("Why it would lie so"));
    column->addWidget(scroll, 1);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    column->addWidget(buttons);

    pause_.setSingleShot(true);
    pause_.setInterval(kPauseOfChanges);
    connect(&pause_, &QTimer::timeout, this, &RigPlanDialog::askForPlan);
    connect(&planner_, &RigPlanner::arrived, this, &RigPlanDialog::showAnswer);
    setRigFile({});
}

void RigPlanDialog::addWishes(QFormLayout* form) {
    rig_ = new QPushButton;
    rig_->setObjectName(QStringLiteral("rigPlanRig"));
    connect(rig_, &QPushButton::clicked, this, &RigPlanDialog::chooseRig);
    form->addRow(tr("&Machine"), rig_);

    type_ = new QComboBox;
    type_->setObjectName(QStringLiteral("rigPlanType"));
    type_->addItem(tr("as they are stored"), kAsStored);
    for (const DType type : {DType::BF16, DType::Q8_0, DType::Q4_0})
        type_->addItem(typeName(type), int(type));
    form->addRow(tr("&Weights"), type_);

    cache_ = new QComboBox;
    for (const DType type : {DType::BF16, DType::F16, DType::F32, DType::I8})
        cache_->addItem(type == DType::I8 ? tr("8 bits (int8)") : typeName(type), int(type));
    form->addRow(tr("&Keys and values"), cache_);

    context_ = new QSpinBox;
    context_->setObjectName(QStringLiteral("rigPlanContext"));
    context_->setRange(1, kLargestContext);
    context_->setGroupSeparatorShown(true);
    context_->setSingleStep(1024);
    context_->setValue(kDefaultContextTokens);
    context_->setSuffix(tr(" tokens"));
    form->addRow(tr("Conte&xt"), context_);

    devices_ = new QSpinBox;
    devices_->setObjectName(QStringLiteral("rigPlanDevices"));
    devices_->setRange(-1, int(kMostRigDevices));
    devices_->setValue(-1);
    devices_->setSpecialValueText(tr("all"));
    form->addRow(tr("&GPUs, at most"), devices_);

    ranks_ = new QComboBox;
    ranks_->addItem(tr("as is fastest"), 0);
    for (const int ranks : {1, 2, 4, 8}) ranks_->addItem(QLocale().toString(ranks), ranks);
    form->addRow(tr("GPUs that &share a layer"), ranks_);

    host_ = new QDoubleSpinBox;
    host_->setRange(-1, kMostHostGB);
    host_->setDecimals(0);
    host_->setValue(-1);
    host_->setSpecialValueText(tr("all that is free"));
    host_->setSuffix(tr(" GB"));
    form->addRow(tr("Memory of the &host, at most"), host_);

    for (QComboBox* choice : {type_, cache_, ranks_}) {
        choice->setProperty("kind", QStringLiteral("field"));
        connect(choice, &QComboBox::currentIndexChanged, this, &RigPlanDialog::expectPlan);
    }
    for (QSpinBox* number : {context_, devices_})
        connect(number, &QSpinBox::valueChanged, this, &RigPlanDialog::expectPlan);
    connect(host_, &QDoubleSpinBox::valueChanged, this, &RigPlanDialog::expectPlan);
}

void RigPlanDialog::chooseRig() {
    if (!rigFile_.isEmpty()) return setRigFile({});
    const QString file = QFileDialog::getOpenFileName(
        this, tr("Description of a machine"), QDir::homePath(), tr("Rigs (*.json);;All files (*)"));
    if (!file.isEmpty()) setRigFile(file);
}

void RigPlanDialog::setRigFile(const QString& file) {
    rigFile_ = file;
    rig_->setText(
        file.isEmpty()
            ? tr("This machine – choose another…")
            : tr("%1 – back to this machine").arg(visibleLine(QFileInfo(file).fileName())));
    expectPlan();
}

void RigPlanDialog::expectPlan() {
    speed_->setText(tr("Planning…"));
    pause_.start();
}

void RigPlanDialog::askForPlan() {
    RigPlanWish wish{.model = model_, .rigFile = rigFile_};
    if (const int type = type_->currentData().toInt(); type != kAsStored)
        wish.storedAs = DType(type);
    wish.cacheType = DType(cache_->currentData().toInt());
    wish.contextTokens = context_->value();
    if (const int ranks = ranks_->currentData().toInt(); ranks > 0) wish.ranks = ranks;
    if (devices_->value() >= 0) wish.numDevices = devices_->value();
    if (host_->value() >= 0) wish.hostBytes = std::uint64_t(host_->value() * 1e9);
    planner_.ask(wish);
}

void RigPlanDialog::showAnswer(const RigPlanAnswer& answer) {
    table_->setVisible(answer.plan.has_value());
    if (!answer.plan) {
        speed_->setText(tr("There is no such plan"));
        shape_->setText(visibleLine(answer.error));
        reasons_->clear();
        return;
    }
    const RigPlan& plan = *answer.plan;
    title_->setText(visibleLine(answer.modelName));
    speed_->setText(
        plan.fits ? tr("Fits: %1 tokens a second, %2 with the whole context")
                        .arg(speedText(plan.tokensPerS()), speedText(plan.tokensPerSWhenFull()))
                  : tr("Does not fit"));
    shape_->setText(tr("%1. %2 of weights, of which a token reads %3. Context of %4 tokens.")
                        .arg(visibleLine(QString::fromStdString(plan.shape)),
                             bytesText(quint64(plan.modelBytes)),
                             bytesText(quint64(plan.bytesPerToken)),
                             QLocale().toString(plan.contextTokens)));
    table_->showPlan(plan);
    reasons_->setText(sentencesOf(plan, answer.remarks));
}

QString RigPlanDialog::sentencesOf(const RigPlan& plan, const QStringList& remarks) const {
    QStringList lines;
    for (const std::string& reason : plan.reasons)
        lines << visibleLine(QString::fromStdString(reason));
    if (!plan.runnerUp.empty())
        lines << tr("Second best: %1").arg(visibleLine(QString::fromStdString(plan.runnerUp)));
    for (const StoredOtherwise& other : plan.otherTypes)
        lines << (other.fits
                      ? tr("With weights of %1: %2, %3 tokens a second")
                            .arg(typeName(other.type),
                                 bytesText(quint64(other.weightBytes)),
                                 speedText(other.tokensPerS))
                      : tr("With weights of %1: %2, which does not fit")
                            .arg(typeName(other.type), bytesText(quint64(other.weightBytes))));
    for (const QString& remark : remarks) lines << visibleLine(remark);
    return lines.join(QLatin1Char('\n'));
}

}  // namespace gatescope
