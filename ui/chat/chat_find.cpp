#include "ui/chat/chat_find.h"

#include <QElapsedTimer>
#include <algorithm>
#include <chrono>
#include <utility>

#include "ui/chat/chat_view.h"
#include "ui/engine_bridge.h"

namespace gatescope {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds kSlice{4};  ///< of a frame
constexpr std::chrono::milliseconds kBetweenReadings{60};

}  // namespace

ChatFind::ChatFind(ChatView& view, EngineBridge& bridge, QObject* parent)
    : QObject(parent), view_(view), bridge_(bridge) {
    slice_.setSingleShot(true);
    connect(&slice_, &QTimer::timeout, this, &ChatFind::lookOn);
    connect(&bridge_, &EngineBridge::branchOpened, this, [this] {
        current_.reset();
        looked_.clear();
        first_ = std::exchange(firstWhenOpened_, false);
        lookAgain(0);
    });
    connect(&bridge_, &EngineBridge::messageAdded, this, &ChatFind::lookAgain);
    connect(&bridge_, &EngineBridge::messageUpdated, this, &ChatFind::lookAgain);
}

int ChatFind::messages() const {
    return static_cast<int>(bridge_.session().messages().size());
}

void ChatFind::setFinder(const WordFinder& finder) {
    finder_ = finder;
    looked_.clear();
    current_.reset();
    first_ = false;
    lookAgain(0);
    Q_EMIT changed();
}

void ChatFind::lookAgain(int from) {
    if (!active()) return;
    next_ = std::min(next_, from);
    recount();
    // Behind the view's own turn, in which it takes over what is new.
    slice_.start(bridge_.session().generating() ? kBetweenReadings : 0ms);
}

const std::vector<FoundRange>& ChatFind::rangesIn(int message, const QString& text) {
    const auto at = static_cast<std::size_t>(message);
    if (looked_.size() <= at) looked_.resize(at + 1);
    Looked& looked = looked_[at];
    if (looked.text != text) looked = {text, finder_.find(text)};
    return looked.ranges;
}

void ChatFind::lookOn() {
    if (!active()) return;
    QElapsedTimer clock;
    clock.start();
    // The view may not know the newest messages yet: it takes them over in a turn of its own.
    while (next_ < messages() && next_ < view_.messageCount() &&
           std::chrono::milliseconds(clock.elapsed()) < kSlice) {
        rangesIn(next_, view_.messageText(next_));
        ++next_;
    }
    recount();
    if (running()) slice_.start(view_.messageCount() > next_ ? 0ms : kBetweenReadings);
    if (first_ && count_ > 0) step(1);
    Q_EMIT changed();
}

void ChatFind::recount() {
    looked_.resize(std::min(looked_.size(), static_cast<std::size_t>(messages())));
    count_ = 0;
    for (const Looked& looked : looked_) count_ += static_cast<int>(looked.ranges.size());
}

int ChatFind::currentNumber() const {
    if (!current_) return 0;
    int number = 0;
    for (int m = 0; m < static_cast<int>(looked_.size()); ++m)
        for (const FoundRange& range : looked_[static_cast<std::size_t>(m)].ranges) {
            ++number;
            if (Place{m, range} == *current_) return number;
        }
    return 0;
}

void ChatFind::goToFirst() {
    current_.reset();
    first_ = true;
    if (count_ > 0) step(1);
}

void ChatFind::step(int by) {
    std::vector<Place> places;
    for (int m = 0; m < static_cast<int>(looked_.size()); ++m)
        for (const FoundRange& range : looked_[static_cast<std::size_t>(m)].ranges)
            places.push_back({m, range});
    if (places.empty()) return;
    const auto before = [](const Place& a, const Place& b) {
        return a.message != b.message ? a.message < b.message : a.range.begin < b.range.begin;
    };
    const auto size = static_cast<int>(places.size());
    int at = by > 0 ? 0 : size - 1;
    if (current_) {
        const auto found = std::ranges::lower_bound(places, *current_, before);
        const bool here = found != places.end() && *found == *current_;
        at = static_cast<int>(found - places.begin()) + (by > 0 ? (here ? 1 : 0) : -1);
        at = (at + size) % size;
    }
    first_ = false;
    current_ = places[static_cast<std::size_t>(at)];
    Q_EMIT changed();
    Q_EMIT arrived(*current_);
}

}  // namespace gatescope
