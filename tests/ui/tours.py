"""What tests of tours share: a profile and a folder of their own, and how a tour is played.

Imported by programs that are started as NAME.py BIN_DIR SOURCE_DIR. Needs NumPy; ends the program
with 77 (skipped, with the reason) without it, except in CI, where that is a failure.
"""

import json
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

BIN, SOURCE = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
MODEL = str(SOURCE / "tests/data/tiny-a")
# Recordings keep router probabilities as f16: 11 significant bits below 1.
F16_TOLERANCE = 2.0**-11
# One token at a time against the whole sequence at once, both in f32 (goldens' README).
DECODE_TOLERANCE = 1e-4


class TourTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="gatescope-tour-")
        self.root = pathlib.Path(self.folder.name)
        self.pictures = self.root / "pictures"

    def tearDown(self):
        self.folder.cleanup()

    def command(self, steps, screenshots=True, text=None):
        """The program with a tour, and its environment."""
        tour = self.root / "tour.json"
        tour.write_text(json.dumps({"steps": steps}) if text is None else text)
        command = [BIN / "gatescope", "--tour", tour, "--profile-dir", self.root / "profile"]
        if screenshots:
            command += ["--screenshots", self.pictures]
        environment = dict(os.environ, QT_QPA_PLATFORM="offscreen",
                           XDG_RUNTIME_DIR=self.folder.name, GATESCOPE_MODEL=MODEL)
        return command, environment

    def play(self, steps, screenshots=True, text=None):
        command, environment = self.command(steps, screenshots, text)
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)

    def played(self, steps):
        result = self.play(steps)
        self.assertEqual(result.returncode, 0, result.stderr)
        # Random weights write in every script of the world; what Qt says of fonts is no error.
        self.assertNotIn("error:", result.stderr)

    def dump(self, name):
        return json.loads((self.pictures / f"{name}.json").read_text())

    def output(self, *arguments, stdin=None):
        result = subprocess.run([BIN / "gatescope-cli", *arguments], input=stdin,
                                capture_output=True, text=True, timeout=300)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def cli(self, *arguments):
        self.output(*arguments)

    def recorded(self, name):
        out = self.root / f"{name}-export"
        self.cli("record", "export", self.pictures / f"{name}.gscope", "--out", out, "--format",
                 "npz")
        return np.load(out / f"{name}.npz")

    def computed(self, tokens, *interventions):
        out = self.root / "forward"
        ids = self.root / "ids.npy"
        np.save(ids, tokens.astype(np.int32))
        self.cli("forward", MODEL, "--tokens", ids, "--out", out, *interventions)
        return np.load(out / "router_probs.npy")
