"""Makes one text file per domain from the unpacked Debian packages and the generators.

    python build_corpus.py SOURCES OUT        SOURCES: the folder that fetch_sources.sh filled

Documents are separated by a NUL line. One seed gives one corpus. See README.md for what each source
is and its licence.
"""

import hashlib
import html
import random
import re
import struct
import sys
import zlib
from pathlib import Path
from typing import Iterable, Iterator

import generated_text as own
from wordnet_chat import Chat

SEPARATOR = "\n\0\n"
TAG = re.compile(r"<[^>]+>")


def plain(markup: str) -> str:
    """HTML to text: block elements end a line, everything else is inline; only <pre> keeps its own
    line breaks.
    """
    markup = re.sub(
        r"(?is)<(script|style|head|nav|aside|header|footer|noscript).*?</\1>", "", markup
    )
    parts = re.split(r"(?is)(<pre.*?</pre>)", markup)
    markup = "".join(
        part if part[:4].lower() == "<pre" else part.replace("\n", " ") for part in parts
    )
    markup = re.sub(r"(?i)</(p|h\d|li|tr|pre|div|dt|dd)>|<br */?>", "\n", markup)
    text = html.unescape(TAG.sub("", markup)).replace("\xa0", " ").replace("\r", "")
    text = "\n".join(re.sub(r"[ \t]+", " ", line).strip() for line in text.split("\n"))
    return re.sub(r"\n{2,}", "\n", text)


def help_pages(folder: Path) -> Iterator[str]:
    """LibreOffice help: the content part of each page; long lines that occur again (notes,
    licences) only once.
    """
    seen = set()
    for page in sorted(folder.rglob("*.html")):
        markup = page.read_text(errors="replace")
        start = markup.find('id="DisplayArea"')
        if start < 0:
            continue
        end = markup.find("<footer", start)
        lines = []
        for line in plain("<" + markup[start : end if end > 0 else None]).split("\n"):
            if len(line) < 4 or (len(line) > 40 and line in seen):
                continue
            seen.add(line)
            lines.append(line)
        yield "\n".join(lines)


def sword_text(folder: Path, verses_per_document: int = 24) -> Iterator[str]:
    """A SWORD zText module (blocks of zlib data; .bzs indexes blocks, .bzv verses), some verses a
    document.
    """
    for testament in ("ot", "nt"):
        index, data, verses = ((folder / f"{testament}.bz{part}").read_bytes() for part in "szv")
        blocks = []
        for at in range(0, len(index) - 11, 12):
            offset, size, _ = struct.unpack_from("<III", index, at)
            try:
                blocks.append(zlib.decompress(data[offset : offset + size]))
            except zlib.error:
                blocks.append(b"")
        chapters: dict[int, list[str]] = {}
        for at in range(0, len(verses) - 9, 10):
            block, start, size = struct.unpack_from("<IIH", verses, at)
            if size and block < len(blocks):
                verse = blocks[block][start : start + size].decode("utf-8", "replace")
                verse = re.sub(r"(?s)<(note|title).*?</\1>", "", verse)
                verse = re.sub(r"\s+", " ", html.unescape(TAG.sub("", verse))).strip()
                if verse:
                    chapters.setdefault(block, []).append(verse)
        for block in sorted(chapters):
            for at in range(0, len(chapters[block]), verses_per_document):
                yield " ".join(chapters[block][at : at + verses_per_document])


def code(files: Iterable[Path], longest_file: int = 120_000) -> Iterator[str]:
    """Source files; a file is cut at blank lines into documents of about 6000 characters."""
    files = sorted(files)
    random.Random(1).shuffle(files)
    for file in files:
        text = file.read_text(encoding="utf-8", errors="replace").replace("\r", "")
        if (
            not 200 <= len(text) <= longest_file
            or max(map(len, text.split("\n"))) > 300
            or "\ufffd" in text
        ):
            continue
        part = ""
        for block in text.split("\n\n"):
            part += block + "\n\n"
            if len(part) > 6000:
                yield part
                part = ""
        yield part


def write(
    out: Path, name: str, documents: Iterable[str], most_bytes: int = 20_000_000, shortest: int = 40
) -> None:
    seen, size, count = set(), 0, 0
    with (out / f"{name}.txt").open("w", encoding="utf-8") as file:
        for document in documents:
            document = document.strip()
            digest = hashlib.md5(document.encode()).digest()
            if len(document) < shortest or digest in seen:
                continue
            seen.add(digest)
            file.write(document + SEPARATOR)
            size += len(document.encode())
            count += 1
            if size > most_bytes:
                break
    print(f"{name:8s} {count:7d} documents {size / 1e6:6.1f} MB", flush=True)


def main() -> None:
    sources, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    wordnet = sources / "wordnet-base/usr/share/wordnet"
    chat = Chat(
        wordnet, sources / "wordnet-sense-index/usr/share/wordnet/index.sense", random.Random(3)
    )
    write(out, "chat", chat.conversations(120_000), 24_000_000)
    write(out, "maths", own.maths(random.Random(5), 120_000), 9_000_000, shortest=20)
    write(out, "stories", own.stories(random.Random(7), 20_000), 12_000_000)
    modules = "usr/share/sword/modules/texts/ztext"
    write(out, "bible", sword_text(sources / "sword-text-web" / modules / "engWEB2015eb"))
    write(out, "spanish", sword_text(sources / "sword-text-sparv" / modules / "spaRV1909eb"))
    write(
        out,
        "german",
        help_pages(sources / "libreoffice-help-de/usr/share/libreoffice/help/de/text"),
        shortest=200,
    )
    write(
        out,
        "manual",
        (
            plain(p.read_text(errors="replace"))
            for p in sorted(
                (sources / "postgresql-doc-15/usr/share/doc/postgresql-doc-15/html").glob("*.html")
            )
        ),
        shortest=300,
    )
    python = [
        p
        for package in ("libpython3.11-stdlib", "libpython3.11-minimal")
        for p in (sources / package / "usr/lib/python3.11").rglob("*.py")
        if p.is_file() and "encodings" not in p.parts and "lib2to3" not in p.parts
    ]
    write(out, "python", code(python))
    c_files = [
        p
        for tree in ("sqlite3/src", "sqlite3/ext/misc", "lua5.4/src", "zlib", "musl/src")
        for p in (sources / tree).rglob("*.[ch]")
    ]
    write(out, "c", code(c_files + list((sources / "libstb-dev/usr/include").rglob("*.h"))))


if __name__ == "__main__":
    main()
