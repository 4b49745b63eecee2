#include "engine/io/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>
#include <cstring>
#include <fstream>
#include <limits>
#include <regex>

#include "engine/error.h"

namespace gatescope {
namespace {

static_assert(std::endian::native == std::endian::little,
              "arrays are written as they lie in memory");

constexpr std::string_view kMagic("\x93NUMPY\x01\x00", 8);
constexpr std::uint64_t kLargestFile = std::uint64_t{1} << 36;

template <class T>
constexpr const char* descr();
template <>
constexpr const char* descr<float>() {
    return "<f4";
}
template <>
constexpr const char* descr<std::int32_t>() {
    return "<i4";
}

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what) {
    throw Error(ErrorKind::BadInput, fmt::format("{}: {}", file.string(), what));
}

struct Header {
    std::string descr;
    std::vector<std::int64_t> shape;
    std::uint64_t count = 1;
};

Header parseHeader(const std::filesystem::path& file, const std::string& text) {
    static const std::regex kDescr("'descr'\\s*:\\s*'([^']*)'");
    static const std::regex kOrder("'fortran_order'\\s*:\\s*(True|False)");
    static const std::regex kShape("'shape'\\s*:\\s*\\(([0-9, ]*)\\)");
    std::smatch match;
    Header header;
    if (!std::regex_search(text, match, kDescr))
        refuse(file, "the header names no element type 'descr'");
    header.descr = match[1];
    if (!std::regex_search(text, match, kOrder)) refuse(file, "the header has no 'fortran_order'");
    if (match[1] == "True")
        refuse(file, "the array is in Fortran order; save it with numpy.ascontiguousarray");
    if (!std::regex_search(text, match, kShape)) refuse(file, "the header has no 'shape'");
    const std::string dims = match[1];
    static const std::regex kNumber("[0-9]{1,18}");
    for (auto it = std::sregex_iterator(dims.begin(), dims.end(), kNumber);
         it != std::sregex_iterator();
         ++it) {
        const auto size = static_cast<std::uint64_t>(std::stoll(it->str()));
        if (size != 0 && header.count > kLargestFile / size) refuse(file, "the shape is too large");
        header.count *= size;
        header.shape.push_back(static_cast<std::int64_t>(size));
    }
    return header;
}

template <class T>
std::vector<T> readValues(std::ifstream& in,
                          const std::filesystem::path& file,
                          std::uint64_t count) {
    const auto at = static_cast<std::uint64_t>(in.tellg());
    const std::uint64_t left = std::filesystem::file_size(file) - at;
    if (count * sizeof(T) != left)
        refuse(file,
               fmt::format("expected {} bytes of values from byte {} on, found {}",
                           count * sizeof(T),
                           at,
                           left));
    std::vector<T> values(count);
    in.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(count * sizeof(T)));
    if (!in)
        throw Error(ErrorKind::DeviceFault, fmt::format("{}: could not be read", file.string()));
    return values;
}

}  // namespace

template <class T>
NpyArray<T> readNpy(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) refuse(file, "could not be opened for reading");
    char start[10] = {};
    if (!in.read(start, sizeof start) || std::string_view(start, kMagic.size()) != kMagic)
        refuse(
            file,
            "expected a NumPy .npy file of format 1.0, found something else in its first 8 bytes");
    std::uint16_t length = 0;
    std::memcpy(&length, start + 8, sizeof length);
    std::string text(length, '\0');
    if (!in.read(text.data(), length))
        refuse(file, fmt::format("ends within its header of {} bytes", length));
    const Header header = parseHeader(file, text);

    NpyArray<T> array{.shape = header.shape, .data = {}};
    if (header.descr == descr<T>()) {
        array.data = readValues<T>(in, file, header.count);
        return array;
    }
    if constexpr (std::is_same_v<T, std::int32_t>) {
        if (header.descr == "<i8") {
            for (const std::int64_t value : readValues<std::int64_t>(in, file, header.count)) {
                if (value < std::numeric_limits<std::int32_t>::min() ||
                    value > std::numeric_limits<std::int32_t>::max())
                    refuse(file, fmt::format("value {} does not fit 32 bits", value));
                array.data.push_back(static_cast<std::int32_t>(value));
            }
            return array;
        }
    }
    refuse(file,
           fmt::format("holds elements of type '{}', expected '{}'", header.descr, descr<T>()));
}

template <class T>
std::string npyBytes(std::span<const std::int64_t> shape, std::span<const T> data) {
    std::string dims;
    for (const std::int64_t size : shape) dims += fmt::format("{}, ", size);
    std::string header =
        fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr<T>(), dims);
    // The values start at a multiple of 64 bytes; the header ends with a newline.
    const std::size_t unpadded = kMagic.size() + 2 + header.size() + 1;
    header.append((64 - unpadded % 64) % 64, ' ');
    header.push_back('\n');
    const auto length = static_cast<std::uint16_t>(header.size());
    std::string out(kMagic);
    out.append(reinterpret_cast<const char*>(&length), sizeof length);
    out += header;
    out.append(reinterpret_cast<const char*>(data.data()), data.size_bytes());
    return out;
}

template <class T>
void writeNpy(const std::filesystem::path& file,
              std::span<const std::int64_t> shape,
              std::span<const T> data) {
    const std::string bytes = npyBytes(shape, data);
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.flush();
    if (!out)
        throw Error(
            ErrorKind::DeviceFault,
            fmt::format(
                "{}: could not be written ({} bytes); is the disk full or the folder read-only?",
                file.string(),
                bytes.size()));
}

template NpyArray<float> readNpy<float>(const std::filesystem::path&);
template NpyArray<std::int32_t> readNpy<std::int32_t>(const std::filesystem::path&);
template void writeNpy<float>(const std::filesystem::path&,
                              std::span<const std::int64_t>,
                              std::span<const float>);
template void writeNpy<std::int32_t>(const std::filesystem::path&,
                                     std::span<const std::int64_t>,
                                     std::span<const std::int32_t>);
template std::string npyBytes<float>(std::span<const std::int64_t>, std::span<const float>);
template std::string npyBytes<std::int32_t>(std::span<const std::int64_t>,
                                            std::span<const std::int32_t>);

}  // namespace gatescope
