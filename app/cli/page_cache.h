#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/model/model_source.h"

namespace gatescope::cli {

/// The files that `model` was opened from: all of a directory, or a file and the others of its
/// split. Nothing for a synthetic model.
std::vector<std::filesystem::path> modelFiles(const ModelSource& source, const std::string& model);

std::uint64_t totalBytes(const std::vector<std::filesystem::path>& files);

/// Asks the system to forget the files' pages; needs no rights but to read them. What another
/// program maps, and a file system in memory, stays: look at cachedShare().
void dropFromPageCache(const std::vector<std::filesystem::path>& files);

/// Reads every file once. False when `stop` was requested.
bool readIntoPageCache(const std::vector<std::filesystem::path>& files,
                       const std::stop_token& stop);

/// The part of the files' bytes that is in the system's page cache, 0 to 1. Empty if that cannot be
/// known: Linux tells it only to who may write a file or owns it, and says "all" to others.
std::optional<double> cachedShare(const std::vector<std::filesystem::path>& files);

}  // namespace gatescope::cli
