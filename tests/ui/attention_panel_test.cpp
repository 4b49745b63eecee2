// Where a head looked: a real model, a real engine, and the map that the dock draws of it.

#include <QBuffer>
#include <QComboBox>
#include <QDir>
#include <QPainter>
#include <QProcess>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QSvgGenerator>
#include <QSvgRenderer>
#include <QTest>
#include <cmath>

#include "engine/io/npy.h"
#include "tests/ui/real_chat.h"
#include "ui/inspection/attention_map_view.h"
#include "ui/inspection/attention_panel.h"
#include "ui/main_window.h"
#include "ui/routing/heatmap_controls.h"
#include "ui/routing/heatmap_panel.h"
#include "ui/routing/waterfall_panel.h"
#include "ui/routing/waterfall_view.h"

using namespace gatescope;
using test::RealChat;

namespace {

bool mapped(AttentionPanel& panel) {
    return QTest::qWaitFor([&] { return panel.map() != nullptr && panel.upToDate(); }, 20000);
}

/// As `gatescope-cli forward --attention` writes it, [tokens, tokens]; empty when it failed.
std::vector<float> cliAttention(RealChat& chat, AttentionHead head) {
    std::vector<std::int32_t> ids;
    for (int i = 0; i < chat.session().traceSize(); ++i)
        ids.push_back(chat.session().traceToken(i).token);
    const auto folder = chat.folder.path();
    writeNpy<std::int32_t>(
        folder / "ids.npy", std::vector<std::int64_t>{static_cast<std::int64_t>(ids.size())}, ids);
    QProcess cli;
    cli.start(QStringLiteral(GATESCOPE_CLI),
              {QStringLiteral("forward"),
               QString::fromStdString((test::dataDir() / "tiny-a").string()),
               QStringLiteral("--tokens"),
               QString::fromStdString((folder / "ids.npy").string()),
               QStringLiteral("--out"),
               QString::fromStdString(folder.string()),
               QStringLiteral("--attention"),
               QStringLiteral("%1:%2").arg(head.layer).arg(head.head)});
    if (!cli.waitForFinished(60000) || cli.exitCode() != 0) {
        qWarning() << cli.readAllStandardError();
        return {};
    }
    return readNpy<float>(folder / "attention.npy").data;
}

/// A map with made-up weights: `weight(query, key)`.
template <class Weight>
AttentionMapPtr madeMap(int firstQuery, int end, const Weight& weight) {
    auto map = std::make_shared<AttentionMap>(AttentionMapRequest{.firstQuery = firstQuery}, end);
    for (int query = firstQuery; query < end; ++query)
        for (int key = 0; key <= query; ++key)
            map->row(query)[static_cast<std::size_t>(key)] = weight(query, key);
    return map;
}

QPoint centreOf(const AttentionMapView& view, AttentionPlace place) {
    return view.geometryIn(view.rect()).cellRect(place).center();
}

}  // namespace

class AttentionPanelTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void nothingIsComputedUnasked();
    void weightsAreThoseOfTheCommandLine();
    void aRangeHasItsRowsOnly();
    void anotherHeadIsAnotherMap();
    void mouseAndKeysSayAndPickTokens();
    void anotherBranchForgets();
    void noLookIsLostInALongMap();
    void filesAreWritten();
    void theLegendIsWholeInANarrowDock_data();
    void theLegendIsWholeInANarrowDock();
    void coloursFollowTheChoice();
    void oneChoiceOfColoursInTheWindow();
    void picturesForPeople();
};

void AttentionPanelTest::nothingIsComputedUnasked() {
    RealChat chat;
    AttentionPanel panel(chat.context);
    panel.show();
    auto& button = *panel.findChild<QPushButton*>(QStringLiteral("mapAttention"));
    QVERIFY(test::computesNothingUnasked(chat, button, &EngineBridge::attentionMapReady, [&panel] {
        panel.findChildren<QSpinBox*>().front()->setValue(1);
    }));
    QVERIFY(panel.map() == nullptr);
    QVERIFY(panel.numbers().rows.empty());
    button.click();
    QVERIFY(mapped(panel));
    QCOMPARE(panel.map()->head().layer, 1);
}

void AttentionPanelTest::weightsAreThoseOfTheCommandLine() {
    RealChat chat;
    AttentionPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.talk("the rain in the city"));
    const int size = chat.session().traceSize();
    for (const AttentionHead head : {AttentionHead{0, 0}, AttentionHead{1, 1}}) {
        panel.look(head);
        QTRY_VERIFY_WITH_TIMEOUT(panel.map() != nullptr && panel.map()->head() == head, 20000);
        const auto expected = cliAttention(chat, head);
        QCOMPARE(expected.size(), static_cast<std::size_t>(size * size));
        const StatisticTable table = panel.numbers();
        QCOMPARE(table.rows.size(), AttentionMap::numWeights(0, size));
        for (const StatisticRow& row : table.rows) {
            const int query = row.keys[2];
            const float weight = expected[static_cast<std::size_t>(query * size + row.keys[3])];
            QVERIFY(std::abs(*row.statistic.value - static_cast<double>(weight)) < 1e-5);
            QCOMPARE(row.statistic.chance->level, 1.0 / (query + 1));
        }
    }
}

void AttentionPanelTest::aRangeHasItsRowsOnly() {
    RealChat chat;
    AttentionPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.talk("hello"));
    chat.selection.selectRange(TokenRange{3, 7});
    panel.look();
    QVERIFY(mapped(panel));
    QCOMPARE(panel.map()->firstQuery(), 3);
    QCOMPARE(panel.map()->end(), 7);
    QCOMPARE(panel.numbers().rows.size(), std::size_t{4 + 5 + 6 + 7});
    QVERIFY(panel.summary().contains(QStringLiteral("tokens 3 to 6")));
}

void AttentionPanelTest::anotherHeadIsAnotherMap() {
    RealChat chat;
    AttentionPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.talk("hello"));
    panel.look();
    QVERIFY(mapped(panel));
    const auto before = panel.map();
    panel.findChildren<QSpinBox*>().back()->setValue(1);
    QTRY_VERIFY_WITH_TIMEOUT(panel.map() != before, 20000);
    QCOMPARE(panel.map()->head().head, 1);
}

void AttentionPanelTest::mouseAndKeysSayAndPickTokens() {
    RealChat chat;
    AttentionPanel panel(chat.context);
    panel.resize(520, 420);
    panel.show();
    QVERIFY(chat.talk("hello"));
    panel.look();
    QVERIFY(mapped(panel));
    AttentionMapView& view = panel.view();
    // Cells lie elsewhere until the panel has its last layout.
    QTRY_VERIFY(
        (QTest::mouseMove(&view, centreOf(view, {6, 2})), view.cursor() == AttentionPlace{6, 2}));
    const auto weight = static_cast<double>(panel.map()->row(6)[2]);
    QVERIFY(panel.valueLine().contains(QStringLiteral("%1\u00a0%").arg(100 * weight, 0, 'f', 1)));
    QVERIFY(panel.valueLine().contains(QStringLiteral("evenly 14.3")));
    QCOMPARE(chat.selection.hoveredToken().value_or(-1), 6);
    // Nobody looks ahead: above the diagonal is nothing.
    QTest::mouseMove(&view, centreOf(view, {2, 6}));
    QVERIFY(!view.cursor());
    QTest::mouseClick(&view, Qt::LeftButton, {}, centreOf(view, {5, 1}));
    QCOMPARE(chat.selection.token().value_or(-1), 5);
    QTest::mouseMove(&view, centreOf(view, {6, 2}));
    QTest::keyClick(&view, Qt::Key_Down);
    QTest::keyClick(&view, Qt::Key_Left);
    QVERIFY((view.cursor() == AttentionPlace{7, 1}));
    QTest::keyClick(&view, Qt::Key_Return);
    QCOMPARE(chat.selection.token().value_or(-1), 7);
    for (int i = 0; i < 12; ++i) QTest::keyClick(&view, Qt::Key_Right);
    QVERIFY((view.cursor() == AttentionPlace{7, 7}));
}

void AttentionPanelTest::anotherBranchForgets() {
    RealChat chat;
    AttentionPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.talk("hello"));
    panel.look();
    QVERIFY(mapped(panel));
    chat.bridge.run([](ChatSession& s) { s.newConversation(); });
    QVERIFY(panel.map() == nullptr);
    QVERIFY(panel.numbers().rows.empty());
}

void AttentionPanelTest::noLookIsLostInALongMap() {
    const auto weight = [](int query, int key) {
        return query == 1500 && key == 777 ? 0.9F : 1.0F / static_cast<float>(query + 1);
    };
    AttentionBins bins(madeMap(700, 2000, weight));
    QCOMPARE(bins.rows(), 512);
    QCOMPARE(bins.columns(), 512);
    int slices = 1;
    while (!bins.countFor(std::chrono::microseconds(50))) ++slices;
    QVERIFY(slices > 1);
    int marked = 0;
    for (int row = 0; row < bins.rows(); ++row)
        for (int column = 0; column < bins.columns(); ++column)
            marked += bins.at(row, column) == 0.9F ? 1 : 0;
    QCOMPARE(marked, 1);
    QVERIFY((bins.strongest({1400, 1600}, {700, 800}) == AttentionPlace{1500, 777}));
    QVERIFY(!bins.strongest({700, 710}, {711, 720}));
    QVERIFY(bins.at(0, 511) == AttentionBins::kNone);
    double evenly = 0;
    for (int query = 700; query < 2000; ++query) evenly += 1.0 / (query + 1);
    QVERIFY(std::abs(bins.meanEvenly() - evenly / 1300) < 1e-12);
    QVERIFY(std::abs(bins.meanOnSelf() - evenly / 1300) < 1e-8);
    // However small the view, that one look is the brightest pixel.
    Theme theme;
    AttentionMapView view(theme);
    view.resize(260, 220);
    view.setBins(std::make_shared<AttentionBins>(bins), {});
    const QImage picture = view.grab().toImage();
    const QRect map = view.geometryIn(view.rect()).map;
    int bright = 0;
    for (int y = map.top(); y <= map.bottom(); ++y)
        for (int x = map.left(); x <= map.right(); ++x)
            bright += picture.pixel(x, y) == view.colors().color(0.9F) ? 1 : 0;
    QCOMPARE(bright, 1);
}

void AttentionPanelTest::filesAreWritten() {
    RealChat chat;
    AttentionPanel panel(chat.context);
    panel.resize(420, 320);
    panel.show();
    QVERIFY(chat.talk("hello"));
    panel.look();
    QVERIFY(mapped(panel));
    const QString base = QString::fromStdString((chat.folder.path() / "map").string());
    QSignalSpy exported(&panel, &ChartFrame::exported);
    panel.exportTo(base + QStringLiteral(".svg"), ChartFrame::FileKind::Svg);
    panel.exportTo(base + QStringLiteral(".png"), ChartFrame::FileKind::Png);
    panel.exportTo(base + QStringLiteral(".csv"), ChartFrame::FileKind::Csv);
    QTRY_COMPARE(exported.count(), 3);
    QVERIFY(QSvgRenderer(base + QStringLiteral(".svg")).isValid());
    QVERIFY(!QImage(base + QStringLiteral(".png")).isNull());
    QFile csv(base + QStringLiteral(".csv"));
    QVERIFY(csv.open(QIODevice::ReadOnly));
    QCOMPARE(csv.readAll(), QByteArray::fromStdString(csvOf(panel.numbers())));
}

void AttentionPanelTest::theLegendIsWholeInANarrowDock_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<bool>("stacked");
    QTest::newRow("as narrow as can be") << 190 << true;
    QTest::newRow("a narrow dock") << 320 << false;
    QTest::newRow("half a screen") << 900 << false;
}

// A drawing in a file is of the same size, and has its texts as text.
void AttentionPanelTest::theLegendIsWholeInANarrowDock() {
    QFETCH(int, width);
    QFETCH(bool, stacked);
    RealChat chat;
    chat.theme.apply();
    AttentionPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.talk("hello"));
    panel.look({1, 1});
    QVERIFY(mapped(panel));
    AttentionMapView view(chat.theme);
    view.setBins(std::make_shared<AttentionBins>(panel.map()), {});
    QCOMPARE(view.legendStacked(width - 24), stacked);
    QSvgGenerator file;
    QBuffer written;
    file.setOutputDevice(&written);
    QPainter painter(&file);
    view.paint(painter, QRect(0, 0, width - 24, 300));
    painter.end();
    const QString drawn = QString::fromUtf8(written.data());
    const int last = panel.map()->end() - 1;
    for (const QString& wanted : {QStringLiteral("weight; rows add up to 1"),
                                  QStringLiteral("evenly 1/(t + 1): 1 to %1")
                                      .arg(AttentionMap::evenWeight(last), 0, 'g', 2)})
        QVERIFY2(drawn.contains(wanted), qPrintable(wanted));
}

void AttentionPanelTest::coloursFollowTheChoice() {
    Theme theme;
    AttentionMapView view(theme);
    view.resize(260, 220);
    const auto bins = std::make_shared<AttentionBins>(
        madeMap(0, 2, [](int query, int) { return query == 0 ? 1.0F : 0.5F; }));
    QVERIFY(bins->countFor(std::chrono::seconds(1)));
    view.setBins(bins, {});
    for (const auto kind : {ColorMapKind::Cividis, ColorMapKind::Grey, ColorMapKind::Viridis}) {
        view.setColorMap(kind);
        QCOMPARE(view.colors().kind(), kind);
        const QImage picture = view.grab().toImage();
        QCOMPARE(picture.pixel(centreOf(view, {0, 0})), view.colors().color(1.0F));
        QCOMPARE(picture.pixel(centreOf(view, {1, 0})), view.colors().color(0.5F));
    }
}

void AttentionPanelTest::oneChoiceOfColoursInTheWindow() {
    const test::ScratchDir profile;
    MainWindow window({.profileDir = profile.path(), .makeCharts = {}});
    auto* choice = window.findChild<QComboBox*>(QStringLiteral("heatmapColors"));
    const AttentionMapView& view = window.findChild<AttentionPanel*>()->view();
    const WaterfallView& waterfall = window.waterfall().view();
    for (const int index : {2, 1, 0}) {
        choice->setCurrentIndex(index);
        const ColorMapKind chosen = window.heatmap().controls().mapKind();
        QCOMPARE(view.colors().kind(), chosen);
        QCOMPARE(waterfall.colors().kind(), chosen);
        QCOMPARE(choice->currentText(), colorMapTitle(chosen));
    }
}

void AttentionPanelTest::picturesForPeople() {
    RealChat chat;
    QVERIFY(chat.talk("the rain in the city"));
    const QString folder = QStringLiteral(GATESCOPE_BINARY_DIR "/ui-pictures");
    QDir().mkpath(folder);
    for (const auto mode : {Theme::Mode::Dark, Theme::Mode::Light}) {
        chat.theme.setMode(mode);
        chat.theme.apply();
        AttentionPanel panel(chat.context);
        panel.show();
        panel.look({1, 1});
        QVERIFY(mapped(panel));
        chat.selection.selectToken(9);
        for (const QSize size : {QSize(320, 300), QSize(900, 520)}) {
            panel.resize(size);
            QTest::qWait(30);
            QVERIFY(panel.grab().save(
                folder +
                QStringLiteral("/attention-%1-%2.png").arg(chat.theme.name()).arg(size.width())));
        }
        AttentionMapView large(chat.theme);
        large.resize(480, 400);
        large.setAutoFillBackground(true);
        auto bins = std::make_shared<AttentionBins>(madeMap(0, 1500, [](int query, int key) {
            const auto near = static_cast<float>(query - key);
            return std::exp(-near / 40) / 40 + (key % 97 == 0 ? 0.05F : 0.0F);
        }));
        while (!bins->countFor(std::chrono::microseconds(1000))) {
        }
        large.setBins(bins, {});
        large.setPicked(900);
        QVERIFY(large.grab().save(folder +
                                  QStringLiteral("/attention-long-%1.png").arg(chat.theme.name())));
    }
}

QTEST_MAIN(AttentionPanelTest)
#include "attention_panel_test.moc"
