#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "engine/offload/expert_cache.h"
#include "engine/offload/next_layer_guess.h"
#include "tests/unit/engine/offload/replay_samples.h"

namespace {

std::atomic<long> allocations{0};

}  // namespace

// Counts every allocation of the process. Kept out of line: seen through, they look like a mismatch
// of new and free to the compiler.
[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    void* memory = std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace gatescope::test {
namespace {

TEST(OffloadAllocation, NothingIsAllocatedWhileTokensGoThrough) {
    std::mt19937 random(1);
    const RuleShape shape{4, 8};
    const RoutingReplay replay =
        uniformReplay(random, {.layers = 4, .experts = 8, .selected = 2}, 100);
    Heat heat(heatOrigin(4, 8));
    heat.learn(replay);
    for (const Pool pool : {Pool::PerLayer, Pool::Shared})
        for (int rule = 0; rule < 5; ++rule) {
            auto made = rule == 0   ? lruRule(shape)
                        : rule == 1 ? frequencyRule(shape, 16, &heat)
                        : rule == 2 ? leastStaleRule(shape)
                        : rule == 3 ? fixedRule(heat)
                                    : beladyRule(replay);
            ExpertCache cache(shape, pool, 10, std::move(made));
            NextLayerGuess guess(shape.numLayers, shape.numExperts);
            const long before = allocations;
            int copies = 0;
            for (int token = 0; token < replay.size(); ++token)
                for (int layer = 0; layer < shape.numLayers; ++layer) {
                    copies += cache.select(layer, replay.selected(token, layer)).copies;
                    if (layer + 1 == shape.numLayers) continue;
                    guess.rank(layer, replay.selected(token, layer));
                    guess.learn(
                        layer, replay.selected(token, layer), replay.selected(token, layer + 1));
                }
            EXPECT_EQ(allocations, before) << rule;
            EXPECT_GT(copies, 0);
        }
    // The count is of this process's allocations, or the test could not fail.
    const long before = allocations;
    const auto something = std::make_unique<int>(3);
    EXPECT_EQ(allocations, before + 1) << *something;
}

}  // namespace
}  // namespace gatescope::test
