#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "engine/check.h"
#include "engine/decoder/cpu/cpu_decoder.h"
#include "engine/decoder/cpu/linear.h"
#include "engine/decoder/cpu/panel_layout.h"
#include "engine/decoder/cuda/cuda_decoder.h"
#include "engine/decoder/cuda/cuda_module.h"
#include "engine/decoder/decoder.h"
#include "engine/decoder/ranked/ranked_decoder.h"
#include "engine/decoder/reference/reference_decoder.h"
#include "engine/decoder/workers.h"
#include "engine/error.h"
#include "engine/parallel/shards.h"
#include "engine/parallel/thread_group.h"
#include "kernels/cpu/panel_matmul.h"

namespace gatescope {

namespace {

/// Only the reference rounds as the JAX code does, so bf16 on the CPU is the reference, and the
/// decoder says so by its name and device.
bool isReference(const DecoderOptions& options) {
    return options.kind == "reference" ||
           (options.kind == "cpu" && options.precision == Precision::BF16);
}

/// The experts are nearly all of a model: what they take decides.
Precision precisionOf(const ModelWeights& weights, Precision asked) {
    const MatrixView& experts = weights.layers.front().expertGate;
    const cpu::Rounding takes = cpu::roundingFor(experts);
    if (asked == Precision::Int8 && !takes.int8)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("precision int8 needs experts stored in blocks (q4_0 to q8_0, q2_k "
                                "to q6_k, iq4_nl, iq4_xs, mxfp4), these are {}; leave it out",
                                name(experts.dtype)));
    if (asked == Precision::Mixed && !takes.bf16)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("precision mixed needs experts stored in bf16, these are {}; leave "
                                "it out",
                                name(experts.dtype)));
    if (asked != Precision::Auto) return asked;
    if (takes.int8) return Precision::Int8;
    return takes.bf16 && kernels::hasBf16Products() ? Precision::Mixed : Precision::F32;
}

/// Threads of each rank, at least one.
int threadsOfRank(const DecoderOptions& options) {
    return std::max(1, threadsOf(options) / options.ranks);
}

/// Runs body() where rank `rank` will compute: memory that it touches first lies on that node then.
template <class Body>
void runAsRank(int rank,
               const DecoderOptions& options,
               const cpu::CpuTopology& topology,
               const Body& body) {
    const bool several = topology.nodes.size() > 1;
    const auto node = static_cast<std::size_t>(
        nodesOfWorkers(topology, options.ranks)[static_cast<std::size_t>(rank)]);
    const cpu::StayOnNode stay(several ? &topology.nodes[node] : nullptr);
    body();  // threads that it starts stay there too
}

/// Each rank's part, cut and laid out on its node.
bool layOutRanks(ModelWeights& weights,
                 const DecoderOptions& options,
                 const std::stop_token& stop) {
    const cpu::CpuTopology topology = topologyOf(options);
    const auto onRank = [&](int rank, const std::function<void()>& body) {
        runAsRank(rank, options, topology, body);
    };
    if (!cutIntoShards(weights, options.ranks, onRank, stop)) return false;
    for (int rank = 0; rank < options.ranks; ++rank) {
        bool done = false;
        runAsRank(rank, options, topology, [&] {
            WorkerPool pool(threadsOf(options));
            done = cpu::layOutInPanels(*weights.shards[static_cast<std::size_t>(rank)], pool, stop);
        });
        if (!done) return false;
    }
    WorkerPool pool(threadsOf(options), topology);
    if (!cpu::layOutInPanels(weights, pool, stop)) return false;  // the words
    showWords(weights);
    return true;
}

std::unique_ptr<Decoder> makeRanks(std::shared_ptr<const ModelWeights> weights,
                                   const DecoderOptions& options) {
    GS_CHECK_EQ(weights->shards.size(), static_cast<std::size_t>(options.ranks));
    DecoderOptions resolved = options;
    const ModelWeights& first = *weights->shards.front();
    resolved.precision = precisionOf(first, options.precision);
    const DType cacheType = cacheTypeOf(resolved, first.layers.front().expertGate.dtype);
    const auto make = [&](Communicator& communicator) {
        const cpu::CpuTopology topology = topologyOf(options);
        if (topology.nodes.size() > 1)
            (void)cpu::runOnNode(topology.nodes[static_cast<std::size_t>(nodesOfWorkers(
                topology, options.ranks)[static_cast<std::size_t>(communicator.rank())])]);
        return std::make_unique<CpuDecoder>(
            weights->shards[static_cast<std::size_t>(communicator.rank())],
            threadsOfRank(options),
            resolved.precision,
            cacheType,
            cpu::CpuTopology{},
            &communicator);
    };
    return std::make_unique<RankedDecoder>(
        weights, std::make_unique<ThreadGroup>(options.ranks), make, RankedDecoder::Deadlines{});
}

}  // namespace

std::string toString(Precision precision) {
    switch (precision) {
        case Precision::Auto:
            return "auto";
        case Precision::F32:
            return "f32";
        case Precision::BF16:
            return "bf16";
        case Precision::Int8:
            return "int8";
        case Precision::Mixed:
            return "mixed";
    }
    return {};
}

bool readsPanels(const DecoderOptions& options) {
    return options.kind == "cpu" && !isReference(options) && options.ranks == 1;
}

bool takesArrivingWeights(const DecoderOptions& options) {
    return readsPanels(options) || options.kind == "cuda";
}

DType cacheTypeOf(const DecoderOptions& options, DType expertType) {
    const bool unasked =
        isBlockType(expertType) || (expertType == DType::BF16 && kernels::hasBf16Products());
    const bool rounded = !isReference(options) && options.precision != Precision::F32 &&
                         (options.precision != Precision::Auto || unasked);
    const DType type = options.cacheType.value_or(rounded ? DType::F16 : DType::F32);
    if (isReference(options) && type != DType::F32)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("the reference decoder keeps keys and values as f32, not as {}",
                                name(type)));
    if (type != DType::F32 && type != DType::F16 && type != DType::BF16 && type != DType::I8)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("a KV cache of {} does not exist: expected f32, f16, bf16 or i8",
                                name(type)));
    return type;
}

bool layOutWeights(ModelWeights& weights,
                   const DecoderOptions& options,
                   const std::stop_token& stop) {
    if (options.ranks > 1 && options.kind == "cpu" && !isReference(options))
        return layOutRanks(weights, options, stop);
    if (!readsPanels(options)) return true;
    WorkerPool pool(threadsOf(options), topologyOf(options));
    return cpu::layOutInPanels(weights, pool, stop);
}

std::unique_ptr<Decoder> makeDecoder(std::shared_ptr<const ModelWeights> weights,
                                     const DecoderOptions& options,
                                     const std::stop_token& stop) {
    GS_CHECK(weights != nullptr);
    GS_CHECK(!weights->arrival || takesArrivingWeights(options));
    const int numThreads = threadsOf(options);
    if (options.ranks < 1 || options.ranks > kMaxRanks)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("{} ranks: expected 1 to {}", options.ranks, kMaxRanks));
    if (options.ranks > 1) {
        if (options.kind != "cpu" || isReference(options))
            throw Error(ErrorKind::BadUsage,
                        fmt::format("{} ranks: the {} decoder computes on one; leave it out, or "
                                    "take the cpu decoder",
                                    options.ranks,
                                    isReference(options) ? "reference" : options.kind));
        return makeRanks(std::move(weights), options);
    }
    if (isReference(options)) {
        if (options.precision == Precision::Int8 || options.precision == Precision::Mixed)
            throw Error(ErrorKind::BadUsage,
                        fmt::format("the reference decoder computes in f32 or bf16, not in {}",
                                    toString(options.precision)));
        (void)cacheTypeOf(options, DType::F32);  // throws for what it does not have
        return std::make_unique<ReferenceDecoder>(
            std::move(weights),
            options.precision == Precision::BF16 ? Precision::BF16 : Precision::F32);
    }
    if (options.kind == "cpu") {
        DecoderOptions resolved = options;
        resolved.precision = precisionOf(*weights, options.precision);
        const DType cacheType = cacheTypeOf(resolved, weights->layers.front().expertGate.dtype);
        return std::make_unique<CpuDecoder>(
            std::move(weights), numThreads, resolved.precision, cacheType, topologyOf(options));
    }
    if (options.kind == "cuda") {
        if (options.precision == Precision::BF16)
            throw Error(ErrorKind::BadUsage,
                        "the cuda decoder computes in f32, mixed or int8, not in bf16; leave it "
                        "out");
        const auto& module = cuda::cudaModule();
        cuda::requireGpu(module, options.gpu);
        const DType cacheType = cacheTypeOf(options, weights->layers.front().expertGate.dtype);
        return CudaDecoder::load(*weights,
                                 module,
                                 {.device = options.gpu,
                                  .cacheType = cacheType,
                                  .precision = options.precision,
                                  .threads = numThreads},
                                 stop);
    }
    throw Error(ErrorKind::BadUsage,
                fmt::format("decoder '{}' does not exist: expected 'cpu', 'cuda' or 'reference'",
                            options.kind));
}

}  // namespace gatescope
