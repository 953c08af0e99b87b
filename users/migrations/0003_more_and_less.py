"""Catalogs that are there already get the kinds `more` and `less` as new ones do; a kind of that name stays as it is."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# As they were when this was written: a migration does not follow later changes of the defaults.
KINDS = (
    {"name": "more", "sign": "positive", "weight": 3.0, "half_life_days": 180, "consumes": False},
    {"name": "less", "sign": "negative", "weight": 2.0, "half_life_days": 365, "consumes": True},
)


def add_kinds(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Both kinds for every catalog."""
    kinds = apps.get_model("users", "EventKind").objects
    catalogs = apps.get_model("catalog", "Catalog").objects.values_list("pk", flat=True)
    rows = [kinds.model(catalog_id=catalog, **kind) for catalog in catalogs for kind in KINDS]
    kinds.bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("users", "0002_muted_categories")]
    # Taking it back leaves the kinds: events may be of them.
    operations = [migrations.RunPython(add_kinds, migrations.RunPython.noop)]
