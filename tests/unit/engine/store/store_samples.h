#pragma once

#include <random>
#include <string>
#include <vector>

#include "engine/store/conversation.h"

namespace gatescope::test {

/// Router probabilities like a router's: a softmax of seeded normal logits. Largest first selected.
RoutingRecordPtr randomRecord(std::mt19937& random, int layers, int experts, int selected);

/// Tokens whose texts join to `text`, a word each.
std::vector<TokenRecord> tokensOf(const std::string& text,
                                  std::mt19937& random,
                                  int layers = 4,
                                  int experts = 8,
                                  int selected = 2);

/// The record as f16 keeps it.
RoutingRecord roundedToHalf(RoutingRecord record);

}  // namespace gatescope::test
