#pragma once

#include <QTest>
#include <QWidget>
#include <filesystem>
#include <string>

#include "tests/support/test_paths.h"
#include "ui/engine_bridge.h"
#include "ui/routing/branch_routing.h"
#include "ui/selection.h"
#include "ui/theme/theme.h"
#include "ui/view_context.h"

namespace gatescope::test {

/// What a view is given, over the demo model.
struct DemoChat {
    DemoChat() {
        QObject::connect(&bridge, &EngineBridge::errorOccurred, [](const QString& sentence) {
            qWarning("the window says: %s", qPrintable(sentence));
        });
        theme.apply();
        SamplerConfig sampler;
        sampler.seed = 7;
        session().setSampler(sampler);
        session().setMaxTokens(40);
    }
    bool load() {
        bridge.run([](ChatSession& session) {
            session.openModel(std::string(GATESCOPE_SOURCE_DIR) + "/resources/demo/model");
        });
        return QTest::qWaitFor([this] { return session().canTalk() && !session().loading(); },
                               30000);
    }
    bool talk(const std::string& text) {
        bridge.run([&text](ChatSession& s) { s.send(text); });
        return idle() && session().traceSize() > 0;
    }
    bool idle() {
        return QTest::qWaitFor([this] { return !session().generating(); }, 30000);
    }
    ChatSession& session() { return bridge.session(); }

    ScratchDir folder;
    Theme theme;
    Selection selection;
    EngineBridge bridge{{.library = folder.path() / "library.sqlite", .engine = {}}};
    BranchRouting routing{bridge, selection};
    const ViewContext context{bridge, selection, routing, theme};
};

inline void picture(QWidget& widget, const char* name) {
    const auto folder = std::filesystem::path(GATESCOPE_BINARY_DIR) / "ui-pictures";
    std::filesystem::create_directories(folder);
    widget.grab().save(QString::fromStdString((folder / name).string() + ".png"));
}

}  // namespace gatescope::test
