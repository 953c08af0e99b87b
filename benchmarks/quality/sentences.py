"""The sentence that an unseen person writes, made from their first events only: never from what they did later."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.quality.data import labels

ITEMS_READ = 3
MOST_WORDS = 4
STOP_WORDS = frozenset(["a", "an", "and", "at", "by", "for", "from", "in", "into", "of", "on", "or", "the", "to"])
TEMPLATES = (
    "I am looking for {}.",
    "Something with {}, please.",
    "{}",
    "I like {} and would love to find more.",
    "Can you recommend something about {}?",
    "Mostly {} for me.",
    "What do you have in the way of {}?",
    "My taste: {}.",
)
JOINERS = (", ", " and ", " or ", " ")


def title_phrase(title: str, rng: np.random.Generator) -> str:
    """Two or three neighbouring words of a title, without empty words at its ends."""
    words = re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", title)
    full = [n for n, word in enumerate(words) if word.lower() not in STOP_WORDS]
    if not full:
        return title.strip()
    start = int(rng.choice(full[:-1] or full))
    phrase = words[start : start + int(rng.integers(2, 4))]
    while len(phrase) > 1 and phrase[-1].lower() in STOP_WORDS:
        phrase.pop()
    return " ".join(phrase)


def write(items: Sequence[dict[str, Any]], rng: np.random.Generator) -> str:
    """One sentence from the first three of ``items``: some of their labels, or phrases of titles that have none."""
    words: list[str] = []
    for item in items[:ITEMS_READ]:
        words += labels(item) or [title_phrase(str(item.get("title") or ""), rng)]
    words = [word for word in dict.fromkeys(words) if word]
    if not words:
        return ""
    count = int(rng.integers(min(2, len(words)), min(MOST_WORDS, len(words)) + 1))
    chosen = [words[n] for n in rng.choice(len(words), size=count, replace=False)]
    template, joiner = TEMPLATES[rng.integers(len(TEMPLATES))], JOINERS[rng.integers(len(JOINERS))]
    return template.format(joiner.join(chosen))
