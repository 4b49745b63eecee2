#include "ui/chat/message_style.h"

#include <QFontMetricsF>
#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/markdown/formatted_text.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr int kLevels = 6;
/// Size of a heading against the text, from the first level to the sixth.
constexpr qreal kHeadingSize[kLevels] = {1.45, 1.28, 1.14, 1.05, 1.0, 0.95};
/// A fixed-width face looks larger than a reading one of the same size.
constexpr qreal kMonoSize = 0.9;
constexpr qreal kLineSpacing = 1.25;

QFont sized(QFont font, qreal factor) {
    if (font.pixelSize() > 0)
        font.setPixelSize(std::max(1, qRound(font.pixelSize() * factor)));
    else
        font.setPointSizeF(font.pointSizeF() * factor);
    return font;
}

QFont monoLike(const QFont& face, const QFont& reading) {
    QFont font = face;
    if (reading.pixelSize() > 0)
        font.setPixelSize(reading.pixelSize());
    else
        font.setPointSizeF(reading.pointSizeF());
    return sized(font, kMonoSize);
}

qreal fontStep(const QFont& font) {
    return std::round(QFontMetricsF(font).height() * kLineSpacing);
}

MeasuredStyle::Type measured(const QFont& font) {
    const QFontMetricsF metrics(font);
    return {.font = font,
            .step = fontStep(font),
            .character = std::max(1.0, metrics.averageCharWidth()),
            .blank = metrics.horizontalAdvance(QLatin1Char(' '))};
}

}  // namespace

MessageStyle::MessageStyle(const Theme& theme)
    : reading(theme.font(FontRole::Reading)),
      mono(monoLike(theme.font(FontRole::Mono), reading)),
      small(theme.font(FontRole::Small)),
      text(theme.color(ColorRole::Text)),
      muted(theme.color(ColorRole::TextMuted)),
      well(theme.color(ColorRole::Sunken)),
      line(theme.color(ColorRole::BorderStrong)),
      link(theme.color(ColorRole::Accent)),
      code{theme.color(ColorRole::Accent),
           theme.color(ColorRole::Token),
           theme.color(ColorRole::Accent),
           theme.color(ColorRole::Success),
           theme.color(ColorRole::Warning),
           theme.color(ColorRole::TextMuted),
           theme.color(ColorRole::Warning)},
      step(theme.space(1)) {}

MessageStyle::MessageStyle(const QFont& font) : reading(font), mono(font), small(font) {}

QFont MessageStyle::heading(int level) const {
    QFont font = sized(reading, kHeadingSize[std::clamp(level, 1, kLevels) - 1]);
    font.setWeight(QFont::DemiBold);
    return font;
}

QTextCharFormat MessageStyle::format(unsigned styles, const QFont& base) const {
    QFont font = (styles & kCode) ? mono : base;
    if (styles & kStrong) font.setWeight(QFont::Bold);
    if (styles & (kEmphasis | kMath)) font.setItalic(true);
    if (styles & kDeleted) font.setStrikeOut(true);
    if (styles & kLink) font.setUnderline(true);
    QTextCharFormat format;
    format.setFont(font);
    if (styles & kLink) format.setForeground(link);
    if (styles & kDeleted) format.setForeground(muted);
    return format;
}

MeasuredStyle::MeasuredStyle(MessageStyle from) : style(std::move(from)) {
    types[0] = measured(style.reading);
    for (int level = 1; level <= kLevels; ++level)
        types[static_cast<std::size_t>(level)] = measured(style.heading(level));
    types[7] = measured(style.mono);
    QFont head = style.reading;
    head.setWeight(QFont::DemiBold);
    types[8] = measured(head);
    smallStep = fontStep(style.small);
}

const MeasuredStyle::Type& MeasuredStyle::heading(int level) const {
    return types[static_cast<std::size_t>(std::clamp(level, 1, kLevels))];
}

}  // namespace gatescope
