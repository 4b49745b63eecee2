#include <fmt/format.h>

#include "tests/fuzz/gguf_invariants.h"
#include "tests/support/gguf_model.h"

namespace gatescope::test {
namespace {

GgufVocabulary smallestVocabulary() {
    GgufVocabulary out;
    out.model = "llama";
    const auto add = [&](const std::string& text, float score, int type) {
        out.tokens.push_back(text);
        out.scores.push_back(score);
        out.tokenTypes.push_back(type);
    };
    add("[PAD]", 0, 3);
    add("[BOS]", 0, 3);
    add("[EOS]", 0, 3);
    add("[UNK]", 0, 2);
    add("\n", 0, 1);
    for (int byte = 0; byte < 256; ++byte) add(fmt::format("<0x{:02X}>", byte), 0, 6);
    for (const char* piece : {"ab", "a", "b"})
        add(piece, -static_cast<float>(out.tokens.size()), 1);
    return out;
}

}  // namespace

GgufWriter smallestModel() {
    const GgufVocabulary vocabulary = smallestVocabulary();
    const auto rows = vocabulary.tokens.size();
    GgufWriter writer;
    writer.text("general.architecture", "grok")
        .u32("grok.context_length", 16)
        .u32("grok.embedding_length", 2)
        .u32("grok.block_count", 1)
        .u32("grok.feed_forward_length", 2)
        .u32("grok.attention.head_count", 1)
        .u32("grok.expert_count", 2)
        .u32("grok.expert_used_count", 1)
        .f32("grok.attention.layer_norm_rms_epsilon", 1e-5F)
        .f32("grok.embedding_scale", 2);
    addVocabulary(writer, vocabulary);
    const auto tensor = [&](const std::string& name, std::vector<std::uint64_t> sizes) {
        std::uint64_t count = 1;
        for (const auto size : sizes) count *= size;
        writer.tensor(name + ".weight", sizes, DType::F16, std::string(2 * count, '\x30'));
    };
    tensor("token_embd", {2, rows});
    tensor("output_norm", {2});
    for (const char* name : {"attn_norm", "attn_output_norm", "ffn_norm", "layer_output_norm"})
        tensor(fmt::format("blk.0.{}", name), {2});
    for (const char* name : {"attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate_inp"})
        tensor(fmt::format("blk.0.{}", name), {2, 2});
    for (const char* name : {"ffn_gate_exps", "ffn_up_exps", "ffn_down_exps"})
        tensor(fmt::format("blk.0.{}", name), {2, 2, 2});
    return writer;
}

}  // namespace gatescope::test
