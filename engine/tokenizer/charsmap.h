#pragma once

#include <cstddef>
#include <string_view>

namespace gatescope {

/// Proves that SentencePiece 0.1.97 can walk a `precompiled_charsmap` for any text without leaving
/// it. The library trusts these bytes: <uint32 trie bytes><double array, uint32 units><replacement
/// strings, each ended by NUL>, and a crafted one reads outside the array or overruns the 32
/// results it keeps on the stack. Checked: every state a text can reach lies wholly inside the
/// array, no cycle, at most 32 rules on one path, every replacement inside the blob, ended, valid
/// UTF-8 and at most 256 bytes.
///   blob        the field's bytes, not empty
///   file        named in errors;  offset: where the blob starts in it
/// Throws Error(BadInput). Source of the layout: google/sentencepiece src/normalizer.cc and
/// third_party/darts_clone/darts.h.
void checkCharsmap(std::string_view blob, std::string_view file, std::size_t offset);

}  // namespace gatescope
