// Tour files: what is accepted, and the sentence that each mistake gets.

#include <QTest>
#include <filesystem>
#include <fstream>

#include "app/gui/tour.h"
#include "engine/error.h"
#include "tests/support/test_paths.h"

using namespace gatescope;

namespace {

std::string errorOf(const std::string& text) {
    try {
        parseTour(text, "t.json");
    } catch (const Error& error) {
        return error.kind() == ErrorKind::BadInput ? error.what() : "another kind";
    }
    return "no error";
}

std::string problemOfStep(const std::string& step) {
    const Tour tour = parseTour("{\"steps\": [{\"do\": \"stop\"}, " + step + "]}", "t.json");
    return problemOf(tour).value_or("none");
}

}  // namespace

class TourTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void acceptsEveryStepOfTheContract();
    void namesFileAndPlaceOfWhatIsNoTour_data();
    void namesFileAndPlaceOfWhatIsNoTour();
    void namesStepAndMistake_data();
    void namesStepAndMistake();
    void readsAndWritesInterventions();
    void readsAndWritesTheOtherInterventions();
    void saysThatAFileIsNotThere();
    void theBundledTourIsWellFormed();
};

void TourTest::acceptsEveryStepOfTheContract() {
    const Tour tour = parseTour(R"({"title": "all", "steps": [
        {"do": "open"}, {"do": "open", "model": null}, {"do": "open", "model": "synthetic:grok-1"},
        {"do": "open", "recording": "a.gscope"}, {"do": "new_chat"},
        {"do": "template", "name": "transcript"}, {"do": "system", "text": "short"},
        {"do": "preset", "name": "Greedy"},
        {"do": "type", "text": "hi"}, {"do": "send"}, {"do": "send", "text": "hi"}, {"do": "stop"},
        {"do": "continue"}, {"do": "regenerate"}, {"do": "edit", "message": 0, "text": "ho"},
        {"do": "remove_version", "message": 1}, {"do": "undo_remove_version"},
        {"do": "wait", "for": "loaded"}, {"do": "wait", "for": "idle", "timeout_s": 0.5},
        {"do": "wait", "for": "tokens", "count": 3}, {"do": "select_token", "index": -1},
        {"do": "select_token", "index": null},
        {"do": "intervene", "ablate": ["3:5"], "force": [], "bias": ["0:1:-2.5"], "top_k": 3},
        {"do": "inspect"}, {"do": "inspect", "head": "3:5", "page": "lens", "timeout_s": 5},
        {"do": "select_range", "first": 0, "last": -1},
        {"do": "select_range", "first": null, "last": null}, {"do": "mode", "name": "z"},
        {"do": "mode", "name": "recent", "half_life": 32, "population": "all"},
        {"do": "pin_baseline"}, {"do": "play"},
        {"do": "play", "tokens_per_s": 0.5, "from": 1, "to": -2},
        {"do": "intervene", "layer_top_k": ["3:1", "5-7:4"]}, {"do": "undo_interventions"},
        {"do": "redo_interventions"}, {"do": "clear_interventions"},
        {"do": "search", "text": "sky"},
        {"do": "tint", "by": "expert", "layer": 17, "numbers": true},
        {"do": "tint", "by": "entropy", "layers": "3-9"}, {"do": "tint", "by": "none"},
        {"do": "filter", "expression": "expert=3 & text~self"}, {"do": "filter", "expression": ""},
        {"do": "show", "view": "inspect"}, {"do": "theme", "name": "light"},
        {"do": "text_size", "percent": 150}, {"do": "palette", "query": "light", "run": true},
        {"do": "palette", "query": null},
        {"do": "resize", "width": 1280, "height": 800}, {"do": "caption", "text": ""},
        {"do": "screenshot", "name": "a"}, {"do": "save_recording", "name": "b"},
        {"do": "dump", "name": "c"}, {"do": "stay"}]})",
                                "t.json");
    QCOMPARE(tour.title, std::string("all"));
    QCOMPARE(tour.steps.size(), std::size_t{53});
    QCOMPARE(problemOf(tour).value_or("none"), std::string("none"));
}

void TourTest::namesFileAndPlaceOfWhatIsNoTour_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("part");
    const auto row = [](const char* name, const char* text, const char* part) {
        QTest::newRow(name) << QString::fromLatin1(text) << QString::fromLatin1(part);
    };
    row("empty", "", "line 1");
    row("cut", "{\"steps\": [\n{\"do\": \"stop\"", "line 2");
    row("no json", "steps:", "line 1, column 1");
    row("huge number", "{\"steps\": [{\"do\": \"wait\", \"count\": 1e999}]}", "too large");
    row("a list", "[]", "expected {\"title\"");
    row("no steps", "{\"title\": \"x\"}", "\"steps\" to be a list");
    row("steps no list", "{\"steps\": {}}", "\"steps\" to be a list");
    row("title no text", "{\"title\": 3, \"steps\": []}", "\"title\" to be a text");
    row("other member", "{\"step\": [], \"steps\": []}", "unknown member \"step\"");
    row("step no object", "{\"steps\": [\"stop\"]}", "step 1: expected an object");
    row("step without do", "{\"steps\": [{\"do\": \"stop\"}, {}]}", "step 2: expected an object");
    row("do no text", "{\"steps\": [{\"do\": 1}]}", "step 1: expected an object");
}

void TourTest::namesFileAndPlaceOfWhatIsNoTour() {
    QFETCH(QString, text);
    QFETCH(QString, part);
    const QString error = QString::fromStdString(errorOf(text.toStdString()));
    QVERIFY2(error.startsWith(QLatin1String("t.json: ")), qPrintable(error));
    QVERIFY2(error.contains(part), qPrintable(error));
}

void TourTest::namesStepAndMistake_data() {
    QTest::addColumn<QString>("step");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char* step, const char* sentence) {
        QTest::newRow(step) << QString::fromLatin1(step) << QString::fromLatin1(sentence);
    };
    row(R"({"do": "sned"})", "tour step 2 (sned): there is no such step: the steps are ");
    row(R"({"do": "stop", "text": "x"})",
        "tour step 2 (stop): unknown field \"text\": its fields are none");
    row(R"({"do": "type"})", "tour step 2 (type): \"text\" is missing");
    row(R"({"do": "tint", "by": "colour"})",
        "tour step 2 (tint): \"by\" must be none, expert, gate, margin, decisive, entropy, mass, "
        "surprise or repeat, found \"colour\"");
    row(R"({"do": "tint", "by": "gate", "layers": "9-3"})",
        "tour step 2 (tint): \"layers\" must be \"picked\", \"all\" or layers like \"3-9\", found "
        "\"9-3\"");
    row(R"({"do": "tint", "by": "gate", "layers": "all", "layer": 3})",
        "tour step 2 (tint): either a \"layer\" or \"layers\" can be tinted by, not both");
    row(R"({"do": "filter"})", "tour step 2 (filter): \"expression\" is missing");
    row(R"({"do": "type", "text": 3})", "tour step 2 (type): \"text\" must be a text, found 3");
    row(R"({"do": "edit", "message": -1, "text": "x"})",
        "tour step 2 (edit): \"message\" must be a whole number from 0 to 2147483647, found -1");
    row(R"({"do": "edit", "message": 0})", "tour step 2 (edit): \"text\" is missing");
    row(R"({"do": "wait", "for": "rain"})",
        "tour step 2 (wait): \"for\" must be \"loaded\", \"idle\" or \"tokens\", found \"rain\"");
    row(R"({"do": "wait"})", "tour step 2 (wait): \"for\" is missing");
    row(R"({"do": "wait", "for": "tokens", "count": 0})",
        "tour step 2 (wait): \"count\" must be a whole number from 1 to 2147483647, found 0");
    row(R"({"do": "wait", "for": "idle", "timeout_s": 0})",
        "tour step 2 (wait): \"timeout_s\" must be a number of seconds above 0, found 0");
    row(R"({"do": "select_range", "first": 1})", "tour step 2 (select_range): \"last\" is missing");
    row(R"({"do": "select_range", "first": 1, "last": null})",
        "tour step 2 (select_range): both \"first\" and \"last\" are null, for no range, or none "
        "is");
    row(R"({"do": "mode", "name": "moon"})", "tour step 2 (mode): \"name\" must be one of now, ");
    row(R"({"do": "mode", "name": "recent", "half_life": 5})",
        "tour step 2 (mode): \"half_life\" must be 1, 8, 32 or 128 tokens, found 5");
    row(R"({"do": "play", "tokens_per_s": 0})",
        "tour step 2 (play): \"tokens_per_s\" must be a number of tokens per second");
    row(R"({"do": "select_token"})", "tour step 2 (select_token): \"index\" is missing");
    row(R"({"do": "select_token", "index": 1.5})",
        "tour step 2 (select_token): \"index\" must be a whole number of 32 bits or null, found "
        "1.5");
    // Each of these is another, quite possible number when it is cut to 32 bits.
    row(R"({"do": "select_token", "index": 18446744073709551615})",
        "tour step 2 (select_token): \"index\" must be a whole number of 32 bits or null, found");
    row(R"({"do": "wait", "for": "tokens", "count": 4294967297})",
        "tour step 2 (wait): \"count\" must be a whole number from 1 to 2147483647, found");
    row(R"({"do": "edit", "message": 4294967296, "text": "x"})",
        "tour step 2 (edit): \"message\" must be a whole number from 0 to 2147483647, found");
    row(R"({"do": "inspect", "head": 3})",
        "tour step 2 (inspect): \"head\" must be LAYER:HEAD, like \"3:5\", found 3");
    row(R"({"do": "inspect", "head": "3"})", "tour step 2 (inspect): \"head\" is not valid: ");
    row(R"({"do": "inspect", "page": "all"})",
        "tour step 2 (inspect): \"page\" must be words, lens, who or attention, found \"all\"");
    row(R"({"do": "map_attention"})", "tour step 2 (map_attention): \"head\" is missing");
    row(R"({"do": "find_experts", "a": ["x"], "b": []})",
        "tour step 2 (find_experts): \"b\" must be a list of texts, found []");
    row(R"({"do": "model", "page": "all"})",
        "tour step 2 (model): \"page\" must be tensors, routers, plan or heat, found \"all\"");
    row(R"({"do": "rows", "by": "token"})",
        "tour step 2 (rows): \"by\" must be layer or expert, found \"token\"");
    row(R"({"do": "intervene", "top_k": 4294967296})",
        "tour step 2 (intervene): \"top_k\" must be a whole number from 0 to 2147483647, found");
    row(R"({"do": "intervene", "layer_top_k": ["3"]})",
        "tour step 2 (intervene): \"layer_top_k\" is not valid: ");
    row(R"({"do": "intervene"})", "tour step 2 (intervene): it changes nothing");
    row(R"({"do": "intervene", "ablate": "3:5"})",
        "tour step 2 (intervene): \"ablate\" must be a list like [\"3:5\"]");
    row(R"({"do": "intervene", "ablate": ["3"]})",
        "tour step 2 (intervene): \"ablate\" is not valid: ");
    row(R"({"do": "intervene", "bias": ["3:5"]})",
        "tour step 2 (intervene): \"bias\" is not valid: ");
    row(R"({"do": "intervene", "scale": ["3:5:-1"]})",
        "tour step 2 (intervene): \"scale\" is not valid: ");
    row(R"({"do": "intervene", "swap": ["3:5:5"]})",
        "tour step 2 (intervene): \"swap\" is not valid: ");
    row(R"({"do": "intervene", "where": "margin<1"})",
        "tour step 2 (intervene): \"where\" is not valid: a scope of \"margin<1\": column 1: ");
    row(R"({"do": "open", "model": 1})",
        "tour step 2 (open): \"model\" must be a text or null, found 1");
    row(R"({"do": "open", "model": "a", "recording": "b"})",
        "tour step 2 (open): either a \"model\" or a \"recording\" can be opened, not both");
    row(R"({"do": "resize", "width": 0, "height": 10})",
        "tour step 2 (resize): \"width\" must be a number of pixels");
    row(R"({"do": "screenshot", "name": "../a"})",
        "tour step 2 (screenshot): \"name\" must be a file name without a folder");
    row(R"({"do": "dump", "name": ""})",
        "tour step 2 (dump): \"name\" must be a file name without a folder");
}

void TourTest::namesStepAndMistake() {
    QFETCH(QString, step);
    QFETCH(QString, sentence);
    const QString problem = QString::fromStdString(problemOfStep(step.toStdString()));
    QVERIFY2(problem.startsWith(sentence), qPrintable(problem));
}

void TourTest::readsAndWritesInterventions() {
    const Tour tour = parseTour(
        R"({"steps": [{"do": "intervene", "ablate": ["3:5", "0:1"], "force": ["2:7"],
            "bias": ["1:0:-0.5"], "top_k": 1}]})",
        "t.json");
    const InterventionSet set = interventionsOf(tour.steps[0]);
    QCOMPARE(set.ablate.size(), std::size_t{2});
    QVERIFY(set.ablate[0] == (ExpertSite{{3}, {5}}));
    QVERIFY(set.force[0] == (ExpertSite{{2}, {7}}));
    QCOMPARE(set.bias[0].amount, -0.5F);
    QCOMPARE(set.topK, 1);
    QCOMPARE(
        dumpOf(set).dump(),
        std::string(R"({"ablate":["3:5","0:1"],"bias":["1:0:-0.5"],"force":["2:7"],"top_k":1})"));
}

void TourTest::readsAndWritesTheOtherInterventions() {
    const Tour tour = parseTour(
        R"({"steps": [{"do": "intervene", "route_around": ["3:5"], "scale": ["0:1:0.5"],
            "swap": ["1:0:7"], "layer_top_k": ["2-3:1"], "where": "index<9"}]})",
        "t.json");
    QCOMPARE(problemOf(tour).value_or("none"), std::string("none"));
    const InterventionSet set = interventionsOf(tour.steps[0]);
    QVERIFY((set.exclude == std::vector<ExpertSite>{{{3}, {5}}}));
    QVERIFY((set.scale == std::vector<ExpertScale>{{{{0}, {1}}, 0.5F}}));
    QVERIFY((set.swap == std::vector<ExpertSwap>{{{1}, {0}, {7}}}));
    QCOMPARE(
        dumpOf(set).dump(),
        std::string(
            R"({"ablate":[],"bias":[],"force":[],"layer_top_k":["2-3:1"],)"
            R"("route_around":["3:5"],"scale":["0:1:0.5"],"swap":["1:0:7"],"top_k":0,"where":"index<9"})"));
}

void TourTest::saysThatAFileIsNotThere() {
    const test::ScratchDir folder;
    QVERIFY_EXCEPTION_THROWN(loadTour(folder.path() / "none.json"), Error);
}

void TourTest::theBundledTourIsWellFormed() {
    const Tour tour =
        loadTour(std::filesystem::path(GATESCOPE_SOURCE_DIR) / "resources/demo/first-light.json");
    QVERIFY(!tour.title.empty());
    QCOMPARE(problemOf(tour).value_or("none"), std::string("none"));
    for (const char* step : {"open",
                             "send",
                             "wait",
                             "select_token",
                             "intervene",
                             "regenerate",
                             "screenshot",
                             "save_recording",
                             "dump"}) {
        const bool has = std::any_of(tour.steps.begin(),
                                     tour.steps.end(),
                                     [step](const TourStep& s) { return s.action == step; });
        QVERIFY2(has, step);
    }
}

QTEST_GUILESS_MAIN(TourTest)
#include "tour_test.moc"
