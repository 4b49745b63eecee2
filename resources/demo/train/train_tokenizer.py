"""Trains the SentencePiece model and turns the corpus into token files.

    python train_tokenizer.py CORPUS OUT        writes OUT/tokenizer.model and OUT/<domain>.{train,held}.npy (uint16)
    with --keep at the end an existing OUT/tokenizer.model is used as it is

The trainer settings are those of Grok-1's own tokenizer (BPE, byte fallback, identity normaliser,
dummy prefix, digits and newline runs as user-defined pieces right after pad, bos, eos, unk), with
4096 pieces. As Gatescope (and Grok-1's own runner) adds no BOS, none stands in front of a document
here; each document ends with EOS.
"""

import random
import sys
from pathlib import Path
from typing import Iterator

import numpy as np
import sentencepiece

VOCAB_SIZE = 4096
EOS = 2
USER_DEFINED = (
    ["\n" * n for n in range(1, 11)] + list("0123456789") + ["\t" * n for n in range(1, 9)]
)
TOKENIZER_CHARACTERS_PER_DOMAIN = 1_500_000
LONGEST_TEXT = 6000
HELD_OUT_TOKENS = 25_000
SEPARATOR = "\n\0\n"


def read_documents(file: Path) -> list[str]:
    return [d for d in file.read_text(encoding="utf-8").split(SEPARATOR) if d]


def tokenizer_text(documents: dict[str, list[str]]) -> Iterator[str]:
    """Pieces of documents with their newlines: a line that starts inside a document has no dummy
    prefix, and its words need pieces too.
    """
    for texts in documents.values():
        given = 0
        for document in random.Random(1).sample(texts, len(texts)):
            yield document[:LONGEST_TEXT]
            given += min(len(document), LONGEST_TEXT)
            if given > TOKENIZER_CHARACTERS_PER_DOMAIN:
                break


def train_tokenizer(documents: dict[str, list[str]], out: Path) -> None:
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=tokenizer_text(documents),
        model_prefix=str(out / "tokenizer"),
        vocab_size=VOCAB_SIZE,
        model_type="bpe",
        byte_fallback=True,
        character_coverage=0.9995,
        num_threads=2,
        split_digits=True,
        remove_extra_whitespaces=False,
        normalization_rule_name="identity",
        add_dummy_prefix=True,
        allow_whitespace_only_pieces=True,
        max_sentencepiece_length=16,
        max_sentence_length=4 * LONGEST_TEXT,
        pad_id=0,
        bos_id=1,
        eos_id=2,
        unk_id=3,
        pad_piece="[PAD]",
        bos_piece="[BOS]",
        eos_piece="[EOS]",
        unk_piece="[UNK]",
        unk_surface="[UNK]",
        user_defined_symbols=USER_DEFINED,
        minloglevel=2,
    )


def main() -> None:
    corpus, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    documents = {file.stem: read_documents(file) for file in sorted(corpus.glob("*.txt"))}
    if "--keep" not in sys.argv:
        train_tokenizer(documents, out)
    tokenizer = sentencepiece.SentencePieceProcessor(model_file=str(out / "tokenizer.model"))
    for name, texts in documents.items():
        texts = random.Random(2).sample(texts, len(texts))
        ids = [
            np.array(piece_ids + [EOS], np.uint16)
            for piece_ids in tokenizer.encode(texts, num_threads=2)
        ]
        held, count = 0, 0
        while count < HELD_OUT_TOKENS:  # whole documents, never seen in training
            count += len(ids[held])
            held += 1
        np.save(out / f"{name}.held.npy", np.concatenate(ids[:held]))
        np.save(out / f"{name}.train.npy", np.concatenate(ids[held:]))
        total = sum(map(len, ids))
        print(
            f"{name:8s} {total:9d} tokens, {sum(len(t.encode()) for t in texts) / total:.2f} bytes a token, {held} documents held out",
            flush=True,
        )


if __name__ == "__main__":
    main()
