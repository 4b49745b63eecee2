#pragma once

#include <span>

#include "engine/check.h"
#include "engine/model/weights.h"

namespace gatescope::test {

/// The elements of matrices that are stored as f32, all of them.
inline std::span<const float> floatsOf(const MatrixView& view) {
    GS_CHECK(view.dtype == DType::F32);
    return {reinterpret_cast<const float*>(view.data),
            static_cast<std::size_t>(view.numMatrices) * static_cast<std::size_t>(view.numIn) *
                static_cast<std::size_t>(view.numOut)};
}

}  // namespace gatescope::test
