#include "engine/decoder/ranked/ranked_kv_cache.h"

namespace gatescope {
namespace {

/// The same rows, `skipped` bytes further.
template <class Byte>
std::vector<Byte*> behind(std::span<Byte* const> rows, std::uint64_t skipped) {
    std::vector<Byte*> out;
    out.reserve(rows.size());
    for (Byte* row : rows) out.push_back(row + skipped);
    return out;
}

}  // namespace

std::uint64_t RankedKvCache::bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& cache : ranks_) bytes += cache->bytes();
    return bytes;
}

void RankedKvCache::align() {
    for (const auto& cache : ranks_) cache->truncate(length_);
}

std::uint64_t RankedKvCache::rowBytes() const {
    std::uint64_t bytes = 0;
    for (const auto& cache : ranks_) bytes += cache->rowBytes();
    return bytes;
}

void RankedKvCache::saveRows(int begin, std::span<std::byte* const> rows) const {
    std::uint64_t skipped = 0;
    for (const auto& cache : ranks_) {
        cache->saveRows(begin, behind(rows, skipped));
        skipped += cache->rowBytes();
    }
}

void RankedKvCache::appendRows(std::span<const std::byte* const> rows) {
    align();
    std::uint64_t skipped = 0;
    for (const auto& cache : ranks_) {
        cache->appendRows(behind(rows, skipped));
        skipped += cache->rowBytes();
    }
    grow(static_cast<int>(rows.size()));
}

}  // namespace gatescope
