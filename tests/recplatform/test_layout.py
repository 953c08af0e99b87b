"""The house rules that a linter does not know: names, sizes, the targets of make."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("recplatform", "catalog", "users", "recommender", "benchmarks", "tests")
VAGUE = {"utils", "helpers", "base", "common", "manager", "handler"}
LONGEST_FILE, LONGEST_FUNCTION = 400, 50
WRITTEN_BY_COMMANDS = {"recplatform/collected_messages.py"}
"""As long as it has to be: nobody reads it but xgettext."""


def sources() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from (file for file in (PROJECT / folder).rglob("*.py") if "migrations" not in file.parts)


def test_files_are_named_for_what_they_hold() -> None:
    assert [str(file) for file in sources() if file.stem in VAGUE] == []


def test_files_are_short() -> None:
    lengths = {str(file.relative_to(PROJECT)): len(file.read_text("utf-8").splitlines()) for file in sources()}
    long = {name for name, length in lengths.items() if length > LONGEST_FILE}
    assert long - WRITTEN_BY_COMMANDS == set()


def test_functions_are_short() -> None:
    long = [
        f"{file.relative_to(PROJECT)}:{node.lineno} {node.name}"
        for file in sources()
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


def test_bare_make_lists_its_targets() -> None:
    shown = subprocess.run(["make", "-C", str(PROJECT)], capture_output=True, text=True, check=True).stdout
    for target in ("demo", "test", "test-long", "lint", "types", "format", "services-stop"):
        assert f"make {target} " in shown
