#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "engine/comparison/score.h"
#include "engine/event.h"
#include "engine/generation/generation.h"

namespace gatescope {

/// A text that is continued plain and changed with several seeds: what is by luck and what is not.
/// Each set holds for the prompt and for the reply.
struct SeedComparison {
    std::vector<TokenId> prompt;
    InterventionSet plain;
    InterventionSet changed;
    SamplerConfig sampler;  ///< its seed is the first; the others follow it
    int maxTokens = 64;     ///< of a reply
    int seeds = 20;
};

/// Seeds of a comparison at most.
inline constexpr int kMostSeeds = 10000;

/// Throws Error(BadUsage) if there are fewer than two seeds or too many, no token is asked for,
/// both ways are the same, or the sampler is out of range or does not draw.
void validate(const SeedComparison& comparison);

/// One seed's reply, plain beside changed.
struct SeedOutcome {
    std::uint64_t seed = 0;
    double klBits = 0;                   ///< mean over the plain reply's tokens
    std::optional<int> firstDifference;  ///< token of the reply; empty: the same reply
    double differing = 0;                ///< share of both replies' tokens that are not aligned
    int plainTokens = 0;
    int changedTokens = 0;
    friend bool operator==(const SeedOutcome&, const SeedOutcome&) = default;
};

/// What one seed takes: two replies, then the plain one's tokens computed both ways. Whoever has a
/// decoder runs what next() gives and hands over all events of it. A value; used by one thread.
class SeedRun {
  public:
    using Request = std::variant<GenerationRequest, ScoreRequest>;

    /// `comparison` lives longer; `seed` is one of its.
    SeedRun(const SeedComparison& comparison, std::uint64_t seed);

    /// To be run now, its id left to whoever does; nothing: outcome() is there.
    std::optional<Request> next() const;
    void take(const Event& event);
    /// What next() gave has come to its end.
    void ended();
    /// Requires that next() gives nothing. KL is KL(plain || changed) of the distributions that the
    /// plain reply's tokens were drawn from, at temperature 1, 0 for an empty reply.
    SeedOutcome outcome() const;

  private:
    enum class Stage { Plain, Changed, Kl, Done };
    GenerationRequest replyRequest(const InterventionSet& set) const;
    ScoreRequest klRequest() const;

    const SeedComparison& comparison_;
    std::uint64_t seed_;
    Stage stage_ = Stage::Plain;
    std::vector<TokenId> plain_;
    std::vector<TokenId> changed_;
    double klSum_ = 0;
};

/// A mean or a share with its 95 % interval.
struct Estimate {
    double value = 0;
    double low = 0;
    double high = 0;
    friend bool operator==(const Estimate&, const Estimate&) = default;
};

/// Of the mean, by Student's t over the values. Requires two or more.
Estimate meanOf(std::span<const double> values);
/// Of a share, Wilson's. Source: Wilson 1927, "Probable inference, the law of succession, and
/// statistical inference". Requires 0 <= count <= of, of >= 1.
Estimate shareOf(int count, int of);

/// What is reported of all seeds.
struct SeedSummary {
    Estimate klBits;
    Estimate firstToken;  ///< share of replies whose first token is another
    Estimate replies;     ///< share that differs at all
    Estimate tokens;      ///< mean share of tokens that differ
    friend bool operator==(const SeedSummary&, const SeedSummary&) = default;
};
/// Requires two outcomes or more.
SeedSummary summaryOf(std::span<const SeedOutcome> outcomes);

}  // namespace gatescope
