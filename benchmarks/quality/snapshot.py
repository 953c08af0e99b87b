"""A catalog of the benchmark read into memory, with the stages of its pipelines. Needs Django's settings."""

from collections.abc import Callable

from catalog.models import Catalog
from recommender.models import Pipeline
from recommender.plugins.training import Tell
from recommender.selectors.state import state
from recommender.services.learned_pipeline import learned_pipeline
from recommender.services.refresh import refresh
from recommender.serving.assembly import Specification, assemble, specifications
from recommender.training.snapshots import Snapshot, read_snapshot

Say = Callable[[str], None]


def read(slug: str, tell: Tell) -> tuple[Snapshot, list[Specification]]:
    """The catalog's snapshot, its figures counted anew, and the stages of its learned pipeline."""
    catalog = Catalog.objects.get(slug=slug)
    refresh(catalog, tell)
    pipeline: Pipeline = learned_pipeline(catalog)
    stages = specifications(pipeline.pk)
    encoders = assemble(stages, pipeline.slug).encoders
    return read_snapshot(catalog, state(catalog.pk, pipeline.slug), encoders), stages


def told_by(say: Say) -> Tell:
    """Tells each step once."""
    last: list[str] = []

    def tell(step: str, _done: int, _total: int) -> None:
        if last != [step]:
            last[:] = [step]
            say(f"  {step}")

    return tell
