#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/model/model_file.h"

namespace gatescope {

/// A file of a model as it was when it was opened.
struct SourceFile {
    std::string name;  ///< within the model
    std::uint64_t bytes = 0;
    std::int64_t modifiedNs = 0;
    std::uint64_t inode = 0;  ///< a file put in its place has another, even with the same time
    friend bool operator==(const SourceFile&, const SourceFile&) = default;
};
SourceFile sourceFile(std::string name, const FileIdentity& identity);

/// What has to be the same for weights to be those that were read from it before.
struct SourceIdentity {
    std::string format;    ///< ModelSource::format()
    std::string location;  ///< absolute path of the file or directory, links followed; empty: none
    std::vector<SourceFile> files;
    friend bool operator==(const SourceIdentity&, const SourceIdentity&) = default;
};
/// Empty if there is nothing at `path`.
std::string locationOf(const std::filesystem::path& path);

}  // namespace gatescope
