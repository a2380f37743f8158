"""Which columns a copy has as they were, and how many of them are personal: one count for plans and reports.

Whatever is told of columns is counted in columns: those that rules say something of, the ones that foreign keys bind to
these, and those of whose JSON only some paths have rules, once each.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace

from steward_app.db import fold
from steward_app.kernel.text import plural
from steward_app.services.privacy.anonymize.findings import follows, ruled
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
        by_rule: for how many of these a rule says so.
        changed: the columns that rules change, and what foreign keys bind to them.
        computed: how many more are computed from changed ones.
    """

    places: tuple[Place, ...]
    personal: int | None
    by_rule: int = 0
    changed: tuple[Place, ...] = ()
    computed: int = 0

    @property
    def by_table(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The names of the columns, table by table."""
        found: dict[str, list[str]] = {}
        for place in self.places:
            found.setdefault(place.table, []).append(place.column)
        return tuple((table, tuple(names)) for table, names in found.items())

    @property
    def sentences(self) -> tuple[str, ...]:
        """What a plan says of all columns: how many are changed, and how many go along; () of none."""
        told = []
        if self.changed:
            are = "is" if len(self.changed) == 1 else "are"
            tables = plural(len({fold(place.table) for place in self.changed}), "table")
            so = "is 1 that is" if self.computed == 1 else f"are {self.computed:,} that are"
            follow = f", and so {so} computed from them" if self.computed else ""
            told.append(f"{plural(len(self.changed), 'column')} in {tables} {are} changed{follow}.")
        if self.places:
            of_these = f", {self.by_rule:,} of these as a rule says" if self.by_rule else ""
            told.append(f"{in_words(len(self.places), self.personal)}{of_these}.")
        return tuple(told)


def kept_columns(
    schema: Schema, rules: ReleaseRules, scan: Scan | None, decided: Classification
) -> KeptColumns:
    """The columns that a copy has as they were.

    Args:
        schema: of the original, or of the copy.
        rules: with what follows from them.
        scan, decided: of the original.
    """
    empty = set(map(fold, rules.empty))
    told = {rule.place for rule in rules.rules if rule.technique is not Technique.KEEP or rule.place.path}
    changed = {replace(place, path="") for place in told if fold(place.table) not in empty}
    others = dict(_others(schema, rules, changed, empty))
    places = tuple(place for place, computed in others.items() if not computed)
    kept = KeptColumns(places, None, changed=tuple(sorted(changed)), computed=sum(others.values()))
    if scan is None and not decided.decisions:
        return kept
    personal = [place for place in places if how_personal(place, scan, decided) is not None]
    return replace(kept, personal=len(personal), by_rule=sum(ruled(rules, place) for place in personal))


def _others(
    schema: Schema, rules: ReleaseRules, changed: Container[Place], empty: Container[str]
) -> Iterator[tuple[Place, bool]]:
    """The columns of ordinary tables that no rule changes, and whether they are computed from changed ones."""
    for table in schema.tables:
        if table.kind is not TableKind.TABLE or table.ours or fold(table.name) in empty:
            continue
        for column in table.columns:
            place = Place(table.name, column.name)
            if place not in changed:
                yield place, follows(table, column, rules)


def in_words(count: int, personal: int | None) -> str:
    """How many columns go along as they were: the beginning of a sentence."""
    told = f"{plural(count, 'column')} {'goes' if count == 1 else 'go'} along unchanged"
    if personal is None:
        return told
    if not personal:
        return f"{told}, {'not' if count == 1 else 'none of them'} known to be personal"
    return f"{told}, {'and is' if count == 1 else f'{personal:,} of them'} personal"
