"""What comparing columns row by row tells once it is known what they hold.

Codes that are made of names (`own_names`), and values of which a kind beside them says what they are (`kinds_beside`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

from steward_app.db import ReadSession
from steward_app.kernel.progress import Context
from steward_app.services.privacy.discover.by_paths import JSON, by_paths
from steward_app.services.privacy.discover.judged_words import Scanned, judged_words
from steward_app.services.privacy.discover.kinds_beside import kinds_beside
from steward_app.services.privacy.discover.model import ColumnScan, Evidence, Source, TableScan, Verdict
from steward_app.services.privacy.discover.packs import Packs
from steward_app.services.privacy.discover.sentences import percent
from steward_app.services.privacy.json_steps import KEYS
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Identifies, Place, Technique
from steward_app.services.privacy.own_names import NAMES, codes_of_names
from steward_app.services.rows.headers import Headers
from steward_app.services.schema.model import Schema

NAME_CODE: Final = "name_code"
_TEXTS: Final = frozenset({"free_text", "health_text"})
_CALLED_AFTER: Final = frozenset({"country", "region", "city", "nationality"})
"""Types of what peoples and dwellers are called after."""
_ROWS: Final = 500
_DIFFERENT: Final = 8


def told_row_by_row(
    session: ReadSession,
    schema: Schema,
    tables: Sequence[TableScan],
    columns: Sequence[ColumnScan],
    packs: Packs,
    context: Context,
) -> tuple[ColumnScan, ...]:
    """The columns, with what this tells of those that were not known to lead to a person."""
    scanned = Scanned(tables, columns)
    told = [each for each in columns if each.verdict is Verdict.PERSONAL]
    names = [each.place for each in told if each.kind in NAMES]
    called_after = [each.place for each in told if each.kind in _CALLED_AFTER]
    found = []
    with session.under(context), session.snapshot():
        for each in columns:
            seen = each
            if _may_hold_some(each):
                seen = _with_names(session, schema, each, names, called_after)
                said = _types_by_key(session, schema, seen, packs.headers)
                words = judged_words(session, schema, seen, scanned, packs, context)
                seen = _with_kinds(seen, {*said, *(words.types if words is not None else ())})
            found.append(seen)
    return tuple(by_paths(found))


def _with_names(
    session: ReadSession,
    schema: Schema,
    column: ColumnScan,
    names: Sequence[Place],
    called_after: Sequence[Place],
) -> ColumnScan:
    if not names:
        return column
    found = codes_of_names(session, schema, column.place, names, called_after=called_after, rows=_ROWS)
    if found is None or not found.alone:
        return column
    share = found.count / found.values
    why = Evidence(Source.NEIGHBOURS, 0.9, f"Made of the name of its person in {percent(share)}", share)
    return replace(
        column, verdict=Verdict.PERSONAL, kind=NAME_CODE, confidence=0.9, evidence=(why,), others=()
    )


def _types_by_key(
    session: ReadSession, schema: Schema, column: ColumnScan, headers: Headers
) -> Iterable[str]:
    about = column.subject is not None and column.kind != NAME_CODE
    found = kinds_beside(session, schema, column.place, headers) if about else None
    return found.types.values() if found is not None else ()


def _with_kinds(column: ColumnScan, types: Collection[str]) -> ColumnScan:
    """One that nobody can tell stays so: what other kinds mean is not known. Kinds are values of rows, and not told."""
    if not types:
        return column
    titles = ", ".join(sorted(kinds()[kind].title for kind in types))
    why = Evidence(Source.NEIGHBOURS, 0.6, f"By the kind beside it, in some rows: {titles}")
    column = replace(column, evidence=(why, *column.evidence))
    same = column.verdict is Verdict.PERSONAL and set(types) == {column.kind}
    known = same or column.verdict is Verdict.UNKNOWN or column.kind in _TEXTS
    return (
        column
        if known
        else replace(column, verdict=Verdict.PERSONAL, kind="free_text", confidence=0.8, others=())
    )


def _may_hold_some(column: ColumnScan) -> bool:
    """Whether nothing was found in a column that leads to a person by itself, but texts."""
    kind = kinds().get(column.kind) if column.verdict is Verdict.PERSONAL else None
    known = (
        kind is not None and kind.identifies is Identifies.DIRECT and kind.technique != Technique.REDACT.value
    )
    is_key = column.place.path.endswith(KEYS)
    return not (known or is_key or column.kind == JSON) and column.distinct >= _DIFFERENT
