#include "ui/composing/context_meter.h"

#include <QLocale>
#include <QPainter>

#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr int kBarWidth = 56;
constexpr int kBarHeight = 6;

QString number(int tokens) {
    return QLocale().toString(tokens);
}

}  // namespace

ContextMeter::ContextMeter(const Theme& theme, QWidget* parent) : QWidget(parent), theme_(theme) {
    setObjectName(QStringLiteral("contextMeter"));
    setAccessibleName(tr("Context"));
    setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
}

void ContextMeter::show(const ContextUse& use) {
    use_ = use;
    setVisible(use.capacity > 0);
    setToolTip(description());
    setAccessibleDescription(description());
    updateGeometry();
    update();
}

QString ContextMeter::text() const {
    const QString used = use_.message > 0
                             ? tr("%1 + %2").arg(number(use_.conversation), number(use_.message))
                             : number(use_.conversation);
    return (use_.exact ? tr("%1 of %2") : tr("about %1 of %2")).arg(used, number(use_.capacity));
}

QString ContextMeter::shortText() const {
    return (use_.exact ? tr("%1 / %2") : tr("~%1 / %2"))
        .arg(number(use_.prompt()), number(use_.capacity));
}

QString ContextMeter::fittingText() const {
    const QFontMetrics metrics(theme_.font(FontRole::Tiny));
    const int room = width() - kBarWidth - theme_.space(2);
    for (const QString& said : {text(), shortText()})
        if (metrics.horizontalAdvance(said) <= room) return said;
    return {};
}

QString ContextMeter::description() const {
    QStringList sentences;
    sentences << tr("The conversation takes %1 of the %2 tokens that the model's context holds.")
                     .arg(number(use_.conversation), number(use_.capacity));
    if (use_.message > 0)
        sentences << (use_.exact ? tr("This message adds %1.") : tr("This message adds about %1."))
                         .arg(number(use_.message));
    sentences << (warning().isEmpty()
                      ? tr("The reply has room for all of its %1.").arg(number(use_.reply))
                      : warning());
    return sentences.join(QLatin1Char(' '));
}

QString ContextMeter::warning() const {
    if (use_.capacity == 0) return {};
    if (!use_.fits())
        return tr("%1 tokens too many: shorten it, go back to an earlier message, or start a new "
                  "chat. Nothing is left out silently.")
            .arg(number(use_.missing()));
    if (use_.room() < use_.reply)
        return tr("The reply has room for %1 of its %2 tokens.")
            .arg(number(use_.room()), number(use_.reply));
    return {};
}

QSize ContextMeter::sizeHint() const {
    const QFontMetrics metrics(theme_.font(FontRole::Tiny));
    return {kBarWidth + theme_.space(2) + metrics.horizontalAdvance(text()) + 2,
            metrics.height() + 4};
}

QSize ContextMeter::minimumSizeHint() const {
    return {kBarWidth + 1, sizeHint().height()};
}

// What stands there, what would come, and, hollow, what the reply may take.
void ContextMeter::paintEvent(QPaintEvent* /*event*/) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF bar(0.5, (height() - kBarHeight) / 2.0, kBarWidth, kBarHeight);
    const auto part = [&](int from, int to) {
        const auto x = [&](int tokens) {
            return bar.left() + bar.width() * std::min(tokens, use_.capacity) / use_.capacity;
        };
        return QRectF(QPointF(x(from), bar.top()), QPointF(x(to), bar.bottom()));
    };
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme_.color(ColorRole::Sunken));
    painter.drawRoundedRect(bar, 3, 3);
    if (use_.capacity > 0) {
        const bool fits = use_.fits();
        painter.fillRect(part(0, use_.conversation), theme_.color(ColorRole::TextFaint));
        painter.fillRect(part(use_.conversation, use_.prompt()),
                         theme_.color(fits ? ColorRole::Accent : ColorRole::Error));
        painter.fillRect(part(use_.prompt(), use_.prompt() + use_.room()),
                         theme_.color(ColorRole::AccentSoft));
    }
    painter.setBrush(Qt::NoBrush);
    painter.setPen(theme_.color(ColorRole::BorderStrong));
    painter.drawRoundedRect(bar, 3, 3);
    painter.setFont(theme_.font(FontRole::Tiny));
    painter.setPen(theme_.color(!use_.fits()          ? ColorRole::Error
                                : warning().isEmpty() ? ColorRole::TextFaint
                                                      : ColorRole::Warning));
    painter.drawText(rect().adjusted(kBarWidth + theme_.space(2), 0, 0, 0),
                     Qt::AlignLeft | Qt::AlignVCenter,
                     fittingText());
}

}  // namespace gatescope
