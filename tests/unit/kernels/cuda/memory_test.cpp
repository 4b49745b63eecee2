#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "kernels/cuda/embedding.h"
#include "kernels/cuda/kv_rows.h"
#include "kernels/cuda/read_words.h"
#include "tests/unit/kernels/cuda/cuda_kernel_test.h"
#include "tests/unit/kernels/cuda/stacked_matrices.h"

// Kernels that look something up or move it.

namespace gatescope::kernels::cuda {
namespace {

class CudaEmbedding : public testing::TestWithParam<DType> {};

TEST_P(CudaEmbedding, IsTheScaledRowOfEachToken) {
    const bool blocks = isBlockType(GetParam());
    for (const Shape& shape : {Shape{256, 7, 1}, Shape{blocks ? 768 : 328, 5, 4}}) {
        const Stacked table = randomMatrices(GetParam(), shape, 1, 3);
        const std::vector<std::int32_t> tokens = {4, 0, 4, 2};
        const auto position = placed(2);
        onSchedules([&] {
            const std::size_t count = tokens.size() * static_cast<std::size_t>(shape.numIn);
            std::vector<float> hidden(count, -7);
            std::vector<std::uint8_t> visible(8, 9);
            EXPECT_EQ(embedding({.table = table.device,
                                 .tokens = tokens.data(),
                                 .position = position.get(),
                                 .numTokens = static_cast<int>(tokens.size()),
                                 .scale = 3,
                                 .padToken = 0,
                                 .hidden = hidden.data(),
                                 .visible = visible.data()},
                                nullptr),
                      0);
            for (std::size_t t = 0; t < tokens.size(); ++t)
                for (int i = 0; i < shape.numIn; ++i) {
                    const float expected = 3 * table.weight(0, tokens[t], i);
                    ASSERT_NEAR(hidden[t * static_cast<std::size_t>(shape.numIn) +
                                       static_cast<std::size_t>(i)],
                                expected,
                                1e-6F * (1 + std::abs(expected)))
                        << "token " << t << ", element " << i;
                }
            EXPECT_EQ(visible, (std::vector<std::uint8_t>{9, 9, 1, 0, 1, 1, 9, 9}));
        });
    }
}

INSTANTIATE_TEST_SUITE_P(Types,
                         CudaEmbedding,
                         testing::ValuesIn(weightTypes()),
                         [](const auto& test) { return std::string(name(test.param)); });

/// Every word once: each of them changes the sum, and what lies behind does not.
TEST(CudaReadWords, ReadsEachWordOnce) {
    for (const std::size_t bytes :
         {std::size_t{16}, std::size_t{4096}, std::size_t{80000}, std::size_t{300032}}) {
        std::vector<std::uint32_t> words(bytes / 4);
        std::mt19937 random(static_cast<unsigned>(bytes));
        for (auto& word : words) word = random();
        const auto expected =
            std::accumulate(words.begin(), words.end(), std::uint32_t{7}, std::bit_xor<>());
        onSchedules([&] {
            const auto combined = placed(std::uint32_t{7});
            EXPECT_EQ(readWords({.data = reinterpret_cast<const std::byte*>(words.data()),
                                 .bytes = bytes,
                                 .combined = combined.get()},
                                nullptr),
                      0);
            EXPECT_EQ(*combined, expected) << bytes;
        });
    }
    EXPECT_NE(readWords({.bytes = 8}, nullptr), 0);
}

class CudaKvRows : public testing::TestWithParam<DType> {};

/// Rows that are saved from one cache and restored into another, elsewhere, are the same ones, and
/// nothing beside them changes.
TEST_P(CudaKvRows, ComeBackAsTheyWere) {
    constexpr int kHeads = 6, kCapacity = 9, kSize = 20, kFrom = 2, kTo = 5, kCount = 3;
    const std::size_t bytes = storedBytes(GetParam(), kSize);
    const std::size_t all = std::size_t{kHeads * kCapacity};
    struct Cache {
        std::vector<std::byte> keys, values;
        std::vector<float> keyScales, valueScales;
        std::vector<std::uint8_t> visible;
    };
    const auto filled = [&](unsigned seed) {
        Cache cache{std::vector<std::byte>(all * bytes),
                    std::vector<std::byte>(all * bytes),
                    randomFloats(all, seed),
                    randomFloats(all, seed + 1),
                    std::vector<std::uint8_t>(kCapacity)};
        for (std::size_t i = 0; i < all * bytes; ++i) {
            cache.keys[i] = static_cast<std::byte>((i + seed) * 7 % 251);
            cache.values[i] = static_cast<std::byte>((i + seed) * 13 % 241);
        }
        for (std::size_t p = 0; p < kCapacity; ++p)
            cache.visible[p] = static_cast<std::uint8_t>((p + seed) % 2);
        return cache;
    };
    const auto rowsOf = [&](Cache& cache, int begin, std::vector<std::byte>& rows) {
        const bool scaled = GetParam() == DType::I8;
        return KvRows{.heads = {.type = GetParam(),
                                .keys = cache.keys.data(),
                                .values = cache.values.data(),
                                .keyScales = scaled ? cache.keyScales.data() : nullptr,
                                .valueScales = scaled ? cache.valueScales.data() : nullptr,
                                .numKvHeads = kHeads,
                                .capacity = kCapacity,
                                .headSize = kSize},
                      .visible = cache.visible.data(),
                      .begin = begin,
                      .count = kCount,
                      .rows = rows.data()};
    };
    onSchedules([&] {
        Cache from = filled(1);
        Cache to = filled(2);
        Cache expected = to;
        for (std::size_t head = 0; head < kHeads; ++head)
            for (std::size_t i = 0; i < kCount; ++i) {
                const std::size_t source = head * kCapacity + kFrom + i;
                const std::size_t target = head * kCapacity + kTo + i;
                std::memcpy(&expected.keys[target * bytes], &from.keys[source * bytes], bytes);
                std::memcpy(&expected.values[target * bytes], &from.values[source * bytes], bytes);
                if (GetParam() == DType::I8) {
                    expected.keyScales[target] = from.keyScales[source];
                    expected.valueScales[target] = from.valueScales[source];
                }
                expected.visible[kTo + i] = from.visible[kFrom + i];
            }
        std::vector<std::byte> rows;
        rows.resize(kCount * kvRowBytes(rowsOf(from, kFrom, rows).heads));
        EXPECT_EQ(saveKvRows(rowsOf(from, kFrom, rows), nullptr), 0);
        EXPECT_EQ(restoreKvRows(rowsOf(to, kTo, rows), nullptr), 0);
        EXPECT_EQ(to.keys, expected.keys);
        EXPECT_EQ(to.values, expected.values);
        EXPECT_EQ(to.keyScales, expected.keyScales);
        EXPECT_EQ(to.valueScales, expected.valueScales);
        EXPECT_EQ(to.visible, expected.visible);
    });
}

INSTANTIATE_TEST_SUITE_P(Types,
                         CudaKvRows,
                         testing::ValuesIn(elementTypes()),
                         [](const auto& test) { return std::string(name(test.param)); });

}  // namespace
}  // namespace gatescope::kernels::cuda
