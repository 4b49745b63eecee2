#include "tests/ui/ui_bench_window.h"

#include <QWheelEvent>
#include <cmath>
#include <cstdio>
#include <functional>

#include "engine/store/conversation_store.h"
#include "tests/ui/busy_spans.h"
#include "tests/ui/hidden_work.h"
#include "tests/ui/scripted_chat.h"
#include "tests/ui/synthetic_records.h"
#include "ui/chat/chat_panel.h"
#include "ui/composing/own_settings.h"
#include "ui/routing/token_filter.h"

namespace gatescope::test {
namespace {

std::shared_ptr<Script> grokSized(int tokensPerSecond) {
    auto script =
        scriptSaying(" the rain in the city and the river and the sea, and words that go on");
    script->config.numLayers = 64;
    script->endless = true;
    script->tokenDelay = std::chrono::microseconds(1000000 / tokensPerSecond);
    return script;
}

// ---------------------------------------------------------------- the waterfall

/// A token as good as any, routed as `records` say in turn.
TokenRecord syntheticToken(int i, bool generated, const std::vector<RoutingRecordPtr>& records) {
    TokenRecord token;
    token.token = 5 + i % 300;
    token.text = i % 12 == 11 ? " word.\n" : " word";
    token.generated = generated;
    token.routing = records[static_cast<std::size_t>(i) % records.size()];
    return token;
}

/// Questions of 20 tokens and answers of 480, to as many tokens as no model here has context for.
/// Their routing repeats itself every 500.
void writeRecording(const std::filesystem::path& library,
                    const std::filesystem::path& file,
                    int tokens) {
    std::vector<RoutingRecordPtr> records;
    for (unsigned i = 0; i < 500; ++i)
        records.push_back(std::make_shared<RoutingRecord>(makeRecord(64, 8, 2, i + 1)));
    ConversationStore store(library, ConversationStore::Mode::ReadWrite);
    ConversationSummary conversation;
    conversation.title = "Synthetic";
    conversation.model = "synthetic";
    conversation.facts = {
        .name = "synthetic", .numLayers = 64, .numExperts = 8, .numSelected = 2, .synthetic = true};
    const ConversationId id = store.createConversation(conversation);
    Message message;
    for (int written = 0; written < tokens;) {
        const bool reply = message.id != 0 && message.role == Role::User;
        message.parent = message.id;
        message.role = reply ? Role::Assistant : Role::User;
        message.text.clear();
        message.tokens.clear();
        const int end = std::min(tokens, written + (reply ? 480 : 20));
        for (; written < end; ++written) {
            message.tokens.push_back(syntheticToken(written, reply, records));
            message.text += message.tokens.back().text;
        }
        message.id = store.addMessage(id, message);
    }
    store.saveRecording(id, file);
}

double quantile(std::vector<double>& sorted, double share) {
    std::ranges::sort(sorted);
    return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

/// Frames of 16 ms, in each of which `act` does something that the waterfall has to draw.
void timeFrames(const char* what,
                WaterfallView& view,
                BusySpans& spans,
                int frames,
                const std::function<void(int frame)>& act) {
    std::vector<double> costs;
    double samples = 0;
    for (int frame = 0; frame < frames; ++frame) {
        spans.clear();
        QTimer::singleShot(0, [&act, frame] { act(frame); });
        runFor(std::chrono::milliseconds(16));
        costs.push_back(spans.sumMs());
        const WaterfallImage& picture = view.picture();
        if (picture.columnsDrawn() > 0)
            samples = std::max(samples,
                               static_cast<double>(picture.samplesRead()) / picture.columnsDrawn());
    }
    std::printf("%-44s %8.2f %8.2f %8.2f %10.2f\n",
                what,
                quantile(costs, 0.5),
                quantile(costs, 0.99),
                quantile(costs, 1),
                samples);
    std::fflush(stdout);
}

/// As a wheel: notches of 120; with Shift it moves sideways.
void turn(WaterfallView& view, int eighths, Qt::KeyboardModifiers modifiers) {
    const QPointF at = QPointF(view.plot().center());
    QWheelEvent event(at,
                      view.mapToGlobal(at),
                      {},
                      QPoint(0, eighths),
                      Qt::NoButton,
                      modifiers,
                      Qt::NoScrollPhase,
                      false);
    QApplication::sendEvent(&view, &event);
}

}  // namespace

int timeWaterfall(int tokens) {
    const ScratchDir folder;
    const auto file = folder.path() / "long.gscope";
    writeRecording(folder.path() / "written.sqlite", file, tokens);
    MainWindow window({.profileDir = folder.path() / "profile",
                       .defaultModel = {},
                       .engine = scriptedEngine(grokSized(100)),
                       .makeCharts = {}});
    window.resize(1600, 1000);
    window.show();
    window.showView(QStringLiteral("inspect"));
    runFor(std::chrono::milliseconds(500));
    WaterfallView& view = window.waterfall().view();
    BusySpans spans(*QAbstractEventDispatcher::instance());
    window.openRecording(QString::fromStdString(file.string()));
    ChatSession& session = window.bridge().session();
    const auto there = [&] { return session.traceSize() == tokens && view.complete(); };
    while (!there()) runFor(std::chrono::milliseconds(100));
    std::printf("opened: longest span %.2f ms, all %.0f ms\n", spans.quantileMs(1), spans.sumMs());
    while (!window.routing().complete()) runFor(std::chrono::milliseconds(100));
    runFor(std::chrono::seconds(2));
    std::printf("%d tokens, 64 layers x 8 experts, plot %d x %d\n",
                view.pyramid().columns(),
                view.plot().width(),
                view.plot().height());
    std::printf("%-44s %8s %8s %8s %10s\n", "ms a frame", "p50", "p99", "longest", "samples/px");
    constexpr int kFrames = 300;
    // There and back, so that every zoom is drawn, from a token on many pixels to all on the plot.
    const auto backAndForth = [](int frame) { return frame % 80 < 40 ? 1 : -1; };
    view.fitAll();
    timeFrames("scroll, all in sight", view, spans, kFrames, [&](int frame) {
        turn(view, 15 * backAndForth(frame), Qt::ShiftModifier);
    });
    view.fitAll();
    timeFrames("zoom, all to 1/32 token a pixel", view, spans, kFrames, [&](int frame) {
        turn(view, 120 * backAndForth(frame), {});
    });
    for (const double tokensPerPixel : {1.0 / 8, 1.0, 10.0}) {
        view.fitAll();
        view.zoom(tokensPerPixel / view.axis().tokensPerPixel());
        char what[64];
        std::snprintf(what, sizeof what, "scroll by 1/64 plot, %g tokens a pixel", tokensPerPixel);
        timeFrames(what, view, spans, kFrames, [&](int) { turn(view, 15, Qt::ShiftModifier); });
        std::snprintf(what, sizeof what, "scroll by 1/2 plot, %g tokens a pixel", tokensPerPixel);
        timeFrames(what, view, spans, kFrames, [&](int frame) {
            turn(view, 480 * backAndForth(frame), Qt::ShiftModifier);
        });
    }
    timeFrames("point, every frame elsewhere", view, spans, kFrames, [&](int frame) {
        const QPoint at = view.plot().topLeft() + QPoint(frame * 4 % view.plot().width(), 40);
        QTest::mouseMove(&view, at);
    });
    return 0;
}

// ---------------------------------------------------------------- hidden docks

namespace {

/// Milliseconds of the thread a token.
double streamFor(ChatSession& session, BusySpans& spans, int seconds) {
    runFor(std::chrono::milliseconds(500));  // what only the change itself costs
    const int before = session.traceSize();
    spans.clear();
    runFor(std::chrono::seconds(seconds));
    return spans.sumMs() / std::max(1, session.traceSize() - before);
}

bool begin(ChatSession& session) {
    if (!QTest::qWaitFor([&] { return session.canTalk(); }, 20000)) return false;
    session.setMaxTokens(1000000);
    session.send("go on");
    return QTest::qWaitFor([&] { return session.traceSize() > 50; }, 20000);
}

bool end(ChatSession& session) {
    session.stop();
    return QTest::qWaitFor([&] { return !session.generating(); }, 20000);
}

std::optional<double> chatAlone(BusySpans& spans, int seconds, int rate) {
    ScriptedChat chat(grokSized(rate));
    chat.theme.apply();
    TokenFilter filter(chat.bridge);
    const ScratchDir profile;
    OwnSettings own(chat.bridge, profile.path());
    ChatPanel panel(chat.bridge, chat.selection, filter, own, chat.theme, false);
    panel.resize(1600, 1000);
    panel.show();
    if (!chat.load() || !begin(chat.session())) return std::nullopt;
    const double cost = streamFor(chat.session(), spans, seconds);
    return end(chat.session()) ? std::optional(cost) : std::nullopt;
}

std::optional<double> allHidden(BusySpans& spans, int seconds, int rate) {
    const ScratchDir profile;
    MainWindow window({.profileDir = profile.path(),
                       .defaultModel = QStringLiteral("scripted"),
                       .engine = scriptedEngine(grokSized(rate)),
                       .makeCharts = {}});
    window.resize(1600, 1000);
    window.show();
    window.openModel({});
    hideAllDocks(window);
    ChatSession& session = window.bridge().session();
    if (!begin(session)) return std::nullopt;
    const DockWork before = workOf(window);
    DockPaints paints;
    const double cost = streamFor(session, spans, seconds);
    const DockWork after = workOf(window);
    std::printf("hidden docks: %d updates of statistics, %d columns of the waterfall, %d paints\n",
                after.chartUpdates - before.chartUpdates,
                after.waterfallColumns - before.waterfallColumns,
                paints.count);
    return end(session) ? std::optional(cost) : std::nullopt;
}

}  // namespace

int timeHiddenDocks(int seconds, int tokensPerSecond) {
    BusySpans spans(*QAbstractEventDispatcher::instance());
    for (int round = 0; round < 3; ++round) {
        const auto alone = chatAlone(spans, seconds, tokensPerSecond);
        const auto hidden = allHidden(spans, seconds, tokensPerSecond);
        if (!alone || !hidden) return 1;
        std::printf(
            "ms a token at %d a second: chat alone %.3f, window with all docks hidden %.3f\n",
            tokensPerSecond,
            *alone,
            *hidden);
        std::fflush(stdout);
    }
    return 0;
}

}  // namespace gatescope::test
