// libFuzzer harness of the GGUF reader, from the container to the tokenizer; built with
// -DGATESCOPE_FUZZ=ON and clang. It starts from models of its own; the package's files are seeds,
// too.
//   build/fuzz/bin/gguf_fuzz -rss_limit_mb=512 -malloc_limit_mb=64 -timeout=1
//     -dict=tests/fuzz/gguf.dict corpus tests/data/gguf
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>

#include "tests/fuzz/gguf_invariants.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t maxSize);

namespace {

using gatescope::test::GgufWriter;

/// A number that parsers have fallen over.
std::uint64_t extreme(std::mt19937& random) {
    const std::uint64_t one = std::uint64_t{1} << (random() % 64);
    switch (random() % 4) {
        case 0:
            return one;
        case 1:
            return one - 1;
        case 2:
            return ~one;
        default:
            return random() % 300;
    }
}

/// A file with keys, tensors or both changed as structures: lengths and offsets stay right, so that
/// what lies behind them is reached.
std::string bentModel(std::mt19937& random) {
    GgufWriter writer =
        random() % 4 == 0 ? gatescope::test::smallGguf() : gatescope::test::smallestModel();
    for (unsigned i = 0; i < 1 + random() % 3; ++i) {
        auto& entry = writer.entries[random() % writer.entries.size()];
        auto& tensor = writer.tensors[random() % writer.tensors.size()];
        switch (random() % 7) {
            case 0:
                entry.type = random() % 14;
                break;
            case 1:
                entry.value = GgufWriter::packed(extreme(random)).substr(0, entry.value.size());
                break;
            case 2:
                entry.key = writer.entries[random() % writer.entries.size()].key + "x";
                break;
            case 3:
                tensor.sizes[random() % tensor.sizes.size()] = extreme(random);
                break;
            case 4:
                tensor.type = random() % 42;
                break;
            case 5:
                std::swap(tensor.name, writer.tensors[random() % writer.tensors.size()].name);
                break;
            default:
                tensor.bytes.resize(random() % 200);
        }
    }
    return writer.finish();
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t maxSize,
                                               unsigned seed) {
    std::mt19937 random(seed);
    if (random() % 64 == 0 || size < 24) {
        const std::string model = bentModel(random);
        if (model.size() <= maxSize) {
            std::memcpy(data, model.data(), model.size());
            return model.size();
        }
    }
    if (random() % 4 == 0 && size >= 8) {  // an extreme number somewhere
        const std::uint64_t value = extreme(random);
        std::memcpy(data + random() % (size - 7), &value, random() % 2 == 0 ? 4 : 8);
        return size;
    }
    return LLVMFuzzerMutate(data, size, maxSize);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    gatescope::test::openGgufBytes(std::string(reinterpret_cast<const char*>(data), size));
    return 0;
}
