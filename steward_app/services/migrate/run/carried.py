"""What the policy says of tables and columns goes on where a migration put them, and comes back when it is taken back.

Neither the file nor the journal is written together with the policy. So the journal first says which policy is about to
be written anew: after a crash that tells whether it was, also where doing it twice would undo it, as with two columns
that swap their names.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from steward_app.catalog import journal
from steward_app.catalog.journal import Phase
from steward_app.catalog.policy import PolicyDocument, read_policy
from steward_app.catalog.policy_names import NewName
from steward_app.db import fold
from steward_app.kernel.errors import StewardError
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate import moves
from steward_app.services.migrate.model import Applied
from steward_app.services.migrate.rehearsal.model import Renamed
from steward_app.services.operation import Scope

OPERATION = "migrate.policy"
_MOST_LOOKED_AT = 10_000


def carry_policy(scope: Scope, file: str, renames: Sequence[Renamed]) -> str:
    """Say under the new names what the policy of a database says under the old; what came of it, or "".

    The migration is done by then, so nothing is raised: what could not be carried along is told.

    Args:
        scope: of the operation that the migration is a part of.
        file: the migration, by a name that it has alone in the operation.
    """
    if not renames:
        return ""
    what = _counted(renames)
    try:
        policy = read_policy(scope.path)
        if not policy.exists:
            return ""
        before = policy.text()
        policy.carry([_new_name(each) for each in renames])
        if policy.text() == before:
            return ""
        _tell(scope, file, f"The policy follows {what}", before)
        policy.save()
    except StewardError as error:
        return f"the policy could not follow {what}: {error.message}"
    return f"the policy follows {what}"


def carry_policy_after(scope: Scope, file: str, renames: Sequence[Renamed]) -> str:
    """As `carry_policy`, where a crash came between: nothing where the policy was written already."""
    with scope.catalog.reading() as session:
        told = journal.events(
            session,
            operation=OPERATION,
            operation_id=scope.operation_id,
            phases=(Phase.NOTE,),
            limit=_MOST_LOOKED_AT,
        )
    begun = next((each.data for each in told if each.data.get("file") == file), None)
    try:
        if begun is not None and begun.get("policy") != _digest(read_policy(scope.path)):
            return ""
    except StewardError:
        pass  # told where it is carried
    return carry_policy(scope, file, renames)


def _tell(scope: Scope, file: str, sentence: str, before: str) -> None:
    with scope.catalog.unit() as unit:
        journal.append(
            unit,
            Phase.NOTE,
            OPERATION,
            operation_id=scope.operation_id,
            database_id=scope.database_id,
            details={"sentence": sentence, "file": file, "policy": _digest_of(before)},
        )
        unit.commit()


def _digest(policy: PolicyDocument) -> str:
    return _digest_of(policy.text())


def _digest_of(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _new_name(each: Renamed) -> NewName:
    if not each.table:
        return NewName(each.before, "", each.after)
    return NewName(each.table, each.before, each.after, each.into, each.comes_by, each.goes_by)


def _counted(renames: Sequence[Renamed]) -> str:
    moved = sum(bool(each.into) for each in renames)
    names = len(renames) - moved
    return " and ".join(
        ([plural(names, "new name")] if names else [])
        + ([plural(moved, "column that moved", "columns that moved")] if moved else [])
    )


def renames_of(row: Applied) -> tuple[Renamed, ...]:
    """What a migration of the history gave other names, and what it moved."""
    return tuple(Renamed(*each) for each in row.renames)


def turned(renames: Sequence[Renamed]) -> tuple[Renamed, ...]:
    """What leads back."""
    tables = {fold(each.before): each.after for each in renames if not each.table}

    def back(each: Renamed) -> Renamed:
        if each.into:
            return moves.back([each])[0]
        return Renamed(tables.get(fold(each.table), each.table), each.after, each.before)

    return tuple(map(back, renames))


def told(renames: Sequence[Renamed]) -> tuple[str, ...]:
    """What gets another name or place, a sentence each."""
    return tuple(map(_sentence, renames))


def _sentence(each: Renamed) -> str:
    if not each.table:
        return f"{quoted(each.before)} is called {quoted(each.after)} afterwards."
    column = f"{quoted(each.table)}.{quoted(each.before)}"
    if each.into:
        return f"{column} is {quoted(each.into)}.{quoted(each.after)} afterwards."
    return f"{column} is called {quoted(each.after)} afterwards."
