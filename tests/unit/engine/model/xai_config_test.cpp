#include "engine/model/xai/xai_config.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/error.h"

namespace gatescope {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string small(const std::string& more = "") {
    return R"({"vocab_size": 512, "emb_size": 128, "key_size": 16, "num_q_heads": 8,
               "num_kv_heads": 8, "num_layers": 4)" +
           more + "}";
}

std::string refusal(const std::string& text) {
    try {
        (void)parseXaiConfig(text, "config.json");
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadInput);
        EXPECT_THAT(error.what(), HasSubstr("config.json"));
        return error.what();
    }
    return {};
}

TEST(XaiConfigTest, DerivesTheExpertWidthAsXaisModelDoes) {
    EXPECT_EQ(ffnSize(8.0, 6144), 32768);
    EXPECT_EQ(ffnSize(8.0, 128), 688);   // 682 rounded up to a multiple of 8
    EXPECT_EQ(ffnSize(0.375, 384), 96);  // 144 * 2 / 3
    EXPECT_EQ(ffnSize(2.0, 192), 256);
    EXPECT_EQ(parseXaiConfig(small(), "c").ffnSize, 688);  // Grok-1's widening
    EXPECT_EQ(parseXaiConfig(small(R"(, "widening_factor": 2)"), "c").ffnSize, 176);
    EXPECT_EQ(parseXaiConfig(small(R"(, "widening_factor": 2, "ffn_size": 7)"), "c").ffnSize, 7);
}

TEST(XaiConfigTest, TakesGrok1ForKeysThatAreAbsent) {
    const ModelConfig config = parseXaiConfig(small(), "config.json");
    EXPECT_EQ(config.numExperts, 8);
    EXPECT_EQ(config.numSelected, 2);
    EXPECT_EQ(config.contextLength, 8192);
    EXPECT_EQ(config.embeddingScale, 78.38367176906169F);
    EXPECT_EQ(config.ropeBase, 10000.0F);
}

TEST(XaiConfigTest, ReadsMultipliersAndTokens) {
    const ModelConfig config = parseXaiConfig(
        small(R"(, "rope_base": 500, "rms_norm_eps": 1e-6, "attn_logit_cap": 50, "pad_token": 3,
                 "eos_token": 7, "attn_output_multiplier": 0.25, "something_else": [1, {}])"),
        "config.json");
    EXPECT_EQ(config.ropeBase, 500.0F);
    EXPECT_EQ(config.rmsEps, 1e-6F);
    EXPECT_EQ(config.attentionCap, 50.0F);
    EXPECT_EQ(config.padToken, 3);
    EXPECT_EQ(config.eosToken, 7);
    EXPECT_EQ(config.attentionScale, 0.25F);
}

TEST(XaiConfigTest, NamesTheKeyThatIsWrong) {
    EXPECT_THAT(refusal(R"({"vocab_size": 512, "num_layers": 4})"),
                HasSubstr("\"emb_size\" is missing"));
    EXPECT_THAT(refusal(small(R"(, "num_experts": "8")")), HasSubstr("\"num_experts\""));
    EXPECT_THAT(refusal(small(R"(, "num_experts": 8.5)")), HasSubstr("8.5"));
    EXPECT_THAT(refusal(small(R"(, "num_experts": -1)")), HasSubstr("num_experts"));
    EXPECT_THAT(refusal(small(R"(, "num_experts": 0)")), HasSubstr("num_experts"));
    EXPECT_THAT(refusal(small(R"(, "eos_token": 18446744073709551615)")), HasSubstr("eos_token"));
    EXPECT_THAT(refusal(small(R"(, "eos_token": -9223372036854775808)")), HasSubstr("eos_token"));
    EXPECT_THAT(refusal(small(R"(, "eos_token": 512)")), HasSubstr("eos_token"));
    EXPECT_THAT(refusal(small(R"(, "eos_token": -1)")), HasSubstr("eos_token -1"));
    EXPECT_THAT(refusal(small(R"(, "pad_token": -1)")), HasSubstr("pad_token -1"));
    EXPECT_THAT(refusal(small(R"(, "num_selected_experts": 9)")),
                HasSubstr("num_selected_experts"));
    EXPECT_THAT(refusal(small(R"(, "rope_base": 0)")), HasSubstr("rope_base"));
    EXPECT_THAT(refusal(small(R"(, "rope_base": 1e300)")), HasSubstr("rope_base"));
    EXPECT_THAT(refusal(small(R"(, "rms_norm_eps": null)")), HasSubstr("rms_norm_eps"));
    EXPECT_THAT(refusal(small(R"(, "widening_factor": 1e18)")), HasSubstr("widening_factor"));
    EXPECT_THAT(refusal(small(R"(, "ffn_size": 2000000000)")), HasSubstr("ffn_size"));
}

TEST(XaiConfigTest, SaysWhereTheJsonEnds) {
    EXPECT_THAT(refusal("{\"vocab_size\": 512,"), AllOf(HasSubstr("byte 19"), HasSubstr("JSON")));
    EXPECT_THAT(refusal(""), HasSubstr("not JSON"));
    EXPECT_THAT(refusal("[1, 2]"), HasSubstr("no JSON object"));
    EXPECT_THAT(refusal(small(R"(, "unknown": 1e999)")), HasSubstr("larger than any size"));
    EXPECT_THAT(refusal(std::string(100'000, '[')), HasSubstr("not JSON"));
}

}  // namespace
}  // namespace gatescope
