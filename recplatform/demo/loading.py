"""The demo's two catalogs, brought into the database step by step; what is there already costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command

from catalog.models import Catalog
from recommender.models import Configuration, Placement, PlacementRule, Space, Statistics
from recommender.models.configuration import PluginKind
from recommender.services.item_encoding import encode_items
from recommender.services.pipelines import save_configuration
from recommender.services.placements import save_placement
from recplatform.demo.films import prepare_films

Tell = Callable[[str], None]
SHOP_FOLDER = Path(__file__).with_name("shop")


@dataclass(frozen=True)
class DemoCatalog:
    """A catalog of the demo. `folder` is asked only when the catalog is loaded, since it may have to be fetched."""

    slug: str
    name: str
    language: str
    folder: Callable[[], Path]
    fusion: dict[str, Any] = field(default_factory=dict)
    """Settings of the linear fusion that differ from the shipped ones."""


def films_folder() -> Path:
    """MovieLens-100K in the interchange format, fetched into the data folder the first time."""
    folder: Path = settings.DATA_DIR / "demo"
    return prepare_films(folder / "films", folder / "wheels")


# A shop with a handful of visits knows more from its texts than from its counters, and its items without events are no
# newcomers whom everybody waits for. In the admin these are two numbers of the fusion strategy.
SHOP_FUSION = {"text": 4.0, "newcomers": -1.3}
SHOP = DemoCatalog("shop", "Shop · 小店", "mixed", lambda: SHOP_FOLDER, SHOP_FUSION)
FILMS = DemoCatalog("films", "Films · 电影", "en", films_folder)
CATALOGS = (SHOP, FILMS)


def load(tell: Tell, catalogs: tuple[DemoCatalog, ...] = CATALOGS) -> None:
    """Import the catalogs that are not there, and encode whatever is stale in all of them."""
    for one in catalogs:
        if is_loaded(one.slug):
            _encode_stale(one.slug, tell)
        else:
            load_one(one, tell)


def are_loaded(catalogs: tuple[DemoCatalog, ...] = CATALOGS) -> bool:
    """Whether nothing is left to import."""
    return all(is_loaded(one.slug) for one in catalogs)


def is_loaded(slug: str) -> bool:
    """Whether the last steps of loading were done: a live vector space, and figures learned from the events."""
    live = Space.objects.filter(catalog__slug=slug, status=Space.Status.LIVE)
    return live.exists() and Statistics.objects.filter(catalog__slug=slug, refreshed_at__isnull=False).exists()


def load_one(one: DemoCatalog, tell: Tell) -> None:
    """Every step can be run again after an interruption."""
    tell(f"Loading the catalog {one.slug} …")
    call_command("import", one.folder(), catalog=one.slug, language=one.language)
    catalog = Catalog.objects.get(slug=one.slug)
    Catalog.objects.filter(pk=catalog.pk, name=catalog.slug).update(name=one.name)
    _weigh(catalog, one.fusion)
    _place(catalog)
    tell(f"Encoding the texts of {one.slug} …")
    call_command("encode_items", catalog=one.slug)
    tell(f"Counting the events of {one.slug} …")
    call_command("train", catalog=one.slug, figures_only=True)


def _place(catalog: Catalog) -> None:
    """A home page whose list is mixed, as an example of a placement, unless it is there."""
    if Placement.objects.filter(catalog=catalog, slug="home").exists():
        return
    mixed, _ = Configuration.objects.get_or_create(
        catalog=catalog,
        kind=PluginKind.RULE,
        slug="mixed",
        defaults={"plugin": "cap", "title": "Four of a category at the most", "settings": {"maximum": 4}},
    )
    home = Placement(catalog=catalog, slug="home", title="Home page", overrides=["filter"])
    save_placement(home, [PlacementRule(configuration=mixed, position=10)])


def _encode_stale(slug: str, tell: Tell) -> None:
    """Says nothing where nothing is stale."""

    def show(space: Space) -> None:
        if space.encoded < space.total:
            tell(f"Encoding {slug}: {space.encoded:,} of {space.total:,} items")

    for problem in encode_items(Catalog.objects.get(slug=slug), progress=show).problems:
        tell(problem)


def _weigh(catalog: Catalog, fusion: dict[str, Any]) -> None:
    """Move weights of the default fusion, unless somebody has moved them already."""
    configuration = Configuration.objects.filter(catalog=catalog, plugin="linear", settings={}).first()
    if configuration is not None and fusion:
        configuration.settings = fusion
        save_configuration(configuration)
