#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/model/tensor_slots.h"

namespace gatescope {

/// Who named the tensors of a conversion.
enum class HfNaming : std::uint8_t {
    Hpcai,   ///< hpcai-tech/grok-1: model.layers.N.moe_block.experts.E.linear.weight
    Keyfan,  ///< keyfan/grok-1-hf: transformer.decoder_layer.N.moe.E.linear.weight
    Sglang,  ///< lmzheng/grok-1: model.layers.N.block_sparse_moe.experts.E.w1.weight
};
inline constexpr std::array kHfNamings{HfNaming::Hpcai, HfNaming::Keyfan, HfNaming::Sglang};

/// What `naming` calls the tensor of `slot`; `expert` is used where each expert has its own ("*"
/// for the name of all).
std::string hfName(HfNaming naming, const TensorSlot& slot, std::string_view expert);

/// Why a tensor that is no parameter is left out: "the key/value cache is not quantised". Empty:
/// it is not known.
std::optional<std::string_view> leftOutReason(std::string_view name);

/// What Quark and vLLM call the scale of the weight `name`, and the other name for it.
std::array<std::string, 2> hfScaleNames(const std::string& name);

/// Which rank's share a file of a model is that was cut for several GPUs: "...-TP-003.safetensors"
/// or "...-003.safetensors". Empty: none's.
std::optional<int> rankOf(std::string_view file);

/// Is it a file of a model that was cut for several GPUs: "...-TP-common.safetensors", or a rank's?
bool isOfShares(std::string_view file);

}  // namespace gatescope
