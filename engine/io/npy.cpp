#include "engine/io/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <fstream>
#include <limits>
#include <string_view>

#include "engine/error.h"
#include "engine/io/shown_text.h"

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

std::string_view withoutSpaces(std::string_view text) {
    return text.substr(std::min(text.find_first_not_of(" \t\n"), text.size()));
}

/// What stands behind 'key': in the header, a Python dictionary as text; empty if nothing does.
/// Searched by hand: std::regex recurses at every character and a long header would end the
/// process.
std::string_view valueOf(std::string_view header, std::string_view key) {
    const auto at = header.find(fmt::format("'{}'", key));
    if (at == std::string_view::npos) return {};
    const std::string_view rest = withoutSpaces(header.substr(at + key.size() + 2));
    return rest.starts_with(':') ? withoutSpaces(rest.substr(1)) : std::string_view();
}

/// The sizes in "(2, 3), ...".
std::vector<std::int64_t> parseShape(const std::filesystem::path& file, std::string_view text) {
    constexpr std::size_t kMostDimensions = 32;  // NumPy's own limit
    std::vector<std::int64_t> shape;
    const char* const end = text.data() + text.find(')');
    for (const char* at = text.data() + 1; at != end;) {
        if (*at == ' ' || *at == ',') {
            ++at;
            continue;
        }
        std::int64_t size = 0;
        const auto [next, error] = std::from_chars(at, end, size);
        if (error != std::errc() || size < 0 || shape.size() == kMostDimensions)
            refuse(file, "the 'shape' in the header is no list of sizes");
        shape.push_back(size);
        at = next;
    }
    return shape;
}

Header parseHeader(const std::filesystem::path& file, const std::string& text) {
    Header header;
    std::string_view descr = valueOf(text, "descr");
    if (!descr.starts_with('\'') || descr.find('\'', 1) == std::string_view::npos)
        refuse(file, "the header names no element type 'descr'");
    header.descr = descr.substr(1, descr.find('\'', 1) - 1);
    const std::string_view order = valueOf(text, "fortran_order");
    if (order.starts_with("True"))
        refuse(file, "the array is in Fortran order; save it with numpy.ascontiguousarray");
    if (!order.starts_with("False")) refuse(file, "the header has no 'fortran_order'");
    const std::string_view shape = valueOf(text, "shape");
    if (!shape.starts_with('(') || shape.find(')') == std::string_view::npos)
        refuse(file, "the header has no 'shape'");
    header.shape = parseShape(file, shape);
    for (const std::int64_t dimension : header.shape) {
        const auto size = static_cast<std::uint64_t>(dimension);
        if (size != 0 && header.count > kLargestFile / size) refuse(file, "the shape is too large");
        header.count *= size;
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
           fmt::format(
               "holds elements of type '{}', expected '{}'", shownText(header.descr), descr<T>()));
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
