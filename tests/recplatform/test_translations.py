from __future__ import annotations

import gettext
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.management import call_command

from recplatform import collected
from recplatform.management.commands.messages import LOCALE, OPTIONS, without_wrong_flags

if TYPE_CHECKING:
    from django.test import Client

    from tests.recommender.admin.rows import Shop

CATALOG = Path(settings.BASE_DIR) / "locale" / LOCALE / "LC_MESSAGES" / "django.po"
ENTRY = re.compile(
    r'((?:^#.*\n)*)^msgid ((?:".*"\n)+)(?:msgid_plural ((?:".*"\n)+))?((?:msgstr(?:\[\d\])? (?:".*"\n)+)+)', re.M
)
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z.\d]*?[sdfg]|%[sd%]|\{\w*\}")
WITH_GETTEXT = pytest.mark.skipif(
    not (shutil.which("xgettext") and shutil.which("msgfmt")), reason="GNU gettext is not installed"
)


@pytest.fixture
def admin_client(db: None, client: Client) -> Client:
    """Signed in as a superuser who never types a password, so that none is hashed for every test."""
    from users.models import User

    client.force_login(User.objects.create(username="anna", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def shop(db: None) -> Shop:
    """A small shop."""
    from tests.recommender.admin.rows import Shop

    return Shop()


def entries(text: str) -> list[tuple[str, str, str, str]]:
    """Comments, message, its plural and its translation."""
    found = []
    for comments, message, plural, translation in ENTRY.findall(text):
        found.append((comments, *(_joined(part) for part in (message, plural, translation))))
    return [one for one in found if one[1]]


def _joined(lines: str) -> str:
    return "".join(part.replace('\\"', '"') for part in re.findall(r'"(.*)"$', lines, re.M))


def test_every_message_is_translated() -> None:
    known = entries(CATALOG.read_text(encoding="utf-8"))
    assert len(known) > 1_500
    assert [message for _, message, _, translation in known if not translation.strip()] == []
    assert [message for comments, message, _, _ in known if "fuzzy" in comments] == []


def test_translations_keep_the_placeholders() -> None:
    wrong = [
        message
        for _, message, plural, translation in entries(CATALOG.read_text(encoding="utf-8"))
        if sorted(PLACEHOLDER.findall(plural or message)) != sorted(PLACEHOLDER.findall(translation))
    ]
    assert wrong == []


def test_texts_of_plugins_models_and_unfold_are_collected() -> None:
    assert collected.FILE.read_text(encoding="utf-8") == collected.text(), "run make messages"


@WITH_GETTEXT
def test_the_catalog_holds_what_code_and_templates_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(settings.BASE_DIR)
    for name in ("catalog", "users", "recommender", "recplatform"):
        shutil.copytree(root / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "static"))
    copy = tmp_path / "locale" / LOCALE / "LC_MESSAGES" / "django.po"
    copy.parent.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(settings, "LOCALE_PATHS", [])  # makemessages would write into the repository

    call_command("makemessages", **OPTIONS)

    said = {(message, plural) for _, message, plural, _ in entries(copy.read_text(encoding="utf-8"))}
    kept = {(message, plural) for _, message, plural, _ in entries(CATALOG.read_text(encoding="utf-8"))}
    assert said - kept == set(), "run make messages, and translate these"
    assert kept - said == set(), "run make messages: nothing says these any more"


@WITH_GETTEXT
def test_the_compiled_catalog_is_what_its_source_compiles_to(tmp_path: Path) -> None:
    made = tmp_path / "django.mo"
    subprocess.run(["msgfmt", "--check-format", "-o", str(made), str(CATALOG)], check=True, timeout=60)
    with made.open("rb") as fresh, CATALOG.with_suffix(".mo").open("rb") as committed:
        pair = [gettext.GNUTranslations(file) for file in (fresh, committed)]
    assert pair[0]._catalog == pair[1]._catalog  # type: ignore[attr-defined]  # no public way lists a catalog


def test_a_flag_for_a_percent_sign_in_a_sentence_is_wrong() -> None:
    flagged = '#, python-format\nmsgid "90 % of all"\nmsgstr ""\n'
    right = '#, python-format\nmsgid "%(share)s of all"\nmsgstr ""\n'
    assert without_wrong_flags(flagged) == 'msgid "90 % of all"\nmsgstr ""\n'
    assert without_wrong_flags(right) == right


def test_the_first_page_speaks_the_language_of_the_browser(shop: Shop, admin_client: Client) -> None:
    page = admin_client.get("/admin/", headers={"accept-language": "zh-CN,zh;q=0.9"}).content.decode()
    assert '<html lang="zh-hans"' in page
    assert "版位" in page
    assert "相互隔离的世界" in page


def test_a_form_speaks_chinese_with_the_texts_of_plugins_and_models(shop: Shop, admin_client: Client) -> None:
    page = admin_client.get("/admin/recommender/configuration/add/", headers={"accept-language": "zh"}).content.decode()
    for words in ("第 1 步，共 2 步：选择插件", "融合策略", "加权和", "标识"):
        assert words in page


def test_one_click_changes_the_language_for_this_browser(shop: Shop, admin_client: Client) -> None:
    assert "设置" not in admin_client.get("/admin/").content.decode()
    answer = admin_client.post("/language/", {"language": "zh-hans", "next": "/admin/"})
    assert answer.headers["location"] == "/admin/"
    assert admin_client.cookies[settings.LANGUAGE_COOKIE_NAME]["max-age"] > 300 * 86_400
    assert "版位" in admin_client.get("/admin/").content.decode()
    admin_client.post("/language/", {"language": "en", "next": "/admin/"})
    assert "Placements" in admin_client.get("/admin/").content.decode()


def test_the_api_speaks_english_whatever_the_browser_asks(shop: Shop, admin_client: Client) -> None:
    admin_client.get("/admin/", headers={"accept-language": "zh"})
    answer = admin_client.get("/api/v1/placements/", headers={"accept-language": "zh"})
    assert answer.status_code == 401
    assert re.search("[一-鿿]", answer.content.decode()) is None
    assert "content-language" not in {name.lower() for name in answer.headers}
