// Fuzz target: the header of a start copy. See docs/fuzzing.md.
#include <cstring>

#include "engine/error.h"
#include "kernels/cpu/panels.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/mutators.h"
#include "tests/support/native_cases.h"

namespace gatescope::test {
namespace {

/// What must hold of any header that is taken: each tensor is one that the sizes demand, in bytes
/// of the file that no other has.
void checkInvariants(const NativeHeader& header, std::uint64_t fileBytes) {
    GS_CHECK_EQ(header.fileBytes, fileBytes);
    const auto slots = tensorSlots(header.config);
    GS_CHECK_EQ(header.tensors.size(), slots.size());
    std::uint64_t free = 0;
    const auto take = [&](const NativeRange& range) {
        if (range.bytes == 0) return;
        GS_CHECK(range.offset >= free && range.offset % 64 == 0 && range.offset <= fileBytes);
        GS_CHECK_LE(range.bytes, fileBytes - range.offset);
        free = range.offset + range.bytes;
    };
    for (std::size_t i = 0; i < slots.size(); ++i) {
        const TensorLayout& layout = header.tensors[i].layout;
        GS_CHECK(layout.slot.path == slots[i].path && layout.slot.shape == slots[i].shape);
        GS_CHECK_EQ(header.tensors[i].data.bytes, layout.dataBytes());
        GS_CHECK_EQ(header.tensors[i].scales.bytes, layout.scaleBytes());
        if (layout.order == MatrixOrder::Panels)
            GS_CHECK(kernels::canPanel(layout.dtype, layout.slot.numIn(), layout.slot.numOut()));
        take(header.tensors[i].data);
        take(header.tensors[i].scales);
    }
}

/// Only matrices have scales, so only theirs can be counted.
bool canBePlaced(const NativeHeader& header) {
    return std::ranges::all_of(header.tensors, [](const NativeTensor& tensor) {
        const TensorLayout& layout = tensor.layout;
        return layout.slot.isMatrix() || layout.slot.isVocabularyMatrix() ||
               (layout.dtype == DType::F32 && layout.numGroups == 0);
    });
}

/// A header written anew with some fields changed.
std::string bentHeader(FuzzRandom& random) {
    NativeHeader header = smallNativeHeader();
    for (std::size_t changes = 1 + random.below(3); changes > 0; --changes) {
        NativeTensor& tensor = header.tensors[random.below(header.tensors.size())];
        const std::uint64_t number = extremeNumber(random);
        switch (random.below(9)) {
            case 0:
                tensor.layout.dtype = static_cast<DType>(random.below(24));
                break;
            case 1:
                tensor.layout.order = static_cast<MatrixOrder>(random.below(4));
                break;
            case 2:
                tensor.layout.numGroups = static_cast<int>(number);
                break;
            case 3:
                (random.oneIn(3) ? tensor.scales : tensor.data).offset = number;
                break;
            case 4:
                (random.oneIn(3) ? tensor.scales : tensor.data).bytes = number;
                break;
            case 5:
                header.fileBytes = number;
                break;
            case 6:
                header.config.numLayers = static_cast<int>(number);
                break;
            case 7:
                header.config.ffnSize = static_cast<int>(number);
                break;
            default:
                header.source.files.resize(random.below(9));
        }
        if (random.oneIn(2) && canBePlaced(header)) placeTensors(header);
    }
    return nativeHeaderBytes(header);
}

}  // namespace

std::vector<std::string> fuzzSeeds() {
    NativeHeader tied = smallNativeHeader();
    tied.config.tiedOutput = true;
    tied.tensors.pop_back();
    tied.tensors.front().layout.dtype = DType::Q4_0;
    tied.tensors.front().layout.order = MatrixOrder::Panels;
    placeTensors(tied);
    return {nativeHeaderBytes(smallNativeHeader()), nativeHeaderBytes(tied)};
}

}  // namespace gatescope::test

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t maxSize,
                                               unsigned seed) {
    using namespace gatescope::test;
    const Mutator mutate = [](const std::string& bytes, FuzzRandom& random) {
        if (random.oneIn(3) || bytes.size() < 48) return bentHeader(random);
        std::string changed = bytes;
        const std::uint64_t value = extremeNumber(random);
        const std::size_t width = std::size_t{1} << random.below(4);
        std::memcpy(changed.data() + random.below(changed.size() - width), &value, width);
        return random.oneIn(8) ? changed : resigned(changed);
    };
    return mutateInPlace(data, size, maxSize, seed, mutate);
}

/// The input is the beginning of a file that is as long as it claims.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace gatescope::test;
    constexpr std::uint64_t kLongest = std::uint64_t{1} << 62;
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    const std::uint64_t fileBytes =
        std::max<std::uint64_t>(size, std::min(claimedFileBytes(bytes), kLongest));
    try {
        checkInvariants(gatescope::parseNativeHeader(fileThatBegins(bytes, fileBytes), "fuzz"),
                        fileBytes);
        ++acceptedInputs;
    } catch (const gatescope::Error& error) {  // a refusal is a good answer
        checkRefusal(error);
    }
    return 0;
}
