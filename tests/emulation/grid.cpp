#include "tests/emulation/grid.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "tests/emulation/fiber.h"
#include "tests/emulation/sanitizers.h"

// This file is compiled without ThreadSanitizer: the scheduler's own accesses are no threads' and
// its memory would be races without end.

namespace gatescope::emulation {

constinit thread_local Thread* currentThread = nullptr;

namespace {

constexpr unsigned kWarpSize = 32;
constexpr std::byte kUntouched{0xFF};  // as float NaN, as int -1
constexpr std::size_t kGap = 64;       // between shared variables

enum class State : std::uint8_t { Ready, AtBarrier, InWarpOp, Done };

struct DeviceThread : Thread {
    Fiber fiber;
    State state = State::Ready;
    Where where;        // it waits here
    unsigned mask = 0;  // for these lanes
};

/// Lanes of a warp that meet. Free while `mask` is 0.
struct Meeting {
    unsigned mask = 0;
    unsigned arrived = 0;
    int readers = 0;  // who have not taken their result
    bool complete = false;
    WarpOp op = WarpOp::Sync;
    Where where;
    std::array<std::uint64_t, kWarpSize> values{};
    char order = 0;  // an address for ThreadSanitizer
};

struct Warp {
    unsigned existing = 0, exited = 0, ready = 0;
    std::array<Meeting, 8> meetings;
};

struct SharedVariable {
    const void* key;
    std::byte* data;
    std::size_t size;
    const char* name;
};

/// Shared memory of a block. Gaps between variables are poisoned under AddressSanitizer, elsewhere
/// they are checked when the block is done.
class SharedArena {
  public:
    SharedArena() = default;
    SharedArena(const SharedArena&) = delete;
    SharedArena& operator=(const SharedArena&) = delete;
    ~SharedArena() { release(); }

    void clear(std::size_t limit) {
        // Fresh pages: ThreadSanitizer forgets the last block's accesses.
        if (kThreadSanitized || capacity_ < capacityFor(limit)) release();
        if (memory_ == nullptr) reserve(capacityFor(limit));
        const std::size_t used = std::min(used_, capacity_);  // behind it all is as it was
        asan::unpoison(memory_, used);
        std::memset(memory_, static_cast<int>(kUntouched), used);
        asan::poison(memory_, used);
        used_ = kGap;
        limit_ = limit;
        variables_.clear();
    }

    /// Null: there is no room.
    void* add(const void* key, std::size_t size, std::size_t alignment, const char* name) {
        std::size_t total = (size + 15) & ~std::size_t{15};
        for (const SharedVariable& v : variables_) total += (v.size + 15) & ~std::size_t{15};
        const std::size_t at = (used_ + alignment - 1) & ~(alignment - 1);
        if (total > limit_ || at + size + kGap > capacity_) return nullptr;
        used_ = (at + size + 2 * kGap - 1) & ~(kGap - 1);
        variables_.push_back({key, memory_ + at, size, name});
        asan::unpoison(memory_ + at, size);
        return memory_ + at;
    }

    void* find(const void* key) const {
        for (const SharedVariable& v : variables_)
            if (v.key == key) return v.data;
        return nullptr;
    }

    /// The variable that something was written behind; null: none.
    const char* overrun() const {
        if (kAddressSanitized) return nullptr;  // it says so itself
        const std::byte* at = memory_;
        const char* before = "the first variable";
        // Variables lie in the order they were added in.
        for (const SharedVariable& v : variables_) {
            if (!untouched(at, v.data)) return before;
            at = v.data + v.size;
            before = v.name;
        }
        return untouched(at, memory_ + std::min(used_ + kGap, capacity_)) ? nullptr : before;
    }

  private:
    static std::size_t capacityFor(std::size_t limit) {
        return (2 * limit + 8192 + 4095) & ~std::size_t{4095};
    }
    static bool untouched(const std::byte* begin, const std::byte* end) {
        return std::all_of(begin, end, [](std::byte b) { return b == kUntouched; });
    }
    void reserve(std::size_t bytes) {
        void* pages =
            mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (pages == MAP_FAILED) throw std::runtime_error("emulation: no shared memory");
        memory_ = static_cast<std::byte*>(pages);
        capacity_ = bytes;
        used_ = bytes;
    }
    void release() {
        if (memory_ == nullptr) return;
        asan::unpoison(memory_, capacity_);
        munmap(memory_, capacity_);
        memory_ = nullptr;
        capacity_ = 0;
    }

    std::byte* memory_ = nullptr;
    std::size_t capacity_ = 0;
    std::size_t used_ = 0;
    std::size_t limit_ = 0;
    std::vector<SharedVariable> variables_;
};

struct Votes {
    int count = 0;
    bool all = true;
    bool any = false;
};

std::string text(Where where) {
    const std::string file = where.file_name();
    return file.substr(file.rfind('/') + 1) + ":" + std::to_string(where.line());
}

bool same(Where a, Where b) {
    return a.line() == b.line() && a.column() == b.column() &&
           (a.file_name() == b.file_name() || std::strcmp(a.file_name(), b.file_name()) == 0);
}

std::string maskText(unsigned mask) {
    char buffer[16];
    std::snprintf(buffer, sizeof buffer, "%08x", mask);
    return buffer;
}

}  // namespace

struct Block {
    BlockView view;  // first: currentBlock()
    std::vector<DeviceThread> threads;
    std::vector<Warp> warps;
    std::vector<unsigned> warpOrder;
    SharedArena shared;

    unsigned alive = 0, exited = 0;
    unsigned waiting = 0;  // at the barrier
    Where barrierWhere;
    Votes votes, decided;
    unsigned opened = 0;  // barriers
    // Addresses for ThreadSanitizer, in turns: who is slow to leave a barrier must not be ordered
    // behind who has come to the next one.
    char order[2] = {};

    std::string name() const {
        const Dimensions& i = view.index;
        return "block (" + std::to_string(i.x) + ", " + std::to_string(i.y) + ", " +
               std::to_string(i.z) + ")";
    }
};

namespace {

thread_local Schedule theSchedule;
thread_local Counts theCounts;

void runThread();

/// A launch while it runs.
class Grid {
  public:
    Grid(Dimensions gridSize,
         Dimensions blockSize,
         std::size_t dynamicShared,
         const char* kernel,
         const std::function<void()>& body)
        : gridSize_(gridSize),
          blockSize_(blockSize),
          dynamicShared_(dynamicShared),
          kernel_(kernel),
          body_(body),
          schedule_(theSchedule),
          random_(schedule_.seed * 0x9E3779B97F4A7C15ULL + 1) {
        constexpr unsigned kStays[] = {0, 255, 31};  // in n + 1 times n: at the same warp
        stays_ = kStays[schedule_.seed % 3];
        starves_ = schedule_.seed / 3 % 2 == 1;
        host_.adoptCaller();
    }

    void run() {
        const auto numBlocks = static_cast<std::size_t>(gridSize_.count());
        std::vector<std::size_t> blockOrder(numBlocks);
        std::iota(blockOrder.begin(), blockOrder.end(), std::size_t{0});
        shuffle(blockOrder);
        const auto atOnce = static_cast<std::size_t>(std::max(1, schedule_.blocksAtOnce));
        std::size_t next = 0;
        while ((next < numBlocks || !running_.empty()) && error_.empty()) {
            while (next < numBlocks && running_.size() < atOnce) begin(blockOrder[next++]);
            const bool progress = runReadyThreads();
            if (!progress && error_.empty()) error_ = deadlock();
            std::erase_if(running_, [&](std::unique_ptr<Block>& block) {
                if (block->alive > 0 || !error_.empty()) return false;
                finish(std::move(block));
                return true;
            });
        }
        tsan::acquire(&end_);
        if (error_.empty()) return;
        // Threads that were given up never said that they ended: to ThreadSanitizer, freeing what
        // they have seen would race with them.
        if (kThreadSanitized)
            for (std::unique_ptr<Block>& block : running_) {
                for (DeviceThread& thread : block->threads) thread.fiber.retire();
                (void)block.release();
            }
        throw Failure(std::string(kernel_) + ": " + error_);
    }

    // Called on a fiber.

    int barrier(Where where, bool predicate, Vote vote) {
        DeviceThread& me = current();
        Block& block = *me.block;
        char& order = block.order[block.opened % 2];
        tsan::release(&order);
        if (block.waiting == 0)
            block.barrierWhere = where;
        else if (!same(block.barrierWhere, where))
            fail([&] {
                return "threads of a block meet at different __syncthreads: " +
                       text(block.barrierWhere) + " and " + text(where);
            });
        if (block.exited > 0)
            fail([&] {
                return "__syncthreads at " + text(where) + " after some threads left the kernel";
            });
        block.votes.count += predicate ? 1 : 0;
        block.votes.all &= predicate;
        block.votes.any |= predicate;
        me.where = where;
        if (++block.waiting == block.alive) {
            openBarrier(block);
            // The last to come need not be the first to go.
            if (schedule_.order == Order::Random) leave();
        } else {
            wait(me, State::AtBarrier);
            yield();
        }
        tsan::acquire(&order);
        switch (vote) {
            case Vote::Count:
                return block.decided.count;
            case Vote::And:
                return block.decided.all ? 1 : 0;
            case Vote::Or:
                return block.decided.any ? 1 : 0;
            case Vote::None:
                break;
        }
        return 0;
    }

    std::uint64_t warpOperation(
        WarpOp op, unsigned mask, std::uint64_t value, int argument, int width, Where where) {
        DeviceThread& me = current();
        if (width < 1 || width > 32 || !std::has_single_bit(static_cast<unsigned>(width)))
            fail([&] {
                return "a shuffle's width of " + std::to_string(width) +
                       " is no power of two, at " + text(where);
            });
        Meeting& meeting = meet(me, op, mask, where);
        meeting.values[me.lane] = value;
        if (op == WarpOp::Sync) tsan::release(&meeting.order);
        arrive(meeting, me, where);
        if (me.state == State::InWarpOp) yield();
        const std::uint64_t result = resultOf(meeting, me, op, value, argument, width, where);
        if (op == WarpOp::Sync) tsan::acquire(&meeting.order);
        if (--meeting.readers == 0) meeting.mask = 0;
        return result;
    }

    void* sharedVariable(const void* key,
                         std::size_t size,
                         std::size_t alignment,
                         const char* name) {
        SharedArena& shared = current().block->shared;
        if (void* found = shared.find(key)) return found;
        void* made = shared.add(key, size, alignment, name);
        if (made == nullptr)
            fail([&] {
                return std::string("no shared memory left for '") + name + "': a block may have " +
                       std::to_string(schedule_.sharedLimit) + " bytes";
            });
        return made;
    }

    void fence() {
        tsan::acquire(&fence_);
        tsan::release(&fence_);
    }

    [[noreturn]] void runThread() {
        DeviceThread& me = current();
        tsan::acquire(&start_);
        body_();
        wait(me, State::Done);
        leaveBlock(me);
        tsan::release(&end_);
        yield(true);
        std::abort();
    }

  private:
    static DeviceThread& current() { return *static_cast<DeviceThread*>(currentThread); }

    std::uint64_t nextRandom() {
        random_ ^= random_ << 13U;
        random_ ^= random_ >> 7U;
        random_ ^= random_ << 17U;
        return random_ >> 24U;
    }

    template <class T>
    void shuffle(std::vector<T>& items) {
        if (schedule_.order == Order::Descending)
            std::sort(items.begin(), items.end(), std::greater<>());
        if (schedule_.order != Order::Random) return;
        for (std::size_t i = items.size(); i > 1; --i)
            std::swap(items[i - 1], items[nextRandom() % i]);
    }

    void begin(std::size_t number) {
        auto block = std::make_unique<Block>();
        const auto n = static_cast<unsigned>(number);
        block->view.index = {
            n % gridSize_.x, n / gridSize_.x % gridSize_.y, n / (gridSize_.x * gridSize_.y)};
        block->view.gridSize = gridSize_;
        block->view.blockSize = blockSize_;
        block->shared.clear(schedule_.sharedLimit);
        if (dynamicShared_ > 0) {
            block->view.dynamicShared =
                block->shared.add(nullptr, dynamicShared_, 128, "dynamic shared memory");
            if (block->view.dynamicShared == nullptr) {
                error_ = "more dynamic shared memory than a block may have";
                return;
            }
        }
        const auto numThreads = static_cast<unsigned>(blockSize_.count());
        const unsigned numWarps = (numThreads + kWarpSize - 1) / kWarpSize;
        block->alive = numThreads;
        block->warps.resize(numWarps);
        block->warpOrder.resize(numWarps);
        std::iota(block->warpOrder.begin(), block->warpOrder.end(), 0U);
        block->threads.resize(numThreads);
        for (unsigned i = 0; i < numThreads; ++i) {
            DeviceThread& thread = block->threads[i];
            thread.index = {i % blockSize_.x,
                            i / blockSize_.x % blockSize_.y,
                            i / (blockSize_.x * blockSize_.y)};
            thread.linear = i;
            thread.lane = i % kWarpSize;
            thread.warp = i / kWarpSize;
            thread.block = block.get();
            if (!spareFibers().empty()) {
                thread.fiber = std::move(spareFibers().back());
                spareFibers().pop_back();
            }
            thread.fiber.prepare(&emulation::runThread, i);
            Warp& warp = block->warps[thread.warp];
            warp.existing |= 1U << thread.lane;
            warp.ready |= 1U << thread.lane;
        }
        running_.push_back(std::move(block));
        ++theCounts.blocks;
        tsan::release(&start_);  // the block's memory is ready
    }

    /// The block stays until the grid is done: to wait for its end before freeing it would order it
    /// before the blocks that follow.
    void finish(std::unique_ptr<Block> block) {
        if (const char* name = block->shared.overrun())
            error_ = block->name() + ": something was written behind the shared variable '" +
                     std::string(name) + "'";
        for (DeviceThread& thread : block->threads) {
            thread.fiber.retire();
            spareFibers().push_back(std::move(thread.fiber));
        }
        if (kThreadSanitized) finished_.push_back(std::move(block));
    }

    static std::vector<Fiber>& spareFibers() {
        thread_local std::vector<Fiber> spare;
        return spare;
    }

    /// Gives every warp a turn. False: no thread could run.
    bool runReadyThreads() {
        bool progress = false;
        for (const auto& block : running_) {
            shuffle(block->warpOrder);
            for (const unsigned w : block->warpOrder) {
                const unsigned ready = block->warps[w].ready;
                if (ready == 0) continue;
                progress = true;
                if (starves_ && schedule_.order == Order::Random && nextRandom() % 4 != 0) continue;
                enter(block->threads[w * kWarpSize + pick(ready)]);
                if (!error_.empty()) return true;
            }
        }
        return progress;
    }

    unsigned pick(unsigned ready) {
        if (schedule_.order == Order::Ascending)
            return static_cast<unsigned>(std::countr_zero(ready));
        if (schedule_.order == Order::Descending)
            return 31U - static_cast<unsigned>(std::countl_zero(ready));
        const auto turn = static_cast<unsigned>(nextRandom() % kWarpSize);
        const unsigned turned = std::rotr(ready, static_cast<int>(turn));
        return (static_cast<unsigned>(std::countr_zero(turned)) + turn) % kWarpSize;
    }

    void enter(DeviceThread& thread) {
        currentThread = &thread;
        Fiber::switchTo(host_, thread.fiber);
    }
    void leave(bool ends = false) {
        DeviceThread& me = current();
        currentThread = nullptr;
        Fiber::switchTo(me.fiber, host_, ends);
    }
    /// On to another lane of the warp, or to the scheduler.
    void yield(bool ends = false) {
        DeviceThread& me = current();
        const Warp& warp = me.block->warps[me.warp];
        const bool stays =
            schedule_.order != Order::Random || stays_ == 0 || nextRandom() % (stays_ + 1) != 0;
        if (warp.ready == 0 || !error_.empty() || !stays) return leave(ends);
        DeviceThread& next = me.block->threads[me.warp * kWarpSize + pick(warp.ready)];
        currentThread = &next;
        Fiber::switchTo(me.fiber, next.fiber, ends);
    }

    static void makeReady(DeviceThread& thread) {
        thread.state = State::Ready;
        thread.block->warps[thread.warp].ready |= 1U << thread.lane;
    }
    static void wait(DeviceThread& thread, State state) {
        thread.state = state;
        thread.block->warps[thread.warp].ready &= ~(1U << thread.lane);
    }

    /// Never comes back, so nothing may be left to destroy: `say` makes its text in here.
    template <class Text>
    [[noreturn]] void fail(const Text& say) {
        DeviceThread& me = current();
        if (error_.empty())
            error_ = me.block->name() + " thread " + std::to_string(me.linear) + ": " + say();
        tsan::release(&end_);
        wait(me, State::Done);
        leave(true);
        std::abort();
    }

    static void openBarrier(Block& block) {
        block.decided = block.votes;
        block.votes = {};
        block.waiting = 0;
        ++block.opened;
        for (DeviceThread& thread : block.threads)
            if (thread.state == State::AtBarrier) makeReady(thread);
        ++theCounts.barriers;
    }

    Meeting& meet(DeviceThread& me, WarpOp op, unsigned mask, Where where) {
        if ((mask >> me.lane & 1U) == 0)
            fail([&] {
                return "lane " + std::to_string(me.lane) + " is not in its own mask " +
                       maskText(mask) + " at " + text(where);
            });
        Meeting* open = nullptr;
        Meeting* unused = nullptr;
        for (Meeting& meeting : me.block->warps[me.warp].meetings)
            if (meeting.mask == 0)
                unused = &meeting;
            else if (meeting.mask == mask && !meeting.complete &&
                     (meeting.arrived >> me.lane & 1U) == 0)
                open = &meeting;
        if (open == nullptr) {
            if (unused == nullptr)
                fail([&] { return "more than 8 warp operations overlap at " + text(where); });
            *unused = {};
            unused->mask = mask;
            unused->op = op;
            unused->where = where;
            return *unused;
        }
        if (open->op != op || !same(open->where, where))
            fail([&] {
                return "different warp operations meet: " + text(open->where) + " and " +
                       text(where);
            });
        return *open;
    }

    void arrive(Meeting& meeting, DeviceThread& me, Where where) {
        meeting.arrived |= 1U << me.lane;
        me.where = where;
        me.mask = meeting.mask;
        if (!completeIfAllCame(*me.block, me.warp, meeting)) wait(me, State::InWarpOp);
    }

    static bool completeIfAllCame(Block& block, unsigned warpIndex, Meeting& meeting) {
        const Warp& warp = block.warps[warpIndex];
        if (meeting.arrived != (meeting.mask & warp.existing & ~warp.exited)) return false;
        meeting.complete = true;
        meeting.readers = std::popcount(meeting.arrived);
        for (unsigned lane = 0; lane < kWarpSize; ++lane)
            if (meeting.arrived >> lane & 1U)
                makeReady(block.threads[warpIndex * kWarpSize + lane]);
        ++theCounts.warpOperations;
        return true;
    }

    std::uint64_t resultOf(const Meeting& meeting,
                           const DeviceThread& me,
                           WarpOp op,
                           std::uint64_t value,
                           int argument,
                           int width,
                           Where where) {
        const int lane = static_cast<int>(me.lane);
        const int first = lane & ~(width - 1);
        int source = lane;
        switch (op) {
            case WarpOp::Shuffle:
                source = first + (argument & (width - 1));
                break;
            case WarpOp::ShuffleUp:
                if (lane - argument >= first) source = lane - argument;
                break;
            case WarpOp::ShuffleDown:
                if (lane + argument < first + width) source = lane + argument;
                break;
            case WarpOp::ShuffleXor:
                if ((lane ^ argument) < first + width) source = lane ^ argument;
                break;
            case WarpOp::Ballot: {
                std::uint64_t lanes = 0;
                for (unsigned i = 0; i < kWarpSize; ++i)
                    if ((meeting.arrived >> i & 1U) != 0 && meeting.values[i] != 0)
                        lanes |= std::uint64_t{1} << i;
                return lanes;
            }
            case WarpOp::Sync:
                return value;
        }
        if ((meeting.arrived >> source & 1U) == 0)
            fail([&] {
                return "a shuffle reads lane " + std::to_string(source) +
                       ", which takes no part, at " + text(where);
            });
        return meeting.values[static_cast<std::size_t>(source)];
    }

    /// What others waited for may be complete without this thread.
    void leaveBlock(DeviceThread& me) {
        Block& block = *me.block;
        Warp& warp = block.warps[me.warp];
        warp.exited |= 1U << me.lane;
        --block.alive;
        ++block.exited;
        for (Meeting& meeting : warp.meetings)
            if (meeting.mask != 0 && !meeting.complete) completeIfAllCame(block, me.warp, meeting);
        if (block.waiting > 0 && error_.empty())
            error_ = block.name() + " thread " + std::to_string(me.linear) +
                     ": left the kernel while others wait at __syncthreads (" +
                     text(block.barrierWhere) + ")";
    }

    std::string deadlock() const {
        std::string out = "no thread can go on";
        for (const auto& block : running_) {
            if (block->alive == 0) continue;
            std::map<std::string, std::pair<unsigned, unsigned>> first;  // what: thread, how many
            for (const DeviceThread& thread : block->threads) {
                std::string what = "left the kernel";
                if (thread.state == State::AtBarrier)
                    what = "at __syncthreads, " + text(thread.where);
                if (thread.state == State::InWarpOp)
                    what = "in a warp operation with mask " + maskText(thread.mask) + ", " +
                           text(thread.where);
                ++first.try_emplace(what, thread.linear, 0U).first->second.second;
            }
            out += "; " + block->name();
            for (const auto& [what, threads] : first)
                out += "\n  " + std::to_string(threads.second) + " from thread " +
                       std::to_string(threads.first) + " on: " + what;
            break;
        }
        return out;
    }

    Dimensions gridSize_, blockSize_;
    std::size_t dynamicShared_;
    const char* kernel_;
    const std::function<void()>& body_;
    Schedule schedule_;
    std::uint64_t random_;
    unsigned stays_ = 0;
    bool starves_ = false;

    std::vector<std::unique_ptr<Block>> running_;
    std::vector<std::unique_ptr<Block>> finished_;
    std::string error_;
    Fiber host_;
    char start_ = 0, end_ = 0, fence_ = 0;  // addresses for ThreadSanitizer
};

thread_local Grid* theGrid = nullptr;

void runThread() {
    Fiber::entered();
    theGrid->runThread();
}

}  // namespace

Schedule& schedule() {
    return theSchedule;
}
const Counts& counts() {
    return theCounts;
}

void run(Dimensions gridSize,
         Dimensions blockSize,
         std::size_t dynamicShared,
         const char* kernel,
         const std::function<void()>& body) {
    if (theGrid != nullptr) throw Failure(std::string(kernel) + ": a launch inside a kernel");
    // CUDA's limits: CUDA C++ Programming Guide, table of compute capabilities.
    if (blockSize.count() == 0 || blockSize.count() > 1024 || blockSize.z > 64 ||
        gridSize.count() == 0 || gridSize.y > 65535 || gridSize.z > 65535)
        throw Failure(std::string(kernel) + ": no grid can have this size");
    Grid grid(gridSize, blockSize, dynamicShared, kernel, body);
    theGrid = &grid;
    struct Reset {
        ~Reset() {
            theGrid = nullptr;
            currentThread = nullptr;
        }
    } reset;
    grid.run();
}

int barrier(Where where, bool predicate, Vote vote) {
    return theGrid->barrier(where, predicate, vote);
}

std::uint64_t warpOperation(
    WarpOp op, unsigned mask, std::uint64_t value, int argument, int width, Where where) {
    return theGrid->warpOperation(op, mask, value, argument, width, where);
}

void* sharedVariable(const void* key, std::size_t size, std::size_t alignment, const char* name) {
    return theGrid->sharedVariable(key, size, alignment, name);
}

void fence() {
    theGrid->fence();
}

}  // namespace gatescope::emulation
