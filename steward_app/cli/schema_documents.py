"""The documents of `steward schema` that no service has. Apart from the commands, since their types must be loaded."""

from __future__ import annotations

from dataclasses import dataclass

from steward_app.kernel.finding import Finding, Subject
from steward_app.services.schema.check import CheckedConstraint
from steward_app.services.schema.diff import ChangeKind, Difference, RenameHint
from steward_app.services.schema.model import Settings, Table


@dataclass(frozen=True, slots=True)
class CheckDocument:
    """A check for scripts.

    Attributes:
        integrity: "ok", "damaged", "partly checked" or "not checked".
        complete: False when it was stopped before its end.
        items: the findings, worst first.
        constraints: every constraint with its state.
    """

    database: str
    integrity: str
    complete: bool
    started_at: str
    finished_at: str
    items: tuple[Finding, ...]
    constraints: tuple[CheckedConstraint, ...]


@dataclass(frozen=True, slots=True)
class TableItem(Table):
    """A table with the `id` that `--table` accepts: its name.

    Attributes:
        id: the name as it stands in the file.
    """

    id: str = ""


@dataclass(frozen=True, slots=True)
class SchemaDocument:
    """A schema for scripts.

    Attributes:
        hash: BLAKE3 over the stored text of every object; the same for two files with the same schema.
        safe_mode: True when the stored schema is damaged and SQLite refuses parts of it.
        problems: what could not be read.
        items: tables, views and virtual tables in the order of the file.
    """

    database: str
    hash: str
    settings: Settings
    safe_mode: bool
    problems: tuple[Finding, ...]
    items: tuple[TableItem, ...]


@dataclass(frozen=True, slots=True)
class ChangeItem:
    """One object that is not the same in both files.

    Attributes:
        id: kind of change and object; the same for the same change.
        kind: "added", "removed" or "changed".
        subject: the object.
        differences: what changed in it; empty where it came or went as a whole.
        sentence: the change for a person.
    """

    id: str
    kind: ChangeKind
    subject: Subject
    differences: tuple[Difference, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class DiffDocument:
    """Two schemas compared.

    Attributes:
        before: the file it starts from.
        after: the file it is compared with.
        identical: True when nothing differs.
        renames: what may have been renamed rather than removed and added.
        items: what differs, in the order of the tables.
    """

    before: str
    after: str
    identical: bool
    renames: tuple[RenameHint, ...]
    items: tuple[ChangeItem, ...]
