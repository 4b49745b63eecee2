#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "engine/store/conversation.h"
#include "engine/store/packed_blob.h"

/// The routing half of what token_codec.h describes.

namespace gatescope {

/// Values of 16 bits that a record takes in a blob before it is packed.
std::size_t storedCells(const RoutingRecord& record);

/// Empty if none of `tokens` has a record that can be kept.
std::string encodeRouting(std::span<const TokenRecord> tokens);

/// Gives `tokens` their records. Throws Error(BadInput) that starts with `where`.
void decodeRouting(const std::string& blob,
                   const std::string& where,
                   DecodeBudget& budget,
                   std::span<TokenRecord> tokens);

}  // namespace gatescope
