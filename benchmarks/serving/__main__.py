"""``python -m benchmarks.serving``: a whole answer of the default pipeline beside the bare vector query inside it."""

import os

# Before numpy comes: two threads are several times slower than one on a busy machine.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import orjson

from benchmarks.serving.settings import Parameters, close_services, mark_ready, open_services, say

ROUNDS, QUICK_ROUNDS = 300, 60
WARM_UP = 20


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description=__doc__)
    parser.add_argument("--items", type=int, default=100_000, help="size of the catalog (default %(default)s)")
    parser.add_argument("--json", type=Path, help="also write everything to this file")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROUNDS} rounds instead of {ROUNDS}")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """Load unless it is there, measure, print, write."""
    options = arguments(given)
    parameters = Parameters(items=options.items)
    ready = open_services(parameters)
    try:
        if not ready:
            from benchmarks.serving.loading import load

            say(f"Loading {options.items:,} items; the next run finds them …")
            load(parameters)
            mark_ready(parameters)
        from benchmarks.serving import report, run

        found = run.measure(parameters, QUICK_ROUNDS if options.quick else ROUNDS, WARM_UP)
    finally:
        close_services()
    print(report.table(found))
    if options.json:
        options.json.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
