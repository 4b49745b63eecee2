#include "ui/composing/reply_settings.h"

#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScreen>
#include <QScrollArea>
#include <QSpinBox>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/composing/preset_row.h"
#include "ui/composing/sampling_view.h"
#include "ui/composing/seed_field.h"
#include "ui/composing/stop_text.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

/// Shows 0.7 and 0.0125, not 0.7000.
class ShortSpinBox : public QDoubleSpinBox {
  public:
    ShortSpinBox() { setDecimals(4); }
    QString textFromValue(double value) const override { return locale().toString(value, 'g', 6); }
};

}  // namespace

ReplySettings::ReplySettings(EngineBridge& bridge,
                             OwnSettings& own,
                             const Theme& theme,
                             QWidget* parent)
    : QFrame(parent, Qt::Popup), bridge_(bridge), own_(own) {
    setObjectName(QStringLiteral("replySettings"));
    setProperty("kind", QStringLiteral("toast"));
    setAccessibleName(tr("Reply settings"));
    content_ = new QWidget;
    auto* sides = new QHBoxLayout(content_);
    sides->setContentsMargins(18, 16, 18, 16);
    sides->setSpacing(24);
    form_ = new QFormLayout;
    sides->addLayout(form_, 1);
    sampling_ = new SamplingView(bridge_, theme);
    sides->addWidget(sampling_, 0, Qt::AlignTop);
    form_->setHorizontalSpacing(20);
    form_->setVerticalSpacing(8);
    auto* scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidgetResizable(true);
    scroll->viewport()->setAutoFillBackground(false);
    content_->setAutoFillBackground(false);
    scroll->setWidget(content_);
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(1, 1, 1, 1);
    whole->addWidget(scroll);

    auto* title = new QLabel(tr("How replies are written"));
    title->setFont(theme.font(FontRole::Title));
    form_->addRow(title);
    buildPresets(theme);
    buildSampler(theme);
    buildEnds(theme);
    refresh();
}

void ReplySettings::buildPresets(const Theme& theme) {
    presets_ = new PresetRow(bridge_, own_, theme);
    form_->addRow(tr("Preset"), presets_);
    note_ = new QLabel;
    note_->setProperty("kind", QStringLiteral("faint"));
    note_->setTextFormat(Qt::PlainText);
    note_->setFont(theme.font(FontRole::Tiny));
    note_->setWordWrap(true);
    form_->addRow(QString(), note_);
    connect(presets_, &PresetRow::presetChosen, this, [this] {
        refresh();
        Q_EMIT settingsChanged();
    });
    connect(presets_, &PresetRow::nameRefused, this, &ReplySettings::showNote);
    connect(&own_, &OwnSettings::presetsChanged, this, &ReplySettings::refresh);
}

void ReplySettings::buildSampler(const Theme& theme) {
    addReal(tr("Temperature"),
            tr("0 always takes the likeliest token; higher is more varied"),
            0,
            5,
            0.05,
            &SamplerConfig::temperature);
    addReal(tr("Top-p"),
            tr("Draws from the smallest set of tokens with this much probability; 1: all"),
            0.01,
            1,
            0.01,
            &SamplerConfig::topP);
    addWhole(tr("Top-k tokens"),
             tr("Draws from this many likeliest tokens; 0: all"),
             0,
             1000000,
             [](ReplyOptions& o) -> int& { return o.sampler.topK; });
    addReal(tr("Min-p"),
            tr("Drops tokens less likely than this share of the likeliest; 0: none"),
            0,
            1,
            0.01,
            &SamplerConfig::minP);
    addReal(tr("Repetition penalty"),
            tr("Above 1, tokens seen lately become less likely"),
            0.1,
            5,
            0.05,
            &SamplerConfig::repetitionPenalty);
    seed_ = new SeedField(bridge_, theme);
    seed_->setToolTip(tr("The same seed draws the same tokens; empty: a new one each time"));
    form_->addRow(tr("Seed"), seed_);
    connect(seed_, &SeedField::seedChanged, this, [this] {
        set([this](ReplyOptions& options) { options.sampler.seed = seed_->seed(); });
    });
}

void ReplySettings::buildEnds(const Theme& theme) {
    addWhole(
        tr("Longest reply"),
        tr("Tokens a reply may have"),
        1,
        kLargestReply,
        [](ReplyOptions& o) -> int& { return o.maxTokens; },
        tr(" tokens"));
    stops_ = addText(theme, tr("Stop at"), 2);
    stops_->setObjectName(QStringLiteral("stopStrings"));
    stops_->setPlaceholderText(tr("A text a line; \\n is a line break"));
    connect(stops_, &QPlainTextEdit::textChanged, this, [this] {
        set([this](ReplyOptions& options) {
            options.stopStrings = stopStringsOf(stops_->toPlainText());
        });
    });
    templateStops_ = new QLabel;
    templateStops_->setProperty("kind", QStringLiteral("faint"));
    templateStops_->setTextFormat(Qt::PlainText);
    templateStops_->setFont(theme.font(FontRole::Tiny));
    templateStops_->setWordWrap(true);
    form_->addRow(QString(), templateStops_);

    speculation_ = new QCheckBox(tr("Draft what the text said before"));
    const QString drafts =
        tr("Verifies several drafted tokens in one step where that pays; the reply is the same");
    speculation_->setObjectName(QStringLiteral("speculation"));
    speculation_->setAccessibleName(tr("Speculation"));
    speculation_->setToolTip(drafts);
    speculation_->setAccessibleDescription(drafts);
    form_->addRow(tr("Speculation"), speculation_);
    connect(speculation_, &QCheckBox::toggled, this, [this](bool on) {
        set([on](ReplyOptions& options) { options.speculation = on; });
    });
    system_ = addText(theme, tr("System text"), 3);
    system_->setPlaceholderText(tr("Put in front of the whole conversation"));
    connect(system_, &QPlainTextEdit::textChanged, this, [this] {
        if (refreshing_) return;
        const std::string text = system_->toPlainText().toStdString();
        bridge_.run([&](ChatSession& session) { session.setSystemText(text); });
        Q_EMIT settingsChanged();
    });
}

void ReplySettings::addReal(const QString& label,
                            const QString& help,
                            double from,
                            double to,
                            double step,
                            float SamplerConfig::*value) {
    auto* box = new ShortSpinBox;
    box->setRange(from, to);
    box->setSingleStep(step);
    box->setToolTip(help);
    box->setAccessibleName(label);
    box->setAccessibleDescription(help);
    box->setMinimumWidth(140);
    form_->addRow(label, box);
    connect(box, &QDoubleSpinBox::valueChanged, this, [this, value](double chosen) {
        set([&](ReplyOptions& options) { options.sampler.*value = static_cast<float>(chosen); });
    });
    showValues_.emplace_back([box, value](const ReplyOptions& options) {
        box->setValue(static_cast<double>(options.sampler.*value));
    });
}

void ReplySettings::addWhole(const QString& label,
                             const QString& help,
                             int from,
                             int to,
                             const std::function<int&(ReplyOptions&)>& value,
                             const QString& unit) {
    auto* box = new QSpinBox;
    box->setRange(from, to);
    box->setSuffix(unit);
    box->setToolTip(help);
    box->setAccessibleName(label);
    box->setAccessibleDescription(help);
    box->setMinimumWidth(140);
    form_->addRow(label, box);
    connect(box, &QSpinBox::valueChanged, this, [this, value](int chosen) {
        set([&](ReplyOptions& options) { value(options) = chosen; });
    });
    showValues_.emplace_back([box, value](const ReplyOptions& options) {
        ReplyOptions copy = options;
        box->setValue(value(copy));
    });
}

QPlainTextEdit* ReplySettings::addText(const Theme& theme, const QString& label, int lines) {
    auto* edit = new QPlainTextEdit;
    edit->setProperty("kind", QStringLiteral("field"));
    edit->setAccessibleName(label);
    edit->setTabChangesFocus(true);
    edit->setFixedHeight(QFontMetrics(theme.font(FontRole::Body)).lineSpacing() * lines + 12);
    form_->addRow(label, edit);
    return edit;
}

void ReplySettings::set(const std::function<void(ReplyOptions&)>& change) {
    if (refreshing_) return;
    bridge_.run([&](ChatSession& session) {
        ReplyOptions options = session.replyOptions();
        change(options);
        session.setReplyOptions(options);
    });
    presets_->refresh();
    showNote(presets_->description());
    if (isVisible()) sampling_->refresh();
    Q_EMIT settingsChanged();
}

void ReplySettings::showNote(const QString& text) {
    note_->setText(text);
    note_->setVisible(!text.isEmpty());
}

QString ReplySettings::note() const {
    return note_->text();
}

void ReplySettings::refresh() {
    const ChatSession& session = bridge_.session();
    const ReplyOptions& options = session.replyOptions();
    refreshing_ = true;
    for (const auto& show : showValues_) show(options);
    seed_->setSeed(options.sampler.seed);
    if (stopStringsOf(stops_->toPlainText()) != options.stopStrings)
        stops_->setPlainText(stopText(options.stopStrings));
    speculation_->setChecked(options.speculation);
    const QString system = QString::fromStdString(session.systemText());
    if (system_->toPlainText() != system) system_->setPlainText(system);
    const PromptTemplate* t = session.templates().find(session.templateName());
    const bool stops = t != nullptr && !t->stopStrings.empty();
    templateStops_->setText(
        stops ? tr("The template stops at %1, too.")
                    .arg(stopText(t->stopStrings).replace(QLatin1Char('\n'), QLatin1String(", ")))
              : QString());
    templateStops_->setVisible(stops);
    refreshing_ = false;
    presets_->refresh();
    showNote(presets_->description());
    if (isVisible()) sampling_->refresh();
}

void ReplySettings::openAbove(const QPoint& corner) {
    refresh();
    sampling_->refresh();
    const QRect room = screen()->availableGeometry();
    content_->layout()->activate();
    const QSize wanted = content_->sizeHint() + QSize(2, 2);
    const int height = std::min(wanted.height(), std::max(200, corner.y() - room.top() - 12));
    resize(std::max(wanted.width(), 380) + (height < wanted.height() ? 12 : 0), height);
    move(corner.x(), std::max(room.top(), corner.y() - height - 6));
    show();
    setFocus();
}

}  // namespace gatescope
