#!/usr/bin/env python3
"""What --quantise int4 keeps of the bundled model, by NumPy: the file's layout and checksums from the
format's description, every group of 32 against llama.cpp's rule for Q4_0, a sample against a search
through all scales, and the errors that `convert` reports.

    quantise_oracle.py GATESCOPE_CLI MODEL

Exit status: 0 all agree, 1 not, 77 no NumPy.
"""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

try:
    import numpy as np
except ImportError:
    print("no NumPy here")
    sys.exit(77)

F32, Q4_0, Q8_0 = 0, 2, 8
GROUP = 32


class Gguf:
    """Source: ggml-org/ggml docs/gguf.md."""

    NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}

    def __init__(self, path):
        self.bytes = path.read_bytes()
        self.at = 0
        assert self.take("<4s") == b"GGUF" and self.take("<I") == 3
        num_tensors, num_keys = self.take("<Q"), self.take("<Q")
        self.keys = {self.text(): self.value(self.take("<I")) for _ in range(num_keys)}
        self.tensors = {}
        for _ in range(num_tensors):
            name = self.text()
            sizes = [self.take("<Q") for _ in range(self.take("<I"))]
            self.tensors[name] = (sizes, self.take("<I"), self.take("<Q"))
        self.data = -(-self.at // 32) * 32

    def take(self, code):
        (value,) = struct.unpack_from(code, self.bytes, self.at)
        self.at += struct.calcsize(code)
        return value

    def text(self):
        length = self.take("<Q")
        self.at += length
        return self.bytes[self.at - length : self.at].decode()

    def value(self, kind):
        if kind == 8:
            return self.text()
        if kind == 9:
            element, count = self.take("<I"), self.take("<Q")
            return [self.value(element) for _ in range(count)]
        return self.take(self.NUMBERS[kind])

    def stored(self, name):
        sizes, kind, offset = self.tensors[name]
        count = int(np.prod(sizes))
        size = {F32: 4 * count, Q4_0: count // 32 * 18, Q8_0: count // 32 * 34}[kind]
        return self.bytes[self.data + offset : self.data + offset + size]

    def groups(self, name):
        """[groups, 32], f64."""
        kind, raw = self.tensors[name][1], self.stored(name)
        if kind == F32:
            return np.frombuffer(raw, "<f4").astype(np.float64).reshape(-1, GROUP)
        blocks = np.frombuffer(raw, np.uint8).reshape(-1, 18 if kind == Q4_0 else 34)
        scale = blocks[:, :2].copy().view("<f2").astype(np.float64)
        if kind == Q8_0:
            return scale * blocks[:, 2:].view(np.int8)
        numbers = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float64) - 8
        return scale * numbers


def errors(groups, scales):
    """Of each group, were its scale (rounded to half precision) this one."""
    d = scales.astype(np.float16).astype(np.float64)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.where(d == 0, 0, np.clip(np.rint(groups / d), -8, 7))
    return np.sum((groups - d * steps) ** 2, axis=1)


def plain_errors(groups):
    largest = groups[np.arange(len(groups)), np.argmax(np.abs(groups), axis=1)]
    return errors(groups, largest / -8)


def best_errors(groups):
    largest = np.max(np.abs(groups), axis=1)
    best = np.sum(groups**2, axis=1)
    for place in np.linspace(4, 12, 801):
        best = np.minimum(best, np.minimum(errors(groups, largest / place), errors(groups, -largest / place)))
    return best


def main():
    cli, model = sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        environment = dict(os.environ, XDG_CACHE_HOME=str(scratch))

        def run(*words):
            return subprocess.run([cli, *words], env=environment, check=True, capture_output=True, text=True)

        run("generate", model, "-p", "The", "-n", "1", "--quantise", "int4")
        (copy,) = scratch.glob("gatescope/quantised/*/*-int4.gguf")
        run("convert", model, str(scratch / "f32.gguf"), "--type", "f32")
        report = json.loads(run("convert", model, str(scratch / "q4.gguf"), "--type", "q4_0", "--json").stdout)
        exact, quantised, converted = Gguf(scratch / "f32.gguf"), Gguf(copy), Gguf(scratch / "q4.gguf")

    expected = [zlib.crc32(quantised.bytes[: quantised.data])]
    expected += [zlib.crc32(quantised.stored(name)) for name in quantised.tensors]
    size = quantised.keys["gatescope.checksum_bytes"]
    assert size == 4 * len(expected)
    assert list(struct.unpack(f"<{len(expected)}I", quantised.bytes[-size:])) == expected
    assert quantised.keys["gatescope.made_from"] == os.path.realpath(model)

    # A copy is what `convert` writes.
    assert list(converted.tensors) == list(quantised.tensors)
    assert all(converted.stored(name) == quantised.stored(name) for name in converted.tensors)

    sums, found, plain, ours, best = {}, 0.0, 0.0, 0.0, 0.0
    for name, (_, kind, _) in quantised.tensors.items():
        before, after = exact.groups(name), quantised.groups(name)
        off = np.sum((before - after) ** 2, axis=1)
        role = name.split(".")[-2]
        total = sums.setdefault(role, [0.0, 0.0])
        total[0] += off.sum()
        total[1] += np.sum(before**2)
        if kind != Q4_0:
            assert kind in (F32, Q8_0), name
            continue
        by_rule = plain_errors(before)
        assert np.all(off <= by_rule * 1.0001 + 1e-15), f"{name}: a group is worse than by the plain rule"
        found += off.sum()
        plain += by_rule.sum()
        sample = slice(None, None, max(1, len(before) // 200))
        ours += off[sample].sum()
        best += best_errors(before[sample]).sum()
    assert found < 0.92 * plain, f"{found / plain:.3f} of the plain rule's squared error"
    assert ours < 1.01 * best, f"{ours / best:.4f} of the least squared error that any scale gives"

    kinds = {"token_embd": "embedding", "attn_q": "query", "attn_k": "key", "attn_v": "value",
             "attn_output": "attention output", "ffn_gate_exps": "expert gate",
             "ffn_up_exps": "expert up", "ffn_down_exps": "expert down"}
    reported = {row["kind"]: row["relative_error"] for row in report["errors"]}
    for role, kind in kinds.items():
        error = np.sqrt(sums[role][0] / sums[role][1])
        assert abs(error - reported[kind]) < 1e-5 * error, (kind, error, reported[kind])
    print(f"squared error: {found / plain:.4f} of the plain rule's, {ours / best:.4f} of the least")


if __name__ == "__main__":
    main()
