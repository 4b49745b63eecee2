#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "kernels/cuda/module.h"

namespace gatescope::cuda {

using kernels::cuda::CudaModule;
using kernels::cuda::Graph;
using kernels::cuda::Stream;

/// Is this a cudaError_t after which every further call of the process fails, too?
bool losesProcess(int error);

/// One device and the stream on which everything of a decoder happens, in order. Used by one
/// thread. Every function throws Error(NoMemory) with the numbers, or Error(DeviceFault) saying
/// what was being done, with the code of what is lost by it.
class Gpu {
  public:
    /// `module` lives longer.
    Gpu(const CudaModule& module, int device);
    ~Gpu();
    Gpu(const Gpu&) = delete;
    Gpu& operator=(const Gpu&) = delete;

    const CudaModule& module() const { return module_; }
    Stream stream() const { return stream_; }
    std::string name() const;                       ///< "NVIDIA H200, sm_90"
    int capability() const { return capability_; }  ///< 90: compute capability 9.0
    std::size_t freeBytes() const;
    std::size_t totalBytes() const { return totalBytes_; }

    /// What a call of the module gave. `what` completes "the GPU failed while ...".
    void check(int error, std::string_view what) const;

    /// The calling thread's device from now on: what a decoder does begins so, as threads have the
    /// first one otherwise.
    void use() const { check(module_.useDevice(device_), "it was opened"); }
    void copy(void* to, const void* from, std::size_t bytes) const;  ///< CudaModule::copy
    void wait(std::string_view what) const;  ///< until all that was enqueued is done
    bool busy(std::string_view what) const;  ///< not yet; does not wait

  private:
    const CudaModule& module_;
    int device_;
    std::string name_;
    int capability_ = 0;
    std::size_t totalBytes_ = 0;
    Stream stream_ = nullptr;
};

/// Memory of a device. Move-only; begins uninitialised.
class DeviceMemory {
  public:
    DeviceMemory() = default;
    /// `what` completes "... needs N bytes of GPU memory".
    DeviceMemory(std::shared_ptr<const Gpu> gpu, std::size_t bytes, std::string_view what);
    std::byte* data() const { return static_cast<std::byte*>(memory_.get()); }
    std::size_t size() const { return size_; }

  private:
    struct Free {
        std::shared_ptr<const Gpu> gpu;
        void operator()(void* memory) const { (void)gpu->module().release(memory); }
    };
    std::unique_ptr<void, Free> memory_;
    std::size_t size_ = 0;
};

/// Host memory that the device copies from and to without a detour. Move-only.
class PinnedMemory {
  public:
    PinnedMemory() = default;
    PinnedMemory(std::shared_ptr<const Gpu> gpu, std::size_t bytes);
    std::byte* data() const { return static_cast<std::byte*>(memory_.get()); }
    std::size_t size() const { return size_; }

  private:
    struct Free {
        std::shared_ptr<const Gpu> gpu;
        void operator()(void* memory) const { (void)gpu->module().releasePinned(memory); }
    };
    std::unique_ptr<void, Free> memory_;
    std::size_t size_ = 0;
};

/// A recorded step. Move-only.
class RecordedGraph {
  public:
    RecordedGraph() = default;
    /// Runs `enqueue`, whose work is recorded instead of done.
    template <class Enqueue>
    RecordedGraph(std::shared_ptr<const Gpu> gpu, const Enqueue& enqueue);
    bool recorded() const { return graph_ != nullptr; }
    void launch() const;

  private:
    struct Free {
        std::shared_ptr<const Gpu> gpu;
        void operator()(Graph graph) const { (void)gpu->module().destroyGraph(graph); }
    };
    std::shared_ptr<const Gpu> gpu_;
    std::unique_ptr<CUgraphExec_st, Free> graph_;
};

template <class Enqueue>
RecordedGraph::RecordedGraph(std::shared_ptr<const Gpu> gpu, const Enqueue& enqueue)
    : gpu_(std::move(gpu)) {
    gpu_->check(gpu_->module().beginGraph(gpu_->stream()), "a step was recorded");
    Graph graph = nullptr;
    try {
        enqueue();
    } catch (...) {  // the stream would record for ever
        if (gpu_->module().endGraph(gpu_->stream(), &graph) == 0)
            (void)gpu_->module().destroyGraph(graph);
        throw;
    }
    gpu_->check(gpu_->module().endGraph(gpu_->stream(), &graph), "a step was recorded");
    graph_ = std::unique_ptr<CUgraphExec_st, Free>(graph, Free{gpu_});
}

}  // namespace gatescope::cuda
