#!/usr/bin/env python3
"""Selection and gates under every kind of intervention, once more by NumPy.

`gatescope-cli forward` gives the router probabilities of every layer and token; what a router makes
of them under interventions is computed here from their definitions (engine/decoder/intervention.h)
in another order than the program's: probabilities of what may not be selected are masked, not
replaced afterwards. All decoders on the host are asked.

usage: intervention_oracle.py GATESCOPE_CLI MODEL
Needs NumPy. Exits 77 (skipped, with the reason) without it, except in CI, where that is a failure.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

try:
    import numpy as np
except ModuleNotFoundError:
    print("skipped: python3 has no NumPy (Debian: python3-numpy)")
    sys.exit(1 if os.environ.get("CI") else 77)

CLI, MODEL = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
TOKENS = np.arange(3, 43, dtype=np.int32)


def sites(texts):
    return [tuple(map(int, text.split(":"))) for text in texts]


def routed(probs, layer, k=2, layers={}, exclude=(), force=(), scale=(), ablate=(),
           renormalise=False):
    """Of one token: the experts by falling probability, and their gates. `layers`: those with a k
    of their own."""
    k = layers.get(layer, k)
    mine = lambda which: {expert for where, expert in sites(which) if where == layer}
    allowed = np.where(np.isin(np.arange(probs.size), list(mine(exclude))), -np.inf, probs)
    forced = mine(force)
    others = [e for e in np.argsort(-allowed, kind="stable") if e not in forced]
    chosen = sorted(forced | set(others[: k - len(forced)]), key=lambda e: (-probs[e], e))
    gates = probs[chosen].astype(np.float64)
    if renormalise:
        gates = gates / gates.sum()
    for text in scale:
        where, expert, factor = text.split(":")
        if int(where) == layer and int(expert) in chosen:
            gates[chosen.index(int(expert))] *= float(factor)
    for expert in mine(ablate) & set(chosen):
        gates[chosen.index(expert)] = 0
    return chosen, gates


CASES = {
    "route around": dict(exclude=["0:3", "1:0", "1:7", "3:2"]),
    "route around and force": dict(exclude=["2:1", "2:6"], force=["2:4", "0:0"]),
    "scale": dict(scale=["0:1:0.5", "0:1:3", "1:2:0", "3:5:2.25"]),
    "scale what is renormalised": dict(scale=["0:1:4", "2:2:0.1"], renormalise=True),
    "fewer in some layers": dict(layers={1: 1, 3: 5}),
    "another in all but some": dict(k=4, layers={0: 1, 2: 3}, exclude=["2:0", "2:5"],
                                    force=["0:6"], renormalise=True),
    "all": dict(k=3, exclude=["0:2", "1:1"], force=["1:5"], scale=["1:5:1.5"], ablate=["0:4"],
                renormalise=True),
}


class Interventions(unittest.TestCase):
    def forward(self, decoder, *options):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            np.save(folder / "ids.npy", TOKENS)
            subprocess.run([CLI, "forward", MODEL, "--tokens", folder / "ids.npy", "--out", folder / "out",
                            "--decoder", decoder, *options], check=True, stderr=subprocess.DEVNULL)
            return {name: np.load(folder / "out" / f"{name}.npy")
                    for name in ("router_probs", "selected", "gates", "logits")}

    def test_selection_and_gates(self):
        for decoder in ("reference", "cpu"):
            plain = self.forward(decoder)
            for name, case in CASES.items():
                with self.subTest(name, decoder=decoder):
                    options = ["--top-k", str(case.get("k", 2))]
                    for layer, k in case.get("layers", {}).items():
                        options += ["--top-k", f"{layer}:{k}"]
                    for flag in ("exclude", "force", "scale", "ablate"):
                        for text in case.get(flag, ()):
                            options += [f"--{flag}", text]
                    if case.get("renormalise"):
                        options.append("--renormalise")
                    out = self.forward(decoder, *options)
                    layers, tokens, _ = out["router_probs"].shape
                    for layer in range(layers):
                        for token in range(tokens):
                            chosen, gates = routed(out["router_probs"][layer, token], layer, **case)
                            behind = out["selected"].shape[2] - len(chosen)
                            self.assertEqual(list(out["selected"][layer, token]),
                                             chosen + [-1] * behind)
                            np.testing.assert_allclose(out["gates"][layer, token],
                                                       np.append(gates, [0] * behind), rtol=2e-7)
                    self.assertEqual(out["selected"].shape[2], max(
                        case.get("layers", {}).get(layer, case.get("k", 2))
                        for layer in range(layers)))
                    # Interventions act behind the first router, not on it.
                    np.testing.assert_array_equal(out["router_probs"][0], plain["router_probs"][0])
                    self.assertTrue((out["logits"] != plain["logits"]).any())

    def test_a_scope_acts_on_the_tokens_that_match_and_on_no_others(self):
        where = "index=5..8 | token=30 | token in {12, 13} & index<100"
        inside = {5, 6, 7, 8} | {t for t, token in enumerate(TOKENS) if token in (30, 12, 13)}
        case = dict(exclude=["0:3", "0:1", "2:6"], ablate=["1:4"], scale=["3:2:0.5"])
        options = [text for flag, texts in case.items() for t in texts for text in (f"--{flag}", t)]
        for decoder in ("reference", "cpu"):
            plain = self.forward(decoder)
            out = self.forward(decoder, *options, "--where", where)
            everywhere = self.forward(decoder, *options)
            for token in range(len(TOKENS)):
                for layer in range(out["selected"].shape[0]):
                    chosen, gates = routed(out["router_probs"][layer, token], layer,
                                           **(case if token in inside else {}))
                    self.assertEqual(list(out["selected"][layer, token]), chosen)
                    np.testing.assert_allclose(out["gates"][layer, token], gates, rtol=2e-7)
                if token < min(inside):  # nothing before it was changed: the same to the bit
                    np.testing.assert_array_equal(out["logits"][token], plain["logits"][token])
            self.assertTrue((out["logits"][min(inside)] != plain["logits"][min(inside)]).any())
            # The first layer sees no other token's change, so there it is exactly one or the other.
            for token in range(len(TOKENS)):
                expected = everywhere if token in inside else plain
                np.testing.assert_array_equal(out["selected"][0, token],
                                              expected["selected"][0, token])

    def test_a_swap_moves_no_probability_of_its_own_layer(self):
        for decoder in ("reference", "cpu"):
            plain = self.forward(decoder)
            swapped = self.forward(decoder, "--swap", "2:0:5")
            for name in ("router_probs", "selected", "gates"):
                np.testing.assert_array_equal(swapped[name][:3], plain[name][:3])
            self.assertTrue((swapped["router_probs"][3] != plain["router_probs"][3]).any())
            # Which of the two is named first is nothing.
            np.testing.assert_array_equal(
                self.forward(decoder, "--swap", "2:5:0")["logits"], swapped["logits"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
