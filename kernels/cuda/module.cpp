#include "kernels/cuda/module.h"

#include <cuda_runtime.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace gatescope::kernels::cuda {
namespace {

// A failure is returned, not left behind for the next call to find. (Faults of the device itself
// stay: CUDA has no way back from those.)
int done(cudaError_t error) {
    if (error != cudaSuccess) (void)cudaGetLastError();
    return static_cast<int>(error);
}

/// Source: NVIDIA, cuBLAS documentation, cublasStatus_t.
const char* matmulErrorText(int status) {
    switch (status) {
        case 1:
            return "cuBLASLt could not begin (CUBLAS_STATUS_NOT_INITIALIZED)";
        case 3:
            return "cuBLASLt got no memory (CUBLAS_STATUS_ALLOC_FAILED)";
        case 7:
            return "cuBLASLt refused a number (CUBLAS_STATUS_INVALID_VALUE)";
        case 8:
            return "cuBLASLt does not know this GPU (CUBLAS_STATUS_ARCH_MISMATCH)";
        case 13:
            return "cuBLASLt could not run (CUBLAS_STATUS_EXECUTION_FAILED)";
        case 14:
            return "cuBLASLt failed (CUBLAS_STATUS_INTERNAL_ERROR)";
        case 15:
            return "cuBLASLt has no such product (CUBLAS_STATUS_NOT_SUPPORTED)";
        default:
            return nullptr;
    }
}

const char* errorText(int error) {
    if (error == kNoMatmulLibrary) return "cuBLASLt is not on this machine";
    if (error > kMatmulFailed) {
        if (const char* text = matmulErrorText(error - kMatmulFailed)) return text;
        thread_local char text[64];
        std::snprintf(text, sizeof text, "cuBLASLt failed with status %d", error - kMatmulFailed);
        return text;
    }
    return cudaGetErrorString(static_cast<cudaError_t>(error));
}
int countDevices(int* count) {
    return done(cudaGetDeviceCount(count));
}
int driverVersion(int* version) {
    return done(cudaDriverGetVersion(version));
}
int describeDevice(int device, DeviceInfo* info) {
    cudaDeviceProp properties{};
    if (const int error = done(cudaGetDeviceProperties(&properties, device))) return error;
    std::memcpy(info->name, properties.name, std::min(sizeof info->name, sizeof properties.name));
    info->name[sizeof info->name - 1] = '\0';
    info->major = properties.major;
    info->minor = properties.minor;
    if (const int error = done(cudaSetDevice(device))) return error;
    return done(cudaMemGetInfo(&info->freeBytes, &info->totalBytes));
}
int useDevice(int device) {
    return done(cudaSetDevice(device));
}

int allocate(void** memory, std::size_t bytes) {
    return done(cudaMalloc(memory, bytes));
}
int release(void* memory) {
    return done(cudaFree(memory));
}
int allocatePinned(void** memory, std::size_t bytes) {
    return done(cudaMallocHost(memory, bytes));
}
int releasePinned(void* memory) {
    return done(cudaFreeHost(memory));
}
int createStream(Stream* stream) {
    return done(cudaStreamCreateWithFlags(stream, cudaStreamNonBlocking));
}
int destroyStream(Stream stream) {
    return done(cudaStreamDestroy(stream));
}
int copy(void* to, const void* from, std::size_t bytes, Stream stream) {
    return done(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream));
}
int fill(void* to, int byte, std::size_t bytes, Stream stream) {
    return done(cudaMemsetAsync(to, byte, bytes, stream));
}
int wait(Stream stream) {
    return done(cudaStreamSynchronize(stream));
}
int poll(Stream stream) {
    return done(cudaStreamQuery(stream));
}

int beginGraph(Stream stream) {
    return done(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
}
int endGraph(Stream stream, Graph* graph) {
    cudaGraph_t captured = nullptr;
    if (const int error = done(cudaStreamEndCapture(stream, &captured))) return error;
    const int error = done(cudaGraphInstantiate(graph, captured, 0));
    (void)cudaGraphDestroy(captured);
    return error;
}
int launchGraph(Graph graph, Stream stream) {
    return done(cudaGraphLaunch(graph, stream));
}
int destroyGraph(Graph graph) {
    return done(cudaGraphExecDestroy(graph));
}

}  // namespace
}  // namespace gatescope::kernels::cuda

extern "C" __attribute__((visibility("default"))) const gatescope::kernels::cuda::CudaModule*
gatescopeCudaModule() {
    using namespace gatescope::kernels::cuda;
    static const CudaModule module{
        .version = CudaModule::kVersion,
        .runtimeVersion = CUDART_VERSION,
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
        .embedding = embedding,
        .rmsNorm = rmsNorm,
        .addNormed = addNormed,
        .matvec = matvec,
        .matvecs = matvecs,
        .ropeAndStore = ropeAndStore,
        .decodeAttention = decodeAttention,
        .prefillAttention = prefillAttention,
        .attentionWeights = attentionWeights,
        .routerTopk = routerTopk,
        .expertGateUp = expertGateUp,
        .expertDown = expertDown,
        .saveKvRows = saveKvRows,
        .restoreKvRows = restoreKvRows,
        .readWords = readWords,
        .createMatmuls = createMatmuls,
        .destroyMatmuls = destroyMatmuls,
        .matmul = matmul,
        .bf16Weights = bf16Weights,
        .roundRows = roundRows,
        .scaleSums = scaleSums,
        .groupByExpert = groupByExpert,
        .geluProduct = geluProduct,
        .addExperts = addExperts,
        .drawToken = drawToken,
        .rankTokens = rankTokens,
        .publishStep = publishStep,
    };
    return &module;
}
