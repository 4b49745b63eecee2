#pragma once

#include <QTest>
#include <string>
#include <utility>

#include "tests/support/test_paths.h"
#include "ui/engine_bridge.h"
#include "ui/routing/branch_routing.h"
#include "ui/selection.h"
#include "ui/theme/theme.h"
#include "ui/view_context.h"

namespace gatescope::test {

/// What a view is given without a window: a bridge over an engine of its own, whose library goes
/// with it, selection and theme. QTest macros do not reach out of a helper, so each step says
/// whether it worked.
struct ViewParts {
    explicit ViewParts(EngineOptions engine = {})
        : bridge({.library = folder.path() / "library.sqlite", .engine = std::move(engine)}) {}

    bool open(const std::string& model, const DecoderOptions& decoder = {}) {
        bridge.run([&](ChatSession& session) { session.openModel(model, decoder); });
        return QTest::qWaitFor([this] { return session().canTalk() && !session().loading(); },
                               30000);
    }
    bool talk(const std::string& text) {
        bridge.run([&text](ChatSession& session) { session.send(text); });
        return idle() && session().traceSize() > 0;
    }
    bool idle() {
        return QTest::qWaitFor([this] { return !session().generating(); }, 30000);
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
