"""What is configured: each setting, where it comes from, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from pydantic import SecretStr

from rag.config import ENV_FILE, Reading, Settings
from rag.doctor.findings import Finding, Status

# A setting of such a name is not shown, whatever its type says.
_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD", re.I)
# What an address may hold beside the place: who asks, and with which password.
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@|\?\S*")


def settings(reading: Reading) -> Iterator[Finding]:
    """The file of settings, each setting, and names in the file that look like a misspelt one."""
    yield _file(reading)
    for name in Settings.model_fields:
        if name in reading.faults:
            where = reading.origins[name]
            yield _finding(name, "wrong", f"{reading.faults[name]}", f"Correct it in the {_place(where)}.")
        else:
            shown = _shown(name, getattr(reading.settings, name))
            yield _finding(name, "ok", f"{name.upper()}: {shown} ({reading.origins[name]})")
    known = [name.upper() for name in Settings.model_fields]
    for stranger in reading.strangers:
        if meant := get_close_matches(stranger, known, n=1, cutoff=0.8):
            says = f"{ENV_FILE} has {stranger[:60]}, which is no setting and is passed over."
            yield _finding("unknown", "warning", says, f"If {meant[0]} is meant, write that.")


def _file(reading: Reading) -> Finding:
    path = Path(ENV_FILE).absolute()
    if ENV_FILE in reading.faults:
        return _finding("file", "wrong", reading.faults[ENV_FILE])
    if path.is_file():
        return _finding("file", "ok", f"{path} is read; the environment comes before it.")
    return _finding("file", "ok", f"There is no {path}: defaults and the environment are used.")


def _shown(name: str, value: object) -> str:
    """The value for people; nothing of a secret but that it is there."""
    if value is None or value == "" or value == () or (isinstance(value, SecretStr) and not value.get_secret_value()):
        return "not set"
    if isinstance(value, SecretStr) or _SECRET.search(name):
        return "set, not shown"
    if isinstance(value, bool):
        return str(value).lower()
    return _CREDENTIALS.sub("", str(value))


def _place(origin: str) -> str:
    return f"file {ENV_FILE}" if origin == ENV_FILE else origin


def _finding(name: str, status: Status, says: str, advice: str = "") -> Finding:
    return Finding(topic="Settings", check=f"setting {name.upper()}", status=status, says=says, advice=advice)
