#include <gtest/gtest.h>

#include <chrono>
#include <future>

#include "engine/decoder/cuda/cuda_decoder.h"
#include "engine/decoder/loading_weights.h"
#include "engine/error.h"
#include "engine/model/open_model.h"
#include "engine/model/xai/xai_checkpoint.h"
#include "tests/emulation/emulated_gpu.h"
#include "tests/support/held_disk.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

// Weights go to the GPU while later ones are still being read.

namespace gatescope::test {
namespace {

using namespace std::chrono_literals;
using emulation::emulatedGpu;

/// The second of the tiny model's two layers.
bool isOfLastLayer(const std::string& file) {
    return std::stoi(file.substr(std::string("tensor").size(), 5)) >=
           kTensorsOutsideLayers + kTensorsPerLayer;
}

std::vector<float> logitsOf(Decoder& decoder) {
    const std::vector<TokenId> tokens{3, 1, 4};
    const auto cache = decoder.makeCache(4);
    StepOutput out;
    decoder.forward({.tokens = tokens}, *cache, {}, out, {});
    return out.logits;
}

class CudaArriving : public testing::Test {
  protected:
    CudaArriving() {
        writeTinyCheckpoint(path(), tinyConfig(), 7);
        source_ = std::make_unique<XaiCheckpoint>(
            path(), XaiReadOptions{.numReaders = 2, .pread = disk_.pread()});
        disk_.hold();
        loading_ = std::make_unique<LoadingWeights>(
            *source_, DecoderOptions{.kind = "cuda"}, LoadProgressCallback(), std::stop_token());
        weights_ = loading_->usable().weights;
    }
    ~CudaArriving() override {
        EXPECT_EQ(emulatedGpu().usedBytes, 0U);
        EXPECT_EQ(emulatedGpu().pinnedBytes, 0U);
        EXPECT_EQ(emulatedGpu().numStreams, 0);
    }
    std::filesystem::path path() const { return scratch_.path() / "xai"; }
    /// On a thread of its own: it waits for the disk.
    std::future<std::unique_ptr<CudaDecoder>> upload(const std::stop_token& stop = {}) {
        return std::async(std::launch::async, [this, stop] {
            return CudaDecoder::load(*weights_, emulation::emulatedCudaModule(), {}, stop);
        });
    }

    ScratchDir scratch_;
    HeldDisk disk_{isOfLastLayer};
    std::unique_ptr<ModelSource> source_;
    std::unique_ptr<LoadingWeights> loading_;
    std::shared_ptr<const ModelWeights> weights_;
};

TEST_F(CudaArriving, ADecoderIsMadeWhenTheLastLayerHasCome) {
    ASSERT_TRUE(weights_->arrival);
    auto decoder = upload();
    EXPECT_EQ(decoder.wait_for(50ms), std::future_status::timeout);
    disk_.release();
    const auto arrived = decoder.get();
    EXPECT_EQ(weights_->totalBytes(), 0U) << "the GPU has it";
    const auto whole = openModel(path().string())->load({}, {});
    EXPECT_EQ(logitsOf(*arrived),
              logitsOf(*CudaDecoder::load(*whole, emulation::emulatedCudaModule(), {})));
}

TEST_F(CudaArriving, ALayerThatCannotBeReadEndsTheUpload) {
    auto decoder = upload();
    EXPECT_EQ(decoder.wait_for(20ms), std::future_status::timeout);
    disk_.breakDown();
    EXPECT_THROW(decoder.get(), Error);
    EXPECT_EQ(loading_->wait(), LoadingWeights::State::Failed);
}

TEST_F(CudaArriving, AStopEndsTheUpload) {
    std::stop_source stop;
    auto decoder = upload(stop.get_token());
    EXPECT_EQ(decoder.wait_for(20ms), std::future_status::timeout);
    stop.request_stop();
    EXPECT_EQ(decoder.get(), nullptr);
    disk_.release();
}

}  // namespace
}  // namespace gatescope::test
