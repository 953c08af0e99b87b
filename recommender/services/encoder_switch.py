"""Another encoder in the place of one, in the drafts of all pipelines that have it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from recommender.models import Configuration, Pipeline, Stage
from recommender.services.pipelines import problems, save_pipeline
from users.models import User


def pipelines_with(encoder: Configuration) -> QuerySet[Pipeline]:
    """Those whose draft has this encoder at work."""
    return Pipeline.objects.filter(stages__configuration=encoder, stages__enabled=True).order_by("-is_default", "pk")


def reasons_against(old: Configuration, new: Configuration) -> list[str]:
    """Why the drafts would not make pipelines with the new encoder in the old one's place, each with the way out."""
    found = []
    for pipeline in pipelines_with(old):
        stages = list(pipeline.stages.filter(enabled=True).select_related("configuration"))
        chosen = [new if stage.configuration_id == old.pk else stage.configuration for stage in stages]
        if len({one.pk for one in chosen}) < len(chosen):
            found.append(f"{pipeline}: “{new}” is in it already: remove the stage of “{old}” there instead.")
            continue
        found += [f"{pipeline}: {problem}" for problem in problems(pipeline.catalog, chosen)]
    return found


@transaction.atomic
def switch_encoder(old: Configuration, new: Configuration, author: User | None = None) -> list[Pipeline]:
    """Put the new encoder in the old one's place; the drafts that were changed. They act once they are published.

    What `reasons_against` says is for the caller to ask first.
    """
    changed = list(pipelines_with(old))
    for pipeline in changed:
        Stage.objects.filter(pipeline=pipeline, configuration=new, enabled=False).delete()
        stage = pipeline.stages.get(configuration=old)
        stage.configuration = new
        save_pipeline(pipeline, [stage], author=author, publishing=False)
    return changed
