#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/tokenizer/tokenizer.h"
#include "tests/support/scripted_decoder.h"
#include "tests/support/tokenizer_file.h"
#include "tests/ui/view_parts.h"

namespace gatescope::test {

/// A script whose model has tiny-a's tokenizer and says `reply` to whatever it is asked.
inline std::shared_ptr<Script> scriptSaying(const std::string& reply) {
    auto script = std::make_shared<Script>();
    const auto tokenizer =
        loadTokenizer(dataDir() / "tiny-a/tokenizer.model", script->config.vocabSize);
    script->tokenizer = tokenizer;
    script->replies = {tokenizer->encodeContinuation(reply)};
    return script;
}

/// What a view is given, over a scripted decoder.
struct ScriptedChat : ViewParts {
    explicit ScriptedChat(std::shared_ptr<Script> script)
        : ViewParts(scriptedEngine(std::move(script))) {}

    bool load() { return open("scripted"); }
    /// Keeps the conversation in this file and shows it from there, as f16 has kept it.
    bool replay(const std::filesystem::path& file) {
        bool saved = false;
        bridge.run([&](ChatSession& s) {
            s.saveRecording(file, [&saved](const auto& error) { saved = !error; });
        });
        if (!QTest::qWaitFor([&saved] { return saved; }, 20000)) return false;
        bridge.run([&file](ChatSession& s) { s.openRecording(file); });
        return QTest::qWaitFor([this] { return session().isReplay() && session().traceSize() > 0; },
                               20000);
    }
};

}  // namespace gatescope::test
