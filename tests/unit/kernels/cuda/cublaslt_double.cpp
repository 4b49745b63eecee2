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
using gatescope::kernels::f8E4M3ToFloat;

struct Operation {
    cublasComputeType_t compute;
    cudaDataType scale;  ///< of alpha and beta
    cublasOperation_t turnA = CUBLAS_OP_N, turnB = CUBLAS_OP_N;
};
struct Layout {
    cudaDataType type;
    std::uint64_t rows, columns;
    std::int64_t stride;
    std::int32_t batches = 1;
    std::int64_t batchOffset = 0;  ///< elements from a matrix to the next
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
    std::uint32_t m, n, k, batches, strideOfD, workspace;
    std::uint16_t alignA, alignB, alignD, type;
};
static_assert(sizeof(Choice) <= sizeof(cublasLtMatmulAlgo_t));

bool aligned(const void* at, std::uint64_t bytes) {
    return reinterpret_cast<std::uintptr_t>(at) % bytes == 0;
}

/// Whether there is such a product. Source: NVIDIA, cuBLAS documentation, cublasLtMatmul(): the
/// table of types, and what kernels of 8 bits require besides.
bool exists(const Operation& operation, const Layout& a, const Layout& b, const Layout& d) {
    if (a.type != b.type) return false;
    const bool asFloat = operation.compute == CUBLAS_COMPUTE_32F && operation.scale == CUDA_R_32F &&
                         d.type == CUDA_R_32F;
    if (a.type == CUDA_R_16BF) return asFloat;
    // In 8 bits A is turned and B is not.
    if (operation.turnA != CUBLAS_OP_T || operation.turnB != CUBLAS_OP_N) return false;
    if (a.type == CUDA_R_8I)  // matrices in plain order
        return operation.compute == CUBLAS_COMPUTE_32I && operation.scale == CUDA_R_32I &&
               d.type == CUDA_R_32I && d.rows % 4 == 0 && a.rows % 4 == 0 && a.stride % 4 == 0 &&
               b.stride % 4 == 0 && d.stride % 4 == 0;
    if (a.type == CUDA_R_8F_E4M3)  // matrix dimensions in sixteens, but how many columns B has
        return asFloat && a.rows % 16 == 0 && a.stride % 16 == 0 && b.stride % 16 == 0 &&
               d.rows % 16 == 0 && d.stride % 16 == 0;
    return false;
}

/// D = alpha * op(A) op(B) + beta * C of one batch.
template <class Element, class Sum>
void multiply(const Operation& operation,
              Sum (*valueOf)(Element),
              const Element* a,
              const Layout& ofA,
              const Element* b,
              const Layout& ofB,
              Sum alpha,
              Sum beta,
              const Sum* c,
              Sum* d,
              const Layout& ofD) {
    const bool turnA = operation.turnA == CUBLAS_OP_T;
    const bool turnB = operation.turnB == CUBLAS_OP_T;
    const std::uint64_t k = turnA ? ofA.rows : ofA.columns;
    const auto at = [&](const Element* matrix,
                        const Layout& layout,
                        bool turned,
                        std::uint64_t row,
                        std::uint64_t column) {
        const std::uint64_t i = turned ? column : row;
        const std::uint64_t j = turned ? row : column;
        return valueOf(matrix[i + j * static_cast<std::uint64_t>(layout.stride)]);
    };
    for (std::uint64_t i = 0; i < ofD.rows; ++i)
        for (std::uint64_t j = 0; j < ofD.columns; ++j) {
            Sum sum = 0;
            for (std::uint64_t q = 0; q < k; ++q)
                sum += at(a, ofA, turnA, i, q) * at(b, ofB, turnB, q, j);
            const std::uint64_t place = i + j * static_cast<std::uint64_t>(ofD.stride);
            d[place] = alpha * sum + (beta == 0 ? 0 : beta * c[place]);
        }
}

/// Every batch of a product, its numbers told apart by their types.
template <class Element, class Sum>
void multiplyAll(const Operation& operation,
                 Sum (*valueOf)(Element),
                 const void* a,
                 const Layout& ofA,
                 const void* b,
                 const Layout& ofB,
                 const void* alpha,
                 const void* beta,
                 const void* c,
                 void* d,
                 const Layout& ofD) {
    for (std::int32_t batch = 0; batch < ofD.batches; ++batch)
        multiply(operation,
                 valueOf,
                 static_cast<const Element*>(a) + batch * ofA.batchOffset,
                 ofA,
                 static_cast<const Element*>(b) + batch * ofB.batchOffset,
                 ofB,
                 *static_cast<const Sum*>(alpha),
                 *static_cast<const Sum*>(beta),
                 static_cast<const Sum*>(c) + batch * ofD.batchOffset,
                 static_cast<Sum*>(d) + batch * ofD.batchOffset,
                 ofD);
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
    return make("cublasLtMatmulDescCreate", desc, Operation{.compute = compute, .scale = scale});
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

cublasStatus_t cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout_t layout,
                                                cublasLtMatrixLayoutAttribute_t attribute,
                                                const void* value,
                                                std::size_t bytes) {
    cublasStatus_t status{};
    if (fails("cublasLtMatrixLayoutSetAttribute", status)) return status;
    auto* of = reinterpret_cast<Layout*>(layout);
    const auto set = [&](auto& to) {
        if (bytes != sizeof to) return CUBLAS_STATUS_INVALID_VALUE;
        std::memcpy(&to, value, bytes);
        return CUBLAS_STATUS_SUCCESS;
    };
    if (attribute == CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT) return set(of->batches);
    if (attribute == CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET) return set(of->batchOffset);
    return CUBLAS_STATUS_NOT_SUPPORTED;
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
    const auto* ofA = reinterpret_cast<const Layout*>(a);
    const auto* ofB = reinterpret_cast<const Layout*>(b);
    const auto* ofD = reinterpret_cast<const Layout*>(d);
    const auto& operation = *reinterpret_cast<const Operation*>(desc);
    *found = !state.findsNothing && exists(operation, *ofA, *ofB, *ofD) ? 1 : 0;
    if (*found == 0) return CUBLAS_STATUS_SUCCESS;
    const auto& values = reinterpret_cast<Preference*>(preference)->values;
    const auto value = [&](int attribute, std::uint64_t otherwise) {
        const auto at = values.find(attribute);
        return at == values.end() ? otherwise : at->second;
    };
    const auto alignment = [&](int attribute) {
        return static_cast<std::uint16_t>(value(attribute, kDefaultAlignment));
    };
    const Choice choice{
        .m = static_cast<std::uint32_t>(ofD->rows),
        .n = static_cast<std::uint32_t>(ofD->columns),
        .k = static_cast<std::uint32_t>(ofA->rows),
        .batches = static_cast<std::uint32_t>(ofD->batches),
        .strideOfD = static_cast<std::uint32_t>(ofD->stride),
        .workspace = static_cast<std::uint32_t>(value(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, 0)),
        .alignA = alignment(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES),
        .alignB = alignment(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES),
        .alignD = alignment(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES),
        .type = static_cast<std::uint16_t>(ofA->type)};
    std::memcpy(&results[0].algo, &choice, sizeof choice);
    return CUBLAS_STATUS_SUCCESS;
}

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
    if (!exists(*operation, *ofA, *ofB, *ofD)) return CUBLAS_STATUS_NOT_SUPPORTED;
    const bool turnA = operation->turnA == CUBLAS_OP_T;
    const bool turnB = operation->turnB == CUBLAS_OP_T;
    const std::uint64_t m = turnA ? ofA->columns : ofA->rows;
    const std::uint64_t k = turnA ? ofA->rows : ofA->columns;
    const std::uint64_t n = turnB ? ofB->rows : ofB->columns;
    Choice choice{};
    std::memcpy(&choice, algorithm, sizeof choice);
    if ((turnB ? ofB->columns : ofB->rows) != k || ofD->rows != m || ofD->columns != n ||
        choice.m != m || choice.n != n || choice.k != k || choice.strideOfD != ofD->stride ||
        choice.type != ofA->type || static_cast<std::int32_t>(choice.batches) != ofD->batches ||
        ofA->batches != ofD->batches || ofB->batches != ofD->batches ||
        workspaceBytes < choice.workspace || workspace == nullptr || !aligned(a, choice.alignA) ||
        !aligned(b, choice.alignB) || !aligned(d, choice.alignD))
        return CUBLAS_STATUS_INVALID_VALUE;
    // Every batch begins as aligned as the first: elements of A and B have a byte in 8 bits.
    if (ofD->batches > 1 && ofA->type != CUDA_R_16BF &&
        (ofA->batchOffset % choice.alignA != 0 || ofB->batchOffset % choice.alignB != 0 ||
         ofD->batchOffset * 4 % choice.alignD != 0))
        return CUBLAS_STATUS_INVALID_VALUE;
    const auto all = [&](auto valueOf) {
        multiplyAll(*operation, +valueOf, a, *ofA, b, *ofB, alpha, beta, c, d, *ofD);
        return CUBLAS_STATUS_SUCCESS;
    };
    if (ofA->type == CUDA_R_8F_E4M3) return all([](std::uint8_t x) { return f8E4M3ToFloat(x); });
    if (ofA->type == CUDA_R_16BF) return all([](std::uint16_t x) { return bf16ToFloat(x); });
    // With int32 for a scale: 1 and 0, or 1 and 1.
    if (*static_cast<const std::int32_t*>(alpha) != 1) return CUBLAS_STATUS_INVALID_VALUE;
    return all([](std::int8_t x) { return std::int32_t{x}; });
}

}  // extern "C"
