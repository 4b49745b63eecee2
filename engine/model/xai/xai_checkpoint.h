#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/model/model_file.h"
#include "engine/model/model_source.h"
#include "engine/model/weights_assembly.h"
#include "engine/model/xai/pickle_reader.h"

namespace gatescope {

/// How a checkpoint is read; tests put failing parts in.
struct XaiReadOptions {
    int numReaders = 0;                              ///< threads; 0: 32
    std::function<std::uint64_t()> availableMemory;  ///< bytes; null: what the system says
    PreadFunction pread;                             ///< null: the system's
};

/// The checkpoint that xAI released for Grok-1, and any of the same form: ckpt-0/tensorNNNNN_000,
/// one pickle a parameter. The directory is held open; each file is checked against the model's
/// sizes when the checkpoint is opened, and again (identity, size, time) when load() reads it.
class XaiCheckpoint final : public ModelSource {
  public:
    /// `path` is the directory that holds ckpt-0, or ckpt-0 itself (then config.json and
    /// tokenizer.model are looked for beside it). Throws Error(BadInput) for the first thing that
    /// is not as it must be: file, byte, expected, found.
    explicit XaiCheckpoint(const std::filesystem::path& path, XaiReadOptions options = {});
    ~XaiCheckpoint() override;

    const ModelConfig& config() const override;
    const std::vector<TensorInfo>& tensors() const override;
    std::string format() const override { return "xai-checkpoint"; }
    std::string name() const override;
    SourceIdentity identity() const override;
    std::shared_ptr<const Tokenizer> tokenizer() const override;
    std::string tokenizerOrigin() const override;
    std::vector<std::string> remarks() const override;
    const std::vector<TensorLayout>& layouts() const override;
    /// F32, half of that, a quarter.
    std::vector<DType> embeddingTypes() const override;
    void keepEmbeddingAs(DType type) override;
    void tellArrivals(LoadWatcher* watcher) override;
    LoadOutcome readTensor(std::size_t tensor,
                           const TensorMemory& memory,
                           const std::stop_token& stop) const override;
    LoadOutcome visitValues(std::size_t tensor,
                            const ValueVisitor& visit,
                            const std::stop_token& stop) const override;
    std::shared_ptr<ModelWeights> load(const LoadProgressCallback& progress,
                                       std::stop_token stop) const override;

    /// Does `path` look like one: ckpt-0 below it, or tensor files in it?
    static bool isAt(const std::filesystem::path& path);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gatescope
