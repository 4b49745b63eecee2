// Panels that nobody sees cost nothing: the whole window, with every dock it has.

#include <QTest>

#include "tests/ui/hidden_work.h"
#include "tests/ui/window_fixture.h"

using namespace gatescope;
using test::DockPaints;
using test::DockWork;
using test::WindowFixture;
using test::workOf;

namespace {

constexpr int kTokens = 120;

/// Everything that follows a conversation has something to follow.
bool streamsSome(WindowFixture& f) {
    f.session().setMaxTokens(kTokens);
    const int before = f.session().traceSize();
    return f.say(QStringLiteral("go on")) && f.session().traceSize() >= before + kTokens;
}

}  // namespace

class HiddenPanelsTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void hiddenDocksComputeAndPaintNothing();
    void docksAreUpToDateWhenTheyAreShownAgain();
};

void HiddenPanelsTest::hiddenDocksComputeAndPaintNothing() {
    WindowFixture f;
    f.script().endless = true;
    f.setReplies({" the rain in the city and the river and the sea"});
    f.openWithModel();
    QVERIFY(f.window().findChildren<ChartFrame*>().size() >= 4);
    test::hideAllDocks(f.window());
    QTest::qWait(300);  // what only the change itself costs
    const DockWork before = workOf(f.window());
    QCOMPARE(before.waterfallColumns, 0);
    QVERIFY(!before.branchCounted);
    DockPaints paints;
    QVERIFY(streamsSome(f));
    for (int token = 0; token < 20; ++token) {  // nor while somebody points and picks in the chat
        f.window().selection().hoverToken(token);
        f.window().selection().selectToken(token);
        f.window().selection().selectSite(ExpertSite{{0}, {token % 4}});
    }
    f.window().selection().selectRange(TokenRange{3, 30});
    QTest::qWait(400);  // longer than any panel waits for its turn
    QVERIFY(workOf(f.window()) == before);
    QCOMPARE(paints.count, 0);
}

void HiddenPanelsTest::docksAreUpToDateWhenTheyAreShownAgain() {
    WindowFixture f;
    f.script().endless = true;
    f.setReplies({" the rain in the city and the river and the sea"});
    f.openWithModel();
    test::hideAllDocks(f.window());
    QVERIFY(streamsSome(f));
    DockPaints paints;
    for (const char* dock : {"routing", "waterfall", "transitions"})
        QVERIFY(f.window().showView(QString::fromLatin1(dock)));
    QTRY_COMPARE(workOf(f.window()).waterfallColumns, f.session().traceSize());
    QTRY_VERIFY(workOf(f.window()).chartUpdates > 0);
    const DockWork shown = workOf(f.window());
    QVERIFY(shown.branchCounted);
    QVERIFY(shown.heatmapCells > 0);
    QTRY_VERIFY(paints.count > 0);
    // And the same counters rise with every token that comes: that they stay at 0 above says
    // something.
    QVERIFY(streamsSome(f));
    QTRY_VERIFY(workOf(f.window()).chartUpdates > shown.chartUpdates);
    QTRY_VERIFY(workOf(f.window()).waterfallColumns >= shown.waterfallColumns + kTokens);
}

QTEST_MAIN(HiddenPanelsTest)
#include "hidden_panels_test.moc"
