#include "app/cli/engine_run.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <utility>

#include "engine/error.h"

namespace gatescope::cli {

using namespace std::chrono_literals;

void RunOutcome::throwFailure() const {
    if (failure) throw Error(failure->kind, failure->message);
}

/// Adds up events; knows both loads and generations.
class EngineRun::Listener {
  public:
    explicit Listener(bool stream) : stream_(stream) {}

    void operator()(const LoadProgressed& e) {
        load_.update(e.progress.bytesDone, e.progress.bytesTotal);
    }
    void operator()(const ModelUsable&) {}  // a load is no part of what is timed
    void operator()(const ModelLoaded& e) {
        model = e.model;
        if (e.model->note.empty()) return;
        load_.clear();
        fmt::print(stderr, "{}\n", e.model->note);
    }
    void operator()(const LoadCancelled&) { loadCancelled = true; }
    void operator()(const ModelUnloaded&) {}
    void operator()(const PromptEncoded& e) {
        for (const auto& segment : e.segments)
            for (const TokenId id : segment) {
                TokenRecord token;
                token.token = id;
                outcome.prompt.push_back(std::move(token));
            }
    }
    void operator()(const PrefillProgressed& e) {
        for (std::size_t i = 0; i < e.routing.size(); ++i)
            outcome.prompt[static_cast<std::size_t>(e.firstPosition) + i].routing = e.routing[i];
        prefill_.update(static_cast<std::uint64_t>(e.done), static_cast<std::uint64_t>(e.total));
    }
    void operator()(const TokenGenerated& e) {
        outcome.reply.push_back({.token = e.token,
                                 .text = e.text,
                                 .generated = true,
                                 .drafted = e.drafted,
                                 .logProb = e.logProb,
                                 .alternatives = e.alternatives,
                                 .routing = e.routing});
        append(e.text);
    }
    void operator()(const GenerationFinished& e) {
        append(e.trailingText);
        outcome.finished = e;
    }
    void operator()(const TokenInspected&) {}
    void operator()(const AttentionMapped&) {}
    void operator()(const PositionsScored&) {}
    void operator()(const ScoreFinished&) {}
    void operator()(const EngineFailed& e) { outcome.failure = e; }

    RunOutcome outcome;
    std::shared_ptr<const ModelInfo> model;
    bool loadCancelled = false;

  private:
    void append(const std::string& text) {
        outcome.text += text;
        if (!stream_) return;
        std::fwrite(text.data(), 1, text.size(), stdout);
        std::fflush(stdout);
    }

    bool stream_;
    ProgressBar load_{"loading", ProgressBar::Unit::Bytes};
    ProgressBar prefill_{"reading the prompt", ProgressBar::Unit::Tokens};
};

EngineRun::EngineRun(std::stop_token interrupted, bool stream)
    : interrupted_(std::move(interrupted)), stream_(stream) {}

/// Drains events until `done`; passes a Ctrl-C on to the engine once.
template <class Done>
void EngineRun::listenUntil(Listener& listener, Done done) {
    while (!done()) {
        if (const auto event = engine_.waitEvent(50ms)) std::visit(listener, *event);
        if (interrupted_.stop_requested() && !std::exchange(stopped_, true)) {
            engine_.cancelLoad();
            engine_.stop();
        }
    }
}

std::shared_ptr<const ModelInfo> EngineRun::load(const std::string& model,
                                                 const DecoderOptions& options) {
    Listener listener(stream_);
    engine_.load(model, options);
    listenUntil(listener, [&] {
        return listener.model || listener.outcome.failure || listener.loadCancelled;
    });
    listener.outcome.throwFailure();
    return listener.model;
}

RunOutcome EngineRun::run(GenerationRequest request) {
    Listener listener(stream_);
    engine_.submit(std::move(request));
    listenUntil(listener, [&] { return listener.outcome.finished.has_value(); });
    return std::move(listener.outcome);
}

void spell(std::vector<TokenRecord>& prompt, const std::shared_ptr<const Tokenizer>& tokenizer) {
    if (!tokenizer || prompt.empty()) return;
    StreamDecoder decoder(tokenizer, true);
    for (auto& token : prompt) token.text = decoder.next(token.token);
    prompt.back().text += decoder.finish();
}

}  // namespace gatescope::cli
