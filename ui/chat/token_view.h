#pragma once

#include <QString>
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
    QString text;
    std::vector<Range> ranges;  ///< [tokens] where each is in the text; in order

    static TokenView of(const Message& message);
    /// The first token that ends behind `offset`; ranges.size() if there is none.
    int firstEndingAfter(int offset) const;
};

}  // namespace gatescope
