#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace gatescope::test {

/// The bytes a code point would have in UTF-8, valid or not; below 0x200000.
inline std::string utf8Of(std::uint32_t point) {
    const auto tail = [&](unsigned shift) {
        return static_cast<char>(0x80 | ((point >> shift) & 0x3F));
    };
    if (point < 0x80) return {static_cast<char>(point)};
    if (point < 0x800) return {static_cast<char>(0xC0 | (point >> 6)), tail(0)};
    if (point < 0x10000) return {static_cast<char>(0xE0 | (point >> 12)), tail(6), tail(0)};
    return {static_cast<char>(0xF0 | (point >> 18)), tail(12), tail(6), tail(0)};
}

/// Everything that is hard on a tokenizer: all planes, runs of spaces, lines, tabs and digits,
/// whole words, frozen pieces, the spellings of reserved ones, broken UTF-8.
inline std::string randomText(std::mt19937& random) {
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
    static const std::string kNul(1, '\0');
    // clang-format off
    static const std::string kParts[] = {
        "<|separator|>", "<|mask|>", "<|control7|>", "<|control20|>", "<|control21|>", "<|", "|>",
        "[BOS]", "[EOS]", "[UNK]", "[PAD]", "<0x41>", "<s>", "\r\n", "\xE2\x96\x81",
        "\xE2\x96\x81\xE2\x96\x81", "the ", "ing", "def f(x):\n    return", "hello", " world",
        "3.14159", "e\xCC\x81", kNul, "\xEF\xBF\xBD", "\xED\xA0\x80", "\xF4\x90\x80\x80",
        "\xE2\x96", "\xC0\xAF", "\xFF"};
    // clang-format on
    constexpr std::uint32_t kScripts[] = {
        0xA0, 0x370, 0x400, 0x5D0, 0x600, 0x900, 0x3040, 0x4E00, 0xAC00, 0x1F600};
    std::string text;
    for (std::size_t n = below(16); n > 0; --n) {
        switch (below(8)) {
            case 0:
                text += std::string(below(20), " \n\t0"[below(4)]);
                break;
            case 1:
                text += utf8Of(static_cast<std::uint32_t>(below(0x110000)));
                break;
            case 2: {
                const std::uint32_t script = kScripts[below(std::size(kScripts))];
                for (auto k = below(6); k > 0; --k)
                    text += utf8Of(script + static_cast<std::uint32_t>(below(80)));
                break;
            }
            case 3:
                text += static_cast<char>(random());
                break;
            case 4:
            case 5:
                for (auto k = below(9); k > 0; --k) text += "etaoinshrdlu ABC.,:-1290"[below(24)];
                break;
            default:
                text += kParts[below(std::size(kParts))];
        }
    }
    return text;
}

}  // namespace gatescope::test
