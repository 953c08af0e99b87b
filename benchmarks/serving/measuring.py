"""The bare query and the whole answer, in turn: one process, one connection, one run."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import orjson
from django.db import connection

from recommender.plugins.types import Floats, SpaceInfo
from recommender.retrievers.vector import VectorRetriever, VectorSettings
from recommender.schemas import RecommendRequest
from recommender.selectors.sql import fetch, vector_literal
from recommender.services.answers import make_answer, recommend

BARE_K = 300
DEPTH = 100


@dataclass
class Timing:
    """Milliseconds of each call: on the clock, and of processor time here and in the database's process."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def take(self, work: Callable[[], object]) -> None:
        """Time one call."""
        cpu, start = _cpu_ms(), time.perf_counter()
        work()
        self.wall.append((time.perf_counter() - start) * 1000)
        self.cpu.append(_cpu_ms() - cpu)


def bare(space: SpaceInfo, vector: Floats) -> int:
    """The query inside: one vector, the nearest 300, ids and scores, through the same connection and its settings."""
    cast = f"vector::halfvec({space.dimension}) <#> %(vector)s::halfvec({space.dimension})"
    statement = f"SELECT item_id, -({cast}) FROM item_vector WHERE space_id = {space.id} ORDER BY {cast} LIMIT {BARE_K}"
    return len(fetch(statement, {"vector": vector_literal(vector)}))


def rounds(
    catalog_id: int, space: SpaceInfo, requests: Sequence[RecommendRequest], vectors: Sequence[Floats]
) -> dict[str, Timing]:
    """A bare query and a whole answer, one after the other; which goes first changes with every round."""
    timings = {"bare": Timing(), "live": Timing()}
    for number, request in enumerate(requests):
        calls: list[tuple[str, Callable[[], object]]] = [
            ("bare", partial(bare, space, vectors[number % len(vectors)])),
            ("live", partial(recommend, catalog_id, request)),
        ]
        for name, call in calls if number % 2 else reversed(calls):
            timings[name].take(call)
    return timings


def stages(catalog_id: int, newest: int) -> dict[str, float]:
    """Median milliseconds per stage of the newest answers, as they are on record."""
    statement = (
        "SELECT timings::text FROM recommender_recommendation WHERE catalog_id = %(catalog)s "
        "ORDER BY created_at DESC LIMIT %(newest)s"
    )
    told = [orjson.loads(row[0]) for row in fetch(statement, {"catalog": catalog_id, "newest": newest})]
    return {name: float(np.median([one.get(name, 0.0) for one in told])) for name in told[0]}


def recall(catalog_id: int, requests: list[RecommendRequest]) -> float:
    """Share of exact search's first 100 among the first 100 of the retriever, as the pipeline runs it."""
    found = VectorRetriever(VectorSettings(), "vector")
    # From 1,000 neighbours on the platform searches exactly.
    exact = VectorRetriever(VectorSettings(k=1_000), "vector")
    shares = []
    for request in requests:
        answer = make_answer(catalog_id, request)
        query = answer.query
        truth = exact.retrieve(answer.profile, query).item_ids[:DEPTH]
        shares.append(len(np.intersect1d(truth, found.retrieve(answer.profile, query).item_ids[:DEPTH])) / len(truth))
    return float(np.mean(shares))


def _cpu_ms() -> float:
    """Processor time of this process and of the database's process behind the connection, where the system tells it."""
    own = time.process_time() * 1000
    try:
        pid = connection.connection.info.backend_pid
        return own + int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e6
    except (OSError, AttributeError):
        return own
