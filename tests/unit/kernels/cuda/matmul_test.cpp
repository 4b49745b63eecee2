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

constexpr int kInvalidValueOfIt = 7;

/// What a matrix holds: the elements of a type, and what they stand for.
struct Elements {
    std::vector<std::uint8_t> bytes;
    std::vector<float> values;
};
Elements randomElements(DType type, std::size_t count, unsigned seed) {
    Elements out;
    for (const float value : randomFloats(count, seed, type == DType::BF16 ? 1.0F : 120.0F)) {
        const auto byte = static_cast<std::uint8_t>(static_cast<int>(value) & 0xFF);
        const std::uint16_t bf16 = floatToBf16(value);
        if (type == DType::BF16) {
            out.bytes.push_back(static_cast<std::uint8_t>(bf16 & 0xFFU));
            out.bytes.push_back(static_cast<std::uint8_t>(bf16 >> 8U));
            out.values.push_back(bf16ToFloat(bf16));
        } else if (type == DType::I8) {
            out.bytes.push_back(byte);
            out.values.push_back(static_cast<float>(static_cast<std::int8_t>(byte)));
        } else {
            const auto code = static_cast<std::uint8_t>(byte % 0x7F | (byte & 0x80U));
            out.bytes.push_back(code);
            out.values.push_back(f8E4M3ToFloat(code));
        }
    }
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
        DType type = DType::BF16;
        int numGroups = 1;
        int offset = 0;  ///< of w from what all is aligned to, in bytes
    };
    /// The outcome of the call; what it computed is compared.
    int multiply(const Shape& s) {
        const auto groups = static_cast<std::size_t>(s.numGroups);
        const auto rows = static_cast<std::size_t>(s.numRows);
        const auto in = static_cast<std::size_t>(s.numIn);
        const auto outs = static_cast<std::size_t>(s.numOut);
        const auto stride = static_cast<std::size_t>(s.yStride);
        const Elements xs = randomElements(s.type, rows * in, 1);
        const Elements ws = randomElements(s.type, outs * in, 2);
        const auto x = aligned(xs.bytes);
        std::vector<std::uint8_t> moved(static_cast<std::size_t>(s.offset));
        moved.insert(moved.end(), ws.bytes.begin(), ws.bytes.end());
        const auto w = aligned(moved);
        const bool whole = s.type == DType::I8;
        const float factor = whole ? 1.0F : 0.5F;
        const auto y = aligned(std::vector<float>(groups * rows * stride, -7));
        const auto workspace = aligned(std::vector<std::byte>(1024));
        const int error = matmul(matmuls_,
                                 {.type = s.type,
                                  .x = x.get(),
                                  .w = w.get() + s.offset,
                                  .numRows = s.numRows,
                                  .numIn = s.numIn,
                                  .numOut = s.numOut,
                                  .numGroups = s.numGroups,
                                  .factor = factor,
                                  .y = y.get(),
                                  .yStride = s.yStride,
                                  .workspace = workspace.get(),
                                  .workspaceBytes = 1024},
                                 nullptr);
        const std::size_t ofGroup = in / groups;
        for (std::size_t r = 0; r < groups * rows && error == 0; ++r)
            for (std::size_t n = 0; n < stride; ++n) {
                const float got = y.get()[r * stride + n];
                if (n >= outs) {
                    EXPECT_EQ(got, -7) << "between the rows";
                    continue;
                }
                float expected = 0;
                for (std::size_t k = r / rows * ofGroup; k < (r / rows + 1) * ofGroup; ++k)
                    expected += xs.values[r % rows * in + k] * ws.values[n * in + k];
                if (whole) {
                    std::int32_t sum = 0;
                    std::memcpy(&sum, &got, sizeof sum);
                    EXPECT_EQ(sum, static_cast<std::int32_t>(expected)) << r << " " << n;
                } else {
                    EXPECT_FLOAT_EQ(got, factor * expected) << r << " " << n;
                }
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

/// Weights where they lie: behind those of other outputs, which is 16 bytes at least.
TEST_F(CudaMatmul, IsTheProductOfRowsIn8Bits) {
    for (const DType type : {DType::I8, DType::F8E4M3})
        for (const Shape& shape : {Shape{1, 16, 16, 16, type},
                                   Shape{3, 32, 16, 32, type, 1, 16},
                                   Shape{5, 48, 48, 64, type, 3, 48},
                                   Shape{7, 128, 64, 64, type, 8}})
            EXPECT_EQ(multiply(shape), 0) << name(type) << " " << shape.numIn;
    EXPECT_EQ(multiply({5, 48, 12, 20, DType::I8, 3, 48}), 0);
}

/// What hasEightBits() (engine/decoder/cuda/prompt_products.h) keeps away from it.
TEST_F(CudaMatmul, In8BitsHasNoRaggedShapes) {
    EXPECT_EQ(multiply({3, 24, 16, 16, DType::F8E4M3}), kMatmulFailed + kNotSupported);
    EXPECT_EQ(multiply({3, 32, 8, 16, DType::F8E4M3}), kMatmulFailed + kNotSupported);
    EXPECT_EQ(multiply({3, 32, 6, 8, DType::I8}), kMatmulFailed + kNotSupported);
    EXPECT_EQ(multiply({3, 32, 8, 10, DType::I8}), kMatmulFailed + kNotSupported);
    EXPECT_EQ(multiply({3, 24, 8, 8, DType::I8, 3}), kMatmulFailed + kInvalidValueOfIt)
        << "a group that begins between";
    EXPECT_EQ(multiply({3, 32, 8, 8, DType::I8, 1, 8}), kMatmulFailed + kInvalidValueOfIt)
        << "weights that begin between";
}

TEST_F(CudaMatmul, AsksForAnAlgorithmOnceAShape) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(multiply({4, 16, 8, 8}), 0);
        EXPECT_EQ(multiply({5, 16, 8, 8}), 0);
        EXPECT_EQ(multiply({4, 16, 8, 12}), 0);
        EXPECT_EQ(multiply({4, 16, 8, 8, DType::I8}), 0);
        EXPECT_EQ(multiply({4, 16, 16, 16, DType::F8E4M3}), 0);
        EXPECT_EQ(multiply({4, 32, 8, 8, DType::I8}), 0);
        EXPECT_EQ(multiply({4, 32, 8, 8, DType::I8, 2}), 0);
    }
    EXPECT_EQ(state_->choices, 7);
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
    state_->failing = "cublasLtMatrixLayoutSetAttribute";
    EXPECT_EQ(multiply({6, 32, 8, 8, DType::I8, 2}), kMatmulFailed + kInternalError);
    EXPECT_EQ(state_->alive, 1) << "more than the handle is left";
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
