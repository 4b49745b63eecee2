#include "engine/model/xai/xai_tensor_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "engine/error_codes.h"
#include "engine/model/finite_check.h"
#include "engine/model/foreign_file.h"
#include "kernels/quant/float_types.h"

namespace gatescope {
namespace {

constexpr std::byte kPickleProtocol{0x80};
constexpr std::size_t kChunkBytes = std::size_t{2} << 20;  // eight of them take a slow disk 0.2 s

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

/// Reads arrays of one file, chunk by chunk.
class ArrayReader {
  public:
    ArrayReader(const ModelFile& file,
                std::string where,
                ProgressMeter& progress,
                const std::stop_token& stop)
        : file_(file), where_(std::move(where)), progress_(progress), stop_(stop) {}

    /// `out` holds the array as `kept`: its own dtype, or F32 in place of BF16.
    void read(const PickledArray& array, std::byte* out, DType kept) {
        const bool widen = array.dtype != kept;
        if (widen) scratch_.resize(kChunkBytes / sizeof(std::uint16_t));
        for (std::uint64_t done = 0; done < array.bytes && !stop_.stop_requested();) {
            const auto bytes =
                static_cast<std::size_t>(std::min<std::uint64_t>(kChunkBytes, array.bytes - done));
            std::byte* into = widen ? reinterpret_cast<std::byte*>(scratch_.data()) : out + done;
            file_.read(array.offset + done, {into, bytes});
            checkFinite(array, done, {into, bytes});
            if (widen) widenChunk(bytes / sizeof(std::uint16_t), out + done * 2);
            done += bytes;
            progress_.add(bytes);
        }
    }

  private:
    void checkFinite(const PickledArray& array,
                     std::uint64_t done,
                     std::span<const std::byte> chunk) const {
        const auto bad = firstNotFinite(array.dtype, chunk);
        if (!bad) return;
        const std::uint64_t at = array.offset + done + *bad * itemSize(array.dtype);
        refuse(ErrorCode::ValueNotFinite,
               where_,
               fmt::format("byte {}: a {} element is NaN or infinite, expected finite numbers",
                           at,
                           name(array.dtype)));
    }

    void widenChunk(std::size_t count, std::byte* out) const {
        auto* values = reinterpret_cast<float*>(out);
        for (std::size_t i = 0; i < count; ++i) values[i] = kernels::bf16ToFloat(scratch_[i]);
    }

    const ModelFile& file_;
    const std::string where_;
    ProgressMeter& progress_;
    const std::stop_token& stop_;
    std::vector<std::uint16_t> scratch_;
};

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

void readTensorFile(const ModelDirectory& directory,
                    const XaiTensorFile& tensor,
                    const TensorMemory& memory,
                    ProgressMeter& progress,
                    const std::stop_token& stop,
                    const PreadFunction* pread) {
    const ModelFile file = directory.file(tensor.file, pread);
    checkUnchanged(file, tensor);
    ArrayReader reader(file, whereOf(file, tensor.slot), progress, stop);
    reader.read(tensor.content.data, memory.data, tensor.layout().dtype);
    if (tensor.content.scales)
        reader.read(
            *tensor.content.scales, reinterpret_cast<std::byte*>(memory.scales), DType::BF16);
    checkUnchanged(file, tensor);
}

}  // namespace gatescope
