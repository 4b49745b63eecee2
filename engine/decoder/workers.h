#pragma once

#include "engine/decoder/cpu/cpu_topology.h"
#include "engine/decoder/decoder.h"

namespace gatescope {

/// Threads that `options` ask for. Throws Error(BadUsage) when they are out of range.
int threadsOf(const DecoderOptions& options);

/// The nodes that they are dealt out over; none where `options` do not care.
cpu::CpuTopology topologyOf(const DecoderOptions& options);

}  // namespace gatescope
