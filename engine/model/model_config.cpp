#include "engine/model/model_config.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <limits>
#include <utility>

#include "engine/error_codes.h"
#include "kernels/cpu/attention.h"

namespace gatescope {
namespace {

std::uint64_t u64(int value) {
    return static_cast<std::uint64_t>(value);
}

}  // namespace

ParameterCount countParameters(const ModelConfig& config) {
    const std::uint64_t d = u64(config.dModel);
    const std::uint64_t embedding = u64(config.vocabSize) * d;
    const std::uint64_t attention = 2 * d * (u64(config.qWidth()) + u64(config.kvWidth()));
    const std::uint64_t expert = 3 * d * u64(config.ffnSize);
    const std::uint64_t small = d * u64(config.numExperts) + 4 * d;  // router and norms
    const auto layers = u64(config.numLayers);
    return {
        .total = embedding * (config.tiedOutput ? 1 : 2) + d +
                 layers * (attention + small + expert * u64(config.numExperts)),
        .active = embedding + d + layers * (attention + small + expert * u64(config.numSelected)),
    };
}

void validate(const ModelConfig& config, const std::string& origin) {
    const auto refuse = [&](const std::string& what) {
        gatescope::refuse(ErrorCode::ConfigValue, origin, what);
    };
    const std::array<std::pair<const char*, int>, 10> sizes{{
        {"vocab_size", config.vocabSize},
        {"emb_size", config.dModel},
        {"key_size", config.headSize},
        {"num_q_heads", config.numQHeads},
        {"num_kv_heads", config.numKvHeads},
        {"num_layers", config.numLayers},
        {"ffn_size", config.ffnSize},
        {"num_experts", config.numExperts},
        {"num_selected_experts", config.numSelected},
        {"sequence_len", config.contextLength},
    }};
    constexpr int kLargest =
        1 << 24;  // no real model is near it; two of them multiply within 48 bits
    for (const auto& [key, value] : sizes)
        if (value < 1 || value > kLargest)
            refuse(fmt::format("{} is {}, expected 1 to {}", key, value, kLargest));
    if (config.numQHeads % config.numKvHeads != 0)
        refuse(fmt::format("num_q_heads {} is not a multiple of num_kv_heads {}",
                           config.numQHeads,
                           config.numKvHeads));
    if (config.headSize % 2 != 0)
        refuse(
            fmt::format("key_size is {}, expected an even number (rotary pairs)", config.headSize));
    if (std::int64_t{config.numQHeads} * config.headSize > kLargest)  // kv heads are fewer
        refuse(fmt::format("num_q_heads {} of key_size {} are wider than {}",
                           config.numQHeads,
                           config.headSize,
                           kLargest));
    if (config.numSelected > config.numExperts)
        refuse(fmt::format("num_selected_experts {} exceeds num_experts {}",
                           config.numSelected,
                           config.numExperts));
    if (config.numExperts > 4096 || config.numLayers > 4096 || config.contextLength > (1 << 22))
        refuse(fmt::format(
            "{} layers of {} experts over {} tokens: expected at most 4096, 4096 and {}",
            config.numLayers,
            config.numExperts,
            config.contextLength,
            1 << 22));
    if (!(config.attentionCap > 0 && config.attentionCap <= kernels::kLargestCap))
        refuse(fmt::format("attn_logit_cap is {}, expected more than 0 and at most {}",
                           config.attentionCap,
                           kernels::kLargestCap));
    // The largest array is one layer's experts; the model is at most 4096 of those.
    const auto layer =
        static_cast<double>(config.numExperts) * config.dModel * config.ffnSize * 12.0;
    if (layer * config.numLayers > static_cast<double>(std::numeric_limits<std::int64_t>::max()))
        refuse("the sizes multiply to more bytes than 63 bits can count");
}

}  // namespace gatescope
