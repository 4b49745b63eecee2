#include "tests/support/test_paths.h"

#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace gatescope::test {

ScratchDir::ScratchDir() {
    std::string name = (std::filesystem::temp_directory_path() / "gatescope-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch folder: " + name);
    path_ = name;
}

ScratchDir::~ScratchDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

namespace {

/// Where the sources lie, or what stands for them where a test was carried to
/// (packaging/gpu-check).
std::filesystem::path sourceDir() {
    const char* given = std::getenv("GATESCOPE_SOURCE_DIR");
    return given != nullptr ? given : GATESCOPE_SOURCE_DIR;
}

}  // namespace

std::filesystem::path dataDir() {
    return sourceDir() / "tests/data";
}

std::optional<std::filesystem::path> sharedDir() {
    const auto dir = sourceDir().parent_path() / "shared";
    if (std::filesystem::exists(dir / "goldens")) return dir;
    if (std::getenv("CI") != nullptr) throw std::runtime_error("CI has no " + dir.string());
    return std::nullopt;
}

}  // namespace gatescope::test
