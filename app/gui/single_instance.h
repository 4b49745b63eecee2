#pragma once

#include <QDeadlineTimer>
#include <QLocalServer>
#include <QLockFile>
#include <QString>
#include <filesystem>
#include <functional>
#include <memory>

namespace gatescope {

/// One window a profile: two programs on one library would each undo the other's settings and
/// marks. The first one holds the profile's lock (the system's word on whether it lives, so that
/// one left by `kill -9` is taken over) and listens on a socket; a later one hands it what it was
/// asked to open and ends. UI thread only.
class SingleInstance {
  public:
    explicit SingleInstance(const std::filesystem::path& profile);

    enum class Role { First, Second };
    /// First: this program has the profile, until the object goes. Second: another one has it, and
    /// has taken over `open` (a model, a file, or nothing) and comes to the front. Waits up to 20 s
    /// for one that starts or ends at this moment. Throws Error(BadUsage) when the other one does
    /// not answer.
    Role claim(const QString& open);
    /// The same, but Error(BadUsage) when the profile is in use: for a tour, which needs a window.
    void claimAlone();

    /// What later starts ask for; false: not now, let them wait for the end of this program.
    void onAsked(std::function<bool(const QString& open)> answer) { answer_ = std::move(answer); }

  private:
    bool tryLock();
    void listen();
    void serve();
    bool handOver(const QString& open, const QDeadlineTimer& deadline) const;

    std::filesystem::path profile_;
    QString socket_;
    QLockFile lock_;
    std::unique_ptr<QLocalServer> server_;
    std::function<bool(const QString&)> answer_;
};

}  // namespace gatescope
