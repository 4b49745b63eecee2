// Keys of the window: listed, changed by pressing them, kept in the profile, bad files told.

#include <QFile>
#include <QKeySequenceEdit>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTest>
#include <QTreeWidget>
#include <map>

#include "tests/ui/window_fixture.h"
#include "ui/chat/banner.h"
#include "ui/chat/chat_panel.h"
#include "ui/routing/heatmap_controls.h"
#include "ui/routing/heatmap_panel.h"
#include "ui/routing/heatmap_widget.h"
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
    void aViewsKeyIsChangedAndKept();
    void oneKeyMayMeanTwoThingsInTwoViews();
    void whatLeadsAroundInViewsStays();
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
    const std::map<QString, QStringList> single{
        {text("In the waterfall"),
         {text("W"), text("S"), text("A"), text("D"), text("0"), text("R"), text("Space")}},
        {text("In the heatmap"), {text("M"), text("Shift+M"), text("Space"), text("X")}},
        {text("In the bar of interventions"), {text("X; Del")}},
        {text("In the conversation"), {text("A")}},
        {text("In every view"), {text(","), text(".")}},
    };
    for (const auto& [place, itsKeys] : single) {
        QTreeWidgetItem* group = row(*tree, place);
        QVERIFY2(group != nullptr, qPrintable(place));
        QStringList listed;
        for (int i = 0; i < group->childCount(); ++i) listed << group->child(i)->text(1);
        QCOMPARE(listed, itsKeys);
    }
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

void KeysTest::aViewsKeyIsChangedAndKept() {
    WindowFixture f;
    f.open();
    const auto press = [&f](Qt::Key key) {
        f.window().heatmap().heatmap().setFocus();
        QTest::keyClick(&f.window().heatmap().heatmap(), key);
    };
    const auto mode = [&f] { return f.window().heatmap().controls().mode(); };
    const HeatmapMode first = mode();
    openList(f);
    pick(f, "Next mode", "N");
    QCOMPARE(verdict(f), text("These keys are free."));
    f.find<QPushButton>("shortcutsSet")->click();
    press(Qt::Key_M);
    QCOMPARE(mode(), first);
    press(Qt::Key_N);
    QVERIFY(mode() != first);
    QVERIFY(f.window().heatmap().heatmap().accessibleDescription().contains(text("Next mode: N.")));
    f.window().close();
    f.open();
    QCOMPARE(f.window().chat().banner().sentence(), QString());
    const HeatmapMode before = mode();
    press(Qt::Key_M);
    QCOMPARE(mode(), before);
    press(Qt::Key_N);
    QVERIFY(mode() != before);
    f.window().findChild<KeyBindings*>()->resetAll();
    const HeatmapMode here = mode();
    press(Qt::Key_M);
    QVERIFY(mode() != here);
}

void KeysTest::oneKeyMayMeanTwoThingsInTwoViews() {
    WindowFixture f;
    f.open();
    openList(f);
    pick(f, "Next mode", "W");  // zooms the waterfall
    QCOMPARE(verdict(f), text("These keys are free."));
    pick(f, "Next mode", "X");
    QCOMPARE(verdict(f),
             text("X belongs to “Clear interventions (In the heatmap)”, which would lose it."));
    pick(f, "Next mode", ",");
    QCOMPARE(verdict(f),
             text(", belongs to “Previous token (In every view)”, which would lose it."));
    pick(f, "Next mode", "Ctrl+K");
    QCOMPARE(verdict(f), text("Ctrl+K belongs to “Command palette…”, which would lose it."));
    pick(f, "Zoom in", "S");
    QCOMPARE(verdict(f), text("S belongs to “Zoom out (In the waterfall)”, which would lose it."));
    f.find<QPushButton>("shortcutsSet")->click();
    QTreeWidget* tree = f.find<QTreeWidget>("shortcutsTree");
    QCOMPARE(row(*tree, text("Zoom in"))->text(1), text("S"));
    QCOMPARE(row(*tree, text("Zoom out"))->text(1), QString());
    f.window().close();
    f.open();
    QCOMPARE(f.window().chat().banner().sentence(), QString());
}

void KeysTest::whatLeadsAroundInViewsStays() {
    WindowFixture f;
    f.open();
    openList(f);
    for (const char* fixed : {"Left", "Shift+Right", "Return", "Esc", "Home", "PgDown", "Tab"}) {
        pick(f, "Next mode", fixed);
        QVERIFY2(verdict(f).contains(text("leads around inside views")), fixed);
        QVERIFY(!f.find<QPushButton>("shortcutsSet")->isEnabled());
    }
    pick(f, "Next mode", "G, H");
    QVERIFY2(verdict(f).contains(text("takes one key")), qPrintable(verdict(f)));
    for (const char* good : {"G", "Shift+G", "F6", "Del", "Alt+G", "Space"}) {
        pick(f, "Play or pause", good);
        QVERIFY2(!verdict(f).contains(text("leads")) && !verdict(f).contains(text("takes one key")),
                 good);
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
    QTest::newRow("a view's arrow")
        << QByteArray("[keys]\nheatmap-next-mode=Left\n") << text("leads around inside views");
    QTest::newRow("a view's key taken")
        << QByteArray("[keys]\nheatmap-next-mode=X\n") << text("both want X");
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
