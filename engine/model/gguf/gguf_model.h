#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/model/model_file.h"
#include "engine/model/model_source.h"
#include "engine/model/tensor_parts.h"

namespace gatescope {

/// How the files are read; tests put failing parts in.
struct GgufReadOptions {
    PartsReadOptions parts;
    PreadFunction pread;  ///< null: the system's
};

/// A Grok-1 model as llama.cpp stores it: GGUF version 2 or 3, architecture `grok`, in one file or
/// in parts, with its vocabulary. The files are described when the model is opened, and opened
/// again and compared (identity, size, time) when they are read.
class GgufModel final : public ModelSource {
  public:
    /// `path`: a file, the first of several parts, or a directory that holds one such model.
    /// Throws Error(BadInput) for the first thing that is not as it must be, as openGgufParts(),
    /// ggufConfig() and ggufTensors() do.
    explicit GgufModel(const std::filesystem::path& path, GgufReadOptions options = {});
    ~GgufModel() override;

    const ModelConfig& config() const override;
    const std::vector<TensorInfo>& tensors() const override;
    std::string format() const override { return "gguf"; }
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

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gatescope
