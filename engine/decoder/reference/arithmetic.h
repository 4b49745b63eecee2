#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/decoder/decoder.h"
#include "kernels/quant/float_types.h"

namespace gatescope::reference {

/// Where values are rounded: with Precision::BF16 each place that calls round() is one at which
/// xAI's JAX code holds a bfloat16 (xai-org/grok-1 model.py, with fprop_dtype bfloat16). What it
/// keeps in f32 (router, attention scores behind q.k, the product of the two expert branches) is
/// not rounded.
struct Arithmetic {
    Precision precision = Precision::F32;

    float round(float value) const {
        return precision == Precision::BF16 ? kernels::roundToBf16(value) : value;
    }
    void round(std::span<float> values) const {
        if (precision == Precision::BF16)
            for (float& value : values) value = kernels::roundToBf16(value);
    }
};

/// A matrix of activations, one row a token.
class Rows {
  public:
    Rows(int count, int width)
        : width_(static_cast<std::size_t>(width)),
          values_(static_cast<std::size_t>(count) * width_) {}

    int count() const { return static_cast<int>(values_.size() / width_); }
    std::span<float> row(int index) {
        return std::span(values_).subspan(static_cast<std::size_t>(index) * width_, width_);
    }
    std::span<const float> row(int index) const {
        return std::span(values_).subspan(static_cast<std::size_t>(index) * width_, width_);
    }
    std::span<const float> all() const { return values_; }

  private:
    std::size_t width_;
    std::vector<float> values_;  // [count, width]
};

}  // namespace gatescope::reference
