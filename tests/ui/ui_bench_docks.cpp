#include "tests/ui/ui_bench_docks.h"

#include <cstdio>
#include <optional>

#include "tests/ui/busy_spans.h"
#include "tests/ui/scripted_chat.h"
#include "ui/compare/aligned_text.h"
#include "ui/compare/comparison.h"
#include "ui/main_window.h"
#include "ui/routing/waterfall_panel.h"
#include "ui/statistics/coactivation_panel.h"
#include "ui/statistics/transition_panel.h"

namespace gatescope::test {
namespace {

void say(const char* what, BusySpans& spans) {
    std::printf("%-60s longest %7.2f ms, all %8.1f ms\n", what, spans.quantileMs(1), spans.sumMs());
    std::fflush(stdout);
}

/// Of 64 layers and 8 experts; every hundredth token is another one on side `b`.
ComparedRun longRun(bool b) {
    constexpr int kTokens = 20000;
    auto record = std::make_shared<RoutingRecord>();
    record->numLayers = 64;
    record->numExperts = 8;
    record->numSelected = 2;
    record->probs.assign(64 * 8, 0.125F);
    record->gates.assign(64 * 2, 0.125F);
    for (int layer = 0; layer < 64; ++layer)
        for (const int expert : {0, 1}) record->selected.push_back(expert);
    ComparedRun run;
    for (int i = 0; i < kTokens; ++i) {
        const int id = b && i % 100 == 7 ? kTokens + i : i % 5000;
        run.tokens.push_back(
            {.token = id, .text = " w" + std::to_string(id), .generated = true, .routing = record});
    }
    return run;
}

void timeComparison(ScriptedChat& chat, BusySpans& spans) {
    Comparison comparison(chat.bridge);
    AlignedText text(comparison, chat.theme);
    text.resize(900, 500);
    text.show();
    runFor(std::chrono::milliseconds(300));
    ComparedRun a = longRun(false);
    ComparedRun b = longRun(true);
    runFor(std::chrono::milliseconds(50));
    spans.clear();
    QTimer::singleShot(0, [&] { comparison.setRuns(std::move(a), std::move(b)); });
    do runFor(std::chrono::milliseconds(50));
    while (!comparison.complete() || !text.measured());
    say("compare: two runs of 20,000 tokens, 64 layers x 8", spans);
}

struct GridCase {
    const char* title;
    QSize size;
    std::optional<TokenRange> range;  ///< few tokens: every cell is hatched
};

template <class Panel>
void timeGrid(const GridCase& of, ScriptedChat& chat, BusySpans& spans) {
    Panel panel(chat.context);
    panel.resize(of.size);
    chat.selection.selectRange(of.range);
    panel.show();
    runFor(std::chrono::milliseconds(300));
    while (!panel.upToDate()) runFor(std::chrono::milliseconds(50));
    spans.clear();
    for (const int layer : {1, 2, 0}) {
        QTimer::singleShot(0, [&chat, layer] {
            chat.selection.selectSite(ExpertSite{{layer}, {3}});
        });
        do runFor(std::chrono::milliseconds(200));
        while (!panel.upToDate());
    }
    chat.selection.selectRange(std::nullopt);
    say(of.title, spans);
}

/// 1500 tokens of a model with so many experts; null: it did not come to that.
std::unique_ptr<ScriptedChat> routedAmong(int experts) {
    auto script = scriptSaying("the rain in the city and the river and the sea");
    script->endless = true;
    script->config.numExperts = experts;
    script->config.numSelected = 8;
    auto chat = std::make_unique<ScriptedChat>(script);
    if (!chat->load()) return nullptr;
    chat->session().setMaxTokens(1500);
    return chat->talk("hello") ? std::move(chat) : nullptr;
}

}  // namespace

int timeDocks() {
    const auto many = routedAmong(64);
    const auto numbered = routedAmong(24);  // about as many as have numbers in their cells
    if (!many || !numbered) return 1;
    BusySpans spans(*QAbstractEventDispatcher::instance());
    timeComparison(*many, spans);
    constexpr QSize kDock(700, 500);
    constexpr QSize kScreen(1500, 1000);
    constexpr TokenRange kFew{10, 15};
    using Pairs = CoactivationPanel;
    using Transitions = TransitionPanel;
    timeGrid<Pairs>({"co-activation, 64 x 64 experts", kDock, {}}, *many, spans);
    timeGrid<Pairs>({"the same, 1500 x 1000", kScreen, {}}, *many, spans);
    timeGrid<Pairs>({"the same, of 5 tokens", kScreen, kFew}, *many, spans);
    timeGrid<Pairs>({"co-activation, 24 x 24, 1500 x 1000", kScreen, {}}, *numbered, spans);
    timeGrid<Transitions>({"transitions, 64 x 64 experts", kDock, {}}, *many, spans);
    timeGrid<Transitions>({"the same, 1500 x 1000", kScreen, {}}, *many, spans);
    timeGrid<Transitions>({"the same, of 5 tokens", kScreen, kFew}, *many, spans);
    timeGrid<Transitions>({"transitions, 24 x 24, 1500 x 1000", kScreen, {}}, *numbered, spans);
    return 0;
}

int timeLongConversation(int tokens) {
    auto script = scriptSaying(" the rain in the city and the river and the sea");
    script->endless = true;
    script->config.numLayers = 64;
    script->config.contextLength = tokens + 1024;
    const ScratchDir profile;
    MainWindow window({.profileDir = profile.path(),
                       .defaultModel = QStringLiteral("scripted"),
                       .engine = scriptedEngine(script),
                       .makeCharts = {}});
    window.resize(1600, 1000);
    window.show();
    BusySpans spans(*QAbstractEventDispatcher::instance());
    window.openModel({});
    ChatSession& session = window.bridge().session();
    if (!QTest::qWaitFor([&] { return session.canTalk(); }, 20000)) return 1;
    session.setMaxTokens(tokens);
    session.send("go on");
    while (session.generating()) runFor(std::chrono::milliseconds(500));
    window.showView(QStringLiteral("inspect"));
    runFor(std::chrono::seconds(2));
    std::printf("%d tokens, 64 layers x 8 experts, 1600 x 1000\n", session.traceSize());
    const auto time = [&spans](const char* what, const std::function<void(int)>& act) {
        spans.clear();
        for (int i = 0; i < 20; ++i) {
            QTimer::singleShot(0, [&act, i] { act(i); });
            runFor(std::chrono::milliseconds(100));
        }
        say(what, spans);
    };
    const int step = session.traceSize() / 20;
    time("hover a token, 20 times: cells light up",
         [&](int i) { window.selection().hoverToken(i * step); });
    time("hover a cell, 20 times: tokens are underlined", [&](int i) {
        window.selection().hoverSite(ExpertSite{{3 * i}, {i % 8}});
    });
    time("pick a token elsewhere, 20 times: the waterfall follows",
         [&](int i) { window.selection().selectToken((i * 7 % 20) * step); });
    return 0;
}

}  // namespace gatescope::test
