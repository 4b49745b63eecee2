#include "ui/inspection/bar_table.h"

#include <QHeaderView>
#include <QPainter>
#include <QRegularExpression>
#include <QStandardItemModel>
#include <QStyledItemDelegate>
#include <algorithm>
#include <cmath>

#include "ui/theme/theme.h"

namespace gatescope {
namespace {

enum BarRole { kSortRole = Qt::UserRole, kBarRole, kSignedRole, kMarkedRole, kKeyRole };

/// Draws the bar, then the text over it.
class BarDelegate : public QStyledItemDelegate {
  public:
    BarDelegate(Theme& theme, QObject* parent) : QStyledItemDelegate(parent), theme_(theme) {}

    void paint(QPainter* painter,
               const QStyleOptionViewItem& option,
               const QModelIndex& index) const override {
        if (index.data(kMarkedRole).toBool())
            painter->fillRect(option.rect, theme_.color(ColorRole::TokenSoft));
        const QVariant bar = index.data(kBarRole);
        if (bar.isValid()) paintBar(*painter, option.rect, bar.toDouble(), index);
        QStyledItemDelegate::paint(painter, option, index);
    }

  private:
    void paintBar(QPainter& painter, QRect cell, double bar, const QModelIndex& index) const {
        cell.adjust(1, 3, -1, -3);
        const bool both = index.data(kSignedRole).toBool();
        const double room = both ? cell.width() / 2.0 : cell.width();
        const double length = std::clamp(std::abs(bar), 0.0, 1.0) * room;
        const double from = both ? cell.left() + room : cell.left();
        const QRectF rect(bar < 0 ? from - length : from, cell.top(), length, cell.height());
        QColor color = theme_.color(bar < 0 ? ColorRole::Token : ColorRole::Accent);
        color.setAlpha(90);  // the text over it keeps its contrast
        painter.fillRect(rect, color);
        if (!both) return;
        painter.setPen(theme_.color(ColorRole::BorderStrong));
        painter.drawLine(QPointF(from, cell.top()), QPointF(from, cell.bottom()));
    }

    Theme& theme_;
};

QString quoted(QString text) {
    if (!text.contains(QRegularExpression(QStringLiteral("[,\"\n]")))) return text;
    return QLatin1Char('"') + text.replace(QLatin1Char('"'), QStringLiteral("\"\"")) +
           QLatin1Char('"');
}

}  // namespace

BarTable::BarTable(Theme& theme, QWidget* parent)
    : QTableView(parent), theme_(theme), model_(new QStandardItemModel(this)) {
    model_->setSortRole(kSortRole);
    setModel(model_);
    setItemDelegate(new BarDelegate(theme, this));
    setFrameShape(QFrame::NoFrame);
    setShowGrid(false);
    setWordWrap(false);
    setEditTriggers(NoEditTriggers);
    setSelectionBehavior(SelectRows);
    setSelectionMode(SingleSelection);
    setTabKeyNavigation(false);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollMode(ScrollPerPixel);
    verticalHeader()->hide();
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    setSortingEnabled(true);
    connect(this, &QTableView::clicked, this, [this](const QModelIndex& index) {
        Q_EMIT rowPicked(index.data(kKeyRole).toInt());
    });
    connect(this, &QTableView::activated, this, [this](const QModelIndex& index) {
        Q_EMIT rowPicked(index.data(kKeyRole).toInt());
    });
    connect(&theme_, &Theme::changed, this, &BarTable::applyTheme);
    applyTheme();
}

void BarTable::applyTheme() {
    setFont(theme_.font(FontRole::Small));
    horizontalHeader()->setFont(theme_.font(FontRole::Tiny));
    verticalHeader()->setDefaultSectionSize(QFontMetrics(font()).height() + theme_.space(2));
}

void BarTable::setRows(const BarColumns& columns, const QList<BarRow>& rows) {
    model_->clear();
    model_->setHorizontalHeaderLabels(columns.titles);
    for (const BarRow& row : rows) {
        QList<QStandardItem*> items;
        for (const BarCell& cell : row.cells) {
            auto* item = new QStandardItem(cell.text);
            item->setToolTip(cell.text);
            item->setData(cell.number ? QVariant(*cell.number) : QVariant(cell.text), kSortRole);
            if (cell.bar) item->setData(*cell.bar, kBarRole);
            item->setData(columns.signedBars.contains(static_cast<int>(items.size())), kSignedRole);
            item->setData(row.marked, kMarkedRole);
            item->setData(row.key, kKeyRole);
            items.append(item);
        }
        model_->appendRow(items);
    }
    for (int column = 0; column < columns.titles.size(); ++column)
        horizontalHeader()->setSectionResizeMode(
            column,
            column == columns.stretch ? QHeaderView::Stretch : QHeaderView::ResizeToContents);
    horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);  // in the order they came
}

int BarTable::rowCount() const {
    return model_->rowCount();
}

QString BarTable::toCsv() const {
    const auto line = [this](const auto& cell) {
        QStringList cells;
        for (int column = 0; column < model_->columnCount(); ++column)
            cells << quoted(cell(column));
        return cells.join(QLatin1Char(',')) + QLatin1Char('\n');
    };
    QString csv = line([this](int column) { return model_->horizontalHeaderItem(column)->text(); });
    for (int row = 0; row < model_->rowCount(); ++row)
        csv += line([this, row](int column) {
            const QVariant sorted = model_->item(row, column)->data(kSortRole);
            return sorted.typeId() == QMetaType::Double ? QString::number(sorted.toDouble(), 'g', 9)
                                                        : model_->item(row, column)->text();
        });
    return csv;
}

}  // namespace gatescope
