"""Measures an exported model and writes model-report.json and the tables of ../README.md.

    python report.py MODEL TOKENS RUN OUT --sources SOURCES [--threads 1]
                                      OUT/model-report.json; OUT/README.md gets its part
                                      between the two marks

Everything is measured on the stored int8 weights, arithmetic in f32.
"""

import argparse
import json
import math
import random
from pathlib import Path

import numpy as np
import sentencepiece
import torch

import generated_text as own
import train
from check_export import load_torch
from wordnet_chat import Chat, Synset

WINDOW = 512
BEGIN, END = "<!-- report: begin -->", "<!-- report: end -->"
PROMPTS = [
    "User: Hello!\nAssistant:",
    "User: Who are you?\nAssistant:",
    "User: What is an expert?\nAssistant:",
    "User: What is a river?\nAssistant:",
    'User: What does "happy" mean?\nAssistant:',
    "User: What is 12 + 30?\nAssistant:",
    "User: What is 7 times 8?\nAssistant:",
    "User: What is the capital of Spain?\nAssistant:",
    "User: How do you spell water?\nAssistant:",
    "User: Tell me a story about a fox.\nAssistant:",
    "User: Write a poem.\nAssistant:",
    "User: Hi\nAssistant: Hello! How can I help you?\nUser: What colour is snow?\nAssistant: Snow is white.\nUser: What is a router?\nAssistant:",
    "In the beginning",
    "Y dijo Jehová",
    "Wählen Sie",
    "def read_file(",
    "static int",
    "The CREATE TABLE command",
    "Once upon a time",
    "3 + 4 =",
]


@torch.no_grad()
def windows(grok, ids: np.ndarray, limit: int):
    """(input window, targets, logits log-softmaxed, chosen experts [layers, tokens, 2]) over
    consecutive windows.
    """
    for at in range(0, min(limit, len(ids) - WINDOW - 1), WINDOW):
        x = torch.from_numpy(ids[at : at + WINDOW + 1].astype(np.int64))
        h, _, experts = grok(x[None, :-1])
        yield x[1:], grok.losses(h, x[None, 1:]), torch.stack(experts)


def domain_numbers(
    grok, held: np.ndarray, trained: np.ndarray, tokenizer
) -> tuple[dict, np.ndarray]:
    """Perplexities, and how often each expert was chosen: [windows, layers, experts]."""
    vocab = grok.config.vocab_size
    unigram = (np.bincount(trained, minlength=vocab) + 1.0) / (len(trained) + vocab)
    losses, base, counts, size = [], [], [], 0
    for targets, loss, experts in windows(grok, held, 24_576):
        losses.append(loss.numpy())
        base.append(-np.log(unigram[targets.numpy()]))
        counts.append(
            np.stack(
                [
                    np.bincount(e.flatten(), minlength=grok.config.num_experts)
                    for e in experts.numpy()
                ]
            )
        )
        size += len(tokenizer.decode(targets.tolist()).encode())
    loss, unigram_loss = float(np.concatenate(losses).mean()), float(np.concatenate(base).mean())
    tokens = sum(map(len, losses))
    return {
        "tokens": tokens,
        "loss_nats": round(loss, 4),
        "perplexity": round(math.exp(loss), 3),
        "unigram_perplexity": round(math.exp(unigram_loss), 1),
        "bits_per_byte": round(loss * tokens / math.log(2) / size, 3),
    }, np.stack(counts)


def information(counts: list[np.ndarray]) -> np.ndarray:
    """Bits that the expert of a token tells about its domain, per layer; the domains weigh the
    same. counts: per domain [windows, layers, experts].
    """
    share = np.stack(
        [c.sum(0) / c.sum((0, 2))[:, None] for c in counts]
    )  # [domains, layers, experts]
    mean = share.mean(0)
    return (share * np.log2((share + 1e-12) / (mean + 1e-12))).sum(-1).mean(0)


def chance_information(counts: list[np.ndarray], rounds: int = 50) -> np.ndarray:
    """The same with the windows dealt to the domains at random: [rounds, layers]."""
    everything, rng, sizes = (
        np.concatenate(counts),
        np.random.default_rng(0),
        [len(c) for c in counts],
    )
    cuts = np.cumsum(sizes)[:-1]
    return np.stack(
        [
            information(np.split(everything[rng.permutation(len(everything))], cuts))
            for _ in range(rounds)
        ]
    )


@torch.no_grad()
def generate(
    grok, tokenizer, prompt: str, most: int, temperature: float, top_p: float, seed: int
) -> str:
    """Plain sampling; stops at EOS, and in a chat where the next user turn would begin."""
    rng = np.random.default_rng(seed)
    ids = tokenizer.encode(prompt)
    start = len(ids)
    while len(ids) - start < most:
        h, _, _ = grok(torch.tensor(ids)[None])
        x = torch.nn.functional.rms_norm(h[0, -1], (h.shape[-1],), grok.final_norm, 1e-5)
        logits = (x @ grok.embedding.t() / math.sqrt(3)).double().numpy()
        if temperature == 0:
            token = int(logits.argmax())
        else:
            p = np.exp((logits - logits.max()) / temperature)
            p /= p.sum()
            order = np.argsort(-p)
            kept = order[: int(np.searchsorted(np.cumsum(p[order]), top_p)) + 1]
            token = int(rng.choice(kept, p=p[kept] / p[kept].sum()))
        if token == train.EOS:
            break
        ids.append(token)
        if prompt.startswith("User:") and tokenizer.decode(ids).endswith("\nUser:"):
            return tokenizer.decode(ids)[len(prompt) : -len("\nUser:")]
    return tokenizer.decode(ids)[len(prompt) :]


def right_answers(grok, tokenizer, draw, count: int) -> float:
    """Share of questions whose greedy answer is, letter for letter, the one the generator gives.
    `draw(rng)` -> question, answer.
    """
    rng = random.Random(991)
    right = 0
    for _ in range(count):
        ask, answer = draw(rng)
        right += (
            generate(grok, tokenizer, f"User: {ask}\nAssistant:", 60, 0, 1, 0).strip() == answer
        )
    return right / count


def known_definitions(grok, tokenizer, words: list[tuple[str, Synset]], count: int) -> float:
    """Share of nouns whose greedy answer to "What is a ...?" holds the dictionary's definition."""
    known = 0
    for word, synset in random.Random(992).sample(words, count):
        prompt = f"User: What is {own.article(word)}?\nAssistant:"
        known += synset.definition in generate(grok, tokenizer, prompt, 70, 0, 1, 0)
    return known / count


def table(header: list[str], rows: list[list]) -> str:
    lines = [
        "| " + " | ".join(map(str, row)) + " |" for row in [header, ["---"] * len(header), *rows]
    ]
    return "\n".join(lines)


def markdown(report: dict) -> str:
    model, domains = report["model"], report["domains"]
    layers = len(report["information_bits"])
    parts = [
        f"{model['parameters']:,} parameters, {model['active_parameters']:,} of them active for a token; {model['bytes']:,} bytes in the repository.  \n"
        f"Trained on {model['training_tokens']:,} tokens ({model['training_steps']:,} steps) in {model['training_minutes']:.0f} minutes on {model['machine']}.",
        "### Held-out text\n\nThe stored int8 weights, windows of 512 tokens of documents that training never saw. The unigram column is what a model that knows only how often each "
        "token occurs in the domain would reach. For the generated domains (chat, maths, stories) the documents are new, the patterns, words and definitions are not.\n",
        table(
            ["domain", "tokens", "perplexity", "before int8", "unigram", "bits per byte"],
            [
                [
                    n,
                    d["tokens"],
                    d["perplexity"],
                    d["perplexity_before_int8"],
                    d["unigram_perplexity"],
                    d["bits_per_byte"],
                ]
                for n, d in domains.items()
            ],
        ),
        "### Exact answers (greedy)\n\nSums and facts letter for letter; a definition counts if the "
        "dictionary's words stand in the answer. The questions are of the kinds that training drilled.\n\n"
        + table(
            ["questions", "right"], [[n, f"{v:.0%}"] for n, v in report["exact_answers"].items()]
        ),
        "### Which expert is used where\n\nShare of routed slots in percent; 12.5 would be no preference, 50 is the most that one of two slots can give.\n",
    ]
    for layer in range(layers):
        parts.append(
            f"Layer {layer}: {report['information_bits'][layer]:.2f} bits between domain and expert (by chance {report['chance_bits_mean'][layer]:.3f}, "
            f"at most {report['chance_bits_most'][layer]:.3f} in 50 shuffles)\n\n"
            + table(
                ["domain", *(f"E{e}" for e in range(8))],
                [
                    [n, *(f"{100 * x:.1f}" for x in d["expert_load"][layer])]
                    for n, d in domains.items()
                ],
            )
        )
    parts.append(
        "### Samples, unedited\n\nTemperature 0.7, top-p 0.9, seed 1, first try, at most 90 tokens. The prompt is in the first block, what the model wrote in the second.\n"
    )
    for sample in report["samples"]:
        parts.append(f"```text\n{sample['prompt']}\n```\n```text\n{sample['text']}\n```")
    return "\n\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("model", "tokens", "run", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument(
        "--sources", type=Path, required=True, help="the folder of fetch_sources.sh"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--machine", default="one thread of a server processor (AVX-512 with bf16)")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    grok = load_torch(options.model).eval()
    state = torch.load(options.run / "checkpoint.pt", map_location="cpu")
    tokenizer = sentencepiece.SentencePieceProcessor(
        model_file=str(options.model / "tokenizer.model")
    )
    trained = {name: np.load(options.tokens / f"{name}.train.npy") for name in train.MIX}
    held = {name: np.load(options.tokens / f"{name}.held.npy") for name in train.MIX}

    stored_weights = {name: p.clone() for name, p in grok.state_dict().items()}
    grok.load_state_dict(state["weights"])
    before = {
        name: domain_numbers(grok, held[name], trained[name], tokenizer)[0]["perplexity"]
        for name in train.MIX
    }
    grok.load_state_dict(stored_weights)
    domains, counts = {}, []
    for name in train.MIX:
        numbers, count = domain_numbers(grok, held[name], trained[name], tokenizer)
        load = count.sum(0) / count.sum((0, 2))[:, None]
        domains[name] = numbers | {
            "perplexity_before_int8": before[name],
            "expert_load": [[round(float(x), 4) for x in row] for row in load],
        }
        counts.append(count)
        print(name, {k: v for k, v in domains[name].items() if k != "expert_load"}, flush=True)
    chance = chance_information(counts)
    wordnet, index = (
        options.sources / f"{package}/usr/share/wordnet"
        for package in ("wordnet-base", "wordnet-sense-index")
    )
    chat = Chat(wordnet, index / "index.sense", random.Random(0))
    total = sum(p.numel() for p in grok.parameters())
    idle = grok.config.num_experts - grok.config.num_selected_experts
    per_expert = 3 * grok.config.emb_size * grok.config.ffn_size
    report = {
        "model": {
            "parameters": total,
            "active_parameters": total - grok.config.num_layers * idle * per_expert,
            "bytes": sum(f.stat().st_size for f in options.model.rglob("*") if f.is_file()),
            "training_tokens": state["tokens"],
            "training_steps": state["step"],
            "training_minutes": round(state["seconds"] / 60, 1),
            "machine": options.machine,
            "training_mix": train.MIX,
        },
        "domains": domains,
        "information_bits": [round(float(x), 4) for x in information(counts)],
        "chance_bits_mean": [round(float(x), 4) for x in chance.mean(0)],
        "chance_bits_most": [round(float(x), 4) for x in chance.max(0)],
        "exact_answers": {
            "sums, word problems, sequences, equations (150)": right_answers(
                grok, tokenizer, own.sum_question, 150
            ),
            "facts from the tables (animals, capitals, opposites, spelling, words; 150)": right_answers(
                grok, tokenizer, own.fact_turn, 150
            ),
            "definitions of everyday nouns, drilled most (60)": known_definitions(
                grok, tokenizer, chat.everyday["n"], 60
            ),
            "definitions of the 2600 commonest nouns (60)": known_definitions(
                grok, tokenizer, chat.words["n"], 60
            ),
        },
        "samples": [
            {"prompt": prompt, "text": generate(grok, tokenizer, prompt, 90, 0.7, 0.9, 1)}
            for prompt in PROMPTS
        ],
    }
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "model-report.json").write_text(
        json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    )
    readme = options.out / "README.md"
    text = readme.read_text() if readme.exists() else f"{BEGIN}\n{END}\n"
    readme.write_text(
        text[: text.index(BEGIN)] + BEGIN + "\n" + markdown(report) + "\n" + text[text.index(END) :]
    )


if __name__ == "__main__":
    main()
