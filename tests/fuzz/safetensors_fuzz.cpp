// libFuzzer harness of the safetensors header; built with -DGATESCOPE_FUZZ=ON and clang.
//   build/fuzz/bin/safetensors_fuzz -rss_limit_mb=512 -malloc_limit_mb=64 -timeout=1
//   -dict=tests/fuzz/safetensors.dict corpus tests/data/huggingface/hpcai
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "engine/error.h"
#include "tests/fuzz/safetensors_invariants.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const gatescope::ByteSource bytes{
        .size = size, .read = [data](std::uint64_t offset, std::span<std::byte> out) {
            std::memcpy(out.data(), data + offset, out.size());
        }};
    try {
        gatescope::test::checkInvariants(gatescope::readSafetensorsHeader(bytes, "fuzz"), size);
    } catch (const gatescope::Error&) {  // a refusal is a good answer
    }
    return 0;
}
