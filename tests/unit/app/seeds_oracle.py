#!/usr/bin/env python3
"""What `seeds` says, once more from single runs of `generate` and `score`.

    seeds_oracle.py GATESCOPE_CLI MODEL

Exit status: 0 all agree, 1 not, 77 no NumPy.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    print("no NumPy here")
    sys.exit(77)

CHANGES = ["--ablate", "1:3", "--force", "0:2", "--bias", "2:4:3"]
PROMPT = np.arange(7, 19, dtype=np.int32)
COUNT, SEEDS, FIRST = 12, 4, 40
STUDENT_3 = 3.182446305284263  # 97.5 % of Student's t with 3 degrees of freedom, from tables


def main():
    cli, model = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        np.save(root / "prompt.npy", PROMPT)

        def document(command, *options):
            return json.loads(subprocess.run(
                [cli, command, model, "--decoder", "reference", *options], check=True,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)

        def reply(seed, *options):
            return document("generate", "--tokens", root / "prompt.npy", "-n", str(COUNT), "--json",
                            "--seed", str(seed), *options)["ids"]

        found = document("seeds", "--tokens", root / "prompt.npy", "-n", str(COUNT), "--json",
                         "--seeds", str(SEEDS), "--seed", str(FIRST), *CHANGES)
        kls = []
        for i, outcome in enumerate(found["seeds"]):
            plain, changed = reply(FIRST + i), reply(FIRST + i, *CHANGES)
            parted = next((t for t, (a, b) in enumerate(zip(plain, changed)) if a != b),
                          None if plain == changed else min(len(plain), len(changed)))
            assert outcome["seed"] == FIRST + i
            assert outcome["differs_at"] == parted, (outcome, plain, changed)
            assert [outcome["plain_tokens"], outcome["changed_tokens"]] == [len(plain), len(changed)]
            np.save(root / "ids.npy", np.concatenate([PROMPT, plain[:-1]]).astype(np.int32))
            subprocess.run([cli, "score", model, "--tokens", root / "ids.npy", "--out", root / "out",
                            "--decoder", "reference", *CHANGES], check=True,
                           stderr=subprocess.DEVNULL)
            kls.append(np.load(root / "out/kl.npy")[len(PROMPT) - 1:].astype(np.float64).mean())
            np.testing.assert_allclose(outcome["kl_bits"], kls[-1], rtol=1e-4, atol=1e-7)
        assert len(kls) == SEEDS and max(kls) > 1e-4, "nothing is changed, so nothing is tested"
        summary = found["summary"]
        mean, reach = np.mean(kls), STUDENT_3 * np.std(kls, ddof=1) / np.sqrt(SEEDS)
        for name, value in (("value", mean), ("low", mean - reach), ("high", mean + reach)):
            np.testing.assert_allclose(summary["kl_bits"][name], value, rtol=1e-3, atol=1e-6)
        first = sum(o["differs_at"] == 0 for o in found["seeds"])
        share, z = first / SEEDS, 1.959963984540054
        # Wilson's interval is where (share - p)^2 = z^2 p (1 - p) / n: the roots in p.
        roots = sorted(np.roots([1 + z * z / SEEDS, -2 * share - z * z / SEEDS, share * share]).real)
        got = summary["first_token_differs"]
        np.testing.assert_allclose([got["value"], got["low"], got["high"]], [share, *roots], atol=1e-7)
    print("all agree")


main()
