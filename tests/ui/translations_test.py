#!/usr/bin/env python3
"""The catalogues against the sources, as Qt's own lupdate reads them: every text of the window is translated,
and each translation keeps what the program puts into it.

usage: translations_test.py LUPDATE SOURCE_DIR
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

LANGUAGES = ("de", "zh_CN")
# What may read the same as in English: names, symbols, terms of the field. Longer texts may not.
WORDS_THAT_MAY_BE_EQUAL = 3


def messages(catalogue):
    """(context, source) -> (translation, whether it is finished)."""
    found = {}
    for context in ElementTree.parse(catalogue).getroot().findall("context"):
        for message in context.findall("message"):
            key = (context.findtext("name"), message.findtext("source"))
            translation = message.find("translation")
            assert not list(translation), f"{key}: plural forms are not used here"
            found[key] = (translation.text or "", translation.get("type") is None)
    return found


def placeholders(text):
    return sorted(re.findall(r"%L?\d", text))


def mnemonics(text):
    return len(re.findall(r"&\w", text.replace("&&", "")))


def faults(language, kept, current):
    for context, source in current.keys() - kept.keys():
        yield f"{context}: new text, not in the catalogue: {source!r}"
    for context, source in kept.keys() - current.keys():
        yield f"{context}: no source says it any more: {source!r}"
    for (context, source), (translation, finished) in kept.items():
        def fault(what):
            return f"{context}: {what}: {source!r} -> {translation!r}"

        if not finished or not translation:
            yield fault("not translated")
            continue
        if placeholders(source) != placeholders(translation):
            yield fault("other placeholders")
        if mnemonics(source) != mnemonics(translation):
            yield fault("a mnemonic too many or too few")
        if source.endswith("…") != translation.endswith("…"):
            yield fault("an ellipsis too many or too few")
        if source.count("\n") != translation.count("\n"):
            yield fault("other line breaks")
        # Chinese sets no blank after its punctuation, so only other languages keep those at an end.
        if language != "zh_CN" and (source != source.lstrip(), source != source.rstrip()) != (
                translation != translation.lstrip(), translation != translation.rstrip()):
            yield fault("other blanks at an end")
        if source == translation and len(re.findall(r"[A-Za-z]{2,}", source)) > WORDS_THAT_MAY_BE_EQUAL:
            yield fault("as in English")
        if language == "zh_CN" and re.search(r"[a-z]{4,}( [a-z]{3,}){3,}", translation):
            yield fault("English words in a row")


def main():
    lupdate, source_dir = sys.argv[1], pathlib.Path(sys.argv[2])
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for language in LANGUAGES:
            name = f"gatescope_{language}.ts"
            kept = source_dir / "resources/translations" / name
            fresh = pathlib.Path(folder) / name
            shutil.copy(kept, fresh)
            run = subprocess.run([lupdate, "-I", ".", "-no-obsolete", "-locations", "none", "ui", "app/gui", "-ts", fresh],
                                 cwd=source_dir, capture_output=True, text=True, check=True)
            # A text outside a class with Q_OBJECT or Q_DECLARE_TR_FUNCTIONS is looked up under another name.
            for line in run.stderr.splitlines():
                if "lacks Q_OBJECT" in line or "Qualifying with unknown" in line:
                    print(f"{language}: {line}")
                    bad += 1
            current = messages(fresh)
            assert len(current) > 1000, f"lupdate found only {len(current)} texts"
            for fault in faults(language, messages(kept), current):
                print(f"{language}: {fault}")
                bad += 1
            print(f"{language}: {len(current)} texts")
    if bad:
        sys.exit(f"{bad} faults; resources/translations/update brings new texts into the catalogues")


main()
