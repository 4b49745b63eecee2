#include "app/gui/single_instance.h"

#include <fmt/format.h>
#include <unistd.h>

#include <QCryptographicHash>
#include <QDeadlineTimer>
#include <QDir>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocalSocket>
#include <QThread>

#include "engine/error.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;

constexpr int kPatienceMs = 20000;
constexpr qint64 kMostAsked = 64 * 1024;
/// Of a socket's address Linux takes 107 bytes; Qt makes it under a longer name first.
constexpr qsizetype kLongestPath = 80;

const QByteArray kTaken = QByteArrayLiteral("taken\n");

QString socketOf(const fs::path& profile) {
    const QByteArray folder =
        QDir(QString::fromStdString(profile.string())).canonicalPath().toUtf8();
    const QString inside = QString::fromUtf8(folder) + QStringLiteral("/window");
    if (QFile::encodeName(inside).size() <= kLongestPath) return inside;
    const QByteArray name =
        QCryptographicHash::hash(folder, QCryptographicHash::Sha1).toHex().left(20);
    return QStringLiteral("%1/gatescope-%2-%3")
        .arg(QDir::tempPath())
        .arg(::getuid())
        .arg(QString::fromLatin1(name));
}

fs::path made(const fs::path& profile) {
    std::error_code ignored;  // a folder that cannot be made is told by whoever writes into it
    fs::create_directories(profile, ignored);
    return profile;
}

Error inUse(const fs::path& profile, const char* how) {
    return Error(
        ErrorKind::BadUsage,
        fmt::format("{}: this profile is in use by another Gatescope{}; close it, or choose "
                    "another one with --profile-dir",
                    profile.string(),
                    how));
}

}  // namespace

SingleInstance::SingleInstance(const fs::path& profile)
    : profile_(made(profile)),
      socket_(socketOf(profile_)),
      lock_(QString::fromStdString((profile_ / "lock").string())) {
    lock_.setStaleLockTime(0);  // however old: it holds as long as its process lives
}

bool SingleInstance::tryLock() {
    // A folder that cannot be written to takes no lock, and needs none: the window opens all the
    // same and says that nothing is kept.
    return lock_.tryLock(0) || lock_.error() != QLockFile::LockFailedError;
}

void SingleInstance::claimAlone() {
    if (!tryLock()) throw inUse(profile_, "");
    listen();
}

SingleInstance::Role SingleInstance::claim(const QString& open) {
    const QDeadlineTimer deadline(kPatienceMs);
    while (!deadline.hasExpired()) {
        if (tryLock()) {
            listen();
            return Role::First;
        }
        if (handOver(open, deadline)) return Role::Second;
        QThread::msleep(50);  // it starts, or ends
    }
    throw inUse(profile_, ", which does not answer");
}

// Whoever holds the lock may take away what a killed program left. Without a socket everything else
// works; a second start then says that the profile is in use.
void SingleInstance::listen() {
    server_ = std::make_unique<QLocalServer>();
    server_->setSocketOptions(QLocalServer::UserAccessOption);
    QLocalServer::removeServer(socket_);
    if (!server_->listen(socket_)) return;
    QObject::connect(
        server_.get(), &QLocalServer::newConnection, server_.get(), [this] { serve(); });
}

void SingleInstance::serve() {
    while (QLocalSocket* other = server_->nextPendingConnection()) {
        QObject::connect(other, &QLocalSocket::disconnected, other, &QObject::deleteLater);
        const auto read = [this, other] {
            if (other->bytesAvailable() > kMostAsked) return other->abort();
            if (!other->canReadLine()) return;
            const auto asked = QJsonDocument::fromJson(other->readLine()).object();
            if (answer_ && answer_(asked[QLatin1String("open")].toString())) other->write(kTaken);
            other->disconnectFromServer();
        };
        QObject::connect(other, &QLocalSocket::readyRead, other, read);
        read();
    }
}

// One that is just ending closes the socket without an answer. One that is still laying out its
// first window answers when it is done: asked once more it would do the same twice.
bool SingleInstance::handOver(const QString& open, const QDeadlineTimer& deadline) const {
    QLocalSocket socket;
    socket.connectToServer(socket_);
    if (!socket.waitForConnected(static_cast<int>(deadline.remainingTime()))) return false;
    const QJsonObject asks{{QStringLiteral("open"), open}};
    socket.write(QJsonDocument(asks).toJson(QJsonDocument::Compact) + '\n');
    while (!socket.canReadLine())
        if (!socket.waitForReadyRead(static_cast<int>(deadline.remainingTime()))) return false;
    return socket.readLine() == kTaken;
}

}  // namespace gatescope
