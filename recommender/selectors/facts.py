"""Facts of given items that rules ask for: who has a value, what the values are, and which relations join them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from recommender.plugins.types import Ids, Mask, Target
from recommender.selectors.eligibility import Params, in_target
from recommender.selectors.sql import fetch, id_array

HAVING = """
    SELECT c.number, i.id FROM catalog_item i
    JOIN unnest(%(names)s::text[], %(values)s::text[]) WITH ORDINALITY AS c(name, value, number) ON CASE
        WHEN c.name = 'category' THEN c.value = ANY(lower(i.categories::text)::text[])
        WHEN c.name = 'tag' THEN c.value = ANY(lower(i.tags::text)::text[])
        WHEN jsonb_typeof(i.attributes -> c.name) = 'array' THEN EXISTS (
            SELECT FROM jsonb_array_elements_text(i.attributes -> c.name) element WHERE lower(element) = c.value)
        ELSE lower(i.attributes ->> c.name) = c.value
    END
    WHERE i.id = ANY(%(ids)s::bigint[])
"""
EDGES = """
    SELECT r.head_id, r.tail_id FROM catalog_relation r
    WHERE r.{end} = ANY(%(ids)s::bigint[]) AND r.relation = ANY(%(names)s::text[]) AND r.tail_id IS NOT NULL
"""


def having(item_ids: Ids, conditions: Sequence[tuple[str, str]]) -> Mask:
    """(conditions, n): which of these items have the value of the attribute, or have it in the attribute's list.

    A condition is (attribute, value); case does not count. `category` and `tag` stand for the item's own.
    """
    held = np.zeros((len(conditions), len(item_ids)), dtype=np.bool_)
    if not held.size:
        return held
    params = {
        "names": [name for name, _ in conditions],
        "values": [value.lower() for _, value in conditions],
        "ids": id_array(np.unique(item_ids).tolist()),
    }
    rows = fetch(HAVING, params)
    for number in range(len(conditions)):
        held[number] = np.isin(item_ids, [item_id for place, item_id in rows if place == number + 1])
    return held


def targeted(item_ids: Ids, target: Target) -> Mask:
    """(n,): which of these items are in the target."""
    if target.is_empty or not len(item_ids):
        return np.zeros(len(item_ids), dtype=np.bool_)
    params: Params = {"ids": id_array(item_ids.tolist())}
    where = in_target(target, "i.", params, "target")
    rows = fetch(f"SELECT i.id FROM catalog_item i WHERE i.id = ANY(%(ids)s::bigint[]) AND {where}", params)
    return np.isin(item_ids, [row[0] for row in rows])


def values_of(item_ids: Ids, name: str) -> list[tuple[str, ...]]:
    """What each of these items has under a name, in lower case: `category`, `tag`, or an attribute; maybe nothing."""
    column = {"category": "to_jsonb(i.categories)", "tag": "to_jsonb(i.tags)"}.get(name, "i.attributes -> %(name)s")
    statement = f"SELECT i.id, {column} FROM catalog_item i WHERE i.id = ANY(%(ids)s::bigint[])"
    if not len(item_ids):
        return []
    found: dict[int, Any] = dict(fetch(statement, {"ids": id_array(item_ids.tolist()), "name": name}))
    return [_as_texts(found.get(item_id)) for item_id in item_ids.tolist()]


def _as_texts(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(str(one).lower() for one in values if one is not None and one != ""))


def item_edges(item_ids: Ids, relations: Sequence[str], *, incoming: bool = False) -> tuple[Ids, Ids]:
    """Heads (e,) and tails (e,) of the edges of these relations from these items to items, or, incoming, to these."""
    if not len(item_ids) or not relations:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    statement = EDGES.format(end="tail_id" if incoming else "head_id")
    rows = fetch(statement, {"ids": id_array(item_ids.tolist()), "names": list(relations)})
    edges = np.array(rows, dtype=np.int64).reshape(-1, 2)
    return edges[:, 0], edges[:, 1]
