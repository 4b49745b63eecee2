#pragma once

#include <QDialog>
#include <QString>

class QCheckBox;
class QComboBox;
class QFormLayout;
class QLabel;
class QSpinBox;

namespace gatescope {

class ProfileSettings;
class Theme;
class ThemeChoice;

/// What holds for the whole window: looks, text size, motion, notifications, keys, what is learnt,
/// and where the profile lies. Everything acts at once and is kept; there is nothing to confirm. UI
/// thread only.
class SettingsDialog : public QDialog {
    Q_OBJECT
  public:
    SettingsDialog(Theme& theme,
                   ThemeChoice& choice,
                   ProfileSettings& settings,
                   const QString& profileFolder,
                   QWidget* parent);

  Q_SIGNALS:
    void heatLearningChosen(bool on);
    void shortcutsRequested();
    void restartRequested();

  private:
    void addLooks(QFormLayout* form);
    void addLanguage(QFormLayout* form);
    void addNotices(QFormLayout* form);
    void addHeat(QFormLayout* form);
    void addProfile(QFormLayout* form, const QString& folder);
    void applyTheme();

    Theme& theme_;
    ThemeChoice& choice_;
    ProfileSettings& settings_;
    QLabel* heading_ = nullptr;
    QComboBox* themes_ = nullptr;
    QSpinBox* textSize_ = nullptr;
    QCheckBox* motion_ = nullptr;
};

}  // namespace gatescope
