"""Which columns a copy has as they were, and how many of them are personal: one count for plans and reports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from steward_app.db import fold
from steward_app.kernel.text import plural
from steward_app.services.privacy.anonymize.findings import follows
from steward_app.services.privacy.anonymize.kept_personal import how_personal
from steward_app.services.privacy.classify.model import Classification
from steward_app.services.privacy.discover.model import Scan
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.schema.model import Schema, TableKind


@dataclass(frozen=True, slots=True)
class KeptColumns:
    """The columns of ordinary tables that no rule changes.

    Attributes:
        personal: how many of them were decided or found to be personal; None where nobody ever looked.
    """

    places: tuple[Place, ...]
    personal: int | None

    @property
    def by_table(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The names of the columns, table by table."""
        found: dict[str, list[str]] = {}
        for place in self.places:
            found.setdefault(place.table, []).append(place.column)
        return tuple((table, tuple(names)) for table, names in found.items())

    @property
    def sentences(self) -> tuple[str, ...]:
        """What a plan says of them; () where every column is changed."""
        return (f"{in_words(len(self.places), self.personal)}.",) if self.places else ()


def kept_columns(
    schema: Schema, rules: ReleaseRules, scan: Scan | None, decided: Classification
) -> KeptColumns:
    """The columns that a copy has as they were.

    Args:
        schema: of the original, or of the copy.
        rules: with what follows from them.
        scan, decided: of the original.
    """
    places = tuple(_kept(schema, rules))
    if scan is None and not decided.decisions:
        return KeptColumns(places, None)
    return KeptColumns(places, sum(how_personal(place, scan, decided) is not None for place in places))


def _kept(schema: Schema, rules: ReleaseRules) -> Iterator[Place]:
    changed = {rule.place for rule in rules.rules if rule.technique is not Technique.KEEP}
    changed |= {Place(rule.place.table, rule.place.column) for rule in rules.rules if rule.place.path}
    empty = set(map(fold, rules.empty))
    for table in schema.tables:
        if table.kind is not TableKind.TABLE or table.ours or fold(table.name) in empty:
            continue
        for column in table.columns:
            place = Place(table.name, column.name)
            if place not in changed and not follows(table, column, rules):
                yield place


def in_words(count: int, personal: int | None) -> str:
    """How many columns go along as they were: the beginning of a sentence."""
    told = f"{plural(count, 'column')} {'goes' if count == 1 else 'go'} along unchanged"
    if personal is None:
        return told
    if not personal:
        return f"{told}, {'not' if count == 1 else 'none of them'} known to be personal"
    return f"{told}, {'and is' if count == 1 else f'{personal:,} of them'} personal"
