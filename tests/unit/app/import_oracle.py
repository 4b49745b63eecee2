#!/usr/bin/env python3
"""Imports files of conversations that Python's json, struct and zipfile wrote, exports them again and
compares the trees node by node; then reads the exported chat with html.parser and with Chromium.

usage: import_oracle.py GATESCOPE_CLI
Needs Chromium (Debian: chromium), and fails without.
"""

import html.parser
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile

CLI = pathlib.Path(sys.argv[1]).resolve()
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
HOSTILE = '</p></pre><script>document.title = "owned"</script><img src=x onerror="document.title=1"> &amp; \u202e'


def cli(*arguments, status=0):
    done = subprocess.run([CLI, *map(str, arguments)], capture_output=True, text=True, timeout=60)
    assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout if status == 0 else done.stderr


def q_string(text):
    """A QString as QDataStream has it: doc.qt.io/qt-6/datastreamformat.html."""
    units = text.encode("utf-16-be")
    return struct.pack(">I", len(units)) + units


def chat_item(version, label, value, parts=b"", part_count=0, sources=0):
    item = b"" if version >= 12 else struct.pack(">i", 0)
    item += q_string(label) + q_string(value)
    if version < 10:
        item += q_string("the prompt once more")
    item += q_string("") + b"\0\1\0\0"
    if version >= 11 and label == "Response: ":
        item += b"\0"
    if version >= 8:
        source = b"".join(q_string(t) for t in ("c", "/p/f", "f", "t", "a", "d", "text")) + struct.pack(">3i", 1, 2, 3)
        item += struct.pack(">q", sources) + source * sources
    elif version >= 3:
        item += q_string("1. In f.") + struct.pack(">I", 1) + q_string("context")
    if version >= 10:
        item += struct.pack(">q", 1) + struct.pack(">I", 9) + b"file:///x" + struct.pack(">I", 2) + b"xy"
    if version >= 12:
        item += struct.pack(">q", part_count) + parts
    return item


def chat_file(version, items):
    """As gpt4all-chat's Chat, ChatLLM, ChatModel and ChatItem write it."""
    data = struct.pack(">Iiq", 0xF5D553CC, version, 1_700_000_000)
    data += q_string("id-1") + q_string("A chat") + q_string("") + q_string("Llama 3")
    if version >= 3:
        data += struct.pack(">I", 1) + q_string("documents")
    if version < 11:
        if version >= 6:
            data += b"\1"
        if version >= 2:
            data += struct.pack(">ii", 1, 0)
        data += q_string("last") + q_string("name") + struct.pack(">I", 12)
        if version < 4:
            data += struct.pack(">I", 5)
        data += struct.pack(">I", 3)
        if version >= 7:
            data += struct.pack(">I", 2048)
        if version < 9:
            data += struct.pack(">Q", 2) + bytes(8)
        data += struct.pack(">Q", 3) + bytes(12) + struct.pack(">I", 4) + b"kvkv"
    return data + struct.pack(">i", len(items)) + b"".join(items)


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.articles, self.inside = [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "article":
            self.inside = True
            self.articles.append("")

    def handle_endtag(self, tag):
        if tag == "article":
            self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.articles[-1] += data


class Imports(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.dir = pathlib.Path(self.folder.name)

    def write(self, name, content):
        file = self.dir / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
        return file

    def tree(self, file):
        """What the file became: the export's own document, its messages by text."""
        recording = self.dir / "out.gscope"
        cli("import", file, "--out", recording)
        cli("record", "verify", recording)
        cli("record", "export", recording, "--format", "json", "--out", self.dir)
        document = json.loads((self.dir / "out.json").read_text())
        texts = {m["id"]: m["text"] for m in document["tree"]}
        self.assertEqual([m["id"] for m in document["tree"]], list(range(1, len(texts) + 1)))
        return document, [(m["role"], m["text"], texts.get(m["parent"])) for m in document["tree"]]

    LLAMA = {"conv": {"id": "c1", "name": "Blue  sky\n", "currNode": "b1", "lastModified": 1_700_000_009_000},
             "messages": [
                 {"id": "root", "convId": "c1", "type": "root", "timestamp": 1_700_000_000_000, "role": "system",
                  "content": "", "parent": None, "children": ["s"]},
                 {"id": "s", "convId": "c1", "type": "text", "timestamp": 1_700_000_000_001, "role": "system",
                  "content": "be brief", "parent": "root", "children": ["a"]},
                 {"id": "a", "convId": "c1", "type": "text", "timestamp": 1_700_000_001_000, "role": "user",
                  "content": "why \U0001F600?", "parent": "s", "children": ["b1", "b2"],
                  "extra": [{"type": "TEXT", "name": "n", "content": "c"}]},
                 {"id": "b1", "convId": "c1", "type": "text", "timestamp": 1_700_000_002_000, "role": "assistant",
                  "content": "one", "parent": "a", "children": [], "model": "m-1", "reasoningContent": "hm"},
                 {"id": "b2", "convId": "c1", "type": "text", "timestamp": 1_700_000_003_000, "role": "assistant",
                  "content": "two", "parent": "a", "children": ["t"]},
                 {"id": "t", "convId": "c1", "type": "text", "timestamp": 1_700_000_004_000, "role": "tool",
                  "content": "tool says", "parent": "b2", "children": ["d"]},
                 {"id": "d", "convId": "c1", "type": "text", "timestamp": 1_700_000_005_000, "role": "user",
                  "content": "go on", "parent": "t", "children": []}]}
    LLAMA_TREE = [("user", "why \U0001F600?", None), ("assistant", "two", "why \U0001F600?"),
                  ("user", "go on", "two"), ("assistant", "one", "why \U0001F600?")]

    def check_llama(self, file):
        document, tree = self.tree(file)
        self.assertEqual(tree, self.LLAMA_TREE)
        self.assertEqual(document["title"], "Blue sky")
        self.assertEqual(document["system"], "be brief")
        self.assertEqual(document["model_facts"]["name"], "m-1")
        self.assertEqual(document["tree"][0]["created_ms"], 1_700_000_001_000)
        self.assertEqual([m["text"] for m in document["messages"]], ["why \U0001F600?", "one"])  # currNode's branch

    def test_llama_json(self):
        self.check_llama(self.write("one.json", json.dumps(self.LLAMA, indent=2)))
        self.check_llama(self.write("many.json", json.dumps([self.LLAMA])))
        self.check_llama(self.write("bom.json", b"\xef\xbb\xbf" + json.dumps(self.LLAMA, ensure_ascii=False).encode()))

    def test_llama_jsonl_and_zip(self):
        lines = [json.dumps({"harness": "llama.cpp", "type": "session", **self.LLAMA["conv"]}), ""]
        lines += [json.dumps({"message": m, "type": "message"}) for m in self.LLAMA["messages"]]
        lines += [json.dumps({"type": "kind of next year", "x": [1]})]
        text = "\n".join(lines)
        self.check_llama(self.write("one.jsonl", text))
        archive = self.dir / "all.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
            out.writestr("2026_conv.jsonl", text)
            out.writestr("readme.txt", "not this")
        self.check_llama(archive)

    def test_the_first_llama_ui_had_no_branches(self):
        document, tree = self.tree(self.write("old.json", json.dumps(
            {"id": "conv-1", "lastModified": 1734087548943, "messages": [
                {"id": 1734086764521, "role": "user", "content": "hi"},
                {"id": 1734087548327, "role": "assistant", "content": "ho", "timings": {"prompt_n": 1}}]})))
        self.assertEqual(tree, [("user", "hi", None), ("assistant", "ho", "hi")])
        self.assertEqual(document["title"], "hi")

    def chatgpt(self):
        def node(name, parent, children, role=None, parts=None, seconds=0.0, **more):
            message = None if role is None else {
                "id": name, "author": {"role": role, "name": None, "metadata": {}}, "create_time": seconds or None,
                "content": {"content_type": more.pop("content_type", "text"), "parts": parts},
                "status": "finished_successfully", "recipient": more.pop("recipient", "all"),
                "metadata": more.pop("metadata", {})}
            return name, {"id": name, "message": message, "parent": parent, "children": children}
        return {"title": "Trees", "create_time": 1.7e9, "update_time": 1.7e9 + 50, "current_node": "z-old",
                "conversation_id": "c", "mapping": dict([
                    node("z-old", "q", [], "assistant", ["the first answer"], 1.7e9 + 2, metadata={"model_slug": "gpt-x"}),
                    node("a-new", "q", ["more"], "assistant", ["part one", "part two"], 1.7e9 + 3),
                    node("more", "a-new", ["call"], "user", ["look: ", {"content_type": "image_asset_pointer"}],
                         1.7e9 + 4, content_type="multimodal_text"),
                    node("call", "more", ["tool"], "assistant", ["search()"], 1.7e9 + 5, recipient="browser"),
                    node("tool", "call", ["end"], "tool", ["found"], 1.7e9 + 6),
                    node("end", "tool", [], "assistant", ["it is a tree"], 1.7e9 + 7),
                    node("q", "sys", ["z-old", "a-new"], "user", ["what is this?"], 1.7e9 + 1),
                    node("sys", "root", ["q"], "system", [""], metadata={"is_visually_hidden_from_conversation": True}),
                    node("root", None, ["sys"])])}

    CHATGPT_TREE = [("user", "what is this?", None), ("assistant", "part one\npart two", "what is this?"),
                    ("user", "look: ", "part one\npart two"), ("assistant", "it is a tree", "look: "),
                    ("assistant", "the first answer", "what is this?")]

    def test_chatgpt(self):
        document, tree = self.tree(self.write("conversations.json", json.dumps([self.chatgpt()])))
        self.assertEqual(tree, self.CHATGPT_TREE)
        self.assertEqual(document["title"], "Trees")
        self.assertEqual(document["tree"][0]["created_ms"], 1_700_000_001_000)
        self.assertEqual([m["text"] for m in document["messages"]], ["what is this?", "the first answer"])
        archive = self.dir / "export.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
            out.writestr("chat.html", "<html>" * 1000)
            out.writestr("conversations.json", json.dumps([self.chatgpt()]))
        self.assertEqual(self.tree(archive)[1], self.CHATGPT_TREE)

    def test_chatgpt_repairs_are_told(self):
        broken = self.chatgpt()
        broken["mapping"]["q"]["parent"] = "nowhere"
        broken["mapping"]["loop1"] = {"parent": "loop2", "children": ["loop2"], "message": {
            "author": {"role": "user"}, "content": {"content_type": "text", "parts": ["round"]}}}
        broken["mapping"]["loop2"] = {"parent": "loop1", "children": ["loop1"], "message": None}
        file = self.write("conversations.json", json.dumps([broken, {"title": "nothing", "mapping": {}}]))
        said = json.loads(cli("import", file, "--out", self.dir / "r.gscope", "--json"))
        notes = "\n".join(said["notes"])
        self.assertIn("messages whose parent is not in the file became first messages: 1", notes)
        self.assertIn("messages that follow themselves were left out: 1", notes)
        self.assertIn("messages to and from tools were left out: 2", notes)
        self.assertIn("conversations without a message were left out: 1", notes)
        self.assertEqual(self.tree(file)[1], self.CHATGPT_TREE)

    def test_gpt4all_of_every_version(self):
        for version in range(1, 13):
            parts = b""
            if version >= 12:
                call = (q_string("ToolCall: ") + q_string("code") + q_string("run") + struct.pack(">q", 1)
                        + q_string("code") + struct.pack(">iI", 0, 10) + b"\0" + q_string("1+1")
                        + q_string("2") + struct.pack(">i", 0) + q_string("") + struct.pack(">q", 0))
                think = q_string("Think: ") + q_string("hm") + struct.pack(">i", 300) + struct.pack(">q", 0)
                text = q_string("Text: ") + q_string("first ") + struct.pack(">q", 0)
                parts = (q_string("Response: ") + q_string("") + struct.pack(">q", 3) + text + think + call)
            items = [chat_item(version, "Prompt: ", "why \U0001F600?"),
                     chat_item(version, "Response: ", "because", parts, 1 if parts else 0, sources=2)]
            file = self.write(f"gpt4all-{version}.chat", chat_file(version, items))
            document, tree = self.tree(file)
            reply = "first because" if version >= 12 else "because"
            self.assertEqual(tree, [("user", "why \U0001F600?", None), ("assistant", reply, "why \U0001F600?")])
            self.assertEqual(document["title"], "A chat")
            self.assertEqual(document["model_facts"]["name"], "Llama 3")
            self.assertEqual(document["tree"][1]["created_ms"], 1_700_000_000_000)
        self.assertIn("[IMPORT-065]", cli("import", self.write("13.chat", chat_file(13, items)), "--out",
                                          self.dir / "x.gscope", status=3))

    def test_a_profile_takes_all_or_nothing_and_nothing_twice(self):
        profile = self.dir / "profile"
        good = self.write("good.json", json.dumps([self.LLAMA, {"conv": {"id": "2", "name": "Other"}, "messages": [
            {"id": 1, "role": "user", "content": "x", "parent": -1}]}]))
        bad = self.write("bad.json", "[1")
        self.assertIn("[IMPORT-06", cli("import", good, bad, "--profile-dir", profile, status=3))
        self.assertFalse((profile / "library.sqlite").exists())
        first = json.loads(cli("import", good, "--profile-dir", profile, "--json"))
        self.assertEqual((first["conversations"], first["messages"], first["already_there"]), (2, 5, 0))
        again = json.loads(cli("import", good, "--profile-dir", profile, "--json"))
        self.assertEqual((again["conversations"], again["messages"], again["already_there"]), (0, 0, 2))
        (profile / "lock").write_text(f"{os.getpid()}\ngatescope\nhost\n")  # as the window's QLockFile
        self.assertIn("in use", cli("import", good, "--profile-dir", profile, status=2))

    def test_a_damaged_member_of_an_archive_is_refused(self):
        archive = self.dir / "export.zip"
        with zipfile.ZipFile(archive, "w") as out:
            out.writestr("conversations.json", json.dumps([self.chatgpt()]))
        data = bytearray(archive.read_bytes())
        data[200] ^= 1
        self.assertIn("[IMPORT-066]", cli("import", self.write("bad.zip", bytes(data)), "--out", self.dir / "x.gscope",
                                          status=3))

    def hostile_recording(self):
        texts = [("user", f"{HOSTILE}\nsecond line"), ("assistant", f"before\n```html\n{HOSTILE}\n\n  x\n```\nafter {HOSTILE}\n```c\nopen"),
                 ("user", "last question")]
        recording = self.dir / "hostile.gscope"
        cli("import", self.write("h.json", json.dumps(
            {"id": "1", "lastModified": 1, "messages": [{"id": i, "role": r, "content": t} for i, (r, t) in enumerate(texts)]})),
            "--out", recording)
        return recording, texts

    def test_the_chat_page_is_text_for_a_parser_and_a_browser(self):
        recording, texts = self.hostile_recording()
        cli("record", "export", recording, "--format", "chat-html", "--out", self.dir)
        file = self.dir / "hostile-chat.html"
        page = Page(file.read_text())
        self.assertNotIn("script", page.tags)
        self.assertNotIn("img", page.tags)
        for forbidden in ("http:", "https:", "src=", "url(", "@import"):
            self.assertNotIn(forbidden, file.read_text().replace("src=x", ""))
        self.assertEqual(len(page.articles), 3)
        self.assertIn(texts[0][1], page.articles[0])
        self.assertIn(f"{HOSTILE}\n\n  x\n", page.articles[1])
        self.assertIsNotNone(CHROMIUM, "Chromium is missing")
        with tempfile.TemporaryDirectory() as profile:
            dump = subprocess.run(
                [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={profile}",
                 "--dump-dom", file.as_uri()], capture_output=True, text=True, timeout=120).stdout
        shown = Page(dump)
        self.assertEqual(shown.articles, page.articles)
        self.assertEqual(shown.tags, page.tags)

    def test_markdown_is_read_back_by_its_headings(self):
        recording, texts = self.hostile_recording()
        cli("record", "export", recording, "--format", "md", "--out", self.dir)
        text = (self.dir / "hostile.md").read_text()
        self.assertEqual(text.count("\n## User\n"), 2)
        self.assertEqual(text.count("\n## Assistant\n"), 1)
        self.assertTrue(text.endswith("open\n```\n\n## User\n\nlast question\n"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
