"""Events of the audit that change what verifying expects (an erasure, a pruning) carry a signature of their own.

Without it, whoever can write the file could take values away and say that it was an erasure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from steward_app.catalog import keys
from steward_app.catalog.keys import Signature
from steward_app.db import Session, WriteSession
from steward_app.services.audit.engine import names, tables
from steward_app.services.audit.engine.model import Event
from steward_app.services.audit.seals.chain import Chain, signers
from steward_app.storage.secrets import Secrets

REDACTED: Final = "redacted"
PRUNED: Final = "pruned"
ARCHIVE: Final = "archive"
"""Stands in an archive that a pruning made: it holds a part of a log."""
_MEMBER = "signature"


def append(
    session: WriteSession,
    log: bytes,
    kind: str,
    tid: int | None,
    detail: Mapping[str, object],
    secrets: Secrets,
) -> int:
    """Write a signed event; its number. Numbers in `detail` are integers."""
    made = keys.sign(_document(log, kind, tid, detail), secrets)
    member = {"key_id": made.key_id, "public_key": made.public_key, "signature": made.signature}
    return tables.append_event(session, kind, tid, {**detail, _MEMBER: member})


@dataclass(frozen=True, slots=True)
class Cut:
    """Up to where a log was pruned, or what an archive of it does not begin with.

    Attributes:
        last_seq, last_seal: the last change and the last seal that are not to be expected.
        is_archive: the file is an archive: it has no tables and no baselines.
    """

    last_seq: int = 0
    last_seal: int = 0
    is_archive: bool = False


def cut(session: Session) -> Cut:
    """Up to where a log was pruned, by signed events."""
    found = Chain.read(session)
    if found is None:
        return Cut()
    for event, _ in signed_events(session, found.log, ARCHIVE):
        return Cut(_integer(event, "first_seq") - 1, _integer(event, "first_seal") - 1, is_archive=True)
    cuts = [
        Cut(_integer(event, "last_seq"), _integer(event, "last_seal"))
        for event, _ in signed_events(session, found.log, PRUNED)
    ]
    return max(cuts, key=lambda each: each.last_seal, default=Cut())


def numbers(first: int, last: int) -> str:
    """The numbers of changes that follow one another: “number 7”, “numbers 7 to 12”."""
    return f"number {first:,}" if first == last else f"numbers {first:,} to {last:,}"


def signed_events(
    session: Session, log: bytes, kind: str, *, own_key: str = ""
) -> Iterator[tuple[Event, str]]:
    """The events of a kind that a key signed which signed seals, too, or is about to; with the id of the key."""
    rows = session.execute(
        f"SELECT seq, tid, CAST(detail AS BLOB) FROM main.{names.EVENT} WHERE kind = ? AND typeof(tid) <> 'text'"
        " ORDER BY seq",
        (kind,),
    )
    sealing: set[str] | None = None
    for seq, tid, stored in rows:
        sealing = (signers(session) | ({own_key} - {""})) if sealing is None else sealing
        try:
            detail = json.loads(stored if isinstance(stored, bytes) else b"")
        except ValueError:  # written by hand
            continue
        number = tid if isinstance(tid, int) else None
        if isinstance(detail, dict) and isinstance(seq, int):
            event = Event(seq, 0, kind, number, detail)
            if (key_id := signer(log, event)) in sealing:
                yield event, key_id


def signer(log: bytes, event: Event) -> str:
    """The id of the key that signed an event; "" where no signature holds."""
    detail = dict(event.detail)
    member = detail.pop(_MEMBER, None)
    if not isinstance(member, dict):
        return ""
    found = Signature(*(str(member.get(each, "")) for each in ("key_id", "public_key", "signature")))
    return found.key_id if keys.verify(_document(log, event.kind, event.tid, detail), found) else ""


def _integer(event: Event, name: str) -> int:
    value = event.detail.get(name)
    return value if isinstance(value, int) else 0


def _document(log: bytes, kind: str, tid: int | None, detail: Mapping[str, object]) -> bytes:
    return keys.canonical(
        {"format": f"data-steward-audit-{kind}/1", "log": log.hex(), "tid": tid, "detail": detail}
    )
