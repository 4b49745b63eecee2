#include "kernels/cpu/matmul.h"

#ifndef GATESCOPE_KERNELS_CPU_MATMUL_SIZES_
#define GATESCOPE_KERNELS_CPU_MATMUL_SIZES_
namespace gatescope::kernels {
// Rows of weights unpacked at a time: 256 x 256 floats are 256 KiB, a part of any level-2 cache.
constexpr int kTileRows = 256;
}  // namespace gatescope::kernels
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/matmul.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/cpu/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

// A block of the inner loop: kTokens x kVectors running sums stay in registers, beside one row of
// weights and one broadcast activation.
#if HWY_TARGET == HWY_AVX3
constexpr int kVectors = 4;
#else
constexpr int kVectors = 2;
#endif
constexpr int kTokens = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2 ? 6 : 4;

using Tag = hn::ScalableTag<float>;

HWY_INLINE std::size_t panelWidth() {
    return kVectors * hn::Lanes(Tag());
}

/// Rows [kBegin, kEnd) and columns [n, n + width) of W as f32, cut into panels of panelWidth()
/// columns: [panels, rows, panelWidth]. Columns that a panel has to spare are zero.
template <class W>
void packTile(const WeightMatrix& w,
              int kBegin,
              int kEnd,
              std::size_t n,
              std::size_t width,
              float* HWY_RESTRICT packed) {
    const std::size_t panel = panelWidth();
    const auto rows = static_cast<std::size_t>(kEnd - kBegin);
    for (std::size_t k = 0; k < rows; ++k) {
        const W* row = static_cast<const W*>(w.data) +
                       (static_cast<std::size_t>(kBegin) + k) * static_cast<std::size_t>(w.numOut) +
                       n;
        for (std::size_t begin = 0; begin < width; begin += panel) {
            float* to = packed + begin * rows + k * panel;
            const std::size_t count = width - begin < panel ? width - begin : panel;
            forEachVector(Tag(), 0, count, [&](auto d, std::size_t i) HWY_ATTR {
                hn::StoreU(loadWeights(d, row + begin + i), d, to + i);
            });
            for (std::size_t i = count; i < panel; ++i) to[i] = 0;
        }
    }
}

/// sums[t] += x[t, kBegin...] * panel for kRows tokens; sums are [tokens, kMatmulTileColumns].
template <int kRows>
HWY_INLINE void multiplyBlock(const ActivationRows& x,
                              int t,
                              std::size_t kBegin,
                              std::size_t rows,
                              const float* HWY_RESTRICT panel,
                              float* HWY_RESTRICT sums) {
    const Tag d;
    const std::size_t lanes = hn::Lanes(d);
    const float* in[kRows];
    hn::Vec<Tag> sum[kRows][kVectors];
    for (int r = 0; r < kRows; ++r) {
        in[r] = x.row(t + r) + kBegin;
        for (int v = 0; v < kVectors; ++v)
            sum[r][v] =
                hn::LoadU(d, sums + r * kMatmulTileColumns + static_cast<std::size_t>(v) * lanes);
    }
    for (std::size_t k = 0; k < rows; ++k) {
        hn::Vec<Tag> weights[kVectors];
        HWY_UNROLL(8)
        for (int v = 0; v < kVectors; ++v)
            weights[v] = hn::LoadU(d, panel + (k * kVectors + static_cast<std::size_t>(v)) * lanes);
        HWY_UNROLL(8)
        for (int r = 0; r < kRows; ++r) {
            const auto factor = hn::Set(d, in[r][k]);
            HWY_UNROLL(8)
            for (int v = 0; v < kVectors; ++v)
                sum[r][v] = hn::MulAdd(factor, weights[v], sum[r][v]);
        }
    }
    for (int r = 0; r < kRows; ++r)
        for (int v = 0; v < kVectors; ++v)
            hn::StoreU(
                sum[r][v], d, sums + r * kMatmulTileColumns + static_cast<std::size_t>(v) * lanes);
}

/// All tokens against one packed tile.
void multiplyTile(const ActivationRows& x,
                  std::size_t kBegin,
                  std::size_t rows,
                  std::size_t width,
                  const float* packed,
                  float* sums) {
    const std::size_t panel = panelWidth();
    for (std::size_t begin = 0; begin < width; begin += panel) {
        const float* weights = packed + begin * rows;
        int t = 0;
        for (; t + kTokens <= x.count; t += kTokens)
            multiplyBlock<kTokens>(
                x, t, kBegin, rows, weights, sums + t * kMatmulTileColumns + begin);
        for (; t + 2 <= x.count; t += 2)
            multiplyBlock<2>(x, t, kBegin, rows, weights, sums + t * kMatmulTileColumns + begin);
        if (t < x.count)
            multiplyBlock<1>(x, t, kBegin, rows, weights, sums + t * kMatmulTileColumns + begin);
    }
}

/// y = or += scales of the group * sums. The same operations as at the end of matvec.
void finishGroup(const WeightMatrix& w,
                 int group,
                 int count,
                 std::size_t n,
                 std::size_t width,
                 const float* sums,
                 OutputRows y) {
    const auto* scales = reinterpret_cast<const Bf16*>(w.scales) +
                         static_cast<std::size_t>(group) * static_cast<std::size_t>(w.numOut) + n;
    for (int t = 0; t < count; ++t) {
        const float* from = sums + t * kMatmulTileColumns;
        float* to = y.row(t) + n;
        forEachVector(Tag(), 0, width, [&](auto d, std::size_t i) HWY_ATTR {
            const auto before = group == 0 ? hn::Zero(d) : hn::LoadU(d, to + i);
            const auto sum = hn::LoadU(d, from + i);
            const auto after = w.scales == nullptr
                                   ? hn::Add(before, sum)
                                   : hn::MulAdd(loadWeights(d, scales + i), sum, before);
            hn::StoreU(after, d, to + i);
        });
    }
}

template <class W>
void matmulColumns(const WeightMatrix& w,
                   const ActivationRows& x,
                   ColumnRange columns,
                   OutputRows y,
                   float* scratch) {
    float* packed = scratch;
    float* sums = scratch + static_cast<std::size_t>(kTileRows) * kMatmulTileColumns;
    for (int n = columns.begin; n < columns.end; n += kMatmulTileColumns) {
        const int left = columns.end - n;
        const auto width =
            static_cast<std::size_t>(left < kMatmulTileColumns ? left : kMatmulTileColumns);
        const auto column = static_cast<std::size_t>(n);
        for (int group = 0; group < w.numGroups; ++group) {
            const int end = w.groupBegin(group + 1);
            const auto numSums = static_cast<std::size_t>(x.count) * kMatmulTileColumns;
            for (std::size_t i = 0; i < numSums; ++i) sums[i] = 0;
            for (int k = w.groupBegin(group); k < end; k += kTileRows) {
                const int kEnd = end - k < kTileRows ? end : k + kTileRows;
                packTile<W>(w, k, kEnd, column, width, packed);
                multiplyTile(x,
                             static_cast<std::size_t>(k),
                             static_cast<std::size_t>(kEnd - k),
                             width,
                             packed,
                             sums);
            }
            finishGroup(w, group, x.count, column, width, sums, y);
        }
    }
}

void matmulImpl(const WeightMatrix& w,
                const ActivationRows& x,
                ColumnRange columns,
                OutputRows y,
                float* scratch) {
    switch (w.type) {
        case DType::F32:
            return matmulColumns<float>(w, x, columns, y, scratch);
        case DType::F16:
            return matmulColumns<F16>(w, x, columns, y, scratch);
        case DType::BF16:
            return matmulColumns<Bf16>(w, x, columns, y, scratch);
        case DType::I8:
            return matmulColumns<std::int8_t>(w, x, columns, y, scratch);
        default:  // not a type of WeightMatrix
            return;
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(matmulImpl);

std::size_t matmulScratchFloats(int numTokens) {
    return static_cast<std::size_t>(kTileRows + numTokens) * kMatmulTileColumns;
}

void matmul(const WeightMatrix& w,
            const ActivationRows& x,
            ColumnRange columns,
            OutputRows y,
            float* scratch) {
    HWY_DYNAMIC_DISPATCH(matmulImpl)(w, x, columns, y, scratch);
}

}  // namespace gatescope::kernels
#endif
