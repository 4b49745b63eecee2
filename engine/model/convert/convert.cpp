#include "engine/model/convert/convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <mutex>
#include <thread>

#include "engine/check.h"
#include "engine/error_codes.h"
#include "engine/model/convert/gguf_plan.h"
#include "engine/model/convert/partial_file.h"
#include "engine/model/convert/tensor_rows.h"
#include "engine/model/load_jobs.h"
#include "kernels/quant/block_codec.h"

namespace gatescope {
namespace {

constexpr std::int64_t kChunkElements = 1 << 20;  // of f32: 4 MiB a thread
constexpr std::int64_t kGatheredRows = 64;        // a cache line of int8, see copyRows()

/// One tensor of the source in memory of its own.
class LoadedTensor {
  public:
    explicit LoadedTensor(const TensorLayout& layout)
        : layout_(layout), data_(layout.dataBytes()), scales_(layout.scaleBytes()) {
        memory_.data = data_.data();
        if (layout.dtype == DType::F8E4M3)
            memory_.rowScales = reinterpret_cast<float*>(scales_.data());
        else if (layout.numGroups > 0)
            memory_.scales = reinterpret_cast<std::uint16_t*>(scales_.data());
    }
    const TensorLayout& layout() const { return layout_; }
    const TensorMemory& memory() const { return memory_; }

  private:
    const TensorLayout& layout_;
    AlignedBuffer data_;
    AlignedBuffer scales_;
    TensorMemory memory_;
};

/// Rows of one matrix that one job converts; they lie together in the file.
std::vector<RowRange> chunksOf(const RowShape& shape) {
    const std::int64_t rows = std::clamp(
        kChunkElements / shape.numColumns, kGatheredRows, std::max(kGatheredRows, shape.numRows));
    std::vector<RowRange> chunks;
    for (std::int64_t matrix = 0; matrix < shape.numMatrices; ++matrix)
        for (std::int64_t first = 0; first < shape.numRows; first += rows)
            chunks.push_back({.matrix = matrix,
                              .firstRow = first,
                              .numRows = std::min(rows, shape.numRows - first)});
    return chunks;
}

std::uint64_t rowsToBytes(const PlannedTensor& tensor, std::int64_t rows) {
    return storedBytes(tensor.dtype, static_cast<std::uint64_t>(rows * tensor.shape.numColumns));
}

struct ConvertedChunk {
    std::uint32_t crc = 0;
    std::uint64_t bytes = 0;
    double squaredError = 0;
    double squaredWeights = 0;
};

class Conversion {
  public:
    Conversion(const ModelSource& source, const ConvertOptions& options)
        : source_(source), numThreads_(options.numThreads > 0 ? options.numThreads : numCores()) {}

    /// Null output: only computes what would be written.
    std::optional<FinishedSection> run(const PlannedTensor& tensor,
                                       const PartialFile* out,
                                       ProgressMeter* meter,
                                       const std::stop_token& stop) const {
        LoadedTensor loaded(source_.layouts()[tensor.source]);
        if (source_.readTensor(tensor.source, loaded.memory(), stop) == LoadOutcome::Stopped)
            return std::nullopt;
        const std::vector<RowRange> chunks = chunksOf(tensor.shape);
        std::vector<ConvertedChunk> done(chunks.size());
        const auto outcome = runLoadJobs(
            chunks.size(), numThreads_, stop, [&](std::size_t i, const std::stop_token&) {
                done[i] = convert(loaded, tensor, chunks[i], out);
                if (meter != nullptr) meter->add(done[i].bytes);
            });
        if (outcome == LoadOutcome::Stopped) return std::nullopt;
        FinishedSection section;
        for (const ConvertedChunk& chunk : done) {
            section.crc = combineCrc32(section.crc, chunk.crc, chunk.bytes);
            section.squaredError += chunk.squaredError;
            section.squaredWeights += chunk.squaredWeights;
        }
        return section;
    }

  private:
    static int numCores() {
        return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    }

    ConvertedChunk convert(const LoadedTensor& loaded,
                           const PlannedTensor& tensor,
                           const RowRange& rows,
                           const PartialFile* out) const {
        const auto count = static_cast<std::size_t>(rows.numRows * tensor.shape.numColumns);
        ConvertedChunk chunk{.bytes = rowsToBytes(tensor, rows.numRows)};
        std::vector<float> values(count);
        copyRows(loaded.layout(), loaded.memory(), rows, values.data());
        const std::byte* stored =
            loaded.layout().dtype == tensor.dtype
                ? storedRows(loaded.layout(), loaded.memory(), rows.matrix, rows.firstRow)
                : nullptr;
        std::vector<std::byte> encoded;
        if (stored == nullptr) {
            encoded.resize(chunk.bytes);
            kernels::encodeElements(tensor.dtype, values.data(), count, encoded.data());
            stored = encoded.data();
        }
        measure(tensor, values, stored, chunk);
        const std::span<const std::byte> bytes(stored, chunk.bytes);
        chunk.crc = crc32Of(bytes);
        const std::int64_t before = rows.matrix * tensor.shape.numRows + rows.firstRow;
        if (out != nullptr) out->write(tensor.offset + rowsToBytes(tensor, before), bytes);
        return chunk;
    }

    static void measure(const PlannedTensor& tensor,
                        const std::vector<float>& values,
                        const std::byte* stored,
                        ConvertedChunk& chunk) {
        std::vector<float> decoded(values.size());
        kernels::decodeElements(tensor.dtype, stored, decoded.size(), decoded.data());
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double off = static_cast<double>(values[i]) - static_cast<double>(decoded[i]);
            chunk.squaredError += off * off;
            chunk.squaredWeights += static_cast<double>(values[i]) * static_cast<double>(values[i]);
        }
        if (!std::isfinite(chunk.squaredError))
            refuse(ErrorCode::TensorType,
                   tensor.name,
                   fmt::format("holds weights too large for {}, expected magnitudes up to 65504; "
                               "choose bf16 or f32",
                               name(tensor.dtype)));
    }

    const ModelSource& source_;
    int numThreads_;
};

/// Sums by role and type, in the order of TensorRole.
class ErrorTable {
  public:
    void add(TensorRole role, const PlannedTensor& tensor, const FinishedSection& section) {
        Sum& sum = sums_[{role, tensor.dtype}];
        sum.numElements += tensor.shape.numElements();
        sum.squaredError += section.squaredError;
        sum.squaredWeights += section.squaredWeights;
    }
    std::vector<ConversionError> rows() const {
        std::vector<ConversionError> rows;
        for (const auto& [key, sum] : sums_)
            rows.push_back({.role = key.first,
                            .dtype = key.second,
                            .numElements = sum.numElements,
                            .relativeError = sum.squaredWeights > 0
                                                 ? std::sqrt(sum.squaredError / sum.squaredWeights)
                                                 : 0.0});
        return rows;
    }

  private:
    struct Sum {
        std::uint64_t numElements = 0;
        double squaredError = 0;
        double squaredWeights = 0;
    };
    std::map<std::pair<TensorRole, DType>, Sum> sums_;
};

std::vector<FileSection> sectionsOf(const GgufPlan& plan) {
    std::vector<FileSection> sections;
    for (const PlannedTensor& tensor : plan.tensors)
        sections.push_back({.offset = tensor.offset, .bytes = tensor.bytes});
    if (plan.checksumBytes > 0)
        sections.push_back({.offset = plan.checksumOffset, .bytes = plan.checksumBytes});
    return sections;
}

std::size_t numFinishedTensors(const GgufPlan& plan, const PartialFile& file) {
    return std::min(file.numFinished(), plan.tensors.size());
}

/// All tensors are finished.
void writeChecksums(const GgufPlan& plan, PartialFile& file) {
    if (plan.checksumBytes == 0 || file.numFinished() > plan.tensors.size()) return;
    std::vector<std::uint32_t> sums{crc32Of(std::as_bytes(std::span(plan.header)))};
    for (std::size_t i = 0; i < plan.tensors.size(); ++i) sums.push_back(file.finished(i).crc);
    const auto bytes = std::as_bytes(std::span(sums));
    file.write(plan.checksumOffset, bytes);
    file.finish({.crc = crc32Of(bytes)});
}

/// Opens what an earlier conversion left, if it was one of this very model: its last finished
/// tensor is converted again and must give the same bytes.
LoadOutcome takeUp(const Conversion& conversion,
                   const GgufPlan& plan,
                   PartialFile& file,
                   const std::stop_token& stop) {
    if (file.numFinished() == 0) return LoadOutcome::Done;
    const std::size_t last = numFinishedTensors(plan, file) - 1;
    const auto again = conversion.run(plan.tensors[last], nullptr, nullptr, stop);
    if (!again) return LoadOutcome::Stopped;
    if (again->crc != file.finished(last).crc) file.beginAnew();
    return LoadOutcome::Done;
}

std::uint64_t bytesOf(std::span<const PlannedTensor> tensors) {
    std::uint64_t bytes = 0;
    for (const PlannedTensor& tensor : tensors) bytes += tensor.bytes;
    return bytes;
}

}  // namespace

ConversionReport convertToGguf(const ModelSource& source,
                               const std::filesystem::path& out,
                               const ConvertOptions& options,
                               const LoadProgressCallback& progress,
                               std::stop_token stop) {
    const GgufPlan plan = planGguf(source, options.type, options.origin);
    ConversionReport report{
        .bytes = plan.fileBytes, .numTensors = plan.tensors.size(), .remarks = plan.remarks};
    const Conversion conversion(source, options);
    PartialFile file(out, plan.header, plan.fileBytes, sectionsOf(plan));
    ProgressMeter meter(progress, bytesOf(plan.tensors));
    report.outcome = takeUp(conversion, plan, file, stop);
    report.numKept = numFinishedTensors(plan, file);
    if (report.numKept > 0) meter.add(bytesOf(std::span(plan.tensors).first(report.numKept)));
    for (std::size_t i = report.numKept;
         i < plan.tensors.size() && report.outcome == LoadOutcome::Done;
         ++i) {
        const auto section = conversion.run(plan.tensors[i], &file, &meter, stop);
        if (section)
            file.finish(*section);
        else
            report.outcome = LoadOutcome::Stopped;
    }
    if (report.outcome == LoadOutcome::Stopped) return report;
    ErrorTable errors;
    for (std::size_t i = 0; i < plan.tensors.size(); ++i)
        errors.add(
            source.layouts()[plan.tensors[i].source].slot.role, plan.tensors[i], file.finished(i));
    report.errors = errors.rows();
    writeChecksums(plan, file);
    file.complete();
    meter.finish();
    return report;
}

std::string_view kindName(TensorRole role) {
    switch (role) {
        case TensorRole::Embedding:
            return "embedding";
        case TensorRole::Output:
            return "output";
        case TensorRole::FinalNorm:
            return "final norm";
        case TensorRole::ExpertGate:
            return "expert gate";
        case TensorRole::ExpertDown:
            return "expert down";
        case TensorRole::ExpertUp:
            return "expert up";
        case TensorRole::Key:
            return "key";
        case TensorRole::AttentionOutput:
            return "attention output";
        case TensorRole::Query:
            return "query";
        case TensorRole::Value:
            return "value";
        case TensorRole::AttentionNorm:
            return "attention norm";
        case TensorRole::AttentionOutputNorm:
            return "attention output norm";
        case TensorRole::MoeNorm:
            return "MoE norm";
        case TensorRole::MoeOutputNorm:
            return "MoE output norm";
        case TensorRole::Router:
            return "router";
    }
    return "";
}

}  // namespace gatescope
