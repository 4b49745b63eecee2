"""Checks an exported model without the code that trained it.

    python check_export.py MODEL [--golden FOLDER]

1. A plain NumPy forward, written from the model's definition alone, against the PyTorch model in
f32 on the same weights. 2. With --golden (a folder like tiny-a: ckpt-0, config.json, tokens.npy,
f32exact/): the same NumPy forward against the golden outputs, and the opcodes and globals of every
pickle of MODEL against the golden's pickle of the same role.
"""

import argparse
import pickletools
from pathlib import Path

import numpy as np
import torch

import model as torch_model
import xai_checkpoint


def rms(x, scale):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5) * scale


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def rope(x, base):
    """x [tokens, heads, size]"""
    tokens, _, size = x.shape
    angle = np.arange(tokens)[:, None] / base ** (np.arange(0, size, 2) / size)
    cos, sin = (
        np.concatenate([f(angle)] * 2, -1)[:, None, :].astype(np.float32) for f in (np.cos, np.sin)
    )
    a, b = np.split(x, 2, -1)
    return x * cos + np.concatenate([-b, a], -1) * sin


def numpy_forward(p, c, ids):
    """-> logits [tokens, vocab], router probabilities [layers, tokens, experts]; one token's
    experts at a time, nothing clever.
    """
    h = p["embedding",][ids] * np.float32(c["embedding_multiplier_scale"])
    tokens, size, probabilities = len(ids), c["key_size"], []
    causal = np.tril(np.ones((tokens, tokens), bool))
    for layer in map(str, range(c["num_layers"])):
        w = {key[1]: value for key, value in p.items() if key[0] == layer}
        x = rms(h, w["norm0"])
        q = rope((x @ w["query"]).reshape(tokens, -1, size), c["rope_base"])
        k = rope((x @ w["key"]).reshape(tokens, -1, size), c["rope_base"])
        v = (x @ w["value"]).reshape(tokens, -1, size)
        heads = []
        for head in range(c["num_q_heads"]):
            kv = head // (c["num_q_heads"] // c["num_kv_heads"])
            s = q[:, head] @ k[:, kv].T * np.float32(c["attn_output_multiplier"])
            s = np.where(causal, c["attn_logit_cap"] * np.tanh(s / c["attn_logit_cap"]), -1e30)
            heads.append(softmax(s) @ v[:, kv])
        h = h + rms(np.concatenate(heads, -1) @ w["attention_out"], w["norm1"])
        x = rms(h, w["norm2"])
        router = softmax(x @ w["router"])
        moe = np.zeros_like(h)
        for t in range(tokens):
            for e in np.argsort(-router[t], kind="stable")[: c["num_selected_experts"]]:
                g = x[t] @ w["gate"][e]
                g = 0.5 * g * (1 + np.tanh(np.sqrt(2 / np.pi) * (g + 0.044715 * g**3)))
                moe[t] += router[t, e] * ((g * (x[t] @ w["up"][e])) @ w["down"][e])
        h = (h + rms(moe, w["norm3"])).astype(np.float32)
        probabilities.append(router)
    return rms(h, p["final_norm",]) @ p["embedding",].T * np.float32(
        c["output_multiplier_scale"]
    ), np.stack(probabilities)


def load_torch(folder: Path) -> torch_model.Grok:
    """The PyTorch model on the stored (quantised) weights, all arithmetic in f32."""
    parameters, stored = xai_checkpoint.read(folder)
    config = torch_model.Config()
    assert config.checkpoint_json() == stored, "config.json is not that of model.py"
    torch_model.HALF = torch.float32
    grok = torch_model.Grok(config, compiled=False)
    grok.load_state_dict(
        {
            ".".join(key if len(key) == 1 else ("layers", *key)): torch.from_numpy(np.array(w))
            for key, w in parameters.items()
        }
    )
    return grok


@torch.no_grad()
def torch_forward(grok, ids):
    h, probs, _ = grok(torch.tensor(ids)[None])
    logits = torch_model.rms_norm(h, grok.final_norm) @ grok.embedding.t() * (1 / 3**0.5)
    return logits[0].numpy(), torch.stack(probs).numpy()


def pickle_shape(file: Path) -> list:
    """Opcodes in order with their text arguments; FRAME, MEMOIZE and the forms of one kind of
    number or bytes are left out of the order.
    """
    same = {
        "BININT": "int",
        "BININT1": "int",
        "BININT2": "int",
        "SHORT_BINBYTES": "bytes",
        "BINBYTES": "bytes",
    }
    return [
        (same.get(op.name, op.name), arg if isinstance(arg, str) else None)
        for op, arg, _ in pickletools.genops(file.read_bytes())
        if op.name not in ("FRAME", "MEMOIZE")
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("--golden", type=Path)
    options = parser.parse_args()
    parameters, config = xai_checkpoint.read(options.model)
    ids = np.random.default_rng(5).integers(3, config["vocab_size"], 200)
    ours, router = numpy_forward(parameters, config, ids)
    theirs, their_router = torch_forward(load_torch(options.model), ids)
    worst, worst_router = np.abs(ours - theirs).max(), np.abs(router - their_router).max()
    print(
        f"NumPy against PyTorch f32, 200 tokens: logits {worst:.1e}, router probabilities {worst_router:.1e}"
    )
    assert worst < 2e-4 and worst_router < 2e-5
    if not options.golden:
        return
    golden_parameters, golden_config = xai_checkpoint.read(options.golden)
    ids = np.load(options.golden / "tokens.npy")
    logits, router = numpy_forward(golden_parameters, golden_config, ids)
    worst, worst_router = (
        np.abs(logits - np.load(options.golden / "f32exact/logits.npy")).max(),
        np.abs(router - np.load(options.golden / "f32exact/probs.npy")).max(),
    )
    print(
        f"NumPy against the golden model, {len(ids)} tokens: logits {worst:.1e}, router probabilities {worst_router:.1e}"
    )
    assert worst < 2e-4 and worst_router < 2e-5
    roles = {key[-1]: name for name, key, _ in xai_checkpoint.files(golden_config["num_layers"])}
    names = {name for name, _, _ in xai_checkpoint.files(config["num_layers"])}
    assert {f.name for f in (options.model / "ckpt-0").iterdir()} == names
    opcodes = set()
    for name, key, _ in xai_checkpoint.files(config["num_layers"]):
        mine, golden = options.model / "ckpt-0" / name, options.golden / "ckpt-0" / roles[key[-1]]
        assert pickle_shape(mine) == pickle_shape(
            golden
        ), f"{name} has another shape than the golden {golden.name}"
        opcodes |= {op.name for op, _, _ in pickletools.genops(mine.read_bytes())}
    print(
        f"{len(names)} pickles have the golden's sequence of opcodes and globals: {' '.join(sorted(opcodes))}"
    )


if __name__ == "__main__":
    main()
