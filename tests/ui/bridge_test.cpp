#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QCoreApplication>
#include <QSignalSpy>
#include <QTest>
#include <memory>
#include <optional>

#include "engine/error.h"
#include "engine/tokenizer/tokenizer.h"
#include "tests/support/scripted_decoder.h"
#include "tests/support/test_paths.h"
#include "tests/support/tokenizer_file.h"
#include "ui/engine_bridge.h"

// The threads of engine and store against Qt's event loop: what the sanitizers are to see.
// GoogleTest runs it, because Qt Test's own watchdog thread, inside a library that no sanitizer
// instrumented, is reported as a race.

namespace gatescope {
namespace {

constexpr int kPatienceMs = 60000;  // sanitizers are slow, and so may the machine be

/// A bridge over a real engine and a real store; the decoder says what it is told.
struct Fixture {
    explicit Fixture(bool endless = false) {
        auto script = std::make_shared<test::Script>();
        script->tokenizer = test::loadTokenizer(test::dataDir() / "tiny-a/tokenizer.model",
                                                script->config.vocabSize);
        script->replies = {script->tokenizer->encodeContinuation(" hello there")};
        script->endless = endless;
        log = script->log;
        bridge.emplace(EngineBridge::Options{.library = dir.path() / "library.sqlite",
                                             .engine = test::scriptedEngine(std::move(script))});
    }

    bool load() {
        QSignalSpy ready(&*bridge, &EngineBridge::modelReady);
        bridge->run([](ChatSession& session) { session.openModel("scripted"); });
        return ready.wait(kPatienceMs);
    }

    test::ScratchDir dir;
    std::shared_ptr<test::ScriptLog> log;
    std::optional<EngineBridge> bridge;
};

TEST(BridgeTest, EveryTokenArrivesAsASignalWithItsRouting) {
    Fixture f;
    ASSERT_TRUE(f.load());
    QSignalSpy grew(&*f.bridge, &EngineBridge::traceGrew);
    QSignalSpy ended(&*f.bridge, &EngineBridge::generationEnded);
    f.bridge->run([](ChatSession& session) { session.send("hi"); });
    ASSERT_TRUE(ended.wait(kPatienceMs));
    const ChatSession& session = f.bridge->session();
    EXPECT_EQ(session.messages().back().text, " hello there");
    EXPECT_GT(grew.count(), 1);
    for (int i = 0; i < session.traceSize(); ++i) EXPECT_TRUE(session.traceToken(i).routing);
}

TEST(BridgeTest, StopEndsAReplyThatWouldNotEnd) {
    Fixture f(true);
    ASSERT_TRUE(f.load());
    QSignalSpy grew(&*f.bridge, &EngineBridge::traceGrew);
    QSignalSpy ended(&*f.bridge, &EngineBridge::generationEnded);
    f.bridge->run([](ChatSession& session) {
        session.setMaxTokens(100000);
        session.send("hi");
    });
    ASSERT_TRUE(grew.wait(kPatienceMs));
    f.bridge->run([](ChatSession& session) { session.stop(); });
    ASSERT_TRUE(ended.count() > 0 || ended.wait(kPatienceMs));
    const auto finished = ended.front().front().value<GenerationFinished>();
    EXPECT_EQ(finished.reason, FinishReason::Stopped);
}

TEST(BridgeTest, ACommandThatCannotBeDoneIsASentence) {
    Fixture f;
    QSignalSpy errors(&*f.bridge, &EngineBridge::errorOccurred);
    f.bridge->run([](ChatSession& session) { session.send("no model yet"); });
    ASSERT_EQ(errors.count(), 1);
    EXPECT_THAT(errors.front().front().toString().toStdString(),
                testing::HasSubstr("no model is open"));
}

TEST(BridgeTest, ClosingInTheMiddleOfAReplyLosesNothing) {
    Fixture f(true);
    ASSERT_TRUE(f.load());
    QSignalSpy grew(&*f.bridge, &EngineBridge::traceGrew);
    f.bridge->run([](ChatSession& session) {
        session.setMaxTokens(100000);
        session.send("hi");
    });
    ASSERT_TRUE(grew.wait(kPatienceMs));
    ASSERT_TRUE(QTest::qWaitFor(
        [&] { return f.bridge->session().messages().back().text.size() > 20; }, kPatienceMs));
    const std::string text = f.bridge->session().messages().back().text;
    f.bridge.reset();
    EXPECT_EQ(f.log->decoders.load(), 0);
    const ConversationStore kept(f.dir.path() / "library.sqlite",
                                 ConversationStore::Mode::ReadOnly);
    const auto messages = kept.messages(kept.conversations().front().id);
    EXPECT_EQ(messages.back().text, text);
}

}  // namespace
}  // namespace gatescope

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
