"""Drills as the journal keeps them: what was restored to scratch, how long it took, and whether all of it held.

A drill itself is made by `services.restore.drill`, which looks at audit, quality and erasures too; this module is
below it, so that the state of the backups can be told without any of that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import cast

from steward_app.catalog import Unit, journal
from steward_app.catalog.journal import Event, Phase
from steward_app.db import Session
from steward_app.kernel import clock
from steward_app.kernel.plan import Check, Json

OPERATION = "backup.drill"
SIGNED = "signed"
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Drill:
    """One restore point, restored to scratch and looked into.

    Attributes:
        id: "dr_..."; also names the files of its evidence.
        at: when it ended; RFC 3339, UTC.
        point_made_at: the moment the point is a picture of.
        store_id: where it came from; "" for a whole file on this computer.
        sentence: how it ended, for people.
        checks: everything that was looked at.
        rto_seconds: it took this long to bring the file back and to know that it is right.
        rpo_seconds: this much would have been lost then: the age of the newest point that could be restored.
        size_bytes: of the file that was brought back.
        tables, rows: what was in it; 0 where it could not be brought back.
        evidence: the signed document, an absolute path; "" where it could not be written.
        evidence_hash: BLAKE3 over that document.
    """

    id: str
    at: str
    database_id: str
    point: str
    point_made_at: str
    store_id: str
    passed: bool
    sentence: str
    checks: tuple[Check, ...]
    rto_seconds: float
    rpo_seconds: float
    size_bytes: int
    tables: int
    rows: int
    evidence: str = ""
    evidence_hash: str = ""


def record(unit: Unit, drill: Drill, signed: str = "") -> None:
    """Note a drill in the journal.

    Args:
        signed: the evidence itself, as it was signed: the journal keeps it where its file is lost or changed.
    """
    details = cast("dict[str, Json]", asdict(drill) | {"checks": [asdict(check) for check in drill.checks]})
    del details["database_id"]
    if signed:
        details[SIGNED] = signed
    journal.append(unit, Phase.NOTE, OPERATION, database_id=drill.database_id, details=details)


def drills(
    session: Session, database_id: str, *, since: str | None = None, point: str = ""
) -> tuple[Drill, ...]:
    """The drills of a database, newest first.

    Args:
        since: RFC 3339 in UTC.
        point: those of one restore point only.
    """
    events = journal.events(
        session, database_id=database_id, operation=OPERATION, phases=(Phase.NOTE,), since=since, limit=_MOST
    )
    found = (drill for event in events if (drill := _drill(event)) is not None)
    return tuple(drill for drill in found if not point or drill.point == point)


def last_days(session: Session, database_id: str, days: int) -> tuple[Drill, ...]:
    """The drills of the last days, newest first."""
    return drills(session, database_id, since=clock.to_text(clock.now() - timedelta(days=days)))


def unanswered(
    done: Sequence[Drill], stores: Collection[str], broken: Collection[str] = ()
) -> tuple[Drill, ...]:
    """The drills that failed and still stand, newest first: nothing brought back since shows that they no longer hold.

    An answer is a later drill of the same place that passed, of the same point or of a newer one. A point that is still
    known to be damaged has no answer: that another can be brought back does not mend it.

    Args:
        done: newest first.
        stores: ids of those that are connected; what failed in another is nobody's concern any more.
        broken: ids of the points that are known to be damaged.
    """
    standing = []
    for number, drill in enumerate(done):
        answers = (
            later.passed and later.store_id == drill.store_id and later.point_made_at >= drill.point_made_at
            for later in done[:number]
        )
        stands = drill.point in broken or not any(answers)
        if not drill.passed and drill.store_id in ("", *stores) and stands:
            standing.append(drill)
    return tuple(standing)


def newest_first(done: Sequence[Drill]) -> tuple[Drill, ...]:
    """Drills of the newest point first; a run of drills ends with an older one. Those of one moment, the last first."""
    return tuple(sorted(done, key=lambda drill: (drill.point_made_at, drill.at), reverse=True))


def _drill(event: Event) -> Drill | None:
    """None for an event that another version wrote in another way."""
    told: Mapping[str, Json] = event.data
    try:
        checks = cast("list[dict[str, str | bool]]", told["checks"])
        known = {name: told[name] for name in Drill.__slots__ if name not in ("database_id", "checks")}
        return Drill(
            database_id=event.database_id,
            checks=tuple(Check(**check) for check in checks),  # type: ignore[arg-type]
            **known,  # type: ignore[arg-type]
        )
    except (KeyError, TypeError):
        return None
