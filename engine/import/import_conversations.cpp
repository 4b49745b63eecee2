#include "engine/import/import_conversations.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
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

/// What the library holds, to be asked by title and size.
class Shelf {
  public:
    explicit Shelf(const ConversationStore& library) : library_(library) {
        for (const ConversationSummary& kept : library.conversations())
            note(kept.title, static_cast<std::size_t>(kept.messageCount), kept.id);
    }

    bool has(const ImportedConversation& imported) const {
        const auto [first, last] =
            ids_.equal_range({imported.summary.title, imported.messages.size()});
        return std::any_of(first, last, [&](const auto& kept) {
            return isSameTree(library_.messages(kept.second), imported.messages);
        });
    }

    void note(const std::string& title, std::size_t messages, ConversationId id) {
        ids_.emplace(std::pair(title, messages), id);
    }

  private:
    const ConversationStore& library_;
    std::multimap<std::pair<std::string, std::size_t>, ConversationId> ids_;
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
            const std::string title = conversation.summary.title;
            const std::size_t messages = conversation.messages.size();
            outcome.added.push_back(add(library, std::move(conversation)));
            outcome.messages += static_cast<int>(messages);
            shelf.note(title, messages, outcome.added.back());
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
