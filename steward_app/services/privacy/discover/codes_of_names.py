"""Columns whose codes are made of names, found once it is known which columns hold names (`own_names`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from steward_app.db import ReadSession
from steward_app.kernel.progress import Context
from steward_app.services.privacy.discover.model import ColumnScan, Evidence, Source, Verdict
from steward_app.services.privacy.discover.sentences import percent
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Identifies, Place, Technique
from steward_app.services.privacy.own_names import NAMES, codes_of_names
from steward_app.services.schema.model import Schema

NAME_CODE: Final = "name_code"
_ROWS: Final = 1_000
_DIFFERENT: Final = 8


def with_codes_of_names(
    session: ReadSession, schema: Schema, columns: Sequence[ColumnScan], context: Context
) -> tuple[ColumnScan, ...]:
    """The columns, those among them that hold codes made of names as what they are."""
    names = [
        each.place
        for each in columns
        if each.kind in NAMES and each.verdict is Verdict.PERSONAL and not each.place.path
    ]
    if not names:
        return tuple(columns)
    with session.under(context), session.snapshot():
        return tuple(
            _looked_at(session, schema, each, names) if _may_hold_some(each) else each for each in columns
        )


def _looked_at(
    session: ReadSession, schema: Schema, column: ColumnScan, names: Sequence[Place]
) -> ColumnScan:
    found = codes_of_names(session, schema, column.place, names, rows=_ROWS)
    if found is None or not found.alone:
        return column
    share = found.count / found.values
    why = Evidence(Source.NEIGHBOURS, 0.9, f"Made of the name of its person in {percent(share)}", share)
    return replace(
        column, verdict=Verdict.PERSONAL, kind=NAME_CODE, confidence=0.9, evidence=(why,), others=()
    )


def _may_hold_some(column: ColumnScan) -> bool:
    """Whether nothing was found in a column that leads to a person by itself, but texts."""
    kind = kinds().get(column.kind) if column.verdict is Verdict.PERSONAL else None
    known = (
        kind is not None and kind.identifies is Identifies.DIRECT and kind.technique != Technique.REDACT.value
    )
    return not (known or column.place.path or column.kind == "json") and column.distinct >= _DIFFERENT
