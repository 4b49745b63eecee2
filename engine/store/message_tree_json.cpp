#include "engine/store/message_tree_json.h"

#include <nlohmann/json.hpp>

#include "engine/store/settings_json.h"

namespace gatescope {

std::string messageTreeJson(const std::vector<Message>& messages) {
    using nlohmann::json;
    json tree = json::array();
    for (const Message& m : messages)
        tree.push_back({{"id", m.id},
                        {"parent", m.parent == 0 ? json() : json(m.parent)},
                        {"role", name(m.role)},
                        {"text", m.text},
                        {"state", m.state == MessageState::Complete ? "complete" : "interrupted"},
                        {"finish_reason", m.finishReason ? json(name(*m.finishReason)) : json()},
                        {"created_ms", m.createdMs},
                        {"sampler", json::parse(toJson(m.sampler))},
                        {"interventions", json::parse(toJson(m.interventions))}});
    return tree.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace gatescope
