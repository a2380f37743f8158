"""What a seal finds of the audit's own tables that somebody wrote by hand, and writes down before it goes on.

None of it is hashed: an end of a version that no signed event tells of, a clock that is gone, a trigger on a table of
the audit, a log that the list of tables does not know. Each is told once, in an event of the log, which is sealed, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

from steward_app.db import WriteSession
from steward_app.kernel.errors import ErrorCode, Failure
from steward_app.kernel.text import quoted
from steward_app.services.audit.engine import ddl, names, own_tables, tables
from steward_app.services.audit.engine.arm import make_core
from steward_app.services.audit.engine.model import AuditedTable, Event
from steward_app.services.audit.engine.own_tables import Planted
from steward_app.services.audit.seals import chain, endings, seal_tables
from steward_app.services.audit.seals.baseline import Baseline, total_of
from steward_app.services.audit.seals.chain import Chain
from steward_app.services.audit.seals.records import Form

GAP: Final = "gap"
"""The kind of event that tells of what the log missed, or of what was done to it."""
_MOST_NAMED = 5


class Oddities:
    """What is odd in one file.

    Args:
        own_key: the id of the key that signs.

    Attributes:
        open: the versions of tables of which somebody wrote that they had ended.
    """

    def __init__(self, session: WriteSession, own_key: str) -> None:
        self._session = session
        self._ended = {table.tid: table for table in endings.by_hand(session, own_key=own_key)}
        self.open = frozenset(self._ended)

    def require_sealable(self) -> None:
        """Raise `Failure` where something stands on a table that sealing writes to: the seal could be another one."""
        found = next((each for each in self._planted if each.sealing), None)
        if found is not None:
            raise Failure(
                ErrorCode.DAMAGED,
                f"The audit log of {quoted(self._session.path.name)} cannot be sealed: {found.why}.",
                hint="Nothing was changed. “steward audit rearm” removes it, and says so in the log.",
            )

    def start_clock(self) -> int | None:
        """What the clock said. One that is gone, or said no number, is made anew, and None is given."""
        found = own_tables.clock(self._session)
        own_tables.make_clock(self._session)
        return found

    def tell(self, *, moved: bool) -> None:
        """Write down what was not told yet.

        Args:
            moved: the baselines were moved on since the last seal.
        """
        for table in self._ended.values():
            tell_ended(self._session, table)
        tell_planted(self._session, self._planted)
        self._tell_chain(moved)
        listed = seal_tables.audited(self._session)
        logs = [tid for tid in own_tables.unlisted(self._session, listed) if not self._told("unlisted", tid)]
        if logs:
            tables.append_event(self._session, GAP, None, {"unlisted": logs})

    def tell_lost_baseline(self, table: AuditedTable) -> None:
        """Write down that the rows of a table cannot be compared with those of the last seal."""
        tables.append_event(self._session, GAP, table.tid, {"table": table.name, "baseline": "gone"})

    def _tell_chain(self, moved: bool) -> None:
        """The sum of the baselines and the name of the log are what the last seal was made with."""
        found, last = Chain.read(self._session), chain.last_seal(self._session)
        if found is None or last is None:
            return
        if found.base.digest != last.base and not moved:
            tables.append_event(self._session, GAP, None, {"baseline": "edited"})
        if not last.is_signed(found.log):
            tables.append_event(self._session, GAP, None, {"chain": "edited"})

    @cached_property
    def _planted(self) -> tuple[Planted, ...]:
        return own_tables.planted(self._session, endings.under_audit(self._session))

    def _told(self, what: str, tid: int) -> bool:
        return any(tid in _listed(event.detail.get(what)) for event in _gaps(self._session))


def mend(session: WriteSession, under_audit: Sequence[AuditedTable]) -> None:
    """Set right what can be, and write each of it down: the clock, ends of versions, what was put on our tables."""
    found = own_tables.drop_planted(session, under_audit)
    altered = sorted(
        {name for each in under_audit for name in own_tables.altered(session, each)} & ddl.CORE.keys()
    )
    own_tables.make_again(session, altered)
    make_core(session)
    was, known = own_tables.clock(session), chain.last_seal(session)
    own_tables.make_clock(session)
    end = max(own_tables.highest(session), known.last_seq if known else 0)
    if was is None or was < end:
        session.run(f"UPDATE main.{names.CLOCK} SET seq = ? WHERE id = 1", (end,))
        tables.append_event(session, GAP, None, {"clock": {"was": was, "log": end}})
    tell_planted(session, found)
    if altered:
        tables.append_event(session, GAP, None, {"altered": altered})
    for table in under_audit:
        if table.to_seq is not None:
            tell_ended(session, table)
            endings.resume(session, table)


def count_anew(session: WriteSession) -> None:
    """Take the baselines as they stand for those of the last seal, and write down that they are others."""
    found, last = Chain.read(session), chain.last_seal(session)
    if found is None or last is None:
        return
    known = [Baseline(session, Form.of(each), found.base_key) for each in seal_tables.audited(session)]
    total = total_of(each for each in known if seal_tables.is_there(session, each.blocks.name))
    if total.digest == found.base.digest == last.base:
        return
    found.base = total
    found.save(session)
    tables.append_event(session, GAP, None, {"baseline": "edited"})


def tell_ended(session: WriteSession, table: AuditedTable) -> None:
    """Write down that somebody wrote an end to a version of a table, unless that was done."""
    told = any(
        event.tid == table.tid and event.detail.get("ended") == table.to_seq for event in _gaps(session)
    )
    if not told:
        tables.append_event(session, GAP, table.tid, {"table": table.name, "ended": table.to_seq})


def tell_planted(session: WriteSession, found: tuple[Planted, ...]) -> None:
    """Write down the names of what somebody put on the tables of the audit, unless that was done."""
    if not found:
        return
    told = {name for event in _gaps(session) for name in _listed(event.detail.get("planted"))}
    new = [each.name for each in found if each.name not in told]
    if new:
        tables.append_event(session, GAP, None, {"planted": new})


def sentences(detail: Mapping[str, object], table: str) -> Iterator[str]:
    """What an event of a gap says of the audit's own tables, without a full stop.

    Args:
        table: that it concerns, as people read it.
    """
    clock, planted, altered = (detail.get(each) for each in ("clock", "planted", "altered"))
    if isinstance(clock, dict):
        yield "The clock of the log was " + ("gone" if clock.get("was") is None else "set to another number")
    if "ended" in detail:
        yield f"{table} was taken out of the audit by hand"
    if "baseline" in detail:
        gone = detail["baseline"] == "gone"
        yield f"What rows of {table} were compared with was taken away" if gone else "The baseline was edited"
    if isinstance(planted, list):
        named = ", ".join(quoted(str(name)) for name in planted[:_MOST_NAMED])
        yield f"{named} stood on tables of the audit"
    if isinstance(altered, list):
        yield f"{', '.join(quoted(str(name)) for name in altered)} of the audit was altered"
    if "chain" in detail:
        yield "The newest seal or the name of the log was edited"
    if "unlisted" in detail:
        yield "Tables were taken out of the list of audited tables by hand"


def _gaps(session: WriteSession) -> list[Event]:
    return [event for event in tables.events(session) if event.kind == GAP]


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
