#pragma once

#include <QString>
#include <vector>

#include "ui/chat/chat_view.h"
#include "ui/chat/token_view.h"
#include "ui/markdown/markdown_reader.h"

namespace gatescope {

/// Room above a line for experts' numbers, in the theme's steps.
inline constexpr int kNumberSteps = 2;

/// A message as the chat view holds it. Private to the view's files.
struct ChatView::Item {
    Role role = Role::User;
    bool streaming = false;
    Version version;
    QString source;     ///< the message's text without what surrounds it
    bool read = false;  ///< the layout holds what `source` says; until it is seen, it need not
    MarkdownReader reader;
    std::optional<TokenView> tokenView;  ///< what is shown instead, token by token
    MessageLayout layout;
    TokenSpans spans;  ///< in the message's text; `source` begins `lead` units later
    int lead = 0;
    std::vector<float> tints;  ///< [tokens] NaN: not computed yet, negative: has none
    QString footer;
    int top = 0;  ///< of the content; with `height` the row of actions included
    int height = 0;
    int bodyHeight = 0;     ///< text and bubble
    qreal textHeight = 0;   ///< laid out, or estimated
    int estimatedFor = -1;  ///< width of the estimate

    /// Of the text shown: empty for what is nothing but marks.
    MessageLayout::Range rangeOf(int token) const {
        if (tokenView) {
            if (token >= static_cast<int>(tokenView->ranges.size())) return {};
            const auto range = tokenView->ranges[static_cast<std::size_t>(token)];
            return {range.begin, range.end};
        }
        const auto span = spans[token];
        const auto size = static_cast<int>(source.size());
        const int begin = std::clamp(span.begin - lead, 0, size);
        const int end = std::clamp(span.end - lead, 0, size);
        if (begin == end) return {};
        const auto shown = layout.content().shown(begin, end);
        return {shown.begin, shown.end};
    }
    /// The token whose text holds a place in the text shown.
    std::optional<int> tokenAt(int shown) const {
        if (!tokenView) return spans.tokenAt(sourceAt(shown));
        const int token = tokenView->firstEndingAfter(shown);
        const bool here = token < static_cast<int>(tokenView->ranges.size()) &&
                          tokenView->ranges[static_cast<std::size_t>(token)].begin <= shown;
        return here ? std::optional(token) : std::nullopt;
    }
    /// The first token that ends behind a place in the text shown; their number if none does.
    int firstEndingAfter(int shown) const {
        return tokenView ? tokenView->firstEndingAfter(shown)
                         : spans.firstEndingAfter(sourceAt(shown));
    }
    /// The place in the message's text of a place in the text shown.
    int sourceAt(int shown) const { return layout.content().sourceAt(shown) + lead; }
};

}  // namespace gatescope
