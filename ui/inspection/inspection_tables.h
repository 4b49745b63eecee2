#pragma once

#include <QString>
#include <functional>
#include <optional>

#include "engine/chat/chat_session.h"
#include "engine/inspection/token_inspection.h"
#include "ui/inspection/bar_table.h"

namespace gatescope {

// What was found inside a token, as tables for people. Pure functions; rows come in the order in
// which they are read best.

struct InspectionTable {
    BarColumns columns;
    QList<BarRow> rows;
};

/// A word of the vocabulary as one line that can be shown.
using WordText = std::function<QString(TokenId token)>;

/// The words that may come next. Keys: which of TokenInspection::words.
InspectionTable wordsTable(const TokenInspection& found, const WordText& text);

/// What each layer would say, the last first. Keys: layers.
InspectionTable lensTable(const TokenInspection& found, const WordText& text);

/// What a contribution is measured against.
enum class Against {
    Nothing,      ///< the logit itself
    AverageWord,  ///< the mean over the vocabulary: what moves the word's chance
    OtherWord,    ///< another word's logit: what decided between the two
};
/// Who added how much to a word's logit, the largest first. Keys: which of TokenInspection::parts.
/// `other` is read with OtherWord.
InspectionTable contributionsTable(const TokenInspection& found,
                                   std::size_t word,
                                   Against against,
                                   std::size_t other);
/// The sum of its third column, which is what the parts have to add up to.
double contributionSum(const TokenInspection& found,
                       std::size_t word,
                       Against against,
                       std::size_t other);

/// Where the head looked, the strongest first: at most `most` tokens. Keys: indices into the trace.
InspectionTable attentionTable(const TokenInspection& found, const ChatSession& session, int most);

/// "0.412", and very small ones as such.
QString probabilityText(const WordChance& word);

/// "layer 17 expert 3".
QString partTitle(const ResidualPart& part);

}  // namespace gatescope
