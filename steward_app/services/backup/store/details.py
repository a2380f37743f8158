"""The details of a point: what tells something about the data, and is sealed as the data are."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Final

from steward_app.kernel.plain import adapter, plain
from steward_app.kernel.progress import Context
from steward_app.services.backup.store import layout, sealing
from steward_app.services.backup.store.model import Details, OpenStore
from steward_app.services.backup.store.upload import Placed, place_bytes

MOST_BYTES: Final = 16 << 20


def to_bytes(details: Details) -> bytes:
    """The contents of the object."""
    return sealing.compress(json.dumps(plain(asdict(details)), allow_nan=False).encode("ascii"))


def from_bytes(contents: bytes) -> Details:
    """The way back. Raises ValueError."""
    found: Details = adapter(Details).validate_json(sealing.decompress(contents, MOST_BYTES))
    return found


def place(store: OpenStore, details: Details, context: Context) -> Placed:
    """Put the details into the store."""
    return place_bytes(store, layout.DETAILS, to_bytes(details), context)
