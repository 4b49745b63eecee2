// Mouse and keys of WaterfallView.

#include <QKeyEvent>
#include <QMouseEvent>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "ui/routing/waterfall_view.h"

namespace gatescope {
namespace {

constexpr double kZoomStep = 1.25;
constexpr int kPanPart = 8;          ///< a key moves this part of the width
constexpr double kWheelNotch = 120;  ///< eighths of a degree, as Qt counts

}  // namespace

void WaterfallView::zoom(double factor) {
    const QRect area = plot();
    int x = area.width() / 2;
    if (mouse_ && area.contains(*mouse_)) {
        x = mouse_->x() - area.left();
    } else if (selection_.token()) {
        const int selected = axis_.pixelOf(*selection_.token());
        if (selected >= 0 && selected < area.width()) x = selected;
    }
    zoomsItself_ = false;
    axis_.zoom(factor, x);
    if (follows_) axis_.showEnd();
    refresh();
}

void WaterfallView::fitAll() {
    zoomsItself_ = false;
    axis_.fit();
    refresh();
}

void WaterfallView::followNewest() {
    selection_.selectToken(std::nullopt);
    follows_ = true;
    if (!zoomsItself_) axis_.showEnd();
    refresh();
}

void WaterfallView::pan(int pixels) {
    const auto before = axis_.firstPixel();
    axis_.pan(pixels);
    if (axis_.firstPixel() != before) follows_ = zoomsItself_ = false;
    refresh();
}

void WaterfallView::hoverAt(QPoint at) {
    mouse_ = at;
    const auto spot = spotAt(at);
    selection_.hoverToken(spot ? std::optional(spot->token) : std::nullopt);
    selection_.hoverSite(spot ? std::optional(spot->site) : std::nullopt);
    refresh();
}

void WaterfallView::selectRangeTo(int token) {
    const int start = *pressedToken_;
    const int last = axis_.level() > 0 ? token + (1 << axis_.level()) - 1 : token;
    const TokenRange range{std::min(start, token), std::max(start, last) + 1};
    selection_.selectRange(TokenRange{range.first, std::min(range.end, pyramid_.columns())});
}

void WaterfallView::mousePressEvent(QMouseEvent* event) {
    const QPoint at = event->position().toPoint();
    if (event->button() == Qt::MiddleButton) {
        panFrom_ = at.x();
        setCursor(Qt::ClosedHandCursor);
        return;
    }
    if (event->button() != Qt::LeftButton || pyramid_.columns() == 0) return;
    pressedToken_ = tokenAt(at.x() - plot().left());
    dragging_ = false;
}

void WaterfallView::mouseMoveEvent(QMouseEvent* event) {
    const QPoint at = event->position().toPoint();
    if (panFrom_) {
        pan(*panFrom_ - at.x());
        panFrom_ = at.x();
    } else if (pressedToken_ && event->buttons().testFlag(Qt::LeftButton)) {
        const int token = tokenAt(std::clamp(at.x() - plot().left(), 0, plot().width() - 1));
        dragging_ = dragging_ || token != *pressedToken_;
        if (dragging_) selectRangeTo(token);
    }
    hoverAt(at);
}

void WaterfallView::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() == Qt::MiddleButton) {
        panFrom_.reset();
        unsetCursor();
        return;
    }
    if (event->button() != Qt::LeftButton || !pressedToken_) return;
    const int token = *pressedToken_;
    pressedToken_.reset();
    if (dragging_) return;
    const auto spot = spotAt(event->position().toPoint());
    if (spot) selection_.selectSite(spot->site);
    selection_.selectToken(token);
}

void WaterfallView::leaveEvent(QEvent* event) {
    QWidget::leaveEvent(event);
    mouse_.reset();
    selection_.hoverToken(std::nullopt);
    selection_.hoverSite(std::nullopt);
    refresh();
}

void WaterfallView::wheelEvent(QWheelEvent* event) {
    const QPoint turned = event->angleDelta();
    const bool sideways = event->modifiers().testFlag(Qt::ShiftModifier) ||
                          std::abs(turned.x()) > std::abs(turned.y());
    if (sideways) {
        const int by = turned.x() != 0 ? turned.x() : turned.y();
        pan(-by * plot().width() / kPanPart / static_cast<int>(kWheelNotch));
    } else if (turned.y() != 0) {
        mouse_ = event->position().toPoint();
        zoom(std::pow(kZoomStep, -turned.y() / kWheelNotch));
    }
    event->accept();
}

void WaterfallView::moveRow(int lines) {
    if (pyramid_.columns() == 0) return;
    const auto site = selection_.site();
    const int now = site ? lineOfSite(*site) : 0;
    const int line = site ? std::clamp(now + lines, 0, pyramid_.rows() - 1) : 0;
    mouse_.reset();  // a resting mouse must not hide what the keys are at
    selection_.selectSite(siteOfRow(image_.order()[static_cast<std::size_t>(line)]));
}

// Who cannot see the picture hears where the keys have led, but not every token that is played.
void WaterfallView::keyPressEvent(QKeyEvent* event) {
    actOn(event);
    const QString value = valueLine();
    if (!value.isEmpty()) setAccessibleName(tr("Waterfall of the conversation: %1").arg(value));
}

void WaterfallView::addKeys() {
    const auto add = [this](const char* id, const QString& name, const char* key, auto run) {
        keys_->add(id, name, {QString::fromLatin1(key)}, run);
    };
    add("waterfall-zoom-in", tr("Zoom in"), "W", [this] { zoom(1 / kZoomStep); });
    add("waterfall-zoom-out", tr("Zoom out"), "S", [this] { zoom(kZoomStep); });
    add("waterfall-left", tr("Move left"), "A", [this] { pan(-plot().width() / kPanPart); });
    add("waterfall-right", tr("Move right"), "D", [this] { pan(plot().width() / kPanPart); });
    add("waterfall-all", tr("Show the whole conversation"), "0", [this] { fitAll(); });
    add("waterfall-rows", tr("Change the order of rows"), "R", [this] {
        setRowOrder(rowOrder_ == RowOrder::ByLayer ? RowOrder::ByExpert : RowOrder::ByLayer);
    });
    add("waterfall-play", tr("Play or pause"), "Space", [this] { Q_EMIT playToggled(); });
}

void WaterfallView::describeKeys() {
    setAccessibleDescription(
        tr("One line an expert of a layer, one column a token. Left and Right go to the token "
           "before and behind, with Shift they select a range, Escape clears it. Up and Down walk "
           "the experts, Home and End go to the first and to the newest token.") +
        QLatin1Char(' ') + keys_->inWords());
}

void WaterfallView::actOn(QKeyEvent* event) {
    if (keys_->handle(*event)) return;
    const bool shift = event->modifiers().testFlag(Qt::ShiftModifier);
    const int newest = std::max(0, pyramid_.columns() - 1);
    const int here = std::clamp(selection_.token().value_or(newest), 0, newest);
    const auto step = [&](int by) {
        mouse_.reset();
        const int there = std::clamp(here + by, 0, newest);
        if (shift) {
            const TokenRange range = selection_.range().value_or(TokenRange{here, here + 1});
            const bool fromStart = range.first != here;  // the other end stays
            const int other = fromStart ? range.first : range.end - 1;
            selection_.selectRange(TokenRange{std::min(other, there), std::max(other, there) + 1});
            selection_.selectToken(there);
        } else {
            Q_EMIT stepRequested(by);
        }
    };
    switch (event->key()) {
        case Qt::Key_Left:
            return step(-1);
        case Qt::Key_Right:
            return step(1);
        case Qt::Key_PageUp:
            return pan(-plot().width());
        case Qt::Key_PageDown:
            return pan(plot().width());
        case Qt::Key_Up:
            return moveRow(-1);
        case Qt::Key_Down:
            return moveRow(1);
        case Qt::Key_Home:
            return selection_.selectToken(0);
        case Qt::Key_End:
            return followNewest();
        case Qt::Key_Escape:
            if (selection_.range()) return selection_.selectRange(std::nullopt);
            break;
        default:
            break;
    }
    QWidget::keyPressEvent(event);
}

void WaterfallView::focusInEvent(QFocusEvent* event) {
    QWidget::focusInEvent(event);
    update();
}

void WaterfallView::focusOutEvent(QFocusEvent* event) {
    QWidget::focusOutEvent(event);
    update();
}

}  // namespace gatescope
