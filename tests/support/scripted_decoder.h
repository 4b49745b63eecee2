#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/decoder/decoder.h"
#include "engine/engine.h"

namespace gatescope::test {

/// Something that goes wrong in the `call`-th forward() of a script (the first is 0).
struct ScriptedFault {
    enum class Kind {
        Error,       ///< throws gatescope::Error(DeviceFault)
        EngineLost,  ///< throws the Error of a GPU that this process cannot use any more
        BadAlloc,    ///< throws std::bad_alloc
        Exception,   ///< throws another std::exception
        Unknown,     ///< throws an int
        NonFinite,   ///< answers, with firstNonFiniteLayer = layer
        Hang,        ///< computes nothing until it is stopped
    };
    Kind kind = Kind::Error;
    int call = 0;
    int layer = 0;
};

/// What a scripted model did; written by the engine thread, read by the test.
struct ScriptLog {
    std::atomic<int> forwardCalls{0};
    std::atomic<int> tokensComputed{0};
    std::atomic<int> loads{0};     ///< ModelSource::load() calls begun
    std::atomic<int> decoders{0};  ///< alive
    std::atomic<int> caches{0};    ///< alive
    std::atomic<int> hanging{0};   ///< in a Hang now
};

/// A model that says what it is told to. Never changed once an engine has it.
struct Script {
    /// tiny-a's sizes: 512 tokens, 4 layers, 8 experts, 2 selected.
    static ModelConfig defaultConfig();

    ModelConfig config = defaultConfig();
    /// The n-th request gets replies[n], then EOS; requests past the last start again at the first.
    /// Greedy or sampled: each scripted token has practically all the probability.
    std::vector<std::vector<TokenId>> replies;
    bool endless = false;  ///< repeats a reply instead of ending it with EOS
    /// Router logits; empty: numbers mixed from the arguments, different for each.
    std::function<float(TokenId token, int position, int layer, int expert)> routerLogit;
    std::vector<ScriptedFault> faults;
    std::chrono::microseconds tokenDelay{0};  ///< a token takes this long; ends early when stopped

    bool promptsAtOnce = false;  ///< only steps of one token take that long

    std::uint64_t weightBytes = 1 << 20;  ///< really allocated
    int loadSteps = 10;                   ///< progress reports of a load
    std::chrono::microseconds loadStepDelay{0};
    /// Can be used from the first step on: what it says waits for the last.
    bool usableWhileLoading = false;
    std::optional<std::string> openError;  ///< openModel fails with this sentence (BadInput)
    std::optional<std::string> loadError;  ///< load() fails with it half way
    std::shared_ptr<const Tokenizer> tokenizer;

    std::shared_ptr<ScriptLog> log = std::make_shared<ScriptLog>();
};

/// The hooks that make an Engine run on `script` whatever model it is asked to load.
EngineOptions scriptedEngine(std::shared_ptr<const Script> script);

/// A decoder of its own, for tests below the engine.
std::unique_ptr<Decoder> makeScriptedDecoder(std::shared_ptr<const Script> script);

}  // namespace gatescope::test
