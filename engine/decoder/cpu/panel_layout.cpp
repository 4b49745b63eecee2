#include "engine/decoder/cpu/panel_layout.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "engine/decoder/cpu/node_placement.h"
#include "engine/model/arrival.h"

namespace gatescope::cpu {
namespace {

/// `weights` owns the bytes that its views show, and the caller has it alone.
std::byte* bytesOf(const MatrixView& view, int index) {
    return const_cast<std::byte*>(view.matrix(index));
}

int numPanels(const MatrixView& view) {
    const int outputs = kernels::panelOutputs(view.dtype);
    return (view.numOut + outputs - 1) / outputs;
}

/// Outputs first: the rows of a panel lie together, and so will the panel.
bool layOutRows(const MatrixView& view, WorkerPool& pool, const std::stop_token& stop) {
    const std::size_t bytes = kernels::panelBytes(view.dtype, view.numIn);
    const int outputs = kernels::panelOutputs(view.dtype);
    const int panels = numPanels(view);
    std::vector<AlignedBuffer> copies;
    for (int thread = 0; thread < pool.size(); ++thread) copies.emplace_back(bytes);
    pool.run([&](int thread) {
        const auto share = shareOf(thread, pool.size(), view.numMatrices * panels, 1);
        std::byte* copy = copies[static_cast<std::size_t>(thread)].data();
        for (int i = share.begin; i < share.end && !stop.stop_requested(); ++i) {
            const int p = i % panels;
            const int count = std::min(outputs, view.numOut - p * outputs);
            std::byte* panel = bytesOf(view, i / panels) + static_cast<std::size_t>(p) * bytes;
            std::memcpy(copy,
                        panel,
                        static_cast<std::size_t>(count) *
                            storedBytes(view.dtype, static_cast<std::size_t>(view.numIn)));
            kernels::panelFromRows(view.dtype, copy, view.numIn, count, panel);
        }
    });
    return !stop.stop_requested();
}

/// Inputs first: a panel's outputs lie all over the matrix.
bool layOutColumns(const MatrixView& view,
                   AlignedBuffer& copy,
                   WorkerPool& pool,
                   const std::stop_token& stop) {
    const std::size_t bytes = view.matrixBytes();
    const std::size_t panelBytes = kernels::panelBytes(view.dtype, view.numIn);
    const int outputs = kernels::panelOutputs(view.dtype);
    if (copy.size() < bytes) copy = AlignedBuffer(bytes);
    for (int index = 0; index < view.numMatrices; ++index) {
        if (stop.stop_requested()) return false;
        std::byte* matrix = bytesOf(view, index);
        pool.run([&](int thread) {
            const std::size_t begin =
                bytes * static_cast<std::size_t>(thread) / static_cast<std::size_t>(pool.size());
            const std::size_t end = bytes * static_cast<std::size_t>(thread + 1) /
                                    static_cast<std::size_t>(pool.size());
            std::memcpy(copy.data() + begin, matrix + begin, end - begin);
        });
        pool.run([&](int thread) {
            const auto share = shareOf(thread, pool.size(), numPanels(view), 1);
            for (int p = share.begin; p < share.end; ++p)
                kernels::panelFromColumns(view.dtype,
                                          copy.data(),
                                          view.numIn,
                                          view.numOut,
                                          p * outputs,
                                          matrix + static_cast<std::size_t>(p) * panelBytes);
        });
    }
    return true;
}

}  // namespace

PanelLayout::PanelLayout(ModelWeights& weights, WorkerPool& pool, const std::stop_token& stop)
    : stored_(static_cast<std::size_t>(numStages(weights.config))), pool_(pool) {
    const auto stay = pool.ownerOnNode();
    // Before, so that panels are written where they will be read; loaded with all readers at once,
    // the bytes lie anywhere. What the system refuses stays there.
    (void)moveToNodes(nodeRanges(weights, pool.nodeOfThread()), pool.topology(), stop);

    const auto take = [](MatrixView& view, std::vector<MatrixView>& stored) {
        if (view.matrixBytes() == 0 || view.order == MatrixOrder::Panels ||
            !kernels::canPanel(view.dtype, view.numIn, view.numOut, view.numGroups))
            return;
        stored.push_back(view);
        view.order = MatrixOrder::Panels;
    };
    const bool tied = weights.output.data == weights.embedding.data;
    take(weights.output, tied ? stored_.front() : stored_.back());
    if (tied) weights.embedding = weights.output;
    for (std::size_t i = 0; i < weights.layers.size(); ++i) {
        LayerWeights& layer = weights.layers[i];
        for (MatrixView* view : {&layer.query,
                                 &layer.key,
                                 &layer.value,
                                 &layer.attentionOutput,
                                 &layer.expertGate,
                                 &layer.expertUp,
                                 &layer.expertDown})
            take(*view, stored_[1 + i]);
    }
}

bool PanelLayout::layOut(int stage, const std::stop_token& stop) {
    const auto stay = pool_.ownerOnNode();
    return std::ranges::all_of(stored_[static_cast<std::size_t>(stage)],
                               [&](const MatrixView& view) {
                                   return view.order == MatrixOrder::OutputsFirst
                                              ? layOutRows(view, pool_, stop)
                                              : layOutColumns(view, copy_, pool_, stop);
                               });
}

bool layOutInPanels(ModelWeights& weights, WorkerPool& pool, const std::stop_token& stop) {
    PanelLayout layout(weights, pool, stop);
    for (int stage = 0; stage < numStages(weights.config); ++stage)
        if (!layout.layOut(stage, stop)) return false;
    return true;
}

kernels::PanelMatrix panelMatrix(const MatrixView& weights, int index) {
    return {.type = weights.dtype,
            .data = weights.matrix(index),
            .scales = weights.matrixScales(index),
            .rowScales = weights.matrixRowScales(index),
            .numIn = weights.numIn,
            .numOut = weights.numOut,
            .numGroups = weights.dtype == DType::I8 ? weights.numGroups : 1};
}

}  // namespace gatescope::cpu
