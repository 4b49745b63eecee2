// Where conversations are kept: folders, pins, tags, the archive, drafts, and how they are found
// again.

#include <QAbstractItemModelTester>
#include <QAbstractItemView>
#include <QCompleter>
#include <QDropEvent>
#include <QInputDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QMessageBox>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QSignalSpy>
#include <QTest>
#include <QTimer>
#include <ctime>
#include <memory>

#include "tests/ui/window_fixture.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/chat_view.h"
#include "ui/chat/find_bar.h"
#include "ui/conversations/conversation_delegate.h"
#include "ui/conversations/conversation_panel.h"
#include "ui/models/conversation_list_model.h"
#include "ui/theme/theme.h"

using namespace gatescope;
using test::WindowFixture;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

ConversationSummary summary(ConversationId id, const char* title, const char* folder = "") {
    ConversationSummary s;
    s.id = id;
    s.title = title;
    s.folder = folder;
    s.messageCount = 2;
    return s;
}

/// The rows as text: indented, folders with "+" (closed) or "-", and their count.
QStringList picture(const ConversationListModel& model) {
    QStringList lines;
    for (int i = 0; i < model.rowCount(); ++i) {
        const ConversationRow& row = model.row(i);
        const QString title = model.index(i).data().toString();
        const QString mark = row.open ? text("-") : text("+");
        lines << QString(2 * row.depth, QLatin1Char(' ')) +
                     (row.conversation != nullptr
                          ? title
                          : mark + title + QStringLiteral(" %1").arg(row.count));
    }
    return lines;
}

double processorMs() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

}  // namespace

class KeepingTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void rowsStandInTheirFolders();
    void aQueryIsWordsAndConditions();
    void lastWordsAreCompleted();
    void foldersAndConversationsAreDragged();
    void aDropOnAFolderReachesTheLibrary();
    void whatIsDoneByKeyReachesTheLibrary();
    void aTagIsRenamedAndDeletedEverywhere();
    void aFolderIsNamedInPlaceAndDeletedWithoutItsChats();
    void foundWordsStandInTheRowAndInTheChat();
    void theFindBarWalksThroughTheConversation();
    void whatStreamsInIsLookedThrough();
    void draftsComeBackWithTheirConversation();
    void anEditedMessageIsNoDraft();
    void fiveThousandConversationsAreQuicklyListed();
    void looksAsItShould();

  private:
    static ConversationPanel& panel(WindowFixture& f) {
        return *f.window().findChild<ConversationPanel*>();
    }
    static void talk(WindowFixture& f, const char* message) {
        f.window().bridge().run([](ChatSession& s) { s.newConversation(); });
        QVERIFY(f.waitFor([&] { return f.session().messages().empty(); }));
        QVERIFY(f.say(text(message)));
    }
    static ConversationId idOf(WindowFixture& f, const char* title) {
        for (const auto& c : f.session().conversations())
            if (c.title == title) return c.id;
        return 0;
    }
    static const ConversationSummary& kept(WindowFixture& f, const char* title) {
        const auto& all = f.session().conversations();
        return *std::ranges::find(all, title, &ConversationSummary::title);
    }
};

void KeepingTest::rowsStandInTheirFolders() {
    ConversationListModel model;
    const QAbstractItemModelTester tester(&model,
                                          QAbstractItemModelTester::FailureReportingMode::QtTest);
    auto pinned = summary(1, "pinned", "A");
    pinned.pinned = true;
    auto archived = summary(2, "archived", "A");
    archived.archived = true;
    model.setConversations({pinned,
                            archived,
                            summary(3, "deep", "A/B"),
                            summary(4, "in A", "A"),
                            summary(5, "loose"),
                            summary(6, "in A b", "A b")},
                           {"A", "A b", "A/B", "empty"});
    QCOMPARE(picture(model),
             (QStringList{text("pinned"),
                          text("-A 2"),
                          text("  -B 1"),
                          text("    deep"),
                          text("  in A"),
                          text("-A b 1"),
                          text("  in A b"),
                          text("-empty 0"),
                          text("loose"),
                          text("+Archive 1")}));
    QSignalSpy closed(&model, &ConversationListModel::closedFoldersChanged);
    model.setOpen(1, false);
    model.setOpen(static_cast<int>(picture(model).size()) - 1, true);
    QCOMPARE(closed.count(), 2);
    QVERIFY(model.closedFolders() == std::set<std::string>{"A"});
    QCOMPARE(picture(model),
             (QStringList{text("pinned"),
                          text("+A 2"),
                          text("-A b 1"),
                          text("  in A b"),
                          text("-empty 0"),
                          text("loose"),
                          text("-Archive 1"),
                          text("  archived")}));
    model.setQuery(LibraryQuery::parse(text("in:a")));
    QCOMPARE(picture(model), (QStringList{text("pinned"), text("deep"), text("in A")}));
    model.setQuery(LibraryQuery::parse(text("in:A is:archived")));
    QCOMPARE(picture(model), QStringList{text("archived")});
    model.setQuery({});
    model.setFound(std::set<ConversationId>{2, 3, 5});
    QCOMPARE(picture(model), (QStringList{text("deep"), text("loose")}));
}

void KeepingTest::aQueryIsWordsAndConditions() {
    const auto query = LibraryQuery::parse(
        text("sky TAG:blue in:\"My runs/two words\" is:pinned \"quoted words\" tag: is:else"));
    QCOMPARE(query.words, text("sky quoted words tag: is:else"));
    QCOMPARE(query.tags, QStringList{text("blue")});
    QCOMPARE(query.folders, QStringList{text("My runs/two words")});
    QVERIFY(query.pinned && !query.archived && !query.draft && query.hasConditions());
    ConversationSummary c = summary(1, "x", "My runs/two words/deeper");
    c.tags = {"Blue", "other"};
    QVERIFY(!query.admits(c));
    c.pinned = true;
    QVERIFY(query.admits(c));
    c.archived = true;
    QVERIFY(!query.admits(c));
    c.archived = false;
    c.folder = "My runs/two words beside";
    QVERIFY(!query.admits(c));
}

void KeepingTest::lastWordsAreCompleted() {
    const QStringList tags{text("blue"), text("two words")};
    QCOMPARE(completionsOf(text("sky t"), tags, {}),
             (QStringList{text("sky tag:"), text("sky tag:blue"), text("sky tag:\"two words\"")}));
    QCOMPARE(completionsOf(text("IN:r"), tags, {"Research/Runs", "Other"}),
             QStringList{text("in:Research/Runs")});
    QCOMPARE(completionsOf(text("is:"), tags, {}).size(), 3);
    QVERIFY(completionsOf(text("sky "), tags, {}).isEmpty());
    for (const char* begun : {"tag:tw", "tag:\"two w", "tag:\"TWO"})
        QCOMPARE(completionsOf(text("a ") + text(begun), tags, {}),
                 QStringList{text("a tag:\"two words\"")});
    QVERIFY(completionsOf(text("tag:\"two words\""), tags, {}).isEmpty());
}

void KeepingTest::foldersAndConversationsAreDragged() {
    ConversationListModel model;
    model.setConversations({summary(1, "in", "A"), summary(2, "out")}, {"A", "A/B", "C"});
    QCOMPARE(picture(model),
             (QStringList{text("-A 1"), text("  -B 0"), text("  in"), text("-C 0"), text("out")}));
    QSignalSpy moved(&model, &ConversationListModel::moveRequested);
    QSignalSpy renamed(&model, &ConversationListModel::folderRenameRequested);
    const auto drag = [&model](int from, const QModelIndex& onto) {
        const std::unique_ptr<QMimeData> data(model.mimeData({model.index(from)}));
        QVERIFY(model.canDropMimeData(data.get(), Qt::MoveAction, -1, -1, onto));
        model.dropMimeData(data.get(), Qt::MoveAction, -1, -1, onto);
    };
    drag(4, model.index(1));  // onto a folder
    drag(4, model.index(2));  // onto a conversation: beside it
    drag(2, {});              // out of all
    QCOMPARE(moved.count(), 3);
    QCOMPARE(moved[0], (QVariantList{qint64{2}, text("A/B")}));
    QCOMPARE(moved[1], (QVariantList{qint64{2}, text("A")}));
    QCOMPARE(moved[2], (QVariantList{qint64{1}, QString()}));
    drag(1, model.index(3));
    drag(1, {});
    drag(0, model.index(1));  // into itself
    QCOMPARE(renamed.count(), 2);
    QCOMPARE(renamed[0], (QVariantList{text("A/B"), text("C/B")}));
    QCOMPARE(renamed[1], (QVariantList{text("A/B"), text("B")}));
    QCOMPARE(moved.count(), 3);
}

void KeepingTest::aDropOnAFolderReachesTheLibrary() {
    WindowFixture f;
    f.setReplies({" one"});
    f.openWithModel();
    talk(f, "moves");
    f.session().keep([](ConversationStore& store) { store.addFolder("Runs"); });
    QTRY_COMPARE(picture(panel(f).model()), (QStringList{text("-Runs 0"), text("moves")}));
    auto* list = f.find<QListView>("conversationList");
    const auto drop = [&](int row, const QPoint& at) {
        const std::unique_ptr<QMimeData> data(
            list->model()->mimeData({list->model()->index(row, 0)}));
        QDragEnterEvent enter(at, Qt::MoveAction, data.get(), Qt::LeftButton, {});
        QDragMoveEvent move(at, Qt::MoveAction, data.get(), Qt::LeftButton, {});
        QDropEvent end(at, Qt::MoveAction, data.get(), Qt::LeftButton, {});
        for (QEvent* event : std::initializer_list<QEvent*>{&enter, &move, &end})
            QCoreApplication::sendEvent(list->viewport(), event);
    };
    drop(1, list->visualRect(list->model()->index(0, 0)).center());
    QTRY_COMPARE(picture(panel(f).model()), (QStringList{text("-Runs 1"), text("  moves")}));
    drop(1, QPoint(20, list->viewport()->height() - 10));  // below all rows
    QTRY_COMPARE(picture(panel(f).model()), (QStringList{text("-Runs 0"), text("moves")}));
}

void KeepingTest::whatIsDoneByKeyReachesTheLibrary() {
    WindowFixture f;
    f.setReplies({" one"});
    f.openWithModel();
    talk(f, "first");
    talk(f, "second");
    QTRY_COMPARE(panel(f).model().rowCount(), 2);
    QVERIFY(panel(f).select(idOf(f, "first")));
    QTest::keyClick(&f.window(), Qt::Key_P, Qt::ControlModifier | Qt::AltModifier);
    QTRY_VERIFY(kept(f, "first").pinned);
    QCOMPARE(picture(panel(f).model())[0], text("first"));
    panel(f).setTags(idOf(f, "second"), text("blue,  two  words ,blue"));
    panel(f).moveTo(idOf(f, "second"), text("Research/Runs"));
    QTRY_COMPARE(
        picture(panel(f).model()),
        (QStringList{text("first"), text("-Research 1"), text("  -Runs 1"), text("    second")}));
    panel(f).model().setOpen(1, false);
    panel(f).select(idOf(f, "first"));
    QTest::keyClick(&f.window(), Qt::Key_A, Qt::ControlModifier | Qt::AltModifier);
    QTRY_VERIFY(kept(f, "first").archived);
    f.open();  // the next start
    QTRY_COMPARE(picture(panel(f).model()), (QStringList{text("+Research 1"), text("+Archive 1")}));
    QVERIFY(kept(f, "second").tags == (std::vector<std::string>{"blue", "two words"}));
    auto* list = f.find<QListView>("conversationList");
    list->setFocus();
    list->setCurrentIndex(list->model()->index(0, 0));
    QTest::keyClick(list, Qt::Key_Right);
    QCOMPARE(panel(f).model().rowCount(), 4);
    auto* search = f.find<QLineEdit>("conversationSearch");
    search->setFocus();
    QTest::keyClicks(search, text("tag:tw"));
    auto* popup = search->completer()->popup();
    QVERIFY(popup->isVisible());
    QCOMPARE(popup->model()->rowCount(), 1);
    QTest::keyClick(popup, Qt::Key_Down);
    QTest::keyClick(popup, Qt::Key_Return);
    QCOMPARE(search->text(), text("tag:\"two words\""));
    QTRY_COMPARE(picture(panel(f).model()), QStringList{text("second")});
    f.window().searchFor(text("tag:\"two words\""));
    QCOMPARE(picture(panel(f).model()), QStringList{text("second")});
    f.window().searchFor(text("is:archived"));
    QCOMPARE(picture(panel(f).model()), QStringList{text("first")});
    f.window().searchFor(text("first is:archived"));
    QTRY_COMPARE(picture(panel(f).model()), QStringList{text("first")});
}

/// From the row's menu, by what stands in it.
void KeepingTest::aTagIsRenamedAndDeletedEverywhere() {
    WindowFixture f;
    f.setReplies({" one"});
    f.openWithModel();
    talk(f, "first");
    talk(f, "second");
    talk(f, "third");
    panel(f).setTags(idOf(f, "first"), text("blue & green,sea"));
    panel(f).setTags(idOf(f, "second"), text("blue & green"));
    QTRY_COMPARE(kept(f, "second").tags.size(), 1U);
    auto* list = f.find<QListView>("conversationList");
    const auto choose = [&](const char* what, const char* tag) {
        bool chosen = false;
        QTimer::singleShot(0, list, [&] {
            auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
            if (menu == nullptr) return;
            for (QMenu* tags : menu->findChildren<QMenu*>())
                for (QAction* action : tags->actions())
                    if (tags->title() == text(what) && action->text() == text(tag)) {
                        f.picture(*menu->findChild<QMenu*>(text("tagMenu")), "tag-menu");
                        action->trigger();
                        chosen = true;
                    }
            menu->close();
        });
        Q_EMIT list->customContextMenuRequested(
            list->visualRect(list->model()->index(0, 0)).center());
        return chosen;
    };
    QVERIFY(choose("Rename a tag everywhere", "blue && green"));
    auto* dialog = panel(f).findChild<QInputDialog*>();
    QVERIFY(dialog != nullptr);
    QCOMPARE(dialog->textValue(), text("blue & green"));
    f.picture(*dialog, "tag-rename");
    dialog->setTextValue(text(" the  sky , and more"));
    dialog->accept();
    QTRY_VERIFY(kept(f, "second").tags == std::vector<std::string>{"the sky"});
    QVERIFY(kept(f, "first").tags == (std::vector<std::string>{"sea", "the sky"}));

    const auto answer = [&](bool remove) {
        auto* box = panel(f).findChild<QMessageBox*>(text("removeTag"));
        QVERIFY(box != nullptr);
        QVERIFY2(box->text().contains(text("from 2 conversations?")), qPrintable(box->text()));
        f.picture(*box, "tag-remove");
        for (QAbstractButton* button : box->buttons())
            if ((box->buttonRole(button) == QMessageBox::AcceptRole) == remove) button->click();
        QTRY_VERIFY(panel(f).findChild<QMessageBox*>(text("removeTag")) == nullptr);
    };
    QVERIFY(choose("Delete a tag everywhere", "the sky"));
    answer(false);
    QVERIFY(choose("Delete a tag everywhere", "the sky"));
    answer(true);
    QTRY_VERIFY(kept(f, "second").tags.empty());
    QVERIFY(kept(f, "first").tags == std::vector<std::string>{"sea"});
    QCOMPARE(f.session().conversations().size(), std::size_t(3));
    f.open();
    QTRY_COMPARE(f.session().conversations().size(), std::size_t(3));
    QCOMPARE(panel(f).model().tags(), QStringList{text("sea")});
}

void KeepingTest::aFolderIsNamedInPlaceAndDeletedWithoutItsChats() {
    WindowFixture f;
    f.setReplies({" one"});
    f.openWithModel();
    talk(f, "stays");
    auto* list = f.find<QListView>("conversationList");
    QTRY_COMPARE(list->model()->rowCount(), 1);
    QTest::keyClick(&f.window(), Qt::Key_N, Qt::ControlModifier | Qt::AltModifier);
    QLineEdit* editor = nullptr;
    QTRY_VERIFY((editor = list->viewport()->findChild<QLineEdit*>()) != nullptr);
    editor->selectAll();
    QTest::keyClicks(editor, text("Runs"));
    QTest::keyClick(editor, Qt::Key_Return);
    QTRY_COMPARE(picture(panel(f).model()), (QStringList{text("-Runs 0"), text("stays")}));
    panel(f).moveTo(idOf(f, "stays"), text("Runs"));
    QTRY_COMPARE(picture(panel(f).model()), (QStringList{text("-Runs 1"), text("  stays")}));
    list->setCurrentIndex(list->model()->index(0, 0));
    list->setFocus();
    QTest::keyClick(list, Qt::Key_Delete);
    QTRY_COMPARE(picture(panel(f).model()), QStringList{text("stays")});
    QVERIFY(!panel(f).canUndo());
}

void KeepingTest::foundWordsStandInTheRowAndInTheChat() {
    WindowFixture f;
    f.setReplies({" they say: pears are sweet", " nothing"});
    f.openWithModel();
    talk(f, "tell me of fruit");
    talk(f, "and of ships");
    f.window().searchFor(text("PÉAR swee"));
    QTRY_COMPARE(picture(panel(f).model()), QStringList{text("tell me of fruit")});
    const ConversationId id = idOf(f, "tell me of fruit");
    QTRY_VERIFY(panel(f).model().textOf(id) != nullptr);
    const FoundText found = *panel(f).model().textOf(id);
    QStringList marked;
    for (const auto& mark : found.marks) marked << found.text.mid(mark.begin, mark.length);
    QCOMPARE(marked, (QStringList{text("pear"), text("swee")}));
    auto* list = f.find<QListView>("conversationList");
    QTest::mouseClick(list->viewport(),
                      Qt::LeftButton,
                      {},
                      list->visualRect(list->model()->index(0, 0)).center());
    FindBar& bar = f.window().chat().findBar();
    QTRY_COMPARE(bar.countText(), text("1 of 2"));
    QVERIFY(bar.isVisible());
    QTest::keyClick(&f.window(), Qt::Key_G, Qt::ControlModifier);
    QCOMPARE(bar.countText(), text("2 of 2"));
    f.picture("keeping-found");
    f.window().setTheme(text("light"));
    QTest::qWait(200);
    f.picture("keeping-found-light");
    f.window().resize(640, 480);
    QTest::qWait(200);
    f.picture("keeping-found-small");
}

void KeepingTest::theFindBarWalksThroughTheConversation() {
    WindowFixture f;
    f.setReplies({" the sea and the SEA", " no more"});
    f.openWithModel();
    QVERIFY(f.say(text("sea")));
    QVERIFY(f.say(text("else")));
    QTest::keyClick(&f.window(), Qt::Key_F, Qt::ControlModifier);
    auto* field = f.find<QLineEdit>("findText");
    QTRY_VERIFY(field->hasFocus());
    QTest::keyClicks(field, text("sea"));
    FindBar& bar = f.window().chat().findBar();
    QTRY_COMPARE(bar.countText(), text("1 of 3"));
    QTest::keyClick(field, Qt::Key_Return);
    QCOMPARE(bar.countText(), text("2 of 3"));
    QTest::keyClick(field, Qt::Key_Return, Qt::ShiftModifier);
    QTest::keyClick(field, Qt::Key_Return, Qt::ShiftModifier);
    QCOMPARE(bar.countText(), text("3 of 3"));  // round the end
    QTest::keyClicks(field, text("horse"));
    QTRY_COMPARE(bar.countText(), text("not found"));
    QTest::keyClick(field, Qt::Key_Escape);
    QVERIFY(!bar.isVisible());
}

void KeepingTest::whatStreamsInIsLookedThrough() {
    WindowFixture f;
    f.setReplies({" the sea and **the** sand\n\n"});
    f.script().endless = true;
    f.script().tokenDelay = std::chrono::milliseconds(2);
    f.openWithModel();
    f.session().setMaxTokens(1000000);
    f.window().setComposerText(text("go on"));
    QVERIFY(f.window().sendComposer());
    FindBar& bar = f.window().chat().findBar();
    bar.findText(text("sea"));
    const auto found = [&bar] { return bar.countText().section(text(" of "), 1).toInt(); };
    QTRY_VERIFY(found() > 3);
    const int before = found();
    QTRY_VERIFY(f.session().generating() && found() > before + 3);
    f.session().stop();
    QVERIFY(f.waitIdle());
    bar.findText(text("and **the** sand"));
    QTRY_COMPARE(bar.countText(), text("not found"));
    ChatView& view = f.window().chat().view();
    view.showAs(ChatView::Reading::AsWritten);
    QVERIFY(QTest::qWaitFor([&] { return found() >= before; }, 5000));
    view.showAs(ChatView::Reading::Formatted);
    QTRY_COMPARE(bar.countText(), text("not found"));
    // Where it is, is what it says.
    bar.findText(text("the SAND"));
    QTRY_VERIFY(found() >= before);
    QTRY_COMPARE(found(), static_cast<int>(view.messageText(1).count(text("the sand"))));
}

void KeepingTest::draftsComeBackWithTheirConversation() {
    WindowFixture f;
    f.setReplies({" one"});
    f.openWithModel();
    talk(f, "first");
    QTRY_COMPARE(panel(f).model().rowCount(), 1);
    const ConversationId first = idOf(f, "first");
    auto* field = f.find<QPlainTextEdit>("composerText");
    QTest::keyClicks(field, text("half a thought"));
    QTRY_COMPARE(kept(f, "first").draft, std::string("half a thought"));  // typing has stopped
    QVERIFY(panel(f).model().index(0).data(ConversationListModel::DraftRole).toBool());
    f.window().bridge().run([](ChatSession& s) { s.newConversation(); });
    QTRY_COMPARE(f.window().composerText(), QString());
    QTest::keyClicks(field, text("of a new chat"));
    f.window().bridge().run([first](ChatSession& s) { s.openConversation(first); });
    QTRY_COMPARE(f.window().composerText(), text("half a thought"));
    QTest::keyClicks(field, text("!"));
    f.window().close();  // within the second
    f.open();
    QTRY_COMPARE(f.window().composerText(), text("of a new chat"));
    f.window().bridge().run([first](ChatSession& s) { s.openConversation(first); });
    QTRY_COMPARE(f.window().composerText(), text("half a thought!"));
    f.openWithModel();
    f.window().bridge().run([first](ChatSession& s) { s.openConversation(first); });
    QTRY_COMPARE(f.window().composerText(), text("half a thought!"));
    QVERIFY(f.window().sendComposer());
    QVERIFY(f.waitIdle());
    QTRY_COMPARE(kept(f, "first").draft, std::string());
}

void KeepingTest::anEditedMessageIsNoDraft() {
    WindowFixture f;
    f.setReplies({" one", " two"});
    f.openWithModel();
    talk(f, "first");
    auto* field = f.find<QPlainTextEdit>("composerText");
    QTest::keyClicks(field, text("a draft"));
    QTest::keyClick(&f.window(), Qt::Key_Up, Qt::AltModifier);
    QCOMPARE(f.window().composerText(), text("first"));
    QTest::keyClick(field, Qt::Key_Escape);
    QTRY_COMPARE(f.window().composerText(), text("a draft"));
    QTest::keyClick(&f.window(), Qt::Key_Up, Qt::AltModifier);
    QTest::keyClicks(field, text(" again"));
    QVERIFY(f.window().sendComposer());
    QVERIFY(f.waitIdle());
    QTRY_COMPARE(f.window().composerText(), text("a draft"));
    QTRY_COMPARE(kept(f, "first").draft, std::string("a draft"));
}

void KeepingTest::fiveThousandConversationsAreQuicklyListed() {
    std::vector<ConversationSummary> all;
    std::vector<std::string> folders;
    for (int i = 0; i < 5000; ++i) {
        auto c = summary(i + 1, "a conversation of some length about something");
        c.updatedMs = i;
        if (i % 3 == 0) c.folder = "Folder " + std::to_string(i % 40);
        c.tags = {"one", "two"};
        all.push_back(c);
    }
    for (int i = 0; i < 40; ++i) folders.push_back("Folder " + std::to_string(i));
    ConversationListModel model;
    Theme theme;
    QListView list;
    list.setModel(&model);
    list.setItemDelegate(new ConversationDelegate(theme, &list));
    list.resize(240, 700);
    list.show();
    // Of the processor: the machine may be busy.
    const auto measured = [](const char* what, const auto& work) {
        const double begin = processorMs();
        work();
        qInfo("5,000 conversations, %s: %.1f ms", what, processorMs() - begin);
    };
    measured("listed", [&] { model.setConversations(all, folders); });
    measured("laid out and painted", [&] { list.grab(); });
    measured("found to be the same", [&] { model.setConversations(all, folders); });
    measured("a folder closed", [&] { model.setOpen(0, false); });
    measured("laid out and painted again", [&] { list.grab(); });
    model.setOpen(0, true);
    QCOMPARE(model.rowCount(), 5040);
}

void KeepingTest::looksAsItShould() {
    WindowFixture f;
    f.setReplies({" one"});
    f.openWithModel();
    for (const char* title : {"Why is the sky blue?",
                              "Reading a router's margin",
                              "Expert 3 and commas",
                              "A longer title that has no room in a list",
                              "Old notes",
                              "Shopping"})
        talk(f, title);
    QTRY_COMPARE(panel(f).model().rowCount(), 6);
    panel(f).moveTo(idOf(f, "Reading a router's margin"), text("Research/Runs"));
    panel(f).moveTo(idOf(f, "Expert 3 and commas"), text("Research"));
    panel(f).setTags(idOf(f, "Expert 3 and commas"), text("routing,margin,later"));
    panel(f).setTags(idOf(f, "Shopping"), text("home"));
    panel(f).select(idOf(f, "Why is the sky blue?"));
    panel(f).togglePinned();
    panel(f).select(idOf(f, "Old notes"));
    panel(f).toggleArchived();
    QTest::keyClicks(f.find<QPlainTextEdit>("composerText"), text("and some bread"));
    QTRY_COMPARE(kept(f, "Shopping").draft, std::string("and some bread"));
    QTRY_COMPARE(panel(f).model().rowCount(), 8);
    for (const char* theme : {"light", "dark"}) {
        f.window().setTheme(text(theme));
        QTest::qWait(200);
        f.picture((std::string("keeping-") + theme).c_str());
    }
    f.window().searchFor(text("a"));
    QTest::qWait(400);
    f.picture("keeping-search-dark");
    f.window().searchFor(QString());
    f.window().resize(640, 480);
    QTest::qWait(200);
    f.picture("keeping-small");
}

QTEST_MAIN(KeepingTest)
#include "keeping_test.moc"
