#include "ui/markdown/block_parser.h"

#include <md4c.h>

#include <QByteArray>
#include <QHash>
#include <algorithm>
#include <utility>

#include "ui/markdown/math_text.h"

namespace gatescope {
namespace {

// What md4c 0.4.8 needs for brackets and for tables grows with their square; what it calls back for
// is bounded, too. Text that people read stays far below.
constexpr qsizetype kMostBrackets = 1000;
constexpr int kMostNested = 24;
constexpr int kMostCalls = 20000;
constexpr int kMostRows = 200;

constexpr unsigned kDialect = MD_DIALECT_GITHUB | MD_FLAG_NOHTML | MD_FLAG_LATEXMATHSPANS;
/// Stands inside a formula for the second half of "\(", which becomes a dollar.
constexpr char kFiller = '\x7f';

bool asksForTooMuch(QStringView part) {
    if (part.count(QLatin1Char('[')) + part.count(QLatin1Char(']')) > kMostBrackets) return true;
    int nested = 0;
    for (const QChar c : part) {
        if (c == QLatin1Char('>'))
            ++nested;
        else if (c == QLatin1Char('\n'))
            nested = 0;
        if (nested > kMostNested) return true;
    }
    return false;
}

/// A definition of a link, "[1]: address", would be taken away: what the model wrote is shown.
void keepDefinitions(QByteArray& utf8) {
    for (qsizetype at = utf8.indexOf("]:"); at >= 0; at = utf8.indexOf("]:", at + 2))
        utf8[at + 1] = '.';
}

/// A dollar alone, which begins or ends a formula unless it is money.
bool isDollar(const QByteArray& utf8, qsizetype at) {
    const auto is = [&utf8](qsizetype i, char c) {
        return i >= 0 && i < utf8.size() && utf8[i] == c;
    };
    return is(at, '$') && !is(at - 1, '$') && !is(at + 1, '$') && !is(at - 1, '\\') &&
           !is(at - 1, kFiller) && !is(at + 1, kFiller);
}

bool isBlank(char c) {
    return c == ' ' || c == '\t' || c == '\n';
}

/// Where a formula ends that begins at `from`: at the next dollar; -1 where that cannot end one.
qsizetype formulaEnd(const QByteArray& utf8, qsizetype from) {
    const qsizetype end = utf8.indexOf('$', from + 1);
    if (end < 0 || end == from + 1 || !isDollar(utf8, end)) return -1;
    const bool digitBehind = end + 1 < utf8.size() && utf8[end + 1] >= '0' && utf8[end + 1] <= '9';
    const bool blankInside = isBlank(utf8[from + 1]) || isBlank(utf8[end - 1]);
    if (digitBehind || blankInside) return -1;
    return utf8.mid(from, end - from).contains("\n\n") ? -1 : end;
}

/// Pandoc's rule: a formula has no blank inside its dollars, no digit behind them and lies in one
/// paragraph; md4c would take "$5 and $6" for one.
void keepMoney(QByteArray& utf8) {
    for (qsizetype i = 0; i < utf8.size(); ++i) {
        if (!isDollar(utf8, i)) continue;
        if (const qsizetype end = formulaEnd(utf8, i); end >= 0)
            i = end;
        else
            utf8[i] = 'S';  // what is shown is taken from the source
    }
}

/// The source as md4c reads it: \( \) and \[ \] are dollars, every byte is in its place.
QByteArray asRead(QByteArray utf8) {
    keepDefinitions(utf8);
    for (qsizetype i = 0; i + 1 < utf8.size(); ++i) {
        if (utf8[i] != '\\') continue;
        const char next = utf8[i + 1];
        if (next == '(' || next == ')') {
            utf8[i] = next == '(' ? '$' : kFiller;
            utf8[i + 1] = next == '(' ? kFiller : '$';
        } else if (next == '[' || next == ']') {
            utf8[i] = utf8[i + 1] = '$';
        }
        ++i;  // "\\(" is a backslash and a bracket
    }
    keepMoney(utf8);
    return utf8;
}

/// The character that a reference stands for; the reference itself where it is not known.
QString entityText(const QString& reference) {
    static const QHash<QString, QString> kNames{
        {QStringLiteral("&amp;"), QStringLiteral("&")},
        {QStringLiteral("&lt;"), QStringLiteral("<")},
        {QStringLiteral("&gt;"), QStringLiteral(">")},
        {QStringLiteral("&quot;"), QStringLiteral("\"")},
        {QStringLiteral("&apos;"), QStringLiteral("'")},
        {QStringLiteral("&nbsp;"), QString(QChar(QChar::Nbsp))},
        {QStringLiteral("&ndash;"), QString(QChar(0x2013))},
        {QStringLiteral("&mdash;"), QString(QChar(0x2014))},
        {QStringLiteral("&hellip;"), QString(QChar(0x2026))},
        {QStringLiteral("&times;"), QString(QChar(0x00d7))},
    };
    return kNames.value(reference, reference);  // a number may be a control: shown as written
}

QString attributeText(const MD_ATTRIBUTE& attribute) {
    return QString::fromUtf8(attribute.text, static_cast<qsizetype>(attribute.size));
}

class Parser {
  public:
    Parser(QStringView part, int at)
        : part_(part), at_(at), bytes_(asRead(part.toUtf8())), unitOf_(unitsOf(bytes_)) {}

    std::optional<std::vector<TextBlock>> parse() {
        MD_PARSER parser{};
        parser.flags = kDialect;
        parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* self) {
            return static_cast<Parser*>(self)->enter(type, detail);
        };
        parser.leave_block = [](MD_BLOCKTYPE type, void* /*detail*/, void* self) {
            return static_cast<Parser*>(self)->leave(type);
        };
        parser.enter_span = [](MD_SPANTYPE type, void* detail, void* self) {
            return static_cast<Parser*>(self)->enter(type, detail);
        };
        parser.leave_span = [](MD_SPANTYPE type, void* /*detail*/, void* self) {
            return static_cast<Parser*>(self)->leave(type);
        };
        parser.text = [](MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size, void* self) {
            return static_cast<Parser*>(self)->text(type, text, size);
        };
        const auto size = static_cast<MD_SIZE>(bytes_.size());
        if (md_parse(bytes_.constData(), size, &parser, this) != 0) return std::nullopt;
        return std::move(blocks_);
    }

  private:
    struct List {
        bool ordered = false;
        bool tight = false;
        unsigned next = 1;
        bool first = true;  ///< nothing of it was shown yet
    };

    struct Span {
        MD_SPANTYPE type = MD_SPAN_EM;
        QString target;
    };

    /// For each byte, and the end, the UTF-16 unit that it belongs to.
    static std::vector<int> unitsOf(const QByteArray& utf8) {
        std::vector<int> units(static_cast<std::size_t>(utf8.size()) + 1);
        int unit = 0;
        int next = 0;
        for (qsizetype i = 0; i < utf8.size(); ++i) {
            const auto byte = static_cast<unsigned char>(utf8[i]);
            if ((byte & 0xC0U) !=
                0x80U) {  // begins a character; those of four bytes have two units
                unit = next;
                next += byte >= 0xF0U ? 2 : 1;
            }
            units[static_cast<std::size_t>(i)] = unit;
        }
        units.back() = next;
        return units;
    }

    bool tooMuch() { return ++calls_ > kMostCalls || nested_ > kMostNested; }

    // ------------------------------------------------------------ blocks

    int enter(MD_BLOCKTYPE type, void* detail) {
        if (tooMuch()) return 1;
        switch (type) {
            case MD_BLOCK_QUOTE:
                close();
                ++quotes_;
                ++nested_;
                break;
            case MD_BLOCK_UL:
                close();
                lists_.push_back(
                    {.tight = static_cast<MD_BLOCK_UL_DETAIL*>(detail)->is_tight != 0});
                ++nested_;
                break;
            case MD_BLOCK_OL: {
                close();
                const auto& list = *static_cast<MD_BLOCK_OL_DETAIL*>(detail);
                lists_.push_back(
                    {.ordered = true, .tight = list.is_tight != 0, .next = list.start});
                ++nested_;
                break;
            }
            case MD_BLOCK_LI:
                close();
                marker_ = markerOf(*static_cast<MD_BLOCK_LI_DETAIL*>(detail));
                break;
            case MD_BLOCK_H:
                open(BlockKind::Heading).level =
                    static_cast<int>(static_cast<MD_BLOCK_H_DETAIL*>(detail)->level);
                break;
            case MD_BLOCK_CODE:
                open(BlockKind::Code).language =
                    attributeText(static_cast<MD_BLOCK_CODE_DETAIL*>(detail)->lang);
                break;
            case MD_BLOCK_HR:
                open(BlockKind::Rule);
                break;
            case MD_BLOCK_TABLE:
                if (static_cast<MD_BLOCK_TABLE_DETAIL*>(detail)->body_row_count > kMostRows)
                    return 1;
                break;
            case MD_BLOCK_THEAD:
                head_ = true;
                break;
            case MD_BLOCK_TR: {
                TextBlock& row = open(BlockKind::TableRow);
                row.head = head_;
                row.tight = row.tight || !head_;
                break;
            }
            case MD_BLOCK_TH:
            case MD_BLOCK_TD:
                beginCell(static_cast<MD_BLOCK_TD_DETAIL*>(detail)->align);
                break;
            case MD_BLOCK_P:
                open(BlockKind::Paragraph);
                break;
            default:
                break;
        }
        return 0;
    }

    int leave(MD_BLOCKTYPE type) {
        switch (type) {
            case MD_BLOCK_QUOTE:
                close();
                --quotes_;
                --nested_;
                break;
            case MD_BLOCK_UL:
            case MD_BLOCK_OL:
                close();
                lists_.pop_back();
                --nested_;
                break;
            case MD_BLOCK_LI:
                if (!marker_.isEmpty()) open(BlockKind::Paragraph);  // an item without a word
                close();
                break;
            case MD_BLOCK_THEAD:
                head_ = false;
                break;
            case MD_BLOCK_TH:
            case MD_BLOCK_TD:
                block_->cells.back().end = static_cast<int>(block_->text.size());
                break;
            case MD_BLOCK_DOC:
            case MD_BLOCK_P:
            case MD_BLOCK_H:
            case MD_BLOCK_CODE:
            case MD_BLOCK_HR:
            case MD_BLOCK_TR:
                close();
                break;
            default:
                break;
        }
        return 0;
    }

    QString markerOf(const MD_BLOCK_LI_DETAIL& item) {
        static const QString kBullets = QString::fromUtf8("•◦▪");
        List& list = lists_.back();
        if (item.is_task != 0)
            return item.task_mark == ' ' ? QString::fromUtf8("☐ ") : QString::fromUtf8("☑ ");
        if (list.ordered) return QStringLiteral("%1. ").arg(list.next++);
        const auto depth = static_cast<qsizetype>(lists_.size());
        return kBullets[std::min(depth, kBullets.size()) - 1] + QStringLiteral(" ");
    }

    TextBlock& open(BlockKind kind) {
        close();
        block_.emplace();
        block_->kind = kind;
        block_->quotes = quotes_;
        block_->lists = static_cast<int>(lists_.size());
        if (!lists_.empty()) {
            const bool begins = lists_.size() == 1 && lists_.front().first;
            block_->tight = lists_.back().tight && !begins && kind == BlockKind::Paragraph;
            for (List& list : lists_) list.first = false;
        }
        if (!marker_.isEmpty()) {
            block_->text = std::exchange(marker_, {});
            block_->marker = static_cast<int>(block_->text.size());
        }
        return *block_;
    }

    void close() {
        if (!block_) return;
        spans_.clear();  // none goes on into the next
        displayEnded_ = false;
        // A fence's last line feed is not a line.
        if (block_->kind == BlockKind::Code && block_->text.endsWith(QLatin1Char('\n'))) {
            block_->text.chop(1);
            if (!block_->pieces.empty() && block_->pieces.back().shownLength > 0)
                --block_->pieces.back().shownLength, --block_->pieces.back().sourceLength;
        }
        blocks_.push_back(std::move(*block_));
        block_.reset();
    }

    void beginCell(MD_ALIGN align) {
        if (!block_->cells.empty()) block_->text += QLatin1Char('\t');
        const auto begin = static_cast<int>(block_->text.size());
        const Qt::Alignment alignment = align == MD_ALIGN_RIGHT    ? Qt::AlignRight
                                        : align == MD_ALIGN_CENTER ? Qt::AlignHCenter
                                                                   : Qt::AlignLeft;
        block_->cells.push_back({begin, begin, alignment});
    }

    // ------------------------------------------------------------ spans

    static unsigned styleOf(MD_SPANTYPE type) {
        switch (type) {
            case MD_SPAN_EM:
                return kEmphasis;
            case MD_SPAN_STRONG:
                return kStrong;
            case MD_SPAN_CODE:
                return kCode;
            case MD_SPAN_DEL:
                return kDeleted;
            case MD_SPAN_A:
            case MD_SPAN_IMG:
                return kLink;
            case MD_SPAN_LATEXMATH:
            case MD_SPAN_LATEXMATH_DISPLAY:
                return kMath;
            default:
                return 0;
        }
    }

    int enter(MD_SPANTYPE type, void* detail) {
        if (tooMuch()) return 1;
        QString target;
        if (type == MD_SPAN_A) target = attributeText(static_cast<MD_SPAN_A_DETAIL*>(detail)->href);
        if (type == MD_SPAN_IMG)
            target = attributeText(static_cast<MD_SPAN_IMG_DETAIL*>(detail)->src);
        if (type == MD_SPAN_LATEXMATH_DISPLAY) beginDisplay();
        spans_.push_back({type, target});
        return 0;
    }

    int leave(MD_SPANTYPE type) {
        if (styleOf(type) == kMath) endFormula();
        // md4c 0.4.8 leaves spans that it has not entered; found by tests/fuzz/markdown_fuzz.cpp.
        const auto entered = std::ranges::find(spans_.rbegin(), spans_.rend(), type, &Span::type);
        if (entered != spans_.rend()) spans_.erase(std::next(entered).base());
        return 0;
    }

    int text(MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size) {
        if (tooMuch()) return 1;
        if (!block_) open(BlockKind::Paragraph);  // an item of a tight list has no paragraph
        const char* const begin = bytes_.constData();
        const bool inside = text >= begin && text + size <= begin + bytes_.size();
        if (!inside && type == MD_TEXT_LATEXMATH) {
            formula_ += QLatin1Char(' ');
            return 0;
        }
        if (!inside) {  // a line feed or an indentation that md4c writes itself
            append(type == MD_TEXT_NULLCHAR ? QString(QChar(QChar::ReplacementCharacter))
                                            : QString::fromUtf8(text, static_cast<qsizetype>(size)),
                   std::nullopt);
            return 0;
        }
        const auto from = static_cast<std::size_t>(text - begin);
        const std::pair<int, int> source{unitOf_[from], unitOf_[from + size]};
        // Not what md4c has read: formulas' brackets are dollars there.
        const QString written = part_.mid(source.first, source.second - source.first).toString();
        if (type == MD_TEXT_LATEXMATH) {
            if (formula_.isEmpty()) formulaAt_.first = source.first;
            formulaAt_.second = source.second;
            formula_ += QString::fromUtf8(text, static_cast<qsizetype>(size));
        } else if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR) {
            append(QStringLiteral("\n"), std::nullopt);
        } else if (type == MD_TEXT_ENTITY) {
            append(entityText(written), source);
        } else {
            append(written, source);
        }
        return 0;
    }

    void endFormula() {
        if (formula_.isEmpty()) return;
        formula_.remove(QLatin1Char(kFiller));
        append(mathText(formula_), formulaAt_);
        formula_.clear();
        displayEnded_ = block_->centred;
    }

    /// A formula that begins a line becomes a block of its own, unless the line goes on behind it.
    void beginDisplay() {
        TextBlock& block = *block_;
        const bool begins = block.text.size() == block.marker;
        const bool beginsLine = begins || block.text.endsWith(QLatin1Char('\n'));
        if (block.kind != BlockKind::Paragraph || !beginsLine || !spans_.empty()) return;
        if (!begins) {
            block.text.chop(1);
            open(BlockKind::Paragraph);
        }
        block_->centred = true;
    }

    void append(const QString& shown, std::optional<std::pair<int, int>> source) {
        if (std::exchange(displayEnded_, false)) {
            if (shown == QLatin1String("\n")) {
                open(BlockKind::Paragraph);
                return;
            }
            block_->centred = false;
        }
        TextBlock& block = *block_;
        const auto begin = static_cast<int>(block.text.size());
        const auto length = static_cast<int>(shown.size());
        if (source) {
            if (begin == block.marker && block.marker > 0 && block.pieces.empty())
                mapMarker(source->first);
            const SourcePiece piece{
                begin, length, at_ + source->first, source->second - source->first};
            if (!joins(block, piece)) block.pieces.push_back(piece);
        }
        block.text += shown;
        unsigned styles = 0;
        QString target;
        for (const Span& span : spans_) {
            styles |= styleOf(span.type);
            if (styleOf(span.type) == kLink) target = span.target;
        }
        if (styles == 0 || length == 0) return;
        if (!block.runs.empty() && block.runs.back().end == begin &&
            block.runs.back().styles == styles && block.runs.back().target == target)
            block.runs.back().end += length;
        else
            block.runs.push_back({begin, begin + length, styles, target});
    }

    /// Makes the last piece longer where this one goes on with it, unit for unit.
    static bool joins(TextBlock& block, const SourcePiece& piece) {
        if (block.pieces.empty() || piece.shownLength != piece.sourceLength) return false;
        if (block.marker > 0 && block.pieces.size() == 1) return false;  // a bullet is no hyphen
        SourcePiece& last = block.pieces.back();
        if (last.shownLength != last.sourceLength ||
            last.source + last.sourceLength != piece.source ||
            last.shown + last.shownLength != piece.shown)
            return false;
        last.shownLength += piece.shownLength;
        last.sourceLength += piece.sourceLength;
        return true;
    }

    /// A bullet stands for the mark in front of the item's first word.
    void mapMarker(int firstWord) {
        int begin = firstWord;
        while (begin > 0 && part_[begin - 1] == QLatin1Char(' ')) --begin;
        while (begin > 0 && !part_[begin - 1].isSpace()) --begin;
        block_->pieces.push_back({0, block_->marker, at_ + begin, firstWord - begin});
    }

    QStringView part_;
    int at_ = 0;
    QByteArray bytes_;
    std::vector<int> unitOf_;
    std::vector<TextBlock> blocks_;
    std::optional<TextBlock> block_;
    std::vector<List> lists_;
    std::vector<Span> spans_;
    QString marker_;
    QString formula_;
    bool displayEnded_ = false;  ///< what comes next shows whether it stood alone
    std::pair<int, int> formulaAt_;
    int quotes_ = 0;
    int nested_ = 0;
    int calls_ = 0;
    bool head_ = false;
};

}  // namespace

std::optional<std::vector<TextBlock>> parseBlocks(QStringView part, int at) {
    if (asksForTooMuch(part)) return std::nullopt;
    return Parser(part, at).parse();
}

}  // namespace gatescope
