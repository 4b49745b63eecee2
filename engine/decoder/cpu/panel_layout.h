#pragma once

#include <stop_token>
#include <vector>

#include "engine/decoder/cpu/worker_pool.h"
#include "engine/model/weights.h"
#include "kernels/cpu/panels.h"

namespace gatescope::cpu {

/// Lays matrices out in panels stage by stage (engine/model/arrival.h), so that each can be used
/// while later ones are still being read. What layOutInPanels() says of the layout holds.
class PanelLayout {
  public:
    /// The views of `weights` show the matrices in panels from now on. Moves memory to the nodes of
    /// the pool's threads. `pool` and `weights` outlive this.
    PanelLayout(ModelWeights& weights, WorkerPool& pool, const std::stop_token& stop);

    /// Whether there is nothing to do for `stage`: it was read into panels.
    bool isLaidOut(int stage) const { return stored_[static_cast<std::size_t>(stage)].empty(); }

    /// Requires that every byte of `stage` is in place. Called once for each, by one thread. False:
    /// `stop` was requested, and the stage is half laid out. Throws Error(NoMemory).
    bool layOut(int stage, const std::stop_token& stop);

  private:
    std::vector<std::vector<MatrixView>> stored_;  ///< [stages]: as the bytes lie
    WorkerPool& pool_;
    AlignedBuffer copy_;
};

/// Lays every matrix that there are panels for out in panels, where it lies: no second copy, but
/// for one panel a thread (stored with its outputs first) or one matrix (inputs first). An
/// embedding that is not the output matrix too stays: it is read by rows. What is in panels already
/// stays. If the pool's threads are on several nodes, the weights are moved to those that read
/// them. False when `stop` was requested: some matrices are then half laid out, and `weights` is to
/// be thrown away. Throws Error(NoMemory).
bool layOutInPanels(ModelWeights& weights, WorkerPool& pool, const std::stop_token& stop);

/// Matrix `index` of a view that is in panels.
kernels::PanelMatrix panelMatrix(const MatrixView& weights, int index);

}  // namespace gatescope::cpu
