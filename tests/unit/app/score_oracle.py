#!/usr/bin/env python3
"""What `score` writes, once more by NumPy from the logits that `forward` writes.

    score_oracle.py GATESCOPE_CLI MODEL

Exit status: 0 all agree, 1 not, 77 no NumPy.
"""
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    print("no NumPy here")
    sys.exit(77)

CHANGES = ["--ablate", "1:3", "--force", "0:2", "--bias", "2:4:1.5", "--where", "index>20 & !index=40..49"]


def log_softmax(logits):
    x = logits.astype(np.float64)
    x = x - x.max(axis=1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=1, keepdims=True))


def main():
    cli, model = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        ids = (np.arange(70) * 37 + 11) % 500
        np.save(root / "ids.npy", ids.astype(np.int32))

        def run(command, out, *options):
            subprocess.run([cli, command, model, "--tokens", root / "ids.npy", "--out", root / out,
                            "--decoder", "reference", *options], check=True)

        run("forward", "plain")
        run("forward", "changed", *CHANGES)
        run("score", "score", *CHANGES)
        p = log_softmax(np.load(root / "plain/logits.npy"))
        q = log_softmax(np.load(root / "changed/logits.npy"))
        expected = {
            "kl": (np.exp(p) * (p - q)).sum(axis=1) / np.log(2),
            "logprobs_plain": np.append(p[np.arange(69), ids[1:]], np.nan),
            "logprobs_changed": np.append(q[np.arange(69), ids[1:]], np.nan),
            "top_plain": p.argmax(axis=1),
            "top_changed": q.argmax(axis=1),
        }
        assert expected["kl"].max() > 1e-3, "the interventions do nothing, so nothing is tested"
        for name, values in expected.items():
            found = np.load(root / "score" / f"{name}.npy")
            assert found.shape == (70,), (name, found.shape)
            np.testing.assert_allclose(found, values, rtol=2e-6, atol=2e-6, err_msg=name)
    print("all agree")


main()
