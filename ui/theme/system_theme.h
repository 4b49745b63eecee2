#pragma once

#include <QDBusVariant>
#include <QObject>

class QDBusMessage;

namespace gatescope {

/// Whether the desktop wants dark windows: what the settings portal says
/// (org.freedesktop.appearance, color-scheme, over D-Bus), live; without a portal or while it has
/// no preference, whether the palette that Qt took from the desktop was dark. Never blocks. UI
/// thread only.
class SystemTheme : public QObject {
    Q_OBJECT
  public:
    /// Before a Theme replaces the desktop's palette.
    explicit SystemTheme(QObject* parent = nullptr);

    bool isDark() const;
    /// Begins to ask and to listen; again: does nothing.
    void watch();

  Q_SIGNALS:
    void changed();

  private Q_SLOTS:
    void settingChanged(const QString& group, const QString& key, const QDBusVariant& value);

  private:
    void ask(const char* method, bool otherwiseOlder);
    void take(const QVariant& value);

    enum class Wish { None, Dark, Light };  ///< as the portal counts them
    Wish wish_ = Wish::None;
    bool paletteIsDark_;
    bool watching_ = false;
};

}  // namespace gatescope
