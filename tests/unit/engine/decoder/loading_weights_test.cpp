#include "engine/decoder/loading_weights.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <set>
#include <thread>
#include <utility>

#include "engine/error.h"
#include "engine/model/gguf/gguf_model.h"
#include "engine/model/gguf/gguf_parts.h"
#include "engine/model/open_model.h"
#include "engine/model/weights_assembly.h"
#include "engine/model/xai/xai_checkpoint.h"
#include "tests/support/gguf_model.h"
#include "tests/support/held_disk.h"
#include "tests/support/hf_writer.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

namespace gatescope::test {
namespace {

using namespace std::chrono_literals;
using State = LoadingWeights::State;

constexpr int kLayers = 3;
const DecoderOptions kOptions{.threads = 2};

ModelConfig config() {
    ModelConfig sizes = tinyConfig();
    sizes.numLayers = kLayers;
    return sizes;
}

/// Tensor files of the last layer: the first ones are the embedding and the final norm.
bool isOfLastLayer(const std::string& file) {
    const int index = std::stoi(file.substr(std::string("tensor").size(), 5));
    return index >= kTensorsOutsideLayers + (kLayers - 1) * kTensorsPerLayer;
}

/// The logits behind a short prompt; empty: stopped.
std::vector<float> logitsOf(Decoder& decoder, const std::stop_token& stop = {}) {
    const std::vector<TokenId> tokens{3, 1, 4, 1, 5};
    const auto cache = decoder.makeCache(16);
    StepOutput out;
    if (decoder.forward({.tokens = tokens}, *cache, {}, out, stop) == StepStatus::Stopped)
        return {};
    return out.logits;
}

class LoadingWeightsTest : public testing::Test {
  protected:
    LoadingWeightsTest() { writeTinyCheckpoint(path(), config(), 7); }

    std::filesystem::path path() const { return scratch_.path() / "xai"; }
    std::unique_ptr<ModelSource> heldSource() {
        auto source = std::make_unique<XaiCheckpoint>(
            path(), XaiReadOptions{.numReaders = 2, .pread = disk_.pread()});
        disk_.hold();
        return source;
    }
    std::vector<float> expectedOf(const std::string& model) {
        const auto decoder =
            makeDecoder(loadWeights(*openModel(model), kOptions, {}, {}).weights, kOptions);
        return logitsOf(*decoder);
    }
    /// Loaded while a decoder uses it, `model` gives the same numbers as loaded before.
    void expectSame(const std::string& model) {
        const auto source = openModel(model);
        LoadingWeights loading(*source, kOptions, {}, {});
        const auto decoder = makeDecoder(loading.usable().weights, kOptions);
        EXPECT_EQ(logitsOf(*decoder), expectedOf(model)) << model;
        EXPECT_EQ(loading.wait(), State::Done);
        EXPECT_NO_THROW(loading.throwFailure());
    }

    ScratchDir scratch_;
    HeldDisk disk_{isOfLastLayer};
};

TEST_F(LoadingWeightsTest, GivesTheSameNumbersFromEveryForm) {
    for (int round = 0; round < 5; ++round) expectSame(path().string());
    for (const char* dtype : {"i8", "bf16", "f32"})
        expectSame(std::string("synthetic:bench-tiny,layers=2,dtype=") + dtype);
    const auto weights = openModel(path().string())->load({}, {});
    for (const DType type : {DType::F32, DType::Q8_0, DType::Q4_0})
        for (const bool apart : {false, true}) {
            const auto file = scratch_.path() / "model.gguf";
            writeBytes(
                file,
                ggufOf(*weights, {.matrices = type, .fusedQkv = apart, .separateExperts = apart})
                    .finish());
            expectSame(file.string());
        }
    writeHfDirectory(scratch_.path() / "hf", *weights, {.matrices = DType::BF16});
    expectSame((scratch_.path() / "hf").string());
    writeHfDirectory(
        scratch_.path() / "fp8", *weights, {.matrices = DType::F8E4M3, .rowScales = true});
    expectSame((scratch_.path() / "fp8").string());
}

TEST_F(LoadingWeightsTest, ADecoderComputesWithWhatIsThereAndWaitsForTheRest) {
    const auto source = heldSource();
    LoadingWeights loading(*source, kOptions, {}, {});
    const auto weights = loading.usable().weights;
    ASSERT_TRUE(weights);
    ASSERT_TRUE(weights->arrival);
    for (int stage = 0; stage < kLayers; ++stage)  // embedding and all layers but the last
        EXPECT_TRUE(weights->arrival->await(stage, {}));
    const auto decoder = makeDecoder(weights, kOptions);
    auto logits = std::async(std::launch::async, [&] { return logitsOf(*decoder); });
    EXPECT_EQ(logits.wait_for(100ms), std::future_status::timeout);
    EXPECT_EQ(loading.state(), State::Reading);
    disk_.release();
    EXPECT_EQ(logits.get(), expectedOf(path().string()));
    EXPECT_EQ(loading.wait(), State::Done);
    EXPECT_GT(disk_.waited(), 0);
}

/// A disk that holds some stretches of a file back between hold() and release().
class HeldStretches {
  public:
    explicit HeldStretches(std::vector<std::pair<off_t, off_t>> stretches)
        : stretches_(std::move(stretches)) {}
    ~HeldStretches() { release(); }
    void hold() { held_ = true; }
    void release() {
        held_ = false;
        held_.notify_all();
    }
    PreadFunction pread() {
        return [this](int fd, void* out, std::size_t bytes, off_t offset) -> ssize_t {
            for (const auto& [begin, end] : stretches_)
                if (offset < end && begin < offset + static_cast<off_t>(bytes)) held_.wait(true);
            return ::pread(fd, out, bytes, offset);
        };
    }

  private:
    const std::vector<std::pair<off_t, off_t>> stretches_;
    std::atomic<bool> held_{false};
};

TEST_F(LoadingWeightsTest, AStepWaitsForTheExpertsThatItsTokensTakeAndForNoOthers) {
    const auto stored = openModel(path().string())->load({}, {});
    const auto file = scratch_.path() / "model.gguf";
    writeBytes(file, ggufOf(*stored, {.matrices = DType::Q8_0, .separateExperts = true}).finish());
    const TokenId token = 3;
    const auto step = [&](Decoder& decoder, StepOutput& out) {
        const auto cache = decoder.makeCache(16);
        ASSERT_EQ(decoder.forward({.tokens = std::span(&token, 1)}, *cache, {}, out, {}),
                  StepStatus::Done);
    };
    StepOutput expected;
    step(*makeDecoder(loadWeights(*openModel(file.string()), kOptions, {}, {}).weights, kOptions),
         expected);

    std::set<std::string> taken;
    for (int layer = 0; layer < kLayers; ++layer)
        for (int s = 0; s < expected.numSelected; ++s)
            for (const char* kind : {"gate", "up", "down"})
                taken.insert(fmt::format(
                    "blk.{}.ffn_{}.{}.weight",
                    layer,
                    kind,
                    expected.selected[static_cast<std::size_t>(layer * expected.numSelected + s)]));
    std::vector<std::pair<off_t, off_t>> others;
    for (const GgufPart& part : openGgufParts(file, nullptr))
        for (const GgufTensor& tensor : part.content.tensors) {
            const auto dots = std::ranges::count(tensor.name, '.');
            if (dots == 4 && !taken.contains(tensor.name))
                others.emplace_back(tensor.offset, tensor.end());
        }
    ASSERT_EQ(others.size(), static_cast<std::size_t>(3 * kLayers * (8 - expected.numSelected)));

    HeldStretches disk(others);
    // More readers than can be held back.
    GgufModel source(file, {.parts = {.numReaders = 100}, .pread = disk.pread()});
    disk.hold();  // opened, which reads ahead
    LoadingWeights loading(source, kOptions, {}, {});
    const auto weights = loading.usable().weights;
    StepOutput out;
    step(*makeDecoder(weights, kOptions), out);
    EXPECT_EQ(out.logits, expected.logits);
    EXPECT_EQ(loading.state(), State::Reading);
    std::stop_source stopped;
    stopped.request_stop();
    EXPECT_FALSE(weights->arrival->await(1, stopped.get_token())) << "the other experts";
    disk.release();
    EXPECT_EQ(loading.wait(), State::Done);
    EXPECT_TRUE(weights->arrival->await(kLayers + 1, {}));
}

TEST_F(LoadingWeightsTest, AStepThatWaitsCanBeStopped) {
    const auto source = heldSource();
    LoadingWeights loading(*source, kOptions, {}, {});
    const auto decoder = makeDecoder(loading.usable().weights, kOptions);
    std::stop_source stop;
    auto logits =
        std::async(std::launch::async, [&] { return logitsOf(*decoder, stop.get_token()); });
    EXPECT_EQ(logits.wait_for(20ms), std::future_status::timeout);
    stop.request_stop();
    EXPECT_TRUE(logits.get().empty());
    EXPECT_EQ(loading.state(), State::Reading) << "the load goes on";
    disk_.release();
    EXPECT_EQ(logitsOf(*decoder), expectedOf(path().string()));
}

TEST_F(LoadingWeightsTest, ABadLayerIsToldToWhoWaitsForIt) {
    const auto source = heldSource();
    LoadingWeights loading(*source, kOptions, {}, {});
    const auto decoder = makeDecoder(loading.usable().weights, kOptions);
    auto logits = std::async(std::launch::async, [&] { return logitsOf(*decoder); });
    EXPECT_EQ(logits.wait_for(20ms), std::future_status::timeout);
    disk_.breakDown();
    EXPECT_THROW(logits.get(), Error);
    EXPECT_EQ(loading.wait(), State::Failed);
    try {
        loading.throwFailure();
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::DeviceFault);
        EXPECT_NE(std::string(error.what()).find("ckpt-0/tensor000"), std::string::npos);
    }
}

TEST_F(LoadingWeightsTest, GivesEverythingBackWhenItIsCancelled) {
    std::weak_ptr<ModelWeights> left;
    {
        const auto source = heldSource();
        std::stop_source stop;
        LoadingWeights loading(*source, kOptions, {}, stop.get_token());
        const auto weights = loading.usable().weights;
        left = weights;
        const auto decoder = makeDecoder(weights, kOptions);
        auto logits = std::async(std::launch::async, [&] { return logitsOf(*decoder); });
        stop.request_stop();
        disk_.release();
        EXPECT_EQ(loading.wait(), State::Stopped);
        EXPECT_THROW(logits.get(), Error);
    }
    EXPECT_TRUE(left.expired());
}

TEST_F(LoadingWeightsTest, EndsAnywhere) {
    const auto expected = expectedOf(path().string());
    int stopped = 0;
    for (int round = 0; round < 300; ++round) {
        const auto source = openModel(path().string());
        LoadingWeights loading(*source, kOptions, {}, {});
        std::this_thread::sleep_for(std::chrono::microseconds(20 * round));
        loading.requestStop();
        const State end = loading.wait();
        ASSERT_TRUE(end == State::Stopped || end == State::Done);
        stopped += end == State::Stopped ? 1 : 0;
        if (end == State::Stopped) continue;
        EXPECT_EQ(logitsOf(*makeDecoder(loading.usable().weights, kOptions)), expected);
    }
    EXPECT_GT(stopped, 0);
}

TEST_F(LoadingWeightsTest, AnotherDecodersWeightsArriveAsTheyAreStored) {
    const DecoderOptions cuda{.kind = "cuda"};
    const auto source = heldSource();
    LoadingWeights loading(*source, cuda, {}, {});
    const auto weights = loading.usable().weights;
    ASSERT_TRUE(weights->arrival);
    EXPECT_TRUE(weights->arrival->await(kLayers - 1, {}));
    EXPECT_EQ(weights->layers[0].query.order, MatrixOrder::InputsFirst);
    disk_.release();
    for (const int stage : {0, 1}) weights->arrival->release(stage);
    EXPECT_TRUE(weights->arrival->await(kLayers + 1, {}));
}

/// Stage of a tensor file of the tiny checkpoint with less than ten layers.
int stageOfFile(const std::string& file) {
    const int index = std::stoi(file.substr(std::string("tensor").size(), 5));
    return index < kTensorsOutsideLayers ? 0
                                         : 1 + (index - kTensorsOutsideLayers) / kTensorsPerLayer;
}

TEST_F(LoadingWeightsTest, OnlyAFewLayersWaitForAGpu) {
    ModelConfig eight = config();
    eight.numLayers = 8;
    writeTinyCheckpoint(scratch_.path() / "eight", eight, 7);
    std::atomic<int> last{0};  // layer that something was read of
    std::atomic<bool> opened{false};
    XaiCheckpoint source(scratch_.path() / "eight",
                         {.numReaders = 4,
                          .availableMemory = {},
                          .pread = [&](int fd, void* out, std::size_t bytes, off_t offset) {
                              if (opened)
                                  last = std::max(last.load(), stageOfFile(HeldDisk::nameOf(fd)));
                              return ::pread(fd, out, bytes, offset);
                          }});
    opened = true;
    LoadingWeights loading(source, {.kind = "cuda"}, {}, {});
    const auto weights = loading.usable().weights;
    const std::uint64_t whole = weights->totalBytes();
    std::uint64_t before = whole;
    for (int stage = 0; stage < numStages(eight); ++stage) {
        ASSERT_TRUE(weights->arrival->await(stage, {}));
        std::this_thread::sleep_for(10ms);
        EXPECT_LT(last, stage + 3) << "read ahead";
        weights->arrival->release(stage);
        EXPECT_LT(weights->totalBytes(), before);
        before = weights->totalBytes();
    }
    EXPECT_EQ(before, 0U);
    EXPECT_EQ(loading.wait(), State::Done);
}

TEST_F(LoadingWeightsTest, AGpusModelNeedsNoRoomForAllOfItself) {
    ModelConfig eight = config();
    eight.numLayers = 8;
    writeTinyCheckpoint(scratch_.path() / "eight", eight, 7);
    const auto room = [&] {
        const XaiCheckpoint whole(scratch_.path() / "eight");
        return memoryBytes(whole.layouts()) / 2;
    }();
    XaiCheckpoint source(scratch_.path() / "eight",
                         {.numReaders = 4, .availableMemory = [&] { return room; }, .pread = {}});
    {
        LoadingWeights loading(source, {.kind = "cuda"}, {}, {});
        const auto weights = loading.usable().weights;
        for (int stage = 0; stage < numStages(eight); ++stage) {
            ASSERT_TRUE(weights->arrival->await(stage, {}));
            weights->arrival->release(stage);
        }
        EXPECT_EQ(loading.wait(), State::Done);
    }
    LoadingWeights onCpu(source, kOptions, {}, {});
    try {
        onCpu.usable();
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::NoMemory);
    }
}

/// Their scales are no reason to read a late layer early.
TEST_F(LoadingWeightsTest, LayersWithScalesOfTheirOwnTakeTurnsToo) {
    ModelConfig eight = config();
    eight.numLayers = 8;
    writeTinyCheckpoint(scratch_.path() / "eight", eight, 7);
    const auto stored = openModel((scratch_.path() / "eight").string())->load({}, {});
    writeHfDirectory(
        scratch_.path() / "fp8", *stored, {.matrices = DType::F8E4M3, .rowScales = true});
    const auto source = openModel((scratch_.path() / "fp8").string());
    LoadingWeights loading(*source, {.kind = "cuda"}, {}, {});
    const auto weights = loading.usable().weights;
    for (int stage = 0; stage < numStages(eight); ++stage) {
        ASSERT_TRUE(weights->arrival->await(stage, {}));
        weights->arrival->release(stage);
    }
    EXPECT_EQ(loading.wait(), State::Done);
}

TEST_F(LoadingWeightsTest, AStopEndsReadersThatWaitForTheirTurn) {
    ModelConfig eight = config();
    eight.numLayers = 8;
    writeTinyCheckpoint(scratch_.path() / "eight", eight, 7);
    const auto source = openModel((scratch_.path() / "eight").string());
    LoadingWeights loading(*source, {.kind = "cuda"}, {}, {});
    const auto weights = loading.usable().weights;
    ASSERT_TRUE(weights->arrival->await(2, {}));
    loading.requestStop();
    EXPECT_EQ(loading.wait(), State::Stopped);
}

TEST_F(LoadingWeightsTest, WhoCannotBeginGetsTheModelWhole) {
    const DecoderOptions reference{.kind = "reference"};
    const auto source = heldSource();
    LoadingWeights loading(*source, reference, {}, {});
    auto usable = std::async(std::launch::async, [&] { return loading.usable(); });
    EXPECT_EQ(usable.wait_for(50ms), std::future_status::timeout);
    disk_.release();
    const auto weights = usable.get().weights;
    EXPECT_FALSE(weights->arrival);
    EXPECT_EQ(loading.wait(), State::Done);
    EXPECT_FALSE(logitsOf(*makeDecoder(weights, reference)).empty());
}

TEST_F(LoadingWeightsTest, TellsWhatIsWrongBeforeThereIsAnythingToUse) {
    writeBytes(tensorFile(path(), 0), "no pickle");
    EXPECT_THROW(openModel(path().string()), Error);
    writeTinyCheckpoint(path(), config(), 7);
    const auto source = openModel(path().string());
    std::filesystem::remove(tensorFile(path(), 5));
    LoadingWeights loading(*source, kOptions, {}, {});
    EXPECT_EQ(loading.wait(), State::Failed);
    EXPECT_THROW(loading.throwFailure(), Error);
    const DecoderOptions tooMany{.threads = kMaxThreads + 1};
    writeTinyCheckpoint(path(), config(), 7);
    const auto whole = openModel(path().string());
    LoadingWeights never(*whole, tooMany, {}, {});
    EXPECT_THROW(never.usable(), Error);
}

}  // namespace
}  // namespace gatescope::test
