"""Verifies a release report: that it is as it was signed, by whom, and whether a file is the copy it speaks of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from steward_app.catalog import Catalog
from steward_app.catalog.keys import canonical, known_signing_key_id, read_signed
from steward_app.db.image import image_hash
from steward_app.kernel.errors import ErrorCode, Failure, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.privacy.report.release import FORMAT
from steward_app.storage import read_whole
from steward_app.storage.secrets import open_secrets

_LARGEST: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class VerifiedReport:
    """A report whose signature holds.

    Attributes:
        sha256: of what was signed; it stands in the HTML and the PDF as well.
        key_id: of the key that signed; `ours`: it is that of this computer.
        made_at, made_by, copy, file_hash: as the report says: when, by whom, of which file, with which BLAKE3.
        holds: the report found nothing against giving the copy away; `beaten`: attacks that beat their limit.
        same_file: whether the file that was shown is that copy, byte for byte; None where none was shown.
    """

    sha256: str
    key_id: str
    ours: bool
    made_at: str
    made_by: str
    copy: str
    file_hash: str
    holds: bool
    beaten: tuple[str, ...]
    same_file: bool | None


def verify_report(catalog: Catalog, report: Path, copy: Path | None, context: Context) -> VerifiedReport:
    """Verify the signature of a report, and where a file is given, that it is the copy.

    Raises `UsageError` for HTML and PDF, `Failure` DAMAGED for what is no report, VERIFY_FAILED for a changed one.
    """
    if report.suffix.lower() in (".html", ".htm", ".pdf"):
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            f"{quoted(report.name)} carries no signature of its own.",
            hint=f"Verify {quoted(report.name + '.json')}, which was written beside it, and compare the SHA-256.",
        )
    document, signature = read_signed(read_whole(report, limit_bytes=_LARGEST), name=report.name)
    if document.get("format") != FORMAT:
        raise Failure(
            ErrorCode.DAMAGED,
            f"{quoted(report.name)} is signed, but it is no release report of this form.",
            hint="It was left as it is.",
        )
    digest = str(document.get("file_hash", ""))
    return VerifiedReport(
        hashlib.sha256(canonical(document)).hexdigest(),
        signature.key_id,
        signature.key_id == known_signing_key_id(open_secrets(catalog.directory)),
        str(document.get("made_at", "")),
        str(document.get("made_by", "")),
        str(document.get("copy", "")),
        digest,
        document.get("holds") is True,
        _texts(document.get("beaten")),
        None if copy is None else image_hash(copy, context) == digest,
    )


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()
