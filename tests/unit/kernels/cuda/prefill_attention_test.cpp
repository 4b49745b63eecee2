#include "kernels/cuda/prefill_attention.h"

#include <algorithm>

#include "kernels/cpu/attention.h"
#include "kernels/cuda/attention.h"
#include "tests/unit/kernels/cuda/cuda_kernel_test.h"
#include "tests/unit/kernels/cuda/kv_caches.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr float kScale = 0.3F, kCap = 30;

struct Sizes {
    int numQHeads, numKvHeads, headSize, position, numTokens;
    int padding = 0;  // positions that are not visible, from 0 on
};
const Sizes kSizes[] = {
    {1, 1, 4, 0, 1},
    {2, 2, 12, 0, 17},       // a row behind a tile of 16
    {6, 1, 128, 0, 3, 2},    // tokens of two tiles, and one that sees padding only
    {6, 1, 64, 126, 5, 40},  // three tiles of keys, the last begun within
    {18, 2, 12, 61, 4},      // tokens on both sides of a tile of keys
    {9, 1, 128, 150, 2, 150},
    {2, 1, 100, 63, 1}};  // one more key is another tile

/// The last position of a chunk lies at the end of its cache.
struct Chunk {
    Chunk(DType type, const Sizes& chunkSizes)
        : sizes(chunkSizes),
          caches(type, {sizes.numKvHeads, sizes.headSize, sizes.position + sizes.numTokens}, 7),
          query(randomFloats(static_cast<std::size_t>(sizes.numTokens) * width(), 3)),
          visible(static_cast<std::size_t>(caches.capacity), 1) {
        std::fill_n(visible.begin(), sizes.padding, std::uint8_t{0});
    }
    std::size_t width() const {
        return static_cast<std::size_t>(sizes.numQHeads) * static_cast<std::size_t>(sizes.headSize);
    }
    std::string text() const {
        return std::to_string(sizes.numTokens) + " tokens at " + std::to_string(sizes.position) +
               ", " + std::to_string(sizes.numQHeads) + " heads of " +
               std::to_string(sizes.headSize);
    }
    std::vector<float> attended() const {
        std::vector<float> out(query.size(), test::kUntouched);
        const auto position = placed(sizes.position);
        EXPECT_EQ(prefillAttention({.query = query.data(),
                                    .cache = caches.layer,
                                    .visible = visible.data(),
                                    .position = position.get(),
                                    .numTokens = sizes.numTokens,
                                    .numQHeads = sizes.numQHeads,
                                    .scale = kScale,
                                    .cap = kCap,
                                    .out = out.data()},
                                   nullptr),
                  0);
        return out;
    }

    Sizes sizes;
    Caches caches;
    std::vector<float> query;
    std::vector<std::uint8_t> visible;
};

std::vector<float> onTheCpu(Chunk& chunk) {
    const Sizes& sizes = chunk.sizes;
    const int group = sizes.numQHeads / sizes.numKvHeads;
    std::vector<float> out(chunk.query.size());
    for (int row = 0; row < sizes.numTokens * sizes.numQHeads; ++row) {
        const int numKeys = sizes.position + row / sizes.numQHeads + 1;
        std::vector<float> sum(attentionPartFloats(sizes.headSize)), part(sum.size());
        for (int block = 0; block * kAttentionBlock < numKeys; ++block) {
            const AttentionQuery one{.query = chunk.query.data() + row * sizes.headSize,
                                     .numKeys = numKeys,
                                     .part = block == 0 ? sum.data() : part.data()};
            attendBlock(chunk.caches.host(row % sizes.numQHeads / group),
                        {.visible = chunk.visible.data(), .scale = kScale, .cap = kCap},
                        block,
                        &one,
                        1);
            if (block > 0) addPart(part.data(), sizes.headSize, sum.data());
        }
        finishPart(sum.data(), sizes.headSize, out.data() + row * sizes.headSize);
    }
    return out;
}

std::vector<float> tokenByToken(const Chunk& chunk) {
    const Sizes& sizes = chunk.sizes;
    std::vector<float> out(chunk.query.size());
    std::vector<float> parts(static_cast<std::size_t>(sizes.numQHeads) *
                             static_cast<std::size_t>(attentionPartWidth(sizes.headSize)));
    std::vector<unsigned> tickets(static_cast<std::size_t>(sizes.numQHeads));
    const auto position = placed(sizes.position);
    for (int t = 0; t < sizes.numTokens; ++t) {
        const std::size_t row = static_cast<std::size_t>(t) * chunk.width();
        EXPECT_EQ(decodeAttention({.query = chunk.query.data() + row,
                                   .cache = chunk.caches.layer,
                                   .visible = chunk.visible.data(),
                                   .position = position.get(),
                                   .token = t,
                                   .numQHeads = sizes.numQHeads,
                                   .scale = kScale,
                                   .cap = kCap,
                                   .parts = parts.data(),
                                   .tickets = tickets.data(),
                                   .out = out.data() + row},
                                  nullptr),
                  0);
    }
    return out;
}

class CudaPrefillAttention : public testing::TestWithParam<DType> {};

TEST_P(CudaPrefillAttention, IsTheCpus) {
    for (const Sizes& sizes : kSizes) {
        Chunk chunk(GetParam(), sizes);
        SCOPED_TRACE(chunk.text());
        const auto expected = onTheCpu(chunk);
        onSchedules([&] { expectNear(chunk.attended(), expected, 2e-5F, "element"); });
    }
}

TEST_P(CudaPrefillAttention, IsWhatEachTokenAloneGets) {
    for (const Sizes& sizes :
         {Sizes{6, 1, 128, 62, 4, 3}, Sizes{4, 4, 64, 0, 3}, Sizes{9, 1, 12, 128, 2}}) {
        const Chunk chunk(GetParam(), sizes);
        SCOPED_TRACE(chunk.text());
        expectNear(chunk.attended(), tokenByToken(chunk), 1e-5F, "element");
    }
}

/// To the bit: what a prompt gives does not depend on how it was cut.
TEST_P(CudaPrefillAttention, DoesNotDependOnTheChunk) {
    const Chunk whole(GetParam(), {6, 1, 64, 59, 7});
    const auto expected = whole.attended();
    std::vector<float> got;
    for (const auto& [begin, count] : {std::pair{0, 2}, {2, 4}, {6, 1}}) {
        Chunk part = whole;  // its layer is still the cache of the whole
        part.sizes.position += begin;
        part.sizes.numTokens = count;
        part.query.erase(part.query.begin(),
                         part.query.begin() + static_cast<std::ptrdiff_t>(whole.width()) * begin);
        part.query.resize(static_cast<std::size_t>(count) * whole.width());
        const auto out = part.attended();
        got.insert(got.end(), out.begin(), out.end());
    }
    EXPECT_EQ(got, expected);
}

INSTANTIATE_TEST_SUITE_P(Types,
                         CudaPrefillAttention,
                         testing::ValuesIn(elementTypes()),
                         [](const auto& test) { return std::string(name(test.param)); });

}  // namespace
}  // namespace gatescope::kernels::cuda
