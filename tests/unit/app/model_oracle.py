#!/usr/bin/env python3
"""Computes what `info --routers --histogram` says once more with NumPy, from the checkpoint's own bytes.

usage: model_oracle.py GATESCOPE_CLI XAI_MODEL
Needs NumPy (Debian: python3-numpy).
"""

import json
import pathlib
import re
import subprocess
import sys
import unittest

import numpy as np

CLI, MODEL = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])


def info(*arguments, model=MODEL):
    done = subprocess.run([str(CLI), "info", str(model), "--json", *arguments], capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def raw_f32(file, shape):
    """The last float32 array of a checkpoint's pickle: its bytes stand near the end of the file."""
    data = file.read_bytes()
    size = int(np.prod(shape)) * 4
    # BINBYTES or BINBYTES8 with just this length, as NumPy arrays of this shape pickle.
    for mark in (b"B" + size.to_bytes(4, "little"), b"\x8e" + size.to_bytes(8, "little")):
        at = data.rfind(mark)
        if at >= 0:
            return np.frombuffer(data, "<f4", size // 4, at + len(mark)).reshape(shape)
    raise AssertionError(f"{file}: no array of {size} bytes")


class ModelOracle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.info = info("--tensors", "--routers")
        cls.tensors = cls.info["tensor_list"]["stored"]

    def array(self, pattern):
        tensor = next(t for t in self.tensors if re.search(pattern, t["name"]))
        file = next(MODEL.rglob(pathlib.Path(tensor["file"]).name))
        return raw_f32(file, tensor["shape"])

    def test_router_rows_are_those_of_the_checkpoint(self):
        layers = self.info["routers"]
        self.assertEqual([g["layer"] for g in layers], list(range(self.info["sizes"]["layers"])))
        for g in layers:
            rows = self.array(rf"layer_{g['layer']}/router").astype(np.float64).T
            np.testing.assert_allclose(g["norms"], np.linalg.norm(rows, axis=1), rtol=1e-12)
            unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
            np.testing.assert_allclose(g["cosines"], unit @ unit.T, atol=1e-12)
            self.assertAlmostEqual(g["chance_deviation"], rows.shape[1] ** -0.5)

    def test_a_histogram_counts_every_value(self):
        path = next(p["path"] for p in self.info["tensor_list"]["parameters"] if "router" in p["path"])
        h = info("--histogram", path)["histogram"]
        values = self.array(re.escape(path)).astype(np.float64)
        counts, _ = np.histogram(values, bins=64, range=(values.min(), values.max()))
        self.assertEqual(h["values"], values.size)
        self.assertEqual(sum(h["counts"]), values.size)
        self.assertLessEqual(np.abs(np.array(h["counts"]) - counts).max(), 1)  # a value on a border
        self.assertEqual((h["low"], h["high"]), (values.min(), values.max()))
        self.assertAlmostEqual(h["mean"], values.mean(), places=12)
        self.assertAlmostEqual(h["deviation"], values.std(), places=12)

    def test_lists_every_byte_of_the_model(self):
        self.assertEqual(len(self.tensors), self.info["tensors"])
        self.assertEqual(sum(t["bytes"] for t in self.tensors), self.info["bytes_total"])

    def test_quantised_matrices_are_counted_too(self):
        model = "synthetic:grok-1-tiny,layers=1,dtype=i8"
        listed = info("--tensors", model=model)["tensor_list"]["parameters"]
        for p in listed:
            h = info("--histogram", p["path"], model=model)["histogram"]
            self.assertEqual(h["values"], int(np.prod(p["shape"])), p["path"])
            self.assertEqual(sum(h["counts"]), h["values"], p["path"])

    def test_a_parameter_that_is_not_there_is_refused(self):
        done = subprocess.run([str(CLI), "info", str(MODEL), "--histogram", "no/such"], capture_output=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("no/such", done.stderr.decode())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
