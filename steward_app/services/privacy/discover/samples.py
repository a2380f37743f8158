"""Some values of a place, for a person to look at: masked, or as they are once that is noted in the journal.

A masked value keeps its shape: the first letter of each longer word, blanks and signs; every other letter and every
digit is a dot. Of a password or key no letter is kept.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from steward_app import db
from steward_app.catalog import Catalog, identity, journal
from steward_app.db import ReadSession
from steward_app.db.any_text import legible
from steward_app.db.query import readable
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.privacy import json_values
from steward_app.services.privacy.discover import json_paths
from steward_app.services.privacy.discover.magic import content, is_jsonb, text_of
from steward_app.services.privacy.discover.missing import is_missing
from steward_app.services.privacy.discover.profile import Content
from steward_app.services.privacy.discover.reading import Cell, Part, Reader
from steward_app.services.privacy.discover.sampling import SomeRows, choose_rows
from steward_app.services.privacy.model import Place, place_id
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Column, Table

OPERATION: Final = "privacy.reveal"
"""Under which the journal notes who saw values of which column."""
COUNT = 5
_LONGEST = 160  # characters
_DOT = "•"
_SECRET = "secret"  # noqa: S105  a kind of data
_SHORT_WORD = 3  # letters below which a word keeps none
_PIECE = re.compile(r"\d|[^\W\d_]+")
_POOL = 200  # different values among which some are chosen
_ROWS = 400


@dataclass(frozen=True, slots=True)
class Samples:
    """Some values of a place.

    Attributes:
        masked: letters and digits are dots.
        values: different ones, shortened; of bytes, what they are.
    """

    place: Place
    masked: bool
    values: tuple[str, ...]


def samples(
    path: Path,
    place: Place,
    context: Context | None = None,
    *,
    reveal: bool = False,
    catalog: Catalog | None = None,
    count: int = COUNT,
    kind: str = "",
) -> Samples:
    """Some different values of a place, masked unless they are to be revealed.

    Args:
        reveal: as they are. Noted in the journal before any is read: which column, who, when, and no value.
        catalog: where the journal is; needed to reveal.
        kind: what the place holds, as far as it is known.

    Raises:
        UsageError: there is no such column; values are to be revealed without a journal.
        Refused: it is not known which database the file is, so the journal cannot say whose values were seen.
        Failure: the file cannot be read.
    """
    context = context or Context()
    with db.open_read(path, context) as session:
        table, column = _found(session, place, context)
        if reveal:
            _note(catalog, path, session, place)
        found = list(_different(session, table, column, place, context))
    chosen = found if len(found) <= count else random.Random(0).sample(found, count)  # noqa: S311  which to show
    shown = chosen if reveal else [mask(each, whole=kind == _SECRET) for each in chosen]
    return Samples(place, not reveal, tuple(map(_short, shown)))


def mask(text: str, *, whole: bool = False) -> str:
    """A value with dots for its digits and for all letters but the first of each longer word; `whole` for all."""
    if whole:
        return _PIECE.sub(lambda piece: _DOT * len(piece.group()), text)
    return _PIECE.sub(_dots, text)


def _dots(piece: re.Match[str]) -> str:
    text = piece.group()
    kept = 1 if len(text) >= _SHORT_WORD and not text[0].isdigit() else 0
    return text[:kept] + _DOT * (len(text) - kept)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1] + "…"


def _found(session: ReadSession, place: Place, context: Context) -> tuple[Table, Column]:
    table = read_schema(session, context).table(place.table)
    column = table.column(place.column) if table is not None else None
    if table is None or column is None:
        raise UsageError(
            ErrorCode.UNKNOWN_OBJECT,
            f"There is no column {quoted(place_id(place))}.",
            hint="Nothing was read. “steward privacy scan” lists the columns.",
        )
    return table, column


def _note(catalog: Catalog | None, path: Path, session: ReadSession, place: Place) -> None:
    if catalog is None:
        raise UsageError(
            ErrorCode.BAD_REQUEST,
            "Values are shown only where the journal can note it.",
            hint="Nothing was read. Ask for masked samples.",
        )
    known = identity.recognise(catalog, path, session)
    if isinstance(known, identity.IdentityQuestion):
        raise identity.unanswered(known)
    sentence = f"Values of {quoted(place_id(place))} were shown."
    with catalog.unit() as unit:
        journal.append(
            unit,
            journal.Phase.NOTE,
            OPERATION,
            database_id=known.database.id,
            details={"sentence": sentence, "place": place_id(place)},
        )
        unit.commit()


def _different(
    session: ReadSession, table: Table, column: Column, place: Place, context: Context
) -> Iterator[str]:
    """Different values, in the order in which rows drawn by chance hold them."""
    seen: set[str] = set()
    with session.snapshot(), session.under(context), readable(table.name):
        rows = choose_rows(session, table, place_id(place), context, full=False).rows
        if isinstance(rows, SomeRows) and len(rows.rowids) > _ROWS:
            some = random.Random(0).sample(rows.rowids, _ROWS)  # noqa: S311  which to show
            rows = SomeRows(rows.rowid, tuple(sorted(some)))
        for (cells,) in Reader(session, table, [column]).batches(rows):
            context.checkpoint()
            for text in (text for cell in cells for text in _texts(session, cell, place.path)):
                if not is_missing(text) and text not in seen:
                    seen.add(text)
                    yield text
                if len(seen) >= _POOL:
                    return


def _texts(session: ReadSession, cell: Cell, path: str) -> Iterator[str]:
    """A cell as a person reads it, or what stands at a path in it."""
    if isinstance(cell, Part):
        cell = cell.value
    if isinstance(cell, bytes):
        cell = _of_bytes(session, cell)
    if not path:
        if cell is not None:
            yield str(cell)
    elif isinstance(cell, str):
        document = json_values.any_json(cell)
        for value in json_paths.at(document, path) if document is not None else ():
            yield str(value)


def _of_bytes(session: ReadSession, value: bytes) -> str:
    if is_jsonb(value):
        found = json_values.of_jsonb(session, value)
        if found is not None:
            return legible(found)
    kind = content(value[:1_024])
    text = text_of(value) if kind in (Content.TEXT, Content.KEY) else None
    return text if text is not None else f"({kind.value.replace('_', ' ')}, {len(value):,} bytes)"
