#include "engine/parallel/shards.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <system_error>
#include <thread>

#include "engine/check.h"
#include "engine/error.h"
#include "kernels/cpu/panels.h"

namespace gatescope {
namespace {

/// A panel of plain weights, and a multiple of those of blocks.
constexpr int kWordUnit = 64;

std::size_t size(int value) {
    return static_cast<std::size_t>(value);
}

/// Heads that a rank has: [begin, begin + count).
struct Heads {
    int begin;
    int count;
};

Heads queryHeads(const ModelConfig& config, RankShare share) {
    const int count = config.numQHeads / share.ranks;
    return {share.rank * count, count};
}

Heads kvHeads(const ModelConfig& config, RankShare share) {
    const int count = std::max(1, config.numKvHeads / share.ranks);
    return {share.rank * config.numKvHeads / share.ranks, count};
}

[[noreturn]] void refuseRanks(int ranks, const std::string& why) {
    throw Error(ErrorKind::BadUsage,
                fmt::format("--ranks {}: this model cannot be cut so: {}", ranks, why));
}

bool divides(int a, int b) {
    return b % a == 0;
}

void requireWholeBlocks(const TensorLayout& layout, int ranks) {
    const TensorSlot& slot = layout.slot;
    const bool byInputs =
        slot.role == TensorRole::AttentionOutput || slot.role == TensorRole::ExpertDown;
    if (!slot.isMatrix() || !byInputs) return;
    const int inputs = slot.numIn() / ranks;
    const auto block = static_cast<int>(traits(layout.dtype).blockSize);
    if (!divides(block, inputs))
        refuseRanks(ranks,
                    fmt::format("{} has {} inputs, {} a rank, and its {} blocks hold {} each",
                                slot.path,
                                slot.numIn(),
                                inputs,
                                name(layout.dtype),
                                block));
    if (layout.numGroups > 1 && !divides(slot.numIn() / layout.numGroups, inputs))
        refuseRanks(ranks,
                    fmt::format("{} has {} inputs, {} a rank, and its scales stand for {} each",
                                slot.path,
                                slot.numIn(),
                                inputs,
                                slot.numIn() / layout.numGroups));
}

/// Some outputs of every matrix, with their scales.
void copyOutputs(const TensorBytes& whole, const TensorCut& cut, const TensorMemory& to) {
    const TensorLayout& layout = whole.layout;
    const auto inputs = static_cast<std::uint64_t>(layout.slot.numIn());
    const auto outputs = size(layout.slot.numOut());
    const std::size_t count = size(cut.end - cut.begin);
    const std::size_t first = size(cut.begin);
    for (int m = 0; m < layout.slot.numMatrices(); ++m) {
        if (layout.order == MatrixOrder::OutputsFirst) {
            const std::uint64_t row = storedBytes(layout.dtype, inputs);
            std::memcpy(to.data + row * (size(m) * count),
                        whole.data.data() + row * (size(m) * outputs + first),
                        row * count);
        } else {
            const std::uint64_t item = itemSize(layout.dtype);
            for (std::size_t k = 0; k < inputs; ++k)
                std::memcpy(to.data + item * ((size(m) * inputs + k) * count),
                            whole.data.data() + item * ((size(m) * inputs + k) * outputs + first),
                            item * count);
        }
        if (to.scales != nullptr) {
            const auto* scales = reinterpret_cast<const std::uint16_t*>(whole.scales.data());
            const auto groups = size(layout.numGroups);
            for (std::size_t g = 0; g < groups; ++g)
                std::copy_n(scales + (size(m) * groups + g) * outputs + first,
                            count,
                            to.scales + (size(m) * groups + g) * count);
        }
        if (to.rowScales != nullptr)
            std::copy_n(
                reinterpret_cast<const float*>(whole.scales.data()) + size(m) * outputs + first,
                count,
                to.rowScales + size(m) * count);
    }
}

/// Some inputs of every matrix, with their scale groups.
void copyInputs(const TensorBytes& whole, const TensorCut& cut, const TensorMemory& to) {
    const TensorLayout& layout = whole.layout;
    const auto inputs = size(layout.slot.numIn());
    const auto outputs = size(layout.slot.numOut());
    const std::size_t count = size(cut.end - cut.begin);
    const std::size_t first = size(cut.begin);
    for (int m = 0; m < layout.slot.numMatrices(); ++m) {
        if (layout.order == MatrixOrder::OutputsFirst) {
            const std::uint64_t row = storedBytes(layout.dtype, inputs);
            const std::uint64_t part = storedBytes(layout.dtype, count);
            const std::uint64_t skip = storedBytes(layout.dtype, first);
            for (std::size_t o = 0; o < outputs; ++o)
                std::memcpy(to.data + part * (size(m) * outputs + o),
                            whole.data.data() + row * (size(m) * outputs + o) + skip,
                            part);
        } else {
            const std::uint64_t row = itemSize(layout.dtype) * outputs;
            std::memcpy(to.data + row * (size(m) * count),
                        whole.data.data() + row * (size(m) * inputs + first),
                        row * count);
        }
        if (to.scales != nullptr) {
            const auto* scales = reinterpret_cast<const std::uint16_t*>(whole.scales.data());
            const auto groups = size(layout.numGroups);
            const std::size_t firstGroup = first * groups / inputs;
            const auto groupsHere = size(layoutOf(layout, cut).numGroups);
            std::copy_n(scales + (size(m) * groups + firstGroup) * outputs,
                        groupsHere * outputs,
                        to.scales + size(m) * groupsHere * outputs);
        }
        if (to.rowScales != nullptr)
            std::copy_n(reinterpret_cast<const float*>(whole.scales.data()) + size(m) * outputs,
                        outputs,
                        to.rowScales + size(m) * outputs);
    }
}

/// Gives back the memory that holds `bytes`, if it holds nothing else.
void giveBack(ModelWeights& weights, const TensorBytes& bytes) {
    for (AlignedBuffer& block : weights.blocks)
        if (block.data() != nullptr &&
            (block.data() == bytes.data.data() || block.data() == bytes.scales.data()))
            block = AlignedBuffer();
}

/// body(rank) for all ranks, at once.
void runOnRanks(int ranks, const OnRank& onRank, const std::function<void(int)>& body) {
    std::vector<std::jthread> threads;
    try {
        for (int rank = 0; rank < ranks; ++rank)
            threads.emplace_back([&, rank] { onRank(rank, [&] { body(rank); }); });
    } catch (const std::system_error&) {
        throw Error(ErrorKind::NoMemory,
                    fmt::format("the system does not give {} threads, one a rank", ranks));
    }
}

}  // namespace

WordRange wordsOf(const ModelConfig& config, RankShare share) {
    const int units = (config.vocabSize + kWordUnit - 1) / kWordUnit;
    // The first ranks have the larger shares, so that rank 0 has the largest.
    const int each = (units + share.ranks - 1) / share.ranks * kWordUnit;
    return {std::min(config.vocabSize, share.rank * each),
            std::min(config.vocabSize, (share.rank + 1) * each)};
}

ModelConfig rankConfig(const ModelConfig& config, int ranks) {
    ModelConfig out = config;
    out.numQHeads = queryHeads(config, {0, ranks}).count;
    out.numKvHeads = kvHeads(config, {0, ranks}).count;
    out.ffnSize = config.ffnSize / ranks;
    return out;
}

void requireRanks(const ModelConfig& config, const std::vector<TensorLayout>& layouts, int ranks) {
    if (ranks < 1) refuseRanks(ranks, "expected 1 or more");
    if (!divides(ranks, config.numQHeads))
        refuseRanks(ranks, fmt::format("it has {} query heads", config.numQHeads));
    if (!divides(ranks, config.numKvHeads) && !divides(config.numKvHeads, ranks))
        refuseRanks(ranks, fmt::format("it has {} KV heads", config.numKvHeads));
    if (!divides(ranks, config.ffnSize))
        refuseRanks(ranks, fmt::format("its experts have {} columns", config.ffnSize));
    for (const TensorLayout& layout : layouts) requireWholeBlocks(layout, ranks);
}

TensorCut cutOf(const TensorSlot& slot, const ModelConfig& config, RankShare share) {
    using Axis = TensorCut::Axis;
    const auto heads = [&](Axis axis, Heads part) {
        return TensorCut{
            axis, part.begin * config.headSize, (part.begin + part.count) * config.headSize};
    };
    const int columns = config.ffnSize / share.ranks;
    const int begin = share.rank * columns;
    switch (slot.role) {
        case TensorRole::Query:
            return heads(Axis::Outputs, queryHeads(config, share));
        case TensorRole::Key:
        case TensorRole::Value:
            return heads(Axis::Outputs, kvHeads(config, share));
        case TensorRole::AttentionOutput:
            return heads(Axis::Inputs, queryHeads(config, share));
        case TensorRole::ExpertGate:
        case TensorRole::ExpertUp:
            return {Axis::Outputs, begin, begin + columns};
        case TensorRole::ExpertDown:
            return {Axis::Inputs, begin, begin + columns};
        default:
            return {};
    }
}

TensorLayout layoutOf(const TensorLayout& whole, const TensorCut& cut) {
    TensorLayout out = whole;
    if (cut.axis == TensorCut::Axis::Whole) return out;
    auto& shape = out.slot.shape;  // [.., in, out]
    const std::size_t axis = shape.size() - (cut.axis == TensorCut::Axis::Inputs ? 2 : 1);
    const std::int64_t before = shape[axis];
    shape[axis] = cut.end - cut.begin;
    if (cut.axis == TensorCut::Axis::Inputs && whole.numGroups > 1)
        out.numGroups = static_cast<int>(whole.numGroups * shape[axis] / before);
    return out;
}

void copyCut(const TensorBytes& whole, const TensorCut& cut, const TensorMemory& to) {
    GS_CHECK(whole.layout.order != MatrixOrder::Panels);
    GS_CHECK(cut.axis != TensorCut::Axis::Whole);
    if (cut.axis == TensorCut::Axis::Outputs)
        copyOutputs(whole, cut, to);
    else
        copyInputs(whole, cut, to);
}

bool cutIntoShards(ModelWeights& weights,
                   int ranks,
                   const OnRank& onRank,
                   const std::stop_token& stop) {
    const ModelConfig config = weights.config;
    std::vector<TensorLayout> layouts;
    for (const TensorSlot& slot : tensorSlots(config))
        layouts.push_back(bytesOf(weights, slot).layout);
    requireRanks(config, layouts, ranks);

    for (int rank = 0; rank < ranks; ++rank) {
        auto shard = std::make_shared<ModelWeights>();
        shard->config = rankConfig(config, ranks);
        shard->finalNorm = weights.finalNorm;
        shard->layers = weights.layers;  // norms and routers lie where they are
        weights.shards.push_back(std::move(shard));
    }
    for (const TensorLayout& layout : layouts) {
        if (!layout.slot.isMatrix()) continue;
        if (stop.stop_requested()) return false;
        const TensorBytes whole = bytesOf(weights, layout.slot);
        std::vector<TensorMemory> parts;
        for (int rank = 0; rank < ranks; ++rank)
            parts.push_back(addTensor(*weights.shards[size(rank)],
                                      layoutOf(layout, cutOf(layout.slot, config, {rank, ranks}))));
        runOnRanks(ranks, onRank, [&](int rank) {
            copyCut(whole, cutOf(layout.slot, config, {rank, ranks}), parts[size(rank)]);
        });
        giveBack(weights, whole);
        forgetMatrix(weights, layout.slot);
    }
    return true;
}

void showWords(ModelWeights& weights) {
    const int ranks = static_cast<int>(weights.shards.size());
    for (int rank = 0; rank < ranks; ++rank) {
        ModelWeights& shard = *weights.shards[size(rank)];
        shard.embedding = weights.embedding;
        shard.output = weights.output;
        const WordRange words = wordsOf(weights.config, {rank, ranks});
        const MatrixView& whole = weights.output;
        shard.output.numOut = words.end - words.begin;
        const std::uint64_t skipped =
            whole.order == MatrixOrder::Panels
                ? size(words.begin / kernels::panelOutputs(whole.dtype)) *
                      kernels::panelBytes(whole.dtype, whole.numIn)
                : storedBytes(whole.dtype,
                              static_cast<std::uint64_t>(words.begin) *
                                  static_cast<std::uint64_t>(whole.numIn));
        shard.output.data = whole.data + skipped;
        if (whole.rowScales != nullptr) shard.output.rowScales = whole.rowScales + words.begin;
    }
}

}  // namespace gatescope
