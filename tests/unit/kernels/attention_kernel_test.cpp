#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>

#include "kernels/cpu/attention.h"
#include "kernels/cpu/attention_weights.h"
#include "kernels/cpu/kv_head.h"
#include "kernels/quant/block_codec.h"
#include "tests/unit/kernels/kernel_test.h"

namespace gatescope::kernels {
namespace {

using namespace test;

constexpr DType kTypes[] = {DType::F32, DType::F16, DType::BF16, DType::I8};

/// How far a rounded element may be from what it was, relative to the largest of its row.
double roundingOf(DType type) {
    switch (type) {
        case DType::F16:
            return 1.0 / 2048;
        case DType::BF16:
            return 1.0 / 256;
        case DType::I8:
            return 0.5 / 127;
        default:
            return 0;
    }
}

/// Memory of one head, and what was put into it.
struct HeadData {
    HeadData(int count, int headSize, DType type)
        : numKeys(count),
          rows(static_cast<std::size_t>((count + kKeyPanel - 1) / kKeyPanel * kKeyPanel)),
          // Nobody may look at what was never written.
          keyBytes(rows * static_cast<std::size_t>(headSize) * itemSize(type), std::byte{0xff}),
          valueBytes(rows * static_cast<std::size_t>(valueWidth(headSize)) * itemSize(type),
                     std::byte{0xff}),
          scales(2 * rows, std::numeric_limits<float>::quiet_NaN()),
          keys(randomFloats(static_cast<std::size_t>(headSize * count), 21, 4.0F)),
          values(randomFloats(static_cast<std::size_t>(headSize * count), 22)),
          visible(rows, 1),
          head{.type = type,
               .keys = keyBytes.data(),
               .values = valueBytes.data(),
               .keyScales = type == DType::I8 ? scales.data() : nullptr,
               .valueScales = type == DType::I8 ? scales.data() + rows : nullptr,
               .headSize = headSize} {}

    void store() {
        for (int t = 0; t < numKeys; ++t)
            storeKeyValue(
                head, t, keys.data() + t * head.headSize, values.data() + t * head.headSize);
    }

    /// Element i of the key at `position`, as it was kept.
    float kept(int position, int i, bool key) const {
        const std::size_t at =
            key ? static_cast<std::size_t>((position / kKeyPanel * head.headSize + i) * kKeyPanel +
                                           position % kKeyPanel)
                : static_cast<std::size_t>(position * valueWidth(head.headSize) + i);
        const std::byte* bytes = (key ? head.keys : head.values) + at * itemSize(head.type);
        if (head.type == DType::I8)
            return static_cast<float>(static_cast<std::int8_t>(*bytes)) *
                   (key ? head.keyScales : head.valueScales)[position];
        float value = 0;
        decodeElements(head.type, bytes, 1, &value);
        return value;
    }

    /// What `query` gets from the first `seen` keys, block after block.
    std::vector<float> run(const std::vector<std::vector<float>>& queries,
                           const std::vector<int>& seen) const {
        const std::size_t floats = attentionPartFloats(head.headSize);
        std::vector<float> output;
        std::vector<std::vector<float>> sums(queries.size());
        const int most = *std::ranges::max_element(seen);
        for (int block = 0; block * kAttentionBlock < most; ++block) {
            std::vector<AttentionQuery> asked;
            std::vector<std::vector<float>> parts(queries.size(), std::vector<float>(floats));
            for (std::size_t q = 0; q < queries.size(); ++q)
                if (seen[q] > block * kAttentionBlock)
                    asked.push_back({queries[q].data(), seen[q], parts[q].data()});
            attendBlock(head,
                        {.visible = visible.data(), .scale = 0.25F, .cap = 30.0F},
                        block,
                        asked.data(),
                        static_cast<int>(asked.size()));
            for (std::size_t q = 0; q < queries.size(); ++q) {
                if (seen[q] <= block * kAttentionBlock) continue;
                if (block == 0)
                    sums[q] = parts[q];
                else
                    addPart(parts[q].data(), head.headSize, sums[q].data());
            }
        }
        for (auto& sum : sums) {
            output.resize(output.size() + static_cast<std::size_t>(head.headSize), kUntouched);
            finishPart(sum.data(), head.headSize, output.data() + output.size() - head.headSize);
        }
        return output;
    }

    /// The formula in double, on keys and values as they were kept.
    std::vector<double> expected(const std::vector<float>& query, int seen) const {
        std::vector<double> weight(static_cast<std::size_t>(seen));
        for (int t = 0; t < seen; ++t) {
            double score = 0;
            for (int i = 0; i < head.headSize; ++i)
                score += 0.25 * query[static_cast<std::size_t>(i)] * kept(t, i, true);
            const auto at = static_cast<std::size_t>(t);
            weight[at] = visible[at] != 0 ? std::exp(30.0 * std::tanh(score / 30.0)) : 0.0;
        }
        const double sum = std::accumulate(weight.begin(), weight.end(), 0.0);
        std::vector<double> out(static_cast<std::size_t>(head.headSize));
        for (int t = 0; t < seen; ++t)
            for (int i = 0; i < head.headSize; ++i)
                out[static_cast<std::size_t>(i)] +=
                    weight[static_cast<std::size_t>(t)] / sum * kept(t, i, false);
        return out;
    }

    int numKeys;
    std::size_t rows;
    std::vector<std::byte> keyBytes, valueBytes;
    std::vector<float> scales;
    std::vector<float> keys, values;
    std::vector<std::uint8_t> visible;
    KvHead head;
};

std::vector<float> randomQuery(int headSize, unsigned seed) {
    return randomFloats(static_cast<std::size_t>(headSize), seed, 4.0F);
}

void expectFormula(const HeadData& data) {
    const auto query = randomQuery(data.head.headSize, 20);
    const auto output = data.run({query}, {data.numKeys});
    const auto expected = data.expected(query, data.numKeys);
    for (std::size_t i = 0; i < output.size(); ++i)
        ASSERT_NEAR(output[i], expected[i], 3e-5)
            << data.numKeys << " keys of " << output.size() << " in " << name(data.head.type);
}

TEST(AttendBlock, IsTheFormula) {
    onEveryTarget([] {
        for (const DType type : kTypes)
            for (const int numKeys : {1, 2, 7, 16, 17, 33, 128, 129, 300})
                for (const int headSize : {2, 16, 24, 64, 128}) {
                    HeadData data(numKeys, headSize, type);
                    data.store();
                    expectFormula(data);
                }
    });
}

TEST(AttendBlock, DoesNotDependOnTheOtherQueries) {
    onEveryTarget([] {
        for (const DType type : kTypes) {
            HeadData data(290, 24, type);
            data.store();
            std::vector<std::vector<float>> queries;
            std::vector<int> seen;
            std::vector<float> alone;
            for (int q = 0; q < 7; ++q) {
                queries.push_back(randomQuery(24, static_cast<unsigned>(30 + q)));
                seen.push_back(290 - 40 * q);
                const auto one = data.run({queries.back()}, {seen.back()});
                alone.insert(alone.end(), one.begin(), one.end());
            }
            EXPECT_EQ(data.run(queries, seen), alone) << name(type);
        }
    });
}

TEST(AttendBlock, AKeyThatIsNotSeenCannotSpoilAnything) {
    onEveryTarget([] {
        for (const DType type : kTypes) {
            HeadData data(20, 16, type);
            data.store();
            const auto query = randomQuery(16, 20);
            const auto before = data.run({query}, {18});
            const std::vector<float> bad(16, std::numeric_limits<float>::infinity());
            storeKeyValue(data.head, 18, bad.data(), bad.data());
            const auto after = data.run({query, query}, {18, 20});
            EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin())) << name(type);
            EXPECT_FALSE(std::isfinite(after.back())) << name(type);
        }
    });
}

TEST(AttendBlock, PaddingHasNoWeight) {
    onEveryTarget([] {
        HeadData data(300, 16, DType::F32);
        data.store();
        data.visible[3] = data.visible[19] = data.visible[299] = 0;
        std::fill_n(data.visible.begin() + 128, 128, std::uint8_t{0});
        expectFormula(data);
    });
}

TEST(AttendBlock, AveragesTheValuesWhereNothingIsVisible) {
    onEveryTarget([] {
        HeadData data(150, 16, DType::F32);
        data.store();
        std::ranges::fill(data.visible, std::uint8_t{0});
        const auto output = data.run({randomQuery(16, 20)}, {150});
        for (std::size_t i = 0; i < output.size(); ++i) {
            double sum = 0;
            for (std::size_t t = 0; t < 150; ++t) sum += data.values[t * 16 + i];
            ASSERT_NEAR(output[i], sum / 150, 1e-6);
        }
    });
}

TEST(AttendBlock, PassesNaNOn) {
    onEveryTarget([] {
        for (const DType type : kTypes) {
            HeadData data(140, 16, type);
            data.store();
            auto query = randomQuery(16, 20);
            query[5] = std::numeric_limits<float>::quiet_NaN();
            EXPECT_TRUE(std::isnan(data.run({query}, {140}).front())) << name(type);
            data.keys[16 * 135 + 2] = std::numeric_limits<float>::quiet_NaN();
            data.store();
            EXPECT_TRUE(std::isnan(data.run({randomQuery(16, 20)}, {140}).front())) << name(type);
        }
    });
}

/// Small and large scores, where the exponential and the cap bend.
TEST(AttendBlock, IsTheFormulaAtTheEnds) {
    onEveryTarget([] {
        for (const float size : {1e-6F, 1e-2F, 30.0F, 1e4F}) {
            HeadData data(70, 16, DType::F32);
            for (float& key : data.keys) key *= size;
            data.store();
            expectFormula(data);
        }
    });
}

TEST(StoreKeyValue, RoundsToTheNearest) {
    onEveryTarget([] {
        for (const DType type : kTypes) {
            HeadData data(33, 24, type);
            data.store();
            for (int t = 0; t < data.numKeys; ++t)
                for (const bool key : {true, false}) {
                    const float* row = (key ? data.keys : data.values).data() + t * 24;
                    float largest = 0;
                    for (int i = 0; i < 24; ++i) largest = std::max(largest, std::fabs(row[i]));
                    for (int i = 0; i < 24; ++i)
                        ASSERT_NEAR(
                            data.kept(t, i, key), row[i], roundingOf(type) * largest * 1.001)
                            << name(type);
                }
        }
    });
}

TEST(StoreKeyValue, KeepsWhatIsNotFinite) {
    onEveryTarget([] {
        for (const DType type : kTypes)
            for (const float bad : {std::numeric_limits<float>::infinity(),
                                    std::numeric_limits<float>::quiet_NaN()}) {
                HeadData data(1, 16, type);
                data.keys[3] = data.values[3] = bad;
                data.store();
                EXPECT_FALSE(std::isfinite(data.kept(0, 3, true))) << name(type);
                EXPECT_FALSE(std::isfinite(data.kept(0, 3, false))) << name(type);
            }
    });
}

TEST(TakeKeyValue, IsPutBackBitForBit) {
    for (const DType type : kTypes)
        for (const int headSize : {2, 16, 24, 128}) {
            HeadData data(37, headSize, type);
            data.keys[static_cast<std::size_t>(20 * headSize)] =
                std::numeric_limits<float>::quiet_NaN();
            data.store();
            const auto keys = data.keyBytes;
            const auto values = data.valueBytes;
            const std::size_t bytes = keyValueBytes(type, headSize);
            std::vector<std::byte> rows(37 * bytes + 1);
            for (int t = 0; t < 37; ++t)  // one byte off, as no vector would have it
                takeKeyValue(data.head, t, rows.data() + 1 + static_cast<std::size_t>(t) * bytes);
            const auto scales = data.scales;
            for (const int first : {0, 5, 16, 31}) {
                std::vector<float> other(static_cast<std::size_t>(headSize), 3.0F);
                for (int t = first; t < 37; ++t)
                    storeKeyValue(data.head, t, other.data(), other.data());
                EXPECT_NE(data.keyBytes, keys);
                for (int t = first; t < 37; ++t)
                    putKeyValue(
                        data.head, t, rows.data() + 1 + static_cast<std::size_t>(t) * bytes);
                EXPECT_EQ(data.keyBytes, keys) << name(type) << " from " << first;
                EXPECT_EQ(data.valueBytes, values) << name(type) << " from " << first;
                EXPECT_EQ(
                    std::memcmp(data.scales.data(), scales.data(), scales.size() * sizeof(float)),
                    0);
            }
            // Into memory where nothing was: the zeros behind a value too.
            HeadData fresh(37, headSize, type);
            for (int t = 0; t < 37; ++t)
                putKeyValue(fresh.head, t, rows.data() + 1 + static_cast<std::size_t>(t) * bytes);
            EXPECT_EQ(fresh.keyBytes, keys) << name(type);
            EXPECT_EQ(fresh.valueBytes, values) << name(type);
        }
}

/// What a person is shown is what the values were weighed with.
TEST(AttentionWeights, TimesTheValuesAreWhatAttentionGives) {
    constexpr int kKeys = 300, kHeadSize = 20;
    for (const DType type : kTypes)
        for (const bool padded : {false, true}) {
            HeadData data(kKeys, kHeadSize, type);
            data.store();
            if (padded) std::fill_n(data.visible.begin(), 40, std::uint8_t{0});
            const auto query = randomFloats(kHeadSize, 5, 2.0F);
            for (const int seen : {1, 41, 128, kKeys}) {
                std::vector<float> weights(static_cast<std::size_t>(seen));
                attentionWeights(data.head,
                                 {.visible = data.visible.data(), .scale = 0.25F, .cap = 30.0F},
                                 query.data(),
                                 seen,
                                 weights.data());
                EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0.0), 1, 1e-5);
                const auto attended = data.run({query}, {seen});
                for (int i = 0; i < kHeadSize; ++i) {
                    double sum = 0;
                    for (int t = 0; t < seen; ++t)
                        sum += static_cast<double>(weights[static_cast<std::size_t>(t)]) *
                               static_cast<double>(data.kept(t, i, false));
                    EXPECT_NEAR(attended[static_cast<std::size_t>(i)], sum, 2e-5)
                        << name(type) << ", " << seen << " keys";
                }
                if (padded && seen > 40) {
                    EXPECT_LT(weights[0], 1e-20F);
                }
            }
        }
}

}  // namespace
}  // namespace gatescope::kernels
