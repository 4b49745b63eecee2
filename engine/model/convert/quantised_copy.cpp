#include "engine/model/convert/quantised_copy.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <system_error>
#include <thread>
#include <utility>

#include "engine/error.h"
#include "engine/io/checksum.h"
#include "engine/io/shown_text.h"
#include "engine/model/cache_place.h"
#include "engine/model/convert/gguf_plan.h"
#include "engine/model/convert/partial_file.h"
#include "engine/model/gguf/gguf_file.h"
#include "engine/model/load_jobs.h"
#include "engine/model/model_file.h"
#include "engine/model/native/native_format.h"
#include "engine/model/weights_assembly.h"
#include "kernels/quant/block_codec.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kCheckedBytes = std::uint64_t{8} << 20;  // that one job checks
constexpr std::string_view kCopySuffix = ".gguf";
constexpr std::string_view kUnfinishedSuffix = ".gguf.partial";

/// What this program makes of a sample: another way to round gives another number.
void addRounding(DType type, Checksum& checksum) {
    constexpr std::size_t kSample = 4096;
    std::vector<float> values;
    std::uint32_t random = 1;
    for (std::size_t i = 0; i < kSample; ++i) {
        random = random * 1664525U + 1013904223U;
        values.push_back((static_cast<float>(random >> 8) - 0x1p23F) * 0x1p-24F);
    }
    for (const DType stored : {type, DType::Q8_0, DType::F16}) {  // where whole blocks do not fit
        std::vector<std::byte> bytes(storedBytes(stored, kSample));
        kernels::encodeElements(stored, values.data(), kSample, bytes.data());
        checksum.add(bytes);
    }
}

/// Equal as long as the same copy would be made again.
std::string copyStateOf(const ModelSource& source, const SourceIdentity& identity, DType type) {
    Checksum checksum;
    checksum.addText(identity.format);
    checksum.addText(identity.location);
    for (const SourceFile& file : identity.files) {
        checksum.addText(file.name);
        checksum.addNumber(file.bytes);
        checksum.addNumber(file.modifiedNs);
        checksum.addNumber(file.inode);
    }
    checksum.addNumber(describedChecksum(source));
    checksum.addText(name(type));
    addRounding(type, checksum);
    return fmt::format("{:016x}", checksum.value());
}

ModelFile openCopyFile(const fs::path& path) {
    return ModelDirectory::open(path.parent_path()).file(path.filename().string());
}

struct CheckedPiece {
    std::size_t sum = 0;  ///< which checksum it belongs to
    FileSection section;
};

/// The header and every tensor, in the order of their checksums.
std::vector<CheckedPiece> checkedPieces(const GgufPlan& plan) {
    std::vector<FileSection> sections{{.offset = 0, .bytes = plan.header.size()}};
    for (const PlannedTensor& tensor : plan.tensors)
        sections.push_back({.offset = tensor.offset, .bytes = tensor.bytes});
    std::vector<CheckedPiece> pieces;
    for (std::size_t i = 0; i < sections.size(); ++i)
        for (std::uint64_t done = 0; done < sections[i].bytes; done += kCheckedBytes)
            pieces.push_back(
                {.sum = i,
                 .section = {.offset = sections[i].offset + done,
                             .bytes = std::min(kCheckedBytes, sections[i].bytes - done)}});
    return pieces;
}

std::vector<std::uint32_t> readSums(const ModelFile& file, const GgufPlan& plan) {
    std::vector<std::uint32_t> sums(plan.checksumBytes / sizeof(std::uint32_t));
    file.read(plan.checksumOffset, std::as_writable_bytes(std::span(sums)));
    return sums;
}

enum class CopyState { Whole, Unusable, Stopped };
struct Finding {
    CopyState found = CopyState::Whole;
    std::string problem;  ///< Unusable: why, the end of a sentence
};

Finding unusable(std::string problem) {
    return {.found = CopyState::Unusable, .problem = std::move(problem)};
}

/// Compares every byte with the checksums that the file ends with.
Finding checkCopyBytes(const ModelFile& file,
                       const GgufPlan& plan,
                       int numThreads,
                       const LoadProgressCallback& progress,
                       const std::stop_token& stop) {
    const std::vector<CheckedPiece> pieces = checkedPieces(plan);
    std::vector<std::uint32_t> found(pieces.size());
    ProgressMeter meter(progress, plan.checksumOffset);
    const auto outcome =
        runLoadJobs(pieces.size(), numThreads, stop, [&](std::size_t i, const std::stop_token&) {
            std::vector<std::byte> bytes(pieces[i].section.bytes);
            file.read(pieces[i].section.offset, bytes);
            found[i] = crc32Of(bytes);
            meter.add(bytes.size());
        });
    if (outcome == LoadOutcome::Stopped) return {.found = CopyState::Stopped, .problem = {}};
    meter.finish();
    const std::vector<std::uint32_t> expected = readSums(file, plan);
    std::vector<std::uint32_t> sums(expected.size());
    for (std::size_t i = 0; i < pieces.size(); ++i)
        sums[pieces[i].sum] = combineCrc32(sums[pieces[i].sum], found[i], pieces[i].section.bytes);
    const auto wrong = std::ranges::mismatch(sums, expected).in1;
    if (wrong == sums.end()) return {};
    const auto index = static_cast<std::size_t>(wrong - sums.begin());
    return unusable(fmt::format("is damaged: the checksum of {} is wrong",
                                index == 0 ? "its header" : plan.tensors[index - 1].name));
}

/// What GgufOrigin::state the file claims; empty: none that can be read.
std::string copyStateIn(const ModelFile& file) {
    try {
        const GgufFile parsed = parseGguf(byteSourceOf(file), file.name());
        return parsed.metadata.text(kGgufStateKey).value_or("");
    } catch (const Error&) {  // its advice is for files that were downloaded
        return {};
    }
}

/// What was made of another state of the model has another header.
Finding checkCopyHeader(const ModelFile& file, const GgufPlan& plan, const std::string& state) {
    const std::uint64_t bytes = file.identity().size;
    std::string header(std::min<std::uint64_t>(bytes, plan.header.size()), '\0');
    file.read(0, std::as_writable_bytes(std::span(header)));
    if (header == plan.header && bytes == plan.fileBytes) return {};
    const std::string found = copyStateIn(file);
    if (!found.empty() && found != state)
        return unusable(
            "is of another state of the model, or was made by another version of this program");
    return unusable("is damaged: its header or its size is wrong");
}

Finding checkCopy(const fs::path& path,
                  const GgufPlan& plan,
                  const std::string& state,
                  int numThreads,
                  const LoadProgressCallback& progress,
                  const std::stop_token& stop) {
    try {
        ModelFile file = openCopyFile(path);
        // Somebody who may write to it could change it while it is in use.
        if (!file.isOwn()) return unusable("can be written by others than you");
        if (Finding header = checkCopyHeader(file, plan, state); header.found != CopyState::Whole)
            return header;
        if (isTooLargeToCache(plan.fileBytes, availableMemory())) file.bypassCache();
        return checkCopyBytes(file, plan, numThreads, progress, stop);
    } catch (const Error& error) {  // the model is there, and another copy can be made of it
        return unusable(fmt::format("cannot be read: {}", error.what()));
    }
}

/// What of `partial` is on the disk already: room that need not be there once more.
std::uint64_t bytesOnDisk(const fs::path& partial) {
    struct stat info {};
    if (::stat(partial.c_str(), &info) != 0) return 0;
    constexpr std::uint64_t kBlock = 512;  // of st_blocks, whatever the disk's own are
    return static_cast<std::uint64_t>(info.st_blocks) * kBlock;
}

std::uint64_t plannedBytes(std::span<const PlannedTensor> tensors) {
    std::uint64_t bytes = 0;
    for (const PlannedTensor& tensor : tensors) bytes += tensor.bytes;
    return bytes;
}

std::uint64_t storedBytesOf(const ModelSource& source) {
    std::uint64_t bytes = 0;
    for (const TensorInfo& tensor : source.tensors()) bytes += tensor.bytes;
    return bytes;
}

void makeCopy(const ModelSource& source,
              const QuantiseRequest& request,
              const GgufPlan& plan,
              const GgufOrigin& origin,
              const fs::path& file,
              const LoadProgressCallback& progress,
              const std::stop_token& stop,
              QuantisedCopy& copy) {
    makeCacheFolder(request.folder);
    makeCacheFolder(file.parent_path());
    if (const auto room = roomIn(request.folder)) {
        const std::uint64_t there = bytesOnDisk(file.string() + ".partial");
        requireRoom(request.folder,
                    fmt::format("the {} copy", request.label),
                    plan.fileBytes - std::min(plan.fileBytes, there),
                    *room);
    }
    copy.report =
        convertToGguf(source,
                      file,
                      {.type = request.type, .numThreads = request.numThreads, .origin = origin},
                      progress,
                      stop);
    copy.outcome = copy.report.outcome;
    copy.made = copy.outcome == LoadOutcome::Done;
    if (copy.made) copy.file = file;
}

QuantisedFile describeQuantised(const fs::path& path) {
    QuantisedFile copy{.file = path};
    std::error_code ignored;
    if (path.string().ends_with(kUnfinishedSuffix)) {
        copy.bytes = bytesOnDisk(path);
        return copy;
    }
    copy.bytes = fs::file_size(path, ignored);
    try {
        const ModelFile file = openCopyFile(path);
        copy.location =
            parseGguf(byteSourceOf(file), file.name()).metadata.text(kGgufLocationKey).value_or("");
    } catch (const Error&) {  // listed all the same: it takes room
    }
    return copy;
}

}  // namespace

fs::path quantisedFolder() {
    return cacheFolder("quantised");
}

fs::path quantisedFile(const QuantiseRequest& request, const std::string& location) {
    const std::string name = cacheName(location, location);
    const std::string plain = name.substr(0, name.rfind('-'));
    return request.folder / name / fmt::format("{}-{}{}", plain, request.label, kCopySuffix);
}

QuantisedCopy openQuantised(const ModelSource& source,
                            const QuantiseRequest& request,
                            const QuantiseProgress& progress,
                            const std::stop_token& stop) {
    const SourceIdentity identity = source.identity();
    if (identity.location.empty())
        throw Error(ErrorKind::BadUsage,
                    fmt::format("{} comes from no file, so there is nothing to keep an {} copy of",
                                source.name(),
                                request.label));
    if (request.folder.empty())
        throw Error(ErrorKind::BadUsage,
                    fmt::format("neither XDG_CACHE_HOME nor HOME is set, so there is no place for "
                                "an {} copy",
                                request.label));
    const GgufOrigin origin{.location = identity.location,
                            .state = copyStateOf(source, identity, request.type)};
    const GgufPlan plan = planGguf(source, request.type, origin);
    QuantisedCopy copy;
    if (plannedBytes(plan.tensors) >= storedBytesOf(source)) {
        copy.notes.push_back(fmt::format(
            "{} is loaded as it is: {} would make it no smaller.", source.name(), request.label));
        return copy;
    }
    const int numThreads = request.numThreads > 0
                               ? request.numThreads
                               : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    const fs::path file = quantisedFile(request, identity.location);
    std::error_code ignored;
    if (fs::exists(fs::symlink_status(file, ignored))) {
        const Finding there =
            checkCopy(file, plan, origin.state, numThreads, progress.checking, stop);
        copy.outcome = there.found == CopyState::Stopped ? LoadOutcome::Stopped : LoadOutcome::Done;
        if (there.found == CopyState::Whole) copy.file = file;
        if (there.found != CopyState::Unusable) return copy;
        copy.notes.push_back(fmt::format("The {} copy of {} is made again: it {}.",
                                         request.label,
                                         source.name(),
                                         there.problem));
        fs::remove(file, ignored);  // of no use, and there may be no room for two
    }
    try {
        makeCopy(source, request, plan, origin, file, progress.making, stop, copy);
    } catch (const Error& error) {
        // A disk is no reason not to open the model, which may well fit into memory.
        if (error.kind() != ErrorKind::DeviceFault) throw;
        copy.notes.push_back(
            fmt::format("{} is loaded as it is, for there is no {} copy of it: {}.",
                        source.name(),
                        request.label,
                        error.what()));
    }
    return copy;
}

std::vector<QuantisedFile> listQuantised(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string file = entry->path().string();
        if (file.ends_with(kCopySuffix) || file.ends_with(kUnfinishedSuffix))
            files.push_back(entry->path());
    }
    std::ranges::sort(files);
    std::vector<QuantisedFile> copies;
    for (const fs::path& file : files) copies.push_back(describeQuantised(file));
    return copies;
}

void removeQuantised(const QuantisedFile& copy) {
    std::error_code error;
    if (copy.file.string().ends_with(kUnfinishedSuffix)) {
        const std::string partial = copy.file.string();
        removeUnfinished(
            partial.substr(0, partial.size() - (kUnfinishedSuffix.size() - kCopySuffix.size())));
    } else if (!fs::remove(copy.file, error) && error) {
        throw Error(ErrorKind::DeviceFault,
                    fmt::format("{} cannot be removed: {}",
                                shownText(copy.file.string(), kWholeText),
                                error.message()));
    }
    fs::remove(copy.file.parent_path(), error);  // stays while there is something else in it
}

}  // namespace gatescope
