"""Verifying a log: values, continuity, order, seals, signatures, baseline, and the tables as they are.

Everything is computed again from what stands in the file; no root is taken on trust. Large logs are shared among
processes, one for each core.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from steward_app.db import OpenMode, ReadSession, Session, quote
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted, visible
from steward_app.services.audit.engine import names, own_tables, tables
from steward_app.services.audit.engine.model import Event
from steward_app.services.audit.seals import (
    anew,
    backwards,
    chain,
    moved,
    reconcile,
    redacted,
    seal_tables,
    statement,
)
from steward_app.services.audit.seals.baseline import Baseline, total_of
from steward_app.services.audit.seals.chain import START, Chain, Seal
from steward_app.services.audit.seals.first_state import is_as_first_sealed
from steward_app.services.audit.seals.receipt import AuditReceipt, moment
from steward_app.services.audit.seals.records import Form
from steward_app.services.audit.seals.row_lists import wrong_entries
from steward_app.services.audit.seals.statement import Cut
from steward_app.services.audit.seals.unwind import Difference
from steward_app.services.audit.seals.verdict import Problem, ProblemKind, ReceiptRead, Verdict
from steward_app.services.audit.seals.verify_apart import verify_apart
from steward_app.services.audit.seals.verify_own import clock_problems, own_tables_problems
from steward_app.services.audit.seals.verify_seals import WEIGHT_OF_A_SEAL, SealVerifier, Stretch, stretches

_MANY = 200_000  # changes from which on more than one process is worth its start
_OTHER = "It says nothing of this file."


def verify(
    session: Session,
    context: Context | None = None,
    *,
    receipts: Sequence[AuditReceipt] = (),
    database_id: str = "",
    live: bool = True,
    full: bool = False,
    processes: int | None = None,
) -> Verdict:
    """Verify the whole log. Run it inside one snapshot.

    Args:
        receipts: to compare with, each of this log or of another one.
        database_id: of the file in the catalog, where that is known: a copy of it has the same log.
        live: compare the tables with the log, too.
        full: walk the whole log back from the tables, not only what is not sealed, as far as what the first seal was
            made of, and go through the lists of which changes concern which row.
        processes: how many may work; as many as there are cores by default, for large logs only.
    """
    return _Verifying(session, context or Context(), processes, database_id).run(receipts, live, full)


class _Verifying:
    def __init__(self, session: Session, context: Context, processes: int | None, database_id: str) -> None:
        self._session = session
        self._database_id = database_id
        self._context = context
        self._processes = processes or os.cpu_count() or 1
        self._chain = Chain.read(session)
        self._seals = list(chain.seals(session))
        self._sound = [seal for seal in self._seals if seal.is_sound]
        self._log = self._chain.log if self._chain else b""
        self._cut = statement.cut(session) if tables.is_audited(session) else Cut()

    def run(self, receipts: Sequence[AuditReceipt], live: bool, full: bool) -> Verdict:
        problems = [*self._chained()]
        problems += self._leaves()
        problems += self._outside()
        problems += self._erased()
        problems += [] if self._cut.is_archive else [*self._baseline(), *self._numbers(), *self._own(full)]
        problems += self._lists() if full else []
        problems += (problem for each in receipts for problem in self._against(each))
        differences = tuple(self._behind(full)) if live and not self._cut.is_archive else None
        if full and differences == () and not problems:
            problems += self._first()
        last = self._seals[-1] if self._seals else None
        keys = Counter(seal.signature.key_id for seal in self._seals)
        keys.update({key: 0 for kind in (statement.REDACTED, statement.PRUNED) for _, key in self._by(kind)})
        newest = max(
            (each for each in receipts if self._reaches(each)), key=lambda each: each.n, default=None
        )
        return Verdict(
            log=self._log.hex(),
            seals=len(self._seals),
            sealed=max(0, last.last_seq) if last else 0,
            pruned=self._cut.last_seq,
            unsealed=self._unsealed(),
            problems=tuple(sorted(problems, key=lambda each: (each.seal or 1 << 62, each.seq))),
            keys=dict(keys),
            receipt=ReceiptRead(newest.n, newest.sealed_at, newest.key_id) if newest else None,
            differences=differences,
            notes=tuple(self._notes()),
        )

    def _unsealed(self) -> int:
        if self._cut.is_archive or not tables.is_audited(self._session):
            return 0
        return chain.unsealed(self._session)

    def _behind(self, full: bool) -> Iterator[Difference]:
        """Rows changed behind the log; none where the list of tables cannot be read, which is a problem already."""
        if seal_tables.audited(self._session, strict=False):
            yield from reconcile.reconcile(self._session, self._context, full=full)

    def _chained(self) -> Iterator[Problem]:
        """Every seal follows from the one before."""
        before: Seal | None = None
        for seal in self._seals:
            expected = before.n + 1 if before else 1
            if seal.n != expected:
                what = (
                    f"Seal {expected} is missing"
                    if seal.n > expected
                    else f"Seal {seal.n} was put in by hand"
                )
                yield Problem(ProblemKind.SEAL, f"{what}.", expected)
            elif seal.previous != (before.digest(self._log) if before else START):
                yield Problem(
                    ProblemKind.SEAL, f"Seal {seal.n} does not follow from the seal before it.", seal.n
                )
            elif not seal.goes_on(before):
                yield Problem(
                    ProblemKind.SEAL, f"Seal {seal.n} does not go on where the seal before it ends.", seal.n
                )
            if not seal.is_sound:
                told = f"Seal {seal.n} was edited: no seal covers {seal.first_seq:,} to {seal.last_seq:,}."
                yield Problem(ProblemKind.SEAL, told, seal.n)
            before = seal

    def _leaves(self) -> list[Problem]:
        """Every change is as it was sealed."""
        pruned = self._cut.last_seal
        verifier = SealVerifier(self._session, pruned=pruned)
        parts = list(stretches(self._sound))
        changes = sum(WEIGHT_OF_A_SEAL + (seal.changes if seal.n > pruned else 0) for seal in self._sound)
        here, elsewhere = parts, list[Stretch]()
        if changes > _MANY and self._processes > 1 and _looks_at_the_file(self._session):
            here = parts[:: self._processes]
            elsewhere = [part for part in parts if part not in here]
        found: list[Problem] = []
        with verify_apart(self._session.path, elsewhere, pruned, self._processes - 1) as doubtful:
            for number, part in enumerate(here):
                found += verifier.verify(part, self._context)
                self._context.report(number, len(here), unit="seals")
            for part in doubtful():  # looked at again here, in one snapshot with all the rest
                found += verifier.verify(part, self._context)
        return found

    def _outside(self) -> Iterator[Problem]:
        """Records with numbers that nobody ever gave: below the first, or beyond the clock."""
        if not tables.is_audited(self._session):
            return
        of_clock = clock_problems(self._session, self._seals[-1].last_seq if self._seals else 0)
        yield from of_clock
        last = tables.last_seq(self._session)
        last = max(last, own_tables.highest(self._session)) if of_clock else last
        present = seal_tables.present(self._session)
        logs = [
            (table.tid, names.log_table(table.tid))
            for table in seal_tables.audited(self._session, strict=False)
            if names.log_table(table.tid) in present
        ]
        for tid, name in (*logs, (None, names.EVENT)):
            odd = f"SELECT seq FROM main.{quote(name)} WHERE seq <= ? OR seq > ? ORDER BY seq"
            for (seq,) in self._session.execute(odd, (self._cut.last_seq, last)):
                told = (
                    f"Number {_integer(seq):,} was put into the log by hand: the log goes from"
                    f" {self._cut.last_seq + 1:,} to {last:,}."
                )
                yield Problem(ProblemKind.INSERTED, told, 0, _integer(seq), tid)
        for numbers_sql, kind, what in (
            (f"SELECT txn FROM main.{names.TXN} WHERE txn < 1", ProblemKind.TRANSACTION, "Transaction"),
            (f"SELECT tid FROM main.{names.TABLE} WHERE tid < 1", ProblemKind.TABLE, "Table"),
        ):
            for (number,) in self._session.execute(numbers_sql):
                told = f"{what} {_integer(number):,} was put into the log by hand: numbers begin with 1."
                yield Problem(kind, told)
        yield from self._in_holes(logs)

    def _own(self, full: bool) -> Iterator[Problem]:
        """What the audit's own tables hold and no seal does."""
        if tables.is_audited(self._session):
            last = self._seals[-1] if self._seals else None
            yield from own_tables_problems(self._session, last, self._cut.last_seq, lists=not full)

    def _in_holes(self, logs: Sequence[tuple[int, str]]) -> Iterator[Problem]:
        """Records with numbers that were left out when the log was sealed."""
        for before, seal in pairwise(self._sound):
            if seal.first_seq == before.last_seq + 1:
                continue
            for tid, name in (*logs, (None, names.EVENT)):
                within = f"SELECT min(seq) FROM main.{quote(name)} WHERE seq > ? AND seq < ?"
                seq = self._session.value(within, (before.last_seq, seal.first_seq))
                if isinstance(seq, int):
                    told = f"Number {seq:,} was put in after the log was sealed."
                    yield Problem(ProblemKind.INSERTED, told, seal.n, seq, tid)

    def _erased(self) -> Iterator[Problem]:
        """Values are gone only where a signed event says that they were erased."""
        said: set[int] = set()
        for event in (
            each for kind in (statement.REDACTED, statement.ARCHIVE) for each in self._signed(kind)
        ):
            seqs = event.detail.get("seqs")
            said |= {seq for seq in seqs if isinstance(seq, int)} if isinstance(seqs, list) else set()
        for seq in redacted.between(self._session, -(2**63), 2**63 - 1):
            if seq not in said:
                told = f"Values of change {seq:,} were taken away, and no signed event tells of an erasure."
                yield Problem(ProblemKind.ERASURE, told, 0, seq)

    def _lists(self) -> Iterator[Problem]:
        """The lists of which changes concern which row leave nothing out."""
        parts = [
            part.seals for part in stretches([seal for seal in self._sound if seal.n > self._cut.last_seal])
        ]
        ranges = [(seals[0].first_seq, seals[-1].last_seq) for seals in parts]
        for table in seal_tables.audited(self._session, strict=False):
            wrong = next(wrong_entries(self._session, table, ranges), None)
            if wrong is not None:
                told = f"The list of which changes concern which row of {quoted(table.name)} is wrong at {wrong:,}."
                yield Problem(ProblemKind.LIST, told, 0, wrong, table.tid)

    def _baseline(self) -> Iterator[Problem]:
        """The baselines are those of the last seal."""
        if self._chain is None or not self._seals:
            return
        known = [
            Baseline(self._session, Form.of(table), self._chain.base_key)
            for table in seal_tables.audited(self._session, strict=False)
        ]
        total = total_of(each for each in known if seal_tables.is_there(self._session, each.blocks.name))
        sealed = self._seals[-1]
        if not total.digest == self._chain.base.digest == sealed.base:
            told = f"The baseline of the tables is not the one of seal {sealed.n}: it was edited, or seals are missing."
            yield Problem(ProblemKind.BASELINE, told, sealed.n)

    def _first(self) -> Iterator[Problem]:
        """The tables, walked back through the whole log, are what the first seal was made of."""
        if is_as_first_sealed(self._session, self._context) is False:
            told = "Walked back through the whole log, the tables are not what seal 1 was made of."
            yield Problem(ProblemKind.BASELINE, told, 1)

    def _numbers(self) -> Iterator[Problem]:
        """Which row had which number before VACUUM gave it another one is as the log says."""
        of = {table.tid: table.name for table in seal_tables.audited(self._session, strict=False)}
        for tid, told in moved.said(self._session).items():
            there = seal_tables.is_there(self._session, seal_tables.moved_table(tid))
            if told and tid in of and not (there and moved.digest(self._session, tid) == told):
                what = f"The list of the numbers that rows of {quoted(of[tid])} had before VACUUM gave them others"
                yield Problem(ProblemKind.LIST, f"{what} was edited.", tid=tid)

    def _against(self, receipt: AuditReceipt) -> Iterator[Problem]:
        """The log is the one that the receipt is of."""
        told = f"The receipt of {quoted(receipt.file)} for seal {receipt.n:,}"
        if receipt.log != self._log.hex():
            went = tables.is_audited(self._session) and receipt.log in anew.logs_before(self._session)
            what = "a log that went when the database was anonymized" if went else "another audit log"
            yield Problem(ProblemKind.OTHER_LOG, f"{told} is of {what}. {_OTHER}")
            return
        seal = next((each for each in self._seals if each.n == receipt.n), None)
        last = self._seals[-1].n if self._seals else 0
        if not self._reaches(receipt):
            return
        fits = seal is not None and seal.digest(self._log).hex() == receipt.seal
        if not fits and self._database_id and receipt.database_id not in ("", self._database_id):
            yield Problem(
                ProblemKind.OTHER_LOG,
                f"{told} does not fit. It is of another database with the same log: the two parted before, as a copy"
                " does that goes its own way, or the log here was written anew.",
                receipt.n,
            )
        elif seal is None and receipt.n > last:
            gone = f"{plural(receipt.n - last, 'seal')} up to change {receipt.last_seq:,}"
            gone = f"{gone} {'is' if receipt.n - last == 1 else 'are'}"
            yield Problem(
                ProblemKind.CUT_OFF,
                f"The end of the log was cut off: {gone} known from a receipt of {moment_shown(receipt.sealed_at)}, and"
                " not in the file.",
                last + 1,
            )
        elif seal is not None and not fits:
            yield Problem(
                ProblemKind.SEAL,
                f"{told} does not fit: the file was put back to an older state and sealed on since, or the log was"
                " written anew, with its seals.",
                receipt.n,
            )

    def _reaches(self, receipt: AuditReceipt) -> bool:
        """Whether a receipt says something of this file: of an archive only those of its own seals do."""
        last = self._seals[-1].n if self._seals else 0
        return not self._cut.is_archive or receipt.log != self._log.hex() or receipt.n <= last

    def _notes(self) -> Iterator[str]:
        before: Seal | None = None
        for seal in self._seals:
            if before and seal.sealed_us < before.sealed_us:
                yield (
                    f"The clock of the computer went back between seal {before.n} ({moment(before.sealed_us)}) and"
                    f" seal {seal.n} ({moment(seal.sealed_us)}). The order of the log is that of its numbers."
                )
            before = seal
        if tables.is_audited(self._session):
            yield from backwards.sentences(self._session)
        began = anew.event(self._session)
        if began is not None:
            yield anew.sentence(began)
        for event in self._signed(statement.REDACTED):
            yield _told_of_erasure(event)
        for event in self._signed(statement.PRUNED):
            yield _told_of_pruning(event)

    def _signed(self, kind: str) -> Iterator[Event]:
        return (event for event, _ in self._by(kind))

    def _by(self, kind: str) -> Iterator[tuple[Event, str]]:
        return statement.signed_events(self._session, self._log, kind) if self._log else iter(())


def _told_of_erasure(event: Event) -> str:
    """What a signed event says was erased."""
    seqs, reason = event.detail.get("erased"), str(event.detail.get("reason") or "")
    changes = plural(len(seqs) if isinstance(seqs, list) else 0, "change")
    why = f" ({visible(reason, 80)})" if reason else ""
    values = plural(_integer(event.detail.get("cells")), "value")
    return f"{values} of {changes} erased, as event {event.seq:,} says{why}."


def _told_of_pruning(event: Event) -> str:
    span = statement.numbers(_integer(event.detail.get("first_seq")), _integer(event.detail.get("last_seq")))
    name, digest = str(event.detail.get("archive") or ""), str(event.detail.get("blake3") or "")
    return (
        f"Changes with the {span} left for the archive {quoted(name)} (BLAKE3 {visible(digest, 64)}), as"
        f" event {event.seq:,} says."
    )


def moment_shown(text: str) -> str:
    """A moment of a receipt for people."""
    return text[:16].replace("T", " ") + " UTC"


def _looks_at_the_file(session: Session) -> bool:
    """Whether another process that opens the path sees what this session sees."""
    if not isinstance(session, ReadSession):
        return False
    return session.state.mode is OpenMode.NORMAL


def _integer(value: object) -> int:
    return value if isinstance(value, int) else 0
