#include "ui/compare/expert_search.h"

#include <fmt/format.h>

#include <QPointer>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/error.h"

namespace gatescope {
namespace {

using Json = nlohmann::json;

std::string promptOf(const Json& line, int number) {
    if (line.is_string()) return line.get<std::string>();
    for (const char* key : {"text", "prompt"})
        if (line.is_object() && line.contains(key) && line[key].is_string())
            return line[key].get<std::string>();
    throw Error(
        ErrorKind::BadInput,
        fmt::format("line {}: expected a text, or an object with \"text\" or \"prompt\", "
                    "found {}",
                    number,
                    line.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 60)));
}

Json parsed(const std::string& line, int number) {
    try {
        return Json::parse(line);
    } catch (const Json::exception& error) {  // the library's own, not ours
        throw Error(ErrorKind::BadInput,
                    fmt::format("line {}: this is no JSON ({})", number, error.what()));
    }
}

}  // namespace

std::vector<std::string> promptsOf(const QByteArray& content, bool jsonLines) {
    std::vector<std::string> prompts;
    int number = 0;
    for (const QByteArray& raw : content.split('\n')) {
        ++number;
        if (raw.trimmed().isEmpty()) continue;
        std::string line = raw.toStdString();
        if (line.back() == '\r') line.pop_back();
        prompts.push_back(jsonLines ? promptOf(parsed(line, number), number) : std::move(line));
    }
    std::erase(prompts, std::string());
    return prompts;
}

QByteArray contrastsAsCsv(const std::vector<Contrast>& contrasts) {
    std::string csv =
        "layer,expert,difference,low,high,count_a,tokens_a,count_b,tokens_b,stands,thin\r\n";
    for (const Contrast& c : contrasts)
        csv += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\r\n",
                           c.layer,
                           c.expert,
                           c.difference,
                           c.low,
                           c.high,
                           c.countA,
                           c.tokensA,
                           c.countB,
                           c.tokensB,
                           c.stands() ? 1 : 0,
                           c.thin ? 1 : 0);
    return QByteArray::fromStdString(csv);
}

InterventionSet withMoreBias(InterventionSet set, ExpertSite site, float amount) {
    const auto found = std::ranges::find(set.bias, site, &ExpertBias::site);
    if (found == set.bias.end()) {
        set.bias.insert(std::ranges::upper_bound(set.bias, site, {}, &ExpertBias::site),
                        {site, amount});
    } else if (found->amount + amount == 0) {
        set.bias.erase(found);
    } else {
        found->amount += amount;
    }
    return set;
}

ExpertSearch::ExpertSearch(EngineBridge& bridge, QObject* parent)
    : QObject(parent), bridge_(bridge) {}

QString ExpertSearch::start(std::vector<std::string> promptsA, std::vector<std::string> promptsB) {
    if (running_) return tr("A search is running: cancel it first.");
    const auto model = bridge_.session().model();
    if (!model) return tr("No model is open: open one first.");
    if (bridge_.session().generating()) return tr("A reply is being written: stop it first.");
    if (promptsA.empty() || promptsB.empty())
        return tr("Both sets need a prompt: one a line, or load a file.");
    ++search_;
    prompts_.clear();
    // In turn, so that what a search that was cancelled has read is of both.
    for (std::size_t i = 0; i < std::max(promptsA.size(), promptsB.size()); ++i) {
        if (i < promptsA.size()) prompts_.push_back({std::move(promptsA[i]), true});
        if (i < promptsB.size()) prompts_.push_back({std::move(promptsB[i]), false});
    }
    a_.emplace(model->config.numLayers, model->config.numExperts);
    b_.emplace(model->config.numLayers, model->config.numExperts);
    contrasts_.clear();
    synthetic_ = model->synthetic;
    done_ = 0;
    running_ = true;
    next();
    return {};
}

void ExpertSearch::next() {
    if (done_ == total()) return finish();
    ScoreRequest request;
    const auto prompt = static_cast<std::size_t>(done_);
    request.plain = bridge_.session().interventions();
    request.sequence = {
        {.text = prompts_[prompt].text, .tokens = {}, .interventions = request.plain}};
    bool begun = false;
    bridge_.run([&](ChatSession& session) {
        session.scoreAside(std::move(request),
                           [this, prompt, search = search_, alive = QPointer(this)](const auto& e) {
                               if (alive) take(e, prompt, search);
                           });
        begun = true;
    });
    if (!begun) finish();
}

void ExpertSearch::take(const Event& event, std::size_t prompt, quint64 search) {
    if (search != search_ || !running_) return;
    RoutingStats& stats = prompts_[prompt].inA ? *a_ : *b_;
    if (const auto* read = std::get_if<PositionsScored>(&event)) {
        for (const PositionScore& position : read->positions)
            if (position.plain->numLayers == stats.numLayers() &&
                position.plain->numExperts == stats.numExperts())
                stats.add(*position.plain);
    } else if (const auto* end = std::get_if<ScoreFinished>(&event)) {
        if (end->end != ScoreEnd::Done) return finish();
        ++done_;
        Q_EMIT progressed();
        next();
    }
}

void ExpertSearch::cancel() {
    if (!running_) return;
    bridge_.run([](ChatSession& session) { session.stopAside(); });
    finish();
}

void ExpertSearch::finish() {
    running_ = false;
    contrasts_ = rankedContrasts(*a_, *b_);
    Q_EMIT finished();
}

}  // namespace gatescope
