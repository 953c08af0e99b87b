"""P: who asks. The sentence and the behaviour are read here, kept apart, and blended only where a score is made."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock
from typing import Any

import numpy as np

from catalog.terms import terms as text_terms
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.training import SpaceModel
from recommender.plugins.types import (
    Features,
    Floats,
    History,
    Ids,
    Profile,
    Query,
    SpaceInfo,
    SpaceProfile,
    Vectors,
)
from recommender.selectors.features import RawFeatures
from recommender.selectors.lexical import sentence_row
from recommender.selectors.source import source
from recommender.selectors.statistics import CatalogStatistics
from recommender.selectors.vocabulary import TermRows, Vocabulary, structured_rows
from recommender.serving.failures import reason_to_go_on
from recommender.serving.trace import Trace

ANCHORS = 24
ANCHOR_POOL = 50
"""So many by words, twice as many by meaning. Twice the pool gave the same anchors but for one in 240."""
ANCHOR_SCORE = 1.0
"""Known items below it do not stand for the sentence: nobody has chosen anything like it yet."""
ANCHORS_KEPT = 2_000


@dataclass(frozen=True)
class Person:
    """Who asks, before anything is encoded or looked up."""

    text: str = ""
    history: History = field(default_factory=History)
    disliked: History = field(default_factory=History)
    profile_id: int | None = None
    session_id: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    language: str = ""


@dataclass(frozen=True)
class TextSpace:
    """A text space, and how a sentence gets into it: its unit vector, or PluginUnavailableError."""

    info: SpaceInfo
    encoder: str
    encode: Callable[[str], Floats]


@dataclass(frozen=True)
class TrainedSpace:
    """The space of a trained ranker, and the ranker, which says where a person stands in it."""

    info: SpaceInfo
    model: SpaceModel[Any]


@dataclass(frozen=True)
class Reads:
    """What a pipeline's profiles are made of: spaces, and the tables (slug → measures) of its model version."""

    texts: Sequence[TextSpace] = ()
    trained: Sequence[TrainedSpace] = ()
    tables: Mapping[str, Sequence[str]] = field(default_factory=dict)
    version_id: int = 0

    @property
    def spaces(self) -> tuple[SpaceInfo, ...]:
        """All spaces, those of texts first."""
        return (*(space.info for space in self.texts), *(space.info for space in self.trained))


@dataclass(frozen=True)
class Anchors:
    """The sentence's pseudo-history: the known items that it names best, their tokens and trained vectors."""

    items: History = field(default_factory=History)
    structured: TermRows = field(default_factory=lambda: structured_rows([]))
    vectors: Mapping[str, Vectors] = field(default_factory=dict)


@dataclass(frozen=True)
class Sight:
    """A profile, and what turns items into features comparable with it."""

    profile: Profile
    reads: Reads
    figures: CatalogStatistics
    lexical: Vocabulary
    structured: Vocabulary

    def features(self, raw: RawFeatures, now: datetime) -> Features:
        """F against this person's words."""
        return raw.against(self.lexical, self.structured, now)


def current(person: Person, reads: Reads, query: Query, trace: Trace) -> Sight:
    """The profile of an answer. A sentence whose encoder is unavailable still counts by its words."""
    figures = source().statistics(query.catalog_id, query.figures_version)
    past = source().raw_features(person.history.item_ids, reads.spaces, figures, whiten=False)
    history = _existing(person.history, past.item_ids)
    views = {
        space.info.key: SpaceProfile(space.info, _encode(person.text, space, trace), past.vectors[space.info.key])
        for space in reads.texts
    }
    views |= {space.info.key: SpaceProfile(space.info, None, past.vectors[space.info.key]) for space in reads.trained}
    words = text_terms(person.text)
    sentence = sentence_row(words, figures)
    lexical = Vocabulary(sentence, past.lexical)
    profile = Profile(
        text=person.text,
        terms=tuple(words),
        history=history,
        spaces=views,
        sentence_lexical=lexical.matrix(sentence),
        history_lexical=lexical.matrix(past.lexical),
        disliked=person.disliked,
        profile_id=person.profile_id,
        session_id=person.session_id,
    )
    sight = Sight(profile, reads, figures, lexical, Vocabulary(past.structured))
    sight = _with_anchors(sight, past.structured, _anchors(sight, query) if profile.has_text else Anchors())
    return replace(sight, profile=_with_aims(sight.profile, reads, trace)) if reads.trained else sight


def _with_anchors(sight: Sight, past: TermRows, anchors: Anchors) -> Sight:
    """The sight with the sentence's pseudo-history, and the co-events of everything it now rests on."""
    structured = Vocabulary(past, anchors.structured)
    seeds = np.union1d(sight.profile.history.item_ids, anchors.items.item_ids)
    tables = source().tables(seeds, sight.reads.version_id, sight.reads.tables)
    profile = replace(
        sight.profile,
        spaces={key: replace(space, anchors=anchors.vectors.get(key)) for key, space in sight.profile.spaces.items()},
        anchors=anchors.items,
        history_structured=structured.matrix(past),
        anchors_structured=structured.matrix(anchors.structured),
        neighbours=tables.pop(""),
        tables=tables,
    )
    return replace(sight, profile=profile, structured=structured)


def _with_aims(profile: Profile, reads: Reads, trace: Trace) -> Profile:
    """The profile with the person's place in every trained space. A model that fails says nothing."""
    spaces = dict(profile.spaces)
    for space in reads.trained:
        try:
            spaces[space.info.key] = replace(spaces[space.info.key], aim=space.model.person(profile))
        except Exception as error:
            trace.leave_out(f"ranker {space.info.key}", reason_to_go_on(f"ranker {space.info.key}", error))
    return replace(profile, spaces=spaces)


def _existing(history: History, item_ids: Ids) -> History:
    """The history without items that are gone, so that its rows and those of its features stay aligned."""
    if len(history) == len(item_ids):
        return history
    kept = np.isin(history.item_ids, item_ids)
    kinds = tuple(kind for kind, keep in zip(history.kinds, kept, strict=True) if keep)
    return History(history.item_ids[kept], history.weights[kept], kinds)


def _encode(text: str, space: TextSpace, trace: Trace) -> Floats | None:
    if not text:
        return None
    try:
        with trace.stage("encode"):
            vector = space.encode(text)
    except PluginUnavailableError as error:
        trace.leave_out(f"encoder {space.encoder}", str(error))
        return None
    return vector if vector.any() else None


_anchors_kept: OrderedDict[tuple[object, ...], Anchors] = OrderedDict()
_lock = Lock()


def _anchors(sight: Sight, query: Query) -> Anchors:
    """Kept by sentence: the anchors rest on the catalog alone, not on filters or on the person."""
    versions = tuple(space.version for space in sight.reads.spaces)
    key = (query.catalog_id, query.figures_version, versions, sight.profile.text)
    with _lock:
        if (kept := _anchors_kept.get(key)) is not None:
            return kept
    found = _find_anchors(sight, replace(query, excluded=(), among=None, filter=type(query.filter)()))
    with _lock:
        _anchors_kept[key] = found
        while len(_anchors_kept) > ANCHORS_KEPT:
            _anchors_kept.popitem(last=False)
    return found


def _find_anchors(sight: Sight, query: Query) -> Anchors:
    """Known items by s = z(whitened cosine) + z(tf-idf cosine): the best twelve, with weights softmax(s / 2)."""
    person = sight.profile.space()
    pools = [source().text_matches(query, sight.profile.terms, ANCHOR_POOL).item_ids]
    if person is not None and person.whitened_sentence is not None:
        vector = person.whitened_sentence
        aimed = vector if person.space.matrix is None else person.space.matrix @ vector
        pools.append(source().nearest(person.space, aimed, 2 * ANCHOR_POOL, query, quick=True).item_ids)
    found = source().raw_features(np.unique(np.concatenate(pools)), sight.reads.spaces, sight.figures)
    pool = sight.features(found, query.now)
    sample = sight.features(source().reference(query.catalog_id, sight.reads.spaces, sight.figures), query.now)
    scores = _standardised(_cosines(sight.profile, pool), _cosines(sight.profile, sample))
    scores = scores + _standardised(_tfidf(sight.profile, pool), _tfidf(sight.profile, sample))
    scores[pool.is_new | (scores < ANCHOR_SCORE)] = -np.inf
    best = np.argsort(-scores, kind="stable")[:ANCHORS]
    best = best[np.isfinite(scores[best])]
    if not len(best):
        return Anchors()
    weights = np.exp((scores[best] - scores[best[0]]) / 2)
    items = History(pool.item_ids[best], (weights / weights.sum()).astype(np.float32), ("sentence",) * len(best))
    return Anchors(items, found.structured.take(best), {key: rows[best] for key, rows in found.vectors.items()})


def _cosines(profile: Profile, features: Features) -> Floats:
    person = profile.space()
    if person is None or person.whitened_sentence is None:
        return np.zeros(len(features), dtype=np.float32)
    return features.whitened[person.space.key] @ person.whitened_sentence


def _tfidf(profile: Profile, features: Features) -> Floats:
    assert profile.sentence_lexical is not None
    return np.asarray(features.lexical @ profile.sentence_lexical.toarray()[0], dtype=np.float32)


def _standardised(values: Floats, sample: Floats) -> Floats:
    if not len(sample) or not (spread := float(sample.std())):
        return np.zeros_like(values)
    return np.asarray((values - sample.mean()) / spread, dtype=np.float32)
