#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/model/model_file.h"
#include "engine/model/safetensors/safetensors_header.h"

namespace gatescope {

/// A .safetensors file of a model.
struct HfFile {
    std::string name;
    FileIdentity identity;
    std::vector<SafetensorsEntry> tensors;
};

/// One of the places where a tensor lies.
struct HfPlace {
    std::size_t file = 0;  ///< index into HfFiles::files
    const SafetensorsEntry* entry = nullptr;
};

/// The files of a model, and by name where each tensor lies: in one place, or, in a model that was
/// cut for several GPUs, in a file of each. Moves, but does not copy: places point into it.
struct HfFiles {
    HfFiles() = default;
    HfFiles(HfFiles&&) = default;
    HfFiles& operator=(HfFiles&&) = default;

    std::vector<HfFile> files;
    std::map<std::string_view, std::vector<HfPlace>> places;
    std::vector<std::string> remarks;
};

/// Reads the index, if there is one, and the headers of the files that it names; without one those
/// of all .safetensors of the directory. Throws Error(BadInput): a file that is missing, a link or
/// damaged; a tensor that is listed but not there, or there but not listed, or in two
/// files that are not shares of ranks.
HfFiles readHfFiles(const ModelDirectory& directory, const PreadFunction* pread);

}  // namespace gatescope
