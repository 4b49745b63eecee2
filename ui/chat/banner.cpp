#include "ui/chat/banner.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QStyle>
#include <QToolButton>
#include <utility>

#include "ui/bytes_text.h"
#include "ui/chat/eliding_label.h"
#include "ui/chat/visible_text.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr int kBarSteps = 10000;

void restyle(QWidget* widget) {
    widget->style()->unpolish(widget);
    widget->style()->polish(widget);
}

}  // namespace

Banner::Banner(const Theme& theme, QWidget* parent) : QFrame(parent), theme_(theme) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(14, 8, 8, 8);
    row->setSpacing(10);
    icon_ = new QLabel;
    row->addWidget(icon_, 0, Qt::AlignTop);
    text_ = new QLabel;
    text_->setWordWrap(true);
    text_->setTextFormat(Qt::PlainText);  // a sentence may quote a file: nothing in it is markup
    text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* column = new QVBoxLayout;  // beside the text, the button would leave it no room
    column->setSpacing(6);
    column->addWidget(text_);
    offer_ = new QPushButton;
    offer_->setObjectName(QStringLiteral("bannerOffer"));
    offer_->hide();
    column->addWidget(offer_, 0, Qt::AlignLeft);
    row->addLayout(column, 1);
    connect(offer_, &QPushButton::clicked, this, [this] {
        const auto taken = taken_;  // what it does may show another sentence
        taken();
    });
    auto* close = new QToolButton;
    close->setIcon(theme.icon(QStringLiteral("close")));
    close->setToolTip(tr("Dismiss"));
    close->setAccessibleName(tr("Dismiss"));
    row->addWidget(close, 0, Qt::AlignTop);
    connect(close, &QToolButton::clicked, this, &Banner::dismiss);
    hide();
}

void Banner::showSentence(Kind kind, const QString& sentence) {
    kind_ = kind;
    sentence_ = sentence;
    stays_ = Stays::UntilNews;
    setProperty(
        "kind",
        kind == Kind::Error ? QStringLiteral("banner-error") : QStringLiteral("banner-info"));
    const ColorRole role = kind == Kind::Error ? ColorRole::Error : ColorRole::Warning;
    const QString icon = kind == Kind::Error ? QStringLiteral("error") : QStringLiteral("info");
    icon_->setPixmap(theme_.icon(icon, role).pixmap(QSize(18, 18)));
    text_->setText(visibleText(sentence));
    setAccessibleName(sentence);
    offer_->hide();
    restyle(this);
    show();
    Q_EMIT shown(sentence);
}

void Banner::offer(const QString& label, std::function<void()> taken, Stays stays) {
    taken_ = std::move(taken);
    stays_ = stays;
    offer_->setText(label);
    offer_->setAccessibleName(label);
    offer_->show();
}

void Banner::dismiss() {
    sentence_.clear();
    stays_ = Stays::UntilNews;
    hide();
}

void Banner::dismissUnlessAsking() {
    if (stays_ == Stays::UntilNews) dismiss();
}

LoadBanner::LoadBanner(QWidget* parent) : QFrame(parent) {
    setProperty("kind", QStringLiteral("banner-progress"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(14, 10, 10, 12);
    column->setSpacing(8);
    auto* row = new QHBoxLayout;
    // A narrow window cuts the figures first, then the model's name, and not what one can do.
    title_ = new ElidingLabel;
    title_->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Preferred);
    row->addWidget(title_);
    details_ = new ElidingLabel;
    details_->setProperty("kind", QStringLiteral("muted"));
    row->addWidget(details_, 1);
    cancel_ = new QPushButton(tr("Cancel"));
    cancel_->setProperty("kind", QStringLiteral("flat"));
    cancel_->setAccessibleName(tr("Cancel loading"));
    row->addWidget(cancel_);
    column->addLayout(row);
    bar_ = new QProgressBar;
    bar_->setTextVisible(false);
    bar_->setAccessibleName(tr("Bytes loaded"));
    column->addWidget(bar_);
    connect(cancel_, &QPushButton::clicked, this, &LoadBanner::cancelClicked);
    hide();
}

void LoadBanner::begin(const QString& model) {
    model_ = model;
    clock_.start();
    title_->setText(tr("Loading %1").arg(visibleLine(model)));
    progress_ = tr("opening…");
    usable_ = false;
    showDetails();
    bar_->setRange(0, 0);
    show();
}

void LoadBanner::showProgress(quint64 done, quint64 total) {
    if (!isVisibleTo(parentWidget())) return;
    if (total > 0) {
        bar_->setRange(0, kBarSteps);
        bar_->setValue(
            static_cast<int>(static_cast<double>(done) / static_cast<double>(total) * kBarSteps));
    }
    const double seconds = static_cast<double>(clock_.elapsed()) / 1000;
    QStringList parts{tr("%1 of %2").arg(bytesText(done), bytesText(total))};
    if (seconds > 0.3 && done > 0) {
        const double rate = static_cast<double>(done) / seconds;
        parts << tr("%1/s").arg(bytesText(static_cast<quint64>(rate)));
        const auto left = qRound(static_cast<double>(total - std::min(done, total)) / rate);
        parts << (left >= 60 ? tr("%1 min left").arg((left + 30) / 60) : tr("%1 s left").arg(left));
    }
    progress_ = parts.join(QStringLiteral(" · "));
    showDetails();
}

void LoadBanner::showUsable() {
    usable_ = true;
    showDetails();
}

void LoadBanner::showDetails() {
    const QString news = usable_ ? tr("you can write already") : QString();
    details_->setMinimumWidth(
        usable_ ? details_->fontMetrics().horizontalAdvance(news + QStringLiteral(" ·…")) : 0);
    details_->setText(usable_ ? news + QStringLiteral(" · ") + progress_ : progress_);
}

void LoadBanner::end() {
    hide();
}

QString LoadBanner::text() const {
    return isHidden() ? QString() : title_->text() + QStringLiteral(" · ") + details_->text();
}

}  // namespace gatescope
