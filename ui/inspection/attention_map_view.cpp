#include "ui/inspection/attention_map_view.h"

#include <QImage>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "ui/language/number_text.h"

namespace gatescope {
namespace {

constexpr int kMostLabelChars = 12;
constexpr int kLegendSteps = 64;
constexpr int kShortestBar = 60;  ///< px: three numbers stand below it
constexpr int kLongestBar = 140;
constexpr double kPower = 1.0 / 3;  ///< most weights are small: the legend has its numbers

/// Of `length` pixels that show `count` tokens, where the `index`-th begins.
int edge(int index, int length, int count) {
    return static_cast<int>(static_cast<std::int64_t>(index) * length / count);
}

/// The tokens a pixel shows: at least one.
TokenRange tokensAt(int pixel, int length, int count) {
    const int first = edge(pixel, count, length);
    return {first, std::max(first + 1, edge(pixel + 1, count, length))};
}

}  // namespace

// ---------------------------------------------------------------- AttentionGeometry

AttentionGeometry AttentionGeometry::fitted(const AttentionMap& of, const QRect& room) {
    AttentionGeometry g{.map = {}, .firstQuery = of.firstQuery(), .end = of.end()};
    constexpr double kHighestCell = 18;
    double cellWidth = static_cast<double>(room.width()) / g.end;
    double cellHeight = static_cast<double>(room.height()) / g.rows();
    cellWidth = std::min(cellWidth, 2 * cellHeight);
    cellHeight = std::min(cellHeight, std::max(cellWidth, kHighestCell));
    const QSize size(static_cast<int>(cellWidth * g.end), static_cast<int>(cellHeight * g.rows()));
    g.map = QRect(room.topLeft(), size.expandedTo(QSize(1, 1)));
    return g;
}

QRect AttentionGeometry::rowRect(int query) const {
    const int row = query - firstQuery;
    const int top = edge(row, map.height(), rows());
    const int bottom = std::max(top + 1, edge(row + 1, map.height(), rows()));
    return {map.left(), map.top() + top, map.width(), bottom - top};
}

QRect AttentionGeometry::cellRect(AttentionPlace place) const {
    const QRect row = rowRect(place.query);
    const int left = edge(place.key, map.width(), end);
    const int right = std::max(left + 1, edge(place.key + 1, map.width(), end));
    return {map.left() + left, row.top(), right - left, row.height()};
}

TokenRange AttentionGeometry::queriesAt(int y) const {
    const TokenRange rowsThere = tokensAt(y - map.top(), map.height(), rows());
    return {firstQuery + rowsThere.first, firstQuery + rowsThere.end};
}

TokenRange AttentionGeometry::keysAt(int x) const {
    return tokensAt(x - map.left(), map.width(), end);
}

// ---------------------------------------------------------------- AttentionMapView

AttentionMapView::AttentionMapView(Theme& theme, QWidget* parent)
    : ChartCanvas(theme, parent), colors_(ColorMapKind::Cividis, kPower) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
}

void AttentionMapView::setBins(std::shared_ptr<const AttentionBins> bins, QStringList words) {
    hover(std::nullopt);
    bins_ = std::move(bins);
    words_ = std::move(words);
    redraw();
}

void AttentionMapView::setPicked(std::optional<int> query) {
    if (picked_ == query) return;
    picked_ = query;
    update();
}

int AttentionMapView::lineHeight() const {
    return QFontMetrics(theme_.font(FontRole::Tiny)).height();
}

int AttentionMapView::labelWidth() const {
    const QFontMetrics metrics(theme_.font(FontRole::Tiny));
    return metrics.horizontalAdvance(QString(kMostLabelChars, QLatin1Char('0')));
}

QStringList AttentionMapView::legendTexts() const {
    return {tr("evenly 1/(t + 1): %1 to %2")
                .arg(numberText(AttentionMap::evenWeight(bins_->map().firstQuery()), 'g', 2))
                .arg(numberText(AttentionMap::evenWeight(bins_->map().end() - 1), 'g', 2)),
            tr("weight; rows add up to 1")};
}

int AttentionMapView::legendTextWidth() const {
    const QFontMetrics metrics(theme_.font(FontRole::Tiny));
    int width = 0;
    for (const QString& text : legendTexts())
        width = std::max(width, metrics.horizontalAdvance(text) + 1);
    return width;
}

bool AttentionMapView::legendStacked(int width) const {
    return kShortestBar + theme_.space(4) + legendTextWidth() > width;
}

AttentionGeometry AttentionMapView::geometryIn(const QRect& area) const {
    const int head = 2 * lineHeight() + theme_.space(1);
    const int lines = legendStacked(area.width()) ? 4 : 2;
    const int legend = lines * lineHeight() + theme_.space(4);
    return AttentionGeometry::fitted(bins_->map(),
                                     area.adjusted(labelWidth(), head, -theme_.space(1), -legend));
}

void AttentionMapView::setColorMap(ColorMapKind kind) {
    if (kind == colors_.kind()) return;
    colors_ = ColorMap(kind, kPower);
    redraw();
}

// ---------------------------------------------------------------- painting

void AttentionMapView::paint(QPainter& painter, const QRect& area) const {
    if (bins_ == nullptr) return;
    const AttentionGeometry geometry = geometryIn(area);
    paintWeights(painter, geometry);
    paintLabels(painter, geometry, area);
    // Below the map where it has room there, else from the edge on.
    const int top = geometry.map.bottom() + theme_.space(2);
    const bool roomy = !legendStacked(area.right() - geometry.map.left());
    const int left = roomy ? geometry.map.left() : area.left();
    paintLegend(painter, QRect(left, top, area.right() - left, area.bottom() - top));
}

// Bins become pixels, or pixels a block of one colour: one image either way.
void AttentionMapView::paintWeights(QPainter& painter, const AttentionGeometry& geometry) const {
    const int width = std::min(geometry.map.width(), bins_->columns());
    const int height = std::min(geometry.map.height(), bins_->rows());
    QImage image(width, height, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    for (int y = 0; y < height; ++y) {
        auto* line = reinterpret_cast<QRgb*>(image.scanLine(y));
        const TokenRange rows = tokensAt(y, height, bins_->rows());
        for (int x = 0; x < width; ++x) {
            const TokenRange columns = tokensAt(x, width, bins_->columns());
            float most = AttentionBins::kNone;
            for (int row = rows.first; row < rows.end; ++row)
                for (int column = columns.first; column < columns.end; ++column)
                    most = std::max(most, bins_->at(row, column));
            if (most >= 0) line[x] = colors_.color(most);
        }
    }
    painter.drawImage(geometry.map, image);
}

void AttentionMapView::paintLabels(QPainter& painter,
                                   const AttentionGeometry& geometry,
                                   const QRect& area) const {
    painter.setFont(theme_.font(FontRole::Tiny));
    const QFontMetrics metrics = painter.fontMetrics();
    const int line = metrics.height();
    painter.setPen(theme_.color(ColorRole::TextMuted));
    const QRect head(area.left(), area.top(), area.width(), line);
    painter.drawText(
        head,
        Qt::AlignLeft,
        metrics.elidedText(
            tr("↓ token that looks   token looked at →"), Qt::ElideRight, head.width()));
    painter.setPen(theme_.color(ColorRole::TextFaint));
    const int numberWidth = metrics.horizontalAdvance(QStringLiteral("00000"));
    const int columnStep = std::max(1, (numberWidth * geometry.end) / geometry.map.width());
    for (int key = 0; key < geometry.end; key += columnStep) {
        const QRect cell = geometry.cellRect({geometry.firstQuery, key});
        const QRect box(cell.center().x() - numberWidth, cell.top() - line, 2 * numberWidth, line);
        painter.drawText(box, Qt::AlignCenter, QString::number(key));
    }
    const int rowStep = std::max(1, (line * geometry.rows() - 1) / geometry.map.height() + 1);
    for (int query = geometry.firstQuery; query < geometry.end; query += rowStep) {
        const QRect cell = geometry.rowRect(query);
        const QRect box(area.left(),
                        cell.center().y() - line / 2,
                        cell.left() - area.left() - theme_.space(1),
                        line);
        QString label = QString::number(query);
        if (query < words_.size()) label += QLatin1Char(' ') + words_[query];
        painter.drawText(box,
                         Qt::AlignRight | Qt::AlignVCenter,
                         metrics.elidedText(label, Qt::ElideRight, box.width()));
    }
}

// The bar with its numbers; beside it, or below, what looking evenly would give.
void AttentionMapView::paintLegend(QPainter& painter, const QRect& area) const {
    painter.setFont(theme_.font(FontRole::Tiny));
    const int line = painter.fontMetrics().height();
    const bool stacked = legendStacked(area.width());
    const int gap = theme_.space(4);
    const int room = stacked ? area.width() : area.width() - gap - legendTextWidth();
    const QRect bar(
        area.left(), area.top(), std::clamp(room, kShortestBar, kLongestBar), theme_.space(2));
    for (int i = 0; i < kLegendSteps; ++i) {
        const int from = bar.left() + edge(i, bar.width(), kLegendSteps);
        const int to = bar.left() + edge(i + 1, bar.width(), kLegendSteps);
        const double value = colors_.valueAt(static_cast<double>(i) / (kLegendSteps - 1));
        painter.fillRect(QRect(from, bar.top(), to - from, bar.height()),
                         QColor::fromRgb(colors_.color(static_cast<float>(value))));
    }
    painter.setPen(theme_.color(ColorRole::TextFaint));
    const QRect numbers(bar.left(), bar.bottom() + 2, bar.width(), line);
    const std::array<std::pair<double, Qt::Alignment>, 3> marks{
        {{0.0, Qt::AlignLeft}, {0.5, Qt::AlignHCenter}, {1.0, Qt::AlignRight}}};
    for (const auto& [position, alignment] : marks)
        painter.drawText(numbers, alignment, QString::number(colors_.valueAt(position)));
    QRect box(stacked ? area.left() : bar.right() + gap,
              stacked ? numbers.bottom() : area.top(),
              0,
              line);
    box.setRight(area.right());
    for (const QString& text : legendTexts()) {
        painter.drawText(box,
                         Qt::AlignLeft,
                         painter.fontMetrics().elidedText(text, Qt::ElideRight, box.width()));
        box.translate(0, line);
    }
}

void AttentionMapView::paintOver(QPainter& painter) const {
    if (bins_ == nullptr) return;
    const AttentionGeometry geometry = geometryIn(rect());
    painter.setBrush(Qt::NoBrush);
    if (picked_ && *picked_ >= geometry.firstQuery && *picked_ < geometry.end) {
        painter.setPen(QPen(theme_.color(ColorRole::Token), 2));
        QRect row = geometry.rowRect(*picked_);
        row.setRight(geometry.cellRect({*picked_, *picked_}).right());
        painter.drawRect(row.adjusted(-1, -1, 1, 1));
    }
    if (!cursor_) return;
    painter.setPen(QPen(theme_.color(ColorRole::Text), 2));
    painter.drawRect(geometry.cellRect(*cursor_).adjusted(-1, -1, 1, 1));
}

// ---------------------------------------------------------------- mouse and keys

std::optional<AttentionPlace> AttentionMapView::placeAt(QPoint at) const {
    if (bins_ == nullptr) return std::nullopt;
    const AttentionGeometry geometry = geometryIn(rect());
    if (!geometry.map.contains(at)) return std::nullopt;
    return bins_->strongest(geometry.queriesAt(at.y()), geometry.keysAt(at.x()));
}

void AttentionMapView::hover(std::optional<AttentionPlace> place) {
    if (cursor_ == place) return;
    cursor_ = place;
    Q_EMIT placeHovered(place);
    update();
}

void AttentionMapView::mouseMoveEvent(QMouseEvent* event) {
    hover(placeAt(event->position().toPoint()));
}

void AttentionMapView::mousePressEvent(QMouseEvent* event) {
    const auto place = placeAt(event->position().toPoint());
    if (place && event->button() == Qt::LeftButton) Q_EMIT queryPicked(place->query);
}

void AttentionMapView::leaveEvent(QEvent* /*event*/) {
    if (!hasFocus()) hover(std::nullopt);
}

void AttentionMapView::keyPressEvent(QKeyEvent* event) {
    if (bins_ == nullptr) return ChartCanvas::keyPressEvent(event);
    const int first = bins_->map().firstQuery();
    const int last = bins_->map().end() - 1;
    AttentionPlace place = cursor_.value_or(AttentionPlace{picked_.value_or(last), 0});
    switch (event->key()) {
        case Qt::Key_Left:
            --place.key;
            break;
        case Qt::Key_Right:
            ++place.key;
            break;
        case Qt::Key_Up:
            --place.query;
            break;
        case Qt::Key_Down:
            ++place.query;
            break;
        case Qt::Key_Return:
        case Qt::Key_Enter:
            if (cursor_) Q_EMIT queryPicked(cursor_->query);
            return;
        default:
            return ChartCanvas::keyPressEvent(event);
    }
    place.query = std::clamp(place.query, first, last);
    place.key = std::clamp(place.key, 0, place.query);
    hover(place);
}

}  // namespace gatescope
