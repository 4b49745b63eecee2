#!/usr/bin/env python3
"""What llama.cpp's own package says to damaged files: a = takes it, r = refuses it, h = still reading after a second.

    venv/bin/python make_verdicts.py > verdicts.txt        (the venv of make_fixtures.py)

Line: seed file, then one letter for each damage 0, 1, 2 ... tests/unit/engine/model/gguf/gguf_package_test.cpp does
the same damage and compares.
"""
import os
import signal
import sys
import tempfile

import gguf

SEEDS = ("package-split-00002-of-00003.gguf", "package-q4_0.gguf", "package-f32.gguf")
ROUNDS = 2500
MASK = (1 << 64) - 1


def mixed(x):
    """The output function of SplitMix64."""
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & MASK
    return x ^ (x >> 31)


def damaged(seed, header, index):
    """Damage number `index` of a file whose header has `header` bytes."""
    r = mixed((index + 1) * 0x9E3779B97F4A7C15 & MASK)
    at = (r >> 8) % header
    kind = r % 5
    data = bytearray(seed)
    if kind == 0:
        data[at] = (r >> 40) & 255
    elif kind == 1:
        data[at:at + 8] = ((1 << ((r >> 40) % 64)) - (r >> 48) % 2).to_bytes(8, "little")
    elif kind == 2:
        del data[at:]
    elif kind == 3:
        del data[at:at + 1 + (r >> 40) % 8]
    else:  # near the start, where the first keys and counts stand
        data[at % 200] = (data[at % 200] + 1 + (r >> 40) % 3) & 255
    return bytes(data)


class Hang(Exception):
    pass


def on_alarm(*_):
    raise Hang


def verdict(data, path):
    with open(path, "wb") as file:
        file.write(data)
    signal.setitimer(signal.ITIMER_REAL, 1.0)
    try:
        gguf.GGUFReader(path)
        return "a"
    except Hang:
        return "h"
    except Exception:  # the package has no error type of its own
        return "r"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def main():
    signal.signal(signal.SIGALRM, on_alarm)
    here = os.path.dirname(os.path.abspath(__file__))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "m.gguf")
        for name in SEEDS:
            with open(os.path.join(here, name), "rb") as file:
                seed = file.read()
            header = gguf.GGUFReader(os.path.join(here, name)).data_offset
            letters = (verdict(damaged(seed, header, i), path) for i in range(ROUNDS))
            print(name, "".join(letters))
            sys.stdout.flush()


main()
