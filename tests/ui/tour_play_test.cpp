// Tours played on a real window with a scripted decoder: what needs a model slow enough to be
// caught.

#include <QSignalSpy>
#include <QStandardPaths>
#include <QTest>
#include <fstream>

#include "app/gui/tour_player.h"
#include "tests/ui/scripted_chat.h"
#include "ui/main_window.h"

using namespace gatescope;
using gatescope::test::scriptSaying;
using nlohmann::json;

namespace {

/// A window of its own for each tour.
struct Stage {
    explicit Stage(std::shared_ptr<test::Script> script)
        : window({.profileDir = folder.path() / "profile",
                  .defaultModel = QStringLiteral("scripted"),
                  .engine = test::scriptedEngine(std::move(script)),
                  .makeCharts = {}}) {
        window.show();
    }

    /// "finished", "stays", or the sentence it failed with; empty: neither within 30 s.
    QString play(const json& steps) {
        TourPlayer player(
            window, parseTour(json{{"steps", steps}}.dump(), "test"), folder.path() / "pictures");
        QSignalSpy finished(&player, &TourPlayer::finished);
        QSignalSpy failed(&player, &TourPlayer::failed);
        player.start();
        const bool ended =
            QTest::qWaitFor([&] { return finished.count() + failed.count() > 0; }, 30000);
        if (!ended) return {};
        if (failed.count() > 0) return failed[0][0].toString();
        return finished[0][0].toBool() ? QStringLiteral("stays") : QStringLiteral("finished");
    }

    json dump(const char* name) const {
        std::ifstream stream(folder.path() / "pictures" / (std::string(name) + ".json"));
        return json::parse(stream);
    }

    test::ScratchDir folder;
    MainWindow window;
};

std::shared_ptr<test::Script> slowScript() {
    auto script = scriptSaying("the rain in the city");
    script->endless = true;
    script->tokenDelay = std::chrono::milliseconds(8);
    return script;
}

json startOfTalk() {
    return json::array({{{"do", "open"}},
                        {{"do", "wait"}, {"for", "loaded"}},
                        {{"do", "send"}, {"text", "hello"}},
                        {{"do", "wait"}, {"for", "tokens"}, {"count", 5}}});
}

}  // namespace

class TourPlayTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() { QStandardPaths::setTestModeEnabled(true); }
    void stopKeepsWhatWasWrittenAndContinueGoesOn();
    void waitingForMoreTokensThanComeFails();
    void waitingEndsAtItsTimeLimit();
    void stayKeepsTheWindow();
    void thePaletteTextSizeAndThemesArePlayed();
    void sendTypesIntoTheComposerFirst();
    void tintsAndFiltersAreInTheDump();
    void anImpossibleTourFailsBeforeItsFirstStep();
    void runsAgainAndCompares();
    void aVersionIsDeletedAndComesBack();
};

void TourPlayTest::stopKeepsWhatWasWrittenAndContinueGoesOn() {
    Stage stage(slowScript());
    json steps = startOfTalk();
    for (const json& step : json::array({{{"do", "stop"}},
                                         {{"do", "wait"}, {"for", "idle"}},
                                         {{"do", "dump"}, {"name", "stopped"}},
                                         {{"do", "continue"}},
                                         {{"do", "wait"}, {"for", "tokens"}, {"count", 30}},
                                         {{"do", "stop"}},
                                         {{"do", "wait"}, {"for", "idle"}},
                                         {{"do", "dump"}, {"name", "continued"}}}))
        steps.push_back(step);
    QCOMPARE(stage.play(steps), QStringLiteral("finished"));
    const json stopped = stage.dump("stopped");
    const json continued = stage.dump("continued");
    QVERIFY(stopped["messages"][1]["token_count"] >= 5);
    QVERIFY(continued["messages"][1]["token_count"] >= 30);
    const auto text = [](const json& dump) {
        return QString::fromStdString(dump["messages"][1]["text"].get<std::string>());
    };
    QVERIFY(!text(stopped).isEmpty());
    QVERIFY(text(continued).startsWith(text(stopped)));
    QCOMPARE(continued["messages"].size(), std::size_t{2});
    QVERIFY(continued["max_stall_ms"].is_number());
}

void TourPlayTest::waitingForMoreTokensThanComeFails() {
    Stage stage(scriptSaying("the"));
    json steps = startOfTalk();
    steps.back()["count"] = 50;
    const QString outcome = stage.play(steps);
    QVERIFY2(outcome.startsWith(QStringLiteral("tour step 4 (wait): the reply has ")) &&
                 outcome.endsWith(QStringLiteral("and is not being written on")),
             qPrintable(outcome));
}

void TourPlayTest::waitingEndsAtItsTimeLimit() {
    Stage stage(slowScript());
    json steps = startOfTalk();
    steps.push_back({{"do", "wait"}, {"for", "idle"}, {"timeout_s", 0.1}});
    const QString outcome = stage.play(steps);
    QVERIFY2(outcome.startsWith(QStringLiteral("tour step 5 (wait): gave up after 0.1 s")),
             qPrintable(outcome));
}

void TourPlayTest::stayKeepsTheWindow() {
    Stage stage(scriptSaying("the"));
    QCOMPARE(stage.play(json::array({{{"do", "theme"}, {"name", "light"}}, {{"do", "stay"}}})),
             QStringLiteral("stays"));
    QVERIFY(!stage.window.theme().isDark());
    QVERIFY(stage.window.isVisible());
}

void TourPlayTest::thePaletteTextSizeAndThemesArePlayed() {
    Stage stage(scriptSaying("the"));
    const auto dumped = [&stage](const json& step) {
        return stage.play(json::array({step, {{"do", "dump"}, {"name", "desk"}}}));
    };
    QCOMPARE(dumped({{"do", "text_size"}, {"percent", 150}}), QStringLiteral("finished"));
    QCOMPARE(stage.dump("desk")["text_size"].get<int>(), 150);
    QVERIFY(stage.dump("desk")["palette"].is_null());
    QCOMPARE(dumped({{"do", "palette"}, {"query", "high contrast"}}), QStringLiteral("finished"));
    json palette = stage.dump("desk")["palette"];
    QCOMPARE(palette["found"][0].get<std::string>(), std::string("High contrast"));
    QCOMPARE(palette["chosen"].get<int>(), 0);
    QCOMPARE(dumped({{"do", "palette"}, {"query", "high contrast"}, {"run", true}}),
             QStringLiteral("finished"));
    QCOMPARE(stage.dump("desk")["theme"].get<std::string>(), std::string("high-contrast"));
    const QString refused = dumped({{"do", "palette"}, {"query", "stop"}, {"run", true}});
    QVERIFY2(refused.contains(QStringLiteral("\"Stop\" cannot be done now: No reply is being")),
             qPrintable(refused));
    QVERIFY(dumped({{"do", "palette"}, {"query", "xyzzy"}, {"run", true}})
                .contains(QStringLiteral("nothing in the palette is called")));
}

void TourPlayTest::sendTypesIntoTheComposerFirst() {
    Stage stage(scriptSaying("the rain"));
    QCOMPARE(stage.play(json::array({{{"do", "open"}, {"model", nullptr}},
                                     {{"do", "wait"}, {"for", "loaded"}},
                                     {{"do", "type"}, {"text", "one\ntwo "}},
                                     {{"do", "type"}, {"text", "три"}}})),
             QStringLiteral("finished"));
    QCOMPARE(stage.window.composerText(), QStringLiteral("one\ntwo три"));
    QCOMPARE(stage.play(json::array({{{"do", "send"}}, {{"do", "wait"}, {"for", "idle"}}})),
             QStringLiteral("finished"));
    QCOMPARE(stage.window.composerText(), QString());
    QCOMPARE(QString::fromStdString(stage.window.bridge().session().messages()[0].text),
             QStringLiteral("one\ntwo три"));
}

void TourPlayTest::tintsAndFiltersAreInTheDump() {
    Stage stage(scriptSaying("the rain in the city"));
    json steps = startOfTalk();
    steps.back() = {{"do", "wait"}, {"for", "idle"}};
    for (const json& step :
         json::array({{{"do", "tint"}, {"by", "entropy"}, {"layer", 2}},
                      {{"do", "filter"}, {"expression", "text~\"rain\" & generated"}},
                      {{"do", "dump"}, {"name", "found"}},
                      {{"do", "tint"}, {"by", "none"}},
                      {{"do", "filter"}, {"expression", ""}},
                      {{"do", "dump"}, {"name", "plain"}},
                      {{"do", "tint"}, {"by", "gate"}, {"layer", 99}}}))
        steps.push_back(step);
    QCOMPARE(stage.play(steps),
             QStringLiteral("tour step 11 (tint): there is no layer 99: the model has layers 0 to "
                            "3"));
    const json found = stage.dump("found");
    QVERIFY(found["tint"]["by"] == "entropy");
    QVERIFY(found["tint"]["layers"] == "2-2");
    QVERIFY(found["tint"]["chance"] == 3.0);
    QVERIFY(!found["filter"]["matches"].empty());
    std::string matched;
    for (const int token : found["filter"]["matches"])
        matched += stage.window.bridge().session().traceToken(token).text;
    QVERIFY(matched.find("rain") != std::string::npos);
    QVERIFY(found["filter"]["problem"].is_null());
    const json plain = stage.dump("plain");
    QVERIFY(plain["tint"]["by"] == "none");
    QVERIFY(plain["filter"]["expression"] == "");
    QVERIFY(plain["filter"]["matches"].empty());
    json wrong = json::array({{{"do", "filter"}, {"expression", "layer="}}});
    QCOMPARE(stage.play(wrong),
             QStringLiteral("tour step 1 (filter): column 7: expected a number, found the end"));
}

void TourPlayTest::anImpossibleTourFailsBeforeItsFirstStep() {
    Stage stage(scriptSaying("the"));
    const QString before = stage.window.theme().name();
    const QString other =
        before == QStringLiteral("dark") ? QStringLiteral("light") : QStringLiteral("dark");
    const QString outcome = stage.play(
        json::array({{{"do", "theme"}, {"name", other.toStdString()}}, {{"do", "dance"}}}));
    QVERIFY2(outcome.startsWith(QStringLiteral("tour step 2 (dance): there is no such step")),
             qPrintable(outcome));
    QCOMPARE(stage.window.theme().name(), before);
}

void TourPlayTest::runsAgainAndCompares() {
    Stage stage(scriptSaying("the rain in the city"));
    QCOMPARE(stage.play(json::array({{{"do", "open"}},
                                     {{"do", "wait"}, {"for", "loaded"}},
                                     {{"do", "send"}, {"text", "hello"}},
                                     {{"do", "wait"}, {"for", "idle"}},
                                     {{"do", "dump"}, {"name", "before"}},
                                     {{"do", "intervene"}, {"bias", {"1:3:2"}}},
                                     {{"do", "rerun"}},
                                     {{"do", "dump"}, {"name", "rerun"}},
                                     {{"do", "compare"}, {"a", 2}, {"b", 1}},
                                     {{"do", "dump"}, {"name", "compare"}}})),
             QStringLiteral("finished"));
    QVERIFY(stage.dump("before")["compare"].is_null());
    const json rerun = stage.dump("rerun")["compare"];
    QCOMPARE(rerun["same"].get<std::size_t>(), rerun["kl_bits"].size());
    QVERIFY(rerun["kl_bits"][0].is_number());
    const double more = rerun["routing"]["difference"][1][3].get<double>();
    QVERIFY(more > 0);
    const json compare = stage.dump("compare")["compare"];
    QCOMPARE(compare["routing"]["difference"][1][3].get<double>(), -more);
    QVERIFY(stage.play(json::array({{{"do", "compare"}, {"a", 1}, {"b", 3}}}))
                .contains(QStringLiteral("the last reply has 2")));
}

void TourPlayTest::aVersionIsDeletedAndComesBack() {
    Stage stage(scriptSaying("the rain in the city"));
    QCOMPARE(stage.play(json::array({{{"do", "open"}},
                                     {{"do", "wait"}, {"for", "loaded"}},
                                     {{"do", "send"}, {"text", "hello"}},
                                     {{"do", "wait"}, {"for", "idle"}},
                                     {{"do", "regenerate"}},
                                     {{"do", "wait"}, {"for", "idle"}},
                                     {{"do", "dump"}, {"name", "both"}},
                                     {{"do", "remove_version"}, {"message", 1}},
                                     {{"do", "dump"}, {"name", "one"}},
                                     {{"do", "undo_remove_version"}},
                                     {{"do", "dump"}, {"name", "back"}}})),
             QStringLiteral("finished"));
    const json two = {{1, 1}, {2, 2}};
    const json one = {{1, 1}, {1, 1}};
    QVERIFY(stage.dump("both")["versions"] == two);
    QVERIFY(stage.dump("one")["versions"] == one);
    QVERIFY(stage.dump("back")["versions"] == two);
    QVERIFY(stage.play(json::array({{{"do", "undo_remove_version"}}}))
                .contains(QStringLiteral("no version was deleted")));
    QVERIFY(stage.play(json::array({{{"do", "remove_version"}, {"message", 7}}}))
                .contains(QStringLiteral("the conversation has 2")));
}

QTEST_MAIN(TourPlayTest)
#include "tour_play_test.moc"
