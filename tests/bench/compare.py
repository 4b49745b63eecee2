#!/usr/bin/env python3
"""Compares gatescope-cli with llama-bench programs: the same file, the same threads on the same cores, in turn.

usage: compare.py GATESCOPE_CLI MODEL.gguf --peer NAME="PATH [options]" [--peer ...] [-t 2] [--cpus 0,1] [--pairs 5]
                  [-p 512] [-n 64] [--depth 2048] [--competitor CPU] [--measures prefill,decode,...]

A peer is a llama-bench of llama.cpp or ik_llama.cpp that you built for this machine (Release, GGML_NATIVE), with the options
it is best with:

    compare.py build/release/bin/gatescope-cli bench-1b-q8_0.gguf --peer llama.cpp=$HOME/llama.cpp/build/bin/llama-bench \\
        --peer ik_llama.cpp="$HOME/ik_llama.cpp/build/bin/llama-bench -fa 0 -rtr 1" --depth 2048 --competitor 0

In each round every program runs once for each measure, another one first each time. Printed is a Markdown table: the median
of each program, and the median and the range of the ratios within a round; above 1 Gatescope is the better one.
--competitor adds decoding beside an endless loop that is pinned to that core. Peak memory is the process's own, Gatescope's
without the 512 MiB that it measures the memory with. "First token": Gatescope from opening the model, the others the whole
process, both with the file in the page cache.
"""
import argparse
import contextlib
import json
import os
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

UNITS = {"prefill": "tokens/s", "decode": "tokens/s", "depth": "tokens/s", "competitor": "tokens/s",
         "first token": "s", "memory": "MB"}
LESS_IS_BETTER = ("first token", "memory")


def run(command, cpus):
    """What a command prints, the seconds it takes, and its peak memory in bytes."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        start = time.monotonic()
        process = subprocess.Popen(["taskset", "-c", cpus, *command], stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        out.seek(0)
        err.seek(0)
        if status != 0:
            sys.exit(f"{shlex.join(command)} ended with status {os.waitstatus_to_exitcode(status)}:\n{err.read()[-2000:]}")
        return out.read(), seconds, usage.ru_maxrss * 1024


@contextlib.contextmanager
def busy_loop(cpu):
    loop = subprocess.Popen(["taskset", "-c", str(cpu), sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        loop.kill()
        loop.wait()


class Gatescope:
    name = "Gatescope"

    def __init__(self, path, options):
        self.path = path
        self.options = options
        self.reports = []

    def bench(self, prompt, generated):
        o = self.options
        text, _, _ = run([self.path, "bench", o.model, "-p", str(prompt), "-n", str(generated), "-t", str(o.threads),
                          "--start", "warm", "--json"], o.cpus)
        return json.loads(text)

    def measure(self, what):
        o = self.options
        if what == "prefill":
            return self.bench(o.prompt, 0)["prefill_tok_s"]
        if what == "depth":
            return self.bench(o.depth, o.generated)["decode_tok_s"]
        if what == "first token":
            return self.bench(1, 0)["first_token"]["warm"]["seconds"]
        if what == "memory":
            return self.bench(o.prompt, o.generated)["peak_rss_bytes"] / 1e6
        report = self.bench(0, o.generated)
        if what == "decode":
            self.reports.append(report)
        return report["decode_tok_s"]


class Peer:
    def __init__(self, text, options):
        self.name, _, command = text.partition("=")
        self.command = shlex.split(command)
        if not self.command:
            sys.exit(f"--peer {text}: expected NAME=PATH, with options of llama-bench behind the path")
        self.options = options
        self.help = subprocess.run([self.command[0], "--help"], capture_output=True, text=True).stdout
        self.build = "unknown"

    def has(self, option):
        return re.search(rf"^\s+(.*, )?{option}\b", self.help, re.MULTILINE) is not None

    def bench(self, *arguments):
        o = self.options
        text, seconds, peak = run([*self.command, "-m", o.model, "-t", str(o.threads), "-r", "1", "-o", "json", *arguments],
                                  o.cpus)
        result = json.loads(text)[-1]
        self.build = result.get("build_commit", self.build)
        return result["avg_ts"], seconds, peak

    def measure(self, what):
        o = self.options
        if what == "prefill":
            return self.bench("-p", str(o.prompt), "-n", "0")[0]
        if what == "depth":
            where = ["-n", str(o.generated), "-d", str(o.depth)] if self.has("-d") else ["-n", "0", "-gp",
                                                                                        f"{o.depth},{o.generated}"]
            return self.bench("-p", "0", *where)[0]
        if what == "first token":
            return self.bench("-p", "1", "-n", "0", *(["--no-warmup"] if self.has("--no-warmup") else ["-w", "0"]))[1]
        if what == "memory":
            return self.bench("-p", str(o.prompt), "-n", str(o.generated))[2] / 1e6
        return self.bench("-p", "0", "-n", str(o.generated))[0]


def measure_all(engines, measures, options):
    """{measure: {engine name: [value of each round]}}"""
    values = {what: {engine.name: [] for engine in engines} for what in measures}
    for number in range(options.pairs):
        for what in measures:
            for engine in engines[number % len(engines):] + engines[:number % len(engines)]:
                with busy_loop(options.competitor) if what == "competitor" else contextlib.nullcontext():
                    values[what][engine.name].append(engine.measure(what))
            print(f"round {number + 1}, {what}: " +
                  ", ".join(f"{name} {rounds[-1]:.4g}" for name, rounds in values[what].items()), file=sys.stderr)
    return values


def ratio_text(what, ours, theirs):
    ratios = sorted(b / a if what in LESS_IS_BETTER else a / b for a, b in zip(ours, theirs))
    return f"**{statistics.median(ratios):.2f}** ({ratios[0]:.2f} to {ratios[-1]:.2f})"


def label(what, options):
    return {"prefill": f"prefill {options.prompt}", "depth": f"decode at depth {options.depth}",
            "competitor": f"decode beside a busy loop on core {options.competitor}",
            "memory": "peak memory"}.get(what, what) + f", {UNITS[what]}"


def speed_text(values, what, name):
    text = f"{statistics.median(values[what][name]):.4g}"
    if what != "competitor" or "decode" not in values:
        return text
    shares = [beside / alone for beside, alone in zip(values[what][name], values["decode"][name])]
    return text + f" ({statistics.median(shares):.2f} of alone)"


def print_table(values, engines, options):
    ours, *peers = [engine.name for engine in engines]
    print(f"| {os.path.basename(options.model)}, {options.threads} threads | {ours} | " +
          " | ".join(f"{peer} | ratio" for peer in peers) + " |")
    print("|---|---:|" + "---:|---:|" * len(peers))
    for what, by_engine in values.items():
        cells = [speed_text(values, what, ours)]
        for peer in peers:
            cells += [speed_text(values, what, peer), ratio_text(what, by_engine[ours], by_engine[peer])]
        print(f"| {label(what, options)} | " + " | ".join(cells) + " |")


def print_machine(gatescope, peers, options):
    print()
    for key, text in (("bandwidth_gb_s", "read bandwidth {:.1f} GB/s"), ("read_percent", "of it reached {:.0f} %"),
                      ("read_gb_s", "weights read at {:.1f} GB/s"), ("competing_load", "competing load {:.1%}")):
        known = [report[key] for report in gatescope.reports if report[key] is not None]
        if known:
            print(text.format(statistics.median(known)) + ("" if key == "competing_load" else ","), end=" ")
    report = gatescope.reports[-1]
    print(f"(medians while decoding); {report['cpu_model']}; {report['weight_bytes_per_token'] / 1e6:.1f} MB a token; "
          f"{options.pairs} rounds, all pinned to cores {options.cpus}; " +
          ", ".join(f"{peer.name} {peer.build}" for peer in peers))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cli")
    parser.add_argument("model")
    parser.add_argument("--peer", action="append", required=True, metavar="NAME=PATH")
    parser.add_argument("-t", "--threads", type=int, default=2)
    parser.add_argument("--cpus", default="0,1", help="cores for all, as taskset -c takes them")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("-p", "--prompt", type=int, default=512)
    parser.add_argument("-n", "--generated", type=int, default=64)
    parser.add_argument("--depth", type=int, help="also decode behind so many tokens")
    parser.add_argument("--competitor", type=int, metavar="CPU", help="also decode beside a busy loop on that core")
    parser.add_argument("--measures", help="of " + ", ".join(UNITS) + "; all that the other options allow")
    options = parser.parse_args()
    gatescope = Gatescope(options.cli, options)
    peers = [Peer(text, options) for text in options.peer]
    measures = options.measures.split(",") if options.measures else [
        what for what in UNITS if not (what == "depth" and options.depth is None)
        and not (what == "competitor" and options.competitor is None)]
    for what in measures:
        if what not in UNITS:
            parser.error(f"--measures: there is no {what}")
        if what in ("depth", "competitor") and getattr(options, what) is None:
            parser.error(f"--measures {what} needs --{what}")
    values = measure_all([gatescope, *peers], measures, options)
    print_table(values, [gatescope, *peers], options)
    if gatescope.reports:
        print_machine(gatescope, peers, options)


if __name__ == "__main__":
    main()
