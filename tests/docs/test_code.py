"""Pages that the code points at exist."""

import re

import pytest

from tests.docs.pages import DOCS, PROJECT

MENTION = re.compile(r"\bdocs/((?:decisions|howto|plugins)/[a-z0-9-]+)(?:\.md)?")
FOLDERS = ("recplatform", "catalog", "users", "recommender", "benchmarks")


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_page_that_the_code_names_exists(folder: str) -> None:
    mentions = {
        (str(file.relative_to(PROJECT)), page)
        for file in (PROJECT / folder).rglob("*.py")
        for page in MENTION.findall(file.read_text("utf-8"))
    }
    assert {mention for mention in mentions if not list(DOCS.glob(f"{mention[1]}*"))} == set()
