"""Relations, read in one statement: ways of at most two steps from a person's items and words to other items."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from catalog.terms import terms as text_terms
from recommender.plugins.relation_paths import RelationPaths
from recommender.plugins.types import Ids, Query
from recommender.selectors.lexical import affordable
from recommender.selectors.sql import Row, fetch, id_array
from recommender.selectors.statistics import statistics

FAN_OUT = 60
"""A node with more edges of one relation (a genre, a country) tells little and costs much: no way goes over it."""
NAMED_READ = 1_000
TITLES_READ, HITS_READ = 10, 2_000
FEWEST_ITEMS = 200
"""Rarity is measured against at least so many items, or in a tiny catalog nothing would be rare."""

# Every arm is an index look-up: edges of an item by head and by tail, edges to a name by (catalog, lower(tail_name)).
# The items at a node come packed, eight bytes each, tails with a minus, and are unrolled by numpy: a tenth of the time
# of rows.
STATEMENT = """
    WITH seed AS MATERIALIZED (SELECT unnest(%(seeds)s::bigint[]) AS id UNION {titled}),
    edge AS MATERIALIZED (
        SELECT s.id AS seed, r.relation, coalesce(r.tail_id, 0) AS node, r.tail_name AS told, r.weight, true AS forward
        FROM seed s JOIN catalog_relation r ON r.head_id = s.id
        UNION ALL
        SELECT s.id, r.relation, r.head_id, '', r.weight, false
        FROM seed s JOIN catalog_relation r ON r.tail_id = s.id
        UNION ALL
        SELECT DISTINCT ON (relation, lower(told)) 0, relation, 0, told, 1.0, true FROM (
            SELECT r.relation, r.tail_name AS told FROM catalog_relation r
            WHERE r.catalog_id = %(catalog)s AND r.tail_name <> '' AND lower(r.tail_name) = ANY(%(names)s::text[])
            LIMIT %(named)s
        ) spoken
    ),
    step AS MATERIALIZED (SELECT *, dense_rank() OVER (ORDER BY node, relation, lower(told)) AS number FROM edge),
    reached AS (
        SELECT n.number, string_agg(int8send(e.item), '') AS items, string_agg(float8send(e.weight), '') AS weights
        FROM (SELECT DISTINCT ON (number) number, relation, node, lower(told) AS name FROM step) n
        CROSS JOIN LATERAL (
            (SELECT r.head_id AS item, r.weight FROM catalog_relation r
             WHERE n.node <> 0 AND r.tail_id = n.node AND r.relation = n.relation LIMIT %(most)s)
            UNION ALL
            (SELECT -r.tail_id, r.weight FROM catalog_relation r
             WHERE n.node <> 0 AND r.head_id = n.node AND r.relation = n.relation AND r.tail_id IS NOT NULL
             LIMIT %(most)s)
            UNION ALL
            (SELECT r.head_id, r.weight FROM catalog_relation r
             WHERE n.node = 0 AND r.catalog_id = %(catalog)s AND r.tail_name <> '' AND lower(r.tail_name) = n.name
                AND r.relation = n.relation LIMIT %(most)s)
        ) e GROUP BY n.number HAVING count(*) < %(most)s
    )
    SELECT s.seed, s.relation, s.node, s.told, s.forward, s.weight::float8, r.items, r.weights
    FROM step s LEFT JOIN reached r USING (number) WHERE s.node <> 0 OR r.items IS NOT NULL
    ORDER BY s.seed, s.relation, s.node, s.told, s.forward
"""
# Titles have no index of their own; the words of the names find them in the full-text index first.
TITLED = """
    (WITH hit AS MATERIALIZED (SELECT i.id, i.title FROM catalog_item i
            WHERE i.catalog_id = %(catalog)s AND i.search @@ %(words)s::tsquery LIMIT %(hits)s)
        SELECT h.id FROM hit h WHERE lower(h.title) = ANY(%(names)s::text[]) LIMIT %(titles)s)
"""
CATALOG_OF = """
    SELECT i.catalog_id, coalesce(s.version, 0) FROM catalog_item i
    LEFT JOIN recommender_statistics s ON s.catalog_id = i.catalog_id WHERE i.id = %(item)s
"""
NOTHING = "SELECT NULL::bigint WHERE false"


def relations(query: Query, item_ids: Ids, names: Sequence[str]) -> RelationPaths:
    """All paths from these items and from what these names name, to any item of the catalog, eligible or not.

    `names` are pieces of a sentence in lower case: an item of that title is followed like the given ones, and something
    of that name is a node to start from.
    """
    if not len(item_ids) and not names:
        return RelationPaths()
    figures = statistics(query.catalog_id, query.figures_version)
    said = {term for name in names if " " not in name for term in text_terms(name)}
    telling = affordable(figures.rarest_first(said))
    params: dict[str, Any] = {
        "catalog": query.catalog_id,
        "seeds": id_array(item_ids.tolist()),
        "names": list(names),
        "words": " | ".join(f"'{term}'" for term in telling),  # a term holds letters and digits: nothing to escape
        "most": FAN_OUT + 1,
        "named": NAMED_READ,
        "titles": TITLES_READ,
        "hits": HITS_READ,
    }
    rows = fetch(STATEMENT.format(titled=TITLED if telling else NOTHING), params)
    return _paths(rows, max(figures.items, FEWEST_ITEMS)) if rows else RelationPaths()


def relations_beside(item_id: int, item_ids: Ids, names: Sequence[str]) -> RelationPaths:
    """The same for a stage that has no query: in the catalog of that item."""
    rows = fetch(CATALOG_OF, {"item": item_id}) if len(item_ids) or names else []
    if not rows:
        return RelationPaths()
    query = Query(catalog_id=rows[0][0], limit=1, now=datetime.now(UTC), figures_version=rows[0][1])
    return relations(query, item_ids, names)


def _paths(rows: list[Row], items: int) -> RelationPaths:
    """Each row is a way over a node; a node that is an item is reached by a way of its own, of a single step."""
    direct = [row for row in rows if row[2]]
    over = [row for row in rows if row[6] is not None]
    reached = [np.frombuffer(row[6], dtype=">i8").astype(np.int64) for row in over]
    degrees = np.array([len(heads) for heads in reached], dtype=np.int64)
    rarity = 1.0 - np.log(np.maximum(degrees, 1)) / np.log(items)
    halved = np.array([1.0 if row[0] == 0 else 0.5 for row in over])
    weights = [np.frombuffer(row[7], dtype=">f8").astype(np.float64) for row in over]
    factors = np.array([row[5] for row in over]) * halved * rarity
    way = np.concatenate([np.arange(len(direct)), len(direct) + np.repeat(np.arange(len(over)), degrees)])
    seeds = np.array([row[0] for row in (*direct, *over)], dtype=np.int64)
    ends = np.concatenate([np.array([row[2] * (-1 if row[4] else 1) for row in direct], dtype=np.int64), *reached])
    item_ids = np.abs(ends)
    strengths = np.concatenate([[row[5] for row in direct], *(f * w for f, w in zip(factors, weights, strict=True))])
    kept = (item_ids != seeds[way]) & (strengths > 0)
    return RelationPaths(
        item_ids=item_ids[kept],
        ways=way[kept],
        strengths=strengths[kept].astype(np.float32),
        heads=ends[kept] > 0,
        seeds=seeds,
        relations=tuple(row[1] for row in (*direct, *over)),
        betweens=np.array([0] * len(direct) + [row[2] for row in over], dtype=np.int64),
        names=("",) * len(direct) + tuple(row[3] for row in over),
        forward=np.array([row[4] for row in (*direct, *over)], dtype=np.bool_),
    )
