#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace gatescope {

// Where files lie that only save work and may be removed at any time.

/// $XDG_CACHE_HOME/gatescope/NAME, or below $HOME/.cache. Empty: the environment has neither.
std::filesystem::path cacheFolder(std::string_view name);
/// Makes it, for nobody else to look into. Throws Error(DeviceFault).
void makeCacheFolder(const std::filesystem::path& folder);

/// What people recognise of `location`, in plain letters, and a checksum of `key`.
std::string cacheName(const std::filesystem::path& location, std::string_view key);

/// Bytes left on the disk of `folder`. Empty: the system does not say, and writing will tell.
std::optional<std::uint64_t> roomIn(const std::filesystem::path& folder);
/// Throws Error(DeviceFault) unless `what` ("a start copy") of `bytes` leaves 1 GiB of the `room`
/// on the disk of `folder` free.
void requireRoom(const std::filesystem::path& folder,
                 std::string_view what,
                 std::uint64_t bytes,
                 std::uint64_t room);

}  // namespace gatescope
