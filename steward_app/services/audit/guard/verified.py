"""What verifying a log and comparing its tables last gave, as this computer keeps it.

What was found wrong stays an alarm until it is looked at again and found right, also after the file was closed. Rows
that differ stop being one once the log tells of them as a gap.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from threading import Timer

from steward_app.catalog import Catalog, preferences
from steward_app.db import ReadSession, Session, fold
from steward_app.kernel import clock
from steward_app.kernel.errors import Cancelled, StewardError
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.audit.engine import tables
from steward_app.services.audit.guard import going_on
from steward_app.services.audit.guard.versions import REARMED
from steward_app.services.audit.seals import seal_tables
from steward_app.services.audit.seals.chain import Chain
from steward_app.services.audit.seals.reconcile import reconcile
from steward_app.services.audit.seals.unwind import Difference, How
from steward_app.services.audit.seals.verdict import Verdict

FORGED, BEHIND = "audit_not_as_sealed", "audit_rows_behind"
"""Codes of the findings: the log is not as it was sealed; rows are not what the log says."""
SMALL_BYTES, SMALL_SECONDS = 64 * 2**20, 10.0
"""Up to which size a file is compared unasked, and for how long."""
_PAUSE_SECONDS = 0.02  # every few thousand rows, so that who works with the file is not held up
_ALL = 1 << 62
_log = logging.getLogger(__name__)
_VERIFIED, _COMPARED = "audit.verified", "audit.compared"


@dataclass(frozen=True, slots=True)
class Verified:
    """What the last verification gave.

    Attributes:
        at: when that was, RFC 3339; "" where nobody verified the log as it is, or as it goes on from.
        problems: how many there were, and `first` a sentence of the first.
    """

    at: str = ""
    problems: int = 0
    first: str = ""


class Tally:
    """Counts rows that differ, by version of their table, while somebody else looks at them."""

    def __init__(self) -> None:
        self.rows: Counter[tuple[int, str]] = Counter()

    def of(self, found: Iterable[Difference]) -> Iterator[Difference]:
        """The same, counted. That VACUUM gave rows other numbers is told otherwise, and not counted."""
        for each in found:
            if each.how is not How.RENUMBERED:
                self.rows[each.tid, each.table] += 1
            yield each


def keep_verdict(
    catalog: Catalog, database_id: str, session: Session, verdict: Verdict, *, full: bool = False
) -> None:
    """Keep what verifying gave, in the snapshot in which it was verified. Nothing where no database is known.

    What walking the whole log back found stays until that is done again.
    """
    if not database_id:
        return
    if verdict.differences is not None:
        tally = Tally()
        for _ in tally.of(verdict.differences):
            pass
        keep_compared(catalog, database_id, session, tally)
    before = _kept(catalog, session, _VERIFIED, database_id)
    if not verdict.problems and before.get("full") and before.get("problems") and not full:
        return
    _keep(
        catalog,
        f"{_VERIFIED}.{database_id}",
        {
            **_now(session),
            "problems": len(verdict.problems),
            "first": verdict.problems[0].sentence if verdict.problems else "",
            "full": full,
        },
    )


def keep_compared(catalog: Catalog, database_id: str, session: Session, tally: Tally) -> None:
    """Keep which rows differ, in the snapshot in which they were compared. Nothing where no database is known."""
    if database_id:
        rows: list[Json] = [[tid, name, count] for (tid, name), count in sorted(tally.rows.items())]
        _keep(catalog, f"{_COMPARED}.{database_id}", {**_now(session), "rows": rows})


def compare_unasked(catalog: Catalog, session: ReadSession, database_id: str, context: Context) -> bool:
    """Compare the tables of a small file with its log and keep what comes of it; whether all of it could be.

    In a snapshot. Gives up after some seconds, and keeps nothing then.

    Raises `Cancelled` where somebody asked to stop.
    """
    size_bytes = session.count("PRAGMA page_count") * session.count("PRAGMA page_size")
    if not database_id or size_bytes > SMALL_BYTES or not going_on.is_sealable(session):
        return False
    tally = Tally()
    try:
        step = Context(lambda progress: context.wait(_PAUSE_SECONDS))
        timer = Timer(SMALL_SECONDS, step.cancel)
        timer.daemon = True
        timer.start()
        try:
            with context.on_cancel(step.cancel), session.under(step):
                context.checkpoint()
                for _ in tally.of(reconcile(session, step)):
                    pass
        finally:
            timer.cancel()
    except Cancelled:
        context.checkpoint()
        return False
    keep_compared(catalog, database_id, session, tally)
    return True


def last(catalog: Catalog, session: Session, database_id: str) -> Verified:
    """What the last verification gave, where it was one of this log."""
    kept = _kept(catalog, session, _VERIFIED, database_id)
    at, problems, first = kept.get("at"), kept.get("problems"), kept.get("first")
    if not isinstance(at, str) or not isinstance(problems, int):
        return Verified()
    if not problems and _number(kept) > tables.last_seq(session):  # the file is that of an earlier time now
        return Verified()
    return Verified(at, problems, first if isinstance(first, str) else "")


def alarms(catalog: Catalog, session: Session, database_id: str) -> Iterator[Finding]:
    """What was found wrong, and was not found right since."""
    found = last(catalog, session, database_id)
    if found.problems:
        yield Finding(
            FORGED,
            Severity.ERROR,
            f"The audit log is not as it was sealed: {plural(found.problems, 'problem')}",
            Subject("audit", name=session.path.name),
            detail=f"{found.first} Found when it was last verified, {clock.shown(found.at)}.",
            count=found.problems,
            remedies=(
                "Verify it again (“steward audit verify”) to see each problem.",
                "A restore point may hold the log as it was.",
            ),
        )
    for table, count in behind(catalog, session, database_id).items():
        yield Finding(
            BEHIND,
            Severity.ERROR,
            f"{plural(count, 'row')} of {quoted(table)} {'is' if count == 1 else 'are'} not what the log says",
            Subject("table", table=table),
            detail="They were changed, added or removed behind the log's back: by a program that had triggers"
            " switched off, say.",
            count=count,
            remedies=(
                "Look at them (“steward audit reconcile”), and compare with a restore point.",
                "Arm the table again (“steward audit rearm”): that writes them into the log as a gap.",
            ),
        )


def behind(catalog: Catalog, session: Session, database_id: str) -> Mapping[str, int]:
    """By table under audit, how many of its rows differ, as far as the log has not told of them since."""
    kept = _kept(catalog, session, _COMPARED, database_id)
    rows = kept.get("rows")
    if not isinstance(rows, list) or not rows:
        return {}
    told = _told(session, _number(kept) + 1)
    watched = {table.tid for table in seal_tables.audited(session, current=True, strict=False)}
    found: dict[str, int] = {}
    for each in rows:
        match each:
            case [int(tid), str(name), int(count)] if tid in watched and told[tid] < count:
                found[name] = found.get(name, 0) + count
    return dict(sorted(found.items(), key=lambda item: fold(item[0])))


def _told(session: Session, first_seq: int) -> Counter[int | None]:
    """By version of a table, of how many rows the log told since that they changed unseen; of all where it is anew."""
    found: Counter[int | None] = Counter()
    for event in tables.events(session, first_seq=first_seq):
        rows = event.detail.get("rows")
        if event.is_gap and isinstance(rows, list):
            found[event.tid] += len(rows)
        if event.kind == REARMED:
            found[event.tid] += _ALL
    return found


def _now(session: Session) -> dict[str, Json]:
    found = Chain.read(session)
    return {
        "log": found.log.hex() if found is not None else "",
        "at": clock.to_text(clock.now()),
        "seq": tables.last_seq(session) if tables.is_audited(session) else 0,
    }


def _keep(catalog: Catalog, name: str, value: dict[str, Json]) -> None:
    try:
        with catalog.unit() as unit:
            preferences.keep(unit, name, value)
            unit.commit()
    except StewardError as error:  # what was found is told all the same
        _log.warning("what an audit log was found to be could not be kept: %s", error.code)


def _kept(catalog: Catalog, session: Session, what: str, database_id: str) -> dict[str, Json]:
    """What was kept of this log; nothing where the file holds another one."""
    if not database_id:
        return {}
    with catalog.reading() as reading:
        kept = preferences.value(reading, f"{what}.{database_id}")
    if not isinstance(kept, dict):
        return {}
    found = Chain.read(session)
    return kept if kept.get("log") == (found.log.hex() if found is not None else "") else {}


def _number(kept: Mapping[str, Json]) -> int:
    """The last change or event there was then."""
    seq = kept.get("seq")
    return seq if isinstance(seq, int) else 0
