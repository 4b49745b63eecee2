#include "ui/chat/token_view.h"

#include <algorithm>

#include "ui/chat/visible_text.h"

namespace gatescope {
namespace {

const QChar kBlank(0x2423);      // ␣
const QChar kNoText(0x2205);     // ∅, a token without text: a control token, or a part of a sign
const QChar kLowered0(0x2080);   // ₀
const QChar kThinSpace(0x2009);  // where lines may break
const QChar kJoiner(0x2060);     // and where they may not

QString loweredNumber(TokenId id) {
    QString out = QString::number(id);
    for (QChar& c : out)
        if (c.isDigit()) c = QChar(kLowered0.unicode() + c.digitValue());
    return out;
}

/// A control token by its name, which no text of the model's can be taken for.
QString inMarks(const QString& name) {
    return name.isEmpty() ? name : QChar(0x2039) + name + QChar(0x203A);
}

}  // namespace

void TokenView::update(const Message& message, std::size_t most, const NameOf& nameOf) {
    const std::size_t end = std::min(message.tokens.size(), most);
    for (std::size_t i = ranges.size(); i < end; ++i) {
        const TokenRecord& token = message.tokens[i];
        QString piece = visibleText(QString::fromStdString(token.text));
        const bool endsLine = piece.endsWith(QLatin1Char('\n'));
        if (piece.isEmpty()) piece = inMarks(nameOf(token.token));
        piece = visibleLine(piece);
        piece.replace(QLatin1Char(' '), kBlank);
        const auto begin = static_cast<int>(text.size());
        text += piece.isEmpty() ? QString(kNoText) : piece;
        text += kJoiner + loweredNumber(token.token);
        ranges.push_back({begin, static_cast<int>(text.size())});
        text += endsLine ? QChar(QLatin1Char('\n')) : kThinSpace;
    }
}

void TokenView::truncate(std::size_t count) {
    if (count >= ranges.size()) return;
    ranges.resize(count);
    text.truncate(count == 0 ? 0 : ranges.back().end + 1);
}

int TokenView::firstEndingAfter(int offset) const {
    const auto found = std::ranges::partition_point(
        ranges, [offset](const Range& range) { return range.end <= offset; });
    return static_cast<int>(found - ranges.begin());
}

}  // namespace gatescope
