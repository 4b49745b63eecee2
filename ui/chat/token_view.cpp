#include "ui/chat/token_view.h"

#include <algorithm>

#include "ui/chat/visible_text.h"

namespace gatescope {
namespace {

const QChar kBlank(0x2423);      // ␣
const QChar kNothing(0x2205);    // ∅, a token without text: a control token, or a part of a sign
const QChar kLowered0(0x2080);   // ₀
const QChar kThinSpace(0x2009);  // where lines may break

QString loweredNumber(TokenId id) {
    QString out = QString::number(id);
    for (QChar& c : out)
        if (c.isDigit()) c = QChar(kLowered0.unicode() + c.digitValue());
    return out;
}

}  // namespace

TokenView TokenView::of(const Message& message) {
    TokenView view;
    view.ranges.reserve(message.tokens.size());
    for (const TokenRecord& token : message.tokens) {
        QString piece = visibleText(QString::fromStdString(token.text));
        const bool endsLine = piece.endsWith(QLatin1Char('\n'));
        piece = visibleLine(piece);
        piece.replace(QLatin1Char(' '), kBlank);
        const auto begin = static_cast<int>(view.text.size());
        view.text += piece.isEmpty() ? QString(kNothing) : piece;
        view.text += loweredNumber(token.token);
        view.ranges.push_back({begin, static_cast<int>(view.text.size())});
        view.text += endsLine ? QChar(QLatin1Char('\n')) : kThinSpace;
    }
    return view;
}

int TokenView::firstEndingAfter(int offset) const {
    const auto found = std::ranges::partition_point(
        ranges, [offset](const Range& range) { return range.end <= offset; });
    return static_cast<int>(found - ranges.begin());
}

}  // namespace gatescope
