"""The error of the eval harness: data, output or run files that cannot be used."""

from __future__ import annotations

from rag.errors import CrosscheckError


class EvalError(CrosscheckError):
    """A folder, split, row, sample, output or run file cannot be used; the message is shown as it is."""
