#pragma once

#include <QObject>
#include <optional>

#include "engine/ids.h"

namespace gatescope {

/// Tokens [first, end) of the trace of the branch shown.
struct TokenRange {
    int first = 0;
    int end = 0;
    int size() const { return end - first; }
    bool contains(int token) const { return token >= first && token < end; }
    friend bool operator==(const TokenRange&, const TokenRange&) = default;
};

/// What is picked, for the whole window: a token of the trace, a cell of the heatmap and a range of
/// tokens; and what the mouse is over, which every view hints at without moving. Every view listens
/// to this one object and writes to it; no view knows another. UI thread only.
class Selection : public QObject {
    Q_OBJECT
  public:
    explicit Selection(QObject* parent = nullptr) : QObject(parent) {}

    /// Index into the trace of the branch shown; empty: follow the newest token.
    std::optional<int> token() const { return token_; }
    std::optional<ExpertSite> site() const { return site_; }
    /// What statistics are of; empty: the whole trace. Never an empty range.
    std::optional<TokenRange> range() const { return range_; }
    std::optional<int> hoveredToken() const { return hoveredToken_; }
    std::optional<ExpertSite> hoveredSite() const { return hoveredSite_; }

    void selectToken(std::optional<int> index);
    void selectSite(std::optional<ExpertSite> site);
    /// One without tokens is none.
    void selectRange(std::optional<TokenRange> range);
    void hoverToken(std::optional<int> index);
    void hoverSite(std::optional<ExpertSite> site);
    /// Another conversation or branch: nothing picked there yet.
    void clear();

  Q_SIGNALS:
    void tokenSelected(std::optional<int> index);
    void siteSelected(std::optional<gatescope::ExpertSite> site);
    void rangeSelected(std::optional<gatescope::TokenRange> range);
    void tokenHovered(std::optional<int> index);
    void siteHovered(std::optional<gatescope::ExpertSite> site);

  private:
    std::optional<int> token_;
    std::optional<ExpertSite> site_;
    std::optional<TokenRange> range_;
    std::optional<int> hoveredToken_;
    std::optional<ExpertSite> hoveredSite_;
};

}  // namespace gatescope
