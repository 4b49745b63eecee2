// What might have come in a token's place: the card in the real window, over the demo model.
#include <QLabel>
#include <QSignalSpy>
#include <QTest>
#include <QToolTip>
#include <cmath>

#include "tests/ui/demo_chat.h"
#include "ui/chat/alternatives_text.h"
#include "ui/chat/chat_view.h"
#include "ui/inspection/alternatives_card.h"
#include "ui/inspection/bar_table.h"
#include "ui/routing/token_filter.h"

using namespace gatescope;
using test::DemoChat;

namespace {

/// A conversation with one reply, its view and the card.
struct Reply {
    bool begin() {
        if (!chat.load() || !chat.talk("The king said")) return false;
        view.resize(900, 600);
        view.show();
        QObject::connect(
            &view, &ChatView::alternativesRequested, &card, &AlternativesCard::showFor);
        return QTest::qWaitForWindowExposed(&view);
    }
    int firstGenerated() {
        int token = 0;
        while (!chat.session().traceToken(token).generated) ++token;
        return token;
    }

    DemoChat chat;
    TokenFilter filter{chat.bridge};
    ChatView view{chat.bridge, chat.selection, filter, chat.theme};
    AlternativesCard card{chat.context, &view};
};

QString cell(AlternativesCard& card, int row, int column) {
    const auto* model = card.table().model();
    return model->index(row, column).data().toString();
}

}  // namespace

class AlternativesTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void theCardSaysWhatTheModelHeldLikely();
    void aKeyOpensItAndEnterForksThere();
    void saysWhyThereAreNone();
    void aPauseOfTheMouseTellsThem();
    void picturesForPeople();
};

void AlternativesTest::theCardSaysWhatTheModelHeldLikely() {
    Reply reply;
    QVERIFY(reply.begin());
    const int token = reply.firstGenerated() + 2;
    const TokenRecord& record = reply.chat.session().traceToken(token);
    QVERIFY(record.alternatives != nullptr);
    reply.card.showFor(token, QRect(100, 100, 10, 10));
    QCOMPARE(reply.card.table().rowCount(), TokenAlternatives::kMost);
    double before = 1;
    double sum = 0;
    for (int row = 0; row < TokenAlternatives::kMost; ++row) {
        const auto at = static_cast<std::size_t>(row);
        QCOMPARE(cell(reply.card, row, 0), QString::number(row + 1));
        QCOMPARE(cell(reply.card, row, 1),
                 wordText(reply.chat.session(), record.alternatives->tokens[at]));
        const double p = std::exp(static_cast<double>(record.alternatives->logProbs[at]));
        QVERIFY(std::abs(cell(reply.card, row, 2).toDouble() - p) <= 0.0006);
        QVERIFY(p <= before);
        before = p;
        sum += p;
    }
    QVERIFY(sum <= 1 + 1e-5);
    QVERIFY(reply.card.line().contains(QStringLiteral("rank %1").arg(record.alternatives->rank)));
    // What was recorded while it was drawn is what looking inside computes anew.
    QSignalSpy ready(&reply.chat.bridge, &EngineBridge::inspectionReady);
    reply.chat.bridge.run(
        [&](ChatSession& session) { session.inspectToken(token, {.alternatives = 20}); });
    QTRY_VERIFY(!ready.isEmpty());
    const auto found = ready.front().at(1).value<TokenInspectionPtr>();
    QVERIFY(found != nullptr);
    for (std::size_t i = 0; i < 20; ++i) {
        QCOMPARE(found->words[i].token, record.alternatives->tokens[i]);
        QVERIFY(std::abs(found->words[i].logProb - record.alternatives->logProbs[i]) < 1e-3F);
    }
}

void AlternativesTest::aKeyOpensItAndEnterForksThere() {
    Reply reply;
    QVERIFY(reply.begin());
    const int token = reply.firstGenerated() + 3;
    const TokenRecord record = reply.chat.session().traceToken(token);
    const int row = record.alternatives->rank == 1 ? 1 : 0;
    reply.chat.selection.selectToken(token);
    QTest::keyClick(reply.view.viewport(), Qt::Key_A);
    QVERIFY(reply.card.isVisible());
    QCOMPARE(reply.card.shownToken(), token);
    for (int down = 0; down < row; ++down) QTest::keyClick(&reply.card.table(), Qt::Key_Down);
    QTest::keyClick(&reply.card.table(), Qt::Key_Return);
    QVERIFY(!reply.card.isVisible());
    QVERIFY(reply.chat.idle());
    const TokenRecord& now = reply.chat.session().traceToken(token);
    QCOMPARE(now.token, record.alternatives->tokens[static_cast<std::size_t>(row)]);
    QVERIFY(now.chosen);
    QVERIFY(now.routing != nullptr);
    QCOMPARE(reply.chat.session().version(1).count, 2);
    QVERIFY(
        alternativesLine(reply.chat.session(), token).endsWith(QStringLiteral("put here by you")));
}

void AlternativesTest::saysWhyThereAreNone() {
    Reply reply;
    QVERIFY(reply.begin());
    QSignalSpy noted(&reply.card, &AlternativesCard::noted);
    reply.card.showFor(0, QRect(0, 0, 1, 1));
    QVERIFY(!reply.card.isVisible());
    QCOMPARE(noted.size(), 1);
    QVERIFY(noted.front().front().toString().contains(QStringLiteral("the model wrote")));
    QCOMPARE(alternativesToolTip(reply.chat.session(), 0), QString());
    QCOMPARE(alternativesToolTip(reply.chat.session(), -1), QString());
    reply.card.showFor(reply.chat.session().traceSize(), QRect());  // gone meanwhile
    QVERIFY(!reply.card.isVisible());
}

void AlternativesTest::aPauseOfTheMouseTellsThem() {
    Reply reply;
    QVERIFY(reply.begin());
    const int token = reply.firstGenerated() + 2;
    QTRY_VERIFY(!reply.view.tokenRect(token).isEmpty());
    const QPoint at = reply.view.tokenRect(token).center();
    QHelpEvent help(QEvent::ToolTip, at, reply.view.viewport()->mapToGlobal(at));
    QCoreApplication::sendEvent(reply.view.viewport(), &help);
    QTRY_COMPARE(QToolTip::text(), alternativesToolTip(reply.chat.session(), token));
    QVERIFY(QToolTip::text().contains(QStringLiteral("entropy")));
    QCOMPARE(QToolTip::text().count(QStringLiteral("<tr>")), 10);
}

void AlternativesTest::picturesForPeople() {
    Reply reply;
    QVERIFY(reply.begin());
    const int token = reply.firstGenerated() + 5;
    reply.chat.selection.selectToken(token);
    for (const bool dark : {true, false}) {
        reply.chat.theme.setMode(dark ? Theme::Mode::Dark : Theme::Mode::Light);
        reply.chat.theme.apply();
        reply.card.showFor(token, QRect(100, 100, 10, 10));
        QTest::qWait(50);
        test::picture(reply.card, dark ? "alternatives-dark" : "alternatives-light");
        reply.card.hide();
        QLabel tip;  // as QToolTip draws it
        tip.setText(alternativesToolTip(reply.chat.session(), token));
        tip.setMargin(8);
        tip.adjustSize();
        test::picture(tip, dark ? "alternatives-tip-dark" : "alternatives-tip-light");
    }
}

QTEST_MAIN(AlternativesTest)
#include "alternatives_test.moc"
