#include "ui/routing/token_filter.h"

#include <QLocale>
#include <algorithm>
#include <chrono>

#include "engine/store/branch_tokens.h"
#include "ui/frame_slice.h"

namespace gatescope {
namespace {

constexpr std::chrono::milliseconds kBetweenSlices{8};

}  // namespace

FilterToken TokenFilter::SessionTokens::at(int index) const {
    const int message = session_.messageOfToken(index);
    return filterToken(session_.traceToken(index),
                       session_.messages()[static_cast<std::size_t>(message)],
                       message);
}

TokenFilter::TokenFilter(EngineBridge& bridge, QObject* parent)
    : QObject(parent), bridge_(bridge), tokens_(bridge.session()) {
    slices_.setSingleShot(true);
    connect(&slices_, &QTimer::timeout, this, &TokenFilter::work);
    connect(&bridge_, &EngineBridge::traceGrew, this, &TokenFilter::branchChanged);
    connect(&bridge_, &EngineBridge::branchOpened, this, [this] { branchChanged(0); });
}

void TokenFilter::setExpression(const QString& expression) {
    const QString wanted = expression.trimmed();
    if (wanted == expression_) return;
    expression_ = wanted;
    problem_.clear();
    filter_.reset();
    run_.reset();
    if (!wanted.isEmpty()) {
        auto parsed = RoutingFilter::parse(wanted.toStdString());
        filter_ = std::move(parsed.filter);
        problem_ = QString::fromStdString(parsed.problem.sentence);
        if (filter_) run_.emplace(*filter_, tokens_);
    }
    branchChanged(0);
    Q_EMIT changed();
}

void TokenFilter::branchChanged(int firstToken) {
    if (filter_) {
        const int within = std::min(firstToken, tokens_.size());
        firstToken = within == 0 ? 0 : firstAffected(*filter_, tokens_, within);
    }
    evaluated_ = std::min(evaluated_, firstToken);
    matches_.erase(std::ranges::lower_bound(matches_, evaluated_), matches_.end());
    if (filter_ && !slices_.isActive()) slices_.start(0);
}

void TokenFilter::work() {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point end = Clock::now() + kFrameSlice;
    while (!complete() && Clock::now() < end) evaluateNext();
    if (!complete()) slices_.start(kBetweenSlices);
    Q_EMIT changed();
}

void TokenFilter::finish() {
    slices_.stop();
    while (!complete()) evaluateNext();
    Q_EMIT changed();
}

void TokenFilter::evaluateNext() {
    if (run_->matches(evaluated_)) matches_.push_back(evaluated_);
    ++evaluated_;
}

bool TokenFilter::complete() const {
    return !filter_ || evaluated_ >= tokens_.size();
}

bool TokenFilter::isMatch(int token) const {
    return std::ranges::binary_search(matches_, token);
}

std::optional<int> TokenFilter::neighbour(std::optional<int> from, int step) const {
    if (matches_.empty()) return std::nullopt;
    if (step > 0) {
        const auto next = from ? std::ranges::upper_bound(matches_, *from) : matches_.begin();
        return next == matches_.end() ? matches_.front() : *next;
    }
    const auto behind = from ? std::ranges::lower_bound(matches_, *from) : matches_.end();
    return behind == matches_.begin() ? matches_.back() : *std::prev(behind);
}

QString TokenFilter::describe() const {
    if (!filter_) return {};
    const QLocale locale;
    const QString text = tr("%1 of %2 tokens")
                             .arg(locale.toString(static_cast<qulonglong>(matches_.size())),
                                  locale.toString(evaluated_));
    return complete() ? text : tr("%1, still looking").arg(text);
}

}  // namespace gatescope
