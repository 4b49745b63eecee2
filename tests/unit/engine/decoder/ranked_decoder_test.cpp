#include "engine/decoder/ranked/ranked_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/decoder/cpu/cpu_decoder.h"
#include "engine/error.h"
#include "engine/model/open_model.h"
#include "engine/parallel/thread_group.h"
#include "tests/support/faulty_group.h"
#include "tests/support/test_paths.h"
#include "tests/support/tolerances.h"
#include "tests/unit/engine/decoder/test_decoder.h"

// Ranks together are the one decoder; and what they do when one of them fails. What every decoder
// can do is tested with ranks as well (EveryDecoder), and the goldens are (F32Golden).

namespace gatescope::test {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

float maxDifference(const std::vector<float>& a, const std::vector<float>& b) {
    EXPECT_EQ(a.size(), b.size());
    float most = 0;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        most = std::max(most, std::abs(a[i] - b[i]));
    return most;
}

std::unique_ptr<Decoder> onRanks(const std::shared_ptr<const ModelWeights>& weights,
                                 int ranks,
                                 int threads = 4) {
    return makeDecoder(cutForRanks(weights, ranks), {.threads = threads, .ranks = ranks});
}

/// By what matrices are stored as.
class RankedDecoderTest : public testing::TestWithParam<DType> {
  protected:
    static std::shared_ptr<const ModelWeights> weights() {
        return randomWeights(tinyConfig(), {.matrices = GetParam(), .tokenizer = false});
    }
};

TEST_P(RankedDecoderTest, RanksComputeWhatOneDoes) {
    const auto model = weights();
    const auto tokens = someTokens(model->config, 60);
    const StepOutput one = runAll(*decoderOf("cpu", model), tokens);
    for (const int ranks : {2, 4}) {
        const StepOutput many = runAll(*onRanks(model, ranks), tokens);
        EXPECT_LE(maxDifference(one.logits, many.logits), tolerance::kSplitLogits) << ranks;
        EXPECT_LE(maxDifference(one.routerProbs, many.routerProbs), tolerance::kRouterProbs);
        EXPECT_LE(maxDifference(one.residuals, many.residuals), tolerance::kResiduals);
        EXPECT_EQ(one.selected, many.selected);
    }
}

TEST_P(RankedDecoderTest, AnyRunAndAnyNumberOfThreadsGivesTheSameBits) {
    const auto model = weights();
    const auto tokens = someTokens(model->config, 60);
    const StepOutput first = runAll(*onRanks(model, 2, 2), tokens);
    for (const int threads : {1, 2, 5, 8}) {
        const StepOutput again = runAll(*onRanks(model, 2, threads), tokens);
        EXPECT_EQ(first.logits, again.logits) << threads;
        EXPECT_EQ(first.residuals, again.residuals);
        EXPECT_EQ(first.routerProbs, again.routerProbs);
    }
}

INSTANTIATE_TEST_SUITE_P(Types,
                         RankedDecoderTest,
                         testing::Values(DType::I8, DType::F32, DType::BF16),
                         [](const auto& test) { return std::string(name(test.param)); });

TEST(RankedLayout, WeightsAreCutAndLaidOutAsAFrontEndDoesIt) {
    const ScratchDir dir;
    writeTinyCheckpoint(dir.path() / "model", tinyConfig(), 7, {.tokenizer = false});
    const auto load = [&] { return openModel((dir.path() / "model").string())->load({}, {}); };
    const DecoderOptions options{.threads = 2, .ranks = 2};
    auto own = load();
    const std::uint64_t bytes = own->totalBytes();
    ASSERT_TRUE(layOutWeights(*own, options, {}));
    ASSERT_EQ(own->shards.size(), 2);
    EXPECT_EQ(own->totalBytes(), bytes) << "what was cut is given back";
    EXPECT_EQ(own->layers[0].expertUp.data, nullptr);
    EXPECT_EQ(own->shards[0]->layers[0].expertUp.order, MatrixOrder::Panels);
    const auto decoder = makeDecoder(std::move(own), options);
    EXPECT_THAT(decoder->device(), testing::StartsWith("CPU, 2 ranks of 1 thread"));
    EXPECT_EQ(decoder->threads(), 2);
    const auto tokens = someTokens(tinyConfig(), 40);
    const StepOutput one = runAll(*decoderOf("cpu", load()), tokens);
    EXPECT_LE(maxDifference(one.logits, runAll(*decoder, tokens).logits), tolerance::kSplitLogits);
}

TEST(RankedLayout, DecodersOfOneRankSaySo) {
    const auto model = randomWeights();
    for (const char* kind : {"reference", "cuda"}) {
        try {
            (void)makeDecoder(model, {.kind = kind, .ranks = 2});
            ADD_FAILURE() << kind;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::BadUsage);
            EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("2 ranks"), HasSubstr(kind)));
        }
    }
}

TEST(RankedCache, RowsPutAsideComeBack) {
    const auto model = randomWeights();
    const auto decoder = onRanks(model, 2);
    const auto tokens = someTokens(model->config, 20);
    const auto cache = decoder->makeCache(32);
    StepOutput expected;
    const auto step = [&](KvCache& of, std::size_t begin, std::size_t count, StepOutput& out) {
        return decoder->forward(
            {.tokens = std::span(tokens).subspan(begin, count)}, of, {}, out, {});
    };
    ASSERT_EQ(step(*cache, 0, 10, expected), StepStatus::Done);
    std::vector<std::vector<std::byte>> kept(10, std::vector<std::byte>(cache->rowBytes()));
    std::vector<std::byte*> rows;
    for (auto& row : kept) rows.push_back(row.data());
    cache->saveRows(0, rows);
    ASSERT_EQ(step(*cache, 10, 10, expected), StepStatus::Done);

    const auto other = decoder->makeCache(32);
    std::vector<const std::byte*> back(rows.begin(), rows.end());
    other->appendRows(back);
    EXPECT_EQ(other->length(), 10);
    StepOutput out;
    ASSERT_EQ(step(*other, 10, 10, out), StepStatus::Done);
    EXPECT_EQ(out.logits, expected.logits);
}

// ---------------------------------------------------------------- faults

/// Two ranks, of which the second one has a fault.
struct FaultyRanks {
    FaultyRanks(RankFault fault, milliseconds deadline, milliseconds back = milliseconds(5'000))
        : model(randomWeights()), tokens(someTokens(model->config, 20)) {
        const auto cut = cutForRanks(model, 2);
        auto owned =
            std::make_unique<FaultyGroup>(std::make_unique<ThreadGroup>(2, deadline), fault);
        group = owned.get();
        group->insistOn(deadline);
        decoder = std::make_unique<RankedDecoder>(
            cut,
            std::move(owned),
            [&](Communicator& communicator) {
                return std::make_unique<CpuDecoder>(
                    cut->shards[static_cast<std::size_t>(communicator.rank())],
                    1,
                    Precision::F32,
                    DType::F32,
                    cpu::CpuTopology{},
                    &communicator);
            },
            RankedDecoder::Deadlines{.back = back});
        cache = decoder->makeCache(64);
    }

    StepStatus step(std::stop_token stop = {}) {
        return decoder->forward({.tokens = tokens}, *cache, {}, out, std::move(stop));
    }
    std::string failureOf() {
        try {
            step();
            return {};
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::DeviceFault);
            return error.what();
        }
    }

    std::shared_ptr<const ModelWeights> model;
    std::vector<TokenId> tokens;
    FaultyGroup* group = nullptr;  ///< alive as long as the decoder
    std::unique_ptr<RankedDecoder> decoder;
    std::unique_ptr<KvCache> cache;
    StepOutput out;
};

/// Calls of a step: two sums a layer, and the logits.
constexpr int kCallsOfStep = 2 * 2 + 1;

TEST(RankedFaults, AFailingRankEndsTheStepAndTheNextOneWorks) {
    for (int operation = 0; operation < kCallsOfStep; ++operation) {
        FaultyRanks ranks({.kind = RankFault::Kind::Error, .rank = 1, .operation = operation},
                          milliseconds(60'000));
        EXPECT_THAT(ranks.failureOf(), HasSubstr("fell off the bus")) << operation;
        EXPECT_EQ(ranks.cache->length(), 0);
        ASSERT_EQ(ranks.step(), StepStatus::Done);
        EXPECT_EQ(ranks.cache->length(), 20);
        EXPECT_LE(maxDifference(ranks.out.logits,
                                [&] {
                                    const auto one = decoderOf("cpu", ranks.model);
                                    const auto own = one->makeCache(20);
                                    StepOutput expected;
                                    (void)one->forward(
                                        {.tokens = ranks.tokens}, *own, {}, expected, {});
                                    return expected.logits;
                                }()),
                  tolerance::kSplitLogits);
    }
}

TEST(RankedFaults, AHangingRankIsNamedWithLayerAndOperation) {
    const char* const places[] = {"the sum behind attention of layer 0",
                                  "the sum behind the experts of layer 0",
                                  "the sum behind attention of layer 1",
                                  "the sum behind the experts of layer 1",
                                  "the logits"};
    for (int operation = 0; operation < kCallsOfStep; ++operation) {
        FaultyRanks ranks({.kind = RankFault::Kind::Hang, .rank = 1, .operation = operation},
                          milliseconds(1500));
        EXPECT_THAT(
            ranks.failureOf(),
            testing::AllOf(HasSubstr("rank 1 did not come to"), HasSubstr(places[operation])));
        EXPECT_EQ(ranks.cache->length(), 0);
        EXPECT_EQ(ranks.step(), StepStatus::Done) << "it came back, so the ranks go on";
    }
}

TEST(RankedFaults, ARankThatIsLostIsNamedAndNothingWaitsForIt) {
    FaultyRanks ranks({.kind = RankFault::Kind::Dead, .rank = 1, .operation = 1},
                      milliseconds(1500),
                      milliseconds(1000));
    const std::string failure = ranks.failureOf();
    EXPECT_THAT(failure,
                testing::AllOf(HasSubstr("rank 1 did not come to the sum behind the experts"),
                               HasSubstr("rank 1 of 2 did not come back within 1 s"),
                               HasSubstr("load the model again")));
    EXPECT_THAT(ranks.failureOf(), HasSubstr("load the model again")) << "at once";
    FaultyGroup* group = ranks.group;
    ranks.cache.reset();
    // The thread outlives the decoder, with all that it may still touch; then it ends.
    group->release();
    ranks.decoder.reset();
    std::this_thread::sleep_for(milliseconds(50));
}

TEST(RankedFaults, AnAbortThatHangsIsOneRankLess) {
    FaultyRanks ranks({.kind = RankFault::Kind::Error, .rank = 1, .operation = 2},
                      milliseconds(100),
                      milliseconds(300));
    ranks.group->hangInAbort();
    EXPECT_THAT(ranks.failureOf(), HasSubstr("load the model again"));
    FaultyGroup* group = ranks.group;
    group->release();
    ranks.decoder.reset();
    std::this_thread::sleep_for(milliseconds(50));
}

TEST(RankedFaults, ASumThatIsNoNumberIsSaidAsOfAnyDecoder) {
    FaultyRanks ranks({.kind = RankFault::Kind::NaN, .rank = 1, .operation = 3},
                      milliseconds(60'000));
    ASSERT_EQ(ranks.step(), StepStatus::Done);
    EXPECT_EQ(ranks.out.firstNonFiniteLayer, 1);
}

TEST(RankedFaults, StoppingWhileARankIsLateStopsAll) {
    FaultyRanks ranks(
        {.kind = RankFault::Kind::Late, .rank = 1, .operation = 2, .late = milliseconds(1000)},
        milliseconds(60'000));
    std::stop_source stop;
    std::jthread stopper([&] {
        std::this_thread::sleep_for(milliseconds(10));
        stop.request_stop();
    });
    EXPECT_EQ(ranks.step(stop.get_token()), StepStatus::Stopped);
    EXPECT_EQ(ranks.cache->length(), 0);
    EXPECT_EQ(ranks.step(), StepStatus::Done);
}

TEST(RankedFaults, ARankThatCannotBeMadeIsAnErrorAndEndsTheOthers) {
    const auto cut = cutForRanks(randomWeights(), 2);
    EXPECT_THROW(RankedDecoder(
                     cut,
                     std::make_unique<ThreadGroup>(2),
                     [](Communicator& communicator) -> std::unique_ptr<Decoder> {
                         if (communicator.rank() == 1)
                             throw Error(ErrorKind::NoMemory, "no room on rank 1");
                         return nullptr;
                     },
                     RankedDecoder::Deadlines{}),
                 Error);
}

}  // namespace
}  // namespace gatescope::test
