// The command palette: what matches, in which order, and that every action of the window is in it.

#include <QLineEdit>
#include <QListView>
#include <QRandomGenerator>
#include <QSet>
#include <QTest>
#include <algorithm>

#include "tests/ui/window_fixture.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/chat_view.h"
#include "ui/window/command_palette.h"
#include "ui/window/fuzzy_match.h"
#include "ui/window/stall_watch.h"
#include "ui/window/window_actions.h"

using namespace gatescope;
using test::WindowFixture;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

/// The definition, letter by letter: is `word` a subsequence of `text`?
bool isSubsequence(const QString& word, const QString& in) {
    qsizetype at = 0;
    for (const QChar c : word) {
        at = in.indexOf(c, at, Qt::CaseInsensitive);
        if (at < 0) return false;
        ++at;
    }
    return true;
}

QStringList titles(const PaletteModel& model) {
    QStringList all;
    for (int row = 0; row < model.rowCount(); ++row) all << model.at(row).title;
    return all;
}

}  // namespace

class PaletteTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void lettersMatchInOrderWithWordStartsFirst();
    void whatMatchesIsWhatWasTyped();
    void actionsHaveIdsThatAreUniqueAndAreInThePalette();
    void typingFindsAndEnterRuns();
    void whatCannotBeDoneSaysWhy();
    void theLastUsedComesFirstAlsoAfterARestart();
    void conversationsAreFoundByTitle();
    void aConversationBeingDeletedIsNotOffered();
    void keysAndClicksCloseAndGiveTheFocusBack();
    void escapeClosesWithoutStoppingTheReply();
    void itFitsEveryWindowInEveryTheme();

  private:
    static QLineEdit* field(WindowFixture& f) { return f.find<QLineEdit>("paletteField"); }
    static CommandPalette* palette(WindowFixture& f) {
        return f.find<CommandPalette>("commandPalette");
    }
    static void open(WindowFixture& f) {
        QTest::keyClick(&f.window(), Qt::Key_K, Qt::ControlModifier);
        QVERIFY(palette(f)->isVisible());
    }
};

void PaletteTest::lettersMatchInOrderWithWordStartsFirst() {
    const auto score = [](const char* query, const char* in) {
        const auto match = fuzzyMatch(text(query), text(in));
        return match ? match->score : -1;
    };
    QVERIFY(score("or", "Open recording…") > score("or", "Export"));  // initials
    QVERIFY(score("save", "Save recording…") > score("save", "Leave as above"));
    QVERIFY(score("re", "Regenerate reply") > score("re", "Larger"));
    QVERIFY(score("theme", "Light / dark theme") > 0);
    QVERIFY(score("dark theme", "Theme: dark") > 0);  // words in any order
    QVERIFY(score("RECORDING", "Open recording…") > 0);
    QVERIFY(score("resume", "Résumé") > 0);
    QCOMPARE(score("xyz", "Open recording…"), -1);
    QCOMPARE(score("gg", "Open recording…"), -1);
    QCOMPARE(score("zzz", ""), -1);
    QCOMPARE(score("", "anything"), 0);
    QCOMPARE(score("eeg", "Of the longest one, somewhere, a big thing"), -1);  // scattered
    QCOMPARE(fuzzyMatch(text("rec"), text("Open recording…"))->positions, (QList<int>{5, 6, 7}));
    QCOMPARE(fuzzyMatch(text("or"), text("Open recording…"))->positions, (QList<int>{0, 5}));
}

void PaletteTest::whatMatchesIsWhatWasTyped() {
    QRandomGenerator random(17);
    const QString letters = text("abcd -Ab");
    const auto any = [&](int most) {
        QString made;
        for (int n = random.bounded(most + 1); n > 0; --n)
            made += letters[random.bounded(static_cast<int>(letters.size()))];
        return made;
    };
    int matched = 0;
    for (int round = 0; round < 20000; ++round) {
        const QString in = any(30);
        const QString word = any(6).remove(QLatin1Char(' '));
        const auto match = fuzzyMatch(word, in);
        if (!match) continue;
        ++matched;
        QVERIFY(isSubsequence(word, in));
        QCOMPARE(match->positions.size(), word.size());
        for (qsizetype i = 0; i < word.size(); ++i) {
            QVERIFY(i == 0 || match->positions[i] > match->positions[i - 1]);
            QCOMPARE(in[match->positions[i]].toLower(), word[i].toLower());
        }
    }
    QVERIFY(matched > 2000);
    QVERIFY(fuzzyMatch(text("a"), text("a").repeated(100000)).has_value());
    QVERIFY(fuzzyMatch(text("a").repeated(100000), text("a").repeated(100000)).has_value());
}

void PaletteTest::actionsHaveIdsThatAreUniqueAndAreInThePalette() {
    WindowFixture f;
    f.open();
    const auto* actions = f.window().findChild<WindowActions*>();
    QSet<QString> ids;
    open(f);
    const PaletteModel& model = palette(f)->model();
    QSet<QString> offered;
    for (int row = 0; row < model.rowCount(); ++row) offered << model.at(row).id;
    const QList<QAction*> all = actions->all();
    QVERIFY(all.size() > 70);
    for (const QAction* action : all) {
        const QString id = action->objectName();
        QVERIFY2(!id.isEmpty(), qPrintable(action->text()));
        QVERIFY2(!ids.contains(id), qPrintable(id));
        QVERIFY2(!WindowActions::nameOf(action).isEmpty(), qPrintable(id));
        QVERIFY2(!actions->placeOf(action).isEmpty(), qPrintable(id));
        QVERIFY2(action == actions->commandPalette || offered.contains(id), qPrintable(id));
        ids << id;
    }
    for (const QAction* action : f.window().actions())
        QVERIFY2(ids.contains(action->objectName()), qPrintable(action->text()));
    QCOMPARE(actions->placeOf(actions->exportCsv), text("File › Export"));
    const QAction odd(text("&Save && &close"));
    QCOMPARE(WindowActions::nameOf(&odd), text("Save & close"));
}

void PaletteTest::typingFindsAndEnterRuns() {
    WindowFixture f;
    f.openWithModel();
    open(f);
    QVERIFY(field(f)->hasFocus());
    QTest::keyClicks(field(f), text("high contr"));
    QCOMPARE(palette(f)->model().at(0).title, text("High contrast"));
    QCOMPARE(palette(f)->currentRow(), 0);
    QTest::keyClick(field(f), Qt::Key_Return);
    QVERIFY(!palette(f)->isVisible());
    QCOMPARE(f.window().themeChoice(), text("high-contrast"));

    open(f);
    QVERIFY(field(f)->text().isEmpty());
    QTest::keyClicks(field(f), text("docks water"));  // by where it is
    QCOMPARE(palette(f)->model().at(0).title, text("Waterfall"));
    QTest::keyClick(field(f), Qt::Key_Return);
    QVERIFY(!f.find<QWidget>("waterfall")->isVisible());

    open(f);
    QTest::keyClicks(field(f), text("no such thing at all"));
    QCOMPARE(palette(f)->model().rowCount(), 0);
    QTest::keyClick(field(f), Qt::Key_Return);
    QVERIFY(palette(f)->isVisible());
    QTest::keyClick(field(f), Qt::Key_Escape);
    QTest::qWait(200);  // what hiding a dock leaves to do
    f.window().stallWatch().reset();
    open(f);
    QVERIFY2(f.maxStallMs() < test::kMaxStallMs, qPrintable(QString::number(f.maxStallMs())));
}

void PaletteTest::whatCannotBeDoneSaysWhy() {
    WindowFixture f;
    f.open();
    open(f);
    QTest::keyClicks(field(f), text("stop"));
    const QModelIndex stop = palette(f)->model().index(0, 0);
    QCOMPARE(stop.data().toString(), text("Stop"));
    QVERIFY(!stop.data(PaletteModel::EnabledRole).toBool());
    QCOMPARE(stop.data(PaletteModel::WhyNotRole).toString(), text("No reply is being written."));
    QVERIFY(stop.data(Qt::AccessibleTextRole).toString().contains(text("not available now")));
    QTest::keyClick(field(f), Qt::Key_Return);
    QVERIFY(palette(f)->isVisible());
    const auto* actions = f.window().findChild<WindowActions*>();
    for (const QAction* action : actions->all())
        QVERIFY2(action->isEnabled() || !WindowActions::needsOf(action).isEmpty(),
                 qPrintable(action->objectName()));
}

void PaletteTest::theLastUsedComesFirstAlsoAfterARestart() {
    WindowFixture f;
    f.open();
    for (const char* what : {"light", "smaller"}) {
        open(f);
        QTest::keyClicks(field(f), text(what));
        QTest::keyClick(field(f), Qt::Key_Return);
    }
    f.window().close();
    f.open();
    open(f);
    const PaletteModel& model = palette(f)->model();
    QCOMPARE(titles(model).mid(0, 3),
             (QStringList{text("Smaller"), text("Light"), text("Open model…")}));
    QCOMPARE(model.index(0, 0).data(PaletteModel::HeadingRole).toString(), text("Used last"));
    QCOMPARE(model.index(1, 0).data(PaletteModel::HeadingRole).toString(), QString());
    QCOMPARE(model.index(2, 0).data(PaletteModel::HeadingRole).toString(), text("File"));
}

void PaletteTest::aConversationBeingDeletedIsNotOffered() {
    WindowFixture f;
    f.setReplies({" one"});
    f.openWithModel();
    QVERIFY(f.say(text("What is a river?")));
    auto* actions = f.window().findChild<WindowActions*>();
    const auto offered = [&f] {
        f.window().commandPalette().openWith({});
        int found = 0;
        const auto& model = palette(f)->model();
        for (int row = 0; row < model.rowCount(); ++row)
            found += model.at(row).title == text("What is a river?") ? 1 : 0;
        f.window().commandPalette().toggle();
        return found;
    };
    QTRY_COMPARE(offered(), 1);
    actions->remove->trigger();
    QVERIFY(actions->undoRemove->isEnabled());
    QCOMPARE(offered(), 0);
    actions->undoRemove->trigger();
    QCOMPARE(offered(), 1);
}

void PaletteTest::conversationsAreFoundByTitle() {
    WindowFixture f;
    f.setReplies({" one", " two"});
    f.openWithModel();
    QVERIFY(f.say(text("Rivers of the north")));
    const auto first = f.session().currentConversation();
    f.window().bridge().run([](ChatSession& session) { session.newConversation(); });
    QVERIFY(f.say(text("Stars of the south")));
    QTRY_COMPARE(f.session().conversations().size(), std::size_t{2});
    open(f);
    QTest::keyClicks(field(f), text("rivers"));
    QTRY_VERIFY(palette(f)->model().rowCount() > 0);
    QCOMPARE(palette(f)->model().at(0).title, text("Rivers of the north"));
    QCOMPARE(palette(f)->model().at(0).where, text("Conversation"));
    QTest::keyClick(field(f), Qt::Key_Return);
    QTRY_COMPARE(f.session().currentConversation(), first);
}

void PaletteTest::keysAndClicksCloseAndGiveTheFocusBack() {
    WindowFixture f;
    f.setReplies({" one"});
    f.openWithModel();
    QVERIFY(f.say(text("hi")));
    f.window().chat().view().setFocus();
    open(f);
    const int count = palette(f)->model().rowCount();
    QTest::keyClick(field(f), Qt::Key_Up);
    QCOMPARE(palette(f)->currentRow(), count - 1);
    QTest::keyClick(field(f), Qt::Key_Down);
    QCOMPARE(palette(f)->currentRow(), 0);
    QTest::keyClick(field(f), Qt::Key_PageDown);
    QCOMPARE(palette(f)->currentRow(), 11);
    QTest::keyClick(field(f), Qt::Key_PageUp);
    QCOMPARE(palette(f)->currentRow(), 0);
    QTest::keyClick(field(f), Qt::Key_Escape);
    QVERIFY(!palette(f)->isVisible());
    QVERIFY(f.window().chat().view().hasFocus());
    open(f);
    QTest::keyClick(&f.window(), Qt::Key_K, Qt::ControlModifier);
    QVERIFY(!palette(f)->isVisible());
    open(f);
    QTest::mouseClick(f.window().chat().view().viewport(), Qt::LeftButton, {}, {20, 400});
    QVERIFY(!palette(f)->isVisible());
    open(f);
    auto* list = f.find<QListView>("paletteList");
    QTest::keyClicks(field(f), text("larger"));
    QTest::mouseClick(list->viewport(),
                      Qt::LeftButton,
                      {},
                      list->visualRect(palette(f)->model().index(0, 0)).center());
    QVERIFY(!palette(f)->isVisible());
    QCOMPARE(f.window().theme().textSize(), 110);
}

void PaletteTest::escapeClosesWithoutStoppingTheReply() {
    WindowFixture f;
    std::string endless;
    for (int i = 0; i < 400; ++i) endless += " more";
    f.setReplies({endless});
    f.script().tokenDelay = std::chrono::milliseconds(5);
    f.openWithModel();
    f.window().setComposerText(text("go on"));
    QVERIFY(f.window().sendComposer());
    QVERIFY(f.waitFor([&] { return f.session().generating() && f.session().traceSize() > 5; }));
    open(f);
    QTest::keyClick(field(f), Qt::Key_Escape);
    QVERIFY(!palette(f)->isVisible());
    QTest::qWait(50);
    QVERIFY(f.session().generating());
    QTest::keyClick(&f.window(), Qt::Key_Escape);
    QVERIFY(f.waitIdle());
}

void PaletteTest::itFitsEveryWindowInEveryTheme() {
    WindowFixture f;
    f.setReplies({" one"});
    f.openWithModel();
    QVERIFY(f.say(text("A question about rivers")));
    for (const QString& name : Theme::names()) {
        QVERIFY(f.window().setTheme(name));
        for (const QSize size : {QSize(1280, 800), QSize(900, 600)}) {
            f.window().resize(size);
            for (const char* query : {"", "re"}) {
                CommandPalette& shown = f.window().commandPalette();
                shown.openWith(text(query));
                QTest::qWait(30);
                QVERIFY(f.window().rect().contains(shown.geometry()));
                QVERIFY(shown.height() < f.window().height());
                f.picture(qPrintable(QStringLiteral("palette-%1-%2%3")
                                         .arg(name)
                                         .arg(size.width())
                                         .arg(text(*query != '\0' ? "-typed" : ""))));
                shown.close();
            }
        }
    }
}

QTEST_MAIN(PaletteTest)
#include "palette_test.moc"
