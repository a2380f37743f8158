"""Codes of persons that are too short to be looked for: a few of them in other columns stay, and that is said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from steward_app.db import Session, qualified, quote
from steward_app.kernel.finding import Finding, Severity, Subject
from steward_app.kernel.text import quoted
from steward_app.services.privacy.model import Place, place_id
from steward_app.services.privacy.residue.matcher import SHORTEST
from steward_app.services.privacy.residue.model import Searched

_FIRST_ROWS = 1_000


def told(session: Session, places: Iterable[Searched]) -> Iterator[Finding]:
    """A note that names the columns with such codes."""
    short = [
        each.place
        for each in places
        if each.key
        and each.leads
        and not (each.place.path or each.among)
        and _has_short_codes(session, each.place)
    ]
    if short:
        yield Finding(
            "short_codes",
            Severity.NOTE,
            f"Codes of fewer than {SHORTEST} characters are not looked for in other columns",
            Subject("database"),
            detail=f"{', '.join(quoted(place_id(place)) for place in short)}. Other things are called so, too. The scan"
            " tells where most texts of a column or path have such codes; a few among other texts stay, and so does"
            " what a rule keeps.",
            remedies=("Read some of the texts that go along, or give them the rule “redact”.",),
            count=len(short),
        )


def _has_short_codes(session: Session, place: Place) -> bool:
    """Whether the first rows have a text of letters and digits that is shorter than what is looked for."""
    name = quote(place.column)
    first = f"SELECT {name} AS v FROM {qualified(place.table)} LIMIT {_FIRST_ROWS:d}"
    some = f"typeof(v) = 'text' AND octet_length(v) < {SHORTEST:d} AND v GLOB '*[0-9]*' AND v GLOB '*[^-0-9., ]*'"
    return bool(session.value(f"SELECT 1 FROM ({first}) WHERE {some} LIMIT 1"))
