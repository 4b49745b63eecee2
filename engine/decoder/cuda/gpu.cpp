#include "engine/decoder/cuda/gpu.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/error.h"
#include "engine/error_codes.h"

namespace gatescope::cuda {

bool losesProcess(int error) {
    // Those of which the CUDA runtime's reference (data types, cudaError) says that the process
    // must be ended, or that leave a device which needs to be reset: uncorrectable memory (214) and
    // link (220) errors, illegal address (700), time limit of a kernel (702), a destroyed context
    // (709), assert (710), the stack's and instructions' faults (714 to 718), a failed launch
    // (719), a fault outside CUDA (726); and 999, unknown, of which nothing is certain.
    constexpr std::array kErrors{
        214, 220, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 726, 999};
    return std::find(kErrors.begin(), kErrors.end(), error) != kErrors.end();
}

Gpu::Gpu(const CudaModule& module, int device) : module_(module), device_(device) {
    kernels::cuda::DeviceInfo info;
    check(module_.describeDevice(device, &info), "it was looked at");
    name_ = fmt::format("{}, sm_{}{}", info.name, info.major, info.minor);
    capability_ = 10 * info.major + info.minor;
    totalBytes_ = info.totalBytes;
    use();
    check(module_.createStream(&stream_), "it was opened");
}

Gpu::~Gpu() {
    (void)module_.destroyStream(stream_);
}

std::string Gpu::name() const {
    return name_;
}

std::size_t Gpu::freeBytes() const {
    kernels::cuda::DeviceInfo info;
    check(module_.describeDevice(device_, &info), "its free memory was asked for");
    return info.freeBytes;
}

void Gpu::check(int error, std::string_view what) const {
    if (error == 0) return;
    const std::string where = name_.empty() ? "the GPU" : "the GPU " + name_;
    // What is cuBLASLt's has its own name in the text.
    const bool ofCuda = error < kernels::cuda::kNoMatmulLibrary;
    const std::string problem = fmt::format("failed while {}: {}{}",
                                            what,
                                            module_.errorText(error),
                                            ofCuda ? fmt::format(" (CUDA error {})", error) : "");
    if (error == kernels::cuda::kMemoryAllocationError)
        throw Error(ErrorKind::NoMemory,
                    fmt::format("{} {}; choose a shorter context or a smaller model, close other "
                                "programs, or use the CPU (--decoder cpu)",
                                where,
                                problem));
    refuse(losesProcess(error) ? ErrorCode::GpuLost : ErrorCode::GpuFault, where, problem);
}

void Gpu::copy(void* to, const void* from, std::size_t bytes) const {
    check(module_.copy(to, from, bytes, stream_), "data was copied");
}

void Gpu::wait(std::string_view what) const {
    check(module_.wait(stream_), what);
}

bool Gpu::busy(std::string_view what) const {
    const int state = module_.poll(stream_);
    if (state == kernels::cuda::kNotReady) return true;
    check(state, what);
    return false;
}

DeviceMemory::DeviceMemory(std::shared_ptr<const Gpu> gpu, std::size_t bytes, std::string_view what)
    : size_(bytes) {
    void* memory = nullptr;
    const int error = gpu->module().allocate(&memory, bytes);
    if (error == kernels::cuda::kMemoryAllocationError)
        throw Error(
            ErrorKind::NoMemory,
            fmt::format("{} needs {} bytes of GPU memory, but of the {} bytes of {} only {} are "
                        "free: choose a shorter context or a smaller model, close other "
                        "programs, or use the CPU (--decoder cpu)",
                        what,
                        bytes,
                        gpu->totalBytes(),
                        gpu->name(),
                        gpu->freeBytes()));
    gpu->check(error, "memory was asked for");
    memory_ = std::unique_ptr<void, Free>(memory, Free{std::move(gpu)});
}

PinnedMemory::PinnedMemory(std::shared_ptr<const Gpu> gpu, std::size_t bytes) : size_(bytes) {
    void* memory = nullptr;
    gpu->check(gpu->module().allocatePinned(&memory, bytes),
               fmt::format("{} bytes of host memory were asked for", bytes));
    memory_ = std::unique_ptr<void, Free>(memory, Free{std::move(gpu)});
}

void RecordedGraph::launch() const {
    gpu_->check(gpu_->module().launchGraph(graph_.get(), gpu_->stream()), "a step was started");
}

}  // namespace gatescope::cuda
