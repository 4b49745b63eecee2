// Fuzz target: model.safetensors.index.json. See docs/fuzzing.md.
#include "engine/error.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/mutators.h"
#include "tests/fuzz/safetensors_invariants.h"
#include "tests/support/safetensors_writer.h"

namespace gatescope::test {

std::vector<std::string> fuzzSeeds() {
    return {R"({"metadata":{"total_size":16},"weight_map":{"a":"m-1.safetensors","b.weight":)"
            R"("m-2.safetensors","c":"m-1.safetensors"}})",
            R"({"weight_map": {"a": "model.safetensors"}, "other": [1, {"x": null}]})"};
}

}  // namespace gatescope::test

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t maxSize,
                                               unsigned seed) {
    return gatescope::test::mutateInPlace(data, size, maxSize, seed, gatescope::test::mutatedJson);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    try {
        gatescope::test::checkInvariants(
            gatescope::readSafetensorsIndex(gatescope::test::sourceOf(bytes), "fuzz"));
        ++gatescope::test::acceptedInputs;
    } catch (const gatescope::Error& error) {  // a refusal is a good answer
        gatescope::test::checkRefusal(error);
    }
    return 0;
}
