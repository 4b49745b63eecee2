"""Conversations: WordNet definitions, facts, small talk and stories mixed into `User: ...
Assistant: ...` text.

Only the commonest senses are taken (by the tag counts of the sense index): a model of this size can
learn a few thousand definitions, not a hundred thousand.
"""

import random
import re
from pathlib import Path
from typing import Iterator, NamedTuple

import generated_text as own
from generated_text import article, capital, listing

NUM_WORDS = {"n": 2600, "v": 800, "a": 900, "r": 150}
MAX_DEFINITION = 90  # characters
# Words that people try first. They are drawn as often as all the others together, and may have longer definitions.
MAX_EVERYDAY_DEFINITION = 130
EVERYDAY = {
    "n": """dog cat horse cow sheep pig bird fish lion bear wolf fox owl bee ant snake mouse elephant rabbit whale spider
    river sea lake mountain hill forest tree flower grass leaf stone sand snow rain wind cloud storm sky sun moon star
    planet earth fire water ice air light shadow day night morning evening week month year winter summer spring autumn
    house home door window roof wall room kitchen garden street road bridge city village town school church castle farm
    table chair bed lamp clock mirror knife spoon cup plate bottle box bag key bell book paper pen letter word sentence
    story poem song music piano guitar drum picture map ship boat car train bicycle wheel engine airplane machine computer
    program language number sum question answer king queen soldier doctor teacher farmer baker friend child father mother
    brother sister baby man woman family body head face eye ear nose mouth tooth hand finger foot leg heart blood bone skin
    hair brain bread butter cheese milk egg apple banana lemon potato tomato rice salt sugar soup cake honey coffee tea wine
    beer meat hat coat shoe shirt dress gold silver iron glass wood dream love hope fear anger joy truth law peace war
    money price market science history mathematics physics chemistry philosophy art game ball dance holiday
    island desert ocean valley volcano triangle circle square line""".split(),
    "v": "run walk jump swim fly eat drink sleep think speak write read sing dance laugh cry build break open close give "
    "take buy sell find lose begin finish learn teach help love hate hope remember forget see hear smell touch".split(),
    "a": "happy sad big small good bad old new hot cold fast slow strong weak rich poor clever brave kind quiet loud clean "
    "dirty beautiful ugly easy difficult true false dark bright".split(),
}
NOT_FOR_A_DEMO = re.compile(
    r"sex|slur|obscen|vulgar|genital|offensive|disparag|prostitut|rape|kill|murder|suicid|nazi|slave|negro|breast|buttock|drug"
)
OURS = {"expert", "router", "token", "layer", "attention", "gate"}  # the small talk explains these
KIND = {"v": "verb", "a": "adjective", "r": "adverb"}


class Synset(NamedTuple):
    pos: str
    words: list[str]
    definition: str
    examples: list[str]
    pointers: list[tuple[str, str, str]]  # (kind, offset, part of speech)


def read_synsets(folder: Path) -> dict[tuple[str, str], Synset]:
    synsets = {}
    for pos in ("noun", "verb", "adj", "adv"):
        for line in (folder / f"data.{pos}").open():
            if line.startswith("  "):  # the licence at the top of the file
                continue
            head, _, gloss = line.partition(" | ")
            field = head.split()
            num_words = int(field[3], 16)
            words = [field[4 + 2 * i].replace("_", " ").split("(")[0] for i in range(num_words)]
            at = 4 + 2 * num_words
            pointers = [
                (
                    field[at + 1 + 4 * i],
                    field[at + 2 + 4 * i],
                    field[at + 3 + 4 * i].replace("s", "a"),
                )
                for i in range(int(field[at]))
            ]
            gloss = gloss.strip()
            definition = re.sub(
                r"^\([^)]*\) *", "", re.split(r';\s*"', gloss)[0].split(";")[0].strip()
            )
            letter = field[2].replace("s", "a")
            synsets[letter, field[0]] = Synset(
                letter, words, definition, re.findall(r'"([^"]+)"', gloss), pointers
            )
    return synsets


def commonest_words(index: Path, synsets) -> dict[str, list[tuple[str, Synset]]]:
    """For each part of speech the words whose first sense was tagged most often, with that sense."""
    letters = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}
    found: dict[str, list[tuple[int, str, str]]] = {letter: [] for letter in NUM_WORDS}
    for line in index.open():
        key, offset, sense, count = line.split()
        word, _, rest = key.partition("%")
        if word in OURS:
            continue
        if sense == "1" and int(count) > 0 and re.fullmatch(r"[a-z]{2,14}", word):
            found[letters[rest[0]]].append((int(count), word, offset))
    chosen = {}
    for letter, entries in found.items():
        entries.sort(key=lambda e: (-e[0], e[1]))
        kept = []
        for _, word, offset in entries:
            synset = synsets.get((letter, offset))
            if (
                synset is None
                or len(synset.definition) > MAX_DEFINITION
                or len(synset.definition) < 8
            ):
                continue
            if any(w[:1].isupper() for w in synset.words) or NOT_FOR_A_DEMO.search(
                " ".join(synset.words) + synset.definition
            ):
                continue
            kept.append((word, synset))
            if len(kept) == NUM_WORDS[letter]:
                break
        chosen[letter] = kept
    return chosen


def everyday_words(index: Path, synsets) -> dict[str, list[tuple[str, Synset]]]:
    """The first sense of each word of EVERYDAY whose definition is short enough."""
    letters = {"1": "n", "2": "v", "3": "a", "5": "a"}
    wanted = {letter: set(words) for letter, words in EVERYDAY.items()}
    found: dict[str, list[tuple[str, Synset]]] = {letter: [] for letter in EVERYDAY}
    for line in index.open():
        key, offset, sense, _ = line.split()
        word, _, rest = key.partition("%")
        letter = letters.get(rest[0])
        if sense == "1" and letter and word in wanted[letter]:
            synset = synsets[letter, offset]
            definition = re.sub(r" *\([^)]*\)", "", synset.definition)
            if 8 <= len(definition) <= MAX_EVERYDAY_DEFINITION and not NOT_FOR_A_DEMO.search(
                definition
            ):
                found[letter].append((word, synset._replace(definition=definition)))
    return found


class Chat:
    """Draws turns and whole conversations."""

    def __init__(self, wordnet: Path, index: Path, rng: random.Random):
        self.rng = rng
        self.synsets = read_synsets(wordnet)
        self.words = commonest_words(index, self.synsets)
        self.common = {word for word, _ in self.words["n"]}
        self.everyday = everyday_words(index, self.synsets)

    def definition_turn(self) -> tuple[str, str]:
        rng = self.rng
        letter = rng.choices("nvar", (6, 2, 2, 0.4))[0]
        table = self.everyday if letter in self.everyday and rng.random() < 0.5 else self.words
        word, synset = rng.choice(table[letter])
        if letter != "n":
            ask = rng.choice(
                [
                    f'What does "{word}" mean?',
                    f"What does {word} mean?",
                    f'Define "{word}".',
                    f"Define {word}.",
                    f'Define the {KIND[letter]} "{word}".',
                ]
            )
            answer = (
                f"To {word} means to {synset.definition}."
                if letter == "v"
                else f'The {KIND[letter]} "{word}" means {synset.definition}.'
            )
            example = next((e for e in synset.examples if word in e and len(e) < 70), None)
            if example and rng.random() < 0.5:
                answer += f' For example: "{example}".'
            return ask, answer
        an = article(word)
        ask = rng.choice(
            [
                f"What is {an}?",
                f"What is {an}?",
                f"What is {word}?",
                f'What does "{word}" mean?',
                f"Define {word}.",
                f"Tell me about {word}.",
                f"Explain the word {word}.",
                f"Do you know what {an} is?",
            ]
        )
        answer = rng.choice(
            [
                f"{capital(an)} is {synset.definition}.",
                f"{capital(word)} is {synset.definition}.",
                f'The word "{word}" means: {synset.definition}.',
            ]
        )
        parents = [
            self.synsets[p[2], p[1]]
            for p in synset.pointers
            if p[0] == "@" and (p[2], p[1]) in self.synsets
        ]
        if parents and rng.random() < 0.5:
            answer += f" It is a kind of {parents[0].words[0]}."
        elif len(synset.words) > 1 and rng.random() < 0.4:
            others = [w for w in synset.words if w != word][:2]
            answer += f" It is also called {' or '.join(others)}."
        return ask, answer

    def kinds_turn(self) -> tuple[str, str]:
        """Names some common members of a class, or says what class a word belongs to."""
        rng = self.rng
        for _ in range(50):
            word, synset = rng.choice(self.words["n"])
            children = [
                self.synsets[p[2], p[1]].words[0]
                for p in synset.pointers
                if p[0] == "~" and (p[2], p[1]) in self.synsets
            ]
            children = [c for c in children if c in self.common]
            if len(children) >= 3:
                some = children[:5]
                ask = rng.choice(
                    [
                        f"Name some kinds of {word}.",
                        f"What kinds of {word} are there?",
                        f"Give me a list of kinds of {word}.",
                    ]
                )
                return ask, (
                    "\n".join(f"- {c}" for c in some)
                    if ask.startswith("Give")
                    else f"Some kinds of {word} are {listing(some)}."
                )
        return self.definition_turn()

    def conversation(self) -> str:
        rng = self.rng
        turns = []
        if rng.random() < 0.2:
            turns.append(own.talk_turn(rng, own.GREETINGS[:2]))
        for _ in range(rng.choice([1, 1, 1, 2, 2, 3, 4, 6])):
            draw = rng.random()
            if draw < 0.46:
                turns.append(self.definition_turn())
            elif draw < 0.50:
                turns.append(self.kinds_turn())
            elif draw < 0.68:
                turns.append(own.fact_turn(rng))
            elif draw < 0.80:
                turns.append(own.talk_turn(rng, own.SELF))
            elif draw < 0.87:
                turns.append(own.talk_turn(rng, own.GREETINGS))
            elif draw < 0.91:
                turns.append(own.story_turn(rng))
            else:
                turns.append(own.sum_question(rng))
        if rng.random() < 0.15:
            turns.append(own.talk_turn(rng, own.GREETINGS[2:4]))
        return "\n".join(f"User: {ask}\nAssistant: {answer}" for ask, answer in turns)

    def conversations(self, count: int) -> Iterator[str]:
        for _ in range(count):
            yield self.conversation()
