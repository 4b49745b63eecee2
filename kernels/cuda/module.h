#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cuda/add_experts.h"
#include "kernels/cuda/attention.h"
#include "kernels/cuda/attention_weights.h"
#include "kernels/cuda/bf16_weights.h"
#include "kernels/cuda/draw_token.h"
#include "kernels/cuda/embedding.h"
#include "kernels/cuda/gelu_product.h"
#include "kernels/cuda/group_by_expert.h"
#include "kernels/cuda/kv_cache.h"
#include "kernels/cuda/kv_rows.h"
#include "kernels/cuda/matmul.h"
#include "kernels/cuda/matvec.h"
#include "kernels/cuda/prefill_attention.h"
#include "kernels/cuda/read_words.h"
#include "kernels/cuda/rms_norm.h"
#include "kernels/cuda/round_rows.h"
#include "kernels/cuda/router_topk.h"
#include "kernels/cuda/scale_sums.h"
#include "kernels/cuda/stream.h"

struct CUgraphExec_st;

namespace gatescope::kernels::cuda {

/// A cudaGraphExec_t, without CUDA's headers.
using Graph = CUgraphExec_st*;

// What every function below returns: 0, a cudaError_t, or what matmul.h has besides. Those that
// callers tell apart:
inline constexpr int kMemoryAllocationError = 2;
inline constexpr int kInsufficientDriverError = 35;
inline constexpr int kNoDeviceError = 100;
inline constexpr int kNotReady = 600;

struct DeviceInfo {
    char name[256] = {};
    int major = 0, minor = 0;  ///< compute capability
    std::size_t totalBytes = 0;
    std::size_t freeBytes = 0;
};

/// All that the engine knows of CUDA: libgatescope-cuda.so gives one of these, and so does the
/// emulation of the tests, so that the decoder's own code runs on both. A library of another
/// version is not used.
struct CudaModule {
    static constexpr std::uint32_t kVersion = 8;
    std::uint32_t version = 0;
    int runtimeVersion = 0;  ///< of CUDA, as driverVersion() counts

    const char* (*errorText)(int error);
    int (*countDevices)(int* count);
    int (*driverVersion)(int* version);  ///< 12040: 12.4; 0: no driver
    int (*describeDevice)(int device, DeviceInfo* info);
    /// The device of the calling thread from now on; everything below belongs to it.
    int (*useDevice)(int device);

    int (*allocate)(void** memory, std::size_t bytes);  ///< aligned to 256 bytes at least
    int (*release)(void* memory);
    int (*allocatePinned)(void** memory, std::size_t bytes);  ///< host memory that copies fast
    int (*releasePinned)(void* memory);
    int (*createStream)(Stream* stream);
    int (*destroyStream)(Stream stream);
    /// Between device memory and pinned host memory, or within one; enqueues.
    int (*copy)(void* to, const void* from, std::size_t bytes, Stream stream);
    int (*fill)(void* to, int byte, std::size_t bytes, Stream stream);  ///< enqueues
    int (*wait)(Stream stream);  ///< until everything on it is done; tells what went wrong there
    int (*poll)(Stream stream);  ///< the same without waiting: kNotReady where something is not

    /// From begin to end, what is enqueued is not done but becomes a graph.
    int (*beginGraph)(Stream stream);
    int (*endGraph)(Stream stream, Graph* graph);
    int (*launchGraph)(Graph graph, Stream stream);
    int (*destroyGraph)(Graph graph);

    int (*embedding)(const Embedding&, Stream);
    int (*rmsNorm)(const RmsNorm&, Stream);
    int (*addNormed)(const AddNormed&, Stream);
    int (*matvec)(const Matvec&, Stream);
    int (*matvecs)(const Matvecs&, Stream);
    int (*ropeAndStore)(const RopeAndStore&, Stream);
    int (*decodeAttention)(const DecodeAttention&, Stream);
    int (*prefillAttention)(const PrefillAttention&, Stream);
    int (*attentionWeights)(const AttentionWeights&, Stream);
    int (*routerTopk)(const RouterTopk&, Stream);
    int (*expertGateUp)(const ExpertGateUp&, Stream);
    int (*expertDown)(const ExpertDown&, Stream);
    int (*saveKvRows)(const KvRows&, Stream);
    int (*restoreKvRows)(const KvRows&, Stream);
    int (*readWords)(const ReadWords&, Stream);

    // A prompt's products, on tensor cores.
    int (*createMatmuls)(Matmuls**);  ///< kNoMatmulLibrary where there is none
    int (*destroyMatmuls)(Matmuls*);
    int (*matmul)(Matmuls*, const Matmul&, Stream);
    int (*bf16Weights)(const Bf16Weights&, Stream);
    int (*roundRows)(const RoundRows&, Stream);
    int (*scaleSums)(const ScaleSums&, Stream);
    int (*groupByExpert)(const GroupByExpert&, Stream);
    int (*geluProduct)(const GeluProduct&, Stream);
    int (*addExperts)(const AddExperts&, Stream);

    // A reply that goes on by itself.
    int (*drawToken)(const DrawToken&, Stream);
    int (*publishStep)(const PublishStep&, Stream);
};

}  // namespace gatescope::kernels::cuda

/// The library's only symbol.
extern "C" const gatescope::kernels::cuda::CudaModule* gatescopeCudaModule();
