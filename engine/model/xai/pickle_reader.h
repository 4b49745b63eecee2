#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/io/bounded_reader.h"
#include "kernels/quant/dtype.h"

namespace gatescope {

/// An array that a pickle describes. Its elements stay where they are, in the file.
struct PickledArray {
    DType dtype = DType::F32;
    std::vector<std::int64_t> shape;  ///< 1 to 3 dimensions, each at least 1; C order
    std::uint64_t offset = 0;         ///< of the first element in the source
    std::uint64_t bytes = 0;          ///< product of shape times itemSize(dtype), within the source
};

/// One file of an xAI checkpoint: an array, or a QuantizedWeight8bit with its scales.
struct PickledTensor {
    PickledArray data;
    std::optional<PickledArray> scales;
};

/// Reads what the pickle in `source` describes with a reduced machine: the opcodes that NumPy, JAX
/// and ml_dtypes arrays need, the handful of names they need, everything else is refused. Nothing
/// is ever looked up, imported or called, and no fallback exists. A pickle's payload is passed
/// over, not read; time and memory are bounded by the machine's limits, whatever the file says.
/// Throws Error(BadInput) with `where` (file and tensor), the byte offset and the reason; passes on
/// what source.read throws.
/// Source: CPython Lib/pickletools.py for the opcodes; numpy ndarray.__reduce__ and
/// dtype.__reduce__, jax._src.array.ArrayImpl.__reduce__ for the patterns.
PickledTensor readPickledTensor(const ByteSource& source, const std::string& where);

}  // namespace gatescope
