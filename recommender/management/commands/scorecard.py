"""`manage.py scorecard --catalog SLUG`: how good a pipeline is on the catalog's own held-out events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.models import Catalog
from recommender.exceptions import PipelineNotFoundError
from recommender.models import ModelVersion, Pipeline, Scorecard
from recommender.services.scorecards import make, order, pipeline_of
from recommender.training.exam import MOST_QUESTIONS
from recommender.training.scorecard_text import text


class Command(BaseCommand):
    """Makes a scorecard at once, prints it, and keeps it for the admin."""

    help = "Measure a pipeline on held-out events of its catalog, beside popularity and the untrained default."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to measure, and beside what."""
        parser.add_argument("--catalog", required=True, metavar="SLUG")
        parser.add_argument("--pipeline", default="", metavar="SLUG", help="The catalog's default when left out.")
        parser.add_argument("--model-version", type=int, metavar="N", help="One of the pipeline's model versions.")
        parser.add_argument("--compare", nargs="*", default=[], metavar="SLUG", help="More pipelines beside it.")
        parser.add_argument(
            "--attributes", nargs="*", default=[], metavar="NAME", help="Profile attributes whose groups to compare."
        )
        parser.add_argument("--questions", type=int, default=MOST_QUESTIONS, help="At most, per segment (%(default)s).")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--json", type=Path, metavar="FILE", help="Write the figures to this file too.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it, print it."""
        catalog = Catalog.objects.filter(slug=options["catalog"]).first()
        if catalog is None:
            known = ", ".join(Catalog.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no catalog {options['catalog']!r}. Catalogs: {known}.")
        scorecard = make(self._ordered(catalog, options), self._tell)
        if scorecard.status != Scorecard.Status.DONE:
            raise CommandError(scorecard.reason)
        if options["json"]:
            options["json"].write_text(json.dumps(scorecard.figures, ensure_ascii=False), encoding="utf-8")
        self.stdout.write(text(scorecard.figures))
        self.stdout.write(f"\nKept as scorecard {scorecard.pk}: the admin shows it with plots.")

    def _ordered(self, catalog: Catalog, options: dict[str, Any]) -> Scorecard:
        names = ("attributes", "questions", "seed")
        try:
            pipeline = pipeline_of(catalog, options["pipeline"])
            version = self._version(pipeline, options["model_version"])
            return order(pipeline, version, others=options["compare"], **{name: options[name] for name in names})
        except PipelineNotFoundError as error:
            known = ", ".join(Pipeline.objects.filter(catalog=catalog).values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"{error} Pipelines: {known}.") from error

    def _version(self, pipeline: Pipeline, number: int | None) -> ModelVersion | None:
        if number is None:
            return None
        version = ModelVersion.objects.filter(pipeline=pipeline, number=number).first()
        if version is None:
            known = ModelVersion.objects.filter(pipeline=pipeline).values_list("number", flat=True)
            listed = ", ".join(map(str, sorted(known))) or "none yet"
            raise CommandError(f"“{pipeline}” has no model version {number}. Versions: {listed}.")
        return version

    def _tell(self, step: str, done: int, total: int) -> None:
        self.stderr.write(f"  {step} ({done} of {total})")
