#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "engine/decoder/decoder.h"
#include "engine/model/model_source.h"

namespace gatescope {

struct LoadedWeights {
    std::shared_ptr<ModelWeights> weights;  ///< for makeDecoder() with these options; null: stopped
    bool fromStartCopy = false;             ///< mapped, not read
    std::string note;                       ///< a sentence for the user; mostly empty
};

/// From the model's start copy, if DecoderOptions::startCopies has one that fits; else null
/// weights, perhaps with a note. What is wrong with a start copy is only noted. Throws as
/// requireRanks() does.
LoadedWeights loadStartCopyOf(const ModelSource& source,
                              const DecoderOptions& options,
                              const LoadProgressCallback& progress,
                              const std::stop_token& stop);

/// Loads a model as the decoder of `options` reads it fastest: from its start copy, else from its
/// files, laid out. Throws as ModelSource::load() does. LoadingWeights does it in the background.
LoadedWeights loadWeights(ModelSource& source,
                          const DecoderOptions& options,
                          const LoadProgressCallback& progress,
                          const std::stop_token& stop);

}  // namespace gatescope
