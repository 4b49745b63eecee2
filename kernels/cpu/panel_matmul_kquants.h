#pragma once

#include "kernels/cpu/int8_activations.h"
#include "kernels/cpu/panels.h"
#include "kernels/cpu/weight_matrix.h"

namespace gatescope::kernels {

// panelMatmul() and panelMatmulInt8() of Q4_K and Q6_K, whose blocks of 256 have scales of their
// own for 32 or 16 inputs, and Q4_K a minimum too. Called by those two.

void panelMatmulKQuants(
    const PanelMatrix& w, const ActivationRows& x, ColumnRange outputs, float factor, OutputRows y);

void panelMatmulKQuantsInt8(
    const PanelMatrix& w, const Int8Rows& x, ColumnRange outputs, float factor, OutputRows y);

}  // namespace gatescope::kernels
