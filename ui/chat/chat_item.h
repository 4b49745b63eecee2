#pragma once

#include <QString>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "ui/chat/chat_view.h"
#include "ui/chat/source_reader.h"
#include "ui/chat/token_view.h"
#include "ui/markdown/markdown_reader.h"

namespace gatescope {

/// Room above a line for experts' numbers, in the theme's steps.
inline constexpr int kNumberSteps = 2;

/// A message as the chat view holds it. Private to the view's files.
struct ChatView::Item {
    explicit Item(std::shared_ptr<const MeasuredStyle> style) : layout(std::move(style)) {}

    Role role = Role::User;
    bool streaming = false;
    Version version;
    SourceReader taken;
    QString source;          ///< what was taken of the message's text, without what surrounds it
    std::size_t bytes = 0;   ///< of the message's text
    std::size_t feeds = 0;   ///< line feeds among those that are shown
    std::size_t shown = 0;   ///< bytes that are shown at most: a long message is folded
    std::size_t wanted = 0;  ///< and will be, a part at a time
    bool blank = true;       ///< nothing of it is seen
    bool read = false;       ///< the layout holds what the message says; until seen, it need not
    MarkdownReader reader;   ///< of replies
    FormattedText plain;     ///< of what is shown as it is written
    std::optional<TokenView> tokenView;  ///< what is shown instead, token by token
    MessageLayout layout;
    int unchanged = 0;         ///< units of the text shown that are as ChatFind has seen them
    TokenSpans spans;          ///< in the message's text; `source` begins taken.lead() units later
    std::vector<float> tints;  ///< [tokens] NaN: not computed yet, negative: has none
    std::optional<QString> footer;  ///< empty until it is in sight
    int top = 0;                    ///< of the content; with `height` the row of actions included
    int height = 0;
    int bodyHeight = 0;     ///< text and bubble
    qreal textHeight = 0;   ///< laid out, or estimated
    int estimatedFor = -1;  ///< width of the estimate

    bool folded() const { return shown < bytes; }
    /// Tokens in front of what is folded away.
    int numShown() const {
        if (!folded()) return spans.size();
        if (tokenView) return static_cast<int>(tokenView->ranges.size());
        return spans.firstEndingAfter(taken.lead() + static_cast<int>(source.size()));
    }
    /// Of the text shown: empty for what is nothing but marks.
    MessageLayout::Range rangeOf(int token) const {
        if (tokenView) {
            if (token >= static_cast<int>(tokenView->ranges.size())) return {};
            const auto range = tokenView->ranges[static_cast<std::size_t>(token)];
            return {range.begin, range.end};
        }
        const auto span = spans[token];
        const auto size = static_cast<int>(source.size());
        const int begin = std::clamp(span.begin - taken.lead(), 0, size);
        const int end = std::clamp(span.end - taken.lead(), 0, size);
        if (begin == end) return {};
        const auto range = layout.content().shown(begin, end);
        return {range.begin, range.end};
    }
    /// The token whose text holds a place in the text shown.
    std::optional<int> tokenAt(int place) const {
        if (!tokenView) return spans.tokenAt(sourceAt(place));
        const int token = tokenView->firstEndingAfter(place);
        const bool here = token < static_cast<int>(tokenView->ranges.size()) &&
                          tokenView->ranges[static_cast<std::size_t>(token)].begin <= place;
        return here ? std::optional(token) : std::nullopt;
    }
    /// The first token that ends behind a place in the text shown; their number if none does.
    int firstEndingAfter(int place) const {
        return tokenView ? tokenView->firstEndingAfter(place)
                         : spans.firstEndingAfter(sourceAt(place));
    }
    /// The place in the message's text of a place in the text shown.
    int sourceAt(int place) const { return layout.content().sourceAt(place) + taken.lead(); }
};

}  // namespace gatescope
