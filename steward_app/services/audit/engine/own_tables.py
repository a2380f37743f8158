"""Whether the tables of the audit in a file are as the audit made them: its clock, and what others put on them.

Whoever can write the file can set the clock back, take it away, or put a trigger or an index on a table of the audit,
so that changes do not reach the log. Nothing of that is hashed; it is looked at here, without reading a row of a log.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from steward_app.db import Session, WriteSession, fold, quote
from steward_app.kernel.text import quoted
from steward_app.services.audit.engine import ddl, names
from steward_app.services.audit.engine.layout import layout
from steward_app.services.audit.engine.model import AuditedTable

_OURS = re.compile(
    re.escape(names.PREFIX)
    + r"(?:(?P<what>log|values|pen|base|key|rows|moved)_(?P<tid>\d+)|clock|event|never|table|txn|seal|chain|redacted)"
)
_TRIGGER = re.compile(
    re.escape(names.PREFIX) + r"(?P<tid>\d+)_(?P<what>after_(?:insert|update|delete)|before_(?:insert|update)"
    r"|displaced(?:_update)?|penned_update)"
)
_LOGGING = frozenset({"log", "values", "pen"})  # what triggers write to, and sealing does not


@dataclass(frozen=True, slots=True)
class Planted:
    """A trigger or an index that stands on a table of the audit, or is called like one of ours, and is none.

    Attributes:
        kind: "trigger" or "index".
        tid: the version of a table whose changes it may keep from the log, or None where it may be any.
        sealing: it may keep a seal from being made as it should.
    """

    kind: str
    name: str
    on: str
    tid: int | None
    sealing: bool

    @property
    def why(self) -> str:
        """What it is, and what it may do."""
        may = "keep seals and events from the log" if self.sealing else "keep changes from the log"
        return f"the {self.kind} {quoted(self.name)} on {quoted(self.on)} is not of the audit, and may {may}"


def clock(session: Session) -> int | None:
    """What the clock of the log says; None where it is gone, or says no number."""
    known = "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?"
    if session.value(known, (names.CLOCK,)) is None:
        return None
    found = session.value(f"SELECT seq FROM main.{names.CLOCK} WHERE id = 1 AND typeof(seq) = 'integer'")
    return found if isinstance(found, int) else None


def make_clock(session: WriteSession) -> None:
    """Make the one row of the clock anew, where it is gone or says no number. It stands at 0 then."""
    if clock(session) is None:
        session.run(f"DELETE FROM main.{names.CLOCK}")
        session.run(ddl.START_CLOCK)


def highest(session: Session) -> int:
    """The highest number that stands in a log or among the events."""
    rows = session.all("SELECT name FROM main.sqlite_schema WHERE type = 'table'")
    logs = [str(name) for (name,) in rows if _of_table(str(name), "log") or name == names.EVENT]
    ends = (session.value(f"SELECT max(seq) FROM main.{quote(log)}") for log in logs)
    return max((end for end in ends if isinstance(end, int)), default=0)


def unlisted(session: Session, known: Collection[AuditedTable]) -> tuple[int, ...]:
    """The numbers of logs that the list of audited tables does not know."""
    rows = session.all("SELECT name FROM main.sqlite_schema WHERE type = 'table'")
    logs = {int(found["tid"]) for (name,) in rows if (found := _of_table(str(name), "log"))}
    return tuple(sorted(logs - {table.tid for table in known}))


def is_known(name: str, kind: str) -> bool:
    """Whether an object is one that the audit makes, by its name."""
    if kind == "trigger":
        return bool(re.fullmatch(rf"{re.escape(names.PREFIX)}\d+_\w+", name))
    return bool(_OURS.fullmatch(name))


def is_own_trigger(name: str, table: str) -> bool:
    """Whether a trigger is one that the audit makes, by its name and where it stands."""
    found = _TRIGGER.fullmatch(name)
    if found is None:
        return False
    if found["what"] == "displaced":
        return fold(table) == names.pen_table(int(found["tid"]))
    return not _OURS.fullmatch(fold(table))


def planted(session: Session, under_audit: Collection[AuditedTable]) -> tuple[Planted, ...]:
    """What somebody put on the tables of the audit, or called like a trigger of ours."""
    rows = session.all(
        "SELECT type, name, tbl_name FROM main.sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
        " ORDER BY rowid"
    )
    tids = {table.tid for table in under_audit}
    return tuple(_planted(((str(kind), str(name), str(on)) for kind, name, on in rows), tids))


def _planted(found: Iterator[tuple[str, str, str]], tids: Collection[int]) -> Iterator[Planted]:
    for kind, name, on in found:
        on_ours = _OURS.fullmatch(fold(on))
        if kind == "trigger" and is_own_trigger(name, on):
            own = _TRIGGER.fullmatch(name)
            if own is None or int(own["tid"]) in tids:
                continue
        elif not on_ours and not (kind == "trigger" and re.match(rf"{names.PREFIX}\d+_", fold(name))):
            continue
        what = on_ours["what"] if on_ours else None
        tid = int(on_ours["tid"]) if on_ours and what in _LOGGING else None
        yield Planted(kind, name, on, tid, bool(on_ours) and what not in _LOGGING)


def drop_planted(session: WriteSession, under_audit: Collection[AuditedTable]) -> tuple[Planted, ...]:
    """Remove what somebody put there; what that was."""
    found = planted(session, under_audit)
    for each in found:
        session.run(f"DROP {each.kind.upper()} main.{quote(each.name)}")
    return found


def altered(session: Session, table: AuditedTable) -> tuple[str, ...]:
    """The tables of one log, and those of every log, that stand there and are not as the audit makes them."""
    wanted = {name: f"{name} {columns_sql}" for name, columns_sql in ddl.CORE.items()}
    for sql in ddl.tables(layout(table)):
        text = sql.removeprefix("CREATE TABLE ")
        wanted[text.partition(" ")[0]] = text
    marks = ", ".join("?" * len(wanted))
    known = f"SELECT name, sql FROM main.sqlite_schema WHERE type = 'table' AND name IN ({marks})"
    rows = session.all(known, tuple(wanted))
    return tuple(str(name) for name, sql in rows if _plain(str(sql)) != wanted[str(name)])


def make_again(session: WriteSession, tables: Collection[str]) -> None:
    """Make tables that every log has as the audit makes them, with the rows they hold."""
    for name in tables:
        columns_sql = ddl.CORE[name]
        session.run(f"CREATE TABLE temp.again AS SELECT * FROM main.{quote(name)}")
        session.run(f"DROP TABLE main.{quote(name)}")
        session.run(f"CREATE TABLE main.{quote(name)} {columns_sql}")
        there = {str(row[1]) for row in session.all("PRAGMA temp.table_info(again)")}
        wanted = [str(row[1]) for row in session.all(f"PRAGMA main.table_info({quote(name)})")]
        kept = ", ".join(quote(column) for column in wanted if column in there)
        if kept:
            session.run(f"INSERT OR IGNORE INTO main.{quote(name)} ({kept}) SELECT {kept} FROM temp.again")
        session.run("DROP TABLE temp.again")


def _plain(sql: str) -> str:
    """The text of a table as the audit writes it, without the quotes its name may have."""
    text = re.sub(r"^CREATE TABLE\s+", "", sql)
    return re.sub(r'^"([^"]*)"', r"\1", text)


def _of_table(name: str, what: str) -> re.Match[str] | None:
    found = _OURS.fullmatch(name)
    return found if found is not None and found["what"] == what else None
