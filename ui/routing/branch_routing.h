#pragma once

#include <QObject>
#include <QTimer>
#include <memory>
#include <optional>

#include "engine/routing/range_stats.h"
#include "engine/routing/routing_trace.h"
#include "ui/engine_bridge.h"
#include "ui/selection.h"

namespace gatescope {

/// Where a count that holds `counted` goes next on its way to `wanted`: at most `step` tokens come
/// or go, or it begins anew (an empty range) where that is less work.
TokenRange nextRange(TokenRange counted, TokenRange wanted, int step);

/// The routing of the branch shown, for all views: its trace, and the statistics of the range
/// picked there. Follows the session and the selection; counts only when somebody asks, and never
/// longer than a few milliseconds at a time, so a long conversation is counted over many frames.
/// Tokens of another shape than the first one (the conversation went on with another model) are
/// left out. UI thread only.
class BranchRouting : public QObject {
    Q_OBJECT
  public:
    BranchRouting(EngineBridge& bridge, Selection& selection, QObject* parent = nullptr);

    /// Of statistics; Generated at first: a prompt was not the model's choice.
    Population population() const { return population_; }
    void setPopulation(Population population);

    /// Tokens in order as far as they have been computed and taken in; null before the first. The
    /// same object until traceReset().
    const RoutingTrace* trace();
    /// A view has asked: tokens have been taken in.
    bool begun() const { return trace_ != nullptr; }
    /// Of the range picked, or of all; as far as counted. Null: no token of the population there.
    const RoutingStats* stats();
    /// stats() holds all of it.
    bool complete() const;
    /// Counts what is left at once, however long it takes: for files and dumps.
    void countNow();
    /// The range picked, cut to the trace; all of it where none is.
    TokenRange range() const;
    /// For people: "1,204 generated tokens of 300 to 2,000".
    QString describeCounted();

  Q_SIGNALS:
    /// What trace() gave is gone: another branch, or tokens of it were replaced.
    void traceReset();
    /// trace(), range, population, or how much of them is counted: views that are visible ask anew.
    void changed();

  private:
    void branchChanged(int firstToken);
    void rangeChanged();
    void resetStats();
    void want();
    void work();
    /// False when all that is there has been taken in.
    bool takeTokens(int count);
    bool countTokens(int count);

    EngineBridge& bridge_;
    Selection& selection_;
    Population population_ = Population::Generated;
    std::unique_ptr<RoutingTrace> trace_;
    std::optional<RangeStats> stats_;
    TokenRange counted_;
    QTimer slices_;
};

}  // namespace gatescope
