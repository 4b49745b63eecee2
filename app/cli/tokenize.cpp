#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cctype>
#include <charconv>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/cli/command.h"
#include "app/cli/model_loading.h"
#include "app/cli/standard_input.h"
#include "app/exit_status.h"
#include "engine/error.h"
#include "engine/io/shown_text.h"
#include "engine/model/open_model.h"

namespace gatescope::cli {
namespace {

struct Options {
    std::string model;
    bool decode = false;
    bool json = false;
};

/// Ids in any spelling people paste: spaces, commas, brackets, newlines between them.
std::vector<TokenId> parseIds(const std::string& text) {
    std::vector<TokenId> ids;
    const char* const end = text.data() + text.size();
    for (const char* at = text.data(); at != end;) {
        if (std::isspace(static_cast<unsigned char>(*at)) != 0 || *at == ',' || *at == '[' ||
            *at == ']') {
            ++at;
            continue;
        }
        TokenId id = 0;
        const auto [next, error] = std::from_chars(at, end, id);
        if (error != std::errc())
            throw Error(
                ErrorKind::BadInput,
                fmt::format(
                    "standard input, byte {}: expected ids between spaces or commas, found '{}'",
                    at - text.data(),
                    shownText({at, 1})));
        ids.push_back(id);
        at = next;
    }
    return ids;
}

void printIds(const Tokenizer& tokenizer, const std::vector<TokenId>& ids, bool json) {
    if (!json) {
        fmt::print("{}\n", fmt::join(ids, " "));
        return;
    }
    std::vector<std::string> pieces;
    for (const TokenId id : ids) pieces.push_back(tokenizer.piece(id));
    const nlohmann::ordered_json out{{"ids", ids}, {"pieces", pieces}, {"count", ids.size()}};
    fmt::print("{}\n", out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

void printText(const std::string& text, bool json) {
    if (json) {
        const nlohmann::ordered_json out{{"text", text}};
        fmt::print("{}\n", out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    } else {
        std::fwrite(text.data(), 1, text.size(), stdout);
    }
}

int tokenize(const Options& options, const Context& context) {
    const auto source = openModel(options.model);
    const auto tokenizer = loadTokenizer(*source);
    const auto text = StandardInput().readAll(context.interrupted);
    if (!text) return kExitInterrupted;
    const std::string& input = *text;
    if (options.decode) {
        const auto ids = parseIds(input);
        for (std::size_t i = 0; i < ids.size(); ++i)
            if (ids[i] < 0 || ids[i] >= tokenizer->vocabSize())
                throw Error(ErrorKind::BadInput,
                            fmt::format("standard input: id {} is {}, the vocabulary's are 0 to {}",
                                        i,
                                        ids[i],
                                        tokenizer->vocabSize() - 1));
        printText(tokenizer->decode(ids), options.json);
    } else {
        printIds(*tokenizer, tokenizer->encode(input), options.json);
    }
    return kExitOk;
}

}  // namespace

void addTokenize(Command& root, Run& run) {
    auto options = std::make_shared<Options>();
    Command command =
        root.subcommand("tokenize",
                        "Text on standard input to ids, exactly as it stands (a final newline "
                        "counts), or ids to text.\n"
                        "Example: printf 'Hello world' | gatescope-cli tokenize MODEL");
    command.option("MODEL", options->model).required();
    command.flag("--decode", options->decode, "ids on standard input to text");
    command.flag("--json", options->json, "one JSON document: ids and pieces, or text");
    command.whenChosen([options, &run] {
        run = [options](const Context& context) { return tokenize(*options, context); };
    });
}

}  // namespace gatescope::cli
