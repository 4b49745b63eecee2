#include "ui/chat/chat_find.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "ui/chat/chat_view.h"
#include "ui/engine_bridge.h"
#include "ui/frame_slice.h"

namespace gatescope {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds kBetweenLooks{8};
constexpr std::chrono::milliseconds kBetweenSearches{60};
constexpr int kUnitsAtOnce = 16384;  ///< units between two looks at the clock

/// Where the line ends that holds `at`, or the text.
int endOfLine(const QString& text, int at) {
    const auto feed = text.indexOf(QLatin1Char('\n'), at);
    return static_cast<int>(feed < 0 ? text.size() : feed + 1);
}

int beginOfLine(const QString& text, int at) {
    return at == 0 ? 0 : static_cast<int>(text.lastIndexOf(QLatin1Char('\n'), at - 1)) + 1;
}

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
    connect(&view_, &ChatView::textChanged, this, &ChatFind::lookAgain);
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
    // What streams in must not put it off for ever.
    const bool streams = bridge_.session().generating();
    if (!streams || !slice_.isActive()) slice_.start(streams ? kBetweenSearches : 0ms);
}

std::span<const FoundRange> ChatFind::rangesIn(int message) const {
    const auto at = static_cast<std::size_t>(message);
    return at < looked_.size() ? std::span(looked_[at].ranges) : std::span<const FoundRange>();
}

// Nothing that is looked for goes over the end of a line, so lines are looked through one by one.
/// False when the slice's time was over first.
bool ChatFind::lookThrough(int message, const QElapsedTimer& clock) {
    const QString text = view_.messageText(message);
    const auto at = static_cast<std::size_t>(message);
    if (looked_.size() <= at) looked_.resize(at + 1);
    Looked& looked = looked_[at];
    const auto size = static_cast<int>(text.size());
    const int same = std::min({looked.to, view_.takeUnchanged(message), size});
    looked.to = same == looked.to ? same : beginOfLine(text, same);
    // The last line may go on.
    if (looked.to == size) looked.to = beginOfLine(text, size);
    std::erase_if(looked.ranges, [&](const FoundRange& range) { return range.end > looked.to; });
    while (looked.to < size) {
        const int end = endOfLine(text, std::min(looked.to + kUnitsAtOnce, size));
        for (const FoundRange& range : finder_.find(text.mid(looked.to, end - looked.to)))
            looked.ranges.push_back({looked.to + range.begin, looked.to + range.end});
        looked.to = end;
        if (std::chrono::milliseconds(clock.elapsed()) >= kFrameSlice) return looked.to == size;
    }
    return true;
}

void ChatFind::lookOn() {
    if (!active()) return;
    QElapsedTimer clock;
    clock.start();
    // The view may not know the newest messages yet: it says so when it does.
    const auto known = [this] { return next_ < messages() && next_ < view_.messageCount(); };
    while (known() && std::chrono::milliseconds(clock.elapsed()) < kFrameSlice)
        if (lookThrough(next_, clock)) ++next_;
    recount();
    if (known()) slice_.start(kBetweenLooks);
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
