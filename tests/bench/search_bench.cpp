#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/store/conversation_store.h"
#include "tests/support/large_library.h"

// What finding words costs in a large library: `search_bench FOLDER [CONVERSATIONS]`. Makes
// FOLDER/search.sqlite if it is absent (tests/support/large_library.h), then prints the median and
// the longest processor time of each query and of the list. Best on a disk in memory: how fast a
// disk syncs is not what is measured.

namespace gatescope {
namespace {

constexpr int kRounds = 15;

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
    test::CommonWords words;
    {
        ConversationStore store(file, ConversationStore::Mode::ReadWrite);
        if (!there) test::fillLibrary(store, words, conversations);
    }
    const ConversationStore store(file, ConversationStore::Mode::BesideWriter);
    const auto list = store.conversations();
    fmt::print("{} conversations, {} messages\n",
               list.size(),
               list.size() * test::kMessagesOfConversation);
    measure("the list", [&] { return store.conversations().size(); });
    // As the window does when it opens: what a connection reads once is read by nobody's search.
    const double begin = processorMs();
    (void)store.find("a", 1);
    fmt::print("once, when the window opens: {:.1f} ms\n", processorMs() - begin);
    for (const auto& [what, query] : test::searches(words))
        measure(fmt::format("{} ({})", what, query), [&] { return store.find(query).hits.size(); });
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
