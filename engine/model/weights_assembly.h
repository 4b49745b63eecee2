#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/model/tensor_slots.h"
#include "engine/model/weights.h"

namespace gatescope {

/// How one tensor lies in memory: the dtype its slot is kept in, the scale groups along its input
/// axis (0: no scales; only I8 has them), and which axis comes first (vocabulary matrices: always
/// the outputs, or panels).
struct TensorLayout {
    TensorSlot slot;
    DType dtype = DType::F32;
    int numGroups = 0;
    MatrixOrder order = MatrixOrder::InputsFirst;

    std::uint64_t dataBytes() const;
    std::uint64_t scaleBytes() const;  ///< bf16 scales of I8, f32 row scales of F8E4M3
};

/// Where a reader puts one tensor's bytes.
struct TensorMemory {
    std::byte* data = nullptr;
    std::uint16_t* scales = nullptr;  ///< bf16 bits; null without scales
    float* rowScales = nullptr;       ///< one an output; null unless F8E4M3
};

/// The order of a tensor once it is laid out for the CPU decoder: panels where there are such, but
/// for an embedding that is not the output matrix too, which is read by rows.
MatrixOrder laidOutOrder(const TensorLayout& layout, bool tiedOutput);

/// Makes the memory of a model, lets readers fill it (each tensor by one thread), and hands it over
/// as ModelWeights. Requires slots that are not matrices to be F32, vocabulary
/// matrices not to be I8, block types only where outputs come first or in panels, and panels only
/// where there are such.
class WeightsAssembly {
  public:
    /// Throws Error(NoMemory) when memory cannot be had.
    WeightsAssembly(const ModelConfig& config, const std::vector<TensorLayout>& tensors);

    TensorMemory memory(std::size_t tensor) const { return memory_[tensor]; }
    /// Before every byte is in place: for LoadWatcher::begun(). The views are those of the end.
    std::shared_ptr<ModelWeights> unfinished() const { return weights_; }
    /// Call once, when every byte is in place.
    std::shared_ptr<ModelWeights> finish();

  private:
    std::vector<TensorMemory> memory_;
    std::shared_ptr<ModelWeights> weights_;
};

/// Makes the views of `weights`, whose config is set, show `memory`, which lies as `tensors` say,
/// one of each for every slot of the config.
void pointInto(const std::vector<TensorLayout>& tensors,
               const std::vector<TensorMemory>& memory,
               ModelWeights& weights);

/// Makes memory for one tensor of `weights`, whose layers are there, and lets its view show it. The
/// same is required of `tensor` as by WeightsAssembly, and the same thrown.
TensorMemory addTensor(ModelWeights& weights, const TensorLayout& tensor);

/// The view of a layer's matrix shows nothing any more; what it showed is for the caller to free.
void forgetMatrix(ModelWeights& weights, const TensorSlot& slot);

/// One tensor of a loaded model, as it lies in memory.
struct TensorBytes {
    TensorLayout layout;
    std::span<const std::byte> data;
    std::span<const std::byte> scales;  ///< empty: it has none
};
TensorBytes bytesOf(const ModelWeights& weights, const TensorSlot& slot);

/// Bytes WeightsAssembly would allocate.
std::uint64_t memoryBytes(const std::vector<TensorLayout>& tensors);

/// Throws Error(NoMemory) naming both numbers if `needed` exceeds `available` bytes. `model` is
/// what the user calls it.
void requireMemory(const std::string& model, std::uint64_t needed, std::uint64_t available);

/// What Linux says can be used without swapping (MemAvailable); the largest number where it does
/// not say.
std::uint64_t availableMemory();

/// Are `fileBytes` so many that reading them through the system's cache would push out what they
/// become? Then the cache is of no use to a second load either.
bool isTooLargeToCache(std::uint64_t fileBytes, std::uint64_t available);

/// "1.5 GiB": for people.
std::string bytesText(std::uint64_t bytes);

}  // namespace gatescope
