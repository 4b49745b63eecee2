#!/usr/bin/env python3
"""A tour of every dock: what `dump` says of it against numbers that NumPy makes.

They come from the arrays that `record export` writes of the same conversation, from what
`gatescope-cli forward` writes of the same ids, and from the checkpoint's own bytes. VIEWS has a row
for each dock of the window; a dock without one fails the test.

usage: tour_views.py BIN_DIR SOURCE_DIR
"""

import collections
import json
import math
import pathlib
import re
import statistics
import sys
import unittest

import numpy as np

from tours import DECODE_TOLERANCE, F16_TOLERANCE, MODEL, SOURCE, TourTest

PROMPT = 4 * "The weather and the river and the hills in the morning "
FIRST, LAST = 6, 40  # a range that the prompt alone fills: how long a reply is depends on its seed
HERE = slice(FIRST, LAST + 1)
PINNED = slice(41, 76)
# The waterfall keeps a probability in a byte, see packProbability().
BYTE_TOLERANCE = 0.004 + F16_TOLERANCE
SETS = (["the river ", "the rain in the city "], ["and the hills ", "morning ", "one two three "])
BIASED = ("1:3", 4)


def newcombe(count_a, tokens_a, count_b, tokens_b):
    """The 95 % interval of a difference of shares (Newcombe 1998, method 10)."""
    z = statistics.NormalDist().inv_cdf(0.975)

    def wilson(count, n):
        p = count / n
        half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return tuple((p + z * z / (2 * n) + sign * half) / (1 + z * z / n) for sign in (-1, 1))

    a, b = count_a / tokens_a, count_b / tokens_b
    (low_a, high_a), (low_b, high_b) = wilson(count_a, tokens_a), wilson(count_b, tokens_b)
    return (a - b, a - b - math.hypot(a - low_a, high_b - b),
            a - b + math.hypot(high_a - a, b - low_b))


def longest_common(a, b):
    """How many tokens the longest common subsequence has, by the textbook's table."""
    row = np.zeros(len(b) + 1, int)
    for token in a:
        before = row.copy()
        for j, other in enumerate(b):
            row[j + 1] = before[j] + 1 if token == other else max(row[j], before[j + 1])
    return row[-1]


def softmax(logits):
    p = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return p / p.sum(axis=-1, keepdims=True)


def checkpoint_array(number, shape):
    """The last f32 array in a pickle of the checkpoint: its bytes, without running the pickle."""
    data = pathlib.Path(MODEL, f"ckpt-0/tensor{number:05}_000").read_bytes()
    size = int(np.prod(shape)) * 4
    for mark in (b"B" + size.to_bytes(4, "little"), b"\x8e" + size.to_bytes(8, "little")):
        at = data.rfind(mark)
        if at >= 0:
            return np.frombuffer(data, "<f4", size // 4, at + len(mark)).reshape(shape)
    raise AssertionError(f"tensor {number}: no array of {size} bytes")


class Views(TourTest):
    """One conversation, a dump of each dock; `arrays` are those of its recording."""

    def rows(self, name, statistic):
        chart = self.dump(name)["charts"][name]
        found = {tuple(row["keys"]): row for row in chart["rows"] if row["statistic"] == statistic}
        self.assertTrue(found, f"{name} has no {statistic}")
        return found

    # ------------------------------------------------------------ left, right, below

    def conversations(self):
        listed = self.dump("conversations")["conversations"]
        self.assertEqual(len(listed), 1)
        self.assertTrue(listed[0]["current"])
        self.assertIn("2 messages", listed[0]["detail"])
        self.assertTrue(PROMPT.startswith(listed[0]["title"].rstrip("…").rstrip()), listed)
        self.assertEqual(len(self.dump("conversations-river")["conversations"]), 1)
        self.assertEqual(self.dump("conversations-ocean")["conversations"], [])

    def routing(self):
        np.testing.assert_allclose(self.dump("routing")["heatmap"], self.used[:, HERE].mean(axis=1),
                                   atol=1e-6)

    def waterfall(self):
        for order in ("layer", "expert"):
            seen = self.dump(f"waterfall-{order}")["waterfall"]
            self.assertEqual(seen["row_order"], order)
            self.check_waterfall(seen, self.probs)
            layers, experts = self.probs.shape[0], self.probs.shape[2]
            lines = [[l, e] for l in range(layers) for e in range(experts)]
            if order == "expert":
                lines.sort(key=lambda line: line[::-1])
            self.assertEqual(seen["lines"], lines)

    def check_waterfall(self, seen, probs):
        self.assertEqual(seen["tokens"], probs.shape[1])
        step = seen["tokens_in_a_sample"]
        peaks = np.array(seen["peaks"])  # [lines, samples]
        self.assertGreater(peaks.shape[1], 10)
        starts = (seen["first_sample"] + np.arange(peaks.shape[1])) * step
        self.assertLess(starts[-1], probs.shape[1])
        for line, (layer, expert) in enumerate(seen["lines"]):
            wanted = [probs[layer, start:start + step, expert].max() for start in starts]
            np.testing.assert_allclose(peaks[line], wanted, rtol=0, atol=BYTE_TOLERANCE)

    # ------------------------------------------------------------ statistics

    def load(self):
        load = self.rows("load", "load_share")
        share = self.used[:, HERE].sum(axis=(0, 1)) / self.used[:, HERE].sum()
        np.testing.assert_allclose([load[(e,)]["value"] for e in range(8)], share, atol=1e-12)
        self.assertEqual(load[(0,)]["chance"], 1 / 8)

    def entropy(self):
        entropy = self.rows("entropy", "token_entropy_bits")
        bits = -(self.probs * np.log2(np.maximum(self.probs, 1e-30))).sum(axis=2).mean(axis=0)
        self.assertIn(len(entropy), (len(bits), LAST + 1 - FIRST))
        np.testing.assert_allclose([row["value"] for row in entropy.values()],
                                   bits[[keys[0] for keys in entropy]], atol=2e-3)

    def coactivation(self):
        for (layer, i, j), row in self.rows("coactivation", "coactivation").items():
            with_i = self.used[layer, HERE, i]
            self.assertEqual(row["count"], with_i.sum())
            if with_i.any():
                self.assertAlmostEqual(row["value"], self.used[layer, HERE, j][with_i].mean())

    def transitions(self):
        favourite = self.arrays["selected"][..., 0]  # [L, T]
        for (layer, to, i, j), row in self.rows("transitions", "first").items():
            from_i = favourite[layer, HERE] == i
            self.assertEqual(row["count"], from_i.sum())
            if from_i.any():
                self.assertAlmostEqual(row["value"], (favourite[to, HERE][from_i] == j).mean())
        flow = self.dump("transitions-flow")["charts"]["transitions"]["flow"]
        self.assertEqual((flow["from"], flow["to"]), (0, 2))
        both = favourite[0, HERE] * 8 + favourite[2, HERE]
        np.testing.assert_array_equal(flow["amounts"],
                                      np.bincount(both, minlength=64).reshape(8, 8))

    def domains(self):
        prompt = self.dump("domains")["messages"][0]["token_count"]
        for (label, layer, expert), row in self.rows("domains", "share").items():
            tokens = np.arange(self.probs.shape[1])[HERE]
            own = tokens[(tokens >= prompt) == (label == 1)]
            self.assertEqual(row["count"], own.size)
            self.assertAlmostEqual(row["value"], self.used[layer, own, expert].mean())

    def vocabulary(self):
        """Of the whole trace: few ids come ten times in the range."""
        rows = self.dump("vocabulary")["charts"]["vocabulary"]["rows"]
        tokens, firsts = self.arrays["tokens"], self.arrays["selected"][..., 0]
        ids, times = np.unique(tokens, return_counts=True)
        self.assertEqual({row["keys"][1] for row in rows}, set(ids[times >= 10].tolist()))
        self.assertGreater(len(rows), 1)
        for row in rows:
            layer, token, expert = row["keys"]
            counts = np.bincount(firsts[layer][tokens == token], minlength=8)
            self.assertEqual((expert, row["count"]), (counts.argmax(), counts.sum()))
            self.assertAlmostEqual(row["value"], counts.max() / counts.sum())

    def contrast(self):
        rows = self.rows("contrast", "contrast")
        self.assertEqual(len(rows), 8)
        for (layer, expert), row in rows.items():
            now, pinned = self.used[layer, HERE, expert], self.used[layer, PINNED, expert]
            wanted = newcombe(now.sum(), now.size, pinned.sum(), pinned.size)
            np.testing.assert_allclose([row["value"], *row["interval"]], wanted, atol=1e-9)
            self.assertEqual((row["count"], row["chance"]), (min(now.size, pinned.size), 0))

    # ------------------------------------------------------------ computed anew

    def attention(self):
        self.computed(self.arrays["tokens"], "--attention", "2:3")
        weights = np.load(self.root / "forward/attention.npy")  # [T, T]
        rows = self.rows("attention", "attention")
        self.assertEqual(len(rows), sum(t + 1 for t in range(FIRST, LAST + 1)))
        for (layer, head, token, to), row in rows.items():
            self.assertEqual((layer, head), (2, 3))
            self.assertAlmostEqual(row["value"], weights[token, to], delta=1e-4)
            self.assertAlmostEqual(row["chance"], 1 / (token + 1))

    def token(self):
        """All of it is compared in tour_end_to_end.py; here: whose words these are."""
        found = self.dump("token")["inspection"]
        self.computed(self.arrays["tokens"])
        logits = np.load(self.root / "forward/logits.npy")[FIRST + 1]
        self.assertEqual(found["token"], FIRST + 2)
        np.testing.assert_allclose([word["log_prob"] for word in found["words"]],
                                   np.log(softmax(logits))[[w["token"] for w in found["words"]]],
                                   atol=1e-3)

    def model(self):
        seen = self.dump("model")["model"]
        stored = json.loads(self.output("info", MODEL, "--tensors", "--json"))["tensor_list"]
        numbers = {t["name"]: number for number, t in enumerate(stored["stored"])}
        self.assertEqual(len(seen["tensors"]), len(numbers))
        self.assertEqual(seen["plan"], self.dump("model-routers")["model"]["plan"])
        # Every byte has a place, and each device's are those of the plan.
        bytes_at = collections.Counter()
        for tensor in seen["tensors"]:
            bytes_at[tensor["place"]] += tensor["bytes"]
            if tensor["type"] == "f32":
                self.assertEqual(tensor["bytes"], 4 * int(np.prod(tensor["shape"])))
        for device in seen["plan"]["devices"]:
            self.assertEqual(bytes_at.pop(device["device"], 0), device["weights"])
            self.assertEqual(device["needed"], sum(device[part] for part in
                                                   ("weights", "cache", "branches", "work")))
        self.assertEqual(sum(bytes_at.values()), 0, "weights where the plan has none")
        routers = self.dump("model-routers")["model"]["routers"]
        self.assertEqual([g["layer"] for g in routers], list(range(self.probs.shape[0])))
        for g in routers:
            path = next(p for p in numbers if re.search(rf"layer_{g['layer']}/router", p))
            rows = checkpoint_array(numbers[path], (128, 8)).astype(np.float64).T
            norms = np.linalg.norm(rows, axis=1, keepdims=True)
            np.testing.assert_allclose(g["norms"], norms[:, 0], rtol=1e-12)
            np.testing.assert_allclose(g["cosines"], (rows / norms) @ (rows / norms).T, atol=1e-12)
        norm = next(p for p in numbers if p.endswith("rms_norm/scale") and "layer_" not in p)
        values = checkpoint_array(numbers[norm], (128,)).astype(np.float64)
        histogram = self.dump("model-histogram")["model"]["histogram"]
        self.assertEqual((histogram["low"], histogram["high"]), (values.min(), values.max()))
        self.assertAlmostEqual(histogram["mean"], values.mean(), places=12)
        self.assertAlmostEqual(histogram["deviation"], values.std(), places=12)
        self.assertEqual(sum(histogram["counts"]), values.size)

    # ------------------------------------------------------------ two runs

    def find(self):
        counts, tokens = [], []
        for prompts in SETS:
            used = []
            for prompt in prompts:
                ids = json.loads(self.output("tokenize", MODEL, "--json", stdin=prompt))["ids"]
                self.computed(np.array(ids))
                selected = np.load(self.root / "forward/selected.npy")
                used.append((selected[..., None] == np.arange(8)).any(axis=2))
            used = np.concatenate(used, axis=1)
            counts.append(used.sum(axis=1))
            tokens.append(used.shape[1])
        found = self.dump("find")["find"]
        self.assertEqual((found["prompts"], found["read"]), (5, 5))
        self.assertEqual(len(found["contrasts"]), 4 * 8)
        ranks = []
        for c in found["contrasts"]:
            site = c["layer"], c["expert"]
            wanted = (counts[0][site], tokens[0], counts[1][site], tokens[1])
            self.assertEqual((c["count_a"], c["tokens_a"], c["count_b"], c["tokens_b"]), wanted)
            difference, low, high = newcombe(*wanted)
            np.testing.assert_allclose((c["difference"], c["low"], c["high"]),
                                       (difference, low, high), atol=1e-9)
            self.assertEqual(c["stands"], low > 0 or high < 0)
            ranks.append(1 + max(low, -high) if c["stands"] else abs(difference))
        self.assertTrue(all(a >= b - 1e-9 for a, b in zip(ranks, ranks[1:])), ranks)

    def compare(self):
        found = self.dump("compare")["compare"]
        changed = self.recorded("changed")
        prompt = self.dump("compare")["messages"][0]["token_count"]
        a, b = self.arrays["tokens"][prompt:], changed["tokens"][prompt:]
        self.assertEqual(found["same"], longest_common(a, b))
        self.assertEqual(found["same"] + found["substituted"] + found["only_a"], a.size)
        self.assertEqual(found["same"] + found["substituted"] + found["only_b"], b.size)
        pairs = np.array(found["pairs"]).reshape(-1, 2)
        np.testing.assert_array_equal(a[pairs[:, 0]], b[pairs[:, 1]])
        self.assertTrue((np.diff(pairs, axis=0) > 0).all())
        # Plain and changed, of the same tokens: each reply token's own distribution.
        bias, amount = BIASED
        self.computed(self.arrays["tokens"])
        plain = np.load(self.root / "forward/logits.npy")
        self.computed(self.arrays["tokens"], "--bias", f"{bias}:{amount}", "--where",
                      f"index>={prompt}")
        p = softmax(plain[prompt:-1])
        q = softmax(np.load(self.root / "forward/logits.npy")[prompt:-1])
        kl = (p * np.log2(p / q)).sum(axis=1)
        if kl.size > 3:  # a reply may end early; a few tokens must show that the bias does something
            self.assertGreater(kl.max(), 0.01)
        np.testing.assert_allclose(found["kl_bits"], [0, *kl], atol=2e-3)
        probs = self.probs[:, prompt:], changed["router_probs"].astype(np.float64)[:, prompt:]
        if found["over"] == "pairs":
            self.assertGreaterEqual(2 * found["same"], min(a.size, b.size))
            probs = probs[0][:, pairs[:, 0]], probs[1][:, pairs[:, 1]]
        np.testing.assert_allclose(found["routing"]["difference"],
                                   probs[1].mean(axis=1) - probs[0].mean(axis=1),
                                   rtol=0, atol=F16_TOLERANCE)

    # ------------------------------------------------------------ the tours

    def test_every_dock_agrees_with_numbers_of_numpy(self):
        steps = [
            {"do": "open", "model": MODEL},
            {"do": "wait", "for": "loaded"},
            {"do": "template", "name": "continuation"},
            {"do": "send", "text": PROMPT},
            {"do": "wait", "for": "idle"},
            {"do": "mode", "name": "share", "population": "all"},
            {"do": "save_recording", "name": "plain"},
        ]
        for name, before in VIEWS.items():
            ranged = () if name == "vocabulary" else (FIRST, LAST)
            first, last = ranged or (None, None)
            steps += [{"do": "select_range", "first": first, "last": last}, *before,
                      {"do": "show", "view": name}, {"do": "dump", "name": name}]
        self.played(steps + [{"do": "save_recording", "name": "changed"}])
        self.arrays = self.recorded("plain")
        self.probs = self.arrays["router_probs"].astype(np.float64)  # [L, T, E]
        self.used = (self.arrays["selected"][..., None] == np.arange(8)).any(axis=2)
        docks = self.dump("routing")["views"]
        self.assertEqual(set(docks), set(VIEWS), "each dock needs a row in VIEWS, and none more")
        for name in docks:
            with self.subTest(name):
                self.assertTrue(self.dump(name)["views"][name], "it is not in sight")
                getattr(self, name)()

    def test_a_long_waterfall_shows_the_largest_of_each_stretch(self):
        self.played([
            {"do": "resize", "width": 1000, "height": 700},
            {"do": "open", "model": str(SOURCE / "resources/demo/model")},
            {"do": "wait", "for": "loaded"},
            {"do": "template", "name": "continuation"},
            {"do": "send", "text": 60 * "Once upon a time there was a little dog. "},
            {"do": "wait", "for": "tokens"},
            {"do": "stop"},
            {"do": "wait", "for": "idle"},
            {"do": "show", "view": "waterfall"},
            {"do": "dump", "name": "long"},
            {"do": "save_recording", "name": "long"},
        ])
        seen = self.dump("long")["waterfall"]
        self.assertGreater(seen["tokens_in_a_sample"], 1)
        self.check_waterfall(seen, self.recorded("long")["router_probs"].astype(np.float64))


# What a dock needs before it is shown and dumped under its name; the method of its name checks it.
VIEWS = {
    "conversations": [
        {"do": "show", "view": "conversations"},
        *[step for word in ("river", "ocean")
          for step in ({"do": "search", "text": word},
                       {"do": "dump", "name": f"conversations-{word}"})],
        {"do": "search", "text": ""},
    ],
    "routing": [],
    "waterfall": [
        {"do": "show", "view": "waterfall"},
        *[step for order in ("layer", "expert")
          for step in ({"do": "rows", "by": order},
                       {"do": "dump", "name": f"waterfall-{order}"})],
    ],
    "load": [],
    "entropy": [],
    "coactivation": [],
    "transitions": [
        {"do": "transitions", "from": 0, "to": 2, "as": "flow"},
        {"do": "dump", "name": "transitions-flow"},
        {"do": "transitions", "from": 1, "to": 3, "as": "grid"},
    ],
    "domains": [],
    "vocabulary": [],
    "contrast": [
        {"do": "select_range", "first": PINNED.start, "last": PINNED.stop - 1},
        {"do": "pin_contrast"},
        {"do": "select_range", "first": FIRST, "last": LAST},
    ],
    "attention": [{"do": "map_attention", "head": "2:3"}],
    "token": [
        {"do": "show", "view": "token"},
        {"do": "select_token", "index": FIRST + 2},
        {"do": "inspect"},
        {"do": "select_token", "index": None},
    ],
    "model": [
        {"do": "model", "page": "routers"},
        {"do": "dump", "name": "model-routers"},
        {"do": "model", "page": "tensors", "tensor": "language_model/rms_norm/scale"},
        {"do": "dump", "name": "model-histogram"},
    ],
    "find": [{"do": "find_experts", "a": SETS[0], "b": SETS[1]}],
    "compare": [
        {"do": "intervene", "bias": [f"{BIASED[0]}:{BIASED[1]}"]},
        {"do": "rerun"},
    ],
}


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
