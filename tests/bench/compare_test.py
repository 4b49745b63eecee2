#!/usr/bin/env python3
"""compare.py with the real gatescope-cli on the demo model and a stand-in for llama-bench: what it prints, and how it fails.

usage: compare_test.py GATESCOPE_CLI MODEL
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

COMPARE = pathlib.Path(__file__).with_name("compare.py")
CLI, MODEL = sys.argv[1:3]
CORE = str(min(os.sched_getaffinity(0)))

# Says how it was called on stderr, and is as fast as the file beside it says.
STAND_IN = """#!/usr/bin/env python3
import json, pathlib, sys
if "--help" in sys.argv:
    print("  -d, --n-depth <n>   depth")
    sys.exit(0)
here = pathlib.Path(__file__).parent
with open(here / "calls", "a") as calls:
    print(*sys.argv[1:], file=calls)
if (here / "broken").exists():
    sys.exit("llama-bench: no such model")
print(json.dumps([{"avg_ts": 0.001, "build_commit": "abc123"}]))
"""


class CompareTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.peer = self.folder / "llama-bench"
        self.peer.write_text(STAND_IN)
        self.peer.chmod(0o755)

    def compare(self, *arguments):
        return subprocess.run([sys.executable, COMPARE, CLI, MODEL, "--peer", f"rival={self.peer} -fa 1", "-t", "1", "--cpus", CORE,
                               "--pairs", "1", "-p", "4", "-n", "2", *arguments], capture_output=True, text=True)

    def test_prints_a_row_for_each_measure(self):
        result = self.compare("--depth", "8", "--competitor", CORE)
        self.assertEqual(result.returncode, 0, result.stderr)
        for what in ("prefill 4", "decode", "decode at depth 8", "decode beside a busy loop on core " + CORE):
            # Far faster than a thousandth of a token a second.
            row = re.search(rf"^\| {what}, tokens/s \| ([\d.e+]+).*? \| 0.001.*? \| \*\*([\d.]+)\*\*", result.stdout, re.MULTILINE)
            self.assertIsNotNone(row, result.stdout)
            self.assertAlmostEqual(float(row[2]) / (float(row[1]) / 0.001), 1, places=2)
        for what in ("first token, s", "peak memory, MB"):
            self.assertRegex(result.stdout, rf"\| {what} \| [\d.]+ \| [\d.]+ \| \*\*[\d.]+\*\*")
        self.assertIn("rival abc123", result.stdout)
        calls = (self.folder / "calls").read_text().splitlines()
        self.assertEqual(len(calls), 6)
        for call in calls:
            self.assertTrue(call.startswith(f"-fa 1 -m {MODEL} -t 1 -r 1 -o json"), call)
        self.assertTrue(any(call.endswith("-p 0 -n 2 -d 8") for call in calls), calls)

    def test_names_what_failed(self):
        (self.folder / "broken").touch()
        result = self.compare("--measures", "decode")
        self.assertEqual(result.returncode, 1)
        self.assertIn("no such model", result.stderr)
        self.assertIn(str(self.peer), result.stderr)

    def test_refuses_measures_that_it_does_not_have(self):
        self.assertIn("there is no speed", self.compare("--measures", "speed").stderr)
        self.assertIn("needs --depth", self.compare("--measures", "depth").stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
