#include "engine/plan/memory_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <utility>

#include "engine/decoder/cpu/panel_kv_cache.h"
#include "engine/decoder/cpu/scratch.h"
#include "engine/decoder/cuda/cuda_decoder.h"
#include "engine/decoder/cuda/cuda_module.h"
#include "engine/decoder/loading_weights.h"
#include "engine/error.h"
#include "engine/model/arrival.h"
#include "engine/model/tensor_slots.h"

namespace gatescope {
namespace {

// The logits, what is recorded, the programs themselves.
constexpr std::uint64_t kProgramBytes = std::uint64_t{64} << 20;
constexpr int kShortestContext = 256;
// What branches put aside may take: that many contexts, and only this part of what is left then:
// other programs and the file cache want to live too.
constexpr std::uint64_t kBranchContexts = 4;
constexpr std::uint64_t kBranchShare = 4;

std::uint64_t u64(int value) {
    return static_cast<std::uint64_t>(value);
}

bool isExperts(TensorRole role) {
    return role == TensorRole::ExpertGate || role == TensorRole::ExpertUp ||
           role == TensorRole::ExpertDown;
}

/// Of the experts a token reads numSelected, of the embedding the whole as the output matrix.
std::uint64_t bytesPerToken(const ModelConfig& config, const std::vector<TensorLayout>& layouts) {
    std::uint64_t bytes = 0;
    for (const TensorLayout& tensor : layouts) {
        const std::uint64_t own = tensor.dataBytes() + tensor.scaleBytes();
        if (tensor.slot.role == TensorRole::Embedding && !config.tiedOutput)
            bytes += own / u64(config.vocabSize);
        else if (isExperts(tensor.slot.role))
            bytes += own / u64(config.numExperts) * u64(config.numSelected);
        else
            bytes += own;
    }
    return bytes;
}

/// Bytes of all weights when every matrix is stored in `type`.
std::uint64_t bytesAs(DType type, const std::vector<TensorLayout>& layouts) {
    std::uint64_t bytes = 0;
    for (const TensorLayout& tensor : layouts) {
        const bool matrix = tensor.slot.isMatrix() || tensor.slot.isVocabularyMatrix();
        const std::uint64_t elements = tensor.slot.numElements();
        bytes += matrix ? elements * traits(type).bytesPerBlock / traits(type).blockSize
                        : elements * itemSize(DType::F32);
    }
    return bytes;
}

/// What is kept free: the above, and the activations of a chunk of a prompt.
std::uint64_t reserveBytes(const ModelConfig& config, int contextTokens, bool onGpu) {
    return kProgramBytes + (onGpu ? CudaDecoder::workBytes(config, contextTokens)
                                  : cpu::largestScratchBytes(config, contextTokens));
}

/// The longest context that leaves room for everything else; 0 where not even a short one does.
int contextFor(const ModelConfig& config,
               DType cacheType,
               std::uint64_t weightBytes,
               std::uint64_t reserveBytes,
               std::uint64_t availableBytes,
               int wanted) {
    const std::uint64_t fixed = weightBytes + reserveBytes;
    if (fixed > availableBytes) return 0;
    const std::uint64_t room = (availableBytes - fixed) / cpu::kvBytesPerToken(config, cacheType);
    if (room >= u64(wanted)) return wanted;
    // Whole steps of 256: the machine's free memory is not the same from one moment to the next.
    const int tokens = static_cast<int>(room / 256 * 256);
    return tokens >= std::min(kShortestContext, wanted) ? tokens : 0;
}

/// What is in the machine's own memory at once while a model goes to a GPU, at most.
std::uint64_t bytesWhileLoading(const ModelConfig& config,
                                const std::vector<TensorLayout>& layouts) {
    std::vector<std::uint64_t> stages(static_cast<std::size_t>(numStages(config)));
    for (const TensorLayout& tensor : layouts)
        stages[static_cast<std::size_t>(stageOf(tensor.slot, config))] +=
            tensor.dataBytes() + tensor.scaleBytes();
    std::uint64_t most = 0;
    for (std::size_t first = 0; first < stages.size(); ++first) {
        const auto last = std::min(first + LoadingWeights::kStagesAtOnce, stages.size());
        const auto begin = stages.begin();
        most = std::max(most,
                        std::accumulate(begin + static_cast<std::ptrdiff_t>(first),
                                        begin + static_cast<std::ptrdiff_t>(last),
                                        std::uint64_t{0}));
    }
    return most;
}

std::vector<TensorLayout> withEmbeddingAs(DType type, std::vector<TensorLayout> layouts) {
    for (TensorLayout& tensor : layouts)
        if (tensor.slot.role == TensorRole::Embedding) tensor.dtype = type;
    return layouts;
}

class Planner {
  public:
    explicit Planner(const PlanRequest& request)
        : request_(request),
          config_(request.config),
          wanted_(std::min(request.contextTokens, request.config.contextLength)) {}

    MemoryPlan plan() {
        const DType stored = request_.embeddingTypes.front();
        for (const DType type : request_.embeddingTypes) {
            const int tokens = contextFor(config_,
                                          request_.cacheType,
                                          memoryBytes(withEmbeddingAs(type, request_.layouts)),
                                          reserve(),
                                          request_.device.availableBytes,
                                          wanted_);
            if (tokens > best_.tokens) best_ = {type, tokens};
            if (tokens == wanted_) break;
        }
        const bool fits = best_.tokens > 0;
        MemoryPlan plan{.fits = fits,
                        .embeddingType = fits ? best_.embedding : stored,
                        .cacheType = request_.cacheType,
                        .contextTokens = fits ? best_.tokens : wanted_};
        const auto layouts = layoutsIn(plan, request_.layouts);
        plan.weightBytesPerToken = bytesPerToken(config_, layouts);
        DeviceShare share{
            .device = request_.device.name,
            .weightBytes = memoryBytes(layouts),
            .cacheBytes = u64(plan.contextTokens) * cpu::kvBytesPerToken(config_, plan.cacheType),
            .reserveBytes = reserve(),
            .availableBytes = request_.device.availableBytes};
        const std::uint64_t mostBranches = kBranchContexts * share.cacheBytes;
        if (plan.fits && !request_.host)
            share.branchBytes =
                std::min(mostBranches, (share.availableBytes - share.neededBytes()) / kBranchShare);
        plan.devices.push_back(std::move(share));
        if (request_.host) {
            DeviceShare host{.device = request_.host->name,
                             .reserveBytes = bytesWhileLoading(config_, layouts),
                             .availableBytes = request_.host->availableBytes};
            plan.fits = plan.fits && host.reserveBytes <= host.availableBytes;
            host.branchBytes =
                std::min(mostBranches,
                         (host.availableBytes - std::min(host.reserveBytes, host.availableBytes)) /
                             kBranchShare);
            plan.devices.push_back(std::move(host));
        }
        explain(plan, stored);
        return plan;
    }

  private:
    struct Choice {
        DType embedding = DType::F32;
        int tokens = 0;  ///< none: it does not fit
    };

    std::uint64_t reserve() const {
        return reserveBytes(config_, wanted_, request_.host.has_value());
    }

    void explain(MemoryPlan& plan, DType stored) const {
        const DeviceShare& share = plan.devices.front();
        const std::string branches = fmt::format("up to {} for branches put aside",
                                                 bytesText(plan.devices.back().branchBytes));
        plan.reasons.push_back(
            fmt::format("{} of weights, {} of KV cache ({}) for {} tokens{} and {} for the work "
                        "itself: {} of the {} that are free on the {}",
                        bytesText(share.weightBytes),
                        bytesText(share.cacheBytes),
                        name(plan.cacheType),
                        plan.contextTokens,
                        request_.host ? "" : ", " + branches,
                        bytesText(share.reserveBytes),
                        bytesText(share.neededBytes()),
                        bytesText(share.availableBytes),
                        share.device));
        if (request_.host)
            plan.reasons.push_back(
                fmt::format("while it loads, up to {} of it of the {} that are free in the "
                            "machine's own memory; then {} there",
                            bytesText(plan.devices.back().reserveBytes),
                            bytesText(plan.devices.back().availableBytes),
                            branches));
        else
            plan.reasons.push_back(
                "no GPU is used: the CPU computes unless a GPU is asked for (--decoder cuda)");
        if (best_.tokens == 0) return explainWhatWouldFit(plan);
        if (!plan.fits) {
            plan.reasons.push_back(
                "the way to the GPU leads through the machine's own memory: close other programs");
            return;
        }
        if (plan.embeddingType != stored)
            plan.reasons.push_back(
                fmt::format("the embedding is kept as {} instead of {}, which "
                            "would not leave room for as much context",
                            name(plan.embeddingType),
                            name(stored)));
        if (plan.contextTokens < wanted_)
            plan.reasons.push_back(
                fmt::format("the context is {} tokens instead of {}: there is no memory for more",
                            plan.contextTokens,
                            wanted_));
    }

    void explainWhatWouldFit(MemoryPlan& plan) const {
        for (const DType type : {DType::Q8_0, DType::Q4_K}) {
            const std::uint64_t bytes = bytesAs(type, request_.layouts);
            if (bytes >= plan.devices.front().weightBytes) continue;
            const int tokens = contextFor(
                config_, plan.cacheType, bytes, reserve(), request_.device.availableBytes, wanted_);
            if (tokens == 0) continue;
            plan.reasons.push_back(
                fmt::format("converted to {} it would fit, with {} of weights "
                            "and {} tokens of context",
                            name(type),
                            bytesText(bytes),
                            tokens));
            return;
        }
        const std::uint64_t smallest = bytesAs(DType::Q4_K, request_.layouts);
        plan.reasons.push_back(fmt::format(
            "even converted to q4_k it would need {} of weights: it takes a machine with "
            "more memory",
            bytesText(smallest)));
    }

    const PlanRequest& request_;
    const ModelConfig& config_;
    int wanted_;
    Choice best_;
};

/// gpuDevice(), or why there is none and what it costs to do without.
DeviceInfo gpuFor(const ModelSource& source, int number) {
    try {
        return gpuDevice(number);
    } catch (const Error& error) {
        throw Error(
            error.kind(),
            fmt::format("{}; on the CPU (--decoder cpu) every token of {} reads {} of weights "
                        "from memory",
                        error.what(),
                        source.name(),
                        bytesText(bytesPerToken(source.config(), source.layouts()))));
    }
}

}  // namespace

DeviceInfo hostDevice() {
    return {.name = "CPU", .availableBytes = availableMemory()};
}

DeviceInfo gpuDevice(int number) {
    const auto info = cuda::requireGpu(cuda::cudaModule(), number);
    return {.name = info.name, .availableBytes = info.freeBytes};
}

MemoryPlan planMemory(const PlanRequest& request) {
    return Planner(request).plan();
}

std::vector<TensorLayout> layoutsIn(const MemoryPlan& plan, std::vector<TensorLayout> layouts) {
    return withEmbeddingAs(plan.embeddingType, std::move(layouts));
}

DType expertTypeOf(const std::vector<TensorLayout>& layouts) {
    const auto experts =
        std::ranges::find(layouts, TensorRole::ExpertGate, [](const TensorLayout& tensor) {
            return tensor.slot.role;
        });
    return experts == layouts.end() ? DType::F32 : experts->dtype;
}

MemoryPlan planOnThisMachine(const ModelSource& source,
                             const DecoderOptions& decoder,
                             int contextTokens) {
    const bool isGpu = decoder.kind == "cuda";
    return planMemory({.config = source.config(),
                       .layouts = source.layouts(),
                       .embeddingTypes = source.embeddingTypes(),
                       .device = isGpu ? gpuFor(source, decoder.gpu) : hostDevice(),
                       .host = isGpu ? std::optional(hostDevice()) : std::nullopt,
                       .cacheType = cacheTypeOf(decoder, expertTypeOf(source.layouts())),
                       .contextTokens = contextTokens});
}

MemoryPlan planAndPrepare(ModelSource& source, const DecoderOptions& decoder, int contextTokens) {
    MemoryPlan plan = planOnThisMachine(source, decoder, contextTokens);
    if (!plan.fits) {
        const auto isFull = [](const DeviceShare& share) {
            return share.neededBytes() > share.availableBytes;
        };
        const auto full = std::ranges::find_if(plan.devices, isFull);
        const DeviceShare& share = full == plan.devices.end() ? plan.devices.front() : *full;
        throw Error(
            ErrorKind::NoMemory,
            fmt::format("{} does not fit: it needs {} ({} bytes), {} ({} bytes) are free; {}",
                        source.name(),
                        bytesText(share.neededBytes()),
                        share.neededBytes(),
                        bytesText(share.availableBytes),
                        share.availableBytes,
                        plan.reasons.back()));
    }
    source.keepEmbeddingAs(plan.embeddingType);
    return plan;
}

}  // namespace gatescope
