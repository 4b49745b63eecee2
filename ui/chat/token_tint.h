#pragma once

#include <QString>
#include <optional>
#include <utility>

#include "engine/ids.h"
#include "engine/store/conversation.h"

namespace gatescope {

/// What the chat colours its tokens by.
enum class TintQuantity { None, Expert, Gate, Margin, Decisive, Entropy, Mass, Surprise, Repeat };
inline constexpr int kTintQuantities = 9;

/// The layers that a tint speaks of.
struct TintLayers {
    enum class Which {
        Picked,  ///< that of the cell picked; all while none is
        All,
        Band,  ///< first to last, both included
    };
    Which which = Which::Picked;
    int first = 0;
    int last = 0;
    friend bool operator==(const TintLayers&, const TintLayers&) = default;
};

struct TintSetting {
    TintQuantity quantity = TintQuantity::None;
    TintLayers layers;
    bool numbers = false;  ///< an expert's number above its tokens
    friend bool operator==(const TintSetting&, const TintSetting&) = default;
};

/// Sizes of the model that computed the tokens; 0: not known.
struct RouterSizes {
    int layers = 0;
    int experts = 0;
    int selected = 0;
    int vocabulary = 0;
    friend bool operator==(const RouterSizes&, const RouterSizes&) = default;
};

/// First and last of the layers meant, within `numLayers`; empty: the model has none of them.
std::optional<std::pair<int, int>> layersOf(const TintLayers& layers,
                                            const std::optional<ExpertSite>& picked,
                                            int numLayers);

/// What a token is tinted by; empty when it cannot be said (routing not computed, a gate without a
/// picked cell, the surprise of a prompt's token). Over several layers: their mean, of experts the
/// one that most layers chose first (the lower one on a tie).
///  - Expert    the first choice
///  - Gate      of the picked cell's expert, 0 where it was not selected
///  - Margin, Decisive, Entropy (bits), Mass    as RouterMeasures
///  - Surprise  -log2 p in bits; of the token, not of a layer
///  - Repeat    share of the layers with the first choice that the token before had
/// `before`: routing of the token before, or null.
std::optional<float> tintValue(const TintSetting& setting,
                               const TokenRecord& token,
                               const RoutingRecord* before,
                               const std::optional<ExpertSite>& picked);

/// How strongly a value is painted, 0 to 1; of Expert always 1. Quantities whose values crowd near
/// 0 are drawn at their square root, as in the heatmap; entropy, which crowds near its maximum, at
/// its square.
double tintStrength(TintQuantity quantity, double value, const RouterSizes& sizes);
/// The value that is painted at full strength: what larger ones are cut to.
double tintMaximum(TintQuantity quantity, const RouterSizes& sizes);
/// What blind choice gives: every expert p = 1/E, every token of the vocabulary alike. Empty: it
/// cannot be said. Of Expert: the share of tokens each expert gets.
std::optional<double> tintChance(TintQuantity quantity, const RouterSizes& sizes);

/// As tours and settings write it: "none", "expert", ...
QString tintName(TintQuantity quantity);
std::optional<TintQuantity> tintNamed(const QString& name);
/// "picked", "all" or "3-9"; a single number is one layer.
QString layersText(const TintLayers& layers);
std::optional<TintLayers> layersNamed(const QString& text);

}  // namespace gatescope
