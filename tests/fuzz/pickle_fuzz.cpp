// libFuzzer harness of the pickle reader; built with -DGATESCOPE_FUZZ=ON and clang. Seeds:
// tests/data/pickles.
//   build/fuzz/bin/pickle_fuzz -rss_limit_mb=512 -malloc_limit_mb=64 -timeout=1 corpus
//   tests/data/pickles
#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/fuzz/pickle_invariants.h"
#include "tests/support/pickle_cases.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    try {
        gatescope::test::checkInvariants(gatescope::test::readPickle(bytes), size);
    } catch (const gatescope::Error&) {  // a refusal is a good answer
    }
    return 0;
}
