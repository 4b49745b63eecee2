#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/model/safetensors/hf_names.h"
#include "engine/model/weights.h"
#include "tests/support/safetensors_writer.h"

namespace gatescope::test {

/// Which form of a Hugging Face directory is written.
struct HfForm {
    HfNaming naming = HfNaming::Hpcai;
    DType matrices = DType::F32;  ///< F32, F16, BF16 or F8E4M3 (with f32 scales)
    DType others = DType::F32;    ///< vocabulary matrices; norms and router too, unless F8E4M3
    bool rowScales = false;       ///< one scale a row instead of one a tensor
    bool roundOnly = false;       ///< the values of `matrices` and `others`, but stored as F32
    int ranks = 1;                ///< above 1: experts cut, -TP-00R.safetensors, -TP-common
    bool cutAttention = false;    ///< query, key, value, output and vocabulary too
    bool outputMatrix = false;    ///< lm_head.weight, a copy of the embedding
    int files = 1;                ///< without ranks: above 1 with an index
};

/// One file of the directory: its name and its tensors.
struct HfFileToWrite {
    std::string name;
    std::vector<StoredTensor> tensors;
};

/// The files that hold `weights` in this form.
std::vector<HfFileToWrite> hfFiles(const ModelWeights& weights, const HfForm& form);

/// config.json with the keys of that conversion.
std::string hfConfig(const ModelConfig& config, HfNaming naming);

/// {"metadata": {"total_size": N}, "weight_map": {...}}
std::string hfIndex(const std::vector<HfFileToWrite>& files);

/// Writes config.json, files and index into `dir`, which is made.
void writeHfDirectory(const std::filesystem::path& dir,
                      const ModelWeights& weights,
                      const HfForm& form);

}  // namespace gatescope::test
