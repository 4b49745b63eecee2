#pragma once

#include <cstdint>
#include <filesystem>

#include "engine/model/model_config.h"
#include "tests/support/pickle_writer.h"

namespace gatescope::test {

/// Sizes of a model small enough to be written and computed in milliseconds, with grouped queries:
/// 2 layers, dModel 32, 4 query and 2 kv heads of 8, 8 experts of width 64, vocabulary 64.
ModelConfig tinyConfig();

struct TinyOptions {
    DType matrices = DType::I8;  ///< I8 with bf16 scales, F32 or BF16
    DType others = DType::F32;   ///< embedding, norms and router: F32 or BF16
    int rowGroups =
        8;  ///< scale groups of the row-parallel matrices (attention output, expert down)
    bool config = true;     ///< write config.json
    bool tokenizer = true;  ///< copy tiny-a's tokenizer.model if its 512 pieces fit the vocabulary
};

/// Writes an xAI checkpoint (ckpt-0, config.json, tokenizer.model) of random weights into `dir`,
/// which is made. The same config, seed and options give the same bytes everywhere. Weights are
/// about N(0, 1/fan in), norms near 1, so that activations stay near 1.
void writeTinyCheckpoint(const std::filesystem::path& dir,
                         const ModelConfig& config,
                         std::uint64_t seed,
                         const TinyOptions& options = {});

/// "ckpt-0/tensor00003_000" below `dir`.
std::filesystem::path tensorFile(const std::filesystem::path& dir, int index);

std::string readBytes(const std::filesystem::path& file);
void writeBytes(const std::filesystem::path& file, const std::string& bytes);

}  // namespace gatescope::test
