#pragma once

#include <nlohmann/json.hpp>

namespace gatescope {

class ChartFrame;
class ConversationListModel;
class FindPanel;
class ModelPanel;
class WaterfallView;
struct MemoryPlan;

// What `dump` writes of one dock each, as it is shown.

/// {"summary", "keys", "rows": [{"keys", "statistic", "value", "count", "chance", "interval"}]},
/// null where there is none; of transitions drawn as a flow also that: {"flow": {"from", "to",
/// "amounts" [from][to]}}.
nlohmann::json dumpOf(const ChartFrame& chart);
/// {"row_order", "tokens", "follows", "tokens_in_a_sample", "first_sample", "lines": [[layer,
/// expert]...] from the top, "peaks" [lines][samples]: the largest probability of each stretch of
/// tokens in sight}.
nlohmann::json dumpOf(const WaterfallView& view);
/// Every parameter with its place, the routers and the histogram as far as they were asked for.
nlohmann::json dumpOf(const ModelPanel& panel);
/// Bytes of each device.
nlohmann::json dumpOf(const MemoryPlan& plan);
/// The contrasts in the order of their rank; null: nothing has been searched for.
nlohmann::json dumpOf(const FindPanel& panel);
/// The rows of the list, from the top.
nlohmann::json dumpOf(const ConversationListModel& list);

}  // namespace gatescope
