#include "ui/statistics/chart_canvas.h"

#include <QPainter>
#include <utility>

namespace gatescope {

ChartCanvas::ChartCanvas(Theme& theme, QWidget* parent) : QWidget(parent), theme_(theme) {
    setMinimumSize(theme_.space(30), theme_.space(6));
    connect(&theme_, &Theme::changed, this, &ChartCanvas::redraw);
}

void ChartCanvas::redraw() {
    stale_ = true;
    update();
}

bool ChartCanvas::tooLow() const {
    return height() < theme_.space(18);
}

void ChartCanvas::sayTooLow(QPainter& painter) const {
    painter.setFont(theme_.font(FontRole::Small));
    painter.setPen(theme_.color(ColorRole::TextFaint));
    const QString text = tr("Make this dock higher to see the drawing");
    painter.drawText(
        rect(), Qt::AlignCenter, painter.fontMetrics().elidedText(text, Qt::ElideRight, width()));
}

void ChartCanvas::paintEvent(QPaintEvent* /*event*/) {
    const qreal ratio = devicePixelRatioF();
    const QSize pixels = size() * ratio;
    if (drawn_.size() != pixels) {  // else its memory is used again: new pages cost milliseconds
        drawn_ = QPixmap(pixels);
        drawn_.setDevicePixelRatio(ratio);
        stale_ = true;
    }
    if (std::exchange(stale_, false)) {
        drawn_.fill(Qt::transparent);
        QPainter painter(&drawn_);
        if (tooLow())
            sayTooLow(painter);
        else
            paint(painter, rect());
    }
    QPainter painter(this);
    painter.drawPixmap(0, 0, drawn_);
    if (!tooLow()) paintOver(painter);
    if (!hasFocus()) return;
    painter.setPen(QPen(theme_.color(ColorRole::Accent), 1));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

}  // namespace gatescope
