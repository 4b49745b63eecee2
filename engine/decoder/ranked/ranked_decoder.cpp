#include "engine/decoder/ranked/ranked_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "engine/check.h"
#include "engine/decoder/ranked/ranked_kv_cache.h"
#include "engine/decoder/step.h"
#include "engine/error.h"
#include "engine/parallel/thread_group.h"

namespace gatescope {

/// What the ranks' threads and the decoder share. Outlives the decoder if a thread does.
class RankedDecoder::Ranks {
  public:
    /// Written by the caller between steps, by the rank's thread within one.
    struct Rank {
        std::unique_ptr<Decoder> decoder;
        Batch batch;
        std::vector<TokenId> tokens;  ///< what `batch` shows
        std::shared_ptr<KvCache> cache;
        const InterventionSet* interventions = nullptr;
        StepOutput out;
        std::vector<float> rows;    ///< of the lens
        std::vector<float> whole;   ///< the same
        std::vector<float> logits;  ///< the same
        StepStatus status = StepStatus::Done;
        std::exception_ptr failure;
        bool isBack = true;  ///< guarded by mutex_
        std::thread thread;
    };
    using Body = StepStatus (*)(Rank& rank, const std::stop_token& stop);

    Ranks(std::shared_ptr<const ModelWeights> weights,
          std::unique_ptr<CommunicatorGroup> group,
          Deadlines deadlines)
        : weights_(std::move(weights)),
          group_(std::move(group)),
          deadlines_(deadlines),
          ranks_(static_cast<std::size_t>(group_->size())) {}

    static void start(const std::shared_ptr<Ranks>& self, const MakeRank& make) {
        for (std::size_t r = 0; r < self->ranks_.size(); ++r)
            self->ranks_[r].thread = std::thread([self, r] { self->work(self->ranks_[r]); });
        self->make_ = &make;
        self->group_->setDeadline(kStartDeadline);
        self->run(nullptr, {});
    }

    /// Threads that have not come back keep what they use.
    void quit() {
        {
            const std::lock_guard lock(mutex_);
            quit_ = true;
        }
        changed_.notify_all();
        for (Rank& rank : ranks_) {
            bool isBack = false;
            {
                const std::lock_guard lock(mutex_);
                isBack = rank.isBack;
            }
            if (isBack)
                rank.thread.join();
            else
                rank.thread.detach();
        }
    }

    int size() const { return static_cast<int>(ranks_.size()); }
    Rank& operator[](int rank) { return ranks_[static_cast<std::size_t>(rank)]; }
    CommunicatorGroup& group() { return *group_; }

    /// Throws once a rank is lost: what it has may be in use for ever.
    void requireAll() const {
        if (!lost_.empty()) throw Error(ErrorKind::DeviceFault, lost_);
    }

    /// body(rank) on all ranks; null: makes their decoders. Stopped if one was. Throws what one
    /// threw, and if one is lost, from then on.
    StepStatus run(Body body, const std::stop_token& stop) {
        requireAll();
        {
            const std::lock_guard lock(mutex_);
            body_ = body;
            for (Rank& rank : ranks_) {
                rank.isBack = false;
                rank.failure = nullptr;
            }
            ++step_;
        }
        changed_.notify_all();
        {
            const std::stop_callback onStop(stop, [this] { giveUp(); });
            awaitAll();
        }
        return conclude();
    }

  private:
    void work(Rank& rank) {
        std::uint64_t seen = 0;
        while (true) {
            Body body = nullptr;
            {
                std::unique_lock lock(mutex_);
                changed_.wait(lock, [&] { return step_ != seen || quit_; });
                if (quit_) return;
                seen = step_;
                body = body_;
            }
            try {
                if (body != nullptr)
                    rank.status = body(rank, end_.get_token());
                else
                    rank.decoder = (*make_)(group_->rank(indexOf(rank)));
            } catch (...) {  // thrown by run(): nothing may leave a thread's body
                rank.failure = std::current_exception();
                giveUp();
            }
            {
                const std::lock_guard lock(mutex_);
                rank.isBack = true;
            }
            changed_.notify_all();
        }
    }

    int indexOf(const Rank& rank) const {
        const auto found =
            std::ranges::find_if(ranks_, [&](const Rank& other) { return &other == &rank; });
        return static_cast<int>(found - ranks_.begin());
    }

    /// The step is over for all ranks, wherever they are. The group comes last: who finds that it
    /// was aborted finds its step stopped, and an abort that hangs is one rank less.
    void giveUp() {
        end_.request_stop();
        {
            const std::lock_guard lock(mutex_);
            givenUp_ = true;
        }
        changed_.notify_all();
        group_->abort();
    }

    void awaitAll() {
        const auto allBack = [this] { return std::ranges::all_of(ranks_, &Rank::isBack); };
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return givenUp_ || allBack(); });
        if (changed_.wait_for(lock, deadlines_.back, allBack)) return;
        std::vector<int> missing;
        for (const Rank& rank : ranks_)
            if (!rank.isBack) missing.push_back(indexOf(rank));
        lost_ = fmt::format(
            "rank{} {} of {} did not come back within {:g} s of a step that was "
            "given up; load the model again",
            missing.size() == 1 ? "" : "s",
            fmt::join(missing, ", "),
            ranks_.size(),
            std::chrono::duration<double>(deadlines_.back).count());
    }

    StepStatus conclude() {
        std::exception_ptr failure;
        StepStatus status = StepStatus::Done;
        {
            const std::lock_guard lock(mutex_);
            for (const Rank& rank : ranks_) {
                if (!rank.isBack) continue;
                if (!failure) failure = rank.failure;
                if (rank.status == StepStatus::Stopped) status = StepStatus::Stopped;
            }
        }
        if (lost_.empty() && (givenUp_ || group_->isAborted())) {
            group_->reset();
            end_ = std::stop_source();
            givenUp_ = false;
        }
        if (failure && lost_.empty()) std::rethrow_exception(failure);
        if (lost_.empty()) return status;
        if (!failure) throw Error(ErrorKind::DeviceFault, lost_);
        try {
            std::rethrow_exception(failure);
        } catch (const std::exception& error) {
            throw Error(ErrorKind::DeviceFault, fmt::format("{}; {}", error.what(), lost_));
        }
    }

    std::shared_ptr<const ModelWeights> weights_;  ///< what decoders of lost ranks still read
    std::unique_ptr<CommunicatorGroup> group_;
    Deadlines deadlines_;
    std::deque<Rank> ranks_;
    std::stop_source end_;  ///< of the step; renewed only when it was used
    std::string lost_;      ///< not empty: a rank is lost, which this says

    std::mutex mutex_;  ///< guards what follows
    std::condition_variable changed_;
    Body body_ = nullptr;
    const MakeRank* make_ = nullptr;
    std::uint64_t step_ = 0;
    bool givenUp_ = false;
    bool quit_ = false;
};

namespace {

template <class T>
bool sameBits(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

}  // namespace

RankedDecoder::RankedDecoder(std::shared_ptr<const ModelWeights> weights,
                             std::unique_ptr<CommunicatorGroup> group,
                             const MakeRank& make,
                             Deadlines deadlines)
    : weights_(std::move(weights)),
      ranks_(std::make_shared<Ranks>(weights_, std::move(group), deadlines)) {
    try {
        Ranks::start(ranks_, make);
    } catch (...) {  // threads must end before this does
        ranks_->quit();
        throw;
    }
}

RankedDecoder::~RankedDecoder() {
    ranks_->quit();
}

std::string RankedDecoder::device() const {
    std::string one = (*ranks_)[0].decoder->device();
    const std::string_view kCpu = "CPU, ";
    if (one.starts_with(kCpu)) one.erase(0, kCpu.size());
    return fmt::format("CPU, {} ranks of {}", ranks_->size(), one);
}

int RankedDecoder::threads() const {
    int threads = 0;
    for (int r = 0; r < ranks_->size(); ++r) threads += (*ranks_)[r].decoder->threads();
    return threads;
}

Precision RankedDecoder::precision() const {
    return (*ranks_)[0].decoder->precision();
}

std::uint64_t RankedDecoder::weightBytesPerToken() const {
    std::uint64_t bytes = 0;
    for (int r = 0; r < ranks_->size(); ++r) bytes += (*ranks_)[r].decoder->weightBytesPerToken();
    return bytes;
}

std::unique_ptr<KvCache> RankedDecoder::makeCache(int capacity) const {
    std::vector<std::shared_ptr<KvCache>> caches;
    for (int r = 0; r < ranks_->size(); ++r)
        caches.push_back((*ranks_)[r].decoder->makeCache(capacity));
    return std::make_unique<RankedKvCache>(std::move(caches));
}

StepStatus RankedDecoder::forward(const Batch& batch,
                                  KvCache& anyCache,
                                  const InterventionSet& interventions,
                                  StepOutput& out,
                                  std::stop_token stop) {
    checkStep(batch, anyCache, config());
    auto& cache = cacheOf<RankedKvCache>(anyCache);
    Ranks& ranks = *ranks_;
    const int headsOfRank = config().numQHeads / ranks.size();
    ranks.requireAll();
    cache.align();
    for (int r = 0; r < ranks.size(); ++r) {
        Ranks::Rank& rank = ranks[r];
        rank.tokens.assign(batch.tokens.begin(), batch.tokens.end());
        rank.batch = batch;
        rank.batch.tokens = rank.tokens;
        rank.batch.tapAttention.reset();
        if (batch.tapAttention && batch.tapAttention->head / headsOfRank == r)
            rank.batch.tapAttention = {.layer = batch.tapAttention->layer,
                                       .head = batch.tapAttention->head % headsOfRank};
        rank.cache = cache.rank(r);
        rank.interventions = &interventions;
    }
    // Ranks do the same at the same time: how long one waits is how far they are apart, which grows
    // with the tokens of a step.
    ranks.group().setDeadline(batch.tokens.size() == 1 ? kStepDeadline : kStartDeadline);
    const StepStatus status = ranks.run(
        [](Ranks::Rank& rank, const std::stop_token& end) {
            return rank.decoder->forward(
                rank.batch, *rank.cache, *rank.interventions, rank.out, end);
        },
        stop);
    if (status == StepStatus::Stopped) return status;
    const StepOutput& first = ranks[0].out;
    for (int r = 1; r < ranks.size(); ++r) {
        const StepOutput& other = ranks[r].out;
        if (sameBits(first.routerProbs, other.routerProbs) &&
            sameBits(first.selected, other.selected) && sameBits(first.gates, other.gates))
            continue;
        throw Error(ErrorKind::DeviceFault,
                    fmt::format("rank {} routes otherwise than rank 0 from the same sums: memory "
                                "of this machine may be damaged; test it",
                                r));
    }
    cache.grow(static_cast<int>(batch.tokens.size()));
    std::swap(out, ranks[0].out);
    if (batch.tapAttention && batch.tapAttention->head >= headsOfRank)
        std::swap(out.attention, ranks[batch.tapAttention->head / headsOfRank].out.attention);
    return status;
}

StepStatus RankedDecoder::logitsOf(std::span<const float> rows,
                                   std::span<const float> whole,
                                   std::span<float> logits,
                                   std::stop_token stop) {
    checkLens(rows, whole, logits, config());
    Ranks& ranks = *ranks_;
    ranks.requireAll();
    for (int r = 0; r < ranks.size(); ++r) {
        Ranks::Rank& rank = ranks[r];
        rank.rows.assign(rows.begin(), rows.end());
        rank.whole.assign(whole.begin(), whole.end());
        rank.logits.resize(logits.size());
    }
    ranks.group().setDeadline(kStartDeadline);
    const StepStatus status = ranks.run(
        [](Ranks::Rank& rank, const std::stop_token& end) {
            return rank.decoder->logitsOf(rank.rows, rank.whole, rank.logits, end);
        },
        stop);
    if (status == StepStatus::Done) std::ranges::copy(ranks[0].logits, logits.begin());
    return status;
}

}  // namespace gatescope
