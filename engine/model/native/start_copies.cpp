#include "engine/model/native/start_copies.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>

#include "engine/error.h"
#include "engine/error_codes.h"
#include "engine/io/shown_text.h"
#include "engine/model/cache_place.h"
#include "engine/model/native/native_weights.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".gsnative";

/// One name a model: a newer copy takes the place of the older.
std::string fileNameOf(const SourceIdentity& source) {
    return cacheName(source.location, source.format + '\n' + source.location) +
           std::string(kSuffix);
}

struct OpenCopy {
    ModelFile file;
    NativeHeader header;
};

OpenCopy openCopy(const fs::path& path) {
    ModelFile file = ModelDirectory::open(path.parent_path()).file(path.filename().string());
    // Somebody who may write to it could change it while it is in use.
    if (!file.isOwn())
        throw Error(ErrorKind::BadInput,
                    fmt::format("{} can be written by others than you; remove it",
                                shownText(path.string(), kWholeText)));
    NativeHeader header = parseNativeHeader(byteSourceOf(file), file.name());
    return {std::move(file), std::move(header)};
}

StartCopy describe(const fs::path& path) {
    StartCopy copy{.file = path};
    std::error_code ignored;
    copy.bytes = fs::file_size(path, ignored);
    try {
        copy.header = openCopy(path).header;
    } catch (const Error& error) {  // listed with what is wrong with it
        copy.problem = error.what();
    }
    return copy;
}

}  // namespace

fs::path startCopyFolder() {
    return cacheFolder("start-copies");
}

std::vector<StartCopy> listStartCopies(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        if (name.ends_with(kSuffix) || name.ends_with(".partial")) files.push_back(entry->path());
    }
    std::ranges::sort(files);
    std::vector<StartCopy> copies;
    for (const fs::path& file : files) copies.push_back(describe(file));
    return copies;
}

std::optional<StartCopy> findStartCopy(const fs::path& folder, const ModelSource& source) {
    const SourceIdentity identity = source.identity();
    if (folder.empty() || identity.location.empty()) return std::nullopt;
    const fs::path file = folder / fileNameOf(identity);
    std::error_code error;
    if (!fs::exists(fs::symlink_status(file, error))) return std::nullopt;
    return describe(file);
}

std::string staleness(const StartCopy& copy, const ModelSource& source) {
    if (!copy.header) return "cannot be read: " + copy.problem;
    const NativeHeader& header = *copy.header;
    if (header.layoutFingerprint != layoutFingerprint())
        return "was made by another version of this program";
    if (header.source != source.identity() || header.sourceChecksum != describedChecksum(source))
        return "is of another state of the model: its files have changed since";
    const bool tied = source.config().tiedOutput;
    const auto same = [](const NativeTensor& tensor, const TensorLayout& layout) {
        return tensor.layout.dtype == layout.dtype && tensor.layout.numGroups == layout.numGroups;
    };
    const auto laidOut = [tied](const NativeTensor& tensor, const TensorLayout& layout) {
        const bool matrix = layout.slot.isMatrix() || layout.slot.isVocabularyMatrix();
        return !matrix || tensor.layout.order == laidOutOrder(layout, tied);
    };
    if (header.config != source.config() ||
        !std::ranges::equal(header.tensors, source.layouts(), same))
        return "keeps the weights in other types than this load would";
    if (!std::ranges::equal(header.tensors, source.layouts(), laidOut))
        return "was made by another version of this program";
    return {};
}

std::optional<fs::path> addStartCopy(const fs::path& folder,
                                     const ModelSource& source,
                                     const ModelWeights& weights,
                                     const LoadProgressCallback& progress,
                                     const std::stop_token& stop) {
    const SourceIdentity identity = source.identity();
    if (identity.location.empty())
        throw Error(ErrorKind::BadUsage,
                    fmt::format("{} comes from no file, so there is nothing to keep a copy of",
                                source.name()));
    if (folder.empty())
        throw Error(ErrorKind::BadUsage,
                    "neither XDG_CACHE_HOME nor HOME is set, so there is no place for a copy");
    makeCacheFolder(folder);
    if (const auto room = roomIn(folder))
        requireRoom(folder, "a start copy", weights.totalBytes(), *room);
    fs::path file = folder / fileNameOf(identity);
    if (writeNativeFile(file, source, weights, progress, stop) == LoadOutcome::Stopped)
        return std::nullopt;
    return file;
}

StartCopyWeights loadStartCopy(const fs::path& folder,
                               const ModelSource& source,
                               int numThreads,
                               const LoadProgressCallback& progress,
                               const std::stop_token& stop) {
    const auto copy = findStartCopy(folder, source);
    if (!copy) return {};
    if (const std::string why = staleness(*copy, source); !why.empty())
        return {.weights = nullptr,
                .note = fmt::format("The start copy of {} is not used: it {}; gatescope-cli cache "
                                    "add makes a new one.",
                                    source.name(),
                                    why)};
    try {
        const OpenCopy open = openCopy(copy->file);
        MappedFile mapped = open.file.map();
        if (mapped.size() != open.header.fileBytes || open.header.tensors.empty())
            refuse(ErrorCode::CopyTruncated, open.file.name(), "changed while it was opened");
        if (checkTensors(open.header, mapped, open.file.name(), numThreads, progress, stop) ==
            LoadOutcome::Stopped)
            return {};
        return {.weights = weightsIn(open.header, std::move(mapped)), .note = {}};
    } catch (const Error& error) {  // the model itself is there, and is loaded instead
        const bool damaged = error.code().starts_with("COPY-");
        std::error_code ignored;
        if (damaged) fs::remove(copy->file, ignored);
        return {.weights = nullptr,
                .note = fmt::format("The start copy of {} is not used{}: {}.",
                                    source.name(),
                                    damaged ? " and was removed" : "",
                                    error.what())};
    }
}

LoadOutcome verifyStartCopy(const fs::path& file,
                            int numThreads,
                            const LoadProgressCallback& progress,
                            const std::stop_token& stop) {
    const OpenCopy open = openCopy(file);
    const MappedFile mapped = open.file.map();
    if (mapped.size() != open.header.fileBytes)
        refuse(ErrorCode::CopyTruncated, open.file.name(), "changed while it was opened");
    return checkTensors(open.header, mapped, open.file.name(), numThreads, progress, stop);
}

}  // namespace gatescope
