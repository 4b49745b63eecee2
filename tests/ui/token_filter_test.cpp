// The filter over routing and text in the window: what it marks, says and remembers, and the saved
// conversations that it finds.

#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QTest>

#include "tests/ui/talked_window.h"
#include "ui/window/stall_watch.h"

using namespace gatescope;
using test::openLongRecording;
using test::TalkedWindow;
using test::WindowFixture;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

}  // namespace

class TokenFilterTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void theFilterMarksCountsAndWalks();
    void theFilterSaysWhatIsWrong();
    void theFilterFollowsTheConversation();
    void filtersAreRememberedInTheProfile();
    void aLongConversationIsFilteredInSlices();
    void savedConversationsAreFoundByRouting();
};

void TokenFilterTest::theFilterMarksCountsAndWalks() {
    TalkedWindow f;
    QVERIFY(f.talked);
    QVERIFY(!f.filterBar().isVisible());
    QTest::keyClick(&f.window(), Qt::Key_L, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(f.filterBar().isVisible());
    auto* box = f.find<QLineEdit>("filterText");
    QVERIFY(box->hasFocus());
    QTest::keyClicks(box, text("text~\"self\" & role=assistant"));
    QTRY_VERIFY(!f.filter().matches().empty() && f.filter().complete());
    const auto matches = f.filter().matches();
    QString found;
    for (const int t : matches) {
        QCOMPARE(f.session().messageOfToken(t), 1);
        found += QString::fromStdString(f.token(t).text);
    }
    QCOMPARE(found.count(text("self")), 3);
    QCOMPARE(f.filterBar().countText(),
             text("%1 of %2 tokens").arg(matches.size()).arg(f.session().traceSize()));
    const QRect rect = f.view().tokenRect(matches[1]);
    const QColor inside = f.pixel({rect.center().x(), rect.top() + 1});
    QCOMPARE(inside, f.window().theme().color(ColorRole::AccentSoft));

    QTest::keyClick(box, Qt::Key_Return);
    QCOMPARE(f.window().selection().token().value_or(-1), matches[0]);
    QTest::keyClick(&f.window(), Qt::Key_F3);
    QCOMPARE(f.window().selection().token().value_or(-1), matches[1]);
    QTest::keyClick(&f.window(), Qt::Key_F3, Qt::ShiftModifier);
    QTest::keyClick(&f.window(), Qt::Key_F3, Qt::ShiftModifier);
    QCOMPARE(f.window().selection().token().value_or(-1), matches.back());  // round the end

    box->setFocus();
    QTest::keyClick(box, Qt::Key_Escape);
    QVERIFY(!f.filterBar().isVisible());
    QVERIFY(f.filter().matches().empty());
}

void TokenFilterTest::theFilterSaysWhatIsWrong() {
    TalkedWindow f;
    QVERIFY(f.talked);
    f.filterBar().openBar();
    auto* box = f.find<QLineEdit>("filterText");
    QTest::keyClicks(box, text("layer=x"));
    QTRY_COMPARE(f.filterBar().problemText(), text("column 7: expected a number, found \"x\""));
    QVERIFY(f.filterBar().countText().isEmpty());
    QTest::keyClick(box, Qt::Key_Backspace);
    QTest::keyClicks(box, text("2"));
    QTRY_VERIFY(f.filterBar().problemText().isEmpty());
    QTRY_VERIFY(f.filter().complete() && !f.filter().matches().empty());
}

void TokenFilterTest::theFilterFollowsTheConversation() {
    TalkedWindow f;
    QVERIFY(f.talked);
    f.filterBar().showExpression(text("layer=1 & first=3 & generated"));
    const auto expected = [&] {
        std::vector<int> tokens;
        for (int t = 0; t < f.session().traceSize(); ++t)
            if (f.token(t).generated && f.token(t).routing &&
                f.token(t).routing->layerSelected(1)[0] == 3)
                tokens.push_back(t);
        return tokens;
    };
    QTRY_VERIFY(f.filter().complete());
    QCOMPARE(f.filter().matches(), expected());
    const auto before = f.filter().matches().size();
    QVERIFY(f.say(text("And again, please")));
    QTRY_VERIFY(f.filter().complete() && f.filter().evaluated() == f.session().traceSize());
    QCOMPARE(f.filter().matches(), expected());
    QVERIFY(f.filter().matches().size() > before);
    f.window().bridge().run([](ChatSession& s) { s.newConversation(); });
    QTRY_VERIFY(f.session().traceSize() == 0 && f.filter().matches().empty());
}

void TokenFilterTest::filtersAreRememberedInTheProfile() {
    WindowFixture f;
    f.open();
    f.window().chat().filterBar().openBar();
    auto* box = f.find<QLineEdit>("filterText");
    for (const char* filter : {"routed", "layer=2", "((", "generated"}) {
        box->clear();
        QTest::keyClicks(box, text(filter));
        QTest::keyClick(box, Qt::Key_Return);
    }
    const QStringList asked{text("generated"), text("layer=2"), text("routed")};
    QCOMPARE(f.window().chat().filterBar().history(), asked);
    f.open();
    QCOMPARE(f.window().chat().filterBar().history(), asked);
    f.window().chat().filterBar().openBar();
    box = f.find<QLineEdit>("filterText");
    QTest::keyClick(box, Qt::Key_Up);
    QTest::keyClick(box, Qt::Key_Up);
    QCOMPARE(box->text(), text("layer=2"));
    QTest::keyClick(box, Qt::Key_Down);
    QCOMPARE(box->text(), text("generated"));
}

void TokenFilterTest::aLongConversationIsFilteredInSlices() {
    WindowFixture f;
    f.open();
    openLongRecording(f, 2000);
    QTRY_COMPARE(f.session().traceSize(), 2000);
    f.window().stallWatch().reset();
    TokenFilter& filter = f.window().tokenFilter();
    filter.setExpression(text("none: entropy>2.9 & none: margin>0.99 | text~\"rain\""));
    QCOMPARE(filter.evaluated(), 0);  // no work in the call
    int slices = 0;
    connect(&filter, &TokenFilter::changed, &filter, [&slices] { ++slices; });
    QTRY_VERIFY_WITH_TIMEOUT(filter.complete(), 20000);
    QVERIFY(slices > 1);
    QCOMPARE(filter.evaluated(), f.session().traceSize());
    QVERIFY2(f.maxStallMs() < test::kMaxStallMs, qPrintable(QString::number(f.maxStallMs())));
    const auto inSlices = filter.matches();
    filter.setExpression({});
    filter.setExpression(text("none: entropy>2.9 & none: margin>0.99 | text~\"rain\""));
    filter.finish();
    QCOMPARE(filter.matches(), inSlices);
    QVERIFY(!inSlices.empty());
}

void TokenFilterTest::savedConversationsAreFoundByRouting() {
    WindowFixture f;
    f.setReplies({" the rain in the city", " nothing of that kind", " rain and rain"});
    f.openWithModel();
    for (const char* message : {"first", "second", "third"}) {
        f.window().bridge().run([](ChatSession& s) { s.newConversation(); });
        QVERIFY(f.waitFor([&] { return f.session().messages().empty(); }));
        QVERIFY(f.say(text(message)));
    }
    auto* list = f.find<QListView>("conversationList");
    auto* line = f.find<QLabel>("conversationSearchLine");
    const QString filter = text("text~\"rain\" & generated");
    f.window().searchFor(text("routing: ") + filter);
    QTRY_VERIFY2(line->text().endsWith(text("in 2 of 3 conversations")), qPrintable(line->text()));
    QCOMPARE(list->model()->rowCount(), 2);
    const QModelIndex older = list->model()->index(1, 0);
    QCOMPARE(older.data().toString(), text("first"));
    const QString detail = older.data(Qt::UserRole + 2).toString();
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualRect(older).center());
    QTRY_COMPARE(f.window().chat().view().messageText(0), text("first"));
    QTRY_VERIFY(f.window().tokenFilter().complete());
    QCOMPARE(f.window().tokenFilter().expression(), filter);
    QCOMPARE(f.window().chat().filterBar().countText(), detail);  // found what it said
    f.picture("filter-library");

    f.window().searchFor(text("routing: layer="));
    QCOMPARE(line->text(), text("column 7: expected a number, found the end"));
    QCOMPARE(list->model()->rowCount(), 3);
    f.window().searchFor({});
    QVERIFY(!line->isVisible());
    QCOMPARE(list->model()->rowCount(), 3);
}

QTEST_MAIN(TokenFilterTest)
#include "token_filter_test.moc"
