// Fuzz target: the GGUF reader, from the container to the tokenizer. See docs/fuzzing.md.
#include <cstring>

#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/gguf_invariants.h"
#include "tests/fuzz/mutators.h"

namespace {

using gatescope::test::extremeNumber;
using gatescope::test::FuzzRandom;
using gatescope::test::GgufWriter;

/// A file with keys, tensors or both changed as structures: lengths and offsets stay right, so that
/// what lies behind them is reached.
std::string bentModel(FuzzRandom& random) {
    GgufWriter writer =
        random.oneIn(4) ? gatescope::test::smallGguf() : gatescope::test::smallestModel();
    const std::size_t changes = 1 + random.below(3);
    for (std::size_t i = 0; i < changes; ++i) {
        auto& entry = writer.entries[random.below(writer.entries.size())];
        auto& tensor = writer.tensors[random.below(writer.tensors.size())];
        switch (random.below(7)) {
            case 0:
                entry.type = random.below(14);
                break;
            case 1:
                entry.value =
                    GgufWriter::packed(extremeNumber(random)).substr(0, entry.value.size());
                break;
            case 2:
                entry.key = writer.entries[random.below(writer.entries.size())].key + "x";
                break;
            case 3:
                tensor.sizes[random.below(tensor.sizes.size())] = extremeNumber(random);
                break;
            case 4:
                tensor.type = random.below(42);
                break;
            case 5:
                std::swap(tensor.name, writer.tensors[random.below(writer.tensors.size())].name);
                break;
            default:
                tensor.bytes.resize(random.below(200));
        }
    }
    return writer.finish();
}

}  // namespace

namespace gatescope::test {

std::vector<std::string> fuzzSeeds() {
    return {smallestModel().finish(), smallGguf().finish()};
}

}  // namespace gatescope::test

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t maxSize,
                                               unsigned seed) {
    FuzzRandom random(seed);
    if (random.oneIn(16) || size < 24) {
        const std::string model = bentModel(random);
        if (model.size() <= maxSize) {
            std::memcpy(data, model.data(), model.size());
            return model.size();
        }
    }
    if (random.oneIn(4) && size >= 8) {  // an extreme number somewhere
        const std::uint64_t value = extremeNumber(random);
        std::memcpy(data + random.below(size - 7), &value, random.oneIn(2) ? 4 : 8);
        return size;
    }
    return LLVMFuzzerMutate(data, size, maxSize);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const int reached =
        gatescope::test::openGgufBytes(std::string(reinterpret_cast<const char*>(data), size));
    if (reached == 4) ++gatescope::test::acceptedInputs;
    return 0;
}
