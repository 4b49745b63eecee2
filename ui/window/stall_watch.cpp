#include "ui/window/stall_watch.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <string>

namespace gatescope {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kBeat{10};

qint64 nowNs() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch())
        .count();
}

/// Nanoseconds a thread of ours was ready to run but not running; 0 where the kernel does not say.
qint64 runQueueWaitNs(int thread) {
    std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/schedstat");
    qint64 onCpu = 0;
    qint64 waited = 0;
    return file >> onCpu >> waited ? waited : 0;
}

}  // namespace

StallWatch::StallWatch(QObject* parent)
    : QObject(parent),
      uiThread_(static_cast<int>(::syscall(SYS_gettid))),
      heart_([this](const std::stop_token& stop) { run(stop); }) {}

// The thread posts to this object: it has to be gone before the object is.
StallWatch::~StallWatch() {
    heart_.request_stop();
    heart_.join();
}

std::chrono::milliseconds StallWatch::maxStall() const {
    return std::chrono::milliseconds(maxStallNs_ / 1000000);
}

void StallWatch::reset() {
    maxStallNs_ = 0;
}

void StallWatch::run(const std::stop_token& stop) {
    std::mutex mutex;  // guards nothing: it is what a stoppable wait needs
    std::condition_variable_any wake;
    while (!stop.stop_requested()) {
        if (!beatUnderWay_.exchange(true)) {
            const qint64 waited = runQueueWaitNs(uiThread_);
            const qint64 posted = nowNs();
            QMetaObject::invokeMethod(
                this,
                [this, posted, waited] { beatHandled(posted, waited); },
                Qt::QueuedConnection);
        }
        std::unique_lock lock(mutex);
        wake.wait_for(lock, stop, kBeat, [] { return false; });
    }
}

void StallWatch::beatHandled(qint64 postedNs, qint64 waitedBeforeNs) {
    const qint64 took = nowNs() - postedNs;
    const qint64 waited = runQueueWaitNs(uiThread_) - waitedBeforeNs;
    maxStallNs_ = std::max(maxStallNs_, took - waited);
    beatUnderWay_ = false;
}

}  // namespace gatescope
