#!/usr/bin/env python3
"""Compares what nvcc gave each CUDA kernel with kernels/cuda/budget.txt.

usage: cuda_budget.py BUILD_FOLDER BUDGET [--write]

Registers decide how many threads a multiprocessor holds, shared memory how many blocks. A kernel may not need more
than its row says, and the table may not promise less than is there: either is a change to look at, and `--write`
writes it down. Of a kernel that exists for many types of weights the row has the largest figure. Exit status 1: they
differ, or a kernel was compiled to nothing. Reads the *.resources that kernels/cuda/keep-resources leaves beside each object.
"""
import pathlib
import re
import subprocess
import sys


def measured(folder, sources):
    """{kernel: {"sm_90": (registers, shared bytes)}}, the largest of a kernel's types."""
    out = {}
    name = arch = None
    for file in sorted(pathlib.Path(folder).rglob("*.cu.o.resources")):
        if not (sources / file.name.removesuffix(".o.resources")).exists():
            continue  # left in an old build folder by a kernel that is gone
        for line in file.read_text().splitlines():
            if found := re.search(r"Compiling entry function '(\S+)' for '(sm_\d+)'", line):
                name, arch = kernel_name(found.group(1)), found.group(2)
            elif found := re.search(r"Used (\d+) registers", line):
                shared = re.search(r"(\d+) bytes smem", line)
                registers = int(found.group(1))
                # A kernel that does something needs more; nvcc makes an empty one of code that it takes for unreachable.
                if registers < 8:
                    sys.exit(f"error: {name} has {registers} registers on {arch}: it was compiled to nothing ({file})")
                bytes_ = int(shared.group(1)) if shared else 0
                before = out.setdefault(name, {}).get(arch, (0, 0))
                out[name][arch] = max(before[0], registers), max(before[1], bytes_)
    return out


NAMES = {}


def kernel_name(mangled):
    """gatescope::kernels::cuda::(anonymous)::matvecKernel<...>(...) -> matvecKernel"""
    if mangled not in NAMES:
        plain = subprocess.run(["c++filt", mangled], capture_output=True, text=True, check=True).stdout
        NAMES[mangled] = re.search(r"(\w+Kernel)\b", plain).group(1)
    return NAMES[mangled]


def table(kernels):
    archs = sorted({arch for rows in kernels.values() for arch in rows}, key=lambda arch: int(arch[3:]))
    lines = ["# Registers a thread on each architecture, and bytes of shared memory a block without what a launch adds.",
             "# Written by tests/bench/cuda_budget.py --write; the test cuda_budget compares.",
             f"# {'kernel':<22}" + "".join(f"{arch:>8}" for arch in archs) + f"{'shared':>8}"]
    for name in sorted(kernels):
        rows = kernels[name]
        lines.append(f"{name:<24}" + "".join(f"{rows[arch][0]:>8}" for arch in archs) +
                     f"{max(shared for _, shared in rows.values()):>8}")
    return "\n".join(lines) + "\n"


def main():
    folder, budget = sys.argv[1], pathlib.Path(sys.argv[2])
    kernels = measured(folder, budget.parent)
    if not kernels:
        sys.exit(f"error: no *.cu.o.resources below {folder}: build gatescope_cuda_kernels first")
    new = table(kernels)
    if "--write" in sys.argv[3:]:
        budget.write_text(new)
        return
    old = budget.read_text()
    if old == new:
        return
    for before, after in zip(old.splitlines(), new.splitlines()):
        if before != after:
            print(f"budget:   {before}\ncompiled: {after}")
    sys.exit(f"error: the kernels no longer match {budget}; look at the change, then cuda_budget.py --write")


if __name__ == "__main__":
    main()
