// write_recording FILE SEED TOKENS LAYERS EXPERTS SELECTED [old]: a recording for the oracles; old:
// without what recordings have kept since lately.

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string_view>

#include "tests/unit/app/routed_recording.h"

namespace {

void forgetWhatIsNew(int /*index*/, gatescope::TokenRecord& token) {
    token.alternatives = nullptr;
    if (!token.routing) return;
    auto routing = std::make_shared<gatescope::RoutingRecord>(*token.routing);
    routing->logSumExps.clear();
    token.routing = std::move(routing);
}

}  // namespace

int main(int argc, char** argv) {
    const bool old = argc == 8 && std::string_view(argv[7]) == "old";
    if (argc != 7 && !old) {
        std::cerr << "usage: write_recording FILE SEED TOKENS LAYERS EXPERTS SELECTED [old]\n";
        return 2;
    }
    gatescope::test::writeRoutedRecording(
        argv[1],
        {.tokens = std::atoi(argv[3]),
         .layers = std::atoi(argv[4]),
         .experts = std::atoi(argv[5]),
         .selected = std::atoi(argv[6])},
        static_cast<unsigned>(std::atoi(argv[2])),
        old ? forgetWhatIsNew : std::function<void(int, gatescope::TokenRecord&)>());
    return 0;
}
