"""Relations → one statement. Their ends are resolved first, so that a row that points nowhere is refused alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from catalog.bulk_sql import fetch, source
from catalog.exceptions import RowError, RowProblem
from catalog.row_problems import shortened
from catalog.rows import RelationRow

Edge = tuple[int, str, int | None, str]

ITEMS = "SELECT external_id, id FROM catalog_item WHERE catalog_id = %s AND external_id = ANY(%s::text[])"
LOCKED_ITEMS = f"{ITEMS} ORDER BY external_id FOR KEY SHARE"
STATEMENT = """
INSERT INTO catalog_relation AS edge (catalog_id, head_id, relation, tail_id, tail_name, weight)
SELECT %s, head_id, relation, tail_id, tail_name, weight FROM {incoming} ORDER BY place
ON CONFLICT (head_id, relation, tail_id, tail_name) DO UPDATE SET weight = EXCLUDED.weight
    WHERE edge.weight <> EXCLUDED.weight
RETURNING head_id, relation, tail_id, tail_name, xmax = 0 -- only a row that was there before has an xmax
"""


def upsert_relations(catalog_id: int, rows: Sequence[RelationRow]) -> list[str | RowError]:
    """Inside a transaction: for each row "created", "changed", "unchanged", "replaced", or why it is refused."""
    # Locked against deletion until the relations that point to them are in.
    ids: dict[str, int] = dict(fetch(LOCKED_ITEMS, [catalog_id, _ends(rows)]))
    edges = [_edge(row, ids) for row in rows]
    last = {edge: row for edge, row in zip(edges, rows, strict=True) if not isinstance(edge, RowError)}
    written = _write(catalog_id, last) if last else {}

    def outcome(edge: Edge | RowError, row: RelationRow) -> str | RowError:
        if isinstance(edge, RowError):
            return edge
        return written.get(edge, "unchanged") if last[edge] is row else "replaced"

    return [outcome(edge, row) for edge, row in zip(edges, rows, strict=True)]


def refused_relations(catalog_id: int, rows: Sequence[RelationRow]) -> list[RowError | None]:
    """For each row why it would be refused. Nothing is written or locked."""
    ids: dict[str, int] = dict(fetch(ITEMS, [catalog_id, _ends(rows)]))
    edges = (_edge(row, ids) for row in rows)
    return [edge if isinstance(edge, RowError) else None for edge in edges]


def _ends(rows: Sequence[RelationRow]) -> list[str]:
    heads = {row.head_item_id for row in rows}
    return list(heads | {row.tail_item_id for row in rows if row.tail_item_id is not None})


def _edge(row: RelationRow, ids: Mapping[str, int]) -> Edge | RowError:
    """What makes the relation one of its kind, or the ends that do not exist."""
    ends = {"head_item_id": row.head_item_id, "tail_item_id": row.tail_item_id}
    problems = [
        RowProblem(field, shortened(end), "is no item of this catalog: send the item first")
        for field, end in ends.items()
        if end is not None and end not in ids
    ]
    if problems:
        return RowError(problems)
    tail = None if row.tail_item_id is None else ids[row.tail_item_id]
    return ids[row.head_item_id], row.relation, tail, row.tail_name or ""


def _write(catalog_id: int, edges: Mapping[Edge, RelationRow]) -> dict[Edge, str]:
    heads, names, tails, tail_names = zip(*edges, strict=True)
    incoming, parameters = source(
        {
            "head_id": ("bigint", heads),
            "relation": ("text", names),
            "tail_id": ("bigint", tails),
            "tail_name": ("text", tail_names),
            "weight": ("float8", [row.weight for row in edges.values()]),
        }
    )
    written = fetch(STATEMENT.format(incoming=incoming), [catalog_id, *parameters])
    return {(head, name, tail, text): "created" if is_new else "changed" for head, name, tail, text, is_new in written}
