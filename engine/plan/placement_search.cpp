#include "engine/plan/placement_search.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

#include "engine/check.h"
#include "engine/decoder/cpu/panel_kv_cache.h"

namespace gatescope {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
// Where no experts may lie on disk, an expert there costs the search so many seconds.
constexpr double kForbiddenSeconds = 1e3;
// Combinations of groups that are looked at: all of them up to eight cards of eight kinds.
constexpr int kMostCombinations = 1500;
constexpr int kEveryPlace = 4;
constexpr double kPartsOnDisk[] = {0, 0.25, 0.5, 0.75, 1};

double real(std::uint64_t bytes) {
    return static_cast<double>(bytes);
}

std::uint64_t rankPart(std::uint64_t bytes, int ranks) {
    const auto n = static_cast<std::uint64_t>(ranks);
    return (bytes + n - 1) / n;
}

double choose(int n, int k) {
    if (k < 0 || k > n) return 0;
    double ways = 1;
    for (int i = 0; i < k; ++i) ways = ways * (n - i) / (i + 1);
    return ways;
}

TokenTime& operator+=(TokenTime& sum, const TokenTime& part) {
    sum.read += part.read;
    sum.allReduce += part.allReduce;
    sum.launches += part.launches;
    sum.host += part.host;
    sum.copies += part.copies;
    sum.disk += part.disk;
    return sum;
}

// ---------------------------------------------------------------- devices that are alike

/// The same whatever the order of the rig: by what a device is, then by whom it reaches how.
using DeviceKey = std::tuple<double, std::uint64_t, double, std::string>;
DeviceKey keyOf(const RigDevice& device) {
    return {-device.readBytesPerS,
            std::numeric_limits<std::uint64_t>::max() - device.freeBytes,
            -device.copyBytesPerS,
            device.name};
}

using LinkKey = std::tuple<double, double, int>;
LinkKey keyOf(const RigLink& link) {
    return {link.allReduceSeconds, -link.bytesPerS, -static_cast<int>(link.kind)};
}

std::vector<int> inOneOrder(const Rig& rig) {
    const int count = static_cast<int>(rig.devices.size());
    std::vector<std::pair<DeviceKey, std::vector<std::pair<LinkKey, DeviceKey>>>> keys;
    for (int i = 0; i < count; ++i) {
        std::vector<std::pair<LinkKey, DeviceKey>> reach;
        for (int k = 0; k < count; ++k)
            if (k != i)
                reach.emplace_back(keyOf(linkBetween(rig, i, k)),
                                   keyOf(rig.devices[static_cast<std::size_t>(k)]));
        std::ranges::sort(reach);
        keys.emplace_back(keyOf(rig.devices[static_cast<std::size_t>(i)]), std::move(reach));
    }
    std::vector<int> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(
        order, {}, [&](int i) -> const auto& { return keys[static_cast<std::size_t>(i)]; });
    return order;
}

bool areTwins(const Rig& rig, int first, int second) {
    if (rig.devices[static_cast<std::size_t>(first)] !=
        rig.devices[static_cast<std::size_t>(second)])
        return false;
    for (int k = 0; k < static_cast<int>(rig.devices.size()); ++k)
        if (k != first && k != second &&
            keyOf(linkBetween(rig, first, k)) != keyOf(linkBetween(rig, second, k)))
            return false;
    return true;
}

/// Devices that can stand for each other in any plan.
std::vector<std::vector<int>> twinClasses(const Rig& rig) {
    std::vector<std::vector<int>> classes;
    for (const int device : inOneOrder(rig)) {
        const auto same = std::ranges::find_if(
            classes, [&](const auto& twins) { return areTwins(rig, twins.front(), device); });
        if (same == classes.end())
            classes.push_back({device});
        else
            same->push_back(device);
    }
    return classes;
}

/// How many devices of each class a group takes.
using GroupKind = std::vector<int>;

int sizeOf(const GroupKind& kind) {
    return std::accumulate(kind.begin(), kind.end(), 0);
}

// ---------------------------------------------------------------- one combination of groups

/// What a group is, from its devices alone.
struct GroupRates {
    std::vector<int> devices;
    std::uint64_t capacity = 0;  ///< for weights and KV cache, of each rank
    double bytesPerS = 0;        ///< of all ranks together
    double allReduce = 0;        ///< seconds; 0 of one rank
    double copyBytesPerS = 0;    ///< to all ranks together
    double hop = 0;              ///< seconds of passing activations on

    int ranks() const { return static_cast<int>(devices.size()); }
};

/// Seconds of 0, 1, 2 ... layers on a group, of layers that are all alike, by everything that they
/// depend on: many combinations have the same groups.
using CountKey = std::tuple<std::uint64_t, double, double, double, double, int, bool, double>;
using CountTimes = std::map<CountKey, std::vector<double>>;

struct ExpertTime {
    double read = 0;  ///< on the devices
    double wait = 0;  ///< beyond that, for experts that are elsewhere
};

class Combination {
  public:
    Combination(const SearchRequest& request, std::vector<GroupRates> groups, CountTimes& times)
        : request_(request),
          times_(times),
          model_(request.model),
          groups_(std::move(groups)),
          uniform_(std::ranges::all_of(
              model_.layers,
              [&](const LayerBytes& layer) { return layer == model_.layers.front(); })),
          hostRate_(
              std::min(request.rig.host.readBytesPerS, request.rig.host.cores * kCoreBytesPerS) *
              kHostReadShare) {}

    /// Calls `found` with what is best for each place of the vocabulary and each guess of what part
    /// of the missing experts is read from disk.
    template <class Found>
    void search(const Found& found) const {
        for (int place = -1; place < static_cast<int>(groups_.size()); ++place) {
            if (place < 0 && request_.ranksPinned && !groups_.empty()) continue;
            if (place > 0 && isLike(place, place - 1)) continue;
            // Of many different groups the fastest and the slowest are enough.
            const int last = static_cast<int>(groups_.size()) - 1;
            if (last >= kEveryPlace && place > 0 && place < last) continue;
            bool needsDisk = false;
            for (const double onDisk : kPartsOnDisk) {
                if (onDisk > 0 && !needsDisk) break;
                const auto counts = bestCounts(place, onDisk);
                if (!counts) break;
                const auto placement = evaluate(*counts, place);
                needsDisk = !placement || placement->diskExperts > 0;
                if (placement) found(*placement);
            }
            if (needsDisk && groups_.size() == 1) tryEveryCount(place, found);
        }
    }

  private:
    int numLayers() const { return static_cast<int>(model_.layers.size()); }

    bool isLike(int first, int second) const {
        const GroupRates& a = groups_[static_cast<std::size_t>(first)];
        const GroupRates& b = groups_[static_cast<std::size_t>(second)];
        return std::tie(a.capacity, a.bytesPerS, a.allReduce, a.copyBytesPerS, a.hop) ==
               std::tie(b.capacity, b.bytesPerS, b.allReduce, b.copyBytesPerS, b.hop);
    }

    template <class Found>
    void tryEveryCount(int place, const Found& found) const {
        for (int count = place < 0 ? 0 : 1; count <= numLayers(); ++count)
            if (const auto placement = evaluate({count}, place)) found(*placement);
    }

    double diskSeconds(std::uint64_t bytes) const {
        if (request_.rig.diskBytesPerS <= 0) return kForbiddenSeconds;
        return real(bytes) / request_.rig.diskBytesPerS;
    }

    /// Of one expert that is not there: the CPU computes it where it lies, or it is copied.
    double computeSeconds(const LayerBytes& layer) const { return real(layer.expert) / hostRate_; }
    double copySeconds(const LayerBytes& layer, const GroupRates& group) const {
        return real(layer.expert) / group.copyBytesPerS + real(layer.expert) / group.bytesPerS;
    }

    /// Expected, over which experts a token selects, each as likely as the next. Devices and CPU
    /// work side by side.
    ExpertTime expertTime(const LayerBytes& layer,
                          const GroupRates& group,
                          int resident,
                          double onDisk) const {
        const int missing = model_.numExperts - resident;
        const double here = real(layer.expert) / group.bytesPerS;
        ExpertTime time;
        if (missing == 0) return {.read = model_.numSelected * here};
        const double there = std::min(computeSeconds(layer), copySeconds(layer, group)) +
                             (onDisk > 0 ? onDisk * diskSeconds(layer.expert) : 0);
        for (int misses = 0; misses <= std::min(missing, model_.numSelected); ++misses) {
            const double chance = choose(missing, misses) *
                                  choose(resident, model_.numSelected - misses) /
                                  choose(model_.numExperts, model_.numSelected);
            const double read = (model_.numSelected - misses) * here;
            const double miss = misses == 0 ? 0 : misses * there + kHandoverSeconds;
            time.read += chance * read;
            time.wait += chance * std::max(0.0, miss - read);
        }
        return time;
    }

    /// Of everything in a layer but its experts.
    TokenTime fixedTime(const LayerBytes& layer, const GroupRates& group) const {
        return {.read = real(layer.attention) / group.bytesPerS +
                        real(layer.copied) * group.ranks() / group.bytesPerS,
                .allReduce = 2 * group.allReduce,
                .launches = kLaunchesPerLayer * kLaunchSeconds};
    }

    double hostLayerTime(const LayerBytes& layer, double onDisk) const {
        const std::uint64_t selected =
            layer.expert * static_cast<std::uint64_t>(model_.numSelected);
        return real(layer.attention + layer.copied + selected) / hostRate_ + kHostLayerSeconds +
               (onDisk > 0 ? onDisk * diskSeconds(selected) : 0);
    }

    /// Bytes of each rank for what must be there: everything but experts.
    std::uint64_t fixedBytes(const GroupRates& group, int from, int to, bool vocabulary) const {
        std::uint64_t shared = vocabulary ? model_.vocabulary : 0;
        std::uint64_t copied = 0;
        for (int layer = from; layer < to; ++layer) {
            shared += model_.layers[static_cast<std::size_t>(layer)].attention;
            copied += model_.layers[static_cast<std::size_t>(layer)].copied;
        }
        return rankPart(shared, group.ranks()) + copied +
               rankPart(model_.cache * static_cast<std::uint64_t>(to - from), group.ranks());
    }

    /// How many experts of each layer fit: as evenly as can be, the first layers one more. None
    /// where not even the rest fits.
    std::optional<std::vector<int>> residents(const GroupRates& group,
                                              int from,
                                              int to,
                                              bool vocabulary) const {
        const std::uint64_t fixed = fixedBytes(group, from, to, vocabulary);
        if (fixed > group.capacity) return std::nullopt;
        std::uint64_t room = group.capacity - fixed;
        std::uint64_t ofEach = 0;
        for (int layer = from; layer < to; ++layer)
            ofEach +=
                rankPart(model_.layers[static_cast<std::size_t>(layer)].expert, group.ranks());
        const auto most = static_cast<std::uint64_t>(model_.numExperts);
        const std::uint64_t base = ofEach == 0 ? most : std::min(most, room / ofEach);
        room -= base * ofEach;
        std::vector<int> experts(static_cast<std::size_t>(to - from), static_cast<int>(base));
        for (int layer = from; layer < to && base < most; ++layer) {
            const std::uint64_t bytes =
                rankPart(model_.layers[static_cast<std::size_t>(layer)].expert, group.ranks());
            if (bytes > room) break;
            room -= bytes;
            ++experts[static_cast<std::size_t>(layer - from)];
        }
        return experts;
    }

    /// Seconds of layers [from, to) on a group; kNever where they do not fit.
    double groupSeconds(
        const GroupRates& group, int from, int to, bool vocabulary, double onDisk) const {
        const auto experts = residents(group, from, to, vocabulary);
        if (!experts) return kNever;
        double seconds = group.hop;
        double ofLayer = 0;
        for (int layer = from; layer < to; ++layer) {
            const LayerBytes& bytes = model_.layers[static_cast<std::size_t>(layer)];
            const int resident = (*experts)[static_cast<std::size_t>(layer - from)];
            const bool asBefore =
                uniform_ && layer > from &&
                resident == (*experts)[static_cast<std::size_t>(layer - from - 1)];
            if (!asBefore) {
                const ExpertTime experts1 = expertTime(bytes, group, resident, onDisk);
                ofLayer = fixedTime(bytes, group).total() + experts1.read + experts1.wait;
            }
            seconds += ofLayer;
        }
        return seconds;
    }

    const std::vector<double>& countTimes(const GroupRates& group,
                                          bool vocabulary,
                                          double onDisk) const {
        std::vector<double>& times = times_[{group.capacity,
                                             group.bytesPerS,
                                             group.allReduce,
                                             group.copyBytesPerS,
                                             group.hop,
                                             group.ranks(),
                                             vocabulary,
                                             onDisk}];
        if (!times.empty()) return times;
        times.assign(model_.layers.size() + 1, kNever);
        for (int count = 1; count <= numLayers(); ++count) {
            const double seconds = groupSeconds(group, 0, count, vocabulary, onDisk);
            if (seconds == kNever) break;  // more do not fit either
            times[static_cast<std::size_t>(count)] = seconds;
        }
        return times;
    }

    /// How many layers each group takes, the CPU the rest: the least sum of times, by dynamic
    /// programming over the groups in turn. None: nothing fits.
    std::optional<std::vector<int>> bestCounts(int place, double onDisk) const {
        const auto layers = static_cast<std::size_t>(numLayers());
        std::vector<double> best(layers + 1, kNever);
        best[0] = 0;
        std::vector<std::vector<int>> taken;
        for (std::size_t g = 0; g < groups_.size(); ++g) {
            const bool vocabulary = place == static_cast<int>(g);
            std::vector<double> next(layers + 1, kNever);
            std::vector<int> count(layers + 1, 0);
            const std::vector<double>* ofCount =
                uniform_ ? &countTimes(groups_[g], vocabulary, onDisk) : nullptr;
            for (std::size_t from = 0; from <= layers; ++from) {
                if (best[from] == kNever) continue;
                if (!vocabulary && best[from] < next[from]) {
                    next[from] = best[from];
                    count[from] = 0;
                }
                for (std::size_t to = from + 1; to <= layers; ++to) {
                    const double seconds = ofCount ? (*ofCount)[to - from]
                                                   : groupSeconds(groups_[g],
                                                                  static_cast<int>(from),
                                                                  static_cast<int>(to),
                                                                  vocabulary,
                                                                  onDisk);
                    if (seconds == kNever) break;
                    if (best[from] + seconds < next[to]) {
                        next[to] = best[from] + seconds;
                        count[to] = static_cast<int>(to - from);
                    }
                }
            }
            best = std::move(next);
            taken.push_back(std::move(count));
        }
        return traceBack(best, taken, place, onDisk);
    }

    std::optional<std::vector<int>> traceBack(const std::vector<double>& best,
                                              const std::vector<std::vector<int>>& taken,
                                              int place,
                                              double onDisk) const {
        double least = kNever;
        int onDevices = -1;
        double host = groups_.empty() ? 0 : kHandoverSeconds;
        std::uint64_t bytes = place < 0 ? model_.vocabulary : 0;
        for (int count = numLayers(); count >= 0; --count) {
            if (count < numLayers()) {
                const LayerBytes& layer = model_.layers[static_cast<std::size_t>(count)];
                host += hostLayerTime(layer, onDisk);
                bytes += layer.attention + layer.copied + model_.cache;
            }
            if (bytes > request_.hostCapacity) break;
            const double seconds =
                best[static_cast<std::size_t>(count)] + (count == numLayers() ? 0 : host);
            if (seconds < least) {
                least = seconds;
                onDevices = count;
            }
        }
        if (onDevices < 0) return std::nullopt;
        std::vector<int> counts(groups_.size());
        for (std::size_t g = groups_.size(); g-- > 0;) {
            counts[g] = taken[g][static_cast<std::size_t>(onDevices)];
            onDevices -= counts[g];
        }
        return counts;
    }

    /// The whole of it: who has what, and what a token takes. None: it does not fit.
    std::optional<Placement> evaluate(const std::vector<int>& counts, int place) const {
        Placement out;
        out.hostVocabulary = place < 0;
        std::vector<const GroupRates*> rates;
        int layer = 0;
        for (std::size_t g = 0; g < groups_.size(); ++g) {
            const bool vocabulary = place == static_cast<int>(g);
            if (counts[g] == 0) {
                if (vocabulary) return std::nullopt;
                continue;
            }
            auto experts = residents(groups_[g], layer, layer + counts[g], vocabulary);
            if (!experts) return std::nullopt;
            out.groups.push_back({.devices = groups_[g].devices,
                                  .firstLayer = layer,
                                  .experts = std::move(*experts),
                                  .vocabulary = vocabulary});
            rates.push_back(&groups_[g]);
            layer += counts[g];
        }
        out.hostLayers = numLayers() - layer;
        const auto onDisk = fillHost(out);
        if (!onDisk) return std::nullopt;
        for (std::size_t g = 0; g < out.groups.size(); ++g)
            addTime(out.groups[g], *rates[g], g > 0, *onDisk, out);
        addHostTime(*onDisk, out);
        out.structure = structureOf(out);
        out.shape = shapeOf(out);
        return out;
    }

    /// Puts what devices do not have into the host's memory and, where that is full, on disk.
    /// The part of the missing experts that lies there; none where it may not.
    std::optional<double> fillHost(Placement& out) const {
        out.hostBytes = out.hostVocabulary ? model_.vocabulary : 0;
        const int first = numLayers() - out.hostLayers;
        for (int layer = first; layer < numLayers(); ++layer)
            out.hostBytes += model_.layers[static_cast<std::size_t>(layer)].attention +
                             model_.layers[static_cast<std::size_t>(layer)].copied;
        out.hostCache = model_.cache * static_cast<std::uint64_t>(out.hostLayers);
        if (out.hostBytes + out.hostCache > request_.hostCapacity) return std::nullopt;
        std::uint64_t room = request_.hostCapacity - out.hostBytes - out.hostCache;
        const auto put = [&](int layer, int missing) {
            const std::uint64_t bytes = model_.layers[static_cast<std::size_t>(layer)].expert;
            const auto fit = bytes == 0 ? missing
                                        : static_cast<int>(std::min<std::uint64_t>(
                                              static_cast<std::uint64_t>(missing), room / bytes));
            room -= static_cast<std::uint64_t>(fit) * bytes;
            out.hostExperts += fit;
            out.hostBytes += static_cast<std::uint64_t>(fit) * bytes;
            out.diskExperts += missing - fit;
            out.diskBytes += static_cast<std::uint64_t>(missing - fit) * bytes;
            out.hostBytesPerToken += real(bytes) * missing * model_.numSelected / model_.numExperts;
        };
        for (const PlacedGroup& group : out.groups)
            for (int i = 0; i < group.numLayers(); ++i)
                put(group.firstLayer + i,
                    model_.numExperts - group.experts[static_cast<std::size_t>(i)]);
        for (int layer = first; layer < numLayers(); ++layer) put(layer, model_.numExperts);
        if (out.diskExperts == 0) return 0.0;
        if (request_.rig.diskBytesPerS <= 0) return std::nullopt;
        return static_cast<double>(out.diskExperts) / (out.diskExperts + out.hostExperts);
    }

    void addTime(PlacedGroup& placed,
                 const GroupRates& rates,
                 bool afterAnother,
                 double onDisk,
                 Placement& out) const {
        TokenTime time;
        if (placed.vocabulary) time.read += real(model_.vocabularyRead) / rates.bytesPerS;
        if (afterAnother) time.copies += rates.hop;
        for (int i = 0; i < placed.numLayers(); ++i) {
            const LayerBytes& layer =
                model_.layers[static_cast<std::size_t>(placed.firstLayer + i)];
            time += fixedTime(layer, rates);
            const ExpertTime experts =
                expertTime(layer, rates, placed.experts[static_cast<std::size_t>(i)], onDisk);
            time.read += experts.read;
            if (experts.wait == 0) continue;
            placed.copiesMisses = copySeconds(layer, rates) < computeSeconds(layer);
            const double work = std::min(copySeconds(layer, rates), computeSeconds(layer));
            const double disk = onDisk > 0 ? onDisk * diskSeconds(layer.expert) : 0;
            time.disk += experts.wait * disk / (work + disk);
            (placed.copiesMisses ? time.copies : time.host) += experts.wait * work / (work + disk);
        }
        out.time += time;
        time.read += real(model_.cache) * placed.numLayers() / rates.bytesPerS;
        out.timeWhenFull += time;
    }

    void addHostTime(double onDisk, Placement& out) const {
        TokenTime time;
        const bool alone = out.groups.empty();
        if (out.hostVocabulary) {
            time.host += real(model_.vocabularyRead) / hostRate_;
            if (!alone) time.copies += kHandoverSeconds;
        }
        if (out.hostLayers > 0 && !alone) time.copies += kHandoverSeconds;
        for (int layer = numLayers() - out.hostLayers; layer < numLayers(); ++layer) {
            const LayerBytes& bytes = model_.layers[static_cast<std::size_t>(layer)];
            const double work = hostLayerTime(bytes, 0);
            time.host += work;
            if (onDisk > 0) time.disk += hostLayerTime(bytes, onDisk) - work;
        }
        out.time += time;
        time.host += real(model_.cache) * out.hostLayers / hostRate_;
        out.timeWhenFull += time;
    }

    static std::string structureOf(const Placement& placement) {
        std::map<int, int, std::greater<>> groupsOfSize;
        for (const PlacedGroup& group : placement.groups) ++groupsOfSize[group.numRanks()];
        std::vector<std::string> parts;
        for (const auto& [size, count] : groupsOfSize)
            parts.push_back(fmt::format("{} x {}", count, size));
        if (placement.groups.empty()) return "the CPU alone";
        if (placement.groups.size() > 1)
            return fmt::format("layers split over {} devices", fmt::join(parts, " + "));
        const int ranks = placement.groups.front().numRanks();
        return ranks == 1 ? "one device" : fmt::format("tensor parallel over {} devices", ranks);
    }

    static std::string shapeOf(const Placement& placement) {
        std::string text = placement.structure;
        if (!placement.groups.empty() && placement.hostLayers > 0) text += " and on the CPU";
        const bool elsewhere =
            placement.hostExperts + placement.diskExperts > 0 && !placement.groups.empty();
        if (elsewhere && placement.diskExperts > 0 && placement.hostExperts > 0)
            text += ", experts in host memory and on disk";
        else if (elsewhere && placement.hostExperts > 0)
            text += ", experts in host memory";
        else if (placement.diskExperts > 0)
            text += ", experts on disk";
        return text;
    }

    const SearchRequest& request_;
    CountTimes& times_;
    const ModelBytes& model_;
    std::vector<GroupRates> groups_;
    bool uniform_;
    double hostRate_;
};

// ---------------------------------------------------------------- all combinations

class Search {
  public:
    explicit Search(const SearchRequest& request)
        : request_(request), classes_(twinClasses(request.rig)) {
        for (const auto& twins : classes_) left_.push_back(static_cast<int>(twins.size()));
        for (auto size = request.ranks.rbegin(); size != request.ranks.rend(); ++size)
            listKinds(*size, GroupKind(classes_.size(), 0), 0);
    }

    std::vector<Placement> run() {
        if (!request_.ranksPinned || request_.rig.devices.empty()) tryThese();
        combine(0, request_.numDevices);
        std::vector<Placement> found;
        for (auto& [shape, placement] : best_) found.push_back(std::move(placement));
        std::ranges::stable_sort(
            found, {}, [](const Placement& placement) { return placement.time.total(); });
        return found;
    }

  private:
    /// Every way to take `size` devices from the classes that may be one group.
    void listKinds(int size, GroupKind kind, std::size_t from) {
        const int missing = size - sizeOf(kind);
        if (missing == 0) {
            if (canBeGroup(request_.rig, firstOf(kind))) kinds_.push_back(std::move(kind));
            return;
        }
        if (from == classes_.size() || kinds_.size() > kMostCombinations) return;
        for (int count = std::min(missing, left_[from]); count >= 0; --count) {
            kind[from] = count;
            listKinds(size, kind, from + 1);
        }
    }

    std::vector<int> firstOf(const GroupKind& kind) const {
        std::vector<int> devices;
        for (std::size_t c = 0; c < kind.size(); ++c)
            devices.insert(devices.end(), classes_[c].begin(), classes_[c].begin() + kind[c]);
        return devices;
    }

    void combine(std::size_t from, int devicesLeft) {
        bool whole = true;
        for (std::size_t k = from; k < kinds_.size(); ++k) {
            const bool fits = sizeOf(kinds_[k]) <= devicesLeft &&
                              std::ranges::equal(kinds_[k], left_, [](int want, int have) {
                                  return want <= have;
                              });
            if (!fits) continue;
            whole = false;
            chosen_.push_back(k);
            for (std::size_t c = 0; c < left_.size(); ++c) left_[c] -= kinds_[k][c];
            combine(k, devicesLeft - sizeOf(kinds_[k]));
            for (std::size_t c = 0; c < left_.size(); ++c) left_[c] += kinds_[k][c];
            chosen_.pop_back();
            if (combinations_ > kMostCombinations) return;
        }
        if (whole && !chosen_.empty()) tryThese();
    }

    /// The groups of chosen_, with devices of their own.
    void tryThese() {
        if (++combinations_ > kMostCombinations) return;
        std::vector<std::size_t> used(classes_.size(), 0);
        std::vector<GroupRates> groups;
        for (const std::size_t k : chosen_) {
            GroupRates group;
            for (std::size_t c = 0; c < classes_.size(); ++c)
                for (int i = 0; i < kinds_[k][c]; ++i)
                    group.devices.push_back(classes_[c][used[c]++]);
            setRates(group);
            groups.push_back(std::move(group));
        }
        for (GroupRates& group : groups)
            for (const GroupRates& other : groups)
                if (&group != &other)
                    group.hop = std::max(
                        group.hop,
                        linkBetween(request_.rig, group.devices.front(), other.devices.front())
                            .allReduceSeconds);
        std::ranges::stable_sort(
            groups, {}, [](const GroupRates& group) { return -group.bytesPerS; });
        Combination(request_, std::move(groups), times_).search([this](const Placement& placement) {
            const auto [at, isNew] = best_.try_emplace(placement.shape, placement);
            if (!isNew && placement.time.total() < at->second.time.total()) at->second = placement;
        });
    }

    void setRates(GroupRates& group) const {
        std::uint64_t free = std::numeric_limits<std::uint64_t>::max();
        double read = kNever;
        double copy = kNever;
        for (const int index : group.devices) {
            const RigDevice& device = request_.rig.devices[static_cast<std::size_t>(index)];
            free = std::min(free, device.freeBytes);
            read = std::min(read, device.readBytesPerS);
            copy = std::min(copy, device.copyBytesPerS);
            for (const int other : group.devices)
                if (other != index)
                    group.allReduce = std::max(
                        group.allReduce, linkBetween(request_.rig, index, other).allReduceSeconds);
        }
        group.capacity = free - std::min(free, request_.deviceReserve);
        group.bytesPerS = read * kDeviceReadShare * group.ranks();
        // What is copied is read from the host's memory first.
        group.copyBytesPerS =
            std::min(copy * group.ranks(), request_.rig.host.readBytesPerS * kHostReadShare);
    }

    const SearchRequest& request_;
    std::vector<std::vector<int>> classes_;
    std::vector<int> left_;  ///< devices of each class that no chosen group has
    std::vector<GroupKind> kinds_;
    std::vector<std::size_t> chosen_;
    CountTimes times_;
    std::map<std::string, Placement> best_;  ///< of each shape
    int combinations_ = 0;
};

}  // namespace

std::uint64_t ModelBytes::total() const {
    std::uint64_t bytes = vocabulary;
    for (const LayerBytes& layer : layers)
        bytes +=
            layer.attention + layer.copied + layer.expert * static_cast<std::uint64_t>(numExperts);
    return bytes;
}

std::uint64_t ModelBytes::perToken() const {
    std::uint64_t bytes = vocabularyRead;
    for (const LayerBytes& layer : layers)
        bytes +=
            layer.attention + layer.copied + layer.expert * static_cast<std::uint64_t>(numSelected);
    return bytes;
}

ModelBytes modelBytesOf(const ModelConfig& config,
                        const std::vector<TensorLayout>& layouts,
                        DType cacheType,
                        int contextTokens) {
    ModelBytes model{.layers = std::vector<LayerBytes>(static_cast<std::size_t>(config.numLayers)),
                     .cache = cpu::kvBytesPerToken(config, cacheType) *
                              static_cast<std::uint64_t>(contextTokens) /
                              static_cast<std::uint64_t>(config.numLayers),
                     .numExperts = config.numExperts,
                     .numSelected = config.numSelected};
    for (const TensorLayout& tensor : layouts) {
        const std::uint64_t bytes = tensor.dataBytes() + tensor.scaleBytes();
        if (tensor.slot.layer < 0) {
            model.vocabulary += bytes;
            // Of an embedding that is not the output matrix too, a token reads its row.
            const bool row = tensor.slot.role == TensorRole::Embedding && !config.tiedOutput;
            model.vocabularyRead +=
                row ? bytes / static_cast<std::uint64_t>(config.vocabSize) : bytes;
            continue;
        }
        LayerBytes& layer = model.layers[static_cast<std::size_t>(tensor.slot.layer)];
        switch (tensor.slot.role) {
            case TensorRole::ExpertGate:
            case TensorRole::ExpertUp:
            case TensorRole::ExpertDown:
                layer.expert += bytes / static_cast<std::uint64_t>(config.numExperts);
                break;
            case TensorRole::Query:
            case TensorRole::Key:
            case TensorRole::Value:
            case TensorRole::AttentionOutput:
                layer.attention += bytes;
                break;
            default:
                layer.copied += bytes;
        }
    }
    return model;
}

bool canBeGroup(const Rig& rig, const std::vector<int>& devices) {
    // Without NVLink two to four ranks at most: beyond, sums cost more than they save.
    if (devices.size() <= 4) return true;
    for (const int first : devices)
        for (const int second : devices)
            if (first != second && linkBetween(rig, first, second).kind != LinkKind::NvLink)
                return false;
    return true;
}

std::vector<Placement> searchPlacements(const SearchRequest& request) {
    GS_CHECK(!request.model.layers.empty());
    return Search(request).run();
}

}  // namespace gatescope
