#include "kernels/cpu/attention.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/attention.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/cpu/exp2-inl.h"
#include "kernels/cpu/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

// Padding weighs e^-80: nothing beside what is seen, whose score is at least -kLargestCap; but
// where all is padding, all weigh the same. In the raw scores it is a number that no product gives.
constexpr float kHiddenScore = -80.0F;
constexpr float kHidden = -3.0e38F;
constexpr int kMostQueries = 4;
constexpr std::size_t kBlock = kAttentionBlock;

using PanelLanes = hn::CappedTag<float, kKeyPanel>;

/// The scores of some queries, then what they weigh the values with.
using Weights = float[kBlock];

// What is read next is asked for while this is computed with: a block is over before the processor
// has seen that it is a stream. As many bytes ahead as are read here.
HWY_INLINE void prefetch(const std::byte* ahead, std::size_t bytes) {
    for (std::size_t b = 0; b < bytes; b += 64)
        __builtin_prefetch(ahead + b, 0, 2);  // into L2: L1 is full
}

/// raw[q][first ...] = q . k for kVectors vectors of keys. `ahead`: the values of the block.
template <int kQueries, int kVectors, class Stored>
HWY_INLINE void scoreVectors(const Stored* HWY_RESTRICT keys,
                             const Stored* ahead,
                             std::size_t headSize,
                             std::size_t first,
                             const AttentionQuery* queries,
                             Weights* raw) {
    const PanelLanes d;
    const std::size_t lanes = hn::Lanes(d);
    const Stored* lines[kVectors];
    hn::Vec<PanelLanes> sum[kQueries][kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) {
        const std::size_t key = first + v * lanes;
        lines[v] = keys + key / kKeyPanel * headSize * kKeyPanel + key % kKeyPanel;
        for (int q = 0; q < kQueries; ++q) sum[q][v] = hn::Zero(d);
    }
    const auto* next = reinterpret_cast<const std::byte*>(ahead + first * headSize);
    const std::size_t bytes = kVectors * lanes * sizeof(Stored);
    for (std::size_t i = 0; i < headSize; ++i) {
        prefetch(next + i * bytes, bytes);
        for (int v = 0; v < kVectors; ++v) {
            const auto key = loadWeights(d, lines[v] + i * kKeyPanel);
            for (int q = 0; q < kQueries; ++q)
                sum[q][v] = hn::MulAdd(hn::Set(d, queries[q].query[i]), key, sum[q][v]);
        }
    }
    for (int q = 0; q < kQueries; ++q)
        for (std::size_t v = 0; v < kVectors; ++v)
            hn::StoreU(sum[q][v], d, raw[q] + first + v * lanes);
}

/// sum[q] += weights[q][j] * value j for j in [begin, end), kVectors vectors of elements. `ahead`:
/// as many of the keys of the next block.
template <int kQueries, int kVectors, class Stored>
HWY_INLINE void addValues(const Stored* HWY_RESTRICT values,
                          const Stored* ahead,
                          std::size_t width,
                          std::size_t begin,
                          std::size_t end,
                          const Weights* weights,
                          float* const* sums) {
    const PanelLanes d;
    const std::size_t lanes = hn::Lanes(d);
    hn::Vec<PanelLanes> sum[kQueries][kVectors];
    for (int q = 0; q < kQueries; ++q)
        for (std::size_t v = 0; v < kVectors; ++v) sum[q][v] = hn::LoadU(d, sums[q] + v * lanes);
    const auto* next = reinterpret_cast<const std::byte*>(ahead);
    const std::size_t bytes = kVectors * lanes * sizeof(Stored);
    for (std::size_t j = begin; j < end; ++j) {
        prefetch(next + j * bytes, bytes);
        for (std::size_t v = 0; v < kVectors; ++v) {
            const auto value = loadWeights(d, values + j * width + v * lanes);
            for (int q = 0; q < kQueries; ++q)
                sum[q][v] = hn::MulAdd(hn::Set(d, weights[q][j]), value, sum[q][v]);
        }
    }
    for (int q = 0; q < kQueries; ++q)
        for (std::size_t v = 0; v < kVectors; ++v) hn::StoreU(sum[q][v], d, sums[q] + v * lanes);
}

/// Every element of the values.
template <int kQueries, class Stored>
void addAllValues(const Stored* values,
                  const Stored* nextKeys,
                  std::size_t width,
                  std::size_t begin,
                  std::size_t end,
                  const Weights* weights,
                  const AttentionQuery* queries) {
    constexpr int kVectors = 4;
    const std::size_t lanes = hn::Lanes(PanelLanes());
    float* sums[kQueries];
    std::size_t i = 0;
    const auto at = [&](std::size_t element) {
        for (int q = 0; q < kQueries; ++q) sums[q] = queries[q].part + element;
        return values + element;
    };
    for (; i + kVectors * lanes <= width; i += kVectors * lanes)
        addValues<kQueries, kVectors>(
            at(i), nextKeys + i * kBlock, width, begin, end, weights, sums);
    for (; i < width; i += lanes)
        addValues<kQueries, 1>(at(i), nextKeys + i * kBlock, width, begin, end, weights, sums);
}

/// The keys of a block as one call of the kernel sees them.
struct BlockView {
    std::size_t begin;           ///< its first position
    const std::uint8_t* hidden;  ///< the first padding among them; null: there is none
    const float* keyScales;      ///< null: none
    const float* valueScales;
};

/// Scores of the first `numKeys` keys -> weights of their values, e^score; gives their sum.
HWY_INLINE float weigh(const BlockView& block,
                       const AttentionRules& rules,
                       std::size_t numKeys,
                       float* HWY_RESTRICT weights) {
    constexpr float kLog2E = 1.44269504F;
    const PanelLanes d;
    const std::size_t lanes = hn::Lanes(d);
    const auto toTanh = hn::Set(d, 2 * kLog2E * rules.scale / rules.cap);
    const auto toWeight = hn::Set(d, kLog2E * rules.cap);
    if (block.hidden != nullptr)
        for (std::size_t i = 0; i < numKeys; ++i)
            if (rules.visible[block.begin + i] == 0) weights[i] = kHidden;
    auto sum = hn::Zero(d);
    for (std::size_t i = 0; i < numKeys; i += lanes) {
        const auto raw = hn::LoadU(d, weights + i);
        auto score = hn::Mul(raw, toTanh);
        if (block.keyScales != nullptr) score = hn::Mul(score, hn::LoadU(d, block.keyScales + i));
        score = hn::Mul(tanhOfExp2(d, score), toWeight);
        if (block.hidden != nullptr)
            score = hn::IfThenElse(
                hn::Eq(raw, hn::Set(d, kHidden)), hn::Set(d, kHiddenScore * kLog2E), score);
        auto weight = exp2Within(d, score);
        weight = hn::IfThenElseZero(hn::FirstN(d, numKeys - i), weight);  // the rest is garbage
        sum = hn::Add(sum, weight);
        if (block.valueScales != nullptr)  // of the rest: anything, but nobody looks there
            weight = hn::Mul(weight, hn::LoadU(d, block.valueScales + i));
        hn::StoreU(weight, d, weights + i);
    }
    return sumOfLanes(d, sum);
}

/// Keys of this block that a query sees.
std::size_t keysSeen(const AttentionQuery& query, std::size_t begin) {
    return std::min(kBlock, static_cast<std::size_t>(query.numKeys) - begin);
}

template <int kQueries, class Stored>
void attendQueries(const KvHead& head,
                   const BlockView& block,
                   const AttentionRules& rules,
                   const AttentionQuery* queries) {
    constexpr int kVectors = kQueries == kMostQueries ? 2 : 4;
    const auto size = static_cast<std::size_t>(head.headSize);
    const auto width = static_cast<std::size_t>(valueWidth(head.headSize));
    const Stored* keys = reinterpret_cast<const Stored*>(head.keys) + block.begin * size;
    const Stored* values = reinterpret_cast<const Stored*>(head.values) + block.begin * width;
    std::size_t most = 0;
    std::size_t fewest = kBlock;
    for (int q = 0; q < kQueries; ++q) {
        most = std::max(most, keysSeen(queries[q], block.begin));
        fewest = std::min(fewest, keysSeen(queries[q], block.begin));
    }
    const std::size_t lanes = hn::Lanes(PanelLanes());
    alignas(64) Weights weights[kQueries];
    std::size_t k = 0;
    for (; k + kVectors * lanes <= most; k += kVectors * lanes)
        scoreVectors<kQueries, kVectors>(keys, values, size, k, queries, weights);
    for (; k < most; k += lanes) scoreVectors<kQueries, 1>(keys, values, size, k, queries, weights);
    for (int q = 0; q < kQueries; ++q) {
        std::memset(queries[q].part, 0, width * sizeof(float));
        queries[q].part[width] = weigh(block, rules, keysSeen(queries[q], block.begin), weights[q]);
    }
    addAllValues<kQueries>(values, keys + kBlock * size, width, 0, fewest, weights, queries);
    // A key that others see must not even be taken times 0: it may be infinite.
    for (int q = 0; q < kQueries; ++q)
        addAllValues<1>(values,
                        keys + kBlock * size,
                        width,
                        fewest,
                        keysSeen(queries[q], block.begin),
                        weights + q,
                        queries + q);
}

template <class Stored>
void attendAll(const KvHead& head,
               const BlockView& block,
               const AttentionRules& rules,
               const AttentionQuery* queries,
               int count) {
    int q = 0;
    for (; q + kMostQueries <= count; q += kMostQueries)
        attendQueries<kMostQueries, Stored>(head, block, rules, queries + q);
    for (; q + 2 <= count; q += 2) attendQueries<2, Stored>(head, block, rules, queries + q);
    for (; q < count; ++q) attendQueries<1, Stored>(head, block, rules, queries + q);
}

void attendBlockImpl(const KvHead& head,
                     const AttentionRules& rules,
                     int blockIndex,
                     const AttentionQuery* queries,
                     int count) {
    const std::size_t begin = static_cast<std::size_t>(blockIndex) * kBlock;
    std::size_t most = 0;
    for (int q = 0; q < count; ++q) most = std::max(most, keysSeen(queries[q], begin));
    const bool int8 = head.type == DType::I8;
    const BlockView block{
        .begin = begin,
        .hidden = static_cast<const std::uint8_t*>(std::memchr(rules.visible + begin, 0, most)),
        .keyScales = int8 ? head.keyScales + begin : nullptr,
        .valueScales = int8 ? head.valueScales + begin : nullptr};
    switch (head.type) {
        case DType::F32:
            return attendAll<float>(head, block, rules, queries, count);
        case DType::F16:
            return attendAll<F16>(head, block, rules, queries, count);
        case DType::BF16:
            return attendAll<Bf16>(head, block, rules, queries, count);
        case DType::I8:
            return attendAll<std::int8_t>(head, block, rules, queries, count);
        default:
            return;
    }
}

void addPartImpl(const float* part, int headSize, float* sum) {
    const auto width = static_cast<std::size_t>(valueWidth(headSize));
    forEachVector(PanelLanes(), 0, width, [&](auto d, std::size_t i) HWY_ATTR {
        hn::StoreU(hn::Add(hn::LoadU(d, sum + i), hn::LoadU(d, part + i)), d, sum + i);
    });
    sum[width] += part[width];
}

void finishPartImpl(const float* sum, int headSize, float* output) {
    const float whole = sum[valueWidth(headSize)];
    forEachVector(
        PanelLanes(), 0, static_cast<std::size_t>(headSize), [&](auto d, std::size_t i) HWY_ATTR {
            hn::StoreU(hn::Div(hn::LoadU(d, sum + i), hn::Set(d, whole)), d, output + i);
        });
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(attendBlockImpl);
HWY_EXPORT(addPartImpl);
HWY_EXPORT(finishPartImpl);

void attendBlock(const KvHead& head,
                 const AttentionRules& rules,
                 int block,
                 const AttentionQuery* queries,
                 int count) {
    HWY_DYNAMIC_DISPATCH(attendBlockImpl)(head, rules, block, queries, count);
}

void addPart(const float* part, int headSize, float* sum) {
    HWY_DYNAMIC_DISPATCH(addPartImpl)(part, headSize, sum);
}

void finishPart(const float* sum, int headSize, float* output) {
    HWY_DYNAMIC_DISPATCH(finishPartImpl)(sum, headSize, output);
}

}  // namespace gatescope::kernels
#endif
