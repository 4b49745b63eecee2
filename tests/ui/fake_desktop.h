#pragma once

#include <QDBusConnection>
#include <QDBusContext>
#include <QDBusVariant>
#include <QObject>
#include <QProcess>
#include <QStringList>

namespace gatescope::test {

/// A session bus of the test's own, real dbus-daemon. Must start before the first use of
/// QDBusConnection::sessionBus() in the program.
class SessionBus {
  public:
    bool start() {
        daemon_.start(QStringLiteral("dbus-daemon"),
                      {QStringLiteral("--session"),
                       QStringLiteral("--nofork"),
                       QStringLiteral("--print-address")});
        if (!daemon_.waitForStarted() || !daemon_.waitForReadyRead(10000)) return false;
        qputenv("DBUS_SESSION_BUS_ADDRESS", daemon_.readLine().trimmed());
        return true;
    }
    ~SessionBus() {
        daemon_.kill();
        daemon_.waitForFinished();
    }

  private:
    QProcess daemon_;
};

/// The settings portal of a desktop, as far as themes go, on a connection of its own. `readsAnew`:
/// has the method of version 2; an older one wraps its answer twice.
class FakePortal : public QObject, protected QDBusContext {
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.portal.Settings")
  public:
    explicit FakePortal(bool readsAnew) : readsAnew_(readsAnew) {}
    bool publish(QDBusConnection bus) {
        return bus.registerObject(
                   QStringLiteral("/org/freedesktop/portal/desktop"),
                   this,
                   QDBusConnection::ExportAllSlots | QDBusConnection::ExportAllSignals) &&
               bus.registerService(QStringLiteral("org.freedesktop.portal.Desktop"));
    }
    void change(uint scheme) {
        scheme_ = scheme;
        Q_EMIT SettingChanged(QStringLiteral("org.freedesktop.appearance"),
                              QStringLiteral("color-scheme"),
                              QDBusVariant(scheme));
    }

  public Q_SLOTS:
    QDBusVariant ReadOne(const QString& group, const QString& key) {
        check(readsAnew_, group, key);
        return QDBusVariant(scheme_);
    }
    QDBusVariant Read(const QString& group, const QString& key) {
        check(!readsAnew_, group, key);
        return QDBusVariant(QVariant::fromValue(QDBusVariant(scheme_)));
    }

  Q_SIGNALS:
    void SettingChanged(const QString& group, const QString& key, const QDBusVariant& value);

  private:
    void check(bool known, const QString& group, const QString& key) {
        if (!known || group != QLatin1String("org.freedesktop.appearance") ||
            key != QLatin1String("color-scheme"))
            sendErrorReply(QDBusError::UnknownMethod, QStringLiteral("not here"));
    }

    bool readsAnew_;
    uint scheme_ = 1;
};

/// The desktop's notifications; keeps what it was told.
class FakeNotifications : public QObject {
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.Notifications")
  public:
    struct Told {
        uint replaces = 0;
        QString title;
        QString body;
    };
    QList<Told> told;

    bool publish(QDBusConnection bus) {
        return bus.registerObject(
                   QStringLiteral("/org/freedesktop/Notifications"),
                   this,
                   QDBusConnection::ExportAllSlots | QDBusConnection::ExportAllSignals) &&
               bus.registerService(QStringLiteral("org.freedesktop.Notifications"));
    }

  public Q_SLOTS:
    uint Notify(const QString& /*program*/,
                uint replaces,
                const QString& /*icon*/,
                const QString& title,
                const QString& body,
                const QStringList& /*actions*/,
                const QVariantMap& /*hints*/,
                int /*timeout*/) {
        told << Told{replaces, title, body};
        return 41;
    }

  Q_SIGNALS:
    void ActionInvoked(uint id, const QString& action);
};

}  // namespace gatescope::test
