#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace gatescope::test {

/// A folder that exists as long as this object.
class ScratchDir {
  public:
    ScratchDir();
    ~ScratchDir();
    ScratchDir(const ScratchDir&) = delete;
    ScratchDir& operator=(const ScratchDir&) = delete;
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

/// tests/data of the source tree.
std::filesystem::path dataDir();
/// The folder `shared` beside the checkout, if it is there. In CI it must be: then its absence is a
/// failure, not a skip (throws std::runtime_error).
std::optional<std::filesystem::path> sharedDir();

}  // namespace gatescope::test

/// Skips with a reason where the wider set of goldens is absent; never in CI.
#define GS_REQUIRE_SHARED(variable)                                                    \
    const auto variable##Optional = ::gatescope::test::sharedDir();                    \
    if (!variable##Optional) GTEST_SKIP() << "no folder 'shared' beside the checkout"; \
    const std::filesystem::path variable = *variable##Optional
