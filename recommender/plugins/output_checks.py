"""What a plugin's output must be, in one place: the request, the admin's test button and the contract tests ask here.

Each function gives the output back, or raises PluginContractError that says what is wrong with it. They cost
a fraction of a millisecond together, so they run on every answer: a mistake is found where it is made.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.plugins.contracts import Ranker
from recommender.plugins.exceptions import PluginContractError
from recommender.plugins.types import Candidates, Ids, Query, Scores, Shortlist, Slate, Vectors

TOLERANCE = 1e-3
"""How far a row may be from length one, and shares from their score (relative, and absolute below one)."""


def checked_vectors(rows: Any, texts: int, dimension: int) -> Vectors:
    """An encoder's rows: (texts, dimension), float, finite, of length one or zero."""
    _expect(isinstance(rows, np.ndarray), f"it gave {_type(rows)}, not an array")
    _expect(rows.shape == (texts, dimension), f"{texts} texts gave vectors of shape {rows.shape}, not {dimension} each")
    _expect(rows.dtype.kind == "f", f"its vectors are {rows.dtype}, not float32")
    _expect(bool(np.isfinite(rows).all()), "a vector holds numbers that are not finite")
    lengths = np.linalg.norm(rows, axis=1)
    _expect(bool(((np.abs(lengths - 1) < 0.01) | (lengths == 0)).all()), "a vector is not of length one")
    return np.asarray(rows, dtype=np.float32)


def checked_shortlist(shortlist: Any) -> Shortlist:
    """A retriever's find: whole ids and finite scores, one each, no id twice, best first."""
    _expect(isinstance(shortlist, Shortlist), f"it gave {_type(shortlist)}, not a Shortlist")
    ids, scores = shortlist.item_ids, shortlist.scores
    _column(ids, len(shortlist), "item_ids", "iu")
    _column(scores, len(shortlist), "scores", "f")
    _expect(bool(np.isfinite(scores).all()), "a score is not a finite number")
    _expect(_unique(ids), "an item was found twice")
    _expect(bool((np.diff(scores) <= 0).all()), "the items are not ordered best first")
    found: Shortlist = shortlist
    return found


def checked_scores(ranker: Ranker[Any], candidates: Candidates, scores: Any) -> Scores:
    """A ranker's columns: exactly those it declares, each with a number (or NaN) for every row of the table."""
    _expect(isinstance(scores, dict), f"it gave {_type(scores)}, not a dict of columns")
    named, declared = sorted(map(str, scores)), sorted(ranker.columns)
    _expect(named == declared, f"it gave the columns {', '.join(named)}, but declares {', '.join(declared)}")
    for name, values in scores.items():
        _column(values, len(candidates.features), name, "f")
    found: Scores = scores
    return found


def checked_ranking(candidates: Candidates, slate: Any) -> Slate:
    """A fusion's ranking: every candidate once, best first, finite scores, and shares that add up to them."""
    _slate(slate)
    _expect(
        np.array_equal(np.sort(slate.item_ids), np.sort(candidates.item_ids)),
        "the ranking does not hold every candidate once",
    )
    _expect(bool((np.diff(slate.scores) <= 0).all()), "the items are not ordered best first")
    found: Slate = slate
    return found


def checked_slate(before: Slate, query: Query, slate: Any) -> Slate:
    """A rule's slate: no item twice, never shorter than the limit where the ranking was not, shares that add up.

    Items that the rule refuses, each with a hit that says why, may be missing.
    """
    _slate(slate)
    _expect(_unique(slate.item_ids), "an item stands in the list twice")
    wanted = min(query.limit, len(before))
    if len(slate) < wanted:
        wanted = min(wanted, len(before) - len(_refused(before, slate)))
    _expect(len(slate) >= wanted, f"of {len(before)} items only {len(slate)} were left where {wanted} are wanted")
    found: Slate = slate
    return found


def _refused(before: Slate, slate: Slate) -> set[int]:
    """Items that are gone and have a hit that says why."""
    told = {hit.item_id for hit in slate.hits[len(before.hits) :]}
    return told & set(before.item_ids.tolist()) - set(slate.item_ids.tolist())


def checked_query(query: Any) -> Query:
    """What a rule's `restrict` gives back."""
    _expect(isinstance(query, Query), f"restrict gave {_type(query)}, not a Query")
    found: Query = query
    return found


def _unique(ids: Ids) -> bool:
    ordered = np.sort(ids)
    return bool((ordered[1:] != ordered[:-1]).all())


def _slate(slate: Any) -> None:
    _expect(isinstance(slate, Slate), f"it gave {_type(slate)}, not a Slate")
    size = len(slate.item_ids)
    for name, kinds in (("item_ids", "iu"), ("scores", "f"), ("rows", "iu")):
        _column(getattr(slate, name), size, name, kinds)
    for group in (slate.contributions, slate.standardised):
        for name, values in group.items():
            _column(values, size, name, "f")
    _expect(bool(np.isfinite(slate.scores).all()), "a score is not a finite number")
    total = np.zeros(size)
    for share in slate.contributions.values():
        total += share
    near = np.abs(total - slate.scores) <= TOLERANCE * np.maximum(np.abs(slate.scores), 1.0)  # NaN is not
    _expect(bool(near.all()), "the shares of the columns do not add up to the scores")


def _column(values: Any, size: int, name: str, kinds: str) -> None:
    """An array (size,) of these kinds of numbers. Called for every column, so words are made only when needed."""
    if not isinstance(values, np.ndarray):
        raise _broken(f"{name} is {_type(values)}, not an array")
    if values.shape != (size,):
        raise _broken(f"{name} has shape {values.shape} where ({size},) is wanted")
    if values.dtype.kind not in kinds:
        raise _broken(f"{name} holds {values.dtype}, not {'whole numbers' if kinds == 'iu' else 'floats'}")


def _type(value: Any) -> str:
    return type(value).__name__


def _expect(holds: bool, broken: str) -> None:
    if not holds:
        raise _broken(broken)


def _broken(what: str) -> PluginContractError:
    return PluginContractError(f"The plugin breaks its contract: {what}.")
