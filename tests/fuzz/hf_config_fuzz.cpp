// Fuzz target: a Hugging Face config.json. See docs/fuzzing.md.
#include "engine/error.h"
#include "engine/model/safetensors/hf_config.h"
#include "tests/fuzz/config_invariants.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/mutators.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

namespace gatescope::test {

std::vector<std::string> fuzzSeeds() {
    const auto fixtures = dataDir() / "huggingface";
    return {readBytes(fixtures / "hpcai/config.json"),
            readBytes(fixtures / "keyfan/config.json"),
            readBytes(fixtures / "sglang-tp8/config.json")};
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
        const gatescope::ModelConfig config = gatescope::parseHfConfig(text, "fuzz").model;
        validate(config, "fuzz");
        gatescope::test::checkInvariants(config);
        ++gatescope::test::acceptedInputs;
    } catch (const gatescope::Error& error) {  // a refusal is a good answer
        gatescope::test::checkRefusal(error);
    }
    return 0;
}
