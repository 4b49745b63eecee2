#include "engine/decoder/cuda/cuda_module.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "engine/decoder/cuda/read_bandwidth.h"
#include "engine/error.h"
#include "engine/model/open_model.h"
#include "engine/plan/memory_plan.h"
#include "tests/emulation/emulated_gpu.h"
#include "tests/support/test_paths.h"

namespace gatescope::test {
namespace {

using emulation::emulatedGpu;
using testing::HasSubstr;
using testing::Not;

std::string refusalOf(const auto& body) {
    try {
        body();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::DeviceFault);
        return error.what();
    }
    return {};
}

/// A number of the right kind, and everything given back; what it is on a GPU only a GPU can say.
TEST(CudaReadBandwidth, MeasuresAndGivesItsMemoryBack) {
    emulatedGpu().totalBytes = std::size_t{4} << 20;
    EXPECT_GT(cuda::readBandwidth(emulation::emulatedCudaModule(), 0), 1e6);
    emulatedGpu().faults = {{.call = "readWords", .after = 2, .error = 700}};
    EXPECT_THAT(refusalOf([] { (void)cuda::readBandwidth(emulation::emulatedCudaModule(), 0); }),
                HasSubstr("failed while the bandwidth was measured"));
    EXPECT_EQ(emulatedGpu().usedBytes, 0U);
    EXPECT_EQ(emulatedGpu().numStreams, 0);
    emulatedGpu().faults = {{.call = "readWords", .error = kernels::cuda::kMatmulFailed + 15}};
    EXPECT_THAT(refusalOf([] { (void)cuda::readBandwidth(emulation::emulatedCudaModule(), 0); }),
                Not(HasSubstr("CUDA error")));
    emulation::healEmulatedGpu();
    emulatedGpu().totalBytes = std::size_t{256} << 20;
}

class RequireGpu : public testing::Test {
  protected:
    void TearDown() override {
        emulation::healEmulatedGpu();
        emulatedGpu().numDevices = 1;
        emulatedGpu().driverVersion = 13000;
    }
    static std::string refusal(int device = 0) {
        return refusalOf([&] { cuda::requireGpu(emulation::emulatedCudaModule(), device); });
    }
};

TEST_F(RequireGpu, TakesOneThatWorks) {
    EXPECT_EQ(refusal(), "");
}

TEST_F(RequireGpu, SaysThatThereIsNoDriver) {
    emulatedGpu().driverVersion = 0;
    emulatedGpu().faults = {{.call = "countDevices", .error = 35}};
    EXPECT_THAT(refusal(), HasSubstr("no NVIDIA driver is installed"));
}

TEST_F(RequireGpu, SaysWhichDriverIsNeeded) {
    emulatedGpu().driverVersion = 11040;
    emulatedGpu().faults = {{.call = "countDevices", .error = 35}};
    EXPECT_THAT(refusal(), HasSubstr("supports CUDA 11.4, expected 13.0 or later"));
}

TEST_F(RequireGpu, SaysThatThereIsNoDevice) {
    emulatedGpu().numDevices = 0;
    EXPECT_THAT(refusal(), HasSubstr("finds no GPU"));
    emulatedGpu().numDevices = 1;
    EXPECT_THAT(refusal(3), HasSubstr("GPU 3 was asked for, there are 1"));
}

TEST_F(RequireGpu, PassesOnWhatTheDriverSays) {
    for (const int error : {46, 100, 214, 802, 803, 804, 999}) {
        emulatedGpu().faults = {{.call = "countDevices", .error = error}};
        EXPECT_THAT(refusal(), HasSubstr(error == 100 ? "finds no GPU" : std::to_string(error)));
    }
}

class CudaLibrary : public testing::Test {
  protected:
    void TearDown() override { unsetenv("GATESCOPE_CUDA_LIBRARY"); }
};

// Failures are tried again, so one process can see them all; a success stays.
TEST_F(CudaLibrary, ThatIsMissingOrForeignIsASentence) {
    setenv("GATESCOPE_CUDA_LIBRARY", "/nowhere/libgatescope-cuda.so", 1);
    EXPECT_THAT(refusalOf([] { (void)cuda::cudaModule(); }),
                HasSubstr("/nowhere/libgatescope-cuda.so does not exist"));
    const ScratchDir dir;
    const auto text = dir.path() / "text.so";
    std::ofstream(text) << "no library";
    setenv("GATESCOPE_CUDA_LIBRARY", text.c_str(), 1);
    EXPECT_THAT(refusalOf([] { (void)cuda::cudaModule(); }), HasSubstr("cannot be loaded"));
    setenv("GATESCOPE_CUDA_LIBRARY", "/lib/x86_64-linux-gnu/libm.so.6", 1);
    EXPECT_THAT(refusalOf([] { (void)cuda::cudaModule(); }), HasSubstr("is not of this version"));
}

/// The real library, where nvcc has built it. Without a driver it must load all the same.
TEST_F(CudaLibrary, LoadsWithoutADriverAndSaysWhatTheCpuCosts) {
    const auto library = std::filesystem::path(GATESCOPE_BINARY_DIR) / "lib/libgatescope-cuda.so";
    const auto source = openModel((dataDir() / "tiny-a").string());
    const auto text = refusalOf([&] { (void)planAndPrepare(*source, {.kind = "cuda"}); });
    if (text.empty()) GTEST_SKIP() << "there is a GPU: nothing to refuse";
    EXPECT_THAT(text, HasSubstr(std::filesystem::exists(library) ? "driver" : "was built without"));
    EXPECT_THAT(text, HasSubstr("on the CPU (--decoder cpu) every token of tiny-a reads"));
    if (!std::filesystem::exists(library)) return;
    const auto& module = cuda::cudaModule();
    EXPECT_THAT(module.errorText(kernels::cuda::kMatmulFailed + 15), HasSubstr("NOT_SUPPORTED"));
    EXPECT_THAT(module.errorText(kernels::cuda::kMatmulFailed + 99), HasSubstr("status 99"));
}

}  // namespace
}  // namespace gatescope::test
