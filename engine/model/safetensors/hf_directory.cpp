#include "engine/model/safetensors/hf_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "engine/error_codes.h"
#include "engine/io/shown_text.h"
#include "engine/model/load_jobs.h"
#include "engine/model/safetensors/hf_config.h"
#include "engine/model/safetensors/hf_files.h"
#include "engine/model/safetensors/hf_parts.h"
#include "engine/model/safetensors/safetensors_index.h"
#include "engine/model/tensor_parts.h"
#include "engine/tokenizer/sentencepiece_file.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfigFile = "config.json";
constexpr const char* kTokenizerFile = "tokenizer.model";
constexpr std::uint64_t kLargestConfig = 1 << 20;

bool isWeightsName(const std::string& name) {
    return name.ends_with(".safetensors") || name.ends_with(kSafetensorsIndexEnd);
}

/// Names in a directory that may not be there or not be readable.
std::vector<std::string> namesIn(const fs::path& path) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(path, error), end; !error && entry != end;
         entry.increment(error))
        names.push_back(entry->path().filename().string());
    std::ranges::sort(names);
    return names;
}

/// Throws unless both places hold the same bytes.
LoadOutcome compareCopy(const HfCopy& copy, const TensorParts& parts, const std::stop_token& stop) {
    constexpr std::uint64_t kChunk = 1 << 20;
    const ModelFile first = parts.files[copy.firstFile].open();
    const ModelFile other = parts.files[copy.otherFile].open();
    const auto size = static_cast<std::size_t>(std::min(kChunk, copy.bytes));
    std::vector<std::byte> a(size);
    std::vector<std::byte> b(size);
    for (std::uint64_t done = 0; done < copy.bytes; done += kChunk) {
        if (stop.stop_requested()) return LoadOutcome::Stopped;
        const auto count = static_cast<std::size_t>(std::min(kChunk, copy.bytes - done));
        first.read(copy.firstOffset + done, std::span(a).first(count));
        other.read(copy.otherOffset + done, std::span(b).first(count));
        if (std::memcmp(a.data(), b.data(), count) != 0)
            refuse(ErrorCode::TensorCopies,
                   fmt::format("{}: tensor {}", other.name(), copy.name),
                   fmt::format("differs from that in {} at byte {} of the tensor or behind it; "
                               "expected the same in both, as each is the whole tensor",
                               first.name(),
                               done));
    }
    return LoadOutcome::Done;
}

}  // namespace

class HfDirectory::Impl {
  public:
    Impl(const fs::path& path, HfReadOptions options)
        : options_(std::move(options)),
          name_(nameOf(path)),
          location_(locationOf(path)),
          directory_(ModelDirectory::open(path)) {
        const HfConfig config = parseHfConfig(
            directory_.file(kConfigFile, &options_.pread).readWhole(kLargestConfig), kConfigFile);
        const HfFiles files = readHfFiles(directory_, &options_.pread);
        model_ = findParameters(config, files);
        for (const HfFile& file : files.files) {
            sourceFiles_.push_back(sourceFile(file.name, file.identity));
            model_.parts.files.push_back(
                {.open = [this,
                          name = file.name] { return directory_.file(name, &options_.pread); },
                 .identity = file.identity});
        }
        findTokenizer();
    }

    /// `tensor` empty: all of them.
    LoadOutcome compareCopies(std::optional<std::size_t> tensor,
                              const std::stop_token& stop) const {
        for (const HfCopy& copy : model_.copies)
            if (!tensor || copy.tensor == *tensor)
                if (compareCopy(copy, model_.parts, stop) == LoadOutcome::Stopped)
                    return LoadOutcome::Stopped;
        return LoadOutcome::Done;
    }
    PartsReadOptions readOptions() const {
        return {.inPanels = inPanels_,
                .numReaders = options_.numReaders,
                .watcher = watcher_,
                .availableMemory = options_.availableMemory};
    }

    HfReadOptions options_;
    std::string name_;
    std::string location_;
    ModelDirectory directory_;
    std::vector<SourceFile> sourceFiles_;
    HfParts model_;
    bool hasTokenizer_ = false;
    bool inPanels_ = false;
    LoadWatcher* watcher_ = nullptr;

  private:
    static std::string nameOf(const fs::path& path) {
        std::error_code error;
        fs::path whole = fs::canonical(path, error);
        if (error) whole = fs::absolute(path);
        return whole.filename().string();
    }

    void findTokenizer() {
        if (directory_.entry(kTokenizerFile) != ModelDirectory::Entry::Missing) {
            (void)directory_.file(kTokenizerFile);  // a link is refused now
            hasTokenizer_ = true;
            return;
        }
        for (const char* other : {"tokenizer.json", "tokenizer.tok.json"})
            if (directory_.entry(other) != ModelDirectory::Entry::Missing)
                model_.remarks.push_back(
                    fmt::format("{} is not read; put Grok-1's tokenizer.model (SentencePiece) "
                                "beside config.json to work with text",
                                other));
    }
};

HfDirectory::HfDirectory(const fs::path& path, HfReadOptions options)
    : impl_(std::make_unique<Impl>(path, std::move(options))) {}

HfDirectory::~HfDirectory() = default;

const ModelConfig& HfDirectory::config() const {
    return impl_->model_.config;
}

const std::vector<TensorInfo>& HfDirectory::tensors() const {
    return impl_->model_.tensors;
}

std::string HfDirectory::name() const {
    return impl_->name_;
}

SourceIdentity HfDirectory::identity() const {
    return {.format = format(), .location = impl_->location_, .files = impl_->sourceFiles_};
}

std::shared_ptr<const Tokenizer> HfDirectory::tokenizer() const {
    if (!impl_->hasTokenizer_) return nullptr;
    const ModelFile file = impl_->directory_.file(kTokenizerFile);
    return Tokenizer::parse(
        file.readWhole(kLargestSentencePieceFile), file.name(), config().vocabSize);
}

std::string HfDirectory::tokenizerOrigin() const {
    return impl_->hasTokenizer_ ? kTokenizerFile : "";
}

std::vector<std::string> HfDirectory::remarks() const {
    return impl_->model_.remarks;
}

const std::vector<TensorLayout>& HfDirectory::layouts() const {
    return impl_->model_.parts.layouts;
}

void HfDirectory::layInPanels() {
    impl_->inPanels_ = true;
}

void HfDirectory::tellArrivals(LoadWatcher* watcher) {
    impl_->watcher_ = watcher;
}

LoadOutcome HfDirectory::readTensor(std::size_t tensor,
                                    const TensorMemory& memory,
                                    const std::stop_token& stop) const {
    if (impl_->compareCopies(tensor, stop) == LoadOutcome::Stopped) return LoadOutcome::Stopped;
    return readTensorParts(impl_->model_.parts, tensor, memory, impl_->readOptions(), stop);
}

LoadOutcome HfDirectory::visitValues(std::size_t tensor,
                                     const ValueVisitor& visit,
                                     const std::stop_token& stop) const {
    if (impl_->compareCopies(tensor, stop) == LoadOutcome::Stopped) return LoadOutcome::Stopped;
    return visitTensorParts(impl_->model_.parts, tensor, visit, stop);
}

std::shared_ptr<ModelWeights> HfDirectory::load(const LoadProgressCallback& progress,
                                                std::stop_token stop) const {
    if (impl_->compareCopies(std::nullopt, stop) == LoadOutcome::Stopped) return nullptr;
    return loadParts(
        name(), config(), impl_->model_.parts, impl_->readOptions(), progress, std::move(stop));
}

bool HfDirectory::isAt(const fs::path& path) {
    return std::ranges::any_of(namesIn(path), isWeightsName);
}

void HfDirectory::refusePickles(const fs::path& path) {
    const auto names = namesIn(path);
    const auto pickle = std::ranges::find_if(names, isPickleName);
    if (pickle == names.end()) return;
    refuse(ErrorCode::PickledWeights,
           shownText(*pickle),
           "is a pickle of PyTorch, which can run any code when it is opened");
}

}  // namespace gatescope
