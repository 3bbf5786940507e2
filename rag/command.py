"""What every command has in common: `--data-dir`, one JSON object on stdout, and exit statuses.

0 done; 1 a stated failure, one sentence on stderr; 2 wrong usage; 130 interrupted; 141 nobody read what was written;
143 ended by SIGTERM.
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from rag.errors import CrosscheckError, UsageError
from rag.stopping import Stopped


def data_dir_option() -> argparse.ArgumentParser:
    """A parent parser with `--data-dir DIR`, good before and after a subcommand; the name is absent when not given."""
    parent = argparse.ArgumentParser(add_help=False)
    parent.add_argument(
        "--data-dir",
        type=Path,
        default=argparse.SUPPRESS,
        metavar="DIR",
        help="folder of the library (default: DATA_DIR, else data)",
    )
    return parent


def exit_status(act: Callable[[], int]) -> int:
    """The status that `act` returns, or the one of the error that it raises, once that error is told on stderr."""
    for stream in (sys.stdout, sys.stderr):
        _never_refuse(stream)
    try:
        status = act()
        sys.stdout.flush()
    except CrosscheckError as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except Stopped as stopped:
        print(stopped, file=sys.stderr)
        return stopped.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # what is still buffered goes nowhere, else the interpreter complains of it at its exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return status


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no garbage meanwhile: to load a program takes a fifth longer with Python searching all of it again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def print_json(value: object) -> None:
    """Prints one JSON value on one line; a dataclass is written as `dataclasses.asdict` of it, wherever it stands."""
    print(json.dumps(value, ensure_ascii=False, default=_as_json))


def _as_json(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _never_refuse(stream: TextIO) -> None:
    """Lets a stream write what its encoding lacks (a file name that is not UTF-8) in an escape, one that JSON reads."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
