// ChartFrame's files: the drawing with what it is of, or its numbers.
#include <QBuffer>
#include <QCoreApplication>
#include <QFileDialog>
#include <QFileInfo>
#include <QHeaderView>
#include <QPainter>
#include <QPointer>
#include <QStandardPaths>
#include <QSvgGenerator>
#include <QTableView>
#include <QThreadPool>

#include "engine/check.h"
#include "engine/error.h"
#include "engine/store/zip_writer.h"
#include "ui/chat/visible_text.h"
#include "ui/provenance_badge.h"
#include "ui/statistics/chart_frame.h"
#include "ui/statistics/statistic_model.h"

namespace gatescope {
namespace {

constexpr int kPixelRatio = 2;  ///< of PNG files: sharp in print and on dense screens
constexpr QSize kLeastPicture{480, 320};
constexpr int kMargin = 16;

using MakeBytes = std::function<QByteArray()>;

QByteArray svgOf(const std::function<void(QPainter&)>& paint,
                 const QSize& size,
                 const QString& title) {
    QBuffer bytes;
    bytes.open(QIODevice::WriteOnly);
    QSvgGenerator svg;
    svg.setOutputDevice(&bytes);
    svg.setSize(size);
    svg.setResolution(96);  // of a CSS pixel: the file says millimetres
    svg.setViewBox(QRect(QPoint(), size));
    svg.setTitle(title);
    QPainter painter(&svg);
    paint(painter);
    painter.end();
    return bytes.data();
}

MakeBytes pngOf(const std::function<void(QPainter&)>& paint, const QSize& size) {
    QImage image(size * kPixelRatio, QImage::Format_RGB32);
    image.setDevicePixelRatio(kPixelRatio);
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    paint(painter);
    painter.end();
    return [image] {  // packing it takes the most time
        QBuffer bytes;
        bytes.open(QIODevice::WriteOnly);
        image.save(&bytes, "PNG");
        return bytes.data();
    };
}

/// Empty: the file is complete.
QString write(const QString& file, const MakeBytes& make) {
    try {
        writeFileWhole(file.toStdString(), make().toStdString());
    } catch (const Error& error) {  // back to the UI thread as a sentence
        return QString::fromStdString(error.what());
    }
    return {};
}

}  // namespace

QSize ChartFrame::pictureSize() const {
    const QSize least = size().expandedTo(kLeastPicture);
    if (!tableOnly_) return least;
    return least.expandedTo({table_->horizontalHeader()->length() + 2 * kMargin, 0});
}

void ChartFrame::paintPicture(QPainter& painter, const QSize& size) const {
    const QRect page(QPoint(), size);
    painter.fillRect(page, theme_.color(ColorRole::Surface));
    QRect left = page.adjusted(kMargin, kMargin, -kMargin, -kMargin);
    const auto write = [&](FontRole font, ColorRole color, const QString& text) {
        painter.setFont(theme_.font(font));
        painter.setPen(theme_.color(color));
        QRect used;
        painter.drawText(left, Qt::TextWordWrap | Qt::AlignLeft | Qt::AlignTop, text, &used);
        left.setTop(used.bottom() + theme_.space(2));
    };
    write(FontRole::Title, ColorRole::Text, dockTitle());
    write(FontRole::Small, ColorRole::TextMuted, summary());
    painter.setFont(theme_.font(FontRole::Tiny));
    painter.setPen(theme_.color(ColorRole::TextFaint));
    QRect used;
    painter.drawText(left,
                     Qt::AlignLeft | Qt::AlignBottom,
                     QStringLiteral("Gatescope · %1").arg(badge_->text()),
                     &used);
    left.setBottom(used.top() - theme_.space(2));
    painter.save();
    paintChart(painter, left);
    painter.restore();
}

void ChartFrame::paintTable(QPainter& painter, const QRect& area) const {
    const int line = theme_.space(6);
    const int columns = model_->columnCount();
    int x = area.left();
    for (int column = 0; column < columns; ++column) {
        if (table_->isColumnHidden(column)) continue;
        const int width = std::min(table_->columnWidth(column), area.right() - x);
        const auto draw = [&](int row, const QVariant& text, const QVariant& alignment) {
            const QRect cell(
                x + theme_.space(1), area.top() + row * line, width - theme_.space(2), line);
            painter.drawText(cell, alignment.toInt(), text.toString());
        };
        painter.setFont(theme_.font(FontRole::Tiny));
        painter.setPen(theme_.color(ColorRole::TextFaint));
        draw(0,
             model_->headerData(column, Qt::Horizontal, Qt::DisplayRole),
             model_->headerData(column, Qt::Horizontal, Qt::TextAlignmentRole));
        painter.setFont(theme_.font(FontRole::Small));
        painter.setPen(theme_.color(ColorRole::Text));
        for (int row = 0; row < model_->rowCount() && (row + 2) * line < area.height(); ++row) {
            const QModelIndex index = model_->index(row, column);
            draw(row + 1, index.data(), index.data(Qt::TextAlignmentRole));
        }
        x += width;
    }
}

void ChartFrame::exportTo(const QString& file, FileKind kind) {
    MakeBytes make;
    const QSize size = pictureSize();
    const auto paint = [this, size](QPainter& painter) { paintPicture(painter, size); };
    switch (kind) {
        case FileKind::Svg:
            make = [bytes = svgOf(paint, size, dockTitle())] { return bytes; };
            break;
        case FileKind::Png:
            make = pngOf(paint, size);
            break;
        case FileKind::Csv:
            make = [numbers = numbersForFile()] {
                return QByteArray::fromStdString(csvOf(numbers()));
            };
            break;
    }
    QThreadPool::globalInstance()->start([self = QPointer(this), file, make] {
        const QString failure = write(file, make);
        // Only the UI thread may look whether the dock is still there.
        QMetaObject::invokeMethod(qApp, [self, file, failure] {
            if (self == nullptr) return;
            if (!failure.isEmpty()) {
                Q_EMIT self->bridge_.errorOccurred(failure);
                return;
            }
            self->sayValue(tr("Saved %1").arg(visibleLine(file)));
            Q_EMIT self->exported(file);
        });
    });
}

void ChartFrame::askWhereToExport(FileKind kind) {
    if (lastFolder_.isEmpty())
        lastFolder_ = QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
    struct Format {
        QString suffix;
        QString filter;
    };
    const Format format =
        kind == FileKind::Svg   ? Format{QStringLiteral("svg"), tr("SVG pictures (*.svg)")}
        : kind == FileKind::Png ? Format{QStringLiteral("png"), tr("PNG pictures (*.png)")}
                                : Format{QStringLiteral("csv"), tr("CSV tables (*.csv)")};
    QString file = QFileDialog::getSaveFileName(
        this,
        tr("Export %1").arg(dockTitle()),
        QStringLiteral("%1/%2.%3").arg(lastFolder_, dockName(), format.suffix),
        format.filter);
    if (file.isEmpty()) return;
    if (QFileInfo(file).suffix().isEmpty()) file += QLatin1Char('.') + format.suffix;
    lastFolder_ = QFileInfo(file).path();
    refreshNow();
    exportTo(file, kind);
}

}  // namespace gatescope
