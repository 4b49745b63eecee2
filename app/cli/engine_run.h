#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/cli/progress_bar.h"
#include "engine/engine.h"
#include "engine/store/conversation.h"

namespace gatescope::cli {

/// What the engine's events of one request add up to.
struct RunOutcome {
    std::vector<TokenRecord> prompt;
    std::vector<TokenRecord> reply;
    std::string text;
    std::optional<GenerationFinished> finished;
    std::optional<EngineFailed> failure;

    void throwFailure() const;
};

/// An Engine for the subcommands that wait for each request. Used by one thread.
class EngineRun {
  public:
    /// With `stream` replies are written to standard output as they come.
    EngineRun(std::stop_token interrupted, bool stream);

    /// Loads with a progress bar, and says on stderr what the load has to say. Null: interrupted.
    /// Throws Error.
    std::shared_ptr<const ModelInfo> load(const std::string& model, const DecoderOptions& options);
    /// Runs one request to its end; a Ctrl-C stops it. Requires a loaded model. A failure is part
    /// of the outcome.
    RunOutcome run(GenerationRequest request);
    bool interrupted() const { return interrupted_.stop_requested(); }

  private:
    class Listener;
    template <class Done>
    void listenUntil(Listener& listener, Done done);

    std::stop_token interrupted_;
    bool stream_;
    bool stopped_ = false;  ///< the Ctrl-C has been passed on
    Engine engine_;
};

/// The prompt's tokens with their texts, so that a recording can be read without the vocabulary.
void spell(std::vector<TokenRecord>& prompt, const std::shared_ptr<const Tokenizer>& tokenizer);

}  // namespace gatescope::cli
