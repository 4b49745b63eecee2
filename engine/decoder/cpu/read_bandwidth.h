#pragma once

namespace gatescope::cpu {

/// Bytes a second that `numThreads` threads read together from memory far larger than the caches,
/// each as one stream: the best of ten rounds. What a decoder that is bound by memory could reach
/// at most, at this moment. Takes 512 MiB and about a second.
/// Throws Error(NoMemory).
double readBandwidth(int numThreads);

}  // namespace gatescope::cpu
