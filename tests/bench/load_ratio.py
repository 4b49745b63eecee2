#!/usr/bin/env python3
"""Measures how much of the disk's speed loading a checkpoint reaches: dd and gatescope-cli in turn, in one run.

usage: load_ratio.py GATESCOPE_CLI MODEL [--rounds N] [--cold-memory]

Before each reading the files leave the page cache, and as much memory as they fill is made and freed: the host of a
virtual machine takes free memory back, and making it again would cost the loader more time than the disk does
(--cold-memory shows that instead). dd reads them one after the other, through the cache and around it (iflag=direct,
which takes no memory), in blocks of 16 MiB; the faster of the two is what the disk can do. Prints the median of each, their
ratio, and the loader's peak memory beside the bytes of the weights.
"""
import argparse
import json
import mmap
import os
import statistics
import subprocess
import sys
import time


def files_of(model):
    folder = os.path.join(model, "ckpt-0")
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]


def forget(files):
    os.sync()
    for path in files:
        fd = os.open(path, os.O_RDONLY)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(fd)


def make_memory(total):
    """Twice: while the first pass waits for its last pages, the host takes back what was free before."""
    for _ in range(2):
        with mmap.mmap(-1, total) as memory:
            memory.madvise(mmap.MADV_HUGEPAGE)
            memory[:: mmap.PAGESIZE] = bytes(len(range(0, total, mmap.PAGESIZE)))


def dd_seconds(files, flags):
    start = time.monotonic()
    for path in files:
        subprocess.run(["dd", f"if={path}", "of=/dev/null", "bs=16M", *flags], check=True, stderr=subprocess.DEVNULL)
    return time.monotonic() - start


def prepare(files, total, cold_memory):
    forget(files)
    if not cold_memory:
        make_memory(total)


def load(cli, model):
    run = subprocess.run([cli, "bench", model, "-p", "1", "-n", "1", "--start", "cold", "--json"], check=True, capture_output=True)
    return json.loads(run.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cli")
    parser.add_argument("model")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cold-memory", action="store_true", help="leave the memory as it is before each reading")
    options = parser.parse_args()
    files = files_of(options.model)
    total = sum(os.path.getsize(path) for path in files)
    seconds = {"dd": [], "dd direct": [], "load": []}
    peak = 0
    for round_number in range(options.rounds):
        prepare(files, total, options.cold_memory)
        seconds["dd"].append(dd_seconds(files, []))
        prepare(files, total, options.cold_memory)
        seconds["dd direct"].append(dd_seconds(files, ["iflag=direct"]))
        prepare(files, total, options.cold_memory)
        report = load(options.cli, options.model)
        seconds["load"].append(report["load_s"])
        peak = max(peak, report["peak_rss_bytes"])
        print(f"round {round_number + 1}: " + ", ".join(f"{name} {times[-1]:.2f} s" for name, times in seconds.items()),
              file=sys.stderr)
    median = {name: statistics.median(times) for name, times in seconds.items()}
    for name, value in median.items():
        print(f"{name:<10} {total / value / 1e9:6.2f} GB/s")
    best = min(median["dd"], median["dd direct"])
    print(f"load reaches {best / median['load']:.0%} of the faster dd; "
          f"peak memory {peak / 1e9:.2f} GB for {total / 1e9:.2f} GB of files")


if __name__ == "__main__":
    main()
