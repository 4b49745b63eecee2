#include "engine/store/packed_blob.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

#include "engine/error_codes.h"

namespace gatescope {
namespace {

constexpr char kOldestVersion = 1;
constexpr std::size_t kBlobHeaderBytes = 5;
/// Larger than any chunk we write (splitIntoChunks), small enough to allocate on trust.
constexpr std::uint64_t kLargestDecodedBlob = std::uint64_t{128} << 20U;

}  // namespace

void refuseBlob(const std::string& where, const std::string& what) {
    refuse(ErrorCode::StoreDamaged, where, what);
}

void putSize(std::string& out, std::size_t value) {
    GS_CHECK(value <= 0xffffffffU);
    put(out, static_cast<std::uint32_t>(value));
}

void putPlanes(std::string& out, const std::vector<std::uint16_t>& values) {
    for (const auto value : values) out.push_back(static_cast<char>(value & 0xffU));
    for (const auto value : values) out.push_back(static_cast<char>(value >> 8U));
}

std::string_view BlobReader::take(std::uint64_t count, const char* what) {
    if (count > left())
        refuseBlob(
            where_,
            fmt::format(
                "{} need {} bytes at byte {} of a chunk, {} are left", what, count, at_, left()));
    const auto part = bytes_.substr(at_, count);
    at_ += count;
    return part;
}

std::vector<std::uint16_t> BlobReader::takePlanes(std::uint64_t count, const char* what) {
    const auto part = take(2 * count, what);
    std::vector<std::uint16_t> values(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto low = static_cast<unsigned char>(part[i]);
        const auto high = static_cast<unsigned char>(part[count + i]);
        values[i] = static_cast<std::uint16_t>(low | (high << 8U));
    }
    return values;
}

void BlobReader::expectEnd() const {
    if (left() != 0) refuseBlob(where_, fmt::format("{} bytes too many", left()));
}

std::string packBlob(const std::string& decoded, char version) {
    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                       ZSTD_freeCCtx);
    GS_CHECK(context != nullptr);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    std::string blob(kBlobHeaderBytes + ZSTD_compressBound(decoded.size()), '\0');
    const auto size = ZSTD_compress2(context.get(),
                                     blob.data() + kBlobHeaderBytes,
                                     blob.size() - kBlobHeaderBytes,
                                     decoded.data(),
                                     decoded.size());
    GS_CHECK(ZSTD_isError(size) == 0);
    blob.resize(kBlobHeaderBytes + size);
    blob[0] = version;
    GS_CHECK(decoded.size() <= kLargestDecodedBlob);
    const auto decodedSize = static_cast<std::uint32_t>(decoded.size());
    std::memcpy(blob.data() + 1, &decodedSize, sizeof decodedSize);
    return blob;
}

std::string unpackBlob(std::string_view blob,
                       char newest,
                       const std::string& where,
                       DecodeBudget& budget) {
    if (blob.size() < kBlobHeaderBytes)
        refuseBlob(where, fmt::format("a chunk of {} bytes, expected at least 5", blob.size()));
    if (blob[0] < kOldestVersion || blob[0] > newest)
        refuseBlob(where,
                   fmt::format("a chunk says codec {}, expected at most {}",
                               static_cast<unsigned char>(blob[0]),
                               int{newest}));
    std::uint32_t size = 0;
    std::memcpy(&size, blob.data() + 1, sizeof size);
    if (size > std::min(kLargestDecodedBlob, budget.bytesLeft))
        refuseBlob(where,
                   fmt::format("a chunk says it unpacks to {} bytes, expected at most {}",
                               size,
                               std::min(kLargestDecodedBlob, budget.bytesLeft)));
    const auto frame = blob.substr(kBlobHeaderBytes);
    if (ZSTD_getFrameContentSize(frame.data(), frame.size()) != size)
        refuseBlob(where, fmt::format("a chunk's zstd frame is not of the {} bytes it says", size));
    budget.bytesLeft -= size;
    std::string decoded(size, '\0');
    const auto got = ZSTD_decompress(decoded.data(), decoded.size(), frame.data(), frame.size());
    if (ZSTD_isError(got) != 0 || got != size)
        refuseBlob(where,
                   fmt::format("a chunk does not unpack ({})",
                               ZSTD_isError(got) != 0 ? ZSTD_getErrorName(got) : "too short"));
    return decoded;
}

}  // namespace gatescope
