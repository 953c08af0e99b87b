"""A world in memory answers as Postgres does: the same candidates, the same columns, the same list. No skew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from catalog.models import Item
from recommender.models import ModelVersion, Pipeline, TrainingRun
from recommender.plugins.types import Profile, Query, Slate
from recommender.schemas import RecommendRequest
from recommender.selectors.source import Postgres, reading, source
from recommender.selectors.state import state
from recommender.services import answers
from recommender.services.learned_pipeline import learned_pipeline
from recommender.services.refresh import refresh
from recommender.serving.assembly import Assembly, assembly
from recommender.training import asking, promotion, trainer
from recommender.training.cold_starts import Question
from recommender.training.contest import Contender, Contest, Fitted
from recommender.training.making import trained, world_of
from recommender.training.snapshots import Snapshot, read_snapshot
from recommender.training.worlds import World as Arrays
from tests.learning import make_learning_world
from tests.worlds import World
from users.models import Event

TEXTS = ("a light tent for the mountains", "something for tea in the afternoon", "green", "zebra crossing")
CHOSEN = ("tent-red-oak", "tent-blue-birch", "guitar-black-oak")
LIMIT = 100
"""More than there are: every item stands in the list."""


def silent(step: str, done: int, total: int) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Twins:
    """One catalog twice: in Postgres, and as arrays after all of its events."""

    shop: World
    pipeline: Pipeline
    plan: Assembly
    snapshot: Snapshot
    arrays: Arrays

    @cached_property
    def by_id(self) -> dict[str, int]:
        """Row of each item."""
        found = Item.objects.filter(catalog=self.shop.catalog).values_list("external_id", "id")
        rows = self.arrays.shelf.rows(np.array([one for _, one in found]))
        return {name: int(row) for (name, _), row in zip(found, rows, strict=True)}

    def question(self, text: str, history: tuple[str, ...], *, among_new: bool) -> Question:
        """The request as a question; `history` oldest first."""
        rows = np.array([self.by_id[one] for one in reversed(history)], dtype=np.int64)
        weights = np.full(len(rows), 2.0, dtype=np.float32)
        return Question("known", 0, rows, weights, rows, rows[:0], rows[:0].astype(np.int8), text, among_new)

    def in_memory(self, question: Question) -> tuple[Slate, Profile]:
        """The list as training sees it."""
        with reading(self.arrays):
            asked = next(asking.ask(self.arrays, self.plan, [question]))
            slate = asked.run.slate(asked.sight, replace(asked.query, limit=LIMIT))
            assert asked.run.trace.left_out == {}
            return slate, asked.sight.profile

    def in_postgres(self, text: str, history: tuple[str, ...], *, among_new: bool) -> tuple[Slate, Query, Profile]:
        """The list as a visitor gets it."""
        request: dict[str, Any] = {"text": text, "history": [{"item_id": one, "kind": "like"} for one in history]}
        if among_new:
            shelf = self.arrays.shelf
            new = set(shelf.item_ids[self.arrays.offered & (self.arrays.people == 0)].tolist())
            request["among"] = list(Item.objects.filter(pk__in=new).values_list("external_id", flat=True))
        request |= {"exclude": list(history), "pipeline": self.pipeline.slug, "limit": LIMIT}
        answer = answers.make_answer(self.shop.catalog.pk, RecommendRequest.model_validate(request))
        assert answer.trace.left_out == {}
        return answer.slate, answer.query, answer.profile


def make_shop() -> World:
    """A village with dates on most items, one that is sold out, and a dozen items that nobody chose."""
    shop = make_learning_world(people=40)
    for place, item in enumerate(Item.objects.filter(catalog=shop.catalog).order_by("id")):
        if place % 5:
            Item.objects.filter(pk=item.pk).update(published_at=timezone.now() - timedelta(days=3 * place))
        if place % 8 == 3:
            Event.objects.filter(item=item).delete()
    Item.objects.filter(external_id="suit-red-oak").update(available=False)
    refresh(shop.catalog, silent)
    return shop


def twins(shop: World, pipeline: Pipeline, fitted: Fitted | None = None) -> Twins:
    """The catalog as it answers now, and as arrays."""
    now = state(shop.catalog.pk, pipeline.slug)
    plan = assembly(now)
    snapshot = read_snapshot(shop.catalog, now, plan.encoders)
    snapshot._encode(TEXTS)
    known = None if fitted is None else trained(fitted.plan, fitted.learned, snapshot.data.item_ids)
    arrays = world_of(snapshot.shelf, snapshot.data, snapshot.shelf.available, snapshot.sentences, known)
    return Twins(shop, pipeline, plan, snapshot, arrays)


def fitted_and_live(shop: World) -> tuple[Pipeline, Fitted]:
    """Train the learned pipeline and let it go live; what it learned of every event, as it was before it was stored."""
    pipeline = learned_pipeline(shop.catalog)
    kept: list[Fitted] = []
    fit = trainer._fitted_on_everything

    def watched(contest: Contest, contender: Contender) -> Fitted:
        kept.append(fit(contest, contender))
        return kept[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer, "_fitted_on_everything", watched)
        version = trainer.train(TrainingRun.objects.create(catalog=shop.catalog, pipeline=pipeline), silent)
    assert set(version.metrics["untrained_plugins"]) <= {"learned-linear"}
    if version.status != ModelVersion.Status.LIVE:
        promotion.promote(version, reason="to be compared")
    return pipeline, kept[0]


def compared(pair: Twins) -> None:
    """All requests answered by both; the first difference names the request and the column."""
    for text in ("", *TEXTS):
        for history in ((), CHOSEN[:1], CHOSEN):
            for among_new in (False, True):
                case = f"{text!r} after {history} among {'new' if among_new else 'all'}"
                compare_one(pair, text, history, among_new=among_new, case=case)


def compare_one(pair: Twins, text: str, history: tuple[str, ...], *, among_new: bool, case: str) -> None:
    """The same shares, scores and order."""
    real, query, person = pair.in_postgres(text, history, among_new=among_new)
    assert isinstance(source(), Postgres)
    ours, profile = pair.in_memory(pair.question(text, history, among_new=among_new))
    assert set(query.excluded) == set(profile.history.item_ids.tolist())
    assert person.anchors.item_ids.tolist() == profile.anchors.item_ids.tolist(), case
    assert set(real.contributions) == set(ours.contributions), case
    assert len(real) == len(ours) > 0, case
    places = {int(one): place for place, one in enumerate(ours.item_ids)}
    assert set(places) == set(real.item_ids.tolist()), case
    order = [places[int(one)] for one in real.item_ids]
    for name, shares in real.standardised.items():
        np.testing.assert_allclose(ours.standardised[name][order], shares, atol=5e-3, err_msg=f"{name}: {case}")
    for name, shares in real.contributions.items():
        np.testing.assert_allclose(ours.contributions[name][order], shares, atol=1e-3, err_msg=f"{name}: {case}")
    np.testing.assert_allclose(ours.scores, real.scores, atol=1e-3, err_msg=case)


@pytest.mark.django_db
def test_the_default_pipeline_answers_in_memory_as_in_postgres() -> None:
    shop = make_shop()
    pair = twins(shop, Pipeline.objects.get(catalog=shop.catalog, is_default=True))
    assert 10 < np.count_nonzero(pair.arrays.offered & (pair.arrays.people == 0)) < 40
    compared(pair)


@pytest.mark.django_db
def test_a_trained_pipeline_answers_in_memory_as_in_postgres() -> None:
    shop = make_shop()
    pair = twins(shop, *fitted_and_live(shop))
    assert len(pair.arrays.trained_spaces) >= 3
    compared(pair)
