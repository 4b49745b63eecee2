#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace gatescope::cli {

/// One line of a prompt file.
struct PromptLine {
    int line = 0;  ///< in the file, from 1
    std::string prompt;
    std::string id;   ///< the writer's own name for it; may be empty
    std::string tag;  ///< its domain; empty: none
    std::optional<int> maxTokens;
};

/// Reads JSON lines: {"prompt": "...", "tag": "...", "id": "...", "max_tokens": 20}, all but
/// "prompt" optional; "n" is "max_tokens", and an id may be a number. Other keys are passed over,
/// so are empty lines. Throws Error(BadInput) naming file and line for anything else.
std::vector<PromptLine> readPromptFile(const std::filesystem::path& file);

}  // namespace gatescope::cli
