#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/model/weights.h"
#include "engine/tokenizer/vocab_builder.h"
#include "tests/support/gguf_writer.h"

namespace gatescope::test {

/// Which of the ways to store a Grok model in GGUF a test wants.
struct GgufForm {
    DType matrices = DType::F32;
    DType vocabulary = DType::F32;  ///< the embedding, and output.weight if it is stored
    DType router = DType::F32;
    bool scaleKeys = true;         ///< false: as converted before August 2025
    bool fusedQkv = false;         ///< attn_qkv in place of attn_q, attn_k, attn_v
    bool separateExperts = false;  ///< ffn_gate.0 ... in place of ffn_gate_exps
    bool postFfwNorm = false;      ///< post_ffw_norm in place of layer_output_norm
    bool storedOutput = false;     ///< a copy of the embedding as output.weight
};

/// The model of `weights` as a GGUF file. F32, F16 and BF16 matrices hold its numbers, rounded;
/// block types hold random blocks of about the right size, as the decoders ask for no more.
GgufWriter ggufOf(const ModelWeights& weights, const GgufForm& form = {});

void addVocabulary(GgufWriter& writer, const GgufVocabulary& vocabulary);

/// The same file with every tensor stored as the floats that its elements stand for.
GgufWriter dequantised(GgufWriter writer);

/// Deals the tensors out to `numParts` files, PREFIX-0000k-of-0000N.gguf in `dir`, as llama.cpp's
/// gguf-split does. Part 1 holds no tensor where `emptyFirst`. Returns part 1.
std::filesystem::path writeSplit(const std::filesystem::path& dir,
                                 const std::string& prefix,
                                 const GgufWriter& writer,
                                 int numParts,
                                 bool emptyFirst = false);

}  // namespace gatescope::test
