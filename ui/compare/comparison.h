#pragma once

#include <QObject>
#include <QPointer>
#include <QTimer>
#include <optional>
#include <utility>
#include <vector>

#include "engine/comparison/compared_run.h"
#include "ui/engine_bridge.h"

namespace gatescope {

/// What two runs have in common and where they part: their alignment, the difference of their
/// routing (counted in slices of a frame) and, on demand, how far each next-token distribution of A
/// moves under B's interventions (computed by the engine). UI thread only; never blocks.
class Comparison : public QObject {
    Q_OBJECT
  public:
    explicit Comparison(EngineBridge& bridge, QObject* parent = nullptr);

    void setRuns(ComparedRun a, ComparedRun b);
    void clear();
    bool empty() const { return a_.tokens.empty() && b_.tokens.empty(); }
    const ComparedRun& a() const { return a_; }
    const ComparedRun& b() const { return b_; }
    const std::vector<AlignedPair>& pairs() const { return pairs_; }
    const AlignmentCounts& counts() const { return counts_; }
    ComparedTokens over() const { return over_; }
    /// As far as counted; null: the runs have no routing of one shape.
    const RoutingDifference* difference() const { return difference_ ? &*difference_ : nullptr; }
    bool complete() const { return counted_ == pairs_.size(); }
    /// Counts what is left at once: for tests, dumps and files.
    void countNow();

    /// Why score() cannot be done now, for people; empty: it can.
    QString whyNotScored() const;
    void score();
    void stopScoring();
    bool scoring() const { return scoring_.has_value(); }
    int scored() const;  ///< tokens of A whose KL is known
    /// In bits, of the distribution that token `a` of A was drawn from; none where it is not known.
    std::optional<double> klBits(int a) const;
    /// What the model would most likely have said in the place of token `a`: plain, changed.
    std::optional<std::pair<QString, QString>> mostLikely(int a) const;

  Q_SIGNALS:
    void runsChanged();  ///< everything is new
    void counted();      ///< difference() has grown
    void scoresChanged();

  private:
    struct Score {
        double klBits = 0;
        TokenId plain = 0;
        TokenId changed = 0;
    };
    void countSlice(int columns);
    void take(const Event& event, GenerationId of);
    QString pieceOf(TokenId token) const;

    EngineBridge& bridge_;
    ComparedRun a_;
    ComparedRun b_;
    std::vector<AlignedPair> pairs_;
    AlignmentCounts counts_;
    ComparedTokens over_ = ComparedTokens::Aligned;
    std::optional<RoutingDifference> difference_;
    std::size_t counted_ = 0;                   ///< columns
    std::vector<std::optional<Score>> scores_;  ///< [tokens of A]
    std::optional<GenerationId> scoring_;
    int firstScored_ = 0;  ///< position of A's first token in the sequence that is scored
    QTimer slices_;
};

}  // namespace gatescope
