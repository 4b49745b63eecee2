#!/usr/bin/env python3
"""Plays an exported recording in headless Chromium with keys and mouse, and reads the numbers back.

After each key the page's table is compared with the npz export of the same recording.

usage: recording_page_drive_test.py GATESCOPE_CLI WRITE_RECORDING
Needs NumPy and Chromium (Debian: python3-numpy, chromium), and fails without.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy as np

from browser import Browser

CLI, WRITER = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
TOKENS = 60


class Driven(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not CHROMIUM:
            raise AssertionError("no chromium on the PATH: the exported page cannot be driven; install "
                                 "the Debian package chromium")
        cls.scratch = tempfile.TemporaryDirectory()
        cls.dir = pathlib.Path(cls.scratch.name)
        subprocess.run([WRITER, cls.dir / "r.gscope", "11", str(TOKENS), "3", "8", "2"], check=True)
        for form in ("npz", "html"):
            subprocess.run([CLI, "record", "export", cls.dir / "r.gscope", "--out", cls.dir, "--format", form],
                           check=True, capture_output=True)
        cls.probs = np.load(cls.dir / "r.npz")["router_probs"].astype(np.float64)
        cls.browser = Browser(CHROMIUM, cls.dir / "profile")

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.scratch.cleanup()

    def setUp(self):
        self.browser.open("about:blank")
        self.browser.open(f"file://{self.dir / 'r.html'}#token=10&numbers")

    def token(self):
        """The token shown; what is said of it everywhere must be of it."""
        position, scrubber, chosen, shown = self.browser.value(
            "[$('position').textContent, $('scrubber').value, document.querySelector('.token.chosen').dataset.token,"
            " [...document.querySelectorAll('#probs td[data-p]')].map(cell => cell.dataset.p)]")
        token = int(scrubber)
        self.assertEqual(position, f"{token + 1} / {self.probs.shape[1]}")
        self.assertEqual(int(chosen), token)
        numbers = np.array([float(p) for p in shown]).reshape(self.probs.shape[0], -1)
        np.testing.assert_array_equal(numbers, self.probs[:, token, :])
        return token

    def label(self):
        return self.browser.value("$('play').textContent")

    def until(self, condition):
        """Waits in the page for `condition`, looked at before each picture."""
        self.browser.value(f"new Promise(done => {{ const look = () => ({condition}) ? done(0)"
                           " : requestAnimationFrame(look); look(); })")

    def test_keys_go_from_token_to_token(self):
        last = self.probs.shape[1] - 1
        for key, expected in (("ArrowRight", 11), (".", 12), ("ArrowLeft", 11), (",", 10), ("End", last),
                              ("ArrowRight", last), ("Home", 0), ("ArrowLeft", 0)):
            self.browser.press(key)
            self.assertEqual(self.token(), expected, key)

    def test_buttons_do_the_same(self):
        self.browser.click("next")
        self.assertEqual(self.token(), 11)
        self.browser.click("previous")
        self.browser.click("previous")
        self.assertEqual(self.token(), 9)

    def test_the_scrubber_goes_to_where_it_is_clicked(self):
        self.browser.click("scrubber", 0.02)
        self.assertLess(self.token(), 5)
        self.browser.click("scrubber", 0.98)
        self.assertGreater(self.token(), self.probs.shape[1] - 5)
        self.browser.click("scrubber", 0.5)
        self.assertAlmostEqual(self.token(), self.probs.shape[1] / 2, delta=3)

    def test_playback_goes_on_pauses_and_ends(self):
        self.browser.press(" ")
        self.assertEqual(self.label(), "Pause")
        self.until("state.token >= 13")
        self.browser.press(" ")
        self.assertEqual(self.label(), "Play")
        paused = self.token()
        self.assertGreaterEqual(paused, 13)
        self.until("!state.playing")
        self.browser.value("new Promise(done => { let left = 5; const next = () => left-- ? "
                           "requestAnimationFrame(next) : done(0); next(); })")
        self.assertEqual(self.token(), paused)
        # Played to the end it stops there, and begins anew when it is played again.
        self.browser.press("End")
        self.browser.press("ArrowLeft")
        self.browser.press(" ")
        self.until("!state.playing")
        self.assertEqual(self.token(), self.probs.shape[1] - 1)
        self.assertEqual(self.label(), "Play")
        self.browser.click("play")
        self.until("state.token < 30")
        self.browser.click("play")
        self.assertLess(self.token(), self.probs.shape[1] - 1)

    def test_arrows_walk_the_cells_of_the_heatmap(self):
        self.browser.value("$('heatmap').focus()")
        for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
            self.browser.press(key)
        self.assertEqual(self.browser.value("[state.layer, state.expert]"), [1, 1])
        said = self.browser.value("$('reading').textContent")
        self.assertIn(f"Layer 1, expert 1: p {self.probs[1, 10, 1]:.4f} (chance 0.1250)", said)
        self.assertEqual(self.token(), 10)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
