#!/usr/bin/env python3
"""Runs `analyse MODEL --prompts` and computes its statistics once more with NumPy from all.npz.

usage: prompts_oracle.py GATESCOPE_CLI MODEL
Needs NumPy (Debian: python3-numpy).
"""

import csv
import json
import math
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import numpy as np

CLI, MODEL = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
PROMPTS = [
    {"prompt": "int main() { return 0; }", "tag": "code", "id": "c/1"},
    {"prompt": "The sky is blue because", "tag": "prose", "id": 7, "max_tokens": 9},
    {"prompt": "for (int i = 0; i < 9; ++i)", "tag": "code"},
    {"prompt": "nobody tagged this"},
    {"prompt": "She said that the river", "tag": "prose", "n": 0, "source": "passed over"},
]


def run(*arguments, status=0):
    done = subprocess.run([str(CLI), *map(str, arguments)], capture_output=True, timeout=120)
    assert done.returncode == status, (arguments, done.returncode, done.stderr.decode())
    return done


def table(file):
    with open(file, newline="") as lines:
        return list(csv.DictReader(lines))


def value(rows, statistic, **keys):
    found = [r for r in rows if r["statistic"] == statistic and all(r[k] == str(v) for k, v in keys.items())]
    assert len(found) == 1, (statistic, keys, len(found))
    return found[0]


class PromptsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.dir = pathlib.Path(cls.scratch.name)
        cls.file = cls.dir / "prompts.jsonl"
        cls.file.write_text("\n".join(json.dumps(p) for p in PROMPTS[:2]) + "\n\n" +
                            "\n".join(json.dumps(p) for p in PROMPTS[2:]))
        cls.out = cls.dir / "out"
        cls.words = ["analyse", MODEL, "--prompts", cls.file, "--out", cls.out, "-n", 6, "--seed", 5,
                     "--ignore-eos"]
        cls.listed = run(*cls.words).stdout.decode().split("\n")
        cls.arrays = np.load(cls.out / "all.npz")
        cls.counts = [6, 9, 6, 6, 0]

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def tokens(self, population=1, prompts=None):
        """Indices of the tokens of these prompts that are generated (1) or not (0)."""
        a = self.arrays
        chosen = a["generated"] == population
        if prompts is not None:
            chosen &= np.isin(a["prompt"], prompts)
        return np.flatnonzero(chosen)

    def test_holds_every_prompt_with_as_many_tokens_as_asked_for(self):
        a = self.arrays
        for index, prompt in enumerate(PROMPTS):
            self.assertEqual(len(self.tokens(prompts=[index])), self.counts[index])
            given = self.tokens(0, [index])
            text = a["text.txt"][a["text_offsets"][given[0]]:a["text_offsets"][given[-1] + 1]]
            self.assertEqual(text.decode(), prompt["prompt"])
        self.assertEqual([int(a["tag"][a["prompt"] == p][0]) for p in range(5)], [0, 1, 0, -1, 1])
        self.assertFalse(np.isnan(a["router_probs"]).any())

    def test_each_prompt_is_what_generate_makes_of_it(self):
        a = self.arrays
        for index in (0, 1):
            done = run("generate", MODEL, "-p", PROMPTS[index]["prompt"], "-n", self.counts[index],
                       "--seed", 5, "--ignore-eos", "--json")
            self.assertEqual(json.loads(done.stdout)["ids"],
                             a["tokens"][self.tokens(prompts=[index])].tolist())
        recordings = sorted((self.out / "recordings").iterdir())
        self.assertEqual([r.name for r in recordings][:3], ["00000-c-1.gscope", "00001-7.gscope", "00002.gscope"])
        for recording, count in zip(recordings, self.counts):
            run("record", "verify", recording)
            if count:
                run("record", "rerun", recording)

    def statistics_agree(self, folder, prompts):
        a = self.arrays
        layers, _, experts = a["router_probs"].shape
        chosen = self.tokens(prompts=prompts)
        by_layer, by_expert = table(folder / "layers.csv"), table(folder / "experts.csv")
        for layer in range(layers):
            p = a["router_probs"][layer, chosen].astype(np.float64)
            used = a["selected"][layer, chosen]
            counts = np.bincount(used.ravel(), minlength=experts)
            for expert in range(experts):
                row = value(by_expert, "load_count", layer=layer, expert=expert)
                self.assertEqual(float(row["value"]), counts[expert])
                self.assertAlmostEqual(float(row["chance_level"]), len(chosen) * 2 / experts)
            entropy = -(p * np.log2(np.where(p > 0, p, 1))).sum(axis=1).mean()
            self.assertAlmostEqual(float(value(by_layer, "token_entropy_bits", layer=layer)["value"]), entropy, places=9)
            falling = np.sort(p, axis=1)[:, ::-1]
            self.assertAlmostEqual(float(value(by_layer, "decisive_margin", layer=layer)["value"]),
                                   (falling[:, 1] - falling[:, 2]).mean(), places=9)
            # Neighbours: never the last token of one prompt and the first of the next.
            pairs = [(i, j) for i, j in zip(chosen, chosen[1:])
                     if j == i + 1 and a["prompt"][i] == a["prompt"][j]]
            firsts = a["selected"][layer, :, 0]
            row = value(by_layer, "same_first", layer=layer)
            self.assertEqual(int(row["count"]), len(pairs))
            self.assertAlmostEqual(float(row["value"]), np.mean([firsts[i] == firsts[j] for i, j in pairs]))

    def test_statistics_of_all_are_those_of_numpy(self):
        self.statistics_agree(self.out / "statistics", [0, 1, 2, 3, 4])

    def test_statistics_of_a_tag_are_those_of_its_prompts(self):
        self.statistics_agree(self.out / "tags" / "0-code", [0, 2])
        self.statistics_agree(self.out / "tags" / "1-prose", [1, 4])

    def test_domains_are_the_tags(self):
        a = self.arrays
        rows = table(self.out / "statistics" / "domains.csv")
        for tag in (0, 1):
            chosen = self.tokens()[a["tag"][self.tokens()] == tag]
            for layer in range(a["selected"].shape[0]):
                for expert in range(8):
                    share = np.mean((a["selected"][layer, chosen] == expert).any(axis=1))
                    row = value(rows, "share", domain=tag, layer=layer, expert=expert)
                    self.assertAlmostEqual(float(row["value"]), share)
                    self.assertEqual(int(row["count"]), len(chosen))
                    self.assertAlmostEqual(float(row["chance_level"]), 0.25)

    def test_says_what_was_run_in_one_file(self):
        manifest = json.loads((self.out / "run.json").read_text())
        self.assertEqual(manifest["tags"], ["code", "prose"])
        self.assertEqual([p["line"] for p in manifest["prompts"]], [1, 2, 4, 5, 6])
        self.assertEqual(len(manifest["fingerprint"]), 16)
        self.assertEqual(json.loads(self.arrays["manifest.json"]), manifest)
        document = json.loads((self.out / "statistics.json").read_text())
        self.assertEqual(document["population"], "generated")
        self.assertEqual(document["tokens"], 27)
        for line in self.listed:
            self.assertTrue(line == "" or pathlib.Path(line).is_file(), line)

    def test_the_same_command_goes_on_and_another_is_refused(self):
        recording = self.out / "recordings" / "00002.gscope"
        kept = {f.name: f.stat().st_mtime_ns for f in recording.parent.iterdir() if f != recording}
        before = np.load(self.out / "all.npz")["tokens"]
        recording.unlink()
        (self.out / "all.npz").unlink()
        run(*self.words)
        np.testing.assert_array_equal(np.load(self.out / "all.npz")["tokens"], before)
        for name, time_ns in kept.items():
            self.assertEqual((recording.parent / name).stat().st_mtime_ns, time_ns)
        error = run(*self.words[:-3], "--seed", 6, "--ignore-eos", status=2).stderr.decode()
        self.assertIn("run.json", error)
        self.assertEqual(error.count("\n"), 1)

    def test_what_a_killed_run_wrote_is_whole(self):
        file = self.dir / "long.jsonl"
        file.write_text("\n".join(json.dumps({"prompt": f"number {i}"}) for i in range(400)))
        out = self.dir / "killed"
        words = [str(w) for w in (CLI, "analyse", MODEL, "--prompts", file, "--out", out, "-n", 8)]
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        folder = out / "recordings"
        deadline = time.monotonic() + 60
        while not folder.is_dir() or len(list(folder.glob("*.gscope"))) < 5:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        recordings = list(folder.glob("*.gscope"))
        self.assertLess(len(recordings), 400)
        for recording in recordings:
            run("record", "verify", recording)

    def refused(self, text, *parts, status=3):
        file = self.dir / "bad.jsonl"
        file.write_text(text)
        error = run("analyse", MODEL, "--prompts", file, "--out", self.dir / "bad", status=status).stderr.decode()
        self.assertEqual(error.count("\n"), 1, error)
        for part in parts:
            self.assertIn(part, error)
        self.assertFalse((self.dir / "bad").exists())

    def test_a_line_that_cannot_be_read_is_named(self):
        good = '{"prompt": "a"}\n'
        self.refused(good + "{oops}\n", "bad.jsonl: line 2", "oops")
        self.refused(good + good + '["a"]', "line 3", "JSON object")
        self.refused('{"tag": "x"}', "line 1", "prompt")
        self.refused('{"prompt": ""}', "line 1", "at least one character")
        self.refused('{"prompt": 5}', "line 1", '"prompt" is 5')
        self.refused('{"prompt": "a", "max_tokens": -1}', "line 1", "max_tokens", "-1")
        self.refused('{"prompt": "a", "tag": 3}', "line 1", "tag")
        self.refused("\n\n", "holds no prompt")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
