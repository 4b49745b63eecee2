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
    decltype(&::cublasLtMatrixLayoutSetAttribute) setLayout = nullptr;
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
               find("cublasLtMatrixLayoutSetAttribute", setLayout) &&
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
    /// What cuBLASLt's heuristic chose, by type, numRows, numIn, numOut, numGroups, yStride: it
    /// takes longer than a small product.
    std::map<std::tuple<DType, int, int, int, int, int>, cublasLtMatmulAlgo_t> algorithms;

    int multiply(const Matmul& op, cudaStream_t stream);

  private:
    static constexpr std::size_t kMostAlgorithms = 4096;

    struct Descriptions {
        cublasLtMatmulDesc_t operation;
        cublasLtMatrixLayout_t w, x, y;
    };
    cublasStatus_t describe(const Matmul& op,
                            Described<cublasLtMatmulDesc_t>& operation,
                            Described<cublasLtMatrixLayout_t>& w,
                            Described<cublasLtMatrixLayout_t>& x,
                            Described<cublasLtMatrixLayout_t>& y) const;
    int algorithmFor(const Matmul& op, const Descriptions& of, cublasLtMatmulAlgo_t& algorithm);
};

/// The types of a product, in CUDA's words.
struct Types {
    cublasComputeType_t compute;
    cudaDataType_t factors, sums;  ///< alpha and beta are as the sums
};
Types typesOf(DType type) {
    switch (type) {
        case DType::I8:
            return {CUBLAS_COMPUTE_32I, CUDA_R_8I, CUDA_R_32I};
        case DType::F8E4M3:
            return {CUBLAS_COMPUTE_32F, CUDA_R_8F_E4M3, CUDA_R_32F};
        default:
            return {CUBLAS_COMPUTE_32F, CUDA_R_16BF, CUDA_R_32F};
    }
}

// cuBLASLt counts by columns, where rows of ours are columns: y^T = w x^T.
int Matmuls::multiply(const Matmul& op, cudaStream_t stream) {
    Described<cublasLtMatmulDesc_t> operation(library.destroyOperation);
    Described<cublasLtMatrixLayout_t> w(library.destroyLayout);
    Described<cublasLtMatrixLayout_t> x(library.destroyLayout);
    Described<cublasLtMatrixLayout_t> y(library.destroyLayout);
    if (const int error = done(describe(op, operation, w, x, y))) return error;
    cublasLtMatmulAlgo_t algorithm;
    if (const int error = algorithmFor(op, {operation.get(), w.get(), x.get(), y.get()}, algorithm))
        return error;
    // As int32 or as float, 0 is the same bits.
    const float nothing = 0;
    const std::int32_t once = 1;
    const void* factor = op.type == DType::I8 ? static_cast<const void*>(&once) : &op.factor;
    return done(library.matmul(handle,
                               operation.get(),
                               factor,
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

cublasStatus_t Matmuls::describe(const Matmul& op,
                                 Described<cublasLtMatmulDesc_t>& operation,
                                 Described<cublasLtMatrixLayout_t>& w,
                                 Described<cublasLtMatrixLayout_t>& x,
                                 Described<cublasLtMatrixLayout_t>& y) const {
    const Types types = typesOf(op.type);
    const cublasOperation_t turned = CUBLAS_OP_T;  // the only way for products of 8 bits
    const std::int32_t groups = op.numGroups;
    const std::int64_t inputs = op.numIn / op.numGroups;
    const std::int64_t sums = std::int64_t{op.numRows} * op.yStride;
    if (const auto failed = library.createOperation(operation.place(), types.compute, types.sums))
        return failed;
    if (const auto failed = library.setOperation(
            operation.get(), CUBLASLT_MATMUL_DESC_TRANSA, &turned, sizeof turned))
        return failed;
    /// A matrix a group, each `toNext` elements behind the one before.
    const auto layOut = [&](Described<cublasLtMatrixLayout_t>& layout,
                            cudaDataType_t type,
                            std::int64_t rows,
                            int columns,
                            int stride,
                            std::int64_t toNext) -> cublasStatus_t {
        if (const auto failed = library.createLayout(layout.place(),
                                                     type,
                                                     static_cast<std::uint64_t>(rows),
                                                     static_cast<std::uint64_t>(columns),
                                                     stride);
            failed || groups == 1)
            return failed;
        if (const auto failed = library.setLayout(
                layout.get(), CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &groups, sizeof groups))
            return failed;
        return library.setLayout(
            layout.get(), CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &toNext, sizeof toNext);
    };
    if (const auto failed = layOut(w, types.factors, inputs, op.numOut, op.numIn, inputs))
        return failed;
    if (const auto failed = layOut(x, types.factors, inputs, op.numRows, op.numIn, inputs))
        return failed;
    return layOut(y, types.sums, op.numOut, op.numRows, op.yStride, sums);
}

int Matmuls::algorithmFor(const Matmul& op,
                          const Descriptions& of,
                          cublasLtMatmulAlgo_t& algorithm) {
    const auto shape =
        std::tuple(op.type, op.numRows, op.numIn, op.numOut, op.numGroups, op.yStride);
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
    if (op.type != DType::BF16)  // in 8 bits, weights are where they are stored
        if (const int error = prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, std::uint32_t{16}))
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
