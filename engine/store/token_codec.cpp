#include "engine/store/token_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "engine/store/routing_codec.h"

namespace gatescope {
namespace {

constexpr char kCodecVersion = 1;
constexpr char kDraftCodecVersion = 2;       // only where it says more, for readers of before
constexpr char kPredictionCodecVersion = 3;  // the same
constexpr std::uint8_t kGeneratedFlag = 1;
constexpr std::uint8_t kDraftedFlags = 3;  // a drafted token is a generated one
constexpr std::size_t kChunkRoutingBytes = std::size_t{4} << 20U;
constexpr std::size_t kTokensPerChunk = 4096;
constexpr std::uint64_t kMostTokensInAChunk = 65536;  // read, not written: room for a later writer

std::uint8_t flagsOf(const TokenRecord& token) {
    if (!token.generated) return 0;
    return token.drafted ? kDraftedFlags : kGeneratedFlag;
}

bool areFlags(std::uint8_t flags, char version) {
    return flags <= kGeneratedFlag || (version >= kDraftCodecVersion && flags == kDraftedFlags);
}

/// A prompt's token has none.
TokenId predictionOf(const TokenRecord& token) {
    return token.generated ? std::max(token.predicted, -1) : -1;
}

char versionOf(std::span<const TokenRecord> tokens) {
    if (std::ranges::any_of(tokens, [](const TokenRecord& t) { return predictionOf(t) >= 0; }))
        return kPredictionCodecVersion;
    const auto drafted = [](const TokenRecord& t) { return t.generated && t.drafted; };
    return std::ranges::any_of(tokens, drafted) ? kDraftCodecVersion : kCodecVersion;
}

std::string tokenBytes(std::span<const TokenRecord> tokens, char version) {
    std::string out;
    putSize(out, tokens.size());
    for (const auto& token : tokens) put(out, token.token);
    for (const auto& token : tokens) put(out, token.logProb);
    for (const auto& token : tokens) put(out, flagsOf(token));
    if (version >= kPredictionCodecVersion)
        for (const auto& token : tokens) put(out, predictionOf(token));
    for (const auto& token : tokens) putSize(out, token.text.size());
    for (const auto& token : tokens) out += token.text;
    return out;
}

std::vector<TokenRecord> takeTokens(BlobReader& reader, char version, const std::string& where) {
    constexpr std::uint64_t kBytesAToken = 4 + 4 + 1 + 4;
    const std::uint64_t count = reader.takeSize("the number of tokens");
    if (count > kMostTokensInAChunk || count * kBytesAToken > reader.left())
        refuseBlob(where,
                   fmt::format("a chunk says {} tokens in {} bytes, expected at most {}",
                               count,
                               reader.left(),
                               kMostTokensInAChunk));
    const auto ids = reader.takeArray<TokenId>(count, "token ids");
    const auto logProbs = reader.takeArray<float>(count, "log probabilities");
    const auto flags = reader.takeArray<std::uint8_t>(count, "token flags");
    auto predicted = std::vector<TokenId>(count, -1);
    if (version >= kPredictionCodecVersion)
        predicted = reader.takeArray<TokenId>(count, "predicted ids");
    const auto textBytes = reader.takeArray<std::uint32_t>(count, "text lengths");
    std::vector<TokenRecord> tokens(count);
    for (std::size_t i = 0; i < count; ++i) {
        if (ids[i] < 0) refuseBlob(where, fmt::format("token id {}", ids[i]));
        if (!areFlags(flags[i], version)) refuseBlob(where, fmt::format("token flag {}", flags[i]));
        if (predicted[i] < -1) refuseBlob(where, fmt::format("predicted id {}", predicted[i]));
        tokens[i].token = ids[i];
        tokens[i].predicted = predicted[i];
        tokens[i].logProb = logProbs[i];
        tokens[i].generated = flags[i] != 0;
        tokens[i].drafted = flags[i] == kDraftedFlags;
        tokens[i].text = reader.take(textBytes[i], "token texts");
    }
    return tokens;
}

}  // namespace

std::vector<std::span<const TokenRecord>> splitIntoChunks(std::span<const TokenRecord> tokens) {
    std::vector<std::span<const TokenRecord>> chunks;
    std::size_t first = 0;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const std::size_t own =
            tokens[i].text.size() + (tokens[i].routing ? 2 * storedCells(*tokens[i].routing) : 0);
        if (i > first && (bytes + own > kChunkRoutingBytes || i - first >= kTokensPerChunk)) {
            chunks.push_back(tokens.subspan(first, i - first));
            first = i;
            bytes = 0;
        }
        bytes += own;
    }
    chunks.push_back(tokens.subspan(first));
    return chunks;
}

TokenBlobs encodeTokens(std::span<const TokenRecord> tokens) {
    if (tokens.empty()) return {};
    const char version = versionOf(tokens);
    return {.tokens = packBlob(tokenBytes(tokens, version), version),
            .routing = encodeRouting(tokens)};
}

void decodeTokens(const TokenBlobs& blobs,
                  const std::string& where,
                  DecodeBudget& budget,
                  std::vector<TokenRecord>& out) {
    const auto decoded = unpackBlob(blobs.tokens, kPredictionCodecVersion, where, budget);
    BlobReader reader(decoded, where);
    auto tokens = takeTokens(reader, blobs.tokens[0], where);
    reader.expectEnd();
    // The records in memory are larger than the bytes they come from.
    const std::uint64_t held = tokens.size() * sizeof(TokenRecord);
    if (held > budget.bytesLeft) refuseBlob(where, "the tokens need more than 4 GiB");
    budget.bytesLeft -= held;
    if (!blobs.routing.empty()) decodeRouting(blobs.routing, where, budget, tokens);
    out.insert(
        out.end(), std::make_move_iterator(tokens.begin()), std::make_move_iterator(tokens.end()));
}

}  // namespace gatescope
