#include "engine/model/source_identity.h"

#include <system_error>
#include <utility>

namespace gatescope {

SourceFile sourceFile(std::string name, const FileIdentity& identity) {
    return {.name = std::move(name),
            .bytes = identity.size,
            .modifiedNs = identity.modifiedNs,
            .inode = identity.inode};
}

std::string locationOf(const std::filesystem::path& path) {
    std::error_code error;
    const std::filesystem::path whole = std::filesystem::canonical(path, error);
    return error ? std::string() : whole.string();
}

}  // namespace gatescope
