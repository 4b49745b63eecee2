#include "ui/composing/preset_row.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QStackedWidget>
#include <QToolButton>
#include <algorithm>

#include "ui/language/engine_words.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

QToolButton* button(const Theme& theme, const char* icon, const QString& help) {
    auto* made = new QToolButton;
    made->setIcon(theme.icon(QString::fromLatin1(icon)));
    made->setToolTip(help);
    made->setAccessibleName(help);
    return made;
}

}  // namespace

PresetRow::PresetRow(EngineBridge& bridge, OwnSettings& own, const Theme& theme)
    : bridge_(bridge), own_(own) {
    choice_ = new QComboBox;
    choice_->setObjectName(QStringLiteral("presetChoice"));
    choice_->setProperty("kind", QStringLiteral("field"));
    choice_->setAccessibleName(tr("Preset"));
    save_ = button(theme, "save", tr("Keep these settings as a preset"));
    save_->setObjectName(QStringLiteral("savePreset"));
    remove_ = button(theme, "delete", tr("Delete this preset"));
    remove_->setObjectName(QStringLiteral("removePreset"));
    auto* choosing = new QWidget;
    auto* row = new QHBoxLayout(choosing);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(4);
    row->addWidget(choice_, 1);
    row->addWidget(save_);
    row->addWidget(remove_);
    setFocusProxy(choice_);

    name_ = new QLineEdit;
    name_->setObjectName(QStringLiteral("presetName"));
    name_->setPlaceholderText(tr("Name of the preset"));
    name_->setAccessibleName(tr("Name of the preset"));
    name_->setMaxLength(60);
    auto* keep = button(theme, "save", tr("Keep it under this name"));
    auto* cancel = button(theme, "close", tr("Keep nothing"));
    auto* naming = new QWidget;
    auto* nameRow = new QHBoxLayout(naming);
    nameRow->setContentsMargins(0, 0, 0, 0);
    nameRow->setSpacing(4);
    nameRow->addWidget(name_, 1);
    nameRow->addWidget(keep);
    nameRow->addWidget(cancel);

    pages_ = new QStackedWidget;
    pages_->addWidget(choosing);
    pages_->addWidget(naming);
    auto* whole = new QHBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->addWidget(pages_);

    connect(choice_, &QComboBox::activated, this, [this](int chosen) {
        choose(choice_->itemData(chosen).toString());
    });
    connect(save_, &QToolButton::clicked, this, &PresetRow::askForName);
    connect(remove_, &QToolButton::clicked, this, [this] {
        const QString name = choice_->currentData().toString();
        if (isOwn(name)) own_.removePreset(name.toStdString());
    });
    connect(name_, &QLineEdit::returnPressed, this, &PresetRow::keep);
    connect(keep, &QToolButton::clicked, this, &PresetRow::keep);
    connect(cancel, &QToolButton::clicked, this, [this] { pages_->setCurrentIndex(0); });
    connect(&own_, &OwnSettings::presetsChanged, this, &PresetRow::fill);
    fill();
}

void PresetRow::fill() {
    const QSignalBlocker quiet(choice_);
    choice_->clear();
    for (const ReplyPreset& preset : builtInPresets())
        choice_->addItem(engineWords(preset.name), QString::fromStdString(preset.name));
    if (!own_.presets().empty()) choice_->insertSeparator(choice_->count());
    for (const ReplyPreset& preset : own_.presets()) {
        const QString name = QString::fromStdString(preset.name);
        choice_->addItem(name, name);
    }
    refresh();
}

const ReplyPreset* PresetRow::find(const QString& name) const {
    for (const auto* list : {&own_.presets(), &builtInPresets()})
        for (const ReplyPreset& preset : *list)
            if (QString::fromStdString(preset.name) == name) return &preset;
    return nullptr;
}

QStringList PresetRow::names() const {
    QStringList names;
    for (const auto* list : {&builtInPresets(), &own_.presets()})
        for (const ReplyPreset& preset : *list) names << QString::fromStdString(preset.name);
    return names;
}

bool PresetRow::isOwn(const QString& name) const {
    return std::ranges::any_of(own_.presets(), [&](const ReplyPreset& preset) {
        return QString::fromStdString(preset.name) == name;
    });
}

void PresetRow::refresh() {
    const ReplyOptions& options = bridge_.session().replyOptions();
    const auto shows = [&](const QString& name) {
        const ReplyPreset* preset = find(name);
        return preset != nullptr && preset->options == options;
    };
    int row = -1;
    for (int i = 0; i < choice_->count() && row < 0; ++i)
        if (shows(choice_->itemData(i).toString())) row = i;
    const QSignalBlocker quiet(choice_);
    choice_->setPlaceholderText(tr("Custom"));
    choice_->setCurrentIndex(row);
    remove_->setEnabled(row >= 0 && isOwn(choice_->itemData(row).toString()));
}

QString PresetRow::description() const {
    const QString name = choice_->currentData().toString();
    const ReplyPreset* preset = find(name);
    if (preset == nullptr) return {};
    return isOwn(name) ? QString::fromStdString(preset->description)
                       : engineWords(preset->description);
}

bool PresetRow::choose(const QString& name) {
    const ReplyPreset* preset = find(name);
    if (preset == nullptr) return false;
    bridge_.run([&](ChatSession& session) { session.setReplyOptions(preset->options); });
    Q_EMIT presetChosen();
    return true;
}

void PresetRow::askForName() {
    const QString shown = choice_->currentData().toString();
    name_->setText(isOwn(shown) ? shown : QString());
    pages_->setCurrentIndex(1);
    name_->setFocus(Qt::OtherFocusReason);
}

void PresetRow::keep() {
    const QString problem = saveAs(name_->text().trimmed());
    if (!problem.isEmpty()) return Q_EMIT nameRefused(problem);
    pages_->setCurrentIndex(0);
    choice_->setFocus(Qt::OtherFocusReason);
}

QString PresetRow::saveAs(const QString& name) {
    const ReplyPreset* known = find(name);
    if (known != nullptr && !isOwn(name))
        return tr("“%1” comes with Gatescope: take another name.").arg(name);
    if (!isSettingsName(name.toStdString()))
        return tr(
            "A preset is a file of its name: 1 to 60 characters without a slash, no blank or "
            "dot at an end.");
    ReplyPreset preset;
    preset.name = name.toStdString();
    if (known != nullptr) preset.description = known->description;
    preset.options = bridge_.session().replyOptions();
    own_.savePreset(preset);
    return {};
}

}  // namespace gatescope
