#include "ui/routing/replay_bar.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>
#include <algorithm>
#include <array>

#include "ui/theme/theme.h"

namespace gatescope {
namespace {

struct Speed {
    const char* times;  ///< of Replay::kDefaultSpeed
    double factor;
};
constexpr std::array kSpeeds{Speed{"1/8", 0.125},
                             Speed{"1/4", 0.25},
                             Speed{"1/2", 0.5},
                             Speed{"1", 1},
                             Speed{"2", 2},
                             Speed{"4", 4},
                             Speed{"8", 8},
                             Speed{"16", 16}};

constexpr int kNarrowBar = 440;  ///< px: the slider needs the room of the number

}  // namespace

ReplayBar::ReplayBar(const ViewContext& context, Replay& replay, QWidget* parent)
    : QWidget(parent),
      bridge_(context.bridge),
      selection_(context.selection),
      theme_(context.theme),
      replay_(replay) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(theme_.space(1));
    first_ = addButton("first", tr("First token (Home)"), "replayFirst");
    back_ = addButton("left", tr("Token before (,)"), "replayBack");
    play_ = addButton("play", tr("Play (Space)"), "replayPlay");
    on_ = addButton("right", tr("Next token (.)"), "replayOn");
    live_ = addButton("last", tr("Follow the newest token (End)"), "replayLive");
    live_->setCheckable(true);
    slider_ = new QSlider(Qt::Horizontal);
    slider_->setAccessibleName(tr("Token shown"));
    slider_->setObjectName(QStringLiteral("replayPosition"));
    slider_->setMinimumWidth(theme_.space(10));
    row->addWidget(slider_, 1);
    place_ = new QLabel;
    place_->setProperty("kind", QStringLiteral("muted"));
    place_->setObjectName(QStringLiteral("replayPlace"));
    row->addWidget(place_);
    addSpeeds();
    row->addWidget(speeds_);
    wire();
    refresh();
    refreshPlaying();
}

QToolButton* ReplayBar::addButton(const char* icon, const QString& name, const char* objectName) {
    auto* button = new QToolButton;
    button->setIcon(theme_.icon(QString::fromLatin1(icon)));
    button->setToolTip(name);
    button->setAccessibleName(name);
    button->setObjectName(QString::fromLatin1(objectName));
    layout()->addWidget(button);
    return button;
}

void ReplayBar::addSpeeds() {
    speeds_ = new QComboBox;
    speeds_->setAccessibleName(tr("Speed of replay"));
    speeds_->setToolTip(
        tr("How long each token took is not recorded, so the speed is in tokens per second"));
    speeds_->setObjectName(QStringLiteral("replaySpeed"));
    for (const Speed& speed : kSpeeds) {
        const double perSecond = speed.factor * Replay::kDefaultSpeed;
        speeds_->addItem(tr("%1× · %2 tok/s")
                             .arg(QString::fromLatin1(speed.times), QLocale().toString(perSecond)),
                         perSecond);
    }
    speeds_->setCurrentIndex(speeds_->findData(replay_.speed()));
}

void ReplayBar::wire() {
    connect(first_, &QToolButton::clicked, &replay_, [this] { replay_.goTo(0); });
    connect(back_, &QToolButton::clicked, &replay_, [this] { replay_.step(-1); });
    connect(play_, &QToolButton::clicked, &replay_, &Replay::toggle);
    connect(on_, &QToolButton::clicked, &replay_, [this] { replay_.step(1); });
    connect(live_, &QToolButton::clicked, this, [this] {
        Q_EMIT liveRequested();
        refresh();  // a second click does not let go
    });
    connect(slider_, &QSlider::valueChanged, &replay_, &Replay::goTo);
    connect(speeds_, &QComboBox::activated, &replay_, [this](int index) {
        replay_.setSpeed(speeds_->itemData(index).toDouble());
    });
    connect(&replay_, &Replay::changed, this, &ReplayBar::refreshPlaying);
    connect(&selection_, &Selection::tokenSelected, this, &ReplayBar::refresh);
    connect(&bridge_, &EngineBridge::traceGrew, this, &ReplayBar::refresh);
    connect(&bridge_, &EngineBridge::branchOpened, this, &ReplayBar::refresh);
}

void ReplayBar::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    refresh();
}

void ReplayBar::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    place_->setVisible(width() >= kNarrowBar);
}

void ReplayBar::refresh() {
    if (!isVisible()) return;
    const int tokens = bridge_.session().traceSize();
    const int token = selection_.token().value_or(std::max(0, tokens - 1));
    const QSignalBlocker quiet(slider_);  // it shows the selection here, and does not set it
    slider_->setRange(0, std::max(0, tokens - 1));
    slider_->setValue(token);
    const QLocale locale;
    place_->setText(
        tokens == 0 ? QString()
                    : tr("token %1 of %2").arg(locale.toString(token), locale.toString(tokens)));
    live_->setChecked(!selection_.token());
    for (QWidget* part : std::initializer_list<QWidget*>{first_, back_, play_, on_, live_, slider_})
        part->setEnabled(tokens > 0);
}

void ReplayBar::refreshPlaying() {
    const bool playing = replay_.playing();
    play_->setIcon(theme_.icon(playing ? QStringLiteral("pause") : QStringLiteral("play")));
    const QString name = playing ? tr("Pause (Space)") : tr("Play (Space)");
    play_->setToolTip(name);
    play_->setAccessibleName(name);
    speeds_->setCurrentIndex(speeds_->findData(replay_.speed()));  // none of them: of a tour
}

}  // namespace gatescope
