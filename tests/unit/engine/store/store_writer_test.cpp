#include "engine/store/store_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "engine/error.h"
#include "tests/support/test_paths.h"

namespace gatescope {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class StoreWriterTest : public ::testing::Test {
  protected:
    std::filesystem::path file() const { return dir_.path() / "profile" / "library.db"; }

    void listen(StoreWriter& writer) {
        writer.setErrorHandler([this](const std::string& message) { errors_.push_back(message); });
    }

    static void addConversation(ConversationStore& store) {
        ConversationSummary c;
        c.title = "kept";
        store.createConversation(c);
    }

    test::ScratchDir dir_;
    std::vector<std::string> errors_;
};

TEST_F(StoreWriterTest, AnswersInOrderOnThePollingThread) {
    std::vector<int> answers;
    std::vector<std::thread::id> threads;
    StoreWriter writer(file());
    listen(writer);
    for (int i = 0; i < 20; ++i)
        writer.post([](ConversationStore& store) { addConversation(store); },
                    [&, i] {
                        answers.push_back(i);
                        threads.push_back(std::this_thread::get_id());
                    });
    writer.flush();
    ASSERT_EQ(answers.size(), 20U);
    EXPECT_TRUE(std::ranges::is_sorted(answers));
    EXPECT_THAT(threads, testing::Each(std::this_thread::get_id()));
    EXPECT_TRUE(errors_.empty());
    EXPECT_FALSE(writer.inMemory());
}

TEST_F(StoreWriterTest, FinishesAllJobsBeforeItIsGone) {
    {
        StoreWriter writer(file());
        for (int i = 0; i < 10; ++i) writer.post(addConversation);
    }
    EXPECT_EQ(ConversationStore(file(), ConversationStore::Mode::ReadOnly).conversations().size(),
              10U);
}

TEST_F(StoreWriterTest, ReadsWhatWasPostedBefore) {
    StoreWriter writer(file());
    listen(writer);
    std::size_t found = 0;
    bool answered = false;
    const auto count = [&](const ConversationStore& store) {
        found = store.conversations().size();
    };
    writer.read(count, [&] { answered = true; });
    while (!answered) writer.poll();
    ASSERT_EQ(found, 0U);  // from now on the reader is there, and quicker than the writer
    answered = false;
    writer.post([](ConversationStore& store) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        addConversation(store);
    });
    writer.read(count, [&] { answered = true; });
    while (!answered) writer.poll();
    EXPECT_EQ(found, 1U);
}

TEST_F(StoreWriterTest, HandsAFailedJobToTheErrorHandlerAndGoesOn) {
    std::vector<int> answers;
    StoreWriter writer(file());
    listen(writer);
    writer.post([](ConversationStore& store) { store.messages(99); },
                [&] { answers.push_back(1); });
    writer.post(addConversation, [&] { answers.push_back(2); });
    writer.flush();
    EXPECT_THAT(answers, ElementsAre(2));
    EXPECT_THAT(errors_, ElementsAre(HasSubstr("no conversation 99")));
}

TEST_F(StoreWriterTest, KeepsAChatInMemoryWhenTheLibraryIsForeign) {
    std::filesystem::create_directories(file().parent_path());
    std::ofstream(file()) << "my shopping list, not a library";
    StoreWriter writer(file());
    listen(writer);
    std::size_t found = 0;
    writer.post(addConversation);
    writer.post([&](ConversationStore& store) { found = store.search("kept").size(); });
    writer.flush();
    EXPECT_TRUE(writer.inMemory());
    EXPECT_EQ(found, 1U);
    ASSERT_EQ(errors_.size(), 1U);
    EXPECT_THAT(errors_[0], HasSubstr("library.db"));
    EXPECT_THAT(errors_[0], HasSubstr("memory only"));
    std::string content;
    std::getline(std::ifstream(file()), content);
    EXPECT_EQ(content, "my shopping list, not a library");
}

TEST_F(StoreWriterTest, AnAnswerMayPostTheNextJob) {
    StoreWriter writer(file());
    listen(writer);
    bool second = false;
    writer.post(addConversation,
                [&] { writer.post(addConversation, [&second] { second = true; }); });
    writer.flush();
    writer.flush();
    EXPECT_TRUE(second);
}

}  // namespace
}  // namespace gatescope
