#include "engine/store/store_writer.h"

#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "engine/error_codes.h"

namespace gatescope {

class StoreWriter::Impl {
  public:
    struct Job {
        std::function<void(ConversationStore&)> work;
        std::function<void()> done;
    };
    struct Read {
        std::function<void(const ConversationStore&)> work;
        std::function<void()> done;
        std::uint64_t behind = 0;  ///< jobs that were posted in front of it
    };

    explicit Impl(std::filesystem::path file)
        : file_(std::move(file)), thread_([this] { writeJobs(); }) {}

    ~Impl() {
        {
            const std::lock_guard lock(mutex_);
            closing_ = true;
        }
        jobArrived_.notify_one();
        readArrived_.notify_one();
        jobFinished_.notify_all();
        // The writer's connection goes last: only that one takes the log away.
        if (reader_.joinable()) reader_.join();
        thread_.join();
    }

    void post(Job job) {
        {
            const std::lock_guard lock(mutex_);
            jobs_.push_back(std::move(job));
            ++posted_;
        }
        jobArrived_.notify_one();
    }

    void read(Read read) {
        {
            const std::lock_guard lock(mutex_);
            read.behind = posted_;
            reads_.push_back(std::move(read));
        }
        if (!reader_.joinable()) reader_ = std::thread([this] { runReads(); });
        readArrived_.notify_one();
    }

    void poll() {
        std::deque<Answer> answers;
        {
            const std::lock_guard lock(mutex_);
            answers.swap(answers_);
        }
        for (auto& answer : answers) {
            if (!answer.error.empty()) {
                if (onError_) onError_(answer.error);
            } else if (answer.done) {
                answer.done();
            }
        }
    }

    void flush() {
        {
            std::unique_lock lock(mutex_);
            const auto goal = posted_;
            jobFinished_.wait(lock, [&] { return opened_ && finished_ >= goal; });
        }
        poll();
    }

    void setErrorHandler(std::function<void(const std::string&)> onError) {
        onError_ = std::move(onError);
    }

    bool inMemory() const { return inMemory_; }

  private:
    struct Answer {
        std::function<void()> done;
        std::string error;
    };

    void writeJobs() {
        ConversationStore store = open();
        std::unique_lock lock(mutex_);
        opened_ = true;
        jobFinished_.notify_all();
        for (;;) {
            jobArrived_.wait(lock, [&] { return closing_ || !jobs_.empty(); });
            if (jobs_.empty()) return;
            Job job = std::move(jobs_.front());
            jobs_.pop_front();
            lock.unlock();
            Answer answer{std::move(job.done), runJob(job, store)};
            job = {};  // what the job holds is let go before it counts as finished
            lock.lock();
            answers_.push_back(std::move(answer));
            ++finished_;
            jobFinished_.notify_all();
        }
    }

    /// Opens its connection with the first read, when the writer has made the library.
    void runReads() {
        std::optional<ConversationStore> store;
        std::unique_lock lock(mutex_);
        jobFinished_.wait(lock, [&] { return opened_; });
        for (;;) {
            readArrived_.wait(lock, [&] { return closing_ || !reads_.empty(); });
            if (closing_) return;
            jobFinished_.wait(lock, [&] { return closing_ || finished_ >= reads_.front().behind; });
            if (closing_) return;
            Read read = std::move(reads_.front());
            reads_.pop_front();
            lock.unlock();
            if (inMemory_) {
                post({std::move(read.work), std::move(read.done)});
                lock.lock();
                continue;
            }
            Answer answer{std::move(read.done), runRead(read, store)};
            read = {};
            lock.lock();
            answers_.push_back(std::move(answer));
        }
    }

    std::string runRead(const Read& read, std::optional<ConversationStore>& store) const {
        // A border, as runJob(): also where the library cannot be opened.
        try {
            if (!store) store.emplace(file_, ConversationStore::Mode::BesideWriter);
            read.work(*store);
            return {};
        } catch (const std::exception& error) {
            return error.what();
        }
    }

    ConversationStore open() {
        if (file_.empty()) {
            inMemory_ = true;
            return ConversationStore::inMemory();
        }
        // A border: whatever is wrong with the file, the chat goes on without it.
        try {
            return ConversationStore(file_, ConversationStore::Mode::ReadWrite);
        } catch (const Error& error) {
            return openUnkept(error.what(), error.code() == rowOf(ErrorCode::StoreNewer).text);
        } catch (const std::exception& error) {
            return openUnkept(error.what(), false);
        }
    }

    /// In place of a library that cannot be opened; with what can be read of a newer one.
    ConversationStore openUnkept(const std::string& problem, bool newer) {
        inMemory_ = true;
        const auto tell = [&](std::string_view consequence) {
            const std::lock_guard lock(mutex_);
            answers_.push_back({{}, fmt::format("{}. {}", problem, consequence)});
        };
        if (newer) {
            try {
                ConversationStore copy = ConversationStore::copyOfNewer(file_);
                tell(
                    "Its conversations are shown as far as they can be read, and it stays as it "
                    "is: what is said or changed now is gone when Gatescope closes");
                return copy;
            } catch (const std::exception&) {
                // As any library that cannot be read.
            }
        }
        tell("Conversations are kept in memory only and are gone when Gatescope closes");
        return ConversationStore::inMemory();
    }

    static std::string runJob(const Job& job, ConversationStore& store) {
        // A border: a job's failure is an answer, never the end of the writer.
        try {
            job.work(store);
            return {};
        } catch (const std::exception& error) {
            return error.what();
        }
    }

    const std::filesystem::path file_;
    std::function<void(const std::string&)> onError_;  ///< the polling thread's
    std::atomic<bool> inMemory_ = false;

    std::mutex mutex_;  ///< guards everything below, never held while a job or an answer runs
    std::condition_variable jobArrived_;
    std::condition_variable jobFinished_;
    std::condition_variable readArrived_;
    /// Unbounded on purpose: a job holds a person's words, and dropping or blocking would lose them
    /// or the window. It grows no faster than text is written.
    std::deque<Job> jobs_;
    std::deque<Read> reads_;
    std::deque<Answer> answers_;
    std::uint64_t posted_ = 0;
    std::uint64_t finished_ = 0;
    bool opened_ = false;
    bool closing_ = false;
    std::thread thread_;  ///< last: they use all of the above
    std::thread reader_;  ///< from the first read on; the caller's to start and to join
};

StoreWriter::StoreWriter(std::filesystem::path file)
    : impl_(std::make_unique<Impl>(std::move(file))) {}
StoreWriter::StoreWriter() : impl_(std::make_unique<Impl>(std::filesystem::path())) {}
StoreWriter::~StoreWriter() = default;

void StoreWriter::post(std::function<void(ConversationStore&)> work, std::function<void()> done) {
    impl_->post({std::move(work), std::move(done)});
}
void StoreWriter::read(std::function<void(const ConversationStore&)> work,
                       std::function<void()> done) {
    impl_->read({std::move(work), std::move(done)});
}
void StoreWriter::setErrorHandler(std::function<void(const std::string& message)> onError) {
    impl_->setErrorHandler(std::move(onError));
}
void StoreWriter::poll() {
    impl_->poll();
}
void StoreWriter::flush() {
    impl_->flush();
}
bool StoreWriter::inMemory() const {
    return impl_->inMemory();
}

}  // namespace gatescope
