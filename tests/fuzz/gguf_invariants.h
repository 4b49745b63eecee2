#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/check.h"
#include "engine/error.h"
#include "engine/model/gguf/gguf_config.h"
#include "engine/model/gguf/gguf_file.h"
#include "engine/model/gguf/gguf_tensors.h"
#include "engine/model/gguf/gguf_vocabulary.h"
#include "tests/support/gguf_cases.h"

namespace gatescope::test {

/// What must hold of any file the parser takes, whatever the bytes were. Aborts otherwise.
inline void checkInvariants(const GgufFile& file, std::uint64_t fileBytes) {
    const auto plain = [](std::string_view text) {
        return !text.empty() &&
               std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
    };
    GS_CHECK(file.version == 2 || file.version == 3);
    GS_CHECK(file.alignment > 0 && (file.alignment & (file.alignment - 1)) == 0);
    GS_CHECK_LE(file.dataOffset, fileBytes);
    std::string_view before;
    for (const GgufEntry& entry : file.metadata.entries()) {
        GS_CHECK(plain(entry.key) && entry.key > before);
        before = entry.key;
        GS_CHECK_LE(entry.text.size(), GgufEntry::kKeptTextBytes);
        GS_CHECK_LE(entry.offset, fileBytes);
    }
    std::vector<std::pair<std::uint64_t, std::uint64_t>> extents;
    for (const GgufTensor& tensor : file.tensors) {
        GS_CHECK(plain(tensor.name));
        GS_CHECK(tensor.numDimensions >= 1 && tensor.numDimensions <= 4);
        GS_CHECK(tensor.offset >= file.dataOffset && tensor.offset <= fileBytes);
        GS_CHECK_LE(tensor.bytes, fileBytes - tensor.offset);
        GS_CHECK_EQ(tensor.sizes[0] % traits(tensor.dtype).blockSize, 0U);
        std::uint64_t elements = 1;  // cannot wrap: each divides what a file holds
        for (const std::uint64_t size : tensor.sizes) {
            GS_CHECK(size >= 1 && size <= 4 * fileBytes / elements);
            elements *= size;
        }
        GS_CHECK_EQ(storedBytes(tensor.dtype, elements), tensor.bytes);
        extents.emplace_back(tensor.offset, tensor.end());
    }
    std::ranges::sort(extents);
    for (std::size_t i = 1; i < extents.size(); ++i)
        GS_CHECK_LE(extents[i - 1].second, extents[i].first);
}

/// Every element of every parameter comes from one place within the file.
inline void checkInvariants(const TensorParts& tensors, std::uint64_t fileBytes) {
    std::vector<std::uint64_t> elements(tensors.layouts.size());
    for (const TensorPart& part : tensors.parts) {
        GS_CHECK(part.numRows >= 1 && part.numColumns >= 1);
        GS_CHECK(part.offset <= fileBytes && part.bytes() <= fileBytes - part.offset);
        GS_CHECK_LT(part.tensor, tensors.layouts.size());
        const TensorLayout& layout = tensors.layouts[part.tensor];
        GS_CHECK(part.stored == layout.dtype || layout.dtype == DType::F32);
        GS_CHECK(part.matrix >= 0 && part.matrix < layout.slot.numMatrices());
        elements[part.tensor] += static_cast<std::uint64_t>(part.numRows * part.numColumns);
    }
    for (std::size_t i = 0; i < elements.size(); ++i)
        GS_CHECK_EQ(elements[i], tensors.layouts[i].slot.numElements());
}

/// Everything that opening a file does with its bytes. What is taken must keep the invariants; what
/// is not taken throws Error. Returns how far it came: 1 the container, 2 the sizes, 3 the tensors,
/// 4 the vocabulary.
inline int openGgufBytes(const std::string& bytes) {
    int reached = 0;
    try {
        const ByteSource source = memorySource(bytes);
        std::vector<GgufPart> parts(1);
        parts[0].content = parseGguf(source, "m.gguf");
        const GgufFile& file = parts[0].content;
        checkInvariants(file, bytes.size());
        reached = 1;
        std::vector<const GgufTensor*> tensors;
        for (const GgufTensor& tensor : file.tensors) tensors.push_back(&tensor);
        std::vector<std::string> remarks;
        const ModelConfig config = ggufConfig(file, tensors, remarks);
        reached = 2;
        checkInvariants(ggufTensors(parts, config, remarks), bytes.size());
        reached = 3;
        if (!hasGgufVocabulary(file)) return reached;
        GS_CHECK_EQ(ggufTokenizer(file, source, config.vocabSize)->vocabSize(), config.vocabSize);
        reached = 4;
    } catch (const Error& error) {  // a refusal is a good answer
        GS_CHECK(error.kind() == ErrorKind::BadInput);
        GS_CHECK(std::string_view(error.what()).find('\n') == std::string_view::npos);
    }
    return reached;
}

/// A whole model in few bytes: one layer, 2 experts, the smallest vocabulary with byte pieces.
GgufWriter smallestModel();

}  // namespace gatescope::test
