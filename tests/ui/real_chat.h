#pragma once

#include <QTest>

#include "tests/support/test_paths.h"
#include "ui/engine_bridge.h"
#include "ui/routing/branch_routing.h"
#include "ui/selection.h"
#include "ui/theme/theme.h"
#include "ui/view_context.h"

namespace gatescope::test {

/// The golden model behind a bridge, asked once.
struct RealChat {
    RealChat() : bridge({.library = folder.path() / "library.sqlite", .engine = {}}) {}

    bool talk(const QString& text) {
        bridge.run(
            [](ChatSession& s) { s.openModel((dataDir() / "tiny-a").string(), {.threads = 1}); });
        if (!QTest::qWaitFor([this] { return session().canTalk(); }, 20000)) return false;
        session().setMaxTokens(12);
        bridge.run([&](ChatSession& s) { s.send(text.toStdString()); });
        return QTest::qWaitFor([this] { return !session().generating(); }, 20000) &&
               session().traceSize() > 8;
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
