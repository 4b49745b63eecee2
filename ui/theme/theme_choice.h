#pragma once

#include <QObject>
#include <QStringList>
#include <memory>

#include "ui/theme/theme.h"

namespace gatescope {

class SystemTheme;

/// Which theme a person wants: one of Theme's, or "system", which is dark or light as the desktop
/// is and follows it live. Owned by the window, beside the theme. UI thread only.
class ThemeChoice : public QObject {
    Q_OBJECT
  public:
    explicit ThemeChoice(Theme& theme, QObject* parent = nullptr);
    ~ThemeChoice() override;

    QString name() const;
    /// False, and nothing changes, when there is no choice of that name.
    bool choose(const QString& name);
    static QStringList names();  ///< Theme::names() and "system"

  Q_SIGNALS:
    void chosen();

  private:
    void follow();

    Theme& theme_;
    std::unique_ptr<SystemTheme> system_;
    bool follows_ = false;
};

}  // namespace gatescope
