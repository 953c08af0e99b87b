"""The life of a space: building → live → retired → gone.

A changed encoder gets a space of its own, filled in the background while requests read the old one; it takes over in
one transaction. Each space remembers plugin and settings of the encoder that made it, and its sentences are encoded by
these: two spaces never mix.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from catalog.models import Catalog
from recommender.models import Configuration, Pipeline, Space
from recommender.models.configuration import PluginKind
from recommender.plugins.exceptions import PluginError, PluginUnavailableError
from recommender.selectors.revisions import published_states, rows_of
from recommender.services.encoding import encoder_of, full_settings, source_hash
from recommender.services.partitions import create_partition, drop_partition, partitions
from recommender.services.whitening import fit_whitening

GRACE = timedelta(minutes=10)
"""How long a retired space stays: requests that began before the switch still read it."""
LARGEST_DIMENSION = 4_000
"""What pgvector's HNSW index takes of halfvec."""

Status = Space.Status


def live_space(encoder: Configuration) -> Space | None:
    """The space that a pipeline with this encoder reads now: its own, or while that is built the newest live one.

    Encode sentences for it with `sentence_vectors(space, texts)`, which takes the encoder that made the space.
    """
    live = Space.objects.filter(catalog_id=encoder.catalog_id, status=Status.LIVE).defer("whitening")
    found = sorted(live, key=lambda space: (space.configuration_id != encoder.pk, -space.pk))
    return found[0] if found else None


def ensure_space(configuration: Configuration) -> Space:
    """The live or building space of the encoder as it is configured now; an empty one to be built if there is none.

    May load the encoder, to learn its dimension: PluginUnavailableError when that cannot be done.
    """
    made_by = source_hash(configuration.plugin, configuration.settings)
    dimension = 0 if _current(configuration, made_by) else _dimension(configuration)
    with transaction.atomic():
        Configuration.objects.select_for_update().get(pk=configuration.pk)  # two callers make one space
        others = Space.objects.filter(configuration=configuration, status=Status.BUILDING)
        others.exclude(source_hash=made_by).update(status=Status.RETIRED, retired_at=timezone.now())
        found = _current(configuration, made_by)
        if found is not None:  # settings that do not shape the vectors may have changed
            found.settings = full_settings(configuration.plugin, configuration.settings)
            found.save(update_fields=["settings"])
            return found
        return _new_space(configuration, made_by, dimension or _dimension(configuration))


def ensure_spaces(catalog: Catalog) -> list[str]:
    """A space for every encoder in the catalog's pipelines; why some could not be made."""
    problems = []
    for configuration in published_encoders(catalog.pk):
        try:
            ensure_space(configuration)
        except PluginError as error:
            problems.append(f"{configuration}: {error}")
    return problems


def published_encoders(catalog_id: int) -> list[Configuration]:
    """The encoders of the catalog's pipelines, with the settings under which they were published.

    Where two pipelines published one configuration with other settings, the later publication counts.
    """
    found: dict[int, Configuration] = {}
    for state in published_states(Pipeline.objects.filter(catalog=catalog_id)):
        for row in rows_of(state):
            if row["kind"] == PluginKind.ENCODER and row["enabled"]:
                found[row["configuration_id"]] = Configuration(plugin=row["plugin"], settings=row["settings"])
    stored = Configuration.objects.in_bulk(found)
    for pk, one in stored.items():
        one.plugin, one.settings = found[pk].plugin, found[pk].settings
    return list(stored.values())


def open_spaces(catalog: Catalog) -> list[Space]:
    """The spaces that new vectors go to: live ones first, so that a new item is found soon, then those being built."""
    spaces = Space.objects.filter(catalog=catalog, status__in=(Status.LIVE, Status.BUILDING)).defer("whitening")
    return sorted(spaces, key=lambda space: (space.status != Status.LIVE, space.pk))


@transaction.atomic
def go_live(space: Space) -> bool:
    """Switch: requests that begin now read this space. False when it was given up meanwhile for another encoder."""
    Configuration.objects.select_for_update().get(pk=space.configuration_id)
    now = timezone.now()
    rivals = Space.objects.filter(configuration_id=space.configuration_id, status=Status.LIVE)
    if not Space.objects.filter(pk=space.pk, status=Status.BUILDING).exists():
        return False
    rivals.update(status=Status.RETIRED, retired_at=now)
    Space.objects.filter(pk=space.pk).update(status=Status.LIVE, live_at=now, error="")
    space.refresh_from_db(fields=["status", "live_at", "error"])
    return True


def refit_spaces(catalog: Catalog) -> int:
    """Fit the whitening of every live space again; the number fitted."""
    return sum(fit_whitening(space) for space in Space.objects.filter(catalog=catalog, status=Status.LIVE))


def sweep_spaces() -> int:
    """Retire spaces that no pipeline uses any more and drop those whose grace is over; the number dropped."""
    _retire_unused()
    over = Space.objects.filter(status=Status.RETIRED, retired_at__lt=timezone.now() - GRACE)
    for space in over:
        drop_partition(space.pk)
        space.delete()
    return len(over) + _drop_orphans()


def _retire_unused() -> None:
    """A live space goes when no pipeline names its encoder and the encoder that one does name has a live space."""
    live = Space.objects.filter(status=Status.LIVE)
    old = live.filter(live_at__lt=timezone.now() - GRACE)
    for catalog_id in old.values_list("catalog_id", flat=True).distinct():
        used = [one.pk for one in published_encoders(catalog_id)]
        if live.filter(catalog_id=catalog_id, configuration__in=used).exists():
            unused = old.filter(catalog_id=catalog_id).exclude(configuration__in=used)
            unused.update(status=Status.RETIRED, retired_at=timezone.now())


def _drop_orphans() -> int:
    """Tables of spaces whose catalog or configuration was deleted."""
    tables = partitions()  # read before the rows: a new space's table and row appear together
    orphans = tables - set(Space.objects.filter(pk__in=tables).values_list("pk", flat=True))
    for space_id in orphans:
        drop_partition(space_id)
    return len(orphans)


def _current(configuration: Configuration, made_by: str) -> Space | None:
    found = Space.objects.filter(configuration=configuration, source_hash=made_by).defer("whitening")
    return found.filter(status__in=(Status.LIVE, Status.BUILDING)).first()


def _dimension(configuration: Configuration) -> int:
    dimension = encoder_of(configuration).dimension
    if not 1 <= dimension <= LARGEST_DIMENSION:
        raise PluginUnavailableError(
            f"encoder {configuration.plugin!r} has {dimension} dimensions; at most {LARGEST_DIMENSION} can be indexed. "
            "Choose a smaller model."
        )
    return dimension


def _new_space(configuration: Configuration, made_by: str, dimension: int) -> Space:
    space = Space.objects.create(
        catalog_id=configuration.catalog_id,
        configuration=configuration,
        plugin=configuration.plugin,
        settings=full_settings(configuration.plugin, configuration.settings),
        source_hash=made_by,
        dimension=dimension,
    )
    create_partition(space)
    return space
