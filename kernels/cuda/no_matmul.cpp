#include "kernels/cuda/matmul.h"

// In place of matmul.cpp where CUDA was installed without cuBLASLt's header.

namespace gatescope::kernels::cuda {

int createMatmulsFrom(const char* /*path*/, Matmuls** /*matmuls*/) {
    return kNoMatmulLibrary;
}

int createMatmuls(Matmuls** /*matmuls*/) {
    return kNoMatmulLibrary;
}

int destroyMatmuls(Matmuls* /*matmuls*/) {
    return kNoMatmulLibrary;
}

int matmul(Matmuls* /*matmuls*/, const Matmul& /*op*/, Stream /*stream*/) {
    return kNoMatmulLibrary;
}

}  // namespace gatescope::kernels::cuda
