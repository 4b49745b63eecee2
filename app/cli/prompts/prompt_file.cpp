#include "app/cli/prompts/prompt_file.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/error.h"
#include "engine/io/shown_text.h"

namespace gatescope::cli {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestLine = std::size_t{16} << 20U;
constexpr int kMostTokens = 1'000'000;

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
    throw Error(ErrorKind::BadInput, fmt::format("{}: {}", where, what));
}

std::string textAt(const json& object, const char* key, const std::string& where) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return {};
    if (!found->is_string())
        refuse(where, fmt::format("\"{}\" is {}, expected a text", key, shownText(found->dump())));
    return found->get<std::string>();
}

std::string idAt(const json& object, const std::string& where) {
    const auto found = object.find("id");
    if (found != object.end() && found->is_number_integer()) return found->dump();
    return textAt(object, "id", where);
}

std::optional<int> countAt(const json& object, const std::string& where) {
    for (const char* key : {"max_tokens", "n"}) {
        const auto found = object.find(key);
        if (found == object.end() || found->is_null()) continue;
        if (!found->is_number_unsigned() || found->get<std::uint64_t>() > kMostTokens)
            refuse(where,
                   fmt::format("\"{}\" is {}, expected a whole number from 0 to {}",
                               key,
                               shownText(found->dump()),
                               kMostTokens));
        return found->get<int>();
    }
    return std::nullopt;
}

PromptLine parseLine(const std::string& text, int line, const std::string& where) {
    const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object())
        refuse(where,
               fmt::format("expected a JSON object as {{\"prompt\": \"...\"}}, found {}",
                           shownText(text)));
    PromptLine prompt{.line = line,
                      .prompt = textAt(object, "prompt", where),
                      .id = idAt(object, where),
                      .tag = textAt(object, "tag", where),
                      .maxTokens = countAt(object, where)};
    if (prompt.prompt.empty()) refuse(where, "expected a \"prompt\" with at least one character");
    return prompt;
}

}  // namespace

std::vector<PromptLine> readPromptFile(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) refuse(file.string(), "cannot be read; expected a file of JSON lines");
    std::vector<PromptLine> prompts;
    std::string text;
    for (int line = 1; std::getline(in, text); ++line) {
        const std::string where = fmt::format("{}: line {}", file.string(), line);
        if (text.size() > kLongestLine)
            refuse(where, fmt::format("longer than {} bytes", kLongestLine));
        if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
        prompts.push_back(parseLine(text, line, where));
    }
    if (in.bad()) refuse(file.string(), "cannot be read to its end");
    if (prompts.empty()) refuse(file.string(), "holds no prompt; expected a JSON object a line");
    return prompts;
}

}  // namespace gatescope::cli
