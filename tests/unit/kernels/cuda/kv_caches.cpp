#include "tests/unit/kernels/cuda/kv_caches.h"

#include <cstring>

#include "tests/unit/kernels/kernel_test.h"

namespace gatescope::kernels::cuda {

using test::randomFloats;

Caches::Caches(DType type, const CacheSizes& sizes, unsigned seed)
    : capacity((sizes.numKeys + kKeyPanel - 1) / kKeyPanel * kKeyPanel) {
    const auto rows = static_cast<std::size_t>(sizes.numKvHeads * capacity);
    const auto size = static_cast<std::size_t>(sizes.headSize);
    const auto width = static_cast<std::size_t>(valueWidth(sizes.headSize));
    const auto bytes = static_cast<std::size_t>(storedBytes(type, 1));
    for (auto* buffer : {&keys, &values}) buffer->resize(rows * size * bytes, std::byte{0xFF});
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
void Caches::copyRow(int head, int position, std::size_t bytes) {
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

KvHead Caches::host(int head) {
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

}  // namespace gatescope::kernels::cuda
