// What a desktop expects: themes that follow it, text size, settings, dropped files, notifications.
// The bus is a real one; who answers on it is in fake_desktop.h.

#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDragEnterEvent>
#include <QFile>
#include <QLabel>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>

#include "tests/ui/fake_desktop.h"
#include "tests/ui/window_fixture.h"
#include "ui/chat/chat_panel.h"
#include "ui/theme/system_theme.h"
#include "ui/theme/theme_choice.h"
#include "ui/window/dropped_files.h"
#include "ui/window/file_drops.h"
#include "ui/window/reply_notice.h"
#include "ui/window/settings_dialog.h"
#include "ui/window/window_actions.h"

using namespace gatescope;
using test::WindowFixture;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

QDBusConnection desktop(const char* name) {
    return QDBusConnection::connectToBus(QString::fromUtf8(qgetenv("DBUS_SESSION_BUS_ADDRESS")),
                                         text(name));
}

}  // namespace

class DesktopTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase();
    void withoutAPortalThePaletteDecides();
    void theThemeFollowsTheDesktopLive_data();
    void theThemeFollowsTheDesktopLive();
    void themesAreChosenAndRemembered();
    void textSizeHasKeysLimitsAndIsRemembered();
    void largeTextFitsASmallScreen();
    void settingsActAtOnceAndAreKept();
    void reducedMotionStopsWhatMoves();
    void aDropSaysWhatItWillDo_data();
    void aDropSaysWhatItWillDo();
    void aFenceIsLongerThanThoseInTheText();
    void textFilesGoIntoTheMessage();
    void whatIsNoTextIsRefusedWithASentence();
    void droppedModelsAndRecordingsAreOpened();
    void aLongReplyIsToldToWhoLooksElsewhere();
    void withoutNotificationsTheWindowAsksForAttention();

  private:
    static QString write(WindowFixture& f, const char* name, const QByteArray& content) {
        const QString path = QString::fromStdString((f.profile() / name).string());
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size()) return {};
        return path;
    }
    static void drop(WindowFixture& f, QWidget& over, const QStringList& files) {
        QMimeData data;
        QList<QUrl> urls;
        for (const QString& file : files) urls << QUrl::fromLocalFile(file);
        data.setUrls(urls);
        QDragEnterEvent enter({40, 10}, Qt::CopyAction, &data, Qt::LeftButton, {});
        QApplication::sendEvent(&over, &enter);
        QVERIFY(enter.isAccepted());
        QVERIFY(f.find<QWidget>("dropSheet")->isVisible());
        QDropEvent let({40, 10}, Qt::CopyAction, &data, Qt::LeftButton, {});
        QApplication::sendEvent(&over, &let);
        QVERIFY(!f.find<QWidget>("dropSheet")->isVisible());
    }
    test::SessionBus bus_;
};

void DesktopTest::initTestCase() {
    QVERIFY2(bus_.start(), "dbus-daemon did not start: install the package dbus-daemon");
}

void DesktopTest::withoutAPortalThePaletteDecides() {
    SystemTheme system;
    system.watch();
    QTest::qWait(100);
    QVERIFY(!system.isDark());  // that of the offscreen platform is light
}

void DesktopTest::theThemeFollowsTheDesktopLive_data() {
    QTest::addColumn<bool>("readsAnew");
    QTest::newRow("portal of version 2") << true;
    QTest::newRow("an older one") << false;
}

void DesktopTest::theThemeFollowsTheDesktopLive() {
    QFETCH(bool, readsAnew);
    const char* name = readsAnew ? "new" : "old";
    {
        QDBusConnection desk = desktop(name);
        test::FakePortal portal(readsAnew);
        QVERIFY(portal.publish(desk));
        Theme theme(Theme::Mode::Light);
        ThemeChoice choice(theme);
        QVERIFY(choice.choose(text("system")));
        QCOMPARE(choice.name(), text("system"));
        QTRY_COMPARE(theme.name(), text("dark"));
        portal.change(2);
        QTRY_COMPARE(theme.name(), text("light"));
        portal.change(1);
        QTRY_COMPARE(theme.name(), text("dark"));
        portal.change(0);  // no preference: the palette
        QTRY_COMPARE(theme.name(), text("light"));
        QVERIFY(choice.choose(text("high-contrast")));
        portal.change(1);
        QTest::qWait(100);
        QCOMPARE(theme.name(), text("high-contrast"));
    }
    QDBusConnection::disconnectFromBus(text(name));
}

void DesktopTest::themesAreChosenAndRemembered() {
    WindowFixture f;
    f.open();
    auto* actions = f.window().findChild<WindowActions*>();
    for (const QString& name : ThemeChoice::names()) {
        QVERIFY(f.window().setTheme(name));
        f.window().close();
        f.open();
        QCOMPARE(f.window().themeChoice(), name);
        actions = f.window().findChild<WindowActions*>();
        int checked = 0;
        for (const QAction* action : {actions->darkTheme,
                                      actions->lightTheme,
                                      actions->highContrastTheme,
                                      actions->systemTheme})
            checked += action->isChecked() ? 1 : 0;
        QCOMPARE(checked, 1);
    }
    actions->highContrastTheme->trigger();
    QVERIFY(f.window().theme().isHighContrast());
    actions->toggleTheme->trigger();
    QCOMPARE(f.window().themeChoice(), text("light"));
    actions->lightTheme->trigger();  // already: it stays checked
    QVERIFY(actions->lightTheme->isChecked());
}

void DesktopTest::textSizeHasKeysLimitsAndIsRemembered() {
    WindowFixture f;
    f.open();
    const auto key = [&f](Qt::Key pressed) {
        QTest::keyClick(&f.window(), pressed, Qt::ControlModifier);
    };
    key(Qt::Key_Plus);
    QCOMPARE(f.window().theme().textSize(), 110);
    key(Qt::Key_Equal);  // plus without Shift on many keyboards
    QCOMPARE(f.window().theme().textSize(), 125);
    key(Qt::Key_Minus);
    QCOMPARE(f.window().theme().textSize(), 110);
    f.window().close();
    f.open();
    QCOMPARE(f.window().theme().textSize(), 110);
    QVERIFY(f.window().showView(text("present")));
    QCOMPARE(f.window().theme().scale(), 1.1 * 1.35);
    QVERIFY(f.window().showView(text("inspect")));
    QCOMPARE(f.window().theme().scale(), 1.1);
    f.window().setTextSize(175);
    for (int i = 0; i < 2; ++i) key(Qt::Key_Plus);
    QCOMPARE(f.window().theme().textSize(), Theme::kLargestText);
    f.window().setTextSize(90);
    for (int i = 0; i < 2; ++i) key(Qt::Key_Minus);
    QCOMPARE(f.window().theme().textSize(), Theme::kSmallestText);
    key(Qt::Key_0);
    QCOMPARE(f.window().theme().textSize(), 100);
}

void DesktopTest::largeTextFitsASmallScreen() {
    WindowFixture f;
    f.setReplies({" one two three"});
    f.openWithModel();
    QVERIFY(f.say(text("What is a river?")));
    f.window().resize(1366, 768);
    const auto check = [&f](const char* view, int percent) {
        f.window().setTextSize(percent);
        QVERIFY(f.window().showView(text(view)));
        f.window().resize(1366, 768);
        QTest::qWait(50);
        const QSize least = f.window().minimumSizeHint();
        QVERIFY2(
            f.window().size() == QSize(1366, 768) && least.height() <= 768 && least.width() <= 1366,
            qPrintable(QStringLiteral("%1 at %2 %: the window became %3 x %4, it needs %5")
                           .arg(text(view))
                           .arg(percent)
                           .arg(f.window().width())
                           .arg(f.window().height())
                           .arg(least.height())));
        f.picture(qPrintable(QStringLiteral("text-%1-%2").arg(percent).arg(text(view))));
    };
    for (const char* view : {"chat", "inspect", "present"})
        for (const int percent : {80, 100, 125, 150, 200}) check(view, percent);
    for (const char* name : {"dark", "light", "high-contrast"}) {
        QVERIFY(f.window().setTheme(text(name)));
        QVERIFY(f.window().showView(text("inspect")));
        f.window().resize(1366, 768);
        QTest::qWait(50);
        f.picture(qPrintable(QStringLiteral("text-200-inspect-%1").arg(text(name))));
    }
    f.window().setTextSize(100);
    for (const char* view : {"chat", "inspect", "present"}) {
        QVERIFY(f.window().showView(text(view)));
        f.window().resize(900, 600);
        QTest::qWait(50);
        QCOMPARE(f.window().size(), QSize(900, 600));
        f.picture(qPrintable(QStringLiteral("small-%1").arg(text(view))));
    }
    f.window().resize(1366, 768);
    for (const QString& name : Theme::names()) {
        QVERIFY(f.window().setTheme(name));
        QVERIFY(f.window().showView(text("inspect")));
        QTest::qWait(50);
        f.picture(qPrintable(QStringLiteral("theme-") + name));
    }
}

void DesktopTest::settingsActAtOnceAndAreKept() {
    WindowFixture f;
    f.open();
    const auto show = [&f] {
        f.window().findChild<WindowActions*>()->settings->trigger();
        return f.find<SettingsDialog>("settingsDialog");
    };
    SettingsDialog* dialog = show();
    QVERIFY(dialog != nullptr);
    auto* themes = f.find<QComboBox>("settingsTheme");
    for (int row = 0; row < themes->count(); ++row)
        QVERIFY(ThemeChoice::names().contains(themes->itemData(row).toString()));
    QCOMPARE(themes->count(), ThemeChoice::names().size());
    themes->setFocus();
    themes->setCurrentIndex(2);
    Q_EMIT themes->activated(2);
    QCOMPARE(f.window().themeChoice(), text("high-contrast"));
    f.find<QSpinBox>("settingsTextSize")->setValue(130);
    QCOMPARE(f.window().theme().textSize(), 130);
    f.find<QCheckBox>("settingsMotion")->click();
    f.find<QCheckBox>("settingsNotifyText")->click();
    f.find<QCheckBox>("settingsNotify")->click();
    QVERIFY(f.window().bridge().heat()->learning());
    f.find<QCheckBox>("settingsHeat")->click();
    QVERIFY(!f.window().bridge().heat()->learning());
    QVERIFY(!f.find<QCheckBox>("settingsNotifyText")->isEnabled());
    QCOMPARE(f.find<QLabel>("settingsProfile")->text(),
             QString::fromStdString(f.profile().string()));
    f.window().close();
    f.open();
    QCOMPARE(f.window().themeChoice(), text("high-contrast"));
    QCOMPARE(f.window().theme().textSize(), 130);
    QVERIFY(f.window().theme().reducedMotion());
    QVERIFY(!f.window().bridge().heat()->learning());
    f.window().setTextSize(100);
    for (const QString& name : Theme::names()) {
        QVERIFY(f.window().setTheme(name));
        dialog = show();
        QVERIFY(!f.find<QCheckBox>("settingsNotify")->isChecked());
        QVERIFY(f.find<QCheckBox>("settingsMotion")->isChecked());
        QTest::qWait(30);
        f.picture(*dialog, qPrintable(QStringLiteral("settings-") + name));
        delete dialog;
    }
}

void DesktopTest::reducedMotionStopsWhatMoves() {
    WindowFixture f;
    f.open();
    QVERIFY(f.window().isAnimated());
    QVERIFY(QApplication::cursorFlashTime() > 0);
    f.window().theme().setReducedMotion(true);
    QVERIFY(!f.window().isAnimated());
    QCOMPARE(QApplication::cursorFlashTime(), 0);
    f.window().theme().setReducedMotion(false);
    QVERIFY(f.window().isAnimated());
}

void DesktopTest::aDropSaysWhatItWillDo_data() {
    QTest::addColumn<QStringList>("names");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* what, const QStringList& names, const char* says) {
        QTest::newRow(what) << names << text(says);
    };
    row("recording", {text("river.gscope")}, "Open the recording river.gscope");
    row("gguf", {text("grok.gguf")}, "Open the model grok.gguf");
    row("model folder", {text("checkpoint")}, "Open the model checkpoint");
    row("text", {text("notes.md")}, "Put notes.md into the message");
    row("texts", {text("notes.md"), text("one.py")}, "Put 2 files into the message");
    row("exports",
        {text("conversations.json"), text("old.chat")},
        "Import the conversations of 2 files");
    row("kinds mixed", {text("old.chat"), text("one.py")}, "drop one kind of file at a time");
    row("other folder", {text("empty")}, "The folder empty holds no model");
    row("too large", {text("large.txt")}, "large.txt is too large for a message");
    row("too many", {text("big1.txt"), text("big2.txt"), text("big3.txt")}, "too large for one");
    row("nothing in it", {text("nothing.txt")}, "nothing.txt is empty");
    row("gone", {text("gone.txt")}, "gone.txt is not there any more");
    row("mixed", {text("notes.md"), text("grok.gguf")}, "can only be opened alone");
}

void DesktopTest::aDropSaysWhatItWillDo() {
    QFETCH(QStringList, names);
    QFETCH(QString, says);
    WindowFixture f;
    std::filesystem::create_directories(f.profile() / "checkpoint/ckpt-0");
    std::filesystem::create_directories(f.profile() / "empty");
    for (const char* name :
         {"river.gscope", "grok.gguf", "notes.md", "one.py", "conversations.json", "old.chat"})
        QVERIFY(!write(f, name, "x").isEmpty());
    write(f, "nothing.txt", {});
    write(f, "large.txt", QByteArray(kMostTextBytes + 1, 'x'));
    for (const char* name : {"big1.txt", "big2.txt", "big3.txt"})
        write(f, name, QByteArray(kMostTextBytes, 'x'));
    QList<QUrl> urls;
    for (const QString& name : names)
        urls << QUrl::fromLocalFile(QString::fromStdString(f.profile().string()) +
                                    QLatin1Char('/') + name);
    const DropPlan plan = planDrop(urls);
    const QString said = plan.headline() + QLatin1Char('\n') + plan.details();
    QVERIFY2(said.contains(says), qPrintable(said));
    QCOMPARE(plan.problem.isEmpty(), plan.files.size() == names.size());
    QVERIFY(!planDrop({QUrl(text("https://example.org/a.txt"))}).problem.isEmpty());
}

void DesktopTest::aFenceIsLongerThanThoseInTheText() {
    QCOMPARE(fencedBlock(text("a.py"), text("x = 1")), text("a.py:\n```py\nx = 1\n```\n"));
    QCOMPARE(fencedBlock(text("a.md"), text("```\ncode\n```\n")),
             text("a.md:\n````md\n```\ncode\n```\n````\n"));
    QCOMPARE(fencedBlock(text("README"), text("`````")), text("README:\n``````\n`````\n``````\n"));
}

void DesktopTest::textFilesGoIntoTheMessage() {
    WindowFixture f;
    f.openWithModel();
    f.window().setComposerText(text("Explain:"));
    const QString one = write(f, "one.py", "print('ä')\n");
    const QString two = write(f, "two.txt", "plain");
    auto* field = f.find<QPlainTextEdit>("composerText")->viewport();
    drop(f, *field, {one, two});
    QCOMPARE(f.window().composerText(),
             text("Explain:\n\none.py:\n```py\nprint('ä')\n```\n\ntwo.txt:\n```txt\nplain\n```\n"));
    QVERIFY(f.window().currentError().isEmpty());
    f.window().setComposerText({});
    const QString most = write(f, "most.txt", QByteArray(kMostTextBytes, 'x'));
    drop(f, f.window(), {most});
    QCOMPARE(f.window().composerText().size(),
             kMostTextBytes + text("most.txt:\n```txt\n\n```\n").size());
}

void DesktopTest::whatIsNoTextIsRefusedWithASentence() {
    WindowFixture f;
    f.openWithModel();
    for (const QByteArray& bytes :
         {QByteArray("\xff\xfe\x00z", 4), QByteArray("a\0b", 3), QByteArray("caf\xe9")}) {
        f.window().clearError();
        const QString file = write(f, "odd.txt", bytes);
        drop(f, f.window(), {file});
        QVERIFY2(f.window().currentError().contains(text("odd.txt is no text")),
                 qPrintable(f.window().currentError()));
        QCOMPARE(f.window().composerText(), QString());
    }
    for (const QString& name : Theme::names()) {
        QVERIFY(f.window().setTheme(name));
        const auto shows = [&](const QString& file, const char* picture) {
            QMimeData data;
            data.setUrls({QUrl::fromLocalFile(file)});
            QDragEnterEvent enter({40, 10}, Qt::CopyAction, &data, Qt::LeftButton, {});
            QApplication::sendEvent(&f.window(), &enter);
            f.picture(qPrintable(QStringLiteral("drop-%1-%2").arg(name, text(picture))));
            QDragLeaveEvent leave;
            QApplication::sendEvent(&f.window(), &leave);
            QVERIFY(!f.find<QWidget>("dropSheet")->isVisible());
        };
        shows(write(f, "notes.md", QByteArray(34000, 'x')), "text");
        shows(write(f, "large.txt", QByteArray(kMostTextBytes + 1, 'x')), "refused");
    }
}

void DesktopTest::droppedModelsAndRecordingsAreOpened() {
    WindowFixture f;
    f.open();
    auto* drops = f.find<FileDrops>("dropSheet");
    QSignalSpy models(drops, &FileDrops::modelDropped);
    QSignalSpy recordings(drops, &FileDrops::recordingDropped);
    drop(f, f.window(), {write(f, "grok.gguf", "x")});
    QCOMPARE(models.count(), 1);
    QTRY_VERIFY(f.session().model() != nullptr && !f.session().loading());
    drop(f, f.window(), {write(f, "river.gscope", "x")});
    QCOMPARE(recordings.count(), 1);
    QTRY_VERIFY(!f.window().currentError().isEmpty());  // it is none: the banner says so
    QVERIFY2(f.window().currentError().contains(text("river.gscope")),
             qPrintable(f.window().currentError()));
}

void DesktopTest::aLongReplyIsToldToWhoLooksElsewhere() {
    WindowFixture f;
    f.setReplies({" <b>one</b>", " two", " three", " four", " five"});
    f.openWithModel();
    auto* notice = f.window().findChild<ReplyNotice*>();
    QSignalSpy told(notice, &ReplyNotice::told);
    QDBusConnection desk = desktop("notifications");
    test::FakeNotifications notifications;
    QVERIFY(notifications.publish(desk));
    notice->setLeastTime(std::chrono::milliseconds(0));

    QVERIFY(QApplication::activeWindow() != nullptr);
    QVERIFY(f.say(text("one")));
    QTest::qWait(50);
    QCOMPARE(told.count(), 0);  // it was seen

    QApplication::setActiveWindow(nullptr);
    QVERIFY(f.say(text("two")));
    QTRY_COMPARE(told.count(), 1);
    QCOMPARE(told[0][0].toBool(), false);
    QCOMPARE(notifications.told[0].title, text("The reply is done"));
    QVERIFY(!notifications.told[0].body.contains(text("two")));

    f.window().findChild<WindowActions*>()->settings->trigger();
    f.find<QCheckBox>("settingsNotifyText")->click();
    QTest::qWait(50);
    QApplication::setActiveWindow(nullptr);
    QVERIFY(f.say(text("three")));
    QTRY_COMPARE(told.count(), 2);
    QCOMPARE(notifications.told[1].body, text("three"));
    QCOMPARE(notifications.told[1].replaces, 41U);

    notice->setLeastTime(std::chrono::hours(1));
    QVERIFY(f.say(text("four")));
    notice->setLeastTime(std::chrono::milliseconds(0));
    f.find<QCheckBox>("settingsNotify")->click();
    QApplication::setActiveWindow(nullptr);
    QVERIFY(f.say(text("five")));
    QTest::qWait(100);
    QCOMPARE(told.count(), 2);
    QDBusConnection::disconnectFromBus(text("notifications"));
}

void DesktopTest::withoutNotificationsTheWindowAsksForAttention() {
    WindowFixture f;
    f.setReplies({" one"});
    f.openWithModel();
    auto* notice = f.window().findChild<ReplyNotice*>();
    notice->setLeastTime(std::chrono::milliseconds(0));
    QSignalSpy told(notice, &ReplyNotice::told);
    QApplication::setActiveWindow(nullptr);
    QVERIFY(f.say(text("one")));
    QTRY_COMPARE(told.count(), 1);
    QCOMPARE(told[0][0].toBool(), true);
}

QTEST_MAIN(DesktopTest)
#include "desktop_test.moc"
