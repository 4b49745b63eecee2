#!/usr/bin/env python3
"""Lets one system call after another fail under the whole program, and looks at what it says and leaves.

A life of `gatescope` (offscreen, the demo model) opens a library, sends, streams, makes a version, changes the theme,
saves a recording; one of `gatescope-cli` imports a file and exports a recording. failing_calls.cpp, preloaded, makes call
number N of those that write below the profile fail: no space, a broken disk, a read-only one, a signal, half of a
write. Whatever N is: the program ends by itself (no signal, no hang); what it could not keep it says; a question that
the window shows without a word of complaint is in the library; a recording that is there is whole; what was there
before is still there; and the same life, once more without a fault, works.

usage: fail_loop.py GATESCOPE GATESCOPE_CLI FAILING_CALLS_SO [--points 10] [--seed 1] [--programs window terminal]

No call is chosen twice: as many points as there are calls, or more, is every one of them.
"""

import argparse
import errno
import json
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

FAULTS = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO, "EROFS": errno.EROFS, "EINTR": errno.EINTR, "half": 0}


def life(tag):
    steps = [{"do": "open", "model": None}, {"do": "wait", "for": "loaded"}]
    for i, question in enumerate((f"{tag} first question", f"{tag} second question")):
        steps += [{"do": "send", "text": question}, {"do": "wait", "for": "idle"}, {"do": "dump", "name": f"{tag}-{i}"}]
    steps += [{"do": "regenerate"}, {"do": "wait", "for": "idle"}, {"do": "theme", "name": "light"},
              {"do": "save_recording", "name": f"{tag}-saved"}, {"do": "dump", "name": f"{tag}-end"}]
    return {"title": "a life", "steps": steps}


class Lives:
    def __init__(self, options, scratch):
        self.options, self.root = options, pathlib.Path(scratch) / "watched"
        self.profile, self.out, self.log = self.root / "profile", self.root / "out", pathlib.Path(scratch) / "calls"
        self.scratch = pathlib.Path(scratch)

    def run(self, command, at=None, fault=0, on=False):
        """What the program said, its status, and which calls were seen."""
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        self.log.unlink(missing_ok=True)
        environment.update({"LD_PRELOAD": str(self.options.shim), "GATESCOPE_FAIL_IN": str(self.root),
                            "GATESCOPE_FAIL_LOG": str(self.log), "GATESCOPE_FAIL_AT": str(-1 if at is None else at),
                            "GATESCOPE_FAIL_WITH": str(fault), **({"GATESCOPE_FAIL_ON": "1"} if on else {})})
        try:
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180)
        except subprocess.TimeoutExpired:
            raise AssertionError("it hangs") from None
        calls = self.log.read_text() if self.log.exists() else ""
        return done.stdout + done.stderr, done.returncode, calls

    def window(self, tag, **fault):
        self.out.mkdir(exist_ok=True, parents=True)
        tour = self.scratch / "tour.json"
        tour.write_text(json.dumps(life(tag)))
        return self.run([self.options.gatescope, "--tour", tour, "--screenshots", self.out, "--profile-dir", self.profile], **fault)

    def terminal(self, tag, **fault):
        file = self.scratch / f"{tag}.json"
        file.write_text(json.dumps({"conv": {"id": tag, "name": tag}, "messages": [
            {"id": 1, "role": "user", "content": f"{tag} imported question", "parent": None}]}))
        said, status, calls = self.run([self.options.cli, "import", file, "--profile-dir", self.profile], **fault)
        return said, status, calls

    def texts(self):
        connection = sqlite3.connect(self.profile / "library.sqlite")
        try:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], "integrity_check"
            return {row[0] for row in connection.execute(
                "SELECT group_concat(text, '') FROM chunk GROUP BY message")}
        finally:
            connection.close()

    def begin(self, baseline):
        shutil.rmtree(self.root, ignore_errors=True)
        if baseline is not None:
            shutil.copytree(baseline, self.root)

    def check(self, tag, said, status, was_told_to_fail):
        assert status >= 0, f"ended by signal {-status}: {said}"
        assert status in (0, 1, 4), f"ended with {status}: {said}"
        assert status == 0 or "error:" in said, f"ended with {status} and said nothing"
        complained, shown = status != 0, []
        for dump in sorted(self.out.glob(f"{tag}-*.json")) if self.out.exists() else []:
            try:
                content = json.loads(dump.read_text())
            except json.JSONDecodeError:
                assert was_told_to_fail
                continue
            complained = complained or bool(content["error"]) or "not saved" in content["status"]
            shown += [m["text"] for m in content["messages"] if m["role"] == "user"]
        library = self.profile / "library.sqlite"
        kept = self.texts() if library.exists() else set()
        lost = [text for text in shown if text not in kept]
        assert complained or not lost, f"shown, not kept, and not a word: {lost}"
        for recording in self.out.glob("*.gscope") if self.out.exists() else []:
            connection = sqlite3.connect(f"file:{recording}?immutable=1", uri=True)
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], f"{recording.name} is not whole"
            connection.close()
        return kept, complained


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("gatescope", type=pathlib.Path)
    parser.add_argument("cli", type=pathlib.Path)
    parser.add_argument("shim", type=pathlib.Path)
    parser.add_argument("--points", type=int, default=10, help="of each program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--programs", nargs="+", choices=("window", "terminal"), default=("window", "terminal"))
    options = parser.parse_args()
    options.shim = options.shim.resolve()
    rng, started, told, silent = random.Random(options.seed), time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory(prefix="gatescope-fail-") as scratch:
        lives = Lives(options, scratch)
        lives.begin(None)
        said, status, _ = lives.window("before")
        assert status == 0, said
        assert {"before first question", "before second question"} <= lives.texts()
        baseline = pathlib.Path(scratch) / "baseline"
        shutil.copytree(lives.root, baseline)
        for name in options.programs:
            play = getattr(lives, name)
            lives.begin(baseline)
            said, status, calls = play("count")
            assert status == 0 and "F" not in calls, said
            assert len(calls) > 10, f"only {len(calls)} calls were seen: is the shim loaded?"
            for at in rng.sample(range(len(calls)), min(options.points, len(calls))):
                fresh = rng.random() < 0.3
                fault = rng.choice(list(FAULTS))
                on = rng.random() < 0.3 and fault in ("ENOSPC", "EIO", "EROFS")
                where = f"{name}, call {at} of {len(calls)}, {fault}{' from then on' if on else ''}, {'new' if fresh else 'old'} profile"
                try:
                    lives.begin(None if fresh else baseline)
                    said, status, seen = play("faulty", at=at, fault=FAULTS[fault], on=on)
                    kept, complained = lives.check("faulty", said, status, "F" in seen)
                    assert fresh or {"before first question", "before second question"} <= kept, "what was there is gone"
                    said, status, _ = play("after")
                    assert status == 0, f"the next life fails: {said}"
                    kept, complained_again = lives.check("after", said, status, False)
                    assert not complained_again, "the next life complains"
                    wanted = "after imported question" if name == "terminal" else "after second question"
                    assert wanted in kept, "the next life keeps nothing"
                except AssertionError as problem:
                    print(f"{where}: {problem}", flush=True)
                    return 1
                told += complained
                silent += not complained
                print(f"{where}: {'told' if complained else 'no harm'}", flush=True)
    print(f"{told} told, {silent} without harm, 0 lost; {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
