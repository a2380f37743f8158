"""What a rehearsal must not do: the checks, each with what was found."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from steward_app.kernel.plan import Check
from steward_app.kernel.text import plural, quoted, size
from steward_app.services.migrate.rehearsal.model import (
    AuditDifference,
    Disk,
    Links,
    TriggerDifference,
    ViewDifference,
)
from steward_app.services.migrate.rehearsal.row_model import Fate, TableDifference

HOLDS_TOGETHER = "The file holds together"
_TOLD = 3


def checks(
    problems: Sequence[str],
    links: Sequence[Links],
    views: Sequence[ViewDifference],
    triggers: Sequence[TriggerDifference],
    audit: Sequence[AuditDifference],
    tables: Sequence[TableDifference],
    disk: Disk,
) -> tuple[Check, ...]:
    """Everything that was looked at, in the order in which it is shown.

    Args:
        problems: what does not hold together in the file afterwards, in SQLite's words.
    """
    return (
        Check(HOLDS_TOGETHER, not problems, "; ".join(problems[:_TOLD])),
        _links(links),
        _working(views, triggers),
        *_audited(audit, [each.title for each in tables if each.fate is Fate.GONE]),
        *_compared(tables),
        _room(disk),
    )


def is_broken(each: ViewDifference | TriggerDifference) -> bool:
    """Whether it does not work, and it is not so that it did not before."""
    return each.fate is Fate.BROKEN or (each.fate is Fate.NEW and bool(each.problem))


def working(group: Sequence[ViewDifference | TriggerDifference]) -> int:
    """How many views or triggers are there afterwards and work."""
    return sum(each.fate is not Fate.GONE and not each.problem for each in group)


def _links(links: Sequence[Links]) -> Check:
    more = [each for each in links if each.after > each.before or each.problem]
    said = [
        f"{quoted(each.table)}: {each.problem}"
        if each.problem
        else f"{plural(each.after - each.before, 'row')} more in {quoted(each.table)}"
        for each in more
    ]
    old = sum(min(each.before, each.after) for each in links)
    detail = "; ".join(said) if said else f"{plural(old, 'old orphan')}, none new"
    return Check("No foreign key is newly broken", not more, detail)


def _working(views: Sequence[ViewDifference], triggers: Sequence[TriggerDifference]) -> Check:
    everything: list[ViewDifference | TriggerDifference] = [*views, *triggers]
    broken = [each for each in everything if is_broken(each)]
    told = [f"{quoted(each.name)}: {each.problem}" for each in broken]
    detail = (
        "; ".join(told) or f"{plural(working(views), 'view')} and {plural(working(triggers), 'trigger')} work"
    )
    return Check("Views and triggers still work", not broken, detail)


def _audited(audit: Sequence[AuditDifference], gone: Collection[str]) -> Iterator[Check]:
    if audit:
        lost = [
            each for each in audit if each.armed_before and not each.armed_after and each.table not in gone
        ]
        told = "; ".join(f"{quoted(each.table)}: {', '.join(each.why)}" for each in lost)
        armed = sum(each.armed_after for each in audit)
        detail = told or f"{plural(armed, 'table')} armed"
        yield Check("Every change still reaches the audit log", not lost, detail)


def _compared(tables: Sequence[TableDifference]) -> Iterator[Check]:
    unread = [each for each in tables if each.problem]
    same = sum(each.fate is Fate.SAME for each in tables)
    told = (
        "; ".join(each.problem for each in unread)
        or f"{same:,} of {plural(len(tables), 'table')} are the same"
    )
    yield Check("Every row could be compared", not unread, told)


def _room(disk: Disk) -> Check:
    return Check("The disk has room", disk.enough, f"{size(disk.needed)} of {size(disk.free)} free")
