"""Why an item stands where it stands: exact shares, words found, the nearest of the history, rules; in one sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from catalog.derived import term_id
from catalog.terms import word_terms, words
from recommender.plugins.relation_paths import RelationPaths, kept, path_weights
from recommender.plugins.types import Floats, Profile, Query, Slate
from recommender.schemas import Explanation, NearItem, SourceShare
from recommender.selectors import identities
from recommender.selectors.statistics import statistics
from recommender.serving.phrases import PHRASES, Phrases
from recommender.serving.relation_phrases import RELATION_WORDS, Path

COMMON_SHARE, COMMON_ITEMS = 0.15, 10
"""A word that more items have is no reason that a reader would accept, such as “for”."""
NEAREST = 2
NEAR_ENOUGH = 0.2
LEADING_SOURCES = 2
GRAPH = "graph"
"""Columns of this start come of relations: their reason is the path."""


@dataclass(frozen=True)
class Evidence:
    """What explanations rest on, looked up once for the whole list."""

    profile: Profile
    slate: Slate
    item_terms: Mapping[int, frozenset[str]]
    words: list[tuple[str, list[str]]]
    near: list[list[tuple[int, float]]]
    leading: list[list[str]]
    titles: Mapping[int, tuple[str, str]]
    paths: Mapping[int, Path]


def language_of(text: str, wanted: str) -> str:
    """Language of reasons: the one wanted, else Chinese where the person wrote Chinese, else English."""
    if wanted:
        return "zh" if wanted.lower().startswith("zh") else "en"
    return "zh" if any("\u4e00" <= letter <= "\u9fff" for letter in text) else "en"


def gather(profile: Profile, query: Query, slate: Slate) -> Evidence:
    """Look up what the reasons of a slate need."""
    figures = statistics(query.catalog_id, query.figures_version)
    common = max(COMMON_ITEMS, COMMON_SHARE * figures.items)
    telling = [term for term, items in figures.rarest_first(profile.terms) if items <= common]
    said = [(word, word_terms(word)) for word in dict.fromkeys(words(profile.text))]
    near = _near(profile, slate)
    leading = leading_sources(slate)
    related, best = _strongest(profile, slate, leading)
    named = {*slate.item_ids.tolist(), *(item_id for items in near for item_id, _ in items)}
    named |= {int(ids[way]) for ids in (related.seeds, related.betweens) for way in related.ways[list(best.values())]}
    titles = identities.titles(np.array(sorted(named), dtype=np.int64))
    found = _item_terms(telling, profile, slate)
    paths = {item_id: _path(related, at, titles) for item_id, at in best.items()}
    return Evidence(profile, slate, found, said, near, leading, titles, paths)


def reasons(evidence: Evidence, place: int, language: str) -> list[str]:
    """A few words each, the most telling first."""
    phrases = PHRASES[language]
    found = words_found(evidence, place)
    given = [phrases.words.format(words=phrases.join(found[:4]))] if found else []
    near = evidence.near[place]
    if near:
        given.append(phrases.near.format(title=evidence.titles[near[0][0]][1]))
    for source in evidence.leading[place]:
        phrase = _phrase(evidence, place, source, phrases)
        if phrase and phrase not in given:
            given.append(phrase)
    return given[:3] or [phrases.fallback]


def _phrase(evidence: Evidence, place: int, source: str, phrases: Phrases) -> str:
    """What a source says of the item: the path where it comes of relations, else its own phrase."""
    path = evidence.paths.get(int(evidence.slate.item_ids[place])) if source.startswith(GRAPH) else None
    if path is not None:
        return RELATION_WORDS[phrases.language].phrase(path)
    return phrases.source(source, has_history=evidence.profile.events > 0)


def explanation(evidence: Evidence, place: int, language: str) -> Explanation:
    """The whole of it, for `explain: true`."""
    slate = evidence.slate
    item_id = int(slate.item_ids[place])
    near = [
        NearItem(item_id=evidence.titles[i][0], title=evidence.titles[i][1], similarity=round(s, 4))
        for i, s in evidence.near[place]
    ]
    return Explanation(
        sentence=_sentence(evidence, place, PHRASES[language]),
        sources=_sources(slate, place),
        words=words_found(evidence, place),
        history=near,
        rules=[f"{hit.rule}: {hit.effect}" for hit in slate.hits if hit.item_id == item_id],
    )


def words_found(evidence: Evidence, place: int) -> list[str]:
    """Telling words of the sentence that the item has, as the person wrote them; runs of bigrams are joined."""
    terms = evidence.item_terms.get(int(evidence.slate.item_ids[place]), frozenset())
    found: list[str] = []
    for word, own in evidence.words if terms else ():
        if len(own) == 1:
            found += [word] if own[0] in terms else []
        else:
            found += _joined([term in terms for term in own], word)
    return list(dict.fromkeys(found))


def _joined(hits: list[bool], word: str) -> list[str]:
    """Neighbouring bigrams that were found, as the longest pieces of the word."""
    pieces: list[str] = []
    start: int | None = None
    for place, hit in enumerate([*hits, False]):
        if hit and start is None:
            start = place
        elif not hit and start is not None:
            pieces.append(word[start : place + 1])
            start = None
    return pieces


def leading_sources(slate: Slate) -> list[list[str]]:
    """For each place the columns that lifted the item most, largest share first."""
    names = [name for name in slate.contributions if name != "constant"]
    if not names:
        return [[] for _ in range(len(slate))]
    shares = np.stack([slate.contributions[name] for name in names], axis=1)
    order = np.argsort(-shares, axis=1, kind="stable")[:, :LEADING_SOURCES]
    return [
        [names[column] for column in best if row[column] > 0]
        for row, best in zip(shares.tolist(), order.tolist(), strict=True)
    ]


def _sentence(evidence: Evidence, place: int, phrases: Phrases) -> str:
    return phrases.because.format(reasons=phrases.join(reasons(evidence, place, phrases.language)))


def _sources(slate: Slate, place: int) -> list[SourceShare]:
    row = int(slate.rows[place])
    columns = slate.candidates.columns
    listed = []
    for name, values in slate.contributions.items():
        raw = float(columns[name][row]) if name in columns and row >= 0 else None
        z = float(slate.standardised[name][place]) if name in slate.standardised else None
        listed.append(SourceShare(source=name, raw=_finite(raw), standardised=_finite(z), share=float(values[place])))
    return sorted(listed, key=lambda source: -abs(source.share))


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _item_terms(telling: Sequence[str], profile: Profile, slate: Slate) -> dict[int, frozenset[str]]:
    """Which of these terms of the sentence each item has, read from the features."""
    words = profile.sentence_lexical
    if not telling or words is None:
        return {}
    # The sentence's columns stand in the order of its term ids.
    columns = dict(zip(sorted({term_id(term) for term in profile.terms}), words.indices.tolist(), strict=True))
    rows = slate.candidates.features.lexical[slate.rows]
    rows.data = np.ones_like(rows.data)  # a word that is no rarity weighs nothing, but is there
    found = rows[:, [columns[term_id(term)] for term in telling]].toarray()
    return {
        item_id: frozenset(term for term, weight in zip(telling, row, strict=True) if weight)
        for item_id, row, place in zip(slate.item_ids.tolist(), found, slate.rows.tolist(), strict=True)
        if place >= 0
    }


def _strongest(
    profile: Profile, slate: Slate, leading: Sequence[Sequence[str]]
) -> tuple[RelationPaths, dict[int, int]]:
    """The paths of this answer, and which of them leads most strongly to each item that relations have lifted."""
    paths = kept(profile)
    lifted = [
        item_id
        for item_id, sources in zip(slate.item_ids.tolist(), leading, strict=True)
        if any(source.startswith(GRAPH) for source in sources)
    ]
    if paths is None or not lifted:
        return RelationPaths(), {}
    weights = path_weights(profile, paths, {})
    order = np.argsort(-weights, kind="stable")
    order = order[np.isin(paths.item_ids[order], lifted)]
    ids, first = np.unique(paths.item_ids[order], return_index=True)
    return paths, dict(zip(ids.tolist(), order[first].tolist(), strict=True))


def _path(paths: RelationPaths, at: int, titles: Mapping[int, tuple[str, str]]) -> Path:
    """One path with titles for ids."""
    way = int(paths.ways[at])
    seed, between = (titles.get(int(ids[way]), ("", ""))[1] for ids in (paths.seeds, paths.betweens))
    return Path(paths.relations[way], seed, between, paths.names[way], bool(paths.forward[way]), bool(paths.heads[at]))


def _near(profile: Profile, slate: Slate) -> list[list[tuple[int, float]]]:
    """For each place the items of the history that are nearest in the whitened space, with their cosines."""
    person = profile.space()
    if person is None or not profile.events or not len(slate):
        return [[] for _ in range(len(slate))]
    vectors = slate.candidates.features.whitened[person.space.key][slate.rows]
    vectors[slate.rows < 0] = 0.0  # an item that a rule put in, unknown to the candidates
    similarities: Floats = vectors @ person.whitened_history.T
    similarities[slate.item_ids[:, None] == profile.history.item_ids] = -1.0  # nothing is like itself
    order = np.argsort(-similarities, axis=1)[:, :NEAREST]
    ids = profile.history.item_ids
    return [
        [(int(ids[column]), float(row[column])) for column in best if row[column] >= NEAR_ENOUGH]
        for row, best in zip(similarities, order, strict=True)
    ]
