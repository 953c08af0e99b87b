"""`manage.py messages`: bring the catalogs of messages in `locale/` up to date, and compile them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, call_command

from recplatform import collected

LOCALE = "zh_Hans"
OPTIONS: dict[str, Any] = {
    "locale": [LOCALE],
    "ignore_patterns": ["tests/*", "benchmarks/*", "docs/*"],
    "add_location": "file",
    "no_wrap": True,
    "no_obsolete": True,
    "verbosity": 0,
}
FLAGGED = re.compile(r'#, (?:fuzzy, )?python-format\n(msgid (?:".*"\n)+)')
PLACEHOLDER = re.compile(r"%(?:\(\w+\)|[sd%])")


class Command(BaseCommand):
    """Needs GNU gettext (xgettext, msgmerge, msgfmt)."""

    help = "Collect the interface's messages into locale/, without losing a translation, and compile them."

    def handle(self, *args: Any, **options: Any) -> None:
        """Those that only running code knows first, so that xgettext finds them in a file."""
        collected.write()
        call_command("makemessages", **OPTIONS)
        path = Path(settings.LOCALE_PATHS[0], LOCALE, "LC_MESSAGES", "django.po")
        path.write_text(without_wrong_flags(path.read_text(encoding="utf-8")), encoding="utf-8")
        call_command("compilemessages", locale=[LOCALE], ignore_patterns=[".venv"], verbosity=0)
        self.stdout.write(f"Up to date: locale/{LOCALE}/LC_MESSAGES/django.po. Fill what is empty, and run this again.")


def without_wrong_flags(text: str) -> str:
    """xgettext takes the “% o” of “90 % of the catalog” for a placeholder, which no translation could repeat.

    msgmerge then calls its translation fuzzy. One that is fuzzy since its message changed has the old one beside it.
    """
    return FLAGGED.sub(lambda match: match[0] if PLACEHOLDER.search(match[1]) else match[1], text)
