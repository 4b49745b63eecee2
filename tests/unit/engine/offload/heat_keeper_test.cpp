// What is learnt while chatting, on real folders: the same as a recording teaches, on disk in time,
// and never at the cost of somebody else's file.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <thread>

#include "engine/offload/heat_file.h"
#include "engine/offload/heat_keeper.h"
#include "tests/support/test_paths.h"
#include "tests/unit/engine/offload/replay_samples.h"

namespace gatescope::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr const char* kPrint = "0123456789abcdef";
constexpr HeatKeeper::Intervals kSwift{.gather = 1ms, .afterReply = 5ms, .withinReply = 10min};
constexpr HeatKeeper::Intervals kNever{.gather = 1ms, .afterReply = 10min, .withinReply = 10min};

/// 2 layers of 4 experts, of each layer 1 selected.
RoutingRecordPtr token(int first, int second) {
    RoutingRecord record;
    record.numLayers = 2;
    record.numExperts = 4;
    record.numSelected = 1;
    record.selected = {first, second};
    return std::make_shared<const RoutingRecord>(std::move(record));
}

/// What `heat learn` makes of tokens [begin, end) of the test's sequence.
int expertOf(int index, int layer) {
    return (index * index + 3 * layer + index / 5) % 4;
}
Heat learnt(int tokens, double halfLife = kUsualHeatHalfLife) {
    RoutingReplay replay(2, 4);
    for (int i = 0; i < tokens; ++i) replay.append(*token(expertOf(i, 0), expertOf(i, 1)), true);
    Heat heat(newHeatOrigin(kPrint, "drawn", 2, 4, halfLife));
    heat.learn(replay);
    return heat;
}

bool waitUntil(const std::function<bool()>& condition) {
    for (int i = 0; i < 10000; ++i) {
        if (condition()) return true;
        std::this_thread::sleep_for(1ms);
    }
    return false;
}

class HeatKeeperTest : public ::testing::Test {
  protected:
    HeatKeeper& make(HeatKeeper::Intervals intervals = kSwift) {
        keeper_ = std::make_unique<HeatKeeper>(folder_, intervals);
        keeper_->open("drawn", 2, 4);
        return *keeper_;
    }
    void say(int begin, int end) {
        for (int i = begin; i < end; ++i) {
            keeper_->learn(token(expertOf(i, 0), expertOf(i, 1)));
            if (i % 3 == 0) keeper_->pump();
        }
    }
    bool knows(int tokens) {
        return waitUntil([&] {
            keeper_->pump();
            const auto known = keeper_->known();
            return known->heat && known->heat->tokens() == tokens;
        });
    }
    bool written(int tokens) {
        return waitUntil([&] { return fs::exists(file_) && readHeat(file_).tokens() == tokens; });
    }
    std::string toldProblem() {
        std::optional<std::string> problem;
        waitUntil([&] {
            problem = keeper_->takeProblem();
            return problem.has_value();
        });
        return problem.value_or("");
    }

    ScratchDir dir_;
    fs::path folder_ = dir_.path() / "heat";
    fs::path file_ = heatFile(folder_, kPrint);
    std::unique_ptr<HeatKeeper> keeper_;
};

TEST_F(HeatKeeperTest, LearnsWhatARecordingTeachesBitForBit) {
    make().identify(kPrint);
    say(0, 40);
    keeper_->replyEnded();
    ASSERT_TRUE(written(40));
    say(40, 101);
    keeper_.reset();  // writes what is not written
    EXPECT_EQ(readHeat(file_), learnt(101));
    make().identify(kPrint);
    say(101, 150);
    keeper_.reset();
    EXPECT_EQ(readHeat(file_), learnt(150));
}

TEST_F(HeatKeeperTest, KeepsTheHalfLifeOfTheFile) {
    writeHeat(file_, learnt(10, 7));
    make().identify(kPrint);
    say(10, 33);
    keeper_.reset();
    EXPECT_EQ(readHeat(file_), learnt(33, 7));
}

TEST_F(HeatKeeperTest, TokensWaitUntilItIsKnownWhoseTheyAre) {
    make(kNever);
    say(0, 20);
    EXPECT_FALSE(fs::exists(folder_));
    keeper_->identify(kPrint);
    say(20, 30);
    EXPECT_TRUE(knows(30));
    EXPECT_EQ(keeper_->known()->file, file_);
    keeper_->close();
    ASSERT_TRUE(written(30));
    EXPECT_EQ(readHeat(file_), learnt(30));
    EXPECT_TRUE(waitUntil([&] { return !keeper_->known()->heat; }));
}

TEST_F(HeatKeeperTest, KeepsNothingOfAModelWithoutFingerprint) {
    make();
    say(0, 5);
    keeper_->identify("");
    say(5, 9);
    keeper_.reset();
    EXPECT_FALSE(fs::exists(folder_));
}

TEST_F(HeatKeeperTest, LearnsNothingWhileItIsOff) {
    make().identify(kPrint);
    keeper_->setLearning(false);
    say(50, 90);
    keeper_->setLearning(true);
    say(0, 12);
    keeper_.reset();
    EXPECT_EQ(readHeat(file_), learnt(12));
}

TEST_F(HeatKeeperTest, WritesBehindAReplyAndNotBeforeItsTime) {
    make(kNever).identify(kPrint);
    say(0, 10);
    ASSERT_TRUE(knows(10));
    std::this_thread::sleep_for(30ms);
    EXPECT_FALSE(fs::exists(file_));
    keeper_.reset();
    EXPECT_EQ(readHeat(file_).tokens(), 10);
    make({.gather = 1ms, .afterReply = 10min, .withinReply = 5ms}).identify(kPrint);
    say(10, 15);  // a reply that does not end
    ASSERT_TRUE(knows(15));
    EXPECT_TRUE(written(15));
}

TEST_F(HeatKeeperTest, TwoOfOneProfileLoseNothingOfEachOther) {
    make().identify(kPrint);
    HeatKeeper other(folder_, kSwift);
    other.open("drawn", 2, 4);
    other.identify(kPrint);
    for (int round = 0; round < 20; ++round) {
        say(0, 5);
        keeper_->replyEnded();
        for (int i = 0; i < 3; ++i) other.learn(token(1, 2));
        other.replyEnded();
        std::this_thread::sleep_for(2ms);
    }
    keeper_->close();
    other.close();
    EXPECT_TRUE(written(20 * 8));
}

TEST_F(HeatKeeperTest, AFileThatIsNotItsOwnStaysAndTheChatLearnsOn) {
    fs::create_directories(folder_);
    Heat foreign(newHeatOrigin("fedcba9876543210", "foreign", 2, 4));
    for (const std::string& content : {std::string("{broken"), heatText(foreign)}) {
        std::ofstream(file_) << content;
        make().identify(kPrint);
        say(0, 25);
        keeper_->replyEnded();
        EXPECT_TRUE(knows(25));
        const std::string problem = toldProblem();
        EXPECT_NE(problem.find(file_.string()), std::string::npos) << problem;
        EXPECT_EQ(keeper_->known()->problem, problem);
        say(25, 30);
        keeper_->replyEnded();
        EXPECT_TRUE(knows(30));
        std::this_thread::sleep_for(20ms);
        EXPECT_FALSE(keeper_->takeProblem()) << "said once";
        std::ifstream in(file_);
        const std::string now{std::istreambuf_iterator<char>(in), {}};
        EXPECT_EQ(now, content);
        fs::remove(file_);  // somebody tidies up: what was learnt is kept after all
        keeper_->replyEnded();
        ASSERT_TRUE(written(30));
        EXPECT_EQ(readHeat(file_), learnt(30));
        EXPECT_TRUE(waitUntil([&] { return keeper_->known()->problem.empty(); }));
        keeper_.reset();
        fs::remove(file_);
    }
}

TEST_F(HeatKeeperTest, AFolderThatCannotBeMadeCostsOneSentence) {
    std::ofstream(folder_) << "in its place";
    make().identify(kPrint);
    say(0, 25);
    keeper_->replyEnded();
    EXPECT_NE(toldProblem().find(folder_.string()), std::string::npos);
    EXPECT_TRUE(knows(25));
}

TEST_F(HeatKeeperTest, ManyTokensThatNoDiskTakesAreKeptInFewBytes) {
    std::ofstream(folder_) << "in its place";
    make().identify(kPrint);
    constexpr int kMany = 50000;
    say(0, kMany);
    EXPECT_TRUE(knows(kMany));
    fs::remove(folder_);
    keeper_.reset();
    const Heat kept = readHeat(file_);
    const Heat expected = learnt(kMany);
    EXPECT_EQ(kept.tokens(), kMany);
    for (std::size_t i = 0; i < expected.counts().size(); ++i)
        EXPECT_NEAR(kept.counts()[i], expected.counts()[i], 1e-6) << i;
}

TEST_F(HeatKeeperTest, AResetForgetsAndCanBeTakenBack) {
    make(kNever).identify(kPrint);
    say(0, 30);
    ASSERT_TRUE(knows(30));  // so that 0 tokens are not those of the beginning
    keeper_->reset();
    EXPECT_TRUE(knows(0));
    EXPECT_FALSE(fs::exists(file_));
    EXPECT_TRUE(keeper_->known()->canRestore);
    say(30, 40);
    keeper_->restore();
    EXPECT_TRUE(knows(40));
    EXPECT_FALSE(keeper_->known()->canRestore);
    const Heat expected = learnt(40);
    const Heat kept = readHeat(file_);
    for (std::size_t i = 0; i < expected.counts().size(); ++i)
        EXPECT_NEAR(kept.counts()[i], expected.counts()[i], 1e-9) << i;
}

TEST_F(HeatKeeperTest, AResetRemovesADamagedFile) {
    fs::create_directories(folder_);
    std::ofstream(file_) << "{broken";
    make().identify(kPrint);
    EXPECT_NE(toldProblem(), "");
    keeper_->reset();
    EXPECT_TRUE(waitUntil([&] { return keeper_->known()->problem.empty(); }));
    EXPECT_FALSE(fs::exists(file_));
    EXPECT_FALSE(keeper_->known()->canRestore);
}

}  // namespace
}  // namespace gatescope::test
