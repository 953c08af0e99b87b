"""F: what is known of an answer's items, in one statement; and of the fixed sample, kept in each process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from recommender.plugins.types import Features, Floats, Ids, SpaceInfo, Vectors
from recommender.selectors.sql import fetch, id_array, read_vectors
from recommender.selectors.statistics import CatalogStatistics
from recommender.selectors.vocabulary import TermRows, Vocabulary, lexical_rows, structured_rows

SAMPLE = 600
"""Means and deviations are known to about 5 % from so many; candidates are counted whole beside them."""
SAMPLE_PER_GROUP = 100
"""At least so many known and so many new items, where a plain sample has fewer."""
SAMPLES_KEPT = 16


@dataclass(frozen=True)
class RawFeatures:
    """Features before they are set against one person's vocabulary; rows as in `Features`."""

    item_ids: Ids
    vectors: Mapping[str, Vectors]
    whitened: Mapping[str, Vectors]
    lexical: TermRows
    structured: TermRows
    people: Floats
    popularity: Floats
    published: NDArray[np.float64]

    def followed_by(self, other: RawFeatures) -> RawFeatures:
        """Both tables in the same spaces, one under the other."""
        return RawFeatures(
            item_ids=np.concatenate([self.item_ids, other.item_ids]),
            vectors={key: np.concatenate([rows, other.vectors[key]]) for key, rows in self.vectors.items()},
            whitened={key: np.concatenate([rows, other.whitened[key]]) for key, rows in self.whitened.items()},
            lexical=self.lexical.followed_by(other.lexical),
            structured=self.structured.followed_by(other.structured),
            people=np.concatenate([self.people, other.people]),
            popularity=np.concatenate([self.popularity, other.popularity]),
            published=np.concatenate([self.published, other.published]),
        )

    def against(self, lexical: Vocabulary, structured: Vocabulary, now: datetime) -> Features:
        """The features as rankers see them."""
        return Features(
            item_ids=self.item_ids,
            vectors=self.vectors,
            whitened=self.whitened,
            lexical=lexical.matrix(self.lexical),
            structured=structured.matrix(self.structured),
            people=self.people,
            popularity=self.popularity,
            age_days=((now.timestamp() - self.published) / 86_400).astype(np.float32),
        )


def raw_features(
    item_ids: Ids, spaces: Sequence[SpaceInfo], figures: CatalogStatistics, *, whiten: bool = True
) -> RawFeatures:
    """Everything rankers may read of these items, in one statement. Items that do not exist are left out."""
    columns = "".join(f", halfvec_send(v{place}.vector)" for place in range(len(spaces)))
    joins = "".join(
        f" LEFT JOIN item_vector v{place} ON v{place}.space_id = {int(space.id)} AND v{place}.item_id = i.id"
        for place, space in enumerate(spaces)
    )
    statement = (
        "SELECT i.id, i.lexical, i.structured, coalesce(c.people, 0)::float4, coalesce(c.popularity, 0)::float4, "
        f"extract(epoch FROM i.published_at)::float8{columns} "
        "FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS wanted(id, place) JOIN catalog_item i ON i.id = wanted.id "
        f"LEFT JOIN recommender_counter c ON c.item_id = i.id{joins} ORDER BY wanted.place"
    )
    rows = fetch(statement, {"ids": id_array(item_ids.tolist())})
    vectors = {
        space.key: read_vectors([row[6 + place] for row in rows], space.dimension) for place, space in enumerate(spaces)
    }
    return RawFeatures(
        item_ids=np.array([row[0] for row in rows], dtype=np.int64),
        vectors=vectors,
        whitened={space.key: space.whiten(vectors[space.key]) for space in spaces if whiten},
        lexical=lexical_rows([row[1] for row in rows], figures),
        structured=structured_rows([row[2] for row in rows]),
        people=np.array([row[3] for row in rows], dtype=np.float32),
        popularity=np.array([row[4] for row in rows], dtype=np.float32),
        published=np.array([np.nan if row[5] is None else row[5] for row in rows], dtype=np.float64),
    )


SpaceVersion = tuple[int, datetime | None]
_samples: OrderedDict[tuple[int, int, tuple[SpaceVersion, ...]], RawFeatures] = OrderedDict()
_lock = threading.Lock()


def reference(catalog_id: int, spaces: Sequence[SpaceInfo], figures: CatalogStatistics) -> RawFeatures:
    """A fixed random sample of the available items; taken anew when the figures are."""
    key = (catalog_id, figures.version, tuple(space.version for space in spaces))
    with _lock:
        if (kept := _samples.get(key)) is not None:
            _samples.move_to_end(key)
            return kept
    sample = raw_features(_sample_ids(catalog_id), spaces, figures)
    with _lock:
        for stale in [one for one in _samples if one[0] == catalog_id and one[1] < figures.version]:
            del _samples[stale]
        _samples[key] = sample
        while len(_samples) > SAMPLES_KEPT:
            _samples.popitem(last=False)
    return sample


def _sample_ids(catalog_id: int) -> Ids:
    # Ordering by a hash of the id is random, and the same in every process.
    statement = """
        WITH items AS (
            SELECT i.id, coalesce(c.people, 0) > 0 AS known FROM catalog_item i
            LEFT JOIN recommender_counter c ON c.item_id = i.id WHERE i.catalog_id = %(catalog)s AND i.available
        ), numbered AS (
            SELECT id, row_number() OVER (ORDER BY hashint8(id), id) AS place,
                row_number() OVER (PARTITION BY known ORDER BY hashint8(id), id) AS place_in_group FROM items
        )
        SELECT id FROM numbered WHERE place <= %(sample)s OR place_in_group <= %(per_group)s ORDER BY id
    """
    rows = fetch(statement, {"catalog": catalog_id, "sample": SAMPLE, "per_group": SAMPLE_PER_GROUP})
    return np.array([row[0] for row in rows], dtype=np.int64)
