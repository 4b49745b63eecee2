#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/store/conversation_store.h"

// What finding words costs in a large library: `search_bench FOLDER [CONVERSATIONS]`. Makes
// FOLDER/search.sqlite if it is absent, of 40 messages a conversation whose words are as common as
// words are (Zipf's law), then prints the median and the longest processor time of each query
// and of the list.
// Best on a disk in memory: how fast a disk syncs is not what is measured.

namespace gatescope {
namespace {

constexpr int kMessages = 40;
constexpr int kWordsInMessage = 60;
constexpr int kVocabulary = 30'000;
constexpr int kRounds = 15;

class Words {
  public:
    Words() {
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
    const std::string& ranked(std::size_t rank) const { return words_[rank]; }
    std::string message() {
        std::string text;
        for (int i = 0; i < kWordsInMessage; ++i) text += words_[common_(random_)] + ' ';
        return text;
    }

  private:
    std::mt19937 random_{1};
    std::vector<std::string> words_;
    std::discrete_distribution<std::size_t> common_;
};

void fill(ConversationStore& store, Words& words, int conversations) {
    for (int c = 0; c < conversations; ++c) {
        ConversationSummary summary;
        summary.title = words.message().substr(0, 40);
        summary.folder = c % 3 == 0 ? fmt::format("Folder {}", c % 40) : "";
        summary.tags = {fmt::format("tag {}", c % 7)};
        store.asOne([&] {
            const auto id = store.createConversation(summary);
            Message message;
            for (int m = 0; m < kMessages; ++m) {
                message.role = m % 2 == 0 ? Role::User : Role::Assistant;
                message.text = words.message();
                message.parent = store.addMessage(id, message);
            }
        });
    }
}

/// Of this thread: the machine may be busy.
double processorMs() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

void measure(const std::string& what, const std::function<std::size_t()>& work) {
    std::vector<double> times;
    std::size_t found = 0;
    for (int round = 0; round < kRounds; ++round) {
        const double begin = processorMs();
        found = work();
        times.push_back(processorMs() - begin);
    }
    const double first = times.front();
    std::ranges::sort(times);
    fmt::print("{:<44} {:>6} found  {:6.1f} ms  longest {:6.1f}  first {:6.1f}\n",
               what,
               found,
               times[times.size() / 2],
               times.back(),
               first);
}

int run(const std::filesystem::path& folder, int conversations) {
    const auto file = folder / "search.sqlite";
    const bool there = std::filesystem::exists(file);
    Words words;
    {
        ConversationStore store(file, ConversationStore::Mode::ReadWrite);
        if (!there) fill(store, words, conversations);
    }
    const ConversationStore store(file, ConversationStore::Mode::BesideWriter);
    const auto list = store.conversations();
    fmt::print("{} conversations, {} messages\n", list.size(), list.size() * kMessages);
    measure("the list", [&] { return store.conversations().size(); });
    const auto find = [&](const char* what, const std::string& query) {
        measure(fmt::format("{} ({})", what, query), [&] { return store.find(query).hits.size(); });
    };
    // As the window does when it opens: what a connection reads once is read by nobody's search.
    const double begin = processorMs();
    (void)store.find("a", 1);
    fmt::print("once, when the window opens: {:.1f} ms\n", processorMs() - begin);
    find("the commonest word", words.ranked(0));
    find("its first letter", words.ranked(0).substr(0, 1));
    find("its first two letters", words.ranked(0).substr(0, 2));
    find("a common word", words.ranked(50));
    find("a rare word", words.ranked(2000));
    find("a word and the commonest", words.ranked(300) + ' ' + words.ranked(0));
    find("a very rare word and the commonest", words.ranked(25'000) + ' ' + words.ranked(0));
    find("two common words", words.ranked(20) + ' ' + words.ranked(50));
    find("the two commonest", words.ranked(0) + ' ' + words.ranked(1));
    find("what is not there", "zzzzqqqq");
    return 0;
}

}  // namespace
}  // namespace gatescope

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "search_bench FOLDER [CONVERSATIONS]\n");
        return 2;
    }
    try {
        return gatescope::run(argv[1], argc > 2 ? std::stoi(argv[2]) : 5000);
    } catch (const std::exception& error) {  // a border: the end of the program
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
