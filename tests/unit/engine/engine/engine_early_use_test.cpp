#include <gtest/gtest.h>

#include <atomic>
#include <variant>

#include "engine/model/xai/xai_checkpoint.h"
#include "tests/support/held_disk.h"
#include "tests/unit/engine/engine/engine_driver.h"
#include "tests/unit/engine/engine/tiny_models.h"

namespace gatescope {
namespace {

using namespace std::chrono_literals;
using test::Answer;
using test::EngineDriver;
using test::HeldDisk;
using test::requestFor;
using test::SmallCheckpoint;

/// The last of the small checkpoint's three layers.
bool isOfLastLayer(const std::string& file) {
    return std::stoi(file.substr(std::string("tensor").size(), 5)) >=
           kTensorsOutsideLayers + 2 * kTensorsPerLayer;
}

GenerationRequest shortRequest(GenerationId id) {
    auto request = requestFor({20, 9, 9, 30}, 4);
    request.stopAtEos = false;
    request.id = id;
    return request;
}

/// An engine whose model arrives as the disk lets it.
class EngineEarlyUseTest : public testing::Test {
  protected:
    EngineEarlyUseTest() {
        expected = driver.load(checkpoint.path()) ? driver.ask(shortRequest(1)) : Answer{};
    }
    EngineOptions options() {
        EngineOptions made;
        made.openSource = [this](const std::string& model) {
            auto source = std::make_unique<XaiCheckpoint>(
                model, XaiReadOptions{.numReaders = 2, .pread = disk.pread()});
            if (holdNext.exchange(false)) disk.hold();
            return source;
        };
        return made;
    }
    /// Until the model can be used; its last layer is not there yet.
    void loadHeld() {
        holdNext = true;
        driver.engine.load(checkpoint.path(), {.threads = 1});
        driver.await<ModelUnloaded>();
        const auto usable = driver.await<ModelUsable>(
            [](const Event& event) { EXPECT_TRUE(std::holds_alternative<LoadProgressed>(event)); });
        EXPECT_EQ(usable.model->config.numLayers, 3);
        while (disk.waited() == 0) std::this_thread::yield();
    }
    /// What comes next, load progress aside.
    Event nextNews() {
        for (;;) {
            Event event = driver.next();
            if (!std::holds_alternative<LoadProgressed>(event)) return event;
        }
    }
    void expectTheLoadedModelWorks() {
        driver.load(checkpoint.path());
        EXPECT_EQ(driver.ask(shortRequest(2)).ids, expected.ids);
    }

    SmallCheckpoint checkpoint;
    HeldDisk disk{isOfLastLayer};
    std::atomic<bool> holdNext{false};  // the disk, when the next source has been opened
    EngineDriver driver{options()};
    Answer expected;
};

TEST_F(EngineEarlyUseTest, AGenerationBeginsBeforeTheLastLayerIsThere) {
    loadHeld();
    driver.engine.submit(shortRequest(7));
    EXPECT_TRUE(std::holds_alternative<PromptEncoded>(nextNews()));
    EXPECT_FALSE(driver.engine.waitEvent(50ms)) << "the prompt waits for its last layer";
    disk.release();
    bool loaded = false;
    const Answer answer = driver.answerTo(7, [&](const Event& event) {
        loaded = loaded || std::holds_alternative<ModelLoaded>(event);
    });
    if (!loaded) driver.await<ModelLoaded>();
    EXPECT_EQ(answer.ids, expected.ids);
    EXPECT_EQ(answer.routing, expected.routing);
}

TEST_F(EngineEarlyUseTest, CancellingTheLoadEndsTheGenerationThatWaits) {
    loadHeld();
    driver.engine.submit(shortRequest(7));
    driver.await<PromptEncoded>();
    driver.engine.cancelLoad();
    EXPECT_EQ(driver.await<GenerationFinished>().reason, FinishReason::Stopped);
    disk.release();
    EXPECT_TRUE(std::holds_alternative<ModelUnloaded>(nextNews()));
    EXPECT_TRUE(std::holds_alternative<LoadCancelled>(nextNews()));
    expectTheLoadedModelWorks();
}

TEST_F(EngineEarlyUseTest, StoppingTheGenerationLetsTheLoadGoOn) {
    loadHeld();
    driver.engine.submit(shortRequest(7));
    driver.await<PromptEncoded>();
    driver.engine.stop();
    EXPECT_EQ(driver.await<GenerationFinished>().reason, FinishReason::Stopped);
    disk.release();
    EXPECT_TRUE(std::holds_alternative<ModelLoaded>(nextNews()));
    EXPECT_EQ(driver.ask(shortRequest(8)).ids, expected.ids);
}

TEST_F(EngineEarlyUseTest, ALayerThatCannotBeReadTakesTheModelAway) {
    loadHeld();
    driver.engine.submit(shortRequest(7));
    driver.await<PromptEncoded>();
    disk.breakDown();
    const auto failed = driver.await<EngineFailed>();
    EXPECT_EQ(failed.generation, 7U);
    EXPECT_EQ(failed.kind, ErrorKind::DeviceFault);
    EXPECT_EQ(driver.await<GenerationFinished>().reason, FinishReason::Failed);
    EXPECT_TRUE(std::holds_alternative<ModelUnloaded>(nextNews()));
    const Event last = nextNews();
    ASSERT_TRUE(std::holds_alternative<EngineFailed>(last));
    EXPECT_EQ(std::get<EngineFailed>(last).generation, 0U);
    EXPECT_EQ(std::get<EngineFailed>(last).message, failed.message);
}

TEST_F(EngineEarlyUseTest, ItFailsByItselfToo) {
    loadHeld();
    disk.breakDown();
    EXPECT_TRUE(std::holds_alternative<ModelUnloaded>(nextNews()));
    EXPECT_TRUE(std::holds_alternative<EngineFailed>(nextNews()));
}

TEST_F(EngineEarlyUseTest, AnotherLoadTakesItsPlace) {
    loadHeld();
    driver.engine.submit(shortRequest(7));
    driver.engine.load(checkpoint.path(), {.threads = 1});
    EXPECT_EQ(driver.await<GenerationFinished>().reason, FinishReason::Stopped);
    disk.release();
    EXPECT_TRUE(std::holds_alternative<ModelUnloaded>(nextNews()));
    EXPECT_TRUE(std::holds_alternative<LoadCancelled>(nextNews()));
    driver.await<ModelLoaded>();
    EXPECT_EQ(driver.ask(shortRequest(8)).ids, expected.ids);
}

TEST_F(EngineEarlyUseTest, UnloadingEndsTheLoad) {
    loadHeld();
    driver.engine.unload();
    disk.release();
    const Event first = nextNews();
    // On a busy machine the rest may have been read before the engine came to unload it.
    if (!std::holds_alternative<ModelLoaded>(first)) {
        EXPECT_TRUE(std::holds_alternative<ModelUnloaded>(first));
        EXPECT_TRUE(std::holds_alternative<LoadCancelled>(nextNews()));
    }
    EXPECT_TRUE(std::holds_alternative<ModelUnloaded>(nextNews()));
    expectTheLoadedModelWorks();
}

TEST_F(EngineEarlyUseTest, TheEngineCanGoWhileItLoads) {
    loadHeld();
    driver.engine.submit(shortRequest(7));
    disk.release();
}

}  // namespace
}  // namespace gatescope
