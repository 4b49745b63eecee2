// The heatmap without an engine: geometry, colours, what a frame says, mouse, keys, accessibility.

#include <QAccessible>
#include <QApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QLinearGradient>
#include <QPainter>
#include <QSignalSpy>
#include <QTest>
#include <algorithm>

#include "tests/ui/synthetic_records.h"
#include "ui/routing/heatmap_legend.h"
#include "ui/routing/heatmap_widget.h"
#include "ui/routing/intervention_edits.h"

using namespace gatescope;
using gatescope::test::makeRecord;

namespace {

struct Shape {
    int layers;
    int experts;
    QSize area;
};
constexpr std::array kShapes{Shape{5, 8, {360, 420}},
                             Shape{64, 8, {360, 720}},
                             Shape{12, 64, {860, 360}},
                             Shape{1, 1, {40, 40}},
                             Shape{64, 8, {10, 10}}};
const QMargins kMargins(24, 20, 8, 8);

HeatmapFrame exampleFrame(int layers, int experts) {
    std::vector<RoutingRecordPtr> before;
    for (unsigned seed = 1; seed <= 5; ++seed)
        before.push_back(std::make_shared<RoutingRecord>(makeRecord(layers, experts, 2, seed)));
    HeatmapFrame frame = tokenFrame(makeRecord(layers, experts, 2, 6), before);
    markInterventions(frame,
                      {.ablate = {{{1}, {2}}},
                       .exclude = {{{0}, {1}}},
                       .force = {{{3}, {4}}},
                       .bias = {{{{2}, {6}}, 1.0F}, {{{4}, {6}}, -1.0F}},
                       .scale = {{{{2}, {2}}, 2.0F}, {{{4}, {3}}, 0.5F}},
                       .swap = {{{5}, {0}, {5}}}});
    return frame;
}

void savePicture(QWidget& widget, const QString& name) {
    const QString folder = QStringLiteral(GATESCOPE_BINARY_DIR "/ui-pictures");
    QDir().mkpath(folder);
    QVERIFY(widget.grab().save(folder + QLatin1Char('/') + name));
}

double lightness(QRgb color) {
    const auto linear = [](int channel) {
        const double c = channel / 255.0;
        return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    };
    const double y = 0.2126 * linear(qRed(color)) + 0.7152 * linear(qGreen(color)) +
                     0.0722 * linear(qBlue(color));
    return y > 0.008856 ? 116 * std::cbrt(y) - 16 : 903.3 * y;
}

}  // namespace

class HeatmapTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void everyPixelOfACellLeadsBackToIt();
    void gapsAndSurroundingsBelongToNoCell();
    void cellsKeepTheirSmallestAndLargestSize();
    void coloursAreTheTablesOwnAtKnownValues();
    void colourMapsRiseInLightness();
    void powerSpreadsSmallValues();
    void aFrameHoldsTheRecordUnchanged();
    void glowHalvesByTokenAndForgets();
    void aCellSaysWhatItIs();
    void cellPixelsHaveTheMapsColour();
    void firstChoiceIsMarkedByShape();
    void clickPicksTheCellUnderIt();
    void arrowsWalkAndStopAtTheEdges();
    void enterAndRightClickAskForTheMenu();
    void pointingReportsTheCell();
    void assistiveTechnologySeesANamedTable();
    void editsKeepAnExpertEitherAblatedOrForced();
    void editsOfScaleAndSwapReplaceThoseBefore();
    void sixtyFourByEightCostsFewFills();
    void picturesForPeople();
};

void HeatmapTest::everyPixelOfACellLeadsBackToIt() {
    for (const Shape& shape : kShapes) {
        const HeatmapGeometry geometry(shape.layers, shape.experts, shape.area, kMargins);
        for (int layer = 0; layer < shape.layers; ++layer) {
            for (int expert = 0; expert < shape.experts; ++expert) {
                const ExpertSite site{{layer}, {expert}};
                const QRect cell = geometry.cellRect(site);
                for (const QPoint corner : {cell.topLeft(),
                                            cell.topRight(),
                                            cell.bottomLeft(),
                                            cell.bottomRight(),
                                            cell.center()}) {
                    QVERIFY(geometry.siteAt(corner) == site);
                }
            }
        }
    }
}

void HeatmapTest::gapsAndSurroundingsBelongToNoCell() {
    const HeatmapGeometry geometry(64, 8, {360, 720}, kMargins);
    const QRect grid = geometry.grid();
    QVERIFY(!geometry.siteAt(grid.topLeft() - QPoint(1, 0)));
    QVERIFY(!geometry.siteAt(grid.topLeft() - QPoint(0, 1)));
    QVERIFY(!geometry.siteAt(grid.bottomRight() + QPoint(1, 0)));
    QVERIFY(!geometry.siteAt(grid.bottomRight() + QPoint(0, 1)));
    QCOMPARE(geometry.numGroups(), 8);
    for (int y = 1; y <= HeatmapGeometry::kGroupGap; ++y)
        QVERIFY(!geometry.siteAt(geometry.groupRect(0).bottomLeft() + QPoint(0, y)));
    QVERIFY(!HeatmapGeometry().siteAt({0, 0}));
}

void HeatmapTest::cellsKeepTheirSmallestAndLargestSize() {
    for (const Shape& shape : kShapes) {
        const HeatmapGeometry geometry(shape.layers, shape.experts, shape.area, kMargins);
        QVERIFY(geometry.cellSize().width() >= HeatmapGeometry::kMinCellWidth);
        QVERIFY(geometry.cellSize().height() >= HeatmapGeometry::kMinCellHeight);
        QVERIFY(geometry.cellSize().width() <= HeatmapGeometry::kMaxCellWidth);
        QVERIFY(geometry.cellSize().height() <= HeatmapGeometry::kMaxCellHeight);
        const QSize least = HeatmapGeometry::minimumArea(shape.layers, shape.experts, kMargins);
        if (shape.area.width() >= least.width() && shape.area.height() >= least.height())
            QVERIFY(QRect(QPoint(), shape.area).contains(geometry.grid()));
    }
}

void HeatmapTest::coloursAreTheTablesOwnAtKnownValues() {
    // Ends and middle as published (matplotlib 3.8.4, 8 bit).
    const ColorMap cividis(ColorMapKind::Cividis);
    QCOMPARE(cividis.color(0.0F), qRgb(0x00, 0x22, 0x4e));
    QCOMPARE(cividis.color(1.0F), qRgb(0xfe, 0xe8, 0x38));
    const ColorMap viridis(ColorMapKind::Viridis);
    QCOMPARE(viridis.color(0.0F), qRgb(0x44, 0x01, 0x54));
    QCOMPARE(viridis.color(1.0F), qRgb(0xfd, 0xe7, 0x25));
    QCOMPARE(viridis.color(128.0F / 255.0F), qRgb(0x21, 0x91, 0x8c));
    QCOMPARE(cividis.color(-1.0F), cividis.color(0.0F));
    QCOMPARE(cividis.color(7.0F), cividis.color(1.0F));
    QCOMPARE(cividis.color(std::nanf("")), cividis.color(0.0F));
}

void HeatmapTest::colourMapsRiseInLightness() {
    for (const auto kind : {ColorMapKind::Cividis, ColorMapKind::Viridis, ColorMapKind::Grey}) {
        const ColorMap map(kind);
        const double span = lightness(map.color(1.0F)) - lightness(map.color(0.0F));
        QVERIFY(span > 60);
        for (int i = 8; i <= 256; i += 8) {
            const double step = lightness(map.color(static_cast<float>(i) / 256.0F)) -
                                lightness(map.color(static_cast<float>(i - 8) / 256.0F));
            QVERIFY2(
                step > 0.5 * span / 32 && step < 1.6 * span / 32,
                qPrintable(
                    QStringLiteral("%1 at %2: step %3").arg(colorMapTitle(kind)).arg(i).arg(step)));
        }
    }
}

void HeatmapTest::powerSpreadsSmallValues() {
    const ColorMap linear(ColorMapKind::Grey, 1.0);
    const ColorMap root(ColorMapKind::Grey, 0.5);
    QCOMPARE(root.position(0.25), 0.5);
    QCOMPARE(root.color(0.25F), linear.color(0.5F));
    QCOMPARE(root.color(1.0F), linear.color(1.0F));
}

void HeatmapTest::aFrameHoldsTheRecordUnchanged() {
    const RoutingRecord record = makeRecord(5, 8, 2, 3);
    const HeatmapFrame frame = tokenFrame(record, {});
    QCOMPARE(frame.values, record.probs);
    for (int layer = 0; layer < 5; ++layer) {
        for (std::size_t k = 0; k < 2; ++k) {
            const std::size_t cell = frame.index({{layer}, {record.layerSelected(layer)[k]}});
            QCOMPARE(static_cast<std::size_t>(frame.choice[cell]), k + 1);
            QCOMPARE(frame.gates[cell], record.layerGates(layer)[k]);
        }
    }
    QCOMPARE(std::count_if(frame.choice.begin(), frame.choice.end(), [](int c) { return c > 0; }),
             10);
}

void HeatmapTest::glowHalvesByTokenAndForgets() {
    RoutingRecord past{1, 4, 1, {1, 0, 0, 0}, {2}, {1}};
    const RoutingRecord now{1, 4, 1, {1, 0, 0, 0}, {0}, {1}};
    const auto old = std::make_shared<RoutingRecord>(past);
    past.selected = {1};
    const auto other = std::make_shared<RoutingRecord>(past);
    const auto glowOf = [&](const std::vector<RoutingRecordPtr>& before) {
        return tokenFrame(now, before).glow[2];
    };
    QCOMPARE(glowOf({}), 0.0F);
    QCOMPARE(glowOf({old}), 1.0F);
    QCOMPARE(glowOf({old, other, other, other}), 0.125F);
    QCOMPARE(glowOf({old, other, other, other, other}), 0.0F);
    QCOMPARE(glowOf({old, nullptr}), static_cast<float>(std::exp2(-1 / kGlowHalfLife)));
}

void HeatmapTest::aCellSaysWhatItIs() {
    RoutingRecord record{1, 4, 2, {0.5F, 0.3F, 0.15F, 0.05F}, {0, 1}, {0.5F, 0.0F}};
    HeatmapFrame frame = tokenFrame(record, {});
    markInterventions(frame, {.ablate = {{{0}, {1}}, {{9}, {9}}}});
    QCOMPARE(describeCell(frame, {{0}, {0}}),
             QStringLiteral("layer 0 expert 0 · p 0.500 · gate 0.500 · first choice"));
    QCOMPARE(describeCell(frame, {{0}, {1}}),
             QStringLiteral("layer 0 expert 1 · p 0.300 · gate 0.000 · second choice · ablated"));
    QCOMPARE(describeCell(frame, {{0}, {3}}),
             QStringLiteral("layer 0 expert 3 · p 0.050 · not selected"));
    markInterventions(frame,
                      {.exclude = {{{0}, {3}}},
                       .bias = {{{{0}, {2}}, 1.5F}},
                       .scale = {{{{0}, {0}}, 0.5F}, {{{9}, {9}}, 2}},
                       .swap = {{{0}, {0}, {2}}}});
    QVERIFY(
        describeCell(frame, {{0}, {3}}).endsWith(QStringLiteral("not selected · routed around")));
    QVERIFY(describeCell(frame, {{0}, {0}})
                .endsWith(QStringLiteral("first choice · gate × 0.5 · weights of expert 2")));
    QVERIFY(describeCell(frame, {{0}, {2}})
                .endsWith(QStringLiteral("weights of expert 0 · logit +1.5")));
}

void HeatmapTest::cellPixelsHaveTheMapsColour() {
    Theme theme;
    HeatmapWidget heatmap(theme);
    heatmap.resize(360, 720);
    heatmap.setFrame(tokenFrame(makeRecord(64, 8, 2, 9), {}));
    const QImage picture = heatmap.grab().toImage();
    for (int layer = 0; layer < 64; ++layer) {
        for (int expert = 0; expert < 8; ++expert) {
            const ExpertSite site{{layer}, {expert}};
            const QPoint at = heatmap.geometryOfCells().cellRect(site).center();
            QCOMPARE(picture.pixel(at),
                     heatmap.colorMap().color(heatmap.frame().values[heatmap.frame().index(site)]));
        }
    }
}

void HeatmapTest::firstChoiceIsMarkedByShape() {
    Theme theme;
    HeatmapWidget heatmap(theme);
    heatmap.resize(360, 720);
    const RoutingRecord record = makeRecord(64, 8, 2, 9);
    heatmap.setFrame(tokenFrame(record, {}));
    const QImage picture = heatmap.grab().toImage();
    const auto framePixel = [&](int layer, std::size_t k, QPoint inset) {
        const QRect cell =
            heatmap.geometryOfCells().cellRect({{layer}, {record.layerSelected(layer)[k]}});
        return picture.pixel(cell.topLeft() + inset);
    };
    const QRgb ink = theme.color(ColorRole::Text).rgb();
    int thin = 0;
    for (int layer = 0; layer < 64; ++layer) {
        // At half height: left of the cell both frames, within it only the thick one; in the
        // corner of the first choice the filled mark.
        const float first = record.layerGates(layer)[0];
        const float second = record.layerGates(layer)[1];
        QCOMPARE(framePixel(layer, 0, {2, 2}), ink);
        QCOMPARE(framePixel(layer, 1, {2, 2}), heatmap.colorMap().color(second));
        QCOMPARE(framePixel(layer, 1, {0, 5}), heatmap.colorMap().color(second));
        if (first >= HeatmapWidget::kWeakChoice) QCOMPARE(framePixel(layer, 0, {0, 5}), ink);
        if (second >= HeatmapWidget::kWeakChoice) {
            QCOMPARE(framePixel(layer, 1, {-1, 5}), ink);
            ++thin;
        }
    }
    QVERIFY(thin > 32);
}

void HeatmapTest::clickPicksTheCellUnderIt() {
    Theme theme;
    HeatmapWidget heatmap(theme);
    heatmap.resize(360, 420);
    heatmap.setFrame(exampleFrame(5, 8));
    QSignalSpy picked(&heatmap, &HeatmapWidget::sitePicked);
    const ExpertSite site{{3}, {5}};
    QTest::mouseClick(
        &heatmap, Qt::LeftButton, {}, heatmap.geometryOfCells().cellRect(site).center());
    QCOMPARE(picked.count(), 1);
    QVERIFY(picked[0][0].value<ExpertSite>() == site);
    QVERIFY(heatmap.pickedSite() == site);
    QTest::mouseClick(&heatmap, Qt::LeftButton, {}, {1, 1});
    QCOMPARE(picked.count(), 1);
}

void HeatmapTest::arrowsWalkAndStopAtTheEdges() {
    Theme theme;
    HeatmapWidget heatmap(theme);
    heatmap.resize(360, 720);
    const RoutingRecord record = makeRecord(64, 8, 2, 2);
    heatmap.setFrame(tokenFrame(record, {}));
    QTest::keyClick(&heatmap, Qt::Key_Down);
    QVERIFY(heatmap.pickedSite() == (ExpertSite{{0}, {record.layerSelected(0)[0]}}));
    heatmap.setPickedSite(ExpertSite{{0}, {0}});
    QTest::keyClick(&heatmap, Qt::Key_Right);
    QTest::keyClick(&heatmap, Qt::Key_Down);
    QTest::keyClick(&heatmap, Qt::Key_Down);
    QVERIFY(heatmap.pickedSite() == (ExpertSite{{2}, {1}}));
    QTest::keyClick(&heatmap, Qt::Key_PageDown);
    QVERIFY(heatmap.pickedSite() == (ExpertSite{{10}, {1}}));
    QTest::keyClick(&heatmap, Qt::Key_End);
    QTest::keyClick(&heatmap, Qt::Key_Right);
    QVERIFY(heatmap.pickedSite() == (ExpertSite{{10}, {7}}));
    for (int i = 0; i < 9; ++i) QTest::keyClick(&heatmap, Qt::Key_PageDown);
    QVERIFY(heatmap.pickedSite() == (ExpertSite{{63}, {7}}));
}

void HeatmapTest::enterAndRightClickAskForTheMenu() {
    Theme theme;
    HeatmapWidget heatmap(theme);
    heatmap.resize(360, 420);
    heatmap.setFrame(exampleFrame(5, 8));
    QSignalSpy menu(&heatmap, &HeatmapWidget::menuRequested);
    heatmap.setPickedSite(ExpertSite{{2}, {6}});
    QTest::keyClick(&heatmap, Qt::Key_Return);
    QTest::keyClick(&heatmap, Qt::Key_Space);
    const QPoint other = heatmap.geometryOfCells().cellRect({{4}, {0}}).center();
    QContextMenuEvent event(QContextMenuEvent::Mouse, other, heatmap.mapToGlobal(other));
    QApplication::sendEvent(&heatmap, &event);
    QCOMPARE(menu.count(), 3);
    QVERIFY(menu[0][0].value<ExpertSite>() == (ExpertSite{{2}, {6}}));
    QVERIFY(menu[2][0].value<ExpertSite>() == (ExpertSite{{4}, {0}}));
}

void HeatmapTest::pointingReportsTheCell() {
    Theme theme;
    HeatmapWidget heatmap(theme);
    heatmap.resize(360, 420);
    heatmap.setFrame(exampleFrame(5, 8));
    heatmap.show();
    const ExpertSite site{{1}, {1}};
    QTest::mouseMove(&heatmap, heatmap.geometryOfCells().cellRect(site).center());
    QTRY_VERIFY(heatmap.hoveredSite() == site);
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(&heatmap, &leave);
    QVERIFY(!heatmap.hoveredSite());
}

void HeatmapTest::assistiveTechnologySeesANamedTable() {
    Theme theme;
    HeatmapWidget heatmap(theme);
    heatmap.resize(360, 420);
    heatmap.setFrame(exampleFrame(5, 8));
    QAccessibleInterface* table = QAccessible::queryAccessibleInterface(&heatmap);
    QVERIFY(table != nullptr);
    QCOMPARE(table->role(), QAccessible::Table);
    QVERIFY(!table->text(QAccessible::Name).isEmpty());
    QCOMPARE(table->childCount(), 40);
    QVERIFY(table->tableInterface() != nullptr);
    QCOMPARE(table->tableInterface()->rowCount(), 5);
    QCOMPARE(table->tableInterface()->columnCount(), 8);
    QAccessibleInterface* cell = table->tableInterface()->cellAt(3, 5);
    QVERIFY(cell != nullptr);
    QCOMPARE(cell, table->child(3 * 8 + 5));
    QCOMPARE(table->indexOfChild(cell), 3 * 8 + 5);
    QCOMPARE(cell->role(), QAccessible::Cell);
    QCOMPARE(cell->text(QAccessible::Name), describeCell(heatmap.frame(), {{3}, {5}}));
    QCOMPARE(cell->tableCellInterface()->rowIndex(), 3);
    QVERIFY(!cell->state().selected);
    heatmap.setPickedSite(ExpertSite{{3}, {5}});
    QVERIFY(cell->state().selected);
    heatmap.setFrame(tokenFrame(makeRecord(2, 4, 2, 1), {}));
    QVERIFY(!cell->isValid());
    QVERIFY(table->tableInterface()->cellAt(3, 5) == nullptr);
}

void HeatmapTest::editsKeepAnExpertEitherAblatedOrForced() {
    const ExpertSite a{{1}, {2}};
    const ExpertSite b{{0}, {7}};
    InterventionSet set = withAblated(withAblated(withAblated({}, a), b), a);
    QVERIFY((set.ablate == std::vector<ExpertSite>{b, a}));
    set = withForced(set, a);
    QVERIFY(isForced(set, a) && !isAblated(set, a) && isAblated(set, b));
    set.bias = {{a, 1.5F}, {b, -1.0F}};
    set = withoutSite(set, a);
    QVERIFY(!isForced(set, a) && set.bias.size() == 1 && isAblated(set, b));
    QVERIFY((withAblated(withAblated({}, a), b) == withAblated(withAblated({}, b), a)));
}

void HeatmapTest::editsOfScaleAndSwapReplaceThoseBefore() {
    const ExpertSite a{{1}, {2}};
    InterventionSet set = withExcluded(withForced({}, a), a);
    QVERIFY(isExcluded(set, a) && !isForced(set, a));
    set = withScale(withScale(set, a, 2), a, 0.5F);
    QVERIFY((set.scale == std::vector<ExpertScale>{{a, 0.5F}}));
    QVERIFY(withScale(set, a, 1).scale.empty());
    set = withSwap(set, a, ExpertId{5});
    QVERIFY((set.swap == std::vector<ExpertSwap>{{{1}, {2}, {5}}}));
    set = withSwap(set, {{1}, {7}}, ExpertId{2});  // expert 5 is itself again
    QVERIFY((set.swap == std::vector<ExpertSwap>{{{1}, {2}, {7}}}));
    set = withSwap(set, {{0}, {7}}, ExpertId{2});
    QVERIFY((set.swap == std::vector<ExpertSwap>{{{0}, {2}, {7}}, {{1}, {2}, {7}}}));
    set = withoutSite(set, {{1}, {7}});
    QVERIFY((set.swap == std::vector<ExpertSwap>{{{0}, {2}, {7}}}));
    QVERIFY(isExcluded(set, a) && set.scale.size() == 1);
    set = withoutSite(set, a);
    QVERIFY(set.exclude.empty() && set.scale.empty());
}

// A picture of 512 cells is measured against the least that any picture costs: filling its pixels
// once with a gradient, which Qt computes for each of them. In turns, so that a busy machine slows
// both.
void HeatmapTest::sixtyFourByEightCostsFewFills() {
    Theme theme;
    HeatmapWidget heatmap(theme);
    heatmap.resize(330, 728);
    heatmap.setFrame(exampleFrame(64, 8));
    QImage target(heatmap.size(), QImage::Format_RGB32);
    QLinearGradient gradient(target.rect().topLeft(), target.rect().bottomRight());
    gradient.setColorAt(0, Qt::black);
    gradient.setColorAt(1, Qt::white);
    std::vector<qint64> pictures;
    std::vector<qint64> fills;
    for (int i = 0; i < 60; ++i) {
        QElapsedTimer timer;
        timer.start();
        heatmap.render(&target);
        pictures.push_back(timer.nsecsElapsed());
        timer.start();
        QPainter(&target).fillRect(target.rect(), gradient);
        fills.push_back(timer.nsecsElapsed());
    }
    const auto median = [](std::vector<qint64>& costs) {
        std::sort(costs.begin(), costs.end());
        return static_cast<double>(costs[costs.size() / 2]) / 1e6;
    };
    const double picture = median(pictures);
    const double fill = median(fills);
    qInfo("64 x 8 heatmap, 330 x 728: %.3f ms median, %.1f fills", picture, picture / fill);
#ifdef NDEBUG
    QVERIFY2(picture < 12 * fill,
             "cells are painted one by one, or text is shaped in each picture");
#endif
}

void HeatmapTest::picturesForPeople() {
    for (const auto mode : {Theme::Mode::Dark, Theme::Mode::Light}) {
        Theme theme(mode);
        theme.apply();
        for (const Shape& shape : {kShapes[0], kShapes[1], kShapes[2]}) {
            HeatmapWidget heatmap(theme);
            heatmap.resize(shape.area);
            heatmap.setColorMap(ColorMap(ColorMapKind::Cividis, 0.5));
            heatmap.setFrame(exampleFrame(shape.layers, shape.experts));
            heatmap.setPickedSite(ExpertSite{{2}, {3}});
            savePicture(heatmap,
                        QStringLiteral("heatmap-%1x%2-%3.png")
                            .arg(shape.layers)
                            .arg(shape.experts)
                            .arg(theme.name()));
        }
        HeatmapLegend legend(theme);
        legend.setColorMap(ColorMap(ColorMapKind::Cividis, 0.5));
        legend.setQuantity(QStringLiteral("router probability"));
        legend.setChance(ChanceBand{0.125, 0.1, 0.15});
        legend.resize(340, legend.sizeHint().height());
        savePicture(legend, QStringLiteral("legend-%1.png").arg(theme.name()));
    }
}

QTEST_MAIN(HeatmapTest)
#include "heatmap_test.moc"
