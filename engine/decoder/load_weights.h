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

/// Loads a model as the decoder of `options` reads it fastest: from its start copy if there is one
/// that fits (DecoderOptions::startCopies), else from its files, laid out. Throws as
/// ModelSource::load() does; what is wrong with a start copy is only noted.
LoadedWeights loadWeights(ModelSource& source,
                          const DecoderOptions& options,
                          const LoadProgressCallback& progress,
                          const std::stop_token& stop);

}  // namespace gatescope
