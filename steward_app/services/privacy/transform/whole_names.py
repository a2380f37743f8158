"""Names that a table holds in two columns, as everybody writes them: Ada Berg, and 王伟, of 王 and 伟."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from typing import Final

from steward_app.db import Session, qualified, quote
from steward_app.db.distinct import distinct
from steward_app.db.raw_rows import RawRows
from steward_app.services.privacy.discover.unspaced import FIRST_UNSPACED
from steward_app.services.privacy.rules import Rule
from steward_app.services.schema.model import Schema

_NAMES_A_BATCH: Final = 20_000


def whole_names(
    session: Session, schema: Schema, sought: Mapping[str, Sequence[Rule]]
) -> Iterator[list[str]]:
    """The whole names of persons, by the batch.

    Args:
        sought: by type the rules of the columns that hold it.
    """
    raw = RawRows(session, kept=())
    family = {rule.place.table: rule.place for rule in sought.get("family_name", ()) if not rule.place.path}
    for one in sought.get("given_name", ()):
        beside = family.get(one.place.table)
        if beside is None or one.place.path or schema.table(one.place.table) is None:
            continue
        columns = [quote(beside.column), quote(one.place.column)]
        terms = [f"CAST({column} AS BLOB)" for column in columns]
        both = " AND ".join(f"length({column}) > 0" for column in columns)
        rest = f"FROM {qualified(one.place.table)} WHERE {both}"
        with closing(distinct(session, terms, rest)) as rows:
            while batch := list(islice(rows, _NAMES_A_BATCH)):
                yield [
                    _whole(*(raw.text(part).strip() for part in row if isinstance(part, bytes)))
                    for row in batch
                ]


def _whole(family: str, given: str) -> str:
    unspaced = min(family[:1], given[:1]) >= FIRST_UNSPACED
    return family + given if unspaced else f"{given} {family}"
