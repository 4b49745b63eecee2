// Fuzz target: a reply's text, read as Markdown while it grows. See docs/fuzzing.md.
#include <array>

#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/mutators.h"
#include "ui/markdown/markdown_reader.h"

namespace gatescope::test {
namespace {

/// More is only more of the same, and a tail is read again for each token.
constexpr std::size_t kMostBytes = 2048;

constexpr std::array kMarks{
    "**",      "*",     "_",   "`",      "```",   "```cpp\n", "~~~",      "~~",
    "\n",      "\n\n",  "- ",  "1. ",    "  ",    "    ",     "> ",       "# ",
    "###### ", "---\n", "[",   "](",     ")",     "![",       "|",        "|--|",
    "| a |",   "\\(",   "\\)", "$",      "$$",    "<",        "&amp;",    "http://a.b/",
    "\\",      "{",     "}",   "\\frac", "^",     "_{",       "\xC3\xA9", "\xF0\x9F\x98\x80",
    "x",       "12",    "]:",  "- [x] ", "\\sum", "\t",       "===\n",    "@"};

std::string mutatedMarks(const std::string& bytes, FuzzRandom& random) {
    std::string out = bytes;
    const std::size_t at = random.below(out.size() + 1);
    const std::string mark = kMarks[random.below(kMarks.size())];
    switch (random.below(4)) {
        case 0:
            out.insert(at, mark);
            break;
        case 1:
            for (std::size_t i = 1 + random.below(40); i > 0; --i) out.insert(at, mark);
            break;
        case 2:
            out.replace(at, std::min(out.size() - at, 1 + random.below(6)), mark);
            break;
        default:
            out.insert(at, out.substr(random.below(out.size() + 1), 1 + random.below(60)));
    }
    return out;
}

/// Pieces are in order, and within the text and the source.
void checkPieces(const FormattedText& formatted, const QString& source) {
    int behind = 0;
    for (const TextBlock& block : formatted.blocks()) {
        const auto size = static_cast<int>(block.text.size());
        int shown = 0;
        for (const SourcePiece& piece : block.pieces) {
            GS_CHECK(piece.shown >= shown && piece.shownLength >= 0 && piece.sourceLength >= 0);
            GS_CHECK(piece.source >= behind);
            shown = piece.shown + piece.shownLength;
            behind = piece.source + piece.sourceLength;
        }
        GS_CHECK(shown <= size && behind <= source.size());
        for (const StyledRun& run : block.runs)
            GS_CHECK(0 <= run.begin && run.begin < run.end && run.end <= size);
        for (const TableCell& cell : block.cells)
            GS_CHECK(0 <= cell.begin && cell.begin <= cell.end && cell.end <= size);
    }
}

/// Every place has one in the other text, and order is kept.
void checkPlaces(const FormattedText& formatted, const QString& source) {
    int last = 0;
    for (int i = 0; i < source.size(); ++i) {
        const auto range = formatted.shown(i, i + 1);
        GS_CHECK(last <= range.begin && range.begin <= range.end);
        GS_CHECK(range.end <= formatted.text().size());
        last = range.begin;
    }
    for (int i = 0; i < formatted.text().size(); ++i) {
        const int at = formatted.sourceAt(i);
        GS_CHECK(0 <= at && at <= source.size());
    }
}

}  // namespace

std::vector<std::string> fuzzSeeds() {
    return {"# T\n\na **b** *c* `d`\nline\n\n- x\n- y\n  1. z\n\n> q\n",
            "```cpp\nint i;\n```\n\n| a | b |\n|--|:-:|\n| 1 | 2 |\n\n---\n",
            "\\(\\frac{a}{b}^2\\) and $x_1$, [l](http://a.b) ![i](j) $5 and $6\n"};
}

}  // namespace gatescope::test

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t maxSize,
                                               unsigned seed) {
    return gatescope::test::mutateInPlace(data, size, maxSize, seed, gatescope::test::mutatedMarks);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace gatescope;
    const QString source =
        QString::fromUtf8(reinterpret_cast<const char*>(data),
                          static_cast<qsizetype>(std::min<std::size_t>(size, test::kMostBytes)));
    MarkdownReader whole;
    whole.read(source);
    test::checkPieces(whole.result(), source);
    test::checkPlaces(whole.result(), source);
    // A reply that grows is what it is at its end, wherever its tokens were cut.
    MarkdownReader grown;
    const qsizetype step = std::max<qsizetype>(1, source.size() / 3);
    for (qsizetype end = step; end < source.size(); end += step) grown.read(source.left(end));
    grown.read(source);
    GS_CHECK(grown.result().text() == whole.result().text());
    GS_CHECK(grown.result().blocks() == whole.result().blocks());
    ++test::acceptedInputs;
    return 0;
}
