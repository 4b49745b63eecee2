// Markdown in the window: what is seen, picked, copied, and that nothing opens by itself.
#include <QApplication>
#include <QClipboard>
#include <QMenu>
#include <QTest>
#include <QTimer>
#include <QToolButton>
#include <QToolTip>

#include "tests/ui/window_fixture.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/chat_view.h"
#include "ui/theme/theme.h"

using namespace gatescope;
using namespace gatescope::test;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

const char* const kReply =
    " # Routing, in short\n\n"
    "A router picks **two of eight** experts for *each* token; [the "
    "paper](https://example.org/moe) "
    "calls it `top_k = 2`. ~~All eight~~ Only two compute.\n\n"
    "## What to look at\n\n"
    "- the margin, \\(p_2 - p_3\\)\n- the entropy, $H = -\\sum_e p_e \\log p_e$\n"
    "  1. in bits\n  2. at most $\\log_2 8 = 3$\n- [x] nothing hidden\n\n"
    "> Uniform routing has a level of chance;\n> say it beside every number.\n\n"
    "```cpp\nint best(std::span<const float> gates) {\n    return argmax(gates);  // *not* "
    "bold\n}\n```\n\n"
    "| layer | expert | gate |\n|:--|--:|--:|\n| 0 | 3 | 0.61 |\n| 17 | **5** | 0.04 |\n\n"
    "---\n\nThat is all.";

}  // namespace

class MarkdownViewTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void isSeen();
    void aTokenIsPickedWhereItIsSeen();
    void linksAskAndNothingOpens();
    void codeIsCopied();
    void canBeShownAsWritten();

  private:
    static ChatView& view(WindowFixture& f) { return f.window().chat().view(); }
    /// The token of the reply in which `word` begins.
    static int tokenOf(WindowFixture& f, const std::string& word) {
        std::string all;
        for (int t = f.session().firstTokenOfMessage(1); t < f.session().traceSize(); ++t) {
            all += f.session().traceToken(t).text;
            if (const auto at = all.find(word); at != std::string::npos && at < all.size())
                return t - tokensBehind(f, t, all.size() - at);
        }
        return -1;
    }
    /// How many tokens in front of `last` hold the last `bytes` of the text.
    static int tokensBehind(WindowFixture& f, int last, std::size_t bytes) {
        int count = 0;
        while (bytes > f.session().traceToken(last - count).text.size())
            bytes -= f.session().traceToken(last - count++).text.size();
        return count;
    }
    static bool talk(WindowFixture& f) {
        f.setReplies({kReply});
        f.openWithModel();
        f.window().bridge().run([](ChatSession& session) { session.setMaxTokens(1500); });
        return f.say(text("How does it route?"));
    }
};

void MarkdownViewTest::isSeen() {
    WindowFixture f;
    QVERIFY(talk(f));
    QTRY_VERIFY(view(f).messageText(1).endsWith(text("That is all.")));
    QVERIFY(view(f).messageText(1).startsWith(text("Routing, in short\n\nA router picks two of")));
    QVERIFY(!view(f).messageText(1).contains(text("**")));
    QVERIFY(f.window().showView(text("chat")));
    f.window().resize(1000, 1150);
    QTest::qWait(50);
    // Colours come from a thread of their own: "return" is not as its neighbours are.
    const auto colored = [&] {
        const QImage image = view(f).viewport()->grab().toImage();
        const QRect word = view(f).tokenRect(tokenOf(f, "return"));
        const QColor accent = f.window().theme().color(ColorRole::Accent);
        for (int x = word.left(); x <= word.right(); ++x)
            for (int y = word.top(); y <= word.bottom(); ++y)
                if (image.pixelColor(x, y) == accent) return true;
        return false;
    };
    QTRY_VERIFY(colored());
    f.picture("markdown-dark");
    f.window().theme().setMode(Theme::Mode::Light);
    QTest::qWait(50);
    f.picture("markdown-light");
    f.window().resize(900, 600);
    QTest::qWait(50);
    f.picture("markdown-small");
}

void MarkdownViewTest::aTokenIsPickedWhereItIsSeen() {
    WindowFixture f;
    QVERIFY(talk(f));
    f.window().resize(1100, 1000);
    QTest::qWait(50);
    int seen = 0;
    int exact = 0;
    const int first = f.session().firstTokenOfMessage(1);
    for (int t = first; t < f.session().traceSize(); ++t) {
        const QRect rect = view(f).tokenRect(t);
        if (rect.width() < 4 || !view(f).viewport()->rect().contains(rect)) continue;
        QTest::mouseMove(view(f).viewport(), rect.center());
        const auto hovered = f.window().selection().hoveredToken();
        if (!hovered) continue;  // a blank may hang over the end of a line
        QVERIFY(view(f).tokenRect(*hovered).contains(rect.center()));
        exact += *hovered == t ? 1 : 0;
        ++seen;
    }
    QVERIFY2(seen > 60, qPrintable(QString::number(seen)));
    // Formulas have fewer signs than tokens: there one stands for its neighbours.
    QVERIFY2(exact > seen * 9 / 10, qPrintable(QString::number(exact)));
}

void MarkdownViewTest::linksAskAndNothingOpens() {
    WindowFixture f;
    QVERIFY(talk(f));
    f.window().resize(1400, 1000);  // the link stands on one line
    QTest::qWait(50);
    const int paper = tokenOf(f, "paper");
    QVERIFY(paper >= 0);
    f.window().selection().selectToken(paper);  // brings it into sight
    const QPoint at = view(f).tokenRect(paper).center();
    QTest::mouseMove(view(f).viewport(), at);
    QHelpEvent rest(QEvent::ToolTip, at, view(f).viewport()->mapToGlobal(at));
    QCoreApplication::sendEvent(view(f).viewport(), &rest);
    QTRY_COMPARE(QToolTip::text(), text("https://example.org/moe"));
    QToolTip::hideText();
    QStringList offered;
    QTimer::singleShot(0, &f.window(), [&] {
        auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
        if (!menu) return;
        for (const QAction* action : menu->actions())
            if (!action->isSeparator()) offered << action->text();
        menu->actions().back()->trigger();
        menu->close();
    });
    QTest::mouseClick(view(f).viewport(), Qt::LeftButton, {}, at);
    QCOMPARE(
        offered,
        QStringList(
            {text("https://example.org/moe"), text("Open this address"), text("Copy address")}));
    QCOMPARE(QApplication::clipboard()->text(), text("https://example.org/moe"));
    QCOMPARE(f.window().selection().token().value_or(-1), paper);
}

void MarkdownViewTest::codeIsCopied() {
    WindowFixture f;
    QVERIFY(talk(f));
    f.window().resize(1100, 1000);
    QTest::qWait(50);
    const int argmax = tokenOf(f, "argmax");
    QVERIFY(argmax >= 0);
    auto* button = f.find<QToolButton>("copyCode");
    QVERIFY(!button->isVisible());
    QTest::mouseMove(view(f).viewport(), view(f).tokenRect(argmax).center());
    QVERIFY(button->isVisible());
    button->click();
    QCOMPARE(QApplication::clipboard()->text(),
             text("int best(std::span<const float> gates) {\n"
                  "    return argmax(gates);  // *not* bold\n}"));
    view(f).copyMessage(1);  // a message, as it was written
    QVERIFY(QApplication::clipboard()->text().contains(text("**two of eight**")));
}

void MarkdownViewTest::canBeShownAsWritten() {
    WindowFixture f;
    QVERIFY(talk(f));
    view(f).showAs(ChatView::Reading::AsWritten);
    QVERIFY(view(f).messageText(1).contains(text("**two of eight**")));
    QVERIFY(view(f).messageText(1).startsWith(text("# Routing")));
    f.picture("markdown-as-written");
    // Token by token, the template's own included: each is found where it is painted.
    view(f).showAs(ChatView::Reading::Tokens);
    f.window().resize(1000, 1150);
    QTest::qWait(50);
    f.picture("markdown-tokens");
    int seen = 0;
    for (int t = 0; t < f.session().traceSize(); ++t) {
        const QRect rect = view(f).tokenRect(t);
        if (rect.isEmpty() || !view(f).viewport()->rect().contains(rect)) continue;
        QTest::mouseMove(view(f).viewport(), rect.center());
        QCOMPARE(f.window().selection().hoveredToken().value_or(-1), t);
        ++seen;
    }
    QVERIFY2(seen > 100, qPrintable(QString::number(seen)));
    const TokenId first = f.session().traceToken(0).token;
    QString lowered = QString::number(first);
    for (QChar& digit : lowered) digit = QChar(0x2080 + digit.digitValue());
    QVERIFY(view(f).messageText(0).contains(lowered));
    QVERIFY(view(f).messageText(0).contains(text("␣")));
    view(f).showAs(ChatView::Reading::Formatted);
    QVERIFY(!view(f).messageText(1).contains(text("**two of eight**")));
}

QTEST_MAIN(MarkdownViewTest)
#include "markdown_view_test.moc"
