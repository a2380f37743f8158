"""Names that a table holds in two columns, as everybody writes them: Ada Berg, and 王伟, of 王 and 伟."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing

from steward_app.db import Session, qualified, quote
from steward_app.db.distinct import distinct
from steward_app.db.raw_rows import RawRows
from steward_app.services.privacy.model import Place
from steward_app.services.privacy.rules import Rule
from steward_app.services.privacy.written_names import FIRST_UNSPACED


def by_kind(rules: Iterable[Rule]) -> dict[str, list[Rule]]:
    """Rules by the type of values that they name."""
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        found.setdefault(str(rule.options.get("kind", "")), []).append(rule)
    return found


def in_two_columns(rules: Mapping[str, Sequence[Rule]]) -> Iterator[tuple[Place, Place]]:
    """The columns of given names of which rules tell by type, each with that of family names beside it."""
    given, family = (
        [rule.place for rule in rules.get(kind, ()) if not rule.place.path and rule.among is None]
        for kind in ("given_name", "family_name")
    )
    beside = {place.table: place for place in family}
    yield from ((place, beside[place.table]) for place in given if place.table in beside)


def whole_names(session: Session, table: str, given: str, family: str) -> Iterator[str]:
    """The different whole names that two columns of a table make."""
    raw = RawRows(session, kept=())
    columns = [quote(family), quote(given)]
    terms = [f"CAST({column} AS BLOB)" for column in columns]
    both = " AND ".join(f"length({column}) > 0" for column in columns)
    with closing(distinct(session, terms, f"FROM {qualified(table)} WHERE {both}")) as rows:
        for row in rows:
            yield _whole(*(raw.text(part).strip() for part in row if isinstance(part, bytes)))


def _whole(family: str, given: str) -> str:
    unspaced = min(family[:1], given[:1]) >= FIRST_UNSPACED
    return family + given if unspaced else f"{given} {family}"
