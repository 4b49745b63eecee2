#include "engine/decoder/cpu/scratch.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/tiny_model.h"

namespace gatescope::cpu {
namespace {

/// What the memory plan keeps free is what a chunk takes, and hardly more. (Grok-1's 400 MB are
/// asked for here, but never touched.)
TEST(Scratch, TakesWhatIsPlannedForIt) {
    for (const ModelConfig& config : {ModelConfig(), test::tinyConfig()})
        for (const int capacity : {100, 512, 8192}) {
            Scratch scratch;
            scratch.reserve(config,
                            std::min(kChunkTokens, capacity),
                            config.numSelected,
                            64,
                            capacity,
                            {.int8 = true, .bf16 = true});
            const std::uint64_t planned = largestScratchBytes(config, capacity);
            EXPECT_LE(scratch.bytes(), planned);
            EXPECT_GE(scratch.bytes(), planned * 9 / 10);
        }
}

}  // namespace
}  // namespace gatescope::cpu
