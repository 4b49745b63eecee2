#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace gatescope {
namespace {

namespace fs = std::filesystem;

/// From top to bottom; an include goes down this list, never up.
constexpr std::array<std::string_view, 4> kLayers{"app", "ui", "engine", "kernels"};

std::optional<std::size_t> layerOf(std::string_view path) {
    const auto first = path.substr(0, path.find('/'));
    const auto found = std::find(kLayers.begin(), kLayers.end(), first);
    if (found == kLayers.end()) return std::nullopt;
    return static_cast<std::size_t>(found - kLayers.begin());
}

bool isSource(const fs::path& file) {
    static const std::array<std::string, 5> kExtensions{".h", ".cpp", ".cu", ".cuh", ".inc"};
    return std::find(kExtensions.begin(), kExtensions.end(), file.extension()) != kExtensions.end();
}

struct Include {
    std::string target;
    bool quoted = false;
};

std::vector<Include> includesOf(std::istream& in) {
    static const std::regex kInclude(R"re(^\s*#\s*include\s*(["<])([^">]+)[">])re");
    std::vector<Include> includes;
    std::smatch match;
    for (std::string line; std::getline(in, line);)
        if (std::regex_search(line, match, kInclude))
            includes.push_back({match[2], match[1] == "\""});
    return includes;
}

/// Why `include` may not stand in `file`; empty if it may.
std::string violation(const std::string& file, const Include& include) {
    const auto from = layerOf(file);
    const auto to = layerOf(include.target);
    if (from && to && *to < *from)
        return fmt::format("{} includes {}, which lies above it", file, include.target);
    if (from && include.target.starts_with("tests/"))
        return fmt::format(
            "{} includes {}: tests are not part of the product", file, include.target);
    if (from && include.quoted && !to)
        return fmt::format("{}: \"{}\" is not a path from the root", file, include.target);
    static const std::regex kQt("^(Q[A-Z]|Qt)");
    const bool belowUi = file.starts_with("engine/") || file.starts_with("kernels/");
    if (belowUi && std::regex_search(include.target, kQt))
        return fmt::format("{} includes {}: engine and kernels know no Qt", file, include.target);
    static const std::regex kCuda("^(cuda|cublas|nccl|nvml)");
    if (file.starts_with("ui/") && std::regex_search(include.target, kCuda))
        return fmt::format(
            "{} includes {}: the user interface knows no CUDA", file, include.target);
    return {};
}

TEST(IncludeLayersTest, NoIncludeGoesUp) {
    const fs::path root = GATESCOPE_SOURCE_DIR;
    int files = 0;
    for (const auto layer : kLayers) {
        for (const auto& entry : fs::recursive_directory_iterator(root / layer)) {
            if (!entry.is_regular_file() || !isSource(entry.path())) continue;
            ++files;
            std::ifstream in(entry.path());
            for (const auto& include : includesOf(in))
                EXPECT_EQ(violation(entry.path().lexically_relative(root).string(), include), "");
        }
    }
    EXPECT_GT(files, 30) << "the source tree was not found";
}

TEST(IncludeLayersTest, SeesEachKindOfViolation) {
    EXPECT_NE(violation("engine/a.h", {"ui/selection.h", true}), "");
    EXPECT_NE(violation("kernels/a.h", {"engine/error.h", true}), "");
    EXPECT_NE(violation("ui/a.h", {"app/exit_status.h", true}), "");
    EXPECT_NE(violation("engine/a.cpp", {"QString", false}), "");
    EXPECT_NE(violation("engine/a.cpp", {"tests/support/test_paths.h", true}), "");
    EXPECT_NE(violation("ui/a.cpp", {"cuda_runtime.h", false}), "");
    EXPECT_NE(violation("ui/a.cpp", {"selection.h", true}), "");
    EXPECT_EQ(violation("ui/a.cpp", {"engine/engine.h", true}), "");
    EXPECT_EQ(violation("app/a.cpp", {"ui/selection.h", true}), "");
}

TEST(IncludeLayersTest, FindsIncludesHoweverTheyAreSpaced) {
    std::istringstream in("#include \"a/b.h\"\n  # include <QString>\n// nothing\n");
    const auto includes = includesOf(in);
    ASSERT_EQ(includes.size(), 2U);
    EXPECT_EQ(includes[0].target, "a/b.h");
    EXPECT_EQ(includes[1].target, "QString");
}

}  // namespace
}  // namespace gatescope
