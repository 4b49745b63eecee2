#pragma once

#include <cstddef>

namespace gatescope::kernels {

/// How many bytes before it reads them a product with a single row of activations asks for weights;
/// 0: not at all. Its weights are one stream, which Intel's processors fetch too late by
/// themselves: a product that does more than read gets 60 % of what plain reading does, and all of
/// it with this (docs/benchmarks.md). AMD's do without.
std::size_t prefetchDistance();

}  // namespace gatescope::kernels
