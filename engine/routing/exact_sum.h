#pragma once

#include <cmath>
#include <cstdint>

#include "engine/check.h"

namespace gatescope {

/// A sum that forgets what is taken out of it: adding values and removing equal ones, in any order,
/// gives back the identical sum, which a sum of doubles does not. Each value is rounded to a
/// multiple of 2^-56 (doubles from 2^-3 on, and every float from 2^-33 on, lose nothing) and the
/// whole numbers are added. Requires |value| < 2^40; 2^30 of the largest fit.
class ExactSum {
  public:
    void add(double value) { units_ += units(value); }
    void remove(double value) { units_ -= units(value); }
    /// add(value) for sign 1, remove(value) for sign -1.
    void accumulate(double value, int sign) { units_ += sign * units(value); }
    double value() const { return static_cast<double>(units_) * 0x1p-56; }
    friend bool operator==(const ExactSum&, const ExactSum&) = default;

  private:
    __extension__ using Units = __int128;  // what ISO C++ has ends at 64 bits: at 128 for 2^-56

    static Units units(double value) {
        GS_DCHECK(std::abs(value) < 0x1p40);
        const double scaled = value * 0x1p56;
        // The short way for what fits 64 bits: nearly every value is a probability.
        if (std::abs(scaled) < 0x1p62) return std::llrint(scaled);
        return static_cast<Units>(std::nearbyint(scaled));
    }

    Units units_ = 0;
};

}  // namespace gatescope
