#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/ids.h"

namespace gatescope {

struct InterventionSet;

/// Layers first to last select `topK` experts a token, whatever InterventionSet::topK says.
struct LayerTopK {
    LayerId first;
    LayerId last;  ///< part of it
    int topK = 0;
    friend constexpr auto operator<=>(const LayerTopK&, const LayerTopK&) = default;
};

/// "L:K" or "L-M:K", K from 0 up. Throws Error(BadUsage) saying what was expected.
LayerTopK parseLayerTopK(std::string_view text);
std::string toString(const LayerTopK& layers);  ///< "3:4" or "3-7:4"

/// Puts `layers` in the place of what its layers had; with a topK of 0 they select again as all do.
/// Neighbours with the same number become one entry, so that the same choice is always the same
/// value.
void setLayerTopK(std::vector<LayerTopK>& all, const LayerTopK& layers);

/// What a person writes, of all layers or of some: "K", "L:K" or "L-M:K". "K" leaves layers that
/// have their own number at it. Throws as parseLayerTopK() does.
void setTopK(InterventionSet& set, std::string_view text);

}  // namespace gatescope
