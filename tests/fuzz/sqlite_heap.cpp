#include "tests/fuzz/sqlite_heap.h"

#include <sanitizer/asan_interface.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "engine/check.h"

namespace gatescope::test {
namespace {

/// Blocks are powers of two; those above the largest come from malloc, which has the limit that
/// makes a huge one a fault.
constexpr int kSmallestLog2 = 6;
constexpr int kLargestLog2 = 17;
constexpr std::size_t kSlabBytes = std::size_t{4} << 20U;

/// Lies before each block.
struct alignas(16) Header {
    std::uint32_t bytes;  // as asked for
    std::int32_t log2;    // of the block with its header; 0: from malloc
    Header* next;         // of the free blocks of this size
};
static_assert(sizeof(Header) == 16);

std::array<Header*, kLargestLog2 + 1> freeBlocks{};

Header* headerOf(void* block) {
    return static_cast<Header*>(block) - 1;
}

/// Cuts a slab into blocks of this size. Slabs are never given back: the process is the limit.
void addSlab(int log2) {
    const std::size_t size = std::size_t{1} << static_cast<unsigned>(log2);
    auto* slab = static_cast<std::byte*>(std::aligned_alloc(64, kSlabBytes));
    GS_CHECK(slab != nullptr);
    for (std::size_t at = 0; at < kSlabBytes; at += size) {
        auto* header = reinterpret_cast<Header*>(slab + at);
        header->next = freeBlocks[static_cast<std::size_t>(log2)];
        freeBlocks[static_cast<std::size_t>(log2)] = header;
        ASAN_POISON_MEMORY_REGION(header + 1, size - sizeof(Header));
    }
}

void* allocate(int bytes) {
    const auto asked = static_cast<std::size_t>(bytes);
    const int log2 =
        std::max(kSmallestLog2, static_cast<int>(std::bit_width(asked + sizeof(Header) - 1)));
    if (log2 > kLargestLog2) {
        auto* header = static_cast<Header*>(std::malloc(asked + sizeof(Header)));
        if (!header) return nullptr;
        *header = {.bytes = static_cast<std::uint32_t>(bytes), .log2 = 0, .next = nullptr};
        return header + 1;
    }
    Header*& first = freeBlocks[static_cast<std::size_t>(log2)];
    if (!first) addSlab(log2);
    Header* header = first;
    first = header->next;
    *header = {.bytes = static_cast<std::uint32_t>(bytes), .log2 = log2, .next = nullptr};
    ASAN_UNPOISON_MEMORY_REGION(header + 1, asked);
    return header + 1;
}

void release(void* block) {
    Header* header = headerOf(block);
    if (header->log2 == 0) {
        std::free(header);
        return;
    }
    ASAN_POISON_MEMORY_REGION(block, header->bytes);
    Header*& first = freeBlocks[static_cast<std::size_t>(header->log2)];
    header->next = first;
    first = header;
}

int sizeOf(void* block) {
    return block ? static_cast<int>(headerOf(block)->bytes) : 0;
}

void* reallocate(void* block, int bytes) {
    void* grown = allocate(bytes);
    if (!grown) return nullptr;
    std::memcpy(grown, block, static_cast<std::size_t>(std::min(bytes, sizeOf(block))));
    release(block);
    return grown;
}

}  // namespace

void giveSqliteItsOwnHeap() {
    static const sqlite3_mem_methods methods{
        .xMalloc = allocate,
        .xFree = release,
        .xRealloc = reallocate,
        .xSize = sizeOf,
        .xRoundup = [](int bytes) { return (bytes + 7) & ~7; },
        .xInit = [](void*) { return SQLITE_OK; },
        .xShutdown = [](void*) {},
        .pAppData = nullptr,
    };
    GS_CHECK_EQ(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods), SQLITE_OK);
    GS_CHECK_EQ(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0), SQLITE_OK);
    GS_CHECK_EQ(sqlite3_config(SQLITE_CONFIG_SINGLETHREAD), SQLITE_OK);
}

}  // namespace gatescope::test
