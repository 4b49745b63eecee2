#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "engine/decoder/cuda/cuda_decoder.h"
#include "engine/decoder/cuda/cuda_module.h"
#include "engine/decoder/cuda/device_weights.h"
#include "engine/error.h"
#include "engine/error_codes.h"
#include "tests/emulation/emulated_gpu.h"
#include "tests/unit/engine/decoder/test_decoder.h"

// What a GPU can do to the decoder: too little memory, errors of any call, errors that stay.

namespace gatescope::test {
namespace {

using emulation::emulatedGpu;

class CudaFaults : public testing::Test {
  protected:
    void TearDown() override {
        emulation::healEmulatedGpu();
        emulatedGpu().totalBytes = std::size_t{256} << 20;
    }
    static ModelConfig config() {
        ModelConfig config = tinyConfig();
        config.numLayers = 1;
        return config;
    }
    /// A whole life: load, cache, prompt, two recorded steps, a branch aside and back.
    static void live(const ModelWeights& weights) {
        liveWith(*CudaDecoder::load(weights, emulation::emulatedCudaModule(), {}), weights);
    }
    /// One on tensor cores, with a prompt that is long enough for them.
    static void livePrompt(const ModelWeights& weights, Precision precision) {
        const auto decoder = CudaDecoder::load(
            weights,
            emulation::emulatedCudaModule(),
            {.precision = precision,
             .prompt = {.tokens = 16, .sliceBytes = 4096, .workspaceBytes = 4096}});
        const auto cache = decoder->makeCache(8);
        StepOutput out;
        decoder->forward({.tokens = someTokens(weights.config, 8)}, *cache, {}, out, {});
    }
    static void liveWith(CudaDecoder& decoder, const ModelWeights& weights) {
        const auto tokens = someTokens(weights.config, 4);
        const auto cache = decoder.makeCache(6);
        StepOutput out;
        decoder.forward({.tokens = std::span(tokens).first(2)}, *cache, {}, out, {});
        for (std::size_t i = 2; i < 4; ++i)
            decoder.forward({.tokens = std::span(tokens).subspan(i, 1)}, *cache, {}, out, {});
        std::vector<std::byte> row(cache->rowBytes());
        std::byte* to = row.data();
        cache->saveRows(3, {&to, 1});
        cache->truncate(3);
        const std::byte* from = to;
        cache->appendRows({&from, 1});
    }
    /// Each of `calls` fails when it is made for the first, the second and the eighth time in a
    /// life. How many did.
    static int failEach(const std::vector<std::string>& calls, const auto& life) {
        int failures = 0;
        for (const std::string& call : calls) {
            for (const int after : {0, 1, 7}) {
                const int error =
                    std::array{2, 46, 214, 700, 719, 999}[static_cast<std::size_t>(failures) % 6];
                emulatedGpu().faults = {
                    {.call = call, .after = after, .error = error, .lasts = failures % 2 == 1}};
                SCOPED_TRACE(call + " " + std::to_string(after));
                bool failed = false;
                try {
                    life();
                } catch (const Error& fault) {
                    failed = true;
                    EXPECT_EQ(fault.kind(),
                              error == 2 ? ErrorKind::NoMemory : ErrorKind::DeviceFault);
                    EXPECT_THAT(fault.what(), testing::HasSubstr("GPU"));
                }
                EXPECT_EQ(failed, emulatedGpu().faults.empty())
                    << "the fault came and went unnoticed";
                EXPECT_TRUE(failed || after > 0) << "never called";
                failures += failed ? 1 : 0;
                emulation::healEmulatedGpu();
                EXPECT_EQ(emulatedGpu().usedBytes, 0U);
                EXPECT_EQ(emulatedGpu().pinnedBytes, 0U);
                EXPECT_EQ(emulatedGpu().numGraphs, 0);
                EXPECT_EQ(emulatedGpu().numStreams, 0);
                EXPECT_EQ(emulatedGpu().numMatmuls, 0);
            }
        }
        return failures;
    }
    static std::string refusal(ErrorKind kind, const auto& body) {
        try {
            body();
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), kind) << error.what();
            return error.what();
        }
        ADD_FAILURE() << "no error";
        return {};
    }
};

TEST_F(CudaFaults, AModelThatDoesNotFitIsRefusedWithTheNumbers) {
    const auto weights = randomWeights(config());
    const auto needed = cuda::deviceBytes(*weights);
    emulatedGpu().totalBytes = needed - 1;
    const auto text = refusal(ErrorKind::NoMemory, [&] { live(*weights); });
    EXPECT_THAT(text, testing::HasSubstr("the model needs " + std::to_string(needed) + " bytes"));
    EXPECT_THAT(text, testing::HasSubstr(std::to_string(needed - 1)));
    EXPECT_THAT(text, testing::HasSubstr("--decoder cpu"));
    EXPECT_EQ(emulatedGpu().usedBytes, 0U);
}

TEST_F(CudaFaults, ACacheThatDoesNotFitIsRefusedAndTheDecoderGoesOn) {
    const auto weights = randomWeights(config());
    const auto decoder = CudaDecoder::load(*weights, emulation::emulatedCudaModule(), {});
    emulatedGpu().totalBytes = emulatedGpu().usedBytes + 100000;
    EXPECT_THAT(refusal(ErrorKind::NoMemory, [&] { (void)decoder->makeCache(100000); }),
                testing::HasSubstr("a KV cache for 100000 tokens needs"));
    const auto cache = decoder->makeCache(4);
    StepOutput out;
    EXPECT_EQ(decoder->forward({.tokens = someTokens(weights->config, 1)}, *cache, {}, out, {}),
              StepStatus::Done);
}

/// Every call of a decoder's life fails once, with each of these errors; whatever it is, an Error
/// comes out, nothing stays behind, and the next life is a good one.
TEST_F(CudaFaults, AnyCallMayFail) {
    const auto weights = randomWeights(config());
    EXPECT_GE(failEach({"describeDevice",
                        "useDevice",
                        "createStream",
                        "allocate",
                        "allocatePinned",
                        "copy",
                        "fill",
                        "wait",
                        "beginGraph",
                        "endGraph",
                        "launchGraph",
                        "embedding",
                        "rmsNorm",
                        "addNormed",
                        "matvec",
                        "matvecs",
                        "ropeAndStore",
                        "routerTopk",
                        "expertGateUp",
                        "expertDown",
                        "decodeAttention",
                        "prefillAttention",
                        "saveKvRows",
                        "restoreKvRows"},
                       [&] { live(*weights); }),
              40);
    live(*weights);
}

TEST_F(CudaFaults, AnyCallOfAReplyMayFail) {
    const auto weights = randomWeights(config());
    const auto tokens = someTokens(weights->config, 3);
    const auto live = [&] {
        const auto decoder = CudaDecoder::load(*weights, emulation::emulatedCudaModule(), {});
        const auto cache = decoder->makeCache(16);
        StepOutput out;
        decoder->forward({.tokens = tokens}, *cache, {}, out, {});
        for (int round = 0; round < 3; ++round) {
            const auto reply = decoder->continueFrom({.cache = *cache,
                                                      .logits = out.logits,
                                                      .recent = tokens,
                                                      .sampler = {},
                                                      .interventions = {},
                                                      .maxTokens = 4});
            StepOutput step;
            for (int i = 0; i < 4; ++i) {
                (void)reply->draw();
                reply->advance(step, {});
            }
        }
    };
    EXPECT_GE(failEach({"poll",
                        "drawToken",
                        "rankTokens",
                        "publishStep",
                        "launchGraph",
                        "beginGraph",
                        "endGraph",
                        "fill",
                        "copy",
                        "allocate",
                        "allocatePinned",
                        "useDevice",
                        "matvec"},
                       live),
              20);
    live();
}

TEST_F(CudaFaults, AnyCallOfAPromptOnTensorCoresMayFail) {
    // In 8 bits where scales are of 16 inputs or more, which these have.
    const auto weights = randomWeights(config(), {.rowGroups = 2});
    for (const auto& [precision, own] :
         {std::pair(Precision::Mixed, "bf16Weights"), std::pair(Precision::Int8, "scaleSums")}) {
        EXPECT_GE(failEach({"createMatmuls",
                            "matmul",
                            own,
                            "roundRows",
                            "groupByExpert",
                            "geluProduct",
                            "addExperts"},
                           [&] { livePrompt(*weights, precision); }),
                  12)
            << toString(precision);
        livePrompt(*weights, precision);
    }
}

/// What stays broken in this process is told apart from what may work the next time.
TEST_F(CudaFaults, EachErrorHasItsCode) {
    const auto weights = randomWeights(config());
    const std::map<int, std::pair<std::string, FaultState>> expected{
        {46, {"GPU-001", FaultState::RequestFailed}},   // the devices are busy
        {304, {"GPU-001", FaultState::RequestFailed}},  // the operating system
        {214, {"GPU-002", FaultState::EngineLost}},     // uncorrectable memory
        {700, {"GPU-002", FaultState::EngineLost}},     // illegal address
        {719, {"GPU-002", FaultState::EngineLost}},     // failed launch
        {999, {"GPU-002", FaultState::EngineLost}}};    // unknown
    for (const auto& [error, verdict] : expected) {
        emulatedGpu().faults = {{.call = "launchGraph", .after = 0, .error = error, .lasts = true}};
        try {
            live(*weights);
            ADD_FAILURE() << error << ": no error";
        } catch (const Error& fault) {
            EXPECT_EQ(fault.kind(), ErrorKind::DeviceFault);
            EXPECT_EQ(fault.code(), verdict.first) << error;
            EXPECT_EQ(stateAfter(fault.code()), verdict.second) << error;
            EXPECT_THAT(fault.what(), testing::HasSubstr("--decoder cpu"));
        }
        emulation::healEmulatedGpu();
    }
    // And before a model is loaded at all.
    emulatedGpu().faults = {{.call = "describeDevice", .after = 0, .error = 700, .lasts = true}};
    try {
        cuda::requireGpu(emulation::emulatedCudaModule(), 0);
        ADD_FAILURE() << "no error";
    } catch (const Error& fault) {
        EXPECT_EQ(fault.code(), "GPU-002");
    }
}

/// A load that is cancelled while weights go to the GPU ends with the next matrix.
TEST_F(CudaFaults, AStopDuringTheUploadGivesEverythingBack) {
    const auto weights = randomWeights(config());
    std::stop_source stop;
    EXPECT_NE(CudaDecoder::load(*weights, emulation::emulatedCudaModule(), {}, stop.get_token()),
              nullptr);
    stop.request_stop();
    const int waits = emulatedGpu().waits;
    EXPECT_EQ(CudaDecoder::load(*weights, emulation::emulatedCudaModule(), {}, stop.get_token()),
              nullptr);
    EXPECT_EQ(emulatedGpu().waits, waits) << "a matrix was copied after the stop";
    EXPECT_EQ(emulatedGpu().usedBytes, 0U);
    EXPECT_EQ(emulatedGpu().pinnedBytes, 0U);
    EXPECT_EQ(emulatedGpu().numStreams, 0);
}

TEST_F(CudaFaults, AFailedStepLeavesTheCacheAsItWas) {
    const auto weights = randomWeights(config());
    const auto decoder = CudaDecoder::load(*weights, emulation::emulatedCudaModule(), {});
    const auto tokens = someTokens(weights->config, 20);
    const auto cache = decoder->makeCache(20);
    StepOutput out;
    // The second of two chunks.
    emulatedGpu().faults = {{.call = "embedding", .after = 1, .error = 700}};
    refusal(ErrorKind::DeviceFault,
            [&] { decoder->forward({.tokens = tokens}, *cache, {}, out, {}); });
    EXPECT_EQ(cache->length(), 0);
}

}  // namespace
}  // namespace gatescope::test
