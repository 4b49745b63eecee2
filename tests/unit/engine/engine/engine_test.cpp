#include "engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/error.h"
#include "tests/support/piece_tokenizer.h"
#include "tests/support/scripted_decoder.h"
#include "tests/unit/engine/engine/engine_driver.h"

namespace gatescope {
namespace {

using namespace std::chrono_literals;
using test::EngineDriver;
using test::requestFor;
using test::Script;
using test::ScriptedFault;
using testing::ElementsAre;
using testing::HasSubstr;

class EngineTest : public testing::Test {
  protected:
    EngineTest() { script.replies = {{300, 301, 302}, {310, 311}}; }
    EngineOptions options(std::size_t eventCapacity = 1024) {
        auto made = test::scriptedEngine(std::make_shared<Script>(script));
        made.eventCapacity = eventCapacity;
        return made;
    }
    bool allFreed() const { return script.log->decoders == 0 && script.log->caches == 0; }

    Script script;
};

TEST_F(EngineTest, LoadsAndDescribesTheModel) {
    EngineDriver driver(options());
    driver.engine.load("some model", {});
    std::vector<std::uint64_t> done;
    const auto loaded = driver.await<ModelLoaded>([&](const Event& event) {
        if (const auto* read = std::get_if<LoadProgressed>(&event))
            done.push_back(read->progress.bytesDone);
        else
            EXPECT_TRUE(std::holds_alternative<ModelUsable>(event));
    });
    EXPECT_EQ(done.size(), 10U);
    EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
    EXPECT_EQ(loaded.model->model, "some model");
    EXPECT_EQ(loaded.model->format, "scripted");
    EXPECT_EQ(loaded.model->decoder, "scripted");
    EXPECT_EQ(loaded.model->device, "a script");
    EXPECT_TRUE(loaded.model->synthetic);
    EXPECT_EQ(loaded.model->config, script.config);
    EXPECT_EQ(loaded.model->totalBytes, script.weightBytes);
    EXPECT_EQ(loaded.model->weightBytesPerToken, 1000U);
    EXPECT_EQ(loaded.model->contextCapacity, 2048);
    EXPECT_EQ(loaded.model->tokenizer, nullptr);
}

TEST_F(EngineTest, AnswersOneRequestAfterTheOther) {
    EngineDriver driver(options());
    driver.load();
    for (GenerationId id = 1; id <= 4; ++id) {
        auto request = requestFor({5, 6, static_cast<TokenId>(id)});
        request.id = id;
        driver.engine.submit(request);
    }
    for (GenerationId id = 1; id <= 4; ++id) {
        const auto answer = driver.answerTo(id);
        EXPECT_EQ(answer.finished.reason, FinishReason::EndOfText);
        EXPECT_EQ(answer.ids.size(), id % 2 == 1 ? 3U : 2U);
        EXPECT_EQ(answer.promptTokens, 3);
        EXPECT_EQ(answer.routing.size(), 3 + answer.ids.size());
    }
}

TEST_F(EngineTest, ReadsTextWithTheTokenizerOfTheModel) {
    const auto tokenizer =
        std::make_shared<test::PieceTokenizer>(std::vector<std::string>{"Hello", " world"});
    script.tokenizer = tokenizer;
    script.replies = {{tokenizer->word(" world"), test::PieceTokenizer::byte('!')}};
    EngineDriver driver(options());
    EXPECT_EQ(driver.load()->tokenizer, tokenizer);
    auto request = requestFor({});
    request.prompt[0].text = "Hello";
    EXPECT_EQ(driver.ask(request).text, " world!");
}

TEST_F(EngineTest, RefusesTextWhereTheModelHasNoTokenizer) {
    EngineDriver driver(options());
    driver.load();
    auto request = requestFor({});
    request.prompt[0].text = "Hello";
    const auto answer = driver.ask(request);
    EXPECT_EQ(answer.finished.reason, FinishReason::Failed);
    EXPECT_THAT(answer.errors, ElementsAre(HasSubstr("no tokenizer")));
    EXPECT_EQ(driver.ask(requestFor({5})).finished.reason, FinishReason::EndOfText);
}

TEST_F(EngineTest, FailsARequestWithoutAModel) {
    EngineDriver driver(options());
    const auto answer = driver.ask(requestFor({5}));
    EXPECT_EQ(answer.finished.reason, FinishReason::Failed);
    EXPECT_EQ(answer.errorKind, ErrorKind::BadUsage);
    EXPECT_THAT(answer.errors, ElementsAre(HasSubstr("no model is loaded")));
}

TEST_F(EngineTest, TurnsEveryExceptionIntoAnEventAndGoesOn) {
    using Kind = ScriptedFault::Kind;
    script.faults = {{.kind = Kind::Error, .call = 2},
                     {.kind = Kind::BadAlloc, .call = 3},
                     {.kind = Kind::Exception, .call = 4},
                     {.kind = Kind::Unknown, .call = 5}};
    EngineDriver driver(options());
    driver.load();
    const auto first = driver.ask(requestFor({5, 6}));
    EXPECT_EQ(first.finished.reason, FinishReason::Failed);
    EXPECT_THAT(first.ids, ElementsAre(300));  // what was said stays
    EXPECT_THAT(first.errors, ElementsAre("the scripted device failed"));
    EXPECT_EQ(first.errorKind, ErrorKind::DeviceFault);
    const auto second = driver.ask(requestFor({5, 6}));
    EXPECT_THAT(second.errors, ElementsAre(HasSubstr("memory ran out")));
    EXPECT_EQ(second.errorKind, ErrorKind::NoMemory);
    EXPECT_THAT(driver.ask(requestFor({5, 6})).errors,
                ElementsAre(HasSubstr("a scripted exception")));
    EXPECT_THAT(driver.ask(requestFor({5, 6})).errors, ElementsAre(HasSubstr("unexpected")));
    EXPECT_EQ(driver.ask(requestFor({5, 6})).finished.reason, FinishReason::EndOfText);
}

/// After a fault that costs the device: the sentence, the end of the reply, and only then the model
/// goes, with all its memory. The same engine loads again.
TEST_F(EngineTest, LosesTheModelWithTheDeviceAndGoesOn) {
    script.faults = {{.kind = ScriptedFault::Kind::EngineLost, .call = 2}};
    EngineDriver driver(options());
    driver.load();
    auto request = requestFor({5, 6});
    request.id = 1;
    driver.engine.submit(request);
    std::vector<std::string> order;
    const auto note = [&](const Event& event) {
        if (const auto* failed = std::get_if<EngineFailed>(&event)) {
            EXPECT_EQ(failed->state, FaultState::EngineLost);
            EXPECT_THAT(failed->message, HasSubstr("GPU-002"));
            order.emplace_back("failed");
        } else if (const auto* finished = std::get_if<GenerationFinished>(&event)) {
            EXPECT_EQ(finished->reason, FinishReason::Failed);
            order.emplace_back("finished");
        } else if (std::holds_alternative<ModelUnloaded>(event)) {
            order.emplace_back("unloaded");
        } else if (std::holds_alternative<TokenGenerated>(event)) {
            order.emplace_back("token");
        }
    };
    while (order.empty() || order.back() != "unloaded") {
        const auto event = driver.engine.waitEvent(std::chrono::seconds(10));
        ASSERT_TRUE(event);
        note(*event);
    }
    EXPECT_THAT(order, ElementsAre("token", "failed", "finished", "unloaded"));
    EXPECT_EQ(script.log->decoders, 0);
    EXPECT_EQ(script.log->caches, 0);
    EXPECT_THAT(driver.ask(requestFor({5, 6})).errors,
                ElementsAre(HasSubstr("no model is loaded")));
    driver.load();
    EXPECT_EQ(driver.ask(requestFor({5, 6})).finished.reason, FinishReason::EndOfText);
}

TEST_F(EngineTest, NamesTheLayerOfANonFiniteNumber) {
    script.faults = {{.kind = ScriptedFault::Kind::NonFinite, .call = 2, .layer = 3}};
    EngineDriver driver(options());
    driver.load();
    const auto answer = driver.ask(requestFor({5, 6}));
    EXPECT_EQ(answer.finished.reason, FinishReason::Failed);
    EXPECT_THAT(answer.errors, ElementsAre(HasSubstr("layer 3")));
    EXPECT_THAT(answer.ids, ElementsAre(300));
    EXPECT_EQ(driver.ask(requestFor({5, 6})).finished.reason, FinishReason::EndOfText);
}

TEST_F(EngineTest, KeepsTheModelWhenAnotherCannotBeOpened) {
    auto opened = std::make_shared<std::atomic<int>>(0);
    auto failing = options();
    failing.openSource = [open = failing.openSource, opened](const std::string& model) {
        if (++*opened > 1) throw Error(ErrorKind::BadInput, model + ": nothing there");
        return open(model);
    };
    EngineDriver driver(std::move(failing));
    driver.load();
    driver.engine.load("typo", {});
    const auto failed = driver.await<EngineFailed>(
        [](const Event& event) { EXPECT_FALSE(std::holds_alternative<ModelUnloaded>(event)); });
    EXPECT_EQ(failed.generation, 0U);
    EXPECT_EQ(failed.kind, ErrorKind::BadInput);
    EXPECT_EQ(failed.message, "typo: nothing there");
    EXPECT_EQ(driver.ask(requestFor({5})).finished.reason, FinishReason::EndOfText);
}

TEST_F(EngineTest, FreesTheModelBeforeItLoadsTheNext) {
    EngineDriver driver(options());
    driver.load("one");
    driver.engine.load("two", {});
    bool unloaded = false;
    const auto loaded = driver.await<ModelLoaded>([&](const Event& event) {
        if (std::holds_alternative<ModelUnloaded>(event)) unloaded = true;
        if (std::holds_alternative<LoadProgressed>(event)) {
            EXPECT_TRUE(unloaded);
        }
    });
    EXPECT_TRUE(unloaded);
    EXPECT_EQ(loaded.model->model, "two");
    EXPECT_EQ(script.log->decoders, 1);
    EXPECT_EQ(script.log->caches, 1);
}

TEST_F(EngineTest, HasNoModelAfterALoadThatBrokeHalfWay) {
    auto broken = std::make_shared<Script>(script);
    broken->loadError = "tensor 3 is torn";
    auto both = options();
    const auto good = both.openSource;
    const auto bad = test::scriptedEngine(broken).openSource;
    both.openSource = [=](const std::string& model) {
        return model == "bad" ? bad(model) : good(model);
    };
    EngineDriver driver(std::move(both));
    driver.load("good");
    driver.engine.load("bad", {});
    driver.await<ModelUnloaded>();
    EXPECT_EQ(driver.await<EngineFailed>().message, "tensor 3 is torn");
    EXPECT_TRUE(allFreed());
    EXPECT_EQ(driver.ask(requestFor({5})).finished.reason, FinishReason::Failed);
    driver.load("good");
    EXPECT_EQ(driver.ask(requestFor({5})).finished.reason, FinishReason::EndOfText);
}

TEST_F(EngineTest, UnloadGivesEverythingBack) {
    EngineDriver driver(options());
    driver.load();
    driver.ask(requestFor({5}));
    driver.engine.unload();
    driver.await<ModelUnloaded>();
    EXPECT_TRUE(allFreed());
    EXPECT_EQ(driver.ask(requestFor({5})).finished.reason, FinishReason::Failed);
    driver.engine.unload();  // nothing to free: still answered
    driver.await<ModelUnloaded>();
}

TEST_F(EngineTest, LoadingEndsTheGenerationsThatRunAndWait) {
    script.endless = true;
    EngineDriver driver(options());
    driver.load();
    for (GenerationId id = 1; id <= 3; ++id) {
        auto request = requestFor({5}, 1 << 30);
        request.id = id;
        driver.engine.submit(request);
    }
    driver.await<TokenGenerated>();
    driver.engine.load("other", {});
    for (GenerationId id = 1; id <= 3; ++id)
        EXPECT_EQ(driver.answerTo(id).finished.reason, FinishReason::Stopped);
    EXPECT_EQ(driver.await<ModelLoaded>().model->model, "other");
}

TEST_F(EngineTest, ASecondLoadEndsTheFirst) {
    script.loadStepDelay = 20s;
    auto slow = test::scriptedEngine(std::make_shared<Script>(script));
    const auto openSlow = slow.openSource;
    script.loadStepDelay = 0s;
    const auto openFast = options().openSource;
    slow.openSource = [=](const std::string& model) {
        return model == "slow" ? openSlow(model) : openFast(model);
    };
    EngineDriver driver(std::move(slow));
    driver.engine.load("slow", {});
    while (script.log->loads == 0) std::this_thread::yield();
    driver.engine.load("fast", {});
    driver.await<LoadCancelled>();
    EXPECT_EQ(driver.await<ModelLoaded>().model->model, "fast");
}

TEST_F(EngineTest, StopEndsWhatWasSubmittedButNothingLater) {
    script.endless = true;
    EngineDriver driver(options());
    driver.load();
    auto request = requestFor({5}, 1 << 30);
    request.id = 1;
    driver.engine.submit(request);
    driver.await<TokenGenerated>();
    driver.engine.stop();
    EXPECT_EQ(driver.answerTo(1).finished.reason, FinishReason::Stopped);
    EXPECT_EQ(driver.ask(requestFor({5}, 4)).finished.reason, FinishReason::MaxTokens);
}

TEST_F(EngineTest, RegeneratesUnderAnInterventionFromTheSharedBeginning) {
    script.replies = {{300, 301, 302}};
    EngineDriver driver(options());
    driver.load();
    const auto before = driver.ask(requestFor({5, 6, 7}));
    const auto strongest = before.routing[3].layerSelected(0)[0];
    auto request = requestFor({5, 6, 7});
    request.interventions.ablate.push_back({LayerId{0}, ExpertId{strongest}});
    const auto after = driver.ask(request);
    EXPECT_EQ(after.finished.timings.reusedTokens, 2);
    EXPECT_EQ(after.ids, before.ids);
    // The prompt is routed as before, the reply with that expert off.
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(after.routing[i], before.routing[i]);
    EXPECT_EQ(after.routing[3].layerSelected(0)[0], strongest);
    EXPECT_EQ(after.routing[3].layerGates(0)[0], 0.0F);
    EXPECT_GT(before.routing[3].layerGates(0)[0], 0.0F);
}

TEST_F(EngineTest, WaitsForASlowListenerWithoutGrowingAndKeepsTheOrder) {
    script.replies = {{}};
    for (TokenId id = 3; id < 503; ++id) script.replies[0].push_back(id);
    EngineDriver driver(options(4));
    driver.load();
    auto request = requestFor({5}, 500);
    request.id = 1;
    driver.engine.submit(request);
    driver.await<PrefillProgressed>();
    // With nobody polling the engine comes to rest: four events fit, one waits outside.
    int last = -1;
    for (int calls = script.log->forwardCalls; calls != last; calls = script.log->forwardCalls) {
        last = calls;
        std::this_thread::sleep_for(50ms);  // nothing to wait for: this is about nothing happening
    }
    EXPECT_LE(last, 1 + 4 + 1);
    const auto answer = driver.answerTo(1);
    EXPECT_EQ(answer.ids, script.replies[0]);
    EXPECT_EQ(answer.finished.reason, FinishReason::MaxTokens);
}

TEST_F(EngineTest, ObeysStopWhileItWaitsForRoom) {
    script.endless = true;
    EngineDriver driver(options(2));
    driver.load();
    auto request = requestFor({5}, 1 << 30);
    request.id = 1;
    driver.engine.submit(request);
    driver.await<TokenGenerated>();
    while (script.log->forwardCalls < 4) std::this_thread::yield();
    driver.engine.stop();
    const auto answer = driver.answerTo(1);
    EXPECT_EQ(answer.finished.reason, FinishReason::Stopped);
    EXPECT_LE(answer.ids.size(), 4U);
}

TEST_F(EngineTest, RefusesMoreCommandsThanItsQueueHolds) {
    script.faults = {{.kind = ScriptedFault::Kind::Hang, .call = 0}};
    EngineDriver driver(options());
    driver.load();
    driver.engine.submit([] {
        auto request = requestFor({5});
        request.id = 1;
        return request;
    }());
    while (script.log->hanging == 0) std::this_thread::yield();
    auto request = requestFor({5});
    request.id = 2;
    const auto flood = [&] {
        for (int i = 0; i < 1000; ++i) driver.engine.submit(request);
    };
    EXPECT_THROW(flood(), Error);
    driver.engine.stop();
    EXPECT_EQ(driver.answerTo(1).finished.reason, FinishReason::Stopped);
}

TEST_F(EngineTest, CanBeDestroyedInEveryState) {
    const auto submit = [](EngineDriver& driver) {
        auto request = requestFor({5}, 1 << 30);
        request.id = 1;
        driver.engine.submit(request);
    };
    const auto until = [](const std::atomic<int>& counter, int value) {
        while (counter < value) std::this_thread::yield();
    };
    const std::shared_ptr<test::ScriptLog> log = script.log;
    const auto begin = std::chrono::steady_clock::now();

    { EngineDriver idle(options()); }
    {
        EngineDriver loaded(options());
        loaded.load();
    }
    {
        EngineDriver unpolled(options(1));  // the load waits for room
        unpolled.engine.load("m", {});
        until(log->loads, 2);
    }
    script.loadStepDelay = 60s;
    {
        EngineDriver loading(options());
        loading.engine.load("m", {});
        until(log->loads, 3);
    }
    script.loadStepDelay = 0s;
    script.endless = true;
    {
        EngineDriver decoding(options());
        decoding.load();
        submit(decoding);
        decoding.await<TokenGenerated>();
    }
    {
        EngineDriver waiting(options(1));
        waiting.load();
        submit(waiting);
        waiting.await<TokenGenerated>();
    }
    {
        EngineDriver queued(options());
        queued.load();
        for (int i = 0; i < 20; ++i) submit(queued);
        queued.engine.load("m", {});
        queued.engine.unload();
    }
    script.faults = {{.kind = ScriptedFault::Kind::Hang, .call = log->forwardCalls}};
    {
        EngineDriver hanging(options());
        hanging.load();
        submit(hanging);
        until(log->hanging, 1);
    }
    EXPECT_TRUE(allFreed());
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 30s);
}

}  // namespace
}  // namespace gatescope
