#include "engine/decoder/cpu/node_placement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <set>
#include <span>
#include <thread>
#include <utility>

#include "engine/decoder/cpu/cpu_decoder.h"
#include "engine/decoder/cpu/linear.h"
#include "engine/decoder/cpu/moe_layer.h"
#include "engine/decoder/cpu/panel_layout.h"
#include "engine/decoder/cpu/worker_pool.h"
#include "engine/model/open_model.h"
#include "tests/support/test_paths.h"
#include "tests/unit/engine/decoder/test_decoder.h"

namespace gatescope::test {
namespace {

using cpu::CpuNode;
using cpu::CpuTopology;
using cpu::NodeRange;
using testing::ElementsAre;
using testing::IsEmpty;

/// A tree like /sys/devices/system/node.
class FakeNodes {
  public:
    void add(const std::string& name, const std::string& cpulist) {
        std::filesystem::create_directories(dir_.path() / name);
        std::ofstream(dir_.path() / name / "cpulist") << cpulist << '\n';
    }
    CpuTopology read(const std::vector<int>& allowed) const {
        return cpu::readTopology(dir_.path(), allowed);
    }

  private:
    ScratchDir dir_;
};

std::vector<int> upTo(int count) {
    std::vector<int> cpus;
    for (int cpu = 0; cpu < count; ++cpu) cpus.push_back(cpu);
    return cpus;
}

CpuTopology nodesOf(const std::vector<int>& cores) {
    CpuTopology topology;
    int next = 0;
    for (const int count : cores) {
        topology.nodes.push_back({.id = static_cast<int>(topology.nodes.size()), .cpus = {}});
        for (int i = 0; i < count; ++i) topology.nodes.back().cpus.push_back(next++);
    }
    return topology;
}

TEST(CpuTopologyTest, ReadsTheNodesOfTwoSockets) {
    FakeNodes fake;
    fake.add("node1", "2-3,6-7");
    fake.add("node0", "0-1,4-5");
    fake.add("node10", "8");
    fake.add("power", "0-8");  // the real directory holds more than nodes
    fake.add("nodex", "0-8");
    const CpuTopology topology = fake.read(upTo(9));
    ASSERT_EQ(topology.nodes.size(), 3U);
    EXPECT_EQ(topology.nodes[0].id, 0);
    EXPECT_THAT(topology.nodes[0].cpus, ElementsAre(0, 1, 4, 5));
    EXPECT_EQ(topology.nodes[1].id, 1);
    EXPECT_THAT(topology.nodes[1].cpus, ElementsAre(2, 3, 6, 7));
    EXPECT_EQ(topology.nodes[2].id, 10);  // by number, not by name
    EXPECT_EQ(topology.numCpus(), 9);
}

TEST(CpuTopologyTest, LeavesOutWhatThisProcessMayNotUse) {
    FakeNodes fake;
    fake.add("node0", "0-3");
    fake.add("node1", "4-7");
    fake.add("node2", "");  // memory alone
    const CpuTopology topology = fake.read({1, 2});
    ASSERT_EQ(topology.nodes.size(), 1U);
    EXPECT_THAT(topology.nodes[0].cpus, ElementsAre(1, 2));
}

TEST(CpuTopologyTest, TakesAllForOneNodeWhereNothingCanBeRead) {
    FakeNodes none;
    EXPECT_THAT(none.read({0, 5}).nodes.at(0).cpus, ElementsAre(0, 5));
    FakeNodes odd;
    odd.add("node0", "all of them,3-x,-,99999999999999999999");
    EXPECT_THAT(odd.read({0, 5}).nodes.at(0).cpus, ElementsAre(0, 5));
    EXPECT_THAT(cpu::readTopology("/does/not/exist", {7}).nodes.at(0).cpus, ElementsAre(7));
}

TEST(CpuTopologyTest, KnowsTheCoresOfThisMachine) {
    const CpuTopology here = cpu::readTopology();
    std::vector<int> cpus;
    for (const CpuNode& node : here.nodes)
        cpus.insert(cpus.end(), node.cpus.begin(), node.cpus.end());
    std::ranges::sort(cpus);
    EXPECT_EQ(cpus, cpu::allowedCpus());
}

TEST(CpuTopologyTest, SpreadsWorkersOverNodesByTheirCores) {
    EXPECT_THAT(cpu::nodesOfWorkers(nodesOf({4, 4}), 8), ElementsAre(0, 0, 0, 0, 1, 1, 1, 1));
    EXPECT_THAT(cpu::nodesOfWorkers(nodesOf({4, 4}), 2), ElementsAre(0, 1));
    EXPECT_THAT(cpu::nodesOfWorkers(nodesOf({6, 2}), 4), ElementsAre(0, 0, 0, 1));
    EXPECT_THAT(cpu::nodesOfWorkers(nodesOf({1, 1, 1, 1}), 4), ElementsAre(0, 1, 2, 3));
    EXPECT_THAT(cpu::nodesOfWorkers(nodesOf({2, 2}), 6), ElementsAre(0, 0, 0, 1, 1, 1));
    EXPECT_THAT(cpu::nodesOfWorkers(nodesOf({3}), 2), ElementsAre(0, 0));
    EXPECT_THAT(cpu::nodesOfWorkers({}, 2), ElementsAre(0, 0));
    EXPECT_THAT(cpu::nodesOfWorkers(nodesOf({64, 64}), 1024), testing::SizeIs(1024));
}

TEST(CpuTopologyTest, KeepsAThreadOnItsNode) {
    const int last = cpu::allowedCpus().back();
    std::jthread([&] {
        ASSERT_TRUE(cpu::runOnNode({.id = 0, .cpus = {last}}));
        EXPECT_EQ(sched_getcpu(), last);
        EXPECT_THAT(cpu::allowedCpus(), ElementsAre(last));
    }).join();
    EXPECT_FALSE(cpu::runOnNode({.id = 0, .cpus = {CPU_SETSIZE - 1}}));
}

/// One layer of 256 wide matrices.
std::shared_ptr<ModelWeights> smallWeights(const std::string& dtype) {
    return openModel("synthetic:grok-1-tiny,layers=1,dtype=" + dtype)->load({}, {});
}

const NodeRange* rangeOf(const std::vector<NodeRange>& ranges, const std::byte* at) {
    const auto found = std::ranges::find_if(ranges, [&](const NodeRange& range) {
        return at >= range.begin && at < range.begin + range.bytes;
    });
    return found == ranges.end() ? nullptr : &*found;
}

/// The nodes of a list of tiles, as a round deals them out.
std::vector<int> nodesOfTiles(int numTiles, const std::vector<int>& nodeOfThread) {
    const int threads = static_cast<int>(nodeOfThread.size());
    std::vector<int> nodes;
    for (int thread = 0; thread < threads; ++thread) {
        const auto part = shareOf(thread, threads, numTiles, 1);
        nodes.insert(nodes.end(),
                     static_cast<std::size_t>(part.end - part.begin),
                     nodeOfThread[static_cast<std::size_t>(thread)]);
    }
    return nodes;
}

/// By every output of some matrices: it lies on the node whose thread computes it.
TEST(NodePlacementTest, PutsEveryOutputWhereItsThreadRuns) {
    const auto weights = smallWeights("bf16");
    const LayerWeights& layer = weights->layers[0];
    for (const auto& cores : {std::vector<int>{1, 1}, {2, 1}, {1, 1, 1, 1}})
        for (const int threads : {2, 3, 7}) {
            const std::vector<int> nodes = cpu::nodesOfWorkers(nodesOf(cores), threads);
            const auto ranges = cpu::nodeRanges(*weights, nodes);
            // One list of tiles for query, key and value, one each for the others.
            for (const auto& round : {std::vector{&layer.query, &layer.key, &layer.value},
                                      {&layer.expertUp},
                                      {&layer.expertDown},
                                      {&weights->output}}) {
                int numTiles = 0;
                for (const MatrixView* view : round) numTiles += numTilesOf(view->numOut, cpu::kColumnTile);
                const std::vector<int> nodeOfTile = nodesOfTiles(numTiles, nodes);
                std::size_t tile = 0;
                for (const MatrixView* view : round) {
                    const std::size_t perOutput =
                        view->matrixBytes() / static_cast<unsigned>(view->numOut);
                    for (int out = 0; out < view->numOut; ++out) {
                        if (out > 0 && out % cpu::kColumnTile == 0) ++tile;
                        for (const int expert : {0, view->numMatrices - 1}) {
                            // In panels an output's bytes begin at its part of the matrix.
                            const auto* range = rangeOf(
                                ranges,
                                view->matrix(expert) + perOutput * static_cast<unsigned>(out));
                            ASSERT_NE(range, nullptr);
                            ASSERT_EQ(range->node, nodeOfTile[tile]) << out;
                        }
                    }
                    ++tile;
                }
                ASSERT_EQ(tile, nodeOfTile.size());
            }
        }
}

/// A node's threads read its columns of whatever experts there are; at a border between two nodes
/// one tile may be the other's.
TEST(NodePlacementTest, LetsThreadsReadTheColumnsOfTheirNode) {
    constexpr int kTilesPerExpert = 16;
    const std::vector<int> nodes{0, 0, 1, 1};
    const std::vector<int> nodeOfColumns = nodesOfTiles(kTilesPerExpert, nodes);
    for (const int numExperts : {1, 2, 5, 8}) {
        const std::vector<int> nodeOfTile = nodesOfTiles(numExperts * kTilesPerExpert, nodes);
        for (int tile = 0; tile < numExperts * kTilesPerExpert; ++tile) {
            const auto t = cpu::expertTile(tile, numExperts, kTilesPerExpert, true);
            EXPECT_EQ(nodeOfTile[static_cast<std::size_t>(tile)],
                      nodeOfColumns[static_cast<std::size_t>(t.columns)]);
        }
    }
}

TEST(NodePlacementTest, EveryColumnOfEveryExpertIsOneTile) {
    for (const bool byColumns : {false, true}) {
        std::set<std::pair<int, int>> seen;
        for (int tile = 0; tile < 3 * 5; ++tile) {
            const auto t = cpu::expertTile(tile, 3, 5, byColumns);
            EXPECT_TRUE(t.expert >= 0 && t.expert < 3 && t.columns >= 0 && t.columns < 5);
            seen.insert({t.expert, t.columns});
        }
        EXPECT_EQ(seen.size(), 15U);
    }
}

TEST(NodePlacementTest, CoversEveryMatrixOnce) {
    const auto weights = smallWeights("bf16");
    const auto ranges = cpu::nodeRanges(*weights, std::vector<int>{0, 0, 1, 1});
    std::uint64_t bytes = 0;
    for (const NodeRange& range : ranges) bytes += range.bytes;
    std::uint64_t expected = weights->output.weightBytes();
    const LayerWeights& layer = weights->layers[0];
    for (const MatrixView* view : {&layer.query,
                                   &layer.key,
                                   &layer.value,
                                   &layer.attentionOutput,
                                   &layer.expertGate,
                                   &layer.expertUp,
                                   &layer.expertDown})
        expected += view->weightBytes();
    EXPECT_EQ(bytes, expected);
    std::vector<NodeRange> sorted = ranges;
    std::ranges::sort(sorted, {}, &NodeRange::begin);
    for (std::size_t i = 1; i < sorted.size(); ++i)
        EXPECT_LE(sorted[i - 1].begin + sorted[i - 1].bytes, sorted[i].begin);
}

TEST(NodePlacementTest, StopsWhenAsked) {
    std::stop_source stop;
    stop.request_stop();
    CpuTopology wrong = nodesOf({1});
    wrong.nodes[0].id = 1000;  // would be refused
    AlignedBuffer memory(std::size_t{1} << 20U);
    EXPECT_EQ(
        cpu::moveToNodes(
            std::vector<NodeRange>{{memory.data(), memory.size(), 0}}, wrong, stop.get_token()),
        0U);
}

TEST(NodePlacementTest, DoesNothingOnASingleNode) {
    const auto weights = smallWeights("i8");
    EXPECT_THAT(cpu::nodeRanges(*weights, cpu::nodesOfWorkers(nodesOf({8}), 8)), IsEmpty());
    EXPECT_THAT(cpu::nodeRanges(*weights, cpu::nodesOfWorkers(nodesOf({4, 4}), 1)), IsEmpty());
}

/// Two nodes of a core each, of those this process may use; one core of both where it has only one.
CpuTopology twoNodesHere() {
    const auto cpus = cpu::allowedCpus();
    return {.nodes = {{.id = 0, .cpus = {cpus.front()}}, {.id = 1, .cpus = {cpus.back()}}}};
}

/// Where each thread of a pool may run, by thread; waits until all have done something.
std::vector<std::vector<int>> coresOfThreads(WorkerPool& pool) {
    std::vector<std::vector<int>> cores(static_cast<std::size_t>(pool.size()));
    const auto missing = [&] {
        return std::ranges::any_of(cores, [](const auto& some) { return some.empty(); });
    };
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (missing() && std::chrono::steady_clock::now() < deadline)
        pool.run(4 * pool.size(), [&](int /*tile*/, int thread) {
            cores[static_cast<std::size_t>(thread)] = cpu::allowedCpus();
        });
    return cores;
}

TEST(WorkerPoolNodesTest, KeepsThreadsOnTheirNodes) {
    const CpuTopology topology = twoNodesHere();
    const auto before = cpu::allowedCpus();
    WorkerPool pool(4, topology);
    EXPECT_EQ(pool.numNodes(), 2);
    EXPECT_THAT(pool.nodeOfThread(), ElementsAre(0, 0, 1, 1));
    const auto first = topology.nodes[0].cpus;
    const auto second = topology.nodes[1].cpus;
    {
        const auto stay = pool.ownerOnNode();
        EXPECT_THAT(coresOfThreads(pool), ElementsAre(first, first, second, second));
    }
    EXPECT_EQ(cpu::allowedCpus(), before);  // the owner has other things to do
}

TEST(WorkerPoolNodesTest, LeavesThreadsAloneOnOneNode) {
    const auto anywhere = cpu::allowedCpus();
    for (const CpuTopology& topology :
         {CpuTopology{}, CpuTopology{.nodes = {{.id = 0, .cpus = {anywhere.front()}}}}}) {
        WorkerPool pool(2, topology);
        const auto stay = pool.ownerOnNode();
        EXPECT_EQ(pool.numNodes(), 1);
        EXPECT_THAT(coresOfThreads(pool), ElementsAre(anywhere, anywhere));
    }
    // A single thread is no reason to give up the other node's cores.
    WorkerPool one(1, twoNodesHere());
    const auto stay = one.ownerOnNode();
    EXPECT_EQ(one.numNodes(), 1);
    EXPECT_EQ(cpu::allowedCpus(), anywhere);
}

/// Prompt and single tokens, weights placed as far as this machine lets it.
TEST(WorkerPoolNodesTest, NodesChangeNoNumber) {
    const auto outputOf = [](const CpuTopology& topology) {
        const auto weights = smallWeights("bf16");
        WorkerPool pool(3, topology);
        EXPECT_TRUE(cpu::layOutInPanels(*weights, pool, {}));
        CpuDecoder decoder(weights, 3, Precision::F32, DType::F32, topology);
        EXPECT_EQ(decoder.device().find("on 2 nodes") != std::string::npos,
                  topology.nodes.size() == 2);
        const auto tokens = someTokens(weights->config, 20);
        StepOutput out = runAll(decoder, tokens, {});
        const auto cache = decoder.makeCache(20);
        StepOutput single;
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            EXPECT_EQ(decoder.forward(
                          {.tokens = std::span(tokens).subspan(i, 1)}, *cache, {}, single, {}),
                      StepStatus::Done);
            out.logits.insert(out.logits.end(), single.logits.begin(), single.logits.end());
        }
        return out;
    };
    const StepOutput one = outputOf({});
    const StepOutput two = outputOf(twoNodesHere());
    EXPECT_EQ(one.logits, two.logits);
    EXPECT_EQ(one.routerProbs, two.routerProbs);
}

/// On this machine's own first node, as there may be no other: the bytes stay what they are.
TEST(NodePlacementTest, MovesPagesAndChangesNoByte) {
    const CpuTopology here = cpu::readTopology();
    AlignedBuffer memory(std::size_t{5} << 20U);
    for (std::size_t i = 0; i < memory.size(); ++i) memory.data()[i] = static_cast<std::byte>(i);
    const std::size_t part = (std::size_t{2} << 20U) + 12345;  // not at a page
    const std::vector<NodeRange> ranges{
        {.begin = memory.data(), .bytes = part, .node = 0},
        {.begin = memory.data() + part, .bytes = memory.size() - part, .node = 0}};
    const std::uint64_t refused = cpu::moveToNodes(ranges, here);
    EXPECT_THAT(refused, testing::AnyOf(0U, memory.size()));  // all where nothing may be placed
    for (std::size_t i = 0; i < memory.size(); ++i)
        ASSERT_EQ(memory.data()[i], static_cast<std::byte>(i));
    // A node that does not exist is refused, not obeyed.
    CpuTopology wrong = here;
    wrong.nodes[0].id = 1000;
    EXPECT_EQ(cpu::moveToNodes(ranges, wrong), memory.size());
    // Less than a page is left alone.
    EXPECT_EQ(
        cpu::moveToNodes(std::vector<NodeRange>{{.begin = memory.data() + 1, .bytes = 100}}, wrong),
        0U);
}

}  // namespace
}  // namespace gatescope::test
