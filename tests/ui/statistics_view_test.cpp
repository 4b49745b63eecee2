// What the docks of statistics draw and write, and how they are used with mouse and keys.

#include <QAbstractItemModelTester>
#include <QDir>
#include <QImage>
#include <QSignalSpy>
#include <QSvgRenderer>
#include <QTableView>
#include <QToolButton>

#include "tests/ui/scripted_chat.h"
#include "ui/statistics/coactivation_panel.h"
#include "ui/statistics/contrast_panel.h"
#include "ui/statistics/domain_panel.h"
#include "ui/statistics/sankey_view.h"
#include "ui/statistics/statistic_model.h"
#include "ui/statistics/transition_panel.h"
#include "ui/statistics/vocabulary_panel.h"

using namespace gatescope;
using gatescope::test::ScriptedChat;
using gatescope::test::scriptSaying;

namespace {

constexpr const char* kReply = "the rain in the city and the river and the sea";

void savePicture(QWidget& widget, const QString& name) {
    const QString folder = QStringLiteral(GATESCOPE_BINARY_DIR "/ui-pictures");
    QDir().mkpath(folder);
    QVERIFY(widget.grab().save(folder + QLatin1Char('/') + name));
}

std::shared_ptr<gatescope::test::Script> longScript(int experts) {
    auto script = scriptSaying(kReply);
    script->endless = true;
    script->config.numExperts = experts;
    return script;
}

/// The line above a drawing has its final height, and the drawing its place.
void settle() {
    for (int i = 0; i < 3; ++i) QCoreApplication::processEvents();
}

QByteArray contents(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

StatisticRow row(int expert, std::optional<double> value, std::int64_t count) {
    return {{expert},
            "share",
            {.value = value, .count = count, .chance = ChanceBand{0.25, 0.1, 0.4}},
            {}};
}

}  // namespace

class StatisticsViewTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void gridCellsFillTheRoomAndAreFoundAgain();
    void thinAndOutsideCellsLookDifferent();
    void gridIsUsedWithMouseAndKeys();
    void flowsAddUpToTheirNodes();
    void aFlowIsFoundUnderTheMouse();
    void tableSortsByAnyColumn();
    void tableTwinShowsTheSameNumbers();
    void drawingsAndNumbersAreWrittenToFiles();
    void aFileThatCannotBeWrittenIsToldInASentence();
    void picturesForPeople();

  private:
    void takePictures(ScriptedChat& chat, const QString& suffix, QSize size);
};

void StatisticsViewTest::gridCellsFillTheRoomAndAreFoundAgain() {
    for (const int experts : {1, 8, 64, 256}) {
        const QRect room(20, 30, 300, 300);
        const auto g = GridGeometry::fitted(experts, experts, room);
        QVERIFY(g.grid.left() == 20 && g.grid.top() == 30);
        if (experts <= 64) QVERIFY(room.contains(g.grid));
        for (const GridPlace place : {GridPlace{0, 0}, GridPlace{experts - 1, experts / 2}}) {
            QCOMPARE(g.placeAt(g.cellRect(place).center()), std::optional(place));
            QCOMPARE(g.placeAt(g.cellRect(place).topLeft()), std::optional(place));
        }
        QVERIFY(!g.placeAt(g.grid.bottomRight() + QPoint(1, 1)));
        QVERIFY(!g.placeAt({19, 31}));
    }
}

void StatisticsViewTest::thinAndOutsideCellsLookDifferent() {
    Theme theme;
    theme.apply();
    ExpertGrid grid(theme);
    grid.resize(400, 300);
    GridFrame frame{.rows = 1,
                    .columns = 4,
                    .cells = {},
                    .scale = {0, 0.25, 0.75},
                    .rowTitle = {},
                    .columnTitle = {},
                    .rowLabels = {}};
    frame.text = [](double value) { return QString::number(value); };
    frame.cells = {
        {.value = 0.5}, {.value = 0.5, .outside = true}, {.value = 0.5, .thin = true}, {}};
    grid.setFrame(frame);
    grid.show();
    const QImage picture = grid.grab().toImage();
    const GridGeometry geometry = grid.geometryIn(grid.rect());
    const auto cell = [&](int column) { return picture.copy(geometry.cellRect({0, column})); };
    for (int a = 0; a < 4; ++a)
        for (int b = a + 1; b < 4; ++b) QVERIFY(cell(a) != cell(b));
    QCOMPARE(QColor(cell(0).pixel(2, 2)), chanceColor(0.5));
    QCOMPARE(QColor(cell(3).pixel(2, 2)), theme.color(ColorRole::Sunken));
}

void StatisticsViewTest::gridIsUsedWithMouseAndKeys() {
    ScriptedChat chat(longScript(8));
    QVERIFY(chat.load());
    chat.session().setMaxTokens(120);
    QVERIFY(chat.talk("hello"));
    CoactivationPanel panel(chat.context);
    panel.resize(400, 300);
    panel.show();
    QTRY_VERIFY(panel.upToDate() && panel.counted());
    ExpertGrid& grid = panel.grid();
    settle();
    const GridGeometry geometry = grid.geometryIn(grid.rect());
    QTest::mouseMove(&grid, geometry.cellRect({3, 5}).center());
    QTRY_VERIFY2(panel.valueLine().startsWith(QStringLiteral("Expert 3 with 5:")),
                 qPrintable(panel.valueLine()));
    QVERIFY(panel.valueLine().contains(QStringLiteral("by chance 14.3\u00a0%")));
    QVERIFY(chat.selection.hoveredSite() == std::optional(ExpertSite{{0}, {3}}));
    QTest::mouseClick(&grid, Qt::LeftButton, {}, geometry.cellRect({3, 5}).center());
    QVERIFY(chat.selection.site() == std::optional(ExpertSite{{0}, {3}}));
    QTest::keyClick(&grid, Qt::Key_Down);
    QCOMPARE(grid.cursor(), std::optional(GridPlace{4, 5}));
    QTest::keyClick(&grid, Qt::Key_Return);
    QVERIFY(chat.selection.site() == std::optional(ExpertSite{{0}, {4}}));
    for (int i = 0; i < 20; ++i) QTest::keyClick(&grid, Qt::Key_Right);
    QCOMPARE(grid.cursor(), std::optional(GridPlace{4, 7}));
}

void StatisticsViewTest::flowsAddUpToTheirNodes() {
    SankeyFrame frame{.experts = 3,
                      .amounts = {5, 0, 1, 2, 2, 0, 0, 0, 10},
                      .verdicts = std::vector(9, Verdict::Within)};
    const auto layout = SankeyLayout::of(frame, QRectF(0, 0, 200, 100));
    QCOMPARE(layout.bands.size(), std::size_t{5});
    QVERIFY(layout.bands[0].place == (GridPlace{2, 2}));
    const std::array<double, 3> from{6, 4, 10};
    const std::array<double, 3> to{7, 2, 11};
    for (std::size_t i = 0; i < 3; ++i) {
        QVERIFY(std::abs(layout.from[i].height() - from[i] * layout.pixelsAUnit) < 1e-9);
        QVERIFY(std::abs(layout.to[i].height() - to[i] * layout.pixelsAUnit) < 1e-9);
    }
    QVERIFY(std::abs(layout.from[2].bottom() - 100) < 1e-9);
    QCOMPARE(layout.amountLeftOut, 0.0);
    SankeyFrame many{.experts = 64,
                     .amounts = std::vector(4096, 1.0),
                     .verdicts = std::vector(4096, Verdict::Within)};
    const auto thinned = SankeyLayout::of(many, QRectF(0, 0, 200, 300));
    QCOMPARE(thinned.bands.size(), static_cast<std::size_t>(SankeyLayout::kMostBands));
    QCOMPARE(thinned.amountLeftOut, 4096.0 - SankeyLayout::kMostBands);
    QVERIFY(SankeyLayout::of({}, QRectF(0, 0, 200, 100)).bands.empty());
}

void StatisticsViewTest::aFlowIsFoundUnderTheMouse() {
    ScriptedChat chat(longScript(8));
    QVERIFY(chat.load());
    chat.session().setMaxTokens(120);
    QVERIFY(chat.talk("hello"));
    TransitionPanel panel(chat.context);
    panel.resize(420, 320);
    panel.show();
    panel.setView(TransitionPanel::View::Flow);
    QTRY_VERIFY(panel.upToDate() && panel.counted());
    SankeyView& flow = panel.flow();
    settle();
    const SankeyLayout layout = flow.layoutIn(flow.rect());
    const auto& band = layout.bands.front();
    const QPointF at = band.path.pointAtPercent(0.0) + QPointF(3, 4);
    const auto found = layout.bandAt(at);
    QVERIFY(found.has_value());
    const GridPlace place = layout.bands[*found].place;
    QTest::mouseMove(&flow, at.toPoint());
    QTRY_VERIFY2(panel.valueLine().startsWith(
                     QStringLiteral("Expert %1 of layer 0 to expert").arg(place.row)),
                 qPrintable(panel.valueLine()));
    QTest::mouseClick(&flow, Qt::LeftButton, {}, layout.to[6].center().toPoint());
    QVERIFY(chat.selection.site() == std::optional(ExpertSite{{1}, {6}}));
}

void StatisticsViewTest::tableSortsByAnyColumn() {
    StatisticModel model([](std::string_view, int) { return QString(); });
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    StatisticTable table{
        "experts", {"expert"}, {row(0, 0.2, 50), row(1, {}, 0), row(2, 0.9, 20), row(3, 0.05, 70)}};
    model.setTable(table);
    const auto experts = [&model] {
        QStringList shown;
        for (int r = 0; r < model.rowCount(); ++r) shown << model.index(r, 0).data().toString();
        return shown.join(QLatin1Char(' '));
    };
    QCOMPARE(experts(), QStringLiteral("0 1 2 3"));
    QCOMPARE(model.index(2, 1).data().toString(), QStringLiteral("90.0\u00a0%"));
    QCOMPARE(model.index(1, 1).data().toString(), QStringLiteral("–"));
    QCOMPARE(model.index(2, 4).data().toString(), QStringLiteral("above the band"));
    QCOMPARE(model.index(3, 4).data().toString(), QStringLiteral("below the band"));
    model.sort(1, Qt::DescendingOrder);
    QCOMPARE(experts(), QStringLiteral("2 0 3 1"));
    model.sort(1, Qt::AscendingOrder);
    QCOMPARE(experts(), QStringLiteral("3 0 2 1"));  // without a value: last either way
    model.sort(2, Qt::DescendingOrder);
    QCOMPARE(experts(), QStringLiteral("3 0 2 1"));
    table.rows[2].statistic.count = 500;
    model.setTable(table);  // keeps its order
    QCOMPARE(experts(), QStringLiteral("2 3 0 1"));
    table.rows.clear();
    model.setTable(table);
    QCOMPARE(model.rowCount(), 0);
}

void StatisticsViewTest::tableTwinShowsTheSameNumbers() {
    ScriptedChat chat(longScript(8));
    QVERIFY(chat.load());
    chat.session().setMaxTokens(120);
    QVERIFY(chat.talk("hello"));
    CoactivationPanel panel(chat.context);
    panel.show();
    QTRY_VERIFY(panel.upToDate() && panel.counted());
    panel.showTable(true);
    QVERIFY(panel.table().isVisible() && !panel.grid().isVisible());
    const QAbstractItemModel& model = *panel.table().model();
    QCOMPARE(model.rowCount(), 56);
    QCOMPARE(model.index(0, 0).data().toString(), QStringLiteral("0"));
    QCOMPARE(model.index(0, 2).data().toString(), QStringLiteral("1"));
    const double value = panel.cell(0, 1).value.value();
    QCOMPARE(model.index(0, 3).data().toString(),
             QStringLiteral("%1\u00a0%").arg(100 * value, 0, 'f', 1));
    panel.setMeasure(CoactivationPanel::Measure::Phi);
    QCOMPARE(model.rowCount(), 28);
    QVERIFY(!panel.table().accessibleName().isEmpty());
}

void StatisticsViewTest::drawingsAndNumbersAreWrittenToFiles() {
    ScriptedChat chat(longScript(8));
    QVERIFY(chat.load());
    chat.session().setMaxTokens(200);
    QVERIFY(chat.talk("hello"));
    CoactivationPanel pairs(chat.context);
    TransitionPanel transitions(chat.context);
    DomainPanel domains(chat.context);
    VocabularyPanel vocabulary(chat.context);
    ContrastPanel contrast(chat.context);
    const QString folder = QString::fromStdString(chat.folder.path().string());
    for (ChartFrame* panel : std::initializer_list<ChartFrame*>{
             &pairs, &transitions, &domains, &vocabulary, &contrast}) {
        panel->resize(420, 320);
        panel->show();
        contrast.pin();
        QTRY_VERIFY(panel->upToDate() && chat.routing.complete());
        const QString base = QStringLiteral("%1/%2").arg(folder, panel->dockName());
        QSignalSpy exported(panel, &ChartFrame::exported);
        panel->exportTo(base + QStringLiteral(".svg"), ChartFrame::FileKind::Svg);
        panel->exportTo(base + QStringLiteral(".png"), ChartFrame::FileKind::Png);
        panel->exportTo(base + QStringLiteral(".csv"), ChartFrame::FileKind::Csv);
        QTRY_COMPARE(exported.count(), 3);
        const QImage picture(base + QStringLiteral(".png"));
        QSvgRenderer svg(base + QStringLiteral(".svg"));
        QVERIFY(svg.isValid());
        QCOMPARE(svg.viewBox().size(), picture.size() / 2);
        const QByteArray drawing = contents(base + QStringLiteral(".svg"));
        QVERIFY(drawing.contains(panel->dockTitle().toUtf8()));  // text, not pixels
        QVERIFY(!drawing.contains("<image"));
        QVERIFY(picture.width() >= 2 * 480 && picture.height() >= 2 * 320);
        QCOMPARE(contents(base + QStringLiteral(".csv")),
                 QByteArray::fromStdString(csvOf(panel->numbers())));
        QVERIFY(panel->numbers().rows.size() >= 4);
        QFile::remove(QStringLiteral(GATESCOPE_BINARY_DIR "/ui-pictures/export-%1.png")
                          .arg(panel->dockName()));
        QFile::copy(base + QStringLiteral(".png"),
                    QStringLiteral(GATESCOPE_BINARY_DIR "/ui-pictures/export-%1.png")
                        .arg(panel->dockName()));
    }
}

void StatisticsViewTest::aFileThatCannotBeWrittenIsToldInASentence() {
    ScriptedChat chat(longScript(8));
    QVERIFY(chat.load());
    chat.session().setMaxTokens(20);
    QVERIFY(chat.talk("hello"));
    CoactivationPanel panel(chat.context);
    panel.show();
    QTRY_VERIFY(panel.upToDate());
    QSignalSpy errors(&chat.bridge, &EngineBridge::errorOccurred);
    const QString file = QString::fromStdString((chat.folder.path() / "gone" / "a.csv").string());
    panel.exportTo(file, ChartFrame::FileKind::Csv);
    QTRY_COMPARE(errors.count(), 1);
    QVERIFY(errors[0][0].toString().contains(file));
}

void StatisticsViewTest::takePictures(ScriptedChat& chat, const QString& suffix, QSize size) {
    CoactivationPanel pairs(chat.context);
    TransitionPanel transitions(chat.context);
    TransitionPanel flow(chat.context);
    DomainPanel domains(chat.context);
    VocabularyPanel vocabulary(chat.context);
    ContrastPanel contrast(chat.context);
    flow.setView(TransitionPanel::View::Flow);
    chat.selection.selectRange(TokenRange{20, 150});
    contrast.show();
    contrast.pin();
    chat.selection.selectRange(std::nullopt);
    const std::pair<ChartFrame*, const char*> panels[] = {{&pairs, "coactivation"},
                                                          {&transitions, "transitions"},
                                                          {&flow, "flow"},
                                                          {&domains, "domains"},
                                                          {&vocabulary, "vocabulary"},
                                                          {&contrast, "contrast"}};
    for (const auto& [panel, name] : panels) {
        panel->resize(size);
        panel->show();
        QTest::qWait(20);
        QTRY_VERIFY(panel->upToDate() && chat.routing.complete());
        savePicture(*panel,
                    QStringLiteral("statistics-%1-%2.png").arg(QLatin1String(name), suffix));
    }
    pairs.showTable(true);
    savePicture(pairs, QStringLiteral("statistics-table-%1.png").arg(suffix));
}

void StatisticsViewTest::picturesForPeople() {
    for (const int experts : {8, 64}) {
        auto script = longScript(experts);
        // Preferences, so that something stands out: by expert, by layer and by the token's id.
        script->routerLogit = [](TokenId token, int position, int layer, int expert) {
            const auto mixed = static_cast<unsigned>(token * 31 + layer * 17 + expert * 7);
            const auto noise =
                static_cast<unsigned>(position * 2654435761U + mixed * 40503U) >> 16U;
            return static_cast<float>(mixed % 13) * 0.12F + static_cast<float>(noise % 97) * 0.02F;
        };
        ScriptedChat chat(script);
        QVERIFY(chat.load());
        chat.session().setMaxTokens(400);
        QVERIFY(chat.talk("hello"));
        QVERIFY(chat.talk("and the sea"));
        chat.selection.selectSite(ExpertSite{{1}, {3}});
        for (const auto mode : {Theme::Mode::Dark, Theme::Mode::Light}) {
            chat.theme.setMode(mode);
            chat.theme.apply();
            const QString suffix = QStringLiteral("%1-%2").arg(experts).arg(chat.theme.name());
            takePictures(chat, suffix, {440, 300});
            if (experts == 64 || mode == Theme::Mode::Dark)
                takePictures(chat, suffix + QStringLiteral("-large"), {900, 640});
        }
    }
}

QTEST_MAIN(StatisticsViewTest)
#include "statistics_view_test.moc"
