#pragma once

#include <stop_token>
#include <string>

#include "engine/model/model_source.h"

namespace gatescope {

/// What tells one model's weights from another's without reading all of them: XXH3 (64 bits), as 16
/// hexadecimal digits, of the format, every tensor's name, stored type, shape and bytes, and of the
/// contents of all norms and routers (13 MB of Grok-1's 318 GB). Another training or fine-tuning of
/// the model, another seed of a synthetic one, or another quantisation has another fingerprint;
/// changed bytes in an expert's or attention's matrix alone have not. It finds mistakes and proves
/// nothing against somebody who wants to deceive.
/// Reads from the disk: not for the UI thread. Empty when `stop` was requested. Throws as
/// ModelSource::load() does.
std::string modelFingerprint(const ModelSource& source, const std::stop_token& stop = {});

}  // namespace gatescope
