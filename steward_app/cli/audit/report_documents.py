"""The document of the auditor's report. Apart from the command, since its types must be loaded."""

from __future__ import annotations

from dataclasses import dataclass

from steward_app.kernel import clock
from steward_app.services.audit.report.model import (
    AuditReport,
    Counted,
    Happened,
    ReceiptKept,
    Signed,
    Watched,
)


@dataclass(frozen=True, slots=True)
class BehindRow:
    """A row that is not what the log says.

    Attributes:
        row: its key, "" unless it was asked for.
        how: "changed", "added", "removed" or "renumbered".
    """

    table: str
    row: str
    how: str


@dataclass(frozen=True, slots=True)
class VerdictShort:
    """What verifying the log gave.

    Attributes:
        holds: all is as it was sealed, and the tables are what the log says.
        log: the name of the log, in hex.
        seals: how many there are, `sealed` how many changes and events they cover.
        unsealed: changes and events since, which nothing protects yet.
        problems: what is not as it was sealed, a sentence each.
        keys: how many seals each key has signed.
    """

    holds: bool
    log: str
    seals: int
    sealed: int
    unsealed: int
    problems: tuple[str, ...]
    keys: dict[str, int]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportDocument:
    """What the auditor's report tells. Rows are named only with --show-keys.

    Attributes:
        report: the file that was written.
        since, until: the period; "" where it is not bounded.
        first_seq, last_seq: the changes and events it covers.
        pruned: changes up to this number left for archives.
        changes: how many there are in the period; `unknown` by writers that did not say who they are.
        behind: rows that are not what the log says, now.
    """

    path: str
    report: str
    since: str
    until: str
    first_seq: int
    last_seq: int
    pruned: int
    changes: int
    unknown: int
    by_writer: tuple[Counted, ...]
    by_table: tuple[Counted, ...]
    by_day: tuple[Counted, ...]
    tables: tuple[Watched, ...]
    not_audited: tuple[str, ...]
    gaps: tuple[Happened, ...]
    erasures: tuple[Happened, ...]
    prunes: tuple[Happened, ...]
    others: tuple[Happened, ...]
    operations: tuple[Signed, ...]
    receipts: tuple[ReceiptKept, ...]
    behind: tuple[BehindRow, ...]
    context_left_behind: bool
    verdict: VerdictShort


def report_document(made: AuditReport, written: str) -> ReportDocument:
    """A report as a document."""
    asked, verdict = made.request, made.verdict
    return ReportDocument(
        path=made.path,
        report=written,
        since=clock.to_text(asked.since) if asked.since else "",
        until=clock.to_text(asked.until) if asked.until else "",
        first_seq=made.first_seq,
        last_seq=made.last_seq,
        pruned=made.missing_before,
        changes=made.changes,
        unknown=made.unknown,
        by_writer=made.by_writer,
        by_table=made.by_table,
        by_day=made.by_day,
        tables=made.tables,
        not_audited=made.not_audited,
        gaps=made.gaps,
        erasures=made.erasures,
        prunes=made.prunes,
        others=made.others,
        operations=made.operations,
        receipts=made.receipts,
        behind=tuple(BehindRow(*each) for each in made.behind),
        context_left_behind=made.context_left_behind,
        verdict=VerdictShort(
            verdict.holds,
            verdict.log,
            verdict.seals,
            verdict.sealed,
            verdict.unsealed,
            tuple(each.sentence for each in verdict.problems),
            dict(verdict.keys),
            verdict.notes,
        ),
    )
