#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/unit/engine/decoder/test_decoder.h"

namespace {

std::atomic<long> allocations{0};

}  // namespace

// Counts every allocation of the process; the array forms end up here as well. Kept out
// of line: seen through, they look like a mismatch of new and free to the compiler.
[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    void* memory = std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    ++allocations;
    return std::malloc(size == 0 ? 1 : size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace gatescope::test {
namespace {

TEST(Allocation, ADecodeStepAllocatesNothingAfterTheFirst) {
    const auto weights = randomWeights();
    const auto d = decoderOf("cpu", weights);
    const auto tokens = someTokens(weights->config, 40);
    const auto cache = d->makeCache(64);
    const InterventionSet interventions{.ablate = {{LayerId{0}, ExpertId{1}}},
                                        .exclude = {{LayerId{0}, ExpertId{3}}},
                                        .force = {{LayerId{1}, ExpertId{2}}},
                                        .scale = {{{LayerId{1}, ExpertId{2}}, 0.5F}},
                                        .swap = {{LayerId{0}, ExpertId{4}, ExpertId{5}}}};
    StepOutput out;
    const auto decode = [&](std::size_t token) {
        const Batch batch{.tokens = std::span(tokens).subspan(token, 1), .tapResiduals = true};
        d->forward(batch, *cache, interventions, out, {});
    };
    const long before = allocations;
    decode(0);
    ASSERT_GT(allocations, before) << "allocations are not counted";
    const long afterFirst = allocations;
    for (std::size_t token = 1; token < tokens.size(); ++token) decode(token);
    EXPECT_EQ(allocations, afterFirst);
}

}  // namespace
}  // namespace gatescope::test
