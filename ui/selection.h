#pragma once

#include <QObject>
#include <optional>

#include "engine/ids.h"

namespace gatescope {

/// What is picked, for the whole window: a token of the trace and a cell of the heatmap. Every view
/// listens to this one object and writes to it; no view knows another. UI thread only.
class Selection : public QObject {
    Q_OBJECT
  public:
    explicit Selection(QObject* parent = nullptr) : QObject(parent) {}

    /// Index into the trace of the branch shown; empty: follow the newest token.
    std::optional<int> token() const { return token_; }
    std::optional<ExpertSite> site() const { return site_; }

    void selectToken(std::optional<int> index);
    void selectSite(std::optional<ExpertSite> site);
    /// Another conversation or branch: nothing picked there yet.
    void clear();

  Q_SIGNALS:
    void tokenSelected(std::optional<int> index);
    void siteSelected(std::optional<gatescope::ExpertSite> site);

  private:
    std::optional<int> token_;
    std::optional<ExpertSite> site_;
};

}  // namespace gatescope
