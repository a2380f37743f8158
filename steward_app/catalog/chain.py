"""The proof that the journal is as it was written: recomputing its chain, and an export that anybody can check.

What the chain can and cannot prove, and a script of a few lines that checks an export without this program, are in
docs/journal-format.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from steward_app import storage
from steward_app.catalog.journal import COLUMNS, START_OF_CHAIN, event_hash
from steward_app.db import Session
from steward_app.kernel.progress import Context

_REPORT_EVERY = 1_000


@dataclass(frozen=True, slots=True)
class Verification:
    """What recomputing the chain gave.

    Attributes:
        events: how many events hold, from the first on.
        head: hash of the last event that holds; note it elsewhere, and a later check finds a rewritten journal.
        bad_seq: number of the first event that is wrong or missing, or None.
        problem: what is wrong with it, a sentence; "" when the chain holds.
    """

    events: int
    head: str
    bad_seq: int | None = None
    problem: str = ""

    @property
    def holds(self) -> bool:
        return self.bad_seq is None


def verify(session: Session, context: Context | None = None, *, noted: str = "") -> Verification:
    """Recompute the whole chain and name the first event that is not as it was written.

    Args:
        noted: hash of an event, noted elsewhere at an earlier time; a chain without it was written anew.
    """
    context = context or Context()
    total = session.count("SELECT count(*) FROM journal")
    seq, head, seen_noted = 0, START_OF_CHAIN, not noted
    with session.under(context):
        for fields, stored in _raw_events(session):
            problem = _problem(fields, stored, seq, head)
            if problem:
                return Verification(seq, head, seq + 1, problem)
            seq, head = seq + 1, stored
            seen_noted = seen_noted or stored == noted
            if seq % _REPORT_EVERY == 0:
                context.report(seq, total, unit="events")
    written = session.value("SELECT seq FROM sqlite_sequence WHERE name = 'journal'") or 0
    if written != seq:
        return Verification(
            seq, head, seq + 1, f"Event {seq + 1} is missing: the end of the journal was cut off."
        )
    if not seen_noted:
        return Verification(seq, head, 1, "The event with the hash noted earlier is not in this journal.")
    return Verification(seq, head)


def export(session: Session, target: Path, context: Context | None = None, *, overwrite: bool = False) -> int:
    """Write the journal to a file as JSON Lines, whole or not at all; how many bytes.

    Raises `Failure` when the file is there already and is not to be replaced.
    """
    context = context or Context()
    total = session.count("SELECT count(*) FROM journal")
    size_bytes = 0
    with storage.staged(target) as file, session.under(context):
        file.write(b"")
        for number, line in enumerate(export_lines(session)):
            size_bytes += len(line)
            file.write(line.encode("ascii"))
            if number % _REPORT_EVERY == 0:
                context.report(number, total, unit="events")
        file.finish(overwrite=overwrite)
    return size_bytes


def export_lines(session: Session) -> Iterator[str]:
    """The journal as JSON Lines, oldest first, every field as it was hashed; each line ends with a newline."""
    for fields, stored in _raw_events(session):
        texts = [field.decode("utf-8", "replace") for field in fields]
        line = {**dict(zip(COLUMNS, texts, strict=True)), "seq": int(texts[0]), "hash": stored}
        yield json.dumps(line) + "\n"


def _raw_events(session: Session) -> Iterator[tuple[list[bytes], str]]:
    """Every event as the bytes that stand in the file: what was tampered with need not be text any more."""
    columns = ", ".join(f"CAST({name} AS BLOB)" for name in (*COLUMNS, "hash"))
    for row in session.execute(f"SELECT {columns} FROM journal ORDER BY seq"):
        *fields, stored = (value if isinstance(value, bytes) else b"" for value in row)
        yield fields, stored.decode("ascii", "replace")


def _problem(fields: list[bytes], stored: str, last_seq: int, last_hash: str) -> str:
    named = dict(zip(COLUMNS, fields, strict=True))
    seq = last_seq + 1
    if named["seq"] != b"%d" % seq:
        return f"Event {seq} is missing."
    if named["prev_hash"].decode("ascii", "replace") != last_hash:
        return f"Event {seq} does not follow from event {last_seq}."
    if event_hash(fields) != stored:
        return f"Event {seq} was changed after it was written."
    return ""
