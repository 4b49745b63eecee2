#pragma once

#include <functional>
#include <string>
#include <vector>

namespace gatescope::bench {

/// A kernel with buffers of its own, ready to run.
struct MeasuredKernel {
    std::string name;    ///< "panels_int8/q8_0/rows:12"
    double numbers = 0;  ///< one run: products of a matrix kernel, elements passed over of others
    double bytes = 0;    ///< that one run has to move: weights, keys and values, or elements
    std::function<void()> run;
};

/// Everything a step does but for reading weights from memory: each kernel with data that stays in
/// a core's own caches, weights in panels of each type with one row of activations and with twelve.
std::vector<MeasuredKernel> kernelsInCache();

/// The products a decode step is made of, with more weights than the caches of most machines hold.
std::vector<MeasuredKernel> kernelsInMemory();

}  // namespace gatescope::bench
