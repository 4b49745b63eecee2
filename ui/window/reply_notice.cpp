#include "ui/window/reply_notice.h"

#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QWidget>

#include "ui/chat/visible_text.h"
#include "ui/window/profile_settings.h"

namespace gatescope {
namespace {

const QString kService = QStringLiteral("org.freedesktop.Notifications");
const QString kPath = QStringLiteral("/org/freedesktop/Notifications");
constexpr int kMostOfReply = 120;  ///< characters of it

}  // namespace

ReplyNotice::ReplyNotice(EngineBridge& bridge, const ProfileSettings& settings, QWidget& window)
    : QObject(&window), bridge_(bridge), settings_(settings), window_(window) {
    connect(&bridge_, &EngineBridge::generationBegan, this, [this] { sinceBegun_.start(); });
    connect(&bridge_, &EngineBridge::generationEnded, this, &ReplyNotice::finished);
}

void ReplyNotice::finished(const GenerationFinished& generation) {
    if (!sinceBegun_.isValid()) return;
    const std::chrono::milliseconds took(sinceBegun_.elapsed());
    sinceBegun_.invalidate();
    if (took < leastTime_ || !settings_.notifies()) return;
    if (QApplication::activeWindow() != nullptr) return;     // one of ours, dialogs included
    if (generation.reason == FinishReason::Stopped) return;  // by whoever would be told
    const auto& messages = bridge_.session().messages();
    QString body = tr("It took %1 s.").arg(took.count() / 1000);
    if (settings_.noticesShowText() && !messages.empty())
        body =
            visibleLine(QString::fromStdString(messages.back().text)).trimmed().left(kMostOfReply);
    notify(tr("The reply is done"), body);
}

void ReplyNotice::notify(const QString& title, const QString& body) {
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected()) return alertByWindow();
    if (!listening_)
        listening_ = bus.connect(kService,
                                 kPath,
                                 kService,
                                 QStringLiteral("ActionInvoked"),
                                 this,
                                 SLOT(actionInvoked(uint, QString)));
    QDBusMessage call =
        QDBusMessage::createMethodCall(kService, kPath, kService, QStringLiteral("Notify"));
    // Servers may read markup in the body: what a model wrote is not ours to format.
    call << QGuiApplication::applicationDisplayName() << shown_ << QStringLiteral("gatescope")
         << title << body.toHtmlEscaped() << QStringList{QStringLiteral("default"), tr("Show")}
         << QVariantMap() << -1;
    auto* answer = new QDBusPendingCallWatcher(bus.asyncCall(call), this);
    connect(answer, &QDBusPendingCallWatcher::finished, this, [this, answer] {
        const QDBusPendingReply<uint> reply = *answer;
        answer->deleteLater();
        if (reply.isError()) return alertByWindow();
        shown_ = reply.value();
        Q_EMIT told(false);
    });
}

void ReplyNotice::alertByWindow() {
    QApplication::alert(&window_);
    Q_EMIT told(true);
}

void ReplyNotice::actionInvoked(uint id, const QString& /*action*/) {
    if (id != shown_) return;
    window_.setWindowState(window_.windowState() & ~Qt::WindowMinimized);
    window_.show();
    window_.raise();
    window_.activateWindow();
}

}  // namespace gatescope
