#include "ui/chat/alternatives_text.h"

#include <QCoreApplication>
#include <cmath>

#include "ui/chat/visible_text.h"
#include "ui/language/number_text.h"

namespace gatescope {
namespace {

constexpr int kRows = 10;  // of a tool tip, which has two columns of them
static_assert(2 * kRows == TokenAlternatives::kMost);
constexpr int kLongestWord = 24;  // in characters; a vocabulary has words of a hundred

struct AlternativesText {
    Q_DECLARE_TR_FUNCTIONS(Alternatives)
};

/// How the conversation spells `token`; empty where it does not have it.
QString spelling(const ChatSession& session, TokenId token) {
    for (int i = session.traceSize() - 1; i >= 0; --i)
        if (session.traceToken(i).token == token && !session.traceToken(i).text.empty())
            return QString::fromStdString(session.traceToken(i).text);
    return {};
}

QString shortened(const QString& text) {
    return text.size() <= kLongestWord ? text : text.left(kLongestWord - 1) + QChar(0x2026);
}

/// Word and probability number `i`, as cells.
QString cells(const ChatSession& session, const TokenRecord& record, std::size_t i) {
    const TokenAlternatives& known = *record.alternatives;
    if (i >= known.tokens.size()) return QStringLiteral("<td></td><td></td>");
    const double p = std::exp(static_cast<double>(known.logProbs[i]));
    const QString word = shortened(wordText(session, known.tokens[i])).toHtmlEscaped();
    const bool came = known.tokens[i] == record.token;
    return QStringLiteral("<td align=right>%1&nbsp;</td><td>%2%3%4&nbsp;&nbsp;&nbsp;</td>")
        .arg(probabilityText(p),
             came ? QStringLiteral("<b>") : QString(),
             word,
             came ? QStringLiteral("</b>") : QString());
}

}  // namespace

QString wordText(const ChatSession& session, TokenId token) {
    const auto model = session.model();
    if (model && token == model->config.eosToken) return AlternativesText::tr("(end of text)");
    QString text = QString::fromStdString(session.tokenText(token));
    if (text.isEmpty() && session.isReplay()) text = spelling(session, token);
    if (text.isEmpty()) return AlternativesText::tr("id %1").arg(token);
    text = visibleLine(text);
    // Most words begin with a blank, and those that do not are other words.
    if (text.startsWith(QLatin1Char(' '))) text[0] = QChar(0x2423);
    return text;
}

QString probabilityText(double p) {
    return p >= 0.0005 || p == 0 ? numberText(p, 'f', 3) : numberText(p, 'g', 2);
}

QString alternativesLine(const ChatSession& session, int token) {
    if (token < 0 || token >= session.traceSize()) return {};
    const TokenRecord& record = session.traceToken(token);
    if (!record.generated || !record.alternatives) return {};
    const QString text =
        AlternativesText::tr("“%1”: probability %2, rank %3; entropy %4 bits")
            .arg(shortened(visibleLine(QString::fromStdString(record.text))),
                 probabilityText(std::exp(static_cast<double>(record.logProb))),
                 QString::number(record.alternatives->rank),
                 numberText(static_cast<double>(record.alternatives->entropy), 'f', 2));
    return record.chosen ? AlternativesText::tr("%1; put here by you").arg(text) : text;
}

QString alternativesToolTip(const ChatSession& session, int token) {
    const QString line = alternativesLine(session, token);
    if (line.isEmpty()) return {};
    const TokenRecord& record = session.traceToken(token);
    QString rows;
    for (std::size_t i = 0; i < kRows && i < record.alternatives->tokens.size(); ++i)
        rows += QStringLiteral("<tr>%1%2</tr>")
                    .arg(cells(session, record, i), cells(session, record, i + kRows));
    return QStringLiteral("<p style='white-space:pre'>%1</p><table>%2</table>")
        .arg(line.toHtmlEscaped(), rows);
}

}  // namespace gatescope
