// What all views count from: ranges move in steps, stay exact, and follow the branch.

#include <QSignalSpy>

#include "engine/routing/routing_stats.h"
#include "tests/ui/scripted_chat.h"

using namespace gatescope;
using gatescope::test::ScriptedChat;
using gatescope::test::scriptSaying;

namespace {

RoutingStats freshCount(const ChatSession& session, TokenRange range, bool generated) {
    RoutingStats stats(4, 8);
    for (int i = range.first; i < range.end; ++i) {
        const TokenRecord& token = session.traceToken(i);
        if (token.generated == generated) stats.add(*token.routing);
    }
    return stats;
}

constexpr const char* kReply = "the rain in the city and the river and the sea";

}  // namespace

class BranchRoutingTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void stepsEndAtWhatIsWanted();
    void aRangeIsCountedExactly();
    void populationsAreApart();
    void aLongTraceIsCountedInSlices();
    void anEditBeginsAnew();
    void nothingIsCountedUnasked();
};

void BranchRoutingTest::stepsEndAtWhatIsWanted() {
    const std::vector<TokenRange> ranges{{0, 0}, {0, 100}, {40, 60}, {90, 100}, {99, 300}, {7, 7}};
    for (const TokenRange& from : ranges) {
        for (const TokenRange& to : ranges) {
            TokenRange at = from;
            int moved = 0;
            for (int steps = 0; at != to; ++steps) {
                QVERIFY(steps < 100);
                const TokenRange next = nextRange(at, to, 16);
                QVERIFY(next.first <= next.end);
                const int change = std::abs(next.first - at.first) + std::abs(next.end - at.end);
                if (next.size() > 0) {
                    QVERIFY(change <= 16);
                    moved += change;
                }
                at = next;
            }
            QVERIFY(moved <= to.size());
        }
    }
}

void BranchRoutingTest::aRangeIsCountedExactly() {
    ScriptedChat chat(scriptSaying(kReply));
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    const int size = chat.session().traceSize();
    QVERIFY(size > 10);
    for (const TokenRange range :
         {TokenRange{0, size}, TokenRange{size - 5, size}, TokenRange{size - 7, size - 2}}) {
        chat.selection.selectRange(range);
        chat.routing.countNow();
        QVERIFY(chat.routing.complete());
        const RoutingStats* stats = chat.routing.stats();
        QVERIFY(stats != nullptr);
        QVERIFY(*stats == freshCount(chat.session(), range, true));
    }
    chat.selection.selectRange(TokenRange{3, size + 50});
    QCOMPARE(chat.routing.range(), (TokenRange{3, size}));
    chat.selection.selectRange(TokenRange{4, 4});
    QVERIFY(!chat.selection.range());
}

void BranchRoutingTest::populationsAreApart() {
    ScriptedChat chat(scriptSaying(kReply));
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    const TokenRange all{0, chat.session().traceSize()};
    chat.routing.setPopulation(Population::Prompt);
    chat.routing.countNow();
    QVERIFY(*chat.routing.stats() == freshCount(chat.session(), all, false));
    QVERIFY(chat.routing.describeCounted().contains(QStringLiteral("prompt")));
    const int prompt = chat.routing.stats()->tokens();
    chat.routing.setPopulation(Population::All);
    chat.routing.countNow();
    QCOMPARE(chat.routing.stats()->tokens(), all.size());
    QVERIFY(prompt > 0 && prompt < all.size());
}

void BranchRoutingTest::aLongTraceIsCountedInSlices() {
    auto script = scriptSaying(kReply);
    script->endless = true;
    script->config.numLayers = 64;
    ScriptedChat chat(script);
    QVERIFY(chat.load());
    chat.session().setMaxTokens(1500);
    QVERIFY(chat.talk("hello"));
    QSignalSpy changed(&chat.routing, &BranchRouting::changed);
    chat.routing.stats();
    QVERIFY(!chat.routing.complete());  // 1500 tokens of 512 cells are no work for one frame
    QVERIFY(chat.routing.describeCounted().contains(QStringLiteral("still counting")));
    QTRY_VERIFY_WITH_TIMEOUT(chat.routing.complete(), 20000);
    QVERIFY(changed.count() > 1);
    QCOMPARE(chat.routing.stats()->tokens(), 1500);
}

void BranchRoutingTest::anEditBeginsAnew() {
    ScriptedChat chat(scriptSaying(kReply));
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    chat.routing.countNow();
    QSignalSpy reset(&chat.routing, &BranchRouting::traceReset);
    chat.bridge.run([](ChatSession& s) { s.edit(0, "good evening to you"); });
    QTRY_VERIFY_WITH_TIMEOUT(!chat.session().generating(), 20000);
    chat.routing.countNow();
    QVERIFY(reset.count() > 0);
    QCOMPARE(chat.routing.trace()->size(), chat.session().traceSize());
    QVERIFY(*chat.routing.stats() ==
            freshCount(chat.session(), {0, chat.session().traceSize()}, true));
}

void BranchRoutingTest::nothingIsCountedUnasked() {
    ScriptedChat chat(scriptSaying(kReply));
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    QTest::qWait(50);
    QVERIFY(!chat.routing.complete());
}

QTEST_MAIN(BranchRoutingTest)
#include "branch_routing_test.moc"
