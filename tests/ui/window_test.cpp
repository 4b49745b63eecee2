// The window on a real Engine with a scripted model: keyboard, streaming, tokens, errors.

#include <QAccessible>
#include <QCheckBox>
#include <QComboBox>
#include <QDockWidget>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QScrollBar>
#include <QSettings>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <algorithm>
#include <fstream>

#include "tests/ui/window_fixture.h"
#include "ui/chat/banner.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/chat_view.h"
#include "ui/chat/composer.h"
#include "ui/window/stall_watch.h"

using namespace gatescope;
using test::WindowFixture;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

}  // namespace

class WindowTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void anEmptyWindowOffersModelAndDemo();
    void enterSendsAndTheReplyStreams();
    void shiftEnterBreaksTheLine();
    void aLongMessageCoversNothingInASmallWindow();
    void escapeStopsAReply();
    void ctrlRWritesTheReplyAnew();
    void ctrlShiftHHoldsTheNextReplyToTheRoutesShown();
    void altArrowsShowTheVersionsOfAReply();
    void altUpEditsTheLastMessage();
    void aClickPicksTheTokenUnderIt();
    void arrowsWalkTheTokens();
    void commaAndPeriodWalkTokensButAreTextInTheComposer();
    void pickingACellTintsTokensByItsGate();
    void scrollingUpPausesFollowing();
    void themeSwitchRepaintsAndIsRemembered();
    void errorsAreASentenceInTheWindow();
    void aFailedReplySaysWhyAndKeepsTheText();
    void anEngineThatIsLostKeepsEverythingAndOffersANewStart();
    void aNewStartShowsTheRecordingAgain();
    void aNewStartThatDiedOfItsModelKeepsTheRest();
    void aLoadCanBeCancelledInTheWindow();
    void aModelThatLoadsCanBeWrittenTo();
    void cancellingALoadEndsTheReplyThatWaitsForIt();
    void aModelThatEndedTheProgramIsNotLoadedAgain();
    void everyActionHasAKeyOfItsOwn();
    void everyControlHasAName();
    void viewsAreShownByName();
    void theStatusLineSaysWhereNumbersComeFrom();
    void theStatusLineShowsWhatOtherBranchesTake();
    void speculationIsASettingAndItsSpeedSaysSo();
    void hostileTextIsShownAsSymbols();
    void aLongConversationStaysQuick();

  private:
    static QPlainTextEdit* composer(WindowFixture& fixture) {
        return fixture.find<QPlainTextEdit>("composerText");
    }
};

void WindowTest::anEmptyWindowOffersModelAndDemo() {
    WindowFixture f;
    f.open();
    QCOMPARE(f.window().chat().shownPage(), QStringLiteral("no-model"));
    QVERIFY(!f.window().sendComposer());
    f.window().openModel({});
    QVERIFY(f.waitFor([&] { return f.session().model() != nullptr; }));
    QCOMPARE(f.window().chat().shownPage(), QStringLiteral("no-conversation"));
    QVERIFY2(f.maxStallMs() < test::kMaxStallMs, qPrintable(QString::number(f.maxStallMs())));
}

void WindowTest::enterSendsAndTheReplyStreams() {
    WindowFixture f;
    f.setReplies({" one two three four five six seven eight"});
    f.script().tokenDelay = std::chrono::milliseconds(20);
    f.openWithModel();
    QTest::keyClicks(composer(f), text("Hello there"));
    QTest::keyClick(composer(f), Qt::Key_Return);
    QCOMPARE(composer(f)->toPlainText(), QString());
    ChatView& view = f.window().chat().view();
    QVERIFY(f.waitFor([&] { return view.messageCount() == 2 && !view.messageText(1).isEmpty(); }));
    QVERIFY(f.session().generating());  // text is there while more is still to come
    QVERIFY(f.find<QToolButton>("stopButton")->isVisible());
    QVERIFY(f.waitIdle());
    QTRY_COMPARE(view.messageText(1), text("one two three four five six seven eight"));
    QCOMPARE(view.messageText(0), text("Hello there"));
    QVERIFY(view.accessibleDescription().contains(text("one two three")));
    QVERIFY(f.find<QToolButton>("sendButton")->isVisible());
    QVERIFY2(f.maxStallMs() < test::kMaxStallMs, qPrintable(QString::number(f.maxStallMs())));
    f.picture("window-reply");
}

void WindowTest::shiftEnterBreaksTheLine() {
    WindowFixture f;
    f.openWithModel();
    QTest::keyClicks(composer(f), text("a"));
    QTest::keyClick(composer(f), Qt::Key_Return, Qt::ShiftModifier);
    QTest::keyClicks(composer(f), text("b"));
    QCOMPARE(composer(f)->toPlainText(), text("a\nb"));
    QVERIFY(f.session().messages().empty());
}

void WindowTest::aLongMessageCoversNothingInASmallWindow() {
    WindowFixture f;
    f.openWithModel();
    f.window().resize(900, 600);
    f.window().setComposerText(text("a word and another ").repeated(100));
    const auto edge = [&f](QWidget* widget, QPoint corner) {
        return widget->mapTo(&f.window(), corner).y();
    };
    auto* choice = f.find<QComboBox>("templateChoice");
    const auto below = [&] {
        return edge(choice, {}) - edge(composer(f), {0, composer(f)->height()});
    };
    QTRY_VERIFY2(below() >= 0, qPrintable(QString::number(below())));
    QVERIFY(composer(f)->height() > 4 * QFontMetrics(composer(f)->font()).height());
    QVERIFY(edge(composer(f), {}) > 200);  // the rest of the conversation stays in sight
    QVERIFY(f.window().minimumSizeHint().width() <= 900);
    f.picture("window-small");
}

void WindowTest::escapeStopsAReply() {
    WindowFixture f;
    f.setReplies({" word"});
    f.script().endless = true;
    f.script().tokenDelay = std::chrono::milliseconds(5);
    f.openWithModel();
    f.window().setComposerText(text("go on"));
    QVERIFY(f.window().sendComposer());
    QVERIFY(f.waitFor([&] {
        return f.session().messages().size() == 2 && f.session().messages()[1].text.size() > 20;
    }));
    QTest::keyClick(&f.window(), Qt::Key_Escape);
    QVERIFY(QTest::qWaitFor([&] { return !f.session().generating(); }, 2000));
    QVERIFY(f.session().messages()[1].finishReason == FinishReason::Stopped);
    QVERIFY(f.session().messages()[1].text.size() > 20);
}

void WindowTest::ctrlRWritesTheReplyAnew() {
    WindowFixture f;
    f.setReplies({" first answer", " second answer"});
    f.openWithModel();
    QVERIFY(f.say(text("ask")));
    ChatView& view = f.window().chat().view();
    QTRY_COMPARE(view.messageText(1), text("first answer"));
    f.window().selection().selectToken(2);
    QTest::keyClick(&f.window(), Qt::Key_R, Qt::ControlModifier);
    QVERIFY(f.waitIdle());
    QTRY_COMPARE(view.messageText(1), text("second answer"));
    QCOMPARE(view.messageCount(), 2);
    QVERIFY(!f.window().selection().token());  // it was of the reply that is gone
}

void WindowTest::ctrlShiftHHoldsTheNextReplyToTheRoutesShown() {
    WindowFixture f;
    f.setReplies({" first answer", " second answer"});
    f.openWithModel();
    QVERIFY(f.say(text("ask")));
    std::vector<RoutingRecordPtr> before;
    for (int i = 0; i < f.session().traceSize(); ++i)
        before.push_back(f.session().traceToken(i).routing);
    QTest::keyClick(&f.window(), Qt::Key_H, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(f.session().interventions().pin != nullptr);
    QTest::keyClick(&f.window(), Qt::Key_R, Qt::ControlModifier);
    QVERIFY(f.waitIdle());
    int otherWords = 0;  // whose routers say something else, which decides nothing
    const int common = std::min(f.session().traceSize(), static_cast<int>(before.size()));
    for (int i = f.session().firstTokenOfMessage(1); i < common; ++i) {
        const RoutingRecord& then = *before[static_cast<std::size_t>(i)];
        const RoutingRecord& now = *f.session().traceToken(i).routing;
        otherWords += now.probs != then.probs ? 1 : 0;
        for (int layer = 0; layer < now.numLayers; ++layer)
            QVERIFY(
                std::ranges::is_permutation(now.layerSelected(layer), then.layerSelected(layer)));
    }
    QVERIFY(otherWords > 0);
}

void WindowTest::altArrowsShowTheVersionsOfAReply() {
    WindowFixture f;
    f.setReplies({" one", " two"});
    f.openWithModel();
    QVERIFY(f.say(text("hi")));
    ChatView& view = f.window().chat().view();
    auto* label = f.find<QLabel>("versionLabel");
    QTRY_COMPARE(view.messageText(1), text("one"));
    QVERIFY(!label->isVisible());
    QTest::keyClick(&f.window(), Qt::Key_R, Qt::ControlModifier);
    QTRY_COMPARE(view.messageText(1), text("two"));
    QVERIFY(f.waitIdle());
    QTRY_COMPARE(label->text(), text("2 of 2"));
    QVERIFY(label->isVisible());
    f.picture("window-versions");
    QTest::keyClick(&f.window(), Qt::Key_Left, Qt::AltModifier);
    QTRY_COMPARE(view.messageText(1), text("one"));
    QTRY_COMPARE(label->text(), text("1 of 2"));
    QTest::keyClick(&f.window(), Qt::Key_Right, Qt::AltModifier);
    QTRY_COMPARE(view.messageText(1), text("two"));
}

void WindowTest::altUpEditsTheLastMessage() {
    WindowFixture f;
    f.setReplies({" first", " second"});
    f.openWithModel();
    QVERIFY(f.say(text("question one")));
    QTest::keyClick(&f.window(), Qt::Key_Up, Qt::AltModifier);
    QCOMPARE(f.window().composerText(), text("question one"));
    f.window().setComposerText(text("question two"));
    QTest::keyClick(composer(f), Qt::Key_Return);
    QVERIFY(f.waitIdle());
    QTRY_COMPARE(f.window().chat().view().messageText(0), text("question two"));
    QTRY_COMPARE(f.window().chat().view().messageText(1), text("second"));
    QCOMPARE(f.window().composerText(), QString());
}

void WindowTest::aClickPicksTheTokenUnderIt() {
    WindowFixture f;
    f.setReplies({" one two three four five six"});
    f.openWithModel();
    QVERIFY(f.say(text("Hello there")));
    ChatView& view = f.window().chat().view();
    QTRY_COMPARE(view.messageText(1), text("one two three four five six"));
    int clicked = 0;
    for (int token = 0; token < f.session().traceSize(); ++token) {
        const QRect rect = view.tokenRect(token);
        if (rect.width() < 6) continue;  // the template's own text has no place in the view
        QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, rect.center());
        QVERIFY(f.window().selection().token().has_value());
        QCOMPARE(*f.window().selection().token(), token);
        ++clicked;
    }
    QVERIFY2(clicked >= 6, qPrintable(QString::number(clicked)));
    QTest::mouseClick(
        view.viewport(), Qt::LeftButton, {}, QPoint(4, view.viewport()->height() - 4));
    QVERIFY(!f.window().selection().token());
}

void WindowTest::arrowsWalkTheTokens() {
    WindowFixture f;
    f.setReplies({" one two three"});
    f.openWithModel();
    QVERIFY(f.say(text("hi")));
    ChatView& view = f.window().chat().view();
    view.setFocus();
    const int last = f.session().traceSize() - 1;
    QTest::keyClick(&view, Qt::Key_Left);
    QCOMPARE(f.window().selection().token().value_or(-1), last);
    QTest::keyClick(&view, Qt::Key_Left);
    QCOMPARE(f.window().selection().token().value_or(-1), last - 1);
    QTest::keyClick(&view, Qt::Key_Right);
    QTest::keyClick(&view, Qt::Key_Right);
    QCOMPARE(f.window().selection().token().value_or(-1), last);  // stays at the end
    QVERIFY(f.window().statusText().contains(QStringLiteral("token %1 of").arg(last)));
    QTest::keyClick(&view, Qt::Key_Escape);
    QVERIFY(!f.window().selection().token());
}

void WindowTest::commaAndPeriodWalkTokensButAreTextInTheComposer() {
    WindowFixture f;
    f.setReplies({" one two three"});
    f.openWithModel();
    QVERIFY(f.say(text("hi")));
    QTest::keyClicks(composer(f), text(",."));
    QCOMPARE(f.window().composerText(), text(",."));
    QVERIFY(!f.window().selection().token());
    QTest::keyClick(&f.window(), Qt::Key_Comma);
    QCOMPARE(f.window().selection().token().value_or(-1), f.session().traceSize() - 1);
    QTest::keyClick(&f.window(), Qt::Key_Comma);
    QTest::keyClick(&f.window(), Qt::Key_Period);
    QCOMPARE(f.window().selection().token().value_or(-1), f.session().traceSize() - 1);
}

void WindowTest::pickingACellTintsTokensByItsGate() {
    WindowFixture f;
    f.setReplies({" one two three"});
    // Layer 2 sends every token to expert 5.
    f.script().routerLogit = [](TokenId, int, int layer, int expert) {
        return layer == 2 && expert == 5 ? 9.0F : 0.1F * static_cast<float>(expert);
    };
    f.openWithModel();
    QVERIFY(f.say(text("hi")));
    ChatView& view = f.window().chat().view();
    QTRY_COMPARE(view.messageText(1), text("one two three"));
    const QRect rect = view.tokenRect(f.session().traceSize() - 2);
    QVERIFY(!rect.isEmpty());
    const auto corner = [&] {
        return view.viewport()->grab().toImage().pixelColor(rect.left() + 1, rect.top() + 1);
    };
    const QColor plain = corner();
    auto* choice = f.find<QComboBox>("tintChoice");
    choice->setCurrentIndex(choice->findData(int(TintQuantity::Gate)));
    QVERIFY(f.window().selection().site().has_value());  // without one there is nothing to see
    f.window().selection().selectSite(ExpertSite{LayerId{2}, ExpertId{5}});
    const QColor tinted = corner();
    QVERIFY2(plain != tinted, qPrintable(plain.name()));
    f.window().selection().selectSite(ExpertSite{LayerId{2}, ExpertId{0}});  // never selected
    QCOMPARE(corner(), plain);
}

void WindowTest::scrollingUpPausesFollowing() {
    WindowFixture f;
    std::string longReply;
    for (int i = 0; i < 150; ++i) longReply += " line\n";
    f.setReplies({longReply, longReply});
    f.script().tokenDelay = std::chrono::milliseconds(1);
    f.openWithModel();
    f.session().setMaxTokens(600);
    QVERIFY(f.say(text("first")));
    ChatView& view = f.window().chat().view();
    QTRY_VERIFY(view.verticalScrollBar()->maximum() > 200);
    QTRY_COMPARE(view.verticalScrollBar()->value(), view.verticalScrollBar()->maximum());
    f.window().setComposerText(text("second"));
    QVERIFY(f.window().sendComposer());
    QVERIFY(f.waitFor([&] {
        return f.session().messages().size() == 4 && f.session().messages()[3].text.size() > 100;
    }));
    view.verticalScrollBar()->setValue(40);
    QVERIFY(!view.followsNewest());
    QVERIFY(f.waitIdle());
    QTest::qWait(50);
    QCOMPARE(view.verticalScrollBar()->value(), 40);
    view.jumpToLatest();
    QVERIFY(view.followsNewest());
    QCOMPARE(view.verticalScrollBar()->value(), view.verticalScrollBar()->maximum());
    QVERIFY2(f.maxStallMs() < test::kMaxStallMs, qPrintable(QString::number(f.maxStallMs())));
}

void WindowTest::themeSwitchRepaintsAndIsRemembered() {
    WindowFixture f;
    f.openWithModel();
    QVERIFY(f.window().setTheme(text("dark")));
    const auto lightness = [&] {
        return f.window().chat().grab().toImage().pixelColor(5, 300).lightness();
    };
    const int dark = lightness();
    QTest::keyClick(&f.window(), Qt::Key_T, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(f.window().theme().name(), text("light"));
    QVERIFY2(lightness() > dark + 100, qPrintable(QString::number(lightness())));
    QVERIFY(!f.window().setTheme(text("pink")));
    f.window().close();
    f.open();
    QCOMPARE(f.window().theme().name(), text("light"));
}

void WindowTest::errorsAreASentenceInTheWindow() {
    WindowFixture f;
    f.script().openError = "/models/x: tensor 3 at byte 12: expected 4 elements, found 5";
    f.open();
    f.window().openModel(text("/models/x"));
    QTRY_COMPARE(f.window().currentError(),
                 text("/models/x: tensor 3 at byte 12: expected 4 elements, found 5"));
    QVERIFY(f.window().chat().banner().isVisible());
    QVERIFY(QApplication::activeModalWidget() == nullptr);
    QTest::keyClick(&f.window(), Qt::Key_D, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(f.window().currentError().isEmpty());
    QVERIFY(!f.window().chat().banner().isVisible());
}

void WindowTest::aFailedReplySaysWhyAndKeepsTheText() {
    WindowFixture f;
    f.setReplies({" one two three four five six"});
    f.script().faults = {{.kind = test::ScriptedFault::Kind::NonFinite, .call = 4, .layer = 2}};
    f.openWithModel();
    QVERIFY(f.say(text("hi")));
    QVERIFY2(f.window().currentError().contains(text("layer 2")),
             qPrintable(f.window().currentError()));
    QTRY_VERIFY(f.window().chat().view().messageText(1).startsWith(text("one")));
    QTRY_VERIFY2(f.window().chat().view().footerText(1).endsWith(text(" · failed")),
                 qPrintable(f.window().chat().view().footerText(1)));
    QVERIFY(f.say(text("again")));  // the window goes on
}

void WindowTest::anEngineThatIsLostKeepsEverythingAndOffersANewStart() {
    WindowFixture f;
    f.setReplies({" one two three four five six"});
    f.script().faults = {{.kind = test::ScriptedFault::Kind::EngineLost, .call = 4}};
    f.openWithModel();
    auto* offer = f.find<QPushButton>("bannerOffer");
    QVERIFY(!offer->isVisible());
    QVERIFY(f.say(text("hi")));
    QVERIFY2(f.window().currentError().contains(text("GPU-002")),
             qPrintable(f.window().currentError()));
    QTRY_VERIFY(f.session().model() == nullptr);
    QVERIFY(offer->isVisible());
    QVERIFY2(f.window().statusText().startsWith(text("no model")),
             qPrintable(f.window().statusText()));
    QCOMPARE(f.window().windowTitle(), text("Gatescope"));
    QTRY_VERIFY(f.window().chat().view().messageText(1).startsWith(text("one")));
    QVERIFY(f.session().traceToken(0).routing != nullptr);  // traces stay usable
    f.window().setComposerText(text("a thought"));
    for (const char* theme : {"light", "dark"}) {
        f.window().setTheme(text(theme));
        QTest::qWait(300);  // the end of the reply, and the layout
        f.picture((std::string("engine-lost-") + theme).c_str());
    }

    f.window().resize(640, 480);
    QTest::qWait(100);
    f.picture("engine-lost-small");

    // In the same process the CPU still serves.
    f.window().openModel(text("scripted"));
    QTRY_VERIFY(f.session().model() != nullptr);
    QVERIFY(!offer->isVisible());

    QSignalSpy wanted(&f.window(), &MainWindow::restartRequested);
    Q_EMIT f.window().bridge().errorOccurred(text("lost again"));
    Q_EMIT f.window().bridge().engineWasLost();
    QTest::mouseClick(offer, Qt::LeftButton);
    QCOMPARE(wanted.count(), 1);
    f.open();  // the next start on this profile
    f.window().openDefaultModelAtStart();
    QTRY_VERIFY(f.session().model() != nullptr);
    QTRY_COMPARE(f.window().chat().view().messageCount(), 2);
    QVERIFY(f.window().chat().view().messageText(1).startsWith(text("one")));
    QCOMPARE(f.window().composerText(), text("a thought"));
    f.open();  // once only
    f.window().openDefaultModelAtStart();
    QVERIFY(f.waitFor([&] { return f.session().model() != nullptr; }));
    QVERIFY(f.window().composerText().isEmpty());
    QCOMPARE(f.window().chat().view().messageCount(), 0);
}

void WindowTest::aNewStartShowsTheRecordingAgain() {
    WindowFixture f;
    f.setReplies({" one two three"});
    f.openWithModel();
    QVERIFY(f.say(text("hi")));
    const auto file = f.profile() / "a.gscope";
    bool saved = false;
    f.session().saveRecording(file, [&](const auto& error) { saved = !error; });
    QVERIFY(f.waitFor([&] { return saved; }));
    f.window().openRecording(QString::fromStdString(file.string()));
    QVERIFY(f.waitFor([&] { return f.session().isReplay(); }));
    QTest::keyClick(&f.window(), Qt::Key_F5, Qt::ControlModifier | Qt::ShiftModifier);
    f.open();  // the next start on this profile
    f.window().openDefaultModelAtStart();
    QVERIFY(f.waitFor([&] { return f.session().isReplay() && f.session().model() != nullptr; }));
    QTRY_VERIFY(f.window().chat().view().messageText(1).startsWith(text("one")));
}

void WindowTest::aNewStartThatDiedOfItsModelKeepsTheRest() {
    WindowFixture f;
    {
        QSettings settings(QString::fromStdString((f.profile() / "window.ini").string()),
                           QSettings::IniFormat);
        settings.setValue(text("openWork/model"), text("/models/killer"));
        settings.setValue(text("openWork/decoder"), text("cuda"));
        settings.setValue(text("openWork/composerText"), text("a thought"));
    }
    std::ofstream(f.profile() / "loading") << "/models/killer";
    f.open();
    f.window().openDefaultModelAtStart();
    QVERIFY(!f.session().loading());
    QVERIFY(f.window().chat().banner().sentence().contains(text("/models/killer")));
    QCOMPARE(f.window().composerText(), text("a thought"));
}

void WindowTest::aLoadCanBeCancelledInTheWindow() {
    WindowFixture f;
    f.script().loadSteps = 2000;
    f.script().loadStepDelay = std::chrono::milliseconds(5);
    f.open();
    f.window().openModel({});
    LoadBanner& banner = f.window().chat().loadBanner();
    QVERIFY(banner.isVisible());
    QVERIFY(f.waitFor([&] { return banner.text().contains(text(" of ")); }));
    QVERIFY(std::filesystem::exists(f.profile() / "loading"));
    Q_EMIT banner.cancelClicked();
    QVERIFY(QTest::qWaitFor([&] { return !f.session().loading(); }, 2000));
    QTRY_VERIFY(!banner.isVisible());
    QVERIFY(!std::filesystem::exists(f.profile() / "loading"));
    QCOMPARE(f.window().chat().shownPage(), text("no-model"));
}

void WindowTest::aModelThatLoadsCanBeWrittenTo() {
    WindowFixture f;
    f.setReplies({" a reply"});
    f.script().loadSteps = 100;
    f.script().loadStepDelay = std::chrono::milliseconds(20);
    f.script().usableWhileLoading = true;
    f.open();
    f.window().openModel({});
    LoadBanner& banner = f.window().chat().loadBanner();
    QVERIFY(f.waitFor([&] { return f.session().canTalk(); }));
    QVERIFY(f.session().loading());
    QVERIFY2(banner.text().contains(text("write already")), qPrintable(banner.text()));
    f.window().setComposerText(text("hello"));
    QVERIFY(f.window().sendComposer());
    QVERIFY(f.waitFor([&] { return f.session().messages().size() == 2; }));
    QVERIFY(f.session().loading());
    QVERIFY(f.session().messages().back().text.empty());
    f.picture("loading-and-talking");
    const QSize before = f.window().size();
    f.window().resize(640, 480);
    QVERIFY2(banner.minimumSizeHint().width() < 300, "it asks for more width than there is");
    f.picture("loading-and-talking-small");
    f.window().resize(before);
    QVERIFY(f.waitFor([&] { return !f.session().generating(); }));
    QVERIFY(f.waitFor([&] { return !f.session().loading(); }));
    QCOMPARE(f.session().messages().back().text, std::string(" a reply"));
    QTRY_VERIFY(!banner.isVisible());
    QVERIFY(!std::filesystem::exists(f.profile() / "loading"));
}

void WindowTest::cancellingALoadEndsTheReplyThatWaitsForIt() {
    WindowFixture f;
    f.setReplies({" a reply"});
    f.script().loadSteps = 2000;
    f.script().loadStepDelay = std::chrono::milliseconds(5);
    f.script().usableWhileLoading = true;
    f.open();
    f.window().openModel({});
    QVERIFY(f.waitFor([&] { return f.session().canTalk(); }));
    f.window().setComposerText(text("hello"));
    QVERIFY(f.window().sendComposer());
    QVERIFY(f.waitFor([&] { return f.session().messages().size() == 2; }));
    QVERIFY(f.waitFor([&] { return f.session().messages().size() == 2; }));
    Q_EMIT f.window().chat().loadBanner().cancelClicked();
    QVERIFY(f.waitFor([&] { return !f.session().loading() && !f.session().generating(); }));
    QVERIFY(!f.session().canTalk());
    QVERIFY(f.session().model() == nullptr);
    QVERIFY(f.session().messages().back().finishReason == FinishReason::Stopped);
}

void WindowTest::aModelThatEndedTheProgramIsNotLoadedAgain() {
    WindowFixture f;
    std::ofstream(f.profile() / "loading") << "/models/killer";
    f.open();
    f.window().openDefaultModelAtStart();
    QVERIFY(!f.session().loading());
    const Banner& banner = f.window().chat().banner();
    QVERIFY(banner.isVisible());
    QVERIFY2(banner.sentence().contains(text("/models/killer")), qPrintable(banner.sentence()));
    f.open();  // that was said once; the next start is an ordinary one
    f.window().openDefaultModelAtStart();
    QVERIFY(f.waitFor([&] { return f.session().model() != nullptr; }));
}

void WindowTest::everyActionHasAKeyOfItsOwn() {
    WindowFixture f;
    f.open();
    QStringList keys;
    for (const QAction* action : f.window().actions()) {
        const QString key = action->shortcut().toString();
        QVERIFY2(!key.isEmpty(), qPrintable(action->text()));
        QVERIFY2(!keys.contains(key), qPrintable(key));
        keys << key;
    }
    QVERIFY(keys.size() > 30);
    auto* routing = f.find<QDockWidget>("routing");
    QVERIFY(routing->isVisible());
    QTest::keyClick(&f.window(), Qt::Key_2, Qt::ControlModifier | Qt::AltModifier);
    QVERIFY(!routing->isVisible());
}

// As a screen reader would say it: the name given, or the text on it, or what its hint says.
void WindowTest::everyControlHasAName() {
    WindowFixture f;
    f.setReplies({" one"});
    f.openWithModel();
    QVERIFY(f.say(text("hi")));
    int controls = 0;
    for (QWidget* widget : f.window().findChildren<QWidget*>()) {
        if (!widget->isVisible() || widget->focusPolicy() == Qt::NoFocus) continue;
        if (widget->objectName().startsWith(QLatin1String("qt_"))) continue;  // inside another
        QAccessibleInterface* seen = QAccessible::queryAccessibleInterface(widget);
        QVERIFY(seen != nullptr);
        QVERIFY2(!seen->text(QAccessible::Name).isEmpty(),
                 qPrintable(QString::fromLatin1(widget->metaObject()->className()) +
                            QLatin1Char(' ') + widget->objectName()));
        ++controls;
    }
    QVERIFY(controls > 10);
}

void WindowTest::viewsAreShownByName() {
    WindowFixture f;
    f.open();
    QVERIFY(!f.window().showView(text("nothing")));
    QVERIFY(f.window().showView(text("chat")));
    QVERIFY(!f.find<QWidget>("routing")->isVisible());
    QVERIFY(f.window().showView(text("routing")));
    QVERIFY(f.find<QWidget>("routing")->isVisible());
    QVERIFY(f.window().showView(text("present")));
    QVERIFY(!f.find<QWidget>("conversations")->isVisible());
    QVERIFY(f.window().theme().scale() > 1.2);
    QVERIFY(f.window().showView(text("inspect")));
    QVERIFY(f.find<QWidget>("conversations")->isVisible());
    QVERIFY(f.window().theme().scale() == 1.0);
    for (const QString& name : f.window().viewNames())
        QVERIFY2(f.window().showView(name), qPrintable(name));
}

void WindowTest::theStatusLineSaysWhereNumbersComeFrom() {
    WindowFixture f;
    f.setReplies({" one two three"});
    f.openWithModel();
    QVERIFY(f.say(text("hi")));
    QTRY_VERIFY(f.window().statusText().contains(text("ready")));
    const QString status = f.window().statusText();
    QVERIFY2(status.contains(QStringLiteral("context %1 of").arg(f.session().traceSize())),
             qPrintable(status));
    QVERIFY2(status.contains(text("tokens/s")), qPrintable(status));
    QVERIFY2(status.endsWith(text("MEASURED")) || status.endsWith(text("SYNTHETIC")),
             qPrintable(status));
}

void WindowTest::theStatusLineShowsWhatOtherBranchesTake() {
    WindowFixture f;
    f.setReplies({" one two three", " four five six"});
    f.openWithModel();
    QVERIFY(f.say(text("hi")));
    QVERIFY(!f.window().statusText().contains(text("branches")));
    f.window().bridge().run([](ChatSession& session) { session.regenerate(); });
    QVERIFY(f.waitIdle());
    static const QRegularExpression shown(
        text(R"(context \d+ of [\d,]+, branches \d[\d.]* [kMG]?B)"));
    QTRY_VERIFY2(f.window().statusText().contains(shown), qPrintable(f.window().statusText()));
    for (const char* look : {"light", "dark"}) {
        f.window().setTheme(text(look));
        f.picture(qPrintable(QStringLiteral("branches-%1").arg(text(look))));
    }
}

void WindowTest::speculationIsASettingAndItsSpeedSaysSo() {
    WindowFixture f;
    std::string repeats;
    for (int i = 0; i < 60; ++i) repeats += " tick tock";
    f.setReplies({repeats, repeats});
    f.openWithModel();
    auto* box = f.find<QCheckBox>("speculation");
    QVERIFY(box != nullptr);
    QVERIFY(!box->isChecked());
    QVERIFY(!box->toolTip().isEmpty());
    QVERIFY(f.say(text("hi")));
    QTRY_VERIFY(f.window().statusText().contains(text("tokens/s")));
    QVERIFY(!f.window().statusText().contains(text("with drafts")));

    box->click();
    QVERIFY(f.session().speculation());
    f.window().bridge().run([](ChatSession& session) { session.regenerate(); });
    QVERIFY(f.waitIdle());
    QTRY_VERIFY2(f.window().statusText().contains(text("tokens/s with drafts")),
                 qPrintable(f.window().statusText()));
    const auto& tokens = f.session().messages().back().tokens;
    QVERIFY(std::ranges::any_of(tokens, [](const auto& t) { return t.drafted; }));
    QVERIFY(std::ranges::all_of(tokens, [](const auto& t) { return t.routing != nullptr; }));
    for (const char* look : {"light", "dark"}) {
        f.window().setTheme(text(look));
        f.picture(qPrintable(QStringLiteral("speculation-%1").arg(text(look))));
        f.picture(*box->parentWidget(),
                  qPrintable(QStringLiteral("reply-settings-%1").arg(text(look))));
    }

    f.window().close();
    f.openWithModel();
    QVERIFY(f.session().speculation());
    QVERIFY(f.find<QCheckBox>("speculation")->isChecked());
}

void WindowTest::hostileTextIsShownAsSymbols() {
    WindowFixture f;
    f.setReplies({" ok"});
    f.openWithModel();
    QVERIFY(f.say(
        text("\x1b[31mred\x07 <img src='file:///etc/passwd'> ![x](file:///etc/passwd) a\u202Eb")));
    const QString shown = f.window().chat().view().messageText(0);
    QVERIFY(!shown.contains(QChar(0x1b)) && !shown.contains(QChar(0x07)) &&
            !shown.contains(QChar(0x202E)));
    QVERIFY(shown.contains(text("<img src='file:///etc/passwd'>")));  // text, not markup
    QVERIFY(shown.contains(QChar(0x241b)));
    QVERIFY(f.session().messages()[0].text.find('\x1b') != std::string::npos);  // stored as it was
}

void WindowTest::aLongConversationStaysQuick() {
    WindowFixture f;
    std::string reply;
    for (int i = 0; i < 400; ++i) reply += " some words of a long reply";
    f.setReplies({reply});
    f.openWithModel();
    f.session().setMaxTokens(4000);
    QVERIFY(f.say(QString(60000, QLatin1Char('x'))) || !f.window().currentError().isEmpty());
    f.window().clearError();
    f.window().bridge().run([](ChatSession& s) { s.newConversation(); });
    QVERIFY(f.waitFor([&] { return f.session().messages().empty(); }));
    f.window().stallWatch().reset();
    QVERIFY(f.say(text("a long answer please")));
    for (const int width : {1000, 1400, 900}) {
        f.window().resize(width, 700);
        QTest::qWait(60);
    }
    QVERIFY2(f.maxStallMs() < test::kMaxStallMs, qPrintable(QString::number(f.maxStallMs())));
}

QTEST_MAIN(WindowTest)
#include "window_test.moc"
