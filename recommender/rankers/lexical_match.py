"""How many of the person's words an item shares, rare words counting more."""

from __future__ import annotations

import numpy as np
from pydantic import Field
from scipy.sparse import csr_matrix

from recommender.plugins.columns import blend, unit, unknown
from recommender.plugins.contracts import PluginSettings, Ranker
from recommender.plugins.types import Candidates, Floats, Profile, Scores


class LexicalMatchSettings(PluginSettings):
    """How far back the history is read."""

    last: int = Field(
        30, ge=1, le=200, title="Recent items", description="The best match among this many recent items gives tfmax."
    )


class LexicalMatchRanker(Ranker[LexicalMatchSettings]):
    """tf·idf cosines to the sentence: `tfidf` blended with that to the history's mean, `tfmax` with that to the best
    match of the history, `tfidf_text` alone.

    NaN throughout when the person has no words at all; 0 for an item that shares none.
    """

    name = "lexical-match"
    title = "Words in common"
    summary = "tf·idf cosine between an item's words and those of the sentence and of the history."
    Settings = LexicalMatchSettings
    columns = ("tfidf", "tfmax", "tfidf_text")

    def rank(self, profile: Profile, candidates: Candidates) -> Scores:
        """All columns in [0, 1]."""
        items, size = candidates.features.lexical, len(candidates.features)
        sentence = _sentence_column(profile, items)
        mean, best = self._history_columns(profile.history_lexical, items)
        return {
            "tfidf": blend(profile.sentence_share, sentence, mean, size),
            "tfmax": blend(profile.sentence_share, sentence, best, size),
            "tfidf_text": unknown(size) if sentence is None else sentence,
        }

    def _history_columns(self, history: csr_matrix | None, items: csr_matrix) -> tuple[Floats | None, Floats | None]:
        if history is None or not history.nnz:
            return None, None
        mean = np.asarray(history.sum(axis=0), dtype=np.float32).ravel()
        return items @ unit(mean), _best_match(items, history[: self.settings.last])


def _sentence_column(profile: Profile, items: csr_matrix) -> Floats | None:
    words = profile.sentence_lexical
    if words is None or not words.nnz:
        return None
    return np.asarray(items @ unit(words.toarray().ravel()), dtype=np.float32)


def _best_match(items: csr_matrix, history: csr_matrix) -> Floats:
    # Only the history's own words can match: with the others folded into one empty column the product stays small.
    words = np.unique(history.indices)
    place = np.full(items.shape[1], len(words), dtype=items.indices.dtype)
    place[words] = np.arange(len(words))
    narrow = csr_matrix((items.data, place[items.indices], items.indptr), shape=(items.shape[0], len(words) + 1))
    rows = np.zeros((len(words) + 1, history.shape[0]), dtype=np.float32)
    rows[place[history.indices], np.repeat(np.arange(history.shape[0]), np.diff(history.indptr))] = history.data
    return np.asarray((narrow @ rows).max(axis=1), dtype=np.float32)
