#pragma once

#include <QString>
#include <vector>

#include "ui/chat/chat_view.h"

namespace gatescope {

/// Room above a line for experts' numbers, in the theme's steps.
inline constexpr int kNumberSteps = 2;

/// A message as the chat view holds it. Private to the view's files.
struct ChatView::Item {
    Role role = Role::User;
    bool streaming = false;
    Version version;
    MessageLayout layout;
    TokenSpans spans;  ///< in the message's text; the text shown begins `lead` units later
    int lead = 0;
    std::vector<float> tints;  ///< [tokens] NaN: not computed yet, negative: has none
    QString footer;
    int top = 0;  ///< of the content; with `height` the row of actions included
    int height = 0;
    int bodyHeight = 0;     ///< text and bubble
    qreal textHeight = 0;   ///< laid out, or estimated
    int estimatedFor = -1;  ///< width of the estimate

    MessageLayout::Range rangeOf(int token) const {
        const auto span = spans[token];
        const auto size = static_cast<int>(layout.text().size());
        return {std::clamp(span.begin - lead, 0, size), std::clamp(span.end - lead, 0, size)};
    }
};

}  // namespace gatescope
