#!/usr/bin/env python3
"""Opens exported recordings in headless Chromium and compares what stands there with the arrays.

What the page says of a token (probabilities, choices, gates, entropy, margin, mass, load) is read
from the browser's own document and computed once more by NumPy from the npz export of the same
recording. Texts are hostile; a proxy that the browser must use for everything sees no request.

usage: recording_page_test.py GATESCOPE_CLI WRITE_RECORDING MODEL
Needs NumPy and Chromium (Debian: python3-numpy, chromium), and fails without.
"""

import base64
import contextlib
import html.parser
import json
import pathlib
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import unittest

import numpy as np

CLI, WRITER, MODEL = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
LEAK = "leak.invalid"
HOSTILE = (f'</script><img src="http://{LEAK}/x" onerror="document.title=1"><!-- ]]> \u202ereversed\u202c'
           f' \u2028 &lt; "quoted" `ticks` ${{x}} \\u003c')
VOID = {"meta", "input", "br", "link", "img"}


class Page(html.parser.HTMLParser):
    """Elements of a document in order: tag, attributes, text directly and below."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append({"tag": tag, "attrs": dict(attrs), "text": ""})
        if tag not in VOID:
            self.open.append(self.elements[-1])

    def handle_endtag(self, tag):
        while self.open and self.open.pop()["tag"] != tag:
            pass

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, tag, name=None):
        return [e for e in self.elements if e["tag"] == tag and (name is None or name in e["attrs"])]

    def by_id(self, name):
        return next(e for e in self.elements if e["attrs"].get("id") == name)


class Proxy:
    """Takes every connection, notes the first line, answers nothing."""

    def __init__(self):
        self.lines = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.socket.accept()
            with connection:
                connection.settimeout(5)
                try:
                    self.lines.append(connection.recv(4096).split(b"\r\n")[0].decode("latin-1"))
                except OSError:
                    pass


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, timeout=120)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.returncode}: {done.stderr.decode()}")
    return done.stdout.decode()


class RecordingPageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not CHROMIUM:
            raise AssertionError("no chromium on the PATH: the exported page cannot be tested; install "
                                 "the Debian package chromium")
        cls.scratch = tempfile.TemporaryDirectory()
        cls.dir = pathlib.Path(cls.scratch.name)
        cls.proxy = Proxy()
        run(WRITER, cls.dir / "routed.gscope", 7, 90, 5, 16, 3)
        run(CLI, "generate", MODEL, "-p", HOSTILE, "-n", 12, "--ignore-eos", "--seed", 4,
            "--ablate", "1:2", "--record", cls.dir / "hostile.gscope")
        for name in ("routed", "hostile"):
            for form in ("npz", "html"):
                run(CLI, "record", "export", cls.dir / f"{name}.gscope", "--out", cls.dir, "--format", form)

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def browse(self, name, place=""):
        """The document after its script has run."""
        out = run(CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                  "--disable-background-networking", "--disable-component-update", "--no-first-run",
                  f"--user-data-dir={self.dir / 'profile'}", f"--proxy-server=127.0.0.1:{self.proxy.port}",
                  "--virtual-time-budget=4000", "--dump-dom", f"file://{self.dir / name}.html#{place}")
        return Page(out)

    def arrays(self, name):
        return np.load(self.dir / f"{name}.npz")

    def cells(self, page, key, layers):
        found = [float(e["attrs"][f"data-{key}"]) for e in page.all("td", f"data-{key}")]
        return np.array(found).reshape(layers, -1)

    def test_says_of_each_token_what_the_arrays_hold(self):
        for name in ("routed", "hostile"):
            a = self.arrays(name)
            probs, selected = a["router_probs"].astype(np.float64), a["selected"]
            layers, tokens, experts = probs.shape
            for t in (0, tokens // 2, tokens - 1):
                page = self.browse(name, f"token={t}&layer=1&expert=2&numbers")
                np.testing.assert_array_equal(self.cells(page, "p", layers), probs[:, t, :])
                choice = np.full((layers, experts), -1.0)
                gate = np.zeros((layers, experts))
                for layer in range(layers):
                    for k, expert in enumerate(selected[layer, t]):
                        if expert >= 0:
                            choice[layer, expert] = k
                            gate[layer, expert] = a["gates"][layer, t, k]
                np.testing.assert_array_equal(self.cells(page, "choice", layers), choice)
                np.testing.assert_array_equal(self.cells(page, "gate", layers), gate)
                lse = a["router_lse"][:, t].astype(np.float64)
                np.testing.assert_array_equal(self.cells(page, "lse", layers)[:, 0], lse)
                reading = page.by_id("reading")["text"]
                self.assertEqual(f"logits {lse[1]:.3f} (squared" in reading, not np.isnan(lse[1]), reading)
                self.assert_prediction(page, a, t)
                self.assert_measures(page, probs[:, t, :], selected[:, t, :])

    def assert_measures(self, page, probs, selected):
        rows = page.all("tr", "data-entropy")
        self.assertEqual(len(rows), 0 if np.isnan(probs).any() else len(probs))
        for row, p, picks in zip(rows, probs, selected):
            k = int((picks >= 0).sum())
            falling = np.sort(p)[::-1]
            entropy = -(p[p > 0] * np.log2(p[p > 0])).sum()
            for key, value in (("entropy", entropy), ("margin", falling[k - 1] - falling[k]),
                               ("mass", p[picks[:k]].sum())):
                self.assertAlmostEqual(float(row["attrs"][f"data-{key}"]), value, places=9, msg=key)

    def assert_prediction(self, page, a, t):
        """The token's card says what the model found likeliest, in words where it can."""
        facts, predicted = page.by_id("token-facts")["text"], a["predicted"][t]
        offsets = a["text_offsets"]
        word = {int(i): a["text.txt"][offsets[j]:offsets[j + 1]] for j, i in reversed(list(enumerate(a["tokens"])))
                if offsets[j + 1] > offsets[j]}.get(int(predicted))
        self.assertEqual("likeliest" in facts, predicted >= 0, facts)
        if predicted == a["tokens"][t]:
            self.assertIn("the model's likeliest", facts)
        elif predicted >= 0:
            self.assertIn(f"id {predicted}", facts)
            self.assertEqual("likeliest was \u201c" in facts, word is not None, facts)

    def test_older_recordings_lack_what_was_not_kept(self):
        run(WRITER, self.dir / "old.gscope", 7, 90, 5, 16, 3, "old")
        run(CLI, "record", "export", self.dir / "old.gscope", "--out", self.dir, "--format", "html")
        shown, before = (self.browse(name, "token=41&layer=1&expert=2&numbers") for name in ("old", "routed"))
        self.assertIn("likeliest", before.by_id("token-facts")["text"])
        self.assertNotIn("likeliest", shown.by_id("token-facts")["text"])
        self.assertNotIn("logits", shown.by_id("reading")["text"])
        self.assertEqual(shown.all("td", "data-lse"), [])
        np.testing.assert_array_equal(self.cells(shown, "p", 5), self.cells(before, "p", 5))

    def test_holds_every_number_of_the_recording(self):
        for name in ("routed", "hostile"):
            a = self.arrays(name)
            data = json.loads(re.search(r'id="recording">(.*?)</script>',
                                        (self.dir / f"{name}.html").read_text(), re.S)[1])
            shape = a["router_probs"].transpose(1, 0, 2).shape
            words = np.frombuffer(base64.b64decode(data["probs"]), "<f2").astype(np.float32)
            np.testing.assert_array_equal(words.reshape(shape), a["router_probs"].transpose(1, 0, 2))
            picks = np.frombuffer(base64.b64decode(data["picks"]), "<i2").astype(np.int32)
            np.testing.assert_array_equal(picks.reshape(*shape[:2], -1), a["selected"].transpose(1, 0, 2))
            np.testing.assert_array_equal(data["ids"], a["tokens"])
            self.assertEqual("".join(data["texts"]), a["text.txt"].decode())

    def test_shows_the_load_beside_what_chance_gives(self):
        a = self.arrays("routed")
        page = self.browse("routed", "token=40&layer=3&expert=2")
        used = a["selected"][3][(a["generated"] == 1) & ~np.isnan(a["router_probs"][3, :, 0])]
        counts = np.bincount(used.ravel(), minlength=16)
        shares = [float(e["attrs"]["data-share"]) for e in page.all("tr", "data-share")]
        np.testing.assert_allclose(shares, counts / counts.sum(), rtol=1e-12)
        self.assertIn("6.3 %", page.by_id("load-note")["text"])  # 1 of 16
        self.assertIn(f"{len(used)} generated tokens", page.by_id("load-note")["text"])

    def test_shows_hostile_text_as_text(self):
        page = self.browse("hostile")
        self.assertEqual(page.all("img"), [])
        self.assertEqual(len(page.all("script")), 2)
        for element in page.elements:
            self.assertFalse({"src", "href", "onerror", "srcdoc"} & set(element["attrs"]))
        shown = HOSTILE.replace("\u2028", "\u2424").replace("\u202e", "\ufffd").replace("\u202c", "\ufffd")
        self.assertEqual(page.by_id("title")["text"], shown)
        tokens = "".join(e["text"] for e in page.all("span", "data-token"))
        self.assertIn(shown.replace("\u2424", "")[:40], tokens)
        self.assertNotRegex(tokens, "[\u202a-\u202e\u2066-\u2069\u2028]")
        self.assertIn("REPLAY", page.by_id("badges")["text"])
        self.assertIn("ablate 1:2", page.by_id("text")["text"])

    def test_a_recording_without_routing_shows_its_text(self):
        for name, facts in (("silent", None), ("unknown", "{}")):
            shutil.copy(self.dir / "hostile.gscope", self.dir / f"{name}.gscope")
            with contextlib.closing(sqlite3.connect(self.dir / f"{name}.gscope")) as library, library:
                library.execute("UPDATE chunk SET routing = NULL")
                if facts:
                    library.execute("UPDATE conversation SET model_facts = ?", (facts,))
            run(CLI, "record", "export", self.dir / f"{name}.gscope", "--out", self.dir, "--format", "html")
            page = self.browse(name, "token=1&numbers&tint=entropy")
            self.assertEqual("".join(e["text"] for e in page.all("span", "data-token")),
                             "".join(e["text"] for e in self.browse("hostile").all("span", "data-token")))
            self.assertEqual(page.by_id("load-note")["text"], "No token has routing.")

    def test_asks_the_network_for_nothing(self):
        (self.dir / "control.html").write_text(f'<img src="http://{LEAK}/control">')
        self.browse("control")
        self.assertTrue(any("control" in line for line in self.proxy.lines), "the proxy hears nothing")
        self.proxy.lines.clear()
        self.browse("hostile")
        self.assertEqual([line for line in self.proxy.lines if LEAK in line], [])
        template = re.sub(r'id="recording">.*?</script>', "", (self.dir / "hostile.html").read_text(), flags=re.S)
        self.assertNotRegex(template, r"(?i)https?:|//[a-z]+\.|@import|url\(|fetch\(|XMLHttp|WebSocket|innerHTML")

    def test_colours_are_those_of_the_window(self):
        root = pathlib.Path(__file__).resolve().parents[3]
        table = (root / "ui/routing/color_map_tables.h").read_text().split("kCividisTable{")[1].split("}")[0]
        script = (root / "resources/recording-page/cividis.js").read_text()
        self.assertEqual(re.findall("0x[0-9a-f]{6}", table), re.findall("0x[0-9a-f]{6}", script))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
