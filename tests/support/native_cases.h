#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include "engine/io/checksum.h"
#include "engine/model/native/native_format.h"
#include "tests/support/tiny_model.h"

namespace gatescope::test {

/// The header of a start copy of a tiny model with one layer, of every kind of tensor: in panels,
/// in rows, with scales.
inline NativeHeader smallNativeHeader() {
    NativeHeader header;
    header.config = tinyConfig();
    header.config.numLayers = 1;
    header.config.tiedOutput = false;
    header.layoutFingerprint = 7;
    header.source = {.format = "gguf",
                     .location = "/models/small.gguf",
                     .files = {{"small.gguf", 100, 5, 9}, {"second.gguf", 200, -6, 10}}};
    header.sourceChecksum = 11;
    for (TensorSlot& slot : tensorSlots(header.config)) {
        TensorLayout layout{.slot = std::move(slot)};
        if (layout.slot.isVocabularyMatrix()) layout.order = MatrixOrder::OutputsFirst;
        switch (layout.slot.role) {
            case TensorRole::Output:
            case TensorRole::Query:
                layout.dtype = DType::Q8_0;
                layout.order = MatrixOrder::Panels;
                break;
            case TensorRole::ExpertUp:
                layout.dtype = DType::I8;
                layout.numGroups = 1;
                layout.order = MatrixOrder::Panels;
                break;
            case TensorRole::ExpertDown:
                layout.dtype = DType::I8;
                layout.numGroups = 8;
                break;
            case TensorRole::Key:
                layout.dtype = DType::F8E4M3;
                layout.order = MatrixOrder::OutputsFirst;
                break;
            case TensorRole::Value:
                layout.dtype = DType::BF16;
                break;
            default:
                break;
        }
        header.tensors.push_back({.layout = std::move(layout)});
    }
    placeTensors(header);
    return header;
}

/// The same bytes with the header's checksum made right, as far as they have one.
inline std::string resigned(std::string bytes) {
    constexpr std::size_t kChecked = 32;
    if (bytes.size() < kChecked) return bytes;
    std::uint64_t size = 0;
    std::memcpy(&size, bytes.data() + 16, sizeof size);
    if (size < kChecked || size > bytes.size()) return bytes;
    const std::uint64_t checksum =
        checksumOf(std::as_bytes(std::span(bytes)).subspan(kChecked, size - kChecked));
    std::memcpy(bytes.data() + 24, &checksum, sizeof checksum);
    return bytes;
}

/// A file of `size` bytes that begins with `start` and goes on with zeros. `start` must outlive it.
inline ByteSource fileThatBegins(const std::string& start, std::uint64_t size) {
    return {.size = size, .read = [&start](std::uint64_t offset, std::span<std::byte> out) {
                std::ranges::fill(out, std::byte{0});
                if (out.empty() || offset >= start.size()) return;
                const auto count = std::min<std::uint64_t>(out.size(), start.size() - offset);
                std::memcpy(out.data(), start.data() + offset, static_cast<std::size_t>(count));
            }};
}

/// The size that a header claims for its file; 0: it claims none.
inline std::uint64_t claimedFileBytes(const std::string& start) {
    std::uint64_t size = 0;
    if (start.size() >= 40) std::memcpy(&size, start.data() + 32, sizeof size);
    return size;
}

}  // namespace gatescope::test
