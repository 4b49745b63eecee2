#pragma once

#include <QWidget>

#include "ui/composing/own_settings.h"
#include "ui/engine_bridge.h"

class QComboBox;
class QLineEdit;
class QStackedWidget;
class QToolButton;

namespace gatescope {

class Theme;

/// The presets of reply options: choose one, keep what is set as one's own, take one's own away.
/// Says "Custom" while the options are none of them. UI thread only.
class PresetRow : public QWidget {
    Q_OBJECT
  public:
    PresetRow(EngineBridge& bridge, OwnSettings& own, const Theme& theme);

    /// Shows which preset the session's options are.
    void refresh();
    /// What the one chosen says of itself; empty: nothing.
    QString description() const;
    QStringList names() const;
    /// Puts its options in force. False when there is none of that name.
    bool choose(const QString& name);
    /// Keeps the session's options under a name. Returns why not; empty: it is being done.
    QString saveAs(const QString& name);
    /// Of the built-in and of one's own, one behind the other. Null: there is none of that name.
    const ReplyPreset* find(const QString& name) const;

  Q_SIGNALS:
    void presetChosen();
    void nameRefused(const QString& sentence);

  private:
    void fill();
    void askForName();
    void keep();
    bool isOwn(const QString& name) const;

    EngineBridge& bridge_;
    OwnSettings& own_;
    QStackedWidget* pages_ = nullptr;
    QComboBox* choice_ = nullptr;
    QToolButton* save_ = nullptr;
    QToolButton* remove_ = nullptr;
    QLineEdit* name_ = nullptr;
};

}  // namespace gatescope
