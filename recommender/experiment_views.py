"""The API of experiments: which there are, what came of them; start, stop, promote."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.access import access
from catalog.bodies import read_body
from catalog.openapi import problems
from recommender.exceptions import ExperimentNotFoundError, ExperimentRefusedError
from recommender.experiment_schemas import ExperimentInfo, ExperimentResults, Experiments, PromoteRequest
from recommender.models import Experiment
from recommender.selectors.experiments import experiment_info, experiments_of, find_experiment
from recommender.services import experiments

TAGS = ["Experiments"]
PROMOTED = OpenApiExample("The arm that is better", value={"arm": "B"}, request_only=True)


class ExperimentAPI(APIView):
    """Errors of experiments, as statuses."""

    def handle_exception(self, exc: Exception) -> Response:
        """What is not there is 404, what cannot be done now 409."""
        if isinstance(exc, ExperimentNotFoundError):
            exc = exceptions.NotFound(str(exc))
        elif isinstance(exc, ExperimentRefusedError):
            refused = exceptions.APIException(str(exc))
            refused.status_code = 409
            exc = refused
        return super().handle_exception(exc)

    def experiment(self, request: Request, slug: str) -> Experiment:
        """The experiment of that slug in the key's catalog."""
        return find_experiment(access(request).catalog_id, slug)


class ExperimentsView(ExperimentAPI):
    """All experiments."""

    scope = {"GET": "read"}

    @extend_schema(
        tags=TAGS,
        operation_id="experiments_list",
        summary="List experiments",
        description="Pipelines that are compared on a placement, the newest experiment first.",
        responses={200: Experiments},
    )
    def get(self, request: Request) -> Response:
        """Those of the key's catalog."""
        found = [experiment_info(one) for one in experiments_of(access(request).catalog_id)]
        return Response(Experiments(experiments=found).model_dump())


class ExperimentView(ExperimentAPI):
    """One experiment with its results."""

    scope = {"GET": "read"}

    @extend_schema(
        tags=TAGS,
        summary="Results of an experiment",
        description="Per arm and measure the mean over people and how it differs from the first arm's. The intervals "
        "hold whenever you look and however often: stop as soon as you have seen enough.",
        responses={200: ExperimentResults, **problems(404)},
    )
    def get(self, request: Request, slug: str) -> Response:
        """What came of it so far."""
        return Response(experiments.results(self.experiment(request, slug)).model_dump())


class StartView(ExperimentAPI):
    """A draft starts."""

    scope = {"POST": "steer"}

    @extend_schema(
        tags=TAGS,
        summary="Start an experiment",
        description="From the next request on each person is answered by one of its arms. 409 says what is in the way.",
        request=None,
        responses={200: ExperimentInfo, **problems(404, 409)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Start it."""
        return _told(experiments.start(self.experiment(request, slug)))


class StopView(ExperimentAPI):
    """What runs ends."""

    scope = {"POST": "steer"}

    @extend_schema(
        tags=TAGS,
        summary="Stop an experiment",
        description="From the next request on the placement's own pipeline answers everybody.",
        request=None,
        responses={200: ExperimentInfo, **problems(404, 409)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Stop it."""
        return _told(experiments.stop(self.experiment(request, slug)))


class PromoteView(ExperimentAPI):
    """An arm takes over."""

    scope = {"POST": "steer"}

    @extend_schema(
        tags=TAGS,
        summary="Promote an arm",
        description="Its pipeline becomes the placement's own, published; the experiment stops if it still runs.",
        request=PromoteRequest,
        responses={200: ExperimentInfo, **problems(400, 404, 409)},
        examples=[PROMOTED],
    )
    def post(self, request: Request, slug: str) -> Response:
        """Promote it."""
        wanted = read_body(PromoteRequest, request.data)
        return _told(experiments.promote(self.experiment(request, slug), wanted.arm))


def _told(experiment: Experiment) -> Response:
    told: dict[str, Any] = experiment_info(experiment).model_dump()
    return Response(told)
