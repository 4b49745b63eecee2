// The conversation's tree: how it is drawn, walked, shown and cut.
#include <QAbstractItemModelTester>
#include <QListView>
#include <QPushButton>
#include <QTest>

#include "tests/ui/window_fixture.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/chat_view.h"
#include "ui/theme/theme.h"
#include "ui/versions/version_list_model.h"
#include "ui/versions/versions_dialog.h"

using namespace gatescope;
using namespace gatescope::test;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

MessageOutline node(MessageId id, MessageId parent) {
    MessageOutline out;
    out.id = id;
    out.parent = parent;
    out.role = id % 2 == 1 ? Role::User : Role::Assistant;
    out.opening = "message " + std::to_string(id);
    return out;
}

/// "1.0* 2.1 4.0*": ids in order with their lanes; a star: shown.
QString described(const std::vector<VersionRow>& rows) {
    QStringList out;
    for (const VersionRow& row : rows)
        out << text("%1.%2%3")
                   .arg(row.message.id)
                   .arg(row.lane)
                   .arg(row.shown ? text("*") : text(""));
    return out.join(QLatin1Char(' '));
}

}  // namespace

class VersionsTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void newerVersionsKeepTheLane();
    void linesLeadToWhatIsShown();
    void thousandsOfMessagesAreRows();
    void branchesAreShownAndVersionsDeleted();
};

void VersionsTest::newerVersionsKeepTheLane() {
    QCOMPARE(described(versionRows({}, 0)), QString());
    // 1 - 2 - 3 - 6;  1 - 4 - 5
    const std::vector<MessageOutline> tree{
        node(1, 0), node(2, 1), node(3, 2), node(4, 1), node(5, 4), node(6, 3)};
    QCOMPARE(described(versionRows(tree, 6)), text("1.0* 2.1* 3.1* 6.1* 4.0 5.0"));
    QCOMPARE(described(versionRows(tree, 5)), text("1.0* 2.1 3.1 6.1 4.0* 5.0*"));
    const auto rows = versionRows(tree, 5);
    QCOMPARE(rows[1].versions, 2);
    QCOMPARE(rows[1].version, 0);
    QCOMPARE(rows[4].version, 1);
    QCOMPARE(rows[4].parent, 0);
}

void VersionsTest::linesLeadToWhatIsShown() {
    const std::vector<MessageOutline> tree{node(1, 0), node(2, 1), node(3, 2), node(4, 1)};
    const auto rows = versionRows(tree, 4);
    QCOMPARE(rows[1].passing, std::vector<int>{0});  // beside the older version
    QCOMPARE(rows[2].passing, std::vector<int>{0});
    QCOMPARE(rows[2].shownPassing, std::vector<int>{0});
    QVERIFY(rows[3].passing.empty());
    QVERIFY(rows[0].shownBelow && !rows[1].shownBelow);
    QVERIFY(versionRows(tree, 3)[1].shownBelow);
    QVERIFY(versionRows(tree, 3)[2].shownPassing.empty());
}

void VersionsTest::thousandsOfMessagesAreRows() {
    std::vector<MessageOutline> tree;
    for (int id = 1; id <= 6000; ++id) tree.push_back(node(id, id % 7 == 0 ? id - 3 : id - 1));
    VersionListModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setRows(versionRows(tree, 6000));
    QCOMPARE(model.rowCount(), 6000);
    const int last = model.lastShown();
    QCOMPARE(model.row(last).message.id, MessageId{6000});
    const QString spoken = model.index(last).data(Qt::AccessibleTextRole).toString();
    QVERIFY2(spoken.contains(text("message 6000")) && spoken.contains(text("shown")),
             qPrintable(spoken));
}

void VersionsTest::branchesAreShownAndVersionsDeleted() {
    WindowFixture f;
    f.setReplies({" The first answer", " Another answer", " And a third one", " More"});
    f.openWithModel();
    QVERIFY(f.say(text("What is a router?")));
    f.window().bridge().run([](ChatSession& s) { s.regenerate(); });
    QVERIFY(f.waitIdle());
    QVERIFY(f.say(text("And an expert?")));
    ChatView& view = f.window().chat().view();
    QTRY_COMPARE(view.messageCount(), 4);
    auto* dialog = f.find<VersionsDialog>("versions");
    QTest::keyClick(&f.window(), Qt::Key_V, Qt::ControlModifier | Qt::AltModifier);
    QTRY_COMPARE(dialog->model().rowCount(), 5);
    QVERIFY(dialog->isVisible());
    QListView& list = dialog->list();
    QCOMPARE(list.currentIndex().row(), 4);  // the newest that is shown
    QTest::qWait(50);
    f.picture(*dialog, "versions-dark");
    f.window().theme().setMode(Theme::Mode::Light);
    dialog->resize(380, 320);
    QTest::qWait(50);
    f.picture(*dialog, "versions-light-small");
    f.window().theme().setMode(Theme::Mode::Dark);

    QTest::keyClick(&list, Qt::Key_Left);  // the other version of what it stands below
    QCOMPARE(list.currentIndex().row(), 1);
    QTest::keyClick(&list, Qt::Key_Return);
    QTRY_COMPARE(view.messageCount(), 2);
    QCOMPARE(view.messageText(1), text("The first answer"));

    QTest::keyClick(&list, Qt::Key_Delete);
    QTRY_COMPARE(dialog->model().rowCount(), 4);
    QTRY_COMPARE(view.messageCount(), 4);  // the version beside it
    auto* undo = f.find<QPushButton>("undoRemoval");
    QTRY_VERIFY(undo->isVisible());
    f.picture("version-removed-dark");
    undo->click();
    QTRY_COMPARE(view.messageCount(), 2);
    QTRY_COMPARE(dialog->model().rowCount(), 5);
    QVERIFY(!undo->isVisible());

    Q_EMIT view.removalRequested(1);  // as the message's menu does
    QTRY_COMPARE(view.messageCount(), 4);
    f.open();  // the end of the program commits
    QTRY_COMPARE(f.session().conversations().front().messageCount, 4);
    QVERIFY2(f.maxStallMs() < kMaxStallMs, qPrintable(QString::number(f.maxStallMs())));
}

QTEST_MAIN(VersionsTest)
#include "versions_test.moc"
