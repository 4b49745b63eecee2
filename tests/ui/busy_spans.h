#pragma once

#include <QAbstractEventDispatcher>
#include <QEventLoop>
#include <QTimer>
#include <algorithm>
#include <chrono>
#include <ctime>
#include <numeric>
#include <vector>

namespace gatescope::test {

/// Processor time that the thread takes between two waits of its event loop: what other threads
/// take of a busy machine is no part of it.
class BusySpans {
  public:
    explicit BusySpans(QAbstractEventDispatcher& dispatcher) : last_(now()) {
        QObject::connect(&dispatcher, &QAbstractEventDispatcher::aboutToBlock, [this] {
            spansMs_.push_back(now() - last_);
            last_ = now();
        });
    }
    void clear() { spansMs_.clear(); }
    double sumMs() const { return std::accumulate(spansMs_.begin(), spansMs_.end(), 0.0); }
    /// The span that `share` of all are not longer than.
    double quantileMs(double share) {
        if (spansMs_.empty()) return 0;
        std::ranges::sort(spansMs_);
        return spansMs_[static_cast<std::size_t>(share * static_cast<double>(spansMs_.size() - 1))];
    }

    /// Processor time of this thread.
    static double now() {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
    }

  private:
    double last_;
    std::vector<double> spansMs_;
};

/// As a program runs: QTest's waits never let the event loop sleep.
inline void runFor(std::chrono::milliseconds time) {
    QEventLoop loop;
    QTimer::singleShot(time, &loop, &QEventLoop::quit);
    loop.exec();
}

}  // namespace gatescope::test
