"""What two processes tell each other: a JSON object and bytes beside it, each with its length before it."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from typing import Any

from rag.errors import LimitError

_LENGTHS = struct.Struct(">II")
MOST = (1 << 32) - 1  # bytes of either


def packed(head: Mapping[str, Any], data: bytes = b"") -> tuple[bytes, bytes]:
    """A message as it is sent; raises LimitError for what is larger than a message can be."""
    written = json.dumps(head, ensure_ascii=False).encode("utf-8", "replace")
    if max(len(written), len(data)) > MOST:
        raise LimitError("It has more than 4 GB; split it.")
    return _LENGTHS.pack(len(written), len(data)) + written, data


def received(read: Callable[[int], bytes], *, most: int = MOST) -> tuple[bytes, bytes]:
    """The JSON and the bytes of the next message; raises ValueError where it is larger than `most`.

    `read` gives exactly so many bytes.
    """
    lengths = _LENGTHS.unpack(read(_LENGTHS.size))
    if sum(lengths) > most:
        raise ValueError("more than was asked for")
    return read(lengths[0]), read(lengths[1])
