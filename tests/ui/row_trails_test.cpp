// The lines beside the heatmap's rows: their points are the entropies of the records, live and in
// replay, and they are drawn where their numbers say.

#include <QAccessible>
#include <QTest>
#include <cmath>

#include "tests/ui/scripted_chat.h"
#include "tests/ui/synthetic_records.h"
#include "ui/routing/heatmap_panel.h"
#include "ui/routing/heatmap_widget.h"
#include "ui/routing/row_history.h"
#include "ui/routing/row_trails.h"

using namespace gatescope;
using gatescope::test::makeRecord;
using gatescope::test::ScriptedChat;
using gatescope::test::scriptSaying;

namespace {

using Mode = HeatmapMode;

constexpr double kClose = 4e-6;  ///< of up to 3 bits, in f32

/// By its definition, -sum p log2 p.
double entropyOf(const RoutingRecord& record, int layer) {
    double bits = 0;
    for (const float p : record.layerProbs(layer))
        if (p > 0) bits -= static_cast<double>(p) * std::log2(static_cast<double>(p));
    return bits;
}

std::vector<int> upTo(int token) {
    std::vector<int> tokens;
    for (int i = std::max(0, token - RowHistory::kTokens + 1); i <= token; ++i) tokens.push_back(i);
    return tokens;
}

/// Points of a frame's trails against the session's records of `tokens`.
bool areEntropies(const HeatmapFrame& frame,
                  const ChatSession& session,
                  const std::vector<int>& tokens) {
    if (frame.trailTokens != static_cast<int>(tokens.size())) return false;
    for (int layer = 0; layer < frame.numLayers; ++layer)
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            const RoutingRecord& record = *session.traceToken(tokens[i]).routing;
            const auto shown = static_cast<double>(frame.trailOf(layer)[i]);
            if (std::abs(shown - entropyOf(record, layer)) > kClose) return false;
        }
    return true;
}

}  // namespace

class RowTrailsTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void pointsAreTheRecordsEntropies();
    void aTrailIsTheSameHoweverReached();
    void marginAndMassHaveTrailsOfTheirOwn();
    void aLineLiesWhereItsNumbersSay();
    void whatIsNotComputedPartsTheLine();
    void theNumbersAreInTheLineAndForAssistiveTechnology();
    void aNarrowDockLeavesThemOut();
    void liveAndInAReplay();
    void ofARangeTheLastThatCount();
};

void RowTrailsTest::pointsAreTheRecordsEntropies() {
    std::vector<RoutingRecord> records;
    for (unsigned i = 0; i < 60; ++i) records.push_back(makeRecord(5, 8, 2, i + 1));
    records[41] = makeRecord(5, 4, 2, 7);  // the conversation went on with another model
    RowHistory history;
    const auto tokens = upTo(59);
    const auto values =
        history.trail(tokens, Mode::Now, {5, 8}, [&records](int i) -> const RoutingRecord* {
            return i == 50 ? nullptr : &records[static_cast<std::size_t>(i)];
        });
    QCOMPARE(values.size(), std::size_t(5 * RowHistory::kTokens));
    for (int layer = 0; layer < 5; ++layer)
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            const auto value =
                static_cast<double>(values[static_cast<std::size_t>(layer) * tokens.size() + i]);
            if (tokens[i] == 41 || tokens[i] == 50)
                QVERIFY(std::isnan(value));
            else
                QVERIFY(std::abs(value - entropyOf(records[static_cast<std::size_t>(tokens[i])],
                                                   layer)) < kClose);
        }
}

void RowTrailsTest::aTrailIsTheSameHoweverReached() {
    std::vector<RoutingRecord> records;
    for (unsigned i = 0; i < 200; ++i) records.push_back(makeRecord(3, 8, 2, i + 1));
    int measured = 0;
    const auto recordOf = [&](int i) {
        ++measured;
        return &records[static_cast<std::size_t>(i)];
    };
    const auto at = [&](RowHistory& history, int token) {
        return history.trail(upTo(token), Mode::Now, {3, 8}, recordOf);
    };
    RowHistory live;
    std::vector<std::vector<float>> shown;
    for (int token = 0; token < 200; ++token) shown.push_back(at(live, token));
    QCOMPARE(measured, 200);  // a step measures the new token alone
    RowHistory scrubbed;
    for (const int token : {199, 3, 64, 63, 65, 120, 0, 199})
        QCOMPARE(at(scrubbed, token), shown[static_cast<std::size_t>(token)]);
    records[190] = makeRecord(3, 8, 2, 999);  // another branch
    scrubbed.replacedFrom(190);
    const auto after = at(scrubbed, 199);
    QVERIFY(after != shown[199]);
    QVERIFY(std::abs(static_cast<double>(after[22]) - entropyOf(records[190], 0)) < kClose);
}

void RowTrailsTest::marginAndMassHaveTrailsOfTheirOwn() {
    const RoutingRecord record{1, 4, 2, {0.4F, 0.1F, 0.3F, 0.2F}, {0, 2}, {0.4F, 0.3F}};
    const auto of = [&record](Mode mode) {
        RowHistory history;
        const std::vector<int> one{0};
        return static_cast<double>(
            history.trail(one, mode, {1, 4}, [&record](int) { return &record; })[0]);
    };
    QVERIFY(std::abs(of(Mode::Margin) - 0.1) < 1e-6);  // p(2) - p(3)
    QVERIFY(std::abs(of(Mode::Mass) - 0.7) < 1e-6);
}

void RowTrailsTest::aLineLiesWhereItsNumbersSay() {
    const QRect box(10, 20, RowTrails::kWidth, 11);
    RowTrails trails;
    const std::vector<float> values{0.0F, 1.5F, 3.0F};
    trails.add(box, values, {3, 3}, std::nullopt);
    QCOMPARE(trails.lines().size(), std::size_t(1));
    const QPolygonF& line = trails.lines()[0];
    QCOMPARE(line.size(), 3);
    QCOMPARE(line[0].y(), 30.5);  // 0: the middle of the lowest pixel
    QCOMPARE(line[1].y(), 25.5);
    QCOMPARE(line[2].y(), 20.5);
    QVERIFY(line[0].x() < line[1].x() && line[1].x() < line[2].x());
    QVERIFY(box.right() + 1 - line[2].x() < 2);  // the newest at the right
    QCOMPARE(trails.dots().size(), std::size_t(1));
    QCOMPARE(trails.dots()[0].center(), line[2]);
    // A full trail begins at the left edge.
    RowTrails full;
    full.add(box, std::vector<float>(RowHistory::kTokens, 1.0F), {3, 3}, std::nullopt);
    QVERIFY(full.lines()[0].first().x() - box.left() < 2);
}

void RowTrailsTest::whatIsNotComputedPartsTheLine() {
    const float gap = std::nanf("");
    RowTrails trails;
    trails.add({0, 0, 48, 10}, std::vector{1.0F, 2.0F, gap, 1.0F, gap}, {3, 3}, std::nullopt);
    QCOMPARE(trails.lines().size(), std::size_t(2));
    QCOMPARE(trails.lines()[0].size(), 2);
    QVERIFY(trails.dots().empty());  // the newest token has no value
}

void RowTrailsTest::theNumbersAreInTheLineAndForAssistiveTechnology() {
    ScriptedChat chat(scriptSaying("the rain in the city and the river and the sea"));
    HeatmapPanel panel(chat.context);
    panel.resize(420, 700);
    panel.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    chat.selection.selectSite(ExpertSite{{2}, {3}});
    const int last = *panel.displayedToken();
    double low = 99;
    double high = 0;
    const auto tokens = upTo(last);
    for (const int token : tokens) {
        const double bits = entropyOf(*chat.session().traceToken(token).routing, 2);
        low = std::min(low, bits);
        high = std::max(high, bits);
    }
    const QString wanted =
        QStringLiteral("entropy %1 bits · %2 to %3 over the last %4 tokens")
            .arg(entropyOf(*chat.session().traceToken(last).routing, 2), 0, 'f', 2)
            .arg(low, 0, 'f', 2)
            .arg(high, 0, 'f', 2)
            .arg(tokens.size());
    QVERIFY2(panel.valueLine().endsWith(wanted), qPrintable(panel.valueLine()));
    QAccessibleInterface* table = QAccessible::queryAccessibleInterface(&panel.heatmap());
    QCOMPARE(table->tableInterface()->rowDescription(2), QStringLiteral("layer 2 · ") + wanted);
}

void RowTrailsTest::aNarrowDockLeavesThemOut() {
    ScriptedChat chat(scriptSaying("the rain in the city"));
    HeatmapPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    HeatmapWidget heatmap(chat.theme);
    heatmap.show();
    heatmap.setFrame(panel.heatmap().frame());
    const int layers = heatmap.frame().numLayers;
    heatmap.resize(400, 400);
    QCOMPARE(heatmap.trails().dots().size(), static_cast<std::size_t>(layers));
    heatmap.resize(heatmap.minimumSizeHint().width() + 10, 400);
    QVERIFY(heatmap.trails().dots().empty() && heatmap.trails().lines().empty());
    heatmap.resize(400, 400);
    QCOMPARE(heatmap.trails().dots().size(), static_cast<std::size_t>(layers));
}

void RowTrailsTest::liveAndInAReplay() {
    auto script = scriptSaying("the rain in the city and the river and the sea");
    script->endless = true;
    ScriptedChat chat(script);
    HeatmapPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.load());
    chat.session().setMaxTokens(60);
    int looked = 0;
    int wrong = 0;
    const auto look = connect(&chat.bridge, &EngineBridge::traceGrew, &panel, [&] {
        const auto token = panel.displayedToken();
        if (!token) return;
        ++looked;
        if (!areEntropies(panel.heatmap().frame(), chat.session(), upTo(*token))) ++wrong;
    });
    QVERIFY(chat.talk("hello"));
    QVERIFY(looked > 3);
    QCOMPARE(wrong, 0);
    disconnect(look);
    QVERIFY(chat.replay(chat.folder.path() / "a.gscope"));
    for (const int token : {0, 5, 40, 12, 60}) {
        chat.selection.selectToken(token);
        QVERIFY(areEntropies(panel.heatmap().frame(), chat.session(), upTo(token)));
    }
}

void RowTrailsTest::ofARangeTheLastThatCount() {
    auto script = scriptSaying("the rain in the city and the river and the sea");
    script->endless = true;
    ScriptedChat chat(script);
    HeatmapPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.load());
    chat.session().setMaxTokens(60);
    QVERIFY(chat.talk("hello and good morning"));
    panel.setMode(Mode::Share);
    const int reply = chat.session().firstTokenOfMessage(1);
    std::vector<int> generated;
    int end = reply;
    for (; generated.size() < 12; ++end)
        if (chat.session().traceToken(end).generated) generated.push_back(end);
    chat.selection.selectRange(TokenRange{0, end});
    chat.routing.countNow();
    QVERIFY(!panel.displayedValues().empty());
    QVERIFY(areEntropies(panel.heatmap().frame(), chat.session(), generated));
    chat.selection.selectRange(TokenRange{0, end + 40});
    chat.routing.countNow();
    QVERIFY(!panel.displayedValues().empty());
    QVERIFY(areEntropies(panel.heatmap().frame(), chat.session(), upTo(end + 39)));
}

QTEST_MAIN(RowTrailsTest)
#include "row_trails_test.moc"
