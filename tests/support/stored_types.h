#pragma once

#include "kernels/quant/dtype.h"

namespace gatescope::test {

/// The types whose weights lie in blocks that share a scale.
inline constexpr DType kBlockTypes[] = {DType::Q4_0,
                                        DType::Q4_1,
                                        DType::Q5_0,
                                        DType::Q5_1,
                                        DType::Q8_0,
                                        DType::Q2_K,
                                        DType::Q3_K,
                                        DType::Q4_K,
                                        DType::Q5_K,
                                        DType::Q6_K,
                                        DType::IQ4_NL,
                                        DType::IQ4_XS,
                                        DType::MXFP4};

}  // namespace gatescope::test
