"""The vector table, which the ORM cannot express: partitioned by space, kept equal to the items by triggers.

Why each choice: docs/decisions/0002-vectors-in-postgres.md.
"""

from __future__ import annotations

from django.db import migrations

TABLE = """
CREATE TABLE item_vector (
    space_id int NOT NULL,
    item_id bigint NOT NULL,
    vector halfvec NOT NULL,
    text_hash uuid NOT NULL,
    available boolean NOT NULL,
    price double precision,
    language text NOT NULL,
    categories text[] NOT NULL,
    published_at timestamptz,
    expires_at timestamptz,
    PRIMARY KEY (space_id, item_id)
) PARTITION BY LIST (space_id);
"""

# One row per space of the item's catalog; the space ids let the planner touch those partitions only.
TRIGGERS = """
CREATE FUNCTION item_vector_follow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE space record;
BEGIN
    FOR space IN SELECT id FROM recommender_space WHERE catalog_id = NEW.catalog_id AND status <> 'retired' LOOP
        UPDATE item_vector SET available = NEW.available, price = NEW.price, language = NEW.language,
            categories = NEW.categories, published_at = NEW.published_at, expires_at = NEW.expires_at
        WHERE space_id = space.id AND item_id = NEW.id;
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION item_vector_fall() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE space record;
BEGIN
    FOR space IN SELECT id FROM recommender_space WHERE catalog_id = OLD.catalog_id LOOP
        DELETE FROM item_vector WHERE space_id = space.id AND item_id = OLD.id;
    END LOOP;
    RETURN NULL;
END $$;

CREATE TRIGGER item_vector_follow AFTER UPDATE ON catalog_item FOR EACH ROW
WHEN ((OLD.available, OLD.price, OLD.language, OLD.categories, OLD.published_at, OLD.expires_at)
      IS DISTINCT FROM (NEW.available, NEW.price, NEW.language, NEW.categories, NEW.published_at, NEW.expires_at))
EXECUTE FUNCTION item_vector_follow();

CREATE TRIGGER item_vector_fall AFTER DELETE ON catalog_item FOR EACH ROW EXECUTE FUNCTION item_vector_fall();
"""

UNDO = """
DROP TRIGGER item_vector_follow ON catalog_item;
DROP TRIGGER item_vector_fall ON catalog_item;
DROP FUNCTION item_vector_follow();
DROP FUNCTION item_vector_fall();
DROP TABLE item_vector;
"""


class Migration(migrations.Migration):
    dependencies = [("recommender", "0001_initial"), ("catalog", "0001_initial")]
    operations = [migrations.RunSQL(TABLE + TRIGGERS, UNDO)]
