// The conversation list: what it shows, search, rename, delete with undo, and the library behind
// it.

#include <QAbstractItemModelTester>
#include <QLineEdit>
#include <QListView>
#include <QSignalSpy>
#include <QTest>

#include "tests/ui/window_fixture.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/chat_view.h"
#include "ui/conversations/conversation_panel.h"
#include "ui/models/conversation_list_model.h"

using namespace gatescope;
using test::WindowFixture;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

ConversationSummary summary(ConversationId id, const char* title) {
    ConversationSummary s;
    s.id = id;
    s.title = title;
    s.messageCount = 2;
    return s;
}

QStringList titles(const QAbstractItemModel& model) {
    QStringList all;
    for (int row = 0; row < model.rowCount(); ++row) all << model.index(row, 0).data().toString();
    return all;
}

}  // namespace

class ConversationsTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void theModelKeepsItsPromises();
    void titlesShowControlsAsSymbols();
    void talkingFillsTheListAndAClickOpens();
    void renamingReachesTheLibrary();
    void deletingCanBeUndoneAndIsCarriedOut();
    void aConversationThatIsNotShownIsRestoredByKey();
    void searchFindsWhatWasSaid();

  private:
    static ConversationPanel& panel(WindowFixture& f) {
        return *f.window().findChild<ConversationPanel*>();
    }
    static void talk(WindowFixture& f, const char* message) {
        f.window().bridge().run([](ChatSession& s) { s.newConversation(); });
        QVERIFY(f.waitFor([&] { return f.session().messages().empty(); }));
        QVERIFY(f.say(text(message)));
    }
};

void ConversationsTest::theModelKeepsItsPromises() {
    ConversationListModel model;
    const QAbstractItemModelTester tester(&model,
                                          QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setConversations({summary(3, "c"), summary(2, "b"), summary(1, "a")});
    QCOMPARE(titles(model), (QStringList{text("c"), text("b"), text("a")}));
    model.setFound(std::set<ConversationId>{1, 3});
    QCOMPARE(titles(model), (QStringList{text("c"), text("a")}));
    model.setHidden(3);
    QCOMPARE(titles(model), QStringList{text("a")});
    model.setFound(std::nullopt);
    model.setHidden(std::nullopt);
    model.setCurrent(2);
    QVERIFY(model.index(1).data(ConversationListModel::CurrentRole).toBool());
    QCOMPARE(model.rowOf(1).value_or(-1), 2);
    QSignalSpy renamed(&model, &ConversationListModel::renameRequested);
    QVERIFY(model.setData(model.index(0), text("new"), Qt::EditRole));
    QVERIFY(!model.setData(model.index(0), text("  "), Qt::EditRole));
    QCOMPARE(renamed.count(), 1);
    QCOMPARE(renamed[0][0].toLongLong(), 3);
    model.setConversations({});
    QCOMPARE(model.rowCount(), 0);
}

void ConversationsTest::titlesShowControlsAsSymbols() {
    ConversationListModel model;
    model.setConversations({summary(1, "a\x1b[31m\nb")});
    const QString shown = model.index(0).data().toString();
    QVERIFY(!shown.contains(QChar(0x1b)) && !shown.contains(QLatin1Char('\n')));
}

void ConversationsTest::talkingFillsTheListAndAClickOpens() {
    WindowFixture f;
    f.setReplies({" one", " two"});
    f.openWithModel();
    talk(f, "about rivers");
    talk(f, "about numbers");
    auto* list = f.find<QListView>("conversationList");
    QTRY_COMPARE(titles(*list->model()),
                 (QStringList{text("about numbers"), text("about rivers")}));
    QTest::mouseClick(list->viewport(),
                      Qt::LeftButton,
                      {},
                      list->visualRect(list->model()->index(1, 0)).center());
    QTRY_COMPARE(f.window().chat().view().messageCount(), 2);
    QTRY_COMPARE(f.window().chat().view().messageText(0), text("about rivers"));
    QVERIFY(f.session().traceSize() > 0);
    QVERIFY(f.session().traceToken(0).routing);  // routing comes back with it
    QVERIFY2(f.maxStallMs() < test::kMaxStallMs, qPrintable(QString::number(f.maxStallMs())));
}

void ConversationsTest::renamingReachesTheLibrary() {
    WindowFixture f;
    f.setReplies({" one"});
    f.openWithModel();
    talk(f, "old title");
    auto* list = f.find<QListView>("conversationList");
    QTRY_COMPARE(list->model()->rowCount(), 1);
    list->setCurrentIndex(list->model()->index(0, 0));
    QTest::keyClick(&f.window(), Qt::Key_F2);
    auto* editor = list->viewport()->findChild<QLineEdit*>();
    QVERIFY(editor != nullptr);
    editor->selectAll();
    QTest::keyClicks(editor, text("new title"));
    QTest::keyClick(editor, Qt::Key_Return);
    QTRY_COMPARE(titles(*list->model()), QStringList{text("new title")});
    f.open();
    QTRY_COMPARE(titles(panel(f).model()), QStringList{text("new title")});
}

void ConversationsTest::deletingCanBeUndoneAndIsCarriedOut() {
    WindowFixture f;
    f.setReplies({" one"});
    f.openWithModel();
    talk(f, "stays");
    talk(f, "goes");
    auto* list = f.find<QListView>("conversationList");
    QTRY_COMPARE(list->model()->rowCount(), 2);
    list->setCurrentIndex(list->model()->index(0, 0));
    list->setFocus();
    QTest::keyClick(list, Qt::Key_Delete);
    QCOMPARE(titles(*list->model()), QStringList{text("stays")});
    QVERIFY(panel(f).canUndo());
    panel(f).undoRemove();
    QTRY_COMPARE(list->model()->rowCount(), 2);
    QTRY_COMPARE(f.window().chat().view().messageText(0), text("goes"));  // shown again
    list->setCurrentIndex(list->model()->index(0, 0));
    QTest::keyClick(list, Qt::Key_Delete);
    f.window().close();  // carries it out
    f.open();
    QTRY_COMPARE(titles(panel(f).model()), QStringList{text("stays")});
}

void ConversationsTest::aConversationThatIsNotShownIsRestoredByKey() {
    WindowFixture f;
    f.setReplies({" one"});
    f.openWithModel();
    talk(f, "goes");
    talk(f, "stays");
    auto* list = f.find<QListView>("conversationList");
    QTRY_COMPARE(list->model()->rowCount(), 2);
    list->setCurrentIndex(list->model()->index(1, 0));
    QTest::keyClick(list, Qt::Key_Delete);
    QCOMPARE(titles(*list->model()), QStringList{text("stays")});
    QTest::keyClick(&f.window(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_COMPARE(list->model()->rowCount(), 2);
}

void ConversationsTest::searchFindsWhatWasSaid() {
    WindowFixture f;
    f.setReplies({" one"});
    f.openWithModel();
    talk(f, "tell me of apples and pears");
    talk(f, "and of ships");
    ConversationListModel& model = panel(f).model();
    QTRY_COMPARE(model.rowCount(), 2);
    f.window().searchFor(text("pears"));
    QTRY_COMPARE(titles(model), QStringList{text("tell me of apples and pears")});
    f.window().searchFor(text("nowhere"));
    QTRY_COMPARE(model.rowCount(), 0);
    f.window().searchFor(QString());
    QTRY_COMPARE(model.rowCount(), 2);
    QTest::keyClick(&f.window(), Qt::Key_F, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_VERIFY(f.find<QLineEdit>("conversationSearch")->hasFocus());
}

QTEST_MAIN(ConversationsTest)
#include "conversations_test.moc"
