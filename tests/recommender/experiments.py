"""An experiment of two arms on the placement `home`, and people who come to it."""

from __future__ import annotations

from typing import Any

from recommender.models import Arm, Experiment, Pipeline, Placement, PlacementRule
from recommender.schemas import Recommendations
from recommender.services.experiments import save_experiment
from recommender.services.pipelines import copy_stages
from recommender.services.placements import save_placement
from tests.worlds import World


def copied(world: World, slug: str) -> Pipeline:
    """A pipeline with the stages of the default one."""
    pipeline = Pipeline(catalog=world.catalog, slug=slug, title=slug.title())
    copy_stages(Pipeline.objects.get(catalog=world.catalog, is_default=True), pipeline)
    return pipeline


def home(world: World, *rules: Any, **fields: Any) -> Placement:
    """The placement `home` with these rules, published."""
    placement = Placement(catalog=world.catalog, slug="home", title="Home", **fields)
    return save_placement(placement, [PlacementRule(configuration=one) for one in rules])


def drafted(
    world: World, placement: Placement, slug: str = "fusion", shares: tuple[float, float] = (50, 50)
) -> Experiment:
    """An experiment with the arms A (the default pipeline) and B (a copy of it, `new`)."""
    default = Pipeline.objects.get(catalog=world.catalog, is_default=True)
    new = Pipeline.objects.filter(catalog=world.catalog, slug="new").first() or copied(world, "new")
    arms = [
        Arm(name=name, pipeline=one, share=share) for name, one, share in zip("AB", (default, new), shares, strict=True)
    ]
    experiment = Experiment(catalog=world.catalog, placement=placement, slug=slug, title="New fusion")
    return save_experiment(experiment, arms)


def visit(world: World, session: str, **request: Any) -> Recommendations:
    """A visitor comes to the home page."""
    return world.recommend(
        **{"text": "a light tent", "placement": "home", "session_id": session, "limit": 5, **request}
    )


def somebody_of(world: World, arm: str) -> str:
    """A session that the arm answers."""
    sessions = (f"visitor-{number}" for number in range(200))
    return next(one for one in sessions if visit(world, one).arm == arm)
