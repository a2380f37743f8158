"""What a plan to erase inside the log says, and how it keeps what it was made for: numbers of changes, never a key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from steward_app.db import ReadSession, Session
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Json, Plan
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.engine.harvest import holds_rows
from steward_app.services.audit.engine.names import pen_table
from steward_app.services.audit.erasing.erase_select import Chosen, EraseRequest, seals_of
from steward_app.services.audit.seals import chain
from steward_app.services.audit.seals.seal_tables import is_there
from steward_app.services.operation import obstacles


@dataclass(frozen=True, slots=True)
class Part:
    """What a plan says is to be erased of one version of a table."""

    tid: int
    seqs: tuple[int, ...]
    columns: frozenset[str] | None


def counted(chosen: Sequence[Chosen]) -> tuple[int, int]:
    """How many changes, and how many values of them."""
    return sum(len(each.seqs) for each in chosen), sum(each.cells for each in chosen)


def sentences(session: Session, chosen: Sequence[Chosen]) -> Iterator[str]:
    """What will happen."""
    changes, cells = counted(chosen)
    seqs = [seq for each in chosen for seq in each.seqs]
    last = chain.last_seal(session)
    waiting = sum(seq > (last.last_seq if last else 0) for seq in seqs)
    of = ", ".join(dict.fromkeys(quoted(each.audited.name) for each in chosen))
    yield (
        f"{plural(cells, 'value')} of {plural(changes, 'change')} of {of} go from the log for good; a value before and"
        " the one after count as one."
    )
    covering = seals_of(session, seqs)
    if covering:
        yield (
            f"{plural(covering, 'seal covers them and stays', 'seals cover them and stay')} valid: of each"
            " value a commitment is kept, which says nothing of it. That the rows were changed, when and by whom, stays"
            " in the log."
        )
    if waiting:
        yield f"{plural(waiting, 'change')} of them not sealed yet: they are sealed first."
    yield "No undo and no look at an earlier time brings these values back."
    if any(each.names_row for each in chosen):
        yield "What names the rows goes, too: the history no longer finds these changes by their row."
    yield (
        "The tables themselves are not touched. Where a row still holds such a value, erase it there, too: a later"
        " change of it would be logged anew."
    )
    yield (
        "The file is written anew afterwards, so that no free page holds what was erased. Other programs wait."
    )


def findings(session: ReadSession, request: EraseRequest, chosen: Sequence[Chosen]) -> tuple[Finding, ...]:
    """What stands in the way."""
    found, subject = [*obstacles.cannot_be_written(session)], Subject("database", name=request.path.name)
    if any(
        each.audited.to_seq is None
        and is_there(session, pen_table(each.audited.tid))
        and holds_rows(session, each.audited)
        for each in chosen
    ):
        found.append(
            Finding(
                "audit_rows_wait",
                Severity.WARNING,
                "A row that was displaced may not be logged yet",
                subject,
                detail="It is logged when the log is sealed. If that happens during the erasure, nothing is erased:"
                " seal the log, then plan again.",
            )
        )
    return tuple(found)


def as_json(chosen: Chosen) -> dict[str, Json]:
    """One part of a plan."""
    runs: list[Json] = [[first, last] for first, last in runs_of(chosen.seqs)]
    columns: list[Json] | None = None if chosen.columns is None else [*sorted(chosen.columns)]
    return {"tid": chosen.audited.tid, "runs": runs, "columns": columns}


def parts(plan: Plan) -> tuple[Part, ...]:
    """What a plan was made for. Raises `UsageError` where somebody wrote it by hand, and wrongly."""
    told: Any = plan.request
    try:
        return tuple(
            Part(
                int(each["tid"]),
                tuple(seq for first, last in each["runs"] for seq in range(int(first), int(last) + 1)),
                None if each["columns"] is None else frozenset(map(str, each["columns"])),
            )
            for each in told["parts"]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            ErrorCode.BAD_REQUEST, "This plan does not say what is to be erased.", hint="Nothing was changed."
        ) from error


def runs_of(seqs: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Numbers in order, as runs of following ones."""
    first = last = None
    for seq in sorted(seqs):
        if first is None or last is None:
            first = last = seq
        elif seq == last + 1:
            last = seq
        else:
            yield first, last
            first = last = seq
    if first is not None and last is not None:
        yield first, last
