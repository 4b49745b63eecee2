#include "ui/conversations/routing_search.h"

#include <QPointer>
#include <utility>

namespace gatescope {

RoutingSearch::RoutingSearch(EngineBridge& bridge, QObject* parent)
    : QObject(parent), bridge_(bridge) {}

void RoutingSearch::start(const RoutingFilter& filter, std::vector<ConversationId> conversations) {
    cancel();
    filter_ = filter;
    conversations_ = std::move(conversations);
    searchNext();
}

void RoutingSearch::cancel() {
    stop_.request_stop();
    stop_ = {};
    conversations_.clear();
    next_ = 0;
    hits_.clear();
    unreadable_ = 0;
    firstFault_.clear();
}

void RoutingSearch::searchNext() {
    if (!running()) return;
    struct Answer {
        std::optional<FilterHits> hits;
        std::string fault;
    };
    auto answer = std::make_shared<Answer>();
    const ConversationId id = conversations_[next_];
    bridge_.store().read(
        [answer, id, filter = *filter_, stop = stop_.get_token()](const ConversationStore& store) {
            // One that is damaged, or was deleted meanwhile, must not end the search of the others.
            try {
                answer->hits = filterConversation(store, id, filter, stop);
            } catch (const Error& error) {
                answer->fault = error.what();
            }
        },
        [search = QPointer(this), answer, id, stop = stop_.get_token()] {
            if (!search || stop.stop_requested()) return;
            ++search->next_;
            if (answer->hits && answer->hits->matches > 0) search->hits_[id] = *answer->hits;
            if (!answer->fault.empty() && search->unreadable_++ == 0)
                search->firstFault_ = QString::fromStdString(answer->fault);
            Q_EMIT search->progressed();
            search->searchNext();
        });
}

}  // namespace gatescope
