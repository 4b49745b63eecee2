#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "engine/offload/heat.h"

namespace gatescope {

// A heat in a file of its own, one a model: FINGERPRINT.json in the folder `heat` of a profile. A
// small JSON document:
//   {"format": "gatescope-heat-1", "fingerprint": "0123456789abcdef", "model": "grok-1",
//    "layers": 2, "experts": 3, "half_life": 10000, "tokens": 42,
//    "counts": [[1.5, 0, 3], [2, 2, 0.25]]}
// half_life null: nothing fades. All keys must be there and no others.

inline constexpr std::size_t kLargestHeatFile = std::size_t{8} << 20;  ///< bytes

/// What a fingerprint is: 16 of 0-9 and a-f.
bool isFingerprint(std::string_view text);

std::string heatText(const Heat& heat);
/// Throws Error(BadInput) that starts with `where` and says which value was found and expected.
Heat heatFromText(std::string_view text, const std::string& where);

/// FOLDER/FINGERPRINT.json
std::filesystem::path heatFile(const std::filesystem::path& folder, const std::string& fingerprint);
/// Throws Error(BadInput).
Heat readHeat(const std::filesystem::path& file);
/// Makes the folder where there is none; the file is there whole, as it was or as it is now,
/// whatever happens. Throws Error(DeviceFault).
void writeHeat(const std::filesystem::path& file, const Heat& heat);

}  // namespace gatescope
