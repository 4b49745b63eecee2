#include "engine/model/native/native_weights.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "engine/check.h"
#include "engine/error_codes.h"
#include "engine/io/checksum.h"
#include "engine/model/convert/partial_file.h"
#include "engine/model/load_jobs.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kChunkBytes = std::size_t{2} << 20;  // between two looks at the stop token

/// Has a mapped stretch read from the disk as one, if it is not there already: page by page takes
/// up to three times as long (1.35 GB: 2.0 s instead of 0.6). `chunk` begins with a page.
void bringIn(std::span<const std::byte> chunk) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    auto* start = const_cast<std::byte*>(chunk.data());
    unsigned char present = 1;
    (void)::mincore(start + (chunk.size() - 1) / page * page, 1, &present);
    if ((present & 1U) == 0) (void)::madvise(start, chunk.size(), MADV_POPULATE_READ);  // a wish
}

enum class Bytes { InMemory, Mapped };

/// XXH3; empty when `stop` was requested.
std::optional<std::uint64_t> checkedSum(std::span<const std::byte> bytes,
                                        Bytes kind,
                                        ProgressMeter& meter,
                                        const std::stop_token& stop) {
    Checksum checksum;
    while (!bytes.empty()) {
        if (stop.stop_requested()) return std::nullopt;
        const auto chunk = bytes.first(std::min(kChunkBytes, bytes.size()));
        if (kind == Bytes::Mapped) bringIn(chunk);
        checksum.add(chunk);
        meter.add(chunk.size());
        bytes = bytes.subspan(chunk.size());
    }
    return checksum.value();
}

/// A stretch of the file with a checksum of its own.
struct RangePiece {
    const NativeTensor* tensor = nullptr;
    const NativeRange* range = nullptr;
};

std::vector<RangePiece> piecesOf(const NativeHeader& header) {
    std::vector<RangePiece> pieces;
    for (const NativeTensor& tensor : header.tensors) {
        if (tensor.data.bytes > 0) pieces.push_back({&tensor, &tensor.data});
        if (tensor.scales.bytes > 0) pieces.push_back({&tensor, &tensor.scales});
    }
    return pieces;
}

std::uint64_t bytesOf(const std::vector<RangePiece>& pieces) {
    std::uint64_t bytes = 0;
    for (const RangePiece& piece : pieces) bytes += piece.range->bytes;
    return bytes;
}

/// The header of a file that holds `weights`, and where each of its pieces lies now.
struct Content {
    NativeHeader header;
    std::vector<std::span<const std::byte>> pieces;
};

Content contentOf(const ModelSource& source, const ModelWeights& weights) {
    Content content;
    content.header = {.layoutFingerprint = layoutFingerprint(),
                      .source = source.identity(),
                      .sourceChecksum = describedChecksum(source),
                      .config = weights.config,
                      .tensors = {}};
    for (const TensorSlot& slot : tensorSlots(weights.config)) {
        TensorBytes bytes = gatescope::bytesOf(weights, slot);
        content.header.tensors.push_back({.layout = std::move(bytes.layout)});
        for (const auto part : {bytes.data, bytes.scales})
            if (!part.empty()) content.pieces.push_back(part);
    }
    placeTensors(content.header);
    return content;
}

/// Checksums into the header. False: stopped.
bool sign(Content& content, const std::stop_token& stop) {
    const auto pieces = piecesOf(content.header);
    GS_CHECK_EQ(pieces.size(), content.pieces.size());
    const LoadProgressCallback nobody;
    ProgressMeter meter(nobody, 0);
    const int threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    return runLoadJobs(
               pieces.size(), threads, stop, [&](std::size_t i, const std::stop_token& token) {
                   const auto checksum =
                       checkedSum(content.pieces[i], Bytes::InMemory, meter, token);
                   const_cast<NativeRange*>(pieces[i].range)->checksum = checksum.value_or(0);
               }) == LoadOutcome::Done;
}

/// Removes what an attempt leaves behind that does not succeed.
class UnfinishedFile {
  public:
    explicit UnfinishedFile(const fs::path& out) : out_(out) {}
    ~UnfinishedFile() {
        if (!finished_) removeUnfinished(out_);
    }
    UnfinishedFile(const UnfinishedFile&) = delete;
    UnfinishedFile& operator=(const UnfinishedFile&) = delete;

    /// From now on another process may have a file of that name.
    void finished() { finished_ = true; }

  private:
    fs::path out_;
    bool finished_ = false;
};

}  // namespace

LoadOutcome writeNativeFile(const fs::path& out,
                            const ModelSource& source,
                            const ModelWeights& weights,
                            const LoadProgressCallback& progress,
                            const std::stop_token& stop) {
    Content content = contentOf(source, weights);
    if (!sign(content, stop)) return LoadOutcome::Stopped;
    const auto pieces = piecesOf(content.header);
    std::vector<FileSection> sections;
    for (const RangePiece& piece : pieces)
        sections.push_back({.offset = piece.range->offset, .bytes = piece.range->bytes});
    ProgressMeter meter(progress, bytesOf(pieces));

    UnfinishedFile unfinished(out);  // at work when the file is closed already
    PartialFile file(
        out, nativeHeaderBytes(content.header), content.header.fileBytes, std::move(sections));
    file.beginAnew();
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        std::uint32_t crc = 0;
        std::uint64_t offset = pieces[i].range->offset;
        for (auto left = content.pieces[i]; !left.empty();) {
            if (stop.stop_requested()) return LoadOutcome::Stopped;
            const auto chunk = left.first(std::min(kChunkBytes, left.size()));
            file.write(offset, chunk);
            crc = crc32Of(chunk, crc);
            meter.add(chunk.size());
            offset += chunk.size();
            left = left.subspan(chunk.size());
        }
        file.finish({.crc = crc});
    }
    meter.finish();
    file.complete();
    unfinished.finished();
    return LoadOutcome::Done;
}

LoadOutcome checkTensors(const NativeHeader& header,
                         const MappedFile& mapped,
                         const std::string& name,
                         int numThreads,
                         const LoadProgressCallback& progress,
                         const std::stop_token& stop) {
    GS_CHECK_EQ(mapped.size(), header.fileBytes);
    const auto pieces = piecesOf(header);
    ProgressMeter meter(progress, bytesOf(pieces));
    const auto check = [&](std::size_t i, const std::stop_token& token) {
        const NativeRange& range = *pieces[i].range;
        const std::span bytes(mapped.data() + range.offset, static_cast<std::size_t>(range.bytes));
        const auto found = checkedSum(bytes, Bytes::Mapped, meter, token);
        if (found && *found != range.checksum)
            refuse(ErrorCode::CopyChecksum,
                   name,
                   fmt::format("byte {}: the checksum of tensor {} is {:016x}, expected {:016x}",
                               range.offset,
                               pieces[i].tensor->layout.slot.path,
                               *found,
                               range.checksum));
    };
    const auto outcome = runLoadJobs(pieces.size(), numThreads, stop, check);
    if (outcome == LoadOutcome::Done) meter.finish();
    return outcome;
}

std::shared_ptr<ModelWeights> weightsIn(const NativeHeader& header, MappedFile mapped) {
    GS_CHECK_EQ(mapped.size(), header.fileBytes);
    auto weights = std::make_shared<ModelWeights>();
    weights->config = header.config;
    weights->file = std::move(mapped);
    std::vector<TensorLayout> layouts;
    std::vector<TensorMemory> memory;
    // Views are of constant bytes; only readers' own memory is written to.
    auto* start = const_cast<std::byte*>(weights->file.data());
    for (const NativeTensor& tensor : header.tensors) {
        layouts.push_back(tensor.layout);
        TensorMemory& place = memory.emplace_back();
        place.data = start + tensor.data.offset;
        std::byte* scales = start + tensor.scales.offset;
        if (tensor.layout.numGroups > 0) place.scales = reinterpret_cast<std::uint16_t*>(scales);
        if (tensor.layout.dtype == DType::F8E4M3)
            place.rowScales = reinterpret_cast<float*>(scales);
    }
    pointInto(layouts, memory, *weights);
    return weights;
}

}  // namespace gatescope
