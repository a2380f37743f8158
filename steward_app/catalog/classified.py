"""What the classification in the policy means for looking at columns and writing them: for the services that show rows.

The whole classification is `services.privacy.classify`, which lies above them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steward_app.catalog.policy import policy_path, read_policy
from steward_app.catalog.policy_words import Category, Identifies, Level
from steward_app.db.names import fold
from steward_app.storage.shipped import resource

if TYPE_CHECKING:
    from steward_app.catalog.policy_privacy import ClassificationPolicy, ColumnClass, Handling


@dataclass(frozen=True, slots=True)
class Handled:
    """What a level asks for.

    Attributes:
        encrypted_backups: every restore point that holds it lies encrypted.
        audit: changes of its table are logged.
        no_plain_export: it is written to a plain file only where somebody says so for that file.
    """

    encrypted_backups: bool = False
    audit: bool = False
    no_plain_export: bool = False


@dataclass(frozen=True, slots=True)
class Classified:
    """Which columns are hidden until asked for, and which are not written to plain files. Names compare as in SQLite.

    Attributes:
        personal, other: columns that were decided to be personal, and not to be.
        other_tables: tables of which no row is linked to a person.
        guarded: columns that are not written to plain files unless somebody says so.
    """

    personal: frozenset[tuple[str, str]] = frozenset()
    other: frozenset[tuple[str, str]] = frozenset()
    other_tables: frozenset[str] = frozenset()
    guarded: frozenset[tuple[str, str]] = frozenset()

    def is_personal(self, table: str, column: str) -> bool | None:
        """What was decided of a column; None where nobody did."""
        place = (fold(table), fold(column))
        if place in self.personal:
            return True
        return False if place in self.other or place[0] in self.other_tables else None

    def is_guarded(self, table: str, column: str) -> bool:
        """Whether it is not written to plain files unless somebody says so."""
        return (fold(table), fold(column)) in self.guarded


NOTHING = Classified()
"""Of a database without decisions."""


def classified(database: Path) -> Classified:
    """What the policy of a database says of its columns. Reads the file again only where it was changed.

    Raises as `read_policy` does.
    """
    try:
        is_now = policy_path(database).stat()
    except OSError:
        return NOTHING
    return _classified(database, (is_now.st_ino, is_now.st_mtime_ns, is_now.st_size))


def handling(said: Mapping[str, Handling]) -> Mapping[Level, Handled]:
    """What each level asks for: as shipped, with what a policy says over it."""
    words = [field.name for field in fields(Handled)]
    own = {level: said.get(level.value) for level in Level}
    return {
        level: Handled(
            **{
                word: bool(shipped.get(word)) if (mine := getattr(own[level], word, None)) is None else mine
                for word in words
            }
        )
        for level, shipped in _shipped_handling().items()
    }


def is_decided(column: ColumnClass) -> bool:
    """Whether something is said of a column that makes it personal, or not."""
    return bool(column.not_personal) or says_personal(column)


def says_personal(column: ColumnClass) -> bool:
    """Whether what is said of a column makes it personal."""
    return bool(column.type) or column.identifies is not None or column.category is not None


def level_of(column: ColumnClass) -> Level | None:
    """The level that is said of a column, or that of its type; None where it is not personal and none is said.

    A type nobody knows is handled like the worst; what is personal without a type, by what it is to a person.
    """
    if column.level is not None or not says_personal(column):
        return column.level
    if column.type:
        return _levels_of_types().get(column.type, Level.RESTRICTED)
    if column.category not in (None, Category.ORDINARY):
        return Level.RESTRICTED
    return Level.CONFIDENTIAL if column.identifies is Identifies.DIRECT else Level.INTERNAL


@lru_cache(maxsize=8)
def _classified(database: Path, _as_it_is: tuple[int, int, int]) -> Classified:
    said = read_policy(database).policy.classification
    return NOTHING if said is None else _meaning(said)


def _meaning(said: ClassificationPolicy) -> Classified:
    asked = handling(said.handling)
    personal, other, guarded = set(), set(), set()
    for table, column, each in (
        (fold(table), fold(name), each)
        for table, of_table in said.tables.items()
        for name, each in of_table.columns.items()
    ):
        states = (each, *each.paths.values())
        if any(map(says_personal, states)):
            personal.add((table, column))
        elif each.not_personal:
            other.add((table, column))
        if any((level := level_of(state)) is not None and asked[level].no_plain_export for state in states):
            guarded.add((table, column))
    tables = frozenset(fold(name) for name, table in said.tables.items() if table.not_personal)
    return Classified(frozenset(personal), frozenset(other), tables, frozenset(guarded))


@lru_cache(maxsize=1)
def _levels_of_types() -> Mapping[str, Level]:
    return {name: Level(said["level"]) for name, said in _shipped("kinds")["kinds"].items()}


@lru_cache(maxsize=1)
def _shipped_handling() -> Mapping[Level, Mapping[str, bool]]:
    said = _shipped("handling")["handling"]
    return {level: said.get(level.value) or {} for level in Level}


def _shipped(name: str) -> dict[str, dict[str, dict[str, Any]]]:
    from ruamel.yaml import YAML

    found: dict[str, dict[str, dict[str, Any]]] = YAML(typ="safe", pure=True).load(
        resource("rules", "privacy", f"{name}.yaml")
    )
    return found
