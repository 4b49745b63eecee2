#include "engine/model/safetensors/hf_config.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "engine/error.h"

namespace gatescope {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// As published with hpcai-tech/grok-1.
constexpr const char* kHpcai = R"({
  "architectures": ["Grok1ModelForCausalLM"], "vocab_size": 131072, "hidden_size": 6144,
  "intermediate_size": 32768, "num_hidden_layers": 64, "num_attention_heads": 48,
  "num_key_value_heads": 8, "attn_output_multiplier": 0.08838834764831845,
  "embedding_multiplier_scale": 78.38367176906169, "output_multiplier_scale": 0.5773502691896257,
  "max_attn_value": 30.0, "max_position_embeddings": 8192, "rms_norm_eps": 1e-05,
  "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "tie_word_embeddings": true,
  "num_experts_per_tok": 2, "num_experts": 8, "torch_dtype": "bfloat16", "use_cache": true})";

// What the class GrokConfig of keyfan's conversion writes by default.
constexpr const char* kKeyfan = R"({
  "architectures": ["GrokForCausalLM"], "model_type": "grok", "vocab_size": 131072,
  "hidden_size": 6144, "intermediate_size": 32768, "num_hidden_layers": 64,
  "num_attention_heads": 48, "num_key_value_heads": 8, "num_experts": 8, "num_experts_per_tok": 2,
  "hidden_act": "silu", "rope_theta": 100000.0, "max_position_embeddings": 4096,
  "rope_scaling": null, "tie_word_embeddings": false})";

// SGLang's own test model.
constexpr const char* kSglang = R"({
  "architectures": ["Grok1ModelForCausalLM"], "model_type": "mixtral", "vocab_size": 131072,
  "hidden_size": 6144, "intermediate_size": 32768, "num_hidden_layers": 64,
  "num_attention_heads": 48, "num_key_value_heads": 8, "num_local_experts": 8,
  "num_experts_per_tok": 2, "head_dim": 128, "rope_theta": 10000.0, "hidden_act": "gelu",
  "attn_output_multiplier": 0.08838834764831845, "embedding_multiplier_scale": 78.38367176906169,
  "output_multiplier_scale": 0.5773502691896257, "max_position_embeddings": 8192})";

HfConfig parse(const std::string& text) {
    return parseHfConfig(text, "config.json");
}

/// The text of kSglang with `key` set to `value`, or added.
std::string with(const std::string& key, const std::string& value) {
    std::string text = kSglang;
    const std::string start = fmt::format("\"{}\": ", key);
    const auto at = text.find(start);
    if (at == std::string::npos) return text.replace(0, 1, fmt::format("{{{}{},", start, value));
    const auto begin = at + start.size();
    // Values with commas stand alone: the list of architectures.
    const auto end =
        text[begin] == '[' ? text.find(']', begin) + 1 : text.find_first_of(",}", begin);
    return text.replace(begin, end - begin, value);
}

std::string without(const std::string& key) {
    return with(key, "null");
}

std::string code(const std::string& text) {
    try {
        (void)parse(text);
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("config.json"));
        return error.code();
    }
    return "none";
}

std::string message(const std::string& text) {
    try {
        (void)parse(text);
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

TEST(HfConfigTest, EveryPublishedFormDescribesGrok1) {
    for (const char* text : {kHpcai, kKeyfan, kSglang})
        EXPECT_EQ(parse(text).model, ModelConfig()) << text;
    EXPECT_EQ(parse(kHpcai).tiedEmbeddings, true);
    EXPECT_EQ(parse(kKeyfan).tiedEmbeddings, false);
    EXPECT_EQ(parse(kSglang).tiedEmbeddings, std::nullopt);
}

TEST(HfConfigTest, CorrectsWhatAKnownConfigHasWrongAndSaysSo) {
    EXPECT_THAT(parse(kKeyfan).remarks,
                ElementsAre(HasSubstr("silu"), HasSubstr("rope_theta 100000"), HasSubstr("4096")));
    EXPECT_THAT(parse(kHpcai).remarks, IsEmpty());
    EXPECT_THAT(parse(kSglang).remarks, IsEmpty());
    EXPECT_THAT(parse(with("router_logit_softcapping", "30.0")).remarks,
                ElementsAre(HasSubstr("router")));
    // Other values are somebody's choice.
    EXPECT_EQ(parse(with("rope_theta", "20000")).model.ropeBase, 20000.0F);
    EXPECT_EQ(parse(with("max_position_embeddings", "1024")).model.contextLength, 1024);
}

TEST(HfConfigTest, TakesEitherKeyForTheNumberOfExperts) {
    EXPECT_EQ(parse(with("num_local_experts", "4")).model.numExperts, 4);
    EXPECT_EQ(parse(with("num_experts", "8")).model.numExperts, 8);
    EXPECT_THAT(
        message(with("num_experts", "16")),
        AllOf(HasSubstr("num_experts is 16 but num_local_experts 8"), HasSubstr("CONFIG-303")));
    EXPECT_EQ(code(without("num_local_experts")), "CONFIG-302");
}

TEST(HfConfigTest, TakesTheSizesFromTheirKeys) {
    const ModelConfig config = parse(R"({"model_type": "grok-1", "vocab_size": 512,
        "hidden_size": 128, "intermediate_size": 688, "num_hidden_layers": 4,
        "num_attention_heads": 8, "num_experts": 6, "num_experts_per_tok": 3, "rms_norm_eps": 1e-6,
        "attn_logit_softcapping": 20, "embedding_multiplier_scale": 11.5,
        "output_multiplier_scale": 0.25, "attn_output_multiplier": 0.5, "pad_token_id": 3,
        "eos_token_id": [7, 8]})")
                                   .model;
    EXPECT_EQ(config.headSize, 16);
    EXPECT_EQ(config.numKvHeads, 8);
    EXPECT_EQ(config.ffnSize, 688);
    EXPECT_EQ(config.numExperts, 6);
    EXPECT_EQ(config.numSelected, 3);
    EXPECT_EQ(config.rmsEps, 1e-6F);
    EXPECT_EQ(config.attentionCap, 20.0F);
    EXPECT_EQ(config.embeddingScale, 11.5F);
    EXPECT_EQ(config.logitScale, 0.25F);
    EXPECT_EQ(config.attentionScale, 0.5F);
    EXPECT_EQ(config.padToken, 3);
    EXPECT_EQ(config.eosToken, 7);
}

TEST(HfConfigTest, RefusesWhatIsNotGrok1InASentence) {
    // The keys of xai-org/grok-2.
    const std::string second = R"({"architectures": ["Grok1ForCausalLM"], "model_type": "git",
        "hidden_size": 8192, "residual_moe": true, "moe_intermediate_size": 16384})";
    EXPECT_THAT(message(second),
                AllOf(HasSubstr("Grok-2"), HasSubstr("dense"), HasSubstr("HF-706")));
    for (const auto& [key, value] : {std::pair{"residual_moe", "true"},
                                     {"final_logit_softcapping", "50"},
                                     {"attn_temperature_len", "1024"},
                                     {"rope_scaling", R"({"type": "yarn"})"},
                                     {"attention_bias", "true"},
                                     {"architectures", R"(["MixtralForCausalLM"])"},
                                     {"architectures", R"(["Grok2ForCausalLM"])"}})
        EXPECT_EQ(code(with(key, value)), "HF-706") << key;
    EXPECT_THAT(message(R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama"})"),
                HasSubstr("class \"LlamaForCausalLM\""));
    EXPECT_EQ(code(R"({"hidden_size": 4})"), "HF-706");
    for (const auto& [key, value] : {std::pair{"final_logit_softcapping", "0"},
                                     {"rope_scaling", "null"},
                                     {"residual_moe", "false"},
                                     {"attention_bias", "false"}})
        EXPECT_EQ(code(with(key, value)), "none") << key;
}

TEST(HfConfigTest, RefusesWhatMakesNoSense) {
    for (const auto& [key, value] : {std::pair{"vocab_size", "0"},
                                     {"vocab_size", "-1"},
                                     {"vocab_size", "18446744073709551615"},
                                     {"vocab_size", "4294967296"},
                                     {"vocab_size", "\"512\""},
                                     {"vocab_size", "512.0"},
                                     {"hidden_size", "1e9"},
                                     {"hidden_size", "16777217"},
                                     {"hidden_size", "[]"},
                                     {"num_hidden_layers", "5000"},
                                     {"num_attention_heads", "0"},
                                     {"num_attention_heads", "-48"},
                                     {"num_key_value_heads", "7"},
                                     {"num_experts_per_tok", "9"},
                                     {"head_dim", "127"},
                                     {"head_dim", "true"},
                                     {"rms_norm_eps", "0"},
                                     {"rms_norm_eps", "-1"},
                                     {"rms_norm_eps", "\"small\""},
                                     {"rope_theta", "1e300"},
                                     {"attn_output_multiplier", "0"},
                                     {"pad_token_id", "131072"},
                                     {"eos_token_id", "-1"},
                                     {"eos_token_id", "\"</s>\""},
                                     {"hidden_act", "\"relu\""}})
        EXPECT_EQ(code(with(key, value)), "CONFIG-303") << key << " " << value;
    // By the names of this file, not by those of xAI's.
    EXPECT_THAT(message(with("hidden_size", "-3")), HasSubstr("hidden_size is -3"));
    EXPECT_THAT(message(with("num_key_value_heads", "7")),
                HasSubstr("not a multiple of num_key_value_heads 7"));
    EXPECT_THAT(message(with("num_experts_per_tok", "9")), HasSubstr("num_experts_per_tok 9"));
    for (const char* key : {"vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers"})
        EXPECT_EQ(code(without(key)), "CONFIG-302") << key;
    EXPECT_THAT(message(R"({"model_type": "grok", "vocab_size": 8, "hidden_size": 10,
        "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 3,
        "num_experts": 2})"),
                HasSubstr("not a multiple of num_attention_heads 3"));
}

TEST(HfConfigTest, TheUsualTokensMustBeInTheVocabularyToo) {
    const std::string tiny = R"({"model_type": "grok-1", "vocab_size": 2, "hidden_size": 16,
        "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 1,
        "num_experts": 2})";
    EXPECT_EQ(code(tiny), "CONFIG-303");
    EXPECT_THAT(message(tiny), HasSubstr("no key \"eos_token_id\""));
}

TEST(HfConfigTest, SaysWhatWasSavedInItsPlace) {
    EXPECT_EQ(code(""), "FILE-006");
    EXPECT_EQ(code("<!doctype html><html></html>"), "FILE-004");
    EXPECT_EQ(code("version https://git-lfs.github.com/spec/v1\noid sha256:1"), "FILE-005");
    EXPECT_EQ(code(std::string(500, '\0')), "FILE-009");
}

TEST(HfConfigTest, RefusesJsonThatTwoReadersCouldUnderstandDifferently) {
    std::string deep = kSglang;
    deep.replace(0, 1, R"({"deep": )" + std::string(9, '[') + std::string(9, ']') + ",");
    std::string bomb(200'000, '[');
    for (const std::string& text : {std::string(R"({"vocab_size": 1, "vocab_size": 2})"),
                                    std::string(R"({"a": {"b": 1, "b": 2}})"),
                                    std::string("{"),
                                    std::string("[]"),
                                    std::string("null"),
                                    std::string("{}\0{}", 5),
                                    std::string("{\"a\": NaN}"),
                                    std::string("{\"a\": 1e400}"),
                                    std::string("{'a': 1}"),
                                    std::string("{\"\xff\": 1}"),
                                    deep,
                                    bomb})
        EXPECT_EQ(code(text), "CONFIG-301") << text.substr(0, 40);
}

}  // namespace
}  // namespace gatescope
