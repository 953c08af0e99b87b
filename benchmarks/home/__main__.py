"""``python -m benchmarks.home``: the admin's first page over a year of events, and what beat pays for it."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import orjson

from benchmarks.home.services import close_services, mark_ready, open_services, say

EVENTS, QUICK_EVENTS = 10_000_000, 100_000
ROUNDS = 5


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.home", description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS, help="events of the year (default %(default)s)")
    parser.add_argument("--json", type=Path, help="also write everything to this file")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_EVENTS} events")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """Load unless it is there, measure, print, write."""
    options = arguments(given)
    events = QUICK_EVENTS if options.quick else options.events
    ready = open_services(events)
    try:
        if not ready:
            from benchmarks.home.world import load

            say(f"Making a year of {events:,} events; the next run finds them …")
            load(events)
            mark_ready(events)
        from benchmarks.home import run

        found = run.measure(events, ROUNDS)
    finally:
        close_services()
    print(run.table(found))
    if options.json:
        options.json.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
