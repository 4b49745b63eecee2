#pragma once

#include <QObject>
#include <map>
#include <memory>
#include <stop_token>
#include <vector>

#include "engine/store/library_filter.h"
#include "ui/engine_bridge.h"

namespace gatescope {

/// A filter over routing and text, run over all conversations of the library. One conversation
/// after the other on the store's reading thread, so that what is written meanwhile does not wait;
/// hits come as they are found. Cancelled by cancel() or the next start(), also within a
/// conversation. UI thread only.
class RoutingSearch : public QObject {
    Q_OBJECT
  public:
    explicit RoutingSearch(EngineBridge& bridge, QObject* parent = nullptr);
    ~RoutingSearch() override { cancel(); }

    void start(const RoutingFilter& filter, std::vector<ConversationId> conversations);
    void cancel();
    bool running() const { return next_ < conversations_.size(); }
    /// Conversations with a match, as far as looked at.
    const std::map<ConversationId, FilterHits>& hits() const { return hits_; }
    int looked() const { return static_cast<int>(next_); }
    int total() const { return static_cast<int>(conversations_.size()); }
    /// Of these, how many could not be read, and what was wrong with the first.
    int unreadable() const { return unreadable_; }
    const QString& firstFault() const { return firstFault_; }

  Q_SIGNALS:
    void progressed();

  private:
    void searchNext();

    EngineBridge& bridge_;
    std::optional<RoutingFilter> filter_;
    std::vector<ConversationId> conversations_;
    std::size_t next_ = 0;
    std::map<ConversationId, FilterHits> hits_;
    int unreadable_ = 0;
    QString firstFault_;
    std::stop_source stop_;
};

}  // namespace gatescope
