"""Where a sheet says otherwise than what the program knows itself: who holds the original, and what was measured.

A person answers for the sheet, and may know better. So a contradiction stops nobody: it is told before the sheet is
recorded, and what is known stands in the record beside what was said.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from steward_app.catalog import Catalog, identity, points
from steward_app.catalog.points import PointState
from steward_app.kernel.text import plural, quoted
from steward_app.services.privacy.along import groups_in_words
from steward_app.services.privacy.anonymize.model import CopyRisk, Release, Sheet

_NOBODY: Final = re.compile(
    r"\W*(nobody|no[ -]?one|none|nil|n/?a|not (any|held|kept)|it (was|is) (deleted|destroyed|gone)|(deleted|destroyed)"
    r"|niemand|keiner|personne|aucun|nadie|nessuno|ninguém|nikt|niko)\b|\W*$",
    re.IGNORECASE,
)
_K: Final = re.compile(r"\bk\s*(?:=|≥|>=|>|:|is|of)\s*(?:at least\s*)?(\d[\d,]*)", re.IGNORECASE)
_WORDS: Final = re.compile(r"\w+")


def held_here(catalog: Catalog, release: Release) -> tuple[str, ...]:
    """Where the original of a copy is known to lie, as far as this computer knows; a sentence each."""
    with catalog.reading() as session:
        found = [
            each
            for each in points.of_database(session, release.database_id)
            if each.state is not PointState.MISSING
            and (not release.in_place or each.made_at < release.made_at)
        ]
        known = [each for each in identity.every(session) if each.id == release.database_id]
    told = []
    if not release.in_place:
        told = [
            f"The original, {quoted(each.path.name)}, lies on this computer."
            for each in known
            if each.path.exists()
        ]
    if found:
        hold = "holds" if len(found) == 1 else "hold"
        told.append(f"{plural(len(found), 'restore point')} known here {hold} the original.")
    return tuple(told)


def contradictions(release: Release, sheet: Sheet, held: Sequence[str]) -> tuple[str, ...]:
    """Each of them as a sentence: what the sheet says, and what is known.

    Args:
        held: what `held_here` told.
    """
    return (*_of_original(sheet, held), *_of_measures(release, sheet))


def _of_original(sheet: Sheet, held: Sequence[str]) -> Iterator[str]:
    if held and _NOBODY.match(sheet.holds_original):
        yield f"The sheet says of who holds the original: {quoted(sheet.holds_original, 60)}. {' '.join(held)}"


def _of_measures(release: Release, sheet: Sheet) -> Iterator[str]:
    """A k on the sheet that is above what was measured when the copy was made, of the table and columns that it names.

    Over more columns the groups are smaller: so a k over some is contradicted by one over these or fewer, and where the
    sheet names no columns, by any. A line that says exactly what was measured is held against that alone: other groups
    may have been counted over other rows. Several lines that one measure contradicts are one sentence.
    """
    measured = [each for each in release.risks if each.counts]
    told: set[tuple[str, str]] = set()
    for line in sheet.measures:
        said = [int(number.replace(",", "")) for number in _K.findall(line)]
        words = _WORDS.findall(line.casefold())
        tables = [each.table for each in release.risks if _says(words, (each.table,))]
        first = min(tables, key=lambda table: words.index(_WORDS.findall(table.casefold())[0]), default="")
        named = [each for each in measured if each.table == first] if first else measured
        exactly = _exactly(line, [each for each in release.risks if each.table == first])
        if exactly:
            named = [each for each in exactly if each.counts]
        elif any(_says(words, (column,)) for each in named for column in each.by):
            named = [each for each in named if _says(words, each.by)]
        least = min(named, key=lambda each: each.k, default=None)
        if said and least is not None and max(said) > least.k:
            by = groups_in_words(least.by, least.leading_to)
            if (least.table, by) not in told:
                told.add((least.table, by))
                yield (
                    f"The sheet says: {quoted(line, 60)}. When the copy was made, k = {least.k:,} was measured in"
                    f" {quoted(least.table)}, by {by}."
                )


def _exactly(line: str, measured: Sequence[CopyRisk]) -> list[CopyRisk]:
    """What was measured by the very columns and of the very rows that a line names, as the program itself writes it."""
    words = [(groups_in_words(each.by, each.leading_to), each) for each in measured if each.by]
    found = [(by, each) for by, each in words if by in line]
    longest = max((len(by) for by, _ in found), default=0)
    return [each for by, each in found if len(by) == longest]


def _says(words: Collection[str], names: Iterable[str]) -> bool:
    """Whether all these names stand among some words."""
    wanted = [word for name in names for word in _WORDS.findall(name.casefold())]
    return bool(wanted) and all(word in words for word in wanted)
