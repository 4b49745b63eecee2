#pragma once

#include <QString>
#include <optional>

namespace gatescope {

/// What the cells of the heatmap say. The first four are of one token, the others of all tokens
/// that BranchRouting counts (the range picked). p: router probability; T tokens, k of E selected.
enum class HeatmapMode {
    Now,     ///< p of the token
    Recent,  ///< exponential mean of p that ends at the token (FadingMean)
    /// How far an expert is from the other side of the choice: of a selected one p minus the best p
    /// that was not selected, of another p minus the worst p that was. So the sign says selected or
    /// not, and the last selected expert has the decisive margin p(k) - p(k+1).
    Margin,
    Mass,           ///< p of the selected, 0 of the others: a row adds up to its routed mass
    Mean,           ///< mean p
    Share,          ///< share of the tokens that selected it
    MinusUniform,   ///< that share minus what it is by chance, k/E
    MinusBaseline,  ///< that share minus the same of a range that was pinned
    Z,              ///< (n - T k/E) / its standard deviation under uniform routing
};
inline constexpr int kHeatmapModes = 9;

bool isOfToken(HeatmapMode mode);
/// Values have a sign: drawn blue to orange.
bool hasSign(HeatmapMode mode);
/// The colour scale ends there on each side; what lies beyond takes the end's colour.
double scaleLimit(HeatmapMode mode);

/// As tours and dumps write it: "now", "minus-baseline".
QString modeName(HeatmapMode mode);
std::optional<HeatmapMode> modeOfName(const QString& name);

// For people, translated.
QString modeTitle(HeatmapMode mode);  ///< "Minus baseline"
QString modeHint(HeatmapMode mode);   ///< a sentence
QString quantity(HeatmapMode mode);   ///< for the legend: "router probability"
/// One value with its name: "p 0.410", "share -0.031 against chance".
QString valueText(HeatmapMode mode, float value);
/// What the bar beside a row says, and one value of it: "entropy 1.93 bits".
QString rowQuantity(HeatmapMode mode);
QString rowText(HeatmapMode mode, float value);

}  // namespace gatescope
