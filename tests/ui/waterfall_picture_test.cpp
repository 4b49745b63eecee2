// The waterfall's picture without an engine: the pyramid, the axis, and what a pixel shows.

#include <QElapsedTimer>
#include <QTest>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "ui/routing/waterfall_image.h"

using namespace gatescope;

namespace {

std::vector<std::uint8_t> randomColumn(int rows, std::mt19937& random) {
    std::vector<std::uint8_t> column(static_cast<std::size_t>(rows));
    for (auto& cell : column) cell = static_cast<std::uint8_t>(random() >> 24);
    return column;
}

WaterfallPyramid makePyramid(int rows, int columns, unsigned seed = 1) {
    std::mt19937 random(seed);
    WaterfallPyramid pyramid(rows);
    for (int i = 0; i < columns; ++i) pyramid.append(randomColumn(rows, random));
    return pyramid;
}

std::vector<int> plainOrder(int rows) {
    std::vector<int> order(static_cast<std::size_t>(rows));
    std::iota(order.begin(), order.end(), 0);
    return order;
}

/// The largest of a stretch of tokens and lines, looked for one by one.
std::uint8_t peakOf(const WaterfallPyramid& pyramid, TokenRange tokens, int firstRow, int endRow) {
    std::uint8_t peak = 0;
    for (int token = tokens.first; token < std::min(tokens.end, pyramid.columns()); ++token)
        for (int row = firstRow; row < endRow; ++row)
            peak = std::max(peak, pyramid.sample(0, token).high[row]);
    return peak;
}

}  // namespace

class WaterfallPictureTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void probabilitiesPackToTheNearestByte();
    void everySampleIsTheLeastAndTheMostOfItsTokens();
    void memoryIsThreeBytesACell();
    void pixelsPartTheTokens();
    void zoomKeepsWhatIsUnderTheCursor();
    void aPixelReadsTwoSamplesAtMost();
    void aPixelShowsThePeakItStandsFor();
    void aScrolledPictureIsTheOneDrawnAnew();
    void newTokensDrawNewColumnsOnly();
    void aHundredThousandTokens();
};

void WaterfallPictureTest::probabilitiesPackToTheNearestByte() {
    QCOMPARE(packProbability(0.0F), std::uint8_t{0});
    QCOMPARE(packProbability(1.0F), std::uint8_t{255});
    QCOMPARE(packProbability(std::nanf("")), std::uint8_t{0});
    QCOMPARE(packProbability(7.0F), std::uint8_t{255});
    for (int i = 0; i <= 1000; ++i) {
        const float p = static_cast<float>(i) / 1000;
        QVERIFY(std::abs(unpackProbability(packProbability(p)) - p) < 0.004F);
        if (i > 0) QVERIFY(packProbability(p) >= packProbability(p - 0.001F));
    }
}

void WaterfallPictureTest::everySampleIsTheLeastAndTheMostOfItsTokens() {
    for (const int columns : {1, 2, 3, 8, 9, 255, 256, 257, 700}) {
        const WaterfallPyramid pyramid = makePyramid(5, columns, static_cast<unsigned>(columns));
        QCOMPARE(pyramid.columns(), columns);
        QVERIFY((1 << (pyramid.levels() - 1)) >= columns);
        for (int level = 0; level < pyramid.levels(); ++level) {
            const int wide = 1 << level;
            for (int i = 0; i * wide < columns; ++i) {
                const auto sample = pyramid.sample(level, i);
                for (int row = 0; row < 5; ++row) {
                    std::uint8_t low = 255;
                    std::uint8_t high = 0;
                    for (int t = i * wide; t < std::min((i + 1) * wide, columns); ++t) {
                        low = std::min(low, pyramid.sample(0, t).high[row]);
                        high = std::max(high, pyramid.sample(0, t).high[row]);
                    }
                    QCOMPARE(sample.low[row], low);
                    QCOMPARE(sample.high[row], high);
                }
            }
        }
    }
}

void WaterfallPictureTest::memoryIsThreeBytesACell() {
    const WaterfallPyramid pyramid = makePyramid(8, 100000);
    const double perCell = static_cast<double>(pyramid.bytes()) / 8 / 100000;
    QVERIFY2(perCell < 3.1, qPrintable(QString::number(perCell)));
}

void WaterfallPictureTest::pixelsPartTheTokens() {
    for (const int tokens : {1, 7, 500, 100000}) {
        for (const double factor : {0.03, 0.3, 0.77, 1.0, 1.9, 2.0, 3.7, 64.0, 1000.0}) {
            TimeAxis axis;
            axis.setWidth(400);
            axis.setTokens(tokens);
            axis.zoom(factor, 0);
            for (const int pan : {0, 13, 100000}) {
                axis.pan(pan);
                for (int x = 0; x < 400; ++x) {
                    const auto samples = axis.samplesAt(x);
                    const auto next = axis.samplesAt(x + 1);
                    QVERIFY(samples.end - samples.first <= 2);
                    if (axis.tokensPerPixel() >= 1) {
                        QCOMPARE(next.first, samples.end);  // nothing left out, nothing twice
                        QVERIFY(axis.tokensPerPixel() / (1 << axis.level()) < 2);
                    } else {
                        QVERIFY(next.first - samples.first <= 1);
                    }
                    const int token = axis.tokensAt(x).first;
                    const int first = axis.pixelOf(token);
                    QVERIFY(first <= x && axis.tokensAt(first).contains(token));
                    QVERIFY(!axis.tokensAt(first - 1).contains(token));
                }
            }
        }
    }
}

void WaterfallPictureTest::zoomKeepsWhatIsUnderTheCursor() {
    TimeAxis axis;
    axis.setWidth(800);
    axis.setTokens(100000);
    axis.fit();
    QCOMPARE(axis.tokensAt(0).first, 0);
    QVERIFY(axis.tokensAt(799).end >= 99000);
    const int under = axis.tokensAt(500).first;
    for (int i = 0; i < 30; ++i) axis.zoom(0.8, 500);
    QVERIFY(axis.tokensPerPixel() < 0.2);
    QVERIFY(std::abs(axis.tokensAt(500).first - under) <= 130);  // a pixel of the widest zoom
    for (int i = 0; i < 60; ++i) axis.zoom(0.8, 500);
    QCOMPARE(axis.tokensPerPixel(), TimeAxis::kMinTokensPerPixel);
    axis.showEnd();
    QVERIFY(axis.tokensAt(799).contains(99999));
    axis.reveal(17);
    QVERIFY(axis.pixelOf(17) >= 0 && axis.pixelOf(17) < 800);
}

void WaterfallPictureTest::aPixelReadsTwoSamplesAtMost() {
    const WaterfallPyramid pyramid = makePyramid(16, 20000);
    WaterfallImage image;
    image.setColors(ColorMap(), Qt::black);
    image.setOrder(plainOrder(16));
    image.setSize({700, 16});
    TimeAxis axis;
    axis.setWidth(700);
    axis.setTokens(20000);
    for (const double factor : {0.04, 0.5, 1.7, 1.9, 2.0, 1.01, 1.9, 3.0}) {
        axis.zoom(factor, 350);
        image.draw(pyramid, axis);
        QCOMPARE(image.columnsDrawn(), 700);
        QVERIFY(image.samplesRead() > 0 && image.samplesRead() <= 2 * image.columnsDrawn());
    }
}

void WaterfallPictureTest::aPixelShowsThePeakItStandsFor() {
    const WaterfallPyramid pyramid = makePyramid(24, 3000);
    const ColorMap map(ColorMapKind::Cividis, 0.5);
    for (const int height : {7, 24, 60}) {
        WaterfallImage image;
        image.setColors(map, Qt::black);
        image.setOrder(plainOrder(24));
        image.setSize({200, height});
        TimeAxis axis;
        axis.setWidth(200);
        axis.setTokens(3000);
        for (const double factor : {1.0, 5.3, 2.0, 0.01}) {
            axis.zoom(factor, 100);
            image.draw(pyramid, axis);
            for (int x = 0; x < 200; x += 7) {
                const TokenRange tokens = axis.tokensAt(x);
                for (int y = 0; y < height; ++y) {
                    const auto lines = image.linesAt(y);
                    const QRgb wanted = tokens.first >= 3000
                                            ? qRgb(0, 0, 0)
                                            : map.color(unpackProbability(
                                                  peakOf(pyramid, tokens, lines.first, lines.end)));
                    QCOMPARE(image.image().pixel(x, y), wanted);
                }
            }
        }
    }
}

void WaterfallPictureTest::aScrolledPictureIsTheOneDrawnAnew() {
    const WaterfallPyramid pyramid = makePyramid(16, 5000);
    WaterfallImage scrolled;
    WaterfallImage fresh;
    for (WaterfallImage* image : {&scrolled, &fresh}) {
        image->setColors(ColorMap(), Qt::black);
        image->setOrder(plainOrder(16));
        image->setSize({300, 16});
    }
    TimeAxis axis;
    axis.setWidth(300);
    axis.setTokens(5000);
    axis.zoom(3.3, 0);
    scrolled.draw(pyramid, axis);
    for (const int by : {1, 40, -7, 300, -299, 0, 17, 5000, -20}) {
        const auto before = axis.firstPixel();
        axis.pan(by);
        scrolled.draw(pyramid, axis);
        const auto moved = std::abs(axis.firstPixel() - before);
        QCOMPARE(scrolled.columnsDrawn(), static_cast<int>(std::min<std::int64_t>(moved, 300)));
        fresh.forget();
        fresh.draw(pyramid, axis);
        QVERIFY(scrolled.image() == fresh.image());
    }
}

void WaterfallPictureTest::newTokensDrawNewColumnsOnly() {
    std::mt19937 random(5);
    for (const double factor : {0.25, 1.0, 1.5, 5.0}) {
        WaterfallPyramid pyramid(16);
        WaterfallImage grown;
        WaterfallImage fresh;
        for (WaterfallImage* image : {&grown, &fresh}) {
            image->setColors(ColorMap(), Qt::black);
            image->setOrder(plainOrder(16));
            image->setSize({300, 16});
        }
        TimeAxis axis;
        axis.setWidth(300);
        for (int i = 0; i < 2000; ++i) pyramid.append(randomColumn(16, random));
        axis.setTokens(2000);
        axis.zoom(factor, 0);
        axis.showEnd();
        grown.draw(pyramid, axis);
        for (int i = 0; i < 100; ++i) {
            pyramid.append(randomColumn(16, random));
            axis.setTokens(pyramid.columns());
            axis.showEnd();
            grown.draw(pyramid, axis);
            QVERIFY(grown.columnsDrawn() <= 2 * static_cast<int>(std::ceil(1 / factor)) + 2);
            fresh.forget();
            fresh.draw(pyramid, axis);
            QVERIFY(grown.image() == fresh.image());
        }
    }
}

// Not timed: that needs a quiet machine. What is counted is what the time follows from.
void WaterfallPictureTest::aHundredThousandTokens() {
    std::mt19937 random(3);
    std::vector<std::vector<std::uint8_t>> columns;
    for (int i = 0; i < 64; ++i) columns.push_back(randomColumn(512, random));
    QElapsedTimer timer;
    timer.start();
    WaterfallPyramid pyramid(512);
    for (int i = 0; i < 100000; ++i) pyramid.append(columns[static_cast<std::size_t>(i % 64)]);
    qInfo("pyramid of 100,000 x 512: %.0f ns a token, %.0f MB",
          static_cast<double>(timer.nsecsElapsed()) / 1e5,
          static_cast<double>(pyramid.bytes()) / 1e6);
    WaterfallImage image;
    image.setColors(ColorMap(), Qt::black);
    image.setOrder(plainOrder(512));
    image.setSize({1600, 200});
    TimeAxis axis;
    axis.setWidth(1600);
    axis.setTokens(100000);
    for (const double tokensPerPixel : {62.5, 15.0, 1.0}) {
        axis.zoom(tokensPerPixel / axis.tokensPerPixel(), 800);
        qint64 least = std::numeric_limits<qint64>::max();  // of a machine that others use, too
        for (int i = 0; i < 9; ++i) {
            image.forget();
            timer.start();
            image.draw(pyramid, axis);
            least = std::min(least, timer.nsecsElapsed());
            QVERIFY(image.samplesRead() <= 2 * 1600);
        }
        qInfo("1600 x 200 at %.1f tokens a pixel, drawn anew: %.2f ms",
              tokensPerPixel,
              static_cast<double>(least) / 1e6);
    }
    image.draw(pyramid, axis);
    qint64 least = std::numeric_limits<qint64>::max();
    for (int i = 0; i < 60; ++i) {
        axis.pan(16);
        timer.start();
        image.draw(pyramid, axis);
        least = std::min(least, timer.nsecsElapsed());
        QCOMPARE(image.columnsDrawn(), 16);
    }
    qInfo("a frame of scrolling, 16 columns: %.2f ms", static_cast<double>(least) / 1e6);
}

QTEST_MAIN(WaterfallPictureTest)
#include "waterfall_picture_test.moc"
