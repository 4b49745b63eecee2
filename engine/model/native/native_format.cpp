#include "engine/model/native/native_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "engine/check.h"
#include "engine/error_codes.h"
#include "engine/io/checked_math.h"
#include "engine/io/checksum.h"
#include "engine/io/shown_text.h"
#include "kernels/cpu/panels.h"

namespace gatescope {
namespace {

constexpr std::string_view kMagic = "GSNATIVE";
constexpr std::uint32_t kFormatVersion = 1;
constexpr std::uint32_t kByteOrder = 0x01020304;
constexpr std::uint64_t kChecked = 32;  // the checksum is of what follows
constexpr std::uint64_t kDataAlignment = std::uint64_t{2} << 20;
constexpr std::uint64_t kTensorAlignment = 4096;
constexpr std::uint64_t kLargestHeader = std::uint64_t{64} << 20;
constexpr std::uint32_t kLongestText = 4096;    // a path
constexpr std::uint32_t kMostFiles = 1U << 20;  // the largest models have a few thousand
constexpr std::uint64_t kSmallestTensor = 2 * 4 + 3 + 6 * 8;  // bytes of an entry

/// The numbers of a config, in the order of the file.
auto numbersOf(auto& c) {
    return std::tie(c.vocabSize,
                    c.dModel,
                    c.headSize,
                    c.numQHeads,
                    c.numKvHeads,
                    c.numLayers,
                    c.ffnSize,
                    c.numExperts,
                    c.numSelected,
                    c.contextLength,
                    c.embeddingScale,
                    c.logitScale,
                    c.attentionScale,
                    c.attentionCap,
                    c.rmsEps,
                    c.ropeBase,
                    c.padToken,
                    c.eosToken);
}

// ---------------------------------------------------------------- writing

class HeaderWriter {
  public:
    template <class T>
    void number(T value) {
        static_assert(std::is_arithmetic_v<T>);
        bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    void text(std::string_view text) {
        GS_CHECK_LE(text.size(), std::size_t{kLongestText});
        number(static_cast<std::uint32_t>(text.size()));
        bytes_ += text;
    }
    void range(const NativeRange& range) {
        number(range.offset);
        number(range.bytes);
        number(range.checksum);
    }
    std::string& bytes() { return bytes_; }

  private:
    std::string bytes_;
};

void writeTensor(HeaderWriter& out, const NativeTensor& tensor) {
    const TensorLayout& layout = tensor.layout;
    out.text(layout.slot.path);
    out.number(static_cast<std::uint8_t>(layout.dtype));
    out.number(static_cast<std::uint8_t>(layout.order));
    out.number(static_cast<std::uint8_t>(layout.slot.shape.size()));
    for (const std::int64_t size : layout.slot.shape) out.number(size);
    out.number(static_cast<std::int32_t>(layout.numGroups));
    out.range(tensor.data);
    out.range(tensor.scales);
}

// ---------------------------------------------------------------- reading

class HeaderReader {
  public:
    HeaderReader(const ByteSource& source, const std::string& name)
        : size_(source.size), name_(name), reader_(source, truncated(name)) {}

    std::uint64_t readStart(const ByteSource& source) {
        std::array<char, kMagic.size()> magic{};
        reader_.bytes(std::as_writable_bytes(std::span(magic)), "the first bytes");
        if (std::string_view(magic.data(), magic.size()) != kMagic)
            refuse(ErrorCode::CopyForeign, "is no start copy, expected GSNATIVE at byte 0");
        const auto version = reader_.number<std::uint32_t>("version");
        if (version != kFormatVersion)
            refuse(ErrorCode::CopyForeign,
                   fmt::format("is of version {}, expected {}", version, kFormatVersion));
        const auto order = reader_.number<std::uint32_t>("byte order");
        if (order != kByteOrder)
            refuse(ErrorCode::CopyForeign,
                   fmt::format("byte 12: the mark of the byte order is {:08x}, expected {:08x}",
                               order,
                               kByteOrder));
        const auto headerBytes = reader_.number<std::uint64_t>("bytes of the header");
        const auto expected = reader_.number<std::uint64_t>("checksum");
        if (headerBytes < kChecked || headerBytes > kLargestHeader)
            refuse(ErrorCode::CopyLimit,
                   fmt::format("byte 16: a header of {} bytes, expected {} to {}",
                               headerBytes,
                               kChecked,
                               kLargestHeader));
        reader_.require(headerBytes - kChecked, 1, "header");
        checkHeader(source, headerBytes, expected);
        return headerBytes;
    }

    NativeHeader read(std::uint64_t headerBytes) {
        NativeHeader header;
        header.fileBytes = reader_.number<std::uint64_t>("bytes of the file");
        if (header.fileBytes != size_)
            refuse(ErrorCode::CopyTruncated,
                   fmt::format("has {} bytes, expected {}", size_, header.fileBytes));
        header.layoutFingerprint = reader_.number<std::uint64_t>("layout fingerprint");
        readSource(header);
        readConfig(header.config);
        readTensors(header);
        if (reader_.offset() != headerBytes)
            refuse(
                ErrorCode::CopyPlace,
                fmt::format(
                    "the header ends at byte {}, expected byte {}", reader_.offset(), headerBytes));
        checkPlaces(header, headerBytes);
        return header;
    }

  private:
    static BoundedReader::Truncated truncated(const std::string& name) {
        return [name](std::uint64_t offset, const std::string& what, std::uint64_t missing) {
            gatescope::refuse(
                ErrorCode::CopyTruncated,
                name,
                fmt::format("byte {}: {} is cut off, {} bytes are missing", offset, what, missing));
        };
    }

    [[noreturn]] void refuse(ErrorCode code, const std::string& what) const {
        gatescope::refuse(code, name_, what);
    }

    void checkHeader(const ByteSource& source,
                     std::uint64_t headerBytes,
                     std::uint64_t expected) const {
        std::vector<std::byte> bytes(static_cast<std::size_t>(headerBytes - kChecked));
        source.read(kChecked, bytes);
        const std::uint64_t found = checksumOf(bytes);
        if (found != expected)
            refuse(
                ErrorCode::CopyHeader,
                fmt::format("the header's checksum is {:016x}, expected {:016x}", found, expected));
    }

    std::string text(const char* what) {
        const auto size = reader_.number<std::uint32_t>(what);
        if (size > kLongestText)
            refuse(ErrorCode::CopyLimit,
                   fmt::format("byte {}: {} of {} bytes, expected at most {}",
                               reader_.offset() - sizeof size,
                               what,
                               size,
                               kLongestText));
        return reader_.text(size, what);
    }

    void readSource(NativeHeader& header) {
        SourceIdentity& source = header.source;
        source.format = text("format");
        source.location = text("location");
        const auto count = reader_.number<std::uint32_t>("number of files");
        if (count > kMostFiles)
            refuse(ErrorCode::CopyLimit,
                   fmt::format("{} files of the model, expected at most {}", count, kMostFiles));
        reader_.require(count, 4 + 3 * 8, "list of files");
        for (std::uint32_t i = 0; i < count; ++i) {
            SourceFile& file = source.files.emplace_back();
            file.name = text("file name");
            file.bytes = reader_.number<std::uint64_t>("bytes of a file");
            file.modifiedNs = reader_.number<std::int64_t>("time of a file");
            file.inode = reader_.number<std::uint64_t>("inode of a file");
        }
        header.sourceChecksum = reader_.number<std::uint64_t>("checksum of the source");
    }

    void readConfig(ModelConfig& config) {
        config.architecture = text("architecture");
        std::apply(
            [&](auto&... value) {
                ((value = reader_.number<std::remove_reference_t<decltype(value)>>("sizes")), ...);
            },
            numbersOf(config));
        config.tiedOutput = reader_.number<std::uint8_t>("sizes") != 0;
        validate(config, name_);
    }

    void readTensors(NativeHeader& header) {
        const auto count = reader_.number<std::uint32_t>("number of tensors");
        reader_.require(count, kSmallestTensor, "table of tensors");
        // Counted before the slots are made: there are as many as the sizes say.
        const std::uint64_t expected =
            kTensorsOutsideLayers + (header.config.tiedOutput ? 0 : 1) +
            std::uint64_t{kTensorsPerLayer} * static_cast<std::uint64_t>(header.config.numLayers);
        if (count != expected)
            refuse(ErrorCode::CopyTensor, fmt::format("{} tensors, expected {}", count, expected));
        for (TensorSlot& slot : tensorSlots(header.config)) {
            readTensor(header.tensors.emplace_back(), std::move(slot));
            checkTensor(header.tensors.back(), header.config.tiedOutput);
        }
    }

    void readTensor(NativeTensor& tensor, TensorSlot slot) {
        const std::string path = text("name of a tensor");
        if (path != slot.path)
            refuse(ErrorCode::CopyTensor,
                   fmt::format("tensor {}, expected {}", quotedText(path), slot.path));
        TensorLayout& layout = tensor.layout;
        layout.slot = std::move(slot);
        const auto type = reader_.number<std::uint8_t>("type");
        const auto order = reader_.number<std::uint8_t>("order");
        if (type > static_cast<std::uint8_t>(DType::MXFP4) ||
            order > static_cast<std::uint8_t>(MatrixOrder::Panels))
            refuseTensor(layout, fmt::format("type {} in order {}", type, order));
        layout.dtype = static_cast<DType>(type);
        layout.order = static_cast<MatrixOrder>(order);
        std::vector<std::int64_t> shape(reader_.number<std::uint8_t>("shape"));
        for (std::int64_t& size : shape) size = reader_.number<std::int64_t>("shape");
        if (shape != layout.slot.shape)
            refuseTensor(
                layout,
                fmt::format(
                    "shape {}, expected {}", shapeText(shape), shapeText(layout.slot.shape)));
        layout.numGroups = reader_.number<std::int32_t>("scale groups");
        readRange(tensor.data);
        readRange(tensor.scales);
    }

    void readRange(NativeRange& range) {
        range.offset = reader_.number<std::uint64_t>("place of a tensor");
        range.bytes = reader_.number<std::uint64_t>("place of a tensor");
        range.checksum = reader_.number<std::uint64_t>("checksum of a tensor");
    }

    [[noreturn]] void refuseTensor(const TensorLayout& layout, const std::string& what) const {
        refuse(ErrorCode::CopyTensor, fmt::format("tensor {}: {}", layout.slot.path, what));
    }

    /// What the decoders can read, and as many bytes as it takes.
    void checkTensor(const NativeTensor& tensor, bool tiedOutput) const {
        const TensorLayout& layout = tensor.layout;
        const TensorSlot& slot = layout.slot;
        const bool matrix = slot.isMatrix() || slot.isVocabularyMatrix();
        if (matrix) checkScales(layout);  // whether there are panels depends on them
        const bool rows = layout.order == MatrixOrder::OutputsFirst;
        const DType type = layout.dtype;
        bool readable = false;
        if (!matrix)
            readable = type == DType::F32 && layout.order == MatrixOrder::InputsFirst;
        else if (layout.order == MatrixOrder::Panels)
            readable = kernels::canPanel(type, slot.numIn(), slot.numOut(), layout.numGroups) &&
                       (slot.role != TensorRole::Embedding || tiedOutput);
        else if (rows)
            readable = type != DType::I8 && type != DType::I32 &&
                       slot.numIn() % static_cast<int>(traits(type).blockSize) == 0;
        else
            readable = slot.isMatrix() && !isBlockType(type) && type != DType::F8E4M3 &&
                       type != DType::I32;
        if (!readable || (slot.isVocabularyMatrix() && type == DType::I8))
            refuseTensor(layout,
                         fmt::format("{} in order {}, which no decoder reads",
                                     name(type),
                                     static_cast<int>(layout.order)));
        if (!matrix) checkScales(layout);
        checkBytes(layout, tensor.data.bytes, layout.dataBytes());
        checkBytes(layout, tensor.scales.bytes, layout.scaleBytes());
    }

    void checkScales(const TensorLayout& layout) const {
        const bool grouped = layout.dtype == DType::I8;
        const int most = grouped ? layout.slot.numIn() : 0;
        if (layout.numGroups < (grouped ? 1 : 0) || layout.numGroups > most ||
            (grouped && layout.slot.numIn() % layout.numGroups != 0))
            refuseTensor(
                layout,
                fmt::format("{} groups of scales for {}", layout.numGroups, name(layout.dtype)));
    }

    void checkBytes(const TensorLayout& layout, std::uint64_t found, std::uint64_t expected) const {
        if (found != expected)
            refuseTensor(layout, fmt::format("{} bytes, expected {}", found, expected));
    }

    /// One behind the other, as they are written, and aligned.
    void checkPlaces(const NativeHeader& header, std::uint64_t headerBytes) const {
        std::uint64_t free = headerBytes;
        const auto check = [&](const NativeTensor& tensor, const NativeRange& range) {
            if (range == NativeRange{}) return;
            if (range.offset < free || range.offset % kTensorAlignment != 0 ||
                !liesWithin(range.offset, range.bytes, size_))
                refuse(ErrorCode::CopyPlace,
                       fmt::format("tensor {}: {} bytes from byte {} on, expected a multiple of {} "
                                   "from byte {} on, within {} bytes",
                                   tensor.layout.slot.path,
                                   range.bytes,
                                   range.offset,
                                   kTensorAlignment,
                                   free,
                                   size_));
            free = range.offset + range.bytes;
        };
        for (const NativeTensor& tensor : header.tensors) {
            check(tensor, tensor.data);
            check(tensor, tensor.scales);
        }
    }

    std::uint64_t size_;
    const std::string& name_;
    BoundedReader reader_;
};

std::uint64_t alignedUp(std::uint64_t offset, std::uint64_t unit) {
    return (offset + unit - 1) / unit * unit;
}

}  // namespace

void placeTensors(NativeHeader& header) {
    for (NativeTensor& tensor : header.tensors) {
        tensor.data.bytes = tensor.layout.dataBytes();
        tensor.scales.bytes = tensor.layout.scaleBytes();
    }
    std::uint64_t end = alignedUp(nativeHeaderBytes(header).size(), kDataAlignment);
    const auto place = [&](NativeRange& range) {
        if (range.bytes == 0) return;
        range.offset = alignedUp(end, kTensorAlignment);
        end = range.offset + range.bytes;
    };
    for (NativeTensor& tensor : header.tensors) {
        place(tensor.data);
        place(tensor.scales);
    }
    header.fileBytes = alignedUp(end, kTensorAlignment);
}

std::string nativeHeaderBytes(const NativeHeader& header) {
    HeaderWriter out;
    out.bytes() = kMagic;
    out.number(kFormatVersion);
    out.number(kByteOrder);
    out.number(std::uint64_t{0});  // set below
    out.number(std::uint64_t{0});
    out.number(header.fileBytes);
    out.number(header.layoutFingerprint);
    out.text(header.source.format);
    out.text(header.source.location);
    out.number(static_cast<std::uint32_t>(header.source.files.size()));
    for (const SourceFile& file : header.source.files) {
        out.text(file.name);
        out.number(file.bytes);
        out.number(file.modifiedNs);
        out.number(file.inode);
    }
    out.number(header.sourceChecksum);
    out.text(header.config.architecture);
    std::apply([&](const auto&... value) { (out.number(value), ...); }, numbersOf(header.config));
    out.number(static_cast<std::uint8_t>(header.config.tiedOutput));
    out.number(static_cast<std::uint32_t>(header.tensors.size()));
    for (const NativeTensor& tensor : header.tensors) writeTensor(out, tensor);

    std::string& bytes = out.bytes();
    const std::uint64_t size = bytes.size();
    const std::uint64_t checksum = checksumOf(std::as_bytes(std::span(bytes)).subspan(kChecked));
    std::memcpy(bytes.data() + 16, &size, sizeof size);
    std::memcpy(bytes.data() + 24, &checksum, sizeof checksum);
    return bytes;
}

NativeHeader parseNativeHeader(const ByteSource& source, const std::string& name) {
    HeaderReader reader(source, name);
    return reader.read(reader.readStart(source));
}

std::uint64_t layoutFingerprint() {
    constexpr int kInputs = 512;
    constexpr int kOutputs = 80;  // a whole panel of any type, and a narrow one of a plain type
    Checksum checksum;
    for (const auto order : {MatrixOrder::InputsFirst,
                             MatrixOrder::OutputsFirst,
                             MatrixOrder::Panels})  // by their names in the source
        checksum.addNumber(static_cast<int>(order));
    for (int number = 0; number <= static_cast<int>(DType::MXFP4); ++number) {
        const auto type = static_cast<DType>(number);
        checksum.addText(name(type));
        if (!kernels::canPanel(type, kInputs, kOutputs)) continue;
        const std::size_t rowBytes = storedBytes(type, std::size_t{kInputs});
        std::vector<std::byte> stored(rowBytes * kOutputs);
        for (std::size_t i = 0; i < stored.size(); ++i)
            stored[i] = static_cast<std::byte>(i * 167 + i / 256);
        std::vector<std::byte> panel(kernels::panelBytes(type, kInputs));
        const int whole = kernels::panelOutputs(type);
        for (int first = 0; first < kOutputs; first += whole) {
            const int outputs = std::min(whole, kOutputs - first);
            if (type == DType::I8)  // never in rows
                kernels::panelFromColumns(
                    type, stored.data(), kInputs, kOutputs, first, panel.data());
            else
                kernels::panelFromRows(type,
                                       stored.data() + static_cast<std::size_t>(first) * rowBytes,
                                       kInputs,
                                       outputs,
                                       panel.data());
            checksum.add(std::span(panel).first(static_cast<std::size_t>(outputs) * rowBytes));
        }
    }
    return checksum.value();
}

std::uint64_t describedChecksum(const ModelSource& source) {
    Checksum checksum;
    checksum.addText(source.format());
    for (const TensorInfo& tensor : source.tensors()) {
        checksum.addText(tensor.name);
        checksum.addText(tensor.file);
        checksum.addText(name(tensor.dtype));
        for (const std::int64_t size : tensor.shape) checksum.addNumber(size);
        checksum.addNumber(tensor.bytes);
    }
    return checksum.value();
}

}  // namespace gatescope
