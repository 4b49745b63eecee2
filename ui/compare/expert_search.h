#pragma once

#include <QObject>
#include <QString>
#include <optional>
#include <string>
#include <vector>

#include "engine/decoder/intervention.h"
#include "engine/routing/run_comparison.h"
#include "ui/engine_bridge.h"

namespace gatescope {

/// The prompts of a file: of .jsonl one a line, a JSON text or an object with "text" or "prompt";
/// of others every line that is not blank. Throws Error(BadInput) naming the line.
std::vector<std::string> promptsOf(const QByteArray& content, bool jsonLines);
/// A table as RFC 4180 has it, with a head line: one row a contrast.
QByteArray contrastsAsCsv(const std::vector<Contrast>& contrasts);
/// `set` with `amount` more added to the expert's router logit.
InterventionSet withMoreBias(InterventionSet set, ExpertSite site, float amount);

/// Which experts are selected for the prompts of set A more often than for those of set B: reads
/// every prompt through the model, without writing a reply, and counts. One prompt at a time goes
/// to the engine, so that a message that is sent waits for one at most. UI thread only; never
/// blocks.
class ExpertSearch : public QObject {
    Q_OBJECT
  public:
    explicit ExpertSearch(EngineBridge& bridge, QObject* parent = nullptr);

    /// What there was goes. Empty, or why it cannot begin.
    QString start(std::vector<std::string> promptsA, std::vector<std::string> promptsB);
    void cancel();
    bool running() const { return running_; }
    int done() const { return done_; }  ///< prompts read
    int total() const { return static_cast<int>(prompts_.size()); }
    bool synthetic() const { return synthetic_; }

    /// rankedContrasts() of what has been counted.
    const std::vector<Contrast>& contrasts() const { return contrasts_; }
    const RoutingStats* a() const { return a_ ? &*a_ : nullptr; }
    const RoutingStats* b() const { return b_ ? &*b_ : nullptr; }

  Q_SIGNALS:
    void progressed();
    void finished();  ///< also when it was cancelled or failed: contrasts() are of what was read

  private:
    struct Prompt {
        std::string text;
        bool inA = false;
    };
    void next();
    void take(const Event& event, std::size_t prompt, quint64 search);
    void finish();

    EngineBridge& bridge_;
    std::vector<Prompt> prompts_;  ///< of both sets in turn
    std::optional<RoutingStats> a_;
    std::optional<RoutingStats> b_;
    std::vector<Contrast> contrasts_;
    int done_ = 0;
    bool running_ = false;
    bool synthetic_ = false;
    quint64 search_ = 0;  ///< events of older ones are dropped
};

}  // namespace gatescope
