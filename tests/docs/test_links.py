"""Links lead somewhere, and every page can be found."""

from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PAGES, PROJECT, linked_files, name_of


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_to_a_file_of_the_project(page: Path) -> None:
    missing = [str(target) for target in linked_files(page) if not target.exists()]
    outside = [str(target) for target in linked_files(page) if not target.is_relative_to(PROJECT)]
    assert (missing, outside) == ([], [])


def test_every_page_is_linked_from_another() -> None:
    linked = {target for page in PAGES for target in linked_files(page) if target != page}
    assert [name_of(file) for file in DOCS.rglob("*") if file.is_file() and file not in linked] == []


def test_every_decision_has_a_number_of_its_own_and_says_it() -> None:
    decisions = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    numbers = [page.name[:4] for page in decisions]
    assert numbers
    assert len(set(numbers)) == len(numbers)
    for page in decisions:
        assert page.read_text("utf-8").startswith(f"# {page.name[:4]} "), name_of(page)
