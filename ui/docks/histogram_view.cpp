#include "ui/docks/histogram_view.h"

#include <QLocale>
#include <QPainter>
#include <algorithm>

#include "ui/language/number_text.h"
#include "ui/theme/theme.h"

namespace gatescope {

HistogramView::HistogramView(const Theme& theme, QWidget* parent) : QWidget(parent), theme_(theme) {
    setObjectName(QStringLiteral("histogram"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&theme_, &Theme::changed, this, [this] {
        updateGeometry();
        update();
    });
    clear();
}

void HistogramView::show(const TensorHistogram& histogram) {
    histogram_ = histogram;
    heights_.clear();
    const auto most = static_cast<double>(*std::ranges::max_element(histogram.counts));
    for (const auto count : histogram.counts)
        heights_.push_back(most > 0 ? static_cast<double>(count) / most : 0);
    setAccessibleName(tr("Histogram: %1").arg(summary()));
    setToolTip(summary());
    setVisible(true);
    update();
}

void HistogramView::clear() {
    histogram_.reset();
    setAccessibleName(tr("Histogram: nothing chosen"));
    setVisible(false);
}

QString HistogramView::summary() const {
    if (!histogram_) return {};
    const auto number = [](double value) { return numberText(value, 'g', 4); };
    return tr("%1 values from %2 to %3, mean %4, deviation %5, %6 zeros")
        .arg(QLocale().toString(static_cast<qulonglong>(histogram_->values)),
             number(histogram_->low),
             number(histogram_->high),
             number(histogram_->mean),
             number(histogram_->deviation),
             QLocale().toString(static_cast<qulonglong>(histogram_->zeros)));
}

QSize HistogramView::sizeHint() const {
    return {theme_.space(60), theme_.space(28)};
}

QSize HistogramView::minimumSizeHint() const {
    return {theme_.space(30), theme_.space(28)};
}

void HistogramView::paintEvent(QPaintEvent* /*event*/) {
    if (!histogram_) return;
    QPainter painter(this);
    painter.setFont(theme_.font(FontRole::Tiny));
    const int footer = painter.fontMetrics().height() + theme_.space(1);
    const QRectF area(0, 0, width(), height() - footer);
    painter.fillRect(area, theme_.color(ColorRole::Sunken));
    const qreal step = area.width() / static_cast<qreal>(heights_.size());
    for (std::size_t b = 0; b < heights_.size(); ++b) {
        const qreal tall = heights_[b] * (area.height() - theme_.space(1));
        const qreal left = static_cast<qreal>(b) * step;
        painter.fillRect(QRectF(left + 0.5, area.bottom() - tall, step - 1, tall),
                         theme_.color(ColorRole::Accent));
    }
    // Where zero is, if it is within.
    if (histogram_->low < 0 && histogram_->high > 0) {
        const qreal zero = area.width() * (-histogram_->low) / (histogram_->high - histogram_->low);
        painter.setPen(theme_.color(ColorRole::TextFaint));
        painter.drawLine(QPointF(zero, 0), QPointF(zero, area.bottom()));
    }
    painter.setPen(theme_.color(ColorRole::TextFaint));
    const QRect text = rect().adjusted(0, height() - footer, 0, 0);
    painter.drawText(text, Qt::AlignLeft | Qt::AlignBottom, numberText(histogram_->low, 'g', 3));
    painter.drawText(text, Qt::AlignRight | Qt::AlignBottom, numberText(histogram_->high, 'g', 3));
}

}  // namespace gatescope
