#include "tests/support/large_library.h"

#include <fmt/format.h>

namespace gatescope::test {

namespace {

constexpr int kWordsOfMessage = 60;
constexpr int kVocabulary = 30'000;

}  // namespace

CommonWords::CommonWords() {
    std::vector<double> weights;
    for (int i = 0; i < kVocabulary; ++i) {
        std::string word;
        for (unsigned n = 2 + random_() % 8; n > 0; --n)
            word += static_cast<char>('a' + random_() % 26);
        words_.push_back(word);
        weights.push_back(1 / (i + 2.7));
    }
    common_ = std::discrete_distribution<std::size_t>(weights.begin(), weights.end());
}

std::string CommonWords::message() {
    std::string text;
    for (int i = 0; i < kWordsOfMessage; ++i) text += words_[common_(random_)] + ' ';
    return text;
}

void fillLibrary(ConversationStore& store, CommonWords& words, int conversations) {
    for (int c = 0; c < conversations; ++c) {
        ConversationSummary summary;
        summary.title = words.message().substr(0, 40);
        summary.folder = c % 3 == 0 ? fmt::format("Folder {}", c % 40) : "";
        summary.tags = {fmt::format("tag {}", c % 7)};
        store.asOne([&] {
            const auto id = store.createConversation(summary);
            Message message;
            for (int m = 0; m < kMessagesOfConversation; ++m) {
                message.role = m % 2 == 0 ? Role::User : Role::Assistant;
                message.text = words.message();
                message.parent = store.addMessage(id, message);
            }
        });
    }
}

std::vector<SearchedFor> searches(const CommonWords& words) {
    return {{"the commonest word", words.ranked(0)},
            {"its first letter", words.ranked(0).substr(0, 1)},
            {"its first two letters", words.ranked(0).substr(0, 2)},
            {"a common word", words.ranked(50)},
            {"a rare word", words.ranked(2000)},
            {"a word and the commonest", words.ranked(300) + ' ' + words.ranked(0)},
            {"a very rare word and the commonest", words.ranked(25'000) + ' ' + words.ranked(0)},
            {"two common words", words.ranked(20) + ' ' + words.ranked(50)},
            {"the two commonest", words.ranked(0) + ' ' + words.ranked(1)},
            {"what is not there", "zzzzqqqq"}};
}

}  // namespace gatescope::test
