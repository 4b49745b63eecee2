#!/usr/bin/env python3
"""Kills the whole program at random moments and looks at what is left.

Each round plays a tour of questions, edits and new versions in `gatescope` (offscreen, the demo model),
ends it with SIGKILL 0 to 3 s after its start or (every other round) its first message, and checks the library that it leaves with Python's own SQLite:
- every page is sound (integrity_check), every message has its conversation and its parent;
- what another connection had read while the program ran, which the store had therefore called durable,
  is still there: finished messages letter for letter, replies at least as far as they had come;
- what the window showed (the tour's dumps) is there: questions whole, replies as far as committed.
The next round opens the same library; in the end the program is started once more, must end by itself
and leave no reply that says it still streams.

usage: kill_loop.py GATESCOPE [--rounds 25] [--seed 1] [--longest 3.0]
"""

import argparse
import json
import os
import pathlib
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

MESSAGES = """SELECT m.id, m.conversation, m.parent, m.role, m.state, coalesce(
  (SELECT group_concat(text, '') FROM (SELECT text FROM chunk WHERE message = m.id ORDER BY ordinal)), '') FROM message m"""
ROUNDS_OF_A_LIBRARY = 50  # so that looking at it stays quick


def session(number, rng):
    """A tour: what a person might do, in an order that differs from round to round."""
    steps = [{"do": "open", "model": None}, {"do": "wait", "for": "loaded"}]
    for i in range(30):
        steps.append({"do": "send", "text": f"round {number} question {i}: " + "why? " * rng.randint(1, 40)})
        steps.append({"do": "wait", "for": "idle"})
        steps.append({"do": "dump", "name": f"shown-{i}"})
        choice = rng.random()
        if choice < 0.25:
            steps += [{"do": "regenerate"}, {"do": "wait", "for": "idle"}]
        elif choice < 0.4:
            steps += [{"do": "edit", "message": 0, "text": f"round {number} edit {i}"}, {"do": "wait", "for": "idle"}]
        elif choice < 0.6:
            steps += [{"do": "new_chat"}]
        elif choice < 0.7:
            steps += [{"do": "save_recording", "name": f"saved-{i}"}]
    return {"title": "kill loop", "steps": steps}


def rows(library, mode="ro"):
    connection = sqlite3.connect(f"file:{library}?mode={mode}", uri=True, timeout=5)
    try:
        return {row[0]: row[1:] for row in connection.execute(MESSAGES)}
    finally:
        connection.close()


class Observer(threading.Thread):
    """Reads what is committed, again and again, until told to stop."""

    def __init__(self, library):
        super().__init__(daemon=True)
        self.library, self.ended, self.seen, self.reads = library, threading.Event(), {}, 0
        self.grew, self.first = threading.Event(), None

    def run(self):
        while not self.ended.is_set():
            if self.library.exists():
                try:
                    self.seen = rows(self.library)
                    self.reads += 1
                    self.first = len(self.seen) if self.first is None else self.first
                    if len(self.seen) > self.first:
                        self.grew.set()
                except sqlite3.OperationalError:
                    pass  # not there yet, or busy being made
            self.ended.wait(0.01)


def run(gatescope, profile, tour, out, limit=None, after=None):
    """Starts the program; kills it `limit` seconds later, or after the event `after`; or waits for its end."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    log = open(out / "log.txt", "w")
    program = subprocess.Popen([gatescope, "--tour", tour, "--screenshots", out, "--profile-dir", profile],
                               stdout=log, stderr=log, env=environment)
    if after is not None:
        after.wait(20)
    try:
        status = program.wait(timeout=120 if limit is None else limit)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
        status = None
    log.close()
    return status


def check_sound(library):
    connection = sqlite3.connect(library)  # as the next start does: the WAL is recovered
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], "integrity_check"
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == [], "foreign_key_check"
    connection.close()


def check_kept(seen, kept):
    for number, (conversation, parent, role, state, text) in seen.items():
        assert number in kept, f"message {number} ({role}, {state}) was acknowledged and is gone"
        now = kept[number]
        assert (conversation, parent, role) == now[:3], f"message {number} moved: {seen[number]} {now}"
        if state == "streaming":
            assert now[4].startswith(text), f"message {number} lost text: {text!r} became {now[4]!r}"
        else:
            assert now[4] == text and now[3] == state, f"message {number} changed: {seen[number]} became {now}"


def check_shown(out, kept):
    """Questions that the window showed are there whole; of replies what was committed."""
    texts = {role: [row[4] for row in kept.values() if row[2] == role] for role in ("user", "assistant")}
    questions, shown = set(texts["user"]), 0
    for dump in out.glob("shown-*.json"):
        try:
            messages = json.loads(dump.read_text())["messages"]
        except (json.JSONDecodeError, KeyError):
            continue  # killed while it was written
        for message in messages:
            shown += 1
            if message["role"] == "user":
                assert message["text"] in questions, f"the window showed {message['text']!r}, which is gone"
            elif message["text"]:
                assert any(message["text"].startswith(text) for text in texts["assistant"]), "a reply that was shown is gone"
    return shown


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("gatescope", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=float, default=3.0, help="seconds until the kill, at most")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    killed = acknowledged = shown = reads = 0
    started = time.monotonic()
    done = 0
    while done < options.rounds:
        with tempfile.TemporaryDirectory(prefix="gatescope-kill-") as scratch:
            profile = pathlib.Path(scratch) / "profile"
            library = profile / "library.sqlite"
            before = {}
            for number in range(done, min(done + ROUNDS_OF_A_LIBRARY, options.rounds)):
                out = pathlib.Path(scratch) / f"out-{number}"
                out.mkdir()
                tour = out / "tour.json"
                tour.write_text(json.dumps(session(number, rng)))
                observer = Observer(library)
                observer.start()
                status = run(options.gatescope, profile, tour, out, limit=rng.uniform(0, options.longest),
                             after=observer.grew if number % 2 else None)
                observer.ended.set()
                observer.join()
                assert status in (None, 0), f"round {number} (seed {options.seed}): ended with {status}: {(out / 'log.txt').read_text()}"
                killed += status is None
                done += 1
                if not library.exists():
                    assert not before, f"round {number}: the library is gone"
                    continue
                check_sound(library)
                kept = rows(library)
                # A reply that streamed in an earlier round says since the start of this one that it was interrupted.
                seen = {n: ((*row[:3], "streaming", row[4]) if row[3] == "streaming" else row) for n, row in before.items()}
                check_kept(seen, kept)
                check_kept(observer.seen, kept)
                shown += check_shown(out, kept)
                acknowledged += len(set(observer.seen) - set(before))
                reads += observer.reads
                before = kept
                print(f"round {number}: {len(kept)} messages, {len(observer.seen)} acknowledged", flush=True)
            out = pathlib.Path(scratch) / "last"
            out.mkdir()
            (out / "tour.json").write_text(json.dumps({"title": "last", "steps": [
                {"do": "open", "model": None}, {"do": "wait", "for": "loaded"}, {"do": "send", "text": "still here?"},
                {"do": "wait", "for": "idle"}]}))
            status = run(options.gatescope, profile, out / "tour.json", out)
            assert status == 0, f"the last start ended with {status}: {(out / 'log.txt').read_text()}"
            kept = rows(library, mode="rw")
            streaming = [n for n, row in kept.items() if row[3] == "streaming"]
            assert not streaming, f"messages {streaming} say that they still stream"
            assert any(row[4] == "still here?" for row in kept.values()), "the last question is not there"
    print(f"{options.rounds} rounds, {killed} killed, {acknowledged} messages acknowledged in {reads} reads, "
          f"{shown} shown, 0 lost; {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
