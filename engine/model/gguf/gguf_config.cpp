#include "engine/model/gguf/gguf_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/error_codes.h"
#include "engine/io/shown_text.h"

namespace gatescope {
namespace {

constexpr std::string_view kPrefix = "grok.";

/// Every key of the architecture that is read, checked or known to change nothing.
constexpr std::array kKnownKeys{
    "grok.context_length",
    "grok.embedding_length",
    "grok.block_count",
    "grok.feed_forward_length",
    "grok.expert_feed_forward_length",
    "grok.attention.head_count",
    "grok.attention.head_count_kv",
    "grok.attention.key_length",
    "grok.attention.value_length",
    "grok.attention.layer_norm_rms_epsilon",
    "grok.attention.output_scale",
    "grok.attention.temperature_length",
    "grok.rope.dimension_count",
    "grok.rope.freq_base",
    "grok.expert_count",
    "grok.expert_used_count",
    "grok.embedding_scale",
    "grok.logit_scale",
    "grok.attn_logit_softcapping",
    "grok.router_logit_softcapping",
    "grok.final_logit_softcapping",
    "grok.vocab_size",
};

class ConfigOfKeys {
  public:
    ConfigOfKeys(const GgufFile& file,
                 const std::vector<const GgufTensor*>& tensors,
                 std::vector<std::string>& remarks)
        : file_(file), keys_(file.metadata), tensors_(tensors), remarks_(remarks) {}

    ModelConfig read() {
        checkArchitecture();
        checkIsGrok1();
        readSizes();
        readScales();
        readTokens();
        validate(config_, file_.name);
        checkTokens();
        remarkOnKeys();
        return config_;
    }

  private:
    [[noreturn]] void refuseKey(ErrorCode code,
                                std::string_view key,
                                const std::string& problem) const {
        refuse(code, fmt::format("{}: key {}", file_.name, key), problem);
    }

    void checkArchitecture() const {
        const auto architecture = keys_.text("general.architecture");
        if (!architecture)
            refuseKey(
                ErrorCode::GgufKeyMissing, "general.architecture", "is missing; expected \"grok\"");
        if (*architecture != "grok")
            refuse(ErrorCode::GgufArchitecture,
                   file_.name,
                   fmt::format("is a model of architecture \"{}\"; expected \"grok\", the only one "
                               "that is read from GGUF files",
                               shownText(*architecture)));
    }

    // --- what Grok-1's arithmetic does not have

    void checkIsGrok1() const {
        for (const GgufTensor* tensor : tensors_)
            if (tensor->name.starts_with("blk.") && tensor->name.ends_with(".ffn_up.weight"))
                refuseGrok2(fmt::format("a dense feed-forward branch, tensor {}", tensor->name));
        if (keys_.u32("grok.attention.temperature_length").value_or(0) != 0)
            refuseGrok2("a temperature of attention, key grok.attention.temperature_length");
        checkRope();
        const float cap = keys_.f32("grok.final_logit_softcapping").value_or(0);
        if (cap != 0)
            refuseKey(ErrorCode::GgufFeature,
                      "grok.final_logit_softcapping",
                      fmt::format("expected 0 (no cap of the logits), found {}", cap));
    }

    [[noreturn]] void refuseGrok2(const std::string& what) const {
        refuse(ErrorCode::GgufFeature,
               file_.name,
               fmt::format("is a Grok-2 model (it has {}), of which more than Grok-1's arithmetic "
                           "would have to be computed",
                           what));
    }

    void checkRope() const {
        const std::string type = keys_.text("grok.rope.scaling.type").value_or("none");
        if (type != "none")
            refuseKey(ErrorCode::GgufFeature,
                      "grok.rope.scaling.type",
                      fmt::format("expected none, found \"{}\"; only Grok-2 stretches positions",
                                  shownText(type)));
        const float factor = keys_.f32("grok.rope.scaling.factor").value_or(1);
        if (factor != 0 && factor != 1)
            refuseKey(ErrorCode::GgufFeature,
                      "grok.rope.scaling.factor",
                      fmt::format("expected 1 (no scaling of positions), found {}", factor));
    }

    // --- sizes

    std::optional<int> size(std::string_view key) const {
        const auto value = keys_.u32(key);
        if (!value) return std::nullopt;
        if (*value == 0 || *value > std::uint32_t{std::numeric_limits<int>::max()})
            refuseKey(ErrorCode::ConfigValue,
                      key,
                      fmt::format("expected a size from 1 to {}, found {}",
                                  std::numeric_limits<int>::max(),
                                  *value));
        return static_cast<int>(*value);
    }

    int needed(std::string_view key) const {
        const auto value = size(key);
        if (!value)
            refuseKey(ErrorCode::GgufKeyMissing, key, "is missing; the model's sizes need it");
        return *value;
    }

    void readSizes() {
        config_.contextLength = needed("grok.context_length");
        config_.dModel = needed("grok.embedding_length");
        config_.numLayers = needed("grok.block_count");
        config_.numQHeads = needed("grok.attention.head_count");
        config_.numKvHeads = size("grok.attention.head_count_kv").value_or(config_.numQHeads);
        config_.numExperts = needed("grok.expert_count");
        config_.numSelected = needed("grok.expert_used_count");
        // llama.cpp's order: a width of its own for the experts, else the common one.
        const auto expertWidth = size("grok.expert_feed_forward_length");
        config_.ffnSize = expertWidth ? *expertWidth : needed("grok.feed_forward_length");
        readHeadSize();
        readVocabSize();
        config_.tiedOutput = find("output.weight") == nullptr;
        if (!config_.tiedOutput)
            remarks_.emplace_back(
                "Its output matrix is a tensor of its own (output.weight); in "
                "Grok-1 it is the embedding.");
    }

    void readHeadSize() {
        const auto keyLength = size("grok.attention.key_length");
        if (!keyLength && config_.dModel % config_.numQHeads != 0)
            refuseKey(ErrorCode::GgufKeyMissing,
                      "grok.attention.key_length",
                      fmt::format("is missing, and embedding_length {} is not a multiple of "
                                  "head_count {}",
                                  config_.dModel,
                                  config_.numQHeads));
        config_.headSize = keyLength ? *keyLength : config_.dModel / config_.numQHeads;
        for (const char* key : {"grok.attention.value_length", "grok.rope.dimension_count"})
            if (const auto value = size(key); value && *value != config_.headSize)
                refuseKey(
                    ErrorCode::GgufFeature,
                    key,
                    fmt::format(
                        "expected {}, the size of a head, found {}", config_.headSize, *value));
    }

    const GgufTensor* find(std::string_view name) const {
        const auto found = std::ranges::find(tensors_, name, &GgufTensor::name);
        return found == tensors_.end() ? nullptr : *found;
    }

    void readVocabSize() {
        const GgufTensor* embedding = find("token_embd.weight");
        if (embedding == nullptr)
            refuse(ErrorCode::TensorMissing, file_.name, "holds no tensor token_embd.weight");
        const std::uint64_t rows = embedding->sizes[1];
        // An absurd number is named here; the tensor's shape is checked with those of all others.
        config_.vocabSize = static_cast<int>(
            std::min<std::uint64_t>(rows, std::uint64_t{std::numeric_limits<int>::max()}));
        const auto stated = size("grok.vocab_size");
        if (stated && *stated != config_.vocabSize)
            refuseKey(ErrorCode::ConfigValue,
                      "grok.vocab_size",
                      fmt::format("expected {}, the rows of token_embd.weight, found {}",
                                  config_.vocabSize,
                                  *stated));
    }

    // --- constants

    void readScales() {
        const auto epsilon = positive("grok.attention.layer_norm_rms_epsilon");
        if (!epsilon)
            refuseKey(ErrorCode::GgufKeyMissing,
                      "grok.attention.layer_norm_rms_epsilon",
                      "is missing; Grok-1's is 1e-05");
        config_.rmsEps = *epsilon;
        config_.ropeBase = positive("grok.rope.freq_base").value_or(config_.ropeBase);
        const std::array<std::pair<const char*, float*>, 4> scales{{
            {"grok.embedding_scale", &config_.embeddingScale},
            {"grok.logit_scale", &config_.logitScale},
            {"grok.attention.output_scale", &config_.attentionScale},
            {"grok.attn_logit_softcapping", &config_.attentionCap},
        }};
        std::vector<std::string> absent;
        for (const auto& [key, value] : scales) {
            const auto found = positive(key);
            if (found)
                *value = *found;
            else
                absent.push_back(
                    fmt::format("{} {}", std::string_view(key).substr(kPrefix.size()), *value));
        }
        if (!absent.empty()) remarkOnDefaults(absent);
    }

    std::optional<float> positive(std::string_view key) const {
        const auto value = keys_.f32(key);
        if (value && !(std::isfinite(*value) && *value > 0))
            refuseKey(ErrorCode::ConfigValue,
                      key,
                      fmt::format("expected a positive number, found {}", *value));
        return value;
    }

    void remarkOnDefaults(const std::vector<std::string>& absent) {
        const ModelConfig grok1;
        const bool otherSizes =
            config_.dModel != grok1.dModel || config_.headSize != grok1.headSize;
        remarks_.push_back(
            fmt::format("It does not give {}: these are Grok-1's, as llama.cpp takes them for "
                        "files converted before August 2025{}.",
                        fmt::join(absent, ", "),
                        otherSizes ? ", though the model is of another size" : ""));
    }

    // --- tokens

    void readTokens() {
        const auto token = [&](const char* key, int& value) {
            const auto found = keys_.u32(key);
            if (!found) return;
            value = *found > std::uint32_t{std::numeric_limits<int>::max()}
                        ? std::numeric_limits<int>::max()
                        : static_cast<int>(*found);
        };
        token("tokenizer.ggml.padding_token_id", config_.padToken);
        token("tokenizer.ggml.eos_token_id", config_.eosToken);
        if (keys_.boolean("tokenizer.ggml.add_bos_token").value_or(false))
            remarks_.emplace_back(
                "It asks for a BOS token before each text; none is added, as xAI's code adds "
                "none.");
    }

    void checkTokens() const {
        for (const auto& [key, id] : {std::pair("padding_token_id", config_.padToken),
                                      std::pair("eos_token_id", config_.eosToken)})
            if (id >= config_.vocabSize)
                refuseKey(ErrorCode::VocabularyId,
                          fmt::format("tokenizer.ggml.{}", key),
                          fmt::format(
                              "expected an id from 0 to {}, found {}", config_.vocabSize - 1, id));
    }

    void remarkOnKeys() {
        if (const auto cap = keys_.f32("grok.router_logit_softcapping"); cap && *cap != 0)
            remarks_.push_back(
                fmt::format("Its router_logit_softcapping {} is not used: neither xAI's code nor "
                            "llama.cpp caps the router.",
                            *cap));
        std::vector<std::string> unknown;
        for (const GgufEntry& entry : keys_.entries())
            if (entry.key.starts_with(kPrefix) && !entry.key.starts_with("grok.rope.scaling.") &&
                std::ranges::find(kKnownKeys, entry.key) == kKnownKeys.end())
                unknown.push_back(shownText(entry.key));
        constexpr std::size_t kShown = 5;
        const std::size_t more = unknown.size() - std::min(unknown.size(), kShown);
        unknown.resize(unknown.size() - more);
        if (!unknown.empty())
            remarks_.push_back(fmt::format("Its {} not known and not used: {}{}.",
                                           unknown.size() == 1 ? "key is" : "keys are",
                                           fmt::join(unknown, ", "),
                                           more == 0 ? "" : fmt::format(" and {} more", more)));
    }

    const GgufFile& file_;
    const GgufMetadata& keys_;
    const std::vector<const GgufTensor*>& tensors_;
    std::vector<std::string>& remarks_;
    ModelConfig config_;
};

}  // namespace

ModelConfig ggufConfig(const GgufFile& file,
                       const std::vector<const GgufTensor*>& tensors,
                       std::vector<std::string>& remarks) {
    return ConfigOfKeys(file, tensors, remarks).read();
}

}  // namespace gatescope
