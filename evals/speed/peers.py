"""Other programs that do the same work: each a script and its requirements, in an environment made for it."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from evals.errors import EvalError
from evals.provenance import REPOSITORY

SCRIPTS = REPOSITORY / "evals" / "peers"
ENVIRONMENTS = Path("runs") / "peers"
LONGEST = 3_600  # seconds to install all that a peer needs


def names() -> list[str]:
    """The peers that there are."""
    return sorted(path.stem for path in SCRIPTS.glob("*.txt"))


def command(name: str, *, folder: str, weights: Path) -> list[str]:
    """What starts the peer over `folder`, its environment made first where there is none yet; raises EvalError."""
    return [str(_environment(name)), str(SCRIPTS / f"{name}.py"), folder, str(weights)]


def _environment(name: str) -> Path:
    """The Python of the peer's own environment, which is made anew when its requirements change."""
    requirements = SCRIPTS / f"{name}.txt"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]
    folder = (ENVIRONMENTS / name).absolute()
    python, made = folder / "bin" / "python", folder / f"made-{wanted}"
    if not made.exists():
        shutil.rmtree(folder, ignore_errors=True)
        print(f"{name}: its packages are installed in {folder}, once.", file=sys.stderr, flush=True)
        _done([sys.executable, "-m", "venv", str(folder)], name)
        _done([str(python), "-m", "pip", "install", "--quiet", "--requirement", str(requirements)], name)
        made.touch()
    return python


def _done(arguments: list[str], name: str) -> None:
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=LONGEST, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EvalError(f"{name}: its environment cannot be made ({error}).") from error
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise EvalError(f"{name}: its environment cannot be made ({said[-1] if said else 'pip failed'}).")
