// Keys of the window: listed, changed by pressing them, kept in the profile, bad files told.

#include <QFile>
#include <QKeySequenceEdit>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTest>
#include <QTreeWidget>

#include "tests/ui/window_fixture.h"
#include "ui/chat/banner.h"
#include "ui/chat/chat_panel.h"
#include "ui/window/command_palette.h"
#include "ui/window/key_bindings.h"
#include "ui/window/shortcuts_dialog.h"
#include "ui/window/window_actions.h"

using namespace gatescope;
using test::WindowFixture;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

QKeySequence keys(const char* portable) {
    return QKeySequence(text(portable), QKeySequence::PortableText);
}

}  // namespace

class KeysTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void everyActionAndEveryKeyOfViewsIsListed();
    void aKeyIsPressedAndKeptAcrossStarts();
    void aTakenKeyIsToldAndTakenOverOnlyByAClick();
    void keysThatFieldsNeedAreRefused();
    void oneAndAllAreReset();
    void twoMayChangeKeys();
    void aBrokenFileIsToldAndLeftOut_data();
    void aBrokenFileIsToldAndLeftOut();
    void itCanBeReadInEveryTheme();

  private:
    static WindowActions& actions(WindowFixture& f) {
        return *f.window().findChild<WindowActions*>();
    }
    static QTreeWidget* openList(WindowFixture& f) {
        actions(f).shortcuts->trigger();
        return f.find<QTreeWidget>("shortcutsTree");
    }
    static QTreeWidgetItem* row(QTreeWidget& tree, const QString& name) {
        const auto found = tree.findItems(name, Qt::MatchExactly | Qt::MatchRecursive);
        return found.isEmpty() ? nullptr : found.first();
    }
    static void pick(WindowFixture& f, const char* name, const char* newKeys) {
        QTreeWidget* tree = f.find<QTreeWidget>("shortcutsTree");
        tree->setCurrentItem(row(*tree, text(name)));
        f.find<QKeySequenceEdit>("shortcutsKeys")->setKeySequence(keys(newKeys));
    }
    static QString verdict(WindowFixture& f) { return f.find<QLabel>("shortcutsVerdict")->text(); }
    static void writeKeys(WindowFixture& f, const QByteArray& content) {
        QFile file(QString::fromStdString((f.profile() / "keys.ini").string()));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
    }
};

void KeysTest::everyActionAndEveryKeyOfViewsIsListed() {
    WindowFixture f;
    f.open();
    QTreeWidget* tree = openList(f);
    QVERIFY(tree != nullptr);
    for (const QAction* action : actions(f).all()) {
        const auto found =
            tree->findItems(WindowActions::nameOf(action), Qt::MatchExactly | Qt::MatchRecursive);
        const QString expected =
            QKeySequence::listToString(action->shortcuts(), QKeySequence::NativeText);
        QVERIFY2(std::any_of(found.begin(),
                             found.end(),
                             [&](const QTreeWidgetItem* item) {
                                 return item->text(1) == expected &&
                                        item->parent()->text(0) == actions(f).placeOf(action);
                             }),
                 qPrintable(action->objectName()));
    }
    for (const char* single : {"W, S", "A, D", "M", "A", "Space", "Comma, period", "X", "R"})
        QVERIFY2(!tree->findItems(text(single), Qt::MatchExactly | Qt::MatchRecursive, 1).isEmpty(),
                 single);
    auto* filter = f.find<QLineEdit>("shortcutsFilter");
    QTest::keyClicks(filter, text("F11"));
    QVERIFY(!row(*tree, text("Full screen"))->isHidden());
    QVERIFY(row(*tree, text("Quit"))->isHidden());
    QVERIFY(row(*tree, text("Quit"))->parent()->isHidden());
}

void KeysTest::aKeyIsPressedAndKeptAcrossStarts() {
    WindowFixture f;
    f.open();
    QTreeWidget* tree = openList(f);
    tree->setCurrentItem(row(*tree, text("Command palette…")));
    auto* field = f.find<QKeySequenceEdit>("shortcutsKeys");
    QCOMPARE(field->keySequence(), keys("Ctrl+K"));
    field->clear();
    QTest::keyClick(field, Qt::Key_J, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(field->keySequence(), keys("Ctrl+Shift+J"));
    QTRY_COMPARE(verdict(f), text("These keys are free."));
    f.find<QPushButton>("shortcutsSet")->click();
    QCOMPARE(actions(f).commandPalette->shortcut(), keys("Ctrl+Shift+J"));
    QCOMPARE(row(*tree, text("Command palette…"))->text(1), text("Ctrl+Shift+J"));
    f.window().close();
    f.open();
    QTest::keyClick(&f.window(), Qt::Key_K, Qt::ControlModifier);
    QVERIFY(!f.find<CommandPalette>("commandPalette")->isVisible());
    QTest::keyClick(&f.window(), Qt::Key_J, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(f.find<CommandPalette>("commandPalette")->isVisible());
    QCOMPARE(f.window().chat().banner().sentence(), QString());
}

void KeysTest::aTakenKeyIsToldAndTakenOverOnlyByAClick() {
    WindowFixture f;
    f.open();
    openList(f);
    pick(f, "New chat", "Ctrl+O");
    QCOMPARE(verdict(f), text("Ctrl+O belongs to “Open model…”, which would lose it."));
    QCOMPARE(actions(f).newChat->shortcut(), keys("Ctrl+N"));
    auto* set = f.find<QPushButton>("shortcutsSet");
    QCOMPARE(set->text(), text("Take them over"));
    set->click();
    QCOMPARE(actions(f).newChat->shortcut(), keys("Ctrl+O"));
    QVERIFY(actions(f).openModel->shortcut().isEmpty());
    pick(f, "Quit", "Ctrl+T");  // "Ctrl+T, D" begins like it
    QVERIFY2(verdict(f).contains(text("belongs to “Dark”")), qPrintable(verdict(f)));
}

void KeysTest::keysThatFieldsNeedAreRefused() {
    WindowFixture f;
    f.open();
    openList(f);
    for (const char* plain : {"W", "Space", "Return", "Shift+A", "Left", "Shift+Tab"}) {
        pick(f, "Quit", plain);
        QVERIFY2(verdict(f).contains(text("add Ctrl or Alt")), plain);
        QVERIFY(!f.find<QPushButton>("shortcutsSet")->isEnabled());
    }
    for (const char* good : {"F7", "Shift+F9", "Alt+Shift+Q", "Ctrl+Alt+Shift+Q", "Meta+Q"}) {
        pick(f, "Quit", good);
        QVERIFY2(f.find<QPushButton>("shortcutsSet")->isEnabled(), good);
    }
}

void KeysTest::oneAndAllAreReset() {
    WindowFixture f;
    f.open();
    auto* bindings = f.window().findChild<KeyBindings*>();
    openList(f);
    bindings->set(actions(f).quit, keys("F7"));
    bindings->set(actions(f).about, keys("Ctrl+Q"));
    bindings->set(actions(f).largerText, {});
    pick(f, "Quit", "F7");
    f.find<QPushButton>("shortcutsReset")->click();
    QCOMPARE(actions(f).quit->shortcut(), keys("Ctrl+Q"));
    QVERIFY(actions(f).about->shortcut().isEmpty());  // it had what is the other's by right
    bindings->resetAll();
    QVERIFY(!bindings->anyChanged());
    QCOMPARE(actions(f).largerText->shortcuts().size(), 2);
    f.window().close();
    f.open();
    QVERIFY(!f.window().findChild<KeyBindings*>()->anyChanged());
}

void KeysTest::twoMayChangeKeys() {
    WindowFixture f;
    f.open();
    auto* bindings = f.window().findChild<KeyBindings*>();
    bindings->set(actions(f).quit, keys("F7"));
    bindings->set(actions(f).openModel, keys("Ctrl+Q"));
    bindings->set(actions(f).quit, keys("Ctrl+O"));
    f.window().close();
    f.open();
    QCOMPARE(actions(f).openModel->shortcut(), keys("Ctrl+Q"));
    QCOMPARE(actions(f).quit->shortcut(), keys("Ctrl+O"));
    QCOMPARE(f.window().chat().banner().sentence(), QString());
}

void KeysTest::aBrokenFileIsToldAndLeftOut_data() {
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("says");
    QTest::newRow("no such action")
        << QByteArray("[keys]\nfly=Ctrl+Q\n") << text("there is no command “fly”");
    QTest::newRow("no key") << QByteArray("[keys]\nquit=Ctrl+Nonsense\n") << text("is no key");
    QTest::newRow("a letter") << QByteArray("[keys]\nquit=W\n") << text("add Ctrl or Alt");
    QTest::newRow("taken") << QByteArray("[keys]\nquit=Ctrl+O\n") << text("both want Ctrl+O");
    QTest::newRow("not a file of settings")
        << QByteArray("\x7f\x45[[[\n]]==\n[keys\n quit") << text("cannot be read");
    QTest::newRow("unquoted chord is fine") << QByteArray("[keys]\nquit=Ctrl+B, Q\n") << QString();
}

void KeysTest::aBrokenFileIsToldAndLeftOut() {
    QFETCH(QByteArray, content);
    QFETCH(QString, says);
    WindowFixture f;
    writeKeys(f, content);
    f.open();
    const QString note = f.window().chat().banner().sentence();
    if (says.isEmpty()) {
        QCOMPARE(note, QString());
        QCOMPARE(actions(f).quit->shortcut(), keys("Ctrl+B, Q"));
    } else {
        QVERIFY2(note.contains(says), qPrintable(note));
    }
    QCOMPARE(actions(f).openModel->shortcut(), keys("Ctrl+O"));
    QTest::keyClick(&f.window(), Qt::Key_K, Qt::ControlModifier);
    QVERIFY(f.find<CommandPalette>("commandPalette")->isVisible());
}

void KeysTest::itCanBeReadInEveryTheme() {
    WindowFixture f;
    f.open();
    for (const QString& name : Theme::names()) {
        QVERIFY(f.window().setTheme(name));
        openList(f);
        auto* dialog = f.find<ShortcutsDialog>("shortcutsDialog");
        pick(f, "New chat", "Ctrl+O");
        QTest::qWait(30);
        f.picture(*dialog, qPrintable(QStringLiteral("shortcuts-") + name));
        delete dialog;
    }
}

QTEST_MAIN(KeysTest)
#include "keys_test.moc"
