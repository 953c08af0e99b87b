"""An encoder without a model: words and character bigrams hashed into a few dimensions.

For tests and for trying things: it finds items that share words with a sentence, and nothing beyond that.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from hashlib import blake2b

import numpy as np
from pydantic import Field

from recommender.plugins.contracts import Encoder, PluginSettings
from recommender.plugins.types import Role, Vectors

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_RUNS = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")


class HashingSettings(PluginSettings):
    """Settings of the hashing encoder."""

    dimension: int = Field(default=64, ge=8, le=4000, title="Dimension", description="Length of a vector.")


class HashingEncoder(Encoder[HashingSettings]):
    """Feature hashing: each word, or pair of CJK characters, falls into one dimension with one sign."""

    name = "hashing"
    title = "Hashed words"
    summary = "No model: words hashed into a vector. For tests."
    Settings = HashingSettings

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.settings.dimension

    def encode(self, texts: list[str], role: Role) -> Vectors:
        """Unit rows (n, d): 1 + ln(count) of each feature. Both roles are encoded alike."""
        rows: Vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for feature, count in Counter(features(text)).items():
                place, sign = self._place(feature)
                row[place] += sign * (1.0 + math.log(count))
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / np.where(norms > 0, norms, 1.0), dtype=np.float32)

    def _place(self, feature: str) -> tuple[int, float]:
        """Where a feature falls. Not Python's `hash`, which differs from process to process."""
        number = int.from_bytes(blake2b(feature.encode("utf-8", "replace"), digest_size=8).digest(), "little")
        return (number >> 1) % self.dimension, 1.0 if number & 1 else -1.0


def features(text: str) -> list[str]:
    """Words in lower case; a run of Chinese, Japanese or Korean characters gives its bigrams."""
    found: list[str] = []
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text).casefold()):
        is_cjk = re.match(f"[{_CJK}]", run)
        found += ([run[i : i + 2] for i in range(len(run) - 1)] or [run]) if is_cjk else [run]
    return found
