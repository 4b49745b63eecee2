#include "tests/support/fake_nccl/fake_nccl.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/parallel/nccl_library.h"

// A double of libnccl.so.2 for tests, with its C symbols: ranks are on devices that are no more
// than numbers, a collective is computed by the call of the rank that comes last, in an order of
// the ranks that changes from one to the next. Calls of communicators that do not block come back
// with ncclInProgress every other time, as NCCL's may. What NCCL leaves undefined is refused, and
// told by misuse().

namespace gatescope::test {
namespace {

constexpr int kSuccess = 0;
constexpr int kCudaError = 1;
constexpr int kInternalError = 3;
constexpr int kInvalidArgument = 4;
constexpr int kInvalidUsage = 5;
constexpr int kRemoteError = 6;
constexpr int kInProgress = 7;
constexpr int kStreamNotReady = 600;
constexpr int kStreamFailed = 719;
constexpr int kFloat = 7;

struct VirtualStream {
    int device = 0;
    int pending = 0;
    int error = 0;
};

struct VirtualComm;

struct Operation {
    const char* name = "";
    VirtualComm* comm = nullptr;
    const float* from = nullptr;
    float* to = nullptr;
    std::size_t count = 0;
    int peer = -1;
    VirtualStream* stream = nullptr;
    std::thread::id thread;
    bool isGrouped = false;

    bool is(const char* other) const { return std::strcmp(name, other) == 0; }
};

struct Clique {
    int size = 0;
    std::vector<VirtualComm*> comms;
    std::map<std::uint64_t, std::vector<Operation>> collectives;           ///< by number
    std::map<std::pair<int, int>, std::deque<Operation>> sends, receives;  ///< by from, to

    bool isComplete() const { return static_cast<int>(comms.size()) == size; }
};

struct VirtualComm {
    Clique* clique = nullptr;
    int rank = 0;
    int device = 0;
    std::uint64_t collectives = 0;
    int launches = 0;
    int state = kSuccess;
    int looksInProgress = 0;  ///< so often is ncclInProgress told yet
    bool isAborted = false;
    bool isFinalized = false;
    bool isDestroyed = false;
    bool hangs = false;
    const char* within = nullptr;  ///< the call that a thread is within
    std::map<VirtualStream*, int> pending;
};

/// All there is, under one lock.
struct World {
    std::mutex mutex;
    std::condition_variable changed;
    NcclFault fault;
    int calls = 0;  ///< of the fault's rank since it was planted
    bool released = false;
    int underWay = 0;
    std::string misuse;
    std::string lastError;
    std::uint64_t ids = 0;
    std::map<std::uint64_t, Clique> cliques;
    std::deque<VirtualComm> comms;
    std::deque<VirtualStream> streams;
};

World& world() {
    static World* const all = new World;  // threads may outlive main()
    return *all;
}

using Lock = std::unique_lock<std::mutex>;

thread_local int currentDevice = 0;
thread_local int groupDepth = 0;
thread_local std::vector<Operation> grouped;

int failWith(int result, const std::string& text) {
    world().lastError = text;
    return result;
}

int misused(const std::string& text) {
    if (world().misuse.empty()) world().misuse = text;
    return failWith(kInvalidUsage, text);
}

template <class... Parts>
std::string textOf(const Parts&... parts) {
    std::ostringstream text;
    (text << ... << parts);
    return text.str();
}

bool strikes(int rank, bool connecting) {
    World& all = world();
    if (all.fault.kind == NcclFault::Kind::None || all.fault.rank != rank) return false;
    if (all.fault.kind == NcclFault::Kind::HangingAbort) return false;
    if (connecting) return all.fault.call == NcclFault::kWhileConnecting;
    return all.fault.call >= 0 && all.calls++ == all.fault.call;
}

/// Until release() or, unless `stuck`, the communicator is aborted.
void hang(Lock& lock, VirtualComm* comm, bool stuck) {
    World& all = world();
    ++all.underWay;
    if (comm != nullptr) comm->hangs = true;
    all.changed.wait(
        lock, [&] { return all.released || (!stuck && comm != nullptr && comm->isAborted); });
    if (comm != nullptr) comm->hangs = false;
    --all.underWay;
}

void enqueued(const Operation& op) {
    ++op.stream->pending;
    ++op.comm->pending[op.stream];
}

void done(const Operation& op) {
    --op.stream->pending;
    --op.comm->pending[op.stream];
}

void compute(std::uint64_t number, std::vector<Operation>& ops) {
    std::ranges::sort(ops, {}, [](const Operation& op) { return op.comm->rank; });
    const std::size_t count = ops.front().count;
    const std::size_t size = ops.size();
    std::vector<float> result;
    if (ops.front().is("ncclAllReduce")) {
        result.assign(count, 0.0F);
        for (std::size_t turn = 0; turn < size; ++turn) {
            const Operation& op = ops[(turn + number) % size];
            for (std::size_t i = 0; i < count; ++i) result[i] += op.from[i];
        }
    } else if (ops.front().is("ncclAllGather")) {
        for (const Operation& op : ops) result.insert(result.end(), op.from, op.from + count);
    } else {
        const float* from = ops[static_cast<std::size_t>(ops.front().peer)].from;
        result.assign(from, from + count);
    }
    for (const Operation& op : ops) {
        std::ranges::copy(result, op.to);
        done(op);
    }
}

int arriveAtCollective(const Operation& op) {
    Clique& clique = *op.comm->clique;
    const std::uint64_t number = op.comm->collectives++;
    auto& come = clique.collectives[number];
    if (!come.empty()) {
        const Operation& first = come.front();
        if (!op.is(first.name) || op.count != first.count || op.peer != first.peer)
            return misused(textOf("collective ",
                                  number,
                                  ": ",
                                  first.name,
                                  " with ",
                                  first.count,
                                  " values on rank ",
                                  first.comm->rank,
                                  ", ",
                                  op.name,
                                  " with ",
                                  op.count,
                                  " on rank ",
                                  op.comm->rank));
    }
    for (const auto& [other, ops] : clique.collectives)
        for (const Operation& waiting : ops)
            if (!op.isGrouped && !waiting.isGrouped && waiting.thread == op.thread &&
                waiting.comm != op.comm)
                return misused(textOf(op.name,
                                      " of rank ",
                                      op.comm->rank,
                                      " by the thread whose ",
                                      waiting.name,
                                      " of rank ",
                                      waiting.comm->rank,
                                      " waits, without ncclGroupStart"));
    enqueued(op);
    come.push_back(op);
    if (static_cast<int>(come.size()) == clique.size) {
        compute(number, come);
        clique.collectives.erase(number);
    }
    return kSuccess;
}

int arriveAtPeer(const Operation& op) {
    Clique& clique = *op.comm->clique;
    const bool sends = op.is("ncclSend");
    const std::pair pair =
        sends ? std::pair(op.comm->rank, op.peer) : std::pair(op.peer, op.comm->rank);
    auto& others = sends ? clique.receives[pair] : clique.sends[pair];
    enqueued(op);
    if (others.empty()) {
        (sends ? clique.sends : clique.receives)[pair].push_back(op);
        return kSuccess;
    }
    const Operation other = others.front();
    others.pop_front();
    if (other.count != op.count)
        return misused(textOf(other.name,
                              " with ",
                              other.count,
                              " values on rank ",
                              other.comm->rank,
                              ", ",
                              op.name,
                              " with ",
                              op.count,
                              " on rank ",
                              op.comm->rank));
    const Operation& sender = sends ? op : other;
    const Operation& receiver = sends ? other : op;
    std::copy_n(sender.from, sender.count, receiver.to);
    done(op);
    done(other);
    return kSuccess;
}

int launch(Lock& lock, const Operation& op) {
    if (strikes(op.comm->rank, false)) {
        switch (world().fault.kind) {
            case NcclFault::Kind::FailingCall:
                return failWith(kCudaError, "planted: the call fails");
            case NcclFault::Kind::HangingCall:
            case NcclFault::Kind::StuckCall:
                hang(lock, op.comm, world().fault.kind == NcclFault::Kind::StuckCall);
                return failWith(kInternalError, "planted: the call hung");
            case NcclFault::Kind::LateCall: {
                const auto late = world().fault.late;
                lock.unlock();
                std::this_thread::sleep_for(late);
                lock.lock();
                break;
            }
            case NcclFault::Kind::AsyncError:
                enqueued(op);
                op.comm->state = kRemoteError;
                (void)failWith(kRemoteError, "planted: the peer is gone");
                return kSuccess;
            case NcclFault::Kind::DeadRank:
                enqueued(op);
                return kSuccess;
            case NcclFault::Kind::StreamError:
                op.stream->error = kStreamFailed;
                return kSuccess;
            default:
                break;
        }
        if (op.comm->isAborted) return failWith(kInternalError, "aborted");
    }
    return op.peer >= 0 && !op.is("ncclBroadcast") ? arriveAtPeer(op) : arriveAtCollective(op);
}

/// Every other answer of a communicator: not done yet.
int answered(VirtualComm& comm) {
    if (comm.state != kSuccess || ++comm.launches % 2 == 1) return kSuccess;
    comm.looksInProgress = 2;
    return kInProgress;
}

/// While a thread is within a call of a communicator.
class Within {
  public:
    Within(VirtualComm& comm, const char* name) : comm_(comm) { comm.within = name; }
    ~Within() { comm_.within = nullptr; }
    Within(const Within&) = delete;
    Within& operator=(const Within&) = delete;

  private:
    VirtualComm& comm_;
};

/// What is wrong with any call of that communicator now; "": nothing.
std::string refusal(const VirtualComm* comm, const char* name) {
    if (comm == nullptr) return textOf(name, " without a communicator");
    if (comm->isAborted) return textOf(name, " of rank ", comm->rank, " behind ncclCommAbort");
    if (comm->isDestroyed) return textOf(name, " of rank ", comm->rank, " behind ncclCommDestroy");
    if (comm->within != nullptr)
        return textOf(
            name, " of rank ", comm->rank, " while another thread is within its ", comm->within);
    return {};
}

int operate(Operation op, int type) {
    Lock lock(world().mutex);
    if (const auto why = refusal(op.comm, op.name); !why.empty()) return misused(why);
    VirtualComm& comm = *op.comm;
    const auto wrong = [&](const char* what) {
        return misused(textOf(op.name, " of rank ", comm.rank, what));
    };
    if (comm.isFinalized) return wrong(" behind ncclCommFinalize");
    if (!comm.clique->isComplete() || comm.looksInProgress > 0)
        return wrong(" before the call before it is done");
    if (type != kFloat) return wrong(" of another type than f32");
    if (op.stream == nullptr) return wrong(" without a stream");
    if (op.stream->device != comm.device) return wrong(" on another device's stream");
    if (currentDevice != comm.device) return wrong(" while the thread uses another device");
    if (op.count > 0 && op.from == nullptr && op.to == nullptr) return wrong(" without memory");
    if (op.peer >= comm.clique->size) return failWith(kInvalidArgument, "no such rank");
    op.thread = std::this_thread::get_id();
    op.isGrouped = groupDepth > 0;
    if (op.isGrouped) {
        grouped.push_back(op);
        return kSuccess;
    }
    const Within within(comm, op.name);
    const int result = launch(lock, op);
    return result == kSuccess ? answered(comm) : result;
}

VirtualStream* streamOf(kernels::cuda::Stream stream) {
    return reinterpret_cast<VirtualStream*>(stream);
}
VirtualComm* commOf(NcclComm comm) {
    return reinterpret_cast<VirtualComm*>(comm);
}

// ---------------------------------------------------------------- what tests say and ask

void plantFault(const NcclFault& fault) {
    const std::lock_guard lock(world().mutex);
    world().fault = fault;
    world().calls = 0;
    world().released = false;
}

void releaseAll() {
    const std::lock_guard lock(world().mutex);
    world().fault = {};
    world().released = true;
    world().changed.notify_all();
}

int countUnderWay() {
    const std::lock_guard lock(world().mutex);
    return world().underWay;
}

int countComms() {
    const std::lock_guard lock(world().mutex);
    return static_cast<int>(std::ranges::count_if(world().comms, [](const VirtualComm& comm) {
        return !comm.isAborted && !comm.isDestroyed;
    }));
}

const char* tellMisuse() {
    const std::lock_guard lock(world().mutex);
    thread_local std::string text;
    text = world().misuse;
    return text.c_str();
}

void forgetAll() {
    const std::lock_guard lock(world().mutex);
    World& all = world();
    all.fault = {};
    all.released = false;
    all.misuse.clear();
    all.lastError.clear();
    all.cliques.clear();
    all.comms.clear();
    all.streams.clear();
}

int useVirtualDevice(int device) {
    currentDevice = device;
    return 0;
}

kernels::cuda::Stream createVirtualStream(int device) {
    const std::lock_guard lock(world().mutex);
    return reinterpret_cast<kernels::cuda::Stream>(
        &world().streams.emplace_back(VirtualStream{.device = device}));
}

int pollStream(kernels::cuda::Stream stream) {
    const std::lock_guard lock(world().mutex);
    const VirtualStream& asked = *streamOf(stream);
    if (asked.error != 0) return asked.error;
    return asked.pending > 0 ? kStreamNotReady : 0;
}

}  // namespace
}  // namespace gatescope::test

using namespace gatescope;        // NOLINT(google-build-using-namespace): C symbols follow
using namespace gatescope::test;  // NOLINT(google-build-using-namespace)

extern "C" {

FakeNccl* fakeNccl() {
    static FakeNccl fake{.plant = plantFault,
                         .release = releaseAll,
                         .callsUnderWay = countUnderWay,
                         .communicators = countComms,
                         .misuse = tellMisuse,
                         .forget = forgetAll,
                         .useDevice = useVirtualDevice,
                         .createStream = createVirtualStream,
                         .poll = pollStream};
    return &fake;
}

int ncclGetVersion(int* version) {
    *version = fakeNccl()->version;
    return kSuccess;
}

const char* ncclGetErrorString(int result) {
    switch (result) {
        case kSuccess:
            return "no error";
        case kCudaError:
            return "unhandled cuda error";
        case kInternalError:
            return "internal error";
        case kInvalidArgument:
            return "invalid argument";
        case kInvalidUsage:
            return "invalid usage";
        case kRemoteError:
            return "remote process exited or there was a network error";
        case kInProgress:
            return "NCCL operation in progress";
        default:
            return "unknown result code";
    }
}

const char* ncclGetLastError(NcclComm) {
    const std::lock_guard lock(world().mutex);
    thread_local std::string text;
    text = world().lastError;
    return text.c_str();
}

int ncclGetUniqueId(NcclUniqueId* id) {
    const std::lock_guard lock(world().mutex);
    const std::uint64_t number = ++world().ids;
    std::memset(id, 0, sizeof(*id));
    std::memcpy(id, &number, sizeof(number));
    world().cliques[number] = {};
    return kSuccess;
}

int ncclCommInitRankConfig(NcclComm* out, int size, NcclUniqueId id, int rank, NcclConfig* config) {
    Lock lock(world().mutex);
    std::uint64_t number = 0;
    std::memcpy(&number, &id, sizeof(number));
    const auto found = world().cliques.find(number);
    if (found == world().cliques.end()) return misused("an id that ncclGetUniqueId did not give");
    if (config == nullptr || config->magic != NcclConfig{}.magic ||
        config->size != sizeof(NcclConfig) || config->version != NcclConfig{}.version)
        return misused("a ncclConfig_t that was not initialised");
    if (config->blocking != 0) return misused("the double has only calls that do not block");
    if (rank < 0 || rank >= size) return failWith(kInvalidArgument, "no such rank");
    Clique& clique = found->second;
    if (clique.size != 0 && clique.size != size)
        return misused(textOf("rank ", rank, " expects ", size, " ranks, others ", clique.size));
    clique.size = size;
    for (const VirtualComm* other : clique.comms) {
        if (other->rank == rank) return misused(textOf("rank ", rank, " connects twice"));
        if (other->device == currentDevice)
            return failWith(kInvalidUsage,
                            textOf("Duplicate GPU detected : rank ",
                                   rank,
                                   " and rank ",
                                   other->rank,
                                   " both on CUDA device ",
                                   currentDevice));
    }
    VirtualComm& comm = world().comms.emplace_back();
    comm.clique = &clique;
    comm.rank = rank;
    comm.device = currentDevice;
    *out = reinterpret_cast<NcclComm>(&comm);
    if (strikes(rank, true)) {
        switch (world().fault.kind) {
            case NcclFault::Kind::FailingCall:
                return failWith(kCudaError, "planted: the call fails");
            case NcclFault::Kind::HangingCall:
            case NcclFault::Kind::StuckCall:
                hang(lock, &comm, world().fault.kind == NcclFault::Kind::StuckCall);
                return failWith(kInternalError, "planted: the call hung");
            case NcclFault::Kind::AsyncError:
                comm.state = kRemoteError;
                (void)failWith(kRemoteError, "planted: the peer is gone");
                return kInProgress;
            default:
                return kInProgress;  // the others will wait for it
        }
    }
    clique.comms.push_back(&comm);
    return kInProgress;
}

int ncclCommGetAsyncError(NcclComm handle, int* state) {
    const std::lock_guard lock(world().mutex);
    VirtualComm* comm = commOf(handle);
    if (const auto why = refusal(comm, "ncclCommGetAsyncError"); !why.empty()) return misused(why);
    *state = comm->state;
    if (comm->state != kSuccess) return kSuccess;
    if (!comm->clique->isComplete()) *state = kInProgress;
    if (comm->looksInProgress > 0) {
        --comm->looksInProgress;
        *state = kInProgress;
    }
    return kSuccess;
}

int ncclCommFinalize(NcclComm handle) {
    const std::lock_guard lock(world().mutex);
    VirtualComm* comm = commOf(handle);
    if (const auto why = refusal(comm, "ncclCommFinalize"); !why.empty()) return misused(why);
    for (const auto& [stream, pending] : comm->pending)
        if (pending > 0)
            return misused(textOf("ncclCommFinalize of rank ", comm->rank, " before its end"));
    comm->isFinalized = true;
    comm->looksInProgress = 2;
    return kInProgress;
}

int ncclCommDestroy(NcclComm handle) {
    const std::lock_guard lock(world().mutex);
    VirtualComm* comm = commOf(handle);
    if (const auto why = refusal(comm, "ncclCommDestroy"); !why.empty()) return misused(why);
    if (!comm->isFinalized || comm->looksInProgress > 0)
        return misused(textOf("ncclCommDestroy of rank ", comm->rank, " before it is finalized"));
    comm->isDestroyed = true;
    return kSuccess;
}

int ncclCommAbort(NcclComm handle) {
    Lock lock(world().mutex);
    VirtualComm* comm = commOf(handle);
    // A call that hangs is what aborting is for.
    if (comm == nullptr || !comm->hangs)
        if (const auto why = refusal(comm, "ncclCommAbort"); !why.empty()) return misused(why);
    if (world().fault.kind == NcclFault::Kind::HangingAbort && world().fault.rank == comm->rank)
        hang(lock, nullptr, true);
    comm->isAborted = true;
    const auto isOurs = [&](const Operation& op) { return op.comm == comm; };
    for (auto& [number, ops] : comm->clique->collectives) std::erase_if(ops, isOurs);
    for (auto& [pair, ops] : comm->clique->sends) std::erase_if(ops, isOurs);
    for (auto& [pair, ops] : comm->clique->receives) std::erase_if(ops, isOurs);
    for (auto& [stream, pending] : comm->pending) {
        stream->pending -= std::exchange(pending, 0);
        stream->error = 0;
    }
    world().changed.notify_all();
    return kSuccess;
}

int ncclGroupStart() {
    ++groupDepth;
    return kSuccess;
}

int ncclGroupEnd() {
    Lock lock(world().mutex);
    if (groupDepth == 0) return misused("ncclGroupEnd without ncclGroupStart");
    if (--groupDepth > 0) return kSuccess;
    const auto ops = std::exchange(grouped, {});
    int result = kSuccess;
    std::vector<VirtualComm*> comms;
    for (const Operation& op : ops) {
        const Within within(*op.comm, "ncclGroupEnd");
        const int launched = launch(lock, op);
        if (launched != kSuccess) result = launched;
        if (std::ranges::find(comms, op.comm) == comms.end()) comms.push_back(op.comm);
    }
    for (VirtualComm* comm : comms)
        if (const int answer = answered(*comm); result == kSuccess) result = answer;
    return result;
}

int ncclAllReduce(const void* from,
                  void* to,
                  std::size_t count,
                  int type,
                  int operation,
                  NcclComm comm,
                  NcclFunctions::Stream stream) {
    if (operation != NcclFunctions::kSum) return kInvalidArgument;
    return operate({.name = "ncclAllReduce",
                    .comm = commOf(comm),
                    .from = static_cast<const float*>(from),
                    .to = static_cast<float*>(to),
                    .count = count,
                    .stream = streamOf(stream)},
                   type);
}

int ncclAllGather(const void* from,
                  void* to,
                  std::size_t count,
                  int type,
                  NcclComm comm,
                  NcclFunctions::Stream stream) {
    return operate({.name = "ncclAllGather",
                    .comm = commOf(comm),
                    .from = static_cast<const float*>(from),
                    .to = static_cast<float*>(to),
                    .count = count,
                    .stream = streamOf(stream)},
                   type);
}

int ncclBroadcast(const void* from,
                  void* to,
                  std::size_t count,
                  int type,
                  int root,
                  NcclComm comm,
                  NcclFunctions::Stream stream) {
    return operate({.name = "ncclBroadcast",
                    .comm = commOf(comm),
                    .from = static_cast<const float*>(from),
                    .to = static_cast<float*>(to),
                    .count = count,
                    .peer = root,
                    .stream = streamOf(stream)},
                   type);
}

int ncclSend(const void* from,
             std::size_t count,
             int type,
             int peer,
             NcclComm comm,
             NcclFunctions::Stream stream) {
    return operate({.name = "ncclSend",
                    .comm = commOf(comm),
                    .from = static_cast<const float*>(from),
                    .count = count,
                    .peer = peer,
                    .stream = streamOf(stream)},
                   type);
}

int ncclRecv(
    void* to, std::size_t count, int type, int peer, NcclComm comm, NcclFunctions::Stream stream) {
    return operate({.name = "ncclRecv",
                    .comm = commOf(comm),
                    .to = static_cast<float*>(to),
                    .count = count,
                    .peer = peer,
                    .stream = streamOf(stream)},
                   type);
}

}  // extern "C"
