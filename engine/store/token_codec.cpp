#include "engine/store/token_codec.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <memory>

#include "engine/check.h"
#include "engine/error_codes.h"
#include "kernels/quant/float_types.h"

namespace gatescope {
namespace {

static_assert(std::endian::native == std::endian::little,
              "blobs are written as they lie in memory");

constexpr char kCodecVersion = 1;
constexpr char kDraftCodecVersion = 2;       // only where it says more, for readers of before
constexpr char kPredictionCodecVersion = 3;  // the same
constexpr char kLogSumExpCodecVersion = 2;   // of routing, the same
constexpr std::uint8_t kGeneratedFlag = 1;
constexpr std::uint8_t kDraftedFlags = 3;  // a drafted token is a generated one
constexpr std::size_t kBlobHeaderBytes = 5;
/// Larger than any chunk we write (splitIntoChunks), small enough to allocate on trust.
constexpr std::uint64_t kLargestDecodedBlob = std::uint64_t{128} << 20U;
constexpr std::size_t kChunkRoutingBytes = std::size_t{4} << 20U;
constexpr std::size_t kTokensPerChunk = 4096;
constexpr std::uint64_t kMostTokensInAChunk = 65536;  // read, not written: room for a later writer
constexpr std::uint32_t kMostLayers = 4096;
constexpr std::uint32_t kMostExperts = 4096;

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
    gatescope::refuse(ErrorCode::StoreDamaged, where, what);
}

// ---------------------------------------------------------------- bytes

template <class T>
void put(std::string& out, T value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void putSize(std::string& out, std::size_t value) {
    GS_CHECK(value <= 0xffffffffU);
    put(out, static_cast<std::uint32_t>(value));
}

void putPlanes(std::string& out, const std::vector<std::uint16_t>& values) {
    for (const auto value : values) out.push_back(static_cast<char>(value & 0xffU));
    for (const auto value : values) out.push_back(static_cast<char>(value >> 8U));
}

/// Values of 32 bits as four planes: what repeats, sign and exponent, comes last.
void putPlanes(std::string& out, const std::vector<float>& values) {
    for (unsigned shift = 0; shift < 32; shift += 8)
        for (const float value : values)
            out.push_back(static_cast<char>(std::bit_cast<std::uint32_t>(value) >> shift & 0xffU));
}

/// Hands out what is in a decoded blob and refuses to read past its end.
class Reader {
  public:
    Reader(std::string_view bytes, const std::string& where) : bytes_(bytes), where_(where) {}

    std::string_view take(std::uint64_t count, const char* what) {
        if (count > bytes_.size() - at_)
            refuse(where_,
                   fmt::format("{} need {} bytes at byte {} of a chunk, {} are left",
                               what,
                               count,
                               at_,
                               bytes_.size() - at_));
        const auto part = bytes_.substr(at_, count);
        at_ += count;
        return part;
    }

    template <class T>
    std::vector<T> takeArray(std::uint64_t count, const char* what) {
        const auto part = take(count * sizeof(T), what);
        std::vector<T> values(count);
        if (count > 0) std::memcpy(values.data(), part.data(), part.size());
        return values;
    }

    std::uint32_t takeSize(const char* what) { return takeArray<std::uint32_t>(1, what)[0]; }

    /// As putPlanes wrote them.
    std::vector<std::uint16_t> takePlanes(std::uint64_t count, const char* what) {
        const auto part = take(2 * count, what);
        std::vector<std::uint16_t> values(count);
        for (std::size_t i = 0; i < count; ++i) {
            const auto low = static_cast<unsigned char>(part[i]);
            const auto high = static_cast<unsigned char>(part[count + i]);
            values[i] = static_cast<std::uint16_t>(low | (high << 8U));
        }
        return values;
    }

    /// As putPlanes wrote floats.
    std::vector<float> takeFloatPlanes(std::uint64_t count, const char* what) {
        const auto part = take(4 * count, what);
        std::vector<float> values(count);
        for (std::size_t i = 0; i < count; ++i) {
            std::uint32_t bits = 0;
            for (std::size_t plane = 0; plane < 4; ++plane)
                bits |= std::uint32_t{static_cast<unsigned char>(part[plane * count + i])}
                        << (8 * plane);
            values[i] = std::bit_cast<float>(bits);
        }
        return values;
    }

    std::uint64_t left() const { return bytes_.size() - at_; }

  private:
    std::string_view bytes_;
    const std::string& where_;
    std::size_t at_ = 0;
};

// ---------------------------------------------------------------- compression

std::string compress(const std::string& decoded, char version = kCodecVersion) {
    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                       ZSTD_freeCCtx);
    GS_CHECK(context != nullptr);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    std::string blob(kBlobHeaderBytes + ZSTD_compressBound(decoded.size()), '\0');
    const auto size = ZSTD_compress2(context.get(),
                                     blob.data() + kBlobHeaderBytes,
                                     blob.size() - kBlobHeaderBytes,
                                     decoded.data(),
                                     decoded.size());
    GS_CHECK(ZSTD_isError(size) == 0);
    blob.resize(kBlobHeaderBytes + size);
    blob[0] = version;
    GS_CHECK(decoded.size() <= kLargestDecodedBlob);
    const auto decodedSize = static_cast<std::uint32_t>(decoded.size());
    std::memcpy(blob.data() + 1, &decodedSize, sizeof decodedSize);
    return blob;
}

/// `newest`: the last codec version that such a blob may have.
std::string decompress(std::string_view blob,
                       char newest,
                       const std::string& where,
                       DecodeBudget& budget) {
    if (blob.size() < kBlobHeaderBytes)
        refuse(where, fmt::format("a chunk of {} bytes, expected at least 5", blob.size()));
    if (blob[0] < kCodecVersion || blob[0] > newest)
        refuse(where,
               fmt::format("a chunk says codec {}, expected at most {}",
                           static_cast<unsigned char>(blob[0]),
                           int{newest}));
    std::uint32_t size = 0;
    std::memcpy(&size, blob.data() + 1, sizeof size);
    if (size > std::min(kLargestDecodedBlob, budget.bytesLeft))
        refuse(where,
               fmt::format("a chunk says it unpacks to {} bytes, expected at most {}",
                           size,
                           std::min(kLargestDecodedBlob, budget.bytesLeft)));
    const auto frame = blob.substr(kBlobHeaderBytes);
    if (ZSTD_getFrameContentSize(frame.data(), frame.size()) != size)
        refuse(where, fmt::format("a chunk's zstd frame is not of the {} bytes it says", size));
    budget.bytesLeft -= size;
    std::string decoded(size, '\0');
    const auto got = ZSTD_decompress(decoded.data(), decoded.size(), frame.data(), frame.size());
    if (ZSTD_isError(got) != 0 || got != size)
        refuse(where,
               fmt::format("a chunk does not unpack ({})",
                           ZSTD_isError(got) != 0 ? ZSTD_getErrorName(got) : "too short"));
    return decoded;
}

// ---------------------------------------------------------------- routing

/// Behind the last expert of a layer that selects fewer than others.
constexpr std::uint16_t kNoExpert = 0xFFFF;

bool inUnitRange(const std::vector<float>& values) {
    // A softmax in f32 may end a few units in the last place above 1.
    return std::ranges::all_of(values, [](float v) { return v >= 0.0F && v <= 1.0F + 1e-4F; });
}

bool isStorable(const RoutingRecordPtr& record) {
    return record != nullptr && inUnitRange(record->probs) && inUnitRange(record->gates) &&
           std::ranges::all_of(record->logSumExps, [](float v) { return std::isfinite(v); });
}

bool sameShape(const RoutingRecord& a, const RoutingRecord& b) {
    return a.numLayers == b.numLayers && a.numExperts == b.numExperts &&
           a.numSelected == b.numSelected && a.logSumExps.size() == b.logSumExps.size();
}

std::size_t cells(const RoutingRecord& record) {
    return record.probs.size() + record.selected.size() + record.gates.size() +
           2 * record.logSumExps.size();
}

std::vector<std::uint16_t> halves(const std::vector<float>& values) {
    std::vector<std::uint16_t> bits(values.size());
    std::ranges::transform(
        values, bits.begin(), [](float v) { return kernels::floatToHalf(std::min(v, 1.0F)); });
    return bits;
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

void putRun(std::string& out,
            std::span<const TokenRecord> tokens,
            std::size_t first,
            char version) {
    const RoutingRecord& shape = *tokens.front().routing;
    std::vector<std::uint16_t> probs;
    std::vector<std::uint16_t> selected;
    std::vector<std::uint16_t> gates;
    std::vector<float> logSumExps;
    for (const auto& token : tokens) {
        const RoutingRecord& record = *token.routing;
        GS_CHECK_EQ(record.probs.size(),
                    static_cast<std::size_t>(shape.numLayers * shape.numExperts));
        GS_CHECK_EQ(record.selected.size(),
                    static_cast<std::size_t>(shape.numLayers * shape.numSelected));
        GS_CHECK_EQ(record.gates.size(), record.selected.size());
        append(probs, halves(record.probs));
        append(gates, halves(record.gates));
        append(logSumExps, record.logSumExps);
        for (const auto expert : record.selected) {
            GS_CHECK(expert >= -1 && expert < shape.numExperts);
            selected.push_back(expert < 0 ? kNoExpert : static_cast<std::uint16_t>(expert));
        }
    }
    putSize(out, first);
    putSize(out, tokens.size());
    putSize(out, static_cast<std::size_t>(shape.numLayers));
    putSize(out, static_cast<std::size_t>(shape.numExperts));
    putSize(out, static_cast<std::size_t>(shape.numSelected));
    putPlanes(out, probs);
    putPlanes(out, selected);
    putPlanes(out, gates);
    if (version < kLogSumExpCodecVersion) return;
    GS_CHECK(logSumExps.empty() ||
             logSumExps.size() == tokens.size() * static_cast<std::size_t>(shape.numLayers));
    putSize(out, logSumExps.empty() ? 0 : 1);
    putPlanes(out, logSumExps);
}

std::string routingBytes(std::span<const TokenRecord> tokens, char version) {
    std::string runs;
    std::size_t numRuns = 0;
    for (std::size_t first = 0; first < tokens.size();) {
        if (!isStorable(tokens[first].routing)) {
            ++first;
            continue;
        }
        std::size_t end = first + 1;
        while (end < tokens.size() && isStorable(tokens[end].routing) &&
               sameShape(*tokens[first].routing, *tokens[end].routing))
            ++end;
        putRun(runs, tokens.subspan(first, end - first), first, version);
        ++numRuns;
        first = end;
    }
    if (numRuns == 0) return {};
    std::string out;
    putSize(out, numRuns);
    return out + runs;
}

std::vector<float> floats(std::span<const std::uint16_t> bits, const std::string& where) {
    std::vector<float> values(bits.size());
    for (std::size_t i = 0; i < bits.size(); ++i) {
        values[i] = kernels::halfToFloat(bits[i]);
        if (!(values[i] >= 0.0F && values[i] <= 1.0F))
            refuse(where, fmt::format("a router probability or gate is {}", values[i]));
    }
    return values;
}

/// None where the run keeps none.
std::vector<float> takeLogSumExps(Reader& reader, std::uint64_t count, const std::string& where) {
    const auto kept = reader.takeSize("whether log-sum-exps are kept");
    if (kept > 1) refuse(where, fmt::format("log-sum-exps kept {}, expected 0 or 1", kept));
    if (kept == 0) return {};
    auto values = reader.takeFloatPlanes(count, "log-sum-exps");
    for (const float value : values)
        if (!std::isfinite(value)) refuse(where, fmt::format("a log-sum-exp is {}", value));
    return values;
}

struct RunShape {
    std::uint32_t first, tokens, layers, experts, selected;
};

/// Of all layers of a token; each selects at least one, and none behind the last.
std::vector<std::int32_t> takeSelected(std::span<const std::uint16_t> experts,
                                       const RunShape& shape,
                                       const std::string& where) {
    std::vector<std::int32_t> selected;
    for (std::size_t i = 0; i < experts.size(); ++i) {
        const bool isFirst = i % shape.selected == 0;
        const bool isNone = experts[i] == kNoExpert && !isFirst;
        if (!isNone && (experts[i] >= shape.experts || (!isFirst && selected.back() < 0)))
            refuse(where, fmt::format("expert {} of {}", experts[i], shape.experts));
        selected.push_back(isNone ? -1 : experts[i]);
    }
    return selected;
}

RunShape takeShape(Reader& reader, std::size_t numTokens, const std::string& where) {
    const auto sizes = reader.takeArray<std::uint32_t>(5, "a run's sizes");
    const RunShape shape{sizes[0], sizes[1], sizes[2], sizes[3], sizes[4]};
    if (shape.first > numTokens || shape.tokens > numTokens - shape.first)
        refuse(where,
               fmt::format("routing of tokens {} to {} in a chunk of {} tokens",
                           shape.first,
                           std::uint64_t{shape.first} + shape.tokens,
                           numTokens));
    if (shape.layers == 0 || shape.layers > kMostLayers || shape.experts == 0 ||
        shape.experts > kMostExperts || shape.selected == 0 || shape.selected > shape.experts)
        refuse(where,
               fmt::format("routing of {} layers, {} experts, {} selected; expected 1 to {} layers "
                           "and 1 to {} experts",
                           shape.layers,
                           shape.experts,
                           shape.selected,
                           kMostLayers,
                           kMostExperts));
    return shape;
}

void takeRun(Reader& reader,
             std::span<TokenRecord> tokens,
             char version,
             const std::string& where,
             DecodeBudget& budget) {
    const auto shape = takeShape(reader, tokens.size(), where);
    const std::size_t numProbs = std::size_t{shape.layers} * shape.experts;
    const std::size_t numSelected = std::size_t{shape.layers} * shape.selected;
    const auto probs = reader.takePlanes(shape.tokens * numProbs, "router probabilities");
    const auto selected = reader.takePlanes(shape.tokens * numSelected, "selected experts");
    const auto gates = reader.takePlanes(shape.tokens * numSelected, "gates");
    const auto logSumExps =
        version < kLogSumExpCodecVersion
            ? std::vector<float>()
            : takeLogSumExps(reader, std::uint64_t{shape.tokens} * shape.layers, where);
    const std::size_t numSums = logSumExps.empty() ? 0 : shape.layers;
    const std::uint64_t bytes =
        shape.tokens * (numProbs + 2 * numSelected + numSums) * sizeof(float);
    if (bytes > budget.bytesLeft) refuse(where, "the routing records need more than 4 GiB");
    budget.bytesLeft -= bytes;
    for (std::size_t t = 0; t < shape.tokens; ++t) {
        auto record = std::make_shared<RoutingRecord>();
        record->numLayers = static_cast<int>(shape.layers);
        record->numExperts = static_cast<int>(shape.experts);
        record->numSelected = static_cast<int>(shape.selected);
        record->probs = floats(std::span(probs).subspan(t * numProbs, numProbs), where);
        record->gates = floats(std::span(gates).subspan(t * numSelected, numSelected), where);
        const auto sums = std::span(logSumExps).subspan(t * numSums, numSums);
        record->logSumExps.assign(sums.begin(), sums.end());
        record->selected =
            takeSelected(std::span(selected).subspan(t * numSelected, numSelected), shape, where);
        tokens[shape.first + t].routing = std::move(record);
    }
}

// ---------------------------------------------------------------- tokens

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

std::vector<TokenRecord> takeTokens(Reader& reader, char version, const std::string& where) {
    constexpr std::uint64_t kBytesAToken = 4 + 4 + 1 + 4;
    const std::uint64_t count = reader.takeSize("the number of tokens");
    if (count > kMostTokensInAChunk || count * kBytesAToken > reader.left())
        refuse(where,
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
        if (ids[i] < 0) refuse(where, fmt::format("token id {}", ids[i]));
        if (!areFlags(flags[i], version)) refuse(where, fmt::format("token flag {}", flags[i]));
        if (predicted[i] < -1) refuse(where, fmt::format("predicted id {}", predicted[i]));
        tokens[i].token = ids[i];
        tokens[i].predicted = predicted[i];
        tokens[i].logProb = logProbs[i];
        tokens[i].generated = flags[i] != 0;
        tokens[i].drafted = flags[i] == kDraftedFlags;
        tokens[i].text = reader.take(textBytes[i], "token texts");
    }
    return tokens;
}

void expectEnd(const Reader& reader, const std::string& where) {
    if (reader.left() != 0) refuse(where, fmt::format("{} bytes too many", reader.left()));
}

}  // namespace

std::vector<std::span<const TokenRecord>> splitIntoChunks(std::span<const TokenRecord> tokens) {
    std::vector<std::span<const TokenRecord>> chunks;
    std::size_t first = 0;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const std::size_t own =
            tokens[i].text.size() + (tokens[i].routing ? 2 * cells(*tokens[i].routing) : 0);
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
    TokenBlobs blobs;
    if (tokens.empty()) return blobs;
    const char tokensVersion = versionOf(tokens);
    blobs.tokens = compress(tokenBytes(tokens, tokensVersion), tokensVersion);
    const bool sums = std::ranges::any_of(tokens, [](const TokenRecord& t) {
        return isStorable(t.routing) && !t.routing->logSumExps.empty();
    });
    const char version = sums ? kLogSumExpCodecVersion : kCodecVersion;
    if (const auto routing = routingBytes(tokens, version); !routing.empty())
        blobs.routing = compress(routing, version);
    return blobs;
}

void decodeTokens(const TokenBlobs& blobs,
                  const std::string& where,
                  DecodeBudget& budget,
                  std::vector<TokenRecord>& out) {
    const auto decoded = decompress(blobs.tokens, kPredictionCodecVersion, where, budget);
    Reader reader(decoded, where);
    // The records in memory are larger than the bytes they come from.
    auto tokens = takeTokens(reader, blobs.tokens[0], where);
    expectEnd(reader, where);
    const std::uint64_t held = tokens.size() * sizeof(TokenRecord);
    if (held > budget.bytesLeft) refuse(where, "the tokens need more than 4 GiB");
    budget.bytesLeft -= held;
    if (!blobs.routing.empty()) {
        const auto routing = decompress(blobs.routing, kLogSumExpCodecVersion, where, budget);
        Reader runs(routing, where);
        const auto numRuns = runs.takeSize("the number of runs");
        for (std::uint32_t run = 0; run < numRuns; ++run)
            takeRun(runs, tokens, blobs.routing[0], where, budget);
        expectEnd(runs, where);
    }
    out.insert(
        out.end(), std::make_move_iterator(tokens.begin()), std::make_move_iterator(tokens.end()));
}

}  // namespace gatescope
