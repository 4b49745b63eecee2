"""Writes a training run as a model folder that Gatescope opens.

    python export.py RUN TOKENS MODEL [--mean]      RUN/checkpoint.pt + TOKENS/tokenizer.model -> MODEL

`--mean` takes the running mean of the weights: better while the learning rate is still high,
pointless after the run has ended.
"""

import argparse
import shutil
from pathlib import Path

import numpy as np
import torch

import xai_checkpoint
from model import Config

CONFIG_ORDER = (
    "vocab_size emb_size key_size num_q_heads num_kv_heads num_layers widening_factor embedding_multiplier_scale "
    "output_multiplier_scale attn_output_multiplier ffn_size num_experts num_selected_experts pad_token eos_token sequence_len "
    "rms_norm_eps rope_base attn_logit_cap model_shards"
).split()


def parameters_of(weights: dict[str, torch.Tensor]) -> dict[tuple[str, ...], np.ndarray]:
    return {
        tuple(name.removeprefix("layers.").split(".")): w.detach().float().cpu().numpy()
        for name, w in weights.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("tokens", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("--mean", action="store_true")
    options = parser.parse_args()
    state = torch.load(options.run / "checkpoint.pt", map_location="cpu")
    config = Config().checkpoint_json()
    assert set(config) == set(CONFIG_ORDER)
    xai_checkpoint.write(
        parameters_of(state["mean" if options.mean else "weights"]),
        {key: config[key] for key in CONFIG_ORDER},
        options.model,
    )
    shutil.copyfile(options.tokens / "tokenizer.model", options.model / "tokenizer.model")
    size = sum(f.stat().st_size for f in options.model.rglob("*") if f.is_file())
    print(
        f"step {state['step']}, {state['tokens']} tokens, {state['seconds'] / 60:.1f} minutes -> {options.model}, {size} bytes"
    )
    if size > 12_000_000:
        raise SystemExit("the bundled model may take 12 MB at most")


if __name__ == "__main__":
    main()
