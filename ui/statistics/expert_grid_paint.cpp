// How ExpertGrid gets its pixels, and its lines and texts in a file.

#include <QHash>
#include <QPaintEngine>
#include <QPainter>
#include <QStaticText>
#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/routing/statistic.h"
#include "ui/routing/color_map.h"
#include "ui/statistics/expert_grid.h"

namespace gatescope {
namespace {

constexpr int kMostNumbers = 600;  ///< more cannot be read, and take longer than a frame
constexpr int kKeySize = 11;
constexpr int kLegendSteps = 64;

/// Of numbers with `pixels` each: one in how many has room.
int labelStep(int pixels, int needed) {
    int step = 1;
    while (step * pixels < needed) step *= 2;
    return step;
}

constexpr int kHatchStep = 4;

/// All in one call: thousands of them one by one take longer than a frame.
void drawRects(QPainter& painter, const std::vector<QRect>& rects, const QBrush& brush) {
    if (rects.empty()) return;
    painter.setPen(Qt::NoPen);
    painter.setBrush(brush);
    painter.drawRects(rects.data(), static_cast<int>(rects.size()));
    painter.setBrush(Qt::NoBrush);
}

std::vector<QLine> hatchingIn(const QRect& area, QPoint origin) {
    const QRect box = area.translated(-origin);
    std::vector<QLine> lines;
    const int nearest = box.left() + box.top();
    const int first = nearest + (2 * kHatchStep + 2 - nearest % kHatchStep) % kHatchStep;
    for (int sum = first; sum < box.right() + box.bottom(); sum += kHatchStep) {
        const QPoint from(std::max(box.left(), sum - box.bottom()),
                          std::min(box.bottom(), sum - box.left()));
        const QPoint to(std::min(box.right(), sum - box.top()),
                        std::max(box.top(), sum - box.right()));
        lines.emplace_back(from + origin, to + origin);
    }
    return lines;
}

/// The same as a pattern: many times as fast where pixels are drawn. Wide and opaque, so that it is
/// copied in long stretches.
QBrush hatchBrush(const QColor& ink, const QColor& ground) {
    constexpr int kSide = 16 * kHatchStep;
    QImage tile(kSide, kSide, QImage::Format_RGB32);
    tile.fill(ground);
    for (int y = 0; y < kSide; ++y)
        for (int x = 0; x < kSide; ++x)
            if ((x + y) % kHatchStep == 2) tile.setPixelColor(x, y, ink);
    return QBrush(tile);
}

/// Diagonals that run on from one area into the next. An SVG file gets lines: a pattern does not
/// reach it.
void drawHatching(QPainter& painter,
                  const std::vector<QRect>& areas,
                  QPoint origin,
                  const Theme& theme) {
    if (areas.empty()) return;
    const QColor ink = theme.color(ColorRole::TextFaint);
    if (painter.paintEngine()->type() == QPaintEngine::Raster) {
        painter.setBrushOrigin(origin);
        drawRects(painter, areas, hatchBrush(ink, theme.color(ColorRole::Sunken)));
        painter.setBrushOrigin(0, 0);
        return;
    }
    painter.setPen(QPen(ink, 1));
    for (const QRect& area : areas) {
        const auto lines = hatchingIn(area, origin);
        painter.drawLines(lines.data(), static_cast<int>(lines.size()));
    }
}

void addCornerMark(const QRect& cell, std::vector<QRect>& rows) {
    const int size = std::clamp(std::min(cell.width(), cell.height()) / 4, 2, 6);
    for (int y = 0; y < size; ++y)
        rows.emplace_back(cell.right() + 1 - (size - y), cell.top() + y, size - y, 1);
}

/// A pixel between cells.
std::vector<QRect> gapsOf(const GridGeometry& geometry) {
    const QRect& grid = geometry.grid;
    std::vector<QRect> gaps;
    for (int column = 1; column <= geometry.columns; ++column)
        gaps.emplace_back(
            grid.left() + column * geometry.cellWidth - 1, grid.top(), 1, grid.height());
    for (int row = 1; row <= geometry.rows; ++row)
        gaps.emplace_back(grid.left(), grid.top() + row * geometry.cellHeight - 1, grid.width(), 1);
    return gaps;
}

}  // namespace

void ExpertGrid::paint(QPainter& painter, const QRect& area) const {
    if (frame_.empty()) return;
    const GridGeometry geometry = geometryIn(area);
    paintCells(painter, geometry);
    const bool roomForNumbers =
        geometry.cellWidth >= theme_.space(7) && geometry.cellHeight >= theme_.space(3);
    if (roomForNumbers && frame_.rows * frame_.columns <= kMostNumbers)
        paintNumbers(painter, geometry);
    paintLabels(painter, geometry, area);
    const QRect grid = geometry.grid;
    if (legendBeside(area)) {
        const int left = grid.right() + theme_.space(5);
        return paintLegend(painter, QRect(left, grid.top(), area.right() - left, grid.height()));
    }
    const int top = std::min(grid.bottom() + 1, area.bottom() - legendHeight()) + theme_.space(1);
    paintLegend(painter, QRect(grid.left(), top, area.right() - grid.left(), legendHeight()));
}

void ExpertGrid::paintCells(QPainter& painter, const GridGeometry& geometry) const {
    const bool small = geometry.cellWidth < 8 || geometry.cellHeight < 8;
    std::vector<QRect> thin;  // stretches of a row
    std::vector<QRect> marks;
    const QColor ground = theme_.color(ColorRole::Sunken);
    painter.fillRect(geometry.grid, ground);
    for (int row = 0; row < frame_.rows; ++row)
        for (int column = 0; column < frame_.columns; ++column) {
            const GridFrame::Cell& cell = frame_.cell({row, column});
            if (std::isnan(cell.value)) continue;
            const QRect box = geometry.cellRect({row, column});
            if (cell.thin) {
                const bool goesOn = !thin.empty() && thin.back().top() == box.top() &&
                                    thin.back().right() + 1 == box.left();
                if (goesOn)
                    thin.back().setRight(box.right());
                else
                    thin.push_back(box);
                continue;
            }
            painter.fillRect(box, chanceColor(frame_.colorPosition(cell)));
            if (cell.outside && !small) addCornerMark(box.adjusted(0, 0, -1, -1), marks);
        }
    drawHatching(painter, thin, geometry.grid.topLeft(), theme_);
    drawRects(painter, marks, theme_.color(ColorRole::Text));
    if (!small) drawRects(painter, gapsOf(geometry), ground);
}

void ExpertGrid::paintNumbers(QPainter& painter, const GridGeometry& geometry) const {
    painter.setFont(theme_.font(FontRole::Tiny));
    const QFontMetrics metrics = painter.fontMetrics();
    // Few texts stand in many cells: each is laid out once.
    struct Text {
        QStaticText text;
        int width = 0;
    };
    QHash<QString, Text> texts;
    const auto textOf = [&](double value) -> const Text& {
        const QString written = frame_.text(value);
        auto known = texts.find(written);
        if (known == texts.end()) {
            Text text{QStaticText(written), metrics.horizontalAdvance(written)};
            text.text.setTextFormat(Qt::PlainText);
            text.text.prepare({}, painter.font());
            known = texts.insert(written, text);
        }
        return *known;
    };
    for (int row = 0; row < frame_.rows; ++row)
        for (int column = 0; column < frame_.columns; ++column) {
            const GridFrame::Cell& cell = frame_.cell({row, column});
            if (std::isnan(cell.value) || cell.thin) continue;
            const QColor color = chanceColor(frame_.colorPosition(cell));
            painter.setPen(needsDarkInk(color.rgb()) ? QColor(0x10, 0x14, 0x18) : Qt::white);
            const Text& text = textOf(cell.value);
            const QRect box = geometry.cellRect({row, column});
            painter.drawStaticText(box.left() + (box.width() - text.width) / 2,
                                   box.top() + (box.height() - metrics.height()) / 2,
                                   text.text);
        }
}

void ExpertGrid::paintLabels(QPainter& painter,
                             const GridGeometry& geometry,
                             const QRect& area) const {
    painter.setFont(theme_.font(FontRole::Tiny));
    const QFontMetrics metrics = painter.fontMetrics();
    painter.setPen(theme_.color(ColorRole::TextMuted));
    const int line = metrics.height();
    const QString title =
        frame_.rowTitle.isEmpty()
            ? QStringLiteral("%1 →").arg(frame_.columnTitle)
            : QStringLiteral("↓ %1   %2 →").arg(frame_.rowTitle, frame_.columnTitle);
    const QRect head(area.left(), area.top(), area.width(), line);
    painter.drawText(head, Qt::AlignLeft, metrics.elidedText(title, Qt::ElideRight, head.width()));
    painter.setPen(theme_.color(ColorRole::TextFaint));
    const int columnStep = labelStep(geometry.cellWidth, 3 * line / 2);
    for (int column = 0; column < frame_.columns; column += columnStep) {
        const QRect cell = geometry.cellRect({0, column});
        const QRect box(cell.center().x() - line, cell.top() - line, 2 * line, line);
        painter.drawText(box, Qt::AlignCenter, QString::number(column));
    }
    const int rowStep = labelStep(geometry.cellHeight, line - 2);
    for (int row = 0; row < frame_.rows; row += rowStep) {
        const QRect cell = geometry.cellRect({row, 0});
        const QRect box(area.left(),
                        cell.center().y() - line / 2,
                        cell.left() - area.left() - theme_.space(1),
                        line);
        painter.drawText(box, Qt::AlignRight | Qt::AlignVCenter, labelOf(row));
    }
}

// The bar with its three numbers, then what the signs mean.
void ExpertGrid::paintLegend(QPainter& painter, const QRect& area) const {
    painter.setFont(theme_.font(FontRole::Tiny));
    const QFontMetrics metrics = painter.fontMetrics();
    const int width = std::clamp(area.width() * 3 / 5, 60, 160);
    const QRect bar(area.left(), area.top(), width, theme_.space(2));
    for (int i = 0; i < kLegendSteps; ++i) {
        const int from = bar.left() + bar.width() * i / kLegendSteps;
        const int to = bar.left() + bar.width() * (i + 1) / kLegendSteps;
        painter.fillRect(QRect(from, bar.top(), to - from, bar.height()),
                         chanceColor(2.0 * i / (kLegendSteps - 1) - 1));
    }
    painter.setPen(theme_.color(ColorRole::Text));
    painter.drawLine(bar.center().x(), bar.top() - 1, bar.center().x(), bar.bottom() + 1);
    painter.setPen(theme_.color(ColorRole::TextFaint));
    const QRect numbers(bar.left(), bar.bottom() + 2, bar.width(), metrics.height());
    painter.drawText(numbers, Qt::AlignLeft, frame_.text(frame_.scale.low));
    painter.drawText(
        numbers.adjusted(0, 0, theme_.space(2), 0), Qt::AlignRight, frame_.text(frame_.scale.high));
    painter.drawText(numbers, Qt::AlignHCenter, frame_.text(frame_.scale.chance));

    // Beside the bar, or below it where the legend is narrow.
    const bool narrow = area.width() < theme_.space(80);
    int y = narrow ? numbers.bottom() + theme_.space(2) : area.top() - 1;
    const int x = narrow ? area.left() : bar.right() + theme_.space(5);
    const auto key = [&](const QString& text, const auto& sign) {
        const QRect box(x, y, kKeySize, kKeySize);
        painter.fillRect(box, theme_.color(ColorRole::Sunken));
        sign(box);
        painter.setPen(theme_.color(ColorRole::TextFaint));
        const QRect room(
            box.right() + theme_.space(2), y, area.right() - box.right(), metrics.height());
        painter.drawText(
            room, Qt::AlignLeft, metrics.elidedText(text, Qt::ElideRight, room.width()));
        y += metrics.height();
    };
    key(tr("outside the 95 % band; pale: within"), [&](const QRect& box) {
        std::vector<QRect> mark;
        addCornerMark(box, mark);
        drawRects(painter, mark, theme_.color(ColorRole::Text));
    });
    key(tr("fewer than %1 observations").arg(kThinBelow),
        [&](const QRect& box) { drawHatching(painter, {box}, box.topLeft(), theme_); });
}

void ExpertGrid::paintOver(QPainter& painter) const {
    if (frame_.empty()) return;
    const GridGeometry geometry = geometryIn(rect());
    painter.setBrush(Qt::NoBrush);
    const auto outline = [&](const std::optional<GridPlace>& place, ColorRole color, int width) {
        if (!place) return;
        painter.setPen(QPen(theme_.color(color), width, Qt::SolidLine, Qt::FlatCap, Qt::MiterJoin));
        painter.drawRect(geometry.cellRect(*place).adjusted(-1, -1, 0, 0));
    };
    if (picked_) {  // its row: an expert is picked, not a pair
        painter.setPen(QPen(theme_.color(ColorRole::Accent), 2));
        const QRect row(geometry.grid.left(),
                        geometry.cellRect(*picked_).top(),
                        geometry.grid.width(),
                        geometry.cellHeight);
        painter.drawRect(row.adjusted(-1, -1, 0, 0));
    }
    outline(cursor_, ColorRole::Text, 2);
}

}  // namespace gatescope
