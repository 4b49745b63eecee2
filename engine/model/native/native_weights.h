#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>

#include "engine/model/model_file.h"
#include "engine/model/native/native_format.h"

namespace gatescope {

/// Writes `weights`, laid out already, as a native file of `source`: under another name, read back,
/// then renamed to `out`, so that `out` is there as a whole or as it was before. Reports the bytes
/// written. Stopped, or an exception: nothing is left. Throws Error(DeviceFault) when the disk does
/// not do as it should or has too little room, Error(BadUsage) while another process does the same.
LoadOutcome writeNativeFile(const std::filesystem::path& out,
                            const ModelSource& source,
                            const ModelWeights& weights,
                            const LoadProgressCallback& progress,
                            const std::stop_token& stop);

/// Compares every tensor with its checksum, on `numThreads` threads. Throws COPY-057 naming the
/// first that is not as it was written.
///   mapped  the file that `header` was read from, as long as it says
LoadOutcome checkTensors(const NativeHeader& header,
                         const MappedFile& mapped,
                         const std::string& name,
                         int numThreads,
                         const LoadProgressCallback& progress,
                         const std::stop_token& stop);

/// The model in a native file, without a copy: it owns the mapping. May be read, not laid out anew.
///   mapped  the file that `header` was read from, as long as it says
std::shared_ptr<ModelWeights> weightsIn(const NativeHeader& header, MappedFile mapped);

}  // namespace gatescope
