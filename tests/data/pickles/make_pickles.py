"""Writes the pickles in this folder: small arrays as several programs save them.

Run with numpy, ml_dtypes and jax installed (last run: numpy 2.4.6, ml_dtypes 0.6.0, jax 0.10.2).
Each array holds 0, 1, 2 ... so that a reader's offsets can be checked.
"""

import os
import pickle
import sys
import types

import jax.numpy as jnp
import ml_dtypes
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


class QuantizedWeight8bit:
    """Stands for the class of xAI's model.py; only its name is written."""

    def __init__(self, weight, scales):
        self.weight = weight
        self.scales = scales


def save(name, value, protocol=4):
    with open(os.path.join(HERE, name), "wb") as file:
        pickle.dump(value, file, protocol=protocol)


def main():
    f32 = np.arange(6, dtype=np.float32).reshape(2, 3)
    bf16 = f32.astype(ml_dtypes.bfloat16)
    int8 = np.arange(96, dtype=np.int8).reshape(2, 8, 6)
    scales = np.arange(24).reshape(2, 2, 6).astype(ml_dtypes.bfloat16)
    save("numpy2_f32.pickle", f32)
    save("numpy2_f32_protocol3.pickle", f32, protocol=3)
    save("numpy2_bf16.pickle", bf16)
    save("numpy2_f16.pickle", f32.astype(np.float16))
    save("numpy2_quantized.pickle", QuantizedWeight8bit(int8, scales))
    save("jax_f32.pickle", jnp.asarray(f32))
    save("jax_bf16.pickle", jnp.asarray(bf16))
    save("jax_quantized.pickle", QuantizedWeight8bit(jnp.asarray(int8), jnp.asarray(scales)))
    # As a program saves it that imported the class from xAI's model.py.
    module = types.ModuleType("model")
    QuantizedWeight8bit.__module__ = "model"
    module.QuantizedWeight8bit = QuantizedWeight8bit
    sys.modules["model"] = module
    save("model_quantized.pickle", QuantizedWeight8bit(int8, scales))
    # What must be refused, each for its own reason.
    save("refused_protocol2.pickle", f32, protocol=2)
    save("refused_protocol5.pickle", f32, protocol=5)
    save("refused_fortran.pickle", np.asfortranarray(f32))
    save("refused_big_endian.pickle", f32.astype(">f4"))
    save("refused_objects.pickle", np.array([[1, "a"]], dtype=object))
    save("refused_f64.pickle", f32.astype(np.float64))
    save("refused_fields.pickle", np.zeros((2, 3), dtype=[("a", "<f4")]))
    save("refused_four_dimensions.pickle", np.zeros((1, 2, 3, 4), dtype=np.float32))
    save("refused_scalar.pickle", np.array(1, dtype=np.float32))
    save("refused_list.pickle", [1, 2, 3])
    save("refused_none.pickle", None)


if __name__ == "__main__":
    main()
