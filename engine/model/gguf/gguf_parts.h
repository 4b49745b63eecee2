#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/model/gguf/gguf_file.h"
#include "engine/model/model_file.h"

namespace gatescope {

/// One file of a model: what it says about itself, and how it is opened again.
struct GgufPart {
    GgufFile content;
    FileIdentity identity;
    std::function<ModelFile()> open;
};

/// Opens and describes every file of the model at `path`, part 1 first:
///   - a file, which may be a link that the user chose; the other parts of a split model are looked
///     for beside it, in its directory held open, and links among them are not followed;
///   - a directory that holds one model, in one file or a whole set of parts.
/// Parts are PREFIX-00001-of-0000N.gguf and say the same in split.no, split.count and
/// split.tensors.count. Throws Error(BadInput): what parseGguf() finds, a part that is missing or
/// belongs to another set, a later part named instead of the first, several models in a directory.
///   pread  null: the system's
/// Source: llama.cpp tools/gguf-split.
std::vector<GgufPart> openGgufParts(const std::filesystem::path& path, const PreadFunction* pread);

/// Does `path` look like one: a file that is called .gguf or begins as one, or a directory with
/// such a file in it?
bool isGgufAt(const std::filesystem::path& path);

}  // namespace gatescope
