"""The forms of tables beside the versions that were registered; `migrate.registering` makes those."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from steward_app.catalog import Catalog, identity, schema_versions
from steward_app.catalog.schema_versions import Mode, Version
from steward_app.db import ReadSession, Session, fold
from steward_app.db.tokens import same_meaning
from steward_app.kernel.errors import ErrorCode, Refused, UsageError
from steward_app.kernel.plan import Json
from steward_app.kernel.progress import Context
from steward_app.kernel.text import plural, quoted
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema, Table
from steward_app.services.schema.registry.compare import compare, removed
from steward_app.services.schema.registry.document import document_of, is_registered, statements
from steward_app.services.schema.registry.model import Breach, Incompatibility
from steward_app.services.schema.registry.promises import Promises, breaches_of

_UNCHANGED = "Nothing was registered."


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms that tables have now.

    Attributes:
        new: the next versions of those that have another form than their newest; nobody registered them yet.
        unchanged: the newest versions of the others.
    """

    new: tuple[Version, ...]
    unchanged: tuple[Version, ...]


class Breaks(Refused):
    """Tables have a form that breaks what the policy promises."""

    def __init__(self, database: Path, breaches: tuple[Breach, ...]) -> None:
        first = breaches[0]
        more = f", and {plural(len(breaches) - 1, 'more reason')}" if len(breaches) > 1 else ""
        super().__init__(
            ErrorCode.BLOCKED,
            f"{quoted(first.table)} of {quoted(database.name)} breaks the promise “{first.mode}” to"
            f" {_version(first.version)}: {first.incompatibility.message}{more}.",
            hint=f"{_UNCHANGED} “steward schema compat” lists every reason. Change the table, or what the policy"
            " promises.",
        )
        self.breaches = breaches


def forms(
    catalog: Catalog,
    database_id: str,
    session: Session,
    tables: Sequence[str] = (),
    context: Context | None = None,
) -> Forms:
    """The form that tables have now, as their next version where it is another one than their newest.

    Args:
        session: the file; it is only read.
        tables: by name; all where none is named.

    Raises:
        Refused: a form breaks what the policy promises (`Breaks`).
        UsageError: there is no such table, or it has no form to be registered.
    """
    schema = read_schema(session, context or Context())
    found = [(table, document_of(table)) for table in _chosen(schema, tables)]
    promises = Promises.of(session.path)
    with catalog.reading() as reading:
        kept = _by_table(schema_versions.every(reading, database_id))
    broken = [
        breach
        for table, document in found
        for breach in breaches_of(
            table.name, promises.mode(table.name), kept.get(fold(table.name), []), document
        )
    ]
    if broken:
        raise Breaks(session.path, tuple(broken))
    new, unchanged = [], []
    for table, document in found:
        newest = next(reversed(kept.get(fold(table.name), [])), None)
        if newest is not None and _same(newest, document, statements(table)):
            unchanged.append(newest)
        else:
            number = newest.number + 1 if newest else 1
            new.append(Version(table.name, number, "", "", document, statements(table)))
    return Forms(tuple(new), tuple(unchanged))


def versions(catalog: Catalog, session: ReadSession) -> tuple[Version, ...]:
    """Every version of every table of a database, by table, the oldest first. Nothing is remembered of the look."""
    return kept_versions(catalog, session.path, session)


def kept_versions(catalog: Catalog, path: Path, session: Session) -> tuple[Version, ...]:
    """The same, for a file that stands at a path."""
    found = identity.judge(catalog, path, session)
    if not isinstance(found, identity.Recognised):
        raise identity.unanswered(found)
    with catalog.reading() as reading:
        return schema_versions.every(reading, found.database.id)


def version_of(kept: Iterable[Version], table: str, number: int = 0) -> Version:
    """A version of a table; 0 is its newest. Raises `UsageError` where there is none."""
    mine = [version for version in kept if fold(version.table) == fold(table)]
    for version in reversed(mine):
        if number in (0, version.number):
            return version
    what = f"version {number} of {quoted(table)}" if mine else f"version of {quoted(table)}"
    raise UsageError(
        ErrorCode.UNKNOWN_OBJECT,
        f"There is no {what}.",
        hint="“steward schema versions” lists what there is, “steward schema register” makes the first.",
    )


@dataclass(frozen=True, slots=True)
class Compared:
    """A form of a table beside a version.

    Attributes:
        version: the older form's number.
        to: what the newer form is: the number of a version, or 0 for that of a file.
        promise: what the policy promises of the table.
        incompatibilities: in both directions.
        breaches: those that break the mode asked for, or the promise, also to versions before where it is transitive.
    """

    table: str
    version: int
    to: int
    mode: Mode
    incompatibilities: tuple[Incompatibility, ...]
    breaches: tuple[Breach, ...]


def compare_tables(
    kept: Sequence[Version],
    schema: Schema,
    promises: Promises,
    tables: Sequence[str] = (),
    mode: Mode | None = None,
) -> tuple[Compared, ...]:
    """The tables of a schema beside their versions; those that have a version and are gone, too.

    Args:
        tables: by name; all that have a version where none is named.
        mode: asked for in the place of what is promised.
    """
    known = _by_table(kept)
    for name in tables:
        version_of(kept, name)
    found = []
    for folded, mine in known.items():
        if tables and folded not in map(fold, tables):
            continue
        newest = mine[-1]
        held = mode if mode is not None else promises.mode(newest.table)
        table = schema.table(newest.table)
        document = document_of(table) if table is not None and is_registered(table) else None
        reasons = removed() if document is None else compare(newest.document, document)
        found.append(
            Compared(
                *(newest.table, newest.number, 0, held, reasons),
                breaches_of(newest.table, held, mine, document),
            )
        )
    return tuple(found)


def compare_versions(kept: Sequence[Version], table: str, older: int, newer: int, mode: Mode) -> Compared:
    """Two versions of a table; with a transitive mode, every version before the newer one too."""
    one, other = version_of(kept, table, older), version_of(kept, table, newer)
    before = [each for each in kept if fold(each.table) == fold(table) and each.number < other.number]
    held = before if mode.transitive else [one]
    return Compared(
        *(other.table, one.number, other.number, mode, compare(one.document, other.document)),
        breaches_of(other.table, mode, held, other.document),
    )


def _chosen(schema: Schema, names: Sequence[str]) -> list[Table]:
    if not names:
        return [table for table in schema.tables if is_registered(table)]
    return [_table(schema.table, name) for name in dict.fromkeys(names)]


def _table(find: Callable[[str], Table | None], name: str) -> Table:
    table = find(name)
    if table is None or not is_registered(table):
        why = "is no table with rows of its own" if table else "is not in this file"
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"{quoted(name)} {why}.",
            hint=f"{_UNCHANGED} “steward schema show” lists what there is.",
        )
    return table


def _by_table(kept: Iterable[Version]) -> dict[str, list[Version]]:
    found: dict[str, list[Version]] = {}
    for version in kept:
        found.setdefault(fold(version.table), []).append(version)
    return found


def _same(version: Version, document: Mapping[str, Json], sql: Sequence[str]) -> bool:
    """Whether a form says what a version says: of its rows, and in its text but for spaces and remarks."""
    pairs = zip(version.sql, sql, strict=False)
    texts = len(version.sql) == len(sql) and all(same_meaning(one, other) for one, other in pairs)
    return version.document == document and texts


def _version(number: int) -> str:
    return f"version {number}" if number else "the file as it is"
