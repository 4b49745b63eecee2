#include "engine/model/gguf/gguf_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include "engine/error_codes.h"
#include "engine/io/checked_math.h"
#include "engine/io/foreign_file.h"
#include "engine/io/shown_text.h"
#include "engine/model/gguf/gguf_tensor_places.h"

namespace gatescope {
namespace {

constexpr std::string_view kMagic = "GGUF";
constexpr std::uint64_t kDefaultAlignment = 32;
constexpr std::uint64_t kMostAlignment = 1 << 20;
constexpr std::uint64_t kMostKeys = 2048;  // real files have about 50
constexpr std::uint64_t kMostTensors = 65536;
constexpr std::uint64_t kMostKeyBytes = 1024;
constexpr std::uint64_t kMostNameBytes = 64;  // ggml's own limit
// Strings have to be walked to find what follows them: this is what a verdict may take to read.
// Grok-1's vocabulary has 2 MB of them, the largest that is known about 15.
constexpr std::uint64_t kMostTextBytes = 32 << 20;
constexpr std::uint64_t kSmallestEntry = 8 + 1 + 4 + 1;
constexpr std::uint64_t kSmallestTensor = 8 + 1 + 4 + 8 + 4 + 8;

class GgufParser {
  public:
    GgufParser(const ByteSource& source, const std::string& name)
        : source_(source), reader_(source, ggufTruncated(name)) {
        file_.name = name;
    }

    GgufFile parse() {
        checkMagic();
        readVersion();
        const auto numTensors = reader_.number<std::uint64_t>("the number of tensors");
        const auto numKeys = reader_.number<std::uint64_t>("the number of keys");
        checkCount(8, "tensors", numTensors, kMostTensors);
        checkCount(16, "keys", numKeys, kMostKeys);
        readEntries(numKeys);
        readAlignment();
        readTensors(numTensors);
        placeGgufTensors(file_, reader_.offset(), source_.size);
        return std::move(file_);
    }

  private:
    [[noreturn]] void refuseAt(ErrorCode code,
                               std::uint64_t offset,
                               const std::string& problem) const {
        refuse(code, fmt::format("{}: byte {}", file_.name, offset), problem);
    }

    void checkMagic() const {
        constexpr std::uint64_t kLooksAt = 512;
        std::array<std::byte, kLooksAt> first{};
        const auto bytes = std::span(first).first(std::min(source_.size, kLooksAt));
        if (!bytes.empty()) source_.read(0, bytes);
        if (isGgufMagic(bytes)) return;
        const ForeignFile foreign =
            recogniseForeignFile(bytes, "a GGUF file (its first bytes are GGUF)");
        refuse(foreign.code, file_.name, fmt::format("is {}", foreign.what));
    }

    void readVersion() {
        reader_.skip(kMagic.size(), "the magic");
        file_.version = reader_.number<std::uint32_t>("the version");
        // A big-endian file has the same four letters; its small version stands in the high bytes.
        if ((file_.version & 0xffff) == 0 && file_.version != 0)
            refuse(ErrorCode::GgufByteOrder,
                   file_.name,
                   "is a big-endian GGUF file, made for another kind of processor; expected a "
                   "little-endian one");
        if (file_.version != 2 && file_.version != 3)
            refuseAt(ErrorCode::GgufVersion,
                     kMagic.size(),
                     fmt::format("expected version 2 or 3 of GGUF, found {}", file_.version));
    }

    void checkCount(std::uint64_t offset,
                    const char* what,
                    std::uint64_t count,
                    std::uint64_t most) const {
        if (count > most)
            refuseAt(ErrorCode::GgufLimit,
                     offset,
                     fmt::format("expected at most {} {}, found {}", most, what, count));
    }

    /// A key or a tensor's name: not empty, no control, no space, nothing that is not ASCII.
    std::string readName(const char* what, std::uint64_t most) {
        const std::uint64_t offset = reader_.offset();
        const auto size = reader_.number<std::uint64_t>(what);
        checkCount(offset, fmt::format("bytes in {}", what).c_str(), size, most);
        std::string text = reader_.text(size, what);
        const bool plain =
            std::ranges::all_of(text, [](unsigned char c) { return c > ' ' && c <= '~'; });
        if (text.empty() || !plain)
            refuseAt(ErrorCode::GgufName,
                     offset,
                     fmt::format("expected {} of printable letters without spaces, found \"{}\"",
                                 what,
                                 shownText(text)));
        return text;
    }

    GgufValueType readType(const std::string& key) {
        const std::uint64_t offset = reader_.offset();
        const auto type = reader_.number<std::uint32_t>(key.c_str());
        if (name(GgufValueType{type}).empty())
            refuseAt(ErrorCode::GgufValue,
                     offset,
                     fmt::format("key {} is of type {}, expected 0 to 12", shownText(key), type));
        return GgufValueType{type};
    }

    void readEntries(std::uint64_t count) {
        reader_.require(count, kSmallestEntry, "the keys");
        entries_.reserve(count);
        for (std::uint64_t i = 0; i < count; ++i) {
            GgufEntry entry;
            entry.key = readName("a key", kMostKeyBytes);
            entry.type = readType(entry.key);
            readValue(entry);
            entries_.push_back(std::move(entry));
        }
        std::ranges::sort(entries_, {}, &GgufEntry::key);
        const auto twice = std::ranges::adjacent_find(entries_, {}, &GgufEntry::key);
        if (twice != entries_.end())
            refuse(ErrorCode::GgufName,
                   file_.name,
                   fmt::format("holds key {} twice, at bytes {} and {}",
                               shownText(twice->key),
                               twice->offset,
                               std::next(twice)->offset));
        file_.metadata = GgufMetadata(file_.name, std::move(entries_));
    }

    void readValue(GgufEntry& entry) {
        const char* key = entry.key.c_str();
        if (entry.type == GgufValueType::Array) return readArray(entry);
        if (entry.type == GgufValueType::String) {
            entry.length = reader_.number<std::uint64_t>(key);
            entry.offset = reader_.offset();
            if (entry.length <= GgufEntry::kKeptTextBytes)
                entry.text = reader_.text(entry.length, key);
            else
                reader_.skip(entry.length, key);
            return;
        }
        entry.offset = reader_.offset();
        entry.bits = readBits(valueBytes(entry.type), key);
        if (entry.type == GgufValueType::Bool && entry.bits > 1)
            refuseAt(ErrorCode::GgufValue,
                     entry.offset,
                     fmt::format("key {} is a bool of value {}, expected 0 or 1",
                                 shownText(entry.key),
                                 entry.bits));
    }

    std::uint64_t readBits(std::uint64_t bytes, const char* what) {
        std::uint64_t bits = 0;
        reader_.bytes(std::as_writable_bytes(std::span(&bits, 1)).first(bytes), what);
        return bits;
    }

    void readArray(GgufEntry& entry) {
        const char* key = entry.key.c_str();
        const std::uint64_t typeOffset = reader_.offset();
        entry.elementType = readType(entry.key);
        if (entry.elementType == GgufValueType::Array)
            refuseAt(ErrorCode::GgufValue,
                     typeOffset,
                     fmt::format("key {} is an array of arrays, which no model needs",
                                 shownText(entry.key)));
        entry.length = reader_.number<std::uint64_t>(key);
        entry.offset = reader_.offset();
        if (entry.elementType == GgufValueType::String) return skipTexts(entry);
        const std::uint64_t size = valueBytes(entry.elementType);
        reader_.require(entry.length, size, key);
        reader_.skip(entry.length * size, key);
    }

    void skipTexts(const GgufEntry& array) {
        const char* key = array.key.c_str();
        reader_.require(array.length, sizeof(std::uint64_t), key);
        const auto check = [&](std::uint64_t bytes) {
            if (textBytes_ + bytes > kMostTextBytes)
                refuseAt(ErrorCode::GgufLimit,
                         array.offset,
                         fmt::format("key {} is an array of {} strings; expected at most {} bytes "
                                     "in all such arrays, found more",
                                     shownText(array.key),
                                     array.length,
                                     kMostTextBytes));
        };
        check(array.length * sizeof(std::uint64_t));
        for (std::uint64_t i = 0; i < array.length; ++i) {
            reader_.skip(reader_.number<std::uint64_t>(key), key);
            check(reader_.offset() - array.offset);
        }
        textBytes_ += reader_.offset() - array.offset;
    }

    void readAlignment() {
        file_.alignment = file_.metadata.u32("general.alignment").value_or(kDefaultAlignment);
        const bool powerOfTwo = (file_.alignment & (file_.alignment - 1)) == 0;
        if (file_.alignment == 0 || !powerOfTwo || file_.alignment > kMostAlignment)
            refuse(
                ErrorCode::GgufValue,
                fmt::format("{}: key general.alignment", file_.name),
                fmt::format(
                    "expected a power of two up to {}, found {}", kMostAlignment, file_.alignment));
    }

    void readTensors(std::uint64_t count) {
        reader_.require(count, kSmallestTensor, "the list of tensors");
        file_.tensors.reserve(count);
        for (std::uint64_t i = 0; i < count; ++i) readTensor(i);
    }

    std::string place(std::uint64_t index, const GgufTensor& tensor) const {
        return ggufTensorPlace(file_, index, tensor);
    }

    void readTensor(std::uint64_t index) {
        GgufTensor tensor;
        tensor.name = readName("a tensor's name", kMostNameBytes);
        tensor.numDimensions = reader_.number<std::uint32_t>("a tensor's number of dimensions");
        if (tensor.numDimensions < 1 || tensor.numDimensions > GgufTensor::kMostDimensions)
            refuse(ErrorCode::GgufTensorSize,
                   place(index, tensor),
                   fmt::format("expected 1 to {} dimensions, found {}",
                               GgufTensor::kMostDimensions,
                               tensor.numDimensions));
        for (std::uint32_t d = 0; d < tensor.numDimensions; ++d)
            tensor.sizes[d] = reader_.number<std::uint64_t>("a tensor's sizes");
        readDType(index, tensor);
        tensor.offset = reader_.number<std::uint64_t>("a tensor's offset");  // within the data yet
        countBytes(index, tensor);
        file_.tensors.push_back(std::move(tensor));
    }

    void readDType(std::uint64_t index, GgufTensor& tensor) {
        const auto id = reader_.number<std::uint32_t>("a tensor's type");
        if (const auto dtype = dtypeOfGgml(id)) {
            tensor.dtype = *dtype;
            return;
        }
        const std::string_view known = ggmlTypeName(id);
        refuse(ErrorCode::TensorType,
               place(index, tensor),
               fmt::format("its elements are of type {}, which is not read; expected F32, F16, "
                           "BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q2_K to Q6_K, IQ4_NL, IQ4_XS or "
                           "MXFP4",
                           known.empty() ? fmt::format("number {}", id) : std::string(known)));
    }

    void countBytes(std::uint64_t index, GgufTensor& tensor) const {
        const DTypeTraits type = traits(tensor.dtype);
        const auto elements = checkedProduct(tensor.sizes);
        const bool whole = elements && *elements > 0 && tensor.sizes[0] % type.blockSize == 0;
        const auto bytes =
            whole ? checkedMultiply(*elements / type.blockSize, type.bytesPerBlock) : std::nullopt;
        if (!bytes)
            refuse(ErrorCode::GgufTensorSize,
                   place(index, tensor),
                   fmt::format("{} elements of sizes {} x {} x {} x {}: expected sizes of at least "
                               "1, the first a multiple of {}, that 64 bits can count",
                               name(tensor.dtype),
                               tensor.sizes[0],
                               tensor.sizes[1],
                               tensor.sizes[2],
                               tensor.sizes[3],
                               type.blockSize));
        tensor.bytes = *bytes;
    }

    const ByteSource& source_;
    BoundedReader reader_;
    GgufFile file_;
    std::vector<GgufEntry> entries_;
    std::uint64_t textBytes_ = 0;  // of all arrays of strings so far
};

}  // namespace

GgufFile parseGguf(const ByteSource& source, const std::string& name) {
    return GgufParser(source, name).parse();
}

bool isGgufMagic(std::span<const std::byte> firstBytes) {
    return firstBytes.size() >= kMagic.size() &&
           std::memcmp(firstBytes.data(), kMagic.data(), kMagic.size()) == 0;
}

BoundedReader::Truncated ggufTruncated(std::string file) {
    return [file = std::move(file)](
               std::uint64_t offset, const std::string& what, std::uint64_t missing) {
        refuse(ErrorCode::GgufTruncated,
               fmt::format("{}: byte {}", file, offset),
               fmt::format("the file ends within {} ({}); the download probably stopped early",
                           shownText(what),
                           missing == ~std::uint64_t{0}
                               ? std::string("by more bytes than any file has")
                               : fmt::format("{} bytes are missing", missing)));
    };
}

}  // namespace gatescope
