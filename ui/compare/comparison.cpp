#include "ui/compare/comparison.h"

#include <QElapsedTimer>
#include <algorithm>
#include <utility>

#include "engine/tokenizer/tokenizer.h"

namespace gatescope {
namespace {

constexpr qint64 kSliceMs = 3;  // of a frame's 16, beside the pump's 4
constexpr int kColumnsAtOnce = 16;

}  // namespace

Comparison::Comparison(EngineBridge& bridge, QObject* parent) : QObject(parent), bridge_(bridge) {
    slices_.setInterval(16);
    connect(&slices_, &QTimer::timeout, this, [this] {
        QElapsedTimer clock;
        clock.start();
        while (!complete() && clock.elapsed() < kSliceMs) countSlice(kColumnsAtOnce);
        if (complete()) slices_.stop();
        Q_EMIT counted();
    });
}

void Comparison::setRuns(ComparedRun a, ComparedRun b) {
    stopScoring();
    scoring_.reset();  // what still comes of it is of other runs
    a_ = std::move(a);
    b_ = std::move(b);
    pairs_ = alignRuns(a_, b_);
    counts_ = countPairs(pairs_);
    over_ = comparedTokens(pairs_, a_, b_);
    scores_.assign(a_.tokens.size(), std::nullopt);
    counted_ = 0;
    difference_.reset();
    if (const auto shape = commonShape(a_, b_)) {
        difference_.emplace(shape->first, shape->second);
        slices_.start();
    } else {
        counted_ = pairs_.size();
        slices_.stop();
    }
    Q_EMIT runsChanged();
}

void Comparison::clear() {
    if (!empty()) setRuns({}, {});
}

void Comparison::countSlice(int columns) {
    const auto count = std::min(static_cast<std::size_t>(columns), pairs_.size() - counted_);
    addColumns(a_, b_, std::span(pairs_).subspan(counted_, count), over_, *difference_);
    counted_ += count;
}

void Comparison::countNow() {
    while (!complete()) countSlice(kColumnsAtOnce);
    slices_.stop();
    Q_EMIT counted();
}

// ---------------------------------------------------------------- what needs the model

QString Comparison::whyNotScored() const {
    const ChatSession& session = bridge_.session();
    if (a_.tokens.size() < 2) return tr("There is nothing to compare yet.");
    if (a_.interventions == b_.interventions)
        return tr("Both sides have the same interventions, so their distributions are the same.");
    const auto model = session.model();
    if (!model) return tr("No model is open: open the one that wrote A.");
    if (model->model != a_.model) return tr("Another model is open than the one that wrote A.");
    if (session.generating()) return tr("A reply is being written.");
    return {};
}

void Comparison::score() {
    if (!whyNotScored().isEmpty() || scoring()) return;
    ScoreRequest request;
    const auto add = [&request](const std::vector<TokenRecord>& tokens,
                                const InterventionSet& set) {
        if (tokens.empty()) return;
        PromptSegment& segment = request.sequence.emplace_back();
        segment.interventions = set;
        for (const TokenRecord& token : tokens) segment.tokens.push_back(token.token);
    };
    for (const Message& message : a_.before) {
        add(message.tokens, message.interventions);
        request.firstPosition += static_cast<int>(message.tokens.size());
    }
    add(a_.tokens, a_.interventions);
    firstScored_ = request.firstPosition;
    request.plain = a_.interventions;
    request.changed = b_.interventions;
    bridge_.run([&](ChatSession& session) {
        // Events come in later pumps, when the id is known.
        auto id = std::make_shared<GenerationId>(0);
        *id = session.scoreAside(std::move(request),
                                 [this, id, alive = QPointer(this)](const auto& e) {
                                     if (alive) take(e, *id);
                                 });
        scoring_ = *id;
    });
    Q_EMIT scoresChanged();
}

void Comparison::stopScoring() {
    if (scoring()) bridge_.run([](ChatSession& session) { session.stopAside(); });
}

/// What was said about the token behind a position is about the one that stands there in A.
void Comparison::take(const Event& event, GenerationId of) {
    if (scoring_ != of) return;
    if (const auto* chunk = std::get_if<PositionsScored>(&event)) {
        if (firstScored_ > 0 && !scores_.empty() && chunk->first == firstScored_)
            scores_[0] =
                Score{.klBits = 0, .plain = a_.tokens[0].token, .changed = a_.tokens[0].token};
        for (std::size_t i = 0; i < chunk->positions.size(); ++i) {
            const auto at = static_cast<std::size_t>(chunk->first - firstScored_) + i + 1;
            if (at >= scores_.size()) break;
            const PositionScore& position = chunk->positions[i];
            scores_[at] = Score{position.klBits, position.topPlain, position.topChanged};
        }
    }
    if (std::holds_alternative<ScoreFinished>(event)) scoring_.reset();
    Q_EMIT scoresChanged();
}

int Comparison::scored() const {
    return static_cast<int>(std::count_if(
        scores_.begin(), scores_.end(), [](const auto& score) { return score.has_value(); }));
}

std::optional<double> Comparison::klBits(int a) const {
    const auto& score = scores_[static_cast<std::size_t>(a)];
    return score ? std::optional(score->klBits) : std::nullopt;
}

QString Comparison::pieceOf(TokenId token) const {
    const auto model = bridge_.session().model();
    if (!model || !model->tokenizer) return QString::number(token);
    const PieceSurface surface = model->tokenizer->surface(token);
    return surface.byte ? QStringLiteral("0x%1").arg(*surface.byte, 2, 16, QLatin1Char('0'))
                        : QString::fromStdString(surface.text);
}

std::optional<std::pair<QString, QString>> Comparison::mostLikely(int a) const {
    const auto& score = scores_[static_cast<std::size_t>(a)];
    if (!score || a == 0) return std::nullopt;
    return std::pair(pieceOf(score->plain), pieceOf(score->changed));
}

}  // namespace gatescope
