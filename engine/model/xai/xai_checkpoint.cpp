#include "engine/model/xai/xai_checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "engine/check.h"
#include "engine/error_codes.h"
#include "engine/model/arrival.h"
#include "engine/model/load_jobs.h"
#include "engine/model/xai/xai_config.h"
#include "engine/model/xai/xai_tensor_file.h"
#include "engine/tokenizer/sentencepiece_file.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTensorFolder = "ckpt-0";
constexpr const char* kConfigFile = "config.json";
constexpr const char* kTokenizerFile = "tokenizer.model";
constexpr std::uint64_t kLargestConfig = 1 << 20;

std::string tensorFileName(std::size_t index) {
    return fmt::format("tensor{:05}_000", index);
}

/// tensorNNNNN_NNN; other files may lie beside them.
bool isTensorFileName(const std::string& name) {
    constexpr std::string_view kPattern = "tensorddddd_ddd";
    return name.size() == kPattern.size() &&
           std::equal(name.begin(), name.end(), kPattern.begin(), [](char c, char pattern) {
               return pattern == 'd' ? c >= '0' && c <= '9' : c == pattern;
           });
}

/// The model's directory and, in it, that of the tensors.
struct Location {
    fs::path root;
    bool tensorsInRoot = false;  // a renamed ckpt-0 that holds its own config.json
};

Location locate(const fs::path& path) {
    std::error_code error;
    fs::path whole = fs::canonical(path, error);
    if (error) whole = fs::absolute(path);
    if (fs::exists(fs::symlink_status(whole / kTensorFolder, error))) return {.root = whole};
    if (whole.filename() == kTensorFolder) return {.root = whole.parent_path()};
    return {.root = whole, .tensorsInRoot = true};
}

void checkFileSet(const ModelDirectory& directory, std::size_t expected, const std::string& why) {
    std::set<std::string> found;
    for (const std::string& file : directory.list())
        if (isTensorFileName(file)) found.insert(file);
    const std::size_t count = found.size();
    for (std::size_t i = 0; i < expected; ++i)
        if (found.erase(tensorFileName(i)) == 0)
            refuse(ErrorCode::FileMissing,
                   directory.shownName(tensorFileName(i)),
                   fmt::format("is missing: {} tensor files are there, expected {} ({})",
                               count,
                               expected,
                               why));
    if (!found.empty())
        refuse(ErrorCode::TensorUnknown,
               directory.shownName(*found.begin()),
               fmt::format("does not belong to the model: {} tensor files are there, expected {} "
                           "({}); remove it, or correct the sizes",
                           count,
                           expected,
                           why));
}

int readers(const XaiReadOptions& options) {
    return options.numReaders > 0 ? options.numReaders : kDiskReaders;
}

}  // namespace

class XaiCheckpoint::Impl {
  public:
    Impl(const fs::path& path, XaiReadOptions options)
        : options_(std::move(options)),
          location_(locate(path)),
          root_(ModelDirectory::open(location_.root)),
          directory_(location_.tensorsInRoot ? ModelDirectory::open(location_.root)
                                             : root_.subdirectory(kTensorFolder)) {
        readConfig();
        checkTokenizer();
        describeTensors();
    }

    std::shared_ptr<ModelWeights> load(const LoadProgressCallback& progress,
                                       const std::stop_token& stop) const;

    XaiReadOptions options_;
    Location location_;
    ModelDirectory root_;
    ModelDirectory directory_;
    ModelConfig config_;  // Grok-1's sizes unless config.json says others
    std::string sizesFrom_ = "Grok-1's, as no config.json lies beside ckpt-0";
    bool hasConfig_ = false;
    bool hasTokenizer_ = false;
    std::vector<XaiTensorFile> files_;
    std::vector<TensorLayout> layouts_;
    std::vector<TensorInfo> infos_;
    LoadWatcher* watcher_ = nullptr;

  private:
    void readConfig() {
        if (root_.entry(kConfigFile) == ModelDirectory::Entry::Missing) return;
        config_ = parseXaiConfig(root_.file(kConfigFile).readWhole(kLargestConfig), kConfigFile);
        sizesFrom_ = "from config.json";
        hasConfig_ = true;
    }

    // A link is refused now, not after the weights have been read.
    void checkTokenizer() {
        const auto entry = root_.entry(kTokenizerFile);
        if (entry == ModelDirectory::Entry::Missing) return;
        (void)root_.file(kTokenizerFile);
        hasTokenizer_ = true;
    }

    void describeTensors() {
        std::vector<TensorSlot> slots = tensorSlots(config_);
        checkFileSet(
            directory_,
            slots.size(),
            fmt::format("2 + 12 for each of {} layers, {}", config_.numLayers, sizesFrom_));
        for (std::size_t i = 0; i < slots.size(); ++i) {
            files_.push_back(describeTensorFile(
                directory_, tensorFileName(i), std::move(slots[i]), sizesFrom_, &options_.pread));
            const XaiTensorFile& tensor = files_.back();
            layouts_.push_back(tensor.layout());
            infos_.push_back({.name = tensor.slot.path,
                              .file = directory_.shownName(tensor.file),
                              .dtype = tensor.content.data.dtype,
                              .shape = tensor.content.data.shape,
                              .bytes = tensor.payloadBytes()});
        }
    }
};

std::shared_ptr<ModelWeights> XaiCheckpoint::Impl::load(const LoadProgressCallback& progress,
                                                        const std::stop_token& stop) const {
    std::uint64_t fileBytes = 0;
    for (const XaiTensorFile& tensor : files_) fileBytes += tensor.payloadBytes();
    const std::uint64_t available =
        options_.availableMemory ? options_.availableMemory() : availableMemory();
    requireMemory(
        location_.root.filename().string(), bytesAtOnce(layouts_, config_, watcher_), available);
    WeightsAssembly assembly(config_, layouts_);
    if (watcher_) watcher_->begun(assembly.unfinished());

    // In the order of a step, and within that of the files: a disk reads them best as they were
    // written.
    struct Job {
        std::size_t tensor;
        XaiChunk chunk;
    };
    std::vector<Job> jobs;
    for (std::size_t i = 0; i < files_.size(); ++i)
        for (const XaiChunk& chunk : chunksOf(files_[i], layouts_[i].dtype))
            jobs.push_back({i, chunk});
    const auto stageOfJob = [&](const Job& job) {
        return stageOf(layouts_[job.tensor].slot, config_);
    };
    std::ranges::stable_sort(jobs, {}, stageOfJob);
    std::vector<int> stages;
    std::ranges::transform(jobs, std::back_inserter(stages), stageOfJob);
    StageCounter counter(watcher_, numStages(config_), std::move(stages));
    ProgressMeter meter(progress, fileBytes);
    const auto outcome = runLoadJobs(
        jobs.size(), readers(options_), stop, [&](std::size_t job, const std::stop_token& token) {
            const auto& [tensor, chunk] = jobs[job];
            if (!counter.await(job, token)) return;
            readChunk(directory_,
                      files_[tensor],
                      chunk,
                      {.kept = layouts_[tensor].dtype,
                       .memory = assembly.memory(tensor),
                       .bypassCache = isTooLargeToCache(fileBytes, available)},
                      meter,
                      token,
                      &options_.pread);
            if (!token.stop_requested()) counter.done(job);
        });
    if (outcome == LoadOutcome::Stopped) return nullptr;
    meter.finish();
    return assembly.finish();
}

XaiCheckpoint::XaiCheckpoint(const fs::path& path, XaiReadOptions options)
    : impl_(std::make_unique<Impl>(path, std::move(options))) {}

XaiCheckpoint::~XaiCheckpoint() = default;

const ModelConfig& XaiCheckpoint::config() const {
    return impl_->config_;
}

const std::vector<TensorInfo>& XaiCheckpoint::tensors() const {
    return impl_->infos_;
}

std::string XaiCheckpoint::name() const {
    return impl_->location_.root.filename().string();
}

SourceIdentity XaiCheckpoint::identity() const {
    SourceIdentity identity{
        .format = format(), .location = locationOf(impl_->location_.root), .files = {}};
    for (const XaiTensorFile& tensor : impl_->files_)
        identity.files.push_back(
            sourceFile(impl_->directory_.shownName(tensor.file), tensor.identity));
    return identity;
}

std::shared_ptr<const Tokenizer> XaiCheckpoint::tokenizer() const {
    if (!impl_->hasTokenizer_) return nullptr;
    const ModelFile file = impl_->root_.file(kTokenizerFile);
    return Tokenizer::parse(
        file.readWhole(kLargestSentencePieceFile), file.name(), impl_->config_.vocabSize);
}

std::string XaiCheckpoint::tokenizerOrigin() const {
    return impl_->hasTokenizer_ ? kTokenizerFile : "";
}

std::vector<std::string> XaiCheckpoint::remarks() const {
    std::vector<std::string> remarks;
    if (!impl_->hasConfig_)
        remarks.emplace_back("No config.json lies beside ckpt-0, so the sizes are Grok-1's.");
    if (!impl_->hasTokenizer_)
        remarks.emplace_back(
            "No tokenizer.model lies beside ckpt-0: ids go in and come out, no text.");
    return remarks;
}

const std::vector<TensorLayout>& XaiCheckpoint::layouts() const {
    return impl_->layouts_;
}

LoadOutcome XaiCheckpoint::readTensor(std::size_t tensor,
                                      const TensorMemory& memory,
                                      const std::stop_token& stop) const {
    const LoadProgressCallback nobody;
    ProgressMeter meter(nobody, 0);
    const XaiTensorFile& file = impl_->files_.at(tensor);
    const DType kept = impl_->layouts_[tensor].dtype;
    const std::vector<XaiChunk> chunks = chunksOf(file, kept);
    return runLoadJobs(chunks.size(),
                       readers(impl_->options_),
                       stop,
                       [&](std::size_t job, const std::stop_token& token) {
                           readChunk(impl_->directory_,
                                     file,
                                     chunks[job],
                                     {.kept = kept, .memory = memory},
                                     meter,
                                     token,
                                     &impl_->options_.pread);
                       });
}

LoadOutcome XaiCheckpoint::visitValues(std::size_t tensor,
                                       const ValueVisitor& visit,
                                       const std::stop_token& stop) const {
    return visitElements(
        impl_->directory_, impl_->files_.at(tensor), visit, stop, &impl_->options_.pread);
}

std::vector<DType> XaiCheckpoint::embeddingTypes() const {
    std::vector<DType> types{DType::F32, DType::BF16};
    const auto columns = static_cast<std::uint32_t>(impl_->config_.dModel);
    if (columns % traits(DType::Q8_0).blockSize == 0) types.push_back(DType::Q8_0);
    return types;
}

void XaiCheckpoint::keepEmbeddingAs(DType type) {
    const std::vector<DType> types = embeddingTypes();
    GS_CHECK(std::ranges::find(types, type) != types.end());
    impl_->layouts_.front().dtype = type;
}

void XaiCheckpoint::tellArrivals(LoadWatcher* watcher) {
    impl_->watcher_ = watcher;
}

std::shared_ptr<ModelWeights> XaiCheckpoint::load(const LoadProgressCallback& progress,
                                                  std::stop_token stop) const {
    return impl_->load(progress, stop);
}

bool XaiCheckpoint::isAt(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(fs::symlink_status(path / kTensorFolder, ignored)) ||
           fs::exists(fs::symlink_status(path / tensorFileName(0), ignored)) ||
           path.filename() == kTensorFolder;
}

}  // namespace gatescope
