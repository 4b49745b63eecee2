#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/model/model_source.h"
#include "engine/model/native/native_format.h"

namespace gatescope {

// Start copies: native files of models that were opened before, in a folder of the user's cache,
// one a model, made only when asked for. A copy is used while its model's files are the ones it was
// made of (place, names, sizes, times, what they say of their tensors) and this program lays
// weights out as the one that made it.

/// $XDG_CACHE_HOME/gatescope/start-copies, or below $HOME/.cache. Empty: the environment has
/// neither.
std::filesystem::path startCopyFolder();

/// One file of the folder.
struct StartCopy {
    std::filesystem::path file;
    std::uint64_t bytes = 0;
    std::optional<NativeHeader> header;  ///< none: it cannot be read
    std::string problem;                 ///< why not
};
/// What is in `folder`, unfinished ones too, by file name. There need be no such folder.
std::vector<StartCopy> listStartCopies(const std::filesystem::path& folder);
/// The copy of `source`, usable or not; empty: there is none.
std::optional<StartCopy> findStartCopy(const std::filesystem::path& folder,
                                       const ModelSource& source);

/// Why `copy` is not what `source` would give now, as the end of a sentence; empty: it is.
std::string staleness(const StartCopy& copy, const ModelSource& source);

/// Makes or replaces the copy of `source`, whose `weights` are laid out for the CPU decoder.
/// Empty: stopped. Throws Error(BadUsage) for a model without files, and as writeNativeFile().
std::optional<std::filesystem::path> addStartCopy(const std::filesystem::path& folder,
                                                  const ModelSource& source,
                                                  const ModelWeights& weights,
                                                  const LoadProgressCallback& progress,
                                                  const std::stop_token& stop);

struct StartCopyWeights {
    std::shared_ptr<ModelWeights> weights;  ///< null: there is no copy, it cannot be used, stopped
    std::string note;                       ///< a sentence on a copy that is there and not used
};
/// Maps the copy of `source` and compares every byte with its checksums, which reads the file into
/// the system's cache. Never fails: a copy that cannot be used is told about, and one that turns
/// out damaged is removed.
StartCopyWeights loadStartCopy(const std::filesystem::path& folder,
                               const ModelSource& source,
                               int numThreads,
                               const LoadProgressCallback& progress,
                               const std::stop_token& stop);

/// Compares every byte of one copy with its checksums. Throws Error(BadInput) with a code COPY-...
LoadOutcome verifyStartCopy(const std::filesystem::path& file,
                            int numThreads,
                            const LoadProgressCallback& progress,
                            const std::stop_token& stop);

}  // namespace gatescope
