#include "tests/unit/kernels/cuda/cublaslt_double.h"

#include <cublasLt.h>

#include <cstring>
#include <map>
#include <string>

#include "kernels/quant/float_types.h"

// In place of libcublasLt.so: the functions that kernels/cuda/matmul.cpp calls, by NVIDIA's own
// header, as its documentation says they work, on host memory. Matrices are counted by columns.

namespace {

using gatescope::kernels::bf16ToFloat;

struct Operation {
    cublasOperation_t turnA = CUBLAS_OP_N, turnB = CUBLAS_OP_N;
};
struct Layout {
    cudaDataType type;
    std::uint64_t rows, columns;
    std::int64_t stride;
};
struct Preference {
    std::map<int, std::uint64_t> values;
};
constexpr std::uint64_t kDefaultAlignment = 256;

CublasLtDouble state;

/// The status that was asked for instead, once.
bool fails(const char* function, cublasStatus_t& status) {
    if (state.failing == nullptr || std::strcmp(state.failing, function) != 0) return false;
    state.failing = nullptr;
    status = static_cast<cublasStatus_t>(state.status);
    return true;
}

template <class T, class Opaque>
cublasStatus_t make(const char* function, Opaque** out, T value) {
    cublasStatus_t status{};
    if (fails(function, status)) return status;
    *out = reinterpret_cast<Opaque*>(new T(std::move(value)));
    ++state.alive;
    return CUBLAS_STATUS_SUCCESS;
}
template <class T, class Opaque>
cublasStatus_t end(Opaque* object) {
    delete reinterpret_cast<T*>(object);
    --state.alive;
    return CUBLAS_STATUS_SUCCESS;
}

/// What an algorithm was chosen for; it fits no other product.
struct Choice {
    std::uint64_t m, n, k;
    std::int64_t strideOfD;
    std::uint64_t workspace, alignB, alignD;
};
static_assert(sizeof(Choice) <= sizeof(cublasLtMatmulAlgo_t));

bool aligned(const void* at, std::uint64_t bytes) {
    return reinterpret_cast<std::uintptr_t>(at) % bytes == 0;
}

}  // namespace

extern "C" {

CublasLtDouble* cublasLtDouble() {
    return &state;
}

cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) {
    cublasStatus_t status{};
    if (fails("cublasLtCreate", status)) return status;
    *handle = reinterpret_cast<cublasLtHandle_t>(new char);
    ++state.alive;
    return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle) {
    return end<char>(handle);
}

cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* desc,
                                        cublasComputeType_t compute,
                                        cudaDataType_t scale) {
    if (compute != CUBLAS_COMPUTE_32F || scale != CUDA_R_32F) return CUBLAS_STATUS_INVALID_VALUE;
    return make("cublasLtMatmulDescCreate", desc, Operation{});
}
cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t desc) {
    return end<Operation>(desc);
}
cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t desc,
                                              cublasLtMatmulDescAttributes_t attribute,
                                              const void* value,
                                              std::size_t bytes) {
    auto* operation = reinterpret_cast<Operation*>(desc);
    if (bytes != sizeof(cublasOperation_t)) return CUBLAS_STATUS_INVALID_VALUE;
    if (attribute == CUBLASLT_MATMUL_DESC_TRANSA)
        std::memcpy(&operation->turnA, value, bytes);
    else if (attribute == CUBLASLT_MATMUL_DESC_TRANSB)
        std::memcpy(&operation->turnB, value, bytes);
    else
        return CUBLAS_STATUS_NOT_SUPPORTED;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* layout,
                                          cudaDataType type,
                                          std::uint64_t rows,
                                          std::uint64_t columns,
                                          std::int64_t stride) {
    if (stride < static_cast<std::int64_t>(rows)) return CUBLAS_STATUS_INVALID_VALUE;
    return make("cublasLtMatrixLayoutCreate", layout, Layout{type, rows, columns, stride});
}
cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t layout) {
    return end<Layout>(layout);
}

cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* preference) {
    return make("cublasLtMatmulPreferenceCreate", preference, Preference{});
}
cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t preference) {
    return end<Preference>(preference);
}
cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t preference,
                                                    cublasLtMatmulPreferenceAttributes_t attribute,
                                                    const void* value,
                                                    std::size_t bytes) {
    const std::size_t expected = attribute == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES
                                     ? sizeof(std::uint64_t)
                                     : sizeof(std::uint32_t);
    if (bytes != expected) return CUBLAS_STATUS_INVALID_VALUE;
    std::uint64_t number = 0;
    std::memcpy(&number, value, bytes);
    reinterpret_cast<Preference*>(preference)->values[attribute] = number;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t /*handle*/,
                                              cublasLtMatmulDesc_t desc,
                                              cublasLtMatrixLayout_t a,
                                              cublasLtMatrixLayout_t b,
                                              cublasLtMatrixLayout_t /*c*/,
                                              cublasLtMatrixLayout_t d,
                                              cublasLtMatmulPreference_t preference,
                                              int wanted,
                                              cublasLtMatmulHeuristicResult_t* results,
                                              int* found) {
    cublasStatus_t status{};
    if (fails("cublasLtMatmulAlgoGetHeuristic", status)) return status;
    if (wanted < 1 || desc == nullptr || b == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
    ++state.choices;
    *found = state.findsNothing ? 0 : 1;
    if (state.findsNothing) return CUBLAS_STATUS_SUCCESS;
    const auto& values = reinterpret_cast<Preference*>(preference)->values;
    const auto value = [&](int attribute, std::uint64_t otherwise) {
        const auto at = values.find(attribute);
        return at == values.end() ? otherwise : at->second;
    };
    const auto* ofA = reinterpret_cast<const Layout*>(a);
    const auto* ofD = reinterpret_cast<const Layout*>(d);
    const Choice choice{
        .m = ofD->rows,
        .n = ofD->columns,
        .k = ofA->rows,
        .strideOfD = ofD->stride,
        .workspace = value(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, 0),
        .alignB = value(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, kDefaultAlignment),
        .alignD = value(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, kDefaultAlignment)};
    std::memcpy(&results[0].algo, &choice, sizeof choice);
    return CUBLAS_STATUS_SUCCESS;
}

// D = alpha * op(A) op(B) + beta * C
cublasStatus_t cublasLtMatmul(cublasLtHandle_t /*handle*/,
                              cublasLtMatmulDesc_t desc,
                              const void* alpha,
                              const void* a,
                              cublasLtMatrixLayout_t layoutA,
                              const void* b,
                              cublasLtMatrixLayout_t layoutB,
                              const void* beta,
                              const void* c,
                              cublasLtMatrixLayout_t /*layoutC*/,
                              void* d,
                              cublasLtMatrixLayout_t layoutD,
                              const cublasLtMatmulAlgo_t* algorithm,
                              void* workspace,
                              std::size_t workspaceBytes,
                              cudaStream_t /*stream*/) {
    cublasStatus_t status{};
    if (fails("cublasLtMatmul", status)) return status;
    const auto* operation = reinterpret_cast<const Operation*>(desc);
    const auto* ofA = reinterpret_cast<const Layout*>(layoutA);
    const auto* ofB = reinterpret_cast<const Layout*>(layoutB);
    const auto* ofD = reinterpret_cast<const Layout*>(layoutD);
    if (ofA->type != CUDA_R_16BF || ofB->type != CUDA_R_16BF || ofD->type != CUDA_R_32F)
        return CUBLAS_STATUS_NOT_SUPPORTED;
    const bool turnA = operation->turnA == CUBLAS_OP_T;
    const bool turnB = operation->turnB == CUBLAS_OP_T;
    const std::uint64_t m = turnA ? ofA->columns : ofA->rows;
    const std::uint64_t k = turnA ? ofA->rows : ofA->columns;
    const std::uint64_t n = turnB ? ofB->rows : ofB->columns;
    Choice choice{};
    std::memcpy(&choice, algorithm, sizeof choice);
    if ((turnB ? ofB->columns : ofB->rows) != k || ofD->rows != m || ofD->columns != n ||
        choice.m != m || choice.n != n || choice.k != k || choice.strideOfD != ofD->stride ||
        workspaceBytes < choice.workspace || workspace == nullptr ||
        !aligned(a, kDefaultAlignment) || !aligned(b, choice.alignB) || !aligned(d, choice.alignD))
        return CUBLAS_STATUS_INVALID_VALUE;
    const auto at =
        [](const void* matrix, const Layout& layout, bool turned, auto row, auto column) {
            const std::uint64_t i = turned ? column : row;
            const std::uint64_t j = turned ? row : column;
            return bf16ToFloat(static_cast<const std::uint16_t*>(
                matrix)[i + j * static_cast<std::uint64_t>(layout.stride)]);
        };
    for (std::uint64_t i = 0; i < m; ++i)
        for (std::uint64_t j = 0; j < n; ++j) {
            float sum = 0;
            for (std::uint64_t q = 0; q < k; ++q)
                sum += at(a, *ofA, turnA, i, q) * at(b, *ofB, turnB, q, j);
            const std::uint64_t place = i + j * static_cast<std::uint64_t>(ofD->stride);
            const float scale = *static_cast<const float*>(beta);
            const float before = scale == 0 ? 0 : scale * static_cast<const float*>(c)[place];
            static_cast<float*>(d)[place] = *static_cast<const float*>(alpha) * sum + before;
        }
    return CUBLAS_STATUS_SUCCESS;
}

}  // extern "C"
