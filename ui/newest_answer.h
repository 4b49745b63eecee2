#pragma once

#include <QObject>
#include <QThreadPool>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace gatescope {

/// Runs wishes on a worker thread, one at a time: while one runs only the newest waits. An answer
/// to an older wish than the last drops itself. UI thread only; nothing here blocks, the destructor
/// neither: work that is under way ends alone and tells nobody.
template <class Wish, class Answer>
class NewestAnswer {
  public:
    /// `work` runs on the worker and must not throw, `arrived` on the UI thread.
    NewestAnswer(std::function<Answer(const Wish&)> work,
                 std::function<void(const Answer&)> arrived)
        : work_(std::move(work)),
          arrived_(std::move(arrived)),
          mailbox_(std::make_shared<Mailbox>()) {
        mailbox_->owner = this;
    }
    ~NewestAnswer() {
        const std::lock_guard lock(mailbox_->mutex);
        mailbox_->owner = nullptr;
    }
    NewestAnswer(const NewestAnswer&) = delete;
    NewestAnswer& operator=(const NewestAnswer&) = delete;

    /// Answered by `arrived`, unless another ask() or forget() comes first.
    void ask(Wish wish) {
        ++lastRequest_;
        waiting_ = std::move(wish);
        if (!working_) start();
    }
    void forget() {
        ++lastRequest_;
        waiting_.reset();
    }

  private:
    /// The worker's way back. It outlives its owner as long as work is under way.
    struct Mailbox {
        std::mutex mutex;  ///< guards owner; held while an answer is posted, never while it is made
        NewestAnswer* owner;
    };

    void start() {
        working_ = true;
        const Wish wish = *std::exchange(waiting_, std::nullopt);
        QThreadPool::globalInstance()->start(
            [mailbox = mailbox_, work = work_, request = lastRequest_, wish] {
                const auto answer = std::make_shared<const Answer>(work(wish));
                const std::lock_guard lock(mailbox->mutex);
                NewestAnswer* owner = mailbox->owner;
                if (owner == nullptr) return;
                QMetaObject::invokeMethod(
                    &owner->thread_,
                    [owner, request, answer] { owner->land(request, *answer); },
                    Qt::QueuedConnection);
            });
    }
    void land(quint64 request, const Answer& answer) {
        working_ = false;
        if (waiting_) start();
        if (request == lastRequest_) arrived_(answer);
    }

    const std::function<Answer(const Wish&)> work_;
    const std::function<void(const Answer&)> arrived_;
    std::shared_ptr<Mailbox> mailbox_;
    quint64 lastRequest_ = 0;
    std::optional<Wish> waiting_;
    bool working_ = false;
    QObject thread_;  ///< answers are posted to its thread, and dropped with it
};

}  // namespace gatescope
