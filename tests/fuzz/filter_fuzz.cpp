// Fuzz target: the filter language. See docs/fuzzing.md.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "engine/routing/filter/routing_filter.h"
#include "tests/fuzz/filter_print.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/mutators.h"

namespace gatescope::test {
namespace {

/// What filters are made of, and what is nearly that.
constexpr std::array kWords{"layer",
                            "expert",
                            "first",
                            "p",
                            "gate",
                            "margin",
                            "decisive",
                            "entropy",
                            "mass",
                            "repeat",
                            "logprob",
                            "surprise",
                            "text",
                            "token",
                            "index",
                            "message",
                            "role",
                            "generated",
                            "drafted",
                            "routed",
                            "any:",
                            "all:",
                            "none:",
                            "user",
                            "assistant",
                            "in",
                            "and",
                            "or",
                            "not",
                            "=",
                            "!=",
                            "<",
                            "<=",
                            ">",
                            ">=",
                            "~",
                            "&",
                            "|",
                            "!",
                            "(",
                            ")",
                            "{",
                            "}",
                            ",",
                            "..",
                            "0",
                            "1",
                            "3",
                            "17",
                            "-1",
                            "0.05",
                            ".5",
                            "1e-3",
                            "1e308",
                            "1e9999",
                            "99999999999999999999",
                            "\"self\"",
                            "\"\\\"\"",
                            "\"\\\\\"",
                            "\" \"",
                            "\"\xC3\x84\"",
                            "\"\xff\"",
                            "p(3)",
                            "gate(1)",
                            " & ",
                            " | ",
                            "\""};

bool isWordByte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.';
}

std::vector<std::string> partsOf(const std::string& text) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at + 1;
        while (isWordByte(text[at]) && end < text.size() && isWordByte(text[end])) ++end;
        parts.push_back(text.substr(at, end - at));
        at = end;
    }
    return parts;
}

std::string mutatedFilter(const std::string& text, FuzzRandom& random) {
    std::vector<std::string> parts = partsOf(text);
    const std::string word = kWords[random.below(kWords.size())];
    const std::size_t at = random.below(parts.size());
    const auto place = parts.begin() + static_cast<std::ptrdiff_t>(at);
    switch (random.below(5)) {
        case 0:
            parts.insert(place, word);
            break;
        case 1:
            *place = word;
            break;
        case 2:
            parts.erase(place);
            break;
        case 3:
            parts.insert(place, parts[random.below(parts.size())]);
            break;
        default:  // around all of it
            return (random.oneIn(2) ? "!(" : "any:(") + text + ") & " + word;
    }
    std::string out;
    for (const std::string& part : parts) out += part;
    return out;
}

/// Three tokens: of a prompt, of a reply, and one that was not computed.
class FewTokens : public FilterTokens {
  public:
    int size() const override { return 3; }
    FilterToken at(int index) const override {
        constexpr std::array<std::string_view, 3> kTexts{" its", "Self ", "\xC3"};
        FilterToken token;
        token.token = index;
        token.text = kTexts[static_cast<std::size_t>(index)];
        token.generated = token.assistant = index == 1;
        token.logProb = -0.5F;
        if (index < 2) token.routing = &record_;
        return token;
    }

  private:
    const RoutingRecord record_{.numLayers = 2,
                                .numExperts = 3,
                                .numSelected = 2,
                                .probs = {0.5F, 0.3F, 0.2F, 0.1F, 0.1F, 0.8F},
                                .selected = {0, 1, 2, 0},
                                .gates = {0.5F, 0.3F, 0.8F, 0.1F}};
};

/// Printed and read again it asks the same question, and few tokens have the same answers.
void checkTaken(const std::string& text) {
    const FilterTree tree = parseFilter(text);
    const std::string again = printed(tree.root);
    const FewTokens tokens;
    const auto matches = matchesOf(*RoutingFilter::parse(text).filter, tokens);
    if (again.size() > kMaxFilterBytes)
        return;  // a set written out may be longer than the original
    GS_CHECK(RoutingFilter::parse(again).filter.has_value());
    const FilterTree same = parseFilter(again);
    GS_CHECK(sameMeaning(tree.root, same.root));
    GS_CHECK(matches == matchesOf(*RoutingFilter::parse(again).filter, tokens));
}

/// One line of plain text that names a place within what was typed, or right behind it.
void checkProblem(const FilterProblem& problem, const std::string& text) {
    const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; };
    const auto characters = static_cast<int>(std::ranges::count_if(text, begins));
    GS_CHECK(problem.column >= 1 && problem.column <= characters + 1);
    GS_CHECK(problem.sentence.starts_with("column " + std::to_string(problem.column) + ": "));
    for (const char c : problem.sentence)
        GS_CHECK(static_cast<unsigned char>(c) >= ' ' && c != '\x7f');
}

}  // namespace

std::vector<std::string> fuzzSeeds() {
    return {R"(layer=17 & expert=3 & margin<0.05 & text~"self")",
            "any:(expert=3 & p>0.5) | all:first in {1, 3..5} & !generated",
            R"(none:(gate(2)>=0.1 or repeat) and role!=user & text="a \"b\" \\")",
            "entropy>1.5 & index in {0..9, 12} & message!={1} & logprob<-2 & token=7 & drafted"};
}

}  // namespace gatescope::test

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t maxSize,
                                               unsigned seed) {
    return gatescope::test::mutateInPlace(
        data, size, maxSize, seed, gatescope::test::mutatedFilter);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto parsed = gatescope::RoutingFilter::parse(text);
    if (parsed.filter) {
        gatescope::test::checkTaken(text);
        ++gatescope::test::acceptedInputs;
    } else {
        gatescope::test::checkProblem(parsed.problem, text);
    }
    return 0;
}
