#pragma once

#include <QString>
#include <functional>
#include <vector>

#include "engine/store/conversation.h"

namespace gatescope {

/// A message token by token, as the model has it: each with the text it stands for, blanks and
/// line feeds visible, and its id, the template's own tokens and control tokens included.
struct TokenView {
    struct Range {
        int begin = 0;
        int end = 0;
    };
    /// What the model's vocabulary calls a token; empty: not known.
    using NameOf = std::function<QString(TokenId token)>;

    QString text;
    std::vector<Range> ranges;  ///< [tokens] where each is in the text; in order

    /// Adds the tokens behind those that are there, up to `most` in all.
    void update(const Message& message, std::size_t most, const NameOf& nameOf);
    /// Keeps the first `count`.
    void truncate(std::size_t count);
    /// The first token that ends behind `offset`; ranges.size() if there is none.
    int firstEndingAfter(int offset) const;
};

}  // namespace gatescope
