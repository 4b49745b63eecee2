#include "engine/decoder/layer_top_k.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "engine/decoder/intervention.h"
#include "engine/error.h"

namespace gatescope {
namespace {

/// From 0 up.
std::optional<std::int32_t> parseCount(std::string_view text) {
    std::int32_t value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

/// Entries that go on where the one before ends, with the same number, become one.
void joinNeighbours(std::vector<LayerTopK>& all) {
    std::vector<LayerTopK> joined;
    for (const LayerTopK& layers : all) {
        const bool goesOn = !joined.empty() && joined.back().topK == layers.topK &&
                            joined.back().last.value + 1 == layers.first.value;
        if (goesOn)
            joined.back().last = layers.last;
        else
            joined.push_back(layers);
    }
    all = std::move(joined);
}

}  // namespace

LayerTopK parseLayerTopK(std::string_view text) {
    if (const auto colon = text.find(':'); colon != std::string_view::npos) {
        const std::string_view layers = text.substr(0, colon);
        const auto dash = layers.find('-');
        const auto first = parseCount(layers.substr(0, dash));
        const auto last =
            dash == std::string_view::npos ? first : parseCount(layers.substr(dash + 1));
        const auto topK = parseCount(text.substr(colon + 1));
        if (first && last && topK && *first <= *last)
            return {LayerId{*first}, LayerId{*last}, *topK};
    }
    throw Error(ErrorKind::BadUsage,
                fmt::format("'{}' is not LAYER:K: expected a layer from 0 up, or the first and the "
                            "last of several, and how many experts it selects, like 3:4 or 3-7:4",
                            text));
}

std::string toString(const LayerTopK& layers) {
    if (layers.first == layers.last) return fmt::format("{}:{}", layers.first.value, layers.topK);
    return fmt::format("{}-{}:{}", layers.first.value, layers.last.value, layers.topK);
}

void setLayerTopK(std::vector<LayerTopK>& all, const LayerTopK& layers) {
    std::vector<LayerTopK> next;
    for (const LayerTopK& old : all) {
        if (old.first < layers.first)
            next.push_back(
                {old.first, std::min(old.last, LayerId{layers.first.value - 1}), old.topK});
        if (layers.last < old.last)
            next.push_back(
                {std::max(old.first, LayerId{layers.last.value + 1}), old.last, old.topK});
    }
    if (layers.topK > 0) next.push_back(layers);
    std::ranges::sort(next);
    joinNeighbours(next);
    all = std::move(next);
}

void setTopK(InterventionSet& set, std::string_view text) {
    if (text.find(':') != std::string_view::npos)
        return setLayerTopK(set.layerTopK, parseLayerTopK(text));
    const auto topK = parseCount(text);
    if (!topK)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("'{}' is no top-k: expected how many experts all layers select (0: "
                                "as the model does), or LAYER:K, like 3, 5:4 or 3-7:4",
                                text));
    set.topK = *topK;
}

}  // namespace gatescope
