// The window on a real Engine with a scripted model: opening a model, faults and new starts.

#include <QListView>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTest>
#include <fstream>
#include <iterator>

#include "tests/ui/window_fixture.h"
#include "ui/chat/banner.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/chat_view.h"
#include "ui/window/stall_watch.h"

using namespace gatescope;
using test::WindowFixture;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

std::string bytesOf(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// One chat; and the header calls a page free that is not.
/// Of one conversation, with other bytes at an offset of its header.
void makeLibrary(const std::filesystem::path& file, int offset, const std::string& bytes) {
    {
        ConversationStore store(file, ConversationStore::Mode::ReadWrite);
        const auto id = store.createConversation({.title = "kept"});
        Message message;
        message.text = "said before the damage";
        message.id = store.addMessage(id, message);
        message.parent = message.id;
        message.role = Role::Assistant;
        message.text = "and the reply";
        store.addMessage(id, message);
    }
    std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(offset);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void makeDamagedLibrary(const std::filesystem::path& file) {
    makeLibrary(file, 32, std::string("\0\0\0\3\0\0\0\1", 8));  // pages that are free
}

void makeNewerLibrary(const std::filesystem::path& file) {
    makeLibrary(file, 60, std::string("\0\0\0\7", 4));  // user_version
}

}  // namespace

class WindowLoadingTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void anEmptyWindowOffersModelAndDemo();
    void aLoadCanBeCancelledInTheWindow();
    void aModelThatLoadsCanBeWrittenTo();
    void cancellingALoadEndsTheReplyThatWaitsForIt();
    void aModelThatEndedTheProgramIsNotLoadedAgain();
    void errorsAreASentenceInTheWindow();
    void aWindowThatKeepsNothingSaysSoAndTalks();
    void aDamagedLibraryIsRescuedOnDemand();
    void aNewerLibraryIsShownAndLeftAsItIs();
    void aFailedReplySaysWhyAndKeepsTheText();
    void anEngineThatIsLostKeepsEverythingAndOffersANewStart();
    void aNewStartShowsTheRecordingAgain();
    void aNewStartThatDiedOfItsModelKeepsTheRest();
};

void WindowLoadingTest::anEmptyWindowOffersModelAndDemo() {
    WindowFixture f;
    f.open();
    QCOMPARE(f.window().chat().shownPage(), QStringLiteral("no-model"));
    QVERIFY(!f.window().sendComposer());
    f.window().openModel({});
    QVERIFY(f.waitFor([&] { return f.session().model() != nullptr; }));
    QCOMPARE(f.window().chat().shownPage(), QStringLiteral("no-conversation"));
    QVERIFY2(f.maxStallMs() < test::kMaxStallMs, qPrintable(QString::number(f.maxStallMs())));
}

void WindowLoadingTest::aLoadCanBeCancelledInTheWindow() {
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

void WindowLoadingTest::aModelThatLoadsCanBeWrittenTo() {
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

void WindowLoadingTest::cancellingALoadEndsTheReplyThatWaitsForIt() {
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

void WindowLoadingTest::aModelThatEndedTheProgramIsNotLoadedAgain() {
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

void WindowLoadingTest::errorsAreASentenceInTheWindow() {
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

void WindowLoadingTest::aWindowThatKeepsNothingSaysSoAndTalks() {
    WindowFixture f;
    f.setReplies({" one two"});
    std::filesystem::create_directory(f.profile() / "library.sqlite");  // in the way
    f.open();
    QVERIFY(f.waitFor([&] { return !f.window().currentError().isEmpty(); }));
    QVERIFY(f.window().currentError().contains(text("kept in memory only")));
    f.openWithModel();  // takes the sentence away, but not the notice
    QVERIFY(f.say(text("hi")));
    QCOMPARE(f.session().messages().size(), std::size_t(2));
    QVERIFY(f.window().statusText().contains(text("not saved: conversations are in memory only")));
    f.picture("window-not-saved");
    f.window().setTheme(text("dark"));
    f.picture("window-not-saved-dark");
}

void WindowLoadingTest::aNewerLibraryIsShownAndLeftAsItIs() {
    WindowFixture f;
    f.setReplies({" one two"});
    const auto library = f.profile() / "library.sqlite";
    makeNewerLibrary(library);
    const std::string before = bytesOf(library);
    f.open();
    QVERIFY(f.waitFor([&] { return !f.window().currentError().isEmpty(); }));
    QVERIFY2(f.window().currentError().contains(text("(schema 7)")),
             qPrintable(f.window().currentError()));
    QVERIFY(!f.find<QPushButton>("bannerOffer")->isVisible());  // it is whole: nothing to rescue
    const auto* list = f.find<QListView>("conversationList");
    QVERIFY(f.waitFor([&] { return list->model()->rowCount() == 1; }));
    QCOMPARE(list->model()->index(0, 0).data().toString(), text("kept"));
    f.window().setTheme(text("light"));
    QTest::qWait(100);  // the layout
    f.picture("window-newer-library");
    f.openWithModel();
    QVERIFY(f.say(text("said today")));
    QVERIFY(f.window().statusText().contains(text("not saved: conversations are in memory only")));
    QCOMPARE(bytesOf(library), before);
}

void WindowLoadingTest::aDamagedLibraryIsRescuedOnDemand() {
    WindowFixture f;
    f.setReplies({" one two", " three"});
    const auto library = f.profile() / "library.sqlite";
    makeDamagedLibrary(library);
    const std::string before = bytesOf(library);
    f.open();
    auto* offer = f.find<QPushButton>("bannerOffer");
    QVERIFY(f.waitFor([&] { return offer->isVisible(); }));
    QVERIFY(f.window().currentError().contains(text("is damaged")));
    QCOMPARE(offer->text(), text("Rescue what can be read"));
    QVERIFY2(!f.window().currentError().contains(text("***")),
             qPrintable(f.window().currentError()));
    f.window().setTheme(text("light"));
    QTest::qWait(100);  // the layout
    f.picture("window-damaged-library");
    f.window().openModel({});  // takes other sentences away, not what is offered
    QVERIFY(f.waitFor([&] { return f.session().model() != nullptr; }));
    QVERIFY(offer->isVisible());
    QVERIFY(f.say(text("said in memory")));
    QCOMPARE(bytesOf(library), before);

    f.window().stallWatch().reset();
    offer->click();
    QVERIFY(f.waitFor([&] { return offer->text() == text("Start Gatescope again"); }));
    QVERIFY2(f.maxStallMs() < test::kMaxStallMs, qPrintable(QString::number(f.maxStallMs())));
    const QString says = f.window().chat().banner().sentence();
    QVERIFY2(says.contains(text("Rescued conversations: 1, messages: 2.")), qPrintable(says));
    QTest::qWait(100);
    f.picture("window-rescued-library");
    f.window().setTheme(text("dark"));
    QTest::qWait(100);
    f.picture("window-rescued-library-dark");
    QString kept;
    for (const auto& entry : std::filesystem::directory_iterator(f.profile()))
        if (entry.path().filename().string().starts_with("library-damaged-") &&
            entry.path().extension() == ".sqlite") {
            QCOMPARE(bytesOf(entry.path()), before);
            kept = QString::fromStdString(entry.path().filename().string());
        }
    QVERIFY(!kept.isEmpty() && says.contains(kept));

    QSignalSpy restart(&f.window(), &MainWindow::restartRequested);
    offer->click();
    QCOMPARE(restart.count(), 1);
    f.open();
    f.window().openDefaultModelAtStart();
    QVERIFY(f.waitFor([&] { return f.session().conversations().size() == 1; }));
    QVERIFY(!f.session().currentConversation());  // the one in memory is gone
    f.session().openConversation(f.session().conversations()[0].id);
    QVERIFY(f.waitFor([&] { return f.session().messages().size() == 2; }));
    QCOMPARE(f.session().messages()[0].text, std::string("said before the damage"));
    QVERIFY(!f.window().statusText().contains(text("not saved")));
}

void WindowLoadingTest::aFailedReplySaysWhyAndKeepsTheText() {
    WindowFixture f;
    f.setReplies({" one two three four five six"});
    f.script().faults = {{.kind = test::ScriptedFault::Kind::NonFinite, .call = 4, .layer = 2}};
    f.openWithModel();
    QVERIFY(f.say(text("hi")));
    QVERIFY2(f.window().currentError().contains(text("layer 2")),
             qPrintable(f.window().currentError()));
    QTRY_VERIFY(f.window().chat().view().messageText(1).startsWith(text("one")));
    QTRY_VERIFY2(f.window().chat().view().footerText(1).contains(text(" · failed")),
                 qPrintable(f.window().chat().view().footerText(1)));
    QVERIFY(f.say(text("again")));  // the window goes on
}

void WindowLoadingTest::anEngineThatIsLostKeepsEverythingAndOffersANewStart() {
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

void WindowLoadingTest::aNewStartShowsTheRecordingAgain() {
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

void WindowLoadingTest::aNewStartThatDiedOfItsModelKeepsTheRest() {
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

QTEST_MAIN(WindowLoadingTest)
#include "window_loading_test.moc"
