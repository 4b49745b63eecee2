#pragma once

#include <QTest>
#include <memory>
#include <string>
#include <vector>

#include "engine/tokenizer/tokenizer.h"
#include "tests/support/scripted_decoder.h"
#include "tests/support/test_paths.h"
#include "tests/support/tokenizer_file.h"
#include "ui/engine_bridge.h"
#include "ui/routing/branch_routing.h"
#include "ui/selection.h"
#include "ui/theme/theme.h"
#include "ui/view_context.h"

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

/// What a view is given: a bridge over a real engine with a scripted decoder, selection and theme.
/// QTest macros do not reach out of a helper, so each step says whether it worked.
struct ScriptedChat {
    explicit ScriptedChat(std::shared_ptr<Script> script)
        : bridge({.library = folder.path() / "library.sqlite",
                  .engine = scriptedEngine(std::move(script))}) {}

    bool load() {
        bridge.run([](ChatSession& session) { session.openModel("scripted"); });
        return QTest::qWaitFor([this] { return session().model() != nullptr; }, 20000);
    }
    bool talk(const std::string& text) {
        bridge.run([&text](ChatSession& s) { s.send(text); });
        return QTest::qWaitFor([this] { return !session().generating(); }, 20000) &&
               session().traceSize() > 0;
    }
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
    ChatSession& session() { return bridge.session(); }

    ScratchDir folder;
    Theme theme;
    Selection selection;
    EngineBridge bridge;
    BranchRouting routing{bridge, selection};
    const ViewContext context{bridge, selection, routing, theme};
};

}  // namespace gatescope::test
