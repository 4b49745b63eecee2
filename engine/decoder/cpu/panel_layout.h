#pragma once

#include <stop_token>

#include "engine/decoder/cpu/worker_pool.h"
#include "engine/model/weights.h"
#include "kernels/cpu/panels.h"

namespace gatescope::cpu {

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
