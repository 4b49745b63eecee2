#pragma once

#include <string>

namespace gatescope::kernels {

/// The instruction set the kernels run on here, for people: "AVX-512", "AVX2", "SSE4", "portable",
/// and "AVX-512 and AMX".
/// Chosen by the processor, at run time.
std::string simdTargetName();

}  // namespace gatescope::kernels
