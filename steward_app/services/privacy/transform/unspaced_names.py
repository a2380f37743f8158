"""Names that a table holds in two columns, and that everybody writes as one word: 王伟, of 王 and 伟."""

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


def unspaced_names(
    session: Session, schema: Schema, sought: Mapping[str, Sequence[Rule]]
) -> Iterator[list[str]]:
    """The whole names of persons, the family name first, by the batch.

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
        unspaced = " AND ".join(f"unicode({column}) >= {ord(FIRST_UNSPACED):d}" for column in columns)
        terms = [f"CAST({column} AS BLOB)" for column in columns]
        rest = f"FROM {qualified(one.place.table)} WHERE {unspaced}"
        with closing(distinct(session, terms, rest)) as rows:
            while batch := list(islice(rows, _NAMES_A_BATCH)):
                yield [
                    "".join(raw.text(part).strip() for part in row if isinstance(part, bytes))
                    for row in batch
                ]
