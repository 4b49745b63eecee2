#include "tests/ui/ui_bench_chat.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QKeyEvent>
#include <QProcess>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <functional>
#include <thread>

#include "engine/store/conversation_store.h"
#include "tests/support/large_library.h"
#include "tests/ui/busy_spans.h"
#include "tests/ui/hostile_texts.h"
#include "tests/ui/scripted_chat.h"
#include "tests/ui/synthetic_records.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/chat_view.h"
#include "ui/composing/composer.h"
#include "ui/conversations/conversation_panel.h"
#include "ui/main_window.h"
#include "ui/models/conversation_list_model.h"
#include "ui/window/stall_watch.h"

namespace gatescope::test {
namespace {

using namespace std::chrono_literals;

/// Ordinary Markdown, again and again; `at` counts the tokens.
std::string markdownToken(int at) {
    static const std::vector<std::string> kTokens = [] {
        std::vector<std::string> tokens{"## ", "What", " the", " router", " says", "\n\n"};
        for (int i = 0; i < 60; ++i)
            tokens.emplace_back(i % 11 == 3 ? " **gates**" : i % 7 == 5 ? " `top_k`" : " words");
        for (const char* const item : {"\n\n- ", "one", " expert", "\n- ", "another", "\n\n"})
            tokens.emplace_back(item);
        for (int i = 0; i < 50; ++i) tokens.emplace_back(i % 9 == 8 ? ", and" : " river");
        for (const char* const line :
             {"\n\n```cpp\n", "int", " best", " =", " 3", ";\n", "return", " best", ";\n```\n\n"})
            tokens.emplace_back(line);
        return tokens;
    }();
    return kTokens[static_cast<std::size_t>(at) % kTokens.size()];
}

/// A conversation of `tokens`: questions of 20 and replies of `ofReply`, or, with 0, one reply that
/// has all the rest. `layers` 0: without routing.
void writeConversation(const std::filesystem::path& library, int tokens, int ofReply, int layers) {
    std::vector<RoutingRecordPtr> records;
    for (unsigned i = 0; i < 100 && layers > 0; ++i)
        records.push_back(std::make_shared<RoutingRecord>(makeRecord(layers, 8, 2, i + 1)));
    ConversationStore store(library, ConversationStore::Mode::ReadWrite);
    ConversationSummary conversation;
    conversation.title = "Long";
    conversation.model = "scripted";
    conversation.facts = {.name = "scripted",
                          .numLayers = layers,
                          .numExperts = 8,
                          .numSelected = 2,
                          .synthetic = true};
    const ConversationId id = store.createConversation(conversation);
    Message message;
    for (int written = 0; written < tokens;) {
        const bool reply = message.id != 0 && message.role == Role::User;
        message.parent = message.id;
        message.role = reply ? Role::Assistant : Role::User;
        message.finishReason = reply ? std::optional(FinishReason::MaxTokens) : std::nullopt;
        message.text.clear();
        message.tokens.clear();
        const int length = !reply ? 20 : ofReply > 0 ? ofReply : tokens;
        for (const int end = std::min(tokens, written + length); written < end; ++written) {
            TokenRecord token;
            token.token = 5 + written % 300;
            token.text = reply ? markdownToken(written) : " word";
            token.generated = reply;
            if (layers > 0) token.routing = records[static_cast<std::size_t>(written) % 100];
            message.text += token.text;
            message.tokens.push_back(std::move(token));
        }
        message.id = store.addMessage(id, message);
    }
}

std::shared_ptr<Script> streaming(int tokensPerSecond) {
    auto script = scriptSaying(
        " the rain in the **city** and the `river` and the sea, and words that go on.\n\n");
    script->endless = true;
    script->config.contextLength = 2000000;
    script->promptsAtOnce = true;
    script->tokenDelay = std::chrono::microseconds(1000000 / tokensPerSecond);
    return script;
}

/// A window on a library that `write` has filled.
struct BenchWindow {
    explicit BenchWindow(const std::function<void(const std::filesystem::path& library)>& write,
                         const std::shared_ptr<Script>& script) {
        write(profile.path() / "library.sqlite");
        EngineOptions engine = scriptedEngine(script);
        engine.maxContext = script->config.contextLength;
        window = std::make_unique<MainWindow>(
            MainWindow::Options{.profileDir = profile.path(),
                                .defaultModel = QStringLiteral("scripted"),
                                .engine = engine,
                                .makeCharts = {}});
        window->resize(1600, 1000);
        window->show();
        window->showView(QStringLiteral("chat"));
        QApplication::setActiveWindow(window.get());
        runFor(500ms);
    }
    ChatSession& session() { return window->bridge().session(); }
    ChatView& view() { return window->chat().view(); }
    bool load() {
        window->openModel({});
        return QTest::qWaitFor([this] { return session().canTalk(); }, 20000);
    }
    bool listed() {
        return QTest::qWaitFor([this] { return !session().conversations().empty(); }, 20000);
    }
    bool openFirst() {
        const ConversationId id = session().conversations().front().id;
        window->bridge().run([id](ChatSession& s) { s.openConversation(id); });
        return QTest::qWaitFor([this] { return view().messageCount() > 0; }, 120000);
    }
    bool goOn() {
        const std::size_t before = session().messages().back().text.size();
        window->bridge().run([](ChatSession& s) {
            s.setMaxTokens(1000000);
            s.continueReply();
        });
        return QTest::qWaitFor(
            [&] { return session().messages().back().text.size() > before + 200; }, 120000);
    }
    bool stop() {
        session().stop();
        return QTest::qWaitFor([this] { return !session().generating(); }, 20000);
    }
    long maxStallMs() { return static_cast<long>(window->stallWatch().maxStall().count()); }

    ScratchDir profile;
    std::unique_ptr<MainWindow> window;
};

double quantile(std::vector<double> values, double share) {
    if (values.empty()) return 0;
    std::ranges::sort(values);
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

/// Types into `field` from a thread of its own, as a keyboard does, and measures until each key has
/// been painted.
class Typist : public QObject {
  public:
    explicit Typist(QWidget& field) : field_(field) { field.installEventFilter(this); }

    void type(std::chrono::seconds time) {
        std::jthread keys([&](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                std::this_thread::sleep_for(83ms);  // twelve keys a second
                const auto at = Clock::now();
                QMetaObject::invokeMethod(this, [this, at] { press(at); });
            }
        });
        runFor(std::chrono::duration_cast<std::chrono::milliseconds>(time));
    }
    const std::vector<double>& glyphMs() const { return glyphMs_; }

    bool eventFilter(QObject* watched, QEvent* event) override {
        if (event->type() != QEvent::Paint || waiting_.empty()) return false;
        watched->removeEventFilter(this);
        QCoreApplication::sendEvent(watched, event);  // what is painted is on the screen after it
        watched->installEventFilter(this);
        for (const auto at : waiting_)
            glyphMs_.push_back(
                std::chrono::duration<double, std::milli>(Clock::now() - at).count());
        waiting_.clear();
        return true;
    }

  private:
    using Clock = std::chrono::steady_clock;

    void press(Clock::time_point at) {
        waiting_.push_back(at);
        QWidget& target = *field_.parentWidget();  // the field; its viewport is what is painted
        const char letter = static_cast<char>('a' + glyphMs_.size() % 26);
        const bool space = glyphMs_.size() % 6 == 5;
        QTest::keyClick(&target, space ? ' ' : letter);
    }

    QWidget& field_;
    std::vector<Clock::time_point> waiting_;
    std::vector<double> glyphMs_;
};

/// Frames of 16 ms, in each of which the wheel turns; processor time of the thread in each.
std::vector<double> scrollFrames(ChatView& view, BusySpans& spans, int frames, int eighths) {
    std::vector<double> costs;
    for (int frame = 0; frame < frames; ++frame) {
        spans.clear();
        QTimer::singleShot(0, &view, [&view, eighths] {
            const QPointF at = QRectF(view.viewport()->rect()).center();
            QWheelEvent event(at,
                              view.viewport()->mapToGlobal(at),
                              {},
                              QPoint(0, eighths),
                              Qt::NoButton,
                              Qt::NoModifier,
                              Qt::NoScrollPhase,
                              false);
            QApplication::sendEvent(view.viewport(), &event);
        });
        runFor(16ms);
        costs.push_back(spans.sumMs());
    }
    return costs;
}

void printFrames(const char* what, const std::vector<double>& costs) {
    std::printf("  %-44s p50 %6.2f  p99 %6.2f (aim 16)  longest %6.2f ms (aim 33)\n",
                what,
                quantile(costs, 0.5),
                quantile(costs, 0.99),
                quantile(costs, 1));
    std::fflush(stdout);
}

/// Waits for the first paint that shows a conversation.
class FirstPaint : public QObject {
  public:
    explicit FirstPaint(ChatView& view) : view_(view) { view.viewport()->installEventFilter(this); }
    bool painted = false;
    bool eventFilter(QObject* /*watched*/, QEvent* event) override {
        if (event->type() == QEvent::Paint && view_.messageCount() > 0) painted = true;
        return false;
    }

  private:
    ChatView& view_;
};

bool timeOpeningOf(BusySpans& spans, const char* what, int tokens, int ofReply, int layers) {
    BenchWindow bench(
        [&](const auto& library) { writeConversation(library, tokens, ofReply, layers); },
        streaming(100));
    if (!bench.listed()) return false;
    spans.clear();
    FirstPaint first(bench.view());
    const ConversationId id = bench.session().conversations().front().id;
    QElapsedTimer clock;
    clock.start();
    bench.window->bridge().run([id](ChatSession& s) { s.openConversation(id); });
    while (!first.painted && clock.elapsed() < 120000) runFor(1ms);
    const auto shown = clock.elapsed();
    runFor(2s);
    std::printf("%s\n  first paint after %lld ms (aim 300), longest span of the thread %.1f ms\n",
                what,
                static_cast<long long>(shown),
                spans.quantileMs(1));
    printFrames("wheel, three lines a frame, upwards", scrollFrames(bench.view(), spans, 300, 120));
    printFrames("wheel, a page a frame, upwards", scrollFrames(bench.view(), spans, 200, 1200));
    printFrames("wheel, a page a frame, downwards", scrollFrames(bench.view(), spans, 200, -1200));
    QScrollBar& bar = *bench.view().verticalScrollBar();
    std::vector<double> jumps;
    for (int i = 0; i < 100; ++i) {
        spans.clear();
        QTimer::singleShot(0, &bar, [&bar, i] {
            bar.setValue(
                static_cast<int>(static_cast<qint64>(bar.maximum()) * (i * 37 % 100) / 100));
        });
        runFor(16ms);
        jumps.push_back(spans.sumMs());
    }
    printFrames("scroll bar, elsewhere every frame", jumps);
    spans.clear();
    bench.window->bridge().run([](ChatSession& s) { s.newConversation(); });
    runFor(500ms);
    std::printf("  left for a new one: longest span of the thread %.1f ms\n", spans.quantileMs(1));
    return true;
}

bool timeAppendingTo(BusySpans& spans, const char* what, int tokens, int ofReply, int seconds) {
    BenchWindow bench([&](const auto& library) { writeConversation(library, tokens, ofReply, 0); },
                      streaming(100));
    if (!bench.load() || !bench.listed() || !bench.openFirst() || !bench.goOn()) return false;
    runFor(1s);
    spans.clear();
    const int before = bench.session().traceSize();
    runFor(std::chrono::seconds(seconds));
    const int appended = bench.session().traceSize() - before;
    std::printf("%-24s %8d tokens: %6.3f ms a token, p99 %6.2f ms, longest %6.2f ms\n",
                what,
                tokens,
                spans.sumMs() / std::max(1, appended),
                spans.quantileMs(0.99),
                spans.quantileMs(1));
    std::fflush(stdout);
    return bench.stop();
}

}  // namespace

int timeStreaming(int seconds, int tokensPerSecond) {
    constexpr int kTokens = 165000;  // somewhat more than a megabyte
    BenchWindow bench([](const auto& library) { writeConversation(library, kTokens, 0, 0); },
                      streaming(tokensPerSecond));
    if (!bench.load() || !bench.listed() || !bench.openFirst() || !bench.goOn()) return 1;
    auto* field = bench.window->chat().composer().findChild<QPlainTextEdit*>();
    if (!field) return 1;
    field->setFocus();
    runFor(1s);
    BusySpans spans(*QAbstractEventDispatcher::instance());
    Typist typist(*field->viewport());
    bench.window->stallWatch().reset();
    const int before = bench.session().traceSize();
    typist.type(std::chrono::seconds(seconds));
    std::printf("a message of %.2f MB, %d more tokens in %d s, %zu keys typed meanwhile\n",
                static_cast<double>(bench.session().messages().back().text.size()) / 1e6,
                bench.session().traceSize() - before,
                seconds,
                typist.glyphMs().size());
    std::printf("  longest stall %ld ms (aim: none over 100)\n", bench.maxStallMs());
    std::printf("  key to glyph  p50 %.1f  p99 %.1f (aim 50)  longest %.1f ms\n",
                quantile(typist.glyphMs(), 0.5),
                quantile(typist.glyphMs(), 0.99),
                quantile(typist.glyphMs(), 1));
    std::printf("  thread        p50 %.2f  p99 %.2f  longest %.2f ms a span, busy %.1f %%\n",
                spans.quantileMs(0.5),
                spans.quantileMs(0.99),
                spans.quantileMs(1),
                spans.sumMs() / (10.0 * seconds));
    return bench.stop() ? 0 : 1;
}

int timeOpening(int tokens) {
    BusySpans spans(*QAbstractEventDispatcher::instance());
    const bool all =
        timeOpeningOf(spans, "questions of 20, replies of 480 tokens", tokens, 480, 0) &&
        timeOpeningOf(spans, "one reply", tokens, 0, 0) &&
        timeOpeningOf(spans, "with routing of 8 layers", tokens, 480, 8);
    return all ? 0 : 1;
}

int timeAppending(int seconds) {
    BusySpans spans(*QAbstractEventDispatcher::instance());
    std::printf("aim: the same at every length\n");
    for (const int tokens : {1000, 10000, 100000})
        if (!timeAppendingTo(spans, "conversation of", tokens, 480, seconds)) return 1;
    for (const int tokens : {1000, 10000, 100000})
        if (!timeAppendingTo(spans, "one message of", tokens, 0, seconds)) return 1;
    return 0;
}

int timeSearching(int conversations) {
    CommonWords words;
    BusySpans spans(*QAbstractEventDispatcher::instance());
    BenchWindow bench(
        [&](const auto& library) {
            ConversationStore store(library, ConversationStore::Mode::ReadWrite);
            fillLibrary(store, words, conversations);
        },
        streaming(100));
    if (!bench.listed()) return 1;
    auto& panel = *bench.window->findChild<ConversationPanel*>();
    std::printf(
        "%zu conversations, %d messages; from the end of typing (and of the pause after it) "
        "until the list shows what was found; aim 50 ms\n",
        bench.session().conversations().size(),
        conversations * kMessagesOfConversation);
    runFor(1s);
    for (const auto& [what, query] : searches(words)) {
        std::vector<double> listed;
        std::vector<double> quoted;
        double longest = 0;
        int rows = 0;
        for (int round = 0; round < 9; ++round) {
            panel.searchFor(QString());
            runFor(200ms);
            spans.clear();
            QElapsedTimer clock;
            clock.start();
            panel.searchFor(QString::fromStdString(query));
            QSignalSpy found(&panel.model(), &QAbstractItemModel::modelReset);
            QSignalSpy texts(&panel.model(), &QAbstractItemModel::dataChanged);
            while (found.isEmpty() && clock.elapsed() < 10000) runFor(1ms);
            listed.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
            rows = panel.model().rowCount();
            // Conversations found by their title have no line of their text.
            while (rows > 0 && texts.isEmpty() && clock.elapsed() < 400) runFor(1ms);
            if (!texts.isEmpty()) quoted.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
            longest = std::max(longest, spans.quantileMs(1));
        }
        std::printf(
            "  %-36s %5d rows  p50 %6.1f  longest %6.1f; with their lines p50 %6.1f; "
            "longest span of the thread %.1f ms\n",
            what,
            rows,
            quantile(listed, 0.5),
            quantile(listed, 1),
            quantile(quoted, 0.5),
            longest);
        std::fflush(stdout);
    }
    return 0;
}

int timeStarting() {
    const ScratchDir folder;
    const auto tour = folder.path() / "tour.json";
    std::ofstream(tour) << R"({"title": "Start", "steps": [{"do": "dump", "name": "started"}]})";
    const QString program = QCoreApplication::applicationDirPath() + QStringLiteral("/gatescope");
    const auto path = [&folder](const char* name) {
        return QString::fromStdString((folder.path() / name).string());
    };
    for (int round = 0; round < 5; ++round) {
        QElapsedTimer clock;
        clock.start();
        QProcess process;
        process.start(program,
                      {QStringLiteral("--tour"),
                       path("tour.json"),
                       QStringLiteral("--screenshots"),
                       path("pictures"),
                       QStringLiteral("--profile-dir"),
                       path("profile")});
        if (!process.waitForFinished(60000) || process.exitCode() != 0) return 1;
        std::printf("start, window interactive, its state written, end: %lld ms (aim 1000)%s\n",
                    static_cast<long long>(clock.elapsed()),
                    round == 0 ? ", first, with a new library" : "");
    }
    return 0;
}

int timeHostileText() {
    std::printf(
        "longest stall of the window while each is sent, shown, scrolled and resized; aim "
        "250 ms\n");
    for (const HostileText& hostile : hostileTexts()) {
        BenchWindow bench([&hostile](const auto& library) { writeHostile(library, hostile.text); },
                          streaming(100));
        if (!bench.listed()) return 1;
        bench.window->stallWatch().reset();
        if (!bench.openFirst()) return 1;
        runFor(500ms);
        const long opened = bench.maxStallMs();
        bench.window->stallWatch().reset();
        QScrollBar& bar = *bench.view().verticalScrollBar();
        for (const int share : {0, 50, 100}) {
            bar.setValue(bar.maximum() / 100 * share);
            runFor(100ms);
        }
        bench.window->resize(1000, 700);
        runFor(300ms);
        const long moved = bench.maxStallMs();
        bench.window->stallWatch().reset();
        bench.view().showAll(1);
        runFor(2s);
        std::printf("%-28s %8zu bytes: opened %5ld, scrolled and resized %5ld, all shown %5ld ms\n",
                    hostile.name,
                    hostile.text.size(),
                    opened,
                    moved,
                    bench.maxStallMs());
        std::fflush(stdout);
    }
    return 0;
}

int timeThemes() {
    constexpr int kTokens = 20000;
    BusySpans spans(*QAbstractEventDispatcher::instance());
    BenchWindow bench([](const auto& library) { writeConversation(library, kTokens, 480, 8); },
                      streaming(100));
    if (!bench.load() || !bench.listed() || !bench.openFirst()) return 1;
    MainWindow& window = *bench.window;
    for (const char* const view : {"chat", "inspect"}) {
        window.showView(QString::fromLatin1(view));
        runFor(2s);
        const auto time = [&](const char* what, const std::function<void()>& change) {
            std::vector<double> longest;
            std::vector<double> sums;
            for (int round = 0; round < 5; ++round) {
                spans.clear();
                QTimer::singleShot(0, &window, change);
                runFor(600ms);
                longest.push_back(spans.quantileMs(1));
                sums.push_back(spans.sumMs());
            }
            std::printf("%s, %-28s longest span p50 %6.1f  longest %6.1f ms, all of it %6.1f ms\n",
                        view,
                        what,
                        quantile(longest, 0.5),
                        quantile(longest, 1),
                        quantile(sums, 0.5));
            std::fflush(stdout);
        };
        time("the other theme", [&window] {
            const bool dark = window.theme().isDark();
            window.setTheme(dark ? QStringLiteral("light") : QStringLiteral("dark"));
        });
        time("another size of text", [&window] {
            window.theme().setTextSize(window.theme().textSize() == 100 ? 125 : 100);
        });
        window.theme().setTextSize(100);
    }
    return 0;
}

}  // namespace gatescope::test
