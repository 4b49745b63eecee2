"""Text that this project writes itself: stories and verse from a grammar, arithmetic, and small
talk.

Everything here is drawn from a `random.Random`, so one seed gives one corpus. Each generator yields
whole documents. The sentences are ours (Apache-2.0, as the rest of the project).
"""

import random
from typing import Iterator

# --- Words ----------------------------------------------------------------------------------------
# ---------------------

NAMES = "Anna Ben Clara David Emma Frank Grace Hugo Iris Jack Kate Leo Mia Nora Oscar Paul Rosa Sam Tom Vera Will Zoe".split()
ANIMALS = {  # name: (colour, home, food, sound, legs)
    "dog": ("brown", "a house", "meat", "barks", 4),
    "cat": ("black", "a house", "fish", "meows", 4),
    "cow": ("brown", "a field", "grass", "moos", 4),
    "horse": ("brown", "a stable", "grass", "neighs", 4),
    "sheep": ("white", "a field", "grass", "bleats", 4),
    "pig": ("pink", "a farm", "corn", "grunts", 4),
    "duck": ("white", "a pond", "plants", "quacks", 2),
    "frog": ("green", "a pond", "flies", "croaks", 4),
    "lion": ("yellow", "the savanna", "meat", "roars", 4),
    "bear": ("brown", "the forest", "honey", "growls", 4),
    "wolf": ("grey", "the forest", "meat", "howls", 4),
    "fox": ("red", "the forest", "mice", "barks", 4),
    "owl": ("brown", "a tree", "mice", "hoots", 2),
    "crow": ("black", "a tree", "seeds", "caws", 2),
    "bee": ("yellow", "a hive", "nectar", "buzzes", 6),
    "ant": ("black", "a nest", "seeds", "makes no sound", 6),
    "snake": ("green", "the grass", "mice", "hisses", 0),
    "mouse": ("grey", "a hole", "cheese", "squeaks", 4),
    "elephant": ("grey", "the savanna", "leaves", "trumpets", 4),
    "rabbit": ("white", "a burrow", "carrots", "is quiet", 4),
    "goose": ("white", "a farm", "grass", "honks", 2),
    "spider": ("black", "a web", "flies", "makes no sound", 8),
    "whale": ("blue", "the sea", "small fish", "sings", 0),
    "penguin": ("black and white", "the ice", "fish", "honks", 2),
}
THINGS = {
    "grass": "green",
    "the sky": "blue",
    "snow": "white",
    "blood": "red",
    "a banana": "yellow",
    "a lemon": "yellow",
    "coal": "black",
    "milk": "white",
    "a tomato": "red",
    "the sun": "yellow",
    "chocolate": "brown",
    "the sea": "blue",
    "a carrot": "orange",
    "a leaf": "green",
    "the night": "black",
    "a cherry": "red",
    "a pumpkin": "orange",
    "salt": "white",
    "a cloud": "white",
    "a frog": "green",
    "a plum": "purple",
    "gold": "yellow",
    "silver": "grey",
    "wood": "brown",
}
CAPITALS = {
    "France": "Paris",
    "Germany": "Berlin",
    "Spain": "Madrid",
    "Italy": "Rome",
    "England": "London",
    "Portugal": "Lisbon",
    "Austria": "Vienna",
    "Greece": "Athens",
    "Norway": "Oslo",
    "Sweden": "Stockholm",
    "Denmark": "Copenhagen",
    "Finland": "Helsinki",
    "Poland": "Warsaw",
    "Ireland": "Dublin",
    "Japan": "Tokyo",
    "China": "Beijing",
    "Egypt": "Cairo",
    "Russia": "Moscow",
    "Canada": "Ottawa",
    "Mexico": "Mexico City",
    "Peru": "Lima",
    "Chile": "Santiago",
    "Cuba": "Havana",
    "Kenya": "Nairobi",
    "Turkey": "Ankara",
    "Hungary": "Budapest",
    "Belgium": "Brussels",
    "Iceland": "Reykjavik",
}
OPPOSITES = (
    "hot cold|big small|good bad|old new|long short|high low|fast slow|hard soft|light dark|open closed|wet dry|rich poor|"
    "happy sad|strong weak|full empty|early late|near far|up down|left right|day night|true false|first last|clean dirty|"
    "loud quiet|deep shallow|wide narrow|thick thin|heavy light|young old|easy difficult|right wrong|black white|begin end"
)
PLURALS = (
    "dog dogs|cat cats|mouse mice|child children|man men|woman women|foot feet|tooth teeth|box boxes|city cities|leaf leaves|"
    "knife knives|sheep sheep|fish fish|bus buses|goose geese|story stories|baby babies|house houses|tree trees|book books|wolf wolves"
)
PASTS = (
    "go went|see saw|eat ate|give gave|take took|come came|run ran|write wrote|read read|sing sang|drink drank|know knew|think thought|"
    "make made|find found|say said|walk walked|play played|work worked|begin began|swim swam|fly flew|speak spoke|buy bought"
)
LANGUAGES = {
    "German": "dog Hund|cat Katze|house Haus|tree Baum|water Wasser|bread Brot|book Buch|day Tag|night Nacht|sun Sonne|moon Mond|"
    "friend Freund|hello hallo|thank you danke|yes ja|no nein|red rot|green grün|one eins|two zwei|three drei",
    "Spanish": "dog perro|cat gato|house casa|tree árbol|water agua|bread pan|book libro|day día|night noche|sun sol|moon luna|"
    "friend amigo|hello hola|thank you gracias|yes sí|no no|red rojo|green verde|one uno|two dos|three tres",
}
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = (
    "January February March April May June July August September October November December".split()
)
SPELLING = (
    "cat dog house tree water apple bread table chair green yellow orange school friend night light river stone cloud paper music window "
    "garden winter summer spring autumn doctor father mother sister brother children morning evening expert router token layer model "
    "number letter answer question people world earth heart flower butter silver castle bridge engine"
).split()

PRODUCT = "Gatescope"


def pairs(table: str) -> list[tuple[str, str]]:
    return [tuple(entry.rsplit(" ", 1)) for entry in table.split("|")]


def article(noun: str) -> str:
    return ("an " if noun[0].lower() in "aeiou" else "a ") + noun


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def listing(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


# --- Stories and verse
# -------------------------------------------------------------------------------------------------

PLACES = [
    "forest",
    "village",
    "valley",
    "garden",
    "town by the sea",
    "green hill",
    "old mill",
    "quiet farm",
    "small island",
    "castle",
]
HEROES = [
    "fox",
    "rabbit",
    "bear",
    "mouse",
    "owl",
    "dog",
    "cat",
    "frog",
    "duck",
    "boy",
    "girl",
    "farmer",
    "fisherman",
    "baker",
    "wolf",
    "horse",
]
MOODS = [
    "kind",
    "clever",
    "brave",
    "shy",
    "little",
    "old",
    "young",
    "curious",
    "hungry",
    "lonely",
    "cheerful",
    "sleepy",
]
LOST = [
    "red hat",
    "golden ring",
    "silver key",
    "blue ball",
    "warm coat",
    "wooden boat",
    "little bell",
    "old map",
    "sweet cake",
    "bright lamp",
]
SPOTS = [
    "under a big stone",
    "behind the old tree",
    "in the cold river",
    "on top of the hill",
    "inside a dark cave",
    "in the tall grass",
    "near the stone bridge",
    "beside the road",
]
WEATHER = [
    "The sun was shining",
    "It was raining",
    "The wind was cold",
    "Snow lay on the ground",
    "The night was dark",
    "The sky was blue",
]
MORALS = [
    "A friend who helps is worth more than gold.",
    "It is better to ask than to wander alone.",
    "Small hands can do great things.",
    "Who shares his bread will never be alone.",
    "Patience opens many doors.",
    "Be kind, and others will be kind to you.",
    "Even the strong need help sometimes.",
    "A good word costs nothing.",
]


def story(rng: random.Random, hero: str | None = None) -> str:
    """One story in the past tense; who wants what, who helps, and the ending all agree with each
    other.
    """
    hero = hero or rng.choice(HEROES)
    helper = rng.choice([h for h in HEROES if h != hero])
    mood, place, name = rng.choice(MOODS), rng.choice(PLACES), rng.choice(NAMES)
    thing, spot = rng.choice(LOST), rng.choice(SPOTS)
    female = hero == "girl" or (
        hero not in ("boy", "farmer", "fisherman", "baker")
        and name in "Anna Clara Emma Grace Iris Kate Mia Nora Rosa Vera Zoe".split()
    )
    if (
        hero == "girl"
        and name not in "Anna Clara Emma Grace Iris Kate Mia Nora Rosa Vera Zoe".split()
    ):
        name = rng.choice("Anna Clara Emma Grace Iris Kate Mia Nora Rosa Vera Zoe".split())
    if hero in ("boy", "farmer", "fisherman", "baker"):
        name = rng.choice("Ben David Frank Hugo Jack Leo Oscar Paul Sam Tom Will".split())
    he, his, him = ("she", "her", "her") if female else ("he", "his", "him")
    lines = [
        rng.choice(
            [
                f"Once upon a time there was {article(mood)} {hero} called {name}.",
                f"Long ago {article(mood)} {hero} named {name} lived in {article(place)}.",
                f"In {article(place)} there lived {article(mood)} {hero}. {capital(his)} name was {name}.",
            ]
        )
    ]
    if " lived in " not in lines[0] and not lines[0].startswith("In "):
        lines.append(f"{name} lived in {article(place)}.")
    lines.append(f"{rng.choice(WEATHER)}, and {name} wanted to go for a walk.")
    plot = rng.randrange(4)
    if plot == 0:
        lines.append(
            f"One day {name} lost {his} {thing}. {capital(he)} looked everywhere, but {he} could not find it."
        )
        lines.append(
            f'Then {he} met {article(helper)}. "Why are you sad?" asked the {helper}. "I have lost my {thing}," said {name}.'
        )
        lines.append(
            f'"I will help you," said the {helper}. They looked together, and they found the {thing} {spot}.'
        )
        lines.append(
            f"{name} was very happy and thanked the {helper}. From that day on they were friends."
        )
    elif plot == 1:
        lines.append(
            f"One day {name} found {article(thing)} {spot}. It was not {his} own, so {he} asked everyone in the {place.split()[-1]} about it."
        )
        lines.append(
            f'"It is mine!" said {article(helper)}. "I lost it a long time ago." {name} gave the {thing} back at once.'
        )
        lines.append(
            f"The {helper} was so glad that they had a big dinner together. They ate and laughed until the moon came up."
        )
    elif plot == 2:
        lines.append(
            f"One day {name} heard a cry {spot}. It was {article(helper)} who could not get home."
        )
        lines.append(
            f'"Please help me," said the {helper}. "I am cold and I am hungry." {name} gave the {helper} some bread and showed the way home.'
        )
        lines.append(
            f"The next winter {name} was ill, and the {helper} came every day with warm soup. Soon {name} was well again."
        )
    else:
        lines.append(
            f'One day {article(helper)} came and said: "I can run faster than you." {name} did not believe it, so they had a race.'
        )
        lines.append(
            f"The {helper} ran fast, but stopped to sleep {spot}. {name} walked slowly and did not stop."
        )
        lines.append(
            f"In the end {name} was the first, and the {helper} was the last. They both laughed and went home."
        )
    if rng.random() < 0.7:
        lines.append(rng.choice(MORALS))
    if rng.random() < 0.3:
        lines.append("The end.")
    return " ".join(lines)


RHYMES = [
    "light night bright sight",
    "day way play say",
    "tree free see bee",
    "sun run fun one",
    "sea me three key",
    "moon soon tune noon",
    "star far are car",
    "rain lane again pain",
    "stone alone bone own",
    "sky high fly by",
    "hill still will until",
    "snow go low slow",
    "door floor more four",
    "bell tell well fell",
    "sleep deep sheep keep",
    "ring sing spring king",
]
VERSE_STARTS = [
    "The wind is soft and so is the {}",
    "I saw a bird beside the {}",
    "We walk together, slow and {}",
    "And all I want is one more {}",
    "O little friend, look at the {}",
    "The river sings about the {}",
    "My heart is warm, I love the {}",
    "A small boat waits beside the {}",
    "I close my eyes and think of the {}",
    "The old man smiles and tells of the {}",
    "And so we dance around the {}",
    "There is a song about the {}",
]


def verse(rng: random.Random) -> str:
    stanzas = []
    for _ in range(rng.choice([1, 1, 2])):
        first, second = rng.sample(RHYMES, 2)
        a, b = rng.sample(first.split(), 2), rng.sample(second.split(), 2)
        starts = rng.sample(VERSE_STARTS, 4)
        ends = [a[0], b[0], a[1], b[1]] if rng.random() < 0.5 else [a[0], a[1], b[0], b[1]]
        stanzas.append(
            "\n".join(start.format(end) + mark for start, end, mark in zip(starts, ends, ",;,."))
        )
    return "\n\n".join(stanzas)


def stories(rng: random.Random, count: int) -> Iterator[str]:
    for _ in range(count):
        if rng.random() < 0.85:
            hero = rng.choice(HEROES)
            title = rng.choice(
                [f"The {hero.capitalize()}\n\n", f"A story about {article(hero)}\n\n", "", ""]
            )
            yield title + story(rng, hero)
        else:
            yield verse(rng)


# --- Arithmetic -----------------------------------------------------------------------------------
# ---------------------

GOODS = "apples books coins pens stones cards marbles eggs cakes flowers".split()


def sum_question(rng: random.Random) -> tuple[str, str]:
    """One question and its right answer; every operand is small enough that the digits can be
    learned.
    """
    kind = rng.randrange(9)
    big = 20 if rng.random() < 0.4 else 99
    a, b, c = rng.randint(1, big), rng.randint(1, big), rng.randint(2, 10)
    if kind <= 1:
        ask = rng.choice(
            [
                f"What is {a} + {b}?",
                f"How much is {a} plus {b}?",
                f"{a} + {b} = ?",
                f"What is {a} plus {b}?",
            ]
        )
        return ask, f"{a} + {b} = {a + b}."
    if kind == 2:
        a, b = max(a, b), min(a, b)
        ask = rng.choice(
            [f"What is {a} - {b}?", f"How much is {a} minus {b}?", f"What is {a} minus {b}?"]
        )
        return ask, f"{a} - {b} = {a - b}."
    if kind == 3:
        a = rng.randint(1, 12)
        ask = rng.choice(
            [f"What is {a} times {c}?", f"What is {a} x {c}?", f"How much is {a} times {c}?"]
        )
        return ask, f"{a} x {c} = {a * c}."
    if kind == 4:
        a = rng.randint(1, 12)
        return f"What is {a * c} divided by {c}?", f"{a * c} / {c} = {a}."
    if kind == 5:
        name, goods = rng.choice(NAMES), rng.choice(GOODS)
        if rng.random() < 0.5:
            return (
                f"{name} has {a} {goods} and gets {b} more. How many {goods} does {name} have?",
                f"{a} + {b} = {a + b}, so {name} has {a + b} {goods}.",
            )
        a, b = max(a, b) + 1, min(a, b)
        return (
            f"{name} has {a} {goods} and gives away {b}. How many {goods} are left?",
            f"{a} - {b} = {a - b}, so {a - b} {goods} are left.",
        )
    if kind == 6:
        start, step = rng.randint(1, 20), rng.randint(1, 10)
        shown = ", ".join(str(start + step * i) for i in range(5))
        return (
            rng.choice([f"Continue the sequence: {shown}", f"What comes next: {shown}?"]),
            f"{', '.join(str(start + step * i) for i in range(5, 8))}. Each number is {step} more than the one before.",
        )
    if kind == 7:
        if rng.random() < 0.5:
            return f"Is {a} even or odd?", f"{a} is {'odd' if a % 2 else 'even'}."
        while a == b:
            b = rng.randint(1, big)
        return f"Which is larger, {a} or {b}?", f"{max(a, b)} is larger than {min(a, b)}."
    a, b = rng.randint(1, 10), rng.randint(1, 20)
    return (
        f"Solve for x: {c}x + {b} = {c * a + b}",
        f"{c}x = {c * a + b} - {b} = {c * a}, so x = {c * a} / {c} = {a}.",
    )


def maths(rng: random.Random, count: int) -> Iterator[str]:
    for _ in range(count):
        if rng.random() < 0.5:
            yield "\n".join(
                f"User: {q}\nAssistant: {a}"
                for q, a in (sum_question(rng) for _ in range(rng.randint(1, 4)))
            )
        elif rng.random() < 0.7:
            yield "\n".join(equation(rng) for _ in range(rng.randint(4, 10)))
        else:
            n = rng.randint(2, 12)
            yield f"The {n} times table:\n" + "\n".join(
                f"{i} x {n} = {i * n}" for i in range(1, 11)
            )


def equation(rng: random.Random) -> str:
    big = rng.choice([10, 20, 99])
    a, b, c = rng.randint(1, big), rng.randint(1, big), rng.randint(2, 12)
    low, high = min(a, b), max(a, b)
    return rng.choice(
        [
            f"{a} + {b} = {a + b}",
            f"{high} - {low} = {high - low}",
            f"{a % 12 + 1} x {c} = {(a % 12 + 1) * c}",
            f"{(a % 12 + 1) * c} / {c} = {a % 12 + 1}",
            f"{low} < {high + 1}",
            f"{a} + {b} + {c} = {a + b + c}",
        ]
    )


# --- Small talk -----------------------------------------------------------------------------------
# ---------------------

GREETINGS = [
    (
        [
            "Hello",
            "Hello!",
            "Hi",
            "Hi!",
            "Hi there",
            "Hey",
            "Good morning",
            "Good evening",
            "Hello there!",
        ],
        [
            f"Hello! I am the small demo model of {PRODUCT}. What would you like to talk about?",
            "Hello! How can I help you?",
            "Hi! Ask me for a sum, a word or a story.",
            "Hello! It is nice to meet you. What can I do for you?",
        ],
    ),
    (
        ["How are you?", "How are you today?", "How do you do?"],
        [
            "I am well, thank you. All my experts are awake. How are you?",
            "I am fine, thank you! What can I do for you?",
        ],
    ),
    (
        ["Thank you", "Thank you!", "Thanks", "Thanks a lot!", "Thank you very much."],
        [
            "You are welcome!",
            "You are welcome. Ask me something else if you like.",
            "With pleasure!",
        ],
    ),
    (
        ["Goodbye", "Bye", "Good night", "See you later", "Bye!"],
        [
            "Goodbye! It was nice to talk to you.",
            "Goodbye, and come back soon!",
            "Good night! Sleep well.",
        ],
    ),
    (
        ["I am fine, thank you.", "I am well.", "I feel good today."],
        [
            "I am glad to hear that. What shall we do now?",
            "That is good! Do you want to hear a story?",
        ],
    ),
    (
        ["I am sad.", "I feel sad today.", "I am not well."],
        [
            "I am sorry to hear that. Would a little story help?",
            "I am sorry. I hope that tomorrow is a better day.",
        ],
    ),
    (
        ["I like you.", "You are nice.", "Well done!", "Very good!"],
        ["Thank you! That is kind of you.", "Thank you, I do my best."],
    ),
    (
        ["You are wrong.", "That is wrong.", "No, that is not right."],
        [
            "I am sorry. I am a very small model and I make many mistakes.",
            "You may be right. I am small and I often get things wrong.",
        ],
    ),
]

SELF = [
    (
        [
            "Who are you?",
            "What are you?",
            "What is your name?",
            "Tell me about yourself.",
            "Are you a human?",
            "Are you Grok?",
            "Are you a robot?",
        ],
        [
            f"I am the demo model that comes with {PRODUCT}. I am a small mixture of experts with eight experts in each layer.",
            f"I am a very small language model. I was made so that {PRODUCT} has something to show without a big download.",
            f"I am a little model built like Grok-1, but tens of thousands of times smaller. {PRODUCT} uses me as a demo.",
        ],
    ),
    (
        [
            "What can you do?",
            "What do you know?",
            "How can you help me?",
            "Help",
            "What should I ask you?",
        ],
        [
            "I can define words, do small sums, spell, name colours and capitals, and tell short stories. I am small, so check what I say.",
            "Ask me for the meaning of a word, for a sum like 12 + 30, or for a story about a fox. I can also write a little German, Spanish, Python and C.",
        ],
    ),
    (
        [
            "What is Gatescope?",
            "What does Gatescope do?",
            "Tell me about Gatescope.",
            "What is this program?",
        ],
        [
            f"{PRODUCT} is a program that runs mixture of experts models and shows, for every token, which experts are used.",
            f"{PRODUCT} lets you chat with a model and watch its experts at work. Each cell of the heatmap is one expert in one layer.",
            f"{PRODUCT} opens a model, lets you talk to it and shows how the router chooses experts for each token.",
        ],
    ),
    (
        ["What is an expert?", "What are experts?", "What does an expert do?", "Explain experts."],
        [
            "An expert is a small network inside a layer. Each layer has eight of them, and only two work on each token.",
            "An expert is one of the eight feed-forward networks of a layer. The router decides which two of them are used for a token.",
        ],
    ),
    (
        [
            "What is a router?",
            "What does the router do?",
            "Explain the router.",
            "How are experts chosen?",
            "Who chooses the experts?",
        ],
        [
            "The router looks at a token and gives each expert a probability. The two experts with the highest probability do the work.",
            "A router is a small matrix in each layer. It scores all eight experts for a token and picks the best two.",
        ],
    ),
    (
        ["What is a token?", "What are tokens?", "Explain tokens.", "What does token mean?"],
        [
            "A token is a piece of text, often a word or a part of a word. I read and write one token at a time.",
            "A token is a small piece of text. My vocabulary has 4096 different tokens.",
        ],
    ),
    (
        [
            "What is a mixture of experts?",
            "What does MoE mean?",
            "Explain mixture of experts.",
            "What is MoE?",
        ],
        [
            "A mixture of experts is a model in which each layer has many networks, but only a few of them work on each token.",
            "MoE is short for mixture of experts. The model has many parameters, but it uses only a part of them for each token.",
        ],
    ),
    (
        ["What is a layer?", "How many layers do you have?", "What does a layer do?"],
        [
            "A layer is one step of the model: first attention looks back at the text, then two experts work on each token. I have six layers.",
            "I have six layers. Each layer has attention, a router and eight experts.",
        ],
    ),
    (
        [
            "How many experts do you have?",
            "How many experts are there?",
            "How many experts are used for a token?",
        ],
        [
            "I have eight experts in each of my six layers. Two of the eight are used for each token.",
            "There are eight experts in each layer, and two of them are used for each token.",
        ],
    ),
    (
        ["What is attention?", "Explain attention.", "What does attention do?"],
        [
            "Attention lets each token look back at the tokens before it and take from them what it needs.",
            "With attention a token can look at the earlier tokens and copy or combine what they know.",
        ],
    ),
    (
        ["What is a gate?", "What is the gate of an expert?", "Explain the gate."],
        [
            "The gate is the probability that the router gives to an expert. The answer of the expert is multiplied by it."
        ],
    ),
    (
        ["What is a heatmap?", "What does the heatmap show?", "How do I read the heatmap?"],
        [
            "The heatmap has one row for each layer and one column for each expert. A bright cell means that the router likes this expert.",
            "Each cell of the heatmap is an expert. The brighter the cell, the higher its probability for this token.",
        ],
    ),
    (
        ["What does ablate mean?", "What happens if I ablate an expert?", "What is ablation?"],
        [
            "To ablate an expert means to switch it off. Then the router has to use the other experts, and my answer may change."
        ],
    ),
    (
        ["How large are you?", "How big are you?", "How many parameters do you have?"],
        [
            "I have about nine million parameters. About three and a half million of them are used for each token.",
            "I am very small: about nine million parameters. Grok-1 has 316 billion.",
        ],
    ),
    (
        ["How were you trained?", "What did you learn from?", "Where does your text come from?"],
        [
            "I was trained for an hour on a small computer, with free text: a dictionary, the Bible, program code, manuals, and stories made by a grammar.",
            "I learned from a few million words of free text: definitions, code, old books, manuals and small stories.",
        ],
    ),
    (
        ["Can you think?", "Do you have feelings?", "Are you alive?", "Do you sleep?"],
        [
            "No, I am only a small program that guesses the next token.",
            "No. I only guess which token comes next, and I am not very good at it.",
        ],
    ),
    (
        ["Can you be wrong?", "Do you make mistakes?", "Can I trust you?"],
        [
            "Yes, I am often wrong. I am a small demo model, so please check what I say.",
            "I make many mistakes. Do not trust me with anything important.",
        ],
    ),
]

STORY_ASKS = [
    "Tell me a story about {a}.",
    "Tell me a story about {a}",
    "Can you tell me a story about {a}?",
    "Write a short story about {a}.",
    "I want a story about {a}.",
]
VERSE_ASKS = [
    "Write a poem.",
    "Write a short poem.",
    "Can you write a poem?",
    "Make a rhyme.",
    "Write some verse for me.",
]


def fact_turn(rng: random.Random) -> tuple[str, str]:
    """A question with one right answer from the tables above."""
    kind = rng.randrange(13)
    if kind == 0:
        thing, colour = rng.choice(list(THINGS.items()))
        return (
            rng.choice(
                [f"What colour is {thing}?", f"Which colour is {thing}?", f"What color is {thing}?"]
            ),
            f"{capital(thing)} is {colour}.",
        )
    if kind in (1, 2, 3):
        animal, (colour, home, food, sound, legs) = rng.choice(list(ANIMALS.items()))
        an = article(animal)
        return rng.choice(
            [
                (f"What colour is {an}?", f"{capital(an)} is often {colour}."),
                (
                    f"Where does {an} live?",
                    (
                        f"{capital(an)} lives in {home}."
                        if not home.startswith("the ice")
                        else f"{capital(an)} lives on {home}."
                    ),
                ),
                (f"What does {an} eat?", f"{capital(an)} eats {food}."),
                (f"What sound does {an} make?", f"{capital(an)} {sound}."),
                (
                    f"How many legs does {an} have?",
                    f"{capital(an)} has {legs if legs else 'no'} legs.",
                ),
                (
                    f"Tell me about the {animal}.",
                    f"The {animal} is an animal. It is often {colour}, it eats {food} and it has {legs if legs else 'no'} legs.",
                ),
            ]
        )
    if kind == 4:
        country, city = rng.choice(list(CAPITALS.items()))
        return rng.choice(
            [
                (f"What is the capital of {country}?", f"The capital of {country} is {city}."),
                (f"Where is {city}?", f"{city} is the capital of {country}."),
            ]
        )
    if kind == 5:
        a, b = rng.choice(pairs(OPPOSITES))
        if rng.random() < 0.5 and (a, b) != ("heavy", "light"):
            a, b = (b, a) if b not in ("light", "old", "right") else (a, b)
        return (
            rng.choice([f"What is the opposite of {a}?", f'What is the opposite of "{a}"?']),
            f"The opposite of {a} is {b}.",
        )
    if kind == 6:
        a, b = rng.choice(pairs(PLURALS))
        return rng.choice(
            [
                (f"What is the plural of {a}?", f"The plural of {a} is {b}."),
                (f"One {a}, two what?", f"One {a}, two {b}."),
            ]
        )
    if kind == 7:
        a, b = rng.choice(pairs(PASTS))
        return f"What is the past of {a}?", f"The past of {a} is {b}."
    if kind == 8:
        language = rng.choice(list(LANGUAGES))
        a, b = rng.choice(pairs(LANGUAGES[language]))
        return (
            rng.choice(
                [
                    f"What is {a} in {language}?",
                    f"How do you say {a} in {language}?",
                    f"Translate {a} into {language}.",
                ]
            ),
            f"In {language}, {a} is {b}.",
        )
    if kind == 9:
        word = rng.choice(SPELLING)
        if rng.random() < 0.7:
            return (
                rng.choice(
                    [f"How do you spell {word}?", f"Spell {word}.", f"Spell the word {word}."]
                ),
                " ".join(word.upper()) + ".",
            )
        return f"How many letters does {word} have?", f"The word {word} has {len(word)} letters."
    if kind == 10:
        i = rng.randrange(7)
        return rng.choice(
            [
                (
                    f"Which day comes after {DAYS[i]}?",
                    f"{DAYS[(i + 1) % 7]} comes after {DAYS[i]}.",
                ),
                (f"Which day comes before {DAYS[i]}?", f"{DAYS[i - 1]} comes before {DAYS[i]}."),
                ("Name the days of the week.", f"The days of the week are {listing(DAYS)}."),
            ]
        )
    if kind == 11:
        i = rng.randrange(12)
        return rng.choice(
            [
                (
                    f"Which month comes after {MONTHS[i]}?",
                    f"{MONTHS[(i + 1) % 12]} comes after {MONTHS[i]}.",
                ),
                ("Name the months of the year.", f"The months are {listing(MONTHS)}."),
            ]
        )
    top = rng.choice([5, 10])
    return f"Count to {top}.", ", ".join(str(i) for i in range(1, top + 1)) + "."


def story_turn(rng: random.Random) -> tuple[str, str]:
    if rng.random() < 0.3:
        return rng.choice(VERSE_ASKS), verse(rng)
    hero = rng.choice(HEROES)
    ask = (
        "Tell me a story." if rng.random() < 0.2 else rng.choice(STORY_ASKS).format(a=article(hero))
    )
    return ask, story(rng, hero)


def talk_turn(rng: random.Random, table: list[tuple[list[str], list[str]]]) -> tuple[str, str]:
    asks, answers = rng.choice(table)
    ask = rng.choice(asks)
    if rng.random() < 0.15:  # people do not always type capitals and marks
        ask = ask.lower().rstrip("?.!")
    return ask, rng.choice(answers)
