#!/usr/bin/env python3
"""Writes an xAI checkpoint of any size in the exact shapes of Grok-1, to measure how fast it loads.

usage: make_xai_checkpoint.py DIR [--layers N] [--d-model D] [--ffn F] [--vocab V]

Weights are a megabyte of random bytes, repeated; scales keep activations near 1. Needs numpy for the names in the
pickles alone. A layer of Grok-1 takes 4.9 GB, the embedding 3.2 GB: --layers 3 --vocab 131072 gives 18 GB.
"""
import argparse
import json
import os
import pickle
import sys
import types

import numpy

# The class that bfloat16 arrays name; only its name goes into the file.
ml_dtypes = types.ModuleType("ml_dtypes")
bfloat16 = type("bfloat16", (), {"__module__": "ml_dtypes", "__qualname__": "bfloat16"})
ml_dtypes.bfloat16 = bfloat16
sys.modules["ml_dtypes"] = ml_dtypes

MEGABYTE = numpy.random.default_rng(1).integers(-127, 128, 1 << 20, dtype=numpy.int8).tobytes()


class DType:
    """Pickles as NumPy's dtype of that kind does."""
    KINDS = {"f4": ("f4", "<", -1, -1, 0, 4), "i1": ("i1", "|", -1, -1, 0, 1), "bf16": (bfloat16, "<", 2, 2, 80, 2)}

    def __init__(self, kind):
        self.name, self.order, self.size, self.align, self.flags, self.item_bytes = self.KINDS[kind]

    def __reduce_ex__(self, protocol):
        state = (3, self.order, None, None, None, self.size, self.align, self.flags)
        return numpy.dtype, (self.name, False, True), state


class Array:
    """Pickles as a NumPy array in C order does."""

    def __init__(self, shape, kind, payload):
        self.shape, self.dtype, self.payload = shape, DType(kind), payload

    def __reduce_ex__(self, protocol):
        reconstruct = numpy.core.multiarray._reconstruct
        return reconstruct, (numpy.ndarray, (0,), b"b"), (1, self.shape, self.dtype, False, self.payload)


class QuantizedWeight8bit:
    def __init__(self, weight, scales):
        self.weight, self.scales = weight, scales


def elements(shape):
    count = 1
    for size in shape:
        count *= size
    return count


def floats(shape, mean, deviation):
    values = numpy.random.default_rng(2).normal(mean, deviation, 1 << 18).astype(numpy.float32).tobytes()
    return Array(shape, "f4", repeat(values, 4 * elements(shape)))


def repeat(block, size):
    return (block * (size // len(block) + 1))[:size]


def quantized(shape, groups):
    # int8 values spread evenly have a deviation of 73; weights should have 1 / sqrt(inputs).
    scale = numpy.float32(1 / (73 * shape[-2] ** 0.5))
    bits = (scale.view(numpy.uint32) >> 16).astype(numpy.uint16).tobytes()
    scales_shape = shape[:-2] + (groups, shape[-1])
    return QuantizedWeight8bit(Array(shape, "i1", repeat(MEGABYTE, elements(shape))),
                               Array(scales_shape, "bf16", repeat(bits, 2 * elements(scales_shape))))


def layer(d, f, q, kv, experts):
    """The twelve parameters of a layer in the order of the files."""
    yield quantized((experts, d, f), 1)
    yield quantized((experts, f, d), 8)
    yield quantized((experts, d, f), 1)
    yield quantized((d, kv), 1)
    yield quantized((q, d), 8)
    yield quantized((d, q), 1)
    yield quantized((d, kv), 1)
    for _ in range(4):
        yield floats((d,), 1.0, 0.05)
    yield floats((d, experts), 0.0, d ** -0.5)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dir")
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--d-model", type=int, default=6144)
    parser.add_argument("--ffn", type=int, default=32768)
    parser.add_argument("--vocab", type=int, default=131072)
    options = parser.parse_args()
    d, q, kv, experts = options.d_model, options.d_model, options.d_model // 6, 8
    folder = os.path.join(options.dir, "ckpt-0")
    os.makedirs(folder, exist_ok=True)

    def parameters():
        yield floats((options.vocab, d), 0.0, 1 / d ** 0.5)
        yield floats((d,), 1.0, 0.05)
        for _ in range(options.layers):
            yield from layer(d, options.ffn, q, kv, experts)

    total = 0
    for index, parameter in enumerate(parameters()):
        path = os.path.join(folder, f"tensor{index:05}_000")
        with open(path, "wb") as file:
            pickle._Pickler(file, protocol=4).dump(parameter)  # the one that streams large payloads
        total += os.path.getsize(path)
        print(f"\r{index + 1} files, {total / 1e9:.1f} GB", end="", file=sys.stderr)
    print(file=sys.stderr)
    config = {"vocab_size": options.vocab, "emb_size": d, "key_size": 128, "num_q_heads": q // 128,
              "num_kv_heads": kv // 128, "num_layers": options.layers, "ffn_size": options.ffn,
              "num_experts": experts, "num_selected_experts": 2, "sequence_len": 8192,
              "embedding_multiplier_scale": d ** 0.5, "output_multiplier_scale": 0.5773502691896257,
              "attn_output_multiplier": 128 ** -0.5}
    with open(os.path.join(options.dir, "config.json"), "w") as file:
        json.dump(config, file, indent=1)


if __name__ == "__main__":
    main()
