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

/// In so many tokens a selection fades by half, where nobody says otherwise.
inline constexpr double kUsualHeatHalfLife = 10000;

/// Of a model of this shape a heat can be kept.
bool canHaveHeat(int numLayers, int numExperts);
/// Of a model that nothing is known of yet; its name as short as a heat file takes it. Requires
/// canHaveHeat().
HeatOrigin newHeatOrigin(std::string fingerprint,
                         const std::string& model,
                         int numLayers,
                         int numExperts,
                         double halfLife = kUsualHeatHalfLife);

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

/// From here to its end no other process changes a heat in this folder, if it asks as well: between
/// reading a heat and writing it nothing that another one learnt is lost. Makes the folder; where
/// that or locking is not possible there is no lock, and writing says why. Waits for the others.
class HeatFolderLock {
  public:
    explicit HeatFolderLock(const std::filesystem::path& folder);
    ~HeatFolderLock();
    HeatFolderLock(const HeatFolderLock&) = delete;
    HeatFolderLock& operator=(const HeatFolderLock&) = delete;

  private:
    int folder_ = -1;
};

}  // namespace gatescope
