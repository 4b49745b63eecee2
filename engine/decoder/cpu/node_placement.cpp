#include "engine/decoder/cpu/node_placement.h"

#include <linux/mempolicy.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <initializer_list>

#include "engine/decoder/cpu/linear.h"
#include "engine/decoder/cpu/worker_pool.h"
#include "kernels/cpu/panels.h"

namespace gatescope::cpu {
namespace {

constexpr std::uintptr_t kHugePage = std::uintptr_t{2} << 20U;
/// Below, a huge page at each end would be a large part.
constexpr std::size_t kManyBytes = std::size_t{32} << 20U;

/// Whether neighbouring outputs are neighbouring bytes, or will be.
bool isCutByOutputs(const MatrixView& view) {
    return view.matrixBytes() > 0 &&
           (view.order != MatrixOrder::InputsFirst ||
            kernels::canPanel(view.dtype, view.numIn, view.numOut, view.numGroups));
}

/// Part of the outputs of every matrix of `view`, to `node`.
void addOutputs(const MatrixView& view,
                kernels::ColumnRange outputs,
                int node,
                std::vector<NodeRange>& ranges) {
    if (outputs.begin >= outputs.end || !isCutByOutputs(view)) return;
    const std::size_t perOutput = view.matrixBytes() / static_cast<std::size_t>(view.numOut);
    for (int i = 0; i < view.numMatrices; ++i)
        ranges.push_back(
            {.begin = view.matrix(i) + perOutput * static_cast<std::size_t>(outputs.begin),
             .bytes = perOutput * static_cast<std::size_t>(outputs.end - outputs.begin),
             .node = node});
}

/// Matrices whose tiles a round deals out as one list.
void addRound(std::initializer_list<const MatrixView*> views,
              std::span<const int> nodeOfThread,
              std::vector<NodeRange>& ranges) {
    int numTiles = 0;
    for (const MatrixView* view : views) numTiles += numTilesOf(view->numOut, kColumnTile);
    const int numThreads = static_cast<int>(nodeOfThread.size());
    for (int thread = 0; thread < numThreads;) {
        const int node = nodeOfThread[static_cast<std::size_t>(thread)];
        const int begin = shareOf(thread, numThreads, numTiles, 1).begin;
        while (thread < numThreads && nodeOfThread[static_cast<std::size_t>(thread)] == node)
            ++thread;
        const int end = shareOf(thread - 1, numThreads, numTiles, 1).end;
        int first = 0;  // tile of the view
        for (const MatrixView* view : views) {
            const int own = numTilesOf(view->numOut, kColumnTile);
            const auto outputAt = [&](int tile) {
                return std::min(view->numOut, std::clamp(tile - first, 0, own) * kColumnTile);
            };
            addOutputs(*view, {outputAt(begin), outputAt(end)}, node, ranges);
            first += own;
        }
    }
}

/// Addresses of whole pages.
struct Pages {
    std::uintptr_t begin;
    std::uintptr_t end;
};

/// Those that no other range has a part of.
Pages pagesOf(const NodeRange& range) {
    const auto page =
        range.bytes >= kManyBytes ? kHugePage : static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    const auto begin = reinterpret_cast<std::uintptr_t>(range.begin);
    return {(begin + page - 1) / page * page, (begin + range.bytes) / page * page};
}

bool bindPages(Pages pages, int node) {
    constexpr auto kBits = static_cast<int>(sizeof(unsigned long) * CHAR_BIT);
    std::vector<unsigned long> mask(static_cast<std::size_t>(node / kBits) + 1);
    mask.back() = 1UL << static_cast<unsigned>(node % kBits);
    // Preferred, not bound: a node that is full must not end the program. Straight to the system,
    // as Debian's libnuma would be one more package for one call.
    return syscall(SYS_mbind,
                   pages.begin,
                   pages.end - pages.begin,
                   MPOL_PREFERRED,
                   mask.data(),
                   mask.size() * kBits + 1,  // the kernel counts one less
                   MPOL_MF_MOVE) == 0;
}

}  // namespace

std::vector<NodeRange> nodeRanges(const ModelWeights& weights, std::span<const int> nodeOfThread) {
    std::vector<NodeRange> ranges;
    if (nodeOfThread.empty() || nodeOfThread.front() == nodeOfThread.back()) return ranges;
    for (const LayerWeights& layer : weights.layers) {
        addRound({&layer.query, &layer.key, &layer.value}, nodeOfThread, ranges);
        for (const MatrixView* view :
             {&layer.attentionOutput, &layer.expertGate, &layer.expertUp, &layer.expertDown})
            addRound({view}, nodeOfThread, ranges);
    }
    addRound({&weights.output}, nodeOfThread, ranges);
    return ranges;
}

std::uint64_t moveToNodes(std::span<const NodeRange> ranges,
                          const CpuTopology& topology,
                          const std::stop_token& stop) {
    std::uint64_t refused = 0;
    for (const NodeRange& range : ranges) {
        if (stop.stop_requested()) break;
        const Pages pages = pagesOf(range);
        const int node = topology.nodes[static_cast<std::size_t>(range.node)].id;
        if (pages.begin < pages.end && !bindPages(pages, node)) refused += range.bytes;
    }
    return refused;
}

}  // namespace gatescope::cpu
