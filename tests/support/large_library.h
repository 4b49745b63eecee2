#pragma once

#include <random>
#include <string>
#include <vector>

#include "engine/store/conversation_store.h"

namespace gatescope::test {

/// Words made of letters, each as common as words of a language are (Zipf's law); the same ones
/// every time.
class CommonWords {
  public:
    CommonWords();
    /// 0: the commonest.
    const std::string& ranked(std::size_t rank) const { return words_[rank]; }
    std::string message();

  private:
    std::mt19937 random_{1};
    std::vector<std::string> words_;
    std::discrete_distribution<std::size_t> common_;
};

constexpr int kMessagesOfConversation = 40;

/// Conversations of so many messages, of 60 words each, some in folders, all with a tag.
void fillLibrary(ConversationStore& store, CommonWords& words, int conversations);

/// What the benchmarks of searching search for.
struct SearchedFor {
    const char* what;
    std::string query;
};
std::vector<SearchedFor> searches(const CommonWords& words);

}  // namespace gatescope::test
