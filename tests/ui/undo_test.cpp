// The last change of the interventions taken back and made again: by keys, buttons and menus of the
// real window, and what text fields keep for themselves.

#include <QAction>
#include <QDockWidget>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTest>

#include "tests/ui/window_fixture.h"
#include "ui/docks/intervention_bar.h"
#include "ui/routing/heatmap_panel.h"
#include "ui/routing/heatmap_widget.h"
#include "ui/routing/intervention_edits.h"
#include "ui/routing/intervention_words.h"

using namespace gatescope;
using test::WindowFixture;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

const ExpertSite kSite{{1}, {3}};

}  // namespace

class UndoTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void wordsSayWhatAStepDid();
    void keysWorkInInspectorViewsAndAreTextFieldsOwn();
    void theBarOffersItAlsoWhenNothingIsInForceAnyMore();
    void theCellMenuSaysWhatItTakesBack();

  private:
    static void set(WindowFixture& f, const InterventionSet& set) {
        f.window().bridge().run([&](ChatSession& s) { s.setInterventions(set); });
    }
    static const QAction* menuAction(WindowFixture& f, const QString& beginning) {
        for (const QAction* action : f.window().findChildren<QAction*>())
            if (action->text().remove(QLatin1Char('&')).startsWith(beginning)) return action;
        return nullptr;
    }
};

void UndoTest::wordsSayWhatAStepDid() {
    const InterventionSet one = withAblated({}, {{17}, {3}});
    const auto words = [](const InterventionSet& before, const InterventionSet& after) {
        const InterventionStep step{before, after};
        return undoText(&step);
    };
    QCOMPARE(words({}, one), text("Undo: ablate layer 17 expert 3"));
    QCOMPARE(words(one, {}), text("Undo: take away: ablate layer 17 expert 3"));
    QCOMPARE(words(one, withForced(one, {{17}, {3}})), text("Undo: force layer 17 expert 3"));
    const InterventionSet two = withBias(one, {{0}, {1}}, -1.5F);
    QCOMPARE(words(one, two), text("Undo: bias layer 0 expert 1 by -1.5"));
    QCOMPARE(words(two, {}), text("Undo: clear all interventions"));
    QCOMPARE(words(one, withBias(one, {{0}, {1}}, 1)), text("Undo: bias layer 0 expert 1 by 1"));
    QCOMPARE(words({}, withAblated(withAblated({}, {{0}, {1}}), {{0}, {2}})),
             text("Undo: ablate layer 0 expert 1, and 1 more"));
    QCOMPARE(words(one, withTopK(one, 1)), text("Undo: 1 expert a token in all layers"));
    QCOMPARE(words(one, withTopKOf(one, LayerId{4}, 3)),
             text("Undo: 3 experts a token in layer 4"));
    InterventionSet some = one;
    some.scope.filter = "text=\"the\"";
    QCOMPARE(words(one, some), text("Undo: only for tokens like text=\"the\""));
    QCOMPARE(undoText(nullptr), text("Undo intervention"));
    QCOMPARE(redoText(nullptr), text("Redo intervention"));
}

void UndoTest::keysWorkInInspectorViewsAndAreTextFieldsOwn() {
    WindowFixture f;
    f.setReplies({" one two"});
    f.openWithModel();
    QVERIFY(f.say(text("hi")));
    f.window().showView(text("inspect"));
    set(f, withAblated({}, kSite));
    set(f, {});
    const auto inForce = [&] { return f.session().interventions(); };
    HeatmapWidget& heatmap = f.window().heatmap().heatmap();
    heatmap.setFocus();
    QTRY_VERIFY(heatmap.hasFocus());
    QTest::keyClick(&heatmap, Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(inForce(), withAblated({}, kSite));
    QTest::keyClick(&heatmap, Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(inForce(), InterventionSet{});
    QTest::keyClick(&heatmap, Qt::Key_Y, Qt::ControlModifier);
    QCOMPARE(inForce(), withAblated({}, kSite));

    // In a text field they are its own, be it that of the bar; in the conversation, nobody's.
    auto* composer = f.find<QPlainTextEdit>("composerText");
    composer->setFocus();
    QTest::keyClicks(composer, text("abc"));
    QTest::keyClick(composer, Qt::Key_Z, Qt::ControlModifier);
    QVERIFY(composer->toPlainText().size() < 3);
    QCOMPARE(inForce(), withAblated({}, kSite));
    auto* scope = f.find<QLineEdit>("interventionScope");
    scope->setFocus();
    QTest::keyClicks(scope, text("ab"));
    QTest::keyClick(scope, Qt::Key_Z, Qt::ControlModifier);
    QVERIFY(scope->text().isEmpty());
    QCOMPARE(inForce(), withAblated({}, kSite));
    f.window().showView(text("chat"));
    composer->clear();
    composer->setFocus();
    QTest::keyClick(composer, Qt::Key_Z, Qt::ControlModifier);
    QTest::keyClick(composer, Qt::Key_Y, Qt::ControlModifier);
    QCOMPARE(inForce(), withAblated({}, kSite));

    // The menu says what, whatever has the focus.
    const QAction* undo = menuAction(f, text("Undo: "));
    QVERIFY(undo != nullptr && undo->isEnabled());
    QCOMPARE(undo->text(), text("Undo: ablate layer 1 expert 3"));
    QCOMPARE(undo->shortcut().toString(), text("Ctrl+Z"));
    const_cast<QAction*>(undo)->trigger();
    QCOMPARE(inForce(), InterventionSet{});
    QVERIFY(!undo->isEnabled());
}

void UndoTest::theBarOffersItAlsoWhenNothingIsInForceAnyMore() {
    WindowFixture f;
    f.setReplies({" one two"});
    f.openWithModel();
    auto* bar = f.find<InterventionBar>("interventionBar");
    auto* undo = f.find<QPushButton>("undoIntervention");
    auto* redo = f.find<QPushButton>("redoIntervention");
    auto* clear = f.find<QPushButton>("clearInterventions");
    QVERIFY(bar->isHidden());
    set(f, withAblated({}, kSite));
    QVERIFY(bar->isVisible() && undo->isVisible() && redo->isHidden());
    QCOMPARE(undo->toolTip(), text("Undo: ablate layer 1 expert 3"));
    QTest::qWait(50);
    f.picture("undo-bar-one-dark");
    QTest::mouseClick(clear, Qt::LeftButton);
    QVERIFY(f.session().interventions().empty());
    QVERIFY(bar->isVisible() && undo->isVisible());
    QVERIFY(clear->isHidden());
    QCOMPARE(undo->accessibleName(), text("Undo: take away: ablate layer 1 expert 3"));
    QTest::qWait(50);
    f.picture("undo-bar-none-dark");
    QTest::mouseClick(undo, Qt::LeftButton);
    QCOMPARE(f.session().interventions(), withAblated({}, kSite));
    QVERIFY(redo->isVisible());
    f.window().setTheme(text("light"));
    f.window().resize(900, 640);
    QTest::qWait(50);
    f.picture("undo-bar-both-light");
    QTest::mouseClick(redo, Qt::LeftButton);
    QVERIFY(f.session().interventions().empty());
    QTest::qWait(50);
    f.picture("undo-bar-none-light");
    QVERIFY(f.say(text("hi")));
    QVERIFY(bar->isHidden());
    f.window().bridge().run([](ChatSession& s) { s.undoInterventions(); });
    QVERIFY(bar->isVisible());
}

void UndoTest::theCellMenuSaysWhatItTakesBack() {
    WindowFixture f;
    f.setReplies({" one two"});
    f.openWithModel();
    QVERIFY(f.say(text("hi")));
    const auto action = [&](const char* name) {
        return f.window().heatmap().makeCellMenu(kSite)->findChild<QAction*>(
            QString::fromLatin1(name));
    };
    QVERIFY(action("undo") == nullptr);
    action("layerTopK1")->trigger();
    InterventionSet expected;
    expected.layerTopK = {{LayerId{1}, LayerId{1}, 1}};
    QCOMPARE(f.session().interventions(), expected);
    QVERIFY(!action("layerTopK1")->isEnabled());
    QVERIFY(action("layerTopK0")->isEnabled());
    QCOMPARE(action("undo")->text(), text("Undo: 1 expert a token in layer 1"));
    action("undo")->trigger();
    QVERIFY(f.session().interventions().empty());
    action("redo")->trigger();
    QCOMPARE(f.session().interventions(), expected);
    action("topK4")->trigger();
    QVERIFY(f.session().interventions().layerTopK.empty());
}

QTEST_MAIN(UndoTest)
#include "undo_test.moc"
