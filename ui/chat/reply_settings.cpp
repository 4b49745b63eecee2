#include "ui/chat/reply_settings.h"

#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>
#include <algorithm>
#include <limits>

#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr int kMaxSeed = std::numeric_limits<int>::max();

}  // namespace

ReplySettings::ReplySettings(EngineBridge& bridge, const Theme& theme, QWidget* parent)
    : QFrame(parent, Qt::Popup), bridge_(bridge) {
    setProperty("kind", QStringLiteral("toast"));
    setAccessibleName(tr("Reply settings"));
    form_ = new QFormLayout(this);
    form_->setContentsMargins(18, 16, 18, 16);
    form_->setHorizontalSpacing(20);
    form_->setVerticalSpacing(8);
    auto* title = new QLabel(tr("How replies are drawn"));
    title->setFont(theme.font(FontRole::Title));
    form_->addRow(title);
    temperature_ = addReal(tr("Temperature"),
                           tr("0 always takes the likeliest token; higher is more varied"),
                           0,
                           5,
                           0.05);
    topP_ = addReal(tr("Top-p"),
                    tr("Draws from the smallest set of tokens with this much probability; 1: all"),
                    0.01,
                    1,
                    0.01);
    topK_ = addWhole(
        tr("Top-k tokens"), tr("Draws from this many likeliest tokens; 0: all"), 0, 1000000);
    minP_ = addReal(tr("Min-p"),
                    tr("Drops tokens less likely than this share of the likeliest; 0: none"),
                    0,
                    1,
                    0.01);
    penalty_ = addReal(tr("Repetition penalty"),
                       tr("Above 1, tokens seen lately become less likely"),
                       0.1,
                       5,
                       0.05);
    seed_ = addWhole(
        tr("Seed"), tr("The same seed draws the same tokens; 0: a new one each time"), 0, kMaxSeed);
    seed_->setSpecialValueText(tr("new each time"));
    maxTokens_ = addWhole(tr("Longest reply"), tr("Tokens a reply may have"), 1, 1000000);
    maxTokens_->setSuffix(tr(" tokens"));
    speculation_ = new QCheckBox(tr("Draft what the text said before"));
    const QString drafts =
        tr("Verifies several drafted tokens in one step where that pays; the reply is the same");
    speculation_->setObjectName(QStringLiteral("speculation"));
    speculation_->setAccessibleName(tr("Speculation"));
    speculation_->setToolTip(drafts);
    speculation_->setAccessibleDescription(drafts);
    form_->addRow(tr("Speculation"), speculation_);
    connect(speculation_, &QCheckBox::toggled, this, &ReplySettings::apply);
    system_ = new QPlainTextEdit;
    system_->setProperty("kind", QStringLiteral("field"));
    system_->setAccessibleName(tr("System text"));
    system_->setPlaceholderText(tr("Put in front of the whole conversation"));
    system_->setTabChangesFocus(true);
    system_->setFixedHeight(QFontMetrics(theme.font(FontRole::Body)).lineSpacing() * 3 + 12);
    form_->addRow(tr("System text"), system_);
    auto* defaults = new QPushButton(tr("Back to defaults"));
    defaults->setProperty("kind", QStringLiteral("flat"));
    form_->addRow(defaults);
    connect(defaults, &QPushButton::clicked, this, [this] {
        bridge_.run([](ChatSession& session) {
            session.setSampler({});
            session.setSpeculation(false);
        });
        refresh();
        Q_EMIT settingsChanged();
    });
    connect(system_, &QPlainTextEdit::textChanged, this, [this] {
        if (refreshing_) return;
        const std::string text = system_->toPlainText().toStdString();
        bridge_.run([&](ChatSession& session) { session.setSystemText(text); });
    });
    refresh();
}

QDoubleSpinBox* ReplySettings::addReal(
    const QString& label, const QString& help, double from, double to, double step) {
    auto* box = new QDoubleSpinBox;
    box->setRange(from, to);
    box->setSingleStep(step);
    box->setDecimals(2);
    box->setToolTip(help);
    box->setAccessibleName(label);
    box->setAccessibleDescription(help);
    box->setMinimumWidth(140);
    form_->addRow(label, box);
    connect(box, &QDoubleSpinBox::valueChanged, this, &ReplySettings::apply);
    return box;
}

QSpinBox* ReplySettings::addWhole(const QString& label, const QString& help, int from, int to) {
    auto* box = new QSpinBox;
    box->setRange(from, to);
    box->setToolTip(help);
    box->setAccessibleName(label);
    box->setAccessibleDescription(help);
    box->setMinimumWidth(140);
    form_->addRow(label, box);
    connect(box, &QSpinBox::valueChanged, this, &ReplySettings::apply);
    return box;
}

void ReplySettings::apply() {
    if (refreshing_) return;
    SamplerConfig sampler = bridge_.session().sampler();
    sampler.temperature = static_cast<float>(temperature_->value());
    sampler.topP = static_cast<float>(topP_->value());
    sampler.topK = topK_->value();
    sampler.minP = static_cast<float>(minP_->value());
    sampler.repetitionPenalty = static_cast<float>(penalty_->value());
    sampler.seed = static_cast<std::uint64_t>(seed_->value());
    const int maxTokens = maxTokens_->value();
    const bool speculation = speculation_->isChecked();
    bridge_.run([&](ChatSession& session) {
        session.setSampler(sampler);
        session.setMaxTokens(maxTokens);
        session.setSpeculation(speculation);
    });
    Q_EMIT settingsChanged();
}

void ReplySettings::refresh() {
    const ChatSession& session = bridge_.session();
    const SamplerConfig& sampler = session.sampler();
    refreshing_ = true;
    temperature_->setValue(static_cast<double>(sampler.temperature));
    topP_->setValue(static_cast<double>(sampler.topP));
    topK_->setValue(sampler.topK);
    minP_->setValue(static_cast<double>(sampler.minP));
    penalty_->setValue(static_cast<double>(sampler.repetitionPenalty));
    seed_->setValue(static_cast<int>(std::min<std::uint64_t>(sampler.seed, kMaxSeed)));
    maxTokens_->setValue(session.maxTokens());
    speculation_->setChecked(session.speculation());
    const QString system = QString::fromStdString(session.systemText());
    if (system_->toPlainText() != system) system_->setPlainText(system);
    refreshing_ = false;
}

}  // namespace gatescope
