from __future__ import annotations

import json
from typing import Any

import pytest
from celery import Celery, current_app
from pytest_django import DjangoCaptureOnCommitCallbacks

from catalog.models import Catalog
from recommender.models import Configuration, Pipeline, Stage
from recommender.services import pipelines
from recommender.services.pipelines import copy_stages, problems, save_configuration, save_pipeline

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(db: None) -> Catalog:
    return Catalog.objects.create(slug="books", name="Books")


def configuration(catalog: Catalog, kind: str, plugin: str, **settings: Any) -> Configuration:
    return Configuration.objects.create(
        catalog=catalog, kind=kind, plugin=plugin, slug=plugin, title=plugin, settings=settings
    )


def pipeline(catalog: Catalog, slug: str, *configurations: Configuration) -> Pipeline:
    made = Pipeline.objects.create(catalog=catalog, slug=slug)
    Stage.objects.bulk_create([Stage(pipeline=made, configuration=one) for one in configurations])
    return made


def versions() -> dict[str, int]:
    return dict(Pipeline.objects.values_list("slug", "version"))


def waiting(catalog: Catalog) -> int:
    """Messages on the encode queue of the real broker that ask for this catalog."""
    with current_app.connection_for_read() as connection:
        client = connection.default_channel.client
        bodies = [json.loads(message)["headers"] for message in client.lrange("encode", 0, -1)]
    return sum(f"[{catalog.pk}]" in header["argsrepr"] for header in bodies)


def test_every_pipeline_of_a_configuration_gets_a_new_version(books: Catalog) -> None:
    popular = configuration(books, "retriever", "popular")
    other = configuration(books, "retriever", "recent")
    pipeline(books, "home", popular)
    pipeline(books, "mail", popular, other)
    pipeline(books, "cart", other)
    popular.settings = {"k": 5}
    save_configuration(popular)
    assert versions() == {"home": 2, "mail": 2, "cart": 1}
    assert Configuration.objects.get(pk=popular.pk).settings == {"k": 5}


def test_stages_come_and_go_in_one_version(books: Catalog) -> None:
    popular, recent = configuration(books, "retriever", "popular"), configuration(books, "retriever", "recent")
    home = pipeline(books, "home", popular)
    save_pipeline(home, [Stage(configuration=recent)], list(home.stages.all()))
    assert [stage.configuration for stage in home.stages.all()] == [recent]
    assert home.version == 2
    mail = Pipeline(catalog=books, slug="mail")
    save_pipeline(mail)
    copy_stages(home, mail)
    assert [stage.configuration for stage in mail.stages.all()] == [recent]


def test_a_new_default_takes_the_place_of_the_old(books: Catalog) -> None:
    first = save_pipeline(Pipeline(catalog=books, slug="first", is_default=True))
    other = save_pipeline(Pipeline(catalog=Catalog.objects.create(slug="films"), slug="films", is_default=True))
    second = save_pipeline(Pipeline(catalog=books, slug="second", is_default=True))
    assert set(Pipeline.objects.filter(is_default=True)) == {other, second}
    assert first.pk != second.pk


def test_a_changed_encoder_in_use_is_sent_to_the_workers(
    books: Catalog, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    encoder = configuration(books, "encoder", "hashing")
    with django_capture_on_commit_callbacks(execute=True):
        save_configuration(encoder)
    assert waiting(books) == 0
    with django_capture_on_commit_callbacks(execute=True):
        save_pipeline(Pipeline(catalog=books, slug="home"), [Stage(configuration=encoder)])
    assert waiting(books) == 1
    encoder.settings = {"dimension": 128}
    with django_capture_on_commit_callbacks(execute=True):
        save_configuration(encoder)
    assert waiting(books) == 2


def test_a_broker_that_is_away_does_not_keep_a_change_back(
    books: Catalog,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    away = Celery("away", broker="redis+socket:///nowhere/redis.sock", set_as_current=False)
    away.conf.broker_transport_options = current_app.conf.broker_transport_options
    monkeypatch.setattr(pipelines, "current_app", away)
    encoder = configuration(books, "encoder", "hashing")
    with django_capture_on_commit_callbacks(execute=True):
        save_pipeline(Pipeline(catalog=books, slug="home"), [Stage(configuration=encoder)])
    assert versions() == {"home": 2}
    assert "beat will build the space later" in caplog.text


@pytest.fixture
def working(books: Catalog) -> list[Configuration]:
    return [configuration(books, "retriever", "popular"), configuration(books, "fusion_strategy", "linear")]


def test_a_retriever_and_a_fusion_strategy_make_a_pipeline(books: Catalog, working: list[Configuration]) -> None:
    assert problems(books, working) == []


@pytest.mark.parametrize(
    ("kind", "plugin", "settings", "word"),
    [
        ("fusion_strategy", "weighted-sum", {}, "remove or disable all but one"),
        ("ranker", "lost", {}, "Installed: "),
        ("ranker", "freshness", {"half_life_days": 0}, "half_life_days: "),
        ("retriever", "vector", {}, "no stage is an encoder"),
    ],
)
def test_one_more_stage_can_spoil_it(
    kind: str, plugin: str, settings: dict[str, Any], word: str, books: Catalog, working: list[Configuration]
) -> None:
    (problem,) = problems(books, [*working, configuration(books, kind, plugin, **settings)])
    assert word in problem


def test_a_source_names_a_space_of_its_pipeline(books: Catalog, working: list[Configuration]) -> None:
    encoder = configuration(books, "encoder", "hashing")
    vector = configuration(books, "retriever", "vector", space="hashing")
    assert problems(books, [*working, encoder, vector]) == []
    vector.settings = {"space": "images"}
    (problem,) = problems(books, [*working, encoder, vector])
    assert "“images”" in problem
    assert "(hashing)" in problem


def test_a_stranger_is_named(books: Catalog, working: list[Configuration]) -> None:
    films = Catalog.objects.create(slug="films")
    (problem,) = problems(books, [*working, configuration(films, "retriever", "recent")])
    assert "choose a configuration of Books" in problem
