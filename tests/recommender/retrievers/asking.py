"""A person as retrievers meet them, and what a retriever finds by external id."""

from __future__ import annotations

from typing import Any

from recommender.plugins.contracts import Retriever
from recommender.plugins.types import Profile, Query
from recommender.schemas import RecommendRequest
from recommender.selectors import identities
from recommender.services.answers import make_answer
from tests.worlds import World


def asked(world: World, **request: Any) -> tuple[Profile, Query]:
    """Profile and query of a request, as the pipeline makes them."""
    answer = make_answer(world.catalog.pk, RecommendRequest.model_validate(request))
    return answer.profile, answer.query


def found(retriever: Retriever[Any], world: World, **request: Any) -> list[str]:
    """External ids of the shortlist, best first."""
    ids = retriever.retrieve(*asked(world, **request)).item_ids
    names = identities.external_ids(ids)
    return [names[one] for one in ids.tolist()]
