#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/model/model_source.h"
#include "engine/plan/memory_plan.h"

namespace gatescope {

/// What is known of a vocabulary.
struct TokenizerSummary {
    std::string origin;     ///< "tokenizer.model", "GGUF metadata"
    std::string algorithm;  ///< "BPE", "unigram"
    int numPieces = 0;
    std::map<std::string, int> piecesByKind;  ///< "normal", "control", "user-defined", "byte" ...
    std::map<std::string, TokenId> specialTokens;  ///< "bos", "eos", "unknown", "padding"
    bool spaceBeforeText = true;                   ///< SentencePiece puts one before a document
};

/// What can be said of a model before a single weight is read.
struct ModelSummary {
    std::string name;
    std::string format;
    bool synthetic = false;
    ModelConfig config;
    ParameterCount parameters;
    std::map<std::string, std::uint64_t> bytesByType;  ///< as stored; "bf16 scales" apart
    std::uint64_t storedBytes = 0;
    std::size_t numTensors = 0;
    std::optional<TokenizerSummary> tokenizer;  ///< none: the model has none
    std::vector<std::string> remarks;           ///< what is missing or odd
    MemoryPlan plan;                            ///< planOnThisMachine()
};

/// Reads the tokenizer, and nothing else that openModel() has not read. Throws as its reader does,
/// and as planOnThisMachine() does for `decoder`.
ModelSummary summarize(const ModelSource& source, const DecoderOptions& decoder = {});

/// The summary as rows of a label and a text, for people.
std::vector<std::pair<std::string, std::string>> rowsOf(const ModelSummary& summary);

}  // namespace gatescope
