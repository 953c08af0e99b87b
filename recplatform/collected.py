"""Messages that xgettext finds in no line of ours: of plugins, of models and of unfold, which has no Chinese."""

from __future__ import annotations

import ast
import gettext
import json
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import django
import unfold
from django.apps import apps

from recommender.plugins import registry
from recommender.plugins.settings_form import label_of, title_of
from recplatform.language import messages_of_models

FILE = Path(__file__).with_name("collected_messages.py")
HEADER = '''"""Written by `make messages`: what `recplatform.collected` found, for xgettext to read. Do not edit."""
# ruff: noqa: E501
# fmt: off

from django.utils.translation import gettext_noop

'''
IN_TEMPLATE = re.compile(r"""\{%\s*(?:trans|translate)\s+(["'])(.+?)\1""")
IN_BLOCK = re.compile(r"\{%\s*blocktrans(?:late)?\b[^%]*%\}(.*?)\{%\s*(?:plural|endblocktrans)", re.S)
LANGUAGE = "zh_Hans"


def text() -> str:
    """The file as it has to be."""
    found = sorted(messages_of_models() | set(_of_plugins()) | set(_of_unfold()))
    return HEADER + "".join(f"gettext_noop({json.dumps(one, ensure_ascii=False)})\n" for one in found)


def write() -> None:
    """Bring the file up to date."""
    FILE.write_text(text(), encoding="utf-8")


def _of_plugins() -> Iterator[str]:
    """Titles and summaries of the built-in plugins, and of their settings."""
    for (kind, name), entry in registry.installed().items():
        if entry.plugin is None or name not in registry.BUILT_IN.get(kind, {}):
            continue
        yield from (entry.plugin.title, entry.plugin.summary)
        for setting, info in entry.plugin.Settings.model_fields.items():
            yield title_of(setting, info)
            if info.description:
                yield info.description
            yield from _choices(info.annotation)


def _choices(annotation: Any) -> Iterator[str]:
    """The words of a setting that is chosen from a list."""
    if get_origin(annotation) is Literal:
        yield from map(label_of, get_args(annotation))
    elif isinstance(annotation, type) and issubclass(annotation, Enum):
        yield from (label_of(member.value) for member in annotation)
    for part in get_args(annotation):
        if not isinstance(part, str | int | float):
            yield from _choices(part)


def _of_unfold() -> Iterator[str]:
    """What unfold says and Django, whose admin it dresses, has no Chinese for."""
    folder = Path(unfold.__file__).parent
    known = set(_known_to_django())
    for path in sorted(folder.rglob("*")):
        if "contrib" in path.relative_to(folder).parts or path.suffix not in (".html", ".py"):
            continue
        source = path.read_text(encoding="utf-8")
        yield from (one for one in (_in_code if path.suffix == ".py" else _in_template)(source) if one not in known)


def _in_template(source: str) -> Iterator[str]:
    yield from (match[2] for match in IN_TEMPLATE.finditer(source))
    for match in IN_BLOCK.finditer(source):
        yield re.sub(r"\{\{\s*(\w+)\s*\}\}", r"%(\1)s", match[1])


def _in_code(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "gettext"):
            yield from (one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str))


def _known_to_django() -> Iterator[str]:
    folders = [Path(django.__file__).parent / "conf" / "locale"]
    folders += [Path(one.path) / "locale" for one in apps.get_app_configs() if one.name.startswith("django.")]
    for folder in folders:
        found: Any = gettext.translation("django", folder, [LANGUAGE], fallback=True)
        yield from (key if isinstance(key, str) else key[0] for key in getattr(found, "_catalog", {}))
