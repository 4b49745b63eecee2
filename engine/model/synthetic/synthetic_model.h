#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/model_source.h"
#include "engine/model/weights_assembly.h"

namespace gatescope {

/// What `synthetic:NAME[,layers=N][,dtype=T][,seed=S]` asks for.
struct SyntheticSpec {
    std::string name;
    ModelConfig config;
    DType dtype = DType::I8;  ///< of the matrices: I8 (with bf16 scales), F32 or BF16
    std::uint64_t seed = 1;
};

constexpr std::string_view kSyntheticPrefix = "synthetic:";

/// Throws Error(BadUsage) naming the part it does not know and listing what exists.
SyntheticSpec parseSyntheticSpec(std::string_view model);

/// Random weights in the exact shapes of a known model, made in memory: for benchmarks without a
/// download. Weights are about N(0, 1/fan in) and norms near 1, so that activations stay near 1 in
/// every layer. The same spec gives the same weights on every machine and with any number of
/// threads.
class SyntheticModel final : public ModelSource {
  public:
    /// `model` is the whole text, prefix included. `availableMemory` null: what the system says.
    explicit SyntheticModel(std::string model,
                            int numThreads = 0,
                            std::function<std::uint64_t()> availableMemory = {});

    const ModelConfig& config() const override { return spec_.config; }
    const std::vector<TensorInfo>& tensors() const override { return infos_; }
    std::string format() const override { return "synthetic"; }
    std::string name() const override { return model_; }
    bool isSynthetic() const override { return true; }
    std::shared_ptr<const Tokenizer> tokenizer() const override { return nullptr; }
    std::string tokenizerOrigin() const override { return {}; }
    const std::vector<TensorLayout>& layouts() const override { return layouts_; }
    void tellArrivals(LoadWatcher* watcher) override { watcher_ = watcher; }
    LoadOutcome readTensor(std::size_t tensor,
                           const TensorMemory& memory,
                           const std::stop_token& stop) const override;
    LoadOutcome visitValues(std::size_t tensor,
                            const ValueVisitor& visit,
                            const std::stop_token& stop) const override;
    std::shared_ptr<ModelWeights> load(const LoadProgressCallback& progress,
                                       std::stop_token stop) const override;

  private:
    std::string model_;
    SyntheticSpec spec_;
    int numThreads_;
    std::function<std::uint64_t()> availableMemory_;
    std::vector<TensorLayout> layouts_;
    std::vector<TensorInfo> infos_;
    LoadWatcher* watcher_ = nullptr;
};

}  // namespace gatescope
