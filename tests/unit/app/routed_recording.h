#pragma once

#include <filesystem>
#include <functional>
#include <random>

#include "engine/store/conversation.h"

namespace gatescope::test {

struct RoutedShape {
    int tokens = 60;
    int layers = 3;
    int experts = 8;
    int selected = 2;
};

/// Writes a recording of a prompt (a third of the tokens) and a reply. Routings are drawn from
/// `routingSeed`, with preferences, so that no statistic is at its chance level; ids are few, so
/// that some are frequent; every 13th token has no routing. `change` may alter each token.
void writeRoutedRecording(const std::filesystem::path& file,
                          const RoutedShape& shape,
                          unsigned routingSeed,
                          const std::function<void(int, TokenRecord&)>& change = {});

}  // namespace gatescope::test
