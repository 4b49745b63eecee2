#pragma once

#include <QObject>
#include <QPointer>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "engine/comparison/compared_run.h"
#include "ui/engine_bridge.h"

namespace gatescope {

/// What two runs have in common and where they part: their alignment, the difference of their
/// routing (a worker thread computes both) and, on demand, how far each next-token distribution of
/// A moves under B's interventions (computed by the engine). UI thread only; never blocks.
class Comparison : public QObject {
    Q_OBJECT
  public:
    explicit Comparison(EngineBridge& bridge, QObject* parent = nullptr);
    ~Comparison() override;

    /// Short runs are aligned at once; until long ones are, what was there before stays. Their
    /// difference follows. What is asked for meanwhile takes the place of this.
    void setRuns(ComparedRun a, ComparedRun b);
    void clear();
    bool empty() const { return runs_->a.tokens.empty() && runs_->b.tokens.empty(); }
    const ComparedRun& a() const { return runs_->a; }
    const ComparedRun& b() const { return runs_->b; }
    const std::vector<AlignedPair>& pairs() const { return runs_->pairs; }
    const AlignmentCounts& counts() const { return runs_->counts; }
    ComparedTokens over() const { return runs_->over; }
    /// Null: not counted yet, or there is nothing to count (routingDifference()).
    const RoutingDifference* difference() const { return difference_.get(); }
    bool complete() const { return !aligning_ && !counting_; }

    /// Why score() cannot be done now, for people; empty: it can.
    QString whyNotScored() const;
    void score();  ///< of runs that are being aligned, when they are
    void stopScoring();
    bool scoring() const { return scoring_.has_value(); }
    int scored() const { return scored_; }  ///< tokens of A whose KL is known
    /// In bits, of the distribution that token `a` of A was drawn from; none where it is not known.
    std::optional<double> klBits(int a) const;
    /// What the model would most likely have said in the place of token `a`: plain, changed.
    std::optional<std::pair<QString, QString>> mostLikely(int a) const;

  Q_SIGNALS:
    void runsChanged();  ///< everything is new; difference() follows
    void counted();      ///< difference() is there
    void scoresChanged();

  private:
    struct Score {
        double klBits = 0;
        TokenId plain = 0;
        TokenId changed = 0;
    };
    void forget();
    void work(const std::shared_ptr<AlignedRuns>& runs);
    void showAligned(std::shared_ptr<const AlignedRuns> runs);
    void showDifference(std::shared_ptr<const RoutingDifference> difference);
    void take(const Event& event, GenerationId of);
    void keep(std::size_t token, const Score& score);
    QString pieceOf(TokenId token) const;

    EngineBridge& bridge_;
    std::shared_ptr<const AlignedRuns> runs_;              ///< never null
    std::shared_ptr<const RoutingDifference> difference_;  ///< of runs_
    bool aligning_ = false;                                ///< other runs than runs_
    bool counting_ = false;
    bool scoreWhenAligned_ = false;
    quint64 job_ = 0;  ///< answers to older ones are dropped
    std::stop_source stop_;
    std::vector<std::optional<Score>> scores_;  ///< [tokens of A]
    int scored_ = 0;                            ///< of them there
    std::optional<GenerationId> scoring_;
    int firstScored_ = 0;  ///< position of A's first token in the sequence that is scored
};

}  // namespace gatescope
