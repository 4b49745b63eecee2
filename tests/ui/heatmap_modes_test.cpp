// What the modes of the heatmap say, against sums written out anew; and that a replay shows what
// was shown live.

#include <QDir>
#include <QLabel>
#include <QSignalSpy>
#include <QVBoxLayout>
#include <cmath>
#include <map>

#include "tests/ui/scripted_chat.h"
#include "tests/ui/synthetic_records.h"
#include "ui/routing/fading_mean.h"
#include "ui/routing/heatmap_controls.h"
#include "ui/routing/heatmap_legend.h"
#include "ui/routing/heatmap_panel.h"
#include "ui/routing/heatmap_widget.h"
#include "ui/routing/mode_frames.h"
#include "ui/routing/replay.h"

using namespace gatescope;
using gatescope::test::makeRecord;
using gatescope::test::ScriptedChat;
using gatescope::test::scriptSaying;

namespace {

using Mode = HeatmapMode;

std::vector<RoutingRecordPtr> makeRecords(int count, int layers, int experts) {
    std::vector<RoutingRecordPtr> records;
    for (int i = 0; i < count; ++i)
        records.push_back(std::make_shared<RoutingRecord>(
            makeRecord(layers, experts, 2, static_cast<unsigned>(i + 1))));
    return records;
}

RoutingStats statsOf(std::span<const RoutingRecordPtr> records) {
    RoutingStats stats(records[0]->numLayers, records[0]->numExperts);
    for (const auto& record : records) stats.add(*record);
    return stats;
}

/// How many of the records selected the expert, counted one by one.
double countOf(std::span<const RoutingRecordPtr> records, int layer, int expert) {
    double count = 0;
    for (const auto& record : records)
        for (const int e : record->layerSelected(layer)) count += e == expert ? 1 : 0;
    return count;
}

bool near(double a, double b) {
    return std::abs(a - b) < 1e-6;
}

/// The mean as its definition has it: every token of the past, in one sum.
double plainFadingMean(std::span<const RoutingRecordPtr> records, std::size_t cell, int halfLife) {
    double sum = 0;
    double weights = 0;
    for (std::size_t back = 0; back < records.size(); ++back) {
        const double weight = std::exp2(-static_cast<double>(back) / halfLife);
        sum += weight * static_cast<double>(records[records.size() - 1 - back]->probs[cell]);
        weights += weight;
    }
    return sum / weights;
}

FadingMean::RecordOf readerOf(const std::vector<RoutingRecordPtr>& records) {
    return [&records](int token) { return records[static_cast<std::size_t>(token)].get(); };
}

bool sameArrays(const HeatmapFrame& a, const HeatmapFrame& b) {
    return a.values == b.values && a.choice == b.choice && a.gates == b.gates && a.glow == b.glow &&
           a.rowValues == b.rowValues && a.rowTrails == b.rowTrails && a.ablated == b.ablated &&
           a.forced == b.forced;
}

void savePicture(QWidget& widget, const QString& name) {
    const QString folder = QStringLiteral(GATESCOPE_BINARY_DIR "/ui-pictures");
    QDir().mkpath(folder);
    QVERIFY(widget.grab().save(folder + QLatin1Char('/') + name));
}

}  // namespace

class HeatmapModesTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void marginsSayHowFarFromTheOtherSide();
    void massKeepsTheSelectedOnly();
    void sharesAgainstChance();
    void theBaselineIsTakenAway();
    void fewTokensAreThin();
    void theFadingMeanIsItsDefinition();
    void theFadingMeanIsTheSameHoweverReached();
    void namesLeadBackToTheirModes();
    void zeroIsMidGreyAtEveryPower();
    void differencesAreToldApartInGreyToo();
    void thePinnedRangeStaysAndIsNamed();
    void pointingElsewhereShowsThatToken();
    void aReplayShowsWhatWasShownLive();
    void picturesForPeople();
};

void HeatmapModesTest::marginsSayHowFarFromTheOtherSide() {
    const RoutingRecord record{1, 4, 2, {0.4F, 0.1F, 0.3F, 0.2F}, {0, 2}, {0.4F, 0.3F}};
    const HeatmapFrame frame = tokenFrame(Mode::Margin, record, {});
    const std::vector<double> wanted{0.4 - 0.2, 0.1 - 0.3, 0.3 - 0.2, 0.2 - 0.3};
    for (std::size_t e = 0; e < 4; ++e)
        QVERIFY(near(static_cast<double>(frame.values[e]), wanted[e]));
    QVERIFY(near(static_cast<double>(frame.rowValues[0]), 0.1));  // p(2) - p(3)
    // Forced against its probability: framed, and behind.
    const RoutingRecord forced{1, 4, 1, {0.4F, 0.1F, 0.3F, 0.2F}, {1}, {0.1F}};
    QVERIFY(near(static_cast<double>(tokenFrame(Mode::Margin, forced, {}).values[1]), -0.3));
    const RoutingRecord all{1, 2, 2, {0.7F, 0.3F}, {0, 1}, {0.7F, 0.3F}};
    QCOMPARE(tokenFrame(Mode::Margin, all, {}).values, all.probs);
}

void HeatmapModesTest::massKeepsTheSelectedOnly() {
    const RoutingRecord record = makeRecord(64, 8, 2, 3);
    const HeatmapFrame frame = tokenFrame(Mode::Mass, record, {});
    for (int layer = 0; layer < 64; ++layer) {
        double sum = 0;
        for (int e = 0; e < 8; ++e) {
            const std::size_t cell = frame.index({{layer}, {e}});
            const bool selected = frame.choice[cell] > 0;
            QCOMPARE(frame.values[cell], selected ? record.probs[cell] : 0.0F);
            sum += static_cast<double>(frame.values[cell]);
        }
        QVERIFY(near(static_cast<double>(frame.rowValues[static_cast<std::size_t>(layer)]), sum));
    }
    QCOMPARE(frame.rowChance, 0.25F);
}

void HeatmapModesTest::sharesAgainstChance() {
    for (const int experts : {8, 64}) {
        const auto records = makeRecords(200, 4, experts);
        const RoutingStats stats = statsOf(records);
        const double rate = 2.0 / experts;
        const double deviation = std::sqrt(200 * rate * (1 - rate));
        for (int layer = 0; layer < 4; ++layer) {
            for (int e = 0; e < experts; ++e) {
                const double count = countOf(records, layer, e);
                const auto value = [&](Mode mode) {
                    const HeatmapFrame frame = rangeFrame(mode, stats);
                    return static_cast<double>(frame.values[frame.index({{layer}, {e}})]);
                };
                QVERIFY(near(value(Mode::Share), count / 200));
                QVERIFY(near(value(Mode::MinusUniform), count / 200 - rate));
                QVERIFY(std::abs(value(Mode::Z) - (count - 200 * rate) / deviation) < 1e-5);
            }
        }
        QVERIFY(near(rangeFrame(Mode::Share, stats).chance->level, rate));
        QVERIFY(near(rangeFrame(Mode::Z, stats).chance->high, 1.959963985));
        const ChanceBand band = *rangeFrame(Mode::MinusUniform, stats).chance;
        QVERIFY(band.low < 0 && band.high > 0 && band.high < 0.1);
    }
}

void HeatmapModesTest::theBaselineIsTakenAway() {
    const auto records = makeRecords(120, 3, 8);
    const auto before = std::span(records).first(50);
    const auto after = std::span(records).last(70);
    const HeatmapFrame frame = baselineFrame(statsOf(after), statsOf(before));
    for (int layer = 0; layer < 3; ++layer)
        for (int e = 0; e < 8; ++e)
            QVERIFY(near(static_cast<double>(frame.values[frame.index({{layer}, {e}})]),
                         countOf(after, layer, e) / 70 - countOf(before, layer, e) / 50));
    const double deviation = std::sqrt(0.25 * 0.75 * (1.0 / 50 + 1.0 / 70));
    QVERIFY(near(frame.chance->high, 1.959963985 * deviation));
    QVERIFY(near(frame.chance->low, -frame.chance->high));
}

void HeatmapModesTest::fewTokensAreThin() {
    const auto records = makeRecords(30, 2, 8);
    const RoutingStats nine = statsOf(std::span(records).first(9));
    const RoutingStats ten = statsOf(std::span(records).first(10));
    QVERIFY(rangeFrame(Mode::Share, nine).thin);
    QVERIFY(!rangeFrame(Mode::Share, ten).thin);
    QVERIFY(baselineFrame(ten, nine).thin && baselineFrame(nine, ten).thin);
    QVERIFY(!tokenFrame(Mode::Now, *records[0], {}).thin);

    Theme theme;
    HeatmapWidget heatmap(theme);
    heatmap.resize(360, 300);
    heatmap.setFrame(rangeFrame(Mode::Share, ten));
    const QRect cell = heatmap.geometryOfCells().cellRect({{1}, {3}});
    const QRgb colored = heatmap.grab().toImage().pixel(cell.topLeft() + QPoint(4, 4));
    QCOMPARE(colored, heatmap.colorMap().color(heatmap.frame().values[11]));
    heatmap.setFrame(rangeFrame(Mode::Share, nine));
    const QImage hatched = heatmap.grab().toImage();
    const QRgb thin = heatmap.colorMap().color(heatmap.frame().values[11]);
    for (int x = cell.left(); x <= cell.right(); ++x)
        QVERIFY(hatched.pixel(x, cell.center().y()) != thin);
    QVERIFY(describeCell(heatmap.frame(), {{1}, {3}}).contains(QStringLiteral("of 9 tokens")));
}

void HeatmapModesTest::theFadingMeanIsItsDefinition() {
    const auto records = makeRecords(700, 2, 8);
    for (const int halfLife : {1, 8, 32, 128}) {
        FadingMean mean(halfLife);
        for (const int token : {0, 1, 15, 16, 17, 31, 32, 33, 130, 511, 512, 699}) {
            const auto values = mean.endingAt(token, readerOf(records));
            const auto past = std::span(records).first(static_cast<std::size_t>(token) + 1);
            for (std::size_t cell = 0; cell < 16; ++cell)
                QVERIFY(std::abs(static_cast<double>(values[cell]) -
                                 plainFadingMean(past, cell, halfLife)) < 2e-5);
        }
    }
}

void HeatmapModesTest::theFadingMeanIsTheSameHoweverReached() {
    auto records = makeRecords(400, 2, 8);
    records[40] = nullptr;  // not computed
    for (const int halfLife : {1, 8}) {
        FadingMean live(halfLife);
        std::vector<std::vector<float>> shown;
        for (int token = 0; token < 400; ++token)
            shown.push_back(token == 40 ? std::vector<float>()
                                        : live.endingAt(token, readerOf(records)));
        FadingMean scrubbed(halfLife);
        for (const int token : {399, 3, 128, 127, 129, 270, 39, 41, 41, 0, 399, 200})
            QCOMPARE(scrubbed.endingAt(token, readerOf(records)),
                     shown[static_cast<std::size_t>(token)]);
    }
    FadingMean mean(8);
    const auto before = mean.endingAt(20, readerOf(records));
    records[20] = std::make_shared<RoutingRecord>(makeRecord(2, 8, 2, 999));
    mean.replacedFrom(20);
    QVERIFY(mean.endingAt(20, readerOf(records)) != before);
}

void HeatmapModesTest::namesLeadBackToTheirModes() {
    for (int i = 0; i < kHeatmapModes; ++i) {
        const auto mode = static_cast<Mode>(i);
        QVERIFY(modeOfName(modeName(mode)) == mode);
        QVERIFY(!modeTitle(mode).isEmpty() && !modeHint(mode).isEmpty());
        QVERIFY(valueText(mode, 0.25F).contains(QStringLiteral("0.25")));
    }
    QVERIFY(!modeOfName(QStringLiteral("moon")));
}

void HeatmapModesTest::zeroIsMidGreyAtEveryPower() {
    for (const double power : {1.0, 0.5, 0.33}) {
        for (const double limit : {1.0, 10.0}) {
            const ColorMap map(ColorMapKind::Difference, power, limit);
            QCOMPARE(map.color(0.0F), qRgb(0x77, 0x77, 0x77));  // CIE L* 50
            QCOMPARE(map.color(static_cast<float>(-limit)), map.color(-100.0F));
            const QColor less = QColor::fromRgb(map.color(static_cast<float>(-limit / 3)));
            const QColor more = QColor::fromRgb(map.color(static_cast<float>(limit / 3)));
            QVERIFY(less.blue() > less.red() && more.red() > more.blue());
            for (const double value : {-limit, -limit / 7, 0.0, limit / 5, limit})
                QVERIFY(near(map.valueAt(map.position(value)), value));
        }
    }
}

// So that they can be read in print and with any colour vision: below zero is darker, above
// lighter.
void HeatmapModesTest::differencesAreToldApartInGreyToo() {
    const ColorMap map(ColorMapKind::Difference);
    const auto lightness = [](QRgb color) {  // CIE L*
        const auto linear = [](int channel) {
            const double c = channel / 255.0;
            return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
        };
        const double y = 0.2126 * linear(qRed(color)) + 0.7152 * linear(qGreen(color)) +
                         0.0722 * linear(qBlue(color));
        return y > 0.008856 ? 116 * std::cbrt(y) - 16 : 903.3 * y;
    };
    for (int i = -15; i <= 16; ++i) {
        const double step = lightness(map.color(static_cast<float>(i) / 16)) -
                            lightness(map.color(static_cast<float>(i - 1) / 16));
        QVERIFY2(step > 1.0 && step < 3.0, qPrintable(QString::number(step)));  // 60 / 32 each
    }
}

void HeatmapModesTest::thePinnedRangeStaysAndIsNamed() {
    ScriptedChat chat(scriptSaying("the rain in the city and the river and the sea and the hills"));
    HeatmapPanel panel(chat.context);
    panel.resize(360, 600);
    panel.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    panel.setMode(Mode::MinusBaseline);
    QVERIFY(panel.displayedValues().empty());
    auto* empty = panel.findChild<QLabel*>(QStringLiteral("heatmapEmpty"));
    QVERIFY(empty->isVisible() && empty->text().contains(QStringLiteral("No baseline yet")));
    const int size = chat.session().traceSize();
    const TokenRange pinned{size - 12, size - 6};
    chat.selection.selectRange(pinned);
    panel.pinBaseline();
    QTRY_VERIFY(!panel.baselineName().isEmpty());
    QVERIFY2(panel.baselineName().contains(QStringLiteral("6 generated tokens")),
             qPrintable(panel.baselineName()));
    for (const auto& row : panel.displayedValues())
        for (const float value : row) QCOMPARE(value, 0.0F);
    chat.selection.selectRange(TokenRange{size - 6, size});
    std::vector<RoutingRecordPtr> before;
    std::vector<RoutingRecordPtr> after;
    for (int i = 0; i < 6; ++i) {
        before.push_back(chat.session().traceToken(size - 12 + i).routing);
        after.push_back(chat.session().traceToken(size - 6 + i).routing);
    }
    const auto shown = panel.displayedValues();
    for (int layer = 0; layer < 4; ++layer)
        for (int e = 0; e < 8; ++e)
            QVERIFY(near(static_cast<double>(
                             shown[static_cast<std::size_t>(layer)][static_cast<std::size_t>(e)]),
                         (countOf(after, layer, e) - countOf(before, layer, e)) / 6));
    const QString name = panel.baselineName();
    chat.bridge.run([](ChatSession& s) { s.regenerate(); });
    QTRY_VERIFY_WITH_TIMEOUT(!chat.session().generating(), 20000);
    QCOMPARE(panel.baselineName(), name);
    QVERIFY(!panel.displayedValues().empty());
}

void HeatmapModesTest::pointingElsewhereShowsThatToken() {
    ScriptedChat chat(scriptSaying("the rain in the city"));
    HeatmapPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    const int last = chat.session().traceSize() - 1;
    chat.selection.hoverToken(1);
    QCOMPARE(panel.displayedToken(), std::optional<int>(1));
    QCOMPARE(panel.heatmap().frame().values, chat.session().traceToken(1).routing->probs);
    chat.selection.hoverToken(std::nullopt);
    QCOMPARE(panel.heatmap().frame().values, chat.session().traceToken(last).routing->probs);
    chat.selection.hoverToken(1);
    chat.selection.selectToken(3);  // a replay goes on under a mouse that rests
    QCOMPARE(panel.displayedToken(), std::optional<int>(3));
    QTest::mouseMove(&panel.heatmap(),
                     panel.heatmap().geometryOfCells().cellRect({{2}, {3}}).center());
    QTRY_VERIFY(chat.selection.hoveredSite() == (ExpertSite{{2}, {3}}));
}

void HeatmapModesTest::aReplayShowsWhatWasShownLive() {
    auto script = scriptSaying("the rain in the city and the river and the sea and the hills");
    script->tokenDelay = std::chrono::milliseconds(3);
    ScriptedChat chat(script);
    HeatmapPanel panel(chat.context);
    panel.show();
    panel.controls().setHalfLife(1);  // blocks of 16 tokens: the reply crosses some
    QVERIFY(chat.load());
    std::map<std::pair<Mode, int>, HeatmapFrame> live;
    connect(&chat.bridge, &EngineBridge::traceGrew, &panel, [&] {
        for (const Mode mode : {Mode::Now, Mode::Recent, Mode::Margin, Mode::Mass}) {
            panel.setMode(mode);
            if (const auto token = panel.displayedToken())
                live[{mode, *token}] = panel.heatmap().frame();
        }
    });
    QVERIFY(chat.talk("hello and good morning"));
    QVERIFY(live.size() >= 4 * 8);
    const int last = chat.session().traceSize() - 1;
    QVERIFY((live.contains({Mode::Recent, last})));

    Replay replay(chat.bridge, chat.selection);
    replay.setSpeed(10);
    std::size_t compared = 0;
    for (const Mode mode : {Mode::Recent, Mode::Now, Mode::Margin, Mode::Mass}) {
        panel.setMode(mode);
        replay.playRange({0, last + 1});
        while (replay.playing()) {
            const auto found = live.find({mode, *panel.displayedToken()});
            if (found != live.end()) {
                QVERIFY(sameArrays(panel.heatmap().frame(), found->second));
                ++compared;
            }
            replay.advance(std::chrono::milliseconds(100));  // one token
        }
        QCOMPARE(chat.selection.token(), std::optional<int>(last));
    }
    QCOMPARE(compared, live.size());
}

void HeatmapModesTest::picturesForPeople() {
    for (const auto& [layers, width, height] :
         {std::tuple(4, 300, 520), std::tuple(64, 300, 900), std::tuple(64, 520, 1000)}) {
        auto script = scriptSaying("the rain in the city and the river and the sea");
        script->config.numLayers = layers;
        ScriptedChat chat(script);
        QVERIFY(chat.load());
        QVERIFY(chat.talk("hello"));
        for (const auto theme : {Theme::Mode::Dark, Theme::Mode::Light}) {
            chat.theme.setMode(theme);
            chat.theme.apply();
            HeatmapPanel panel(chat.context);
            panel.resize(width, height);
            panel.show();
            chat.routing.setPopulation(Population::All);
            chat.selection.selectRange(TokenRange{0, 12});
            panel.pinBaseline();
            QTRY_VERIFY(!panel.pinning());
            chat.selection.selectRange(std::nullopt);
            for (int i = 0; i < kHeatmapModes; ++i) {
                panel.setMode(static_cast<Mode>(i));
                chat.routing.countNow();
                QTest::qWait(20);
                savePicture(panel,
                            QStringLiteral("mode-%1-%2-%3-%4.png")
                                .arg(layers)
                                .arg(width)
                                .arg(chat.theme.name(), modeName(panel.mode())));
            }
            panel.setMode(Mode::Share);
            chat.selection.selectRange(TokenRange{0, 5});
            QTest::qWait(20);
            savePicture(panel,
                        QStringLiteral("mode-%1-%2-%3-thin.png")
                            .arg(layers)
                            .arg(width)
                            .arg(chat.theme.name()));
        }
    }
}

QTEST_MAIN(HeatmapModesTest)
#include "heatmap_modes_test.moc"
