#include "engine/model/gguf/gguf_model.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/error_codes.h"
#include "engine/model/gguf/gguf_config.h"
#include "engine/model/gguf/gguf_parts.h"
#include "engine/model/gguf/gguf_tensors.h"
#include "engine/model/gguf/gguf_vocabulary.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;

/// "model" for both "model" and "model/".
std::string lastName(const fs::path& path) {
    const fs::path plain = path.lexically_normal();
    return (plain.has_filename() ? plain : plain.parent_path()).filename().string();
}

std::vector<const GgufTensor*> allTensors(const std::vector<GgufPart>& parts) {
    std::vector<const GgufTensor*> all;
    for (const GgufPart& part : parts)
        for (const GgufTensor& tensor : part.content.tensors) all.push_back(&tensor);
    return all;
}

TensorInfo infoOf(const GgufFile& file, const GgufTensor& tensor) {
    TensorInfo info{.name = tensor.name,
                    .file = file.name,
                    .dtype = tensor.dtype,
                    .shape = {},
                    .bytes = tensor.bytes};
    // Ours has the contiguous size last.
    for (std::uint32_t d = tensor.numDimensions; d-- > 0;)
        info.shape.push_back(static_cast<std::int64_t>(tensor.sizes[d]));
    return info;
}

}  // namespace

class GgufModel::Impl {
  public:
    Impl(const fs::path& path, GgufReadOptions options)
        : options_(std::move(options)),
          name_(lastName(path)),
          location_(locationOf(path)),
          parts_(openGgufParts(path, &options_.pread)) {
        config_ = ggufConfig(parts_.front().content, allTensors(parts_), remarks_);
        tensors_ = ggufTensors(parts_, config_, remarks_);
        for (const GgufPart& part : parts_) describe(part.content);
        if (!hasGgufVocabulary(parts_.front().content))
            remarks_.emplace_back("It holds no vocabulary: ids go in and come out, no text.");
    }

    std::shared_ptr<const Tokenizer> tokenizer() const {
        const GgufPart& first = parts_.front();
        if (!hasGgufVocabulary(first.content)) return nullptr;
        const ModelFile file = first.open();
        requireSameFile(file, first.identity);
        return ggufTokenizer(first.content, byteSourceOf(file), config_.vocabSize);
    }

    GgufReadOptions options_;
    std::string name_;
    std::string location_;
    std::vector<std::string> remarks_;
    std::vector<GgufPart> parts_;
    ModelConfig config_;
    TensorParts tensors_;
    std::vector<TensorInfo> infos_;

  private:
    void describe(const GgufFile& file) {
        for (const GgufTensor& tensor : file.tensors) infos_.push_back(infoOf(file, tensor));
        // Checksums of our own behind the last tensor are no surprise.
        const std::uint64_t checksums = file.metadata.u32(kGgufChecksumBytesKey).value_or(0);
        if (file.unusedBytes >= checksums + file.alignment)
            remarks_.push_back(fmt::format(
                "{} holds {} bytes that belong to no tensor.", file.name, file.unusedBytes));
    }
};

GgufModel::GgufModel(const fs::path& path, GgufReadOptions options)
    : impl_(std::make_unique<Impl>(path, std::move(options))) {}

GgufModel::~GgufModel() = default;

const ModelConfig& GgufModel::config() const {
    return impl_->config_;
}

const std::vector<TensorInfo>& GgufModel::tensors() const {
    return impl_->infos_;
}

std::string GgufModel::name() const {
    return impl_->name_;
}

SourceIdentity GgufModel::identity() const {
    SourceIdentity identity{.format = format(), .location = impl_->location_, .files = {}};
    for (const GgufPart& part : impl_->parts_)
        identity.files.push_back(sourceFile(part.content.name, part.identity));
    return identity;
}

std::shared_ptr<const Tokenizer> GgufModel::tokenizer() const {
    return impl_->tokenizer();
}

std::string GgufModel::tokenizerOrigin() const {
    const GgufFile& first = impl_->parts_.front().content;
    return hasGgufVocabulary(first) ? first.name : "";
}

std::vector<std::string> GgufModel::remarks() const {
    return impl_->remarks_;
}

const std::vector<TensorLayout>& GgufModel::layouts() const {
    return impl_->tensors_.layouts;
}

void GgufModel::layInPanels() {
    impl_->options_.parts.inPanels = true;
}

void GgufModel::tellArrivals(LoadWatcher* watcher) {
    impl_->options_.parts.watcher = watcher;
}

LoadOutcome GgufModel::readTensor(std::size_t tensor,
                                  const TensorMemory& memory,
                                  const std::stop_token& stop) const {
    return readTensorParts(impl_->tensors_, tensor, memory, impl_->options_.parts, stop);
}

LoadOutcome GgufModel::visitValues(std::size_t tensor,
                                   const ValueVisitor& visit,
                                   const std::stop_token& stop) const {
    return visitTensorParts(impl_->tensors_, tensor, visit, stop);
}

std::shared_ptr<ModelWeights> GgufModel::load(const LoadProgressCallback& progress,
                                              std::stop_token stop) const {
    return loadParts(impl_->name_,
                     impl_->config_,
                     impl_->tensors_,
                     impl_->options_.parts,
                     progress,
                     std::move(stop));
}

}  // namespace gatescope
