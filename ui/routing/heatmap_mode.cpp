#include "ui/routing/heatmap_mode.h"

#include <QCoreApplication>
#include <array>

#include "ui/language/number_text.h"

namespace gatescope {
namespace {

constexpr double kLargestZ = 10;

struct ModeTexts {
    HeatmapMode mode;
    const char* name;
    const char* title;
    const char* hint;
    const char* quantity;
    const char* value;
};

// Marked for translation here, translated where they are read.
constexpr std::array<ModeTexts, kHeatmapModes> kTexts{{
    {HeatmapMode::Now,
     "now",
     QT_TRANSLATE_NOOP("HeatmapMode", "Now"),
     QT_TRANSLATE_NOOP("HeatmapMode", "Router probabilities of one token"),
     QT_TRANSLATE_NOOP("HeatmapMode", "router probability"),
     QT_TRANSLATE_NOOP("HeatmapMode", "p %1")},
    {HeatmapMode::Recent,
     "recent",
     QT_TRANSLATE_NOOP("HeatmapMode", "Recent"),
     QT_TRANSLATE_NOOP(
         "HeatmapMode",
         "Mean router probability of the tokens up to this one; older ones count less, "
         "by half every half-life. Counted in tokens, prompt and reply alike"),
     QT_TRANSLATE_NOOP("HeatmapMode", "fading mean of router probability"),
     QT_TRANSLATE_NOOP("HeatmapMode", "recent mean %1")},
    {HeatmapMode::Margin,
     "margin",
     QT_TRANSLATE_NOOP("HeatmapMode", "Margin"),
     QT_TRANSLATE_NOOP(
         "HeatmapMode",
         "How far each expert is from the other side of the choice: selected ones from "
         "the best that was not (orange), the others from the last that was (blue)"),
     QT_TRANSLATE_NOOP("HeatmapMode", "probability ahead of, or behind, the choice"),
     QT_TRANSLATE_NOOP("HeatmapMode", "margin %1")},
    {HeatmapMode::Mass,
     "mass",
     QT_TRANSLATE_NOOP("HeatmapMode", "Routed mass"),
     QT_TRANSLATE_NOOP("HeatmapMode",
                       "Probability of the selected experts only; the bars say their sum"),
     QT_TRANSLATE_NOOP("HeatmapMode", "probability of the selected"),
     QT_TRANSLATE_NOOP("HeatmapMode", "routed %1")},
    {HeatmapMode::Mean,
     "mean",
     QT_TRANSLATE_NOOP("HeatmapMode", "Mean"),
     QT_TRANSLATE_NOOP("HeatmapMode", "Mean router probability over the tokens counted"),
     QT_TRANSLATE_NOOP("HeatmapMode", "mean router probability"),
     QT_TRANSLATE_NOOP("HeatmapMode", "mean %1")},
    {HeatmapMode::Share,
     "share",
     QT_TRANSLATE_NOOP("HeatmapMode", "Share"),
     QT_TRANSLATE_NOOP("HeatmapMode", "How often each expert was selected, of the tokens counted"),
     QT_TRANSLATE_NOOP("HeatmapMode", "share of tokens that selected it"),
     QT_TRANSLATE_NOOP("HeatmapMode", "share %1")},
    {HeatmapMode::MinusUniform,
     "minus-uniform",
     QT_TRANSLATE_NOOP("HeatmapMode", "Minus uniform"),
     QT_TRANSLATE_NOOP("HeatmapMode",
                       "Share of the tokens that selected it, minus what it would be by chance"),
     QT_TRANSLATE_NOOP("HeatmapMode", "share minus chance"),
     QT_TRANSLATE_NOOP("HeatmapMode", "share %1 against chance")},
    {HeatmapMode::MinusBaseline,
     "minus-baseline",
     QT_TRANSLATE_NOOP("HeatmapMode", "Minus baseline"),
     QT_TRANSLATE_NOOP(
         "HeatmapMode",
         "Share of the tokens that selected it, minus the same of the range pinned as "
         "baseline"),
     QT_TRANSLATE_NOOP("HeatmapMode", "share minus the baseline's"),
     QT_TRANSLATE_NOOP("HeatmapMode", "share %1 against the baseline")},
    {HeatmapMode::Z,
     "z",
     QT_TRANSLATE_NOOP("HeatmapMode", "z score"),
     QT_TRANSLATE_NOOP("HeatmapMode",
                       "How many standard deviations of chance the count of each expert lies away "
                       "from what chance would give"),
     QT_TRANSLATE_NOOP("HeatmapMode", "standard deviations from chance"),
     QT_TRANSLATE_NOOP("HeatmapMode", "z %1")},
}};

const ModeTexts& textsOf(HeatmapMode mode) {
    return kTexts[static_cast<std::size_t>(mode)];
}

struct HeatmapModeText {
    Q_DECLARE_TR_FUNCTIONS(HeatmapMode)
};

}  // namespace

bool isOfToken(HeatmapMode mode) {
    return mode <= HeatmapMode::Mass;
}

bool hasSign(HeatmapMode mode) {
    return mode == HeatmapMode::Margin || mode >= HeatmapMode::MinusUniform;
}

double scaleLimit(HeatmapMode mode) {
    return mode == HeatmapMode::Z ? kLargestZ : 1;
}

QString modeName(HeatmapMode mode) {
    return QString::fromLatin1(textsOf(mode).name);
}

std::optional<HeatmapMode> modeOfName(const QString& name) {
    for (const ModeTexts& texts : kTexts)
        if (name == QLatin1String(texts.name)) return texts.mode;
    return std::nullopt;
}

QString modeTitle(HeatmapMode mode) {
    return HeatmapModeText::tr(textsOf(mode).title);
}

QString modeHint(HeatmapMode mode) {
    return HeatmapModeText::tr(textsOf(mode).hint);
}

QString quantity(HeatmapMode mode) {
    return HeatmapModeText::tr(textsOf(mode).quantity);
}

QString valueText(HeatmapMode mode, float value) {
    QString number = numberText(static_cast<double>(value), 'f', mode == HeatmapMode::Z ? 2 : 3);
    if (hasSign(mode) && value > 0) number.prepend(QLatin1Char('+'));
    return HeatmapModeText::tr(textsOf(mode).value).arg(number);
}

QString rowQuantity(HeatmapMode mode) {
    if (mode == HeatmapMode::Margin) return HeatmapModeText::tr("margin");
    if (mode == HeatmapMode::Mass) return HeatmapModeText::tr("mass");
    return HeatmapModeText::tr("entropy");
}

QString rowText(HeatmapMode mode, float value) {
    const auto number = static_cast<double>(value);
    if (mode == HeatmapMode::Margin)
        return HeatmapModeText::tr("decisive margin %1").arg(numberText(number, 'f', 3));
    if (mode == HeatmapMode::Mass)
        return HeatmapModeText::tr("routed mass %1").arg(numberText(number, 'f', 3));
    return HeatmapModeText::tr("entropy %1 bits").arg(numberText(number, 'f', 2));
}

}  // namespace gatescope
