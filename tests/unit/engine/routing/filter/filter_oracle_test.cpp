// Random filters over random traces against a second reading of docs/filter.md: each filter is made
// as its text and, beside it, as a function that answers by looking at everything, without order,
// cache or shortcut.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "tests/unit/engine/routing/filter/filter_samples.h"

namespace gatescope {
namespace {

using test::SampleTokens;

enum Answer { No, Unknown, Yes };
Answer yes(bool value) {
    return value ? Yes : No;
}

/// `layer` -1: the token has no routing.
using Meaning = std::function<Answer(const SampleTokens&, int token, int layer)>;
struct Made {
    std::string text;
    Meaning means;
};

class Maker {
  public:
    explicit Maker(unsigned seed) : random_(seed) {}

    int upTo(int largest) {
        return static_cast<int>(random_() % static_cast<unsigned>(largest + 1));
    }

    Made make(int depth) {
        if (depth == 0) return clause();
        switch (upTo(6)) {
            case 0:
                return both(depth, "&", [](Answer a, Answer b) { return std::min(a, b); });
            case 1:
                return both(depth, "|", [](Answer a, Answer b) { return std::max(a, b); });
            case 2: {
                const Made inner = make(depth - 1);
                return {"!(" + inner.text + ")", [inner](const auto& tokens, int t, int l) {
                            return Answer(2 - inner.means(tokens, t, l));
                        }};
            }
            case 3:
                return quantified(depth, "any", false, false);
            case 4:
                return quantified(depth, "all", true, false);
            case 5:
                return quantified(depth, "none", false, true);
            default:
                return clause();
        }
    }

  private:
    Made both(int depth, const char* sign, Answer (*join)(Answer, Answer)) {
        const Made a = make(depth - 1);
        const Made b = make(depth - 1);
        return {"(" + a.text + ") " + sign + " (" + b.text + ")",
                [a, b, join](const auto& tokens, int t, int l) {
                    return join(a.means(tokens, t, l), b.means(tokens, t, l));
                }};
    }

    Made quantified(int depth, const char* word, bool all, bool negated) {
        const Made inner = make(depth - 1);
        return {std::string(word) + ": (" + inner.text + ")",
                [inner, all, negated](const SampleTokens& tokens, int t, int) {
                    return overLayers(inner.means, tokens, t, all, negated);
                }};
    }

    static Answer overLayers(
        const Meaning& means, const SampleTokens& tokens, int t, bool all, bool negated) {
        const auto& routing = tokens.samples[static_cast<std::size_t>(t)].routing;
        std::vector<Answer> answers;
        if (!routing) answers.push_back(means(tokens, t, -1));
        for (int l = 0; routing && l < routing->numLayers; ++l)
            answers.push_back(means(tokens, t, l));
        const Answer so =
            all ? *std::ranges::min_element(answers) : *std::ranges::max_element(answers);
        return negated ? Answer(2 - so) : so;
    }

    Made clause() {
        const int number = upTo(5);
        const std::string text = std::to_string(number);
        switch (upTo(8)) {
            case 0:
                return inLayer("layer=" + text,
                               [number](const RoutingRecord&, int l) { return l == number; });
            case 1:
                return inLayer("expert={" + text + ", 7}", [number](const auto& r, int l) {
                    const auto s = r.layerSelected(l);
                    return std::ranges::count(s, number) + std::ranges::count(s, 7) > 0;
                });
            case 2:
                return inLayer("first!=" + text, [number](const auto& r, int l) {
                    return r.layerSelected(l)[0] != number;
                });
            case 3:
                return inLayer("mass>0." + text, [number](const auto& r, int l) {
                    double mass = 0;
                    for (const auto e : r.layerSelected(l))
                        mass += r.layerProbs(l)[static_cast<std::size_t>(e)];
                    return mass > number / 10.0;
                });
            case 4:
                return inLayer("margin<0." + text, [number](const auto& r, int l) {
                    const auto probs = r.layerProbs(l);
                    std::vector<double> p(probs.begin(), probs.end());
                    std::ranges::sort(p, std::greater<>());
                    return p[0] - p[1] < number / 10.0;
                });
            case 5:
                return inLayer("entropy>=1." + text, [number](const auto& r, int l) {
                    double h = 0;
                    for (const double p : r.layerProbs(l)) h -= p * std::log2(p);
                    return h >= 1 + number / 10.0;
                });
            case 6:
                return inLayer("p(" + text + ")>0.2", [number](const auto& r, int l) {
                    return r.layerProbs(l)[static_cast<std::size_t>(number)] > 0.2;
                });
            case 7:
                return {"generated", [](const SampleTokens& tokens, int t, int) {
                            return yes(tokens.at(t).generated);
                        }};
            default:
                return {"text~\"ab\"", [](const SampleTokens& tokens, int t, int) {
                            return yes(occurrenceCovers(tokens, t, "ab"));
                        }};
        }
    }

    static Made inLayer(const std::string& text,
                        const std::function<bool(const RoutingRecord&, int)>& holds) {
        return {text, [holds](const SampleTokens& tokens, int t, int l) {
                    if (l < 0) return Unknown;
                    return yes(holds(*tokens.samples[static_cast<std::size_t>(t)].routing, l));
                }};
    }

    /// The whole text, every place in it.
    static bool occurrenceCovers(const SampleTokens& tokens, int t, const std::string& sought) {
        std::string all;
        std::size_t begin = 0;
        std::size_t end = 0;
        for (int i = 0; i < tokens.size(); ++i) {
            if (i == t) begin = all.size();
            all += tokens.samples[static_cast<std::size_t>(i)].text;
            if (i == t) end = all.size();
        }
        for (std::size_t at = 0; at + sought.size() <= all.size(); ++at)
            if (all.compare(at, sought.size(), sought) == 0 &&
                std::max(at, begin) < std::min(at + sought.size(), end))
                return true;
        return false;
    }

    std::mt19937 random_;

  public:
    /// Whether the token matches: in some layer, or where there is none.
    static bool matches(const Made& made, const SampleTokens& tokens, int t) {
        return overLayers(made.means, tokens, t, false, false) == Yes;
    }
};

SampleTokens drawn(unsigned seed) {
    std::mt19937 random(seed);
    SampleTokens tokens;
    const char* const texts[]{"a", "b", "ab", "", "ba", " c"};
    for (int i = 0; i < 40; ++i) {
        auto& sample = tokens.add(texts[random() % 6],
                                  i % 7 == 3 ? nullptr : test::randomRecord(random, {5, 8, 2}));
        sample.facts.generated = random() % 2 == 0;
    }
    return tokens;
}

TEST(FilterOracleTest, AgreesWithASecondReadingOfThePage) {
    Maker maker(3);
    int some = 0;
    for (int round = 0; round < 1000; ++round) {
        const SampleTokens tokens = drawn(static_cast<unsigned>(round % 17));
        const Made made = maker.make(maker.upTo(4));
        const auto parsed = RoutingFilter::parse(made.text);
        ASSERT_TRUE(parsed.filter) << made.text << ": " << parsed.problem.sentence;
        std::vector<int> expected;
        for (int t = 0; t < tokens.size(); ++t)
            if (Maker::matches(made, tokens, t)) expected.push_back(t);
        ASSERT_EQ(matchesOf(*parsed.filter, tokens), expected) << made.text;
        some += !expected.empty() && expected.size() < 40 ? 1 : 0;
    }
    EXPECT_GT(some, 300) << "most filters match all or nothing: the test says little";
}

}  // namespace
}  // namespace gatescope
