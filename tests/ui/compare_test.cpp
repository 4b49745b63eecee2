// The dock "compare", on the demo model: real tokens, real routing, real engine.
#include "ui/compare/compare_panel.h"

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

#include "tests/ui/demo_chat.h"
#include "ui/compare/aligned_text.h"
#include "ui/compare/difference_map.h"
#include "ui/compare/side_colors.h"
#include "ui/routing/heatmap_legend.h"

namespace gatescope {
namespace {

using test::DemoChat;
using test::picture;

InterventionSet someAblation() {
    InterventionSet set;
    for (int layer = 0; layer < 3; ++layer)
        for (int expert = 1; expert < 4; ++expert)
            set.ablate.push_back({LayerId{layer}, ExpertId{expert}});
    return set;
}

bool settled(ComparePanel& panel) {
    return QTest::qWaitFor([&] { return !panel.busy(); }, 30000);
}

}  // namespace

class CompareTest : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void runsAgainAndComparesBoth();
    void aLongTextIsMeasuredInSlices();
    void onlyTheRunsAskedForLastArrive();
    void sameInterventionsDifferNowhere();
    void twoPromptsRunWithOneSeed();
    void pickingWritesTheSelection();
    void otherConversationsAndRecordings();
    void hiddenItReadsNothing();
    void differencesHaveTheHeatmapsScale();
    void sidesCanBeRead();
};

void CompareTest::runsAgainAndComparesBoth() {
    DemoChat chat;
    ComparePanel panel(chat.context);
    panel.resize(1000, 520);
    panel.show();
    QVERIFY(chat.load());
    QVERIFY(!panel.rerun().isEmpty());
    QVERIFY(chat.talk("Once upon a time there was"));
    QVERIFY(settled(panel));
    QVERIFY(panel.comparison().empty());
    picture(panel, "compare-empty");
    const auto* button = panel.findChild<QPushButton*>(QStringLiteral("rerun"));
    QVERIFY(!button->isEnabled());
    QVERIFY(button->toolTip().contains(QStringLiteral("ablate")));

    chat.bridge.run([](ChatSession& s) { s.setInterventions(someAblation()); });
    QVERIFY(button->isEnabled());
    QTest::mouseClick(panel.findChild<QPushButton*>(QStringLiteral("rerun")), Qt::LeftButton);
    QVERIFY(chat.idle());
    QVERIFY(settled(panel));

    const Comparison& comparison = panel.comparison();
    QCOMPARE(panel.choices().versionCount(), 2);
    QCOMPARE(comparison.a().interventions, InterventionSet{});
    QCOMPARE(comparison.b().interventions, someAblation());
    QCOMPARE(comparison.scored(), static_cast<int>(comparison.a().tokens.size()));
    // Both were drawn behind the same tokens: the first one's distribution is one and the same.
    QCOMPARE(comparison.klBits(0), std::optional(0.0));
    double most = 0;
    for (int i = 0; i < comparison.scored(); ++i) most = std::max(most, *comparison.klBits(i));
    QVERIFY(most > 0.001);
    QVERIFY(comparison.difference() != nullptr);
    QVERIFY(panel.summary().contains(QStringLiteral("Mean KL")));

    // The statistics are those of a fresh count.
    RoutingDifference fresh(comparison.difference()->numLayers(),
                            comparison.difference()->numExperts());
    addColumns(comparison.a(), comparison.b(), comparison.pairs(), comparison.over(), fresh);
    for (int layer = 0; layer < fresh.numLayers(); ++layer)
        for (int expert = 0; expert < fresh.numExperts(); ++expert)
            QCOMPARE(panel.map()
                         .cells()[static_cast<std::size_t>(layer * fresh.numExperts() + expert)]
                         .probability,
                     fresh.cell(layer, expert).probability);

    picture(panel, "compare-dark");
    chat.theme.setName(QStringLiteral("light"));
    QTest::qWait(20);
    picture(panel, "compare-light");
    panel.resize(700, 400);
    QTest::qWait(20);
    picture(panel, "compare-700x400-light");
    panel.resize(460, 700);
    QTest::qWait(20);
    picture(panel, "compare-460x700-light");
    chat.theme.setName(QStringLiteral("dark"));
    panel.resize(700, 400);
    QTest::qWait(20);
    picture(panel, "compare-700x400-dark");
    panel.resize(1800, 1000);
    QTest::qWait(20);
    picture(panel, "compare-large-dark");
}

void CompareTest::aLongTextIsMeasuredInSlices() {
    DemoChat chat;
    Comparison comparison(chat.bridge);
    AlignedText text(comparison, chat.theme);
    text.resize(800, 400);
    text.show();
    ComparedRun runs[2];
    for (int i = 0; i < 20000; ++i)
        for (int side : {0, 1}) {
            const int id = side == 1 && i % 100 == 7 ? 60000 + i : i;
            runs[side].tokens.push_back({.token = id, .text = " word" + std::to_string(id)});
        }
    comparison.setRuns(runs[0], runs[1]);
    QTRY_VERIFY(!comparison.pairs().empty());
    QVERIFY(!text.measured());  // shaping 20,000 words takes longer than a slice
    text.setCurrent(19999);
    QVERIFY(!text.current());
    QTRY_VERIFY_WITH_TIMEOUT(text.measured(), 20000);
    QCOMPARE(comparison.counts().substituted, 200);
    const int lines = text.lineCount();
    QVERIFY(lines > 1000);
    text.resize(801, 400);
    text.resize(800, 400);  // broken again as a whole
    QCOMPARE(text.lineCount(), lines);
    text.setCurrent(19999);
    QCOMPARE(text.current(), std::optional(19999));
}

void CompareTest::onlyTheRunsAskedForLastArrive() {
    DemoChat chat;
    Comparison comparison(chat.bridge);
    QSignalSpy changes(&comparison, &Comparison::runsChanged);
    QSignalSpy counts(&comparison, &Comparison::counted);
    const auto runOf = [](int tokens) {
        ComparedRun run;
        for (int i = 0; i < tokens; ++i) {
            auto record =
                std::make_shared<RoutingRecord>(RoutingRecord{1, 2, 1, {0.6F, 0.4F}, {0}, {0.6F}});
            run.tokens.push_back({.token = i % 500, .routing = std::move(record)});
        }
        return run;
    };
    comparison.setRuns(runOf(30), runOf(30));
    QCOMPARE(comparison.pairs().size(), std::size_t(30));  // short ones at once
    QTRY_VERIFY(comparison.complete());
    QCOMPARE(comparison.difference()->tokensA(), 30);
    comparison.setRuns(runOf(5000), runOf(5000));
    QCOMPARE(comparison.pairs().size(), std::size_t(30));  // what was there stays
    QVERIFY(!comparison.complete());
    comparison.setRuns(runOf(6000), runOf(4000));
    QTRY_VERIFY(comparison.complete());
    QCOMPARE(comparison.counts().same, 4000);
    QCOMPARE(comparison.difference()->tokensB(), 4000);
    QCOMPARE(changes.count(), 2);
    QCOMPARE(counts.count(), 2);
    comparison.setRuns(runOf(5000), runOf(5000));
    comparison.clear();
    QTest::qWait(100);  // nothing comes of the runs that were given up
    QVERIFY(comparison.empty() && comparison.complete() && comparison.difference() == nullptr);
    QCOMPARE(changes.count(), 3);
}

void CompareTest::sameInterventionsDifferNowhere() {
    DemoChat chat;
    ComparePanel panel(chat.context);
    panel.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("The sun"));
    chat.bridge.run([](ChatSession& s) { s.rerun({}); });
    QVERIFY(chat.idle());
    QVERIFY(settled(panel));
    const Comparison& comparison = panel.comparison();
    QCOMPARE(comparison.counts().same, static_cast<int>(comparison.a().tokens.size()));
    QCOMPARE(panel.map().standing(), 0);
    QCOMPARE(comparison.difference()->saturation(0).value, std::optional(1.0));
    QVERIFY(comparison.whyNotScored().contains(QStringLiteral("same interventions")));
    QVERIFY(!panel.findChild<QPushButton*>(QStringLiteral("measureKl"))->isEnabled());
}

void CompareTest::twoPromptsRunWithOneSeed() {
    DemoChat chat;
    ComparePanel panel(chat.context);
    panel.resize(900, 460);
    panel.show();
    QVERIFY(chat.load());
    panel.findChild<QLineEdit*>(QStringLiteral("promptA"))
        ->setText(QStringLiteral("Once upon a time a little dog"));
    auto* fieldB = panel.findChild<QLineEdit*>(QStringLiteral("promptB"));
    fieldB->setText(QStringLiteral("Once upon a time a shy cat"));
    panel.findChild<QPushButton*>(QStringLiteral("runPrompts"))->click();
    QVERIFY(settled(panel));
    const Comparison& comparison = panel.comparison();
    QVERIFY(!comparison.empty());
    QVERIFY2(comparison.a().tokens.size() > 6,
             qPrintable(QString::number(comparison.a().tokens.size())));
    QVERIFY(comparison.a().tokens.back().generated);
    for (const TokenRecord& token : comparison.b().tokens) QVERIFY(token.routing != nullptr);
    QVERIFY(chat.session().messages().empty());
    picture(panel, "compare-prompts");
}

void CompareTest::pickingWritesTheSelection() {
    DemoChat chat;
    ComparePanel panel(chat.context);
    panel.resize(900, 500);
    panel.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("The sun"));
    chat.bridge.run([](ChatSession& s) { s.rerun(someAblation()); });
    QVERIFY(chat.idle());
    QVERIFY(settled(panel));
    auto* text = panel.findChild<AlignedText*>(QStringLiteral("alignedText"));
    QTest::mouseClick(text->viewport(), Qt::LeftButton, {}, text->columnRect(0).center());
    QVERIFY(chat.selection.token().has_value());
    QCOMPARE(*chat.selection.token(), chat.session().firstTokenOfMessage(1));
    QCOMPARE(text->current(), std::optional(0));
    QTest::keyClick(text, Qt::Key_Right);
    QCOMPARE(text->current(), std::optional(1));
    // Another view picks: this one shows it.
    const auto& pairs = panel.comparison().pairs();
    const auto last = std::find_if(pairs.rbegin(), pairs.rend(), [](auto& p) { return p.b >= 0; });
    chat.selection.selectToken(chat.session().firstTokenOfMessage(1) + last->b);
    QCOMPARE(text->current(), std::optional(static_cast<int>(pairs.rend() - last) - 1));

    auto* map = panel.findChild<DifferenceMap*>(QStringLiteral("differenceMap"));
    map->setFocus();
    QTest::keyClick(map, Qt::Key_Right);
    QVERIFY(chat.selection.site().has_value());
    QTest::keyClick(map, Qt::Key_Down);
    QCOMPARE(chat.selection.site()->layer.value, 1);
    QVERIFY(map->accessibleDescription().contains(QStringLiteral("Layer 1 expert 1")));
}

void CompareTest::otherConversationsAndRecordings() {
    DemoChat chat;
    ComparePanel panel(chat.context);
    panel.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("The sun"));
    const auto file = chat.folder.path() / "one.gscope";
    bool saved = false;
    chat.session().saveRecording(file, [&](const auto& error) { saved = !error; });
    QVERIFY(QTest::qWaitFor([&] { return saved; }, 20000));
    chat.bridge.run([](ChatSession& s) { s.newConversation(); });
    QVERIFY(chat.talk("The moon"));
    panel.choices().openRecording(file);
    QVERIFY(QTest::qWaitFor([&] { return !panel.comparison().empty(); }, 20000));
    QVERIFY(panel.comparison().b().replay);
    QVERIFY(!panel.comparison().a().replay);
    const auto& all = panel.choices().all();
    QVERIFY(std::any_of(all.begin(), all.end(), [](const auto& choice) {
        return choice.kind == RunChoices::Kind::Stored;
    }));
    QSignalSpy errors(&chat.bridge, &EngineBridge::errorOccurred);
    panel.choices().openRecording(chat.folder.path() / "none.gscope");
    QVERIFY(errors.wait(20000));
    QVERIFY(errors[0][0].toString().contains(QStringLiteral("none.gscope")));
}

void CompareTest::hiddenItReadsNothing() {
    DemoChat chat;
    ComparePanel panel(chat.context);
    QVERIFY(chat.load());
    QVERIFY(chat.talk("The sun"));
    chat.bridge.run([](ChatSession& s) { s.rerun(someAblation()); });
    QVERIFY(chat.idle());
    QTest::qWait(50);
    QVERIFY(panel.comparison().empty());
    QCOMPARE(panel.choices().versionCount(), 0);
    panel.show();
    QVERIFY(QTest::qWaitFor([&] { return !panel.comparison().empty(); }, 20000));
}

// The heatmap and the comparison say differences with one scale and one legend.
void CompareTest::differencesHaveTheHeatmapsScale() {
    RoutingDifference difference(1, 4);
    for (int i = 0; i < 40; ++i) {  // every token alike: no noise
        difference.addA({1, 4, 1, {0.7F, 0.1F, 0.1F, 0.1F}, {0}, {0.7F}});
        difference.addB({1, 4, 1, {0.6F, 0.3F, 0.1F, 0.0F}, {0}, {0.6F}});
    }
    for (const auto mode : {Theme::Mode::Light, Theme::Mode::Dark}) {
        const Theme theme(mode);
        DifferenceMap map(theme);
        map.resize(320, 120);
        map.setDifference(&difference);
        const QImage image = map.grab().toImage();
        const ColorMap scale(ColorMapKind::Difference, 1.0, 25);
        QCOMPARE(map.colorMap(), scale);
        for (const auto& [expert, points] : {std::pair(0, -10), std::pair(1, 20)}) {
            const QRect cell = map.cellRect({LayerId{0}, ExpertId{expert}});
            QCOMPARE(image.pixel(cell.topLeft() + QPoint(1, 1)),
                     scale.color(static_cast<float>(points)));
        }
    }
    DemoChat chat;
    const ComparePanel panel(chat.context);
    const auto* legend = panel.findChild<HeatmapLegend*>();
    QVERIFY(legend != nullptr);
    QVERIFY(legend->accessibleDescription().contains(QStringLiteral("blue-orange map")));
    QVERIFY(legend->accessibleDescription().contains(QStringLiteral("hatched")));
}

// WCAG 2.1: 4.5 : 1 for text, on the ground and on its own side's background.
void CompareTest::sidesCanBeRead() {
    const auto luminance = [](const QColor& color) {
        const auto linear = [](double c) {
            return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
        };
        return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) +
               0.0722 * linear(color.blueF());
    };
    const auto contrast = [&](const QColor& a, const QColor& b) {
        const double x = luminance(a) + 0.05;
        const double y = luminance(b) + 0.05;
        return std::max(x, y) / std::min(x, y);
    };
    for (const auto mode : {Theme::Mode::Light, Theme::Mode::Dark}) {
        const Theme theme(mode);
        for (const Side side : {Side::A, Side::B}) {
            const SideColors colors = sideColors(theme, side);
            QVERIFY(contrast(colors.ink, theme.color(ColorRole::Surface)) >= 4.5);
            QVERIFY(contrast(colors.ink, colors.soft) >= 4.5);
        }
    }
}

}  // namespace gatescope

QTEST_MAIN(gatescope::CompareTest)
#include "compare_test.moc"
