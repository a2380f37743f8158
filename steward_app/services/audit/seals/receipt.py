"""Receipts: what proves, outside the file, that a log was sealed as it stands.

Whoever holds the file and the key can write a log anew, and every seal with it. Only what lies elsewhere is evidence
against that: a receipt in the data directory, mailed, printed. It holds the hash of a seal, and with it of all before.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from steward_app.catalog import keys
from steward_app.kernel import clock
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.plan import Json
from steward_app.kernel.text import visible
from steward_app.services.audit.seals.chain import Chain, Seal
from steward_app.storage import is_there, private_directory, read_whole, write_whole
from steward_app.storage.secrets import Secrets

FORMAT: Final = "data-steward-audit-receipt/1"
_MOST_BYTES: Final = 1 << 20
_SET_ASIDE: Final = ".set-aside-"
_RESTORED: Final = "before-restore."
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AuditReceipt:
    """The receipt of one seal.

    Attributes:
        log: the name of the log, in hex.
        database_id: UUID of the database in the catalog of who sealed, and `file` its name then.
        n: the number of the seal, and `last_seq` the last change it covers.
        seal: hash of the seal, in hex.
        sealed_at, made_at: RFC 3339, UTC.
        key_id: the key that signed the seal; that of the receipt where it was read.
    """

    log: str
    database_id: str
    file: str
    n: int
    last_seq: int
    seal: str
    sealed_at: str
    made_at: str
    key_id: str


def receipt_of(chain: Chain, seal: Seal, *, database_id: str, file: str) -> AuditReceipt:
    """The receipt of a seal.

    Args:
        file: name of the database file, for a reader.
    """
    return AuditReceipt(
        log=chain.log.hex(),
        database_id=database_id,
        file=file,
        n=seal.n,
        last_seq=seal.last_seq,
        seal=seal.digest(chain.log).hex(),
        sealed_at=moment(seal.sealed_us),
        made_at=clock.to_text(clock.now()),
        key_id=seal.signature.key_id,
    )


def signed(receipt: AuditReceipt, secrets: Secrets) -> bytes:
    """The receipt as a signed JSON document, to be copied or mailed."""
    return keys.signed_json(_document(receipt), secrets)


def read(data: bytes, *, name: str) -> AuditReceipt:
    """A receipt that was signed. Raises `Failure`: DAMAGED for anything else, VERIFY_FAILED when it was changed."""
    document, signature = keys.read_signed(data, name=name)
    texts = ("log", "database_id", "file", "seal", "sealed_at", "made_at", "key_id")
    numbers = ("n", "last_seq")
    right = document.get("format") == FORMAT and all(isinstance(document.get(each), str) for each in texts)
    if not right or not all(type(document.get(each)) is int for each in numbers):
        raise Failure(
            ErrorCode.DAMAGED,
            f"“{visible(name, 80)}” is signed, but it is not the receipt of an audit.",
            hint="It was left as it is, and not used.",
        )
    found: dict[str, Any] = {each: document[each] for each in (*texts, *numbers)}
    return AuditReceipt(**found | {"key_id": signature.key_id})


def read_file(path: Path) -> AuditReceipt:
    """The receipt in a file."""
    return read(read_whole(path, limit_bytes=_MOST_BYTES), name=path.name)


def keep(
    directory: Path,
    receipt: AuditReceipt,
    secrets: Secrets,
    *,
    follows: bool = True,
    restored: bool = False,
) -> Path:
    """Keep the newest receipt of a database and its log, and say where. Call it when the seal is committed.

    Args:
        follows: the log is the one that the receipt kept before is of. Else that one is set aside, and stays: it is
            evidence of a log that was restored from an older state, or written anew.
        restored: that it does not follow is known: the file was restored here. Then verifying asks that one no more.
    """
    path = kept_at(directory, receipt.log, receipt.database_id)
    if not follows and is_there(path):
        before = read_whole(path, limit_bytes=_MOST_BYTES)
        digest = hashlib.sha256(before).hexdigest()[:16]
        name = f"{_RESTORED if restored else ''}{path.stem}{_SET_ASIDE}{digest}.json"
        write_whole(path.with_name(name), before, private=True)
    write_whole(path, signed(receipt, secrets), private=True)
    return path


def kept(directory: Path, log: str, database_id: str) -> AuditReceipt | None:
    """The newest receipt of a database and its log, or None. Raises `Failure` when it was changed."""
    path = kept_at(directory, log, database_id)
    return read_file(path) if is_there(path) else None


def all_kept(directory: Path, log: str) -> tuple[AuditReceipt, ...]:
    """Every receipt of a log in the data directory, also those that were set aside, and of copies that went their own
    way; what cannot be read is left out."""
    found = []
    for path in sorted(_folder(directory).glob(f"{log}*.json")):
        with suppress(Failure):
            found.append(read_file(path))
    return tuple(found)


def kept_at(directory: Path, log: str, database_id: str) -> Path:
    """Where the newest receipt of a database and its log lies: a copy of a file has the same log."""
    return _folder(directory) / f"{log}.{database_id}.json"


def pdf(receipt: AuditReceipt, document: bytes) -> bytes:
    """The receipt to be printed: what it says, and the signed text itself, from which it can be typed again."""
    from steward_app.services.report import render_pdf

    shown: dict[str, Json] = {
        **_document(receipt),
        "file": visible(receipt.file),
        "document": document.decode("ascii"),
    }
    return render_pdf("audit-receipt.typ", shown)


def text(receipt: AuditReceipt, document: bytes) -> str:
    """The receipt as text to be read or printed."""
    lines = (
        "Receipt of an audit log",
        "",
        f"Database        {visible(receipt.file)} ({receipt.database_id or 'no number yet'})",
        f"Log             {receipt.log}",
        f"Sealed up to    change {receipt.last_seq:,}, by seal {receipt.n:,}",
        f"Sealed          {clock.shown(receipt.sealed_at)}, signed by the key {receipt.key_id}",
        f"Hash of it      {receipt.seal}",
        "",
        "Keep this where nobody who can write the database can change it. With it, `steward audit verify",
        "DATABASE --receipt FILE` finds a log that was written anew. The signed document:",
        "",
        document.decode("ascii"),
    )
    return "\n".join(lines)


def moment(microseconds: int) -> str:
    """RFC 3339 of microseconds since 1970, which may be anything in a file that was edited."""
    try:
        return clock.to_text(_EPOCH + timedelta(microseconds=microseconds))
    except OverflowError:
        return ""


def _folder(directory: Path) -> Path:
    return private_directory(directory / "audit-receipts")


def _document(receipt: AuditReceipt) -> dict[str, Json]:
    return {"format": FORMAT, **asdict(receipt)}
