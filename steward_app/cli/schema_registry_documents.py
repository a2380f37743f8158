"""What `steward schema register`, `versions` and `compat` print with `--json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from steward_app.catalog.schema_versions import Mode, Version
from steward_app.cli.migrate.diff_documents import QuestionItem, question_item
from steward_app.kernel.plan import Json
from steward_app.services.migrate.desired.model import Desired
from steward_app.services.schema.registry.model import Breach, Incompatibility
from steward_app.services.schema.registry.register import Compared, Forms


@dataclass(frozen=True, slots=True)
class RegisteredItem:
    """A table that was to be registered, and has the form of its newest version already."""

    id: str
    table: str
    version: int


@dataclass(frozen=True, slots=True)
class VersionItem:
    """A version of a table.

    Attributes:
        id: table and number, "visit/2".
        mode: what the policy promises of the table.
        document: JSON Schema of a row.
        statements: what makes the table and its indexes.
    """

    id: str
    table: str
    version: int
    registered_at: str
    registered_by: str
    mode: Mode
    document: Mapping[str, Json]
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ComparedItem:
    """Two forms of a table.

    Attributes:
        version: the older one.
        to: the newer one, or 0 for that of the file.
        mode: asked for, or promised.
        holds: whether nothing breaks the mode.
        breaches: what breaks it, also in versions before where it is transitive.
    """

    id: str
    table: str
    version: int
    to: int
    mode: Mode
    holds: bool
    incompatibilities: tuple[Incompatibility, ...]
    breaches: tuple[Breach, ...]


@dataclass(frozen=True, slots=True)
class CompatDocument:
    """Forms of tables compared.

    Attributes:
        other: the file whose forms were compared in the place of the database's, or "".
        statements: with --sql, what leads from the one version to the other; else null.
        losses: what rows do not keep on that way, a sentence each.
        questions: what must be decided before there is such a way.
    """

    database: str
    other: str
    items: tuple[ComparedItem, ...]
    statements: tuple[str, ...] | None
    losses: tuple[str, ...]
    questions: tuple[QuestionItem, ...]


def registered_items(found: Forms) -> list[RegisteredItem]:
    """The tables that have the form of their newest version."""
    return [
        RegisteredItem(f"{each.table}/{each.number}", each.table, each.number) for each in found.unchanged
    ]


def version_item(version: Version, mode: Mode) -> VersionItem:
    """A version as it is printed."""
    return VersionItem(
        f"{version.table}/{version.number}",
        *(version.table, version.number, version.registered_at, version.registered_by),
        *(mode, version.document, version.sql),
    )


def compat_document(
    database: Path, other: Path | None, compared: Sequence[Compared], way: Desired | None
) -> CompatDocument:
    """A comparison as it is printed."""
    return CompatDocument(
        str(database),
        str(other) if other else "",
        tuple(
            ComparedItem(
                *(each.table, each.table, each.version, each.to, each.mode, not each.breaches),
                *(each.incompatibilities, each.breaches),
            )
            for each in compared
        ),
        way.statements if way else None,
        way.losses if way else (),
        tuple(map(question_item, way.questions)) if way else (),
    )
