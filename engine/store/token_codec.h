#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/store/conversation.h"
#include "engine/store/packed_blob.h"

namespace gatescope {

/// What one row of the table `chunk` holds of a message's tokens.
///
/// Both are packed as packed_blob.h says, codec version 1; of tokens 2 where one was drafted, 3
/// with alternatives, of routing 2 where a run keeps log-sum-exps. Decoded:
///   tokens   u32 count; i32 id[count]; f32 logProb[count]; u8 flags[count], 1: generated,
///            3: drafted and generated, 5: chosen and generated; u32 textBytes[count]; the texts,
///            one after the other; version 3: u8 alternatives[count], 0: not known; of the tokens
///            that have some, f32 entropy, u32 rank; of all alternatives, i32 id, f32 logProb
///   routing  u32 runs; each run, tokens that follow one another with records of one shape:
///            u32 first token, tokens, layers, experts, selected;
///            f16 probs [tokens, layers, experts]; u16 selected [tokens, layers, numSelected],
///            0xFFFF behind the last of a layer that selects fewer;
///            f16 gates [tokens, layers, numSelected];
///            version 2: u32 0, or 1 and f32 logSumExps [tokens, layers]
/// Arrays of 16 and 32 bits of a run are stored as all their low bytes, then the higher ones: the
/// exponents of probabilities repeat, their last bits do not (measured: see
/// tests/unit/engine/store/README.md).
struct TokenBlobs {
    std::string tokens;
    std::string routing;  ///< empty: no record among these tokens
};

/// Cuts `tokens` into pieces whose routing decodes to a few MiB each, one row a piece. At least one
/// piece, which is empty if `tokens` is.
std::vector<std::span<const TokenRecord>> splitIntoChunks(std::span<const TokenRecord> tokens);

/// Router probabilities and gates are rounded to f16 (relative error at most 2^-11, absolute below
/// 6e-5 2^-25), the selection is kept exactly. Log-sum-exps are kept exactly. A
/// record that holds a value outside 0 to 1, or one that is not finite, is no measurement and is
/// stored as not computed.
TokenBlobs encodeTokens(std::span<const TokenRecord> tokens);

/// Appends the tokens of one row to `out`. Every size is checked against the bytes that are left
/// before anything is allocated; every value is checked (experts in range, probabilities in 0 to
/// 1). Throws Error(BadInput) that starts with `where`.
void decodeTokens(const TokenBlobs& blobs,
                  const std::string& where,
                  DecodeBudget& budget,
                  std::vector<TokenRecord>& out);

}  // namespace gatescope
