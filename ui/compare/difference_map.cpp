#include "ui/compare/difference_map.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/language/number_text.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr int kAlikeWidth = 44;

/// Probability in points, signed: "+12", "−3".
QString wholePoints(double difference) {
    const int whole = static_cast<int>(std::lround(100 * difference));
    if (whole == 0) return QStringLiteral("0");
    return (whole > 0 ? QStringLiteral("+%1") : QStringLiteral("−%1")).arg(std::abs(whole));
}

/// The texture of what says nothing, as in the heatmap.
void hatch(QPainter& painter, const QRect& rect, const Theme& theme) {
    painter.fillRect(rect, theme.color(ColorRole::Surface));
    painter.fillRect(rect, QBrush(theme.color(ColorRole::BorderStrong), Qt::BDiagPattern));
}

}  // namespace

DifferenceMap::DifferenceMap(const Theme& theme, QWidget* parent) : QWidget(parent), theme_(theme) {
    setObjectName(QStringLiteral("differenceMap"));
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Difference of the router probabilities, B less A, layers by experts"));
    connect(&theme_, &Theme::changed, this, [this] {
        layOut();
        update();
    });
}

void DifferenceMap::setDifference(const RoutingDifference* difference) {
    cells_.clear();
    alike_.clear();
    numLayers_ = numExperts_ = 0;
    if (difference != nullptr && difference->tokensA() > 0 && difference->tokensB() > 0) {
        numLayers_ = difference->numLayers();
        numExperts_ = difference->numExperts();
        for (int layer = 0; layer < numLayers_; ++layer) {
            for (int expert = 0; expert < numExperts_; ++expert)
                cells_.push_back(difference->cell(layer, expert));
            const Statistic alike = difference->saturation(layer);
            if (alike.value) alike_.push_back({*alike.value, alike.chance->level});
        }
    }
    updateGeometry();
    layOut();
    update();
}

int DifferenceMap::standing() const {
    return static_cast<int>(std::ranges::count_if(cells_, &CellDifference::stands));
}

void DifferenceMap::setPicked(std::optional<ExpertSite> site) {
    if (picked_ == site) return;
    picked_ = site;
    if (site && site->layer.value < numLayers_ && site->expert.value < numExperts_)
        setAccessibleDescription(describe(*site));
    update();
}

const CellDifference& DifferenceMap::cell(ExpertSite site) const {
    return cells_[static_cast<std::size_t>(site.layer.value * numExperts_ + site.expert.value)];
}

QString DifferenceMap::describe(ExpertSite site) const {
    const CellDifference& c = cell(site);
    const Contrast& s = c.selection;
    QString text =
        tr("Layer %1 expert %2: mean router probability in B less A %3 points, noise ±%4")
            .arg(site.layer.value)
            .arg(site.expert.value)
            .arg(numberText(100 * c.probability, 'f', 1))
            .arg(numberText(100 * c.noise, 'f', 1));
    text += c.stands() ? tr(": more than noise.") : tr(": within the noise.");
    text += QLatin1Char('\n') + (s.thin ? tr("Selected by %1 of %2 tokens in A, %3 of %4 in B: %5 "
                                             "points (95 % interval %6 to %7), from few tokens.")
                                        : tr("Selected by %1 of %2 tokens in A, %3 of %4 in B: %5 "
                                             "points (95 % interval %6 to %7)."))
                                    .arg(s.countA)
                                    .arg(s.tokensA)
                                    .arg(s.countB)
                                    .arg(s.tokensB)
                                    .arg(numberText(-100 * s.difference, 'f', 1))
                                    .arg(numberText(-100 * s.high, 'f', 1))
                                    .arg(numberText(-100 * s.low, 'f', 1));
    return text;
}

// ---------------------------------------------------------------- geometry

QMargins DifferenceMap::margins() const {
    const QFontMetrics metrics(theme_.font(FontRole::MonoSmall));
    const int left = metrics.horizontalAdvance(QString::number(std::max(numLayers_ - 1, 0))) + 14;
    return {left, metrics.height() + 6, kAlikeWidth + 22, 4};
}

QSize DifferenceMap::minimumSizeHint() const {
    return HeatmapGeometry::minimumArea(numLayers_, numExperts_, margins());
}

void DifferenceMap::layOut() {
    geometry_ = HeatmapGeometry(numLayers_, numExperts_, size(), margins());
}

void DifferenceMap::resizeEvent(QResizeEvent* /*event*/) {
    layOut();
}

// ---------------------------------------------------------------- painting

void DifferenceMap::paintEvent(QPaintEvent* /*event*/) {
    if (isEmpty()) return;
    QPainter painter(this);
    painter.setFont(theme_.font(FontRole::MonoSmall));
    for (int layer = 0; layer < numLayers_; ++layer) {
        for (int expert = 0; expert < numExperts_; ++expert)
            paintCell(painter, {LayerId{layer}, ExpertId{expert}});
        if (!alike_.empty()) paintAlike(painter, layer);
    }
    paintLabels(painter);
    if (picked_ && picked_->layer.value < numLayers_ && picked_->expert.value < numExperts_) {
        painter.setPen(QPen(theme_.color(ColorRole::Text), 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(geometry_.cellRect(*picked_).adjusted(0, 0, -2, -2));
    }
}

void DifferenceMap::paintCell(QPainter& painter, ExpertSite site) const {
    const CellDifference& c = cell(site);
    const QRect rect = geometry_.cellRect(site).adjusted(0, 0, -1, -1);
    if (!c.stands()) return hatch(painter, rect, theme_);
    const QRgb color = colors_.color(static_cast<float>(100 * c.probability));
    painter.fillRect(rect, QColor::fromRgb(color));
    const QString text = wholePoints(c.probability);
    if (painter.fontMetrics().horizontalAdvance(text) + 4 > rect.width() ||
        painter.fontMetrics().height() > rect.height())
        return;
    painter.setPen(needsDarkInk(color) ? QColor(0x10, 0x14, 0x18) : QColor(Qt::white));
    painter.drawText(rect, Qt::AlignCenter, text);
}

void DifferenceMap::paintAlike(QPainter& painter, int layer) const {
    const QRect cell =
        geometry_.cellRect({LayerId{layer}, ExpertId{numExperts_ - 1}}).adjusted(0, 0, 0, -1);
    const int height = std::clamp(cell.height() / 2, 3, 12);
    const QRect track(cell.right() + 14, cell.center().y() - height / 2, kAlikeWidth, height);
    painter.fillRect(track, theme_.color(ColorRole::Border));
    const Alike& alike = alike_[static_cast<std::size_t>(layer)];
    QRect filled = track;
    filled.setWidth(static_cast<int>(std::lround(alike.value * kAlikeWidth)));
    painter.fillRect(filled, theme_.color(ColorRole::TextFaint));
    const int chance = track.left() + static_cast<int>(std::lround(alike.chance * kAlikeWidth));
    painter.fillRect(QRect(chance, track.top() - 1, 2, track.height() + 2),
                     theme_.color(ColorRole::Text));
}

void DifferenceMap::paintLabels(QPainter& painter) const {
    painter.setPen(theme_.color(ColorRole::TextFaint));
    const QFontMetrics metrics = painter.fontMetrics();
    const QRect grid = geometry_.grid();
    const int cellHeight = geometry_.cellSize().height();
    const int every = cellHeight >= metrics.height() ? 1 : HeatmapGeometry::kGroupSize / 2;
    for (int layer = 0; layer < numLayers_; layer += every) {
        const QRect cell = geometry_.cellRect({LayerId{layer}, ExpertId{0}});
        painter.drawText(
            QRect(0, cell.center().y() - metrics.height() / 2, cell.left() - 6, metrics.height()),
            Qt::AlignRight | Qt::AlignVCenter,
            QString::number(layer));
    }
    for (int expert = 0; expert < numExperts_; ++expert) {
        const QRect cell = geometry_.cellRect({LayerId{0}, ExpertId{expert}});
        if (expert % 2 == 1 && cell.width() < 2 * metrics.horizontalAdvance(QLatin1Char('0')))
            continue;
        painter.drawText(
            QRect(cell.left(), grid.top() - metrics.height() - 3, cell.width(), metrics.height()),
            Qt::AlignCenter,
            QString::number(expert));
    }
    if (!alike_.empty())
        painter.drawText(QRect(grid.right() + 14,
                               grid.top() - metrics.height() - 3,
                               kAlikeWidth + 8,
                               metrics.height()),
                         Qt::AlignLeft | Qt::AlignVCenter,
                         tr("alike"));
}

// ---------------------------------------------------------------- input

void DifferenceMap::mousePressEvent(QMouseEvent* event) {
    if (const auto site = geometry_.siteAt(event->pos())) Q_EMIT cellClicked(*site);
}

void DifferenceMap::keyPressEvent(QKeyEvent* event) {
    if (isEmpty()) return QWidget::keyPressEvent(event);
    ExpertSite site = picked_.value_or(ExpertSite{});
    switch (event->key()) {
        case Qt::Key_Left:
            --site.expert.value;
            break;
        case Qt::Key_Right:
            ++site.expert.value;
            break;
        case Qt::Key_Up:
            --site.layer.value;
            break;
        case Qt::Key_Down:
            ++site.layer.value;
            break;
        default:
            return QWidget::keyPressEvent(event);
    }
    site.layer.value = std::clamp(site.layer.value, 0, numLayers_ - 1);
    site.expert.value = std::clamp(site.expert.value, 0, numExperts_ - 1);
    Q_EMIT cellClicked(site);
}

bool DifferenceMap::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const auto site = geometry_.siteAt(help->pos());
    if (site && !isEmpty())
        QToolTip::showText(help->globalPos(), describe(*site), this, geometry_.cellRect(*site));
    else
        QToolTip::hideText();
    return true;
}

}  // namespace gatescope
