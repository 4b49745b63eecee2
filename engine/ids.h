#pragma once

#include <compare>
#include <cstdint>

namespace gatescope {

/// An index that cannot be mistaken for another one: LayerId and ExpertId are both small integers.
template <class Tag>
struct Index {
    std::int32_t value = 0;
    friend constexpr auto operator<=>(const Index&, const Index&) = default;
};

using LayerId = Index<struct LayerTag>;
using ExpertId = Index<struct ExpertTag>;

/// A vocabulary id. Plain, because arrays of it are files ([tokens] int32) and spans of tensors.
using TokenId = std::int32_t;

/// One expert of one layer: a cell of the heatmap.
struct ExpertSite {
    LayerId layer;
    ExpertId expert;
    friend constexpr auto operator<=>(const ExpertSite&, const ExpertSite&) = default;
};

}  // namespace gatescope
