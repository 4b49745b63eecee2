// What the real window costs its thread while tokens stream: a scripted model of 64 layers and 8
// experts says 100 tokens a second; what the thread computes between two waits of its event loop is
// timed.
//   ui_bench [SECONDS a view, 5] [TOKENS a second, 100]
//   ui_bench --docks    what is not paced by tokens: comparisons, grids of 64 experts
//   ui_bench --long [TOKENS, 100000]    pointing in a conversation as long as the context holds
//   ui_bench --waterfall [TOKENS, 100000]    scrolling and zooming in a recording of so many
//   ui_bench --hidden [SECONDS, 5] [TOKENS a second, 100]    every dock hidden, against the chat
//   ui_bench --stream [SECONDS, 30] [TOKENS a second, 200]    typing beside a reply of a megabyte
//   ui_bench --open [TOKENS, 100000]    a long conversation: its first picture, then scrolling
//   ui_bench --append [SECONDS, 5]    a token behind conversations and replies of three lengths
//   ui_bench --search [CONVERSATIONS, 5000]    words in a library of 40 messages each, as typed
//   ui_bench --start    the real program, from its start to its end
//   ui_bench --hostile    text that froze other text widgets
//   ui_bench --theme    other colours and other sizes of text, with everything open
// With QT_QPA_PLATFORM=offscreen everything is drawn by the processor, as on a machine whose
// graphics cards compute.

#include <QAbstractEventDispatcher>
#include <QApplication>
#include <QTest>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string_view>
#include <vector>

#include "tests/support/scripted_decoder.h"
#include "tests/support/test_paths.h"
#include "tests/support/tokenizer_file.h"
#include "tests/ui/busy_spans.h"
#include "tests/ui/ui_bench_chat.h"
#include "tests/ui/ui_bench_docks.h"
#include "tests/ui/ui_bench_window.h"
#include "ui/main_window.h"
#include "ui/routing/heatmap_panel.h"
#include "ui/routing/heatmap_widget.h"
#ifdef GATESCOPE_WITH_CHARTS
#include "ui/charts/charts.h"
#endif

using namespace gatescope;

namespace {

std::shared_ptr<test::Script> grokSized(int tokensPerSecond) {
    auto script = std::make_shared<test::Script>();
    script->config.numLayers = 64;
    script->tokenizer =
        test::loadTokenizer(test::dataDir() / "tiny-a/tokenizer.model", script->config.vocabSize);
    script->replies = {script->tokenizer->encodeContinuation(
        " the rain in the city and the river and the sea, and words that go on")};
    script->endless = true;
    script->tokenDelay = std::chrono::microseconds(1000000 / tokensPerSecond);
    return script;
}

/// Counts what is drawn.
class PaintCounter : public QObject {
  public:
    int count = 0;
    bool eventFilter(QObject* watched, QEvent* event) override {
        if (event->type() == QEvent::Paint) ++count;
        return QObject::eventFilter(watched, event);
    }
};

using test::BusySpans;
using test::runFor;

struct View {
    const char* title;
    QStringList shown;  ///< MainWindow::showView
};

}  // namespace

int main(int argc, char** argv) {
    QApplication app(argc, argv);
    const std::string_view mode = argc > 1 ? argv[1] : "";
    const auto number = [&](int at, int otherwise) {
        return argc > at ? std::max(1, std::atoi(argv[at])) : otherwise;
    };
    if (mode == "--docks") return test::timeDocks();
    if (mode == "--long") return test::timeLongConversation(number(2, 100000));
    if (mode == "--waterfall") return test::timeWaterfall(number(2, 100000));
    if (mode == "--hidden") return test::timeHiddenDocks(number(2, 5), number(3, 100));
    if (mode == "--stream") return test::timeStreaming(number(2, 30), number(3, 200));
    if (mode == "--open") return test::timeOpening(number(2, 100000));
    if (mode == "--append") return test::timeAppending(number(2, 5));
    if (mode == "--search") return test::timeSearching(number(2, 5000));
    if (mode == "--start") return test::timeStarting();
    if (mode == "--hostile") return test::timeHostileText();
    if (mode == "--theme") return test::timeThemes();
    if (mode.starts_with("-")) {
        std::fprintf(
            stderr, "ui_bench: unknown option %s; see the head of ui_bench.cpp\n", argv[1]);
        return 2;
    }
    const int seconds = number(1, 5);
    const int rate = number(2, 100);
    const test::ScratchDir profile;
    MainWindow::Options options{.profileDir = profile.path(),
                                .defaultModel = QStringLiteral("scripted"),
                                .engine = test::scriptedEngine(grokSized(rate)),
                                .makeCharts = {}};
#ifdef GATESCOPE_WITH_CHARTS
    options.makeCharts = makeCharts;
#endif
    MainWindow window(options);
    window.resize(1600, 1000);
    window.show();
    BusySpans spans(*QAbstractEventDispatcher::instance());
    window.openModel({});
    ChatSession& session = window.bridge().session();
    if (!QTest::qWaitFor([&] { return session.canTalk(); }, 20000)) return 1;
    session.setMaxTokens(1000000);
    session.send("go on");
    if (!QTest::qWaitFor([&] { return session.traceSize() > rate; }, 20000)) return 1;

    PaintCounter paints;
    window.heatmap().heatmap().installEventFilter(&paints);
    const QString inspect = QStringLiteral("inspect");
    const View views[] = {
        {"chat alone (every inspector hidden)", {QStringLiteral("chat")}},
        {"inspect: heatmap, waterfall, load", {inspect, QStringLiteral("load")}},
        {"inspect: heatmap, waterfall, entropy", {inspect, QStringLiteral("entropy")}},
        {"inspect: heatmap, waterfall, transitions", {inspect, QStringLiteral("transitions")}},
        {"present: heatmap", {QStringLiteral("present")}}};
    std::printf("%-44s %8s %8s %8s %8s %8s %7s\n",
                "64 layers x 8 experts, 1600 x 1000",
                "tokens/s",
                "heatmaps",
                "p50 ms",
                "p99 ms",
                "max ms",
                "busy %");
    for (const View& view : views) {
        for (const QString& name : view.shown) window.showView(name);
        runFor(std::chrono::milliseconds(500));  // what only the change itself costs
        const int before = session.traceSize();
        spans.clear();
        paints.count = 0;
        runFor(std::chrono::seconds(seconds));
        std::printf("%-44s %8.0f %8d %8.2f %8.2f %8.2f %7.1f\n",
                    view.title,
                    static_cast<double>(session.traceSize() - before) / seconds,
                    paints.count / seconds,
                    spans.quantileMs(0.5),
                    spans.quantileMs(0.99),
                    spans.quantileMs(1.0),
                    spans.sumMs() / (10.0 * seconds));
        std::fflush(stdout);
    }
    session.stop();
    return QTest::qWaitFor([&] { return !session.generating(); }, 20000) ? 0 : 1;
}
