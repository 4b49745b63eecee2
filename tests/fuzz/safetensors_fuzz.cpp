// Fuzz target: the header of a safetensors file. See docs/fuzzing.md.
#include "engine/error.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/mutators.h"
#include "tests/fuzz/safetensors_invariants.h"
#include "tests/support/malformed_safetensors.h"

namespace gatescope::test {

std::vector<std::string> fuzzSeeds() {
    GoodHeader metadata;
    metadata.before = R"("__metadata__":{"format":"pt","a":"\u00e9"},)";
    GoodHeader packedTypes;
    packedTypes.entry = R"({"dtype":"F4","shape":[4,4],"data_offsets":[0,8]})";
    GoodHeader empty;
    empty.behind = R"(,"c":{"dtype":"BOOL","shape":[0,3],"data_offsets":[12,12]})";
    return {GoodHeader{}.bytes(),
            metadata.bytes(),
            packedTypes.bytes(),
            empty.bytes(),
            safetensorsOf("{}", "")};
}

}  // namespace gatescope::test

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t maxSize,
                                               unsigned seed) {
    return gatescope::test::mutateInPlace(
        data, size, maxSize, seed, gatescope::test::mutatedSafetensors);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    try {
        gatescope::test::checkInvariants(
            gatescope::readSafetensorsHeader(gatescope::test::sourceOf(bytes), "fuzz"), size);
        ++gatescope::test::acceptedInputs;
    } catch (const gatescope::Error& error) {  // a refusal is a good answer
        gatescope::test::checkRefusal(error);
    }
    return 0;
}
