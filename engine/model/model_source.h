#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/model/model_config.h"
#include "engine/model/source_identity.h"
#include "engine/model/weights.h"
#include "engine/model/weights_assembly.h"
#include "engine/tokenizer/tokenizer.h"
#include "kernels/quant/dtype.h"

namespace gatescope {

class LoadWatcher;

/// One tensor as the model file lists it, before its bytes are read.
struct TensorInfo {
    std::string name;  ///< the source's own name, e.g. transformer/decoder_layer_0/moe/linear/w
    std::string file;  ///< file name within the model, empty for synthetic models
    DType dtype = DType::F32;         ///< of the weight; scales are counted in `bytes`
    std::vector<std::int64_t> shape;  ///< last dimension contiguous
    std::uint64_t bytes = 0;          ///< payload: weight and scales
};

/// Bytes read so far. Called from reader threads, at most about 50 times a second, never
/// concurrently.
struct LoadProgress {
    std::uint64_t bytesDone = 0;
    std::uint64_t bytesTotal = 0;
};
using LoadProgressCallback = std::function<void(const LoadProgress&)>;

enum class LoadOutcome { Done, Stopped };

/// Some values of a parameter, dequantised; valid during the call.
using ValueVisitor = std::function<void(std::span<const float> values)>;

/// A model file in one of its stored forms. Opening reads only what describes the model (sizes,
/// tensor list); load() reads the weights. Used by one thread at a time.
class ModelSource {
  public:
    virtual ~ModelSource() = default;

    virtual const ModelConfig& config() const = 0;
    virtual const std::vector<TensorInfo>& tensors() const = 0;
    virtual std::string format() const = 0;  ///< "xai-checkpoint", "gguf", "synthetic"
    virtual std::string name() const = 0;    ///< what a user calls it: directory or file name
    virtual bool isSynthetic() const { return false; }
    /// Without a location: its weights come from no file.
    virtual SourceIdentity identity() const { return {}; }

    /// Reads and checks the tokenizer that comes with the weights; null: there is none.
    /// Throws Error(BadInput) naming the file and the place.
    virtual std::shared_ptr<const Tokenizer> tokenizer() const = 0;
    /// Where it stands, for people: "tokenizer.model". Empty: there is none.
    virtual std::string tokenizerOrigin() const = 0;
    /// What is unusual about the model but no reason to refuse it, a sentence each.
    virtual std::vector<std::string> remarks() const { return {}; }

    /// Every parameter in the order of tensorSlots(config()), as load() keeps it.
    virtual const std::vector<TensorLayout>& layouts() const = 0;
    /// Types that the embedding can be kept in, the exact one first.
    virtual std::vector<DType> embeddingTypes() const { return {layouts().front().dtype}; }
    /// From now on layouts(), load() and readTensor() keep it in `type`, one of those.
    virtual void keepEmbeddingAs(DType /*type*/) {}
    /// From now on load() lays matrices out in panels (MatrixOrder) as it reads them, where the
    /// source can do that and there are panels; layOutWeights() does the others.
    virtual void layInPanels() {}
    /// From now on load() reads stage by stage and tells `watcher`, which outlives it, what is in
    /// place; null: nobody. A source may not be able to: then it tells nothing.
    virtual void tellArrivals(LoadWatcher* /*watcher*/) {}
    /// Reads parameter `tensor` of layouts() alone, as load() would, into memory of that layout.
    /// Throws as load() does.
    virtual LoadOutcome readTensor(std::size_t tensor,
                                   const TensorMemory& memory,
                                   const std::stop_token& stop) const = 0;

    /// Calls `visit` with every value of parameter `tensor`, as stored, once, in the order of the
    /// files: some megabytes at a time, however large the tensor is. On the calling thread; a
    /// request to stop is looked for before each call. Throws as load() does.
    virtual LoadOutcome visitValues(std::size_t tensor,
                                    const ValueVisitor& visit,
                                    const std::stop_token& stop) const = 0;

    /// Reads every weight into memory of the caller's own. Returns null when `stop` was requested;
    /// all memory is given back then.
    /// Throws Error(BadInput) naming file and place, Error(NoMemory), Error(DeviceFault) on I/O
    /// errors.
    virtual std::shared_ptr<ModelWeights> load(const LoadProgressCallback& progress,
                                               std::stop_token stop) const = 0;
};

}  // namespace gatescope
