#include "engine/model/xai/foreign_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "engine/model/model_file.h"

namespace gatescope {
namespace {

constexpr std::byte kPickleProtocol{0x80};

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

std::optional<std::string> describeForeignFile(std::span<const std::byte> firstBytes) {
    if (firstBytes.empty()) return "empty; its download never began, get it again";
    if (firstBytes[0] == kPickleProtocol) return std::nullopt;
    const std::string_view bytes(reinterpret_cast<const char*>(firstBytes.data()),
                                 firstBytes.size());
    if (bytes.starts_with("version https://git-lfs"))
        return "a git-lfs pointer, not the data it points to; run \"git lfs pull\" in the "
               "repository it came from";
    const std::string lower = lowerWithoutLeadingSpace(bytes);
    for (const std::string_view tag : {"<!doctype html", "<html", "<?xml", "<head", "<body"})
        if (lower.starts_with(tag))
            return "a web page (HTML), probably an error page that was saved in place of the "
                   "download; get the file again";
    struct Magic {
        std::string_view bytes;
        std::string_view what;
    };
    constexpr std::array<Magic, 5> kMagics{{
        {"GGUF", "a GGUF file"},
        {"PK\x03\x04", "a zip archive (PyTorch and .npz files are such archives)"},
        {"\x93NUMPY", "a NumPy .npy array"},
        {"\x1f\x8b", "compressed with gzip; decompress it first"},
        {"\x28\xb5\x2f\xfd", "compressed with zstd; decompress it first"},
    }};
    for (const Magic& magic : kMagics)
        if (bytes.starts_with(magic.bytes))
            return fmt::format("{}, expected a pickle (first byte 0x80)", magic.what);
    if (std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; }))
        return "filled with zeros where a pickle should begin; its download was reserved but not "
               "finished, get it again";
    constexpr std::size_t kShown = 40;
    if (isText(bytes))
        return fmt::format("text (\"{}\"), expected a pickle (first byte 0x80); get it again",
                           shownText(bytes.substr(0, kShown)));
    return fmt::format("not a pickle: it begins with \"{}\", expected \"\\x80\"; get it again",
                       shownText(bytes.substr(0, 8)));
}

}  // namespace gatescope
