"""Fuzz every parser, and print how often each was executed: `python -m tests.fuzz --executions 1000000`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # what tests share

from .many import fuzz


def main() -> int:
    """Fuzz as the command line says; 1 where anything failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--executions", type=int, default=1_000_000, help="in all (default: a million)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    parser.add_argument("--seed", type=int, default=0, help="where the numbers begin that inputs are drawn by")
    parser.add_argument("--only", default="", help="targets whose name has this in it")
    given = parser.parse_args()
    ran, failed = fuzz(given.executions, jobs=given.jobs, begin=given.seed, only=given.only)
    for one in ran:
        print(f"{one.executions:>9,}  {one.seconds:>8.1f} s  slowest {one.slowest * 1000:>6.0f} ms  {one.name}")
    total = sum(one.executions for one in ran)
    print(f"{total:>9,}  {sum(one.seconds for one in ran):>8.1f} s  in all; {len(failed)} failures")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
