"""Trains the demo model on token files; CPU or GPU, whichever is there.

    python train.py TOKENS RUN [--minutes 80] [--threads 1] [--resume]

Writes RUN/log.jsonl (one line every 20 steps) and RUN/checkpoint.pt (every few minutes and at the
end: weights, their running mean, optimiser state, counters). The learning rate follows wall time,
so that a run of any length ends well: warm-up, constant, linear to zero. Matrices are trained with
Muon (momentum, then orthogonalised by five Newton-Schulz steps; Keller Jordan's "Muon: an optimizer
for hidden layers in neural networks", 2024), everything else with Adam.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch

from model import Config, Grok

# Share of the sequences per domain. Every sequence comes from one domain, so that routing can be
# read per domain.
MIX = {
    "chat": 0.36,
    "stories": 0.05,
    "maths": 0.10,
    "bible": 0.10,
    "spanish": 0.08,
    "german": 0.09,
    "manual": 0.06,
    "python": 0.09,
    "c": 0.07,
}
SHORT_DOCUMENTS = {"chat", "stories", "maths"}  # always read from the start of a document
TOKENS_PER_STEP = 8192
# Sequence length by progress: short ones first, they are cheaper; (until this share of the run,
# lengths to draw from).
LENGTHS = [(0.55, [256]), (0.85, [256, 512]), (1.01, [512, 512, 1024])]
EOS = 2


class Sampler:
    def __init__(self, folder: Path, rng: np.random.Generator):
        self.rng = rng
        self.names = list(MIX)
        self.ids = {name: np.load(folder / f"{name}.train.npy") for name in self.names}
        self.starts = {
            name: np.concatenate([[0], np.flatnonzero(ids == EOS)[:-1] + 1])
            for name, ids in self.ids.items()
        }
        self.weights = np.array([MIX[name] for name in self.names]) / sum(MIX.values())

    def batch(self, length: int) -> torch.Tensor:
        """[rows, length + 1] token ids."""
        rows = []
        for domain in self.rng.choice(len(self.names), TOKENS_PER_STEP // length, p=self.weights):
            name = self.names[domain]
            ids = self.ids[name]
            if name in SHORT_DOCUMENTS or self.rng.random() < 0.5:
                start = self.rng.choice(self.starts[name])
            else:
                start = self.rng.integers(0, len(ids))
            start = min(start, len(ids) - length - 1)
            rows.append(ids[start : start + length + 1].astype(np.int64))
        return torch.from_numpy(np.stack(rows))


def orthogonalise(g: torch.Tensor) -> torch.Tensor:
    """Nearest semi-orthogonal matrix, roughly, for a stack [n, rows, columns]; coefficients of the
    quintic from the Muon article.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    x = g.to(torch.bfloat16)
    turned = x.shape[1] > x.shape[2]
    if turned:
        x = x.transpose(1, 2)
    x = x / (x.float().square().sum((1, 2), keepdim=True).sqrt() + 1e-7).to(x.dtype)
    for _ in range(5):
        s = x @ x.transpose(1, 2)
        x = a * x + (b * s + c * (s @ s)) @ x
    return (x.transpose(1, 2) if turned else x).float()


class Muon:
    """One momentum buffer per parameter; a 3-D parameter is a stack of matrices, each with its own
    update.
    """

    def __init__(
        self, parameters: list[torch.nn.Parameter], momentum: float = 0.95, decay: float = 0.02
    ):
        self.parameters, self.momentum, self.decay = parameters, momentum, decay
        self.buffers = [torch.zeros_like(p) for p in parameters]

    @torch.no_grad()
    def step(self, rate: float) -> None:
        for p, buffer in zip(self.parameters, self.buffers):
            buffer.lerp_(p.grad, 1 - self.momentum)
            update = p.grad.lerp(buffer, self.momentum)
            stack = update if update.dim() == 3 else update.unsqueeze(0)
            scale = max(1.0, stack.shape[2] / stack.shape[1]) ** 0.5
            p.mul_(1 - rate * self.decay).sub_(orthogonalise(stack).view_as(p), alpha=rate * scale)


def rate_at(progress: float, step: int) -> float:
    return min(1.0, (step + 1) / 60) * (1.0 if progress < 0.4 else max(0.0, (1 - progress) / 0.6))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("tokens", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--minutes", type=float, default=80)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--muon-rate", type=float, default=0.02)
    parser.add_argument("--adam-rate", type=float, default=3e-3)
    parser.add_argument("--balance", type=float, default=0.01)
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    options.run.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    torch._dynamo.config.cache_size_limit = 64
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = Grok(Config()).to(device)
    matrices = [p for layer in model.layers for name, p in layer.items() if name in Grok.MATRICES]
    matrix_ids = {id(p) for p in matrices}
    muon = Muon(matrices)
    adam = torch.optim.Adam(
        [p for p in model.parameters() if id(p) not in matrix_ids], betas=(0.9, 0.95), eps=1e-8
    )
    mean = {name: p.detach().clone() for name, p in model.named_parameters()}
    step, tokens, spent = 0, 0, 0.0
    if options.resume:
        state = torch.load(options.run / "checkpoint.pt", map_location=device)
        model.load_state_dict(state["weights"])
        mean, muon.buffers, step, tokens, spent = (
            state["mean"],
            state["muon"],
            state["step"],
            state["tokens"],
            state["seconds"],
        )
        adam.load_state_dict(state["adam"])
    sampler = Sampler(options.tokens, np.random.default_rng(1 + step))
    lengths_rng = np.random.default_rng(step)
    log = (options.run / "log.jsonl").open("a")

    def save() -> None:
        state = {
            "weights": model.state_dict(),
            "mean": mean,
            "muon": muon.buffers,
            "adam": adam.state_dict(),
            "step": step,
            "tokens": tokens,
            "seconds": spent + time.time() - begin,
        }
        torch.save(state, options.run / "checkpoint.tmp")
        (options.run / "checkpoint.tmp").rename(options.run / "checkpoint.pt")

    begin = saved = time.time()
    while (progress := (spent + time.time() - begin) / (60 * options.minutes)) < 1:
        length = int(
            lengths_rng.choice(next(lengths for until, lengths in LENGTHS if progress < until))
        )
        batch = sampler.batch(length).to(device)
        h, probs, experts = model(batch[:, :-1])
        loss = model.losses(h, batch[:, 1:]).mean()
        # Switch-style balance over the whole batch, not per sequence: domains may prefer experts,
        # the batch as a whole may not.
        loads = [torch.bincount(e.flatten(), minlength=8).float() / e.numel() for e in experts]
        balance = sum(8 * (load * p.mean(0)).sum() for load, p in zip(loads, probs)) / len(probs)
        (loss + options.balance * (1 - 0.7 * progress) * balance).backward()
        rate = rate_at(progress, step)
        muon.step(options.muon_rate * rate)
        for group in adam.param_groups:
            group["lr"] = options.adam_rate * rate
        adam.step()
        model.zero_grad(set_to_none=True)
        step += 1
        tokens += TOKENS_PER_STEP
        with torch.no_grad():
            for name, p in model.named_parameters():
                mean[name].lerp_(p, max(0.02, 1 / step))
        if step % 20 == 0:
            line = {
                "step": step,
                "tokens": tokens,
                "seconds": round(spent + time.time() - begin, 1),
                "length": length,
                "loss": round(loss.item(), 4),
                "balance": round(balance.item(), 4),
                "least_load": round(min(load.min().item() for load in loads), 4),
                "rate": round(rate, 4),
            }
            log.write(json.dumps(line) + "\n")
            log.flush()
            print(line, flush=True)
        if time.time() - saved > 180:
            save()
            saved = time.time()
    save()


if __name__ == "__main__":
    main()
