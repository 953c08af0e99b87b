"""The readers of variables, and the file that lists them."""

import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from recplatform import env

PROJECT = Path(__file__).resolve().parent.parent.parent
VARIABLE = re.compile(r"\b(RECPLATFORM_[A-Z_]+|DATABASE_URL|REDIS_URL|POSTGRES_PASSWORD)\b")


@pytest.mark.parametrize(("value", "read"), [("1", True), ("Yes", True), ("off", False), ("", True), (" 0 ", False)])
def test_a_switch_reads_its_words(monkeypatch: pytest.MonkeyPatch, value: str, read: bool) -> None:
    monkeypatch.setenv("RECPLATFORM_DEBUG", value)
    assert env.env_bool("RECPLATFORM_DEBUG", default=True) is read


def test_errors_name_the_variable_the_value_and_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECPLATFORM_DEBUG", "perhaps")
    with pytest.raises(ImproperlyConfigured, match=r"RECPLATFORM_DEBUG is 'perhaps': set it to 1 or 0"):
        env.env_bool("RECPLATFORM_DEBUG")
    monkeypatch.setenv("RECPLATFORM_MAX_BODY_MB", "many")
    with pytest.raises(ImproperlyConfigured, match=r"RECPLATFORM_MAX_BODY_MB is 'many': set it to a whole number"):
        env.env_int("RECPLATFORM_MAX_BODY_MB", 32)
    monkeypatch.setenv("RECPLATFORM_MAX_BODY_MB", "0")
    with pytest.raises(ImproperlyConfigured, match=r"RECPLATFORM_MAX_BODY_MB is 0: set it to 1 or more"):
        env.env_int("RECPLATFORM_MAX_BODY_MB", 32, minimum=1)
    with pytest.raises(ImproperlyConfigured, match=r"RECPLATFORM_MAX_BODY_MB is 0: set it to -1 or less"):
        env.env_int("RECPLATFORM_MAX_BODY_MB", 32, maximum=-1)
    monkeypatch.setenv("RECPLATFORM_LOG_LEVEL", "LOUD")
    with pytest.raises(ImproperlyConfigured, match=r"RECPLATFORM_LOG_LEVEL is 'LOUD': set it to one of INFO, ERROR"):
        env.env_str("RECPLATFORM_LOG_LEVEL", "INFO", choices=("INFO", "ERROR"))


def test_a_wrong_address_never_shows_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://anna:hidden@db/shop")
    with pytest.raises(ImproperlyConfigured, match=r"DATABASE_URL is mysql://…: .* one of postgresql;") as raised:
        env.env_url("DATABASE_URL", schemes=("postgresql",), example="postgresql://…")
    assert "hidden" not in str(raised.value)


def test_a_secret_is_required_long_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECPLATFORM_SECRET_KEY", "")
    with pytest.raises(ImproperlyConfigured, match="RECPLATFORM_SECRET_KEY is not set: make one"):
        env.env_secret("RECPLATFORM_SECRET_KEY", way_out="make one")
    monkeypatch.setenv("RECPLATFORM_SECRET_KEY", "short-secret")
    with pytest.raises(ImproperlyConfigured, match="12 characters, 50 or more") as raised:
        env.env_secret("RECPLATFORM_SECRET_KEY", way_out="make one")
    assert "short-secret" not in str(raised.value)


def test_lists_lose_blanks_and_empty_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECPLATFORM_ALLOWED_HOSTS", " a.example , ,b.example,")
    assert env.env_list("RECPLATFORM_ALLOWED_HOSTS") == ["a.example", "b.example"]


def test_the_example_file_lists_exactly_the_variables_that_are_read() -> None:
    folders = ("recplatform", "catalog", "users", "recommender", "benchmarks")
    code = [file for folder in folders for file in (PROJECT / folder).rglob("*.py")]
    read = {name for file in [*code, PROJECT / "tests" / "conftest.py"] for name in VARIABLE.findall(file.read_text())}
    listed = set(re.findall(r"^(?:# )?([A-Z_]+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE))
    assert listed - {"POSTGRES_PASSWORD"} == read  # the password is read by docker-compose alone


def test_every_variable_of_the_example_file_has_a_comment() -> None:
    before = ""
    for line in (PROJECT / ".env.example").read_text().splitlines():
        if re.match(r"(# )?[A-Z_]+=", line):
            assert before.startswith("# "), f"{line} has no comment"
            assert not re.match(r"(# )?[A-Z_]+=", before), f"{line} has no comment of its own"
        before = line
