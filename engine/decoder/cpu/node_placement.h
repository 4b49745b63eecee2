#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

#include "engine/decoder/cpu/cpu_topology.h"
#include "engine/model/weights.h"

namespace gatescope::cpu {

/// Bytes that are to lie in the memory of one node.
struct NodeRange {
    const std::byte* begin = nullptr;
    std::size_t bytes = 0;
    int node = 0;  ///< index in CpuTopology::nodes
    friend bool operator==(const NodeRange&, const NodeRange&) = default;
};

/// Where the weights belong when thread t of nodeOfThread.size() is on node nodeOfThread[t], as
/// WorkerPool says, and reads its part of the tiles of each round: every matrix, and every expert,
/// is cut by its outputs over the nodes, so that all nodes read a part of whatever experts a token
/// takes, and only activations cross between them. Only matrices whose outputs lie one after the
/// other, now or once they are in panels. Nothing for a single node.
std::vector<NodeRange> nodeRanges(const ModelWeights& weights, std::span<const int> nodeOfThread);

/// Moves the ranges' pages to their nodes; what is not in memory yet will be made there. A page
/// that lies in two ranges stays where it is, and of ranges of many megabytes a huge page does, so
/// that it stays huge. Returns the bytes that the system did not take: all of them where a process
/// may not place memory (containers), which costs speed and nothing else. Blocks; the rest stays
/// where it is when `stop` is requested.
std::uint64_t moveToNodes(std::span<const NodeRange> ranges,
                          const CpuTopology& topology,
                          const std::stop_token& stop = {});

}  // namespace gatescope::cpu
