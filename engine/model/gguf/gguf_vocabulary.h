#pragma once

#include <memory>

#include "engine/io/bounded_reader.h"
#include "engine/model/gguf/gguf_file.h"
#include "engine/tokenizer/tokenizer.h"

namespace gatescope {

/// Do the keys hold a vocabulary? Some files carry weights alone.
bool hasGgufVocabulary(const GgufFile& file);

/// The tokenizer that the keys describe. `source` is the file that `file` was parsed from. A number
/// of tokens that is not `vocabSize` is refused before they are read.
/// Throws Error(BadInput) naming file, key and token; see tokenizerOf().
std::shared_ptr<const Tokenizer> ggufTokenizer(const GgufFile& file,
                                               const ByteSource& source,
                                               int vocabSize);

}  // namespace gatescope
