#include "engine/model/xai/xai_tensor_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "engine/error_codes.h"
#include "engine/io/foreign_file.h"
#include "engine/model/finite_check.h"
#include "engine/model/scale_elements.h"
#include "kernels/quant/block_codec.h"

namespace gatescope {
namespace {

constexpr std::byte kPickleProtocol{0x80};
// A job is large enough that opening the file for it costs nothing, and small enough that all
// readers have work until the end.
constexpr std::uint64_t kJobBytes = std::uint64_t{16} << 20;

std::string whereOf(const ModelFile& file, const TensorSlot& slot) {
    return fmt::format("{} ({})", file.name(), slot.path);
}

void checkIsPickle(const ModelFile& file, std::uint64_t size, const std::string& where) {
    constexpr std::size_t kLooksAt = 512;
    std::array<std::byte, kLooksAt> first{};
    const std::span<std::byte> bytes =
        std::span(first).first(std::min<std::uint64_t>(size, kLooksAt));
    file.read(0, bytes);
    if (!bytes.empty() && bytes[0] == kPickleProtocol) return;
    const ForeignFile foreign = recogniseForeignFile(bytes, "a pickle (first byte 0x80)");
    refuse(foreign.code, where, fmt::format("is {}", foreign.what));
}

void checkShape(const PickledArray& array,
                const TensorSlot& slot,
                const std::string& where,
                const std::string& sizesFrom) {
    if (array.shape == slot.shape) return;
    refuse(ErrorCode::TensorShape,
           where,
           fmt::format("shape {}, expected {} ({}); the sizes do not belong to this checkpoint, or "
                       "the file is another tensor's",
                       shapeText(array.shape),
                       shapeText(slot.shape),
                       sizesFrom));
}

void checkScales(const PickledArray& scales, const TensorSlot& slot, const std::string& where) {
    // [experts, groups, out] beside [experts, in, out]; [groups, out] beside [in, out].
    std::vector<std::int64_t> expected = slot.shape;
    const std::size_t groupAxis = expected.size() - 2;
    const bool sameRank = scales.shape.size() == expected.size();
    const std::int64_t groups = sameRank ? scales.shape[groupAxis] : 0;
    expected[groupAxis] = groups;
    if (scales.dtype != DType::BF16 || scales.shape != expected || groups < 1 ||
        slot.numIn() % groups != 0) {
        expected[groupAxis] = 1;
        refuse(ErrorCode::TensorShape,
               where,
               fmt::format("scales {} of shape {} at byte {}, expected bf16 {} (or more groups in "
                           "place of the 1, a divisor of {})",
                           name(scales.dtype),
                           shapeText(scales.shape),
                           scales.offset,
                           shapeText(expected),
                           slot.numIn()));
    }
}

void checkContent(const PickledTensor& content,
                  const TensorSlot& slot,
                  const std::string& where,
                  const std::string& sizesFrom) {
    checkShape(content.data, slot, where, sizesFrom);
    const DType dtype = content.data.dtype;
    if (content.scales) {
        if (!slot.isMatrix() || dtype != DType::I8)
            refuse(ErrorCode::TensorType,
                   where,
                   fmt::format("a QuantizedWeight8bit of {} elements, expected {}",
                               name(dtype),
                               slot.isMatrix() ? "i8 elements" : "a plain f32 or bf16 array"));
        return checkScales(*content.scales, slot, where);
    }
    if (dtype != DType::F32 && dtype != DType::BF16)
        refuse(ErrorCode::TensorType,
               where,
               fmt::format("{} elements without scales, expected f32 or bf16{}",
                           name(dtype),
                           slot.isMatrix() ? ", or i8 with scales" : ""));
}

void checkFinite(const std::string& where,
                 const PickledArray& array,
                 std::uint64_t begin,
                 std::span<const std::byte> bytes) {
    const auto bad = firstNotFinite(array.dtype, bytes);
    if (!bad) return;
    refuse(ErrorCode::ValueNotFinite,
           where,
           fmt::format("byte {}: a {} element is NaN or infinite, expected finite numbers",
                       array.offset + begin + *bad * itemSize(array.dtype),
                       name(array.dtype)));
}

/// How much to read at `begin` of an array: whole elements up to the next multiple of kDiskRequest
/// in the file, or up to `end`.
std::uint64_t requestAt(const PickledArray& array,
                        std::uint64_t begin,
                        std::uint64_t end,
                        DType kept) {
    const std::uint64_t unit = itemSize(array.dtype) * traits(kept).blockSize;
    const std::uint64_t toNext = kDiskRequest - (array.offset + begin) % kDiskRequest;
    const std::uint64_t whole = toNext / unit * unit;
    return std::min(whole > 0 ? whole : kDiskRequest / unit * unit, end - begin);
}

/// Stored elements in another type: through floats, a small block at a time.
void changeType(DType stored, std::span<const std::byte> from, DType kept, std::byte* to) {
    constexpr std::size_t kBlock = 1024;  // whole blocks of every type
    std::array<float, kBlock> values;
    const std::size_t total = from.size() / itemSize(stored);
    for (std::size_t i = 0; i < total; i += kBlock) {
        const std::size_t count = std::min(kBlock, total - i);
        kernels::decodeElements(stored, from.data() + i * itemSize(stored), count, values.data());
        kernels::encodeElements(kept, values.data(), count, to + storedBytes(kept, i));
    }
}

/// bf16 bits; empty: it has none.
std::vector<std::uint16_t> readScales(const ModelFile& file,
                                      const XaiTensorFile& tensor,
                                      const std::string& where) {
    if (!tensor.content.scales) return {};
    const PickledArray& array = *tensor.content.scales;
    std::vector<std::uint16_t> scales(array.bytes / itemSize(DType::BF16));
    const auto bytes = std::as_writable_bytes(std::span(scales));
    file.read(array.offset, bytes);
    checkFinite(where, array, 0, bytes);
    return scales;
}

void checkUnchanged(const ModelFile& file, const XaiTensorFile& tensor) {
    if (file.identity() == tensor.identity) return;
    refuse(ErrorCode::FileChanged,
           whereOf(file, tensor.slot),
           fmt::format("is not the file that was opened: {} bytes then, {} now, or replaced since",
                       tensor.identity.size,
                       file.identity().size));
}

}  // namespace

std::uint64_t XaiTensorFile::payloadBytes() const {
    return content.data.bytes + (content.scales ? content.scales->bytes : 0);
}

TensorLayout XaiTensorFile::layout() const {
    TensorLayout layout{.slot = slot, .dtype = DType::F32, .numGroups = 0};
    if (slot.isMatrix()) layout.dtype = content.data.dtype;
    if (content.scales)
        layout.numGroups =
            static_cast<int>(content.scales->shape[content.scales->shape.size() - 2]);
    return layout;
}

XaiTensorFile describeTensorFile(const ModelDirectory& directory,
                                 std::string file,
                                 TensorSlot slot,
                                 const std::string& sizesFrom,
                                 const PreadFunction* pread) {
    const ModelFile opened = directory.file(file, pread);
    const std::string where = whereOf(opened, slot);
    const FileIdentity identity = opened.identity();
    checkIsPickle(opened, identity.size, where);
    const ByteSource source{
        .size = identity.size,
        .read = [&](std::uint64_t offset, std::span<std::byte> out) { opened.read(offset, out); }};
    PickledTensor content = readPickledTensor(source, where);
    checkContent(content, slot, where, sizesFrom);
    return {.slot = std::move(slot),
            .file = std::move(file),
            .identity = identity,
            .content = std::move(content)};
}

std::vector<XaiChunk> chunksOf(const XaiTensorFile& tensor, DType kept) {
    std::vector<XaiChunk> chunks;
    const auto cut = [&](const PickledArray& array, bool scales, std::uint64_t unit) {
        for (std::uint64_t begin = 0; begin < array.bytes;) {
            // The last chunk ended up to a unit before its multiple: this one goes to the next.
            const std::uint64_t next = ((array.offset + begin + unit) / kJobBytes + 1) * kJobBytes;
            const std::uint64_t end = std::min((next - array.offset) / unit * unit, array.bytes);
            chunks.push_back({.scales = scales, .begin = begin, .bytes = end - begin});
            begin = end;
        }
    };
    const PickledArray& data = tensor.content.data;
    cut(data, false, itemSize(data.dtype) * traits(kept).blockSize);
    if (tensor.content.scales) cut(*tensor.content.scales, true, itemSize(DType::BF16));
    return chunks;
}

void readChunk(const ModelDirectory& directory,
               const XaiTensorFile& tensor,
               const XaiChunk& chunk,
               const XaiDestination& destination,
               ProgressMeter& progress,
               const std::stop_token& stop,
               const PreadFunction* pread) {
    ModelFile file = directory.file(tensor.file, pread);
    const std::string where = whereOf(file, tensor.slot);
    checkUnchanged(file, tensor);
    if (destination.bypassCache) file.bypassCache();
    const PickledArray& array = chunk.scales ? *tensor.content.scales : tensor.content.data;
    const DType kept = chunk.scales ? array.dtype : destination.kept;
    std::byte* out = chunk.scales ? reinterpret_cast<std::byte*>(destination.memory.scales)
                                  : destination.memory.data;
    const bool copy = array.dtype == kept;
    const std::uint64_t end = chunk.begin + chunk.bytes;
    std::vector<std::byte> scratch(copy ? 0 : std::min(kDiskRequest, chunk.bytes));
    for (std::uint64_t begin = chunk.begin; begin < end && !stop.stop_requested();) {
        const auto bytes = static_cast<std::size_t>(requestAt(array, begin, end, kept));
        std::byte* to = out + storedBytes(kept, begin / itemSize(array.dtype));
        const std::span<std::byte> into(copy ? to : scratch.data(), bytes);
        file.read(array.offset + begin, into);
        checkFinite(where, array, begin, into);
        if (!copy) changeType(array.dtype, into, kept, to);
        begin += bytes;
        progress.add(bytes);
    }
    checkUnchanged(file, tensor);
}

LoadOutcome visitElements(const ModelDirectory& directory,
                          const XaiTensorFile& tensor,
                          const ValueVisitor& visit,
                          const std::stop_token& stop,
                          const PreadFunction* pread) {
    const ModelFile file = directory.file(tensor.file, pread);
    const std::string where = whereOf(file, tensor.slot);
    checkUnchanged(file, tensor);
    const std::vector<std::uint16_t> scales = readScales(file, tensor, where);
    const TensorLayout layout = tensor.layout();
    const PickledArray& array = tensor.content.data;
    const std::size_t itemBytes = itemSize(array.dtype);
    std::vector<std::byte> stored;
    std::vector<float> values;
    for (std::uint64_t begin = 0; begin < array.bytes; begin += stored.size()) {
        if (stop.stop_requested()) return LoadOutcome::Stopped;
        stored.resize(requestAt(array, begin, array.bytes, DType::F32));
        file.read(array.offset + begin, stored);
        checkFinite(where, array, begin, stored);
        values.resize(stored.size() / itemBytes);
        kernels::decodeElements(array.dtype, stored.data(), values.size(), values.data());
        if (!scales.empty()) scaleElements(layout, scales, begin / itemBytes, values);
        visit(values);
    }
    checkUnchanged(file, tensor);
    return LoadOutcome::Done;
}

}  // namespace gatescope
