#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/store/conversation_store.h"

namespace gatescope::test {

/// Text that froze text widgets for seconds to minutes, as a reply.
struct HostileText {
    const char* name;
    std::string text;
};

inline std::string repeated(const std::string& piece, std::size_t bytes) {
    std::string out;
    out.reserve(bytes + piece.size());
    while (out.size() < bytes) out += piece;
    return out;
}

/// From measurements with Qt 6.4's own text classes: the sizes that hurt them most.
inline std::vector<HostileText> hostileTexts() {
    std::string table = "| a | b |\n|---|---|\n";
    table += repeated("| 1 | 2 |\n", 100000);
    const std::string rlo = "\xE2\x80\xAE";
    const std::string mark = "\xCC\x81";
    return {
        {"ordinary Markdown",
         repeated("## Title\n\nSome **words** and `code` of a reply that goes "
                  "on.\n\n- one\n- two\n\n",
                  5000000)},
        {"a table of 10,000 rows", std::move(table)},
        {"lines of ](", repeated("](", 200000)},
        {"10,000 nested quotes", repeated("> ", 20000) + "deep"},
        {"nested lists",
         [] {
             std::string out;
             for (int depth = 0; depth < 200; ++depth)
                 out += std::string(static_cast<std::size_t>(depth) * 2, ' ') + "- item\n";
             return out;
         }()},
        {"overrides", repeated(rlo + "abc", 1500000)},
        {"one unbroken line", std::string(1000000, 'x')},
        {"one letter with marks", "e" + repeated(mark, 2000000)},
        {"words on one line", repeated("words ", 1000000)},
        {"line feeds", "begin" + std::string(300000, '\n') + "end"},
        {"a code block", "```cpp\n" + repeated("int best = argmax(gates);  // which\n", 1000000)},
        {"dollars", repeated("$a_{b_{c", 200000)},
    };
}

/// A library whose only conversation has `text` as its reply.
inline void writeHostile(const std::filesystem::path& library, const std::string& text) {
    ConversationStore store(library, ConversationStore::Mode::ReadWrite);
    ConversationSummary conversation;
    conversation.title = "Hostile";
    const ConversationId id = store.createConversation(conversation);
    Message question;
    question.text = "say something evil";
    Message reply;
    reply.role = Role::Assistant;
    reply.parent = store.addMessage(id, question);
    reply.text = text;
    store.addMessage(id, reply);
}

}  // namespace gatescope::test
