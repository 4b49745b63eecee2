#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/check.h"
#include "engine/error.h"

// What a harness defines, for libFuzzer and for our own driver (fuzz_driver.cpp) alike. Names and
// signatures of the C functions are libFuzzer's.
// Source: llvm.org/docs/LibFuzzer.html, "Fuzz Target" and FuzzerInterface.h.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t maxSize,
                                               unsigned seed);
/// Mutates bytes without knowing the format: libFuzzer's, or the driver's own.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t maxSize);

namespace gatescope::test {

/// Files that the target takes, to start from; made in memory, the same on each call.
std::vector<std::string> fuzzSeeds();

/// How many inputs the target has taken. If it takes none, the mutations are too wild to reach its
/// depths, and the run proves little.
inline std::uint64_t acceptedInputs = 0;

/// What must hold of any refusal: the file's fault, in one line of plain text. Aborts otherwise.
inline void checkRefusal(const Error& error) {
    GS_CHECK(error.kind() == ErrorKind::BadInput);
    for (const char c : std::string_view(error.what()))
        GS_CHECK(static_cast<unsigned char>(c) >= ' ' && c != '\x7f');
}

}  // namespace gatescope::test
