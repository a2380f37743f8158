"""Verifying the changes of some seals: every leaf from the values in the file, every root from the leaves.

A stretch of seals is verified by itself, so that several processes may share the work.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from steward_app.db import Session
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.audit.seals import commitment, merkle, redacted
from steward_app.services.audit.seals.chain import MARK_BYTES, MOST_CHANGES, Chain, Seal
from steward_app.services.audit.seals.commitment import missing_leaf
from steward_app.services.audit.seals.leaves import LeafReader, Leaves
from steward_app.services.audit.seals.verdict import Problem, ProblemKind

WEIGHT_OF_A_SEAL = 100  # verifying a signature takes as long as so many changes
_MOST_MOVED = 50  # records of one seal among which a swap is looked for


@dataclass(frozen=True, slots=True)
class Stretch:
    """Seals to verify, one after the other, with the seal before them."""

    before: Seal | None
    seals: tuple[Seal, ...]


def stretches(
    seals: Sequence[Seal], at_most: int = MOST_CHANGES, *, before: Seal | None = None
) -> Iterator[Stretch]:
    """All seals in stretches of about so many changes, without holes; a seal that has more is one by itself.

    Args:
        before: the seal before the first of them.
    """
    some, count = list[Seal](), 0
    for seal in seals:
        weight = seal.changes + WEIGHT_OF_A_SEAL
        hole = bool(some) and seal.first_seq != some[-1].last_seq + 1
        if hole or (some and count + weight > at_most + WEIGHT_OF_A_SEAL):
            yield Stretch(before, tuple(some))
            before, some, count = some[-1], [], 0
        some.append(seal)
        count += weight
    if some:
        yield Stretch(before, tuple(some))


class SealVerifier:
    """Verifies stretches of seals through one session.

    Args:
        pruned: the number of the last seal whose changes have left for an archive.
    """

    def __init__(self, session: Session, *, pruned: int = 0) -> None:
        self._session = session
        self._reader = LeafReader(session)
        self._pruned = pruned
        found = Chain.read(session)
        self._log = found.log if found else b""

    def verify(self, stretch: Stretch, context: Context) -> Iterator[Problem]:
        """What is not as it was sealed, by number."""
        for seal in stretch.seals:
            if not seal.is_signed(self._log):
                told = f"Seal {seal.n} was edited: its signature does not hold."
                yield Problem(ProblemKind.SIGNATURE, told, seal.n)
        present = [seal for seal in stretch.seals if seal.n > self._pruned]
        if present:
            first, last = present[0].first_seq, present[-1].last_seq
            erased = redacted.between(self._session, first, last)
            whole = {seq: each.whole for seq, each in erased.items()}
            leaves = self._reader.changes(first, last, whole)
            for seq in sorted(set(leaves.twice)):
                told = f"The number {seq:,} stands twice in the log: one of the two was put in by hand."
                yield Problem(ProblemKind.INSERTED, told, _of(present, seq), seq)
            before = stretch.before
            for seal in stretch.seals:
                if seal in present:
                    yield from self._one(before, seal, leaves, first)
                before = seal
            for seq, each in sorted(erased.items()):
                yield from self._erased(_sealing(present, seq), seq, each)
        context.checkpoint()

    def _one(self, before: Seal | None, seal: Seal, leaves: Leaves, first: int) -> Iterator[Problem]:
        found = leaves.of[seal.first_seq - first : seal.last_seq - first + 1]
        known = (before.last_txn, before.last_tid) if before else (0, 0)
        defined = list(self._reader.definitions(known[0], seal.last_txn, known[1], seal.last_tid))
        filled = [leaf or missing_leaf(seal.first_seq + at) for at, leaf in enumerate(found)]
        filled += [leaf for _, _, leaf in defined]
        marks = b"".join([leaf[:MARK_BYTES] for leaf in filled])
        if merkle.root(filled) == seal.root:
            if marks != seal.marks:
                yield Problem(ProblemKind.SEAL, f"The marks of seal {seal.n} were edited.", seal.n)
            return
        named = [*self._changes(seal, found), *_definitions(seal, defined, known)]
        if not named:
            told = f"Seal {seal.n} is not of the changes {seal.first_seq:,} to {seal.last_seq:,} that stand in the log."
            named.append(Problem(ProblemKind.SEAL, told, seal.n, seal.first_seq))
        yield from named

    def _changes(self, seal: Seal, found: Sequence[bytes | None]) -> Iterator[Problem]:
        """Which changes are not as they were sealed, by their marks."""
        other = []
        for at, leaf in enumerate(found):
            seq = seal.first_seq + at
            mark = seal.marks[at * MARK_BYTES :][:MARK_BYTES]
            gone = missing_leaf(seq)[:MARK_BYTES]
            if (leaf[:MARK_BYTES] if leaf else gone) == mark:
                continue
            if leaf is None:
                told = f"Change {seq:,} is missing: it was sealed and is not in the log any more."
                yield Problem(ProblemKind.MISSING, told, seal.n, seq)
            elif mark == gone:
                told = f"Change {seq:,} was put in after the log was sealed."
                yield Problem(ProblemKind.INSERTED, told, seal.n, seq, self._tid(seq))
            else:
                other.append(seq)
        moved = self._moved(seal, other[:_MOST_MOVED])
        for seq in other:
            yield moved.get(seq) or self._changed(seal, seq)

    def _changed(self, seal: Seal, seq: int) -> Problem:
        found = self._reader.record(seq)
        if found is None:
            told = f"Event {seq:,} of the audit was changed after it was sealed."
            return Problem(ProblemKind.CHANGED, told, seal.n, seq)
        table, form, record = found
        known = self._reader.secret(form, record)
        why = "" if known else ", or the secret of its row was taken away"
        told = f"Change {seq:,} of {quoted(table.name)} was changed after it was sealed{why}."
        return Problem(ProblemKind.CHANGED, told, seal.n, seq, table.tid)

    def _moved(self, seal: Seal, seqs: Sequence[int]) -> dict[int, Problem]:
        """Records that have the number of one another."""
        found: dict[int, Problem] = {}
        for seq in seqs:
            at = self._reader.record(seq)
            if at is None:
                continue
            table, form, record = at
            for other in seqs:
                mark = seal.marks[(other - seal.first_seq) * MARK_BYTES :][:MARK_BYTES]
                if other != seq and self._reader.leaf_if(form, record, other)[:MARK_BYTES] == mark:
                    told = f"Change {other:,} of {quoted(table.name)} stands at number {seq:,}: the order was changed."
                    found[seq] = Problem(ProblemKind.MOVED, told, seal.n, seq, table.tid)
        return found

    def _tid(self, seq: int) -> int | None:
        found = self._reader.record(seq)
        return found[0].tid if found else None

    def _erased(self, seal: Seal, seq: int, kept: redacted.Redacted) -> Iterator[Problem]:
        """Of a change with erased values: what stays is what was sealed."""
        found = self._reader.record(seq)
        if found is None:
            return  # told as missing
        table, form, record = found
        leaf = commitment.cells_leaf(form.header(record), kept.openings)
        proven = merkle.root_by_path(leaf, kept.place, kept.leaves, kept.path) == seal.cells
        if not proven or not kept.covers(form.cells(record)):
            told = f"What is left of change {seq:,} of {quoted(table.name)} after an erasure is not what was sealed."
            yield Problem(ProblemKind.ERASURE, told, seal.n, seq, table.tid)


def _definitions(
    seal: Seal, found: Sequence[tuple[bytes, int, bytes]], known: tuple[int, int]
) -> Iterator[Problem]:
    """Which transaction or definition is not as it was sealed, by the marks."""
    marks = seal.marks[seal.changes * MARK_BYTES :]
    sealed = len(marks) // MARK_BYTES
    for at, (kind, number, leaf) in enumerate(found):
        if at < sealed and leaf[:MARK_BYTES] == marks[at * MARK_BYTES :][:MARK_BYTES]:
            continue
        if len(found) == sealed:
            yield _definition(seal, kind, number, "was changed after it was sealed")
        elif len(found) > sealed:
            yield _definition(seal, kind, number, "was put in after the log was sealed")
            return
        else:
            break
    if len(found) < sealed:
        yield _lost(seal, found, known)


def _definition(seal: Seal, kind: bytes, number: int, what: str) -> Problem:
    if kind == commitment.TRANSACTION:
        told = f"What the log says of transaction {number:,} {what}."
        return Problem(ProblemKind.TRANSACTION, told, seal.n)
    return Problem(ProblemKind.TABLE, f"What the log says of table {number:,} {what}.", seal.n, tid=number)


def _lost(seal: Seal, found: Sequence[tuple[bytes, int, bytes]], known: tuple[int, int]) -> Problem:
    """A definition is gone. Tables are numbered without gaps; the numbers of transactions that changed nothing are not
    there."""
    there = {number for kind, number, _ in found if kind == commitment.TABLE}
    gone = next((number for number in range(known[1] + 1, seal.last_tid + 1) if number not in there), None)
    if gone is not None:
        return _definition(seal, commitment.TABLE, gone, "is missing")
    told = f"What the log says of a transaction from {known[0] + 1:,} to {seal.last_txn:,} is missing."
    return Problem(ProblemKind.TRANSACTION, told, seal.n)


def _sealing(seals: Sequence[Seal], seq: int) -> Seal:
    return next(seal for seal in seals if seal.first_seq <= seq <= seal.last_seq)


def _of(seals: Sequence[Seal], seq: int) -> int:
    return _sealing(seals, seq).n
