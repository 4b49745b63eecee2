#!/usr/bin/env python3
"""Prints what llama.cpp's own package makes of 4,096 random blocks of each type, as digests.

    python3 -m venv venv && venv/bin/pip install gguf==0.19.0
    venv/bin/python make_block_digests.py       -> the table kDigests of block_codec_test.cpp
"""
import gguf
import numpy as np

NAMES = "F16 BF16 Q4_0 Q4_1 Q5_0 Q5_1 Q8_0 Q2_K Q3_K Q4_K Q5_K Q6_K IQ4_NL IQ4_XS MXFP4".split()
BLOCKS = 4096
GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def mixed(x):
    """The output function of SplitMix64."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def main():
    for name in NAMES:
        kind = gguf.GGMLQuantizationType[name]
        size = BLOCKS * gguf.GGML_QUANT_SIZES[kind][1]
        words = np.arange(1, size // 8 + 1, dtype=np.uint64) * GOLDEN + np.uint64(int(kind))
        stored = mixed(words).view(np.uint8).reshape(BLOCKS, -1)
        with np.errstate(all="ignore"):
            values = gguf.quants.dequantize(stored, kind).astype(np.float32).reshape(-1)
        bits = values.view(np.uint32).copy()
        bits[np.isnan(values)] = 0x7FC00000
        places = np.arange(1, bits.size + 1, dtype=np.uint64) * GOLDEN
        digest = int(mixed(places + bits).sum(dtype=np.uint64))
        print(f"    {{DType::{name}, {int(kind)}, 0x{digest:016x}U}},")


with np.errstate(over="ignore"):
    main()
