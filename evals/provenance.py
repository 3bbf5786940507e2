"""What a number came from: the commit, the machine, the versions, the settings without their secrets."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from evals.types import JSON
from rag.config import Settings

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGES = ("chromadb", "onnxruntime", "tantivy", "openai", "llama-index-core", "numpy")


def commit(folder: Path = REPOSITORY) -> tuple[str | None, bool | None]:
    """Return the commit checked out in `folder`, and whether files differ from it; None where git cannot tell."""
    head = _git(folder, "rev-parse", "--verify", "HEAD")
    status = _git(folder, "status", "--porcelain")
    return head or None, None if status is None else bool(status)


def machine() -> dict[str, JSON]:
    """Return processor, cores, memory in GiB, system, Python and the versions of the packages that move the numbers."""
    return {
        "cpu": _processor(),
        "cores": _cores(),
        "memory_gib": _memory_gib(),
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
    }


def public_settings(settings: Settings) -> dict[str, JSON]:
    """Return the settings as JSON: of a key only whether there is one, of an address scheme, host, port and path."""
    public: dict[str, JSON] = {}
    for name, given in settings.model_dump(mode="json", exclude={"openai_api_key"}).items():
        public[name] = given if given is None or isinstance(given, bool | int | float) else str(given)
    key = settings.openai_api_key
    public["openai_api_key"] = "set" if key is not None and key.get_secret_value() else None
    if settings.openai_base_url:
        public["openai_base_url"] = _without_secrets(settings.openai_base_url)
    return public


def _without_secrets(address: str) -> str:
    try:
        parts = urlsplit(address)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, host, parts.path, "", ""))
    except ValueError:
        return "set"


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _cores() -> int:
    # A container may be given fewer cores than the machine has.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory_gib() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, OSError, ValueError):
        return None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
