#!/usr/bin/env python3
"""Writes the GGUF files of this folder with llama.cpp's own package: gguf 0.19.0, numpy 2, sentencepiece 0.2.

    python3 -m venv venv && venv/bin/pip install gguf==0.19.0 sentencepiece protobuf
    venv/bin/python make_fixtures.py ../tiny-a/tokenizer.model .

The numbers follow a rule that tests/unit/engine/model/gguf/gguf_package_test.cpp knows, too.
"""
import os
import sys

import gguf
import numpy as np
import sentencepiece

LAYERS, WIDTH, HEADS, KV_HEADS, HEAD, FFN, EXPERTS, VOCAB = 1, 32, 4, 2, 8, 32, 3, 512
TYPES = {"f32": gguf.GGMLQuantizationType.F32, "f16": gguf.GGMLQuantizationType.F16,
         "bf16": gguf.GGMLQuantizationType.BF16, "q8_0": gguf.GGMLQuantizationType.Q8_0,
         "q4_0": gguf.GGMLQuantizationType.Q4_0, "q4_1": gguf.GGMLQuantizationType.Q4_1,
         "q5_0": gguf.GGMLQuantizationType.Q5_0, "q5_1": gguf.GGMLQuantizationType.Q5_1}


def numbers(index, shape):
    """Element i of tensor number `index`: small, different everywhere, exact in f32."""
    i = np.arange(int(np.prod(shape)), dtype=np.int64)
    return (((i * 7919 + index * 104729) % 2003 - 1001).astype(np.float32) / np.float32(8192)).reshape(shape)


def tensors():
    """(name, shape with the contiguous size last) in the order of the file."""
    yield "token_embd.weight", (VOCAB, WIDTH)
    yield "output_norm.weight", (WIDTH,)
    for layer in range(LAYERS):
        block = f"blk.{layer}."
        yield block + "ffn_gate_exps.weight", (EXPERTS, FFN, WIDTH)
        yield block + "ffn_down_exps.weight", (EXPERTS, WIDTH, FFN)
        yield block + "ffn_up_exps.weight", (EXPERTS, FFN, WIDTH)
        yield block + "attn_q.weight", (HEADS * HEAD, WIDTH)
        yield block + "attn_k.weight", (KV_HEADS * HEAD, WIDTH)
        yield block + "attn_v.weight", (KV_HEADS * HEAD, WIDTH)
        yield block + "attn_output.weight", (WIDTH, HEADS * HEAD)
        for norm in ("attn_norm", "attn_output_norm", "ffn_norm", "layer_output_norm"):
            yield block + norm + ".weight", (WIDTH,)
        yield block + "ffn_gate_inp.weight", (EXPERTS, WIDTH)


def vocabulary(file):
    """What llama.cpp's converter keeps of a SentencePiece model."""
    model = sentencepiece.SentencePieceProcessor(model_file=file)
    tokens, scores, types = [], [], []
    for i in range(model.vocab_size()):
        kind = gguf.TokenType.NORMAL
        if model.is_unknown(i):
            kind = gguf.TokenType.UNKNOWN
        elif model.is_control(i):
            kind = gguf.TokenType.CONTROL
        elif model.is_unused(i):
            kind = gguf.TokenType.UNUSED
        elif model.is_byte(i):
            kind = gguf.TokenType.BYTE
        tokens.append(model.id_to_piece(i).encode("utf-8"))
        scores.append(model.get_score(i))
        types.append(kind)
    return tokens, scores, types


def write(path, kind, words, split_tensors=0):
    writer = gguf.GGUFWriter(path, "grok", split_max_tensors=split_tensors)
    writer.add_context_length(128)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FFN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_dimension_count(HEAD)
    writer.add_expert_count(EXPERTS)
    writer.add_expert_used_count(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(words[0])
    writer.add_token_scores(words[1])
    writer.add_token_types(words[2])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(3)
    writer.add_pad_token_id(0)
    for index, (name, shape) in enumerate(tensors()):
        values = numbers(index, shape)
        plain = len(shape) == 1 or "ffn_gate_inp" in name
        stored = TYPES["f32"] if plain else TYPES[kind]
        if stored == TYPES["f32"]:
            writer.add_tensor(name, values)
        else:
            writer.add_tensor(name, gguf.quants.quantize(values, stored), raw_dtype=stored)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    words = vocabulary(sys.argv[1])
    for kind in TYPES:
        write(os.path.join(sys.argv[2], f"package-{kind}.gguf"), kind, words)
    write(os.path.join(sys.argv[2], "package-split.gguf"), "q8_0", words, split_tensors=6)


main()
