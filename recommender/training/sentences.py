"""What a visitor might have written who went on to choose these items: from their labels and titles, in many wordings.

The words are a random part of those that the items offer, since nobody names everything. Not one template of
benchmarks/quality is used here: what is learned has to hold for sentences that others write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest
from typing import TypeVar

import numpy as np

from recommender.plugins.training import Rows
from recommender.training.wordings import CHINESE, ENGLISH, Wording

ITEMS_READ = 3
COUNTS = (1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5)
"""How many words a sentence has, each as often as it stands here."""
BARE_SHARE = 0.2
DOUBLE_SHARE = 0.3
TITLE_SHARE = 0.2
"""Sentences that mix a phrase of a title in, twice as many where there are hardly any labels."""
SMALL_POOL = 8
PART_SHARE = 0.15
"""Labels of several words of which only some are said."""
LOWER_SHARE = 0.35
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_CJK_CHARACTER, _CJK_RUN = re.compile(f"[{_CJK}]"), re.compile(f"[{_CJK}]+")
_WORD = re.compile(rf"[^\W\d_{_CJK}]+(?:['’-][^\W\d_{_CJK}]+)*")
_DRAWS = 48
T = TypeVar("T")
_EMPTY = frozenset(["a", "an", "and", "at", "by", "for", "from", "in", "into", "of", "on", "or", "the", "to", "with"])


def sentences_for(
    titles: Sequence[str], labels: Sequence[Sequence[str]], rows: Sequence[int] | Rows, rng: np.random.Generator
) -> str:
    """One sentence from the labels and titles of the first three of `rows`; empty where these have no words at all.

    The same state of `rng` gives the same sentence.
    """
    chance = iter(rng.random(_DRAWS).tolist())
    some = [int(row) for row in rows[:ITEMS_READ]]
    in_turn = zip_longest(*(labels[row] for row in some), fillvalue="")  # the first label of each, then the second …
    pool = [word for word in dict.fromkeys(chain.from_iterable(in_turn)) if word]
    bare = [row for row in some if not labels[row]]
    pool += [phrase for phrase in (title_phrase(titles[row], chance) for row in bare) if phrase]
    if not pool:
        return ""
    words = [_said(word, chance) for word in _some_of(pool, chance)]
    title = _mixed_in(titles, some, pool, chance)
    wording = CHINESE if _mostly_cjk("".join(words) + title) else ENGLISH
    sentence = _framed(words, title, wording, chance)
    return sentence.lower() if next(chance) < LOWER_SHARE else sentence


def title_phrase(title: str, chance: Iterator[float]) -> str:
    """One to three neighbouring words of a title, or some characters of a Chinese one; numbers and codes are left."""
    words = _WORD.findall(title)
    runs = _CJK_RUN.findall(title)
    if runs and len("".join(runs)) > len(words):
        return _part_of_run(_pick(runs, next(chance)), chance)
    full = [place for place, word in enumerate(words) if len(word) > 1 and word.lower() not in _EMPTY]
    if not full:
        return title.strip()
    start = _pick(full, next(chance))
    phrase = words[start : start + 1 + int(next(chance) * 3)]
    while phrase[-1].lower() in _EMPTY:
        phrase.pop()
    return " ".join(phrase)


def _part_of_run(run: str, chance: Iterator[float]) -> str:
    length = min(len(run), 2 + int(next(chance) * 5))
    start = int(next(chance) * (len(run) - length + 1))
    return run[start : start + length]


def _pick(values: Sequence[T], draw: float) -> T:
    return values[int(draw * len(values))]


def _some_of(pool: list[str], chance: Iterator[float]) -> list[str]:
    """A few words of the pool in any order; of a large pool rather the first ones, where categories and tags stand."""
    left = list(pool)
    power = 1.0 if len(pool) <= SMALL_POOL else 2.0
    count = min(_pick(COUNTS, next(chance)), len(left))
    return [left.pop(int(next(chance) ** power * len(left))) for _ in range(count)]


def _said(label: str, chance: Iterator[float]) -> str:
    """The label as somebody says it: now and then only some of its words."""
    draw = next(chance)
    parts = label.split() if draw < PART_SHARE else []
    full = [word for word in parts if len(word) > 1 and word.lower() not in _EMPTY]
    return _pick(full, draw / PART_SHARE) if len(full) > 1 else label


def _mixed_in(titles: Sequence[str], rows: list[int], pool: list[str], chance: Iterator[float]) -> str:
    """A phrase of a title beside the labels, or nothing."""
    share = TITLE_SHARE if len(pool) > 2 else 2 * TITLE_SHARE
    if next(chance) >= share:
        return ""
    phrase = title_phrase(titles[_pick(rows, next(chance))], chance)
    return "" if phrase in pool else phrase


def _framed(words: list[str], title: str, wording: Wording, chance: Iterator[float]) -> str:
    joiner = _pick(wording.joiners, next(chance))
    kind, draw = next(chance), next(chance)
    if kind < BARE_SHARE:
        return joiner.join([*words, title] if title else words)
    if title:
        return _pick(wording.titled, draw).format(title, joiner.join(words))
    if len(words) > 1 and kind < BARE_SHARE + DOUBLE_SHARE:
        return _pick(wording.double, draw).format(words[0], joiner.join(words[1:]))
    return _pick(wording.single, draw).format(joiner.join(words))


def _mostly_cjk(text: str) -> bool:
    """A character of Chinese says about as much as a few letters."""
    return 3 * len(_CJK_CHARACTER.findall(text)) >= sum(map(str.isalnum, text))
