#include "ui/routing/waterfall_panel.h"

#include <QComboBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QToolButton>
#include <QVBoxLayout>
#include <array>

#include "ui/chat/eliding_label.h"
#include "ui/language/number_text.h"
#include "ui/provenance_badge.h"
#include "ui/routing/replay_bar.h"
#include "ui/routing/waterfall_view.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr int kNarrowWaterfall = 640;  ///< px: value and controls on two lines
constexpr int kKeyless = 500;          ///< and without the key to the colours
constexpr int kLowWindow = 700;        ///< px: only the row that plays has room
constexpr int kLow = 130;              ///< px: no room for them at all

/// The colours of the waterfall from p = 0 to 1, with the chance level.
class WaterfallKey : public QWidget {
  public:
    WaterfallKey(const Theme& theme, const WaterfallView& view) : theme_(theme), view_(view) {
        setAccessibleName(WaterfallPanel::tr("Colours of the waterfall"));
        setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
        QObject::connect(&theme_, &Theme::changed, this, [this] { updateGeometry(); });
        sayMap();
    }
    void sayMap() {
        setToolTip(WaterfallPanel::tr("Router probability from 0 to 1, %1 at the power of %2; "
                                      "▾ what chance gives each expert. A pixel shows the largest "
                                      "it stands for")
                       .arg(colorMapTitle(view_.colors().kind()))
                       .arg(numberText(view_.colors().power(), 'g', 6)));
        update();
    }
    QSize sizeHint() const override {
        const QFontMetrics metrics(theme_.font(FontRole::Tiny));
        return {kBar + metrics.horizontalAdvance(QStringLiteral("p 0 ") + highText()),
                metrics.height() + 4};
    }

  protected:
    void paintEvent(QPaintEvent* /*event*/) override {
        QPainter painter(this);
        painter.setFont(theme_.font(FontRole::Tiny));
        painter.setPen(theme_.color(ColorRole::TextMuted));
        const QFontMetrics metrics(painter.font());
        const QString low = QStringLiteral("p 0 ");
        const int left = metrics.horizontalAdvance(low);
        painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter, low);
        const bool fits = width() >= sizeHint().width();  // in large type it may be squeezed
        painter.drawText(QRect(left + kBar, 0, width() - left - kBar, height()),
                         Qt::AlignLeft | Qt::AlignVCenter,
                         fits ? highText() : QStringLiteral(" 1"));
        const QRect bar(left, height() / 2 - 3, kBar, 7);
        for (int x = 0; x < kBar; ++x) {
            const double value = view_.colors().valueAt(static_cast<double>(x) / (kBar - 1));
            painter.setPen(QColor::fromRgb(view_.colors().color(static_cast<float>(value))));
            painter.drawLine(bar.left() + x, bar.top(), bar.left() + x, bar.bottom());
        }
        if (view_.numExperts() == 0) return;
        const double x = bar.left() + view_.colors().position(1.0 / view_.numExperts()) * kBar;
        const std::array<QPointF, 3> mark{QPointF(x, bar.top() + 3),
                                          QPointF(x - 4, bar.top() - 3),
                                          QPointF(x + 4, bar.top() - 3)};
        painter.setPen(theme_.color(ColorRole::Surface));
        painter.setBrush(theme_.color(ColorRole::Text));
        painter.drawConvexPolygon(mark.data(), static_cast<int>(mark.size()));
    }

  private:
    QString highText() const {
        const int experts = view_.numExperts();
        if (experts == 0) return QStringLiteral(" 1");
        return WaterfallPanel::tr(" 1 · ▾ chance %1").arg(numberText(1.0 / experts, 'g', 3));
    }

    static constexpr int kBar = 96;
    const Theme& theme_;
    const WaterfallView& view_;
};

}  // namespace

WaterfallPanel::WaterfallPanel(const ViewContext& context, QWidget* parent)
    : QWidget(parent),
      bridge_(context.bridge),
      theme_(context.theme),
      replay_(context.bridge, context.selection) {
    setObjectName(QStringLiteral("waterfallPanel"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(theme_.space(3), theme_.space(2), theme_.space(3), theme_.space(2));
    layout->setSpacing(theme_.space(1));
    // Less than all parts want: a small window needs its room, and what has none is hidden.
    setMinimumSize(theme_.space(80), theme_.space(11));
    view_ = new WaterfallView(context);
    layout->addWidget(makeHeader());
    layout->addWidget(view_, 1);
    auto* bar = new ReplayBar(context, replay_);
    layout->addWidget(bar);
    connect(bar, &ReplayBar::liveRequested, view_, &WaterfallView::followNewest);
    wire(context);
}

QWidget* WaterfallPanel::makeHeader() {
    auto* header = new QWidget;
    header_ = new QBoxLayout(QBoxLayout::LeftToRight, header);
    header_->setContentsMargins(0, 0, 0, 0);
    header_->setSpacing(theme_.space(1));
    value_ = new ElidingLabel;
    value_->setProperty("kind", QStringLiteral("muted"));
    value_->setObjectName(QStringLiteral("waterfallValue"));
    header_->addWidget(value_, 1);
    auto* row = new QHBoxLayout;
    row->setSpacing(theme_.space(2));
    key_ = new WaterfallKey(theme_, *view_);
    row->addWidget(key_);
    row->addStretch(1);
    orders_ = new QComboBox;
    orders_->addItems({tr("by layer"), tr("by expert")});
    orders_->setAccessibleName(tr("Order of rows"));
    orders_->setToolTip(tr("Order of rows (R)"));
    orders_->setObjectName(QStringLiteral("waterfallOrder"));
    row->addWidget(orders_);
    auto* all = new QToolButton;
    all->setText(tr("All"));
    all->setToolTip(tr("Show the whole conversation (0)"));
    connect(all, &QToolButton::clicked, view_, &WaterfallView::fitAll);
    row->addWidget(all);
    badge_ = new ProvenanceBadge;
    badge_->setObjectName(QStringLiteral("waterfallBadge"));
    row->addWidget(badge_, 0, Qt::AlignVCenter);
    header_->addLayout(row);
    return header;
}

void WaterfallPanel::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    header_->parentWidget()->setVisible(height() >= kLow);
    key_->setVisible(width() >= kKeyless);
    header_->setDirection(width() < kNarrowWaterfall ? QBoxLayout::TopToBottom
                                                     : QBoxLayout::LeftToRight);
}

void WaterfallPanel::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    window()->installEventFilter(this);
    fitWindow();
}

bool WaterfallPanel::eventFilter(QObject* watched, QEvent* event) {
    if (watched == window() && event->type() == QEvent::Resize) fitWindow();
    return QWidget::eventFilter(watched, event);
}

// A dock keeps its height when the window shrinks, and the conversation would lose what it needs.
void WaterfallPanel::fitWindow() {
    const bool low = window() != this && window()->height() < kLowWindow;
    setMaximumHeight(low ? minimumHeight() : QWIDGETSIZE_MAX);
}

void WaterfallPanel::wire(const ViewContext& context) {
    connect(orders_, &QComboBox::activated, view_, [this](int index) {
        view_->setRowOrder(static_cast<WaterfallView::RowOrder>(index));
    });
    connect(view_, &WaterfallView::rowOrderChanged, orders_, [this] {
        orders_->setCurrentIndex(static_cast<int>(view_->rowOrder()));
        key_->updateGeometry();  // the first token says how many experts there are
        key_->update();
    });
    connect(view_, &WaterfallView::valueLineChanged, this, &WaterfallPanel::refreshValue);
    connect(view_, &WaterfallView::playToggled, &replay_, &Replay::toggle);
    connect(view_, &WaterfallView::stepRequested, &replay_, &Replay::step);
    connect(&context.theme, &Theme::changed, key_, [this] {
        key_->updateGeometry();
        key_->update();
    });
}

void WaterfallPanel::refreshValue() {
    value_->setText(view_->valueLine());
    value_->setToolTip(value_->text());
    badge_->showFor(bridge_.session());
}

void WaterfallPanel::setColorMap(ColorMapKind kind) {
    view_->setColorMap(kind);
    static_cast<WaterfallKey*>(key_)->sayMap();
}

QString WaterfallPanel::valueLine() const {
    return value_->text();
}

}  // namespace gatescope
