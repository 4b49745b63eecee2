#include "engine/generation/branch_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "engine/model/open_model.h"
#include "tests/support/scripted_decoder.h"
#include "tests/support/test_paths.h"
#include "tests/unit/engine/generation/run_bench.h"

namespace gatescope {
namespace {

using test::greedy;
using test::RunBench;
using test::RunResult;
using test::Script;

constexpr std::uint64_t kPlenty = std::uint64_t{64} << 20;

InterventionSet ablating(int layer, int expert) {
    InterventionSet set;
    set.ablate.push_back({LayerId{layer}, ExpertId{expert}});
    return set;
}

// ---------------------------------------------------------------- what is computed again

class BranchMemoryTest : public testing::Test {
  protected:
    RunBench bench(std::uint64_t branchBytes = kPlenty) {
        script_.replies = {{300, 301}};
        return {test::makeScriptedDecoder(std::make_shared<Script>(script_)),
                nullptr,
                256,
                branchBytes};
    }
    /// Prompt tokens the decoder was asked to compute.
    int cost(RunBench& b,
             std::vector<TokenId> prompt,
             const InterventionSet& interventions = {},
             const InterventionSet& ofReply = {}) {
        const int before = script_.log->tokensComputed;
        auto request = greedy({{.tokens = std::move(prompt), .interventions = interventions}});
        request.interventions = ofReply;
        const auto result = b.run(request);
        EXPECT_FALSE(result.error);
        return script_.log->tokensComputed - before - static_cast<int>(result.tokens.size());
    }
    /// What one token put aside takes of a bound.
    std::uint64_t tokenBytes() {
        auto b = bench();
        cost(b, {5, 6, 7});
        cost(b, {5, 8});
        const auto use = b.sequence().branches();
        EXPECT_EQ(use.tokens, 4);  // 6 7 300 301
        return use.bytes / 4;
    }
    Script script_;
};

TEST_F(BranchMemoryTest, ComputesNothingTwiceWhileThereIsRoom) {
    auto b = bench();
    EXPECT_EQ(cost(b, {5, 6, 7, 8}), 4);
    EXPECT_EQ(cost(b, {5, 6, 17, 18, 19}), 3);
    EXPECT_EQ(cost(b, {5, 26, 27}), 2);
    // Back to each, and on: the last token of the same prompt is computed for its logits.
    EXPECT_EQ(cost(b, {5, 6, 7, 8, 300, 301, 9}), 1);
    EXPECT_EQ(cost(b, {5, 6, 17, 18, 19}), 1);
    EXPECT_EQ(cost(b, {5, 26, 27, 300, 301, 28}), 1);
    EXPECT_EQ(cost(b, {5, 6, 7, 8, 300, 301, 9, 300, 301, 10}), 1);
    EXPECT_EQ(cost(b, {5, 6, 7}), 1);
}

TEST_F(BranchMemoryTest, ComesBackThroughBranchesOfBranches) {
    auto b = bench();
    cost(b, {1, 2, 3, 4, 5, 6});
    cost(b, {1, 2, 3, 4, 15, 16});  // leaves 5 6 behind 4
    cost(b, {1, 2, 13, 14});        // leaves 3 4 15 16 behind 2; 5 6 hangs on it now
    EXPECT_EQ(cost(b, {1, 2, 3, 4, 5, 6, 300, 301, 7}), 1);
    EXPECT_EQ(cost(b, {1, 2, 3, 4, 15, 16, 300, 301, 7}), 1);
    EXPECT_EQ(cost(b, {1, 2, 13, 14, 300, 301, 7}), 1);
    // Somewhere in the middle of a tail, then its end after all.
    EXPECT_EQ(cost(b, {1, 2, 3, 4, 5, 99}), 1);
    EXPECT_EQ(cost(b, {1, 2, 3, 4, 5, 6, 300, 301, 7, 300, 301, 8}), 1);
}

TEST_F(BranchMemoryTest, HoldsEachTokenOnce) {
    auto b = bench();
    cost(b, {1, 2, 3, 4});
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(cost(b, {1, 2, 3, 4}), 1);  // the same reply again and again
        EXPECT_EQ(cost(b, {1, 2, 3, 4, 5}), 1);
    }
    cost(b, {6});
    EXPECT_EQ(b.sequence().branches().tokens, 9);  // 1 2 3 4, then 300 301 or 5 300 301
}

TEST_F(BranchMemoryTest, TellsBranchesOfOtherInterventionsApart) {
    auto b = bench();
    const auto off = ablating(1, 2);
    EXPECT_EQ(cost(b, {1, 2, 3}), 3);
    EXPECT_EQ(cost(b, {1, 2, 3}, off), 3);
    EXPECT_EQ(cost(b, {1, 2, 3, 300, 301, 4}), 1);
    EXPECT_EQ(cost(b, {1, 2, 3, 4}, off), 1);
    EXPECT_EQ(cost(b, {1, 2, 3, 4}), 1);
    // The expert is off for the reply only; then it is on again.
    EXPECT_EQ(cost(b, {1, 2, 3, 4}, {}, off), 1);
    EXPECT_EQ(cost(b, {1, 2, 3, 4, 300, 301, 5}), 1);
    EXPECT_EQ(cost(b, {1, 2, 3, 4, 300, 301, 6}), 1);
}

TEST_F(BranchMemoryTest, ForgetsWhatWasPutAsideFirstAndFromItsEnd) {
    const std::uint64_t one = tokenBytes();
    auto b = bench(8 * one);
    cost(b, {1, 2, 3});
    cost(b, {1, 12, 13});  // aside: 2 3 300 301
    cost(b, {1, 22, 23});  // aside: these and 12 13 300 301
    EXPECT_EQ(b.sequence().branches().tokens, 8);
    cost(b, {32, 33});  // 1 22 23 300 301 takes the place of 2 3 300 301 and of a 301
    EXPECT_EQ(b.sequence().branches().tokens, 8);
    EXPECT_EQ(b.sequence().branches().bytes, 8 * one);
    EXPECT_EQ(b.sequence().branches().boundBytes, 8 * one);
    EXPECT_EQ(cost(b, {1, 12, 13, 300, 301, 4}), 2);
}

TEST_F(BranchMemoryTest, KeepsNothingWithoutMemory) {
    for (const std::uint64_t bound : {std::uint64_t{0}, tokenBytes() - 1}) {
        auto b = bench(bound);
        cost(b, {1, 2, 3});
        cost(b, {1, 12, 13});
        EXPECT_EQ(cost(b, {1, 2, 3}), 2);
        EXPECT_EQ(b.sequence().branches().tokens, 0);
        EXPECT_EQ(b.sequence().branches().bytes, 0U);
    }
}

TEST_F(BranchMemoryTest, ForgetsAllWhenTheDecoderFails) {
    script_.faults = {{.kind = test::ScriptedFault::Kind::Error, .call = 5}};
    auto b = bench();
    cost(b, {1, 2, 3});                                                     // calls 0 to 2
    EXPECT_EQ(b.run(greedy({{.tokens = {1, 12, 13}}})).tokens.size(), 1U);  // 3, 4 and the fault
    EXPECT_EQ(b.sequence().length(), 0);
    EXPECT_EQ(b.sequence().branches().tokens, 0);
    EXPECT_EQ(cost(b, {1, 2, 3}), 3);
    EXPECT_EQ(cost(b, {1, 12, 13}), 2);
    EXPECT_EQ(cost(b, {1, 2, 3}), 1);
}

// ---------------------------------------------------------------- a cache that is stopped or fails

/// Holds the tokens' positions, in rows of which two are copied at a time. What happens in its
/// `call`-th copy, counted from 0, is up to `onCopy`.
class ScriptedRows : public KvCache {
  public:
    int length() const override { return static_cast<int>(rows_.size()); }
    int capacity() const override { return 64; }
    std::uint64_t bytes() const override { return 0; }
    void truncate(int length) override { rows_.resize(static_cast<std::size_t>(length)); }
    std::uint64_t rowBytes() const override { return std::uint64_t{31} << 20; }
    void saveRows(int begin, std::span<std::byte* const> rows) const override {
        if (onCopy) onCopy(copies_++);
        for (std::byte* row : rows)
            std::memcpy(row, &rows_.at(static_cast<std::size_t>(begin++)), sizeof(int));
    }
    void appendRows(std::span<const std::byte* const> rows) override {
        if (onCopy) onCopy(copies_++);
        for (const std::byte* row : rows) std::memcpy(&rows_.emplace_back(), row, sizeof(int));
    }
    void append(int value) { rows_.push_back(value); }
    const std::vector<int>& rows() const { return rows_; }

    std::function<void(int call)> onCopy;

  private:
    std::vector<int> rows_;
    mutable int copies_ = 0;
};

class InterruptedChangeTest : public testing::Test {
  protected:
    InterruptedChangeTest() {
        config_.numLayers = 1;
        for (const TokenId token : kFirst) add(token);
    }
    void add(TokenId token) {
        live_.push_back({.token = token, .interventions = none_});
        cache_.append(token);
    }
    EncodedPrompt prompt(std::vector<TokenId> tokens) const {
        EncodedPrompt made;
        made.tokens = std::move(tokens);
        made.interventions.resize(made.tokens.size(), none_);
        return made;
    }
    void change(std::vector<TokenId> tokens, std::size_t from, std::stop_token stop = {}) {
        const auto to = prompt(std::move(tokens));
        memory_.change(cache_, live_, to, from, to.tokens.size(), stop);
        check();
    }
    /// The cache holds the rows of the live tokens.
    void check() {
        ASSERT_EQ(cache_.rows().size(), live_.size());
        for (std::size_t i = 0; i < live_.size(); ++i) EXPECT_EQ(cache_.rows()[i], live_[i].token);
    }

    const std::vector<TokenId> kFirst{1, 2, 3, 4, 5, 6, 7, 8};
    const std::shared_ptr<const InterventionSet> none_ = std::make_shared<InterventionSet>();
    ModelConfig config_;
    ScriptedRows cache_;
    BranchMemory memory_{config_, cache_, std::uint64_t{20} * (32U << 20)};
    std::vector<KnownToken> live_;
};

TEST_F(InterruptedChangeTest, KeepsWhatWasSavedUntilAStop) {
    std::stop_source stop;
    cache_.onCopy = [&](int call) {
        if (call == 1) stop.request_stop();
    };
    change({1, 2, 13}, 2, stop.get_token());
    EXPECT_EQ(live_.size(), 2U);
    EXPECT_EQ(memory_.use().tokens, 4);  // two copies of two
    change(kFirst, 2);
    EXPECT_EQ(live_.size(), 6U);
    EXPECT_EQ(memory_.use().tokens, 0);
}

TEST_F(InterruptedChangeTest, BringsBackTheRestOfABranchAfterAStop) {
    change({1, 2, 13}, 2);
    add(13);
    std::stop_source stop;
    cache_.onCopy = [&](int call) {
        if (call == 1) stop.request_stop();  // 0 saves the 13, 1 and on bring back
    };
    change(kFirst, 2, stop.get_token());
    EXPECT_EQ(live_.size(), 4U);
    EXPECT_EQ(memory_.use().tokens, 5);
    // Another branch from before that point and back: all is still there.
    change({1, 2, 13}, 2);
    EXPECT_EQ(live_.size(), 3U);
    change(kFirst, 2);
    EXPECT_EQ(live_.size(), 8U);
    EXPECT_EQ(memory_.use().tokens, 1);
}

TEST_F(InterruptedChangeTest, DropsWhatHangsOnTokensThatWereNotSaved) {
    change({1, 2, 3, 4, 5, 6, 17}, 6);  // leaves 7 8 behind 6
    add(17);
    std::stop_source stop;
    stop.request_stop();
    change({1, 2}, 2, stop.get_token());  // nothing of 3 4 5 6 17 is saved
    EXPECT_EQ(memory_.use().tokens, 0);
    change(kFirst, 2);
    EXPECT_EQ(live_.size(), 2U);
}

TEST_F(InterruptedChangeTest, IsUsableAgainAfterAFailure) {
    for (const int failing : {0, 2, 4}) {
        change({1, 2, 13}, 2);
        add(13);
        cache_.onCopy = [failing, seen = 0](int) mutable {
            if (seen++ == failing) throw Error(ErrorKind::DeviceFault, "the bus is gone");
        };
        bool failed = false;
        try {
            change(kFirst, 2);
            change({1, 2, 13}, 2);
        } catch (const Error&) {  // what Sequence does
            failed = true;
            memory_.forget();
            live_.clear();
            cache_.truncate(0);
        }
        EXPECT_TRUE(failed) << failing;
        cache_.onCopy = {};
        EXPECT_EQ(memory_.use().tokens, 0);
        for (const TokenId token : kFirst) add(token);
        change({1, 12}, 1);
        change(kFirst, 1);
        EXPECT_EQ(live_.size(), 8U);
        EXPECT_LE(memory_.use().bytes, memory_.use().boundBytes);
    }
}

// ---------------------------------------------------------------- bit for bit, on real models

/// Throws in the `failing`-th call from now on, after the model has put rows into the cache.
class FailingDecoder : public Decoder {
  public:
    explicit FailingDecoder(std::unique_ptr<Decoder> real) : real_(std::move(real)) {}
    const ModelConfig& config() const override { return real_->config(); }
    std::string name() const override { return real_->name(); }
    std::string device() const override { return real_->device(); }
    int threads() const override { return real_->threads(); }
    Precision precision() const override { return real_->precision(); }
    std::uint64_t weightBytesPerToken() const override { return real_->weightBytesPerToken(); }
    std::unique_ptr<KvCache> makeCache(int capacity) const override {
        return real_->makeCache(capacity);
    }
    StepStatus forward(const Batch& batch,
                       KvCache& cache,
                       const InterventionSet& interventions,
                       StepOutput& out,
                       std::stop_token stop) override {
        const auto status = real_->forward(batch, cache, interventions, out, std::move(stop));
        if (failing-- == 0) throw Error(ErrorKind::DeviceFault, "scripted");
        return status;
    }
    StepStatus logitsOf(std::span<const float> rows,
                        std::span<const float> whole,
                        std::span<float> logits,
                        std::stop_token stop) override {
        return real_->logitsOf(rows, whole, logits, std::move(stop));
    }
    int failing = -1;

  private:
    std::unique_ptr<Decoder> real_;
};

/// A person who edits, branches, regenerates, intervenes, stops and meets faults, at random.
class WanderingUser {
  public:
    explicit WanderingUser(unsigned seed) : random_(seed) {}

    int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

    GenerationRequest next() {
        auto segments =
            talks_.empty()
                ? std::vector<PromptSegment>{}
                : talks_[static_cast<std::size_t>(below(static_cast<int>(talks_.size())))];
        const int keep = segments.empty() ? 0 : below(static_cast<int>(segments.size()) + 1);
        segments.resize(static_cast<std::size_t>(keep));
        const int length = 1 + below(12);
        PromptSegment added;
        for (int i = 0; i < length; ++i) added.tokens.push_back(5 + below(3));
        added.interventions = set();
        segments.push_back(added);
        GenerationRequest request;
        request.prompt = std::move(segments);
        request.interventions = set();
        request.maxTokens = 1 + below(6);
        request.stopAtEos = false;
        request.sampler.temperature = 1;
        request.sampler.seed = static_cast<std::uint64_t>(below(2));
        return request;
    }
    void learn(GenerationRequest request, const RunResult& result) {
        if (!result.tokens.empty())
            request.prompt.push_back(
                {.tokens = result.ids(), .interventions = request.interventions});
        talks_.push_back(std::move(request.prompt));
        if (talks_.size() > 12) talks_.erase(talks_.begin());
    }

  private:
    InterventionSet set() { return below(3) == 0 ? ablating(0, below(2)) : InterventionSet{}; }

    std::mt19937 random_;
    std::vector<std::vector<PromptSegment>> talks_;
};

// Under a sanitizer a walk takes minutes; a short one has every kind of step, if not enough of them
// to be sure that much comes back.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kSteps = 12;
constexpr int kMuch = 0;
#else
constexpr int kSteps = 40;
constexpr int kMuch = 100;
#endif

class BranchExactnessTest : public testing::TestWithParam<DecoderOptions> {
  protected:
    static std::unique_ptr<Decoder> decoder() {
        const auto source = openModel((test::dataDir() / "tiny-a").string());
        return makeDecoder(source->load({}, {}), GetParam());
    }
    /// Walks with a bound of `branchBytes`, everything compared with a computation from the start.
    /// Returns the tokens brought back.
    static int walk(std::uint64_t branchBytes, unsigned seed) {
        auto failing = std::make_unique<FailingDecoder>(decoder());
        FailingDecoder& faults = *failing;
        RunBench bench(std::move(failing), nullptr, 128, branchBytes);
        RunBench fresh(decoder(), nullptr, 128);
        WanderingUser user(seed);
        int restored = 0;
        for (int i = 0; i < kSteps; ++i) {
            const auto request = user.next();
            std::stop_source stop;
            const int stopAt = user.below(6) == 0 ? 1 + user.below(3) : 0;
            const bool fails = user.below(15) == 0;
            faults.failing = fails ? user.below(3) : -1;
            const auto result = bench.run(request, stop.get_token(), [&](int token) {
                if (token == stopAt) stop.request_stop();
            });
            faults.failing = -1;
            const auto use = bench.sequence().branches();
            EXPECT_LE(use.bytes, branchBytes);
            restored += result.timings.restoredTokens;
            expectAsFresh(result, fresh, request);
            user.learn(request, result);
            if (testing::Test::HasFailure()) return restored;
        }
        return restored;
    }
    static void expectAsFresh(const RunResult& result,
                              RunBench& fresh,
                              const GenerationRequest& request) {
        fresh.sequence().truncate(0);
        const auto whole = fresh.run(request);
        EXPECT_EQ(whole.timings.reusedTokens, 0);
        ASSERT_LE(result.tokens.size(), whole.tokens.size());
        for (std::size_t t = 0; t < result.tokens.size(); ++t) {
            EXPECT_EQ(result.tokens[t].token, whole.tokens[t].token);
            EXPECT_EQ(result.tokens[t].logProb, whole.tokens[t].logProb);  // bit for bit
        }
        const auto have = result.routing();
        const auto want = whole.routing();
        ASSERT_LE(have.size(), want.size());
        EXPECT_TRUE(std::equal(have.begin(), have.end(), want.begin()));
        if (!result.error && result.reason != FinishReason::Stopped) {
            EXPECT_EQ(result.tokens.size(), whole.tokens.size());
            EXPECT_EQ(have.size(), want.size());
        }
    }
};

INSTANTIATE_TEST_SUITE_P(Decoders,
                         BranchExactnessTest,
                         testing::ValuesIn(test::everyDecoderAndCache()),
                         [](const auto& which) { return test::describe(which.param); });

TEST_P(BranchExactnessTest, AnswersAsIfNothingHadBeenComputedBefore) {
    EXPECT_GT(walk(kPlenty, 1), kMuch);
    EXPECT_GT(walk(kPlenty, 2), kMuch);
}

TEST_P(BranchExactnessTest, AnswersTheSameWhereMostIsForgotten) {
    const std::uint64_t row = decoder()->makeCache(1)->rowBytes();
    EXPECT_EQ(walk(0, 3), 0);
    EXPECT_GT(walk(20 * row, 4), 0);
    EXPECT_GT(walk(61 * row, 5), 0);
}

}  // namespace
}  // namespace gatescope
