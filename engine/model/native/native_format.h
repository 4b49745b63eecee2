#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/io/bounded_reader.h"
#include "engine/model/model_config.h"
#include "engine/model/model_source.h"
#include "engine/model/weights_assembly.h"

namespace gatescope {

/// Some bytes of a native file, and their XXH3 (64 bits). None: all 0.
struct NativeRange {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::uint64_t checksum = 0;
    friend bool operator==(const NativeRange&, const NativeRange&) = default;
};

struct NativeTensor {
    TensorLayout layout;
    NativeRange data;
    NativeRange scales;
};

/// What a native file says about itself. Such a file holds the weights of one model exactly as the
/// CPU decoder has them in memory, so that it is mapped and not read. All numbers little-endian:
///
///    0   8  "GSNATIVE"
///    8   4  version, 1
///   12   4  0x01020304, to tell the byte order
///   16   8  bytes of the header
///   24   8  XXH3 of the header from byte 32 on
///   32   8  bytes of the file
///   40      layout fingerprint, the source, its config, one entry a tensor (native_format.cpp)
///
/// From the next multiple of 2 MiB on the tensors in the order of tensorSlots(config), each from a
/// multiple of 4096 on.
struct NativeHeader {
    std::uint64_t fileBytes = 0;
    std::uint64_t layoutFingerprint = 0;  ///< of the program that wrote it
    SourceIdentity source;                ///< what the weights were made of
    std::uint64_t sourceChecksum = 0;     ///< describedChecksum() of the source
    ModelConfig config;
    std::vector<NativeTensor> tensors;  ///< one for each of tensorSlots(config), in that order
};

/// Decides where the tensors go: fills their offsets and bytes, and fileBytes.
void placeTensors(NativeHeader& header);

/// The header as it stands in the file, checksums included.
std::string nativeHeaderBytes(const NativeHeader& header);

/// Reads and checks a header; nothing of it is believed before its checksum is right, and nothing
/// afterwards because of it: every tensor is one that the sizes demand, of a type and order that
/// the decoders read, and lies within the file behind the header, apart from the others.
/// `name` is what errors call the file. Throws Error(BadInput) with a code COPY-...
NativeHeader parseNativeHeader(const ByteSource& source, const std::string& name);

/// A number that changes when this program lays weights out in another way than the one that wrote
/// a file, or numbers its types anew: a sample of each type, laid out. The same on every processor:
/// how weights are read depends on it, how they lie does not.
std::uint64_t layoutFingerprint();

/// XXH3 of everything a source says about its tensors before one is read.
std::uint64_t describedChecksum(const ModelSource& source);

}  // namespace gatescope
