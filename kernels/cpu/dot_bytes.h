#pragma once

namespace gatescope::kernels {

/// Whether the kernels have vpdpbusd on this processor, four products of bytes added in a lane; AMX
/// is only beside it.
bool hasDotBytes();

}  // namespace gatescope::kernels
