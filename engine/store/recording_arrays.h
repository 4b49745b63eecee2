#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/store/recording.h"

namespace gatescope {

/// A branch of a recording as the arrays of exportRecording(), and the document that explains them.
struct RecordingArrays {
    std::int64_t numTokens = 0;  ///< T
    std::int64_t numLayers = 0;  ///< L
    std::int64_t numExperts = 0;
    std::int64_t numSelected = 0;
    std::vector<float> routerProbs;      ///< [L, T, E]
    std::vector<float> routerLse;        ///< [L, T] RoutingRecord::logSumExps
    std::vector<std::int32_t> selected;  ///< [L, T, K]
    std::vector<float> gates;            ///< [L, T, K]
    std::vector<std::int32_t> tokens;
    std::vector<float> logProbs;
    std::vector<std::int32_t> predicted;  ///< -1: not known
    std::vector<std::int32_t> generated;
    std::vector<std::int32_t> drafted;
    std::vector<std::int32_t> chosen;
    std::vector<std::int32_t> alternatives;  ///< [T, 20] -1: fewer, or not known
    std::vector<float> alternativeLogProbs;  ///< [T, 20] NaN there
    std::vector<float> entropy;              ///< [T] in bits; NaN: not known
    std::vector<std::int32_t> rank;          ///< [T] from 1; 0: not known
    std::vector<std::int32_t> message;
    std::vector<std::int32_t> textOffsets;  ///< [T + 1]
    std::string text;
    std::string manifest;  ///< JSON
};

/// Throws Error(BadInput) when padding records of different shapes to one array would take more
/// than 8 GiB or the text more than 2 GiB, Error(BadUsage) for a leaf that does not exist.
RecordingArrays arraysOf(const Recording& recording,
                         const std::filesystem::path& file,
                         MessageId leaf);

}  // namespace gatescope
