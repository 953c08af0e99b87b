"""What a live version learned is loaded into the plugins of its pipeline, or the answer says why not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recommender.models import Configuration, ModelVersion, Pipeline, Space
from recommender.plugins.exceptions import PluginUnavailableError
from recommender.plugins.testing.training import village
from recommender.plugins.training import Training
from recommender.rankers.few_shot import FewShotRanker, FewShotSettings
from recommender.selectors.state import state
from recommender.services import answers
from recommender.services.learned_pipeline import learned_pipeline
from recommender.services.pipelines import save_pipeline
from recommender.serving.artefacts import Artefacts, folder_of
from recommender.serving.assembly import assembly
from recommender.training import model_store, promotion
from tests.worlds import World

NAME = folder_of("ranker", "few-shot")


def ranker() -> FewShotRanker:
    """Untrained."""
    return FewShotRanker(FewShotSettings(), "few-shot")


@pytest.fixture
def version(world: World, tmp_path: Path) -> ModelVersion:
    """A live version that learned one ranker, in the catalog's text space."""
    pipeline = learned_pipeline(world.catalog)
    plugin, data = ranker(), village(dimension=128)
    learned = plugin.fit(data, Training())
    assert learned.vectors is not None
    folder = tmp_path / NAME
    folder.mkdir()
    plugin.save(folder)
    spaces = list(Space.objects.filter(status="live").values_list("pk", flat=True))
    made = ModelVersion.objects.create(catalog=world.catalog, pipeline=pipeline, number=1, text_spaces=spaces)
    made.checksums = model_store.put(str(made.pk), tmp_path)
    made.save()
    return promotion.promote(made)


def loaded(version: ModelVersion, text_spaces: set[int] | None = None, name: str = NAME) -> bool:
    """Whether a ranker that was loaded knows something."""
    plugin = ranker()
    spaces = set(version.text_spaces) if text_spaces is None else text_spaces
    Artefacts(version.pk, spaces).load_into(plugin, name)
    return plugin._weights is not None


def test_the_files_of_the_version_are_loaded(version: ModelVersion) -> None:
    assert loaded(version)
    assert loaded(version, {*version.text_spaces, 10**6})


def test_a_plugin_of_which_the_version_says_nothing_stays_untrained(version: ModelVersion) -> None:
    assert not loaded(version, name=folder_of("ranker", "collaborative"))


def test_without_a_version_nothing_is_loaded(world: World) -> None:
    plugin = ranker()
    artefacts = Artefacts(0, set())
    artefacts.load_into(plugin, NAME)
    assert artefacts.problem == ""
    assert plugin._weights is None


def test_in_another_text_space_its_weights_mean_nothing(version: ModelVersion) -> None:
    assert not loaded(version, set())
    problem = Artefacts(version.pk, set()).problem
    assert problem == f"{version} was trained in a text space that is no longer live: train again."


def test_the_answer_says_that_the_version_is_of_another_text_space(world: World, version: ModelVersion) -> None:
    assert world.recommend(text="a tent").left_out == {}
    ModelVersion.objects.filter(pk=version.pk).update(text_spaces=[10**6])
    pipeline = Pipeline.objects.get(pk=version.pipeline_id)
    pipeline.budget_ms += 1
    save_pipeline(pipeline)  # so that it is assembled anew
    answer = world.recommend(text="a tent", limit=5)
    assert "train again" in answer.left_out["model version"]
    assert len(answer.items) == 5


def test_files_that_are_gone_are_named(world: World, version: ModelVersion) -> None:
    model_store.remove(str(version.pk))
    with pytest.raises(PluginUnavailableError, match=f"ranker.few-shot/.* of model version {version.pk} is missing"):
        loaded(version)
    answer = world.recommend(text="a tent", limit=5)
    assert "missing in the model store" in answer.left_out["ranker few-shot"]
    assert len(answer.items) == 5


def test_an_answer_reads_the_spaces_and_tables_of_its_version_only(world: World, version: ModelVersion) -> None:
    other = ModelVersion.objects.create(catalog=world.catalog, pipeline=version.pipeline, number=2)
    spaces = [
        Space.objects.create(
            catalog=world.catalog,
            configuration=Configuration.objects.get(catalog=world.catalog, slug="few-shot"),
            model_version=of,
            plugin="few-shot",
            settings={},
            source_hash=str(of.pk),
            dimension=8,
            status=Space.Status.TRAINED,
            encoded=3,
        )
        for of in (version, other)
    ]
    now = state(world.catalog.pk)
    assert [space.pk for space in now.trained] == [spaces[0].pk]
    reads = answers.reads(now, assembly(now))
    assert [(one.info.id, one.info.key, one.info.dimension) for one in reads.trained] == [(spaces[0].pk, "few-shot", 8)]
    assert [space.key for space in reads.spaces] == ["hashing", "few-shot"]
    assert set(reads.tables) == {"item-neighbours"}
    assert reads.version_id == version.pk

    before = state(world.catalog.pk, "default")
    reads = answers.reads(before, assembly(before))
    assert (list(reads.trained), dict(reads.tables), reads.version_id) == ([], {}, 0)
    assert np.array_equal([one.info.id for one in reads.texts], [one.pk for one in before.spaces])
