#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/model/load_jobs.h"
#include "engine/model/model_file.h"
#include "engine/model/weights_assembly.h"

namespace gatescope {

class LoadWatcher;

/// A stretch of a file that holds rows of a tensor, and where they go. Rows are outputs, inputs are
/// contiguous, as GGUF and Hugging Face store every matrix; a norm is one row.
///   stored  [numRows, numColumns]  at `offset`, without gaps
struct TensorPart {
    std::size_t file = 0;  ///< index into PartsFiles
    std::uint64_t offset = 0;
    DType stored = DType::F32;
    std::int64_t numRows = 0;
    std::int64_t numColumns = 0;
    std::size_t tensor = 0;        ///< index into the layouts
    int matrix = 0;                ///< which expert
    std::int64_t firstRow = 0;     ///< in that matrix, [numOut, numIn]
    std::int64_t firstColumn = 0;  ///< a multiple of the stored type's block size
    std::string name;              ///< the source's own name, for messages

    std::uint64_t bytes() const;
};

/// f32 scales of an F8E4M3 matrix: one for the whole part, or one a row.
struct ScalePart {
    std::size_t file = 0;
    std::uint64_t offset = 0;
    DType stored = DType::F32;  ///< F32, BF16 or F16
    std::int64_t count = 1;     ///< 1, or numRows
    std::size_t tensor = 0;
    int matrix = 0;
    std::int64_t firstRow = 0;
    std::int64_t numRows = 0;  ///< rows that they scale
    std::string name;
};

/// A file that parts lie in: opened again for loading, and checked to be the one described.
struct PartsFile {
    std::function<ModelFile()> open;
    FileIdentity identity;
};

struct TensorParts {
    std::vector<TensorLayout> layouts;
    std::vector<PartsFile> files;
    std::vector<TensorPart> parts;
    std::vector<ScalePart> scales;
};

struct PartsReadOptions {
    bool inPanels = false;  ///< lays matrices out in panels as they are read, as far as it can be
    int numReaders = 0;     ///< threads; 0: enough to keep a disk busy
    LoadWatcher* watcher = nullptr;  ///< hears what is in place, stage by stage; null: nobody
    std::function<std::uint64_t()> availableMemory;  ///< bytes; null: what the system says
};

/// Reads every part in parallel into fresh memory. What is kept in another type than stored becomes
/// f32; what is kept InputsFirst is transposed. In panels go matrices that there are panels for, if
/// they are kept as they are stored and no panel is cut by two parts; an embedding that is not the
/// output matrix too stays in rows. Requires that parts cover every element of every
/// layout exactly once and lie within their files (readers check this when they open a model).
/// Returns null when `stop` was requested; all memory is given back then. Throws Error(NoMemory)
/// with both numbers before allocating, FILE-008, FILE-009 or FILE-010 for the first file that is
/// not as described, Error(DeviceFault) if the disk fails.
std::shared_ptr<ModelWeights> loadParts(const std::string& model,
                                        const ModelConfig& config,
                                        const TensorParts& parts,
                                        const PartsReadOptions& options,
                                        const LoadProgressCallback& progress,
                                        std::stop_token stop);

/// ModelSource::visitValues(): reads the parts of one tensor a piece at a time.
LoadOutcome visitTensorParts(const TensorParts& parts,
                             std::size_t tensor,
                             const ValueVisitor& visit,
                             const std::stop_token& stop);

/// Reads the parts of one tensor alone into `memory` of its layout. Throws as loadParts() does.
LoadOutcome readTensorParts(const TensorParts& parts,
                            std::size_t tensor,
                            const TensorMemory& memory,
                            const PartsReadOptions& options,
                            const std::stop_token& stop);

}  // namespace gatescope
