"""Settings as processes see them: clean checks, named errors, light imports."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from recplatform.embedded_folders import socket_folder
from tests.recplatform.command_line import manage, python

PRODUCTION = {
    "DATABASE_URL": "postgresql://recplatform:x@127.0.0.1:1/recplatform",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "RECPLATFORM_SECRET_KEY": "aB3-xYz_" * 10,
    "RECPLATFORM_ALLOWED_HOSTS": "recommend.example.org",
}
HEAVY = ("torch", "transformers", "sentence_transformers")


def test_check_is_clean_and_starts_nothing(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "postgres").exists()


def test_the_check_for_production_is_clean(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []  # no secret was generated, no service started


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"RECPLATFORM_SECRET_KEY": ""}, "RECPLATFORM_SECRET_KEY is not set"),
        ({"DATABASE_URL": "mysql://x@y/z"}, "DATABASE_URL is mysql://…"),
        ({"DATABASE_URL": "postgresql://u:p@host:port/x"}, "DATABASE_URL cannot be read"),
        ({"REDIS_URL": "localhost"}, "REDIS_URL is an address without a scheme"),
        ({"RECPLATFORM_DEBUG": "maybe"}, "RECPLATFORM_DEBUG is 'maybe'"),
        ({"RECPLATFORM_STATEMENT_TIMEOUT_MS": "-1"}, "RECPLATFORM_STATEMENT_TIMEOUT_MS is -1: set it to 0 or more"),
    ],
)
def test_a_missing_or_wrong_variable_is_one_sentence(tmp_path: Path, variables: dict[str, str], message: str) -> None:
    done = manage(tmp_path, "check", **{**PRODUCTION, **variables})
    assert done.returncode == 1
    assert done.stderr.startswith(message)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "code",
    [
        "from django.core.management import call_command; import django; django.setup(); call_command('check')",
        "from recplatform import embedded; embedded.start(); import django; django.setup(); "
        "from django.core.management import call_command; call_command('migrate', verbosity=0)",
        "from recplatform.wsgi import application; from django.urls import get_resolver; get_resolver().url_patterns",
    ],
)
def test_commands_and_the_web_process_start_without_heavy_imports(code: str) -> None:
    prove = f"import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'recplatform.settings'; {code}; "
    loaded = f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])"
    done = python(Path(settings.DATA_DIR), "-c", prove + loaded)
    assert done.stdout.endswith("LOADED []\n"), done.stdout + done.stderr


def test_debug_is_off_unless_asked_for(tmp_path: Path) -> None:
    show = "from recplatform import settings; print(settings.DEBUG, settings.SECRET_KEY)"
    first, second = python(tmp_path, "-c", show).stdout, python(tmp_path, "-c", show).stdout
    assert first.startswith("False ")
    assert first == second  # the secret was generated once, into the data folder
    assert python(tmp_path, "-c", show, RECPLATFORM_DEBUG="1").stdout.startswith("True ")
    assert python(tmp_path / "other", "-c", show).stdout != first


def test_only_the_web_process_limits_its_statements(tmp_path: Path) -> None:
    show = "from recplatform import settings; print(settings.DATABASES['default']['OPTIONS']['options'])"
    web = {"RECPLATFORM_PROCESS": "web", "RECPLATFORM_STATEMENT_TIMEOUT_MS": "1234"}
    assert "statement_timeout=1234" in python(tmp_path, "-c", show, **web).stdout
    assert "statement_timeout=0" in python(tmp_path, "-c", show, RECPLATFORM_STATEMENT_TIMEOUT_MS="1234").stdout


@pytest.mark.django_db
def test_connections_carry_the_search_settings() -> None:
    with connection.cursor() as cursor:
        for name, value in (("hnsw.ef_search", "400"), ("hnsw.iterative_scan", "relaxed_order"), ("jit", "off")):
            cursor.execute(f"SHOW {name}")
            assert cursor.fetchone() == (value,)


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_numpy_is_told_to_use_one_thread_before_it_is_imported(tmp_path: Path) -> None:
    show = "import recplatform, os, sys; print(os.environ['OPENBLAS_NUM_THREADS'], 'numpy' in sys.modules)"
    assert python(tmp_path, "-c", show).stdout == "1 False\n"


def test_tests_run_on_their_own_services() -> None:
    assert str(settings.DATA_DIR) == os.environ["RECPLATFORM_DATA_DIR"]
    assert settings.DATA_DIR.name == "test" or "RECPLATFORM_TEST_DATA_DIR" in os.environ
    if settings.EMBEDDED_DATABASE:
        assert settings.DATABASES["default"]["HOST"] == str(socket_folder(settings.DATA_DIR))
