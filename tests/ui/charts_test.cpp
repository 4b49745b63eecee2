// Charts over a real session: what they draw equals the routing statistics, and what they cost.

#include <QChartView>
#include <QDir>
#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTableView>
#include <algorithm>
#include <cmath>

#include "engine/routing/routing_stats.h"
#include "tests/ui/cli_tables.h"
#include "tests/ui/scripted_chat.h"
#include "ui/charts/decimate.h"
#include "ui/charts/entropy_chart.h"
#include "ui/charts/load_chart.h"

using namespace gatescope;
using gatescope::test::cliLines;
using gatescope::test::ScriptedChat;
using gatescope::test::scriptSaying;
using gatescope::test::strayLines;

namespace {

void savePicture(QWidget& widget, const QString& name) {
    const QString folder = QStringLiteral(GATESCOPE_BINARY_DIR "/ui-pictures");
    QDir().mkpath(folder);
    QVERIFY(widget.grab().save(folder + QLatin1Char('/') + name));
}

constexpr const char* kReply = "the rain in the city and the river and the sea";

}  // namespace

class ChartsTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void decimationKeepsPeaksAndOrder();
    void loadEqualsTheStatisticsOfGeneratedTokens();
    void entropyMarginAndMassEqualTheMeasures();
    void aLongTraceIsDrawnWithinTheBudget();
    void hiddenChartsDoNothing();
    void aPickedTokenIsMarkedAndAClickPicks();
    void theRangeIsABandAndFillsTheChartWhenAsked();
    void aBarSaysItsNumbersUnderTheMouse();
    void theFileOfALayerEqualsWhatAnalyseWrites();
    void theTableSaysWhatIsDrawn();
    void picturesForPeople();
};

void ChartsTest::decimationKeepsPeaksAndOrder() {
    std::vector<double> values(50000, 1.0);
    values[12345] = 9;
    values[40000] = -9;
    values[100] = std::nan("");
    const auto points = decimate(values, 1000);
    QVERIFY(points.size() <= 1000);
    QVERIFY(points.contains(QPointF(12345, 9)));
    QVERIFY(points.contains(QPointF(40000, -9)));
    for (qsizetype i = 1; i < points.size(); ++i) QVERIFY(points[i - 1].x() < points[i].x());
    QCOMPARE(decimate({1, 2, 3}, 1000),
             (QList<QPointF>{QPointF(0, 1), QPointF(1, 2), QPointF(2, 3)}));
    QVERIFY(decimate({}, 10).isEmpty());
}

void ChartsTest::loadEqualsTheStatisticsOfGeneratedTokens() {
    ScriptedChat chat(scriptSaying(kReply));
    LoadChart chart(chat.context);
    chart.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    RoutingStats stats(4, 8);
    for (int i = 0; i < chat.session().traceSize(); ++i) {
        const TokenRecord& token = chat.session().traceToken(i);
        if (token.generated) stats.add(*token.routing);
    }
    QVERIFY(stats.tokens() > 5);
    for (int layer = 0; layer < 4; ++layer) {
        chat.selection.selectSite(ExpertSite{{layer}, {0}});
        QTRY_VERIFY(chart.upToDate() && chart.layer() == layer);
        for (int expert = 0; expert < 8; ++expert)
            QCOMPARE(chart.shares()[static_cast<std::size_t>(expert)],
                     stats.loadShare(layer, expert));
        QCOMPARE(chart.band().low, stats.chanceBand(layer, BandScope::AllExperts).low);
        QCOMPARE(chart.band().high, stats.chanceBand(layer, BandScope::AllExperts).high);
    }
    chat.selection.selectSite(std::nullopt);
    QTRY_VERIFY(chart.upToDate() && !chart.layer());
    double sum = 0;
    for (const double share : chart.shares()) sum += share;
    QVERIFY(std::abs(sum - 1) < 1e-12);
    QVERIFY(chart.band().high < stats.chanceBand(0, BandScope::AllExperts).high);
    QVERIFY(chart.summary().contains(QStringLiteral("chance 12.5\u00a0%")));
}

void ChartsTest::entropyMarginAndMassEqualTheMeasures() {
    ScriptedChat chat(scriptSaying(kReply));
    EntropyChart chart(chat.context);
    chart.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    QTRY_VERIFY(chart.upToDate());
    const auto size = static_cast<std::size_t>(chat.session().traceSize());
    QCOMPARE(chart.values(EntropyChart::Entropy).size(), size);
    QVERIFY(chart.pointsDrawn() <= EntropyChart::kMaxPoints);
    for (std::size_t i = 0; i < size; ++i) {
        const auto expected =
            meanOverLayers(*chat.session().traceToken(static_cast<int>(i)).routing);
        QCOMPARE(chart.values(EntropyChart::Entropy)[i], expected.entropyBits);
        QCOMPARE(chart.values(EntropyChart::Margin)[i], expected.margin);
        QCOMPARE(chart.values(EntropyChart::Mass)[i], expected.routedMass);
    }
    chat.selection.selectSite(ExpertSite{{2}, {0}});
    QTRY_VERIFY(chart.upToDate());
    const RoutingRecord& record = *chat.session().traceToken(0).routing;
    QCOMPARE(chart.values(EntropyChart::Entropy)[0],
             measureRouter(record.layerProbs(2), record.layerSelected(2)).entropyBits);
}

void ChartsTest::aLongTraceIsDrawnWithinTheBudget() {
    auto script = scriptSaying(kReply);
    script->endless = true;
    ScriptedChat chat(script);
    EntropyChart entropy(chat.context);
    LoadChart load(chat.context);
    QVERIFY(chat.load());
    chat.session().setMaxTokens(1500);
    QVERIFY(chat.talk("hello"));
    QVERIFY(chat.session().traceSize() > 1500);
    entropy.resize(400, 240);
    load.resize(400, 240);
    entropy.show();
    load.show();
    QTRY_VERIFY(entropy.upToDate() && load.upToDate());
    QVERIFY(entropy.pointsDrawn() <= EntropyChart::kMaxPoints);
    QVERIFY(entropy.pointsDrawn() > EntropyChart::kMaxPoints / 2);
    for (ChartFrame* chart : std::initializer_list<ChartFrame*>{&entropy, &load}) {
        QImage picture(chart->size(), QImage::Format_RGB32);
        QElapsedTimer timer;
        timer.start();
        for (int i = 0; i < 10; ++i) {
            chart->refreshNow();
            chart->render(&picture);
        }
        qInfo("%s, %d tokens: %.1f ms a picture",
              qPrintable(chart->dockName()),
              chat.session().traceSize(),
              static_cast<double>(timer.nsecsElapsed()) / 1e7);
    }
}

void ChartsTest::hiddenChartsDoNothing() {
    ScriptedChat chat(scriptSaying(kReply));
    EntropyChart entropy(chat.context);
    LoadChart load(chat.context);
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    QTest::qWait(150);
    QVERIFY(entropy.values(EntropyChart::Entropy).empty() && load.shares().empty());
    QVERIFY(!entropy.upToDate() && !load.upToDate());
    entropy.show();
    load.show();
    QVERIFY(entropy.upToDate() && load.upToDate());
    QVERIFY(!entropy.values(EntropyChart::Entropy).empty() && !load.shares().empty());
}

void ChartsTest::aPickedTokenIsMarkedAndAClickPicks() {
    ScriptedChat chat(scriptSaying(kReply));
    EntropyChart chart(chat.context);
    chart.resize(420, 260);
    chart.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    chat.selection.selectToken(3);
    QTRY_VERIFY(chart.summary().contains(QStringLiteral("token 3:")));
    QWidget* view = chart.findChild<QChartView*>()->viewport();
    QSignalSpy picked(&chat.selection, &Selection::tokenSelected);
    QTest::mouseClick(view, Qt::LeftButton, {}, {view->width() / 4, view->height() / 2});
    QCOMPARE(picked.count(), 1);
    QVERIFY(chat.selection.token().value_or(-1) >= 0);
}

void ChartsTest::theRangeIsABandAndFillsTheChartWhenAsked() {
    auto script = scriptSaying(kReply);
    script->endless = true;
    ScriptedChat chat(script);
    QVERIFY(chat.load());
    chat.session().setMaxTokens(400);
    QVERIFY(chat.talk("hello"));
    EntropyChart chart(chat.context);
    chart.show();
    QTRY_VERIFY(chart.upToDate());
    const int all = chat.session().traceSize();
    QVERIFY(chart.shownTokens() == (TokenRange{0, all}));
    auto* area = chart.findChild<QChartView*>()->chart()->series().first();
    QVERIFY(!area->isVisible());
    chat.selection.selectRange(TokenRange{100, 180});
    QTRY_VERIFY(chart.upToDate() && area->isVisible());
    chart.setZoomed(true);
    QVERIFY(chart.shownTokens() == (TokenRange{100, 180}));
    QCOMPARE(chart.numbers().rows.size(), std::size_t{80 * EntropyChart::kLines});
    QCOMPARE(chart.numbers().rows.front().keys, std::vector<int>{100});
    QCOMPARE(*chart.numbers().rows.front().statistic.value,
             chart.values(EntropyChart::Entropy)[100]);
    chart.setLineShown(EntropyChart::Margin, false);
    QCOMPARE(chart.pointsDrawn(), 2 * 80);
}

void ChartsTest::aBarSaysItsNumbersUnderTheMouse() {
    ScriptedChat chat(scriptSaying(kReply));
    LoadChart chart(chat.context);
    chart.resize(420, 260);
    chart.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    chat.selection.selectSite(ExpertSite{{1}, {0}});
    QTRY_VERIFY(chart.upToDate() && chart.layer() == 1);
    const auto busiest = std::max_element(chart.shares().begin(), chart.shares().end());
    const int expert = static_cast<int>(busiest - chart.shares().begin());
    auto* view = chart.findChild<QChartView*>();
    const QPointF foot = view->chart()->mapToPosition(QPointF(expert, 50 * *busiest),
                                                      view->chart()->series().last());
    QTest::mouseMove(view->viewport(), foot.toPoint());
    const QString expected =
        QStringLiteral("Expert %1: %2 of ").arg(expert).arg(chart.count(expert));
    QTRY_VERIFY2(chart.valueLine().startsWith(expected), qPrintable(chart.valueLine()));
    QVERIFY(chart.valueLine().contains(QStringLiteral("by chance 12.5\u00a0%")));
}

void ChartsTest::theFileOfALayerEqualsWhatAnalyseWrites() {
    ScriptedChat chat(scriptSaying(kReply));
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    const auto file = chat.folder.path() / "talk.gscope";
    QVERIFY(chat.replay(file));
    LoadChart chart(chat.context);
    chart.show();
    chat.selection.selectSite(ExpertSite{{2}, {0}});
    QTRY_VERIFY(chart.upToDate() && chart.layer() == 2);
    const auto lines = cliLines(file, QStringLiteral("experts"));
    QVERIFY(!lines.isEmpty());
    QCOMPARE(strayLines(chart.numbers(), lines), QStringList());
    QCOMPARE(chart.numbers().rows.size(), std::size_t{24});
}

void ChartsTest::theTableSaysWhatIsDrawn() {
    ScriptedChat chat(scriptSaying(kReply));
    LoadChart chart(chat.context);
    chart.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    QTRY_VERIFY(chart.upToDate());
    chart.showTable(true);
    QVERIFY(chart.table().isVisible());
    const QAbstractItemModel& model = *chart.table().model();
    QCOMPARE(model.rowCount(), 8);
    QCOMPARE(model.index(0, 0).data().toString(), QStringLiteral("0"));
    QCOMPARE(model.index(0, 1).data().toString(),
             QStringLiteral("%1\u00a0%").arg(100 * chart.shares()[0], 0, 'f', 1));
}

void ChartsTest::picturesForPeople() {
    for (const int experts : {8, 64}) {
        auto script = scriptSaying(kReply);
        script->config.numExperts = experts;
        ScriptedChat chat(script);
        QVERIFY(chat.load());
        QVERIFY(chat.talk("hello"));
        chat.selection.selectToken(4);
        const int size = chat.session().traceSize();
        chat.selection.selectRange(TokenRange{size - 12, size - 3});
        for (const auto mode : {Theme::Mode::Dark, Theme::Mode::Light}) {
            chat.theme.setMode(mode);
            chat.theme.apply();
            LoadChart load(chat.context);
            EntropyChart entropy(chat.context);
            for (ChartFrame* chart :
                 {static_cast<ChartFrame*>(&load), static_cast<ChartFrame*>(&entropy)}) {
                chart->resize(400, 240);
                chart->show();
                QTest::qWait(50);
                QTRY_VERIFY(chart->upToDate());
                savePicture(*chart,
                            QStringLiteral("chart-%1-%2-%3.png")
                                .arg(chart->dockName())
                                .arg(experts)
                                .arg(chat.theme.name()));
            }
        }
    }
}

QTEST_MAIN(ChartsTest)
#include "charts_test.moc"
