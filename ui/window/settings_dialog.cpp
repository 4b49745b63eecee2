#include "ui/window/settings_dialog.h"

#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QSignalBlocker>
#include <QSpinBox>

#include "ui/language/language.h"
#include "ui/theme/theme_choice.h"
#include "ui/window/profile_settings.h"

namespace gatescope {

SettingsDialog::SettingsDialog(Theme& theme,
                               ThemeChoice& choice,
                               ProfileSettings& settings,
                               const QString& profileFolder,
                               QWidget* parent)
    : QDialog(parent), theme_(theme), choice_(choice), settings_(settings) {
    setObjectName(QStringLiteral("settingsDialog"));
    setWindowTitle(tr("Settings"));
    auto* column = new QVBoxLayout(this);
    heading_ = new QLabel(windowTitle());
    column->addWidget(heading_);
    auto* form = new QFormLayout;
    form->setRowWrapPolicy(QFormLayout::WrapLongRows);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    addLooks(form);
    addLanguage(form);
    addNotices(form);
    addHeat(form);
    addProfile(form, profileFolder);
    column->addLayout(form);
    column->addStretch();
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    column->addWidget(buttons);
    connect(&theme_, &Theme::changed, this, &SettingsDialog::applyTheme);
    applyTheme();
}

void SettingsDialog::addLooks(QFormLayout* form) {
    themes_ = new QComboBox;
    themes_->setObjectName(QStringLiteral("settingsTheme"));
    themes_->setProperty("kind", QStringLiteral("field"));
    themes_->addItem(tr("Dark"), QStringLiteral("dark"));
    themes_->addItem(tr("Light"), QStringLiteral("light"));
    themes_->addItem(tr("High contrast"), QStringLiteral("high-contrast"));
    themes_->addItem(tr("As the system"), QStringLiteral("system"));
    form->addRow(tr("&Theme"), themes_);
    connect(themes_, &QComboBox::activated, this, [this](int row) {
        choice_.choose(themes_->itemData(row).toString());
    });
    textSize_ = new QSpinBox;
    textSize_->setObjectName(QStringLiteral("settingsTextSize"));
    textSize_->setRange(Theme::kSmallestText, Theme::kLargestText);
    textSize_->setSingleStep(5);
    textSize_->setSuffix(tr(" %"));
    textSize_->setKeyboardTracking(false);  // not at each digit of a number
    form->addRow(tr("Te&xt size"), textSize_);
    connect(textSize_, &QSpinBox::valueChanged, &theme_, &Theme::setTextSize);
    motion_ = new QCheckBox(tr("&Reduced motion: nothing glows, slides or blinks"));
    motion_->setObjectName(QStringLiteral("settingsMotion"));
    form->addRow(QString(), motion_);
    connect(motion_, &QCheckBox::toggled, &theme_, &Theme::setReducedMotion);
}

void SettingsDialog::addLanguage(QFormLayout* form) {
    auto* choices = new QComboBox;
    choices->setObjectName(QStringLiteral("settingsLanguage"));
    choices->setProperty("kind", QStringLiteral("field"));
    choices->addItem(tr("As the system"), QLatin1String(kSystemLanguage));
    for (const Language& language : languages()) choices->addItem(language.name, language.code);
    choices->setCurrentIndex(std::max(0, choices->findData(settings_.language())));
    form->addRow(tr("&Language"), choices);
    auto* row = new QWidget;
    auto* restart = new QHBoxLayout(row);
    restart->setContentsMargins(0, 0, 0, 0);
    auto* hint = new QLabel(tr("Spoken from the next start on."));
    hint->setProperty("kind", QStringLiteral("faint"));
    auto* now = new QPushButton(tr("Start a&gain now"));
    now->setObjectName(QStringLiteral("settingsLanguageNow"));
    restart->addWidget(hint, 1);
    restart->addWidget(now);
    row->hide();
    form->addRow(QString(), row);
    connect(choices, &QComboBox::activated, this, [this, choices, row](int chosen) {
        settings_.setLanguage(choices->itemData(chosen).toString());
        row->show();
        adjustSize();
    });
    connect(now, &QPushButton::clicked, this, &SettingsDialog::restartRequested);
}

void SettingsDialog::addNotices(QFormLayout* form) {
    auto* notify = new QCheckBox(tr("&Tell me elsewhere when a long reply is done"));
    notify->setObjectName(QStringLiteral("settingsNotify"));
    notify->setChecked(settings_.notifies());
    auto* withText = new QCheckBox(tr("&Show how the reply begins"));
    withText->setObjectName(QStringLiteral("settingsNotifyText"));
    withText->setChecked(settings_.noticesShowText());
    withText->setEnabled(notify->isChecked());
    form->addRow(tr("Notifications"), notify);
    form->addRow(QString(), withText);
    connect(notify, &QCheckBox::toggled, this, [this, withText](bool on) {
        settings_.setNotifies(on);
        withText->setEnabled(on);
    });
    connect(
        withText, &QCheckBox::toggled, this, [this](bool on) { settings_.setNoticesShowText(on); });
}

void SettingsDialog::addHeat(QFormLayout* form) {
    auto* learn = new QCheckBox(tr("L&earn which experts are hot"));
    learn->setObjectName(QStringLiteral("settingsHeat"));
    learn->setChecked(settings_.learnsHeat());
    const QString kept =
        tr("How often each expert of a model was selected is counted while you chat. Only "
           "counts are kept, no text.");
    learn->setAccessibleDescription(kept);
    form->addRow(tr("Heat"), learn);
    auto* hint = new QLabel(kept);
    hint->setProperty("kind", QStringLiteral("faint"));
    hint->setWordWrap(true);
    form->addRow(QString(), hint);
    connect(learn, &QCheckBox::toggled, this, [this](bool on) {
        settings_.setLearnsHeat(on);
        Q_EMIT heatLearningChosen(on);
    });
}

void SettingsDialog::addProfile(QFormLayout* form, const QString& folder) {
    auto* keys = new QPushButton(tr("&Keyboard shortcuts…"));
    connect(keys, &QPushButton::clicked, this, &SettingsDialog::shortcutsRequested);
    form->addRow(tr("Keys"), keys);
    auto* row = new QHBoxLayout;
    auto* path = new QLabel(folder);
    path->setTextFormat(Qt::PlainText);
    path->setObjectName(QStringLiteral("settingsProfile"));
    path->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    path->setAccessibleName(tr("Profile folder: %1").arg(folder));
    path->setWordWrap(true);
    row->addWidget(path, 1);
    auto* copy = new QPushButton(tr("&Copy"));
    copy->setAccessibleName(tr("Copy the path of the profile folder"));
    connect(copy, &QPushButton::clicked, this, [folder] {
        QApplication::clipboard()->setText(folder);
    });
    row->addWidget(copy);
    form->addRow(tr("Profile"), row);
    auto* hint = new QLabel(
        tr("Conversations, layouts, keys and these settings are kept there. Another one is chosen "
           "with --profile-dir."));
    hint->setProperty("kind", QStringLiteral("faint"));
    hint->setWordWrap(true);
    form->addRow(QString(), hint);
}

void SettingsDialog::applyTheme() {
    const QSignalBlocker themes(themes_);
    const QSignalBlocker size(textSize_);
    const QSignalBlocker motion(motion_);
    themes_->setCurrentIndex(themes_->findData(choice_.name()));
    textSize_->setValue(theme_.textSize());
    motion_->setChecked(theme_.reducedMotion());
    heading_->setFont(theme_.font(FontRole::Title));
    layout()->setContentsMargins(
        theme_.space(6), theme_.space(5), theme_.space(6), theme_.space(5));
    layout()->setSpacing(theme_.space(3));
    setMinimumWidth(std::min(theme_.space(130), parentWidget()->width()));
}

}  // namespace gatescope
