// Fuzz target: the config.json beside an xAI checkpoint. See docs/fuzzing.md.
#include "engine/error.h"
#include "engine/model/xai/xai_config.h"
#include "tests/fuzz/config_invariants.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/mutators.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

namespace gatescope::test {

std::vector<std::string> fuzzSeeds() {
    return {readBytes(dataDir() / "huggingface/xai/config.json"),
            R"({"vocab_size": 131072, "emb_size": 6144, "num_layers": 64, "widening_factor": 8})",
            R"({"vocab_size":64,"emb_size":32,"num_layers":2,"ffn_size":7,"rms_norm_eps":1e-6})"};
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
        const gatescope::ModelConfig config = gatescope::parseXaiConfig(text, "fuzz");
        validate(config, "fuzz");
        gatescope::test::checkInvariants(config);
        ++gatescope::test::acceptedInputs;
    } catch (const gatescope::Error& error) {  // a refusal is a good answer
        gatescope::test::checkRefusal(error);
    }
    return 0;
}
