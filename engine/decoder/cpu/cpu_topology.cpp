#include "engine/decoder/cpu/cpu_topology.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "engine/check.h"

namespace gatescope::cpu {
namespace {

std::optional<int> number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0) return {};
    return value;
}

/// The numbers of `text` that are in `allowed`: "0-3,8,10-11", as the kernel writes lists. What
/// cannot be read counts as not there.
std::vector<int> cpusIn(std::string_view text, const std::vector<int>& allowed) {
    std::vector<int> cpus;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const std::string_view range = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        const std::size_t dash = std::min(range.find('-'), range.size());
        const auto first = number(range.substr(0, dash));
        const auto last = dash == range.size() ? first : number(range.substr(dash + 1));
        if (!first || !last) continue;
        for (const int cpu : allowed)
            if (cpu >= *first && cpu <= *last) cpus.push_back(cpu);
    }
    return cpus;
}

std::string firstLine(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

}  // namespace

int CpuTopology::numCpus() const {
    int count = 0;
    for (const CpuNode& node : nodes) count += static_cast<int>(node.cpus.size());
    return count;
}

std::vector<int> allowedCpus() {
    cpu_set_t set;
    std::vector<int> cpus;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return {0};
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
        if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
    return cpus;
}

CpuTopology readTopology(const std::filesystem::path& root, const std::vector<int>& allowed) {
    GS_CHECK(!allowed.empty());
    CpuTopology topology;
    std::error_code ignored;  // what is not there counts as one node
    for (const auto& entry : std::filesystem::directory_iterator(root, ignored)) {
        const std::string name = entry.path().filename().string();
        const auto id =
            name.starts_with("node") ? number(std::string_view(name).substr(4)) : std::nullopt;
        if (!id) continue;
        auto cpus = cpusIn(firstLine(entry.path() / "cpulist"), allowed);
        if (!cpus.empty()) topology.nodes.push_back({.id = *id, .cpus = std::move(cpus)});
    }
    std::ranges::sort(topology.nodes, {}, &CpuNode::id);
    if (topology.nodes.empty()) topology.nodes.push_back({.id = 0, .cpus = allowed});
    return topology;
}

std::vector<int> nodesOfWorkers(const CpuTopology& topology, int numWorkers) {
    if (topology.nodes.size() < 2) return std::vector<int>(static_cast<std::size_t>(numWorkers));
    const std::int64_t cpus = topology.numCpus();
    std::vector<int> nodes;
    std::size_t node = 0;
    std::int64_t cpusSoFar = static_cast<std::int64_t>(topology.nodes[0].cpus.size());
    for (std::int64_t worker = 0; worker < numWorkers; ++worker) {
        // The worker's middle, on a line of all cores.
        while ((2 * worker + 1) * cpus >= 2 * numWorkers * cpusSoFar)
            cpusSoFar += static_cast<std::int64_t>(topology.nodes[++node].cpus.size());
        nodes.push_back(static_cast<int>(node));
    }
    return nodes;
}

bool runOnNode(const CpuNode& node) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int cpu : node.cpus)
        if (cpu < CPU_SETSIZE) CPU_SET(cpu, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0;
}

StayOnNode::StayOnNode(const CpuNode* node) {
    cpu_set_t before;
    if (node == nullptr || sched_getaffinity(0, sizeof before, &before) != 0) return;
    if (runOnNode(*node)) before_ = before;
}

StayOnNode::~StayOnNode() {
    if (before_) (void)sched_setaffinity(0, sizeof *before_, &*before_);
}

}  // namespace gatescope::cpu
