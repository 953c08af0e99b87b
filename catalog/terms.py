"""Text → terms: the one tokenizer behind full-text search, tf-idf and “words found in the item”.

Words of alphabetic scripts are stemmed by Snowball; runs of Chinese, Japanese and Korean characters become character
bigrams, which need no dictionary and no database extension.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import snowballstemmer

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_RUNS = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_IS_CJK = re.compile(rf"[{_CJK}]")
_LONGEST_TERM = 60


def terms(text: str) -> list[str]:
    """The terms of a text in reading order, repeats kept."""
    return [term for run in words(text) for term in word_terms(run)]


def words(text: str) -> list[str]:
    """The words of a text as written (folded to lower case and compatible characters)."""
    return _RUNS.findall(unicodedata.normalize("NFKC", text).casefold())


def word_terms(word: str) -> list[str]:
    """The terms one word stands for: its stem, or the bigrams of a run of CJK characters."""
    if not _IS_CJK.match(word):
        return [_stem(word[:_LONGEST_TERM])]
    return [word[i : i + 2] for i in range(len(word) - 1)] or [word]


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    # A stemmer keeps state while it works, so each miss takes a new one: threads never share.
    return str(snowballstemmer.stemmer("english").stemWord(word))
