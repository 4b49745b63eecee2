#pragma once

#include <optional>
#include <string>
#include <vector>

namespace gatescope::bench {

/// What kernels are compiled for, as far as it decides their speed.
enum class InstructionSet { Portable, Sse4, Avx2, Avx512Vnni, Amx };

const char* name(InstructionSet set);

/// How many times as fast as the baseline a kernel must at least be; empty: the kernel has no row.
std::optional<double> floorOf(const std::string& kernel, InstructionSet set);

/// All that have a row.
std::vector<std::string> kernelsWithFloors();

}  // namespace gatescope::bench
