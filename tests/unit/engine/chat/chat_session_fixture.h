#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/chat/chat_session.h"
#include "engine/tokenizer/tokenizer.h"
#include "tests/support/scripted_decoder.h"
#include "tests/support/test_paths.h"
#include "tests/support/tokenizer_file.h"

namespace gatescope::test {

/// What a session says, in order.
class Listener : public ChatObserver {
  public:
    void modelLoadFailed(ErrorKind kind) override { loadFaults.push_back(kind); }
    void failed(const std::string& message) override { errors.push_back(message); }
    void generationFinished(const GenerationFinished& e) override { finished.push_back(e); }
    void conversationOpened() override { ++opened; }
    void tokenInspected(int token, const TokenInspectionPtr& found) override {
        inspected.emplace_back(token, found);
    }
    void inspectionEnded() override { ++inspectionsEnded; }

    std::vector<std::string> errors;
    std::vector<ErrorKind> loadFaults;
    std::vector<GenerationFinished> finished;
    std::vector<std::pair<int, TokenInspectionPtr>> inspected;
    int inspectionsEnded = 0;
    int opened = 0;
};

/// A session with a scripted decoder and a library of its own, and what that library holds.
class ChatSessionTest : public ::testing::Test {
  protected:
    std::filesystem::path library() const { return dir_.path() / "library.sqlite"; }

    std::vector<TokenId> ids(const std::string& text) const {
        return tokenizer_->encodeContinuation(text);
    }

    void start(std::shared_ptr<Script> script) {
        script->tokenizer =
            loadTokenizer(dataDir() / "tiny-a/tokenizer.model", script->config.vocabSize);
        script_ = script;
        store_ = std::make_unique<StoreWriter>(library());
        engine_ = std::make_unique<Engine>(scriptedEngine(script));
        session_ = std::make_unique<ChatSession>(*engine_, *store_);
        session_->setObserver(&listener_);
        store_->flush();  // the library exists from here on
        session_->openModel("scripted");
        ASSERT_TRUE(pumpUntil([&] { return session_->model() && !session_->loading(); }));
    }

    void restart(std::shared_ptr<Script> script) {
        session_.reset();
        engine_.reset();
        store_.reset();
        listener_ = {};
        start(std::move(script));
    }

    template <class Condition>
    bool pumpUntil(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) return false;
            session_->pump();
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return true;
    }

    bool idle() {
        const bool done = pumpUntil([&] { return !session_->generating(); });
        store_->flush();
        return done;
    }

    bool talk(const std::string& text) {
        session_->send(text);
        return idle();
    }

    std::vector<Message> stored() const {
        const ConversationStore reader(library(), ConversationStore::Mode::ReadOnly);
        const auto all = reader.conversations();
        return all.empty() ? std::vector<Message>{} : reader.messages(all.front().id);
    }

    std::vector<TokenId> trace() const {
        std::vector<TokenId> out;
        for (int i = 0; i < session_->traceSize(); ++i)
            out.push_back(session_->traceToken(i).token);
        return out;
    }

    static std::shared_ptr<Script> says(std::vector<std::vector<TokenId>> replies) {
        auto script = std::make_shared<Script>();
        script->replies = std::move(replies);
        return script;
    }

    ScratchDir dir_;
    std::shared_ptr<const Tokenizer> tokenizer_ =
        loadTokenizer(dataDir() / "tiny-a/tokenizer.model", 512);
    std::shared_ptr<Script> script_;
    Listener listener_;
    std::unique_ptr<StoreWriter> store_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<ChatSession> session_;
};

}  // namespace gatescope::test
