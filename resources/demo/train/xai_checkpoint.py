"""Writes and reads the on-disk form of Grok-1's release: one pickle (protocol 4) per parameter, in
sorted order of the parameter paths.

int8 with bf16 scales: attention and experts. f32: embedding, norms, router. The row-parallel
matrices (attention output, expert down) carry 8 rows of scales, one per eighth of their input; the
others one. Module names in a pickle are those of numpy 1.26, so write with that.
"""

import io
import json
import pickle
import sys
from pathlib import Path

import ml_dtypes
import numpy as np

SHARDS = 8
LAYER_PARAMETERS = (  # path below the layer, our name, scale groups (0: stored as f32); in sorted order, which is the file order
    ("moe/linear/w", "gate", 1),
    ("moe/linear_1/w", "down", SHARDS),
    ("moe/linear_v/w", "up", 1),
    ("multi_head_attention/key/w", "key", 1),
    ("multi_head_attention/linear/w", "attention_out", SHARDS),
    ("multi_head_attention/query/w", "query", 1),
    ("multi_head_attention/value/w", "value", 1),
    ("rms_norm/scale", "norm0", 0),
    ("rms_norm_1/scale", "norm1", 0),
    ("rms_norm_2/scale", "norm2", 0),
    ("rms_norm_3/scale", "norm3", 0),
    ("router/w", "router", 0),
)


class QuantizedWeight8bit:
    """Pickled as `__main__.QuantizedWeight8bit`, because that is where the original programs had
    it.
    """

    def __init__(self, weight: np.ndarray, scales: np.ndarray):
        self.weight, self.scales = weight, scales


QuantizedWeight8bit.__module__ = "__main__"
sys.modules["__main__"].QuantizedWeight8bit = QuantizedWeight8bit


def quantise(w: np.ndarray, groups: int) -> QuantizedWeight8bit:
    """w [..., inputs, outputs] f32 -> int8 and scales [..., groups, outputs]: the largest value of
    a column's group becomes 127.
    """
    parts = w.reshape(*w.shape[:-2], groups, w.shape[-2] // groups, w.shape[-1])
    scales = (np.abs(parts).max(-2) / 127).clip(1e-12).astype(ml_dtypes.bfloat16)
    integers = (
        np.rint(parts / scales.astype(np.float32)[..., None, :]).clip(-127, 127).astype(np.int8)
    )
    return QuantizedWeight8bit(
        np.ascontiguousarray(integers.reshape(w.shape)), np.ascontiguousarray(scales)
    )


def dequantise(stored) -> np.ndarray:
    if isinstance(stored, np.ndarray):
        return stored
    rows = stored.weight.shape[-2]
    groups = stored.scales.shape[-2]
    return stored.weight.astype(np.float32) * np.repeat(
        stored.scales.astype(np.float32), rows // groups, axis=-2
    )


def files(num_layers: int) -> list[tuple[str, tuple[str, ...], int]]:
    """File name, key (("embedding",) or (layer, name)), scale groups, in file order. Layers sort as
    text: 0, 1, 10, 11, 2...
    """
    keys = [(("embedding",), 0), (("final_norm",), 0)]
    for layer in sorted(range(num_layers), key=str):
        keys += [((str(layer), name), groups) for _, name, groups in LAYER_PARAMETERS]
    return [(f"tensor{i:05d}_000", key, groups) for i, (key, groups) in enumerate(keys)]


def write(parameters: dict[tuple[str, ...], np.ndarray], config: dict, folder: Path) -> None:
    (folder / "ckpt-0").mkdir(parents=True, exist_ok=True)
    for name, key, groups in files(config["num_layers"]):
        w = np.ascontiguousarray(parameters[key], np.float32)
        with (folder / "ckpt-0" / name).open("wb") as file:
            pickle.dump(quantise(w, groups) if groups else w, file, protocol=4)
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")


class Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str):
        if name == "QuantizedWeight8bit":
            return QuantizedWeight8bit
        if (module, name) in {
            ("numpy.core.multiarray", "_reconstruct"),
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
            ("ml_dtypes", "bfloat16"),
        }:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed in a checkpoint")


def read(folder: Path) -> tuple[dict[tuple[str, ...], np.ndarray], dict]:
    """The parameters as f32 (int8 times scale, exact) and the config."""
    config = json.loads((folder / "config.json").read_text())
    parameters = {}
    for name, key, _ in files(config["num_layers"]):
        stored = Reader(io.BytesIO((folder / "ckpt-0" / name).read_bytes())).load()
        parameters[key] = dequantise(stored)
    return parameters, config
