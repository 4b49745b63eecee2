// Finding words in a text: against SQLite's own search of the same text, which nobody here wrote.

#include <QTest>
#include <random>

#include "engine/store/conversation_store.h"
#include "ui/chat/word_finder.h"

using namespace gatescope;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

QStringList pieces(const QString& in, const std::vector<FoundRange>& ranges) {
    QStringList found;
    for (const FoundRange& range : ranges) found << in.mid(range.begin, range.end - range.begin);
    return found;
}

}  // namespace

class WordFinderTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void findsWordsWhereTheyBegin();
    void findsAPhraseAnywhere();
    void agreesWithTheLibrarysSearch();
    void aSnippetBeginsNearTheFirstWord();
};

void WordFinderTest::findsWordsWhereTheyBegin() {
    const QString in = text("The Séa, seashore; oversea (SEA) se\u0301a");
    QCOMPARE(pieces(in, WordFinder::words(text("sea")).find(in)),
             (QStringList{text("Séa"), text("sea"), text("SEA"), text("se\u0301a")}));
    QCOMPARE(pieces(in, WordFinder::words(text("the sea")).find(in)).size(), 5);
    QVERIFY(WordFinder::words(text(" … ")).isEmpty());
    QVERIFY(WordFinder::words(text("lake")).find(in).empty());
}

void WordFinderTest::findsAPhraseAnywhere() {
    const QString in = text("oversea and the SEA AND all");
    QCOMPARE(pieces(in, WordFinder::phrase(text("sea and")).find(in)),
             (QStringList{text("sea and"), text("SEA AND")}));
    QCOMPARE(WordFinder::phrase(text("aa")).find(text("aaaaa")).size(), std::size_t{2});
    QVERIFY(WordFinder::phrase(text("  ")).isEmpty());
}

void WordFinderTest::agreesWithTheLibrarysSearch() {
    const QStringList words{text("sea"),
                            text("Séance"),
                            text("ÉTÉ"),
                            text("ete"),
                            text("Straße"),
                            text("naïve"),
                            text("море"),
                            text("МОРЁ"),
                            text("海水"),
                            text("x1"),
                            text("so-so"),
                            text("o'clock"),
                            text("Ångström"),
                            text("café"),
                            text("σοφία"),
                            text("ΣΟΦΊΑ")};
    std::mt19937 random(5);
    const auto pick = [&] { return words[static_cast<qsizetype>(random() % 16U)]; };
    int found = 0;
    for (int round = 0; round < 150; ++round) {
        const QString in = pick() + text(", ") + pick() + text(" ") + pick();
        auto store = ConversationStore::inMemory();
        Message message;
        message.text = in.toStdString();
        store.addMessage(store.createConversation({}), message);
        const QString word = pick();
        const QString query = word.left(2 + static_cast<int>(random() % 8U));
        const bool library = !store.find(query.toStdString()).hits.empty();
        const bool here = !WordFinder::words(query).find(in).empty();
        QVERIFY2(library == here, qPrintable(query + text(" in ") + in));
        found += here ? 1 : 0;
    }
    QVERIFY(found > 15 && found < 140);
}

void WordFinderTest::aSnippetBeginsNearTheFirstWord() {
    const QString in =
        text("word ").repeated(100) + text("a\n needle  in it ") + text("more ").repeated(100);
    std::vector<FoundRange> marks;
    const QString line = snippetOf(in, WordFinder::words(text("needle it")), 60, marks);
    QCOMPARE(pieces(line, marks), (QStringList{text("needle"), text("it")}));
    QVERIFY(line.startsWith(text("… word")) && line.size() < 70);
    QVERIFY(!line.contains(QLatin1Char('\n')));
    QVERIFY(snippetOf(in, WordFinder::words(text("absent")), 60, marks).isEmpty());
    QVERIFY(marks.empty());
}

QTEST_MAIN(WordFinderTest)
#include "word_finder_test.moc"
