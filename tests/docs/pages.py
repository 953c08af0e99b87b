"""The pages of the documentation, and what they point at."""

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
DOCS = PROJECT / "docs"
PAGES = [PROJECT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES += sorted(DOCS.rglob("*.md"))
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")


def name_of(page: Path) -> str:
    """The page as a test's parameter shows it."""
    return str(page.relative_to(PROJECT))


def linked_files(page: Path) -> list[Path]:
    """Every file that the page links to; addresses on the web are left out."""
    without_code = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    targets = [target.partition("#")[0] for target in LINK.findall(without_code) if "://" not in target]
    return [(page.parent / target).resolve() for target in targets if target]


def blocks(page: Path) -> list[str]:
    """The code blocks of a page, a continued line as one."""
    return [
        block.replace("\\\n", " ") for block in re.findall(r"```[a-z]*\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    ]
