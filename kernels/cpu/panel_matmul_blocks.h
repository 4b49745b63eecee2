#pragma once

#include "kernels/cpu/panels.h"
#include "kernels/cpu/weight_matrix.h"

namespace gatescope::kernels {

/// panelMatmul() for the block types, which calls it.
void panelMatmulBlocks(
    const PanelMatrix& w, const ActivationRows& x, ColumnRange outputs, float factor, OutputRows y);

}  // namespace gatescope::kernels
