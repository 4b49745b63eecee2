#include "engine/offload/heat_keeper.h"

#include <fmt/format.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "engine/check.h"
#include "engine/error.h"
#include "engine/io/shown_text.h"
#include "engine/offload/heat_file.h"
#include "engine/offload/routing_replay.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// More than this is kept as a heat and not token by token, when a disk refuses to take it.
constexpr int kMostUnwrittenTokens = 1 << 14;

// ---------------------------------------------------------------- what the thread does

/// The heat of one model: what its file says, and what was learnt since.
class ModelHeat {
  public:
    ModelHeat(fs::path folder, HeatOrigin origin)
        : folder_(std::move(folder)),
          origin_(std::move(origin)),
          unwritten_(origin_.numLayers, origin_.numExperts) {}

    void identify(const std::string& fingerprint) {
        origin_.fingerprint = fingerprint;
        guarded([&] { heat_ = withUnwritten(inFile()); });
        if (!heat_) heat_ = withUnwritten(std::nullopt);
    }
    bool identified() const { return !origin_.fingerprint.empty(); }

    void learn(const std::vector<RoutingRecordPtr>& tokens) {
        RoutingReplay replay(origin_.numLayers, origin_.numExperts);
        for (const auto& token : tokens) {
            replay.append(*token, true);
            unwritten_.append(*token, true);
        }
        if (heat_) heat_->learn(replay);
        if (unwritten_.size() > kMostUnwrittenTokens) fold();
    }

    bool hasUnwritten() const { return unwritten_.size() > 0 || folded_; }

    void write() {
        if (!identified() || !hasUnwritten()) return;
        guarded([&] {
            const HeatFolderLock lock(folder_);
            Heat all = withUnwritten(inFile());
            writeHeat(file(), all);
            heat_ = std::move(all);
            forgetUnwritten();
        });
    }

    void reset() {
        if (!identified()) return;
        guarded([&] {
            const HeatFolderLock lock(folder_);
            std::optional<Heat> before;
            if (problem_.empty()) before = heat_;
            std::error_code failure;
            fs::remove(file(), failure);
            if (failure)
                throw Error(ErrorKind::DeviceFault,
                            fmt::format("{}: cannot be removed ({}); what was learnt stays",
                                        file().string(),
                                        failure.message()));
            if (before && before->tokens() > 0) forgotten_ = std::move(before);
            forgetUnwritten();
            heat_ = Heat(origin_);
        });
    }

    void restore() {
        if (!forgotten_) return;
        guarded([&] {
            const HeatFolderLock lock(folder_);
            const std::optional<Heat> since = inFile();
            Heat all = *forgotten_;
            if (since) all.merge(*since);
            all = withUnwritten(std::move(all));
            writeHeat(file(), all);
            heat_ = std::move(all);
            forgetUnwritten();
            forgotten_.reset();
        });
    }

    KnownHeat known() const {
        return {.file = identified() ? file() : fs::path(),
                .heat = heat_,
                .problem = problem_,
                .canRestore = forgotten_.has_value()};
    }

  private:
    fs::path file() const { return heatFile(folder_, origin_.fingerprint); }

    /// Sets problem_. Whatever went wrong costs no more than the heat's way to the disk.
    template <class Work>
    void guarded(Work work) {
        try {
            work();
            problem_.clear();
        } catch (const std::exception& error) {
            problem_ = error.what();
        }
    }

    /// Throws Error for one that cannot be learnt on.
    std::optional<Heat> inFile() const {
        std::error_code failure;
        const bool there = fs::exists(fs::symlink_status(file(), failure));
        if (!there && !(failure && failure != std::errc::no_such_file_or_directory))
            return std::nullopt;
        Heat heat = readHeat(file());
        const HeatOrigin& found = heat.origin();
        if (found.fingerprint != origin_.fingerprint || found.numLayers != origin_.numLayers ||
            found.numExperts != origin_.numExperts)
            throw Error(ErrorKind::BadInput,
                        fmt::format("{}: expected the heat of {} ({} layers of {} experts), found "
                                    "that of {} ({} of {}, fingerprint {}); move the file away",
                                    file().string(),
                                    origin_.model,
                                    origin_.numLayers,
                                    origin_.numExperts,
                                    shownText(found.model),
                                    found.numLayers,
                                    found.numExperts,
                                    found.fingerprint));
        return heat;
    }

    Heat withUnwritten(std::optional<Heat> base) const {
        Heat all = base ? *std::move(base) : Heat(origin_);
        if (folded_) {  // as if it had faded the way the file does
            const auto counts = folded_->counts();
            all.merge(Heat(all.origin(), folded_->tokens(), {counts.begin(), counts.end()}));
        }
        all.learn(unwritten_);
        return all;
    }

    void fold() {
        if (!folded_) folded_ = Heat(heat_ ? heat_->origin() : origin_);
        folded_->learn(unwritten_);
        unwritten_ = RoutingReplay(origin_.numLayers, origin_.numExperts);
    }

    void forgetUnwritten() {
        unwritten_ = RoutingReplay(origin_.numLayers, origin_.numExperts);
        folded_.reset();
    }

    fs::path folder_;
    HeatOrigin origin_;  ///< its fingerprint is empty until it is known
    std::optional<Heat> heat_;
    RoutingReplay unwritten_;
    std::optional<Heat> folded_;  ///< what was learnt before `unwritten_` and is not written either
    std::optional<Heat> forgotten_;
    std::string problem_;
};

}  // namespace

class HeatKeeper::Impl {
  public:
    Impl(fs::path folderIn, Intervals intervalsIn)
        : intervals(intervalsIn), folder(std::move(folderIn)), thread([this] { run(); }) {}

    ~Impl() {
        handOn();
        {
            const std::lock_guard lock(mutex);
            stopping = true;
        }
        wake.notify_one();
        thread.join();
    }

    using Job = std::function<void()>;

    void post(Job job) {
        {
            const std::lock_guard lock(mutex);
            jobs.push_back(std::move(job));
        }
        wake.notify_one();
    }

    void handOn() {
        if (gathered.empty()) return;
        lastHandOn = Clock::now();
        post([this, tokens = std::exchange(gathered, {})] {
            if (current) current->learn(tokens);
        });
    }

    void publish() {
        auto next = std::make_shared<const KnownHeat>(current ? current->known() : KnownHeat{});
        const std::lock_guard lock(mutex);
        if (!next->problem.empty() && next->problem != lastTold) {
            untold = next->problem;
            lastTold = next->problem;
        }
        shown = std::move(next);
    }

    void writeNow() {
        replyDone = false;
        lastWrite = Clock::now();
        if (current) current->write();
    }

    /// Empty: nothing to write.
    std::optional<Clock::time_point> writeDue() const {
        if (!current || !current->identified() || !current->hasUnwritten()) return std::nullopt;
        return lastWrite + (replyDone ? intervals.afterReply : intervals.withinReply);
    }

    void run() {
        std::unique_lock lock(mutex);
        for (;;) {
            const auto ready = [this] { return stopping || !jobs.empty(); };
            if (const auto due = writeDue())
                wake.wait_until(lock, *due, ready);
            else
                wake.wait(lock, ready);
            std::deque<Job> todo = std::exchange(jobs, {});
            const bool last = stopping;
            lock.unlock();
            for (const Job& job : todo) job();
            if (const auto due = writeDue(); last || (due && Clock::now() >= *due)) writeNow();
            publish();
            if (last) return;
            lock.lock();
        }
    }

    // The caller's.
    const Intervals intervals;
    bool learning = true;
    bool opened = false;
    int numLayers = 0;
    int numExperts = 0;
    std::vector<RoutingRecordPtr> gathered;
    Clock::time_point lastHandOn;

    // The thread's.
    const fs::path folder;
    std::optional<ModelHeat> current;
    bool replyDone = false;
    Clock::time_point lastWrite = Clock::now();
    std::string lastTold;

    std::mutex mutex;
    std::condition_variable wake;
    // Of both, under the mutex.
    std::deque<Job> jobs;
    bool stopping = false;
    std::shared_ptr<const KnownHeat> shown = std::make_shared<const KnownHeat>();
    std::optional<std::string> untold;

    std::thread thread;  // the last: it uses all of the above
};

HeatKeeper::HeatKeeper(fs::path folder, Intervals intervals)
    : impl_(std::make_unique<Impl>(std::move(folder), intervals)) {}

HeatKeeper::~HeatKeeper() = default;

void HeatKeeper::setLearning(bool on) {
    impl_->learning = on;
}

bool HeatKeeper::learning() const {
    return impl_->learning;
}

void HeatKeeper::open(const std::string& model, int numLayers, int numExperts) {
    close();
    if (!canHaveHeat(numLayers, numExperts)) return;
    impl_->opened = true;
    impl_->numLayers = numLayers;
    impl_->numExperts = numExperts;
    impl_->post([impl = impl_.get(), origin = newHeatOrigin({}, model, numLayers, numExperts)] {
        impl->current.emplace(impl->folder, origin);
    });
}

void HeatKeeper::identify(const std::string& fingerprint) {
    if (!impl_->opened) return;
    if (!isFingerprint(fingerprint)) return close();
    impl_->handOn();
    impl_->post([impl = impl_.get(), fingerprint] {
        if (impl->current && !impl->current->identified()) impl->current->identify(fingerprint);
    });
}

void HeatKeeper::close() {
    if (!std::exchange(impl_->opened, false)) return;
    impl_->handOn();
    impl_->post([impl = impl_.get()] {
        impl->writeNow();
        impl->publish();  // what went wrong with it
        impl->current.reset();
    });
}

void HeatKeeper::learn(RoutingRecordPtr routing) {
    if (!routing || !impl_->learning || !impl_->opened) return;
    GS_CHECK(routing->numLayers == impl_->numLayers && routing->numExperts == impl_->numExperts);
    impl_->gathered.push_back(std::move(routing));
}

void HeatKeeper::replyEnded() {
    impl_->handOn();
    impl_->post([impl = impl_.get()] { impl->replyDone = true; });
}

void HeatKeeper::pump() {
    if (Clock::now() - impl_->lastHandOn >= impl_->intervals.gather) impl_->handOn();
}

void HeatKeeper::reset() {
    impl_->handOn();
    impl_->post([impl = impl_.get()] {
        if (impl->current) impl->current->reset();
    });
}

void HeatKeeper::restore() {
    impl_->handOn();
    impl_->post([impl = impl_.get()] {
        if (impl->current) impl->current->restore();
    });
}

std::shared_ptr<const KnownHeat> HeatKeeper::known() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->shown;
}

std::optional<std::string> HeatKeeper::takeProblem() {
    const std::lock_guard lock(impl_->mutex);
    return std::exchange(impl_->untold, std::nullopt);
}

}  // namespace gatescope
