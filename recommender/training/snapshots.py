"""Everything a training rests on, read once: events, items, vectors, and the way to write and encode sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
from django.utils import timezone
from scipy.sparse import csr_matrix

from catalog.derived import term_id
from catalog.models import Catalog
from recommender.exceptions import RecommenderError
from recommender.models import Space
from recommender.plugins.training import Sentences, TrainingData
from recommender.plugins.types import Floats, Mask, SpaceInfo
from recommender.selectors.sql import fetch
from recommender.selectors.state import State, space_info
from recommender.selectors.statistics import statistics
from recommender.selectors.vocabulary import TermRows, lexical_rows, structured_rows
from recommender.services.encoding import sentence_vectors
from recommender.training.cold_starts import ColdStart, cold_start, with_sentences
from recommender.training.dataset import Dataset, read_dataset
from recommender.training.items import Items, read_items, read_vectors
from recommender.training.sentences import sentences_for
from recommender.training.worlds import Shelf, TermTable
from users.models import EventKind

TEXTS = 1_500
"""People per cut for whom a sentence is written to learn from."""


class NoVectorsError(RecommenderError):
    """The catalog has no live vector space yet: let a worker encode its items, or run `manage.py encode_items`."""


@dataclass(frozen=True)
class Snapshot:
    """A catalog at one moment. `sentences` grows as cuts are prepared: vectors by (space key, text)."""

    catalog: Catalog
    dataset: Dataset
    items: Items
    data: TrainingData
    shelf: Shelf
    spaces: Sequence[tuple[SpaceInfo, Space]]
    sentences: dict[tuple[str, str], Floats] = field(default_factory=dict)

    def write(self, rows: Sequence[int], rng: np.random.Generator) -> str:
        """What somebody who likes these items might have written."""
        return sentences_for(self.items.titles, self.items.labels, rows, rng)

    def cut(self, data: TrainingData, seed: int, most: int, inside: Mask | None = None) -> ColdStart:
        """A cold start made from this data, its sentences written and encoded; within the items of another cut."""
        cold = cold_start(data, self.shelf.available if inside is None else inside, self.write, seed, most)
        return self.prepared(cold, seed)

    def prepared(self, cold: ColdStart, seed: int) -> ColdStart:
        """The same cut with its sentences encoded, and with sentences to learn from."""
        self._encode(sorted({question.text for question in cold.questions if question.text}))
        return replace(cold, data=self.with_sentences(cold.data, seed))

    def with_sentences(self, data: TrainingData, seed: int) -> TrainingData:
        """The same data with sentences to learn from."""
        rows, texts = with_sentences(data, self.write, seed, TEXTS)
        self._encode(sorted(set(texts)))
        key = self.shelf.spaces[0].key
        vectors = [self.sentences[key, text] for text in texts]
        spoken = np.stack(vectors) if vectors else np.empty((0, self.shelf.spaces[0].dimension), dtype=np.float32)
        return replace(data, sentences=Sentences(rows.people, spoken, rows.events))

    def _encode(self, texts: Sequence[str]) -> None:
        for info, space in self.spaces:
            missing = [text for text in texts if (info.key, text) not in self.sentences]
            if missing:
                rows = sentence_vectors(space, missing)
                self.sentences.update({(info.key, text): row for text, row in zip(missing, rows, strict=True)})


def read_snapshot(catalog: Catalog, state: State, encoders: Sequence[tuple[str, int]]) -> Snapshot:
    """Read the catalog with the spaces of these encoders (slug, configuration id), as requests would read them now."""
    spaces = _spaces(state, encoders)
    if not spaces:
        raise NoVectorsError
    items = read_items(catalog)
    dataset = read_dataset(catalog, items=items)
    shelf = _shelf(catalog, state, items, [info for info, _ in spaces])
    data = TrainingData(
        item_ids=items.ids,
        starts=dataset.starts,
        items=dataset.items.astype(np.int64),
        weights=dataset.weights,
        kinds=dataset.kinds,
        times=dataset.times,
        kind_names=dataset.kind_names,
        half_life_days=_half_lives(catalog, dataset.kind_names),
        vectors=shelf.vectors,
        whitened=shelf.whitened,
        structured=_matrix(shelf.structured.rows),
    )
    return Snapshot(catalog, dataset, items, data, shelf, spaces)


def _half_lives(catalog: Catalog, kinds: Sequence[str]) -> tuple[float | None, ...]:
    known = dict(EventKind.objects.filter(catalog=catalog).values_list("name", "half_life_days"))
    return tuple(known.get(kind) for kind in kinds)


def _spaces(state: State, encoders: Sequence[tuple[str, int]]) -> list[tuple[SpaceInfo, Space]]:
    """The space of each encoder; while an encoder's own is being built, the newest other one."""
    found: dict[str, tuple[SpaceInfo, Space]] = {}
    for slug, configuration_id in encoders:
        own = next((space for space in state.spaces if space.configuration_id == configuration_id), None)
        space = own or next(iter(state.spaces), None)
        if space is not None:
            found.setdefault(slug, (space_info(space, slug), space))
    return list(found.values())


def _shelf(catalog: Catalog, state: State, items: Items, spaces: Sequence[SpaceInfo]) -> Shelf:
    figures = statistics(catalog.pk, state.figures_version)
    vectors = {space.key: read_vectors(Space(pk=space.id, dimension=space.dimension), items.ids) for space in spaces}
    return Shelf(
        catalog_id=catalog.pk,
        item_ids=items.ids,
        available=items.available,
        published=items.published,
        lexical=TermTable(lexical_rows(items.lexical, figures)),
        structured=TermTable(structured_rows(items.structured)),
        words=_words(catalog),
        figures=figures,
        spaces=tuple(spaces),
        vectors=vectors,
        whitened={space.key: space.whiten(vectors[space.key]) for space in spaces},
        now=_today(),
    )


def _today() -> datetime:
    """In whole days: two trainings of one day see the same."""
    return timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)


def _words(catalog: Catalog) -> dict[int, str]:
    """The catalog's terms by id."""
    statement = "SELECT DISTINCT term FROM catalog_item, unnest(terms) AS term WHERE catalog_id = %(catalog)s"
    return {term_id(term): term for (term,) in fetch(statement, {"catalog": catalog.pk})}


def _matrix(rows: TermRows) -> csr_matrix:
    """(n, T) of the rows' tokens."""
    tokens, columns = np.unique(rows.ids, return_inverse=True)
    pointers = np.concatenate([[0], np.cumsum(rows.lengths)])
    return csr_matrix((rows.weights, columns, pointers), shape=(len(rows.lengths), max(len(tokens), 1)))
