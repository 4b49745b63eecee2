#pragma once

#include <cstddef>
#include <string>

#include "kernels/quant/dtype.h"

namespace gatescope::test {

/// Blocks of any bits, their scales such that the weights lie within about 0.1 of 0. The same for
/// the same arguments. Requires a block type and whole blocks.
std::string randomBlocks(DType type, std::size_t numElements, unsigned seed = 0);

}  // namespace gatescope::test
