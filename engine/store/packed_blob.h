#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "engine/check.h"

/// How a row of the table `chunk` lies in a file, whatever it holds: u8 codec version, u32 number
/// of decoded bytes, one zstd frame with its own checksum. Little-endian throughout.

namespace gatescope {

static_assert(std::endian::native == std::endian::little,
              "blobs are written as they lie in memory");

/// How much a file may still make us allocate; shared by all chunks of one conversation, so that
/// many small blobs cannot add up to more than memory.
struct DecodeBudget {
    std::uint64_t bytesLeft = std::uint64_t{4} << 30U;
};

/// Throws Error(BadInput) that starts with `where`.
[[noreturn]] void refuseBlob(const std::string& where, const std::string& what);

template <class T>
void put(std::string& out, T value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void putSize(std::string& out, std::size_t value);

/// All low bytes, then all high ones.
void putPlanes(std::string& out, const std::vector<std::uint16_t>& values);
/// Values of 32 bits as four planes: what repeats, sign and exponent, comes last.
template <class T>
requires(sizeof(T) == 4) void putPlanes(std::string& out, const std::vector<T>& values) {
    for (unsigned shift = 0; shift < 32; shift += 8)
        for (const T value : values)
            out.push_back(static_cast<char>(std::bit_cast<std::uint32_t>(value) >> shift & 0xffU));
}

/// Hands out what is in a decoded blob and refuses to read past its end.
class BlobReader {
  public:
    BlobReader(std::string_view bytes, const std::string& where) : bytes_(bytes), where_(where) {}

    std::string_view take(std::uint64_t count, const char* what);

    template <class T>
    std::vector<T> takeArray(std::uint64_t count, const char* what) {
        const auto part = take(count * sizeof(T), what);
        std::vector<T> values(count);
        if (count > 0) std::memcpy(values.data(), part.data(), part.size());
        return values;
    }

    std::uint32_t takeSize(const char* what) { return takeArray<std::uint32_t>(1, what)[0]; }

    /// As putPlanes wrote them.
    std::vector<std::uint16_t> takePlanes(std::uint64_t count, const char* what);
    template <class T>
    requires(sizeof(T) == 4) std::vector<T> takePlanesOf(std::uint64_t count, const char* what) {
        const auto part = take(4 * count, what);
        std::vector<T> values(count);
        for (std::size_t i = 0; i < count; ++i) {
            std::uint32_t bits = 0;
            for (std::size_t plane = 0; plane < 4; ++plane)
                bits |= std::uint32_t{static_cast<unsigned char>(part[plane * count + i])}
                        << (8 * plane);
            values[i] = std::bit_cast<T>(bits);
        }
        return values;
    }

    std::uint64_t left() const { return bytes_.size() - at_; }
    /// Refuses what nothing asked for.
    void expectEnd() const;

  private:
    std::string_view bytes_;
    const std::string& where_;
    std::size_t at_ = 0;
};

std::string packBlob(const std::string& decoded, char version);

/// `newest`: the last codec version that such a blob may have; blob[0] is its own.
std::string unpackBlob(std::string_view blob,
                       char newest,
                       const std::string& where,
                       DecodeBudget& budget);

}  // namespace gatescope
