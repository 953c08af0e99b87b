"""Recorded answers have no foreign keys; whoever deletes a profile or a catalog deletes their answers with it.

A trigger, since the applications that delete may not import this one, and since it also sees deletions that pass no
service: a catalog's cascade, an administrator in SQL.
"""

from __future__ import annotations

from django.db import migrations

TRIGGERS = """
CREATE OR REPLACE FUNCTION recommendation_fall_with_profiles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM recommender_recommendation answer USING gone WHERE answer.profile_id = gone.id;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION recommendation_fall_with_catalogs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM recommender_recommendation answer USING gone WHERE answer.catalog_id = gone.id;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER recommendation_fall_with_profiles AFTER DELETE ON users_profile
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION recommendation_fall_with_profiles();

CREATE OR REPLACE TRIGGER recommendation_fall_with_catalogs AFTER DELETE ON catalog_catalog
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION recommendation_fall_with_catalogs();
"""

UNDO = """
DROP TRIGGER recommendation_fall_with_profiles ON users_profile;
DROP TRIGGER recommendation_fall_with_catalogs ON catalog_catalog;
DROP FUNCTION recommendation_fall_with_profiles();
DROP FUNCTION recommendation_fall_with_catalogs();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("recommender", "0002_item_vector"),
        ("users", "0001_initial"),
        ("catalog", "0001_initial"),
    ]
    operations = [migrations.RunSQL(TRIGGERS, UNDO)]
