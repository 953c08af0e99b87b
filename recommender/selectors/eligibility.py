"""The one predicate that decides which items a request may see. Every source pushes it into its own statement.

Items and item vectors carry the same filter columns (a trigger keeps them equal), so the predicate is written once.
"""

from __future__ import annotations

from typing import Any

from recommender.plugins.types import AttributeFilter, ItemFilter, Query, Target
from recommender.selectors.sql import id_array

Params = dict[str, Any]


def eligible_items(query: Query, alias: str = "i") -> tuple[str, Params]:
    """The predicate on catalog_item, and its parameters."""
    params: Params = {"catalog": query.catalog_id}
    clauses = [f"{alias}.catalog_id = %(catalog)s", *_columns(query, alias, f"{alias}.id", params)]
    clauses += _attributes(query.filter, f"{alias}.attributes", params)
    clauses += _targets(query, f"{alias}.", params)
    return " AND ".join(clauses), params


def eligible_vectors(query: Query, alias: str = "v") -> tuple[str, Params]:
    """The predicate on item_vector, and its parameters; what its columns do not hold is looked up in the item."""
    params: Params = {}
    clauses = _columns(query, alias, f"{alias}.item_id", params)
    if looked_up := _attributes(query.filter, "i.attributes", params) + _targets(query, "i.", params):
        exists = f"SELECT FROM catalog_item i WHERE i.id = {alias}.item_id AND {' AND '.join(looked_up)}"
        clauses.append(f"EXISTS ({exists})")
    return " AND ".join(clauses), params


def is_narrow(query: Query) -> bool:
    """Whether the request narrows the catalog beyond availability and a list of excluded items."""
    return query.among is not None or not query.filter.is_empty or bool(query.included or query.blocked)


def in_target(target: Target, columns: str, params: Params, name: str) -> str:
    """Whether an item is in a target, over the columns of catalog_item of this prefix; parameters are named `name`."""
    parts = [
        ("items", f"{columns}external_id = ANY(%({name}_items)s::text[])", target.items),
        ("categories", f"{columns}categories::text[] && %({name}_categories)s::text[]", target.categories),
        ("tags", f"{columns}tags::text[] && %({name}_tags)s::text[]", target.tags),
    ]
    clauses = []
    for part, clause, values in parts:
        if values:
            params[f"{name}_{part}"] = list(values)
            clauses.append(clause)
    if target.attributes:
        each = [
            _attribute(condition, f"{name}_attribute{number}", f"{columns}attributes", params)
            for number, condition in enumerate(target.attributes)
        ]
        clauses.append(f"coalesce({' AND '.join(each)}, false)")
    return f"({' OR '.join(clauses)})" if clauses else "false"


def _targets(query: Query, columns: str, params: Params) -> list[str]:
    """What rules refuse and what they insist on."""
    refused = [
        f"NOT {in_target(target, columns, params, f'blocked{number}')}"
        for number, target in enumerate(query.blocked)
        if not target.is_empty
    ]
    return refused + [
        in_target(target, columns, params, f"included{number}")
        for number, target in enumerate(query.included)
        if not target.is_empty
    ]


def _columns(query: Query, alias: str, id_column: str, params: Params) -> list[str]:
    clauses = [f"{alias}.available", f"({alias}.expires_at IS NULL OR {alias}.expires_at > %(now)s)"]
    params["now"] = query.now
    if query.excluded:
        clauses.append(f"{id_column} <> ALL(%(excluded)s::bigint[])")
        params["excluded"] = id_array(query.excluded)
    if query.among is not None:
        clauses.append(f"{id_column} = ANY(%(among)s::bigint[])")
        params["among"] = id_array(query.among)
    return clauses + _filter_columns(query.filter, alias, params)


def _filter_columns(wanted: ItemFilter, alias: str, params: Params) -> list[str]:
    categories = f"{alias}.categories::text[]"
    conditions: list[tuple[str, str, Any]] = [
        ("categories_any", f"{categories} && %(categories_any)s::text[]", list(wanted.categories_any)),
        ("categories_all", f"{categories} @> %(categories_all)s::text[]", list(wanted.categories_all)),
        ("categories_none", f"NOT {categories} && %(categories_none)s::text[]", list(wanted.categories_none)),
        ("languages", f"{alias}.language = ANY(%(languages)s::text[])", list(wanted.languages)),
        ("price_minimum", f"{alias}.price >= %(price_minimum)s", wanted.price_minimum),
        ("price_maximum", f"{alias}.price <= %(price_maximum)s", wanted.price_maximum),
        ("published_after", f"{alias}.published_at > %(published_after)s", wanted.published_after),
    ]
    clauses = []
    for name, clause, value in conditions:
        if value not in ([], None):
            params[name] = value
            clauses.append(clause)
    return clauses


def _attributes(wanted: ItemFilter, column: str, params: Params) -> list[str]:
    return [
        _attribute(condition, f"attribute{number}", column, params)
        for number, condition in enumerate(wanted.attributes)
    ]


def _attribute(condition: AttributeFilter, name: str, column: str, params: Params) -> str:
    """Equal to one of the values (an attribute that is a list: any of its elements), or a number within the range."""
    params[name] = condition.name
    if condition.values:
        params[f"{name}_values"] = [_as_json_text(value) for value in condition.values]
        one = f"{column} ->> %({name})s = ANY(%({name}_values)s::text[])"
        many = (
            f"EXISTS (SELECT FROM jsonb_array_elements_text({column} -> %({name})s) element "
            f"WHERE element = ANY(%({name}_values)s::text[]))"
        )
        return f"CASE WHEN jsonb_typeof({column} -> %({name})s) = 'array' THEN {many} ELSE {one} END"
    params[f"{name}_minimum"] = condition.minimum
    params[f"{name}_maximum"] = condition.maximum
    value = f"({column} ->> %({name})s)::float8"
    within = (
        f"{value} >= coalesce(%({name}_minimum)s::float8, '-infinity') "
        f"AND {value} <= coalesce(%({name}_maximum)s::float8, 'infinity')"
    )
    number_like = r"'^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$'"
    return f"CASE WHEN {column} ->> %({name})s ~ {number_like} THEN {within} ELSE false END"


def _as_json_text(value: str | float | bool) -> str:
    """A value as Postgres writes it with ->>: true and false in lower case, whole numbers without a point."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
