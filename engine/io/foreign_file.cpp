#include "engine/io/foreign_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "engine/io/shown_text.h"

namespace gatescope {
namespace {

std::string lowerWithoutLeadingSpace(std::string_view text) {
    const auto start = text.find_first_not_of(" \t\r\n");
    std::string lower(text.substr(start == std::string_view::npos ? text.size() : start));
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    return lower;
}

bool isText(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](unsigned char c) {
        return c >= ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
    });
}

}  // namespace

ForeignFile recogniseForeignFile(std::span<const std::byte> firstBytes, const char* expected) {
    if (firstBytes.empty()) return {ErrorCode::FileIsEmpty, "empty; its download never began"};
    const std::string_view bytes(reinterpret_cast<const char*>(firstBytes.data()),
                                 firstBytes.size());
    if (bytes.starts_with("version https://git-lfs"))
        return {ErrorCode::FileIsLfsPointer, "a git-lfs pointer, not the data it points to"};
    const std::string lower = lowerWithoutLeadingSpace(bytes);
    for (const std::string_view tag : {"<!doctype html", "<html", "<?xml", "<head", "<body"})
        if (lower.starts_with(tag))
            return {ErrorCode::FileIsWebPage,
                    "a web page (HTML), probably an error page that was saved in place of the "
                    "download"};
    if (std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; }))
        return {ErrorCode::FileTooShort,
                fmt::format("filled with zeros where {} should begin; its download was reserved "
                            "but not finished",
                            expected)};
    struct Magic {
        std::string_view bytes;
        std::string_view what;
    };
    constexpr std::array<Magic, 6> kMagics{{
        {"GGUF", "a GGUF file"},
        {"PK\x03\x04", "a zip archive (PyTorch and .npz files are such archives)"},
        {"\x93NUMPY", "a NumPy .npy array"},
        {"\x1f\x8b", "compressed with gzip"},
        {"\x28\xb5\x2f\xfd", "compressed with zstd"},
        {"\x80", "a pickle"},
    }};
    for (const Magic& magic : kMagics)
        if (bytes.starts_with(magic.bytes))
            return {ErrorCode::FileIsUnknown, fmt::format("{}, expected {}", magic.what, expected)};
    constexpr std::size_t kShown = 40;
    if (isText(bytes))
        return {ErrorCode::FileIsUnknown,
                fmt::format(
                    "text (\"{}\"), expected {}", shownText(bytes.substr(0, kShown)), expected)};
    return {ErrorCode::FileIsUnknown,
            fmt::format("not {}: it begins with \"{}\"", expected, shownText(bytes.substr(0, 8)))};
}

}  // namespace gatescope
