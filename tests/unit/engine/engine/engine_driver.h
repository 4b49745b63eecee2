#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "engine/engine.h"

namespace gatescope::test {

/// Everything about one generation, gathered from its events.
struct Answer {
    std::vector<TokenId> ids;
    std::string text;
    std::vector<RoutingRecord> routing;  ///< prompt and reply
    std::vector<std::string> errors;
    ErrorKind errorKind = ErrorKind::BadUsage;  ///< of the last error
    int promptTokens = 0;
    GenerationFinished finished;
};

/// Plays the front end of an Engine: commands, then waits for the answers, each with a limit.
class EngineDriver {
  public:
    static constexpr std::chrono::seconds kLimit{60};

    explicit EngineDriver(EngineOptions options) : engine(std::move(options)) {}

    /// Next event; a test that would hang fails here instead.
    Event next() {
        if (auto event = engine.waitEvent(kLimit)) return *std::move(event);
        throw std::runtime_error("the engine sent nothing for a minute");
    }
    /// The next event of type T; others before it are handed to `seen` or dropped.
    template <class T>
    T await(const std::function<void(const Event&)>& seen = {}) {
        for (;;) {
            Event event = next();
            if (auto* wanted = std::get_if<T>(&event)) return std::move(*wanted);
            if (seen) seen(event);
        }
    }
    std::shared_ptr<const ModelInfo> load(const std::string& model = "scripted") {
        engine.load(model, {});
        return await<ModelLoaded>().model;
    }
    /// Waits for the answer to generation `id`; `onEvent` sees each of its events first.
    Answer answerTo(GenerationId id, const std::function<void(const Event&)>& onEvent = {}) {
        Answer answer;
        answer.finished = await<GenerationFinished>([&](const Event& event) {
            if (onEvent) onEvent(event);
            gather(event, id, answer);
        });
        EXPECT_EQ(answer.finished.generation, id);
        answer.text += answer.finished.trailingText;
        return answer;
    }
    Answer ask(GenerationRequest request, const std::function<void(const Event&)>& onEvent = {}) {
        if (request.id == 0) request.id = ++lastId;
        const auto id = request.id;
        engine.submit(std::move(request));
        return answerTo(id, onEvent);
    }

    Engine engine;
    GenerationId lastId = 1000;

  private:
    static void gather(const Event& event, GenerationId id, Answer& answer) {
        if (const auto* prompt = std::get_if<PromptEncoded>(&event)) {
            EXPECT_EQ(prompt->generation, id);
            for (const auto& segment : prompt->segments)
                answer.promptTokens += static_cast<int>(segment.size());
        } else if (const auto* progress = std::get_if<PrefillProgressed>(&event)) {
            EXPECT_EQ(progress->generation, id);
            for (const auto& record : progress->routing) answer.routing.push_back(*record);
        } else if (const auto* token = std::get_if<TokenGenerated>(&event)) {
            EXPECT_EQ(token->generation, id);
            answer.ids.push_back(token->token);
            answer.text += token->text;
            answer.routing.push_back(*token->routing);
        } else if (const auto* failed = std::get_if<EngineFailed>(&event)) {
            EXPECT_EQ(failed->generation, id);
            answer.errors.push_back(failed->message);
            answer.errorKind = failed->kind;
        }
    }
};

inline GenerationRequest requestFor(std::vector<TokenId> prompt, int maxTokens = 64) {
    GenerationRequest request;
    request.prompt = {{.text = {}, .tokens = std::move(prompt), .interventions = {}}};
    request.sampler.temperature = 0;
    request.maxTokens = maxTokens;
    return request;
}

}  // namespace gatescope::test
