#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kernels/quant/dtype.h"
#include "tests/emulation/grid.h"
#include "tests/emulation/sanitizers.h"
#include "tests/unit/kernels/kernel_test.h"

// Each CUDA kernel against its twin in kernels/cpu, run by the emulation under several schedules.
// What the schedules are for, and what they find: tests/emulation.

namespace gatescope::kernels::cuda {

using test::randomFloats;

/// Runs `body` under schedules of different kinds. ThreadSanitizer needs no luck, but time; a GPU
/// (tests/gpu) has its own.
template <class Body>
void onSchedules(const Body& body) {
#ifdef GATESCOPE_ON_GPU
    body();
#else
    for (std::uint64_t seed = 1; seed <= (emulation::kThreadSanitized ? 1U : 6U); ++seed) {
        emulation::schedule() = {.seed = seed, .blocksAtOnce = 1 + static_cast<int>(seed % 3)};
        SCOPED_TRACE("seed " + std::to_string(seed));
        body();
    }
#endif
}

/// What comes next under one of these schedules, where there is no time for each.
inline void useSchedule([[maybe_unused]] std::uint64_t seed) {
#ifndef GATESCOPE_ON_GPU
    emulation::schedule() = {.seed = 1 + seed % 6, .blocksAtOnce = 2};
#endif
}

/// A value where a GPU can read it too (tests/gpu): on the heap.
template <class T>
std::unique_ptr<T> placed(T value) {
    return std::make_unique<T>(std::move(value));
}

/// Types that weights and caches may have. Races do not depend on them, so under ThreadSanitizer
/// one stands for all: I8, which has scales besides.
inline std::vector<DType> elementTypes() {
    if (emulation::kThreadSanitized) return {DType::I8};
    return {DType::F32, DType::F16, DType::BF16, DType::I8};
}

inline void expectNear(const std::vector<float>& got,
                       const std::vector<float>& expected,
                       float relative,
                       const char* what) {
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i)
        ASSERT_NEAR(got[i], expected[i], relative * (1 + std::abs(expected[i])))
            << what << " " << i;
}

}  // namespace gatescope::kernels::cuda
