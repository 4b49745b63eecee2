#pragma once

#include <QObject>
#include <atomic>
#include <chrono>
#include <thread>

namespace gatescope {

/// How long the UI thread did not come back to its event loop. A thread of its own posts a beat
/// every 10 ms and measures until it is handled. Time the UI thread stood in the run queue of a
/// busy machine (Linux schedstat) is subtracted: it is the machine's, not ours. Made, read and
/// destroyed on the UI thread.
class StallWatch : public QObject {
    Q_OBJECT
  public:
    explicit StallWatch(QObject* parent = nullptr);
    ~StallWatch() override;

    std::chrono::milliseconds maxStall() const;
    void reset();

  private:
    void beatHandled(qint64 postedNs, qint64 waitedBeforeNs);
    void run(const std::stop_token& stop);

    const int uiThread_;  ///< Linux thread id
    std::atomic<bool> beatUnderWay_ = false;
    qint64 maxStallNs_ = 0;  ///< UI thread only
    std::jthread heart_;
};

}  // namespace gatescope
