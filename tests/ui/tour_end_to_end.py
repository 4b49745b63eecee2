#!/usr/bin/env python3
"""Plays tours with the real programs on tests/data/tiny-a and compares what they leave behind.

The heatmap that a dump holds for a token must be what `gatescope-cli record export` finds for it in
the saved recording, and what `gatescope-cli forward` computes for the same ids under the same
interventions. And a tour that cannot be played must end with the promised sentence and status.

usage: tour_end_to_end.py BIN_DIR SOURCE_DIR
Needs NumPy. Exits 77 (skipped, with the reason) without it, except in CI, where that is a failure.
"""

import contextlib
import json
import shutil
import sqlite3
import subprocess
import sys
import time
import unittest

import numpy as np

from tours import DECODE_TOLERANCE, F16_TOLERANCE, MODEL, TourTest


class Tours(TourTest):
    def compare(self, name, *interventions):
        recording = self.recorded(name)
        probs = recording["router_probs"]  # [L, T, E]
        forward = self.computed(recording["tokens"], *interventions)
        self.assertEqual(probs.shape, forward.shape)
        self.assertGreater(probs.shape[1], 8)
        for which, index in (("prompt", 3), ("last", probs.shape[1] - 1)):
            dump = self.dump(f"{name}-{which}")
            self.assertEqual(dump["selected_token"], index)
            self.assertEqual(dump["trace_tokens"], probs.shape[1])
            self.assertIsNone(dump["error"])
            heatmap = np.array(dump["heatmap"])
            self.assertEqual(heatmap.shape, (4, 8))
            np.testing.assert_allclose(heatmap.sum(axis=1), 1, atol=1e-5)
            np.testing.assert_allclose(heatmap, probs[:, index], rtol=0, atol=F16_TOLERANCE)
            np.testing.assert_allclose(heatmap, forward[:, index], rtol=0, atol=DECODE_TOLERANCE)
        self.assertFalse(np.allclose(probs[:, 3], probs[:, -1], atol=1e-3),
                         "the test must be able to tell two tokens apart")
        self.assertEqual(sum(m["token_count"] for m in dump["messages"]), probs.shape[1])

    def kept(self, question):
        """The first row that a question to the library gives; None: there is none, or no library."""
        library = self.root / "profile" / "library.sqlite"
        try:
            with contextlib.closing(sqlite3.connect(f"file:{library}?mode=ro", uri=True)) as base:
                return base.execute(question).fetchone()
        except sqlite3.OperationalError:
            return None

    def type_and_be_killed(self, steps, text, question):
        command, environment = self.command([*steps, {"do": "type", "text": text}, {"do": "stay"}])
        program = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 60
            while self.kept(question) != (text,):
                self.assertIsNone(program.poll(), "the program ended by itself")
                self.assertLess(time.monotonic(), deadline, "the draft is not in the library")
                time.sleep(0.05)
        finally:
            program.kill()
            program.wait()
        self.assertEqual(self.kept(question), (text,))

    def test_a_draft_survives_being_killed(self):
        ready = [{"do": "open", "model": MODEL}, {"do": "wait", "for": "loaded"}]
        send = [{"do": "send"}, {"do": "wait", "for": "idle"}]
        of_new_chat = "SELECT value FROM meta WHERE key = 'new_draft'"
        self.type_and_be_killed(ready, "half a thought", of_new_chat)
        self.played([*ready, *send, {"do": "dump", "name": "after"}])
        self.assertEqual(self.dump("after")["messages"][0]["text"].strip(), "half a thought")
        self.assertEqual(self.kept(of_new_chat), ("",))
        in_library = [*ready, {"do": "type", "text": "more"}, *send]
        self.type_and_be_killed(in_library, "and another",
                                "SELECT draft FROM conversation ORDER BY id DESC")

    def test_conversations_are_kept_and_found(self):
        self.played([
            {"do": "open", "model": MODEL},
            {"do": "wait", "for": "loaded"},
            {"do": "type", "text": "The weather over the sea"},
            {"do": "send"},
            {"do": "wait", "for": "idle"},
            {"do": "keep", "folder": "Runs/Old ones", "tags": ["two words", "x"], "pinned": True},
            {"do": "show", "view": "conversations"},
            {"do": "dump", "name": "kept"},
            {"do": "search", "text": "SEA tag:\"two words\" in:runs is:pinned"},
            {"do": "dump", "name": "found"},
            {"do": "search", "text": "sea is:archived"},
            {"do": "dump", "name": "not-found"},
            {"do": "search", "text": ""},
            {"do": "find", "text": "WEATHER"},
            {"do": "screenshot", "name": "find"},
            {"do": "keep", "pinned": False, "archived": True},
            {"do": "dump", "name": "archived"},
        ])
        rows = self.dump("kept")["conversations"]
        self.assertEqual([row["title"] for row in rows if "open" in row], ["Runs", "Old ones"])
        kept = rows[0]
        self.assertEqual((kept["folder"], kept["tags"], kept["pinned"], kept["archived"]),
                         ("Runs/Old ones", ["two words", "x"], True, False))
        found = self.dump("found")["conversations"]
        self.assertEqual(len(found), 1)
        self.assertIn("The weather over the sea", found[0]["detail"])
        self.assertEqual(self.dump("not-found")["conversations"], [])
        self.assertEqual(self.dump("archived")["conversations"][-1]["count"], 1)

    def test_heatmap_recording_and_forward_agree(self):
        def talk(name):
            return [
                {"do": "type", "text": "The weather and "},
                {"do": "send"},
                {"do": "wait", "for": "idle"},
                {"do": "select_token", "index": 3},
                {"do": "dump", "name": f"{name}-prompt"},
                {"do": "select_token", "index": -1},
                {"do": "dump", "name": f"{name}-last"},
                {"do": "save_recording", "name": name},
            ]

        self.played([
            {"do": "resize", "width": 1280, "height": 800},
            {"do": "open", "model": MODEL},
            {"do": "wait", "for": "loaded"},
            {"do": "template", "name": "continuation"},
            *talk("plain"),
            {"do": "screenshot", "name": "plain"},
            {"do": "new_chat"},
            {"do": "template", "name": "continuation"},
            {"do": "intervene", "ablate": ["1:2"], "force": ["2:5"], "bias": ["0:1:1.5"]},
            *talk("changed"),
            {"do": "clear_interventions"},
            {"do": "new_chat"},
            {"do": "template", "name": "continuation"},
            {"do": "intervene", "route_around": ["1:2"], "scale": ["2:5:0.25"], "swap": ["0:1:6"]},
            *talk("other"),
            {"do": "clear_interventions"},
            {"do": "new_chat"},
            {"do": "template", "name": "continuation"},
            {"do": "intervene", "layer_top_k": ["1:1", "2-3:4"]},
            {"do": "intervene", "ablate": ["0:1"]},
            {"do": "undo_interventions"},
            {"do": "undo_interventions"},
            {"do": "redo_interventions"},
            *talk("layers"),
            {"do": "clear_interventions"},
            {"do": "open", "recording": str(self.pictures / "plain.gscope")},
            {"do": "select_token", "index": -1},
            {"do": "dump", "name": "replay"},
        ])
        self.compare("plain")
        self.compare("changed", "--ablate", "1:2", "--force", "2:5", "--bias", "0:1:1.5")
        self.assertEqual(self.dump("changed-last")["interventions"],
                         {"ablate": ["1:2"], "force": ["2:5"], "bias": ["0:1:1.5"], "top_k": 0})
        self.compare("other", "--exclude", "1:2", "--scale", "2:5:0.25", "--swap", "0:1:6")
        self.compare("layers", "--top-k", "1:1", "--top-k", "2-3:4")
        self.assertEqual(self.dump("layers-last")["interventions"],
                         {"ablate": [], "force": [], "bias": [], "top_k": 0,
                          "layer_top_k": ["1:1", "2-3:4"]})
        # Bias moves the probabilities themselves: without it forward must disagree.
        biased = np.array(self.dump("changed-prompt")["heatmap"])
        plain = self.computed(self.recorded("changed")["tokens"])[:, 3]
        self.assertGreater(np.abs(biased - plain).max(), 1e-2)
        # What a recording of the window holds is enough to compute its replies once more.
        for name in ("plain", "changed", "layers"):
            self.cli("record", "rerun", self.pictures / f"{name}.gscope", "--model", MODEL)
            info = self.output("record", "info", self.pictures / f"{name}.gscope", "--json")
            self.assertRegex(json.loads(info)["fingerprint"], "^[0-9a-f]{16}$")
        replay = np.array(self.dump("replay")["heatmap"])
        np.testing.assert_array_equal(replay.astype(np.float32),
                                      self.recorded("plain")["router_probs"][:, -1])
        self.assertEqual((self.pictures / "plain.png").read_bytes()[:8], b"\x89PNG\r\n\x1a\n")

    def test_inside_a_token_is_what_forward_computes(self):
        self.played([
            {"do": "open", "model": MODEL},
            {"do": "wait", "for": "loaded"},
            {"do": "template", "name": "continuation"},
            {"do": "send", "text": "The weather and "},
            {"do": "wait", "for": "idle"},
            {"do": "show", "view": "token"},
            {"do": "select_token", "index": 7},
            {"do": "inspect", "head": "2:3", "page": "who"},
            {"do": "screenshot", "name": "inside"},
            {"do": "dump", "name": "inside"},
            {"do": "save_recording", "name": "inside"},
        ])
        tokens = self.recorded("inside")["tokens"]
        self.computed(tokens, "--lens", "--parts", "--attention", "2:3")
        arrays = {name: np.load(self.root / "forward" / f"{name}.npy")
                  for name in ("logits", "lens", "attention", "selected", "gates")}
        found = self.dump("inside")["inspection"]
        self.assertEqual(found["token"], 7)
        logits = arrays["logits"][6]  # behind the token before
        words = found["words"]
        self.assertEqual([w["token"] for w in words[:8]], list(np.argsort(-logits)[:8]))
        self.assertEqual(words[found["chosen"]]["token"], tokens[7])
        np.testing.assert_allclose([w["logit"] for w in words],
                                   logits[[w["token"] for w in words]], atol=2e-4)
        logsum = np.log(np.exp(logits.astype(np.float64)).sum())
        np.testing.assert_allclose([w["log_prob"] for w in words],
                                   logits[[w["token"] for w in words]] - logsum, atol=1e-3)
        # The parts sum to the logits, and are those of the experts that forward names.
        adds = np.array([part["adds"] for part in found["parts"]], dtype=np.float64)
        np.testing.assert_allclose(adds.sum(axis=0), [w["logit"] for w in words], rtol=1e-4,
                                   atol=1e-4)
        experts = [part for part in found["parts"] if part["source"] == "expert"]
        self.assertEqual([part["expert"] for part in experts],
                         list(arrays["selected"][:, 6].flatten()))
        np.testing.assert_allclose([part["gate"] for part in experts],
                                   arrays["gates"][:, 6].flatten(), atol=DECODE_TOLERANCE)
        self.assertEqual([layer["likeliest"]["token"] for layer in found["lens"]],
                         list(arrays["lens"][:, 6].argmax(axis=1)))
        np.testing.assert_allclose(found["attention"], arrays["attention"][6, :7], atol=1e-4)
        self.assertAlmostEqual(sum(found["attention"]), 1, places=5)

    def test_modes_and_ranges_agree_with_exported_arrays(self):
        first, last = 4, 24
        self.played([
            {"do": "open", "model": MODEL},
            {"do": "wait", "for": "loaded"},
            {"do": "template", "name": "continuation"},
            {"do": "send", "text": "The weather and the river and the hills in the morning "},
            {"do": "wait", "for": "idle"},
            {"do": "show", "view": "waterfall"},
            {"do": "select_range", "first": first, "last": last},
            *[step for name in ("mean", "share", "minus-uniform", "z")
              for step in ({"do": "mode", "name": name, "population": "all"},
                           {"do": "dump", "name": name})],
            {"do": "pin_baseline"},
            {"do": "select_range", "first": -16, "last": -1},
            {"do": "mode", "name": "minus-baseline"},
            {"do": "dump", "name": "minus-baseline"},
            {"do": "select_range", "first": None, "last": None},
            {"do": "play", "tokens_per_s": 200, "from": 2, "to": 20},
            {"do": "mode", "name": "recent", "half_life": 8},
            {"do": "dump", "name": "recent"},
            {"do": "mode", "name": "margin"},
            {"do": "dump", "name": "margin"},
            {"do": "mode", "name": "mass"},
            {"do": "dump", "name": "mass"},
            {"do": "save_recording", "name": "modes"},
        ])
        arrays = self.recorded("modes")
        probs, selected = arrays["router_probs"], arrays["selected"]  # [L, T, E], [L, T, K]
        tokens = probs.shape[1]
        self.assertGreater(tokens, 30)
        used = (selected[..., None] == np.arange(8)).any(axis=2)  # [L, T, E]
        share = used[:, first:last + 1].mean(axis=1)
        for name, wanted in (
                ("mean", probs[:, first:last + 1].mean(axis=1)), ("share", share),
                ("minus-uniform", share - 0.25),
                ("z", (share - 0.25) * 21 / np.sqrt(21 * 0.25 * 0.75)),
                ("minus-baseline", used[:, -16:].mean(axis=1) - share)):
            dump = self.dump(name)
            self.assertEqual(dump["heatmap_mode"], name)
            wanted_range = [tokens - 16, tokens - 1] if name == "minus-baseline" else [first, last]
            self.assertEqual(dump["range"], wanted_range)
            np.testing.assert_allclose(dump["heatmap"], wanted, rtol=0, atol=F16_TOLERANCE, err_msg=name)
        self.assertGreater(np.abs(share - 0.25).max(), 0.05, "routing must not look like chance here")

        weights = 0.5 ** (np.arange(20, -1, -1) / 8)
        recent = np.einsum("t,lte->le", weights, probs[:, :21]) / weights.sum()
        row, chosen = probs[:, 20], used[:, 20]
        inside = np.where(chosen, row, 1).min(axis=1, keepdims=True)
        outside = np.where(chosen, 0, row).max(axis=1, keepdims=True)
        for name, wanted in (("recent", recent), ("mass", np.where(chosen, row, 0)),
                             ("margin", np.where(chosen, row - outside, row - inside))):
            dump = self.dump(name)
            self.assertEqual(dump["selected_token"], 20)
            self.assertIsNone(dump["range"])
            np.testing.assert_allclose(dump["heatmap"], wanted, rtol=0, atol=2 * F16_TOLERANCE,
                                       err_msg=name)

    def test_talking_steps_do_what_they_say(self):
        self.played([
            {"do": "open", "model": None},
            {"do": "wait", "for": "loaded"},
            {"do": "template", "name": "continuation"},
            {"do": "send", "text": "One two"},
            {"do": "wait", "for": "idle"},
            {"do": "dump", "name": "first"},
            {"do": "regenerate"},
            {"do": "wait", "for": "idle"},
            {"do": "dump", "name": "second"},
            {"do": "edit", "message": 0, "text": "Three four"},
            {"do": "wait", "for": "idle"},
            {"do": "dump", "name": "edited"},
            {"do": "theme", "name": "light"},
            {"do": "show", "view": "chat"},
            {"do": "show", "view": "inspect"},
            {"do": "caption", "text": "the end"},
            {"do": "search", "text": "Three"},
            {"do": "new_chat"},
            {"do": "dump", "name": "empty"},
        ])
        self.assertEqual([m["role"] for m in self.dump("first")["messages"]], ["user", "assistant"])
        self.assertEqual(self.dump("first")["messages"][0]["text"], "One two")
        self.assertEqual(self.dump("second")["messages"][0]["text"], "One two")
        self.assertEqual(self.dump("edited")["messages"][0]["text"], "Three four")
        empty = self.dump("empty")
        self.assertEqual((empty["messages"], empty["heatmap"], empty["trace_tokens"]), ([], [], 0))
        self.assertIsNone(empty["selected_token"])

    def test_the_window_fits_a_small_screen(self):
        small = {"do": "resize", "width": 900, "height": 600}  # refused when something is cut off
        self.played([{"do": "open"}, {"do": "wait", "for": "loaded"},
                     {"do": "show", "view": "inspect"}, small,
                     {"do": "send", "text": "One two"}, {"do": "wait", "for": "idle"},
                     {"do": "intervene", "ablate": ["1:2"], "top_k": 3},
                     {"do": "show", "view": "entropy"}, small, {"do": "screenshot", "name": "small"},
                     {"do": "show", "view": "chat"}, small])

    def expect(self, status, sentence, steps=None, **options):
        result = self.play(steps, **options)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertIn(sentence, result.stderr)
        self.assertTrue(result.stderr.startswith("error: "), result.stderr)

    def test_a_tour_that_cannot_be_played_says_why(self):
        loaded = [{"do": "open"}, {"do": "wait", "for": "loaded"}]
        self.expect(1, "tour step 1 (stop): no reply is being written", [{"do": "stop"}])
        self.expect(1, "tour step 1 (send): the text field is empty", [{"do": "send"}])
        self.expect(1, "tour step 1 (wait): no model is loading",
                    [{"do": "wait", "for": "loaded"}])
        self.expect(1, "tour step 3 (select_token): there is no token 0: the trace has 0",
                    loaded + [{"do": "select_token", "index": 0}])
        self.expect(1, "tour step 3 (select_range): there is no token 4: the trace has 0",
                    loaded + [{"do": "select_range", "first": 4, "last": 5}])
        self.expect(1, "tour step 3 (play): there is no token 0", loaded + [{"do": "play"}])
        self.expect(1, "tour step 3 (pin_baseline): there is no token",
                    loaded + [{"do": "pin_baseline"}])
        self.expect(1, "tour step 3 (pin_contrast): there is no token",
                    loaded + [{"do": "pin_contrast"}])
        self.expect(1, "tour step 3 (map_attention): ",
                    loaded + [{"do": "map_attention", "head": "0:0"}])
        self.expect(1, "tour step 1 (find_experts): No model is open",
                    [{"do": "find_experts", "a": ["one"], "b": ["two"]}])
        self.expect(1, "tour step 1 (model): no model is open", [{"do": "model"}])
        self.expect(1, "tour step 3 (model): there is no parameter no/such",
                    loaded + [{"do": "model", "tensor": "no/such"}])
        self.expect(1, "tour step 1 (mode): \"name\" must be one of now, recent, ",
                    [{"do": "mode", "name": "moon"}])
        self.expect(1, "tour step 3 (intervene): ",
                    loaded + [{"do": "intervene", "ablate": ["99:0"]}])
        self.expect(1, "tour step 3 (template): ", loaded + [{"do": "template", "name": "sonnet"}])
        self.expect(1, "tour step 1 (show): there is no view \"moon\"",
                    [{"do": "show", "view": "moon"}])
        self.expect(1, "tour step 1 (theme): there is no theme \"pink\"",
                    [{"do": "theme", "name": "pink"}])
        self.expect(1, "tour step 1 (dump): there is no folder for it",
                    [{"do": "dump", "name": "a"}], screenshots=False)
        self.expect(1, "tour step 1 (open): ",
                    [{"do": "open", "recording": str(self.root / "none.gscope")}])
        self.expect(1, "tour step 1 (open): ",
                    [{"do": "open", "model": str(self.root / "none")},
                     {"do": "theme", "name": "light"}])
        self.expect(1, "tour step 1 (intervene): no model is open",
                    [{"do": "intervene", "ablate": ["0:1"]}])
        self.expect(1, "tour step 2 (sned): there is no such step",
                    [{"do": "theme", "name": "light"}, {"do": "sned"}])
        self.expect(3, "line 1, column", text="{\"steps\": [")

    def test_a_model_that_cannot_be_read_is_told_in_the_dump(self):
        shutil.copytree(MODEL, self.root / "broken")
        (self.root / "broken/ckpt-0/tensor00007_000").write_text("no pickle")
        steps = [{"do": "open", "model": str(self.root / "broken")},
                 {"do": "wait", "for": "idle"}]
        self.played(steps + [{"do": "dump", "name": "broken"}])
        self.assertIn("tensor00007_000", self.dump("broken")["error"])
        self.expect(1, "tour step 3 (wait): ", steps + [{"do": "wait", "for": "loaded"}])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
