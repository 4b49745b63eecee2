// The whole window for a keyboard and for assistive technology: names, tab order, focus that is
// seen, and what is written said a sentence at a time.

#include <QAccessible>
#include <QApplication>
#include <QDockWidget>
#include <QMenu>
#include <QMenuBar>
#include <QPlainTextEdit>
#include <QPointer>
#include <QSignalSpy>
#include <QTest>

#include "tests/ui/window_fixture.h"
#include "ui/chat/chat_accessible.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/chat_view.h"
#include "ui/window/command_palette.h"
#include "ui/window/window_actions.h"

using namespace gatescope;
using test::WindowFixture;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

QString nameOf(const QWidget* widget) {
    return QString::fromLatin1(widget->metaObject()->className()) + QLatin1Char(' ') +
           widget->objectName() + QLatin1Char(' ') + widget->accessibleName() +
           QStringLiteral(" in ") +
           QString::fromLatin1(widget->parentWidget()->metaObject()->className());
}

bool isControl(const QWidget* widget) {
    return widget->isVisible() && widget->isEnabled() && widget->focusPolicy() != Qt::NoFocus &&
           widget->focusProxy() == nullptr && !widget->visibleRegion().isEmpty() &&
           !widget->objectName().startsWith(QLatin1String("qt_"));  // inside another
}

QList<QWidget*> controlsOf(const QWidget& parent) {
    QList<QWidget*> found;
    for (QWidget* widget : parent.findChildren<QWidget*>())
        if (isControl(widget)) found << widget;
    return found;
}

}  // namespace

class AccessibilityTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void everyControlOfEveryViewAndDialogHasAName();
    void theTabKeyReachesEveryControl();
    void focusIsSeen_data();
    void focusIsSeen();
    void dialogsNeedNoMouse_data();
    void dialogsNeedNoMouse();
    void menusOpenByKeysAndEscapeClosesThem();
    void whatIsWrittenIsSaidASentenceAtATime();

  private:
    static void talk(WindowFixture& f) {
        f.setReplies({" one two three"});
        f.openWithModel();
        f.window().resize(1400, 900);
        QVERIFY(f.say(text("What is a river?")));
    }
    static void checkNames(const QWidget& parent) {
        for (QWidget* widget : controlsOf(parent)) {
            QAccessibleInterface* seen = QAccessible::queryAccessibleInterface(widget);
            QVERIFY2(seen != nullptr && !seen->text(QAccessible::Name).isEmpty(),
                     qPrintable(nameOf(widget)));
        }
    }
};

void AccessibilityTest::everyControlOfEveryViewAndDialogHasAName() {
    WindowFixture f;
    talk(f);
    auto* actions = f.window().findChild<WindowActions*>();
    for (const QString& view : f.window().viewNames()) {
        QVERIFY(f.window().showView(view));
        QTest::qWait(20);
        checkNames(f.window());
    }
    f.window().commandPalette().openWith({});
    checkNames(f.window());
    QVERIFY(controlsOf(f.window()).size() > 20);
    for (QAction* action :
         {actions->settings, actions->shortcuts, actions->about, actions->openModel}) {
        action->trigger();
        QWidget* dialog = QApplication::activeModalWidget();
        QVERIFY2(dialog != nullptr, qPrintable(action->text()));
        QVERIFY(!dialog->windowTitle().isEmpty());
        checkNames(*dialog);
        dialog->close();
        QTest::qWait(20);
    }
}

void AccessibilityTest::theTabKeyReachesEveryControl() {
    WindowFixture f;
    talk(f);
    for (const char* view : {"chat", "inspect", "present", "model", "compare", "find", "token"}) {
        QVERIFY(f.window().showView(text(view)));
        QTest::qWait(50);
        f.find<QPlainTextEdit>("composerText")->setFocus();
        QSet<QWidget*> reached;
        for (int i = 0; i < 400; ++i) {
            QWidget* here = QApplication::focusWidget();
            QVERIFY2(here != nullptr, view);
            if (here == f.find<QPlainTextEdit>("composerText") && i > 0) break;
            reached << here;
            QTest::keyClick(here, Qt::Key_Tab);
            QVERIFY2(QApplication::focusWidget() != here,
                     qPrintable(text(view) + text(": the key stays in ") + nameOf(here)));
        }
        QStringList missed;
        for (QWidget* control : controlsOf(f.window()))
            if ((control->focusPolicy() & Qt::TabFocus) != 0 && !reached.contains(control))
                missed << nameOf(control);
        QVERIFY2(missed.isEmpty(), qPrintable(text(view) + text(": ") + missed.join(text("; "))));
    }
}

void AccessibilityTest::focusIsSeen_data() {
    QTest::addColumn<QString>("theme");
    for (const QString& name : Theme::names()) QTest::newRow(qPrintable(name)) << name;
}

void AccessibilityTest::focusIsSeen() {
    QFETCH(QString, theme);
    WindowFixture f;
    talk(f);
    QVERIFY(f.window().setTheme(theme));
    QStringList unseen;
    for (const char* view : {"inspect", "present", "model", "compare", "find", "token"}) {
        QVERIFY(f.window().showView(text(view)));
        QTest::qWait(50);
        for (QWidget* control : controlsOf(f.window())) {
            if (qobject_cast<QPlainTextEdit*>(control) != nullptr) continue;  // it has its cursor
            QWidget* other = f.find<QPlainTextEdit>("composerText");
            const QRect around = QRect(control->mapTo(&f.window(), QPoint(0, 0)), control->size())
                                     .adjusted(-6, -6, 6, 6);
            other->setFocus();
            QTest::qWait(1);
            const QImage without = f.window().grab(around).toImage();
            control->setFocus(Qt::TabFocusReason);
            QTest::qWait(1);
            const QImage with = f.window().grab(around).toImage();
            if (with == without && !unseen.contains(nameOf(control))) unseen << nameOf(control);
        }
    }
    QVERIFY2(unseen.isEmpty(), qPrintable(unseen.join(text("; "))));
}

void AccessibilityTest::dialogsNeedNoMouse_data() {
    focusIsSeen_data();
}

// Each: Tab reaches every control, where it is can be seen, Escape closes.
void AccessibilityTest::dialogsNeedNoMouse() {
    QFETCH(QString, theme);
    WindowFixture f;
    talk(f);
    QVERIFY(f.window().setTheme(theme));
    auto* actions = f.window().findChild<WindowActions*>();
    QStringList wrong;
    for (QAction* action :
         {actions->settings, actions->shortcuts, actions->about, actions->openModel}) {
        action->trigger();
        QPointer<QWidget> dialog = QApplication::activeModalWidget();
        QVERIFY2(dialog != nullptr, qPrintable(action->text()));
        QTest::qWait(30);
        QSet<QWidget*> reached;
        for (int i = 0; i < 200; ++i) {
            QWidget* here = QApplication::focusWidget();
            QVERIFY2(here != nullptr, qPrintable(action->text()));
            if (reached.contains(here)) break;
            reached << here;
            QTest::keyClick(here, Qt::Key_Tab);
        }
        for (QWidget* control : controlsOf(*dialog)) {
            if ((control->focusPolicy() & Qt::TabFocus) == 0) continue;
            if (!reached.contains(control)) wrong << text("not reached: ") + nameOf(control);
            const QRect around =
                QRect(control->mapTo(dialog, QPoint(0, 0)), control->size()).adjusted(-6, -6, 6, 6);
            control->clearFocus();
            QTest::qWait(1);
            const QImage without = dialog->grab(around).toImage();
            control->setFocus(Qt::TabFocusReason);
            QTest::qWait(1);
            if (dialog->grab(around).toImage() == without)
                wrong << text("focus not seen: ") + nameOf(control);
        }
        if (QWidget* here = QApplication::focusWidget()) here->clearFocus();
        QTest::keyClick(dialog, Qt::Key_Escape);
        QTRY_VERIFY2(dialog == nullptr || !dialog->isVisible(), qPrintable(action->text()));
    }
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join(text("; "))));
}

void AccessibilityTest::menusOpenByKeysAndEscapeClosesThem() {
    WindowFixture f;
    talk(f);
    for (const QAction* menu : f.window().menuBar()->actions()) {
        const QString mark = menu->text();
        const auto at = mark.indexOf(QLatin1Char('&'));
        QVERIFY2(at >= 0, qPrintable(mark));
        QTest::keyClick(&f.window(), mark[at + 1].toLatin1(), Qt::AltModifier);
        QTRY_VERIFY2(menu->menu()->isVisible(), qPrintable(mark));
        QTest::keyClick(menu->menu(), Qt::Key_Down);
        QVERIFY2(menu->menu()->activeAction() != nullptr, qPrintable(mark));
        QTest::keyClick(menu->menu(), Qt::Key_Escape);
        QTRY_VERIFY2(!menu->menu()->isVisible(), qPrintable(mark));
    }
}

void AccessibilityTest::whatIsWrittenIsSaidASentenceAtATime() {
    WindowFixture f;
    f.setReplies(
        {" A river flows. It never stops! Does it end? In the sea", " Only one sentence here."});
    f.openWithModel();
    auto* announcer = f.window().chat().view().findChild<SentenceAnnouncer*>();
    announcer->announceAlways();
    QSignalSpy said(announcer, &SentenceAnnouncer::announced);
    QVERIFY(f.say(text("What is a river?")));
    QStringList sentences;
    for (const auto& one : said) sentences << one[0].toString().trimmed();
    QCOMPARE(sentences,
             (QStringList{text("A river flows."),
                          text("It never stops!"),
                          text("Does it end?"),
                          text("In the sea")}));
    auto* seen = QAccessible::queryAccessibleInterface(&f.window().chat().view());
    QCOMPARE(seen->role(), QAccessible::Document);
    QCOMPARE(seen->text(QAccessible::Name), text("Conversation"));
    QAccessibleTextInterface* content = seen->textInterface();
    QVERIFY(content != nullptr);
    for (const auto& one : said) {
        const int at = one[1].toInt();
        const QString sentence = one[0].toString();
        QCOMPARE(content->text(at, at + static_cast<int>(sentence.size())), sentence);
    }
    QVERIFY(content->text(0, content->characterCount()).startsWith(text("What is a river?")));
    said.clear();
    QVERIFY(f.say(text("More")));
    QCOMPARE(said.count(), 1);
    const auto conversation = *f.session().currentConversation();
    f.window().bridge().run([](ChatSession& session) { session.newConversation(); });
    f.window().bridge().run([&](ChatSession& session) { session.openConversation(conversation); });
    QTRY_COMPARE(f.session().messages().size(), std::size_t{4});
    QCOMPARE(said.count(), 1);  // what is opened is not said
}

QTEST_MAIN(AccessibilityTest)
#include "accessibility_test.moc"
