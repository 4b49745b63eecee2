#include "engine/store/routing_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "engine/check.h"
#include "kernels/quant/float_types.h"

namespace gatescope {
namespace {

constexpr char kRoutingCodecVersion = 1;
constexpr char kLogSumExpCodecVersion = 2;  // only where it says more, for readers of before
constexpr std::uint32_t kMostLayers = 4096;
constexpr std::uint32_t kMostExperts = 4096;

/// Behind the last expert of a layer that selects fewer than others.
constexpr std::uint16_t kNoExpert = 0xFFFF;

bool inUnitRange(const std::vector<float>& values) {
    // A softmax in f32 may end a few units in the last place above 1.
    return std::ranges::all_of(values, [](float v) { return v >= 0.0F && v <= 1.0F + 1e-4F; });
}

bool isStorable(const RoutingRecordPtr& record) {
    return record != nullptr && inUnitRange(record->probs) && inUnitRange(record->gates) &&
           std::ranges::all_of(record->logSumExps, [](float v) { return std::isfinite(v); });
}

bool sameShape(const RoutingRecord& a, const RoutingRecord& b) {
    return a.numLayers == b.numLayers && a.numExperts == b.numExperts &&
           a.numSelected == b.numSelected && a.logSumExps.size() == b.logSumExps.size();
}

std::vector<std::uint16_t> halves(const std::vector<float>& values) {
    std::vector<std::uint16_t> bits(values.size());
    std::ranges::transform(
        values, bits.begin(), [](float v) { return kernels::floatToHalf(std::min(v, 1.0F)); });
    return bits;
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

void putRun(std::string& out,
            std::span<const TokenRecord> tokens,
            std::size_t first,
            char version) {
    const RoutingRecord& shape = *tokens.front().routing;
    std::vector<std::uint16_t> probs;
    std::vector<std::uint16_t> selected;
    std::vector<std::uint16_t> gates;
    std::vector<float> logSumExps;
    for (const auto& token : tokens) {
        const RoutingRecord& record = *token.routing;
        GS_CHECK_EQ(record.probs.size(),
                    static_cast<std::size_t>(shape.numLayers * shape.numExperts));
        GS_CHECK_EQ(record.selected.size(),
                    static_cast<std::size_t>(shape.numLayers * shape.numSelected));
        GS_CHECK_EQ(record.gates.size(), record.selected.size());
        append(probs, halves(record.probs));
        append(gates, halves(record.gates));
        append(logSumExps, record.logSumExps);
        for (const auto expert : record.selected) {
            GS_CHECK(expert >= -1 && expert < shape.numExperts);
            selected.push_back(expert < 0 ? kNoExpert : static_cast<std::uint16_t>(expert));
        }
    }
    putSize(out, first);
    putSize(out, tokens.size());
    putSize(out, static_cast<std::size_t>(shape.numLayers));
    putSize(out, static_cast<std::size_t>(shape.numExperts));
    putSize(out, static_cast<std::size_t>(shape.numSelected));
    putPlanes(out, probs);
    putPlanes(out, selected);
    putPlanes(out, gates);
    if (version < kLogSumExpCodecVersion) return;
    GS_CHECK(logSumExps.empty() ||
             logSumExps.size() == tokens.size() * static_cast<std::size_t>(shape.numLayers));
    putSize(out, logSumExps.empty() ? 0 : 1);
    putPlanes(out, logSumExps);
}

std::string routingBytes(std::span<const TokenRecord> tokens, char version) {
    std::string runs;
    std::size_t numRuns = 0;
    for (std::size_t first = 0; first < tokens.size();) {
        if (!isStorable(tokens[first].routing)) {
            ++first;
            continue;
        }
        std::size_t end = first + 1;
        while (end < tokens.size() && isStorable(tokens[end].routing) &&
               sameShape(*tokens[first].routing, *tokens[end].routing))
            ++end;
        putRun(runs, tokens.subspan(first, end - first), first, version);
        ++numRuns;
        first = end;
    }
    if (numRuns == 0) return {};
    std::string out;
    putSize(out, numRuns);
    return out + runs;
}

std::vector<float> floats(std::span<const std::uint16_t> bits, const std::string& where) {
    std::vector<float> values(bits.size());
    for (std::size_t i = 0; i < bits.size(); ++i) {
        values[i] = kernels::halfToFloat(bits[i]);
        if (!(values[i] >= 0.0F && values[i] <= 1.0F))
            refuseBlob(where, fmt::format("a router probability or gate is {}", values[i]));
    }
    return values;
}

/// None where the run keeps none.
std::vector<float> takeLogSumExps(BlobReader& reader,
                                  std::uint64_t count,
                                  const std::string& where) {
    const auto kept = reader.takeSize("whether log-sum-exps are kept");
    if (kept > 1) refuseBlob(where, fmt::format("log-sum-exps kept {}, expected 0 or 1", kept));
    if (kept == 0) return {};
    auto values = reader.takePlanesOf<float>(count, "log-sum-exps");
    for (const float value : values)
        if (!std::isfinite(value)) refuseBlob(where, fmt::format("a log-sum-exp is {}", value));
    return values;
}

struct RunShape {
    std::uint32_t first, tokens, layers, experts, selected;
};

/// Of all layers of a token; each selects at least one, and none behind the last.
std::vector<std::int32_t> takeSelected(std::span<const std::uint16_t> experts,
                                       const RunShape& shape,
                                       const std::string& where) {
    std::vector<std::int32_t> selected;
    selected.reserve(experts.size());
    for (std::size_t i = 0; i < experts.size(); ++i) {
        const bool isFirst = i % shape.selected == 0;
        const bool isNone = experts[i] == kNoExpert && !isFirst;
        if (!isNone && (experts[i] >= shape.experts || (!isFirst && selected.back() < 0)))
            refuseBlob(where, fmt::format("expert {} of {}", experts[i], shape.experts));
        selected.push_back(isNone ? -1 : experts[i]);
    }
    return selected;
}

RunShape takeShape(BlobReader& reader, std::size_t numTokens, const std::string& where) {
    const auto sizes = reader.takeArray<std::uint32_t>(5, "a run's sizes");
    const RunShape shape{sizes[0], sizes[1], sizes[2], sizes[3], sizes[4]};
    if (shape.first > numTokens || shape.tokens > numTokens - shape.first)
        refuseBlob(where,
                   fmt::format("routing of tokens {} to {} in a chunk of {} tokens",
                               shape.first,
                               std::uint64_t{shape.first} + shape.tokens,
                               numTokens));
    if (shape.layers == 0 || shape.layers > kMostLayers || shape.experts == 0 ||
        shape.experts > kMostExperts || shape.selected == 0 || shape.selected > shape.experts)
        refuseBlob(
            where,
            fmt::format("routing of {} layers, {} experts, {} selected; expected 1 to {} layers "
                        "and 1 to {} experts",
                        shape.layers,
                        shape.experts,
                        shape.selected,
                        kMostLayers,
                        kMostExperts));
    return shape;
}

void takeRun(BlobReader& reader,
             std::span<TokenRecord> tokens,
             char version,
             const std::string& where,
             DecodeBudget& budget) {
    const auto shape = takeShape(reader, tokens.size(), where);
    const std::size_t numProbs = std::size_t{shape.layers} * shape.experts;
    const std::size_t numSelected = std::size_t{shape.layers} * shape.selected;
    const auto probs = reader.takePlanes(shape.tokens * numProbs, "router probabilities");
    const auto selected = reader.takePlanes(shape.tokens * numSelected, "selected experts");
    const auto gates = reader.takePlanes(shape.tokens * numSelected, "gates");
    const auto logSumExps =
        version < kLogSumExpCodecVersion
            ? std::vector<float>()
            : takeLogSumExps(reader, std::uint64_t{shape.tokens} * shape.layers, where);
    const std::size_t numSums = logSumExps.empty() ? 0 : shape.layers;
    const std::uint64_t bytes =
        shape.tokens * (numProbs + 2 * numSelected + numSums) * sizeof(float);
    if (bytes > budget.bytesLeft) refuseBlob(where, "the routing records need more than 4 GiB");
    budget.bytesLeft -= bytes;
    for (std::size_t t = 0; t < shape.tokens; ++t) {
        auto record = std::make_shared<RoutingRecord>();
        record->numLayers = static_cast<int>(shape.layers);
        record->numExperts = static_cast<int>(shape.experts);
        record->numSelected = static_cast<int>(shape.selected);
        record->probs = floats(std::span(probs).subspan(t * numProbs, numProbs), where);
        record->gates = floats(std::span(gates).subspan(t * numSelected, numSelected), where);
        const auto sums = std::span(logSumExps).subspan(t * numSums, numSums);
        record->logSumExps.assign(sums.begin(), sums.end());
        record->selected =
            takeSelected(std::span(selected).subspan(t * numSelected, numSelected), shape, where);
        tokens[shape.first + t].routing = std::move(record);
    }
}

}  // namespace

std::size_t storedCells(const RoutingRecord& record) {
    return record.probs.size() + record.selected.size() + record.gates.size() +
           2 * record.logSumExps.size();
}

std::string encodeRouting(std::span<const TokenRecord> tokens) {
    const bool sums = std::ranges::any_of(tokens, [](const TokenRecord& t) {
        return isStorable(t.routing) && !t.routing->logSumExps.empty();
    });
    const char version = sums ? kLogSumExpCodecVersion : kRoutingCodecVersion;
    const auto bytes = routingBytes(tokens, version);
    return bytes.empty() ? bytes : packBlob(bytes, version);
}

void decodeRouting(const std::string& blob,
                   const std::string& where,
                   DecodeBudget& budget,
                   std::span<TokenRecord> tokens) {
    const auto decoded = unpackBlob(blob, kLogSumExpCodecVersion, where, budget);
    BlobReader runs(decoded, where);
    const auto numRuns = runs.takeSize("the number of runs");
    for (std::uint32_t run = 0; run < numRuns; ++run) takeRun(runs, tokens, blob[0], where, budget);
    runs.expectEnd();
}

}  // namespace gatescope
