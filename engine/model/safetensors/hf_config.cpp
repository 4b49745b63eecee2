#include "engine/model/safetensors/hf_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "engine/error_codes.h"
#include "engine/io/foreign_file.h"
#include "engine/io/json_stream.h"
#include "engine/io/shown_text.h"

namespace gatescope {
namespace {

using Json = nlohmann::json;

std::string shown(const Json& value) {
    return shownText(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

/// What was saved in place of the settings has a sentence of its own.
void refuseForeignFile(const std::string& text, const std::string& origin) {
    const ForeignFile foreign =
        recogniseForeignFile(std::as_bytes(std::span(text)), "the model's sizes as JSON");
    if (foreign.code != ErrorCode::FileIsUnknown)
        refuse(foreign.code, origin, fmt::format("is {}", foreign.what));
}

/// The document, without what two readers could understand differently.
Json parseStrictly(const std::string& text, const std::string& origin) {
    std::vector<std::set<std::string>> keys;
    const auto watch = [&](int depth, Json::parse_event_t event, const Json& parsed) {
        using Event = Json::parse_event_t;
        if (depth >= kDeepestJson)
            refuse(ErrorCode::ConfigSyntax,
                   origin,
                   fmt::format("holds more than {} objects and arrays within each other",
                               kDeepestJson));
        if (event == Event::object_start) keys.emplace_back();
        if (event == Event::object_end) keys.pop_back();
        if (event == Event::key && !keys.back().insert(parsed.get<std::string>()).second)
            refuse(ErrorCode::ConfigSyntax,
                   origin,
                   fmt::format("holds the key {} twice", shown(parsed)));
        return true;
    };
    try {
        // The library would take a zero byte for the end.
        const auto zero = text.find('\0');
        if (zero != std::string::npos)
            refuse(
                ErrorCode::ConfigSyntax, fmt::format("{}: byte {}", origin, zero), "a zero byte");
        return Json::parse(text, watch);
    } catch (
        const Json::parse_error& error) {  // the library's way to say where; ours says what file
        refuse(ErrorCode::ConfigSyntax,
               fmt::format("{}: byte {}", origin, error.byte == 0 ? 0 : error.byte - 1),  // from 1
               "not JSON; expected the model's sizes, for example {\"hidden_size\": 6144, ...}");
    } catch (const Json::out_of_range&) {  // the same for a number, without a place
        refuse(ErrorCode::ConfigSyntax, origin, "holds a number that is too large for any value");
    }
}

class ConfigKeys {
  public:
    ConfigKeys(const Json& json, const std::string& origin) : json_(json), origin_(origin) {}

    [[noreturn]] void refuse(const std::string& what,
                             ErrorCode code = ErrorCode::ConfigValue) const {
        gatescope::refuse(code, origin_, what);
    }
    /// Null stands for a key that is absent: transformers writes it so.
    bool has(const char* key) const { return json_.contains(key) && !json_.at(key).is_null(); }
    const Json& at(const char* key) const { return json_.at(key); }

    void requireKey(const char* key) const {
        if (!has(key))
            refuse(fmt::format("key \"{}\" is missing; expected the sizes of a Grok-1 conversion "
                               "(hidden_size, num_hidden_layers ...)",
                               key),
                   ErrorCode::ConfigKey);
    }
    bool read(const char* key, int& value) const {
        if (!has(key)) return false;
        const Json& found = at(key);
        // What does not fit is refused, never wrapped.
        const bool fits =
            found.is_number_unsigned()
                ? found.get<std::uint64_t>() <= std::uint64_t{std::numeric_limits<int>::max()}
                : found.is_number_integer() &&
                      found.get<std::int64_t>() >= std::numeric_limits<int>::min();
        if (!fits)
            refuse(
                fmt::format("key \"{}\" is {}, expected an integer of 32 bits", key, shown(found)));
        value = found.get<int>();
        return true;
    }
    bool read(const char* key, float& value) const {
        if (!has(key)) return false;
        const Json& found = at(key);
        const double wide = found.is_number() ? found.get<double>() : 0.0;
        value = static_cast<float>(wide);
        if (!std::isfinite(value) || value <= 0)
            refuse(fmt::format("key \"{}\" is {}, expected a positive number", key, shown(found)));
        return true;
    }
    std::string text(const char* key) const {
        return has(key) && at(key).is_string() ? at(key).get<std::string>() : std::string();
    }
    bool isTrue(const char* key) const { return has(key) && at(key) == true; }
    /// Present, and neither false nor zero nor empty.
    bool isSet(const char* key) const {
        if (!has(key)) return false;
        const Json& found = at(key);
        if (found.is_number()) return found.get<double>() != 0.0;
        return !(found == false || (found.is_string() && found == "") ||
                 ((found.is_array() || found.is_object()) && found.empty()));
    }

  private:
    const Json& json_;
    const std::string& origin_;
};

/// The class that the weights are for: architectures[0].
std::string className(const ConfigKeys& keys) {
    if (!keys.has("architectures")) return {};
    const Json& list = keys.at("architectures");
    return list.is_array() && !list.empty() && list[0].is_string() ? list[0].get<std::string>()
                                                                   : std::string();
}

void requireGrok1(const ConfigKeys& keys) {
    const std::string name = className(keys);
    const std::string type = keys.text("model_type");
    const bool second = keys.isTrue("residual_moe") || type == "git" || name.starts_with("Grok2") ||
                        keys.isSet("attn_temperature_len") || keys.isSet("final_logit_softcapping");
    if (second)
        keys.refuse(
            "describes Grok-2 (a dense branch beside the experts, capped logits), expected Grok-1",
            ErrorCode::ConfigArchitecture);
    // SGLang's own small Grok has the model_type of Mixtral: the class decides.
    if (name.starts_with("Grok") || (name.empty() && type.starts_with("grok"))) return;
    keys.refuse(fmt::format("describes a model of class \"{}\", model_type \"{}\", expected "
                            "Grok1ModelForCausalLM, Grok1ForCausalLM or GrokForCausalLM",
                            shownText(name),
                            shownText(type)),
                ErrorCode::ConfigArchitecture);
}

void readExperts(const ConfigKeys& keys, ModelConfig& config) {
    int local = 0;
    const bool hasLocal = keys.read("num_local_experts", local);
    const bool hasExperts = keys.read("num_experts", config.numExperts);
    if (!hasLocal && !hasExperts) keys.requireKey("num_experts");
    if (hasLocal && hasExperts && local != config.numExperts)
        keys.refuse(fmt::format("num_experts is {} but num_local_experts {}, expected the same",
                                config.numExperts,
                                local));
    if (hasLocal) config.numExperts = local;
    keys.read("num_experts_per_tok", config.numSelected);
}

/// What validate() would find too, but by the names that this file has for it.
void checkSizes(const ConfigKeys& keys, const ModelConfig& config) {
    constexpr int kLargest = 1 << 24;
    const std::array<std::pair<const char*, int>, 8> sizes{{
        {"vocab_size", config.vocabSize},
        {"hidden_size", config.dModel},
        {"intermediate_size", config.ffnSize},
        {"num_hidden_layers", config.numLayers},
        {"num_attention_heads", config.numQHeads},
        {"num_key_value_heads", config.numKvHeads},
        {"num_experts", config.numExperts},
        {"num_experts_per_tok", config.numSelected},
    }};
    for (const auto& [key, value] : sizes)
        if (value < 1 || value > kLargest)
            keys.refuse(fmt::format("{} is {}, expected 1 to {}", key, value, kLargest));
    if (config.numQHeads % config.numKvHeads != 0)
        keys.refuse(
            fmt::format("num_attention_heads {} is not a multiple of num_key_value_heads {}",
                        config.numQHeads,
                        config.numKvHeads));
    if (config.numSelected > config.numExperts)
        keys.refuse(fmt::format("num_experts_per_tok {} exceeds the {} experts",
                                config.numSelected,
                                config.numExperts));
}

void readSizes(const ConfigKeys& keys, ModelConfig& config) {
    for (const char* key : {"vocab_size",
                            "hidden_size",
                            "intermediate_size",
                            "num_hidden_layers",
                            "num_attention_heads"})
        keys.requireKey(key);
    keys.read("vocab_size", config.vocabSize);
    keys.read("hidden_size", config.dModel);
    keys.read("intermediate_size", config.ffnSize);
    keys.read("moe_intermediate_size", config.ffnSize);  // the experts' own, where both are there
    keys.read("num_hidden_layers", config.numLayers);
    keys.read("num_attention_heads", config.numQHeads);
    if (!keys.read("num_key_value_heads", config.numKvHeads)) config.numKvHeads = config.numQHeads;
    if (!keys.read("head_dim", config.headSize) && config.numQHeads > 0) {
        if (config.dModel % config.numQHeads != 0)
            keys.refuse(fmt::format(
                "hidden_size {} is not a multiple of num_attention_heads {}, and there is no "
                "head_dim",
                config.dModel,
                config.numQHeads));
        config.headSize = config.dModel / config.numQHeads;
    }
    readExperts(keys, config);
    checkSizes(keys, config);
}

void readMultipliers(const ConfigKeys& keys, ModelConfig& config) {
    const std::array<std::pair<const char*, float*>, 7> values{{
        {"embedding_multiplier_scale", &config.embeddingScale},
        {"output_multiplier_scale", &config.logitScale},
        {"attn_output_multiplier", &config.attentionScale},
        {"attn_logit_softcapping", &config.attentionCap},
        {"max_attn_value", &config.attentionCap},
        {"rms_norm_eps", &config.rmsEps},
        {"rope_theta", &config.ropeBase},
    }};
    for (const auto& [key, value] : values) keys.read(key, *value);
    keys.read("max_position_embeddings", config.contextLength);
}

void readToken(const ConfigKeys& keys, const char* key, int vocabSize, TokenId& token) {
    if (!keys.has(key)) {
        if (token >= vocabSize)
            keys.refuse(
                fmt::format("there is no key \"{}\", and the usual token {} is not below "
                            "vocab_size {}: name one that is",
                            key,
                            token,
                            vocabSize));
        return;
    }
    const Json& found = keys.at(key);
    // generation settings may list several ends; the first is the model's own.
    const Json& first = found.is_array() && !found.empty() ? found[0] : found;
    if (!first.is_number_unsigned() ||
        first.get<std::uint64_t>() >= static_cast<std::uint64_t>(std::max(vocabSize, 0)))
        keys.refuse(fmt::format("key \"{}\" is {}, expected a token below vocab_size {}",
                                key,
                                shown(found),
                                vocabSize));
    token = first.get<int>();
}

/// Defaults of a published configuration class that were never true of Grok-1.
void correctKnownMistakes(const ConfigKeys& keys, HfConfig& config) {
    constexpr float kWrongBase = 1e5F;
    constexpr int kWrongContext = 4096;
    const ModelConfig grok;
    const std::string activation = keys.text("hidden_act");
    if (activation == "silu" || activation == "swish")
        config.remarks.push_back(fmt::format(
            "config.json names the activation {}; Grok-1's experts use GELU, and so does this",
            activation));
    else if (!activation.empty() && !activation.starts_with("gelu"))
        keys.refuse(fmt::format("hidden_act is \"{}\", expected gelu", shownText(activation)));
    if (config.model.ropeBase == kWrongBase) {
        config.model.ropeBase = grok.ropeBase;
        config.remarks.emplace_back(
            "config.json says rope_theta 100000; Grok-1 was trained with 10000, which is used");
    }
    if (config.model.contextLength == kWrongContext) {
        config.model.contextLength = grok.contextLength;
        config.remarks.emplace_back(
            "config.json says max_position_embeddings 4096; Grok-1 was trained with 8192, which is "
            "used");
    }
}

void refuseOtherArithmetic(const ConfigKeys& keys) {
    for (const char* key : {"rope_scaling", "attention_bias", "mlp_bias", "use_qk_norm"})
        if (keys.isSet(key))
            keys.refuse(
                fmt::format(
                    "key \"{}\" is {}, which Grok-1 does not have", key, shown(keys.at(key))),
                ErrorCode::ConfigArchitecture);
}

}  // namespace

HfConfig parseHfConfig(const std::string& text, const std::string& origin) {
    refuseForeignFile(text, origin);
    const Json json = parseStrictly(text, origin);
    if (!json.is_object())
        refuse(ErrorCode::ConfigSyntax, origin, "holds no JSON object; expected the model's sizes");
    const ConfigKeys keys(json, origin);
    requireGrok1(keys);
    refuseOtherArithmetic(keys);
    HfConfig config;
    readSizes(keys, config.model);
    readMultipliers(keys, config.model);
    correctKnownMistakes(keys, config);
    if (keys.isSet("router_logit_softcapping"))
        config.remarks.emplace_back(
            "config.json names a cap on the router's logits; xAI's own code has none, and so has "
            "this");
    if (keys.has("tie_word_embeddings")) config.tiedEmbeddings = keys.isTrue("tie_word_embeddings");
    validate(config.model, origin);
    readToken(keys, "pad_token_id", config.model.vocabSize, config.model.padToken);
    readToken(keys, "eos_token_id", config.model.vocabSize, config.model.eosToken);
    return config;
}

}  // namespace gatescope
