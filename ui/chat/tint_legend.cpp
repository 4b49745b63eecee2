#include "ui/chat/tint_legend.h"

#include <QPainter>
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "ui/language/number_text.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr int kScaleSteps = 44;  ///< width of a scale, in the theme's steps
constexpr int kBarHeight = 8;
constexpr std::array kTickParts{1.0, 0.0, 0.5, 0.25};  ///< by falling need

bool inBits(TintQuantity quantity) {
    return quantity == TintQuantity::Entropy || quantity == TintQuantity::Surprise;
}

QString number(double value) {
    return numberText(value, 'g', 3);
}

}  // namespace

TintLegend::TintLegend(Theme& theme, QWidget* parent) : QWidget(parent), theme_(theme) {
    setAccessibleName(tr("Legend of the tint"));
    const auto adopt = [this] {
        palette_ = TintPalette(theme_, theme_.color(ColorRole::Window));
        updateGeometry();
        update();
    };
    connect(&theme_, &Theme::changed, this, adopt);
    adopt();
}

void TintLegend::setTint(TintQuantity quantity, const RouterSizes& sizes) {
    if (quantity == quantity_ && sizes == sizes_) return;
    quantity_ = quantity;
    sizes_ = sizes;
    describe();
    updateGeometry();
    update();
}

QString TintLegend::chanceText() const {
    const auto chance = tintChance(quantity_, sizes_);
    if (!chance) return {};
    if (quantity_ == TintQuantity::Expert)
        return sizes_.experts > TintPalette::kExpertColors
                   ? tr("colours again from %1 on · by chance %2 % each")
                         .arg(TintPalette::kExpertColors)
                         .arg(number(100 * *chance))
                   : tr("by chance %1 % each").arg(number(100 * *chance));
    return inBits(quantity_) ? tr("by chance %1 bits").arg(number(*chance))
                             : tr("by chance %1").arg(number(*chance));
}

void TintLegend::describe() {
    QString text =
        quantity_ == TintQuantity::Expert
            ? tr("Each expert has a colour; its number stands above the token if asked for")
            : tr("Colour from 0 to %1").arg(number(tintMaximum(quantity_, sizes_)));
    if (!chanceText().isEmpty()) text += QStringLiteral("; ") + chanceText();
    setAccessibleDescription(text);
    setToolTip(text);
}

QSize TintLegend::sizeHint() const {
    const QFontMetrics metrics(theme_.font(FontRole::Tiny));
    const int chance = metrics.horizontalAdvance(chanceText()) + theme_.space(3);
    const int experts = std::min(std::max(sizes_.experts, 1), TintPalette::kExpertColors);
    const int body =
        quantity_ == TintQuantity::Expert ? experts * theme_.space(5) : theme_.space(kScaleSteps);
    return {body + chance, std::max(kBarHeight + 5 + metrics.height(), theme_.space(7))};
}

void TintLegend::paintEvent(QPaintEvent* /*event*/) {
    if (quantity_ == TintQuantity::None || sizes_.experts == 0) return;
    QPainter painter(this);
    painter.setFont(theme_.font(FontRole::Tiny));
    if (quantity_ == TintQuantity::Expert)
        paintExperts(painter);
    else
        paintScale(painter);
    painter.setPen(theme_.color(ColorRole::TextMuted));
    painter.drawText(rect(), Qt::AlignRight | Qt::AlignVCenter, chanceText());
}

void TintLegend::paintExperts(QPainter& painter) const {
    const int count = std::min(sizes_.experts, TintPalette::kExpertColors);
    const int step = theme_.space(5);
    const int side = step - theme_.space(1);
    for (int expert = 0; expert < count; ++expert) {
        const QRect box(expert * step, (height() - side) / 2, side, side);
        painter.fillRect(box, palette_.expert(expert));
        painter.setPen(theme_.color(ColorRole::Text));
        painter.drawText(box, Qt::AlignCenter, QString::number(expert));
    }
}

void TintLegend::paintScale(QPainter& painter) const {
    const QFontMetrics metrics(painter.font());
    const int width = theme_.space(kScaleSteps) - theme_.space(2);
    const int top = (height() - kBarHeight - 3 - metrics.height()) / 2;
    for (int x = 0; x < width; ++x)
        painter.fillRect(x, top, 1, kBarHeight, palette_.strength(x / (width - 1.0)));
    painter.setPen(theme_.color(ColorRole::Border));
    painter.drawRect(0, top, width - 1, kBarHeight - 1);
    const double maximum = tintMaximum(quantity_, sizes_);
    painter.setPen(theme_.color(ColorRole::TextFaint));
    std::vector<QRect> taken;
    for (const double part : kTickParts) {
        const auto x = static_cast<int>(
            std::lround(tintStrength(quantity_, part * maximum, sizes_) * (width - 1)));
        QString label = number(part * maximum);
        if (part == 1 && quantity_ == TintQuantity::Surprise) label += QLatin1Char('+');
        const int wide = metrics.horizontalAdvance(label);
        const QRect box(std::clamp(x - wide / 2, 0, width - wide),
                        top + kBarHeight + 2,
                        wide,
                        metrics.height());
        const QRect room = box.adjusted(-theme_.space(2), 0, theme_.space(2), 0);
        if (std::ranges::any_of(taken, [&room](const QRect& t) { return t.intersects(room); }))
            continue;
        painter.drawText(box.left(), box.top() + metrics.ascent(), label);
        taken.push_back(box);
    }
    const auto chance = tintChance(quantity_, sizes_);
    if (!chance) return;
    const double x = tintStrength(quantity_, *chance, sizes_) * (width - 1);
    const std::array<QPointF, 3> mark{
        QPointF(x, top + 3), QPointF(x - 4, top - 3), QPointF(x + 4, top - 3)};
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(theme_.color(ColorRole::Window));
    painter.setBrush(theme_.color(ColorRole::Text));
    painter.drawConvexPolygon(mark.data(), static_cast<int>(mark.size()));
}

}  // namespace gatescope
