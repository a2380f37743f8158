"""What the policy promises of the forms that tables will have, and what breaks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from steward_app.catalog.policy import read_policy
from steward_app.catalog.schema_versions import Mode, Version
from steward_app.db import Session, fold
from steward_app.services.schema.model import Schema, Table
from steward_app.services.schema.registry.compare import compare, removed
from steward_app.services.schema.registry.document import document_of, is_registered, statements
from steward_app.services.schema.registry.model import Breach


@dataclass(frozen=True, slots=True)
class Promises:
    """The section `compatibility` of a policy: one mode for all tables, and by table where it is another."""

    default: Mode = Mode.NONE
    tables: Mapping[str, Mode] = field(default_factory=dict)

    @classmethod
    def of(cls, database: Path) -> Promises:
        """What the policy of a database promises. Raises as `read_policy`."""
        section = read_policy(database).policy.compatibility
        if section is None:
            return cls()
        return cls(section.default, {fold(name): mode for name, mode in section.tables.items()})

    def mode(self, table: str) -> Mode:
        """What is promised of a table."""
        return self.tables.get(fold(table), self.default)

    @property
    def any(self) -> bool:
        """Whether anything is promised."""
        return any(mode is not Mode.NONE for mode in (self.default, *self.tables.values()))


def breaches_of(
    table: str, mode: Mode, kept: Sequence[Version], document: Mapping[str, Any] | None
) -> tuple[Breach, ...]:
    """What a form has against a promise: against the newest version, or against all where it is transitive.

    Args:
        kept: versions of the table, the oldest first.
        document: the form, or None where the table is gone.
    """
    held = kept if mode.transitive else kept[-1:]
    return tuple(
        Breach(table, mode, version.number, each)
        for version in reversed(held)
        for each in (removed() if document is None else compare(version.document, document))
        if each.direction in mode.directions
    )


@dataclass(slots=True)
class Held:
    """The forms that promises of one database were made for, to hold other schemas against.

    A table that has a promise and no version is held to the form it has in the file.
    """

    _promised: tuple[tuple[str, Mode, tuple[Version, ...]], ...] = ()
    _found: dict[tuple[str, Table | None], tuple[Breach, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path, session: Session, schema: Schema) -> Held:
        """What is promised of a file, from its policy and the versions in the catalog.

        Where the policy promises nothing, the catalog is not opened. Raises as `read_policy`, and `Refused` where it
        must be said first which database the file is.
        """
        promises = Promises.of(path)
        if not promises.any:
            return cls()
        from steward_app.catalog import open_catalog
        from steward_app.services.schema.registry.register import kept_versions

        with open_catalog() as catalog:
            kept = kept_versions(catalog, path, session)
        return cls.promised(promises, kept, schema)

    @classmethod
    def promised(cls, promises: Promises, kept: Sequence[Version], schema: Schema) -> Held:
        """The same, of versions that are known."""
        versions: dict[str, list[Version]] = {}
        for version in kept:
            versions.setdefault(fold(version.table), []).append(version)
        for table in schema.tables:
            if is_registered(table) and fold(table.name) not in versions:
                form = Version(table.name, 0, "", "", document_of(table), statements(table))
                versions[fold(table.name)] = [form]
        found = [(mine[-1].table, promises.mode(mine[-1].table), tuple(mine)) for mine in versions.values()]
        return cls(tuple(each for each in found if each[1] is not Mode.NONE))

    @property
    def any(self) -> bool:
        """Whether anything is promised of a table that there is or was."""
        return bool(self._promised)

    def breaches(self, schema: Schema) -> Iterator[Breach]:
        """What the tables of a schema have against their promises."""
        for name, mode, versions in self._promised:
            table = schema.table(name)
            if (name, table) not in self._found:
                document = document_of(table) if table is not None and is_registered(table) else None
                self._found[name, table] = breaches_of(name, mode, versions, document)
            yield from self._found[name, table]
