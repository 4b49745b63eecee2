#include "kernels/cuda/matmul.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "kernels/quant/float_types.h"
#include "tests/unit/kernels/cuda/cublaslt_double.h"
#include "tests/unit/kernels/kernel_test.h"

// kernels/cuda/matmul.cpp as it is, on a double of the library that it loads.

namespace gatescope::kernels::cuda {
namespace {

using test::randomFloats;

constexpr const char* kDouble = GATESCOPE_CUBLASLT_DOUBLE;
constexpr int kInternalError = 14;  // CUBLAS_STATUS_INTERNAL_ERROR
constexpr int kNotSupported = 15;

struct FreeAligned {
    void operator()(void* memory) const { ::operator delete(memory, std::align_val_t(256)); }
};
/// As device memory is.
template <class T>
std::unique_ptr<T, FreeAligned> aligned(const std::vector<T>& from) {
    void* memory = ::operator new(from.size() * sizeof(T), std::align_val_t(256));
    std::memcpy(memory, from.data(), from.size() * sizeof(T));
    return std::unique_ptr<T, FreeAligned>(static_cast<T*>(memory));
}

std::vector<std::uint16_t> randomBf16(std::size_t count, unsigned seed) {
    std::vector<std::uint16_t> out;
    for (const float value : randomFloats(count, seed)) out.push_back(floatToBf16(value));
    return out;
}

class CudaMatmul : public testing::Test {
  protected:
    void SetUp() override {
        void* library = dlopen(kDouble, RTLD_NOW | RTLD_LOCAL);
        ASSERT_NE(library, nullptr) << dlerror();
        state_ = reinterpret_cast<decltype(&cublasLtDouble)>(dlsym(library, "cublasLtDouble"))();
        *state_ = {};
        ASSERT_EQ(createMatmulsFrom(kDouble, &matmuls_), 0);
    }
    void TearDown() override {
        ASSERT_NE(matmuls_, nullptr);
        EXPECT_EQ(destroyMatmuls(matmuls_), 0);
        EXPECT_EQ(state_->alive, 0) << "something was not given back";
    }

    struct Shape {
        int numRows, numIn, numOut, yStride;
    };
    /// The outcome of the call; what it computed is compared.
    int multiply(const Shape& s) {
        const auto rows = static_cast<std::size_t>(s.numRows);
        const auto in = static_cast<std::size_t>(s.numIn);
        const auto outs = static_cast<std::size_t>(s.numOut);
        const auto stride = static_cast<std::size_t>(s.yStride);
        const auto xs = randomBf16(rows * in, 1);
        const auto ws = randomBf16(outs * in, 2);
        const auto x = aligned(xs);
        const auto w = aligned(ws);
        const auto y = aligned(std::vector<float>(rows * stride, -7));
        const auto workspace = aligned(std::vector<std::byte>(1024));
        const int error = matmul(matmuls_,
                                 {.x = x.get(),
                                  .w = w.get(),
                                  .numRows = s.numRows,
                                  .numIn = s.numIn,
                                  .numOut = s.numOut,
                                  .factor = 0.5F,
                                  .y = y.get(),
                                  .yStride = s.yStride,
                                  .workspace = workspace.get(),
                                  .workspaceBytes = 1024},
                                 nullptr);
        for (std::size_t r = 0; r < rows && error == 0; ++r)
            for (std::size_t n = 0; n < stride; ++n) {
                float expected = 0;
                for (std::size_t k = 0; k < in; ++k)
                    expected +=
                        n < outs ? bf16ToFloat(xs[r * in + k]) * bf16ToFloat(ws[n * in + k]) : 0;
                expected = n < outs ? 0.5F * expected : -7;
                EXPECT_FLOAT_EQ(y.get()[r * stride + n], expected) << r << " " << n;
            }
        return error;
    }

    CublasLtDouble* state_ = nullptr;
    Matmuls* matmuls_ = nullptr;
};

TEST_F(CudaMatmul, IsTheProductOfRows) {
    for (const Shape& shape : {Shape{1, 8, 1, 1}, Shape{3, 16, 5, 5}, Shape{7, 40, 64, 100}})
        EXPECT_EQ(multiply(shape), 0);
}

TEST_F(CudaMatmul, AsksForAnAlgorithmOnceAShape) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(multiply({4, 16, 8, 8}), 0);
        EXPECT_EQ(multiply({5, 16, 8, 8}), 0);
        EXPECT_EQ(multiply({4, 16, 8, 12}), 0);
    }
    EXPECT_EQ(state_->choices, 3);
}

TEST_F(CudaMatmul, ReturnsWhatTheLibraryRefuses) {
    for (const char* function : {"cublasLtMatmulDescCreate",
                                 "cublasLtMatrixLayoutCreate",
                                 "cublasLtMatmulPreferenceCreate",
                                 "cublasLtMatmulAlgoGetHeuristic",
                                 "cublasLtMatmul"}) {
        state_->failing = function;
        EXPECT_EQ(multiply({6, 24, 8, 8}), kMatmulFailed + kInternalError) << function;
        EXPECT_EQ(state_->failing, nullptr) << function << " was not called";
        EXPECT_EQ(state_->alive, 1) << function << ": more than the handle is left";
    }
    state_->failing = "cublasLtMatmul";
    state_->status = 3;  // CUBLAS_STATUS_ALLOC_FAILED
    EXPECT_EQ(multiply({6, 24, 8, 8}), 2) << "cudaErrorMemoryAllocation";
    state_->findsNothing = true;
    EXPECT_EQ(multiply({9, 24, 8, 8}), kMatmulFailed + kNotSupported);
    state_->findsNothing = false;
    EXPECT_EQ(multiply({9, 24, 8, 8}), 0) << "and goes on";
}

TEST_F(CudaMatmul, TellsAMissingLibraryFromABrokenOne) {
    Matmuls* none = nullptr;
    EXPECT_EQ(createMatmulsFrom("/nowhere/libcublasLt.so", &none), kNoMatmulLibrary);
    EXPECT_EQ(createMatmulsFrom("libm.so.6", &none), kNoMatmulLibrary);  // another one of that name
    state_->failing = "cublasLtCreate";
    EXPECT_EQ(createMatmulsFrom(kDouble, &none), kMatmulFailed + kInternalError);
    EXPECT_EQ(none, nullptr);
}

}  // namespace
}  // namespace gatescope::kernels::cuda
