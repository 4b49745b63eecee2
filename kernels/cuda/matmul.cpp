#include "kernels/cuda/matmul.h"

#include <cublasLt.h>
#include <dlfcn.h>

#include <map>
#include <memory>
#include <tuple>

namespace gatescope::kernels::cuda {
namespace {

/// cuBLASLt's functions by its own names, found at run time.
struct Library {
    void* handle = nullptr;
    decltype(&::cublasLtCreate) create = nullptr;
    decltype(&::cublasLtDestroy) destroy = nullptr;
    decltype(&::cublasLtMatmul) matmul = nullptr;
    decltype(&::cublasLtMatmulDescCreate) createOperation = nullptr;
    decltype(&::cublasLtMatmulDescDestroy) destroyOperation = nullptr;
    decltype(&::cublasLtMatmulDescSetAttribute) setOperation = nullptr;
    decltype(&::cublasLtMatrixLayoutCreate) createLayout = nullptr;
    decltype(&::cublasLtMatrixLayoutDestroy) destroyLayout = nullptr;
    decltype(&::cublasLtMatmulPreferenceCreate) createPreference = nullptr;
    decltype(&::cublasLtMatmulPreferenceDestroy) destroyPreference = nullptr;
    decltype(&::cublasLtMatmulPreferenceSetAttribute) setPreference = nullptr;
    decltype(&::cublasLtMatmulAlgoGetHeuristic) chooseAlgorithm = nullptr;

    bool open(const char* path) {
        handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        return handle != nullptr && find("cublasLtCreate", create) &&
               find("cublasLtDestroy", destroy) && find("cublasLtMatmul", matmul) &&
               find("cublasLtMatmulDescCreate", createOperation) &&
               find("cublasLtMatmulDescDestroy", destroyOperation) &&
               find("cublasLtMatmulDescSetAttribute", setOperation) &&
               find("cublasLtMatrixLayoutCreate", createLayout) &&
               find("cublasLtMatrixLayoutDestroy", destroyLayout) &&
               find("cublasLtMatmulPreferenceCreate", createPreference) &&
               find("cublasLtMatmulPreferenceDestroy", destroyPreference) &&
               find("cublasLtMatmulPreferenceSetAttribute", setPreference) &&
               find("cublasLtMatmulAlgoGetHeuristic", chooseAlgorithm);
    }

  private:
    template <class Function>
    bool find(const char* name, Function& function) {
        function = reinterpret_cast<Function>(dlsym(handle, name));
        return function != nullptr;
    }
};

int done(cublasStatus_t status) {
    if (status == CUBLAS_STATUS_ALLOC_FAILED) return static_cast<int>(cudaErrorMemoryAllocation);
    return status == CUBLAS_STATUS_SUCCESS ? 0 : kMatmulFailed + static_cast<int>(status);
}

/// A description of cuBLASLt's, given back at the end.
template <class T>
class Described {
  public:
    explicit Described(cublasStatus_t (*destroy)(T)) : destroy_(destroy) {}
    ~Described() {
        if (value_ != nullptr) (void)destroy_(value_);
    }
    Described(const Described&) = delete;
    Described& operator=(const Described&) = delete;
    T* place() { return &value_; }
    T get() const { return value_; }

  private:
    cublasStatus_t (*destroy_)(T);
    T value_ = nullptr;
};

}  // namespace

struct Matmuls {
    Library library;
    cublasLtHandle_t handle = nullptr;
    /// What cuBLASLt's heuristic chose, by numRows, numIn, numOut, yStride: it takes longer than a
    /// small product.
    std::map<std::tuple<int, int, int, int>, cublasLtMatmulAlgo_t> algorithms;

    int multiply(const Matmul& op, cudaStream_t stream);

  private:
    static constexpr std::size_t kMostAlgorithms = 4096;

    struct Descriptions {
        cublasLtMatmulDesc_t operation;
        cublasLtMatrixLayout_t w, x, y;
    };
    int algorithmFor(const Matmul& op, const Descriptions& of, cublasLtMatmulAlgo_t& algorithm);
};

// cuBLASLt counts by columns, where rows of ours are columns: y^T = w x^T.
int Matmuls::multiply(const Matmul& op, cudaStream_t stream) {
    Described<cublasLtMatmulDesc_t> operation(library.destroyOperation);
    Described<cublasLtMatrixLayout_t> w(library.destroyLayout);
    Described<cublasLtMatrixLayout_t> x(library.destroyLayout);
    Described<cublasLtMatrixLayout_t> y(library.destroyLayout);
    const cublasOperation_t turned = CUBLAS_OP_T;
    const auto numIn = static_cast<std::uint64_t>(op.numIn);
    const auto numOut = static_cast<std::uint64_t>(op.numOut);
    const auto numRows = static_cast<std::uint64_t>(op.numRows);
    const auto describe = [&]() -> cublasStatus_t {
        if (const auto failed =
                library.createOperation(operation.place(), CUBLAS_COMPUTE_32F, CUDA_R_32F))
            return failed;
        if (const auto failed = library.setOperation(
                operation.get(), CUBLASLT_MATMUL_DESC_TRANSA, &turned, sizeof turned))
            return failed;
        if (const auto failed =
                library.createLayout(w.place(), CUDA_R_16BF, numIn, numOut, op.numIn))
            return failed;
        if (const auto failed =
                library.createLayout(x.place(), CUDA_R_16BF, numIn, numRows, op.numIn))
            return failed;
        return library.createLayout(y.place(), CUDA_R_32F, numOut, numRows, op.yStride);
    };
    if (const int error = done(describe())) return error;
    cublasLtMatmulAlgo_t algorithm;
    if (const int error = algorithmFor(op, {operation.get(), w.get(), x.get(), y.get()}, algorithm))
        return error;
    const float nothing = 0;
    return done(library.matmul(handle,
                               operation.get(),
                               &op.factor,
                               op.w,
                               w.get(),
                               op.x,
                               x.get(),
                               &nothing,
                               op.y,
                               y.get(),
                               op.y,
                               y.get(),
                               &algorithm,
                               op.workspace,
                               op.workspaceBytes,
                               stream));
}

int Matmuls::algorithmFor(const Matmul& op,
                          const Descriptions& of,
                          cublasLtMatmulAlgo_t& algorithm) {
    const auto shape = std::tuple(op.numRows, op.numIn, op.numOut, op.yStride);
    if (const auto known = algorithms.find(shape); known != algorithms.end()) {
        algorithm = known->second;
        return 0;
    }
    Described<cublasLtMatmulPreference_t> preference(library.destroyPreference);
    if (const int error = done(library.createPreference(preference.place()))) return error;
    const auto prefer = [&](cublasLtMatmulPreferenceAttributes_t what, const auto& value) {
        return done(library.setPreference(preference.get(), what, &value, sizeof value));
    };
    if (const int error = prefer(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, op.workspaceBytes))
        return error;
    for (const auto aligned : {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
                               CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES,
                               CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES})
        if (const int error = prefer(aligned, std::uint32_t{16})) return error;
    cublasLtMatmulHeuristicResult_t result{};
    int found = 0;
    if (const int error = done(library.chooseAlgorithm(
            handle, of.operation, of.w, of.x, of.y, of.y, preference.get(), 1, &result, &found)))
        return error;
    if (found == 0) return done(CUBLAS_STATUS_NOT_SUPPORTED);
    if (algorithms.size() == kMostAlgorithms) algorithms.clear();
    algorithms[shape] = algorithm = result.algo;
    return 0;
}

int createMatmulsFrom(const char* path, Matmuls** matmuls) {
    auto out = std::make_unique<Matmuls>();
    if (!out->library.open(path)) return kNoMatmulLibrary;
    if (const int error = done(out->library.create(&out->handle))) return error;
    *matmuls = out.release();
    return 0;
}

int createMatmuls(Matmuls** matmuls) {
    int error = kNoMatmulLibrary;
    for (const char* name : {"libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so"}) {
        error = createMatmulsFrom(name, matmuls);
        if (error != kNoMatmulLibrary) break;
    }
    return error;
}

int destroyMatmuls(Matmuls* matmuls) {
    const int error = done(matmuls->library.destroy(matmuls->handle));
    delete matmuls;  // the library stays: unloading it would end what other decoders have of it
    return error;
}

int matmul(Matmuls* matmuls, const Matmul& op, Stream stream) {
    return matmuls->multiply(op, stream);
}

}  // namespace gatescope::kernels::cuda
