#include "engine/model/tensor_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <numeric>
#include <optional>
#include <utility>

#include "engine/check.h"
#include "engine/error_codes.h"
#include "engine/model/arrival.h"
#include "engine/model/finite_check.h"
#include "engine/model/read_order.h"
#include "kernels/cpu/panels.h"
#include "kernels/quant/block_codec.h"

namespace gatescope {
namespace {

constexpr std::uint64_t kChunkBytes = 2 << 20;  // between two looks at the stop token

std::uint64_t u64(std::int64_t value) {
    return static_cast<std::uint64_t>(value);
}

/// Some rows of a part: what one job reads.
struct RowPiece {
    const TensorPart* part = nullptr;
    std::int64_t firstRow = 0;  // of the part
    std::int64_t numRows = 0;
};

std::uint64_t rowBytes(const TensorPart& part) {
    return storedBytes(part.stored, u64(part.numColumns));
}

/// Outputs that go into memory together.
std::int64_t rowUnit(const TensorLayout& layout) {
    return layout.order == MatrixOrder::Panels ? kernels::panelOutputs(layout.dtype) : 1;
}

/// Cuts parts into pieces of about kChunkBytes, in the order of the files, and between panels.
/// `tensor`: only its parts.
std::vector<RowPiece> piecesOf(const std::vector<TensorPart>& parts,
                               const std::vector<TensorLayout>& layouts,
                               std::optional<std::size_t> tensor = std::nullopt) {
    std::vector<const TensorPart*> order;
    for (const TensorPart& part : parts)
        if (!tensor || part.tensor == *tensor) order.push_back(&part);
    std::ranges::sort(
        order, {}, [](const TensorPart* part) { return std::pair(part->file, part->offset); });
    std::vector<RowPiece> pieces;
    for (const TensorPart* part : order) {
        const std::int64_t unit = rowUnit(layouts[part->tensor]);
        const auto fitting =
            static_cast<std::int64_t>(kChunkBytes / std::max<std::uint64_t>(1, rowBytes(*part)));
        const std::int64_t rows = std::max(unit, fitting / unit * unit);
        for (std::int64_t row = 0; row < part->numRows; row += rows)
            pieces.push_back({part, row, std::min(rows, part->numRows - row)});
    }
    return pieces;
}

std::string whereOf(const ModelFile& file, const std::string& name) {
    return fmt::format("{}: tensor {}", file.name(), name);
}

void checkFinite(const ModelFile& file,
                 const std::string& name,
                 DType type,
                 std::span<const std::byte> stored,
                 std::uint64_t offset) {
    const auto bad = firstNotFinite(type, stored);
    if (!bad) return;
    refuse(ErrorCode::ValueNotFinite,
           whereOf(file, name),
           fmt::format("byte {}: a {} {} is NaN or infinite, expected finite numbers",
                       offset + *bad * traits(type).bytesPerBlock,
                       gatescope::name(type),
                       isBlockType(type) ? "block" : "element"));
}

/// Puts rows that were read where their tensor lies.
class Placement {
  public:
    Placement(const TensorLayout& layout, const TensorMemory& memory)
        : layout_(layout), memory_(memory) {
        const TensorSlot& slot = layout.slot;
        const bool matrix = slot.isMatrix() || slot.isVocabularyMatrix();
        const bool router = slot.role == TensorRole::Router;
        const auto length = static_cast<std::int64_t>(slot.numElements());
        numIn_ = matrix ? slot.numIn() : router ? slot.shape[0] : length;
        numOut_ = matrix ? slot.numOut() : router ? slot.shape[1] : 1;
        transposed_ = router || (slot.isMatrix() && layout.order == MatrixOrder::InputsFirst);
    }

    /// The rows lie in memory as they are stored, without gaps: nothing but a copy.
    bool isCopy(const TensorPart& part) const {
        return !transposed_ && part.stored == layout_.dtype && part.numColumns == numIn_;
    }

    bool inPanels() const { return layout_.order == MatrixOrder::Panels; }

    /// Whole panels, from rows that lie one behind the other.
    void layOut(const RowPiece& piece, std::span<const std::byte> stored) const {
        const TensorPart& part = *piece.part;
        const std::int64_t outputs = rowUnit(layout_);
        const auto inputs = static_cast<int>(numIn_);
        const std::size_t panelBytes = kernels::panelBytes(layout_.dtype, inputs);
        std::byte* matrix =
            memory_.data + u64(part.matrix) * storedBytes(layout_.dtype, u64(numIn_ * numOut_));
        for (std::int64_t row = 0; row < piece.numRows; row += outputs) {
            const std::int64_t panel = (part.firstRow + piece.firstRow + row) / outputs;
            kernels::panelFromRows(layout_.dtype,
                                   stored.data() + u64(row) * rowBytes(part),
                                   inputs,
                                   static_cast<int>(std::min(outputs, piece.numRows - row)),
                                   matrix + u64(panel) * panelBytes);
        }
    }

    std::byte* rowAt(const TensorPart& part, std::int64_t row) const {
        const std::int64_t index = part.matrix * numOut_ + part.firstRow + row;
        return memory_.data + storedBytes(layout_.dtype, u64(index * numIn_ + part.firstColumn));
    }

    void place(const RowPiece& piece, std::span<const std::byte> stored) const {
        const TensorPart& part = *piece.part;
        const std::uint64_t bytes = rowBytes(part);
        std::vector<float> values;
        for (std::int64_t r = 0; r < piece.numRows; ++r) {
            const std::byte* from = stored.data() + u64(r) * bytes;
            if (!transposed_ && part.stored == layout_.dtype) {
                std::memcpy(rowAt(part, piece.firstRow + r), from, bytes);
                continue;
            }
            GS_CHECK(layout_.dtype == DType::F32);
            values.resize(static_cast<std::size_t>(part.numColumns));
            kernels::decodeElements(part.stored, from, values.size(), values.data());
            placeFloats(part, piece.firstRow + r, values);
        }
    }

  private:
    void placeFloats(const TensorPart& part,
                     std::int64_t row,
                     std::span<const float> values) const {
        if (!transposed_) {
            std::memcpy(rowAt(part, row), values.data(), values.size_bytes());
            return;
        }
        auto* floats = reinterpret_cast<float*>(memory_.data) + part.matrix * numIn_ * numOut_;
        const std::int64_t column = part.firstRow + row;
        for (std::size_t k = 0; k < values.size(); ++k)
            floats[(part.firstColumn + static_cast<std::int64_t>(k)) * numOut_ + column] =
                values[k];
    }

    const TensorLayout& layout_;
    const TensorMemory& memory_;
    std::int64_t numIn_ = 0;
    std::int64_t numOut_ = 0;
    bool transposed_ = false;
};

void readPiece(const ModelFile& file,
               const RowPiece& piece,
               const TensorLayout& layout,
               const TensorMemory& memory,
               ProgressMeter& progress) {
    const TensorPart& part = *piece.part;
    const Placement placement(layout, memory);
    const std::uint64_t offset = part.offset + u64(piece.firstRow) * rowBytes(part);
    const std::uint64_t bytes = u64(piece.numRows) * rowBytes(part);
    const bool copy = placement.isCopy(part) && !placement.inPanels();
    // One a reader thread, for as long as it lives: fresh memory would be cleared for each piece.
    thread_local AlignedBuffer buffer;
    if (!copy && buffer.size() < bytes) buffer = AlignedBuffer(bytes);
    const std::span<std::byte> into(copy ? placement.rowAt(part, piece.firstRow) : buffer.data(),
                                    bytes);
    file.read(offset, into);
    checkFinite(file, part.name, part.stored, into, offset);
    if (placement.inPanels())
        placement.layOut(piece, into);
    else if (!copy)
        placement.place(piece, into);
    progress.add(bytes);
}

void readScales(const ModelFile& file,
                const ScalePart& part,
                const TensorLayout& layout,
                const TensorMemory& memory) {
    std::vector<std::byte> stored(storedBytes(part.stored, u64(part.count)));
    file.read(part.offset, stored);
    checkFinite(file, part.name, part.stored, stored, part.offset);
    std::vector<float> values(static_cast<std::size_t>(part.count));
    kernels::decodeElements(part.stored, stored.data(), values.size(), values.data());
    float* out = memory.rowScales + part.matrix * layout.slot.numOut() + part.firstRow;
    for (std::int64_t r = 0; r < part.numRows; ++r)
        out[r] = values[part.count == 1 ? 0 : static_cast<std::size_t>(r)];
}

/// values [rows, numColumns], scales [rows].
void scaleRows(const float* scales, std::int64_t numColumns, std::span<float> values) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] *= scales[i / u64(numColumns)];
}

int readers(const PartsReadOptions& options) {
    return options.numReaders > 0 ? options.numReaders : kDiskReaders;
}

/// The files that parts lie in, opened when they are first wanted.
class OpenFiles {
  public:
    OpenFiles(const std::vector<PartsFile>& described, bool bypassCache)
        : described_(described), files_(described.size()), bypassCache_(bypassCache) {}

    void open(std::size_t index) {
        if (files_[index]) return;
        files_[index].emplace(described_[index].open());
        requireSameFile(*files_[index], described_[index].identity);
        if (bypassCache_) files_[index]->bypassCache();
    }
    const ModelFile& operator[](std::size_t index) const { return *files_[index]; }
    void checkAll() const {
        for (std::size_t i = 0; i < files_.size(); ++i)
            if (files_[i]) requireSameFile(*files_[i], described_[i].identity);
    }

  private:
    const std::vector<PartsFile>& described_;
    std::vector<std::optional<ModelFile>> files_;
    bool bypassCache_;
};

/// Scales, or rows of a part.
struct ReadJob {
    const ScalePart* scale = nullptr;
    RowPiece piece;

    std::size_t file() const { return scale ? scale->file : piece.part->file; }
    std::size_t tensor() const { return scale ? scale->tensor : piece.part->tensor; }
    int matrix() const { return scale ? scale->matrix : piece.part->matrix; }
};

/// Which stretches are read, and how.
struct Reading {
    std::vector<ReadJob> jobs;
    int numReaders = 1;
    bool bypassCache = false;
    StageCounter* arrivals = nullptr;  // of these jobs
    LoadWatcher* watcher = nullptr;    // whose order() counts
};

/// Of all parts, or of one tensor's: its scales before them.
std::vector<ReadJob> jobsOf(const TensorParts& parts,
                            const std::vector<TensorLayout>& layouts,
                            std::optional<std::size_t> tensor = std::nullopt) {
    std::vector<ReadJob> jobs;
    for (const ScalePart& scale : parts.scales)
        if (!tensor || scale.tensor == *tensor) jobs.push_back({.scale = &scale, .piece = {}});
    for (const RowPiece& piece : piecesOf(parts.parts, layouts, tensor))
        jobs.push_back({.scale = nullptr, .piece = piece});
    return jobs;
}

/// How tensors lie when each goes into panels that can do so while it is read.
std::vector<TensorLayout> layoutsInPanels(const TensorParts& parts, bool tiedOutput) {
    std::vector<TensorLayout> layouts = parts.layouts;
    for (TensorLayout& layout : layouts)
        if (layout.order == MatrixOrder::OutputsFirst)
            layout.order = laidOutOrder(layout, tiedOutput);
    for (const TensorPart& part : parts.parts) {
        TensorLayout& layout = layouts[part.tensor];
        if (layout.order != MatrixOrder::Panels) continue;
        const std::int64_t unit = rowUnit(layout);
        const std::int64_t end = part.firstRow + part.numRows;
        if (part.stored != layout.dtype || part.numColumns != layout.slot.numIn() ||
            part.firstRow % unit != 0 || (end % unit != 0 && end != layout.slot.numOut()))
            layout.order = MatrixOrder::OutputsFirst;
    }
    return layouts;
}

LoadOutcome readAll(const TensorParts& parts,
                    const std::vector<TensorLayout>& layouts,
                    const Reading& reading,
                    const std::function<TensorMemory(std::size_t)>& memoryOf,
                    ProgressMeter& meter,
                    const std::stop_token& stop) {
    OpenFiles files(parts.files, reading.bypassCache);
    for (const ReadJob& job : reading.jobs) files.open(job.file());
    ReadOrder* const order = reading.watcher ? reading.watcher->order() : nullptr;
    const auto readJob = [&](std::size_t number, const std::stop_token& token) {
        const auto dealt = order ? order->next(token) : std::optional(number);
        if (!dealt) return;
        const std::size_t index = *dealt;
        if (reading.arrivals && !reading.arrivals->await(index, token)) return;
        const ReadJob& job = reading.jobs[index];
        const ModelFile& file = files[job.file()];
        const TensorLayout& layout = layouts[job.tensor()];
        if (job.scale)
            readScales(file, *job.scale, layout, memoryOf(job.tensor()));
        else
            readPiece(file, job.piece, layout, memoryOf(job.tensor()), meter);
        if (order)
            if (const auto portion = order->done(index)) reading.watcher->arrivedPortion(*portion);
        if (reading.arrivals) reading.arrivals->done(index);
    };
    const auto outcome = runLoadJobs(reading.jobs.size(), reading.numReaders, stop, readJob);
    if (outcome == LoadOutcome::Done) files.checkAll();
    return outcome;
}

}  // namespace

std::uint64_t TensorPart::bytes() const {
    return storedBytes(stored, u64(numRows) * u64(numColumns));
}

std::shared_ptr<ModelWeights> loadParts(const std::string& model,
                                        const ModelConfig& config,
                                        const TensorParts& parts,
                                        const PartsReadOptions& options,
                                        const LoadProgressCallback& progress,
                                        std::stop_token stop) {
    const std::uint64_t available =
        options.availableMemory ? options.availableMemory() : availableMemory();
    requireMemory(model, bytesAtOnce(parts.layouts, config, options.watcher), available);
    const std::vector<TensorLayout> layouts =
        options.inPanels ? layoutsInPanels(parts, config.tiedOutput) : parts.layouts;
    WeightsAssembly assembly(config, layouts);
    const auto bytes = std::accumulate(
        parts.parts.begin(), parts.parts.end(), std::uint64_t{0}, [](auto sum, const auto& part) {
            return sum + part.bytes();
        });
    ProgressMeter meter(progress, bytes);
    const auto memoryOf = [&](std::size_t tensor) { return assembly.memory(tensor); };
    Reading reading{.jobs = jobsOf(parts, layouts),
                    .numReaders = readers(options),
                    .bypassCache = isTooLargeToCache(bytes, available)};
    const auto stageOfJob = [&](const ReadJob& job) {
        return stageOf(layouts[job.tensor()].slot, config);
    };
    std::ranges::stable_sort(reading.jobs, {}, stageOfJob);
    std::vector<int> stages;
    std::ranges::transform(reading.jobs, std::back_inserter(stages), stageOfJob);
    if (options.watcher) options.watcher->begun(assembly.unfinished());
    reading.watcher = options.watcher;
    if (ReadOrder* const order = options.watcher ? options.watcher->order() : nullptr) {
        std::vector<int> portions;
        for (const ReadJob& job : reading.jobs)
            portions.push_back(portionOf(config, layouts[job.tensor()].slot, job.matrix()));
        order->begin(std::move(portions), numPortions(config));
    }
    StageCounter arrivals(options.watcher, numStages(config), std::move(stages));
    reading.arrivals = &arrivals;
    if (readAll(parts, layouts, reading, memoryOf, meter, stop) == LoadOutcome::Stopped)
        return nullptr;
    meter.finish();
    return assembly.finish();
}

LoadOutcome visitTensorParts(const TensorParts& parts,
                             std::size_t tensor,
                             const ValueVisitor& visit,
                             const std::stop_token& stop) {
    const TensorLayout& layout = parts.layouts[tensor];
    const std::vector<ReadJob> jobs = jobsOf(parts, parts.layouts, tensor);  // its scales first
    OpenFiles files(parts.files, false);
    for (const ReadJob& job : jobs) files.open(job.file());
    const auto numOut = layout.slot.isMatrix() ? layout.slot.numOut() : 0;
    std::vector<float> scales(layout.scaleBytes() / sizeof(float));
    std::vector<std::byte> stored;
    std::vector<float> values;
    for (const ReadJob& job : jobs) {
        if (stop.stop_requested()) return LoadOutcome::Stopped;
        const ModelFile& file = files[job.file()];
        if (job.scale) {
            readScales(file, *job.scale, layout, {.rowScales = scales.data()});
            continue;
        }
        const TensorPart& part = *job.piece.part;
        const std::uint64_t offset = part.offset + u64(job.piece.firstRow) * rowBytes(part);
        stored.resize(u64(job.piece.numRows) * rowBytes(part));
        file.read(offset, stored);
        checkFinite(file, part.name, part.stored, stored, offset);
        values.resize(u64(job.piece.numRows * part.numColumns));
        kernels::decodeElements(part.stored, stored.data(), values.size(), values.data());
        if (!scales.empty())
            scaleRows(&scales[u64(part.matrix * numOut + part.firstRow + job.piece.firstRow)],
                      part.numColumns,
                      values);
        visit(values);
    }
    files.checkAll();
    return LoadOutcome::Done;
}

LoadOutcome readTensorParts(const TensorParts& parts,
                            std::size_t tensor,
                            const TensorMemory& memory,
                            const PartsReadOptions& options,
                            const std::stop_token& stop) {
    const Reading reading{.jobs = jobsOf(parts, parts.layouts, tensor),
                          .numReaders = readers(options)};
    const LoadProgressCallback nobody;
    ProgressMeter meter(nobody, 0);
    const auto memoryOf = [&](std::size_t) { return memory; };
    return readAll(parts, parts.layouts, reading, memoryOf, meter, stop);
}

}  // namespace gatescope
