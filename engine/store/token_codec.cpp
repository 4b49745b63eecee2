#include "engine/store/token_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <numeric>
#include <utility>

#include "engine/store/routing_codec.h"

namespace gatescope {
namespace {

constexpr char kCodecVersion = 1;
constexpr char kDraftCodecVersion = 2;         // only where it says more, for readers of before
constexpr char kAlternativesCodecVersion = 3;  // the same
constexpr std::uint8_t kGeneratedFlag = 1;
constexpr std::uint8_t kDraftedFlags = 3;  // a drafted token is a generated one
constexpr std::uint8_t kChosenFlags = 5;   // so is a chosen one
constexpr std::size_t kChunkRoutingBytes = std::size_t{4} << 20U;
constexpr std::size_t kTokensPerChunk = 4096;
constexpr std::uint64_t kMostTokensInAChunk = 65536;  // read, not written: room for a later writer

std::uint8_t flagsOf(const TokenRecord& token) {
    if (!token.generated) return 0;
    if (token.chosen) return kChosenFlags;
    return token.drafted ? kDraftedFlags : kGeneratedFlag;
}

bool areFlags(std::uint8_t flags, char version) {
    return flags <= kGeneratedFlag || (version >= kDraftCodecVersion && flags == kDraftedFlags) ||
           (version >= kAlternativesCodecVersion && flags == kChosenFlags);
}

bool hasAlternatives(const TokenRecord& token) {
    return token.generated && token.alternatives != nullptr;
}

char versionOf(std::span<const TokenRecord> tokens) {
    const auto says = [](const TokenRecord& t) {
        return hasAlternatives(t) || (t.generated && t.chosen);
    };
    if (std::ranges::any_of(tokens, says)) return kAlternativesCodecVersion;
    const auto drafted = [](const TokenRecord& t) { return t.generated && t.drafted; };
    return std::ranges::any_of(tokens, drafted) ? kDraftCodecVersion : kCodecVersion;
}

void putAlternatives(std::string& out, std::span<const TokenRecord> tokens) {
    std::vector<float> entropies;
    std::vector<std::int32_t> ranks;
    std::vector<TokenId> ids;
    std::vector<float> logProbs;
    for (const auto& token : tokens) {
        if (!hasAlternatives(token)) {
            out.push_back(0);
            continue;
        }
        const TokenAlternatives& alternatives = *token.alternatives;
        GS_CHECK(!alternatives.tokens.empty());
        GS_CHECK(alternatives.tokens.size() <= TokenAlternatives::kMost);
        GS_CHECK_EQ(alternatives.tokens.size(), alternatives.logProbs.size());
        out.push_back(static_cast<char>(alternatives.tokens.size()));
        entropies.push_back(alternatives.entropy);
        ranks.push_back(alternatives.rank);
        ids.insert(ids.end(), alternatives.tokens.begin(), alternatives.tokens.end());
        logProbs.insert(logProbs.end(), alternatives.logProbs.begin(), alternatives.logProbs.end());
    }
    putPlanes(out, entropies);
    putPlanes(out, ranks);
    putPlanes(out, ids);
    putPlanes(out, logProbs);
}

std::string tokenBytes(std::span<const TokenRecord> tokens, char version) {
    std::string out;
    putSize(out, tokens.size());
    for (const auto& token : tokens) put(out, token.token);
    for (const auto& token : tokens) put(out, token.logProb);
    for (const auto& token : tokens) put(out, flagsOf(token));
    for (const auto& token : tokens) putSize(out, token.text.size());
    for (const auto& token : tokens) out += token.text;
    if (version >= kAlternativesCodecVersion) putAlternatives(out, tokens);
    return out;
}

void expectAlternatives(const TokenAlternatives& alternatives, const std::string& where) {
    const auto likely = [](float logProb) { return logProb <= 0 && std::isfinite(logProb); };
    if (!std::ranges::all_of(alternatives.logProbs, likely))
        refuseBlob(where, "an alternative's log probability is not one");
    if (std::ranges::any_of(alternatives.tokens, [](TokenId id) { return id < 0; }))
        refuseBlob(where, "an alternative's id is below 0");
    if (alternatives.rank < 1)
        refuseBlob(where, fmt::format("a token of rank {}", alternatives.rank));
    if (!(alternatives.entropy >= 0) || !std::isfinite(alternatives.entropy))
        refuseBlob(where, fmt::format("an entropy of {} bits", alternatives.entropy));
}

/// As putAlternatives() wrote them.
void takeAlternatives(BlobReader& reader,
                      std::span<TokenRecord> tokens,
                      const std::string& where,
                      DecodeBudget& budget) {
    const auto counts =
        reader.takeArray<std::uint8_t>(tokens.size(), "the numbers of alternatives");
    const auto known = static_cast<std::uint64_t>(
        std::ranges::count_if(counts, [](std::uint8_t count) { return count > 0; }));
    const auto all = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
    const std::uint64_t bytes = known * sizeof(TokenAlternatives) + all * 8;
    if (bytes > budget.bytesLeft) refuseBlob(where, "the alternatives need more than 4 GiB");
    budget.bytesLeft -= bytes;
    const auto entropies = reader.takePlanesOf<float>(known, "entropies");
    const auto ranks = reader.takePlanesOf<std::int32_t>(known, "ranks");
    const auto ids = reader.takePlanesOf<TokenId>(all, "alternatives");
    const auto logProbs = reader.takePlanesOf<float>(all, "alternatives' log probabilities");
    std::size_t nth = 0;
    std::size_t from = 0;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const std::size_t count = counts[i];
        if (count == 0) continue;
        if (count > TokenAlternatives::kMost)
            refuseBlob(where, fmt::format("{} alternatives of a token", count));
        const auto idsHere = std::span(ids).subspan(from, count);
        const auto logProbsHere = std::span(logProbs).subspan(from, count);
        auto alternatives = std::make_shared<TokenAlternatives>();
        alternatives->tokens.assign(idsHere.begin(), idsHere.end());
        alternatives->logProbs.assign(logProbsHere.begin(), logProbsHere.end());
        alternatives->entropy = entropies[nth];
        alternatives->rank = ranks[nth];
        expectAlternatives(*alternatives, where);
        tokens[i].alternatives = std::move(alternatives);
        ++nth;
        from += count;
    }
}

std::vector<TokenRecord> takeTokens(BlobReader& reader,
                                    char version,
                                    const std::string& where,
                                    DecodeBudget& budget) {
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
    const auto textBytes = reader.takeArray<std::uint32_t>(count, "text lengths");
    std::vector<TokenRecord> tokens(count);
    for (std::size_t i = 0; i < count; ++i) {
        if (ids[i] < 0) refuseBlob(where, fmt::format("token id {}", ids[i]));
        if (!areFlags(flags[i], version)) refuseBlob(where, fmt::format("token flag {}", flags[i]));
        tokens[i].token = ids[i];
        tokens[i].logProb = logProbs[i];
        tokens[i].generated = flags[i] != 0;
        tokens[i].drafted = flags[i] == kDraftedFlags;
        tokens[i].chosen = flags[i] == kChosenFlags;
        tokens[i].text = reader.take(textBytes[i], "token texts");
    }
    if (version >= kAlternativesCodecVersion) takeAlternatives(reader, tokens, where, budget);
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
    const auto decoded = unpackBlob(blobs.tokens, kAlternativesCodecVersion, where, budget);
    BlobReader reader(decoded, where);
    auto tokens = takeTokens(reader, blobs.tokens[0], where, budget);
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
