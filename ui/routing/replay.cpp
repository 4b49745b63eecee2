#include "ui/routing/replay.h"

#include <algorithm>

#include "engine/check.h"

namespace gatescope {
namespace {

constexpr std::chrono::milliseconds kFrame{16};

}  // namespace

Replay::Replay(EngineBridge& bridge, Selection& selection, QObject* parent)
    : QObject(parent), bridge_(bridge), selection_(selection) {
    frames_.setTimerType(Qt::PreciseTimer);
    frames_.setInterval(kFrame);
    connect(&frames_, &QTimer::timeout, this, [this] {
        advance(std::chrono::nanoseconds(sinceFrame_.nsecsElapsed()));
        sinceFrame_.restart();
    });
    connect(&bridge_, &EngineBridge::branchOpened, this, &Replay::pause);
    connect(&selection_, &Selection::tokenSelected, this, [this](std::optional<int> token) {
        if (selecting_ || !playing_) return;
        if (token)
            position_ = *token;
        else
            pause();
    });
}

void Replay::setSpeed(double tokensPerSecond) {
    GS_CHECK(tokensPerSecond > 0);
    if (tokensPerSecond == speed_) return;
    speed_ = tokensPerSecond;
    Q_EMIT changed();
}

TokenRange Replay::whole() const {
    return {0, bridge_.session().traceSize()};
}

int Replay::here() const {
    return selection_.token().value_or(std::max(0, whole().end - 1));
}

void Replay::select(int token) {
    selecting_ = true;
    selection_.selectToken(token);
    selecting_ = false;
}

void Replay::play() {
    const TokenRange range = selection_.range().value_or(whole());
    const int token = here();
    playRange({range.contains(token) && token + 1 < range.end ? token : range.first, range.end});
}

void Replay::playRange(TokenRange range) {
    range_ = {std::max(0, range.first), std::min(range.end, whole().end)};
    if (range_.size() <= 0) return;
    playing_ = true;
    position_ = range_.first;
    select(range_.first);
    sinceFrame_.start();
    frames_.start();
    Q_EMIT changed();
}

void Replay::pause() {
    if (!playing_) return;
    playing_ = false;
    frames_.stop();
    Q_EMIT changed();
}

void Replay::toggle() {
    playing_ ? pause() : play();
}

void Replay::step(int tokens) {
    goTo(here() + tokens);
}

void Replay::goTo(int token) {
    if (whole().size() == 0) return;
    selection_.selectToken(std::clamp(token, 0, whole().end - 1));
}

void Replay::advance(std::chrono::nanoseconds elapsed) {
    if (!playing_) return;
    position_ += std::chrono::duration<double>(elapsed).count() * speed_;
    const int token = static_cast<int>(position_);
    select(std::min(token, range_.end - 1));
    if (token < range_.end) return;
    pause();
    Q_EMIT finished();
}

}  // namespace gatescope
