#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/cli/record_filter.h"
#include "app/exit_status.h"
#include "engine/error.h"
#include "engine/io/shown_text.h"
#include "engine/store/branch_tokens.h"
#include "engine/store/recording.h"

namespace gatescope::cli {
namespace {

using Json = nlohmann::ordered_json;

RoutingFilter filterOf(const std::string& text) {
    auto parsed = RoutingFilter::parse(text);
    if (parsed.filter) return std::move(*parsed.filter);
    throw Error(ErrorKind::BadUsage,
                fmt::format("filter {}: {}", quotedText(text), parsed.problem.sentence));
}

Json rowOf(const FilterToken& token, int index) {
    return {{"index", index},
            {"message", token.message},
            {"role", token.assistant ? "assistant" : "user"},
            {"token", token.token},
            {"text", token.text},
            {"generated", token.generated}};
}

void printJson(const std::string& file,
               bool synthetic,
               const RoutingFilter& filter,
               const BranchTokens& tokens,
               const std::vector<int>& matches) {
    Json rows = Json::array();
    for (const int index : matches) rows.push_back(rowOf(tokens.at(index), index));
    const Json document{{"file", file},
                        {"synthetic", synthetic},
                        {"filter", filter.text()},
                        {"tokens", tokens.size()},
                        {"routed_tokens", tokens.routed()},
                        {"count", matches.size()},
                        {"matches", std::move(rows)}};
    fmt::print("{}\n", document.dump(2, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

int filterRecording(const std::string& file, const std::string& expression, bool json) {
    const RoutingFilter filter = filterOf(expression);
    const Recording recording = readRecording(file);
    const BranchTokens tokens(recording.messages);
    const auto matches = matchesOf(filter, tokens);
    const bool synthetic = recording.conversation.facts.synthetic;
    if (json) {
        printJson(file, synthetic, filter, tokens, matches);
        return kExitOk;
    }
    fmt::print("{}{}: {} of {} tokens, {} with routing\n",
               synthetic ? "SYNTHETIC " : "",
               file,
               matches.size(),
               tokens.size(),
               tokens.routed());
    for (const int index : matches) {
        const FilterToken token = tokens.at(index);
        fmt::print("{:>8}  {:<9}  {}\n",
                   index,
                   token.assistant ? "assistant" : "user",
                   quotedText(token.text));
    }
    return kExitOk;
}

}  // namespace gatescope::cli
