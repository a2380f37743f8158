"""Erasing values inside the log, without breaking the seals.

The chosen values of a row go from all its records, before and after. What proved them stays: a commitment for each,
which says nothing without its salt. The secret of the row is destroyed, so that nobody can find a short value by
trying; what stays of the row keeps its own salts, and can still be verified.

The caller turns `secure_delete` on before, and runs VACUUM and a checkpoint after: what SQLite frees, it does not
overwrite by itself. VACUUM may give the rows of a table without INTEGER PRIMARY KEY other numbers: such a table is
armed again then. Backups and archives of before are other files, to be erased in by themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from steward_app.db import Session, WriteSession, fold, quote
from steward_app.kernel.errors import ErrorCode, Failure, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.kernel.values import Row
from steward_app.services.audit.engine import names, tables
from steward_app.services.audit.engine.model import AuditedTable, Op
from steward_app.services.audit.seals import chain, commitment, merkle, redacted, seal_tables, statement
from steward_app.services.audit.seals.blocks import Blocks
from steward_app.services.audit.seals.chain import Chain, Seal
from steward_app.services.audit.seals.commitment import SECRET_BYTES, missing_leaf
from steward_app.services.audit.seals.encoding import encoded
from steward_app.services.audit.seals.leaves import LeafReader
from steward_app.services.audit.seals.records import Form
from steward_app.services.audit.seals.redacted import Redacted
from steward_app.services.audit.seals.seal import seal
from steward_app.storage.secrets import Secrets

_NOTHING = "Nothing was erased."


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased.

    Attributes:
        seqs: the changes that values went from.
        cells: how many cells; the value before and the one after are one cell.
    """

    seqs: tuple[int, ...]
    cells: int


def life(session: Session, audited: AuditedTable, key: Row) -> tuple[int, ...]:
    """The sealed changes of one row, ascending: from its beginning, by whatever keys and versions of the table.

    A key that is used again is another row: the walk back ends where this one was inserted. Of a key that is free it
    is the last row that had it.
    """
    versions = {each.tid: each for each in seal_tables.audited(session)}
    reader, found, at, end = LeafReader(session), set[int](), key, 1 << 62
    table: AuditedTable | None = audited
    while table is not None:
        form = Form.of(table)
        seq = _latest(session, form, at, end)
        known = reader.record(seq) if seq is not None else None
        if seq is None or known is None:
            table = versions.get(table.earlier) if table.earlier else None
            continue
        record = known[2]
        moved = form.new_key_of(record)
        arrived = moved is not None and encoded(moved) == encoded(at)
        if found and not arrived and (moved is not None or record[2] in (Op.DELETE, Op.DISPLACED)):
            break
        found.add(seq)
        if record[2] == Op.INSERT:
            break
        at, end = (form.key_of(record) if arrived else at), seq
    return tuple(sorted(found))


def redact(
    session: WriteSession,
    secrets: Secrets,
    seqs: Collection[int],
    *,
    columns: Collection[str] | None = None,
    reason: str = "",
    context: Context | None = None,
) -> Erased:
    """Erase values from these changes. Inside the caller's transaction; what is not sealed yet is sealed first.

    Args:
        seqs: from `life`, of one row or of many.
        columns: which columns; all that are kept by default, except what names the row. Where that is named too, the
            changes cannot be found by their row any more.
        reason: why, for the event; a number of a request, never an identity.

    Raises:
        UsageError: one of the changes is not in the log, or has no such column.
        Failure: the log is not as it was sealed; nothing is erased then.
    """
    seal(session, secrets, context)
    found = Chain.read(session)
    if found is None or not seqs:
        return Erased((), 0)
    work = _Redaction(session, set(seqs), columns, context or Context())
    erased = work.run(reason)
    if erased.seqs:
        detail = {
            "seqs": sorted(work.kept),
            "erased": list(erased.seqs),
            "cells": erased.cells,
            "reason": reason,
        }
        statement.append(session, found.log, statement.REDACTED, None, detail, secrets)
        seal(session, secrets, context)
    return erased


def chosen_cells(table: AuditedTable, form: Form, columns: Collection[str] | None) -> frozenset[int]:
    """The numbers of the cells of a table's changes that go with these columns.

    Args:
        columns: by their folded names; None for all that are kept, except what names the row.
    """
    if columns is None:
        return frozenset(place + 1 for place in form.layout.kept if place not in form.layout.key)
    wanted = {place for place, column in enumerate(table.columns) if fold(column.name) in columns}
    named = fold(table.alias) in columns if form.by_rowid else bool(wanted & set(form.layout.key))
    cells = frozenset(place + 1 for place in wanted if place in form.layout.kept)
    return cells | {commitment.KEY_CELL} if named else cells


class _Redaction:
    """One erasure. `kept` is what stays in the place of each change, by number."""

    def __init__(
        self, session: WriteSession, seqs: set[int], columns: Collection[str] | None, context: Context
    ) -> None:
        self._session = session
        self._seqs = seqs
        self._columns = None if columns is None else {fold(name) for name in columns}
        self._context = context
        self._reader = LeafReader(session)
        self._records: dict[int, tuple[AuditedTable, Form, Row]] = {}
        self.kept: dict[int, Redacted] = {}

    def run(self, reason: str) -> Erased:
        self._gather()
        for each in self._sealing():
            self._keep(each)
        gone = {seq: found for seq in sorted(self.kept) if (found := self._gone(seq))}
        if not gone:
            return Erased((), 0)
        at_us = tables.microseconds()
        for seq, kept in self.kept.items():
            numbers = gone.get(seq, set())
            if numbers:
                self._empty(seq, numbers)
            openings = tuple(
                replace(each, salt=b"") if each.number in numbers else each for each in kept.openings
            )
            redacted.write(self._session, seq, replace(kept, openings=openings), reason, at_us)
        self._destroy_secrets()
        return Erased(tuple(gone), sum(map(len, gone.values())))

    def _gone(self, seq: int) -> set[int]:
        """The numbers of the cells of a change that hold something and are to go."""
        chosen = self._chosen(seq)
        return {each.number for each in self.kept[seq].openings if each.salt and each.number in chosen}

    def _gather(self) -> None:
        """The records of the changes, and all others whose commitments hang on the same secrets."""
        for seq in sorted(self._seqs):
            found = self._reader.record(seq)
            if found is None:
                raise UsageError(ErrorCode.UNKNOWN_OBJECT, f"The log has no change {seq:,}.", hint=_NOTHING)
            self._records[seq] = found
        self._require_columns()
        for table, form, record in list(self._records.values()):
            key = form.key_of(record)
            for seq in _of_key(self._session, form, key):
                found = None if seq in self._records else self._reader.record(seq)
                if found and found[0].tid == table.tid and encoded(form.key_of(found[2])) == encoded(key):
                    self._records[seq] = found

    def _require_columns(self) -> None:
        known = {fold(column.name) for table, _, _ in self._records.values() for column in table.columns}
        unknown = (self._columns or set()) - known
        if unknown:
            told = ", ".join(quoted(name) for name in sorted(unknown))
            raise UsageError(ErrorCode.UNKNOWN_OBJECT, f"The log has no column {told}.", hint=_NOTHING)

    def _sealing(self) -> Sequence[Seal]:
        """The seals of the records."""
        seqs = sorted(self._records)
        return [
            each
            for each in chain.seals(self._session)
            if each.is_sound and any(each.first_seq <= seq <= each.last_seq for seq in seqs)
        ]

    def _keep(self, sealed: Seal) -> None:
        """What stays of the records of one seal, proven against its root."""
        erased = redacted.between(self._session, sealed.first_seq, sealed.last_seq)
        opened = {seq: each.openings for seq, each in erased.items()}
        leaves = self._reader.cells(sealed.first_seq, sealed.last_seq, opened)
        before = next(
            (each for each in chain.seals(self._session, first=sealed.n - 1) if each.n < sealed.n), None
        )
        known = (before.last_txn, before.last_tid) if before else (0, 0)
        defined = self._reader.definitions(known[0], sealed.last_txn, known[1], sealed.last_tid)
        tree = [leaf or missing_leaf(sealed.first_seq + at) for at, leaf in enumerate(leaves.of)]
        tree += [leaf for _, _, leaf in defined]
        if merkle.root(tree) != sealed.cells:
            raise Failure(
                ErrorCode.VERIFY_FAILED,
                f"The changes {sealed.first_seq:,} to {sealed.last_seq:,} are not as they were sealed.",
                hint=f"{_NOTHING} Verify the log; what was forged would be taken for what was sealed.",
            )
        here = [seq for seq in self._records if sealed.first_seq <= seq <= sealed.last_seq]
        paths = merkle.paths(tree, [seq - sealed.first_seq for seq in here])
        for seq in here:
            _, form, record = self._records[seq]
            place = seq - sealed.first_seq
            made = erased.get(seq) or self._made(form, record)
            self.kept[seq] = replace(made, place=place, leaves=len(tree), path=paths[place])
        self._context.checkpoint()

    def _made(self, form: Form, record: Row) -> Redacted:
        header = form.header(record)
        whole = commitment.whole(self._reader.secret(form, record), header, record[form.head :])
        return Redacted(whole, self._reader.openings(form, record), 0, 0, ())

    def _chosen(self, seq: int) -> frozenset[int]:
        """The numbers of the cells that are to go from a change."""
        if seq not in self._seqs:
            return frozenset()
        table, form, _ = self._records[seq]
        return chosen_cells(table, form, self._columns)

    def _empty(self, seq: int, chosen: Collection[int]) -> None:
        """Take the values out of the record."""
        _, form, _ = self._records[seq]
        places = [number - 1 for number in chosen if number != commitment.KEY_CELL]
        log = quote(names.log_table(form.tid))
        if commitment.KEY_CELL in chosen:
            self._session.run(f"UPDATE main.{log} SET rid = NULL, nrid = NULL WHERE seq = ?", (seq,))
            self._session.run(
                f"DELETE FROM main.{quote(seal_tables.rows_table(form.tid))} WHERE seq = ?", (seq,)
            )
        if not places:
            return
        if not form.layout.wide:
            sets = ", ".join(f"o{place} = NULL, n{place} = NULL" for place in places)
            self._session.run(f"UPDATE main.{log} SET {sets} WHERE seq = ?", (seq,))
            return
        values = quote(names.values_table(form.tid))
        for number, part in enumerate(form.layout.parts):
            sets = ", ".join(f"v{at} = NULL" for at, place in enumerate(part) if place in places)
            if sets:
                rows = (4 * seq + number, 4 * seq + 2 + number)
                self._session.run(f"UPDATE main.{values} SET {sets} WHERE k IN (?, ?)", rows)
        keyed = ", ".join(f"k{at} = NULL" for at, place in enumerate(form.layout.key) if place in places)
        if keyed:
            self._session.run(f"UPDATE main.{log} SET {keyed} WHERE seq = ?", (seq,))

    def _destroy_secrets(self) -> None:
        blocks: dict[int, Blocks] = {}
        for _, form, record in self._records.values():
            of_table = blocks.setdefault(
                form.tid, Blocks(self._session, seal_tables.key_table(form.tid), SECRET_BYTES)
            )
            of_table.put(*form.place_of(form.key_of(record)), b"")
        for each in blocks.values():
            for _ in each.flush():
                pass


def _latest(session: Session, form: Form, key: Row, before: int) -> int | None:
    """The last change of a key before another one."""
    table = seal_tables.rows_table(form.tid)
    if not seal_tables.is_there(session, table):
        return None
    found = session.value(
        f"SELECT seq FROM main.{quote(table)} WHERE key = ? AND seq < ? ORDER BY seq DESC LIMIT 1",
        (form.listed(key), before),
    )
    return found if isinstance(found, int) else None


def _of_key(session: Session, form: Form, key: Row) -> list[int]:
    rows = session.execute(
        f"SELECT seq FROM main.{quote(seal_tables.rows_table(form.tid))} WHERE key = ? ORDER BY seq",
        (form.listed(key),),
    )
    return [seq for (seq,) in rows if isinstance(seq, int)]
