#include "kernels/cuda/attention.h"

#include <algorithm>
#include <cstring>

#include "kernels/cpu/attention.h"
#include "tests/unit/kernels/cuda/cuda_kernel_test.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr float kScale = 0.3F, kCap = 30;

struct Sizes {
    int numQHeads, numKvHeads, headSize, numKeys, numSplits;
};
const Sizes kSizes[] = {{1, 1, 4, 1, 1},
                        {2, 2, 64, 33, 2},
                        {6, 1, 128, 70, 3},
                        {9, 1, 32, 40, 2},  // two blocks share a KV head
                        {4, 2, 12, 5, 8}};  // splits without a key

/// A cache of both kinds with the same rows.
struct Caches {
    Caches(DType type, const Sizes& sizes, unsigned seed)
        : capacity((sizes.numKeys + kKeyPanel - 1) / kKeyPanel * kKeyPanel) {
        const auto rows = static_cast<std::size_t>(sizes.numKvHeads * capacity);
        const auto size = static_cast<std::size_t>(sizes.headSize);
        const auto width = static_cast<std::size_t>(valueWidth(sizes.headSize));
        const auto bytes = static_cast<std::size_t>(storedBytes(type, 1));
        for (auto* buffer : {&keys, &values}) buffer->resize(rows * size * bytes);
        hostKeys.resize(rows * size * bytes);
        hostValues.resize(rows * width * bytes);
        hostKeyScales.resize(rows);
        hostValueScales.resize(rows);
        layer = {.type = type,
                 .keys = keys.data(),
                 .values = values.data(),
                 .numKvHeads = sizes.numKvHeads,
                 .capacity = capacity,
                 .headSize = sizes.headSize};
        for (int h = 0; h < sizes.numKvHeads; ++h)
            for (int position = 0; position < sizes.numKeys; ++position) {
                const auto rowSeed = seed + static_cast<unsigned>(2 * (h * capacity + position));
                const auto key = randomFloats(size, rowSeed);
                const auto value = randomFloats(size, rowSeed + 1);
                storeKeyValue(host(h), position, key.data(), value.data());
                copyRow(h, position, bytes);
            }
        keyScales = hostKeyScales;
        valueScales = hostValueScales;
        if (type == DType::I8) {
            layer.keyScales = keyScales.data();
            layer.valueScales = valueScales.data();
        }
    }
    /// The elements that the host keeps in panels and padded rows, side by side.
    void copyRow(int head, int position, std::size_t bytes) {
        const KvHead from = host(head);
        const auto size = static_cast<std::size_t>(layer.headSize);
        const auto p = static_cast<std::size_t>(position);
        const std::size_t to = (static_cast<std::size_t>(head * capacity) + p) * size * bytes;
        for (std::size_t i = 0; i < size; ++i) {
            const std::size_t inPanels = (p / kKeyPanel * size + i) * kKeyPanel + p % kKeyPanel;
            std::memcpy(&keys[to + i * bytes], from.keys + inPanels * bytes, bytes);
        }
        std::memcpy(&values[to],
                    from.values + p * static_cast<std::size_t>(valueWidth(layer.headSize)) * bytes,
                    size * bytes);
    }
    KvHead host(int head) {
        const auto size = static_cast<std::size_t>(layer.headSize);
        const auto width = static_cast<std::size_t>(valueWidth(layer.headSize));
        const auto bytes = static_cast<std::size_t>(storedBytes(layer.type, 1));
        const auto row = static_cast<std::size_t>(head * capacity);
        return {.type = layer.type,
                .keys = hostKeys.data() + row * size * bytes,
                .values = hostValues.data() + row * width * bytes,
                .keyScales = hostKeyScales.data() + row,
                .valueScales = hostValueScales.data() + row,
                .headSize = layer.headSize};
    }

    int capacity;
    std::vector<std::byte> keys, values, hostKeys, hostValues;
    std::vector<float> keyScales, valueScales, hostKeyScales, hostValueScales;
    KvLayer layer;
};

class CudaAttention : public testing::TestWithParam<DType> {};

TEST_P(CudaAttention, IsTheCpus) {
    for (const Sizes& sizes : kSizes)
        for (const bool padded : {false, true}) {
            SCOPED_TRACE(std::to_string(sizes.numKeys) + (padded ? " keys, padded" : " keys"));
            Caches caches(GetParam(), sizes, 5);
            const auto size = static_cast<std::size_t>(sizes.headSize);
            const auto query = randomFloats(static_cast<std::size_t>(sizes.numQHeads) * size, 3);
            std::vector<std::uint8_t> visible(static_cast<std::size_t>(caches.capacity), 1);
            if (padded) std::fill_n(visible.begin(), (sizes.numKeys + 1) / 2, std::uint8_t{0});
            const int group = sizes.numQHeads / sizes.numKvHeads;
            std::vector<float> expected(query.size());
            for (int h = 0; h < sizes.numQHeads; ++h) {
                std::vector<float> part(attentionPartFloats(sizes.headSize));
                const AttentionQuery one{.query = query.data() + h * sizes.headSize,
                                         .numKeys = sizes.numKeys,
                                         .part = part.data()};
                attendBlock(caches.host(h / group),
                            {.visible = visible.data(), .scale = kScale, .cap = kCap},
                            0,
                            &one,
                            1);
                finishPart(part.data(), sizes.headSize, expected.data() + h * sizes.headSize);
            }
            onSchedules([&] {
                std::vector<float> out(query.size());
                std::vector<float> parts(
                    static_cast<std::size_t>(sizes.numQHeads * sizes.numSplits) * (size + 1));
                std::vector<unsigned> tickets(static_cast<std::size_t>(sizes.numQHeads));
                const auto position = placed(sizes.numKeys - 1);
                EXPECT_EQ(decodeAttention({.query = query.data(),
                                           .cache = caches.layer,
                                           .visible = visible.data(),
                                           .position = position.get(),
                                           .numQHeads = sizes.numQHeads,
                                           .numSplits = sizes.numSplits,
                                           .scale = kScale,
                                           .cap = kCap,
                                           .parts = parts.data(),
                                           .tickets = tickets.data(),
                                           .out = out.data()},
                                          nullptr),
                          0);
                expectNear(out, expected, 2e-5F, "element");
                EXPECT_EQ(std::ranges::count(tickets, 0U), sizes.numQHeads);
            });
        }
}

INSTANTIATE_TEST_SUITE_P(Types,
                         CudaAttention,
                         testing::ValuesIn(elementTypes()),
                         [](const auto& test) { return std::string(name(test.param)); });

}  // namespace
}  // namespace gatescope::kernels::cuda
