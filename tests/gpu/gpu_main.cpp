#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/decoder/cuda/cuda_module.h"
#include "engine/error.h"

/// Runs the tests where there is a GPU; where there is none it says why and fails: these tests are
/// only started to see one.
int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    try {
        gatescope::cuda::requireGpu(gatescope::cuda::cudaModule(), 0);
    } catch (const gatescope::Error& error) {
        fmt::print(stderr, "error: {}\n", error.what());
        return 4;
    }
    return RUN_ALL_TESTS();
}
