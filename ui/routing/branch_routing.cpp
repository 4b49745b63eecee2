#include "ui/routing/branch_routing.h"
#include "ui/frame_slice.h"

#include <QLocale>
#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace gatescope {
namespace {

constexpr std::chrono::milliseconds kBetweenSlices{8};
constexpr int kStep = 16;  ///< tokens between two looks at the clock: 1.3 ms for 64 layers of 8

}  // namespace

TokenRange nextRange(TokenRange counted, TokenRange wanted, int step) {
    const int moves = std::abs(counted.first - wanted.first) + std::abs(counted.end - wanted.end);
    const bool grows = counted.first == wanted.first && counted.end <= wanted.end;
    if (!grows && moves > wanted.size()) return {wanted.first, wanted.first};
    const auto towards = [&step](int from, int to) {
        const int move = std::clamp(to - from, -step, step);
        step -= std::abs(move);
        return from + move;
    };
    const int first = towards(counted.first, wanted.first);
    return {first, towards(counted.end, wanted.end)};
}

BranchRouting::BranchRouting(EngineBridge& bridge, Selection& selection, QObject* parent)
    : QObject(parent), bridge_(bridge), selection_(selection) {
    slices_.setSingleShot(true);
    connect(&slices_, &QTimer::timeout, this, [this] {
        work();
        Q_EMIT changed();
    });
    connect(&bridge_, &EngineBridge::traceGrew, this, &BranchRouting::branchChanged);
    connect(&bridge_, &EngineBridge::branchOpened, this, [this] { branchChanged(0); });
    connect(&selection_, &Selection::rangeSelected, this, &BranchRouting::changed);
}

void BranchRouting::branchChanged(int firstToken) {
    if (trace_ && firstToken < trace_->size()) {
        trace_.reset();
        resetStats();
        Q_EMIT traceReset();
    }
    Q_EMIT changed();
}

void BranchRouting::setPopulation(Population population) {
    if (population == population_) return;
    population_ = population;
    resetStats();
    Q_EMIT changed();
}

void BranchRouting::resetStats() {
    stats_.reset();
    counted_ = {};
}

const RoutingTrace* BranchRouting::trace() {
    want();
    return trace_.get();
}

const RoutingStats* BranchRouting::stats() {
    want();
    if (!stats_) return nullptr;
    const RoutingStats& stats = stats_->over(counted_.first, counted_.end);
    return stats.tokens() == 0 ? nullptr : &stats;
}

QString BranchRouting::describeCounted() {
    const RoutingStats* counted = stats();
    const QLocale locale;
    const QString tokens = locale.toString(counted == nullptr ? 0 : counted->tokens());
    QString text = population_ == Population::Generated ? tr("%1 generated tokens").arg(tokens)
                   : population_ == Population::Prompt  ? tr("%1 prompt tokens").arg(tokens)
                                                        : tr("%1 tokens").arg(tokens);
    if (selection_.range()) {
        const TokenRange shown = range();
        text +=
            tr(" of %1 to %2").arg(locale.toString(shown.first), locale.toString(shown.end - 1));
    }
    if (!complete()) text += tr(", still counting");
    return text;
}

TokenRange BranchRouting::range() const {
    const int size = trace_ ? trace_->size() : 0;
    const TokenRange wanted = selection_.range().value_or(TokenRange{0, size});
    const int first = std::clamp(wanted.first, 0, size);
    return {first, std::clamp(wanted.end, first, size)};
}

bool BranchRouting::complete() const {
    const ChatSession& session = bridge_.session();
    const int taken = trace_ ? trace_->size() : 0;
    const bool more = taken < session.traceSize() && session.traceToken(taken).routing != nullptr;
    return !more && counted_ == range();
}

// Work that is due is begun by whoever asks and goes on by itself, so that it ends even if nobody
// asks again.
void BranchRouting::want() {
    if (slices_.isActive() || complete()) return;
    work();
}

void BranchRouting::work() {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point end = Clock::now() + kFrameSlice;
    while (takeTokens(kStep) || countTokens(kStep)) {
        if (Clock::now() < end) continue;
        slices_.start(kBetweenSlices);
        return;
    }
}

void BranchRouting::countNow() {
    slices_.stop();
    while (takeTokens(kStep) || countTokens(kStep)) {
    }
}

bool BranchRouting::takeTokens(int count) {
    const ChatSession& session = bridge_.session();
    int next = trace_ ? trace_->size() : 0;
    const int end = std::min(session.traceSize(), next + count);
    for (; next < end; ++next) {
        const TokenRecord& token = session.traceToken(next);
        if (token.routing == nullptr) return false;  // computed later; everything behind it too
        if (!trace_)
            trace_ =
                std::make_unique<RoutingTrace>(token.routing->numLayers, token.routing->numExperts);
        trace_->append(token.routing,
                       token.generated ? TokenOrigin::Generated : TokenOrigin::Prompt);
    }
    return next < session.traceSize();
}

bool BranchRouting::countTokens(int count) {
    if (!trace_) return false;
    if (!stats_) stats_.emplace(*trace_, population_);
    const TokenRange wanted = range();
    if (counted_ == wanted) return false;
    counted_ = nextRange(counted_, wanted, count);
    stats_->over(counted_.first, counted_.end);
    return true;
}

}  // namespace gatescope
