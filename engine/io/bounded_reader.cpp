#include "engine/io/bounded_reader.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/check.h"
#include "engine/io/checked_math.h"

namespace gatescope {
namespace {

static_assert(std::endian::native == std::endian::little, "files are read as they lie in memory");
constexpr std::size_t kWindowBytes = 64 * 1024;

}  // namespace

BoundedReader::BoundedReader(const ByteSource& source, Truncated truncated, std::uint64_t offset)
    : source_(source), truncated_(std::move(truncated)), offset_(offset), window_(kWindowBytes) {
    GS_CHECK_LE(offset, source.size);
}

std::string BoundedReader::text(std::uint64_t size, const char* what) {
    require(size, 1, what);
    std::string out(size, '\0');
    bytes(std::as_writable_bytes(std::span(out)), what);
    return out;
}

void BoundedReader::bytes(std::span<std::byte> out, const char* what) {
    require(out.size(), 1, what);
    while (!out.empty()) {
        if (offset_ < windowBegin_ || offset_ >= windowBegin_ + windowSize_) refill();
        const auto at = static_cast<std::size_t>(offset_ - windowBegin_);
        const std::size_t count = std::min(out.size(), windowSize_ - at);
        std::memcpy(out.data(), window_.data() + at, count);
        out = out.subspan(count);
        offset_ += count;
    }
}

void BoundedReader::skip(std::uint64_t count, const char* what) {
    require(count, 1, what);
    offset_ += count;
}

void BoundedReader::require(std::uint64_t count, std::uint64_t smallest, const char* what) {
    const auto needed = checkedMultiply(count, smallest);
    if (needed && *needed <= bytesLeft()) return;
    const std::uint64_t missing = needed ? *needed - bytesLeft() : ~std::uint64_t{0};
    truncated_(offset_, what, missing);
    GS_CHECK(false);  // it must throw
}

void BoundedReader::refill() {
    windowBegin_ = offset_;
    windowSize_ = static_cast<std::size_t>(std::min<std::uint64_t>(kWindowBytes, bytesLeft()));
    source_.read(windowBegin_, std::span(window_).first(windowSize_));
}

}  // namespace gatescope
