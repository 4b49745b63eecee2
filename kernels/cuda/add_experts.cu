#include "kernels/cuda/add_experts.h"

#include "kernels/cuda/device.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kThreads = 256;  // a block takes a token

__global__ void __launch_bounds__(kThreads) addExpertsKernel(AddExperts op) {
    const int token = static_cast<int>(blockIdx.x);
    const std::int32_t* places = op.place + rowAt(token, op.numSelected);
    const float* gates = op.gates + rowAt(token, op.numSelected);
    float* change = op.change + rowAt(token, op.width);
    for (int i = static_cast<int>(threadIdx.x); i < op.width; i += kThreads) {
        float sum = 0;
        for (int s = 0; s < op.numSelected; ++s)
            if (places[s] >= 0)
                sum += gates[s] * op.out[rowAt(places[s], op.width) + static_cast<std::size_t>(i)];
        change[i] = sum;
    }
}

}  // namespace

int addExperts(const AddExperts& op, Stream stream) {
    return GATESCOPE_LAUNCH(
        addExpertsKernel, dim3(static_cast<unsigned>(op.numTokens)), kThreads, 0, stream, op);
}

}  // namespace gatescope::kernels::cuda
