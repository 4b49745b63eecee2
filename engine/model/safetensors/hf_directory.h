#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/model/model_file.h"
#include "engine/model/model_source.h"

namespace gatescope {

/// How a directory is read; tests put failing parts in.
struct HfReadOptions {
    int numReaders = 0;                              ///< threads; 0: enough to keep a disk busy
    std::function<std::uint64_t()> availableMemory;  ///< bytes; null: what the system says
    PreadFunction pread;                             ///< null: the system's
};

/// A conversion of Grok-1 as it is published on Hugging Face: config.json, *.safetensors, an index
/// where there are several, tokenizer.model. Opening reads what describes the model; the weights
/// stay as they are stored (f32, bf16, f16, or fp8 with scales).
class HfDirectory final : public ModelSource {
  public:
    /// Throws Error(BadInput) for the first thing that is not as it must be.
    explicit HfDirectory(const std::filesystem::path& path, HfReadOptions options = {});
    ~HfDirectory() override;

    const ModelConfig& config() const override;
    const std::vector<TensorInfo>& tensors() const override;
    std::string format() const override { return "safetensors"; }
    std::string name() const override;
    SourceIdentity identity() const override;
    std::shared_ptr<const Tokenizer> tokenizer() const override;
    std::string tokenizerOrigin() const override;
    std::vector<std::string> remarks() const override;
    const std::vector<TensorLayout>& layouts() const override;
    void layInPanels() override;
    void tellArrivals(LoadWatcher* watcher) override;
    LoadOutcome readTensor(std::size_t tensor,
                           const TensorMemory& memory,
                           const std::stop_token& stop) const override;
    LoadOutcome visitValues(std::size_t tensor,
                            const ValueVisitor& visit,
                            const std::stop_token& stop) const override;
    std::shared_ptr<ModelWeights> load(const LoadProgressCallback& progress,
                                       std::stop_token stop) const override;

    /// Is `path` a directory with .safetensors files, or an index of such?
    static bool isAt(const std::filesystem::path& path);
    /// Throws Error(BadInput) if `path` is a directory whose weights are PyTorch's pickles.
    static void refusePickles(const std::filesystem::path& path);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gatescope
