#include "engine/import/import_conversations.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include "engine/import/read_conversations.h"

namespace gatescope {
namespace {

/// The same words said by the same side, below the same message. Ids of the library rise in the
/// order in which its messages were added, so the trees are compared place by place.
bool isSameTree(const std::vector<Message>& kept, const std::vector<Message>& imported) {
    if (kept.size() != imported.size()) return false;
    const auto placeOf = [&kept](MessageId id) {
        return std::ranges::lower_bound(kept, id, {}, &Message::id) - kept.begin() + 1;
    };
    for (std::size_t i = 0; i < kept.size(); ++i) {
        const MessageId parent = kept[i].parent == 0 ? 0 : placeOf(kept[i].parent);
        if (kept[i].role != imported[i].role || parent != imported[i].parent ||
            kept[i].text != imported[i].text)
            return false;
    }
    return true;
}

/// Said at the same times, as far as the file knows them.
bool isSameTime(const std::vector<Message>& kept, const std::vector<Message>& imported) {
    return std::ranges::equal(kept, imported, [](const Message& a, const Message& b) {
        return b.createdMs == 0 || a.createdMs == b.createdMs;
    });
}

/// A text as MessageOutline has it.
std::string_view openingOf(std::string_view text) {
    std::size_t end = std::min<std::size_t>(text.size(), 160);
    while (end > 0 && end < text.size() && (text[end] & '\xC0') == '\x80') --end;
    return text.substr(0, end);
}

/// How every message begins, in the order in which they were added.
std::string openingsOf(const std::vector<MessageOutline>& kept) {
    std::string openings;
    for (const MessageOutline& m : kept) openings += m.opening + '\0';
    return openings;
}
std::string openingsOf(const std::vector<Message>& imported) {
    std::string openings;
    for (const Message& m : imported) (openings += openingOf(m.text)) += '\0';
    return openings;
}

/// What the library holds, to be asked by what was said. A title may have been given since: then
/// the times tell the conversation from another of the same words. Of conversations as long as an
/// imported one the beginnings are read once, and all of what has the same beginnings.
class Shelf {
  public:
    explicit Shelf(const ConversationStore& library) : library_(library) {
        for (const ConversationSummary& kept : library.conversations()) {
            titles_[kept.id] = kept.title;
            unread_.emplace(static_cast<std::size_t>(kept.messageCount), kept.id);
        }
    }

    bool has(const ImportedConversation& imported) {
        const auto [begin, end] = unread_.equal_range(imported.messages.size());
        for (auto kept = begin; kept != end; ++kept)
            ids_.emplace(hashOf(openingsOf(library_.outline(kept->second))), kept->second);
        unread_.erase(begin, end);
        const auto [first, last] = ids_.equal_range(hashOf(openingsOf(imported.messages)));
        return std::any_of(
            first, last, [&](const auto& kept) { return isSame(kept.second, imported); });
    }

    void note(ConversationId id, const std::string& title, const std::string& openings) {
        titles_[id] = title;
        ids_.emplace(hashOf(openings), id);
    }

  private:
    bool isSame(ConversationId id, const ImportedConversation& imported) const {
        const auto kept = library_.messages(id);
        return isSameTree(kept, imported.messages) &&
               (titles_.at(id) == imported.summary.title || isSameTime(kept, imported.messages));
    }
    static std::size_t hashOf(const std::string& text) { return std::hash<std::string>{}(text); }

    const ConversationStore& library_;
    std::map<ConversationId, std::string> titles_;
    std::multimap<std::size_t, ConversationId> unread_;  ///< by messages
    std::multimap<std::size_t, ConversationId> ids_;     ///< by hash of their openings
};

ConversationId add(ConversationStore& library, ImportedConversation imported) {
    const ConversationId id = library.createConversation(imported.summary);
    std::vector<MessageId> ids{0};
    for (Message& message : imported.messages) {
        message.parent = ids[static_cast<std::size_t>(message.parent)];
        if (message.createdMs == 0) message.createdMs = imported.summary.updatedMs;
        ids.push_back(library.addMessage(id, message));
    }
    return id;
}

}  // namespace

std::vector<ImportedFile> readAll(const std::vector<std::filesystem::path>& files) {
    std::vector<ImportedFile> all;
    for (const auto& file : files) all.push_back(readConversations(file));
    return all;
}

ImportOutcome addToLibrary(ConversationStore& library, std::vector<ImportedFile> files) {
    ImportOutcome outcome;
    std::vector<ImportedConversation> all;
    for (ImportedFile& file : files) {
        for (const std::string& note : file.notes)
            outcome.notes.push_back(fmt::format("{}: {}", file.name, note));
        std::ranges::move(file.conversations, std::back_inserter(all));
    }
    // The list shows first what was added last.
    std::ranges::stable_sort(
        all, {}, [](const ImportedConversation& c) { return c.summary.updatedMs; });
    library.asOne([&] {
        Shelf shelf(library);
        for (ImportedConversation& conversation : all) {
            if (shelf.has(conversation)) {
                ++outcome.alreadyThere;
                continue;
            }
            outcome.messages += static_cast<int>(conversation.messages.size());
            const std::string openings = openingsOf(conversation.messages);
            const std::string title = conversation.summary.title;
            outcome.added.push_back(add(library, std::move(conversation)));
            shelf.note(outcome.added.back(), title, openings);
        }
    });
    return outcome;
}

std::string describe(const ImportOutcome& outcome) {
    const auto added = outcome.added.size();
    const int there = outcome.alreadyThere;
    std::string sentence = fmt::format("{} conversation{} with {} message{} imported",
                                       added,
                                       added == 1 ? "" : "s",
                                       outcome.messages,
                                       outcome.messages == 1 ? "" : "s");
    if (there > 0)
        sentence += fmt::format(", {} {} there already", there, there == 1 ? "is" : "are");
    if (!outcome.notes.empty()) sentence += fmt::format("; {}", fmt::join(outcome.notes, "; "));
    return sentence;
}

}  // namespace gatescope
