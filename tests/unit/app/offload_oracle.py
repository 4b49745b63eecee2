#!/usr/bin/env python3
"""What `simulate-offload` and `heat` say, once more by NumPy from what `record export` gives.

    offload_oracle.py GATESCOPE_CLI MODEL WORK

Records texts of nine domains on MODEL into WORK/recordings, replays one of them through caches
written down here as plainly as they are defined, and compares hits and times. Then looks at all
recordings: is a policy better than LRU on what a model really does? Prints the numbers.
Exit status: 0 all agree, 1 not, 77 no NumPy.
"""
import csv
import json
import pathlib
import shutil
import subprocess
import sys

try:
    import numpy as np
except ImportError:
    print("no NumPy here")
    sys.exit(77)

CLI, MODEL, WORK = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
TOKENS = 200
# A question or an opening of each domain that the demo model was trained on.
DOMAINS = {
    "chat": "User: What is a router?\nAssistant:",
    "stories": "Once upon a time there was a little",
    "maths": "12 + 30 =",
    "bible": "In the beginning God created the heaven and the earth.",
    "spanish": "En un lugar de la Mancha, de cuyo nombre",
    "german": "Klicken Sie auf die Schaltfläche, um das Dokument",
    "manual": "The SELECT statement returns rows from",
    "python": "def main():\n    import os\n",
    "c": "static int\nread_header(struct file *f)\n{\n",
}
# What the program takes for itself, so that a change of its defaults changes nothing here.
MACHINE = ["--gpu-bandwidth", "4000", "--pcie", "56", "--cpu-bandwidth", "400", "--disk", "7"]


def cli(*arguments):
    return subprocess.run([CLI, *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def simulate(recordings, *options):
    return json.loads(cli("simulate-offload", *recordings, "--json", *MACHINE, *options))


def record():
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    prompts = WORK / "prompts.jsonl"
    prompts.write_text("".join(json.dumps({"prompt": text, "tag": tag, "id": tag, "max_tokens": TOKENS}) + "\n"
                               for tag, text in DOMAINS.items()), encoding="utf-8")
    cli("analyse", MODEL, "--prompts", prompts, "--out", WORK / "run", "--seed", 1, "--temp", 0.8, "--ignore-eos")
    return sorted((WORK / "run/recordings").glob("*.gscope"))


def arrays(recording):
    cli("record", "export", recording, "--out", WORK / "npz" / recording.stem, "--format", "npz")
    return np.load(WORK / "npz" / recording.stem / f"{recording.stem}.npz")


def last_use(selected, t, layer, e):
    """Token at which expert e of a layer was used last, up to and including t; -1: never."""
    times = np.nonzero((selected[layer, :t + 1] == e).any(axis=1))[0]
    return times[-1] if len(times) else -1


def faded(selected, t, layer, e, half_life):
    times = np.nonzero((selected[layer, :t + 1] == e).any(axis=1))[0]
    return np.exp2((times - t) / half_life).sum()


def count_hits(selected, counted, places, worth):
    """Hits of counted tokens by layer, with places of its own for each layer, worth(t, layer, e)."""
    layers, tokens, _ = selected.shape
    hits = np.zeros(layers, int)
    copies = 0
    for layer in range(layers):
        room = places // layers + (layer < places % layers)
        held = []
        for t in range(tokens):
            wanted = list(selected[layer, t])
            if counted[t]:
                hits[layer] += sum(e in held for e in wanted)
            for e in [e for e in wanted if e not in held]:
                if len(held) < room:
                    held.append(e)
                else:
                    least = min(held, key=lambda other: (worth(t, layer, other), other))
                    if worth(t, layer, e) <= worth(t, layer, least):
                        continue
                    held[held.index(least)] = e
                copies += counted[t]
    return hits, copies


def check_hits(recording):
    data = arrays(recording)
    selected, counted = data["selected"], data["generated"] == 1
    layers, _, k = selected.shape
    assert counted.sum() == TOKENS, counted.sum()
    for places in (12, 19):
        share = f"{100 * places / (layers * 8)}%"
        report = simulate([recording], "--memory", share, "--policy", "lru", "--policy", "decay:8")
        memory = report["memory"][0]
        assert memory["experts"] == places, memory["experts"]
        found = {(p["policy"], p["places"]): p for p in memory["policies"]}
        expected = {
            "lru": lambda t, layer, e: last_use(selected, t, layer, e),
            "decay:8": lambda t, layer, e: faded(selected, t, layer, e, 8),
        }
        for name, worth in expected.items():
            hits, copies = count_hits(selected, counted, places, worth)
            got = found[name, "layer"]
            assert [layer["hits"] for layer in got["layers"]] == hits.tolist(), (name, places)
            assert got["copies"] == copies, (name, got["copies"], copies)
            assert got["hits"] + got["misses"] == got["selections"] == TOKENS * layers * k
            print(f"{recording.name}: {name}, {places} places: {hits.sum()} hits, {copies} copies, as NumPy says")


def check_time(recordings):
    """Everything held: a token takes what the GPU reads; nothing held: every expert is a miss."""
    report = simulate(recordings, "--memory", "100%", "--memory", "0%", "--policy", "lru")
    size, speed = report["bytes"], report["bytes_per_s"]
    layers, k = report["layers"], report["experts_selected"]
    rest = (layers * size["layer"] + size["token"]) / speed["gpu"]
    nothing = report["memory"][1]["policies"][0]["tokens_per_s"]
    np.testing.assert_allclose(1 / nothing["on_cpu"], rest + layers * k * size["expert"] / speed["cpu"], rtol=1e-9)
    copy, compute = size["expert"] / speed["link"], size["expert"] / speed["gpu"]
    np.testing.assert_allclose(1 / nothing["from_host"], rest + layers * (k * copy + compute), rtol=1e-9)


def check_heat(recordings):
    file = WORK / "heat.json"
    half_life = 50
    for recording in recordings[:2]:
        cli("heat", "learn", recording, "--file", file, "--half-life", half_life)
    shown = json.loads(cli("heat", "show", file, "--json"))[0]
    selected = np.concatenate([arrays(r)["selected"] for r in recordings[:2]], axis=1)
    layers, tokens, _ = selected.shape
    weight = np.exp2((np.arange(tokens) - tokens + 1) / half_life)
    counts = np.array([[(weight * (selected[layer] == e).any(axis=1)).sum() for e in range(8)]
                       for layer in range(layers)])
    np.testing.assert_allclose(shown["counts"], counts, rtol=1e-9)
    assert shown["tokens"] == tokens
    static = simulate(recordings[2:3], "--memory", "25%", "--policy", "static", "--heat", file)
    keep = np.argsort(-counts, axis=1, kind="stable")[:, :2]
    data = arrays(recordings[2])
    hits = sum(np.isin(data["selected"][layer][data["generated"] == 1], keep[layer]).sum() for layer in range(layers))
    got = [p for p in static["memory"][0]["policies"] if p["policy"] == "static" and p["places"] == "layer"][0]
    assert got["hits"] == hits and got["copies"] == 0, (got["hits"], hits)
    cli("heat", "reset", file)
    assert not file.exists()
    print(f"heat of {tokens} tokens, and {hits} hits of a static cache, as NumPy says")


def check_library(recording):
    """A conversation in a profile says what its recording says."""
    profile = WORK / "profile"
    profile.mkdir()
    cli("import", recording, "--profile-dir", profile)
    options = ["--memory", "50%", "--policy", "lru", "--policy", "belady"]
    here = json.loads(cli("simulate-offload", "--library", "--profile-dir", profile, "--json", *MACHINE, *options))
    there = simulate([recording], *options)
    assert here["memory"] == there["memory"]
    cli("heat", "learn", "--library", "--profile-dir", profile)
    shown = json.loads(cli("heat", "show", "--profile-dir", profile, "--json"))
    assert len(shown) == 1 and shown[0]["tokens"] == here["tokens_replayed"] and shown[0]["fingerprint"] == here["fingerprint"]
    cli("heat", "reset", here["fingerprint"], "--profile-dir", profile)
    assert json.loads(cli("heat", "show", "--profile-dir", profile, "--json")) == []


def check_csv(recording):
    """The table has the numbers of the document."""
    cli("simulate-offload", recording, "--csv", WORK / "table.csv", "--memory", "25%")
    with open(WORK / "table.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    policies = simulate([recording], "--memory", "25%")["memory"][0]["policies"]
    rates = [row for row in rows if row["statistic"] == "hit_rate" and row["layer"] == "-1"]
    assert [(r["policy"], r["places"], float(r["value"])) for r in rates] == [
        (p["policy"], p["places"], p["hit_rate"]["value"]) for p in policies]
    layers = [float(row["value"]) for row in rows if row["statistic"] == "hit_rate" and row["layer"] != "-1"]
    assert layers == [layer["hits"] / layer["selections"] for p in policies for layer in p["layers"]]


def check_better_than_lru(recordings):
    report = simulate(recordings)
    for memory in report["memory"]:
        rates = {f'{p["policy"]} ({p["places"]})': p["hit_rate"]["value"] for p in memory["policies"]}
        print(f'{100 * memory["share"]:.0f} % of the experts:', ", ".join(f"{n} {100 * r:.1f} %" for n, r in rates.items()))
        print(f'    {memory["reason"]}')
        most, gained = memory["most_hits"], memory["most_hits"]["gained"]
        print(f'    most hits: {most["policy"]["policy"]}, {100 * gained["value"]:+.1f} points against LRU '
              f'({100 * gained["low"]:+.1f} to {100 * gained["high"]:+.1f})')
        for places in ("layer", "shared"):
            bound = rates[f"belady ({places})"]
            assert all(r <= bound for n, r in rates.items() if places in n), (places, rates)
        assert memory["faster_than_lru"], memory["reason"]
        assert memory["chosen"]["policy"].startswith("decay:"), memory["chosen"]
    # By hits alone, too, where memory is short; where three quarters are held there is little left.
    assert report["memory"][0]["most_hits"]["gained"]["low"] > 0


def main():
    recordings = record()
    assert len(recordings) == len(DOMAINS)
    check_hits(recordings[4])
    check_time(recordings)
    check_heat(recordings)
    check_library(recordings[0])
    check_csv(recordings[1])
    check_better_than_lru(recordings)
    print("all agree")


main()
