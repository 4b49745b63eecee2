#include "tests/emulation/emulated_gpu.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <utility>

#include "kernels/quant/float_types.h"
#include "tests/emulation/sanitizers.h"

namespace gatescope::emulation {
namespace {

using namespace kernels::cuda;

constexpr std::size_t kArenaBytes = std::size_t{512} << 20;
constexpr std::size_t kAlignment = 256;

/// Addresses of device memory: closed, except while the device itself works.
class Arena {
  public:
    Arena() {
        void* memory = mmap(
            nullptr, kArenaBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) std::abort();
        base_ = static_cast<std::byte*>(memory);
        asan::poison(base_, kArenaBytes);
    }
    void* allocate(std::size_t bytes) {
        // First fit, with a gap behind each.
        std::size_t at = 0;
        for (const auto& [begin, size] : taken_) {
            if (begin >= at + bytes + kAlignment) break;
            at = aligned(begin + size + kAlignment);
        }
        if (at + bytes > kArenaBytes) return nullptr;
        taken_[at] = bytes;
        asan::unpoison(base_ + at, bytes);
        open();
        std::memset(base_ + at, 0xFF, bytes);
        close();
        return base_ + at;
    }
    /// Its size; 0: not one of ours.
    std::size_t release(void* memory) {
        const auto found =
            taken_.find(static_cast<std::size_t>(static_cast<std::byte*>(memory) - base_));
        if (found == taken_.end()) return 0;
        const std::size_t bytes = found->second;
        asan::poison(static_cast<std::byte*>(memory), bytes);
        taken_.erase(found);
        return bytes;
    }
    void open() { mprotect(base_, kArenaBytes, PROT_READ | PROT_WRITE); }
    void close() { mprotect(base_, kArenaBytes, PROT_NONE); }

  private:
    static std::size_t aligned(std::size_t at) {
        return (at + kAlignment - 1) / kAlignment * kAlignment;
    }
    std::byte* base_;
    std::map<std::size_t, std::size_t> taken_;  // where, how many bytes
};

Arena& arena() {
    static Arena one;
    return one;
}

using Work = std::function<int()>;
using Recording = std::vector<Work>;

std::map<void*, std::size_t>& pinned() {
    static std::map<void*, std::size_t> blocks;
    return blocks;
}
Recording* recording = nullptr;  // what is enqueued goes there
int lasting = 0;                 // the fault that no call comes past
std::deque<Work> enqueued;       // of all streams
int failed = 0;                  // what enqueued work gave since the last wait

constexpr int kInvalidValueError = 1;
constexpr int kNotSupportedHere = 801;

/// What the call `name` returns without being made; 0: it may be made.
int scripted(const char* name) {
    if (lasting != 0) return lasting;
    auto& faults = emulatedGpu().faults;
    for (auto fault = faults.begin(); fault != faults.end(); ++fault) {
        if (fault->call != name || fault->after-- > 0) continue;
        const int error = fault->error;
        if (fault->lasts) lasting = error;
        faults.erase(fault);
        return error;
    }
    return 0;
}

/// Does what was enqueued first.
void workOnce() {
    const Work work = std::move(enqueued.front());
    enqueued.pop_front();
    arena().open();
    const int error = work();
    arena().close();
    if (failed == 0) failed = error;
}
void workAll() {
    if (lasting != 0) enqueued.clear();
    while (!enqueued.empty()) workOnce();
}
/// What went wrong since it was last asked.
int takeFailed() {
    return std::exchange(failed, 0);
}

/// The device works when somebody waits or asks, not before: what the host changes too early is
/// seen. In a recording, work is written down.
int enqueue(const char* name, Work work) {
    if (const int error = scripted(name)) return error;
    ++emulatedGpu().calls[name];
    if (recording != nullptr)
        recording->push_back(std::move(work));
    else
        enqueued.push_back(std::move(work));
    return 0;
}

const char* errorText(int error) {
    switch (error) {
        case kMemoryAllocationError:
            return "out of memory";
        case kInsufficientDriverError:
            return "CUDA driver version is insufficient for CUDA runtime version";
        case kNoDeviceError:
            return "no CUDA-capable device is detected";
        case 700:
            return "an illegal memory access was encountered";
        default:
            return "unspecified failure";
    }
}
int countDevices(int* count) {
    if (const int error = scripted("countDevices")) return error;
    *count = emulatedGpu().numDevices;
    return *count == 0 ? kNoDeviceError : 0;
}
int driverVersion(int* version) {
    if (const int error = scripted("driverVersion")) return error;
    // 0 where there is none, and no error.
    *version = emulatedGpu().driverVersion;
    return 0;
}
int describeDevice(int device, DeviceInfo* info) {
    if (const int error = scripted("describeDevice")) return error;
    if (device < 0 || device >= emulatedGpu().numDevices) return kInvalidValueError;
    std::strcpy(info->name, "Emulated GPU");
    info->major = emulatedGpu().major;
    info->minor = emulatedGpu().minor;
    info->totalBytes = emulatedGpu().totalBytes;
    info->freeBytes = emulatedGpu().totalBytes - emulatedGpu().usedBytes;
    return 0;
}
int useDevice(int device) {
    if (const int error = scripted("useDevice")) return error;
    if (device < 0 || device >= emulatedGpu().numDevices) return kInvalidValueError;
    emulatedGpu().device = device;
    return 0;
}

int allocate(void** memory, std::size_t bytes) {
    if (const int error = scripted("allocate")) return error;
    if (recording != nullptr) return kNotSupportedHere;
    EmulatedGpu& gpu = emulatedGpu();
    if (bytes > gpu.totalBytes - gpu.usedBytes) return kMemoryAllocationError;
    *memory = arena().allocate(bytes);
    if (*memory == nullptr) return kMemoryAllocationError;
    gpu.usedBytes += bytes;
    return 0;
}
int release(void* memory) {
    if (recording != nullptr) return kNotSupportedHere;
    workAll();  // as cudaFree waits
    const std::size_t bytes = arena().release(memory);
    emulatedGpu().usedBytes -= bytes;
    return bytes == 0 ? kInvalidValueError : scripted("release");
}
int allocatePinned(void** memory, std::size_t bytes) {
    if (const int error = scripted("allocatePinned")) return error;
    *memory = std::aligned_alloc(kAlignment, (bytes + kAlignment - 1) / kAlignment * kAlignment);
    if (*memory == nullptr) return kMemoryAllocationError;
    pinned()[*memory] = bytes;
    emulatedGpu().pinnedBytes += bytes;
    return 0;
}
int releasePinned(void* memory) {
    workAll();
    const auto found = pinned().find(memory);
    if (found == pinned().end()) return kInvalidValueError;
    emulatedGpu().pinnedBytes -= found->second;
    pinned().erase(found);
    std::free(memory);
    return scripted("releasePinned");
}
int createStream(Stream* stream) {
    if (const int error = scripted("createStream")) return error;
    *stream = reinterpret_cast<Stream>(new char);
    ++emulatedGpu().numStreams;
    return 0;
}
int destroyStream(Stream stream) {
    workAll();
    delete reinterpret_cast<char*>(stream);
    --emulatedGpu().numStreams;
    return scripted("destroyStream");
}
int copy(void* to, const void* from, std::size_t bytes, Stream /*stream*/) {
    return enqueue("copy", [=] {
        std::memcpy(to, from, bytes);
        return 0;
    });
}
int fill(void* to, int byte, std::size_t bytes, Stream /*stream*/) {
    return enqueue("fill", [=] {
        std::memset(to, byte, bytes);
        return 0;
    });
}
int wait(Stream /*stream*/) {
    ++emulatedGpu().waits;
    if (recording != nullptr) return kNotSupportedHere;
    if (const int error = scripted("wait")) return error;
    workAll();
    return takeFailed();
}
int poll(Stream /*stream*/) {
    if (recording != nullptr) return kNotSupportedHere;
    if (const int error = scripted("poll")) return error;
    if (!enqueued.empty()) workOnce();
    return enqueued.empty() ? takeFailed() : kNotReady;
}

int beginGraph(Stream /*stream*/) {
    if (const int error = scripted("beginGraph")) return error;
    if (recording != nullptr) return kNotSupportedHere;
    recording = new Recording;
    return 0;
}
int endGraph(Stream /*stream*/, Graph* graph) {
    const int error = scripted("endGraph");
    if (error != 0) {
        delete recording;
    } else {
        *graph = reinterpret_cast<Graph>(recording);
        ++emulatedGpu().numGraphs;
    }
    recording = nullptr;
    return error;
}
int launchGraph(Graph graph, Stream /*stream*/) {
    if (const int error = scripted("launchGraph")) return error;
    ++emulatedGpu().launches;
    for (const Work& work : *reinterpret_cast<Recording*>(graph)) enqueued.push_back(work);
    return 0;
}
int destroyGraph(Graph graph) {
    delete reinterpret_cast<Recording*>(graph);
    --emulatedGpu().numGraphs;
    return scripted("destroyGraph");
}

int createMatmuls(Matmuls** matmuls) {
    if (const int error = scripted("createMatmuls")) return error;
    if (!emulatedGpu().hasMatmuls) return kNoMatmulLibrary;
    *matmuls = reinterpret_cast<Matmuls*>(new char);
    ++emulatedGpu().numMatmuls;
    return 0;
}
int destroyMatmuls(Matmuls* matmuls) {
    delete reinterpret_cast<char*>(matmuls);
    --emulatedGpu().numMatmuls;
    return scripted("destroyMatmuls");
}
/// What matmul.h says, one product after the other. `valueOf`: of an element, as what its products
/// are added up in.
template <class Element, class Sum>
int multiply(const Matmul& op, Sum (*valueOf)(Element), Sum factor) {
    const auto numIn = static_cast<std::size_t>(op.numIn);
    const auto rows = static_cast<std::size_t>(op.numRows);
    const auto groups = static_cast<std::size_t>(op.numGroups);
    const std::size_t ofGroup = numIn / groups;
    const auto stride = static_cast<std::size_t>(op.yStride);
    for (std::size_t g = 0; g < groups; ++g)
        for (std::size_t r = 0; r < rows; ++r)
            for (std::size_t n = 0; n < static_cast<std::size_t>(op.numOut); ++n) {
                const Element* x = static_cast<const Element*>(op.x) + r * numIn + g * ofGroup;
                const Element* w = static_cast<const Element*>(op.w) + n * numIn + g * ofGroup;
                Sum sum = 0;
                for (std::size_t k = 0; k < ofGroup; ++k) sum += valueOf(x[k]) * valueOf(w[k]);
                static_cast<Sum*>(op.y)[(g * rows + r) * stride + n] = factor * sum;
            }
    return 0;
}
/// Also what a GPU would refuse: NVIDIA, cuBLAS documentation, cublasLtMatmul.
int multiplyAny(const Matmul& op) {
    std::memset(op.workspace, 0xFF, op.workspaceBytes);  // as cuBLASLt may
    const auto aligned = [](const void* at) {
        return reinterpret_cast<std::uintptr_t>(at) % 16 == 0;
    };
    if (op.type == DType::BF16)
        return multiply<std::uint16_t, float>(op, kernels::bf16ToFloat, op.factor);
    const int fewest = op.type == DType::I8 ? 4 : 16;
    if (op.numIn % (16 * op.numGroups) != 0 || op.numOut % fewest != 0 ||
        op.yStride % fewest != 0 || !aligned(op.x) || !aligned(op.w) || !aligned(op.y))
        return kMatmulFailed + 7;
    if (op.type == DType::I8)
        return op.factor == 1 ? multiply<std::int8_t, int>(
                                    op, [](std::int8_t code) { return int{code}; }, 1)
                              : kMatmulFailed + 7;
    if (10 * emulatedGpu().major + emulatedGpu().minor < 89) return kMatmulFailed + 15;
    return multiply<std::uint8_t, float>(op, kernels::f8E4M3ToFloat, op.factor);
}
int matmul(Matmuls* /*matmuls*/, const Matmul& op, Stream /*stream*/) {
    ++emulatedGpu().matmuls;
    return enqueue("matmul", [op] { return multiplyAny(op); });
}

/// A kernel as a function of the module: `name` is what faults are scripted by.
#define GATESCOPE_KERNEL(name)                                                           \
    .name = [](const auto& op, Stream stream) {                                          \
        return enqueue(#name, [op, stream] { return kernels::cuda::name(op, stream); }); \
    }

}  // namespace

EmulatedGpu& emulatedGpu() {
    static EmulatedGpu gpu;
    return gpu;
}

void healEmulatedGpu() {
    emulatedGpu().faults.clear();
    lasting = 0;
    enqueued.clear();
    failed = 0;
}

const CudaModule& emulatedCudaModule() {
    static const CudaModule module{
        .version = CudaModule::kVersion,
        .runtimeVersion = 13000,
        .errorText = errorText,
        .countDevices = countDevices,
        .driverVersion = driverVersion,
        .describeDevice = describeDevice,
        .useDevice = useDevice,
        .allocate = allocate,
        .release = release,
        .allocatePinned = allocatePinned,
        .releasePinned = releasePinned,
        .createStream = createStream,
        .destroyStream = destroyStream,
        .copy = copy,
        .fill = fill,
        .wait = wait,
        .poll = poll,
        .beginGraph = beginGraph,
        .endGraph = endGraph,
        .launchGraph = launchGraph,
        .destroyGraph = destroyGraph,
        GATESCOPE_KERNEL(embedding),
        GATESCOPE_KERNEL(rmsNorm),
        GATESCOPE_KERNEL(addNormed),
        GATESCOPE_KERNEL(matvec),
        GATESCOPE_KERNEL(matvecs),
        GATESCOPE_KERNEL(ropeAndStore),
        GATESCOPE_KERNEL(decodeAttention),
        GATESCOPE_KERNEL(prefillAttention),
        GATESCOPE_KERNEL(attentionWeights),
        GATESCOPE_KERNEL(routerTopk),
        GATESCOPE_KERNEL(expertGateUp),
        GATESCOPE_KERNEL(expertDown),
        GATESCOPE_KERNEL(saveKvRows),
        GATESCOPE_KERNEL(restoreKvRows),
        GATESCOPE_KERNEL(readWords),
        .createMatmuls = createMatmuls,
        .destroyMatmuls = destroyMatmuls,
        .matmul = matmul,
        GATESCOPE_KERNEL(bf16Weights),
        GATESCOPE_KERNEL(roundRows),
        GATESCOPE_KERNEL(scaleSums),
        GATESCOPE_KERNEL(groupByExpert),
        GATESCOPE_KERNEL(geluProduct),
        GATESCOPE_KERNEL(addExperts),
        GATESCOPE_KERNEL(drawToken),
        GATESCOPE_KERNEL(rankTokens),
        GATESCOPE_KERNEL(publishStep),
    };
    return module;
}

}  // namespace gatescope::emulation
