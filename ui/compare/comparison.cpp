#include "ui/compare/comparison.h"

#include <QCoreApplication>
#include <QThreadPool>
#include <utility>

#include "engine/tokenizer/tokenizer.h"

namespace gatescope {
namespace {

constexpr std::size_t kAlignedAtOnce = 2000;  ///< tokens of both whose alignment takes no time

/// To free thousands of tokens takes longer than a frame has.
void freeElsewhere(std::shared_ptr<const AlignedRuns> runs) {
    QThreadPool::globalInstance()->start([gone = std::move(runs)] {});
}

}  // namespace

Comparison::Comparison(EngineBridge& bridge, QObject* parent)
    : QObject(parent), bridge_(bridge), runs_(std::make_shared<const AlignedRuns>()) {}

Comparison::~Comparison() {
    stop_.request_stop();
}

void Comparison::setRuns(ComparedRun a, ComparedRun b) {
    forget();
    auto runs = std::make_shared<AlignedRuns>();
    runs->a = std::move(a);
    runs->b = std::move(b);
    counting_ = true;
    aligning_ = runs->a.tokens.size() + runs->b.tokens.size() > kAlignedAtOnce;
    if (!aligning_) {
        align(*runs);
        showAligned(runs);
    }
    work(runs);
}

void Comparison::clear() {
    if (empty() && complete()) return;
    forget();
    showAligned(std::make_shared<const AlignedRuns>());
}

/// What still comes is of other runs.
void Comparison::forget() {
    stopScoring();
    scoring_.reset();
    scoreWhenAligned_ = false;
    aligning_ = counting_ = false;
    stop_.request_stop();
    stop_ = std::stop_source();
    ++job_;
}

void Comparison::work(const std::shared_ptr<AlignedRuns>& runs) {
    // Only the UI thread may look whether this is still there, and still wants it.
    const auto post = [self = QPointer(this), job = job_](auto show) {
        QMetaObject::invokeMethod(qApp, [self, job, show] {
            if (self != nullptr && self->job_ == job) show(*self);
        });
    };
    QThreadPool::globalInstance()->start(
        [runs, post, isAligned = !aligning_, stop = stop_.get_token()] {
            if (!isAligned) {
                align(*runs);
                post([runs](Comparison& self) { self.showAligned(runs); });
            }
            std::shared_ptr<const RoutingDifference> difference;
            if (auto counted = routingDifference(*runs, stop))
                difference = std::make_shared<const RoutingDifference>(*std::move(counted));
            post([difference](Comparison& self) { self.showDifference(difference); });
        });
}

void Comparison::showAligned(std::shared_ptr<const AlignedRuns> runs) {
    aligning_ = false;
    freeElsewhere(std::exchange(runs_, std::move(runs)));
    difference_.reset();
    scores_.assign(a().tokens.size(), std::nullopt);
    scored_ = 0;
    Q_EMIT runsChanged();
    if (std::exchange(scoreWhenAligned_, false)) score();
}

void Comparison::showDifference(std::shared_ptr<const RoutingDifference> difference) {
    counting_ = false;
    difference_ = std::move(difference);
    Q_EMIT counted();
}

// ---------------------------------------------------------------- what needs the model

QString Comparison::whyNotScored() const {
    const ChatSession& session = bridge_.session();
    if (a().tokens.size() < 2) return tr("There is nothing to compare yet.");
    if (a().interventions == b().interventions)
        return tr("Both sides have the same interventions, so their distributions are the same.");
    const auto model = session.model();
    if (!model) return tr("No model is open: open the one that wrote A.");
    if (model->model != a().model) return tr("Another model is open than the one that wrote A.");
    if (session.generating()) return tr("A reply is being written.");
    return {};
}

void Comparison::score() {
    scoreWhenAligned_ = aligning_;
    if (aligning_) return;
    if (!whyNotScored().isEmpty() || scoring()) return;
    ScoreRequest request;
    const auto add = [&request](const std::vector<TokenRecord>& tokens,
                                const InterventionSet& set) {
        if (tokens.empty()) return;
        PromptSegment& segment = request.sequence.emplace_back();
        segment.interventions = set;
        for (const TokenRecord& token : tokens) segment.tokens.push_back(token.token);
    };
    for (const Message& message : a().before) {
        add(message.tokens, message.interventions);
        request.firstPosition += static_cast<int>(message.tokens.size());
    }
    add(a().tokens, a().interventions);
    firstScored_ = request.firstPosition;
    request.plain = a().interventions;
    request.changed = b().interventions;
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
            keep(0, {.klBits = 0, .plain = a().tokens[0].token, .changed = a().tokens[0].token});
        for (std::size_t i = 0; i < chunk->positions.size(); ++i) {
            const auto at = static_cast<std::size_t>(chunk->first - firstScored_) + i + 1;
            if (at >= scores_.size()) break;
            const PositionScore& position = chunk->positions[i];
            keep(at, {position.klBits, position.topPlain, position.topChanged});
        }
    }
    if (std::holds_alternative<ScoreFinished>(event)) scoring_.reset();
    Q_EMIT scoresChanged();
}

void Comparison::keep(std::size_t token, const Score& score) {
    if (!scores_[token]) ++scored_;
    scores_[token] = score;
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
