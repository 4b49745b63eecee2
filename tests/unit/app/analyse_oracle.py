#!/usr/bin/env python3
"""Computes every routing statistic once more from the exported arrays and compares with `analyse`.

The definitions are those of the published papers (see the headers of engine/routing), written here
as plainly as NumPy allows: no sums kept, no ranges moved. Chance levels come from other formulas
than the program's where there are any: whole sums of binomials, integrals of densities.

usage: analyse_oracle.py GATESCOPE_CLI WRITE_RECORDING
Needs NumPy. Exits 77 (skipped, with the reason) without it, except in CI, where that is a failure.
"""

import itertools
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

try:
    import numpy as np
except ModuleNotFoundError:
    print("skipped: python3 has no NumPy (Debian: python3-numpy)")
    sys.exit(1 if os.environ.get("CI") else 77)

CLI, WRITER = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
LEAST = 10  # fewer observations are thin


def entropy(shares):
    shares = shares[shares > 0]
    return float(-(shares * np.log2(shares)).sum())


def binomial(trials, rate):
    n = np.arange(trials + 1)
    logs = np.array([math.lgamma(trials + 1) - math.lgamma(i + 1) - math.lgamma(trials - i + 1) for i in n])
    return np.exp(logs + n * math.log(rate) + (trials - n) * math.log1p(-rate))


def binomial_band(trials, rate):
    """Smallest and largest count that leave at most 2.5 % outside on their side."""
    if rate <= 0 or rate >= 1:
        return trials * rate, trials * rate
    mass = binomial(trials, rate)
    at_most = np.cumsum(mass)
    at_least = np.cumsum(mass[::-1])[::-1]
    return int(np.argmax(at_most > 0.025)), trials - int(np.argmax(at_least[::-1] > 0.025))


def normal_cdf(x):
    return np.array([0.5 * math.erfc(-v / math.sqrt(2)) for v in np.atleast_1d(x)])


def largest_normal(count):
    x = np.linspace(-9, 9, 18001)
    density = np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    return float(np.trapz(x * count * density * normal_cdf(x) ** (count - 1), x))


def chi_square_above(q, degrees):
    """Integral over the root of x, whose density is smooth at 0."""
    r = np.linspace(0, math.sqrt(q), 40001)
    density = 2 * r ** (degrees - 1) * np.exp(-r * r / 2) / (2 ** (degrees / 2) * math.gamma(degrees / 2))
    return 1 - float(np.trapz(density, r))


def favourite_by_chance(n, experts):
    """E[max of a multinomial] / n, by convolving the experts' exponential series."""
    factorials = np.array([math.lgamma(i + 1) for i in range(n + 1)])
    i = np.arange(n + 1)
    poisson = np.exp(i * math.log(n / experts) - factorials - n / experts)
    whole = math.exp(n * math.log(n) - factorials[n] - n)
    expected = 1.0
    for largest in range(1, n):
        cut = np.where(i <= largest, poisson, 0)
        total = np.array([1.0])
        for _ in range(experts):
            total = np.convolve(total, cut)[:n + 1]
        within = total[n] / whole if len(total) > n else 0
        expected += 1 - within
        if within > 1 - 1e-12:
            break
    return expected / n


def information(table):
    table = table / table.sum()
    product = table.sum(1, keepdims=True) * table.sum(0, keepdims=True)
    used = table > 0
    return float((table[used] * np.log2(table[used] / product[used])).sum())


def information_bias(table, observations):
    rows, columns = (table.sum(1) > 0).sum(), (table.sum(0) > 0).sum()
    return (rows - 1) * (columns - 1) / (2 * observations * math.log(2))


class Run:
    """The arrays of a recording, as `record export` gives them."""

    def __init__(self, file, folder):
        subprocess.run([CLI, "record", "export", file, "--out", folder], check=True, capture_output=True)
        self.file = file
        self.probs = np.load(folder / "router_probs.npy").astype(np.float64)  # [L, T, E]
        self.selected = np.load(folder / "selected.npy")                      # [L, T, K]
        self.gates = np.load(folder / "gates.npy").astype(np.float64)
        self.lse = np.load(folder / "router_lse.npy").astype(np.float64)      # [L, T]
        self.predicted = np.load(folder / "predicted.npy")
        self.ids = np.load(folder / "tokens.npy")
        self.generated = np.load(folder / "generated.npy") == 1
        self.computed = ~np.isnan(self.probs[0, :, 0])

    def chosen(self, population, first, end):
        index = np.arange(len(self.ids))
        mask = self.computed & (index >= first) & (index < end)
        if population != "all":
            mask &= self.generated == (population == "generated")
        return mask


class Analyse(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="gatescope-analyse-")
        self.root = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def recording(self, name, seed, tokens, layers, experts, selected):
        file = self.root / f"{name}.gscope"
        subprocess.run([WRITER, file, *map(str, (seed, tokens, layers, experts, selected))], check=True)
        return Run(file, self.root / name)

    def analyse(self, run, *arguments):
        out = subprocess.run([CLI, "analyse", run.file, "--json", *map(str, arguments)],
                             capture_output=True, text=True)
        self.assertEqual(out.returncode, 0, out.stderr)
        document = json.loads(out.stdout)
        rows = {}
        for table, entries in document["tables"].items():
            for row in entries:
                keys = tuple(v for k, v in row.items()
                             if k not in ("statistic", "value", "count", "chance", "interval", "thin"))
                self.assertNotIn((table, *keys, row["statistic"]), rows)
                rows[(table, *keys, row["statistic"])] = row
        self.rows, self.seen = rows, set()
        return document

    def expect(self, key, value, count=None, level=None, band=None, places=1e-9, thin=None):
        self.assertIn(key, self.rows)
        row = self.rows[key]
        self.seen.add(key)
        if value is None:
            self.assertIsNone(row["value"], key)
        else:
            self.assertIsNotNone(row["value"], key)
            self.assertLessEqual(abs(row["value"] - value), places * max(1, abs(value)), (key, value, row))
        if count is not None:
            self.assertEqual(row["count"], count, key)
        if level is not None:
            found = row["chance"]["level"]
            self.assertLessEqual(abs(found - level), places * max(1, abs(level)), (key, level, row))
        if band is not None:
            self.assertLessEqual(abs(row["chance"]["low"] - band[0]), 1e-9 * max(1, band[0]), (key, band, row))
            self.assertLessEqual(abs(row["chance"]["high"] - band[1]), 1e-9 * max(1, band[1]), (key, band, row))
        if thin is not None:
            self.assertEqual(row["thin"], thin, key)

    def expect_share(self, key, hits, trials, rate):
        if trials == 0:
            self.expect(key, None, 0, thin=True)
            return
        low, high = binomial_band(int(trials), rate)
        self.expect(key, hits / trials, trials, rate, (low / trials, high / trials), thin=bool(trials < LEAST))

    # ------------------------------------------------------------ what every shape is checked for

    def check_layer(self, run, mask, layer, all_layers):
        p, g = run.probs[layer][mask], run.gates[layer][mask]
        s = run.selected[layer][mask]
        (tokens, experts), k = p.shape, s.shape[1]
        n = np.bincount(s.ravel(), minlength=experts)
        f = n / n.sum()
        applied = np.zeros((tokens, experts))
        np.put_along_axis(applied, s, g, 1)
        sort = -np.sort(-p, 1)
        second = sort[:, 1] if experts > 1 else np.zeros(tokens)
        outside = sort[:, k] if k < experts else np.zeros(tokens)

        def row(name, value, level=None, **more):
            self.expect(("layers", layer, name), value, more.pop("count", tokens), level, **more)

        def spread(x):
            return x.std() / x.mean()

        def shuffled(x):
            return math.sqrt(sum(v.var() for v in x)) / (x.sum() / experts)

        row("load_cv", spread(n), math.sqrt((experts - k) / (k * tokens)))
        row("importance_cv", spread(p.sum(0)), shuffled(p))
        row("applied_importance_cv", spread(applied.sum(0)), shuffled(applied))
        deviation = math.sqrt(tokens * k / experts * (1 - k / experts) * experts / (experts - 1))
        row("max_violation", experts * f.max() - 1,
            largest_normal(experts) * deviation * experts / (k * tokens), places=1e-6)
        covariance = np.full((experts, experts), -tokens * k / experts * (1 - k / experts) / (experts - 1))
        np.fill_diagonal(covariance, tokens * k / experts * (1 - k / experts))
        off = n - tokens * k / experts
        # Mahalanobis: the counts' own covariance, which has no inverse as they add up.
        q = float(off @ np.linalg.pinv(covariance) @ off)
        row("balance_q", q, experts - 1)
        row("balance_p", chi_square_above(q, experts - 1), places=1e-6)
        token_bits = np.array([entropy(v) for v in p])
        row("token_entropy_bits", token_bits.mean(), math.log2(experts))
        row("token_entropy_share", token_bits.mean() / math.log2(experts), 1)
        mean_p = p.sum(0) / p.sum()
        row("mean_prob_entropy_bits", entropy(mean_p), math.log2(experts))
        load_level = math.log2(experts) - (experts - k) / (2 * k * tokens * math.log(2))
        row("load_entropy_bits", entropy(f), load_level)
        row("information_bits", entropy(mean_p) - token_bits.mean(), 0)
        row("information_bias_bits", ((mean_p > 0).sum() - 1) / (2 * tokens * math.log(2)))
        row("margin", (sort[:, 0] - second).mean(), 0)
        row("decisive_margin", (sort[:, k - 1] - outside).mean(), 0)
        row("relative_margin", ((sort[:, 0] - second) / sort[:, 0]).mean(), 0)
        for name, a, b in (("logit_margin", sort[:, 0], second),
                           ("decisive_logit_margin", sort[:, k - 1], outside)):
            with_b = b > 0
            value = (np.log(a[with_b]) - np.log(b[with_b])).mean() if with_b.any() else None
            row(name, value, count=with_b.sum())
        row("first_prob", sort[:, 0].mean(), 1 / experts)
        row("routed_mass", np.take_along_axis(p, s, 1).sum(1).mean(), k / experts)
        row("fragile_share", ((sort[:, k - 1] - outside) < 1e-3).mean())
        row("effective_experts", 2 ** entropy(f), 2 ** load_level)
        row("participation_ratio", 1 / (f ** 2).sum(), experts / (1 + (experts - k) / (k * tokens)))
        told = all_layers * experts * (1 - k / experts) ** tokens < 0.05
        row("dead_experts", (n == 0).sum() if told else None, experts * (1 - k / experts) ** tokens)
        for name, capacity in (("overflow_1_00", 1.0), ("overflow_1_25", 1.25)):
            limit = capacity * k * tokens / experts
            beyond = np.maximum(0, np.arange(tokens + 1) - limit)
            row(name, np.maximum(0, n - limit).sum() / (k * tokens),
                experts * float(binomial(tokens, k / experts) @ beyond) / (k * tokens))
        row("switch_loss", experts * (f * p.mean(0)).sum(), 1)
        slots = sum(np.bincount(s[:, i], minlength=experts) / tokens for i in range(k))
        row("slot_loss", experts * (slots * p.mean(0)).sum(), k)
        sizes = run.lse[layer, mask]
        sizes = sizes[~np.isnan(sizes)]
        row("z_value", (sizes ** 2).mean() if len(sizes) else None, count=len(sizes))

        for e in range(experts):
            low, high = binomial_band(tokens, k / experts)
            key = ("experts", layer, e)
            self.expect((*key, "load_count"), n[e], tokens, tokens * k / experts, (low, high))
            self.expect_share((*key, "token_share"), n[e], tokens, k / experts)
            self.expect((*key, "load_share"), f[e], tokens, 1 / experts,
                        (low / (k * tokens), high / (k * tokens)))
            self.expect_share((*key, "first_share"), (s[:, 0] == e).sum(), tokens, 1 / experts)
            for name, x in (("importance", p), ("applied_importance", applied)):
                half = 1.959963984540054 * math.sqrt(sum(v.var() for v in x))
                level = x.sum() / experts
                self.expect((*key, name), x[:, e].sum(), tokens, level, (max(0, level - half), level + half))
            self.expect((*key, "dead"), None if n[e] == 0 and not told else float(n[e] == 0), tokens)

    def check_neighbours(self, run, mask, layer):
        s = run.selected[layer]
        experts, k = run.probs.shape[2], s.shape[1]
        pairs = [(t, t + 1) for t in range(len(mask) - 1) if mask[t] and mask[t + 1]]
        same = sum(s[a, 0] == s[b, 0] for a, b in pairs)
        shared = [len(set(s[a]) & set(s[b])) for a, b in pairs]
        self.expect_share(("layers", layer, "same_first"), same, len(pairs), 1 / experts)
        meets = 1 - math.comb(experts - k, k) / math.comb(experts, k)
        self.expect_share(("layers", layer, "sets_meet"), sum(x > 0 for x in shared), len(pairs), meets)
        level = sum(math.comb(k, j) * math.comb(experts - k, k - j) / math.comb(experts, k) * j / (2 * k - j)
                    for j in range(1, k + 1))
        self.expect(("layers", layer, "jaccard"), np.mean([x / (2 * k - x) for x in shared]), len(pairs), level)
        runs, previous = 0, None
        for t in np.flatnonzero(mask):
            if previous is None or previous != t - 1 or s[t, 0] != s[previous, 0]:
                runs += 1
            previous = t
        tokens = int(mask.sum())
        self.expect(("layers", layer, "run_length"), tokens / runs, tokens,
                    tokens / (tokens - len(pairs) / experts))

    def check_pairs(self, run, mask, layer):
        s = run.selected[layer][mask]
        tokens, k = s.shape
        experts = run.probs.shape[2]
        chosen = np.zeros((tokens, experts), int)
        np.put_along_axis(chosen, s, 1, 1)
        n, both = chosen.sum(0), chosen.T @ chosen
        for i, j in itertools.permutations(range(experts), 2):
            key = ("pairs", layer, i, j)
            self.expect_share((*key, "coactivation"), both[i, j], n[i], (k - 1) / (experts - 1))
            if i > j:
                continue
            self.expect_share((*key, "pair_share"), both[i, j], tokens, k * (k - 1) / (experts * (experts - 1)))
            few = min(n[i], n[j])
            lift = both[i, j] / tokens / (n[i] / tokens * n[j] / tokens) if few else None
            self.expect((*key, "lift"), lift, few,
                        (k - 1) * experts / (k * (experts - 1)) if few else None, thin=bool(few < LEAST))
            defined = few > 0 and max(n[i], n[j]) < tokens
            self.expect((*key, "phi"), np.corrcoef(chosen[:, i], chosen[:, j])[0, 1] if defined else None,
                        few, -1 / (experts - 1) if defined else None)

    def check_transitions(self, run, mask, a, b):
        s, d = run.selected[a][mask], run.selected[b][mask]
        p, q = run.probs[a][mask], run.probs[b][mask]
        tokens, experts = p.shape
        k = s.shape[1]
        first = np.zeros((experts, experts))
        every = np.zeros((experts, experts))
        for t in range(tokens):
            first[s[t, 0], d[t, 0]] += 1
            for i, j in itertools.product(s[t], d[t]):
                every[i, j] += 1
        mass = p.T @ q
        n = np.bincount(s.ravel(), minlength=experts)
        for i, j in itertools.product(range(experts), repeat=2):
            key = ("transitions", a, b, i, j)
            self.expect_share((*key, "first"), first[i, j], first[i].sum(), 1 / experts)
            self.expect_share((*key, "selected"), every[i, j], n[i], k / experts)
            self.expect((*key, "mass"), mass[i, j] / p[:, i].sum(), tokens, 1 / experts)
        for name, table in (("first", first), ("mass", mass)):
            used = (table.sum(1) > 0).sum() * (table.sum(0) > 0).sum()
            self.expect(("layer_pairs", a, b, f"{name}_information_bits"), information(table), tokens,
                        information_bias(table, tokens), thin=bool(tokens < 5 * used))

    def check_vocabulary(self, run, mask, layer):
        s = run.selected[layer][:, 0]
        experts = run.probs.shape[2]
        following = np.append(run.ids[1:], -1)
        predicted = np.append(np.where(run.generated, run.predicted, -1)[1:], -1)
        for name, labels in (("vocabulary_input", run.ids), ("vocabulary_predicted_next", predicted),
                             ("vocabulary_true_next", following)):
            found = []  # favourite, its share, what chance gives it
            for label in sorted(set(labels[mask & (labels >= 0)])):
                n = np.bincount(s[mask & (labels == label)], minlength=experts)
                if n.sum() >= LEAST:
                    found.append((int(n.argmax()), n.max() / n.sum(), favourite_by_chance(int(n.sum()), experts)))
            # Inside a prompt nothing is predicted.
            if name != "vocabulary_predicted_next" or run.generated[mask].any():
                self.assertTrue(found, name)
            for key, of in [(("layers", layer, name), found)] + [
                    (("experts", layer, e, name), [x for x in found if x[0] == e]) for e in range(experts)]:
                self.expect(key, np.mean([x[1] for x in of]) if of else None, len(of), thin=len(of) < LEAST)
                if of:
                    level = self.rows[key]["chance"]["level"]
                    self.assertAlmostEqual(level, np.mean([x[2] for x in of]), delta=1e-3)

    def check_all(self, run, population, first, end):
        mask = run.chosen(population, first, end)
        layers = run.probs.shape[0]
        for layer in range(layers):
            self.check_layer(run, mask, layer, layers)
            self.check_neighbours(run, mask, layer)
            self.check_pairs(run, mask, layer)
            self.check_vocabulary(run, mask, layer)
        for layer in range(layers - 1):
            self.check_transitions(run, mask, layer, layer + 1)
        return mask

    # ------------------------------------------------------------ tests

    def check_shape(self, experts, selected, tokens):
        run = self.recording("run", 3, tokens, 3, experts, selected)
        for population, first, end in (("generated", 0, tokens), ("prompt", 0, tokens),
                                       ("all", tokens // 5, tokens - 9)):
            with self.subTest(population=population):
                document = self.analyse(run, "--population", population, "--range", f"{first}:{end}")
                mask = self.check_all(run, population, first, end)
                self.assertEqual(document["tokens"], mask.sum())
                self.assertEqual(self.seen, set(self.rows), "rows that no one checked")

    def test_two_of_eight(self):
        self.check_shape(8, 2, 700)

    def test_four_of_sixteen(self):
        self.check_shape(16, 4, 600)

    def test_eight_of_sixty_four(self):
        self.check_shape(64, 8, 500)

    def test_one_of_four(self):
        self.check_shape(4, 1, 600)

    def test_tags_give_domains(self):
        run = self.recording("run", 4, 400, 2, 8, 2)
        tags = np.array([(7 * t) % 5 - 1 for t in range(400)], np.int32)  # -1 to 3
        np.save(self.root / "tags.npy", tags)
        self.analyse(run, "--tags", self.root / "tags.npy")
        mask = run.chosen("generated", 0, 400)
        for layer in range(2):
            s = run.selected[layer]
            table = np.zeros((4, 8))
            for domain in range(4):
                of = mask & (tags == domain)
                table[domain] = np.bincount(s[of, 0], minlength=8)
                for e in range(8):
                    key = ("domains", domain, layer, e)
                    self.expect_share((*key, "share"), (s[of] == e).sum(), of.sum(), 2 / 8)
                    self.expect_share((*key, "first_share"), (s[of, 0] == e).sum(), of.sum(), 1 / 8)
            self.expect(("layers", layer, "domain_information_bits"), information(table), int(table.sum()),
                        information_bias(table, table.sum()))

    def test_two_runs_give_saturation_and_contrasts(self):
        run = self.recording("run", 5, 300, 2, 8, 2)
        other = self.recording("other", 6, 300, 2, 8, 2)
        self.assertTrue((run.ids == other.ids).all())
        self.analyse(run, "--against", other.file)
        mask = run.chosen("generated", 0, 300)
        there = other.chosen("generated", 0, 300)
        for layer in range(2):
            both = np.flatnonzero(mask & other.computed)
            a, b = run.selected[layer], other.selected[layer]
            shared = [len(set(a[t]) & set(b[t])) / 2 for t in both]
            self.expect(("saturation", layer, "saturation"), np.mean(shared), len(both), 2 / 8)
            self.expect_share(("saturation", layer, "same_first"), sum(a[t, 0] == b[t, 0] for t in both),
                              len(both), 1 / 8)
            for e in range(8):
                x, n = (a[mask] == e).sum(), mask.sum()
                y, m = (b[there] == e).sum(), there.sum()
                self.expect(("contrasts", layer, e, "contrast"), x / n - y / m, int(min(n, m)), 0)
                low, high = self.newcombe(x, n, y, m)
                interval = self.rows[("contrasts", layer, e, "contrast")]["interval"]
                self.assertAlmostEqual(interval["low"], low, delta=1e-9)
                self.assertAlmostEqual(interval["high"], high, delta=1e-9)

    @staticmethod
    def newcombe(x, n, y, m):
        """The rates at which the score test just does not refuse, joined by squares."""
        z2 = 1.959963984540054 ** 2

        def score(hits, trials):
            p = hits / trials
            roots = np.roots([1 + z2 / trials, -2 * p - z2 / trials, p * p])
            return p, float(min(roots.real)), float(max(roots.real))

        p, lp, up = score(x, n)
        q, lq, uq = score(y, m)
        return p - q - math.hypot(p - lp, uq - q), p - q + math.hypot(up - p, q - lq)

    def test_tables_hold_what_the_document_holds(self):
        run = self.recording("run", 7, 90, 2, 8, 2)
        document = self.analyse(run, "--layer", 1)
        tables = self.root / "tables"
        subprocess.run([CLI, "analyse", run.file, "--layer", "1", "--csv", tables], check=True, capture_output=True)
        for name, rows in document["tables"].items():
            file = tables / f"{name}.csv"
            if not rows:
                self.assertFalse(file.exists())
                continue
            head, *lines = file.read_text().splitlines()
            self.assertEqual(len(lines), len(rows))
            for line, row in zip(lines, rows):
                cells = dict(zip(head.split(","), line.split(",")))
                chance = row["chance"] or {"level": None, "low": None, "high": None}
                for key, value in {**row, **{f"chance_{k}": v for k, v in chance.items()}}.items():
                    if key == "chance":
                        continue
                    text = cells[key]
                    found = None if text == "" else text if key == "statistic" else float(text)
                    self.assertEqual(found, value, (name, key))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
