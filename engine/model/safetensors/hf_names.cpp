#include "engine/model/safetensors/hf_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/check.h"

namespace gatescope {
namespace {

/// One row a role, one column a naming; {0} is the layer, {1} the expert.
struct RoleNames {
    TensorRole role;
    std::array<std::string_view, kHfNamings.size()> names;
};

// clang-format off
constexpr std::array<RoleNames, 15> kNames{{
    {TensorRole::Embedding, {"model.embed_tokens.weight", "transformer.in_out_embed.weight", "model.embed_tokens.weight"}},
    {TensorRole::FinalNorm, {"model.norm.scale", "transformer.rms_norm.weight", "model.norm.weight"}},
    {TensorRole::ExpertGate, {"model.layers.{0}.moe_block.experts.{1}.linear.weight", "transformer.decoder_layer.{0}.moe.{1}.linear.weight", "model.layers.{0}.block_sparse_moe.experts.{1}.w1.weight"}},
    {TensorRole::ExpertDown, {"model.layers.{0}.moe_block.experts.{1}.linear_1.weight", "transformer.decoder_layer.{0}.moe.{1}.linear_1.weight", "model.layers.{0}.block_sparse_moe.experts.{1}.w2.weight"}},
    {TensorRole::ExpertUp, {"model.layers.{0}.moe_block.experts.{1}.linear_v.weight", "transformer.decoder_layer.{0}.moe.{1}.linear_v.weight", "model.layers.{0}.block_sparse_moe.experts.{1}.w3.weight"}},
    {TensorRole::Key, {"model.layers.{0}.attn.k_proj.weight", "transformer.decoder_layer.{0}.multi_head_attention.key.weight", "model.layers.{0}.self_attn.k_proj.weight"}},
    {TensorRole::AttentionOutput, {"model.layers.{0}.attn.o_proj.weight", "transformer.decoder_layer.{0}.multi_head_attention.linear.weight", "model.layers.{0}.self_attn.o_proj.weight"}},
    {TensorRole::Query, {"model.layers.{0}.attn.q_proj.weight", "transformer.decoder_layer.{0}.multi_head_attention.query.weight", "model.layers.{0}.self_attn.q_proj.weight"}},
    {TensorRole::Value, {"model.layers.{0}.attn.v_proj.weight", "transformer.decoder_layer.{0}.multi_head_attention.value.weight", "model.layers.{0}.self_attn.v_proj.weight"}},
    {TensorRole::AttentionNorm, {"model.layers.{0}.pre_attn_norm.scale", "transformer.decoder_layer.{0}.rms_norm.weight", "model.layers.{0}.pre_attn_norm.weight"}},
    {TensorRole::AttentionOutputNorm, {"model.layers.{0}.post_attn_norm.scale", "transformer.decoder_layer.{0}.rms_norm_1.weight", "model.layers.{0}.post_attn_norm.weight"}},
    {TensorRole::MoeNorm, {"model.layers.{0}.pre_moe_norm.scale", "transformer.decoder_layer.{0}.rms_norm_2.weight", "model.layers.{0}.pre_moe_norm.weight"}},
    {TensorRole::MoeOutputNorm, {"model.layers.{0}.post_moe_norm.scale", "transformer.decoder_layer.{0}.rms_norm_3.weight", "model.layers.{0}.post_moe_norm.weight"}},
    {TensorRole::Router, {"model.layers.{0}.moe_block.gate.weight", "transformer.decoder_layer.{0}.router.weight", "model.layers.{0}.block_sparse_moe.gate.weight"}},
    {TensorRole::Output, {"lm_head.weight", "lm_head.weight", "lm_head.weight"}},
}};
// clang-format on

struct LeftOut {
    std::string_view ending;
    std::string_view reason;
};

constexpr std::string_view kCacheScale = "the key/value cache is kept as f32 here";
constexpr std::string_view kInputScale = "activations are not quantised here";
constexpr std::array<LeftOut, 8> kLeftOut{{
    {".k_scale", kCacheScale},
    {".v_scale", kCacheScale},
    {".kv_scale", kCacheScale},
    {".input_scale", kInputScale},
    {".output_scale", kInputScale},
    {".q_scale", kInputScale},
    {".prob_scale", kInputScale},
    {".rotary_emb.inv_freq", "it follows from the rotary base"},
}};

constexpr std::string_view kFileEnd = ".safetensors";

/// "003" of "model-TP-003.safetensors": what stands behind the last dash.
std::string_view lastPart(std::string_view file) {
    if (!file.ends_with(kFileEnd)) return {};
    file.remove_suffix(kFileEnd.size());
    const auto dash = file.rfind('-');
    return dash == std::string_view::npos ? std::string_view() : file.substr(dash + 1);
}

}  // namespace

std::string hfName(HfNaming naming, const TensorSlot& slot, std::string_view expert) {
    const auto* const row = std::ranges::find(kNames, slot.role, &RoleNames::role);
    GS_CHECK(row != kNames.end());
    return fmt::format(
        fmt::runtime(row->names[static_cast<std::size_t>(naming)]), slot.layer, expert);
}

std::optional<std::string_view> leftOutReason(std::string_view name) {
    for (const LeftOut& known : kLeftOut)
        if (name.ends_with(known.ending)) return known.reason;
    return std::nullopt;
}

std::array<std::string, 2> hfScaleNames(const std::string& name) {
    return {name + "_scale", name + "_scale_inv"};
}

std::optional<int> rankOf(std::string_view file) {
    const std::string_view digits = lastPart(file);
    const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
    // Parts of an ordinary split have five: model-00001-of-00019.
    constexpr std::size_t kRankDigits = 3;
    if (digits.size() != kRankDigits || !std::ranges::all_of(digits, isDigit)) return std::nullopt;
    int rank = 0;
    for (const char c : digits) rank = 10 * rank + (c - '0');
    return rank;
}

bool isOfShares(std::string_view file) {
    return file.ends_with("-TP-common.safetensors") || rankOf(file);
}

}  // namespace gatescope
