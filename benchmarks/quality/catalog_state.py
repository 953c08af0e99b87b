"""The benchmark's catalog between two splits, seen from inside the platform (run by ``manage.py shell``)."""

import json
from pathlib import Path
from typing import Any

from django.db import transaction

from catalog.models import Catalog, Item
from recommender.models import (
    Configuration,
    Counter,
    ModelVersion,
    Neighbours,
    Pipeline,
    Scorecard,
    Statistics,
    TrainingRun,
)
from recommender.models.configuration import PluginKind
from recommender.services.defaults import provide_defaults
from recommender.services.learned_pipeline import SLUG
from recommender.services.spaces import sweep_spaces
from recommender.training import model_store
from users.models import Event, EventKind, Profile


def forget(slug: str, folder: Path | str) -> None:
    """Leave the catalog nothing but the folder's items, their vectors and an untrained default pipeline.

    Everything that came of events goes: whoever learned on another split has seen the answers to this one's questions.
    Pipelines and their configurations are made anew, so that old defaults don't stay either; only the encoder does,
    with its space, so that items are encoded once.
    """
    catalog = Catalog.objects.filter(slug=slug).first()
    if catalog is None:
        return
    versions = list(ModelVersion.objects.filter(catalog=catalog).values_list("pk", flat=True))
    with transaction.atomic():
        for learned in (Scorecard, ModelVersion, TrainingRun, Event, Profile, Counter, Neighbours, Statistics):
            learned.objects.filter(catalog=catalog).delete()
        EventKind.objects.filter(catalog=catalog).delete()
        Pipeline.objects.filter(catalog=catalog).delete()
        Configuration.objects.filter(catalog=catalog).exclude(kind=PluginKind.ENCODER).delete()
        Item.objects.filter(catalog=catalog).exclude(external_id__in=_item_ids(Path(folder))).delete()
        provide_defaults(catalog)
    for version in versions:
        model_store.remove(str(version))
    sweep_spaces()


def _item_ids(folder: Path) -> list[str]:
    with (folder / "items.jsonl").open(encoding="utf-8") as lines:
        return [str(json.loads(line)["item_id"]) for line in lines]


def gate(slug: str) -> dict[str, Any]:
    """What the newest training of the catalog came to: whether it went live and why, or why there is no version."""
    version = ModelVersion.objects.filter(catalog__slug=slug, pipeline__slug=SLUG).order_by("-id").first()
    if version is not None:
        live = version.status == ModelVersion.Status.LIVE
        untrained = version.metrics.get("untrained_plugins", {})
        return {"passed": live, "reasons": version.verdict.get("reasons", []), "untrained_plugins": untrained}
    run = TrainingRun.objects.filter(catalog__slug=slug).order_by("-id").first()
    return {"passed": False, "reasons": [run.reason if run and run.reason else "There was no training."]}


def write_gate(slug: str, path: Path | str) -> None:
    """The same as a JSON file."""
    Path(path).write_text(json.dumps(gate(slug), ensure_ascii=False), encoding="utf-8")
