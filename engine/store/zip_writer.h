#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gatescope {

/// A file of an archive or a folder.
struct NamedBytes {
    std::string name;
    std::string bytes;
};

/// Writes a zip archive whose members are stored, not packed, as numpy.savez does. The same members
/// give the same bytes. The archive is written under another name and renamed over `file`.
/// Throws Error(DeviceFault) naming the file when it cannot be written whole.
void writeZip(const std::filesystem::path& file, const std::vector<NamedBytes>& members);

/// The same for a plain file: written whole under another name, forced to disk, renamed.
void writeFileWhole(const std::filesystem::path& file, const std::string& bytes);

}  // namespace gatescope
