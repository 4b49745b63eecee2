#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "app/cli/bench_speeds.h"
#include "app/cli/machine.h"
#include "app/cli/page_cache.h"
#include "engine/model/open_model.h"
#include "tests/support/test_paths.h"
#include "tests/unit/app/program.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using test::Outcome;
using test::runCli;
using test::tinyA;
using testing::HasSubstr;

// What `gatescope-cli bench` prints.

TEST(BenchTest, MeasuresEverythingTheContractNames) {
    const auto json =
        runCli(
            {"bench", "synthetic:grok-1-tiny,layers=2", "-p", "16", "-n", "8", "-t", "1", "--json"})
            .json();
    for (const char* key : {"load_s",
                            "prefill_tok_s",
                            "decode_tok_s",
                            "weight_bytes_per_token",
                            "read_gb_s",
                            "bandwidth_gb_s",
                            "peak_rss_bytes",
                            "kv_bytes",
                            "peak_rss_without_kv_bytes"})
        EXPECT_GT(json[key].get<double>(), 0) << key;
    EXPECT_EQ(json["threads"], 1);
    EXPECT_EQ(json["decoder"], "cpu");
    EXPECT_FALSE(json["device"].get<std::string>().empty());
    EXPECT_EQ(json["cpu_model"], cli::cpuModel());
    EXPECT_EQ(json["synthetic"], true);
    EXPECT_EQ(json["file_bytes"], 0);
    EXPECT_EQ(json["kv_type"], "f32");
    const double readGbPerS =
        json["weight_bytes_per_token"].get<double>() * json["decode_tok_s"].get<double>() / 1e9;
    EXPECT_NEAR(json["read_gb_s"].get<double>(), readGbPerS, 1e-6);
    EXPECT_NEAR(json["read_percent"].get<double>(),
                100 * readGbPerS / json["bandwidth_gb_s"].get<double>(),
                1e-6);
    EXPECT_EQ(json["peak_rss_without_kv_bytes"].get<std::uint64_t>(),
              json["peak_rss_bytes"].get<std::uint64_t>() - json["kv_bytes"].get<std::uint64_t>());
}

TEST(BenchTest, ComparesTokensWithAndWithoutRoutingUnlessItIsNotKept) {
    const std::string model = "synthetic:grok-1-tiny,layers=2";
    const auto kept = runCli({"bench", model, "-p", "4", "-n", "12", "--json"}).json();
    EXPECT_EQ(kept["capture"], true);
    EXPECT_EQ(kept["capture_cost"]["pairs"], 6);
    EXPECT_LE(kept["capture_cost"]["interval_95"][0], kept["capture_cost"]["percent"]);
    EXPECT_GE(kept["capture_cost"]["interval_95"][1], kept["capture_cost"]["percent"]);
    const auto off =
        runCli({"bench", model, "-p", "4", "-n", "12", "--no-capture", "--json"}).json();
    EXPECT_EQ(off["capture"], false);
    EXPECT_TRUE(off["capture_cost"].is_null());
    const Outcome text = runCli({"bench", model, "-p", "4", "-n", "2", "--no-capture"});
    EXPECT_EQ(text.status, 0);
    EXPECT_EQ(text.out.substr(0, 9), "SYNTHETIC");
    EXPECT_THAT(text.out, HasSubstr("capture   off"));
    EXPECT_THAT(text.out, HasSubstr(cli::cpuModel()));
}

TEST(BenchTest, HasNoTimeToFirstTokenForWeightsThatAreNotRead) {
    const auto json =
        runCli({"bench", "synthetic:grok-1-tiny,layers=2", "-p", "1", "-n", "1", "--json"}).json();
    for (const char* start : {"cold", "warm"}) {
        EXPECT_TRUE(json["first_token"][start]["seconds"].is_null()) << start;
        EXPECT_THAT(json["first_token"][start]["not_measured"].get<std::string>(),
                    HasSubstr("made, not read"));
    }
}

TEST(BenchTest, StartsColdOnlyWhereTheFilesCanLeaveThePageCache) {
    const auto both = runCli({"bench", tinyA(), "-p", "1", "-n", "1", "--json"}).json();
    EXPECT_GT(both["file_bytes"], 0);
    EXPECT_GT(both["first_token"]["warm"]["seconds"].get<double>(), 0);
    const auto& cold = both["first_token"]["cold"];
    if (cold["seconds"].is_null())
        EXPECT_THAT(cold["not_measured"].get<std::string>(), HasSubstr("page cache"));
    else
        EXPECT_GT(cold["seconds"].get<double>(), 0);
    const auto warm =
        runCli({"bench", tinyA(), "-p", "1", "-n", "1", "--start", "warm", "--json"}).json();
    EXPECT_EQ(warm["first_token"]["cold"]["not_measured"], "not asked for");
}

// The parts it measures with.

TEST(CaptureCostTest, IsTheMedianOfTheRatios) {
    const auto cost = cli::captureCost({1.01, 2.04, 90}, {1, 2, 30});
    EXPECT_EQ(cost.pairs, 3);
    EXPECT_NEAR(cost.percent, 2, 1e-9);
    EXPECT_FALSE(cost.interval);  // three pairs say nothing about their median
    EXPECT_NEAR(cli::captureCost({1.01, 1.03}, {1, 1}).percent, 2, 1e-9);
}

TEST(CaptureCostTest, SaysWhereTheMedianMayLie) {
    std::vector<double> with;
    for (int i = 1; i <= 100; ++i) with.push_back(1 + i / 100.0);
    const auto cost = cli::captureCost(with, std::vector<double>(100, 1));
    ASSERT_TRUE(cost.interval);
    // Ranks 40 and 61 of 100: the table of the sign test.
    EXPECT_NEAR(cost.interval->low, 40, 1e-9);
    EXPECT_NEAR(cost.interval->high, 61, 1e-9);
}

/// Runs `work` with this process and its children on one core, and gives that core back.
template <class Work>
void onOneCore(const Work& work) {
    cpu_set_t before;
    ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
    cpu_set_t one;
    CPU_ZERO(&one);
    int first = 0;
    while (!CPU_ISSET(first, &before)) ++first;
    CPU_SET(first, &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
    work();
    ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
}

double cpuSeconds() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void spin(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) {
    }
}

TEST(CompetingLoadTest, SeesAnotherProcess) {
    onOneCore([] {
        const cli::CompetingLoad load;
        const pid_t other = fork();
        if (other == 0) {
            spin(std::chrono::minutes(1));
            _exit(0);
        }
        spin(std::chrono::milliseconds(1000));
        kill(other, SIGKILL);
        waitpid(other, nullptr, 0);
        ASSERT_TRUE(load.share());
        EXPECT_GT(*load.share(), 0.2);  // half the core, were nothing else there
    });
}

TEST(CompetingLoadTest, DoesNotCountWhatThisProcessUses) {
    onOneCore([] {
        const cli::CompetingLoad load;
        const double before = cpuSeconds();
        spin(std::chrono::milliseconds(1000));
        const double own = cpuSeconds() - before;  // less than the second on a busy machine
        ASSERT_TRUE(load.share());
        EXPECT_LT(*load.share(), 1 - own + 0.1);
    });
}

TEST(CompetingLoadTest, SaysNothingAboutMomentsTooShortToCount) {
    EXPECT_FALSE(cli::CompetingLoad().share());
}

TEST(PageCacheTest, KnowsTheFilesOfAModel) {
    const auto files = cli::modelFiles(*openModel(tinyA()), tinyA());
    EXPECT_THAT(files, testing::Contains(fs::path(tinyA()) / "ckpt-0/tensor00007_000"));
    EXPECT_THAT(files, testing::Contains(fs::path(tinyA()) / "tokenizer.model"));
    const std::string gguf = std::string(GATESCOPE_SOURCE_DIR) + "/tests/data/gguf/package-split-";
    EXPECT_THAT(
        cli::modelFiles(*openModel(gguf + "00001-of-00003.gguf"), gguf + "00001-of-00003.gguf"),
        testing::ElementsAre(gguf + "00001-of-00003.gguf",
                             gguf + "00002-of-00003.gguf",
                             gguf + "00003-of-00003.gguf"));
    EXPECT_THAT(cli::modelFiles(*openModel("synthetic:grok-1"), "synthetic:grok-1"),
                testing::IsEmpty());
}

/// A file system that has no disk behind it.
bool isInMemory(const fs::path& folder) {
    constexpr long kTmpfs = 0x01021994;
    struct statfs found {};
    return statfs(folder.c_str(), &found) == 0 && static_cast<long>(found.f_type) == kTmpfs;
}

TEST(PageCacheTest, SeesWhatItReadsAndWhatItForgets) {
    test::ScratchDir dir;
    const fs::path file = dir.path() / "file";
    std::ofstream(file) << std::string(std::size_t{3} << 20U, 'x') << "and no whole page";
    EXPECT_EQ(cli::totalBytes({file}), (std::size_t{3} << 20U) + 17);
    cli::dropFromPageCache({file});
    const auto forgotten = cli::cachedShare({file});
    ASSERT_TRUE(forgotten);
    EXPECT_EQ(*forgotten, isInMemory(dir.path()) ? 1 : 0);
    ASSERT_TRUE(cli::readIntoPageCache({file}, {}));
    EXPECT_EQ(*cli::cachedShare({file}), 1);
    EXPECT_FALSE(cli::cachedShare({dir.path() / "missing"}));
}

}  // namespace
}  // namespace gatescope
