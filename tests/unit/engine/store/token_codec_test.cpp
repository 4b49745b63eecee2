#include "engine/store/token_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "engine/error.h"
#include "tests/support/likely_tokens.h"
#include "tests/unit/engine/store/store_samples.h"

namespace gatescope {
namespace {

using ::testing::HasSubstr;

std::vector<TokenRecord> decoded(const TokenBlobs& blobs) {
    std::vector<TokenRecord> tokens;
    DecodeBudget budget;
    decodeTokens(blobs, "here", budget, tokens);
    return tokens;
}

std::string complaint(const TokenBlobs& blobs) {
    try {
        decoded(blobs);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadInput);
        return error.what();
    }
    return "";
}

void expectSame(const std::vector<TokenRecord>& got, const std::vector<TokenRecord>& want) {
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
        EXPECT_EQ(got[i].token, want[i].token);
        EXPECT_EQ(got[i].text, want[i].text);
        EXPECT_EQ(got[i].generated, want[i].generated);
        EXPECT_EQ(got[i].drafted, want[i].drafted);
        EXPECT_EQ(got[i].logProb, want[i].logProb);
        const bool known = want[i].generated && want[i].alternatives;
        ASSERT_EQ(got[i].alternatives != nullptr, known) << i;
        if (known) {
            EXPECT_EQ(*got[i].alternatives, *want[i].alternatives) << i;
        }
        ASSERT_EQ(got[i].routing == nullptr, want[i].routing == nullptr) << i;
        if (got[i].routing) {
            EXPECT_EQ(*got[i].routing, test::roundedToHalf(*want[i].routing)) << i;
        }
    }
}

/// A blob around hand-made content, sound on the outside.
std::string blobOf(const std::string& content, std::uint32_t size, char version = 1) {
    std::string blob(5 + ZSTD_compressBound(content.size()), '\0');
    blob[0] = version;
    std::memcpy(&blob[1], &size, 4);
    blob.resize(5 + ZSTD_compress(&blob[5], blob.size() - 5, content.data(), content.size(), 3));
    return blob;
}

std::string blobOf(const std::string& content) {
    return blobOf(content, static_cast<std::uint32_t>(content.size()));
}

std::string words(std::initializer_list<std::uint32_t> values) {
    std::string bytes;
    for (const auto value : values) bytes.append(reinterpret_cast<const char*>(&value), 4);
    return bytes;
}

class TokenCodecTest : public ::testing::Test {
  protected:
    TokenBlobs sample(int tokens = 3) {
        std::string text;
        for (int i = 0; i < tokens; ++i) text += "word ";
        return encodeTokens(test::tokensOf(text, random_));
    }
    std::mt19937 random_{11};
};

TEST_F(TokenCodecTest, KeepsRecordsOfDifferentShapesAndGapsBetweenThem) {
    auto tokens = test::tokensOf("a b c d e f g", random_);
    tokens[0].routing = nullptr;
    tokens[3].routing = test::randomRecord(random_, 4, 8, 3);
    tokens[4].routing = test::randomRecord(random_, 4, 8, 3);
    tokens[5].routing = nullptr;
    tokens[6].text.clear();
    expectSame(decoded(encodeTokens(tokens)), tokens);
}

TEST_F(TokenCodecTest, KeepsLayersThatSelectFewerThanOthers) {
    auto tokens = test::tokensOf("a b c", random_);
    RoutingRecord record = *test::randomRecord(random_, 2, 8, 3);
    record.selected = {5, -1, -1, 1, 4, -1};
    record.gates = {0.5F, 0, 0, 0.5F, 0.25F, 0};
    tokens[1].routing = std::make_shared<const RoutingRecord>(record);
    const auto read = decoded(encodeTokens(tokens));
    expectSame(read, tokens);
    EXPECT_EQ(read[1].routing->numSelectedIn(0), 1);
    EXPECT_EQ(read[1].routing->numSelectedIn(1), 2);
}

TEST_F(TokenCodecTest, MarksDraftedTokens) {
    auto tokens = test::tokensOf("a b c d e f", random_);
    const auto without = encodeTokens(tokens);
    EXPECT_EQ(without.tokens[0], 1);  // as every program reads it
    tokens[3].drafted = true;
    ASSERT_TRUE(tokens[3].generated);
    const auto with = encodeTokens(tokens);
    EXPECT_EQ(with.tokens[0], 2);
    EXPECT_EQ(with.routing, without.routing);
    expectSame(decoded(with), tokens);
    tokens[3].drafted = false;
    tokens[2].drafted = true;  // of a prompt: means nothing
    ASSERT_FALSE(tokens[2].generated);
    EXPECT_EQ(encodeTokens(tokens).tokens, without.tokens);
}

TEST_F(TokenCodecTest, RefusesFlagsThatNobodyWrites) {
    const auto flagged = [](char flags, char version) {
        const std::string content = words({1, 5, 0}) + std::string(1, flags) + words({0});
        return complaint(
            {blobOf(content, static_cast<std::uint32_t>(content.size()), version), ""});
    };
    for (const char good : {'\0', '\1'}) EXPECT_EQ(flagged(good, 1), "") << int{good};
    for (const char good : {'\0', '\1', '\3'}) EXPECT_EQ(flagged(good, 2), "") << int{good};
    EXPECT_THAT(flagged(3, 1), HasSubstr("token flag 3"));
    EXPECT_THAT(flagged(2, 2), HasSubstr("token flag 2"));
    EXPECT_THAT(flagged(4, 2), HasSubstr("token flag 4"));
    EXPECT_THAT(flagged(1, 4), HasSubstr("codec 4, expected at most 3"));
    EXPECT_THAT(flagged(1, 0), HasSubstr("codec 0"));
    auto routing = sample();
    routing.routing[0] = 3;
    EXPECT_THAT(complaint(routing), HasSubstr("codec 3, expected at most 2"));
}

TEST_F(TokenCodecTest, KeepsAlternativesToTheBitWhereThereAreSome) {
    auto tokens = test::tokensOf("a b c d e f", random_);
    EXPECT_EQ(encodeTokens(tokens).tokens[0], 1);
    ASSERT_FALSE(tokens[2].generated);
    tokens[2].alternatives = test::alternativesLike(7);  // of a prompt: means nothing
    EXPECT_EQ(encodeTokens(tokens).tokens[0], 1) << "as every program reads it";
    ASSERT_TRUE(tokens[3].generated);
    tokens[3].alternatives = test::alternativesLike(0, 0);
    tokens[3].drafted = true;
    auto many = *test::alternativesLike(131052, TokenAlternatives::kMost - 1);
    many.logProbs.back() = -1.2345678e-30F;
    many.entropy = 16.987654F;
    many.rank = 131071;
    tokens[5].alternatives = std::make_shared<TokenAlternatives>(many);
    const auto blobs = encodeTokens(tokens);
    EXPECT_EQ(blobs.tokens[0], 3);
    expectSame(decoded(blobs), tokens);
    EXPECT_EQ(decoded(blobs)[3].predicted(), 0);
    EXPECT_EQ(decoded(blobs)[1].predicted(), -1);
}

TEST_F(TokenCodecTest, RefusesAlternativesThatNoModelGives) {
    const auto complaintOf = [&](float entropy, std::int32_t rank, TokenId id, float logProb) {
        std::string bytes = words({1, 5, 0}) + '\1' + words({0}) + '\1';
        putPlanes(bytes, std::vector{entropy});
        putPlanes(bytes, std::vector{rank});
        putPlanes(bytes, std::vector{id});
        putPlanes(bytes, std::vector{logProb});
        return complaint({blobOf(bytes, static_cast<std::uint32_t>(bytes.size()), 3), ""});
    };
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float infinity = std::numeric_limits<float>::infinity();
    EXPECT_EQ(complaintOf(1, 1, 3, -1), "");
    EXPECT_THAT(complaintOf(nan, 1, 3, -1), HasSubstr("an entropy of nan bits"));
    EXPECT_THAT(complaintOf(-1, 1, 3, -1), HasSubstr("an entropy of -1 bits"));
    EXPECT_THAT(complaintOf(infinity, 1, 3, -1), HasSubstr("an entropy of inf bits"));
    EXPECT_THAT(complaintOf(1, 0, 3, -1), HasSubstr("a token of rank 0"));
    EXPECT_THAT(complaintOf(1, 1, -3, -1), HasSubstr("an alternative's id is below 0"));
    EXPECT_THAT(complaintOf(1, 1, 3, 0.5F), HasSubstr("log probability"));
    EXPECT_THAT(complaintOf(1, 1, 3, nan), HasSubstr("log probability"));
    EXPECT_THAT(complaintOf(1, 1, 3, -infinity), HasSubstr("log probability"));
    const auto counted = [&](char count) {
        const std::string bytes =
            words({1, 5, 0}) + '\1' + words({0}) + count + std::string(400, '\0');
        return complaint({blobOf(bytes, static_cast<std::uint32_t>(bytes.size()), 3), ""});
    };
    EXPECT_THAT(counted(21), HasSubstr("21 alternatives of a token"));
    EXPECT_THAT(counted(100), HasSubstr("alternatives need"));
    EXPECT_THAT(counted(0), HasSubstr("bytes too many"));
}

TEST_F(TokenCodecTest, KeepsLogSumExpsToTheBitWhereThereAreSome) {
    auto tokens = test::tokensOf("a b c d e f", random_);
    EXPECT_EQ(encodeTokens(tokens).routing[0], 2);
    const auto without = [](const RoutingRecordPtr& record) {
        auto copy = std::make_shared<RoutingRecord>(*record);
        copy->logSumExps.clear();
        return copy;
    };
    tokens[1].routing = without(tokens[1].routing);
    tokens[2].routing = without(tokens[2].routing);
    auto large = std::make_shared<RoutingRecord>(*tokens[4].routing);
    large->logSumExps.front() = -1.234567e-30F;
    large->logSumExps.back() = 3e38F;
    tokens[4].routing = large;
    expectSame(decoded(encodeTokens(tokens)), tokens);
    for (auto& token : tokens) token.routing = without(token.routing);
    EXPECT_EQ(encodeTokens(tokens).routing[0], 1) << "as every program reads it";
    expectSame(decoded(encodeTokens(tokens)), tokens);
}

TEST_F(TokenCodecTest, RefusesLogSumExpsNoRouterGives) {
    const auto good = sample(1);
    const auto kept = [&](std::uint32_t flag, std::string planes) {
        std::string bytes = words({1, 0, 1, 1, 1, 1});
        bytes += std::string("\0\x3c", 2) + std::string("\0\0", 2) + std::string("\0\x3c", 2);
        bytes += words({flag}) + std::move(planes);
        return complaint({good.tokens, blobOf(bytes, static_cast<std::uint32_t>(bytes.size()), 2)});
    };
    EXPECT_EQ(kept(0, ""), "");
    EXPECT_EQ(kept(1, std::string("\0\0\x80\x3f", 4)), "");
    EXPECT_THAT(kept(1, std::string("\0\0\xc0\x7f", 4)), HasSubstr("a log-sum-exp is nan"));
    EXPECT_THAT(kept(1, std::string("\0\0\x80\xff", 4)), HasSubstr("a log-sum-exp is -inf"));
    EXPECT_THAT(kept(1, "abc"), HasSubstr("log-sum-exps need 4 bytes"));
    EXPECT_THAT(kept(2, "abcd"), HasSubstr("log-sum-exps kept 2"));
}

TEST_F(TokenCodecTest, StoresAnImpossibleRecordAsNotComputed) {
    auto tokens = test::tokensOf("a b c", random_);
    RoutingRecord poisoned = *tokens[1].routing;
    poisoned.probs[3] = std::numeric_limits<float>::quiet_NaN();
    tokens[1].routing = std::make_shared<RoutingRecord>(poisoned);
    const auto got = decoded(encodeTokens(tokens));
    EXPECT_NE(got[0].routing, nullptr);
    EXPECT_EQ(got[1].routing, nullptr);
    EXPECT_NE(got[2].routing, nullptr);
}

TEST_F(TokenCodecTest, SplitsWhatIsLargeIntoChunksThatDecodeInOrder) {
    std::string text;
    for (int i = 0; i < 9000; ++i) text += "w" + std::to_string(i) + ' ';
    const auto tokens = test::tokensOf(text, random_, 16, 16, 2);
    const auto chunks = splitIntoChunks(tokens);
    EXPECT_GT(chunks.size(), 2U);
    std::vector<TokenRecord> got;
    DecodeBudget budget;
    for (const auto& chunk : chunks) decodeTokens(encodeTokens(chunk), "here", budget, got);
    expectSame(got, tokens);
}

TEST_F(TokenCodecTest, RefusesEveryTruncation) {
    const auto whole = sample();
    for (std::size_t length = 0; length < whole.tokens.size(); ++length)
        EXPECT_NE(complaint({whole.tokens.substr(0, length), whole.routing}), "") << length;
    for (std::size_t length = 1; length < whole.routing.size(); ++length)
        EXPECT_NE(complaint({whole.tokens, whole.routing.substr(0, length)}), "") << length;
}

TEST_F(TokenCodecTest, NoSingleBitChangesWhatIsRead) {
    const auto tokens = test::tokensOf("one two three", random_);
    const auto whole = encodeTokens(tokens);
    for (std::size_t bit = 0; bit < 8 * whole.routing.size(); ++bit) {
        auto flipped = whole;
        flipped.routing[bit / 8] = static_cast<char>(flipped.routing[bit / 8] ^ (1 << (bit % 8)));
        if (complaint(flipped).empty()) expectSame(decoded(flipped), tokens);
    }
    for (std::size_t bit = 0; bit < 8 * whole.tokens.size(); ++bit) {
        auto flipped = whole;
        flipped.tokens[bit / 8] = static_cast<char>(flipped.tokens[bit / 8] ^ (1 << (bit % 8)));
        if (complaint(flipped).empty()) expectSame(decoded(flipped), tokens);
    }
}

TEST_F(TokenCodecTest, RefusesSizesThatTheBytesDoNotHold) {
    const auto good = sample();
    const auto routing = [&](const std::string& content) {
        return complaint({good.tokens, blobOf(content)});
    };
    EXPECT_THAT(routing(words({1, 0, 4, 1, 8, 2})), HasSubstr("tokens 0 to 4"));
    EXPECT_THAT(routing(words({1, 0xffffffffU, 2, 1, 8, 2})), HasSubstr("tokens 4294967295"));
    EXPECT_THAT(routing(words({1, 0, 3, 0, 8, 2})), HasSubstr("0 layers"));
    EXPECT_THAT(routing(words({1, 0, 3, 0xffffffffU, 8, 2})), HasSubstr("layers"));
    EXPECT_THAT(routing(words({1, 0, 3, 1, 8, 9})), HasSubstr("9 selected"));
    EXPECT_THAT(routing(words({1, 0, 3, 4096, 4096, 4096})), HasSubstr("need 100663296 bytes"));
    EXPECT_THAT(routing(words({0xffffffffU})), HasSubstr("need 20 bytes"));
    EXPECT_THAT(routing(words({0, 7})), HasSubstr("4 bytes too many"));
    EXPECT_THAT(complaint({blobOf(words({0xffffffffU})), ""}), HasSubstr("4294967295 tokens"));
    EXPECT_THAT(
        complaint({blobOf(words({1, 5, 0}) + std::string(1, '\0') + words({1U << 30U})), ""}),
        HasSubstr("token texts need 1073741824"));
    EXPECT_THAT(
        complaint({blobOf(words({1, 0x80000000U, 0}) + std::string(1, '\0') + words({0})), ""}),
        HasSubstr("token id -"));
}

TEST_F(TokenCodecTest, RefusesValuesNoRouterGives) {
    const auto good = sample(1);
    const auto run = [](std::uint16_t p, std::uint16_t expert, std::uint16_t gate) {
        std::string bytes = words({1, 0, 1, 1, 2, 1});
        for (const std::uint16_t v : {p, std::uint16_t{0}}) bytes += static_cast<char>(v & 0xff);
        for (const std::uint16_t v : {p, std::uint16_t{0}}) bytes += static_cast<char>(v >> 8);
        for (const std::uint16_t v : {expert, gate}) {
            bytes += static_cast<char>(v & 0xff);
            bytes += static_cast<char>(v >> 8);
        }
        return bytes;
    };
    EXPECT_EQ(complaint({good.tokens, blobOf(run(0x3c00, 1, 0x3800))}), "");
    EXPECT_THAT(complaint({good.tokens, blobOf(run(0x7e00, 1, 0x3800))}), HasSubstr("nan"));
    EXPECT_THAT(complaint({good.tokens, blobOf(run(0x3c01, 1, 0x3800))}), HasSubstr("1.0"));
    EXPECT_THAT(complaint({good.tokens, blobOf(run(0xbc00, 1, 0x3800))}), HasSubstr("-1"));
    EXPECT_THAT(complaint({good.tokens, blobOf(run(0x3c00, 1, 0x7c00))}), HasSubstr("inf"));
    EXPECT_THAT(complaint({good.tokens, blobOf(run(0x3c00, 2, 0x3800))}),
                HasSubstr("expert 2 of 2"));
    EXPECT_THAT(complaint({good.tokens, blobOf(run(0x3c00, 0xffff, 0x3800))}),
                HasSubstr("expert 65535 of 2"))
        << "a layer selects one at least";
}

TEST_F(TokenCodecTest, RefusesABlobThatUnpacksToMoreThanItMay) {
    const std::string zeros(std::size_t{130} << 20U, '\0');
    EXPECT_THAT(complaint({blobOf(zeros), ""}), HasSubstr("unpacks to 136314880 bytes"));
    EXPECT_THAT(complaint({blobOf(zeros, 8), ""}), HasSubstr("not of the 8 bytes"));
    DecodeBudget small{.bytesLeft = 100};
    std::vector<TokenRecord> tokens;
    EXPECT_THROW(decodeTokens(sample(20), "here", small, tokens), Error);
}

TEST_F(TokenCodecTest, ManySmallBlobsCannotAddUpToMoreThanTheBudget) {
    auto even = std::make_shared<RoutingRecord>(*test::randomRecord(random_, 100, 100, 1));
    even->logSumExps.assign(even->logSumExps.size(), 0.0F);
    std::ranges::fill(even->probs, 0.0F);
    std::ranges::fill(even->gates, 0.0F);
    std::ranges::fill(even->selected, 0);
    TokenRecord token;
    token.routing = even;
    const auto blobs = encodeTokens(std::vector<TokenRecord>{token});
    EXPECT_LT(blobs.routing.size(), 200U);
    DecodeBudget budget{.bytesLeft = 1'000'000};
    std::vector<TokenRecord> tokens;
    int decodedChunks = 0;
    try {
        for (; decodedChunks < 1000; ++decodedChunks) decodeTokens(blobs, "here", budget, tokens);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadInput);
    }
    // 20 kB unpacked and 41 kB held, each.
    EXPECT_GT(decodedChunks, 10);
    EXPECT_LT(decodedChunks, 20);
}

}  // namespace
}  // namespace gatescope
