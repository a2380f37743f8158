"""Manifests, as JSON. Each carries a hash over itself, so that an edit is noticed."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from blake3 import blake3

from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.plain import adapter
from steward_app.services.backup.model import Manifest
from steward_app.storage import read_whole, write_whole

SCHEMA = "steward/restore-point/v1"
_LIMIT_BYTES = 64 << 20


def write(path: Path, manifest: Manifest) -> str:
    """Write a manifest, whole or not at all; its digest."""
    document = {"schema": SCHEMA, **asdict(manifest)}
    digest = _digest(document)
    text = json.dumps({**document, "digest": digest}, indent=2, allow_nan=False)
    write_whole(path, text.encode("ascii") + b"\n", private=True)
    return digest


def read(path: Path) -> tuple[Manifest, str]:
    """A manifest and its digest. Raises `Failure`: not there, or not as it was written."""
    from pydantic import ValidationError

    data = read_whole(path, limit_bytes=_LIMIT_BYTES)
    try:
        document = json.loads(data)
        digest = document.pop("digest")
        if document.pop("schema") != SCHEMA or _digest({"schema": SCHEMA, **document}) != digest:
            raise ValueError("not as it was written")
        return adapter(Manifest).validate_python(document), digest
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
        raise Failure(
            ErrorCode.DAMAGED,
            f"The manifest of the restore point {path.stem} was changed or is damaged: {path}",
            hint="The database itself is not affected. Make a new restore point; the copy beside the manifest is a "
            "plain SQLite file and may still be good.",
        ) from error


def _digest(document: dict[str, Any]) -> str:
    """BLAKE3 over the document without its digest: keys sorted, no spaces, everything but ASCII escaped."""
    return blake3(json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")).hexdigest()
