"""Events of the audit that change what verifying expects (an erasure, a pruning) carry a signature of their own.

Without it, whoever can write the file could take values away and say that it was an erasure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from steward_app.catalog import keys
from steward_app.catalog.keys import Signature
from steward_app.db import Session, WriteSession
from steward_app.services.audit import names, tables
from steward_app.services.audit.model import Event
from steward_app.storage.secrets import Secrets

REDACTED: Final = "redacted"
PRUNED: Final = "pruned"
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


def signed_events(session: Session, log: bytes, kind: str) -> Iterator[tuple[Event, str]]:
    """The events of a kind whose signature holds, with the id of the key that signed them."""
    rows = session.execute(
        f"SELECT seq, tid, CAST(detail AS BLOB) FROM main.{names.EVENT} WHERE kind = ? AND typeof(tid) <> 'text'"
        " ORDER BY seq",
        (kind,),
    )
    for seq, tid, stored in rows:
        try:
            detail = json.loads(stored if isinstance(stored, bytes) else b"")
        except ValueError:  # written by hand
            continue
        number = tid if isinstance(tid, int) else None
        if isinstance(detail, dict) and isinstance(seq, int):
            event = Event(seq, 0, kind, number, detail)
            if key_id := signer(log, event):
                yield event, key_id


def signer(log: bytes, event: Event) -> str:
    """The id of the key that signed an event; "" where no signature holds."""
    detail = dict(event.detail)
    member = detail.pop(_MEMBER, None)
    if not isinstance(member, dict):
        return ""
    found = Signature(*(str(member.get(each, "")) for each in ("key_id", "public_key", "signature")))
    return found.key_id if keys.verify(_document(log, event.kind, event.tid, detail), found) else ""


def _document(log: bytes, kind: str, tid: int | None, detail: Mapping[str, object]) -> bytes:
    return keys.canonical(
        {"format": f"data-steward-audit-{kind}/1", "log": log.hex(), "tid": tid, "detail": detail}
    )
