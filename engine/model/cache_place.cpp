#include "engine/model/cache_place.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <cctype>
#include <cstdlib>
#include <span>
#include <system_error>

#include "engine/error.h"
#include "engine/io/checksum.h"
#include "engine/model/weights_assembly.h"

namespace gatescope {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kLeftFree = std::uint64_t{1} << 30;  // a cache never fills a disk

}  // namespace

fs::path cacheFolder(std::string_view name) {
    // Only absolute paths count, says the XDG base directory specification.
    if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && cache[0] == '/')
        return fs::path(cache) / "gatescope" / name;
    if (const char* home = std::getenv("HOME"); home != nullptr && home[0] == '/')
        return fs::path(home) / ".cache" / "gatescope" / name;
    return {};
}

void makeCacheFolder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (!error) fs::permissions(folder, fs::perms::owner_all, error);
    if (error)
        throw Error(ErrorKind::DeviceFault,
                    fmt::format("{} cannot be made: {}", folder.string(), error.message()));
}

std::string cacheName(const fs::path& location, std::string_view key) {
    std::string plain;
    for (const char c : location.stem().string().substr(0, 40))
        if (const auto byte = static_cast<unsigned char>(c); std::isalnum(byte) || c == '-')
            plain += c;
        else
            plain += '_';
    return fmt::format("{}-{:016x}", plain, checksumOf(std::as_bytes(std::span(key))));
}

std::optional<std::uint64_t> roomIn(const fs::path& folder) {
    struct statvfs disk {};
    if (::statvfs(folder.c_str(), &disk) != 0) return std::nullopt;
    return std::uint64_t{disk.f_bavail} * disk.f_frsize;
}

void requireRoom(const fs::path& folder,
                 std::string_view what,
                 std::uint64_t bytes,
                 std::uint64_t room) {
    if (room >= kLeftFree && room - kLeftFree >= bytes) return;
    throw Error(ErrorKind::DeviceFault,
                fmt::format("{}: {} takes {} and leaves {} free, the disk has {} left; "
                            "make room, or set XDG_CACHE_HOME to a folder on another disk",
                            folder.string(),
                            what,
                            bytesText(bytes),
                            bytesText(kLeftFree),
                            bytesText(room)));
}

}  // namespace gatescope
