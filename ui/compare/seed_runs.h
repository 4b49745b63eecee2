#pragma once

#include <QByteArray>
#include <QObject>
#include <QString>
#include <optional>
#include <vector>

#include "engine/comparison/compared_run.h"
#include "engine/comparison/seed_run.h"
#include "ui/engine_bridge.h"

namespace gatescope {

/// A table as RFC 4180 has it, with a head line: one row a seed, then the summary's rows.
QByteArray seedsAsCsv(const std::vector<SeedOutcome>& outcomes);

/// What tells two runs of one prompt apart, with the conversation's sampler; its seed 0 is 1 here,
/// as a series begins somewhere. The prompt is what stands before what both wrote. Empty `whyNot`:
/// it can be run; else a sentence for people.
struct SeedPair {
    SeedComparison comparison;
    QString whyNot;
};
SeedPair seedPair(const ComparedRun& a, const ComparedRun& b, const ChatSession& session);

/// Runs a comparison over seeds beside the conversation, one reply or measurement at a time, so
/// that a message that is sent waits for one at most and ends it. UI thread only; never blocks.
class SeedRuns : public QObject {
    Q_OBJECT
  public:
    explicit SeedRuns(EngineBridge& bridge, QObject* parent = nullptr);

    /// What there was goes. Empty, or why it cannot begin.
    QString start(SeedComparison comparison);
    void cancel();
    bool running() const { return run_.has_value(); }
    int total() const { return comparison_.seeds; }
    const SeedComparison& comparison() const { return comparison_; }
    bool synthetic() const { return synthetic_; }
    /// Of the seeds that are through, in order.
    const std::vector<SeedOutcome>& outcomes() const { return outcomes_; }
    /// Why it ended before the last seed: a fault's sentence; empty: it did not, or was stopped.
    const QString& fault() const { return fault_; }
    void clear();

  Q_SIGNALS:
    void progressed();
    void finished();  ///< also when it was stopped or failed: outcomes() are of what was run

  private:
    void beginSeed();
    void next();
    void take(const Event& event, quint64 series);
    void finish();

    EngineBridge& bridge_;
    SeedComparison comparison_;
    std::vector<SeedOutcome> outcomes_;
    std::optional<SeedRun> run_;  ///< of the seed that is being run
    QString fault_;
    bool synthetic_ = false;
    quint64 series_ = 0;  ///< events of older ones are dropped
};

}  // namespace gatescope
