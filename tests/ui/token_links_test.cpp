// Text tied to routing in the window: tints, and the links between token, cell and range.

#include <QCheckBox>
#include <QComboBox>
#include <QElapsedTimer>
#include <QTest>
#include <algorithm>

#include "tests/ui/talked_window.h"
#include "ui/routing/heatmap_panel.h"
#include "ui/routing/heatmap_widget.h"

using namespace gatescope;
using test::openLongRecording;
using test::TalkedWindow;
using test::WindowFixture;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

}  // namespace

class TokenLinksTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void aTintIsRememberedInTheProfile();
    void expertsHaveTheirColourAndNumber();
    void manyExpertsAlwaysHaveNumbers();
    void tintsAreComputedOnceAndOnlyInSight();
    void hoveringATokenShowsItsRouting();
    void hoveringACellUnderlinesItsTokens();
    void shiftPicksARangeOfTokens();
    void aHoverCostsWhatIsVisible();
    void picturesInBothThemes();
};

void TokenLinksTest::aTintIsRememberedInTheProfile() {
    WindowFixture f;
    f.open();
    QVERIFY(!f.window().chat().tintBar().isVisible());
    auto* choice = f.find<QComboBox>("tintChoice");
    choice->setCurrentIndex(choice->findData(int(TintQuantity::Expert)));
    auto* layers = f.find<QComboBox>("tintLayers");
    layers->setCurrentIndex(layers->findData(int(TintLayers::Which::All)));
    f.find<QCheckBox>("tintNumbers")->click();
    QVERIFY(f.window().chat().tintBar().isVisible());
    const TintSetting chosen = f.window().chat().tintBar().setting();
    QVERIFY(chosen.numbers && chosen.layers.which == TintLayers::Which::All);
    f.open();
    QVERIFY(f.window().chat().tintBar().setting() == chosen);
    QVERIFY(f.window().chat().view().tint() == chosen);
    QCOMPARE(f.find<QComboBox>("tintChoice")->currentData().toInt(), int(TintQuantity::Expert));
}

void TokenLinksTest::expertsHaveTheirColourAndNumber() {
    TalkedWindow f;
    QVERIFY(f.talked);
    const auto tokens = f.seen();
    QVERIFY(tokens.size() > 20);
    f.tint().setSetting({TintQuantity::Expert, {TintLayers::Which::Band, 2, 2}, false});
    const TintPalette palette(f.window().theme(), f.window().theme().color(ColorRole::Window));
    const TintPalette own(f.window().theme(), f.window().theme().color(ColorRole::UserBubble));
    const QImage image = f.view().viewport()->grab().toImage();
    for (const int t : tokens) {
        const int expert = f.token(t).routing->layerSelected(2)[0];
        const QRect rect = f.view().tokenRect(t);
        const bool mine = f.session().messageOfToken(t) == 0;
        QCOMPARE(image.pixelColor(rect.left() + 1, rect.top()),
                 (mine ? own : palette).expert(expert));
    }
    const int height = f.view().tokenRect(tokens.back()).top();
    f.tint().setSetting({TintQuantity::Expert, {TintLayers::Which::Band, 2, 2}, true});
    QVERIFY(f.view().tokenRect(tokens.back()).top() > height);  // lines make room for numbers
}

void TokenLinksTest::manyExpertsAlwaysHaveNumbers() {
    WindowFixture f;
    f.open();
    openLongRecording(f, 120, 16);
    QTRY_COMPARE(f.session().traceSize(), 120);
    ChatView& view = f.window().chat().view();
    QTRY_VERIFY(!view.tokenRect(119).isEmpty());
    const int plain = view.tokenRect(119).top() - view.tokenRect(20).top();
    f.window().chat().tintBar().setSetting({TintQuantity::Expert, {}, false});
    const int numbered = view.tokenRect(119).top() - view.tokenRect(20).top();
    QVERIFY(numbered > plain);  // colours come again, so numbers are there though not asked for
    QVERIFY(!f.find<QCheckBox>("tintNumbers")->isEnabled());
    f.picture("links-many-experts");
}

void TokenLinksTest::tintsAreComputedOnceAndOnlyInSight() {
    TalkedWindow f;
    QVERIFY(f.talked);
    f.tint().setSetting({TintQuantity::Entropy, {}, false});
    f.pixel({});
    QTRY_VERIFY(f.view().work().tints >= static_cast<int>(f.seen().size()));
    const auto computed = f.view().work().tints;
    QVERIFY(computed <= f.session().traceSize());
    f.pixel({});
    QCOMPARE(f.view().work().tints, computed);
    f.window().selection().selectSite(ExpertSite{{1}, {0}});  // another layer: all anew
    f.pixel({});
    QVERIFY(f.view().work().tints > computed);
}

void TokenLinksTest::hoveringATokenShowsItsRouting() {
    TalkedWindow f;
    QVERIFY(f.talked);
    const auto tokens = f.seen();
    const int newest = f.session().traceSize() - 1;
    QCOMPARE(f.window().heatmap().displayedToken().value_or(-1), newest);
    for (const int t : {tokens[3], tokens[12], tokens[5]}) {
        f.hover(t);
        QCOMPARE(f.window().selection().hoveredToken().value_or(-1), t);
        QCOMPARE(f.window().heatmap().displayedToken().value_or(-1), t);
        const auto probs = f.token(t).routing->layerProbs(1);
        QCOMPARE(f.window().heatmap().displayedValues()[1],
                 std::vector<float>(probs.begin(), probs.end()));
    }
    QVERIFY(!f.window().selection().token());  // nothing was picked
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(f.view().viewport(), &leave);
    QVERIFY(!f.window().selection().hoveredToken());
    QCOMPARE(f.window().heatmap().displayedToken().value_or(-1), newest);
}

void TokenLinksTest::hoveringACellUnderlinesItsTokens() {
    TalkedWindow f;
    QVERIFY(f.talked);
    HeatmapWidget& heatmap = f.window().heatmap().heatmap();
    const ExpertSite site{{2}, {5}};
    QTest::mouseMove(&heatmap, heatmap.geometryOfCells().cellRect(site).center());
    QVERIFY(f.window().selection().hoveredSite() == site);
    const QColor line = f.window().theme().color(ColorRole::Token);
    const QImage image = f.view().viewport()->grab().toImage();
    int used = 0;
    int unused = 0;
    for (const int t : f.seen()) {
        const auto selected = f.token(t).routing->layerSelected(2);
        const QRect rect = f.view().tokenRect(t);
        const auto wide = std::ranges::find(selected, 5);
        int marked = 0;
        for (int y = rect.bottom(); y < rect.bottom() + 4; ++y)
            marked += image.pixelColor(rect.left() + 2, y) == line ? 1 : 0;
        QCOMPARE(marked > 0, wide != selected.end());
        ++(wide == selected.end() ? unused : used);
    }
    QVERIFY(used > 3 && unused > 3);
}

void TokenLinksTest::shiftPicksARangeOfTokens() {
    TalkedWindow f;
    QVERIFY(f.talked);
    Selection& selection = f.window().selection();
    const auto tokens = f.seen();
    const int a = tokens[6];
    const int b = tokens[15];
    QWidget* port = f.view().viewport();
    QTest::mouseClick(port, Qt::LeftButton, {}, f.view().tokenRect(b).center());
    QTest::mouseClick(port, Qt::LeftButton, Qt::ShiftModifier, f.view().tokenRect(a).center());
    QCOMPARE(selection.range().value_or(TokenRange{}), (TokenRange{a, b + 1}));
    QCOMPARE(selection.token().value_or(-1), b);  // Shift does not pick another one
    f.view().setFocus();
    QTest::keyClick(&f.view(), Qt::Key_Escape);
    QVERIFY(!selection.range());
    QVERIFY(selection.token());

    const QPoint from = f.view().tokenRect(a).center();
    const QPoint to = f.view().tokenRect(b).center();
    QTest::mousePress(port, Qt::LeftButton, Qt::ShiftModifier, from);
    QMouseEvent move(QEvent::MouseMove,
                     to,
                     port->mapToGlobal(to),
                     Qt::NoButton,
                     Qt::LeftButton,
                     Qt::ShiftModifier);
    QApplication::sendEvent(port, &move);
    QTest::mouseRelease(port, Qt::LeftButton, Qt::ShiftModifier, to);
    QCOMPARE(selection.range().value_or(TokenRange{}), (TokenRange{a, b + 1}));
    QVERIFY(f.view().selectedText().isEmpty());

    selection.selectRange(std::nullopt);
    selection.selectToken(a);
    for (int i = 0; i < 3; ++i) QTest::keyClick(&f.view(), Qt::Key_Right, Qt::ShiftModifier);
    QTest::keyClick(&f.view(), Qt::Key_Left, Qt::ShiftModifier);
    QCOMPARE(selection.range().value_or(TokenRange{}), (TokenRange{a, a + 3}));
    QCOMPARE(selection.token().value_or(-1), a + 2);
}

void TokenLinksTest::aHoverCostsWhatIsVisible() {
    WindowFixture f;
    f.open();
    openLongRecording(f, 2000);
    QTRY_COMPARE(f.session().traceSize(), 2000);
    ChatView& view = f.window().chat().view();
    f.window().chat().tintBar().setSetting({TintQuantity::Entropy, {}, false});
    std::int64_t tints = -1;
    while (tints != view.work().tints) {  // until they have come to rest
        tints = view.work().tints;
        QTest::qWait(50);
        view.viewport()->repaint();
    }
    std::vector<int> seen;
    for (int t = 0; t < f.session().traceSize(); ++t)
        if (!view.tokenRect(t).isEmpty()) seen.push_back(t);
    QVERIFY(seen.size() > 100 && seen.size() < 1500);
    HeatmapWidget& heatmap = f.window().heatmap().heatmap();
    for (int i = 0; i < 20; ++i) {
        const auto before = view.work().tokens;
        QElapsedTimer clock;
        clock.start();
        if (i % 2 == 0) {
            QTest::mouseMove(view.viewport(),
                             view.tokenRect(seen[static_cast<std::size_t>(7 * i)]).center());
        } else {
            const ExpertSite site{{3 * i}, {i % 8}};
            QTest::mouseMove(&heatmap, heatmap.geometryOfCells().cellRect(site).center());
        }
        view.viewport()->repaint();
        heatmap.repaint();
        qInfo("hover %2d (%s): %.1f ms",
              i,
              i % 2 == 0 ? "token" : "cell",
              1e-6 * clock.nsecsElapsed());
        const auto looked = view.work().tokens - before;
        QVERIFY2(looked > 0 && looked <= 4 * static_cast<int>(seen.size()),
                 qPrintable(QString::number(looked)));
    }
    QCOMPARE(view.work().tints, tints);  // kept
}

void TokenLinksTest::picturesInBothThemes() {
    TalkedWindow f;
    QVERIFY(f.talked);
    for (const char* theme : {"light", "dark"}) {
        QVERIFY(f.window().setTheme(text(theme)));
        const auto take = [&](const char* name) {
            QTest::qWait(30);
            f.picture((std::string("links-") + name + "-" + theme).c_str());
        };
        f.window().resize(1400, 850);
        f.tint().setSetting({TintQuantity::Expert, {TintLayers::Which::Band, 2, 2}, true});
        take("expert");
        f.tint().setSetting({TintQuantity::Entropy, {TintLayers::Which::All}, false});
        f.filterBar().showExpression(text("text~\"self\" | layer=2 & first=3"));
        QTRY_VERIFY(f.filter().complete());
        f.window().selection().selectToken(f.seen()[9]);
        f.window().selection().selectRange(TokenRange{f.seen()[6], f.seen()[24]});
        take("entropy-range");
        f.window().resize(960, 640);
        f.filterBar().showExpression(text("text~\"self\" | layer=x"));
        take("small-problem");
        f.window().resize(1280, 800);
        f.filterBar().closeBar();
        f.tint().setSetting({});
        f.window().selection().clear();
        f.window().selection().hoverSite(ExpertSite{{2}, {5}});
        take("cell");
        f.window().selection().clear();
        f.filterBar().showExpression(text("text~\"self\""));
        QTRY_VERIFY(f.filter().complete());
        take("matches");
        f.filterBar().closeBar();
    }
}

QTEST_MAIN(TokenLinksTest)
#include "token_links_test.moc"
