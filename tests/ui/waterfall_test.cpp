// The waterfall over a real session with a scripted decoder: what it holds, mouse, keys, replay.

#include <QApplication>
#include <QDir>
#include <QLabel>
#include <QSignalSpy>
#include <QSlider>
#include <QToolButton>
#include <QWheelEvent>

#include "tests/ui/scripted_chat.h"
#include "ui/routing/replay.h"
#include "ui/routing/waterfall_panel.h"
#include "ui/routing/waterfall_view.h"

using namespace gatescope;
using gatescope::test::ScriptedChat;
using gatescope::test::scriptSaying;

namespace {

constexpr const char* kReply = "the rain in the city and the river and the sea and the hills";

std::shared_ptr<test::Script> endlessScript(int layers = 4) {
    auto script = scriptSaying(kReply);
    script->endless = true;
    script->config.numLayers = layers;
    return script;
}

void savePicture(QWidget& widget, const QString& name) {
    const QString folder = QStringLiteral(GATESCOPE_BINARY_DIR "/ui-pictures");
    QDir().mkpath(folder);
    QVERIFY(widget.grab().save(folder + QLatin1Char('/') + name));
}

QPoint pixelOf(WaterfallView& view, int token, int line = 0) {
    const QRect plot = view.plot();
    return plot.topLeft() +
           QPoint(view.axis().pixelOf(token), view.picture().pixelOfLine(line) + 1);
}

}  // namespace

class WaterfallTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void theViewHoldsTheTraceAndFollowsIt();
    void dragSelectsARangeAndEscapeClearsIt();
    void keysReachEverything();
    void pointingSaysWhatIsThere();
    void anEditBeginsAnew();
    void hiddenItTakesNothing();
    void theBarScrubsAndPlays();
    void coloursFollowTheThemeAndTheChoice();
    void picturesForPeople();
};

void WaterfallTest::theViewHoldsTheTraceAndFollowsIt() {
    ScriptedChat chat(endlessScript());
    WaterfallView view(chat.context);
    view.resize(500, 160);
    view.show();
    QVERIFY(chat.load());
    chat.session().setMaxTokens(300);
    QVERIFY(chat.talk("hello"));
    QTRY_VERIFY(view.complete());
    const ChatSession& session = chat.session();
    QCOMPARE(view.pyramid().columns(), session.traceSize());
    for (int token = 0; token < session.traceSize(); ++token)
        for (int row = 0; row < 32; ++row)
            QCOMPARE(view.pyramid().sample(0, token).high[row],
                     packProbability(
                         session.traceToken(token).routing->probs[static_cast<std::size_t>(row)]));
    const int last = session.traceSize() - 1;
    QVERIFY(view.follows());
    QVERIFY(view.axis().pixelOf(last) < view.plot().width());
    view.setFocus();
    for (int i = 0; i < 8; ++i) QTest::keyClick(&view, Qt::Key_W);
    QVERIFY(view.follows() && view.axis().pixelOf(last) < view.plot().width());
    QTest::keyClick(&view, Qt::Key_A);
    QVERIFY(!view.follows());
    const auto at = view.axis().firstPixel();
    chat.session().continueReply();
    QTRY_VERIFY_WITH_TIMEOUT(!session.generating() && session.traceSize() > last + 50, 20000);
    QTRY_VERIFY(view.complete());
    QCOMPARE(view.axis().firstPixel(), at);  // the user moved away: it stays there
    QTest::keyClick(&view, Qt::Key_End);
    QVERIFY(view.follows());
    QVERIFY(view.axis().pixelOf(session.traceSize() - 1) < view.plot().width());
}

void WaterfallTest::dragSelectsARangeAndEscapeClearsIt() {
    ScriptedChat chat(scriptSaying(kReply));
    WaterfallView view(chat.context);
    view.resize(600, 160);
    view.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    QTRY_VERIFY(view.complete());
    QTest::mousePress(&view, Qt::LeftButton, {}, pixelOf(view, 4));
    QMouseEvent move(QEvent::MouseMove,
                     pixelOf(view, 9),
                     view.mapToGlobal(pixelOf(view, 9)),
                     Qt::NoButton,
                     Qt::LeftButton,
                     {});
    QApplication::sendEvent(&view, &move);
    QTest::mouseRelease(&view, Qt::LeftButton, {}, pixelOf(view, 9));
    QVERIFY(chat.selection.range() == (TokenRange{4, 10}));
    QVERIFY(!chat.selection.token());  // a drag is no click
    chat.routing.countNow();
    QCOMPARE(chat.routing.range(), (TokenRange{4, 10}));
    QTest::keyClick(&view, Qt::Key_Escape);
    QVERIFY(!chat.selection.range());
    QTest::mouseClick(&view, Qt::LeftButton, {}, pixelOf(view, 6, 19));
    QCOMPARE(chat.selection.token(), std::optional<int>(6));
    QVERIFY(chat.selection.site() == (ExpertSite{{2}, {3}}));
}

void WaterfallTest::keysReachEverything() {
    ScriptedChat chat(scriptSaying(kReply));
    WaterfallPanel panel(chat.context);
    panel.resize(700, 300);
    panel.show();
    WaterfallView& view = panel.view();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    QTRY_VERIFY(view.complete());
    const int last = chat.session().traceSize() - 1;
    const auto press = [&view](Qt::Key key, Qt::KeyboardModifiers with = {}) {
        QTest::keyClick(&view, key, with);
    };
    press(Qt::Key_Home);
    QCOMPARE(chat.selection.token(), std::optional<int>(0));
    press(Qt::Key_Right);
    press(Qt::Key_Right);
    press(Qt::Key_Left);
    QCOMPARE(chat.selection.token(), std::optional<int>(1));
    press(Qt::Key_Right, Qt::ShiftModifier);
    press(Qt::Key_Right, Qt::ShiftModifier);
    QVERIFY(chat.selection.range() == (TokenRange{1, 4}));
    press(Qt::Key_Left, Qt::ShiftModifier);
    QVERIFY(chat.selection.range() == (TokenRange{1, 3}));
    press(Qt::Key_Down);
    QVERIFY(chat.selection.site() == (ExpertSite{{0}, {0}}));
    press(Qt::Key_Down);
    QVERIFY(chat.selection.site() == (ExpertSite{{0}, {1}}));
    press(Qt::Key_R);
    QCOMPARE(view.rowOrder(), WaterfallView::RowOrder::ByExpert);
    press(Qt::Key_Down);
    QVERIFY(chat.selection.site() == (ExpertSite{{1}, {1}}));
    QVERIFY2(panel.valueLine().contains(QStringLiteral("layer 1 expert 1 · p ")),
             qPrintable(panel.valueLine()));
    QVERIFY(view.accessibleName().endsWith(panel.valueLine()));
    const double before = view.axis().tokensPerPixel();
    press(Qt::Key_W);
    QVERIFY(view.axis().tokensPerPixel() < before);
    press(Qt::Key_S);
    QVERIFY(std::abs(view.axis().tokensPerPixel() - before) < 1e-9);
    press(Qt::Key_Space);
    QVERIFY(panel.replay().playing());
    press(Qt::Key_Space);
    QVERIFY(!panel.replay().playing());
    press(Qt::Key_End);
    QVERIFY(!chat.selection.token());
    QVERIFY(view.axis().pixelOf(last) < view.plot().width());
}

void WaterfallTest::pointingSaysWhatIsThere() {
    ScriptedChat chat(endlessScript());
    WaterfallPanel panel(chat.context);
    panel.resize(500, 300);
    panel.show();
    WaterfallView& view = panel.view();
    QVERIFY(chat.load());
    chat.session().setMaxTokens(600);
    QVERIFY(chat.talk("hello"));
    QTRY_VERIFY(view.complete());
    QVERIFY(view.axis().level() > 0);
    QTest::mouseMove(&view, pixelOf(view, 100, 10));
    QTRY_VERIFY(chat.selection.hoveredToken().has_value());
    QVERIFY(chat.selection.hoveredSite() == (ExpertSite{{1}, {2}}));
    QVERIFY2(panel.valueLine().startsWith(QStringLiteral("tokens ")) &&
                 panel.valueLine().contains(QStringLiteral("layer 1 expert 2 · p ")),
             qPrintable(panel.valueLine()));
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(&view, &leave);
    QVERIFY(!chat.selection.hoveredToken() && !chat.selection.hoveredSite());
    chat.selection.selectToken(100);
    chat.selection.selectSite(ExpertSite{{1}, {2}});
    const float p = chat.session().traceToken(100).routing->probs[10];
    QVERIFY2(
        panel.valueLine().contains(QStringLiteral("p %1").arg(static_cast<double>(p), 0, 'f', 3)),
        qPrintable(panel.valueLine()));
}

void WaterfallTest::anEditBeginsAnew() {
    ScriptedChat chat(scriptSaying(kReply));
    WaterfallView view(chat.context);
    view.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    QTRY_VERIFY(view.complete());
    chat.bridge.run([](ChatSession& s) { s.edit(0, "good evening to you"); });
    QTRY_VERIFY_WITH_TIMEOUT(!chat.session().generating() && view.complete(), 20000);
    const ChatSession& session = chat.session();
    QCOMPARE(view.pyramid().columns(), session.traceSize());
    for (int token = 0; token < session.traceSize(); ++token)
        QCOMPARE(view.pyramid().sample(0, token).high[0],
                 packProbability(session.traceToken(token).routing->probs[0]));
}

void WaterfallTest::hiddenItTakesNothing() {
    ScriptedChat chat(scriptSaying(kReply));
    WaterfallView view(chat.context);
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    QTest::qWait(30);
    QCOMPARE(view.pyramid().columns(), 0);
    view.show();
    QTRY_VERIFY(view.complete());
    QCOMPARE(view.pyramid().columns(), chat.session().traceSize());
}

void WaterfallTest::theBarScrubsAndPlays() {
    ScriptedChat chat(scriptSaying(kReply));
    WaterfallPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    const int last = chat.session().traceSize() - 1;
    auto* slider = panel.findChild<QSlider*>(QStringLiteral("replayPosition"));
    auto* place = panel.findChild<QLabel*>(QStringLiteral("replayPlace"));
    const auto click = [&panel](const char* name) {
        QTest::mouseClick(panel.findChild<QToolButton*>(QString::fromLatin1(name)), Qt::LeftButton);
    };
    auto* live = panel.findChild<QToolButton*>(QStringLiteral("replayLive"));
    QVERIFY(live->isChecked());
    QCOMPARE(slider->maximum(), last);
    QCOMPARE(slider->value(), last);
    slider->setValue(3);
    QCOMPARE(chat.selection.token(), std::optional<int>(3));
    QVERIFY(!live->isChecked());
    QVERIFY(place->text().startsWith(QStringLiteral("token 3 of ")));
    click("replayOn");
    click("replayOn");
    click("replayBack");
    QCOMPARE(chat.selection.token(), std::optional<int>(4));
    click("replayFirst");
    QCOMPARE(chat.selection.token(), std::optional<int>(0));
    Replay& replay = panel.replay();
    QSignalSpy finished(&replay, &Replay::finished);
    replay.setSpeed(8);
    chat.selection.selectRange(TokenRange{2, 6});
    replay.play();
    QCOMPARE(chat.selection.token(), std::optional<int>(2));
    replay.advance(std::chrono::milliseconds(130));
    QCOMPARE(chat.selection.token(), std::optional<int>(3));
    chat.selection.selectToken(5);  // somebody clicked elsewhere: it goes on from there
    QVERIFY(replay.playing());
    replay.advance(std::chrono::milliseconds(100));
    QCOMPARE(chat.selection.token(), std::optional<int>(5));
    replay.advance(std::chrono::milliseconds(130));
    QVERIFY(!replay.playing());
    QCOMPARE(finished.count(), 1);
    QCOMPARE(chat.selection.token(), std::optional<int>(5));
    replay.play();  // at its end: anew
    QCOMPARE(chat.selection.token(), std::optional<int>(2));
    click("replayLive");
    QVERIFY(!replay.playing() && !chat.selection.token() && live->isChecked());
}

void WaterfallTest::coloursFollowTheThemeAndTheChoice() {
    ScriptedChat chat(endlessScript());
    WaterfallPanel panel(chat.context);
    panel.resize(700, 240);
    panel.show();
    QVERIFY(chat.load());
    chat.session().setMaxTokens(8);
    QVERIFY(chat.talk("hello"));
    QTRY_VERIFY(panel.view().complete());
    // A pixel of the newest token's column, and one where no token is yet.
    const auto colours = [&panel] {
        const QImage picture = panel.view().grab().toImage();
        const QRect plot = panel.view().plot();
        const int last = panel.view().axis().pixelOf(panel.view().axis().tokens() - 1);
        return std::pair(picture.pixel(plot.left() + last, plot.top()),
                         picture.pixel(plot.right() - 1, plot.bottom() - 1));
    };
    const auto before = colours();
    panel.setColorMap(ColorMapKind::Grey);
    const auto grey = colours();
    QVERIFY(qRed(grey.first) == qGreen(grey.first) && qGreen(grey.first) == qBlue(grey.first));
    QVERIFY(grey.first != before.first);
    QCOMPARE(grey.second, before.second);
    bool said = false;
    for (const QWidget* widget : panel.findChildren<QWidget*>())
        said = said || widget->toolTip().contains(colorMapTitle(ColorMapKind::Grey));
    QVERIFY(said);
    chat.theme.setMode(chat.theme.isDark() ? Theme::Mode::Light : Theme::Mode::Dark);
    const auto otherTheme = colours();
    QCOMPARE(otherTheme.first, grey.first);  // probabilities keep theirs
    QVERIFY(otherTheme.second != grey.second);
}

void WaterfallTest::picturesForPeople() {
    for (const auto& [layers, tokens, width, height] : {std::tuple(4, 40, 420, 240),
                                                        std::tuple(64, 40, 1000, 300),
                                                        std::tuple(64, 900, 1000, 420)}) {
        ScriptedChat chat(endlessScript(layers));
        QVERIFY(chat.load());
        chat.session().setMaxTokens(tokens);
        QVERIFY(chat.talk("hello"));
        chat.bridge.run([](ChatSession& s) { s.setInterventions({.ablate = {{{1}, {2}}}}); });
        QVERIFY(chat.talk("and now again"));
        for (const auto theme : {Theme::Mode::Dark, Theme::Mode::Light}) {
            chat.theme.setMode(theme);
            chat.theme.apply();
            WaterfallPanel panel(chat.context);
            panel.resize(width, height);
            panel.show();
            QTRY_VERIFY(panel.view().complete());
            const QString name = QStringLiteral("waterfall-%1-%2-%3-%4")
                                     .arg(layers)
                                     .arg(tokens)
                                     .arg(width)
                                     .arg(chat.theme.name());
            chat.selection.clear();
            QTest::qWait(30);
            savePicture(panel, name + QStringLiteral(".png"));
            chat.selection.selectToken(12);
            chat.selection.selectSite(ExpertSite{{2}, {3}});
            chat.selection.selectRange(TokenRange{8, 30});
            chat.selection.hoverToken(20);
            for (int i = 0; i < 4; ++i) panel.view().zoom(0.8);
            QTest::qWait(30);
            savePicture(panel, name + QStringLiteral("-range.png"));
        }
    }
}

QTEST_MAIN(WaterfallTest)
#include "waterfall_test.moc"
