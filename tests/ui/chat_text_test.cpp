// The values behind the chat view: what text may be shown, where tokens lie in it, its lines.

#include <QElapsedTimer>
#include <QTest>

#include "ui/chat/message_layout.h"
#include "ui/chat/token_spans.h"
#include "ui/chat/token_tint.h"
#include "ui/chat/visible_text.h"

using namespace gatescope;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

Message message(Role role,
                const std::string& shown,
                const std::vector<std::string>& tokens,
                int generatedFrom) {
    Message m;
    m.role = role;
    m.text = shown;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        TokenRecord token;
        token.token = static_cast<TokenId>(100 + i);
        token.text = tokens[i];
        token.generated = static_cast<int>(i) >= generatedFrom;
        m.tokens.push_back(token);
    }
    return m;
}

/// "one|two": the parts of the text that the tokens cover, in order, empty ones as "".
QString cover(const TokenSpans& spans, const std::string& shown) {
    const QString all = QString::fromStdString(shown);
    QStringList parts;
    for (int i = 0; i < spans.size(); ++i)
        parts << all.mid(spans[i].begin, spans[i].end - spans[i].begin);
    return parts.join(QLatin1Char('|'));
}

}  // namespace

class ChatTextTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void controlsBecomeSymbolsOfTheSameLength();
    void spansSkipTheTemplatesText();
    void spansFollowAStreamingReply();
    void spansCountUtf16Units();
    void spansOfAReplyThatAnotherModelWrote();
    void aStopStringIsNotShown();
    void linesStayTheSameWhenTextGrows();
    void slicesCannotBeSeen();
    void aVeryLongLineIsWhole();
    void everyCharacterIsFoundWhereItIsPainted();
    void evilTextIsLaidOutInTime_data();
    void evilTextIsLaidOutInTime();
    void tintsAreTheQuantitiesTheyClaim();
    void tintsKnowTheirChance();
    void tintsAreNamed();
};

void ChatTextTest::controlsBecomeSymbolsOfTheSameLength() {
    const QString evil = text("a\x1b[0m\tb\nc\x7f\u202E\u2066\u2028\u200F") + QChar(0xFFFC) +
                         QChar(0xFDD0) + QChar(0x9B);
    const QString shown = visibleText(evil);
    QCOMPARE(shown.size(), evil.size());
    for (const QChar c : shown)
        QVERIFY(c == QLatin1Char('\n') || c == QLatin1Char('\t') || c.isPrint());
    QCOMPARE(visibleText(text("plain – ünïcode 漢字 🙂\n")),
             text("plain – ünïcode 漢字 🙂\n"));
    const QString pile = QStringLiteral("e") + QString(100, QChar(0x0301));
    QCOMPARE(visibleText(pile).count(QChar(0x0301)), 8);
    QCOMPARE(visibleText(pile).size(), pile.size());
    QCOMPARE(visibleLine(text("a\nb\tc")).count(QLatin1Char('\n')), 0);
}

void ChatTextTest::spansSkipTheTemplatesText() {
    const Message m = message(Role::User, "Hi you", {"User", ": ", "Hi", " you"}, 99);
    TokenSpans spans;
    spans.update(m);
    QCOMPARE(cover(spans, m.text), text("||Hi| you"));
    QCOMPARE(spans.tokenAt(0).value_or(-1), 2);
    QCOMPARE(spans.tokenAt(1).value_or(-1), 2);
    QCOMPARE(spans.tokenAt(2).value_or(-1), 3);
    QVERIFY(!spans.tokenAt(6));
    // The role name may sit in one token with the text, and the text may occur in the role name.
    const Message glued = message(Role::User, "s", {"Users", ": s"}, 99);
    spans.clear();
    spans.update(glued);
    QCOMPARE(cover(spans, glued.text), text("|s"));
}

void ChatTextTest::spansFollowAStreamingReply() {
    const std::vector<std::string> tokens{"\nAssistant", ":", " one", " tw", "o"};
    TokenSpans spans;
    for (std::size_t n = 2; n <= tokens.size(); ++n) {
        std::string shown;
        for (std::size_t i = 2; i < n; ++i) shown += tokens[i];
        Message m = message(
            Role::Assistant, shown, {tokens.begin(), tokens.begin() + static_cast<long>(n)}, 2);
        spans.update(m);
        QCOMPARE(spans.size(), static_cast<int>(n));
        if (n == tokens.size()) QCOMPARE(cover(spans, shown), text("|| one| tw|o"));
    }
    // Another reply in its place is read anew, even when it is as long.
    Message other = message(Role::Assistant, " six", {"x", " six"}, 1);
    other.tokens[0].token = 7;
    spans.update(other);
    QCOMPARE(cover(spans, other.text), text("| six"));
}

void ChatTextTest::spansCountUtf16Units() {
    const Message m = message(Role::Assistant, "ä🙂漢b", {"Q", "ä", "", "🙂", "漢b"}, 1);
    TokenSpans spans;
    spans.update(m);
    QCOMPARE(cover(spans, m.text), text("|ä||🙂|漢b"));
    QCOMPARE(spans.tokenAt(2).value_or(-1), 3);  // inside the surrogate pair
}

void ChatTextTest::spansOfAReplyThatAnotherModelWrote() {
    // Encoded again as a prompt, then continued: generated tokens do not begin the text.
    const Message m = message(Role::Assistant, " old new", {":", " ol", "d", " new"}, 3);
    TokenSpans spans;
    spans.update(m);
    QCOMPARE(cover(spans, m.text), text("| ol|d| new"));
}

void ChatTextTest::aStopStringIsNotShown() {
    const Message m = message(Role::Assistant, " yes", {":", " yes", "\nUser", ":"}, 1);
    TokenSpans spans;
    spans.update(m);
    QCOMPARE(cover(spans, m.text), text("| yes||"));
}

void ChatTextTest::linesStayTheSameWhenTextGrows() {
    const QString all =
        text("The quick brown fox jumps over the lazy dog.\n\n").repeated(40) + text("end\n");
    MessageLayout whole;
    whole.setText(all);
    whole.layOut(200);
    MessageLayout grown;
    for (int n = 1; n <= all.size(); n += 7) {
        grown.setText(all.left(n));
        grown.layOut(200);
    }
    grown.setText(all);
    grown.layOut(200);
    QCOMPARE(grown.height(), whole.height());
    std::vector<QRectF> a;
    std::vector<QRectF> b;
    whole.appendRects({0, static_cast<int>(all.size())}, a);
    grown.appendRects({0, static_cast<int>(all.size())}, b);
    QVERIFY(a == b);
}

void ChatTextTest::slicesCannotBeSeen() {
    const QString words = text("some words in a very long line ").repeated(400);
    MessageLayout layout;
    layout.setText(words);
    layout.layOut(300);
    std::vector<QRectF> lines;
    layout.appendRects({0, static_cast<int>(words.size())}, lines);
    QVERIFY(lines.size() > 50);
    for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
        QVERIFY2(lines[i].width() > 150, "a short line in the middle: a slice shows");
        QVERIFY(lines[i + 1].top() > lines[i].top());
    }
}

// Far longer than what is laid out at a time, read downwards, upwards and from its middle.
void ChatTextTest::aVeryLongLineIsWhole() {
    const QString words = text("some words in a very long line ").repeated(2500);
    for (const double from : {0.0, 0.5, 1.0}) {
        MessageLayout layout;
        layout.setText(words);
        layout.prepare(300);
        constexpr qreal kScreen = 500;
        qreal at = from * (layout.height() - kScreen);
        layout.layOutBetween(at, at + kScreen);
        for (; at > -kScreen; at -= kScreen) layout.layOutBetween(at, at + kScreen);
        for (at = 0; at < layout.height(); at += kScreen) layout.layOutBetween(at, at + kScreen);
        QVERIFY(!layout.layOutBetween(0, layout.height()));
        std::vector<QRectF> lines;
        layout.appendRects({0, static_cast<int>(words.size())}, lines);
        QVERIFY(lines.size() > 1500);
        for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
            QVERIFY2(lines[i].width() > 150, qPrintable(QString::number(i)));
            QCOMPARE(lines[i + 1].top() > lines[i].top(), true);
        }
        const auto first = lines;
        layout.releaseLines();
        layout.layOutBetween(0, layout.height());
        lines.clear();
        layout.appendRects({0, static_cast<int>(words.size())}, lines);
        QVERIFY(lines == first);
    }
}

void ChatTextTest::everyCharacterIsFoundWhereItIsPainted() {
    const QString words = text("some words in a very long line ").repeated(100);
    MessageLayout layout;
    layout.setText(words);
    layout.layOut(300);
    for (int i = 0; i < words.size(); i += 3) {
        if (words[i] == QLatin1Char(' ')) continue;  // may hang over the end of a line
        std::vector<QRectF> rects;
        layout.appendRects({i, i + 1}, rects);
        QCOMPARE(rects.size(), std::size_t{1});
        QCOMPARE(layout.characterAt(rects[0].center()).value_or(-1), i);
    }
    QVERIFY(!layout.characterAt(QPointF(5, -3)));
    QVERIFY(!layout.characterAt(QPointF(5, layout.height() + 3)));
}

void ChatTextTest::evilTextIsLaidOutInTime_data() {
    QTest::addColumn<QString>("evil");
    QTest::newRow("one unbroken line") << QString(200000, QLatin1Char('x'));
    QTest::newRow("marks") << QStringLiteral("e") + QString(200000, QChar(0x0301));
    QTest::newRow("overrides") << (QString(QChar(0x202E)) + text("abc")).repeated(40000);
    QTest::newRow("line feeds") << QString(20000, QLatin1Char('\n'));
}

void ChatTextTest::evilTextIsLaidOutInTime() {
    QFETCH(QString, evil);
    QElapsedTimer clock;
    clock.start();
    MessageLayout layout;
    layout.setText(visibleText(evil));
    layout.layOut(600);
    // In one piece these take Qt from seconds to minutes.
    QVERIFY2(clock.elapsed() < 8000, qPrintable(QString::number(clock.elapsed())));
}

void ChatTextTest::tintsAreTheQuantitiesTheyClaim() {
    auto record = std::make_shared<RoutingRecord>();
    record->numLayers = 2;
    record->numExperts = 4;
    record->numSelected = 2;
    record->probs = {0.25F, 0.25F, 0.25F, 0.25F, 0.1F, 0.6F, 0.3F, 0.0F};
    record->selected = {0, 1, 1, 2};
    record->gates = {0.25F, 0.25F, 0.6F, 0.0F};  // expert 2 is ablated in layer 1
    TokenRecord token;
    token.routing = record;
    const auto site = [](int layer, int expert) {
        return ExpertSite{LayerId{layer}, ExpertId{expert}};
    };
    using Which = TintLayers::Which;
    using enum TintQuantity;
    const auto value = [&](TintQuantity q, std::optional<ExpertSite> s, TintLayers l = {}) {
        return tintValue({q, l, false}, token, record.get(), s).value_or(-1);
    };
    QCOMPARE(value(None, site(0, 0)), -1.0F);
    QCOMPARE(value(Gate, std::nullopt), -1.0F);
    QCOMPARE(value(Gate, site(1, 1)), 0.6F);
    QCOMPARE(value(Gate, site(1, 2)), 0.0F);
    QCOMPARE(value(Gate, site(1, 3)), 0.0F);
    QCOMPARE(value(Gate, site(7, 0)), -1.0F);
    QCOMPARE(value(Gate, site(1, 1), {.which = Which::All}), (0.25F + 0.6F) / 2);
    QCOMPARE(value(Margin, site(1, 0)), 0.6F - 0.3F);
    QCOMPARE(value(Decisive, site(1, 0)), 0.3F - 0.1F);
    QCOMPARE(value(Mass, site(1, 0)), 0.6F + 0.3F);
    QCOMPARE(value(Entropy, site(0, 0)), 2.0F);
    const float layer1 = value(Entropy, site(1, 0));
    QVERIFY(std::abs(layer1 - 1.29546F) < 1e-4F);  // -(.6 lb .6 + .3 lb .3 + .1 lb .1)
    QVERIFY(std::abs(value(Entropy, std::nullopt) - (2 + layer1) / 2) < 1e-6F);
    QCOMPARE(value(Entropy, site(0, 0), {Which::Band, 1, 1}), layer1);
    QCOMPARE(value(Entropy, site(0, 0), {Which::Band, 1, 9}), layer1);  // cut to the model
    QCOMPARE(value(Entropy, site(0, 0), {Which::Band, 2, 9}), -1.0F);
    QCOMPARE(value(Expert, site(1, 0)), 1.0F);
    QCOMPARE(value(Expert, site(0, 3)), 0.0F);
    QCOMPARE(value(Expert, std::nullopt), 0.0F);  // one vote each: the lower expert
    QCOMPARE(value(Repeat, std::nullopt), 1.0F);
    RoutingRecord other = *record;
    other.selected = {3, 1, 1, 2};
    QCOMPARE(tintValue({Repeat, {}, false}, token, &other, std::nullopt).value_or(-1), 0.5F);
    QVERIFY(!tintValue({Repeat, {}, false}, token, nullptr, std::nullopt));
    QVERIFY(!tintValue({Surprise, {}, false}, token, nullptr, std::nullopt));
    token.generated = true;
    token.logProb = std::log(0.125F);
    token.routing = nullptr;
    QVERIFY(std::abs(tintValue({Surprise, {}, false}, token, nullptr, {}).value_or(-1) - 3) <
            1e-5F);
    QVERIFY(!tintValue({Mass, {}, false}, token, nullptr, std::nullopt));
}

void ChatTextTest::tintsKnowTheirChance() {
    const RouterSizes grok{64, 8, 2, 131072};
    using enum TintQuantity;
    QCOMPARE(tintChance(Expert, grok).value_or(-1), 0.125);
    QCOMPARE(tintChance(Gate, grok).value_or(-1), 0.125);
    QCOMPARE(tintChance(Margin, grok).value_or(-1), 0.0);
    QCOMPARE(tintChance(Entropy, grok).value_or(-1), 3.0);
    QCOMPARE(tintChance(Mass, grok).value_or(-1), 0.25);
    QCOMPARE(tintChance(Surprise, grok).value_or(-1), 17.0);
    QCOMPARE(tintChance(Repeat, grok).value_or(-1), 0.125);
    QVERIFY(!tintChance(Mass, {}));
    QVERIFY(!tintChance(Surprise, {64, 8, 2, 0}));  // a recording does not know the vocabulary
    QCOMPARE(tintStrength(Entropy, 3, grok), 1.0);
    QCOMPARE(tintStrength(Entropy, 1.5, grok), 0.25);
    QCOMPARE(tintStrength(Margin, 0.25, grok), 0.5);
    QCOMPARE(tintStrength(Surprise, 40, grok), 1.0);
}

void ChatTextTest::tintsAreNamed() {
    for (int i = 0; i < kTintQuantities; ++i) {
        const auto quantity = static_cast<TintQuantity>(i);
        QVERIFY(tintNamed(tintName(quantity)) == quantity);
    }
    QVERIFY(!tintNamed(text("colour")));
    for (const char* good : {"picked", "all", "3-9", "4-4"})
        QCOMPARE(layersText(layersNamed(text(good)).value()), text(good));
    QCOMPARE(layersText(layersNamed(text("7")).value()), text("7-7"));
    for (const char* bad : {"", "9-3", "-3", "a", "1-2-3", "1-", "2147483648"})
        QVERIFY2(!layersNamed(text(bad)), bad);
}

QTEST_MAIN(ChatTextTest)
#include "chat_text_test.moc"
