"""What another tool's table says was applied, and what its folder holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from steward_app.db import Session
from steward_app.db.names import fold
from steward_app.kernel import clock
from steward_app.kernel.values import SqlValue

_MILLISECONDS_FROM = 100_000_000_000
"""A number of this size counts milliseconds since 1970, and no seconds."""
_PLACEHOLDER = re.compile(r"\$\{([^{}]+)\}")
_COUNTED = re.compile(r"\d{10,15}")


class Tool(StrEnum):
    """A tool whose history can be taken over."""

    FLYWAY = "flyway"
    LIQUIBASE = "liquibase"
    ALEMBIC = "alembic"
    DJANGO = "django"
    YOYO = "yoyo"
    DBMATE = "dbmate"
    SQLITE_MIGRATE = "sqlite-migrate"
    GOOSE = "goose"
    GOLANG_MIGRATE = "golang-migrate"

    @property
    def known_as(self) -> str:
        """As its makers write it."""
        written = {Tool.FLYWAY: "Flyway", Tool.LIQUIBASE: "Liquibase", Tool.ALEMBIC: "Alembic"}
        return written.get(self, "Django" if self is Tool.DJANGO else self.value)


@dataclass(frozen=True, slots=True)
class Theirs:
    """A migration as their folder holds it.

    Attributes:
        key: as their table names it.
        name: what it is for, as its file says.
        file: where it stands in the folder, with slashes.
        up, down: SQL that makes the change and takes it back; None for a program, and where there is none.
        version: the number in its name, or None.
        repeatable: it runs again whenever its text changes.
        in_transaction: False where it asks for no transaction.
        checksum: as their table would give it, or "" where that is not known.
        needs: keys of those that run before it.
        why: where there is no SQL of it, what is not read, with its place; "" for a program.
        shape: where what is not read is about rows alone, the SQL of all else, to compare the schema; or None.
        condition: when alone the tool runs it, for a sentence, or "".
        anew: tables that the tool makes anew for it.
        dropped: tables and columns of theirs that it is to drop, which the tool may have left.
    """

    key: str
    name: str
    file: str
    up: str | None = None
    down: str | None = None
    version: int | None = None
    repeatable: bool = False
    in_transaction: bool = True
    checksum: str = ""
    needs: tuple[str, ...] = ()
    why: str = ""
    shape: str | None = None
    condition: str = ""
    anew: tuple[str, ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Ran:
    """A migration that their table says was applied.

    Attributes:
        name: what the table says it is for, or "".
        applied_at: RFC 3339, UTC; "" where the table does not say.
        applied_by: who, or "" where the table does not say.
        checksum: of its text, as the tool counts it, or "".
        only_marked: it was taken as done without being run.
        before_history: a baseline: it stands for whatever there was before.
        repeatable: as `Theirs.repeatable`.
    """

    key: str
    name: str = ""
    applied_at: str = ""
    checksum: str = ""
    only_marked: bool = False
    before_history: bool = False
    repeatable: bool = False
    applied_by: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What their table says.

    Attributes:
        ran: in the order in which they were applied.
        problems: why it cannot be believed, a sentence each: a migration that failed half-way.
        passed_over: keys of files that the tool will never run on this database.
    """

    ran: tuple[Ran, ...]
    problems: tuple[str, ...] = ()
    passed_over: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reader:
    """How a tool keeps its history and its files.

    Attributes:
        table: the usual name of its table.
        columns: which its table has, in lower case.
        beside: other tables that it makes for itself.
        read_files: the migrations of a folder, in the order in which the tool would apply them. Raises `Failure`.
        read_table: what the table says. The files are given to tools whose table only holds the newest.
        reads_below: it looks for SQL in folders below, too.
        anew: how to have the tool make an empty database, for tools whose migrations are programs.
        unchecked: a sentence about what its table holds and is not looked at here, or "".
    """

    tool: Tool
    table: str
    columns: frozenset[str]
    read_files: Callable[[Path], Sequence[Theirs]]
    read_table: Callable[[Session, str, Sequence[Theirs]], Record]
    beside: tuple[str, ...] = ()
    reads_below: bool = False
    anew: str = "Have it migrate a new, empty database, and name that"
    unchecked: str = ""

    def keeps(self, name: str, table: str) -> bool:
        """Whether a table of the file is the tool's own.

        Args:
            table: the name of its table of history in this file.
        """
        return fold(name) in {fold(each) for each in (table, *self.beside)}


def put_in(text: str, values: Mapping[str, str]) -> str:
    """A text with the values of its placeholders `${name}`, as they are. One without a value stays."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1].strip(), found[0]), text)


def filled(theirs: Theirs, values: Mapping[str, str]) -> Theirs:
    """A migration with the values of placeholders in its SQL."""

    def fill(text: str | None) -> str | None:
        return text and put_in(text, values)

    if not values:
        return theirs
    return replace(theirs, up=fill(theirs.up), down=fill(theirs.down), shape=fill(theirs.shape))


def moment(value: SqlValue) -> str:
    """A moment as tools write it, as RFC 3339 in UTC; "" where it cannot be read. Without an offset it is UTC."""
    try:
        if isinstance(value, int) or _COUNTED.fullmatch(str(value)):
            value = int(str(value))
            seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else value
            return clock.to_text(datetime.fromtimestamp(seconds, UTC))
        found = datetime.fromisoformat(str(value).strip())
        return clock.to_text(found if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError, OSError):
        return ""
