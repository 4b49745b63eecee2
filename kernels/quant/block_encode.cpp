#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/quant/block_codec.h"
#include "kernels/quant/blocks.h"
#include "kernels/quant/float_types.h"

namespace gatescope::kernels {
namespace {

// What is minimised everywhere is the sum of squared errors of the block, measured with the scales
// as they are stored (rounded to half precision), because that is what a decoder sees.

constexpr int kSubBlock = 32;  // elements that share a scale

/// Sums of a sub-block run in lanes, so that the compiler makes vectors of them without being
/// allowed to change the order of any sum.
constexpr int kLanes = 8;
using Lanes = std::array<float, kLanes>;

float sum(const Lanes& lanes) {
    return ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) +
           ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
}

/// To the nearest whole number, ties to even, for magnitudes below 2^22: behind the addition no
/// bits are left for a fraction.
float roundToEven(float value) {
    constexpr float kNoFraction = 0x1.8p23F;
    return (value + kNoFraction) - kNoFraction;
}

float inverse(float value) {
    return value != 0 ? 1.0F / value : 0.0F;
}

/// A scale that rounds to less than the smallest half would be lost: the block becomes zeros.
std::uint16_t scaleBits(float scale, float* stored) {
    const std::uint16_t bits = floatToHalf(scale);
    *stored = halfToFloat(bits);
    return bits;
}

/// The largest value becomes 127. Source: llama.cpp, Q8_0; rounds halves away from zero.
BlockQ8_0 encodeQ8_0(const float* x) {
    BlockQ8_0 block{};
    float largest = 0;
    for (int i = 0; i < kSubBlock; ++i) largest = std::max(largest, std::abs(x[i]));
    const float d = largest / 127.0F;
    const float toStep = inverse(d);
    for (int i = 0; i < kSubBlock; ++i)
        block.qs[i] = static_cast<std::int8_t>(std::round(x[i] * toStep));
    block.d = floatToHalf(d);
    return block;
}

/// Q4_0's number for x, -8 ... 7.
float fourBits(float x, float toStep) {
    return roundToEven(std::clamp(x * toStep, -8.0F, 7.0F));
}

/// Four floats to be computed at once: gcc makes no vectors of a loop that clamps. Every lane does
/// what a plain float would, so the bits are the same on every processor.
using Vector = float __attribute__((vector_size(16)));

Vector load(const float* x) {
    Vector out;
    std::memcpy(&out, x, sizeof out);
    return out;
}

Vector all(float value) {
    return Vector{value, value, value, value};
}

/// fourBits() of four.
Vector fourBits(Vector x, float toStep) {
    constexpr float kNoFraction = 0x1.8p23F;  // see roundToEven()
    Vector steps = x * all(toStep);
    steps = steps < all(-8.0F) ? all(-8.0F) : steps;
    steps = steps > all(7.0F) ? all(7.0F) : steps;
    return (steps + all(kNoFraction)) - all(kNoFraction);
}

/// sum() of eight lanes.
float sum(Vector low, Vector high) {
    const Vector four = low + high;
    return (four[0] + four[1]) + (four[2] + four[3]);
}

float errorOf(const float* x, float d) {
    const float toStep = inverse(d);
    Vector error[2]{};
    for (int i = 0; i < kSubBlock; i += kLanes)
        for (int half = 0; half < 2; ++half) {
            const Vector value = load(x + i + 4 * half);
            const Vector off = value - all(d) * fourBits(value, toStep);
            error[half] += off * off;
        }
    return sum(error[0], error[1]);
}

/// The scale that fits x best, were its numbers to stay what `d` makes them.
float refine(const float* x, float d) {
    const float toStep = inverse(d);
    Vector xq[2]{};
    Vector qq[2]{};
    for (int i = 0; i < kSubBlock; i += kLanes)
        for (int half = 0; half < 2; ++half) {
            const Vector value = load(x + i + 4 * half);
            const Vector q = fourBits(value, toStep);
            xq[half] += value * q;
            qq[half] += q * q;
        }
    const float squares = sum(qq[0], qq[1]);
    return squares > 0 ? sum(xq[0], xq[1]) / squares : 0.0F;
}

/// Tries scales that let the value of largest magnitude lie at -9 to -6 (-8 is what llama.cpp
/// takes) or, with the other sign, at 6 to 8, and refines each once.
BlockQ4_0 encodeQ4_0(const float* x) {
    const float* largest = std::max_element(
        x, x + kSubBlock, [](float a, float b) { return std::abs(a) < std::abs(b); });
    constexpr std::array<float, 12> kPlaces{
        -8.0F, -9.0F, -8.5F, -7.75F, -7.5F, -7.0F, -6.5F, -6.0F, 7.0F, 7.5F, 8.0F, 6.5F};
    float best = std::numeric_limits<float>::infinity();
    BlockQ4_0 block{};
    float bestScale = 0;
    block.d = scaleBits(*largest / kPlaces[0], &bestScale);  // stays, where all errors are infinite
    const auto consider = [&](float scale) {
        float d = 0;
        const std::uint16_t bits = scaleBits(scale, &d);
        const float error = errorOf(x, d);
        if (!(error < best)) return d;  // not a number is no better
        best = error;
        bestScale = d;
        block.d = bits;
        return d;
    };
    for (const float place : kPlaces) consider(refine(x, consider(*largest / place)));
    const float toStep = inverse(bestScale);
    for (std::size_t i = 0; i < 16; ++i) {
        const auto low = static_cast<int>(fourBits(x[i], toStep)) + 8;
        const auto high = static_cast<int>(fourBits(x[i + 16], toStep)) + 8;
        block.qs[i] = static_cast<std::uint8_t>(low | (high << 4));
    }
    return block;
}

/// value = scale * q - min with q 0 ... 15; both are never negative.
struct ScaleAndMin {
    float scale = 0;
    float min = 0;
};

/// Q4_K's number for x, 0 ... 15.
float fourBits(float x, float min, float toStep) {
    return roundToEven(std::clamp((x + min) * toStep, 0.0F, 15.0F));
}

float errorOf(const float* x, const ScaleAndMin& fit) {
    const float toStep = inverse(fit.scale);
    Lanes error{};
    for (int i = 0; i < kSubBlock; i += kLanes)
        for (int lane = 0; lane < kLanes; ++lane) {
            const float q = fourBits(x[i + lane], fit.min, toStep);
            const float off = x[i + lane] - (fit.scale * q - fit.min);
            error[static_cast<std::size_t>(lane)] += off * off;
        }
    return sum(error);
}

/// Least squares for x = scale * q - min, with the q that `fit` gives.
ScaleAndMin refine(const float* x, const ScaleAndMin& fit) {
    const float toStep = inverse(fit.scale);
    Lanes qLanes{};
    Lanes qqLanes{};
    Lanes xLanes{};
    Lanes xqLanes{};
    for (int i = 0; i < kSubBlock; i += kLanes)
        for (int lane = 0; lane < kLanes; ++lane) {
            const auto at = static_cast<std::size_t>(lane);
            const float q = fourBits(x[i + lane], fit.min, toStep);
            qLanes[at] += q;
            qqLanes[at] += q * q;
            xLanes[at] += x[i + lane];
            xqLanes[at] += x[i + lane] * q;
        }
    const float q1 = sum(qLanes);
    const float q2 = sum(qqLanes);
    const float x1 = sum(xLanes);
    const float xq = sum(xqLanes);
    const float n = kSubBlock;
    const float determinant = n * q2 - q1 * q1;
    if (determinant <= 0) return fit;
    ScaleAndMin out{.scale = (n * xq - x1 * q1) / determinant,
                    .min = (q1 * xq - q2 * x1) / determinant};
    if (out.min < 0) out = {.scale = q2 > 0 ? xq / q2 : 0.0F, .min = 0};
    return out.scale > 0 ? out : fit;
}

ScaleAndMin fitSubBlock(const float* x) {
    const float low = std::min(0.0F, *std::min_element(x, x + kSubBlock));
    const float high = *std::max_element(x, x + kSubBlock);
    if (high <= low) return {.scale = 0, .min = -low};
    // Steps across the range: 15 reaches both ends; more lets the ends be cut, which a few far
    // values are worth.
    constexpr std::array<float, 9> kSteps{
        15.0F, 14.0F, 14.5F, 15.5F, 16.0F, 16.5F, 17.0F, 18.0F, 19.0F};
    ScaleAndMin best{.scale = (high - low) / 15.0F, .min = -low};
    float bestError = errorOf(x, best);
    for (const float steps : kSteps) {
        const ScaleAndMin candidate = refine(x, {.scale = (high - low) / steps, .min = -low});
        const float error = errorOf(x, candidate);
        if (error < bestError) {
            best = candidate;
            bestError = error;
        }
    }
    return best;
}

/// The scale and min of one sub-block in steps of the block's own, 0 ... 63 each.
struct SixBitPair {
    std::uint8_t scale = 0;
    std::uint8_t min = 0;
};

/// Rounding both by themselves is not the best pair: looks at the neighbours too.
SixBitPair bestPair(const float* x, const ScaleAndMin& wanted, float d, float dmin) {
    const auto near = [](float value, float step) {
        return static_cast<int>(roundToEven(std::clamp(value * inverse(step), 0.0F, 63.0F)));
    };
    const int scale = near(wanted.scale, d);
    const int min = near(wanted.min, dmin);
    SixBitPair best;
    float bestError = std::numeric_limits<float>::infinity();
    for (int s = std::max(0, scale - 1); s <= std::min(63, scale + 1); ++s)
        for (int m = std::max(0, min - 1); m <= std::min(63, min + 1); ++m) {
            const float error = errorOf(
                x, {.scale = d * static_cast<float>(s), .min = dmin * static_cast<float>(m)});
            if (!(error < bestError)) continue;
            bestError = error;
            best = {.scale = static_cast<std::uint8_t>(s), .min = static_cast<std::uint8_t>(m)};
        }
    return best;
}

BlockQ4_K encodeQ4_K(const float* x) {
    std::array<ScaleAndMin, 8> fits;
    ScaleAndMin largest;
    for (std::size_t s = 0; s < fits.size(); ++s) {
        fits[s] = fitSubBlock(x + s * kSubBlock);
        largest.scale = std::max(largest.scale, fits[s].scale);
        largest.min = std::max(largest.min, fits[s].min);
    }
    BlockQ4_K block{};
    float d = 0;
    float dmin = 0;
    block.d = scaleBits(largest.scale / 63.0F, &d);
    block.dmin = scaleBits(largest.min / 63.0F, &dmin);
    std::uint8_t scales[8];
    std::uint8_t mins[8];
    for (std::size_t s = 0; s < fits.size(); ++s) {
        const float* values = x + s * kSubBlock;
        const SixBitPair pair = bestPair(values, fits[s], d, dmin);
        scales[s] = pair.scale;
        mins[s] = pair.min;
        const float toStep = inverse(d * static_cast<float>(pair.scale));
        const float min = dmin * static_cast<float>(pair.min);
        std::uint8_t* qs = block.qs + kSubBlock * (s / 2);
        for (std::size_t l = 0; l < kSubBlock; ++l) {
            const float q = fourBits(values[l], min, toStep);
            qs[l] = static_cast<std::uint8_t>(qs[l] | (static_cast<unsigned>(q) << (4 * (s % 2))));
        }
    }
    packScalesAndMins(scales, mins, block.scales);
    return block;
}

template <class Block>
void encodeBlocks(const float* values,
                  std::size_t numElements,
                  std::byte* stored,
                  Block (*encode)(const float*)) {
    constexpr std::size_t kSize = traits(Block::kType).blockSize;
    for (std::size_t i = 0; i < numElements; i += kSize, stored += sizeof(Block)) {
        const Block block = encode(values + i);
        std::memcpy(stored, &block, sizeof(block));
    }
}

template <class Number>
void encodeNumbers(const float* values,
                   std::size_t numElements,
                   std::byte* stored,
                   Number (*encode)(float)) {
    for (std::size_t i = 0; i < numElements; ++i, stored += sizeof(Number)) {
        const Number number = encode(values[i]);
        std::memcpy(stored, &number, sizeof(number));
    }
}

}  // namespace

bool canEncode(DType type) {
    switch (type) {
        case DType::F32:
        case DType::F16:
        case DType::BF16:
        case DType::Q8_0:
        case DType::Q4_0:
        case DType::Q4_K:
            return true;
        default:
            return false;
    }
}

void encodeElements(DType type, const float* values, std::size_t numElements, std::byte* stored) {
    switch (type) {
        case DType::F32:
            if (numElements > 0) std::memcpy(stored, values, numElements * sizeof(float));
            return;
        case DType::F16:
            return encodeNumbers(values, numElements, stored, floatToHalf);
        case DType::BF16:
            return encodeNumbers(values, numElements, stored, floatToBf16);
        case DType::Q8_0:
            return encodeBlocks(values, numElements, stored, encodeQ8_0);
        case DType::Q4_0:
            return encodeBlocks(values, numElements, stored, encodeQ4_0);
        case DType::Q4_K:
            return encodeBlocks(values, numElements, stored, encodeQ4_K);
        default:
            return;
    }
}

}  // namespace gatescope::kernels
