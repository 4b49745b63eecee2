#include "engine/plan/rig_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>
#include <utility>

#include "engine/decoder/cpu/scratch.h"
#include "engine/decoder/cuda/cuda_decoder.h"
#include "engine/error.h"
#include "engine/plan/placement_search.h"
#include "engine/plan/rig_plan_text.h"

namespace gatescope {
namespace {

constexpr std::uint64_t kProgramReserve = std::uint64_t{64} << 20;  // as memory_plan.cpp
constexpr int kLeastContext = 256;
constexpr int kMostGroupRanks = 8;
constexpr double kSlowTokensPerS = 0.5;

[[noreturn]] void refuseRequest(const std::string& what) {
    throw Error(ErrorKind::BadUsage, what);
}

std::string durationText(double seconds) {
    if (seconds >= 1) return fmt::format("{:.1f} s", seconds);
    return seconds < 0.1 ? fmt::format("{:.2f} ms", seconds * 1e3)
                         : fmt::format("{:.0f} ms", seconds * 1e3);
}

bool isRowParallel(TensorRole role) {
    return role == TensorRole::AttentionOutput || role == TensorRole::ExpertDown;
}

bool cutsEvenly(const ModelConfig& config, const std::vector<TensorLayout>& layouts, int ranks) {
    if (config.numKvHeads % ranks != 0 || config.numQHeads % ranks != 0 ||
        config.ffnSize % ranks != 0)
        return false;
    return std::ranges::all_of(layouts, [&](const TensorLayout& tensor) {
        if (!isRowParallel(tensor.slot.role)) return true;
        // These are cut along their inputs, along which blocks and scale groups lie.
        const int inputs = tensor.slot.numIn() / ranks;
        return inputs % static_cast<int>(traits(tensor.dtype).blockSize) == 0 &&
               (tensor.numGroups <= 1 || tensor.numGroups % ranks == 0);
    });
}

std::vector<TensorLayout> withEmbedding(DType type, std::vector<TensorLayout> layouts) {
    for (TensorLayout& tensor : layouts)
        if (tensor.slot.role == TensorRole::Embedding) tensor.dtype = type;
    return layouts;
}

/// Does nothing that a token reads lie further away than it must?
bool isAllInPlace(const Placement& placement) {
    if (placement.groups.empty()) return placement.diskExperts == 0;
    return placement.diskExperts == 0 && placement.hostExperts == 0 && placement.hostLayers == 0;
}

struct TimePart {
    const char* name;
    double TokenTime::*seconds;
};
constexpr std::array<TimePart, 6> kTimeParts{{{"reading", &TokenTime::read},
                                              {"all-reduces", &TokenTime::allReduce},
                                              {"launches", &TokenTime::launches},
                                              {"the CPU's work", &TokenTime::host},
                                              {"copies", &TokenTime::copies},
                                              {"the disk", &TokenTime::disk}}};

class RigPlanner {
  public:
    explicit RigPlanner(const RigPlanRequest& request)
        : request_(request),
          config_(request.config),
          wanted_(std::min(request.contextTokens, request.config.contextLength)),
          stored_(request.embeddingTypes.empty() ? embeddingIn(request.layouts)
                                                 : request.embeddingTypes.front()) {}

    RigPlan plan() {
        checkRequest();
        RigPlan out{
            .embeddingType = stored_, .cacheType = request_.cacheType, .contextTokens = wanted_};
        for (int tokens = wanted_; tokens >= std::min(kLeastContext, wanted_) && tokens > 0;
             tokens = tokens / 2) {
            if (!choose(tokens)) continue;
            out.fits = true;
            out.embeddingType = embedding_;
            out.contextTokens = tokens;
            break;
        }
        const ModelBytes model = modelBytesOf(config_,
                                              withEmbedding(out.embeddingType, request_.layouts),
                                              request_.cacheType,
                                              out.contextTokens);
        out.modelBytes = model.total();
        out.bytesPerToken = model.perToken();
        addOtherTypes(out);
        if (out.fits)
            describe(model, out);
        else
            explainWhyNot(model, out);
        return out;
    }

  private:
    static DType embeddingIn(const std::vector<TensorLayout>& layouts) {
        for (const TensorLayout& tensor : layouts)
            if (tensor.slot.role == TensorRole::Embedding) return tensor.dtype;
        return DType::F32;
    }

    int devicesAllowed() const {
        const int all = static_cast<int>(request_.rig.devices.size());
        return request_.numDevices ? std::min(*request_.numDevices, all) : all;
    }

    void checkRequest() {
        if (request_.contextTokens < 1)
            refuseRequest(
                fmt::format("a context of {} tokens: expected 1 or more", request_.contextTokens));
        if (request_.numDevices && *request_.numDevices < 0)
            refuseRequest(fmt::format("{} devices: expected 0 or more", *request_.numDevices));
        ranks_ = possibleRanks(config_, request_.layouts);
        if (!request_.ranks) return;
        if (std::ranges::find(ranks_, *request_.ranks) == ranks_.end())
            refuseRequest(
                fmt::format("tensor parallel over {} devices: this model can be cut for {}",
                            *request_.ranks,
                            fmt::join(ranks_, ", ")));
        if (*request_.ranks > 1 && *request_.ranks > devicesAllowed())
            refuseRequest(fmt::format("tensor parallel over {} devices: there {} {}",
                                      *request_.ranks,
                                      devicesAllowed() == 1 ? "is" : "are",
                                      devicesAllowed()));
        ranks_ = {*request_.ranks};
    }

    std::uint64_t deviceReserve(int contextTokens) const {
        return kProgramReserve + kDeviceContextBytes +
               CudaDecoder::workBytes(config_, contextTokens);
    }

    std::uint64_t hostReserve(int contextTokens) const {
        return kProgramReserve + cpu::largestScratchBytes(config_, contextTokens);
    }

    std::uint64_t hostFree() const {
        return std::min(request_.rig.host.freeBytes,
                        request_.hostBytes.value_or(request_.rig.host.freeBytes));
    }

    std::vector<Placement> search(const ModelBytes& model, int contextTokens) const {
        const std::uint64_t reserve = hostReserve(contextTokens);
        const SearchRequest request{.model = model,
                                    .rig = request_.rig,
                                    .ranks = ranks_,
                                    .ranksPinned = request_.ranks.has_value(),
                                    .numDevices = devicesAllowed(),
                                    .deviceReserve = deviceReserve(contextTokens),
                                    .hostCapacity = hostFree() - std::min(hostFree(), reserve)};
        return searchPlacements(request);
    }

    /// The embedding as it is stored, unless a smaller one has everything in place.
    bool choose(int contextTokens) {
        std::vector<DType> types = request_.embeddingTypes;
        if (types.empty()) types.push_back(stored_);
        placements_.clear();
        for (const DType type : types) {
            const ModelBytes model = modelBytesOf(
                config_, withEmbedding(type, request_.layouts), request_.cacheType, contextTokens);
            auto found = search(model, contextTokens);
            if (found.empty()) continue;
            const bool better = placements_.empty() ||
                                (isAllInPlace(found.front()) && !isAllInPlace(placements_.front()));
            if (!better) continue;
            placements_ = std::move(found);
            embedding_ = type;
        }
        return !placements_.empty();
    }

    void addOtherTypes(RigPlan& out) const {
        const DType own = expertTypeOf(request_.layouts);
        const bool isEightBits = own == DType::I8 || own == DType::Q8_0 || own == DType::F8E4M3;
        for (const DType type : {DType::BF16, DType::Q8_0, DType::Q4_0}) {
            if (type == own || (type == DType::Q8_0 && isEightBits)) continue;
            const auto layouts = storedAs(type, request_.layouts);
            if (!layouts) continue;
            const ModelBytes model =
                modelBytesOf(config_, *layouts, request_.cacheType, out.contextTokens);
            StoredOtherwise other{.type = type, .weightBytes = model.total()};
            if (const auto found = search(model, out.contextTokens); !found.empty()) {
                other.fits = true;
                other.tokensPerS = 1 / found.front().time.total();
                other.shape = found.front().shape;
            }
            out.otherTypes.push_back(std::move(other));
        }
    }

    // ------------------------------------------------------------ what lies where

    void describe(const ModelBytes& model, RigPlan& out) const {
        const Placement& best = placements_.front();
        out.shape = best.shape;
        out.time = best.time;
        out.timeWhenFull = best.timeWhenFull;
        out.diskExperts = best.diskExperts;
        out.diskBytes = best.diskBytes;
        std::vector<bool> used(request_.rig.devices.size(), false);
        for (std::size_t stage = 0; stage < best.groups.size(); ++stage)
            for (int rank = 0; rank < best.groups[stage].numRanks(); ++rank) {
                out.shares.push_back(shareOfRank(
                    model, best.groups[stage], static_cast<int>(stage), rank, out.contextTokens));
                used[static_cast<std::size_t>(out.shares.back().device)] = true;
            }
        std::vector<RigShare> unused;
        for (std::size_t device = 0; device < used.size(); ++device)
            if (!used[device])
                unused.push_back({.name = request_.rig.devices[device].name,
                                  .device = static_cast<int>(device),
                                  .freeBytes = request_.rig.devices[device].freeBytes});
        std::ranges::stable_sort(unused, {}, [](const RigShare& share) {
            return std::pair(share.name, share.freeBytes);
        });
        std::ranges::move(unused, std::back_inserter(out.shares));
        out.shares.push_back(
            {.name = "host memory",
             .stage = best.hostLayers > 0 ? static_cast<int>(best.groups.size()) : -1,
             .firstLayer = config_.numLayers - best.hostLayers,
             .numLayers = best.hostLayers,
             .numExperts = best.hostExperts,
             .vocabulary = best.hostVocabulary,
             .weightBytes = best.hostBytes,
             .cacheBytes = best.hostCache,
             .reserveBytes = std::min(hostFree(), hostReserve(out.contextTokens)),
             .freeBytes = hostFree()});
        explain(best, out);
        compare(out);
    }

    RigShare shareOfRank(const ModelBytes& model,
                         const PlacedGroup& group,
                         int stage,
                         int rank,
                         int contextTokens) const {
        std::uint64_t shared = group.vocabulary ? model.vocabulary : 0;
        std::uint64_t copied = 0;
        std::uint64_t experts = 0;
        const auto ranks = static_cast<std::uint64_t>(group.numRanks());
        for (int i = 0; i < group.numLayers(); ++i) {
            const LayerBytes& layer = model.layers[static_cast<std::size_t>(group.firstLayer + i)];
            shared += layer.attention;
            copied += layer.copied;
            experts += layer.expert *
                       static_cast<std::uint64_t>(group.experts[static_cast<std::size_t>(i)]);
        }
        // What does not divide lies on the first rank.
        const auto part = [&](std::uint64_t bytes) {
            return bytes / ranks + (rank == 0 ? bytes % ranks : 0);
        };
        const RigDevice& device =
            request_.rig
                .devices[static_cast<std::size_t>(group.devices[static_cast<std::size_t>(rank)])];
        return {.name = device.name,
                .device = group.devices[static_cast<std::size_t>(rank)],
                .stage = stage,
                .rank = rank,
                .numRanks = group.numRanks(),
                .firstLayer = group.firstLayer,
                .numLayers = group.numLayers(),
                .numExperts = std::accumulate(group.experts.begin(), group.experts.end(), 0),
                .vocabulary = group.vocabulary,
                .weightBytes = part(shared) + part(experts) + (rank == 0 ? copied : 0),
                .copiedBytes = rank == 0 ? 0 : copied,
                .cacheBytes = part(model.cache * static_cast<std::uint64_t>(group.numLayers())),
                .reserveBytes = deviceReserve(contextTokens),
                .freeBytes = device.freeBytes};
    }

    // ------------------------------------------------------------ why

    void explain(const Placement& best, RigPlan& out) const {
        if (best.groups.empty())
            explainCpu(best, out);
        else
            explainDevices(best, out);
        if (out.embeddingType != stored_)
            out.reasons.push_back(
                fmt::format("the embedding is kept as {} instead of {}: then everything has its "
                            "place",
                            name(out.embeddingType),
                            name(stored_)));
        if (out.contextTokens < wanted_)
            out.reasons.push_back(
                fmt::format("the context is {} tokens instead of {}: there is no memory for more",
                            out.contextTokens,
                            wanted_));
        if (out.tokensPerS() < kSlowTokensPerS)
            out.reasons.push_back(fmt::format(
                "a token takes {:.0f} s: it works, but not for a conversation", out.time.total()));
    }

    void explainCpu(const Placement& best, RigPlan& out) const {
        out.reasons.push_back(
            request_.rig.devices.empty() || devicesAllowed() == 0
                ? fmt::format("there is no GPU: the CPU computes with {} core{}{}",
                              request_.rig.host.cores,
                              request_.rig.host.cores == 1 ? "" : "s",
                              nodesText())
                : "the devices would not make it faster than the CPU alone");
        explainDisk(best, out);
    }

    std::string nodesText() const {
        if (request_.rig.host.nodes < 2) return "";
        return fmt::format(", weights and threads spread over {} nodes", request_.rig.host.nodes);
    }

    void explainDevices(const Placement& best, RigPlan& out) const {
        int ranks = 0;
        int used = 0;
        double slowest = 0;
        for (const PlacedGroup& group : best.groups) {
            used += group.numRanks();
            if (group.numRanks() == 1) continue;
            ranks = std::max(ranks, group.numRanks());
            for (const int a : group.devices)
                for (const int b : group.devices)
                    if (a != b)
                        slowest =
                            std::max(slowest, linkBetween(request_.rig, a, b).allReduceSeconds);
        }
        if (isAllInPlace(best))
            out.reasons.push_back(fmt::format(
                "all {} of weights lie on the device{}: a token reads nothing from elsewhere",
                inGB(out.modelBytes),
                used == 1 ? "" : "s"));
        if (ranks > 1)
            out.reasons.push_back(
                fmt::format("every matrix is cut for {}{} devices that read at once; they add "
                            "their results up twice a layer, {:.0f} us each time",
                            best.groups.size() > 1 ? "up to " : "",
                            ranks,
                            slowest * 1e6));
        const bool couldBeEight = std::ranges::find(ranks_, kMostGroupRanks) != ranks_.end();
        if (couldBeEight && ranks < kMostGroupRanks && used >= kMostGroupRanks)
            out.reasons.push_back(
                "no eight of these devices reach each other by NVLink: no more than four share a "
                "matrix");
        if (best.groups.size() > 1)
            out.reasons.push_back(
                "layer groups work one after the other: they bring memory, not "
                "speed");
        if (best.hostLayers > 0)
            out.reasons.push_back(
                fmt::format("{} of {} layers {} the CPU's: {}",
                            best.hostLayers,
                            config_.numLayers,
                            best.hostLayers == 1 ? "is" : "are",
                            expertsOnDevices(best) > 0
                                ? "attention and KV cache of more would push experts off the "
                                  "devices"
                                : "no device has room for their attention and KV cache"));
        explainMisses(best, out);
        explainDisk(best, out);
        const int unused = static_cast<int>(request_.rig.devices.size()) - used;
        if (unused > 0)
            out.reasons.push_back(fmt::format(
                "{} of {} devices {} not used: {}",
                unused,
                request_.rig.devices.size(),
                unused == 1 ? "is" : "are",
                request_.numDevices ? "as asked for" : "with more it would not be faster"));
    }

    static int expertsOnDevices(const Placement& placement) {
        int count = 0;
        for (const PlacedGroup& group : placement.groups)
            count += std::accumulate(group.experts.begin(), group.experts.end(), 0);
        return count;
    }

    void explainMisses(const Placement& best, RigPlan& out) const {
        const int onDevices = expertsOnDevices(best);
        int layers = 0;
        bool copies = false;
        for (const PlacedGroup& group : best.groups) {
            layers += group.numLayers();
            copies = copies || group.copiesMisses;
        }
        const int all = layers * config_.numExperts;
        if (onDevices == all) return;
        out.reasons.push_back(fmt::format(
            "{} of {} experts lie on the devices; a token wants {} of the others on average, which "
            "{}",
            onDevices,
            all,
            inGB(static_cast<std::uint64_t>(best.hostBytesPerToken)),
            copies ? "are copied to the device: that is faster than the CPU"
                   : "the CPU computes where they lie: that is faster than copying them"));
    }

    void explainDisk(const Placement& best, RigPlan& out) const {
        if (best.diskExperts == 0) return;
        out.reasons.push_back(fmt::format(
            "{} experts ({}) fit into no memory and are read from disk when a token wants them: {} "
            "of {} a token",
            best.diskExperts,
            inGB(best.diskBytes),
            durationText(best.time.disk),
            durationText(best.time.total())));
    }

    void compare(RigPlan& out) const {
        const auto other = std::ranges::find_if(placements_, [&](const Placement& placement) {
            return placement.structure != placements_.front().structure;
        });
        if (other == placements_.end()) return;
        const Placement& next = *other;
        const TimePart* most = nullptr;
        double lost = 0;
        for (const TimePart& part : kTimeParts) {
            const double more = next.time.*part.seconds - out.time.*part.seconds;
            if (most == nullptr || more > lost) {
                most = &part;
                lost = more;
            }
        }
        out.runnerUp = fmt::format("{}, {}: {} would take {} of a token instead of {}",
                                   next.shape,
                                   rateText(1 / next.time.total()),
                                   most->name,
                                   durationText(next.time.*most->seconds),
                                   durationText(out.time.*most->seconds));
    }

    void explainWhyNot(const ModelBytes& model, RigPlan& out) const {
        out.shape = "nothing fits";
        std::uint64_t room = 0;
        const std::uint64_t reserve = deviceReserve(out.contextTokens);
        for (const RigDevice& device : request_.rig.devices)
            room += device.freeBytes - std::min(device.freeBytes, reserve);
        const std::uint64_t host = hostFree();
        room += host - std::min(host, hostReserve(out.contextTokens));
        std::uint64_t fixed = model.vocabulary;
        for (const LayerBytes& layer : model.layers)
            fixed += layer.attention + layer.copied + model.cache;
        const bool hasDisk = request_.rig.diskBytesPerS > 0;
        out.reasons.push_back(
            fmt::format("it needs {} {}, there are {} beside what the program itself needs",
                        inGB(hasDisk ? fixed : fixed + model.total() - fixedWeights(model)),
                        hasDisk ? "in memory, even with every expert on disk" : "in memory",
                        inGB(room)));
        for (const StoredOtherwise& other : out.otherTypes)
            if (other.fits) {
                out.reasons.push_back(fmt::format("as {} it would fit: {} of weights, {}",
                                                  name(other.type),
                                                  inGB(other.weightBytes),
                                                  rateText(other.tokensPerS)));
                return;
            }
        out.reasons.push_back("it takes a machine with more memory");
    }

    static std::uint64_t fixedWeights(const ModelBytes& model) {
        std::uint64_t bytes = model.vocabulary;
        for (const LayerBytes& layer : model.layers) bytes += layer.attention + layer.copied;
        return bytes;
    }

    const RigPlanRequest& request_;
    const ModelConfig& config_;
    int wanted_;
    DType stored_;
    std::vector<int> ranks_;
    DType embedding_ = DType::F32;
    std::vector<Placement> placements_;  ///< fastest first
};

}  // namespace

std::vector<int> possibleRanks(const ModelConfig& config,
                               const std::vector<TensorLayout>& layouts) {
    std::vector<int> possible{1};
    for (int ranks = 2; ranks <= kMostGroupRanks; ranks *= 2)
        if (cutsEvenly(config, layouts, ranks)) possible.push_back(ranks);
    return possible;
}

std::optional<std::vector<TensorLayout>> storedAs(DType type, std::vector<TensorLayout> layouts) {
    for (TensorLayout& tensor : layouts) {
        if (!tensor.slot.isMatrix() && !tensor.slot.isVocabularyMatrix()) continue;
        if (tensor.slot.numIn() % static_cast<int>(traits(type).blockSize) != 0)
            return std::nullopt;
        tensor.dtype = type;
        tensor.numGroups = 0;
        tensor.order = MatrixOrder::OutputsFirst;
    }
    return layouts;
}

RigPlan planRig(const RigPlanRequest& request) {
    return RigPlanner(request).plan();
}

}  // namespace gatescope
