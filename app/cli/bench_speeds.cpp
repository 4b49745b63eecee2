#include "app/cli/bench_speeds.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "app/cli/machine.h"
#include "app/cli/model_loading.h"
#include "app/cli/progress_bar.h"
#include "engine/check.h"

namespace gatescope::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// Tokens of one call: what the cpu decoder takes through its layers together.
constexpr std::size_t kPrefillChunk = 512;
/// A slow model need not wait for every pair.
constexpr double kMostPairSeconds = 10;

double secondsSince(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Ids spread over the vocabulary without a pattern that a cache could use; never the pad token.
TokenId benchToken(int i, int vocabSize) {
    const auto mixed = (static_cast<std::uint64_t>(i) + 1) * 2654435761ULL;
    return static_cast<TokenId>(mixed % static_cast<std::uint64_t>(vocabSize - 1)) + 1;
}

/// One measurement: a decoder, its cache, and what every step of it needs.
class Run {
  public:
    Run(Decoder& decoder, const SpeedOptions& options, std::stop_token stop)
        : decoder_(decoder),
          options_(options),
          stop_(std::move(stop)),
          cache_(decoder.makeCache(options.prompt + options.generated)) {
        records_.reserve(static_cast<std::size_t>(options.prompt + options.generated));
    }

    std::optional<Speeds> measure() {
        const CompetingLoad load;
        Speeds speeds{.cacheBytes = cache_->bytes()};
        if (!warmUp() || !prefill(speeds) || !decode(speeds) || !reply(speeds) ||
            !compareCapture(speeds))
            return {};
        speeds.competingLoad = load.share();
        return speeds;
    }

  private:
    // Each of these is false when `stop` was requested.

    bool step(const Batch& batch, bool capture) {
        const int before = cache_->length();
        if (decoder_.forward(batch, *cache_, none_, out_, stop_) == StepStatus::Stopped)
            return false;
        keep(before, capture);
        return true;
    }

    /// What a step behind `before` tokens gave.
    void keep(int before, bool capture) {
        requireFinite(out_, decoder_.config(), before);
        for (int token = 0; capture && token < out_.numTokens; ++token)
            records_.push_back(
                std::make_shared<const RoutingRecord>(out_.record(decoder_.config(), token)));
    }

    bool decodeOne(int i, bool capture) {
        const TokenId token = benchToken(options_.prompt + i, decoder_.config().vocabSize);
        return step({.tokens = {&token, 1}}, capture);
    }

    /// Each shape of step once, so that none pays for scratch memory.
    bool warmUp() {
        for (const std::size_t count :
             {std::min(kPrefillChunk, static_cast<std::size_t>(options_.prompt)), std::size_t{1}}) {
            const auto tokens = benchTokens(static_cast<int>(count));
            if (!tokens.empty() && !step({.tokens = tokens}, false)) return false;
            cache_->truncate(0);
        }
        return true;
    }

    bool prefill(Speeds& speeds) {
        if (options_.prompt == 0) return true;
        const auto prompt = benchTokens(options_.prompt);
        ProgressBar bar("reading the prompt", ProgressBar::Unit::Tokens);
        const auto start = Clock::now();
        for (std::size_t first = 0; first < prompt.size(); first += kPrefillChunk) {
            const auto chunk = std::span<const TokenId>(prompt).subspan(
                first, std::min(kPrefillChunk, prompt.size() - first));
            const bool last = first + chunk.size() == prompt.size();
            if (!step({.tokens = chunk, .logitsFor = last ? LogitsFor::LastToken : LogitsFor::None},
                      options_.capture))
                return false;
            bar.update(first + chunk.size(), prompt.size());
        }
        speeds.prefillTokPerS = options_.prompt / secondsSince(start);
        return true;
    }

    bool decode(Speeds& speeds) {
        if (options_.generated == 0) return true;
        ProgressBar bar("decoding", ProgressBar::Unit::Tokens);
        const auto start = Clock::now();
        for (int i = 0; i < options_.generated; ++i) {
            if (!decodeOne(i, options_.capture)) return false;
            bar.update(static_cast<std::uint64_t>(i + 1),
                       static_cast<std::uint64_t>(options_.generated));
        }
        speeds.decodeTokPerS = options_.generated / secondsSince(start);
        return true;
    }

    /// As many tokens again, of the model's own choice: a token to begin behind, and the rest.
    bool reply(Speeds& speeds) {
        const int count = options_.generated - 1;
        if (count < 1) return true;
        cache_->truncate(options_.prompt);
        if (!decodeOne(0, false)) return false;
        const auto reply = decoder_.continueFrom({.cache = *cache_,
                                                  .logits = out_.logits,
                                                  .recent = {},
                                                  .sampler = {},
                                                  .interventions = none_,
                                                  .maxTokens = count});
        if (!reply) return true;
        const auto start = Clock::now();
        for (int i = 0; i < count; ++i) {
            (void)reply->draw();
            const int before = cache_->length();
            if (reply->advance(out_, stop_) == StepStatus::Stopped) return false;
            keep(before, options_.capture);
        }
        speeds.replyTokPerS = count / secondsSince(start);
        return true;
    }

    /// The same tokens again, each with and without. The second finds more in the caches, so two
    /// tokens make a pair, one in each order.
    bool compareCapture(Speeds& speeds) {
        if (!options_.capture || options_.generated < 2) return true;
        cache_->truncate(options_.prompt);
        std::vector<double> with;
        std::vector<double> without;
        ProgressBar bar("with and without routing", ProgressBar::Unit::Tokens);
        const auto begin = Clock::now();
        for (int i = 0; i + 1 < options_.generated; i += 2) {
            if (i > 0 && secondsSince(begin) > kMostPairSeconds) break;
            double seconds[2] = {};  // without and with
            for (const auto& [token, capture] :
                 {std::pair{i, false}, {i, true}, {i + 1, true}, {i + 1, false}})
                if (!timeToken(token, capture, seconds[capture ? 1 : 0])) return false;
            without.push_back(seconds[0]);
            with.push_back(seconds[1]);
            bar.update(static_cast<std::uint64_t>(i + 2),
                       static_cast<std::uint64_t>(options_.generated));
        }
        speeds.captureCost = captureCost(with, without);
        return true;
    }

    /// Decodes token `i` at its place again and adds what that took.
    bool timeToken(int i, bool capture, double& seconds) {
        cache_->truncate(options_.prompt + i);
        const auto start = Clock::now();
        if (!decodeOne(i, capture)) return false;
        seconds += secondsSince(start);
        return true;
    }

    std::vector<TokenId> benchTokens(int count) const {
        std::vector<TokenId> tokens;
        for (int i = 0; i < count; ++i)
            tokens.push_back(benchToken(i, decoder_.config().vocabSize));
        return tokens;
    }

    Decoder& decoder_;
    const SpeedOptions& options_;
    std::stop_token stop_;
    std::unique_ptr<KvCache> cache_;
    const InterventionSet none_;
    StepOutput out_;
    std::vector<RoutingRecordPtr> records_;
};

}  // namespace

std::optional<Speeds> measureSpeeds(Decoder& decoder,
                                    const SpeedOptions& options,
                                    std::stop_token stop) {
    return Run(decoder, options, std::move(stop)).measure();
}

CaptureCost captureCost(const std::vector<double>& with, const std::vector<double>& without) {
    GS_CHECK_EQ(with.size(), without.size());
    GS_CHECK(!with.empty());
    std::vector<double> changes;
    for (std::size_t i = 0; i < with.size(); ++i)
        changes.push_back(100 * (with[i] / without[i] - 1));
    std::ranges::sort(changes);
    const std::size_t count = changes.size();
    CaptureCost cost{.pairs = static_cast<int>(count),
                     .percent = (changes[(count - 1) / 2] + changes[count / 2]) / 2};
    // How many of the pairs lie below the true median is a binomial number: the ranks that it stays
    // between, by its normal approximation. Nothing is assumed about the noise.
    if (constexpr std::size_t kLeast = 6; count >= kLeast) {
        const auto n = static_cast<double>(count);
        const auto rank =
            static_cast<std::size_t>(std::max(0.0, (n - 1) / 2 - 0.98 * std::sqrt(n)));
        cost.interval = {changes[rank], changes[count - 1 - rank]};
    }
    return cost;
}

}  // namespace gatescope::cli
