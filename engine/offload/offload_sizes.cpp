#include "engine/offload/offload_sizes.h"

namespace gatescope {

OffloadSizes offloadSizes(const ModelConfig& config, const std::vector<TensorLayout>& layouts) {
    const auto layers = static_cast<std::uint64_t>(config.numLayers);
    OffloadSizes sizes;
    for (const TensorLayout& tensor : layouts) {
        const std::uint64_t bytes = tensor.dataBytes() + tensor.scaleBytes();
        switch (tensor.slot.role) {
            case TensorRole::ExpertGate:
            case TensorRole::ExpertUp:
            case TensorRole::ExpertDown:
                sizes.expertBytes += bytes;
                break;
            case TensorRole::Embedding:
                if (config.tiedOutput) sizes.tokenBytes += bytes;
                break;
            case TensorRole::Output:
            case TensorRole::FinalNorm:
                sizes.tokenBytes += bytes;
                break;
            default:
                sizes.layerBytes += bytes;
        }
    }
    sizes.expertBytes /= layers * static_cast<std::uint64_t>(config.numExperts);
    sizes.layerBytes /= layers;
    return sizes;
}

}  // namespace gatescope
