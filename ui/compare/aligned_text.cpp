#include "ui/compare/aligned_text.h"

#include <QElapsedTimer>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/chat/visible_text.h"
#include "ui/compare/comparison.h"
#include "ui/compare/side_colors.h"
#include "ui/language/number_text.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr int kBarHeight = 14;
constexpr int kLineGap = 12;
constexpr int kNarrowest = 7;      ///< px of a token without text
constexpr qint64 kSliceMs = 2;     // of a frame's 16, beside the pump's 4 and what is painted
constexpr int kColumnsAtOnce = 8;  ///< between two looks at the clock: new words take 20 us each
constexpr std::size_t kAlignedColumns = 2000;  ///< columns whose alignment takes no time either

QString shown(const ComparedRun& run, int token) {
    if (token < 0) return {};
    return visibleLine(QString::fromStdString(run.tokens[static_cast<std::size_t>(token)].text));
}

}  // namespace

AlignedText::AlignedText(const Comparison& comparison, const Theme& theme, QWidget* parent)
    : QAbstractScrollArea(parent), comparison_(comparison), theme_(theme) {
    setObjectName(QStringLiteral("alignedText"));
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAccessibleName(tr("Both texts, aligned by token"));
    setMinimumSize(200, 90);
    connect(&comparison_, &Comparison::runsChanged, this, [this] {
        current_.reset();
        measure();
    });
    connect(&comparison_, &Comparison::scoresChanged, viewport(), qOverload<>(&QWidget::update));
    connect(&theme_, &Theme::changed, this, [this] {
        widths_.clear();
        measure();
    });
    slices_.setInterval(16);
    connect(&slices_, &QTimer::timeout, this, &AlignedText::measureSlice);
}

// ---------------------------------------------------------------- layout

// A text's width is found once: tokens repeat, and shaping each again would take the frame.
int AlignedText::widthOf(const QString& text) {
    const auto known = widths_.constFind(text);
    if (known != widths_.constEnd()) return *known;
    const int width = QFontMetrics(theme_.font(FontRole::Reading)).horizontalAdvance(text);
    widths_.insert(text, width);
    return width;
}

bool AlignedText::measured() const {
    return columns_.size() == comparison_.pairs().size();
}

void AlignedText::measure() {
    columns_.clear();
    lines_.clear();
    columns_.reserve(comparison_.pairs().size());
    slices_.start();
    if (comparison_.pairs().size() <= kAlignedColumns)
        measureSlice();  // else in frames of their own
}

void AlignedText::measureSlice() {
    QElapsedTimer clock;
    clock.start();
    const auto& pairs = comparison_.pairs();
    while (!measured() && clock.elapsed() < kSliceMs)
        for (int i = 0; i < kColumnsAtOnce && !measured(); ++i) {
            const AlignedPair& pair = pairs[columns_.size()];
            Column column{.a = shown(comparison_.a(), pair.a), .b = shown(comparison_.b(), pair.b)};
            column.width = std::max({widthOf(column.a), widthOf(column.b), kNarrowest});
            column.endsLine =
                column.a.endsWith(QChar(0x23CE)) || column.b.endsWith(QChar(0x23CE));  // ⏎
            columns_.push_back(std::move(column));
        }
    if (measured()) slices_.stop();
    breakOn();
}

void AlignedText::breakLines() {
    lines_.clear();
    breakOn();
}

/// The last line may go on with what has been measured since.
void AlignedText::breakOn() {
    const int right = viewport()->width() - 8;
    int x = gutter();
    int first = lines_.empty() ? 0 : lines_.back().first;
    if (!lines_.empty()) lines_.pop_back();
    const int changedFrom = static_cast<int>(lines_.size()) * lineHeight();
    for (int i = first; i < static_cast<int>(columns_.size()); ++i) {
        Column& column = columns_[static_cast<std::size_t>(i)];
        const bool wraps = x + column.width > right && i > first;
        const bool ended = i > first + 1 && columns_[static_cast<std::size_t>(i) - 1].endsLine;
        if (wraps || ended) {
            lines_.push_back({first, i});
            first = i;
            x = gutter();
        }
        column.x = x;
        x += column.width + 1;
    }
    if (!columns_.empty()) lines_.push_back({first, static_cast<int>(columns_.size())});
    const int height = static_cast<int>(lines_.size()) * lineHeight() + kLineGap;
    verticalScrollBar()->setRange(0, std::max(0, height - viewport()->height()));
    verticalScrollBar()->setPageStep(viewport()->height());
    verticalScrollBar()->setSingleStep(lineHeight() / 2);
    if (changedFrom < verticalScrollBar()->value() + viewport()->height()) viewport()->update();
}

int AlignedText::laneHeight() const {
    return QFontMetrics(theme_.font(FontRole::Reading)).height() + 3;
}

int AlignedText::lineHeight() const {
    return 2 * laneHeight() + kBarHeight + kLineGap;
}

int AlignedText::gutter() const {
    return QFontMetrics(theme_.font(FontRole::Tiny)).horizontalAdvance(QStringLiteral("KL")) + 18;
}

int AlignedText::lineOf(int column) const {
    const auto at = std::ranges::upper_bound(lines_, column, {}, &Line::first);
    return static_cast<int>(at - lines_.begin()) - 1;
}

QRect AlignedText::columnRect(int column) const {
    const Column& c = columns_[static_cast<std::size_t>(column)];
    const int top = lineOf(column) * lineHeight() + kLineGap / 2 - verticalScrollBar()->value();
    const QRect rect(c.x, top, c.width, lineHeight() - kLineGap / 2);
    return rect.intersects(viewport()->rect()) ? rect : QRect();
}

std::optional<int> AlignedText::columnAt(QPoint pixel) const {
    const int y = pixel.y() + verticalScrollBar()->value() - kLineGap / 2;
    const int line = y < 0 ? -1 : y / lineHeight();
    if (line < 0 || line >= lineCount()) return std::nullopt;
    for (int i = lines_[static_cast<std::size_t>(line)].first;
         i < lines_[static_cast<std::size_t>(line)].end;
         ++i) {
        const Column& column = columns_[static_cast<std::size_t>(i)];
        if (pixel.x() >= column.x && pixel.x() <= column.x + column.width) return i;
    }
    return std::nullopt;
}

void AlignedText::resizeEvent(QResizeEvent* /*event*/) {
    breakLines();
}

// ---------------------------------------------------------------- painting

void AlignedText::paintEvent(QPaintEvent* event) {
    QPainter painter(viewport());
    painter.fillRect(event->rect(), theme_.color(ColorRole::Surface));
    const int offset = verticalScrollBar()->value();
    for (int i = offset / lineHeight(); i < lineCount(); ++i) {
        const int top = i * lineHeight() + kLineGap / 2 - offset;
        if (top > event->rect().bottom()) break;
        paintLine(painter, lines_[static_cast<std::size_t>(i)], top);
    }
}

void AlignedText::paintLine(QPainter& painter, const Line& line, int top) const {
    painter.setFont(theme_.font(FontRole::Tiny));
    const int lane = laneHeight();
    painter.setPen(sideColors(theme_, Side::A).ink);
    painter.drawText(QRect(8, top, gutter(), lane), Qt::AlignLeft | Qt::AlignVCenter, tr("A"));
    painter.setPen(sideColors(theme_, Side::B).ink);
    painter.drawText(
        QRect(8, top + lane, gutter(), lane), Qt::AlignLeft | Qt::AlignVCenter, tr("B"));
    if (comparison_.scored() > 0) {
        painter.setPen(theme_.color(ColorRole::TextFaint));
        painter.drawText(QRect(8, top + 2 * lane, gutter(), kBarHeight),
                         Qt::AlignLeft | Qt::AlignVCenter,
                         tr("KL"));
    }
    painter.setFont(theme_.font(FontRole::Reading));
    for (int i = line.first; i < line.end; ++i) paintColumn(painter, i, top);
}

void AlignedText::paintColumn(QPainter& painter, int index, int top) const {
    const Column& column = columns_[static_cast<std::size_t>(index)];
    const AlignedPair& pair = comparison_.pairs()[static_cast<std::size_t>(index)];
    const int lane = laneHeight();
    const QRect rects[] = {{column.x, top, column.width, lane},
                           {column.x, top + lane, column.width, lane}};
    const bool differs = pair.kind != PairKind::Same;
    for (const Side side : {Side::A, Side::B}) {
        const QRect& rect = rects[side == Side::A ? 0 : 1];
        const QString& text = side == Side::A ? column.a : column.b;
        const bool present = (side == Side::A ? pair.a : pair.b) >= 0;
        if (!present) {  // what the other side has instead
            painter.setPen(theme_.color(ColorRole::BorderStrong));
            painter.drawLine(
                rect.left() + 1, rect.center().y(), rect.right() - 1, rect.center().y());
            continue;
        }
        const SideColors colors = sideColors(theme_, side);
        if (differs) painter.fillRect(rect.adjusted(0, 1, 0, -1), colors.soft);
        const ColorRole plain = side == Side::A ? ColorRole::Text : ColorRole::TextMuted;
        painter.setPen(differs ? colors.ink : theme_.color(plain));
        painter.drawText(rect.adjusted(0, 0, 4, 0), Qt::AlignLeft | Qt::AlignVCenter, text);
        if (!differs) continue;
        painter.setPen(QPen(colors.ink, 2, side == Side::A ? Qt::SolidLine : Qt::DashLine));
        painter.drawLine(rect.left(), rect.bottom() - 1, rect.right(), rect.bottom() - 1);
    }
    paintBar(painter, index, top + 2 * lane);
    if (current_ == index) {
        painter.setPen(QPen(theme_.color(ColorRole::Token), 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRect(column.x - 1, top, column.width + 1, 2 * lane), 3, 3);
    }
}

void AlignedText::paintBar(QPainter& painter, int index, int top) const {
    const AlignedPair& pair = comparison_.pairs()[static_cast<std::size_t>(index)];
    const auto bits = pair.a >= 0 ? comparison_.klBits(pair.a) : std::nullopt;
    if (!bits) return;
    const Column& column = columns_[static_cast<std::size_t>(index)];
    const int bottom = top + kBarHeight;
    painter.fillRect(QRect(column.x, bottom, column.width, 1), theme_.color(ColorRole::Border));
    const double share = std::sqrt(std::min(1.0, *bits / kFullBarBits));
    const int height = static_cast<int>(std::lround(share * (kBarHeight - 2)));
    if (height > 0)
        painter.fillRect(QRect(column.x, bottom - height, std::max(column.width - 1, 3), height),
                         theme_.color(ColorRole::TextFaint));
}

// ---------------------------------------------------------------- input

void AlignedText::setCurrent(std::optional<int> column) {
    if (column && *column >= static_cast<int>(columns_.size())) return;  // not measured yet
    if (current_ == column) return;
    current_ = column;
    if (column) {
        setAccessibleDescription(describe(*column));
        const int top = lineOf(*column) * lineHeight();
        const int offset = verticalScrollBar()->value();
        if (top < offset || top + lineHeight() > offset + viewport()->height())
            verticalScrollBar()->setValue(top - viewport()->height() / 3);
    }
    viewport()->update();
}

QString AlignedText::describe(int column) const {
    const AlignedPair& pair = comparison_.pairs()[static_cast<std::size_t>(column)];
    const auto quoted = [](const QString& text) { return QStringLiteral("“%1”").arg(text); };
    const Column& c = columns_[static_cast<std::size_t>(column)];
    QStringList parts;
    switch (pair.kind) {
        case PairKind::Same:
            parts << tr("The same in both: %1").arg(quoted(c.a));
            break;
        case PairKind::Substituted:
            parts << tr("A has %1, B has %2").arg(quoted(c.a), quoted(c.b));
            break;
        case PairKind::Deleted:
            parts << tr("Only in A: %1").arg(quoted(c.a));
            break;
        case PairKind::Inserted:
            parts << tr("Only in B: %1").arg(quoted(c.b));
            break;
    }
    if (pair.a < 0) return parts.first();
    if (const auto bits = comparison_.klBits(pair.a))
        parts << tr("KL of the distributions it was drawn from: %1 bit")
                     .arg(numberText(*bits, 'g', 3));
    if (const auto likely = comparison_.mostLikely(pair.a))
        parts << tr("most likely here: %1 with A's interventions, %2 with B's")
                     .arg(quoted(visibleLine(likely->first)), quoted(visibleLine(likely->second)));
    return parts.join(QLatin1Char('\n'));
}

void AlignedText::mousePressEvent(QMouseEvent* event) {
    if (const auto column = columnAt(event->pos())) Q_EMIT columnPicked(*column);
}

void AlignedText::keyPressEvent(QKeyEvent* event) {
    const int step = event->key() == Qt::Key_Left ? -1 : event->key() == Qt::Key_Right ? 1 : 0;
    if (step == 0 || columns_.empty()) return QAbstractScrollArea::keyPressEvent(event);
    const int last = static_cast<int>(columns_.size()) - 1;
    Q_EMIT columnPicked(current_ ? std::clamp(*current_ + step, 0, last) : 0);
}

bool AlignedText::viewportEvent(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return QAbstractScrollArea::viewportEvent(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    if (const auto column = columnAt(help->pos()))
        QToolTip::showText(help->globalPos(), describe(*column), viewport(), columnRect(*column));
    else
        QToolTip::hideText();
    return true;
}

}  // namespace gatescope
