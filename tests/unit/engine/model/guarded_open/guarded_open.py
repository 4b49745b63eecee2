#!/usr/bin/env python3
"""Opens good and hostile models under strace: no process, no socket, no file outside the model.

Usage: guarded_open.py PROBE          (open_model_probe of this folder)
Exit 0: as promised; 1: not; 77: this machine does not let strace trace (never in CI).
"""

import os
import re
import subprocess
import sys
import tempfile

BEGIN = "gatescope-probe-begins"
# What the C library and the engine read to know the machine; nothing of a model, nothing of a user.
SYSTEM_FILES = {"/proc/meminfo", "/sys/devices/system/cpu/online", "/proc/sys/vm/overcommit_memory",
                "/proc/self/maps", "/proc/cpuinfo", "/proc/stat"}
FORBIDDEN = re.compile(r"\b(execve|execveat|socket|connect|vfork|fork)\(")
OPENED = re.compile(r"\b(?:open|openat|openat2)\(.*\) = \d+<(.*)>$")
# Expected exit status and a piece of the sentence.
CASES = {
    "good": (0, ""),
    "os-system": (3, '"os.system"'),
    "posix-system": (3, '"posix.system"'),
    "eval": (3, '"builtins.eval"'),
    "numpy-load": (3, '"numpy.load"'),
    "webbrowser": (3, '"webbrowser.open"'),
    "web-page": (3, "web page"),
    "lfs": (3, "git-lfs"),
    "empty": (3, "empty"),
    "truncated": (3, "missing"),
    "link-tensor": (3, "symbolic link"),
    "link-config": (3, "symbolic link"),
    "link-tokenizer": (3, "symbolic link"),
    "link-folder": (3, "symbolic link"),
    "gguf": (0, ""),
    "gguf-link": (3, "symbolic link"),
    "gguf-missing": (3, "missing"),
    "gguf-web-page": (3, "web page"),
    "gguf-truncated": (3, "missing"),
    "hf-good": (0, ""),
    "hf-link": (3, "symbolic link"),
    "hf-escape": (3, "in the same folder"),
    "hf-pickle": (3, "can run any code"),
}


def trace(log, command):
    """Runs command under strace; returns (result, lines behind the probe's marker)."""
    # A sanitizer's leak check is a tracer itself and cannot run inside another one.
    env = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
    calls = "execve,execveat,socket,connect,fork,vfork,open,openat,openat2"
    result = subprocess.run(["strace", "-f", "-y", "-e", "trace=" + calls, "-o", log] + command,
                            env=env, capture_output=True, text=True, check=False)
    with open(log, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    starts = [i for i, line in enumerate(lines) if BEGIN in line]
    return result, lines[starts[0] + 1:] if starts else None


def violations(lines, model):
    """The lines that show something other than reading below `model`."""
    found = []
    for line in lines:
        opened = OPENED.search(line)
        if FORBIDDEN.search(line):
            found.append(line)
        elif opened:
            path = opened.group(1)
            inside = path == model or path.startswith(model + "/")
            if not inside and path not in SYSTEM_FILES:
                found.append(line)
    return found


def check_case(probe, folder, name, status, sentence):
    model = os.path.join(folder, name)
    result, lines = trace(os.path.join(folder, "log"), [probe, "open", model])
    problems = []
    if lines is None:
        return [f"{name}: the probe never began: {result.stderr}"]
    if result.returncode != status:
        problems.append(f"{name}: exit {result.returncode}, expected {status}: {result.stderr}")
    if sentence not in result.stderr or result.stderr.count("\n") != (1 if status else 0):
        problems.append(f"{name}: expected one line with {sentence!r}: {result.stderr!r}")
    problems += [f"{name}: {line}" for line in violations(lines, model)]
    weights = ("/ckpt-0", "/grok-00002-of-00002.gguf", "/model-0")
    if status == 0 and not any(model + file in line for line in lines for file in weights):
        problems.append(f"{name}: the log shows no tensor being read, so it proves nothing")
    return problems


def main():
    probe = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="gatescope-guarded-") as folder:
        folder = os.path.realpath(folder)
        subprocess.run([probe, "prepare", folder], check=True)
        result, lines = trace(os.path.join(folder, "log"), [probe, "misbehave", folder])
        if lines is None:
            print("strace cannot trace here:", result.stderr)
            return 1 if os.environ.get("CI") else 77
        seen = "\n".join(violations(lines, os.path.join(folder, "good")))
        problems = [f"the watcher does not see {what}"
                    for what in ("outside", "socket(", "execve(") if what not in seen]
        for name, (status, sentence) in CASES.items():
            problems += check_case(probe, folder, name, status, sentence)
        if os.path.exists(os.path.join(folder, "canary")):
            problems.append("the canary exists: something from a pickle was run")
    print("\n".join(problems) or f"{len(CASES)} models opened under watch")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
