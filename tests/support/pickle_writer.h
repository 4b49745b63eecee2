#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/quant/dtype.h"

namespace gatescope::test {

/// An array to be pickled: elements as they lie in memory, C order.
struct ArrayToPickle {
    DType dtype = DType::F32;  ///< F32, F16, BF16 or I8
    std::vector<std::int64_t> shape;
    std::string bytes;
};

/// The bytes that pickle.dump (protocol 4) of Python 3 with numpy 1.26 and ml_dtypes writes for an
/// array, and for a QuantizedWeight8bit of two: the form of xAI's release.
std::string pickleOf(const ArrayToPickle& array);
std::string pickleOf(const ArrayToPickle& weight, const ArrayToPickle& scales);

}  // namespace gatescope::test
