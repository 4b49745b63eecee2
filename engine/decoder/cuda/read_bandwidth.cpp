#include "engine/decoder/cuda/read_bandwidth.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>

#include "engine/decoder/cuda/gpu.h"

namespace gatescope::cuda {

double readBandwidth(const kernels::cuda::CudaModule& module, int device) {
    using Clock = std::chrono::steady_clock;
    constexpr int kRounds = 10;
    constexpr std::size_t kMostBytes = std::size_t{4} << 30;
    constexpr std::size_t kUnit = 256;
    const auto gpu = std::make_shared<const Gpu>(module, device);
    const std::size_t bytes = std::min(kMostBytes, gpu->freeBytes() / 4) / kUnit * kUnit;
    const DeviceMemory memory(gpu, bytes + kUnit, "measuring the bandwidth");
    // Zero would do as well as anything: memory is not compressed where a program does not ask for
    // it.
    gpu->check(module.fill(memory.data(), 0, memory.size(), gpu->stream()), "memory was filled");
    const kernels::cuda::ReadWords op{
        .data = memory.data(),
        .bytes = bytes,
        .combined = reinterpret_cast<std::uint32_t*>(memory.data() + bytes)};
    gpu->wait("memory was filled");
    double best = 0;
    for (int round = 0; round < kRounds; ++round) {
        const auto start = Clock::now();
        gpu->check(module.readWords(op, gpu->stream()), "the bandwidth was measured");
        gpu->wait("the bandwidth was measured");
        const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        best = std::max(best, static_cast<double>(bytes) / seconds);
    }
    return best;
}

}  // namespace gatescope::cuda
