#include "kernels/cuda/publish_step.h"

#include "kernels/cuda/device.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kThreads = 256;  // one block

static_assert(sizeof(PublishedStep) <= PublishedStep::kResultsAt);

// Each thread's words are out before the barrier, and the number goes out behind it: a host that
// sees the number sees the words.
__global__ void __launch_bounds__(kThreads) publishStepKernel(PublishStep op) {
    const int numDrawn = op.state->numDrawn;
    std::byte* slot =
        op.slots + op.slotBytes * static_cast<std::size_t>((numDrawn - 1) % op.numSlots);
    const auto* from = reinterpret_cast<const uint4*>(op.results);
    auto* to = reinterpret_cast<uint4*>(slot + PublishedStep::kResultsAt);
    const int count = static_cast<int>(op.bytes / sizeof(uint4));
    for (int i = static_cast<int>(threadIdx.x); i < count; i += kThreads) to[i] = from[i];
    auto* step = reinterpret_cast<PublishedStep*>(slot);
    if (threadIdx.x == 0) {
        step->token = op.state->token;
        step->logProb = op.state->logProb;
        step->entropy = op.state->entropy;
        step->likely.count = op.likely->count;
        step->likely.rank = op.likely->rank;
    }
    if (threadIdx.x < LikelyTokens::kMost) {
        step->likely.tokens[threadIdx.x] = op.likely->tokens[threadIdx.x];
        step->likely.logProbs[threadIdx.x] = op.likely->logProbs[threadIdx.x];
    }
    fenceForHost();
    __syncthreads();
    if (threadIdx.x == 0) storeForHost(&step->number, static_cast<unsigned>(numDrawn));
}

}  // namespace

int publishStep(const PublishStep& op, Stream stream) {
    return GATESCOPE_LAUNCH(publishStepKernel, 1, kThreads, 0, stream, op);
}

}  // namespace gatescope::kernels::cuda
