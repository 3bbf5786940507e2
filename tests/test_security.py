"""SECURITY.md names a test for each threat: that test is there."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
NAMED = re.compile(r"`([a-z_/]+\.py)?(?:::(test_[a-z0-9_]+))?`")


def named() -> list[tuple[str, str]]:
    """Every file and function that it names; a function without a file is of the one before it in the same line."""
    found = []
    for line in (TESTS.parent / "SECURITY.md").read_text("utf-8").splitlines():
        file = ""
        for match in NAMED.finditer(line):
            file = match[1] or file
            if match[1] or match[2]:
                found.append((file, match[2] or ""))
    return found


@pytest.mark.parametrize(("file", "function"), sorted(set(named())))
def test_a_test_that_is_named_is_there(file: str, function: str):
    needle = f"def {function}(" if function else "def test_"
    assert needle in (TESTS / file).read_text("utf-8")


def test_every_threat_names_one():
    threats = (TESTS.parent / "SECURITY.md").read_text("utf-8").partition("## Threats")[2].partition("## OWASP")[0]
    rows = [line for line in threats.splitlines() if line.startswith("| ") and not line.startswith("| threat")]
    assert len(rows) > 40
    assert [row for row in rows if not NAMED.search(row)] == []
