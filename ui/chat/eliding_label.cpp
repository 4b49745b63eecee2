#include "ui/chat/eliding_label.h"

#include <QPainter>
#include <QStyle>
#include <QStyleOption>

namespace gatescope {

ElidingLabel::ElidingLabel(QWidget* parent) : QLabel(parent) {
    setTextFormat(Qt::PlainText);
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
}

QSize ElidingLabel::minimumSizeHint() const {
    return {0, QLabel::minimumSizeHint().height()};
}

void ElidingLabel::paintEvent(QPaintEvent* /*event*/) {
    QPainter painter(this);
    QStyleOption option;
    option.initFrom(this);
    style()->drawPrimitive(QStyle::PE_Widget, &option, &painter, this);
    const QRect inside = contentsRect();
    style()->drawItemText(&painter,
                          inside,
                          int(Qt::AlignLeft | Qt::AlignVCenter),
                          palette(),
                          isEnabled(),
                          fontMetrics().elidedText(text(), Qt::ElideRight, inside.width()),
                          foregroundRole());
}

}  // namespace gatescope
