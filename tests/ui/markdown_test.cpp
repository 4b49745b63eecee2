// What Markdown's marks mean, where each character of it came from, and that no text takes long.
#include <QElapsedTimer>
#include <QTest>
#include <QTextDocument>
#include <random>

#include "ui/chat/message_layout.h"
#include "ui/chat/visible_text.h"
#include "ui/markdown/block_parser.h"
#include "ui/markdown/code_runs.h"
#include "ui/markdown/markdown_reader.h"
#include "ui/markdown/math_text.h"

using namespace gatescope;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

FormattedText read(const QString& source) {
    MarkdownReader reader;
    reader.read(source);
    return reader.result();
}

/// "heading1 A title | p q1 quoted | code(cpp) int i;": each block in a line of its own.
QString described(const FormattedText& formatted) {
    QStringList lines;
    for (const TextBlock& block : formatted.blocks()) {
        QString line;
        switch (block.kind) {
            case BlockKind::Paragraph:
                line = text("p");
                break;
            case BlockKind::Heading:
                line = text("h%1").arg(block.level);
                break;
            case BlockKind::Code:
                line = text("code(%1)").arg(block.language);
                break;
            case BlockKind::TableRow:
                line = block.head ? text("head") : text("row");
                break;
            case BlockKind::Rule:
                line = text("rule");
                break;
            case BlockKind::HiddenRows:
                line = text("hidden");
                break;
        }
        if (block.quotes > 0) line += text(" q%1").arg(block.quotes);
        if (block.lists > 0) line += text(" l%1").arg(block.lists);
        if (block.tight) line += text(" tight");
        line += text(": ") + block.text;
        lines << line.replace(QLatin1Char('\n'), text("⏎")).replace(QLatin1Char('\t'), text("|"));
    }
    return lines.join(QLatin1Char('\n'));
}

/// "3-7 strong": what is styled of the first block.
QString runsOf(const FormattedText& formatted) {
    QStringList out;
    for (const StyledRun& run : formatted.blocks().front().runs)
        out << text("%1=%2%3")
                   .arg(formatted.blocks().front().text.mid(run.begin, run.end - run.begin))
                   .arg(run.styles)
                   .arg(run.target.isEmpty() ? QString() : text("@") + run.target);
    return out.join(QLatin1Char(' '));
}

bool same(const FormattedText& a, const FormattedText& b) {
    return a.text() == b.text() && a.blocks() == b.blocks();
}

const char* const kSample =
    "# Experts, *live*\n\n"
    "A router picks **two of eight** for each token; see [the paper](https://example.org/moe).\n"
    "The next line stays a line: `top_k = 2`.\n\n"
    "- first\n- second with ~~old~~ new\n  1. inner one\n  2. inner two\n- third 🙂 漢字\n\n"
    "> quoted\n> twice\n\n"
    "```cpp\nint main() {\n    return 0;  // *not* bold\n}\n```\n\n"
    "| layer | expert | gate |\n|:--|--:|:-:|\n| 0 | 3 | 0.61 |\n| 17 | **5** | 0.04 |\n\n"
    "---\n\n"
    "Inline \\(\\alpha_1 \\le x^2\\) and $p_{max} \\approx \\frac{a+b}{2}$, but $5 and $6 are "
    "money.\n";

}  // namespace

class MarkdownTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void blocksAreWhatTheirMarksSay();
    void runsAreStyled();
    void wordsAreThoseQtReads();
    void nothingWrittenIsLost();
    void everyCharacterKnowsItsSource();
    void aTokenIsFoundInTheTextShown();
    void growingTextIsReadAsAtOnce();
    void linesStayTheSameWhenTextGrows();
    void whatIsFinishedIsNotReadAgain();
    void aLongLineIsOneBlock();
    void aLongTableShowsItsFirstRows();
    void allRowsOfALongTableAreShownWhenAskedFor();
    void formulasAreReadable();
    void formulasOnLinesOfTheirOwnAreBlocks();
    void tablesFitTheirColumn();
    void codeHasItsParts();
    void evilTextIsShownInTime_data();
    void evilTextIsShownInTime();
};

void MarkdownTest::blocksAreWhatTheirMarksSay() {
    QCOMPARE(described(read(text(kSample))),
             text("h1: Experts, live\n"
                  "p: A router picks two of eight for each token; see the paper.⏎"
                  "The next line stays a line: top_k = 2.\n"
                  "p l1: • first\n"
                  "p l1 tight: • second with old new\n"
                  "p l2 tight: 1. inner one\n"
                  "p l2 tight: 2. inner two\n"
                  "p l1 tight: • third 🙂 漢字\n"
                  "p q1: quoted⏎twice\n"
                  "code(cpp): int main() {⏎    return 0;  // *not* bold⏎}\n"
                  "head: layer|expert|gate\n"
                  "row tight: 0|3|0.61\n"
                  "row tight: 17|5|0.04\n"
                  "rule: \n"
                  "p: Inline α₁ ≤ x² and pₘₐₓ ≈ (a+b)/2, but $5 and $6 are money."));
    QCOMPARE(described(read(text("- [ ] open\n- [x] done\n\n  more of it\n"))),
             text("p l1: ☐ open\np l1: ☑ done\np l1: more of it"));
    QCOMPARE(described(read(text("~~~~ python\n```\nx\n~~~~\nafter"))),
             text("code(python): ```⏎x\np: after"));
    QCOMPARE(described(read(text("```\nnot closed"))), text("code(): not closed"));
}

void MarkdownTest::runsAreStyled() {
    QCOMPARE(runsOf(read(text("a **b** *c* ***d*** `e` ~~f~~"))), text("b=1 c=2 d=3 e=4 f=8"));
    QCOMPARE(runsOf(read(text("[x **y**](https://e.org) and https://f.org/ too"))),
             text("x =32@https://e.org y=33@https://e.org "
                  "https://f.org/=32@https://f.org/"));
    // Model output opens nothing: an image is a link that says so, HTML is text.
    QCOMPARE(runsOf(read(text("![cat](file:///etc/passwd)"))), text("cat=32@file:///etc/passwd"));
    QCOMPARE(read(text("<img src=x onerror=alert(1)> &amp; &#7;")).text(),
             text("<img src=x onerror=alert(1)> & &#7;"));
}

// Qt has a Markdown reader of its own above the same parser: other code, the same words.
void MarkdownTest::wordsAreThoseQtReads() {
    QString source = text(kSample);
    source.truncate(source.indexOf(text("Inline")));  // Qt has no formulas
    QTextDocument document;
    document.setMarkdown(source, QTextDocument::MarkdownDialectGitHub);
    QString ours = read(source).text();
    for (const QString& mark : {text("• "), text("1. "), text("2. ")}) ours.remove(mark);
    const auto words = [](const QString& all) {
        return all.simplified().split(QLatin1Char(' ')).join(QLatin1Char(' '));
    };
    QCOMPARE(words(ours), words(document.toPlainText()));
}

void MarkdownTest::nothingWrittenIsLost() {
    QCOMPARE(read(text("[1]: https://example.org/a\n\ntext [1]")).text(),
             text("[1]: https://example.org/a\n\ntext [1]"));
    QCOMPARE(read(text("a \\* b")).text(), text("a * b"));
    QCOMPARE(read(text("regex `\\(a\\)` stays")).text(), text("regex \\(a\\) stays"));
    QCOMPARE(read(QString()).text(), QString());
}

void MarkdownTest::everyCharacterKnowsItsSource() {
    const QString source = text(kSample);
    const FormattedText formatted = read(source);
    int exact = 0;
    for (const TextBlock& block : formatted.blocks())
        for (const SourcePiece& piece : block.pieces) {
            QVERIFY(piece.source >= 0 && piece.source + piece.sourceLength <= source.size());
            const bool marker = block.marker > 0 && piece.shown == 0;
            if (marker || piece.shownLength != piece.sourceLength) continue;
            QCOMPARE(block.text.mid(piece.shown, piece.shownLength),
                     source.mid(piece.source, piece.sourceLength));
            exact += piece.shownLength;
        }
    QVERIFY2(exact > 250, qPrintable(QString::number(exact)));
    // There and back again, for each place of the text shown.
    for (int i = 0; i < formatted.text().size(); ++i) {
        const int at = formatted.sourceAt(i);
        const auto back = formatted.shown(at, at + 1);
        if (at < source.size() && source[at] == formatted.text()[i] && source[at].isLetter())
            QCOMPARE(back.begin, i);
    }
}

void MarkdownTest::aTokenIsFoundInTheTextShown() {
    const QString source = text("x **bold** `code`\n\n- item");
    const FormattedText formatted = read(source);
    const auto shown = [&](const char* token) {
        const auto begin = static_cast<int>(source.indexOf(text(token)));
        const auto range = formatted.shown(begin, begin + static_cast<int>(text(token).size()));
        return formatted.text().mid(range.begin, range.end - range.begin);
    };
    QCOMPARE(shown("bold"), text("bold"));
    QCOMPARE(shown("**bo"), text("bo"));
    QCOMPARE(shown("ld**"), text("ld"));
    QCOMPARE(shown("**"), QString());
    QCOMPARE(shown("\n\n"), QString());
    QCOMPARE(shown("- "), text("• "));
    QCOMPARE(shown("it"), text("it"));
}

void MarkdownTest::growingTextIsReadAsAtOnce() {
    const std::vector<const char*> parts{
        "a word ",    "\n",         "\n\n",        "- item\n",  "1. one\n",
        "  in\n",     "> said\n",   "```py\n",     "```\n",     "# T\n",
        "**b** ",     "`c` ",       "| a | b |\n", "|--|--|\n", "| 1 | 2 |\n",
        "\\(x^2\\) ", "---\n",      "    four\n",  "12",        "-",
        "[l](u) ",    "é漢🙂 ", "1)\n",        "* * *\n",   "~~~\n"};
    std::mt19937 random(20261130);
    for (int round = 0; round < 300; ++round) {
        QString source;
        qsizetype before = 0;
        MarkdownReader grown;
        for (int i = 0; i < 40; ++i) {
            source += text(parts[random() % parts.size()]);
            // Ends in the middle of parts, too, as tokens do.
            const auto cut = source.size() - static_cast<int>(random() % 3);
            if (cut >= before) grown.readMore(QStringView(source).left(cut));
            grown.readMore(source);
            before = source.size();
        }
        const FormattedText atOnce = read(source);
        if (!same(grown.result(), atOnce)) qWarning().noquote() << source;
        QCOMPARE(described(grown.result()), described(atOnce));
        QVERIFY(same(grown.result(), atOnce));
    }
}

void MarkdownTest::linesStayTheSameWhenTextGrows() {
    const QString source = text(kSample).repeated(3);
    MessageLayout whole;
    whole.setContent(read(source));
    whole.layOut(300);
    MarkdownReader reader;
    MessageLayout grown;
    for (int n = 1; n < source.size() + 5; n += 5) {
        const int from = reader.readMore(QStringView(source).left(n));
        grown.watch(reader.result(), from);
        grown.layOut(300);
    }
    QCOMPARE(grown.text(), whole.text());
    QCOMPARE(grown.height(), whole.height());
    std::vector<QRectF> a;
    std::vector<QRectF> b;
    whole.appendRects({0, static_cast<int>(whole.text().size())}, a);
    grown.appendRects({0, static_cast<int>(grown.text().size())}, b);
    QVERIFY(a.size() > 40);
    QVERIFY(a == b);
}

void MarkdownTest::whatIsFinishedIsNotReadAgain() {
    const QString paragraph = text("Some **words** of a paragraph.\n\n");
    QString source = paragraph.repeated(2000);
    MarkdownReader reader;
    reader.read(source);
    const QString kept = reader.result().blocks().front().text;  // what is read anew lies elsewhere
    source += text("tail");
    reader.readMore(source);
    QVERIFY(reader.result().blocks().front().text.constData() == kept.constData());
    QCOMPARE(reader.result().blocks().size(), std::size_t{2001});
    QCOMPARE(reader.result().blocks().back().text, text("tail"));
}

void MarkdownTest::aLongLineIsOneBlock() {
    const QString line = text("words of **one** line ").repeated(2500);
    const QString source = text("above\n\n") + line + text("\n\n**below**\nand on");
    const FormattedText whole = read(source);
    QCOMPARE(whole.blocks().size(), std::size_t{3});
    QCOMPARE(whole.blocks()[1].text, line);
    QCOMPARE(whole.blocks()[2].text, text("below\nand on"));
    MarkdownReader grown;
    std::mt19937 random(7);
    for (qsizetype end = 0; end < source.size();) {
        end = std::min(source.size(), end + static_cast<qsizetype>(random() % 900U));
        const QString before = grown.result().text();
        const int from = grown.readMore(QStringView(source).left(end));
        QVERIFY(same(grown.result(), read(source.left(end))));
        QCOMPARE(grown.result().text().left(from), before.left(from));
    }
    QVERIFY(same(grown.result(), whole));
}

namespace {

QString tableOf(int rows) {
    QString table = text("| layer | gate |\n|:--|--:|\n");
    for (int i = 0; i < rows; ++i) table += text("| %1 | **g%2** |\n").arg(i).arg(i * 7 % 10);
    return table;
}

}  // namespace

void MarkdownTest::aLongTableShowsItsFirstRows() {
    constexpr int kShown = MarkdownReader::kShownRows;
    const auto kinds = [](const FormattedText& formatted) {
        int rows = 0;
        int hidden = 0;
        for (const TextBlock& block : formatted.blocks()) {
            rows += block.kind == BlockKind::TableRow && !block.head ? 1 : 0;
            hidden += block.kind == BlockKind::HiddenRows ? 1 : 0;
        }
        return std::pair(rows, hidden);
    };
    QCOMPARE(kinds(read(tableOf(kShown))), std::pair(kShown, 0));
    QCOMPARE(kinds(read(tableOf(kShown + 1))), std::pair(kShown, 1));
    for (const char* const behind : {"", "\nafter", "\n\n# Title\n", "> quoted\n", "- item\n"}) {
        const QString source = text("before\n\n") + tableOf(3000) + text(behind);
        const FormattedText formatted = read(source);
        QCOMPARE(kinds(formatted), std::pair(kShown, 1));
        QCOMPARE(formatted.blocks()[1].text, text("layer\tgate"));
        QCOMPARE(formatted.blocks()[kShown + 1].text, text("199\tg3"));
        const TextBlock& hidden = formatted.blocks()[kShown + 2];
        QCOMPARE(hidden.text, text("Show all %1 rows").arg(QLocale().toString(3000)));
        const int rows = hidden.pieces.front().source;
        QVERIFY(source.mid(rows, hidden.hiddenEnd - rows).startsWith(text("| 200 |")));
        QVERIFY(source.mid(rows, hidden.hiddenEnd - rows).endsWith(text("| 2999 | **g3** |\n")));
        QCOMPARE(formatted.blocks().size(), std::size_t(kShown + (*behind != 0 ? 4 : 3)));
        // A token of a row is found in it; one of a hidden row has no place.
        const auto at = static_cast<int>(source.indexOf(text("g3** |\n| 200")));
        const auto shown = formatted.shown(at, at + 2);
        QCOMPARE(formatted.text().mid(shown.begin, shown.end - shown.begin), text("g3"));
        const auto gone = formatted.shown(rows + 100, rows + 104);
        QCOMPARE(gone.begin, gone.end);
    }
    const QString source = tableOf(260) + text("\nafter **all**\n");
    MarkdownReader grown;
    for (qsizetype end = 2000; end < source.size(); end += 3) {
        grown.readMore(QStringView(source).left(end));
        QVERIFY(same(grown.result(), read(source.left(end))));
    }
}

void MarkdownTest::allRowsOfALongTableAreShownWhenAskedFor() {
    const QString source = tableOf(10000) + text("\nafter");
    MarkdownReader reader;
    reader.showAllRows();
    QElapsedTimer clock;
    clock.start();
    reader.read(source);
    const auto reading = clock.restart();
    const auto& blocks = reader.result().blocks();
    QCOMPARE(blocks.size(), std::size_t{10002});
    for (int i = 0; i < 10000; ++i)
        QCOMPARE(blocks[static_cast<std::size_t>(i) + 1].text,
                 text("%1\tg%2").arg(i).arg(i * 7 % 10));
    for (const TextBlock& block : blocks)
        for (const SourcePiece& piece : block.pieces)
            QCOMPARE(block.text.mid(piece.shown, piece.shownLength),
                     source.mid(piece.source, piece.sourceLength));
    MessageLayout layout;
    layout.watch(reader.result(), 0);
    clock.restart();
    layout.prepare(600);
    layout.layOutBetween(0, 1000);
    qInfo("%lld ms read, %lld ms a screen laid out",
          static_cast<long long>(reading),
          static_cast<long long>(clock.elapsed()));
    QVERIFY(layout.work() < 100);
}

void MarkdownTest::formulasAreReadable() {
    QCOMPARE(mathText(text("\\alpha_1 \\le x^2")), text("α₁ ≤ x²"));
    QCOMPARE(mathText(text("\\frac{a+b}{2}")), text("(a+b)/2"));
    QCOMPARE(mathText(text("\\sqrt{x_{ij}} \\in \\mathbb{R}^n")), text("√(xᵢⱼ) ∈ ℝⁿ"));
    QCOMPARE(mathText(text("\\sum_{i=1}^{n} i")), text("∑ᵢ₌₁ⁿ i"));
    QCOMPARE(mathText(text("W^{Q}_\\beta")), text("W^Q_β"));
    QCOMPARE(mathText(text("\\text{softmax}(z)_k = \\unknown{x}")),
             text("softmax(z)ₖ = \\unknownx"));
    QCOMPARE(mathText(text("\\log_2 8 = 3, \\log x")), text("log₂ 8 = 3, log x"));
    QCOMPARE(mathText(text("\\sqrt[3]{x} + \\hat{y}")), text("³√x + y\u0302"));
    QCOMPARE(mathText(text("\\binom{n}{k}")), text("C(n, k)"));
    QCOMPARE(mathText(text("\\")), text("\\"));
    QCOMPARE(read(text("$x$, $ y$ $5 \\(a_1\\)2 $$\\alpha$$ US$ 3")).text(),
             text("x, $ y$ $5 a₁2 α US$ 3"));
    QCOMPARE(mathText(QString(5000, QLatin1Char('{'))).size() < 5001, true);
    QCOMPARE(mathText(text("}}^")), QString(text("^")));
}

void MarkdownTest::formulasOnLinesOfTheirOwnAreBlocks() {
    const auto centred = [](const char* source) {
        QStringList parts;
        for (const TextBlock& block : read(text(source)).blocks())
            parts << (block.centred ? text("[%1]") : text("%1")).arg(block.text);
        return parts.join(QLatin1Char('|'));
    };
    QCOMPARE(centred("so\n$$x^2$$\nand on"), text("so|[x²]|and on"));
    QCOMPARE(centred("$$\n\\frac{a}{b}\n$$"), text("[a/b]"));
    QCOMPARE(centred("\\[ x_1 \\le y \\]\n\nbehind"), text("[x₁ ≤ y]|behind"));
    QCOMPARE(centred("in $$x^2$$ a line"), text("in x² a line"));
    QCOMPARE(centred("$$x^2$$ begins a line"), text("x² begins a line"));
    MessageLayout layout;
    layout.setContent(read(text("$$x^2$$")));
    layout.layOut(400);
    std::vector<QRectF> rects;
    layout.appendRects({0, 2}, rects);
    QVERIFY(std::abs(rects.front().center().x() - 200) < 2);
}

void MarkdownTest::tablesFitTheirColumn() {
    const QString wide = text("a long cell with many words in it ").repeated(4);
    const QString source = text("| id | %1 | %1 |\n|--|--|--|\n| 7 | %1 | x |\n").arg(wide);
    MessageLayout layout;
    layout.setContent(read(source));
    layout.layOut(420);
    QVERIFY(layout.naturalWidth() <= 420);
    // Each character is found where it is painted, in every column.
    int found = 0;
    for (int i = 0; i < layout.text().size(); ++i) {
        if (!layout.text()[i].isLetterOrNumber()) continue;
        std::vector<QRectF> rects;
        layout.appendRects({i, i + 1}, rects);
        QCOMPARE(rects.size(), std::size_t{1});
        QVERIFY(rects[0].right() <= 420);
        QCOMPARE(layout.characterAt(rects[0].center()).value_or(-1), i);
        ++found;
    }
    QVERIFY(found > 300);
}

void MarkdownTest::codeHasItsParts() {
    const auto parts = [](const char* language, const QString& code) {
        QStringList out;
        for (const CodeRun& run : codeRuns(text(language), code))
            out << text("%1=%2")
                       .arg(code.mid(run.begin, run.end - run.begin))
                       .arg(static_cast<int>(run.part));
        return out.join(QLatin1Char('|'));
    };
    QCOMPARE(parts("cpp", text("/* é🙂\n*/ return 42;")),
             text("/*=5| é🙂=5|*/=5|return=0|42=4"));
    QCOMPARE(parts("C++", text("int f();")), text("int=1|f=2"));
    QCOMPARE(parts("py", text("def f(x):\n    return 1.5  # hi")),
             text("def=0|f=2|return=0|1.5=4|#=5| hi=5"));
    // A name that is no language opens no file.
    QVERIFY(!knowsLanguage(text("../../etc/passwd")));
    QCOMPARE(parts("../../../../etc/passwd", text("int")), QString());
    QCOMPARE(parts("cpp", QString(5000, QLatin1Char('"'))), QString());
}

void MarkdownTest::evilTextIsShownInTime_data() {
    QTest::addColumn<QString>("evil");
    QTest::newRow("brackets") << text("](").repeated(100000);
    QTest::newRow("brackets, many lines") << text("](\n\n").repeated(50000);
    QTest::newRow("table of many rows") << text("|a|b|\n|-|-|\n") + text("|1|2|\n").repeated(10000);
    QTest::newRow("table of many columns") << text("|a").repeated(4000) + text("\n") +
                                                  text("|-").repeated(4000) + text("\n") +
                                                  text("|x\n").repeated(3000);
    QTest::newRow("quotes in quotes") << text(">").repeated(10000) + text(" deep");
    QTest::newRow("lists in lists") << [] {
        QString all;
        for (int i = 0; i < 1000; ++i)
            all += QString(2 * i % 400, QLatin1Char(' ')) + text("- x\n");
        return all;
    }();
    QTest::newRow("stars") << text("*a").repeated(50000);
    QTest::newRow("open emphasis") << text("**x ").repeated(20000);
    QTest::newRow("backticks") << [] {
        QString all;
        for (int i = 1; i < 400; ++i) all += QString(i, QLatin1Char('`')) + text("x");
        return all;
    }();
    QTest::newRow("dollars") << text("$a ").repeated(50000);
    QTest::newRow("dollars, many lines") << text("$a $b\n\n").repeated(20000);
    QTest::newRow("angles") << text("<a").repeated(50000);
    QTest::newRow("one unbroken line") << QString(200000, QLatin1Char('x'));
    QTest::newRow("formula") << text("$") + text("{\\frac").repeated(3000) + text("$");
    QTest::newRow("one fence") << text("```\n") + text("int i;\n").repeated(20000);
}

void MarkdownTest::evilTextIsShownInTime() {
    QFETCH(QString, evil);
    QElapsedTimer clock;
    clock.start();
    const FormattedText formatted = read(visibleText(evil));
    const auto reading = clock.restart();
    MessageLayout layout;
    layout.setContent(formatted);
    layout.layOut(600);
    qInfo("%lld ms read, %lld ms laid out, %zu blocks",
          static_cast<long long>(reading),
          static_cast<long long>(clock.elapsed()),
          formatted.blocks().size());
    // md4c alone takes minutes over some of these.
    QVERIFY2(reading + clock.elapsed() < 8000, qPrintable(QString::number(reading)));
}

QTEST_MAIN(MarkdownTest)
#include "markdown_test.moc"
