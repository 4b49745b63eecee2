#include "engine/model/synthetic/synthetic_model.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <thread>

#include "engine/model/arrival.h"
#include "engine/model/load_jobs.h"
#include "engine/model/scale_elements.h"
#include "engine/model/synthetic/random_weights.h"
#include "kernels/quant/block_codec.h"

namespace gatescope {
namespace {

/// Elements that come from one random stream, and the piece of work between two looks at `stop`.
constexpr std::uint64_t kBlock = std::uint64_t{1} << 20;
constexpr int kRowParallelGroups = 8;  // as xAI's 8-way cut leaves them

/// A stretch of one tensor's elements, or of its scales.
struct Piece {
    std::size_t tensor = 0;
    std::uint64_t block = 0;
    bool scales = false;
};

struct Distribution {
    float mean = 0;
    float deviation = 0;
};

Distribution distributionOf(const TensorSlot& slot) {
    const auto overRoot = [](std::int64_t size) {
        return static_cast<float>(1.0 / std::sqrt(static_cast<double>(size)));
    };
    if (slot.isMatrix()) return {.mean = 0, .deviation = overRoot(slot.numIn())};
    if (slot.role == TensorRole::Embedding)
        return {.mean = 0, .deviation = overRoot(slot.shape[1])};
    if (slot.role == TensorRole::Router) return {.mean = 0, .deviation = overRoot(slot.shape[0])};
    return {.mean = 1, .deviation = 0.1F};  // norms
}

/// Where a tensor's stream starts: by its name, so that a layer keeps its weights when the number
/// of layers changes. FNV-1a.
std::uint64_t streamOf(const TensorSlot& slot, bool scales) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : slot.path) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3U;
    return scales ? ~hash : hash;
}

std::uint64_t numScales(const TensorLayout& layout) {
    return layout.scaleBytes() / itemSize(DType::BF16);
}

void addPieces(std::size_t tensor, const TensorLayout& layout, std::vector<Piece>& pieces) {
    const auto add = [&](std::uint64_t elements, bool scales) {
        for (std::uint64_t block = 0; block * kBlock < elements; ++block)
            pieces.push_back({.tensor = tensor, .block = block, .scales = scales});
    };
    add(layout.slot.numElements(), false);
    add(numScales(layout), true);
}

std::uint64_t countOf(const TensorLayout& layout, const Piece& piece) {
    const std::uint64_t total = piece.scales ? numScales(layout) : layout.slot.numElements();
    return std::min(kBlock, total - piece.block * kBlock);
}

/// Where a piece lies in its tensor's memory.
TensorMemory placeOf(const TensorLayout& layout, TensorMemory memory, const Piece& piece) {
    const std::uint64_t start = piece.block * kBlock;
    if (piece.scales)
        memory.scales += start;
    else
        memory.data += start * itemSize(layout.dtype);
    return memory;
}

/// `memory`: of the piece alone. Returns the bytes made.
std::uint64_t fill(const TensorLayout& layout,
                   const TensorMemory& memory,
                   const Piece& piece,
                   std::uint64_t seed) {
    BlockRandom random(seed, streamOf(layout.slot, piece.scales), piece.block);
    const std::uint64_t count = countOf(layout, piece);
    const Distribution wanted = distributionOf(layout.slot);
    if (piece.scales) {
        // Each a little different: a decoder that takes the wrong group or column is found out.
        constexpr float kSpread = 0.05F;
        const auto scale = static_cast<float>(wanted.deviation / kInt8Deviation);
        fillBf16(random, scale, kSpread * scale, {memory.scales, count});
        return count * itemSize(DType::BF16);
    }
    switch (layout.dtype) {
        case DType::I8:
            fillInt8(random, {reinterpret_cast<std::int8_t*>(memory.data), count});
            break;
        case DType::BF16:
            fillBf16(random,
                     wanted.mean,
                     wanted.deviation,
                     {reinterpret_cast<std::uint16_t*>(memory.data), count});
            break;
        default:
            fillFloat(random,
                      wanted.mean,
                      wanted.deviation,
                      {reinterpret_cast<float*>(memory.data), count});
    }
    return count * itemSize(layout.dtype);
}

TensorLayout layoutOf(TensorSlot slot, DType matrices) {
    TensorLayout layout{.slot = std::move(slot), .dtype = DType::F32, .numGroups = 0};
    if (!layout.slot.isMatrix()) return layout;
    layout.dtype = matrices;
    const bool rowParallel = layout.slot.role == TensorRole::AttentionOutput ||
                             layout.slot.role == TensorRole::ExpertDown;
    if (matrices == DType::I8) layout.numGroups = rowParallel ? kRowParallelGroups : 1;
    return layout;
}

}  // namespace

SyntheticModel::SyntheticModel(std::string model,
                               int numThreads,
                               std::function<std::uint64_t()> available)
    : model_(std::move(model)),
      spec_(parseSyntheticSpec(model_)),
      numThreads_(numThreads > 0
                      ? numThreads
                      : std::max(1, static_cast<int>(std::thread::hardware_concurrency()))),
      availableMemory_(std::move(available)) {
    for (TensorSlot& slot : tensorSlots(spec_.config)) {
        layouts_.push_back(layoutOf(std::move(slot), spec_.dtype));
        const TensorLayout& layout = layouts_.back();
        infos_.push_back({.name = layout.slot.path,
                          .file = {},
                          .dtype = layout.dtype,
                          .shape = layout.slot.shape,
                          .bytes = layout.dataBytes() + layout.scaleBytes()});
    }
}

std::shared_ptr<ModelWeights> SyntheticModel::load(const LoadProgressCallback& progress,
                                                   std::stop_token stop) const {
    requireMemory(model_,
                  bytesAtOnce(layouts_, spec_.config, watcher_),
                  availableMemory_ ? availableMemory_() : availableMemory());
    WeightsAssembly assembly(spec_.config, layouts_);
    if (watcher_) watcher_->begun(assembly.unfinished());
    std::vector<Piece> pieces;
    for (std::size_t i = 0; i < layouts_.size(); ++i) addPieces(i, layouts_[i], pieces);
    const auto stageOfPiece = [&](const Piece& piece) {
        return stageOf(layouts_[piece.tensor].slot, spec_.config);
    };
    std::ranges::stable_sort(pieces, {}, stageOfPiece);
    std::vector<int> stages;
    std::ranges::transform(pieces, std::back_inserter(stages), stageOfPiece);
    StageCounter counter(watcher_, numStages(spec_.config), std::move(stages));
    ProgressMeter meter(progress, memoryBytes(layouts_));
    const auto outcome = runLoadJobs(
        pieces.size(), numThreads_, stop, [&](std::size_t job, const std::stop_token& token) {
            const Piece& piece = pieces[job];
            if (!counter.await(job, token)) return;
            const TensorLayout& layout = layouts_[piece.tensor];
            const TensorMemory place = placeOf(layout, assembly.memory(piece.tensor), piece);
            meter.add(fill(layout, place, piece, spec_.seed));
            counter.done(job);
        });
    if (outcome == LoadOutcome::Stopped) return nullptr;
    meter.finish();
    return assembly.finish();
}

LoadOutcome SyntheticModel::readTensor(std::size_t tensor,
                                       const TensorMemory& memory,
                                       const std::stop_token& stop) const {
    const TensorLayout& layout = layouts_.at(tensor);
    std::vector<Piece> pieces;
    addPieces(tensor, layout, pieces);
    return runLoadJobs(
        pieces.size(), numThreads_, stop, [&](std::size_t job, const std::stop_token&) {
            fill(layout, placeOf(layout, memory, pieces[job]), pieces[job], spec_.seed);
        });
}

LoadOutcome SyntheticModel::visitValues(std::size_t tensor,
                                        const ValueVisitor& visit,
                                        const std::stop_token& stop) const {
    const TensorLayout& layout = layouts_.at(tensor);
    std::vector<Piece> pieces;
    addPieces(tensor, layout, pieces);
    // clang 14 does not take std::ranges::stable_partition of this standard library.
    std::stable_partition(
        pieces.begin(), pieces.end(), [](const Piece& piece) { return piece.scales; });
    std::vector<std::uint16_t> scales(numScales(layout));
    std::vector<std::byte> made(itemSize(layout.dtype) * kBlock);
    std::vector<float> values;
    for (const Piece& piece : pieces) {
        if (stop.stop_requested()) return LoadOutcome::Stopped;
        if (piece.scales) {
            fill(layout, placeOf(layout, {.scales = scales.data()}, piece), piece, spec_.seed);
            continue;
        }
        fill(layout, {.data = made.data()}, piece, spec_.seed);
        values.resize(countOf(layout, piece));
        kernels::decodeElements(layout.dtype, made.data(), values.size(), values.data());
        if (!scales.empty()) scaleElements(layout, scales, piece.block * kBlock, values);
        visit(values);
    }
    return LoadOutcome::Done;
}

}  // namespace gatescope
