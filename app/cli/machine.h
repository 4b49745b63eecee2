#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace gatescope::cli {

/// "AMD EPYC 9354": what /proc/cpuinfo calls it, or the architecture where it has no name there.
std::string cpuModel();

/// Most bytes of this process that were in memory at one time; 0 where the system does not say.
std::uint64_t peakRssBytes();

/// How much of the cores that this process may run on went to others: what a measurement has to
/// say about itself. From construction on; used by one thread.
class CompetingLoad {
  public:
    CompetingLoad();
    /// 0 to 1: the part of those cores' time that was neither idle nor this process's own; what a
    /// host gave to its other machines is in it. The kernel counts in hundredths of a second: empty
    /// for less than 0.3 s, and where it does not say.
    std::optional<double> share() const;

  private:
    struct Times {
        int cores = 0;     ///< that this process may run on; 0: not known
        double busy = 0;   ///< seconds of all of them together
        double total = 0;  ///< the same with the idle ones
        double own = 0;    ///< of this process
    };
    static Times now();

    Times begin_;
};

}  // namespace gatescope::cli
