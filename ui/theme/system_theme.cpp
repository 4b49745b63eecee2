#include "ui/theme/system_theme.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QGuiApplication>
#include <QPalette>

namespace gatescope {
namespace {

const QString kService = QStringLiteral("org.freedesktop.portal.Desktop");
const QString kPath = QStringLiteral("/org/freedesktop/portal/desktop");
const QString kInterface = QStringLiteral("org.freedesktop.portal.Settings");
const QString kGroup = QStringLiteral("org.freedesktop.appearance");
const QString kKey = QStringLiteral("color-scheme");

/// As it was before any window of ours set its own: asked once in a program.
bool desktopPaletteIsDark() {
    static const bool dark = QGuiApplication::palette().color(QPalette::Window).lightness() <
                             QGuiApplication::palette().color(QPalette::WindowText).lightness();
    return dark;
}

}  // namespace

SystemTheme::SystemTheme(QObject* parent)
    : QObject(parent), paletteIsDark_(desktopPaletteIsDark()) {}

bool SystemTheme::isDark() const {
    return wish_ == Wish::None ? paletteIsDark_ : wish_ == Wish::Dark;
}

void SystemTheme::watch() {
    if (watching_) return;
    watching_ = true;
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected()) return;  // no desktop session: the palette stands
    bus.connect(kService,
                kPath,
                kInterface,
                QStringLiteral("SettingChanged"),
                this,
                SLOT(settingChanged(QString, QString, QDBusVariant)));
    ask("ReadOne", true);
}

/// ReadOne came with version 2 of the portal; Read, which older ones have, wraps its answer twice.
void SystemTheme::ask(const char* method, bool otherwiseOlder) {
    QDBusMessage question =
        QDBusMessage::createMethodCall(kService, kPath, kInterface, QLatin1String(method));
    question << kGroup << kKey;
    auto* answer =
        new QDBusPendingCallWatcher(QDBusConnection::sessionBus().asyncCall(question), this);
    connect(answer, &QDBusPendingCallWatcher::finished, this, [this, answer, otherwiseOlder] {
        const QDBusPendingReply<QDBusVariant> reply = *answer;
        answer->deleteLater();
        if (!reply.isError())
            take(reply.value().variant());
        else if (otherwiseOlder)
            ask("Read", false);
    });
}

void SystemTheme::settingChanged(const QString& group,
                                 const QString& key,
                                 const QDBusVariant& value) {
    if (group == kGroup && key == kKey) take(value.variant());
}

void SystemTheme::take(const QVariant& value) {
    const QVariant plain =
        value.canConvert<QDBusVariant>() ? value.value<QDBusVariant>().variant() : value;
    const uint number = plain.toUInt();
    const Wish wish = number == 1 ? Wish::Dark : number == 2 ? Wish::Light : Wish::None;
    if (wish == wish_) return;
    wish_ = wish;
    Q_EMIT changed();
}

}  // namespace gatescope
