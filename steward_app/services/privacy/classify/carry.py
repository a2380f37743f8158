"""Tables and columns got other names: what was decided about them goes on under the new ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steward_app.catalog import Catalog
from steward_app.catalog.journal import Record
from steward_app.catalog.policy import PolicyDocument, read_policy
from steward_app.catalog.policy_names import Link, NewName
from steward_app.db import open_read
from steward_app.db.names import fold
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.plan import Json, Plan
from steward_app.kernel.progress import Context
from steward_app.kernel.receipt import Receipt
from steward_app.kernel.text import plural, quoted
from steward_app.services.backup import database_id
from steward_app.services.operation import Scope, Undo, run
from steward_app.services.privacy.classify.model import stated_id
from steward_app.services.privacy.classify.operation import PolicyOperation, State
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema

if TYPE_CHECKING:
    from steward_app.catalog.policy_privacy import ReleasePolicy


@dataclass(frozen=True, slots=True)
class Rename:
    """A new name.

    Attributes:
        place: a column by its old name, in the table by its old name; with column "" the table.
    """

    place: Place
    name: str


def carry_renames(
    catalog: Catalog,
    path: Path,
    renames: Sequence[Rename],
    context: Context,
    *,
    within: Scope | None = None,
) -> Receipt:
    """Carry everything that the policy says of renamed tables and columns over to their new names.

    Args:
        within: the scope of an operation that this is a step of, such as a migration.

    Raises `UsageError` where the database has no new name of them, or an old one still, where the policy says nothing
    of any of them, or something of a new name already; else as `run` does.
    """
    known_as = within.database_id if within else database_id(catalog, path, context)
    plan = plan_carry(path, known_as, renames, context)
    return run(CarryRenames(), plan, catalog, context, within=within)


def plan_carry(path: Path, known_as: str, renames: Sequence[Rename], context: Context) -> Plan:
    """Plan it. Raises `UsageError` as `carry_renames` says."""
    with open_read(path, context) as session:
        _require_renamed(path, read_schema(session, context), renames)
    return CarryRenames().plan(CarryRequest(path, known_as, tuple(renames)), context)


@dataclass(frozen=True, slots=True)
class CarryRequest:
    """What was renamed in a database."""

    path: Path
    database_id: str
    renames: tuple[Rename, ...]


class CarryRenames(PolicyOperation[Any]):
    """Says in the policy under new names what it said under old ones."""

    name = "privacy.carry"

    def plan(self, request: CarryRequest, context: Context) -> Plan:
        """Raises `UsageError` where the policy says nothing of any of them, or something of a new name already."""
        document = read_policy(request.path)
        was = _digest(document)
        lines: list[Json] = [
            {"table": each.place.table, "column": each.place.column, "name": each.name}
            for each in request.renames
        ]
        links = _links(request.path, document, context)
        self.edit(document, {"renames": lines, "links": links}, back=False)
        now = _digest(document)
        if was == now:
            raise UsageError(
                ErrorCode.UNKNOWN_OBJECT,
                f"The policy says nothing of {_listed(request.renames)}.",
                hint="It is as it was.",
            )
        return self.planned(
            request.path,
            request.database_id,
            {"renames": lines, "links": links, "was": was, "now": now},
            f"Carry decisions over to {plural(len(request.renames), 'new name')}",
            [f"{quoted(stated_id(each.place))} is {quoted(each.name)} now." for each in request.renames],
        )

    def state(self, document: PolicyDocument, request: Any) -> State:
        found = _digest(document)
        if found == request["now"]:
            return State.AFTER
        return State.BEFORE if found == request["was"] else State.OTHER

    def edit(self, document: PolicyDocument, request: Any, *, back: bool) -> None:
        renames = [_rename(line) for line in request["renames"]]
        document.carry(
            [
                NewName(each.place.table, each.place.column, each.name, of_table=not each.place.column)
                for each in (_backwards(renames) if back else renames)
            ],
            [
                Link(table, tuple(columns), parent, tuple(*theirs))
                for table, columns, parent, *theirs in request.get("links", ())
            ],
        )

    def sentence(self, plan: Plan) -> str:
        renames: Any = plan.request["renames"]
        return f"Carried what was decided over to {plural(len(renames), 'new name')}"

    def inverse(self, done: Record) -> Undo | None:
        request: Any = done.started.data["request"]
        back = CarryRequest(
            Path(str(done.started.data["path"])),
            done.started.database_id,
            tuple(_backwards([_rename(line) for line in request["renames"]])),
        )
        return Undo(self, lambda context: self.plan(back, context))


def _require_renamed(path: Path, schema: Schema, renames: Sequence[Rename]) -> None:
    """Raise `UsageError` where the database does not have a new name, or still has an old one beside it."""
    tables = {fold(each.place.table): each.name for each in renames if not each.place.column}
    given = {(fold(each.place.table) if each.place.column else "", fold(each.name)) for each in renames}
    for each in renames:
        was, name = each.place, tables.get(fold(each.place.table), each.place.table)
        table = schema.table(name)
        if table is None:
            raise _not_there(f"{quoted(path.name)} has no table {quoted(name)}", "Say its name of today.")
        if was.column:
            stays = table.column(was.column) is not None
            if table.column(each.name) is None:
                still = f"{quoted(was.column)} is still there, and keeps what is decided about it."
                raise _not_there(
                    f"{quoted(table.name)} has no column {quoted(each.name)}",
                    still if stays else "Say the name that the column has today.",
                )
            again = (fold(was.table), fold(was.column)) in given
        else:
            stays, again = schema.table(was.table) is not None, ("", fold(was.table)) in given
        if stays and not again:  # two may have changed their names with one another
            raise UsageError(
                ErrorCode.BAD_REQUEST,
                f"{quoted(stated_id(was))} is still in {quoted(path.name)}, beside {quoted(each.name)}.",
                hint="Nothing was changed. What is decided about it stays with it: decisions are carried over only to"
                " a column or table that got another name.",
            )


def _not_there(what: str, then: str) -> UsageError:
    return UsageError(
        ErrorCode.UNKNOWN_OBJECT,
        f"{what}: nothing can be carried over to it.",
        hint=f"Nothing was changed. {then}",
    )


def _backwards(renames: Sequence[Rename]) -> list[Rename]:
    """What takes renames back: the tables have their new names then."""
    tables = {fold(rename.place.table): rename.name for rename in renames if not rename.place.column}
    return [
        Rename(Place(tables.get(fold(each.place.table), each.place.table), each.name), each.place.column)
        if each.place.column
        else Rename(Place(each.name, ""), each.place.table)
        for each in reversed(renames)
    ]


def _rename(line: Any) -> Rename:
    return Rename(Place(line["table"], line["column"]), line["name"])


def _links(path: Path, document: PolicyDocument, context: Context) -> list[Json]:
    """The foreign keys of the file, where rules or lists lead over some of them, or rules are drawn for a column."""
    ways = [each for release in document.policy.releases.values() for each in _ways(release)]
    if not any(ways):
        return []
    with open_read(path, context) as session:
        schema = read_schema(session, context)
    return [
        [table.name, list(key.columns), key.parent_table, list(key.parent_columns)]
        for table in schema.tables
        for key in table.foreign_keys
    ]


def _ways(release: ReleasePolicy) -> Iterator[bool]:
    """Whether each rule and list leads over several foreign keys, or may be drawn for the key that one leads to."""
    for columns in release.tables.values():
        for rule in columns.values():
            for each in (rule, *rule.paths.values()):
                yield each.technique in (Technique.PERMUTE, Technique.TOKEN)
                said = each.options.get("person")
                yield isinstance(said, list) and any(isinstance(hop, list) for hop in said)
    for lists in (release.quasi_identifiers, release.sensitive, release.persons, release.undecided):
        for names in lists.values():
            yield any(">" in name for name in names)


def _digest(document: PolicyDocument) -> str:
    return blake2b(document.text().encode("utf-8"), digest_size=16).hexdigest()


def _listed(renames: Sequence[Rename]) -> str:
    return ", ".join(quoted(stated_id(each.place)) for each in renames[:8])
