#pragma once

#include <QObject>
#include <QTimer>
#include <optional>
#include <vector>

#include "engine/routing/filter/routing_filter.h"
#include "ui/engine_bridge.h"

namespace gatescope {

/// The tokens of the branch shown that match a filter, for every view that marks them and for
/// whatever acts on them. Follows the session; works in slices of a few milliseconds, and not at
/// all while there is no filter. UI thread only.
class TokenFilter : public QObject {
    Q_OBJECT
  public:
    explicit TokenFilter(EngineBridge& bridge, QObject* parent = nullptr);

    /// docs/filter.md; blank: none. A mistake leaves no filter and says what is wrong.
    void setExpression(const QString& expression);
    const QString& expression() const { return expression_; }
    /// Nothing when there is no filter, or a mistake in it.
    const std::optional<RoutingFilter>& filter() const { return filter_; }
    /// "column 7: expected ..."; empty: none.
    const QString& problem() const { return problem_; }

    /// Indices into the trace, rising, as far as looked at.
    const std::vector<int>& matches() const { return matches_; }
    bool isMatch(int token) const;
    /// How many tokens have been looked at, and whether that is all of them.
    int evaluated() const { return evaluated_; }
    bool complete() const;
    /// Looks at what is left at once, however long it takes: for files and dumps.
    void finish();
    /// The match behind (step 1) or before (step -1) a token, going round at the ends; empty: there
    /// is no match. `from` empty: from outside.
    std::optional<int> neighbour(std::optional<int> from, int step) const;
    /// For people: "37 of 1,204 tokens"; empty without a filter.
    QString describe() const;

  Q_SIGNALS:
    /// Expression, problem or matches are others now.
    void changed();

  private:
    /// The session's branch as filters see it.
    class SessionTokens : public FilterTokens {
      public:
        explicit SessionTokens(const ChatSession& session) : session_(session) {}
        int size() const override { return session_.traceSize(); }
        FilterToken at(int index) const override;

      private:
        const ChatSession& session_;
    };

    void branchChanged(int firstToken);
    void work();
    void evaluateNext();

    EngineBridge& bridge_;
    const SessionTokens tokens_;
    QString expression_;
    QString problem_;
    std::optional<RoutingFilter> filter_;
    std::optional<FilterRun> run_;
    std::vector<int> matches_;
    int evaluated_ = 0;
    QTimer slices_;
};

}  // namespace gatescope
