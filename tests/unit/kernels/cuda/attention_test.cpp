#include "kernels/cuda/attention.h"

#include <algorithm>

#include "kernels/cpu/attention.h"
#include "kernels/cpu/attention_weights.h"
#include "kernels/cuda/attention_weights.h"
#include "tests/unit/kernels/cuda/cuda_kernel_test.h"
#include "tests/unit/kernels/cuda/kv_caches.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr float kScale = 0.3F, kCap = 30;

struct Sizes {
    int numQHeads, numKvHeads, headSize, numKeys, numSplits;
};
const Sizes kSizes[] = {
    {1, 1, 4, 1, 1},
    {2, 2, 64, 33, 2},
    {6, 1, 128, 70, 3},
    {9, 1, 32, 40, 2},  // two blocks share a KV head
    {14, 2, 8, 50, 2},
    {2, 1, 16, 500, 12},  // several tiles a split, more splits than one adds up at once
    {4, 2, 12, 5, 8}};    // splits without a key

class CudaAttention : public testing::TestWithParam<DType> {};

TEST_P(CudaAttention, IsTheCpus) {
    for (const Sizes& sizes : kSizes)
        for (const bool padded : {false, true}) {
            SCOPED_TRACE(std::to_string(sizes.numKeys) + (padded ? " keys, padded" : " keys"));
            Caches caches(GetParam(), {sizes.numKvHeads, sizes.headSize, sizes.numKeys}, 5);
            const auto size = static_cast<std::size_t>(sizes.headSize);
            const auto query = randomFloats(static_cast<std::size_t>(sizes.numQHeads) * size, 3);
            std::vector<std::uint8_t> visible(static_cast<std::size_t>(caches.capacity), 1);
            if (padded) std::fill_n(visible.begin(), (sizes.numKeys + 1) / 2, std::uint8_t{0});
            const int group = sizes.numQHeads / sizes.numKvHeads;
            std::vector<float> expected(query.size());
            for (int h = 0; h < sizes.numQHeads; ++h) {
                std::vector<float> part(attentionPartFloats(sizes.headSize));
                const AttentionQuery one{.query = query.data() + h * sizes.headSize,
                                         .numKeys = sizes.numKeys,
                                         .part = part.data()};
                std::vector<float> sum(part.size());
                for (int block = 0; block * kAttentionBlock < sizes.numKeys; ++block) {
                    attendBlock(caches.host(h / group),
                                {.visible = visible.data(), .scale = kScale, .cap = kCap},
                                block,
                                &one,
                                1);
                    addPart(part.data(), sizes.headSize, sum.data());
                }
                finishPart(sum.data(), sizes.headSize, expected.data() + h * sizes.headSize);
            }
            onSchedules([&] {
                std::vector<float> out(query.size());
                std::vector<float> parts(static_cast<std::size_t>(
                    sizes.numQHeads * sizes.numSplits * attentionPartWidth(sizes.headSize)));
                std::vector<unsigned> tickets(static_cast<std::size_t>(sizes.numQHeads));
                const auto position = placed(sizes.numKeys - 1);
                EXPECT_EQ(decodeAttention({.query = query.data(),
                                           .cache = caches.layer,
                                           .visible = visible.data(),
                                           .position = position.get(),
                                           .numQHeads = sizes.numQHeads,
                                           .numSplits = sizes.numSplits,
                                           .scale = kScale,
                                           .cap = kCap,
                                           .parts = parts.data(),
                                           .tickets = tickets.data(),
                                           .out = out.data()},
                                          nullptr),
                          0);
                expectNear(out, expected, 2e-5F, "element");
                EXPECT_EQ(std::ranges::count(tickets, 0U), sizes.numQHeads);
            });
        }
}

TEST_P(CudaAttention, WeightsAreTheCpus) {
    constexpr int kTokens = 3, kHead = 4, kRow = 45;
    const CacheSizes sizes{2, 12, 40};
    constexpr int kQHeads = 6;
    Caches caches(GetParam(), sizes, 5);
    const auto query = randomFloats(static_cast<std::size_t>(kTokens * kQHeads * 12), 3);
    std::vector<std::uint8_t> visible(static_cast<std::size_t>(caches.capacity), 1);
    visible[0] = visible[7] = 0;
    std::vector<float> expected(kTokens * kRow);
    for (int t = 0; t < kTokens; ++t)
        kernels::attentionWeights(caches.host(1),
                                  {.visible = visible.data(), .scale = kScale, .cap = kCap},
                                  query.data() + (t * kQHeads + kHead) * 12,
                                  38 + t,
                                  expected.data() + t * kRow);
    onSchedules([&] {
        std::vector<float> out(expected.size(), -1);
        const auto position = placed(37);
        EXPECT_EQ(attentionWeights({.query = query.data(),
                                    .cache = caches.layer,
                                    .visible = visible.data(),
                                    .position = position.get(),
                                    .numTokens = kTokens,
                                    .numQHeads = kQHeads,
                                    .head = kHead,
                                    .scale = kScale,
                                    .cap = kCap,
                                    .numKeys = kRow,
                                    .out = out.data()},
                                   nullptr),
                  0);
        expectNear(out, expected, 2e-6F, "weight");
    });
}

INSTANTIATE_TEST_SUITE_P(Types,
                         CudaAttention,
                         testing::ValuesIn(elementTypes()),
                         [](const auto& test) { return std::string(name(test.param)); });

}  // namespace
}  // namespace gatescope::kernels::cuda
