"""What a plan that brings rows back says: what will happen, what stands in the way, what triggers and audit do."""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.db import fold
from steward_app.kernel import clock
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.engine.names import is_ours
from steward_app.services.restore.bring import Ready
from steward_app.services.restore.bring_model import Answer, BringRequest, Conflict, ConflictKind, Extent
from steward_app.services.restore.pairs import Pair
from steward_app.services.schema.model import Schema, TableKind, Trigger

_WHAT = {
    ConflictKind.DIFFERS: ("row is there now and differs", "rows are there now and differ"),
    ConflictKind.NUMBER_TAKEN: (
        "row has a number that another row seems to have now",
        "rows have numbers that other rows seem to have now",
    ),
    ConflictKind.UNIQUE_CLASH: (
        "row has a value that may stand only once and is another row's now",
        "rows have values that may stand only once and are other rows' now",
    ),
    ConflictKind.MISSING_PARENT: (
        "row points to a row that is not there",
        "rows point to rows that are not there",
    ),
    ConflictKind.REFUSED: (
        "row is not accepted by the rules of the table as it is now",
        "rows are not accepted by the rules of the table as it is now",
    ),
    ConflictKind.TABLE_GONE: ("row belongs to a table that is gone", "rows belong to a table that is gone"),
    ConflictKind.HAS_CHILDREN: (
        "row would go and other rows point to it now",
        "rows would go and other rows point to them now",
    ),
    ConflictKind.ERASED: (
        "row belongs to somebody who was erased since, and stays out",
        "rows belong to somebody who was erased since, and stay out",
    ),
}
_ANSWERS = {
    Answer.KEEP: "keep what is there now",
    Answer.OLD: "take the old values",
    Answer.NEW_NUMBER: "give it a new number; what points to it follows",
    Answer.LEAVE_OUT: "leave it out, with what points to it",
    Answer.BRING_PARENT: "bring the row it points to, too",
    Answer.RECREATE: "make the table again as it was",
}


def sentences(ready: Ready, request: BringRequest) -> tuple[str, ...]:
    """What will happen, in plain words."""
    moment = f" of {clock.shown(request.made_at)}" if request.made_at else ""
    told = [f"Rows come from the earlier state{moment}, which is only read."]
    for change in ready.changes:
        parts = [f"{plural(change.inserted, 'row')} brought back"] if change.inserted else []
        parts += [f"{plural(change.updated, 'row')} given the old values"] if change.updated else []
        parts += [f"{plural(change.deleted, 'row')} of now taken out"] if change.deleted else []
        told.append(f"{quoted(change.table)}: {', '.join(parts)}.")
    same = sum(branch.same for branch in ready.outlook.branches)
    if same and request.extent is Extent.ROWS:
        stays = (
            "is there as then, and stays as it is" if same == 1 else "are there as then, and stay as they are"
        )
        told.append(f"{plural(same, 'row')} {stays}.")
    out = sum(branch.out for branch in ready.outlook.branches)
    if out:
        told.append(f"{plural(out, 'row stays', 'rows stay')} out.")
    if ready.still_erased:
        rows = plural(ready.still_erased, "row has", "rows have")
        told.append(f"{rows} columns that were erased since: they stay as the erasure left them.")
    told.append(_of_triggers(ready, request))
    return tuple(told)


def erased_told(ready: Ready) -> str:
    """For the receipt: what the erasure ledger kept from coming back."""
    out = sum(each.rows for each in ready.outlook.conflicts if each.kind is ConflictKind.ERASED)
    parts = [plural(out, "row stays out", "rows stay out")] if out else []
    if ready.still_erased:
        parts.append(f"{plural(ready.still_erased, 'row')} without what was erased in columns")
    return ", ".join(parts) or "none of the rows was erased"


def findings(ready: Ready, request: BringRequest, now: Schema) -> tuple[Finding, ...]:
    """What to know first; what must be answered blocks."""
    return (
        *_nothing(ready),
        *(_of_conflict(conflict) for conflict in ready.outlook.conflicts),
        *(each for pair in ready.pairs for each in _of_drift(pair)),
        *_of_each_trigger(ready, request, now),
    )


def _nothing(ready: Ready) -> Iterator[Finding]:
    if not ready.rows and not any(conflict.blocks for conflict in ready.outlook.conflicts):
        yield Finding(
            "nothing_to_bring",
            Severity.ERROR,
            "There is nothing to bring back: every row is there, or stays as it is",
            Subject("table"),
            blocks=True,
        )


def _of_conflict(conflict: Conflict) -> Finding:
    one, many = _WHAT[conflict.kind]
    answer = conflict.answer
    told = f" Answered: {_ANSWERS[answer]}." if answer else " It must be answered first."
    table = f":{conflict.table}"
    return Finding(
        f"restore_{conflict.kind.value}" + (f"_{answer.value}" if answer else ""),
        Severity.ERROR if conflict.blocks else Severity.WARNING,
        f"{quoted(conflict.table)}: {plural(conflict.rows, one, many)}",
        Subject("table", conflict.table),
        detail=told.strip(),
        count=conflict.rows,
        key_columns=conflict.key_columns,
        sample_keys=conflict.sample_keys,
        remedies=tuple(
            f"--answer {conflict.kind.value}{table}={each.value}: {_ANSWERS[each]}."
            for each in conflict.answers
            if each is not answer
        ),
        blocks=conflict.blocks,
    )


def _of_drift(pair: Pair) -> Iterator[Finding]:
    subject = Subject("table", pair.name)
    if pair.gone:
        yield Finding(
            "columns_gone",
            Severity.WARNING,
            f"{quoted(pair.name)} has lost {plural(len(pair.gone), 'column')} since",
            Subject("table", pair.name, columns=pair.gone),
            detail="What stood in them does not come back.",
        )
    if pair.new:
        yield Finding(
            "columns_new",
            Severity.NOTE,
            f"{quoted(pair.name)} has {plural(len(pair.new), 'new column')} since",
            Subject("table", pair.name, columns=tuple(column.name for column in pair.new)),
            detail="Rows that come back get the default there; rows that are there keep what they have.",
        )
    if pair.converted:
        yield Finding(
            "columns_converted",
            Severity.WARNING,
            f"The type of {plural(len(pair.converted), 'column')} of {quoted(pair.name)} was changed since",
            Subject("table", pair.name, columns=tuple(sorted(pair.converted))),
            detail="SQLite stores the values as the new type says.",
        )
    if pair.now is None:
        yield Finding(
            "table_made_again",
            Severity.WARNING,
            f"{quoted(pair.name)} is gone and is made again, with its indexes and triggers",
            subject,
        )


def _of_triggers(ready: Ready, request: BringRequest) -> str:
    if request.triggers:
        return "Triggers run, and foreign keys act, as for any other program."
    audited = [
        pair.name
        for pair in ready.pairs
        if pair.now and any(is_ours(each.name) for each in pair.now.triggers)
    ]
    if audited:
        return (
            "No trigger runs but those of the audit, so that the rows come back exactly; the audit log tells of it:"
            f" {', '.join(map(quoted, audited))}."
        )
    return (
        "No trigger runs, so that the rows come back exactly; an audit log kept by triggers does not see them,"
        " the journal does."
    )


def _of_each_trigger(ready: Ready, request: BringRequest, now: Schema) -> Iterator[Finding]:
    for pair, change in zip(ready.pairs, ready.changes, strict=True):
        events = {
            event
            for event, rows in (
                ("INSERT", change.inserted),
                ("UPDATE", change.updated),
                ("DELETE", change.deleted),
            )
            if rows
        }
        concerned = [
            each
            for each in (pair.now.triggers if pair.now else ())
            if each.event in events and not is_ours(each.name)
        ]
        if concerned:
            yield _of_these(pair, concerned, request, now)


def _of_these(pair: Pair, concerned: list[Trigger], request: BringRequest, now: Schema) -> Finding:
    written = {fold(table) for each in concerned for table, _ in each.writes}
    feeds = [t.name for t in now.tables if t.kind is TableKind.VIRTUAL and fold(t.name) in written]
    names = ", ".join(quoted(each.name) for each in concerned[:3])
    subject = Subject("trigger", pair.name, concerned[0].name)
    count = plural(len(concerned), "trigger")
    if request.triggers:
        return Finding(
            "triggers_run",
            Severity.WARNING,
            f"{count} of {quoted(pair.name)} will run: {names}",
            subject,
            detail="What they change in other tables is not counted here.",
            count=len(concerned),
        )
    return Finding(
        "triggers_bypassed",
        Severity.WARNING if feeds else Severity.NOTE,
        f"{count} of {quoted(pair.name)} will not run: {names}",
        subject,
        detail=f"{quoted(feeds[0])} is kept in step by them, and will not know the rows." if feeds else "",
        count=len(concerned),
        remedies=("Let them run: --triggers.",) if feeds else (),
    )
