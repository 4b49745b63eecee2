#include "ui/compare/seed_runs.h"

#include <fmt/format.h>

#include <QPointer>
#include <array>
#include <utility>

#include "engine/error.h"

namespace gatescope {
namespace {

/// What stands before the first token that was written: also the reply's own head, which the
/// template gave.
std::vector<TokenId> promptOf(const ComparedRun& run) {
    std::vector<TokenId> ids;
    if (run.before.empty()) return ids;  // a whole conversation, or a prompt of its own
    for (const Message& message : run.before)
        for (const TokenRecord& token : message.tokens) ids.push_back(token.token);
    for (const TokenRecord& token : run.tokens) {
        if (token.generated) break;
        ids.push_back(token.token);
    }
    return ids;
}

/// What does not depend on the model that is open.
QString whyNoPair(const ComparedRun& a, const ComparedRun& b) {
    if (a.tokens.empty() || b.tokens.empty()) return SeedRuns::tr("Choose two runs first.");
    const auto prompt = promptOf(a);
    if (prompt.empty() || prompt != promptOf(b))
        return SeedRuns::tr(
            "The runs have no prompt in common: choose two versions of the last reply.");
    if (a.interventions == b.interventions)
        return SeedRuns::tr(
            "Both sides have the same interventions, so every seed would say the same.");
    if (a.interventions.pin || b.interventions.pin)
        return SeedRuns::tr(
            "Routes that are held to are those of one reply; another seed has none.");
    return {};
}

bool endedAsAsked(const Event& event) {
    if (const auto* reply = std::get_if<GenerationFinished>(&event))
        return reply->reason != FinishReason::Stopped && reply->reason != FinishReason::Failed;
    const auto* score = std::get_if<ScoreFinished>(&event);
    return score != nullptr && score->end == ScoreEnd::Done;
}

bool isLast(const Event& event) {
    return std::holds_alternative<GenerationFinished>(event) ||
           std::holds_alternative<ScoreFinished>(event);
}

}  // namespace

QByteArray seedsAsCsv(const std::vector<SeedOutcome>& outcomes) {
    std::string csv = "seed,kl_bits,differs_at,tokens_differing,plain_tokens,changed_tokens\r\n";
    for (const SeedOutcome& o : outcomes)
        csv += fmt::format("{},{},{},{},{},{}\r\n",
                           o.seed,
                           o.klBits,
                           o.firstDifference ? std::to_string(*o.firstDifference) : "",
                           o.differing,
                           o.plainTokens,
                           o.changedTokens);
    if (outcomes.size() < 2) return QByteArray::fromStdString(csv);
    const SeedSummary summary = summaryOf(outcomes);
    csv += "\r\nsummary,value,low,high\r\n";
    for (const auto& [name, estimate] :
         std::array{std::pair("kl_bits", &summary.klBits),
                    std::pair("first_token_differs", &summary.firstToken),
                    std::pair("reply_differs", &summary.replies),
                    std::pair("tokens_differing", &summary.tokens)})
        csv += fmt::format("{},{},{},{}\r\n", name, estimate->value, estimate->low, estimate->high);
    return QByteArray::fromStdString(csv);
}

SeedPair seedPair(const ComparedRun& a, const ComparedRun& b, const ChatSession& session) {
    SeedPair pair;
    pair.comparison.prompt = promptOf(a);
    pair.comparison.plain = a.interventions;
    pair.comparison.changed = b.interventions;
    pair.comparison.sampler = session.sampler();
    if (pair.comparison.sampler.seed == 0) pair.comparison.sampler.seed = 1;
    pair.whyNot = whyNoPair(a, b);
    if (!pair.whyNot.isEmpty()) return pair;
    const auto model = session.model();
    if (!model)
        pair.whyNot = SeedRuns::tr("No model is open: open the one that wrote A.");
    else if (model->model != a.model)
        pair.whyNot = SeedRuns::tr("Another model is open than the one that wrote A.");
    else if (session.generating())
        pair.whyNot = SeedRuns::tr("A reply is being written.");
    else if (pair.comparison.sampler.temperature == 0)
        pair.whyNot = SeedRuns::tr(
            "At temperature 0 every seed says the same: set another in the reply settings.");
    return pair;
}

SeedRuns::SeedRuns(EngineBridge& bridge, QObject* parent) : QObject(parent), bridge_(bridge) {}

QString SeedRuns::start(SeedComparison comparison) {
    const auto model = bridge_.session().model();
    if (!model) return tr("No model is open: open the one that wrote A.");
    try {
        validate(comparison);
        validate(comparison.plain, model->config);
        validate(comparison.changed, model->config);
    } catch (const Error& error) {  // a border: a number or a set that this model cannot have
        return QString::fromStdString(error.what());
    }
    clear();
    comparison_ = std::move(comparison);
    synthetic_ = model->synthetic;
    beginSeed();
    next();
    return {};
}

void SeedRuns::clear() {
    ++series_;
    run_.reset();
    outcomes_.clear();
    fault_.clear();
}

void SeedRuns::beginSeed() {
    run_.emplace(comparison_, comparison_.sampler.seed + outcomes_.size());
}

void SeedRuns::next() {
    auto request = run_->next();
    if (!request) {
        outcomes_.push_back(run_->outcome());
        if (static_cast<int>(outcomes_.size()) == total()) return finish();
        beginSeed();
        Q_EMIT progressed();
        request = run_->next();
    }
    const auto listener = [this, series = series_, alive = QPointer(this)](const Event& event) {
        if (alive) take(event, series);
    };
    bool begun = false;
    bridge_.run([&](ChatSession& session) {
        if (auto* reply = std::get_if<GenerationRequest>(&*request))
            session.generateAside(std::move(*reply), listener);
        else
            session.scoreAside(std::get<ScoreRequest>(std::move(*request)), listener);
        begun = true;
    });
    if (!begun) finish();
}

void SeedRuns::take(const Event& event, quint64 series) {
    if (series != series_ || !running()) return;
    if (const auto* failed = std::get_if<EngineFailed>(&event))
        fault_ = QString::fromStdString(failed->message);
    run_->take(event);
    if (!isLast(event)) return;
    if (!endedAsAsked(event)) return finish();
    run_->ended();
    next();
}

void SeedRuns::cancel() {
    if (!running()) return;
    bridge_.run([](ChatSession& session) { session.stopAside(); });
    finish();
}

void SeedRuns::finish() {
    ++series_;
    run_.reset();
    Q_EMIT finished();
}

}  // namespace gatescope
