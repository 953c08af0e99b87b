"""Plugins that fail in every way a stranger's can: the answer goes on without them, on the real database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import psycopg
import pytest
from django.db import InterfaceError, OperationalError

from catalog.models import Item
from recommender.models import Configuration, Pipeline, Stage
from recommender.plugins import registry
from recommender.plugins.contracts import FusionStrategy, PluginSettings, Ranker, Retriever, Rule
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.rule_settings import RuleSettings
from recommender.plugins.testing.stock import Stock, stocked
from recommender.plugins.types import Candidates, Profile, Query, Shortlist, Slate
from recommender.schemas import RecommendRequest
from recommender.selectors.state import state
from recommender.services.answers import Answer, make_answer
from recommender.serving import assembly as assemblies
from recommender.serving.assembly import Assembly, Loaded, assembly
from recommender.serving.failures import reason_to_go_on
from tests.api_clients import api_client

pytestmark = pytest.mark.django_db
Does = Callable[..., Any]


class Strange:
    """A plugin's one method is what the test says."""

    name = title = "strange"
    summary = "Does what the test says."

    def __init__(self, does: Does) -> None:
        super().__init__(RuleSettings())  # type: ignore[call-arg]  # the contract that stands beside it
        self.does = does


class StrangeRanker(Strange, Ranker[PluginSettings]):
    columns = ("score",)

    def rank(self, profile: Profile, candidates: Candidates) -> Any:
        return self.does(candidates)


class StrangeRetriever(Strange, Retriever[PluginSettings]):
    def retrieve(self, profile: Profile, query: Query) -> Any:
        return self.does(query)


class StrangeFusion(Strange, FusionStrategy[PluginSettings]):
    def fuse(self, profile: Profile, candidates: Candidates) -> Any:
        return self.does(profile, candidates)


class StrangeRule(Strange, Rule[RuleSettings]):
    def apply(self, slate: Slate, profile: Profile, query: Query) -> Any:
        return self.does(slate)


class StrangeRestriction(Strange, Rule[RuleSettings]):
    def restrict(self, query: Query) -> Any:
        return self.does(query)

    def apply(self, slate: Slate, profile: Profile, query: Query) -> Slate:
        return slate


@pytest.fixture
def stock() -> Stock:
    return stocked()


def raising(error: Exception) -> Does:
    def does(*given: Any) -> Any:
        raise error

    return does


def ask(stock: Stock, changed: Callable[[Assembly], Assembly] = lambda plan: plan) -> Answer:
    plan = changed(assembly(state(stock.catalog.pk)))
    return make_answer(stock.catalog.pk, RecommendRequest(text="a warm red coat", limit=10), plan)


def with_ranker(does: Does) -> Callable[[Assembly], Assembly]:
    return lambda plan: replace(plan, rankers=(*plan.rankers, Loaded("strange", StrangeRanker(does), False)))


def with_rule(rule: type[Strange], does: Does) -> Callable[[Assembly], Assembly]:
    return lambda plan: replace(plan, rules=(Loaded("strange", rule(does), False),))


def with_retriever(does: Does) -> Callable[[Assembly], Assembly]:
    found = StrangeRetriever(does)
    return lambda plan: replace(plan, retrievers=(*plan.retrievers, Loaded("strange", found, False)))


def column(values: Any, name: str = "score") -> Does:
    return lambda candidates: {name: np.asarray(values, dtype=np.float32)}


@pytest.mark.parametrize(
    ("does", "word"),
    [
        (raising(ValueError("the password is 1234")), "failed with ValueError; the log holds the traceback"),
        (raising(PluginUnavailableError("the model is not here")), "the model is not here"),
        (column([1, 2]), "score has shape (2,)"),
        (lambda candidates: {"other": np.zeros(len(candidates.features), np.float32)}, "declares score"),
        (lambda candidates: {}, "declares score"),
        (lambda candidates: [1.0], "gave list, not a dict"),
        (lambda candidates: {"score": np.array(["a"] * len(candidates.features))}, "not floats"),
    ],
)
def test_a_ranker_that_fails_is_left_out(stock: Stock, does: Does, word: str) -> None:
    before, answer = ask(stock), ask(stock, with_ranker(does))
    assert not before.trace.degraded
    assert word in answer.trace.left_out["ranker strange"]
    assert "1234" not in str(answer.trace.left_out)
    np.testing.assert_array_equal(answer.slate.item_ids, before.slate.item_ids)


def test_the_log_holds_the_traceback(stock: Stock, caplog: pytest.LogCaptureFixture) -> None:
    ask(stock, with_ranker(raising(ValueError("the password is 1234"))))
    (record,) = [one for one in caplog.records if one.name == "recommender.serving.failures"]
    assert record.getMessage() == "ranker strange failed and is left out of the answer"
    assert "the password is 1234" in caplog.text
    assert "in does" in caplog.text


@pytest.mark.parametrize(
    ("does", "word"),
    [
        (raising(KeyError("x")), "failed with KeyError"),
        (lambda query: None, "gave NoneType, not a Shortlist"),
        (lambda query: Shortlist(np.array([1, 1]), np.ones(2, np.float32)), "found twice"),
        (lambda query: Shortlist(np.array([1, 2]), np.array([1, 2], np.float32)), "best first"),
        (lambda query: Shortlist(np.array([1, 2]), np.ones(3, np.float32)), "scores has shape (3,)"),
        (lambda query: Shortlist(np.array([1]), np.array([np.nan], np.float32)), "finite"),
    ],
)
def test_a_retriever_that_fails_is_left_out(stock: Stock, does: Does, word: str) -> None:
    before, answer = ask(stock), ask(stock, with_retriever(does))
    assert word in answer.trace.left_out["retriever strange"]
    np.testing.assert_array_equal(answer.slate.item_ids, before.slate.item_ids)


def test_a_strange_retriever_cannot_bring_in_what_is_not_eligible(stock: Stock) -> None:
    other = stocked("other").catalog
    hidden = Item.objects.filter(catalog=stock.catalog, available=False).values_list("id", flat=True)
    foreign = Item.objects.filter(catalog=other).values_list("id", flat=True)
    ids = np.array([*hidden, *foreign, 10**12], dtype=np.int64)
    found = Shortlist(ids, np.ones(len(ids), np.float32))
    answer = ask(stock, lambda plan: replace(with_retriever(lambda query: found)(plan), rankers=plan.rankers))
    assert not set(ids.tolist()) & set(answer.slate.candidates.item_ids.tolist())
    assert not answer.trace.degraded


def without_last(profile: Profile, candidates: Candidates) -> Slate:
    return assemblies.fallback_fusion().fuse(profile, candidates).first(len(candidates) - 1)


def not_a_number(profile: Profile, candidates: Candidates) -> Slate:
    slate = assemblies.fallback_fusion().fuse(profile, candidates)
    return replace(slate, scores=np.full_like(slate.scores, np.nan))


def shares_that_do_not_add_up(profile: Profile, candidates: Candidates) -> Slate:
    return replace(assemblies.fallback_fusion().fuse(profile, candidates), contributions={})


@pytest.mark.parametrize(
    ("does", "word"),
    [
        (raising(ZeroDivisionError()), "failed with ZeroDivisionError"),
        (lambda profile, candidates: None, "not a Slate"),
        (without_last, "every candidate once"),
        (not_a_number, "not a finite number"),
        (shares_that_do_not_add_up, "do not add up"),
    ],
)
def test_a_fusion_that_fails_gives_way_to_reciprocal_rank(stock: Stock, does: Does, word: str) -> None:
    answer = ask(stock, lambda plan: replace(plan, fusion=StrangeFusion(does)))
    assert word in answer.trace.left_out["fusion strange"]
    assert answer.slate.method == "reciprocal-rank"
    assert len(answer.slate) == 10


@pytest.mark.parametrize(
    ("rule", "does", "word"),
    [
        (StrangeRule, raising(IndexError()), "failed with IndexError"),
        (StrangeRule, lambda slate: slate.first(3), "only 3 were left where 10 are wanted"),
        (StrangeRule, lambda slate: slate.take([0] * len(slate)), "stands in the list twice"),
        (StrangeRule, lambda slate: None, "not a Slate"),
        (StrangeRestriction, raising(TypeError()), "failed with TypeError"),
        (StrangeRestriction, lambda query: None, "restrict gave NoneType"),
    ],
)
def test_a_rule_that_fails_is_left_out(stock: Stock, rule: type[Strange], does: Does, word: str) -> None:
    before, answer = ask(stock), ask(stock, with_rule(rule, does))
    assert word in answer.trace.left_out["rule strange"]
    np.testing.assert_array_equal(answer.slate.item_ids, before.slate.item_ids)


@pytest.mark.parametrize("lost", [OperationalError("the server closed the connection"), InterfaceError("closed")])
def test_a_lost_database_is_not_the_plugins_fault(stock: Stock, lost: Exception) -> None:
    with pytest.raises(type(lost)):
        ask(stock, with_ranker(raising(lost)))


def test_a_statement_past_its_time_is() -> None:
    late = OperationalError("canceling statement due to statement timeout")
    late.__cause__ = psycopg.errors.QueryCanceled()
    assert reason_to_go_on("ranker strange", late) == "A database statement ran past its time limit."


class Unloadable(StrangeRanker):
    """Cannot be loaded until the test lets it."""

    Settings = PluginSettings
    is_there = False
    loads = 0

    def __init__(self, settings: PluginSettings, slug: str = "") -> None:
        Ranker.__init__(self, settings, slug)
        self.does = lambda candidates: {"score": np.zeros(len(candidates.features), np.float32)}

    def load(self) -> None:
        type(self).loads += 1
        if not self.is_there:
            raise OSError("no such file: weights")


def test_a_plugin_that_cannot_be_loaded_is_tried_again_alone(stock: Stock, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = registry.Installed("ranker", "strange", "here", "tests", "1", Unloadable)
    known = {**registry.installed(), ("ranker", "strange"): entry}
    monkeypatch.setattr(registry, "installed", lambda: known)
    clock = [1000.0]
    monkeypatch.setattr(assemblies, "monotonic", lambda: clock[0])
    add_stage(stock, "ranker", "strange")
    first = assembly(state(stock.catalog.pk))
    assert first.problems == {"ranker strange": "failed with OSError; the log holds the traceback"}
    assert assembly(state(stock.catalog.pk)) is first
    monkeypatch.setattr(Unloadable, "is_there", True)
    clock[0] += assemblies.RETRY_SECONDS + 1
    second = assembly(state(stock.catalog.pk))
    assert second.problems == {}
    assert [one.slug for one in second.rankers] == [*(one.slug for one in first.rankers), "strange"]
    assert second.rankers[0].plugin is first.rankers[0].plugin, "what was loaded stays loaded"
    assert Unloadable.loads == 2


def add_stage(stock: Stock, kind: str, plugin: str) -> None:
    pipeline = Pipeline.objects.get(catalog=stock.catalog, is_default=True)
    made = Configuration.objects.create(catalog=stock.catalog, kind=kind, plugin=plugin, slug=plugin, title=plugin)
    Stage.objects.create(pipeline=pipeline, configuration=made, position=200)
    Pipeline.objects.filter(pk=pipeline.pk).update(version=pipeline.version + 1)


def test_the_api_answers_without_a_fusion_that_is_gone(stock: Stock) -> None:
    Stage.objects.filter(configuration__catalog=stock.catalog, configuration__kind="fusion_strategy").delete()
    add_stage(stock, "fusion_strategy", "uninstalled")
    answer = api_client(stock.catalog).post("/api/v1/recommendations/", {"text": "a red coat", "limit": 5})
    assert answer.status_code == 200
    told = answer.json()
    assert len(told["items"]) == 5
    assert told["degraded"] is True
    assert "Installed: bilinear, " in told["left_out"]["fusion uninstalled"]
