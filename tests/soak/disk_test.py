#!/usr/bin/env python3
"""The whole program on a disk that cannot be written to, and on one that is full.

Each case has a small tmpfs for the profile, in a mount namespace of its own (no root needed). Where
such a namespace cannot be made the test fails: it has shown nothing.

usage: disk_test.py GATESCOPE
"""

import hashlib
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import unittest

GATESCOPE = pathlib.Path(sys.argv[1]).resolve()
START = [{"do": "open", "model": None}, {"do": "wait", "for": "loaded"}]


def mount(folder, options):
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)


def remount(folder, options):
    subprocess.run(["mount", "-o", f"remount,{options}", folder], check=True)


class Disk(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.dir = pathlib.Path(self.folder.name)
        self.profile = self.dir / "profile"
        self.profile.mkdir()
        self.runs = 0

    def on_disk(self, options):
        mount(self.profile, options)
        self.addCleanup(subprocess.run, ["umount", self.profile], check=True)

    def play(self, steps):
        """Plays a tour to its end; what its last dump says."""
        self.runs += 1
        out = self.dir / f"out-{self.runs}"
        out.mkdir()
        tour = out / "tour.json"
        tour.write_text(json.dumps({"title": "disk", "steps": [*START, *steps, {"do": "dump", "name": "end"}]}))
        done = subprocess.run([GATESCOPE, "--tour", tour, "--screenshots", out, "--profile-dir", self.profile],
                              env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads((out / "end.json").read_text())

    def say(self, *texts):
        steps = []
        for text in texts:
            steps += [{"do": "send", "text": text}, {"do": "wait", "for": "idle"}]
        return steps

    def kept(self):
        connection = sqlite3.connect(self.profile / "library.sqlite")
        self.assertEqual(connection.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        texts = [row[0] for row in connection.execute(
            "SELECT group_concat(text, '') FROM chunk JOIN message ON message.id = chunk.message "
            "WHERE role = 'user' GROUP BY message.id ORDER BY message.id")]
        connection.close()
        return texts

    def test_a_profile_that_cannot_be_written_is_a_window_that_says_so(self):
        self.on_disk("size=8m")
        remount(self.profile, "ro")
        end = self.play(self.say("Hi"))
        self.assertEqual([m["role"] for m in end["messages"]], ["user", "assistant"])
        self.assertIn("not saved", end["status"])

    def test_a_library_that_cannot_be_written_stays_as_it_is(self):
        self.on_disk("size=8m")
        self.play(self.say("kept"))
        digest = lambda: hashlib.sha256((self.profile / "library.sqlite").read_bytes()).hexdigest()
        before = digest()
        remount(self.profile, "ro")
        end = self.play(self.say("not kept"))
        self.assertIn("not saved", end["status"])
        self.assertEqual(digest(), before)
        remount(self.profile, "rw")
        self.play(self.say("kept again"))
        self.assertEqual(self.kept(), ["kept", "kept again"])

    def test_a_disk_that_fills_up_is_told_and_what_was_kept_stays(self):
        self.on_disk("size=16m")
        self.play(self.say("before"))
        filler = self.profile / "filler"
        with open(filler, "wb", buffering=0) as out:
            try:
                while True:
                    out.write(bytes(4096))
            except OSError:
                pass
        end = self.play([{"do": "send", "text": "full " * 2000}, {"do": "wait", "for": "idle"}])
        self.assertTrue(end["error"], "a full disk was not told")
        filler.unlink()
        self.assertEqual(self.kept()[0], "before")
        end = self.play(self.say("after"))
        self.assertFalse(end["error"])
        self.assertEqual([self.kept()[0], self.kept()[-1]], ["before", "after"])


if __name__ == "__main__":
    if os.environ.get("GATESCOPE_DISK_TEST") != "inside":
        os.environ["GATESCOPE_DISK_TEST"] = "inside"
        sys.exit(subprocess.run(["unshare", "-rm", sys.executable, *sys.argv]).returncode)
    unittest.main(argv=sys.argv[:1], verbosity=1)
