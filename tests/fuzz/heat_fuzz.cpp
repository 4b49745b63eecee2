// Fuzz target: a heat file. See docs/fuzzing.md.
#include <algorithm>
#include <cmath>

#include "engine/offload/heat_file.h"
#include "engine/offload/keeping_rule.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/mutators.h"

namespace gatescope::test {
namespace {

/// Within its bounds, and the same again when it is written and read.
void checkTaken(const Heat& heat) {
    const HeatOrigin& origin = heat.origin();
    GS_CHECK(isFingerprint(origin.fingerprint));
    GS_CHECK(origin.numLayers >= 1 && origin.numExperts >= 1 && origin.halfLife > 0);
    GS_CHECK_EQ(
        heat.counts().size(),
        static_cast<std::size_t>(origin.numLayers) * static_cast<std::size_t>(origin.numExperts));
    for (const double count : heat.counts()) GS_CHECK(count >= 0 && std::isfinite(count));
    GS_CHECK(heatFromText(heatText(heat), "again") == heat);
    std::vector<int> order = hottestFirst(heat);
    std::ranges::sort(order);
    for (std::size_t i = 0; i < order.size(); ++i) GS_CHECK_EQ(order[i], static_cast<int>(i));
}

}  // namespace

std::vector<std::string> fuzzSeeds() {
    return {R"({"format": "gatescope-heat-1", "fingerprint": "0123456789abcdef", "model": "grok-1",
  "layers": 2, "experts": 3, "half_life": 10000, "tokens": 42,
  "counts": [[1.5, 0, 3], [2, 2, 0.25]]})",
            R"({"counts":[[0]],"tokens":0,"half_life":null,"experts":1,"layers":1,"model":"",)"
            R"("fingerprint":"ffffffffffffffff","format":"gatescope-heat-1"})",
            heatText(Heat({.fingerprint = "00112233445566aa",
                           .model = "a \"name\"\n\xC3\x84",
                           .numLayers = 3,
                           .numExperts = 8,
                           .halfLife = 0.5}))};
}

}  // namespace gatescope::test

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t maxSize,
                                               unsigned seed) {
    return gatescope::test::mutateInPlace(data, size, maxSize, seed, gatescope::test::mutatedJson);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    try {
        gatescope::test::checkTaken(gatescope::heatFromText(text, "fuzz"));
        ++gatescope::test::acceptedInputs;
    } catch (const gatescope::Error& error) {  // a refusal is a good answer
        gatescope::test::checkRefusal(error);
    }
    return 0;
}
