#pragma once

#include <sched.h>

#include <filesystem>
#include <optional>
#include <vector>

namespace gatescope::cpu {

/// Cores that reach one part of the machine's memory fastest.
struct CpuNode {
    int id = 0;             ///< the system's number
    std::vector<int> cpus;  ///< those this process may run on; never empty
};

/// The nodes of a machine by rising id; none: nobody asked. A desktop has one, a server often one
/// a socket. A value: any thread may use its own.
struct CpuTopology {
    std::vector<CpuNode> nodes;

    int numCpus() const;
};

/// Where Linux shows the nodes.
inline constexpr const char* kNodeRoot = "/sys/devices/system/node";

/// The cores this process may run on, rising.
std::vector<int> allowedCpus();

/// Reads nodeN/cpulist below `root`. Nodes without allowed cores (memory alone, or outside of this
/// process's set) do not count; where nothing can be read, all `allowed` cores are one node, so
/// there is always one. Requires at least one allowed core.
CpuTopology readTopology(const std::filesystem::path& root = kNodeRoot,
                         const std::vector<int>& allowed = allowedCpus());

/// The node (its index in topology.nodes) of each of `numWorkers`: never falling, so that the
/// workers of a node have neighbouring shares, and in proportion to the nodes' cores. Fewer workers
/// than cores are spread over all nodes too: more memory controllers read faster than one. All 0
/// where there are no nodes.
std::vector<int> nodesOfWorkers(const CpuTopology& topology, int numWorkers);

/// Lets the calling thread run on the cores of `node` only. Not on one core of them: the system
/// still moves it away from whatever else is running there. False if the system does not let it.
bool runOnNode(const CpuNode& node);

/// The same for as long as it lives, for a thread that has other things to do: afterwards the
/// thread may run where it could before. Null: does nothing. To be destroyed by the thread that
/// made it.
class StayOnNode {
  public:
    explicit StayOnNode(const CpuNode* node);
    ~StayOnNode();
    StayOnNode(const StayOnNode&) = delete;
    StayOnNode& operator=(const StayOnNode&) = delete;

  private:
    std::optional<cpu_set_t> before_;
};

}  // namespace gatescope::cpu
