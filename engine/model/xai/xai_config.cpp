#include "engine/model/xai/xai_config.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/error_codes.h"
#include "engine/io/shown_text.h"

namespace gatescope {
namespace {

using Json = nlohmann::json;

class ConfigReader {
  public:
    ConfigReader(const Json& json, const std::string& origin) : json_(json), origin_(origin) {}

    [[noreturn]] void refuse(const std::string& what,
                             ErrorCode code = ErrorCode::ConfigValue) const {
        gatescope::refuse(code, origin_, what);
    }
    bool has(const char* key) const { return json_.contains(key); }
    void requireKey(const char* key) const {
        if (!has(key))
            refuse(fmt::format("key \"{}\" is missing; expected the sizes of a Grok checkpoint by "
                               "the names of xAI's run.py (vocab_size, emb_size, num_layers ...)",
                               key),
                   ErrorCode::ConfigKey);
    }
    void read(const char* key, int& value) const {
        if (!has(key)) return;
        const Json& found = json_.at(key);
        // What does not fit is refused, never wrapped: JSON integers may have 64 bits and no sign.
        const bool fits =
            found.is_number_unsigned()
                ? found.get<std::uint64_t>() <= std::uint64_t{std::numeric_limits<int>::max()}
                : found.is_number_integer() &&
                      found.get<std::int64_t>() >= std::numeric_limits<int>::min();
        if (!fits)
            refuse(
                fmt::format("key \"{}\" is {}, expected an integer of 32 bits", key, shown(found)));
        value = found.get<int>();
    }
    void read(const char* key, float& value) const {
        double wide = value;
        if (!read(key, wide)) return;
        value = static_cast<float>(wide);
        if (!std::isfinite(value) || value <= 0)
            refuse(fmt::format(
                "key \"{}\" is {}, expected a positive number", key, shown(json_.at(key))));
    }
    bool read(const char* key, double& value) const {
        if (!has(key)) return false;
        if (!json_.at(key).is_number())
            refuse(fmt::format("key \"{}\" is {}, expected a number", key, shown(json_.at(key))));
        value = json_.at(key).get<double>();
        return true;
    }

  private:
    static std::string shown(const Json& value) {
        return shownText(value.dump(-1, ' ', false, Json::error_handler_t::replace));
    }

    const Json& json_;
    const std::string& origin_;
};

Json parse(const std::string& text, const std::string& origin) {
    try {
        return Json::parse(text);
    } catch (
        const Json::parse_error& error) {  // the library's way to say where; ours says what file
        refuse(ErrorCode::ConfigSyntax,
               fmt::format("{}: byte {}", origin, error.byte == 0 ? 0 : error.byte - 1),  // from 1
               "not JSON; expected the model's sizes, for example {\"emb_size\": 6144, ...}");
    } catch (const Json::out_of_range&) {  // "1e999": JSON, but no number of this machine
        refuse(ErrorCode::ConfigSyntax, origin, "holds a number that is larger than any size");
    }
}

void readSizes(const ConfigReader& reader, ModelConfig& config) {
    const std::array<std::pair<const char*, int*>, 11> sizes{{
        {"vocab_size", &config.vocabSize},
        {"emb_size", &config.dModel},
        {"key_size", &config.headSize},
        {"num_q_heads", &config.numQHeads},
        {"num_kv_heads", &config.numKvHeads},
        {"num_layers", &config.numLayers},
        {"num_experts", &config.numExperts},
        {"num_selected_experts", &config.numSelected},
        {"sequence_len", &config.contextLength},
        {"pad_token", &config.padToken},
        {"eos_token", &config.eosToken},
    }};
    for (const auto& [key, value] : sizes) reader.read(key, *value);
    if (reader.has("ffn_size")) return reader.read("ffn_size", config.ffnSize);

    constexpr double kGrokWidening = 8.0;
    constexpr double kWidest = 1024.0;
    double widening = kGrokWidening;
    reader.read("widening_factor", widening);
    if (!(widening > 0 && widening <= kWidest))
        reader.refuse(
            fmt::format("widening_factor is {}, expected above 0, at most {}", widening, kWidest));
    // Sizes are validated later; an absurd one must not overflow here.
    if (config.dModel > 0 && config.dModel < (1 << 20))
        config.ffnSize = ffnSize(widening, config.dModel);
}

void readMultipliers(const ConfigReader& reader, ModelConfig& config) {
    const std::array<std::pair<const char*, float*>, 6> values{{
        {"embedding_multiplier_scale", &config.embeddingScale},
        {"output_multiplier_scale", &config.logitScale},
        {"attn_output_multiplier", &config.attentionScale},
        {"attn_logit_cap", &config.attentionCap},
        {"rms_norm_eps", &config.rmsEps},
        {"rope_base", &config.ropeBase},
    }};
    for (const auto& [key, value] : values) reader.read(key, *value);
}

}  // namespace

int ffnSize(double wideningFactor, int dModel) {
    // The order of the roundings is model.py's: int() first, then the division.
    const int width = static_cast<int>(wideningFactor * dModel) * 2 / 3;
    return (width + 7) / 8 * 8;
}

ModelConfig parseXaiConfig(const std::string& text, const std::string& origin) {
    const Json json = parse(text, origin);
    if (!json.is_object())
        refuse(ErrorCode::ConfigSyntax, origin, "holds no JSON object; expected the model's sizes");
    const ConfigReader reader(json, origin);
    for (const char* key : {"vocab_size", "emb_size", "num_layers"}) reader.requireKey(key);
    ModelConfig config;
    readSizes(reader, config);
    readMultipliers(reader, config);
    validate(config, origin);
    const auto known = [&](TokenId token) { return token >= 0 && token < config.vocabSize; };
    if (!known(config.eosToken) || !known(config.padToken))
        reader.refuse(fmt::format("pad_token {} and eos_token {} must lie below vocab_size {}",
                                  config.padToken,
                                  config.eosToken,
                                  config.vocabSize));
    return config;
}

}  // namespace gatescope
