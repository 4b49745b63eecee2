// Fuzz target: the pickle reader. See docs/fuzzing.md.
#include <filesystem>

#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/mutators.h"
#include "tests/fuzz/pickle_invariants.h"
#include "tests/support/pickle_cases.h"
#include "tests/support/pickle_writer.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

namespace gatescope::test {

std::vector<std::string> fuzzSeeds() {
    std::vector<std::string> seeds{pickleOf({DType::F32, {2, 3}, std::string(24, '\x3f')}),
                                   pickleOf({DType::I8, {2, 8, 3}, std::string(48, '\x05')},
                                            {DType::BF16, {2, 2, 3}, std::string(24, '\x3c')})};
    for (const char* name : {"jax_bf16",
                             "jax_quantized",
                             "model_quantized",
                             "numpy2_bf16",
                             "numpy2_f16",
                             "numpy2_f32_protocol3",
                             "numpy2_quantized"})
        seeds.push_back(readBytes(dataDir() / "pickles" / (std::string(name) + ".pickle")));
    return seeds;
}

}  // namespace gatescope::test

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t maxSize,
                                               unsigned seed) {
    return gatescope::test::mutateInPlace(
        data, size, maxSize, seed, gatescope::test::mutatedPickle);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    try {
        gatescope::test::checkInvariants(gatescope::test::readPickle(bytes), size);
        ++gatescope::test::acceptedInputs;
    } catch (const gatescope::Error& error) {  // a refusal is a good answer
        gatescope::test::checkRefusal(error);
    }
    return 0;
}
