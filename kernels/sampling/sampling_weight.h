#pragma once

#include <cstdint>

namespace gatescope::kernels {

// How likely tokens are beside each other, in whole numbers: their sums are the same in any order,
// and so the same numbers draw the same token on the host and on every GPU. Functions are
// constexpr so that nvcc compiles them for both.

/// What the most likely token has: 2^40. Of Grok's 131072 tokens a sum stays below 2^58.
inline constexpr int kWeightBits = 40;
inline constexpr std::uint64_t kTopWeight = std::uint64_t{1} << kWeightBits;
/// Sums of more tokens than this might overflow.
inline constexpr std::uint64_t kMostWeights = std::uint64_t{1} << (63 - kWeightBits);

/// floor(a * b / 2^64)
constexpr std::uint64_t highProduct(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>(Wide{a} * b >> 64U);
}

/// exp(-gap) in units of 2^-40, within 2^-29 of its value and half a unit; 0 for what rounds to
/// it. `gap` is (top score - score) / temperature, at least 0 or infinite.
constexpr std::uint64_t samplingWeight(float gap) {
    if (!(gap < 28.5F)) return 0;  // exp(-28.5) is below half a unit; also no number
    // exp(-gap) = 2^-y, y = gap log2(e), in units of 2^-40.
    constexpr std::uint64_t kLog2E = 0xB8AA3B295C17F0BB;  // 2^63 log2(e)
    const auto fixed = static_cast<std::uint64_t>(gap * 0x1p+41F);
    const std::uint64_t y = highProduct(fixed, kLog2E);
    const auto whole = static_cast<unsigned>(y >> 40U);
    const auto f = static_cast<std::uint32_t>(y >> 8U);  // of y, in units of 2^-32
    // 2^-f by Horner's rule: 1 - f (c1 - f (c2 - ...)), c7 ... c1 times 2^32, fitted so that the
    // largest error is as small as it can be (3e-11, less than what their rounding makes of it).
    constexpr std::uint32_t kFitted[] = {
        46675, 633215, 5703901, 41299337, 238385872, 1031764709, 2977044461};
    std::uint32_t sum = 0;
    for (const std::uint32_t term : kFitted)
        sum = term - static_cast<std::uint32_t>(std::uint64_t{f} * sum >> 32U);
    const std::uint64_t power =
        (std::uint64_t{1} << 32U) - (std::uint64_t{f} * sum >> 32U);  // (2^31, 2^32]
    const std::uint64_t half = (std::uint64_t{1} << whole) >> 1U;
    return ((power << (kWeightBits - 32)) + half) >> whole;
}

}  // namespace gatescope::kernels
