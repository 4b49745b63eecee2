// Long messages in the real window: folded, laid out where one looks, copied whole; text that froze
// other text widgets costs what is seen of it. Work is counted, not timed.
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QPushButton>
#include <QScrollBar>
#include <QTest>
#include <QWheelEvent>
#include <optional>

#include "tests/ui/hostile_texts.h"
#include "tests/ui/window_fixture.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/chat_view.h"
#include "ui/chat/source_reader.h"
#include "ui/theme/theme.h"
#include "ui/window/stall_watch.h"

using namespace gatescope;
using namespace gatescope::test;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

/// A window that shows a conversation whose reply is `reply`.
struct LongWindow : WindowFixture {
    explicit LongWindow(const std::string& reply) {
        writeHostile(profile() / "library.sqlite", reply);
        open();
        shown = waitFor([this] { return !session().conversations().empty(); });
        if (!shown) return;
        const ConversationId id = session().conversations().front().id;
        window().bridge().run([id](ChatSession& s) { s.openConversation(id); });
        shown = waitFor([this] { return view().messageCount() == 2; });
        QTest::qWait(50);
    }
    ChatView& view() { return window().chat().view(); }
    QScrollBar& bar() { return *view().verticalScrollBar(); }
    bool shown = false;
};

std::string longReply() {
    std::string out;
    for (int i = 0; out.size() < 300000; ++i)
        out += "Paragraph " + std::to_string(i) + " of a **long** reply, with some more words.\n\n";
    return out + "The end.";
}

void turnWheel(ChatView& view, int eighths) {
    const QPointF at = QRectF(view.viewport()->rect()).center();
    QWheelEvent event(at,
                      view.viewport()->mapToGlobal(at),
                      {},
                      QPoint(0, eighths),
                      Qt::NoButton,
                      Qt::NoModifier,
                      Qt::NoScrollPhase,
                      false);
    QApplication::sendEvent(view.viewport(), &event);
}

}  // namespace

class ChatLongTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void sourceIsTakenBitByBit();
    void aLongMessageFolds();
    void copyingGivesEverything();
    void scrollingDoesNotJump();
    void theWheelPausesFollowing();
    void hostileTextCostsWhatIsSeen_data();
    void hostileTextCostsWhatIsSeen();
    void aLongTableShowsAllRowsWhenAskedTo();
    void theWayOfReadingIsChosenAndKept();
};

void ChatLongTest::sourceIsTakenBitByBit() {
    const std::string utf8 =
        " \n\xC3\xA9"
        "a\n\n\xF0\x9F\x99\x82 b\n\n";
    QString whole;
    SourceReader().take(utf8, utf8.size(), whole);
    QCOMPARE(whole, text("éa\n\n🙂 b"));
    for (std::size_t step = 1; step < utf8.size(); ++step) {
        SourceReader reader;
        QString shown;
        for (std::size_t most = step; most < utf8.size() + step; most += step)
            reader.take(utf8, most, shown);
        QCOMPARE(shown, whole);
        QCOMPARE(reader.lead(), 2);
    }
    SourceReader part;
    QString begun;
    part.take(utf8, 5, begun);
    QCOMPARE(begun + part.rest(utf8), whole + text("\n\n"));
}

void ChatLongTest::aLongMessageFolds() {
    LongWindow f(longReply());
    QVERIFY(f.shown);
    QVERIFY(f.view().isFolded(1) && !f.view().isFolded(0));
    QVERIFY(!f.view().messageText(1).contains(text("The end.")));
    auto* button = f.find<QPushButton>("showAll");
    QTRY_VERIFY(button->isVisible());
    QVERIFY(button->text().contains(text("300")));
    f.picture("chat-folded-dark");
    f.window().theme().setMode(Theme::Mode::Light);
    f.window().resize(900, 600);
    QTest::qWait(50);
    f.picture("chat-folded-light-small");
    const auto before = f.view().work().stretches;
    button->click();
    QTRY_VERIFY(!f.view().isFolded(1));
    QVERIFY(f.view().messageText(1).endsWith(text("The end.")));
    QVERIFY(!button->isVisible());
    // What was read was not laid out.
    QVERIFY2(f.view().work().stretches - before < 300,
             qPrintable(QString::number(f.view().work().stretches - before)));
}

void ChatLongTest::copyingGivesEverything() {
    LongWindow f(longReply());
    QVERIFY(f.shown && f.view().isFolded(1));
    f.view().copyMessage(1);
    QCOMPARE(QApplication::clipboard()->text(), QString::fromStdString(longReply()));
    f.view().setFocus();
    QTest::keySequence(&f.view(), QKeySequence::SelectAll);
    f.view().copySelection();
    QVERIFY(QApplication::clipboard()->text().endsWith(text("The end.")));
    QVERIFY(QApplication::clipboard()->text().size() > 250000);
    QVERIFY(f.view().isFolded(1));
}

void ChatLongTest::scrollingDoesNotJump() {
    LongWindow f(longReply());
    QVERIFY(f.shown);
    f.view().showAll(1);
    QTRY_VERIFY(!f.view().isFolded(1));
    f.bar().setValue(f.bar().maximum() / 2);  // nothing is laid out there: heights are estimates
    QTest::qWait(20);
    const auto picture = [&f] { return f.view().viewport()->grab().toImage(); };
    for (int step = 0; step < 60; ++step) {
        const QImage before = picture();
        const int from = f.bar().value();
        turnWheel(f.view(), 120);
        const QImage after = picture();
        QVERIFY(f.bar().value() != from);
        // What was at the top of the middle third stands lower by one distance for all of it. The
        // way back to the newest floats over the middle.
        const int height = before.height();
        const int left = before.width() / 3;
        int moved = -1;
        for (int by = 1; by < height / 2 && moved < 0; ++by)
            if (before.copy(0, height / 3, left, height / 6) ==
                after.copy(0, height / 3 + by, left, height / 6))
                moved = by;
        QVERIFY2(moved > 0 && moved < height / 2, qPrintable(QString::number(step)));
    }
}

void ChatLongTest::theWheelPausesFollowing() {
    LongWindow f(longReply());
    QVERIFY(f.shown);
    QVERIFY(f.view().followsNewest());
    QCOMPARE(f.bar().value(), f.bar().maximum());
    turnWheel(f.view(), 120);
    QVERIFY(!f.view().followsNewest());
    QPushButton* chip = nullptr;
    for (QPushButton* button : f.view().findChildren<QPushButton*>())
        if (button->text() == text("Jump to latest")) chip = button;
    QVERIFY(chip && chip->isVisible());
    chip->click();
    QVERIFY(f.view().followsNewest() && !chip->isVisible());
    QCOMPARE(f.bar().value(), f.bar().maximum());
}

void ChatLongTest::hostileTextCostsWhatIsSeen_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("evil");
    for (const HostileText& hostile : hostileTexts())
        QTest::newRow(hostile.name)
            << QString::fromUtf8(hostile.name) << QByteArray::fromStdString(hostile.text);
}

void ChatLongTest::hostileTextCostsWhatIsSeen() {
    QFETCH(QByteArray, evil);
    LongWindow f(evil.toStdString());
    QVERIFY(f.shown);
    const auto opened = f.view().work().stretches;
    // A screen has few stretches; each has at most a few thousand characters or one long line.
    QVERIFY2(opened < 100, qPrintable(QString::number(opened)));
    for (const int share : {0, 50, 100}) {
        f.bar().setValue(f.bar().maximum() / 100 * share);
        QTest::qWait(5);
    }
    f.window().resize(1000, 700);
    QTest::qWait(50);
    const auto moved = f.view().work().stretches - opened;
    QVERIFY2(moved < 400, qPrintable(QString::number(moved)));
    f.view().copyMessage(1);
    QVERIFY(QApplication::clipboard()->text().size() > evil.size() / 4);
}

void ChatLongTest::aLongTableShowsAllRowsWhenAskedTo() {
    std::string table = "Which experts?\n\n| token | layer | expert |\n|:--|--:|--:|\n";
    for (int i = 0; i < 3000; ++i)
        table += "| word " + std::to_string(i) + " | " + std::to_string(i % 64) + " | " +
                 std::to_string(i * 7 % 8) + " |\n";
    LongWindow f(table);
    QVERIFY(f.shown);
    ChatView& view = f.view();
    const QString more = text("Show all %1 rows").arg(QLocale().toString(3000));
    QVERIFY(view.messageText(1).endsWith(more));
    QVERIFY(!view.messageText(1).contains(text("word 200")));
    f.picture("table-long-dark");
    f.window().theme().setMode(Theme::Mode::Light);
    QTest::qWait(50);
    f.picture("table-long-light");
    // What is copied are the rows, not how many there are.
    view.setFocus();
    QTest::keySequence(&view, QKeySequence::SelectAll);
    QVERIFY(view.selectedText().contains(text("word 199\t7\t1\n\n| word 200 | 8 | 0 |")));
    QVERIFY(view.selectedText().endsWith(text("| word 2999 | 55 | 1 |")));
    QVERIFY(!view.selectedText().contains(more));
    std::optional<QPoint> link;
    for (int y = view.viewport()->height() - 1; y > 0 && !link; y -= 6)
        for (int x = 20; x < view.viewport()->width() && !link; x += 40) {
            QTest::mouseMove(view.viewport(), QPoint(x, y));
            if (view.viewport()->cursor().shape() == Qt::PointingHandCursor) link = QPoint(x, y);
        }
    QVERIFY(link);
    const auto before = view.work().stretches;
    const int rowTop = f.bar().value();
    f.window().stallWatch().reset();
    QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, *link);
    QVERIFY(view.messageText(1).contains(text("word 200")));
    QVERIFY(view.messageText(1).endsWith(text("word 2999\t55\t1")));
    QVERIFY(!view.messageText(1).contains(more));
    QVERIFY(view.work().stretches - before < 400);
    QVERIFY(f.bar().maximum() > rowTop + 20000);
    // One reads on where one was, and every row is one line.
    QVERIFY2(std::abs(f.bar().value() - rowTop) < 3, qPrintable(QString::number(f.bar().value())));
    QVERIFY(f.bar().maximum() < 3000 * 40);
    QTest::qWait(50);
    f.picture("table-long-all-light");
    f.bar().setValue(f.bar().maximum());
    QTest::qWait(50);
    f.picture("table-long-end-light");
    QVERIFY2(f.maxStallMs() < kMaxStallMs, qPrintable(QString::number(f.maxStallMs())));
}

void ChatLongTest::theWayOfReadingIsChosenAndKept() {
    WindowFixture f;
    f.setReplies({" a **strong** word"});
    f.openWithModel();
    QVERIFY(f.say(text("hi")));
    ChatView& view = f.window().chat().view();
    QTRY_COMPARE(view.messageText(1), text("a strong word"));
    auto* choice = f.find<QComboBox>("readingChoice");
    choice->setCurrentIndex(1);
    QCOMPARE(view.messageText(1), text("a **strong** word"));
    f.picture("reading-choice-dark");
    QTest::keyClick(&f.window(), Qt::Key_M, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(view.reading() == ChatView::Reading::Tokens);
    QCOMPARE(choice->currentIndex(), 2);
    QVERIFY(view.messageText(1).contains(QChar(0x2060)));  // an id stays with its text
    f.open();
    QVERIFY(f.window().chat().view().reading() == ChatView::Reading::Tokens);
    QCOMPARE(f.find<QComboBox>("readingChoice")->currentIndex(), 2);
}

QTEST_MAIN(ChatLongTest)
#include "chat_long_test.moc"
