"""What the policy says of tables and columns goes on where a migration put them, and comes back when it is taken back.

Neither the file nor the journal is written together with the policy. So the journal first says which policy is about to
be written anew: after a crash that tells whether it was, also where doing it twice would undo it, as with two columns
that swap their names.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

from steward_app.catalog import Catalog, journal
from steward_app.catalog.journal import Phase
from steward_app.catalog.policy import PolicyDocument, policy_path, read_policy
from steward_app.catalog.policy_names import Link, NewName, Said, Twin
from steward_app.db import fold, open_read
from steward_app.kernel.errors import StewardError
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate import moves
from steward_app.services.migrate.model import Applied
from steward_app.services.migrate.rehearsal.model import Renamed, renamed
from steward_app.services.migrate.run.carried_filters import carry_filters
from steward_app.services.migrate.run.followed import Followed, note_of
from steward_app.services.operation import Scope
from steward_app.services.schema.introspect import read_schema
from steward_app.storage import is_there

OPERATION = "migrate.policy"
_WAITS = (
    "A rule for copies goes along where it fits a part of the value; else no copy is made before the new column has a"
    " rule of its own."
)


def follow(
    scope: Scope,
    file: str,
    renames: Sequence[Renamed],
    takes_back: Followed | None = None,
    later: Sequence[Sequence[Renamed]] = (),
) -> str:
    """Say under the new names what policy and kept filters say under the old; what came of it, or "".

    The migration is done by then, so nothing is raised: what could not be carried along is told.

    Args:
        scope: of the operation that the migration is a part of.
        file: the migration, by a name that it has alone in the operation.
        takes_back: the migration that is taken back: what was said of columns that went with it is said again.
        later: what will be carried after it, and the file has already: one that is restored goes back all at once.
    """
    said = (_carry_policy(scope, file, renames, takes_back, later), carry_filters(scope, file, renames))
    return "; ".join(filter(None, said))


def follow_after(
    scope: Scope,
    file: str,
    renames: Sequence[Renamed],
    takes_back: Followed | None = None,
    later: Sequence[Sequence[Renamed]] = (),
) -> str:
    """As `follow`, where a crash came between: what was written already is not written again."""
    begun = note_of(scope.catalog, OPERATION, Followed(scope.operation_id, file))
    try:
        if begun is not None and begun.get("policy") != _digest(read_policy(scope.path)):
            return carry_filters(scope, file, renames)
    except StewardError:
        pass  # told where it is carried
    return follow(scope, file, renames, takes_back, later)


def _carry_policy(
    scope: Scope,
    file: str,
    renames: Sequence[Renamed],
    takes_back: Followed | None,
    later: Sequence[Sequence[Renamed]],
) -> str:
    """The part of `follow` that the policy is."""
    if not renames:
        return ""
    what = _counted(renames)
    try:
        policy = read_policy(scope.path)
        if not policy.exists:
            return ""
        before = policy.text()
        kept = _gone(scope.catalog, takes_back) if takes_back else ()
        gone = policy.carry([_new_name(each) for each in renames], _links(scope, later), kept)
        if policy.text() == before:
            return ""
        _tell(scope, file, f"The policy follows {what}", before, gone)
        policy.save()
    except StewardError as error:
        return f"the policy could not follow {what}: {error.message}"
    return f"the policy follows {what}"


def _gone(catalog: Catalog, of: Followed) -> tuple[Said, ...]:
    """What was said of columns that a migration ended."""
    note = note_of(catalog, OPERATION, of) or {}
    return tuple((tuple(map(str, path)), value) for path, value in note.get("gone", ()))


def _links(scope: Scope, later: Sequence[Sequence[Renamed]]) -> list[Link]:
    """The foreign keys of the file, by the names that they have before what is carried later."""
    with open_read(scope.path) as session:
        schema = read_schema(session)
    links = [
        Link(table.name, key.columns, key.parent_table, tuple(key.parent_columns))
        for table in schema.tables
        for key in table.foreign_keys
    ]
    for step in reversed(later):
        links = _called_before(links, step)
    return links


def _called_before(links: Sequence[Link], step: Sequence[Renamed]) -> list[Link]:
    """Links by the names before a step, by those after it."""
    tables = {fold(each.after): each.before for each in step if not each.table}
    columns = {
        (fold(each.table), fold(each.after)): each.before for each in step if each.table and not each.into
    }
    found = []
    for link in links:
        table = tables.get(fold(link.table), link.table)
        names = tuple(columns.get((fold(table), fold(name)), name) for name in link.columns)
        parent = tables.get(fold(link.parent), link.parent)
        theirs = tuple(columns.get((fold(parent), fold(name)), name) for name in link.parent_columns)
        found.append(Link(table, names, parent, theirs))
    return found


def _tell(scope: Scope, file: str, sentence: str, before: str, gone: Sequence[Said]) -> None:
    kept = json.loads(json.dumps(gone, default=str))  # a day that was written without quotes is a text again
    with scope.catalog.unit() as unit:
        journal.append(
            unit,
            Phase.NOTE,
            OPERATION,
            operation_id=scope.operation_id,
            database_id=scope.database_id,
            details={
                "sentence": sentence,
                "file": file,
                "policy": _digest_of(before),
                **({"gone": kept} if kept else {}),
            },
        )
        unit.commit()


def _digest(policy: PolicyDocument) -> str:
    return _digest_of(policy.text())


def _digest_of(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _new_name(each: Renamed) -> NewName:
    if not each.table:
        return NewName(each.before, "", each.after, of_table=True)
    return NewName(each.table, each.before, each.after, each.into, each.comes_by, each.goes_by, each.twin)


def _counted(renames: Sequence[Renamed]) -> str:
    moved = sum(bool(each.into) for each in renames)
    beside = sum(bool(each.twin) and not each.twin.goes for each in renames)
    ended = len({(each.table, each.before) for each in renames if each.twin.goes})
    names = sum(not each.into and not each.twin for each in renames)
    parts = [
        *([plural(names, "new name")] if names else []),
        *([plural(moved, "column that moved", "columns that moved")] if moved else []),
        *([plural(beside, "column beside another", "columns beside others")] if beside else []),
        *([plural(ended, "column that goes", "columns that go")] if ended else []),
    ]
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def renames_of(row: Applied) -> tuple[Renamed, ...]:
    """What a migration of the history gave other names, and what it moved."""
    return tuple(renamed(each) for each in row.renames)


def turned(renames: Sequence[Renamed]) -> tuple[Renamed, ...]:
    """What leads back."""
    tables = {fold(each.before): each.after for each in renames if not each.table}

    def back(each: Renamed) -> Renamed:
        if each.into:
            return moves.back([each])[0]
        table = tables.get(fold(each.table), each.table)
        if each.twin:
            return moves.back([replace(each, table=table)])[0]
        return Renamed(table, each.after, each.before)

    return tuple(map(back, renames))


def told(database: Path, renames: Sequence[Renamed]) -> tuple[str, ...]:
    """What gets another name or place, and what its policy says of columns beside others, a sentence each."""
    says = _speaks_of_columns(database)
    named = (_sentence(each) for each in renames if each.twin in (Twin.NO, Twin.AGAIN))
    twins = [each for each in renames if each.twin and says]
    waits = [_WAITS] if any(each.twin is Twin.PART_BESIDE for each in twins) else []
    return (*named, *dict.fromkeys(map(_of_policy, twins)), *waits)


def _speaks_of_columns(database: Path) -> bool:
    """Whether a policy says more than where the migrations stand and what is promised of tables."""
    if not is_there(policy_path(database)):
        return False
    try:
        policy = read_policy(database).policy
    except StewardError:  # told where it is carried
        return True
    return bool(policy.model_dump(exclude={"version", "migrations", "compatibility"}, exclude_defaults=True))


def _of_policy(each: Renamed) -> str:
    was, now = f"{quoted(each.table)}.{quoted(each.before)}", f"{quoted(each.table)}.{quoted(each.after)}"
    match each.twin:
        case Twin.BESIDE:
            return f"What the policy says of {was} it says of {now}, too."
        case Twin.PART_BESIDE:
            return f"The policy classifies {now} as it does {was}."
        case Twin.AGAIN | Twin.PART_AGAIN:
            return f"The policy says of {now} again what it said."
    return f"What the policy says of {was} goes. What it says of {now} stays."


def _sentence(each: Renamed) -> str:
    if not each.table:
        return f"{quoted(each.before)} is called {quoted(each.after)} afterwards."
    column = f"{quoted(each.table)}.{quoted(each.before)}"
    if each.into:
        return f"{column} is {quoted(each.into)}.{quoted(each.after)} afterwards."
    return f"{column} is called {quoted(each.after)} afterwards."
