// write_recording FILE SEED TOKENS LAYERS EXPERTS SELECTED: a recording for analyse_oracle.py.

#include <cstdlib>
#include <iostream>

#include "tests/unit/app/routed_recording.h"

int main(int argc, char** argv) {
    if (argc != 7) {
        std::cerr << "usage: write_recording FILE SEED TOKENS LAYERS EXPERTS SELECTED\n";
        return 2;
    }
    gatescope::test::writeRoutedRecording(argv[1],
                                          {.tokens = std::atoi(argv[3]),
                                           .layers = std::atoi(argv[4]),
                                           .experts = std::atoi(argv[5]),
                                           .selected = std::atoi(argv[6])},
                                          static_cast<unsigned>(std::atoi(argv[2])));
    return 0;
}
