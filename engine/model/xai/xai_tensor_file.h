#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "engine/model/load_jobs.h"
#include "engine/model/model_file.h"
#include "engine/model/tensor_slots.h"
#include "engine/model/weights_assembly.h"
#include "engine/model/xai/pickle_reader.h"

namespace gatescope {

/// One file of a checkpoint: described when the checkpoint is opened, read when it is loaded.
struct XaiTensorFile {
    TensorSlot slot;
    std::string file;  ///< tensor00003_000
    FileIdentity identity;
    PickledTensor content;

    std::uint64_t payloadBytes() const;
    /// As the tensor will lie in memory: matrices as they are stored, everything else f32.
    TensorLayout layout() const;
};

/// A stretch of one of a tensor's two arrays: what one job reads.
struct XaiChunk {
    bool scales = false;
    std::uint64_t begin = 0;  ///< in the array, whole elements
    std::uint64_t bytes = 0;
};

/// Both arrays of a tensor, cut where the file's offsets are multiples of a large power of two, as
/// far as elements and blocks of `kept` allow.
std::vector<XaiChunk> chunksOf(const XaiTensorFile& tensor, DType kept);

/// Parses the pickle in `file` and checks it against its slot. `sizesFrom` says where the expected
/// shape comes from. Throws Error(BadInput): file, tensor, byte, expected, found.
XaiTensorFile describeTensorFile(const ModelDirectory& directory,
                                 std::string file,
                                 TensorSlot slot,
                                 const std::string& sizesFrom,
                                 const PreadFunction* pread);

/// Where a chunk goes.
struct XaiDestination {
    DType kept = DType::F32;  ///< of the weight: as stored, F32 for BF16, BF16 or Q8_0 for F32
    TensorMemory memory;
    bool bypassCache = false;
};

/// Reads one chunk. Returns early when stop is requested. Throws Error(BadInput) if the file is no
/// longer the one described or holds NaN or infinity, Error(DeviceFault) if the disk fails.
void readChunk(const ModelDirectory& directory,
               const XaiTensorFile& tensor,
               const XaiChunk& chunk,
               const XaiDestination& destination,
               ProgressMeter& progress,
               const std::stop_token& stop,
               const PreadFunction* pread);

/// ModelSource::visitValues(): the weight's array in order, its scales read before. Throws as
/// readChunk() does.
LoadOutcome visitElements(const ModelDirectory& directory,
                          const XaiTensorFile& tensor,
                          const ValueVisitor& visit,
                          const std::stop_token& stop,
                          const PreadFunction* pread);

}  // namespace gatescope
