#pragma once

#include <QTest>
#include <algorithm>
#include <memory>
#include <vector>

#include "engine/store/conversation_store.h"
#include "tests/ui/synthetic_records.h"
#include "tests/ui/window_fixture.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/chat_view.h"
#include "ui/chat/filter_bar.h"
#include "ui/chat/tint_bar.h"
#include "ui/routing/token_filter.h"

namespace gatescope::test {

inline constexpr const char* kTalkedReply =
    " The self is not itself a word that a router knows, but the river and the rain are words, "
    "and so the self goes its own way through the layers of the model.";

/// A window in which the model has said `kTalkedReply` to "Who are you?".
struct TalkedWindow : WindowFixture {
    TalkedWindow() {
        setReplies({kTalkedReply});
        openWithModel();
        talked = say(QStringLiteral("Who are you yourself?"));
        const QString last = QString::fromUtf8(kTalkedReply).trimmed();
        talked = talked && waitFor([&] { return view().messageText(1) == last; });
    }
    ChatView& view() { return window().chat().view(); }
    TintBar& tint() { return window().chat().tintBar(); }
    FilterBar& filterBar() { return window().chat().filterBar(); }
    TokenFilter& filter() { return window().tokenFilter(); }
    const TokenRecord& token(int index) { return session().traceToken(index); }

    /// Tokens that can be seen.
    std::vector<int> seen() {
        std::vector<int> tokens;
        for (int t = 0; t < session().traceSize(); ++t)
            if (view().tokenRect(t).width() > 5) tokens.push_back(t);
        return tokens;
    }
    void hover(int index) { QTest::mouseMove(view().viewport(), view().tokenRect(index).center()); }
    QColor pixel(QPoint at) { return view().viewport()->grab().toImage().pixelColor(at); }

    bool talked = false;
};

/// Opens a conversation of 64 layers: a question of 20 tokens, and its answer.
inline void openLongRecording(WindowFixture& f, int tokens, int experts = 8) {
    const char* const words[]{" the", " rain", " in", " a", " city", " self"};
    Message question;
    Message answer;
    answer.role = Role::Assistant;
    for (int t = 0; t < tokens; ++t) {
        TokenRecord token;
        token.text = words[t * 7 % 6];
        token.generated = t >= 20;
        token.routing =
            std::make_shared<RoutingRecord>(makeRecord(64, experts, 2, static_cast<unsigned>(t)));
        Message& message = t < 20 ? question : answer;
        message.text += token.text;
        message.tokens.push_back(token);
    }
    const auto file = f.profile() / "long.gscope";
    auto store = ConversationStore::inMemory();
    ConversationSummary conversation;
    conversation.title = "long";
    const auto id = store.createConversation(conversation);
    answer.parent = store.addMessage(id, question);
    store.addMessage(id, answer);
    store.saveRecording(id, file);
    f.window().openRecording(QString::fromStdString(file.string()));
}

}  // namespace gatescope::test
