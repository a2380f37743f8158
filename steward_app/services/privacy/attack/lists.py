"""What somebody may have a list of: the columns by which persons are known, whose values may stand hashed in another.

The hash of an e-mail address leads to a person as the address does, though it stands in a column of its own that a copy
keeps. So an attacker hashes whatever is known of these persons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Final

from steward_app.kernel.text import quoted
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.attack.brute import Listed
from steward_app.services.privacy.attack.case import Case
from steward_app.services.privacy.attack.choosing import Work
from steward_app.services.privacy.attack.json_places import is_elsewhere, place_of
from steward_app.services.privacy.columns import Form, cells
from steward_app.services.privacy.hashes import looks_hashed
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Identifies, Place, Technique, place_id
from steward_app.services.schema.model import Table

_ROWS: Final = 3_000_000
_NO_LIST: Final = (Form.BLOB, Form.EMPTY)


def lists_for(work: Work, case: Case, name: str) -> Iterator[Listed]:
    """The lists that are tried on a column of hashes, those by which persons are known best first.

    None for a column that the rules change: of what they make, the originals are its own.
    """
    rule = work.rules.at(place_of(case.table, name)) if work.rules else None
    if rule is not None and rule.technique is not Technique.KEEP:
        return
    direct = {
        rule.place
        for rule in (work.rules.rules if work.rules else ())
        if (kind := kinds().get(str(rule.options.get("kind", "")))) and kind.identifies is Identifies.DIRECT
    }
    own = [
        each
        for each in case.before.codes
        if each != name and not is_elsewhere(case.table, each) and case.before.forms[each] not in _NO_LIST
    ]
    for each in sorted(own, key=lambda each: place_of(case.table, each) not in direct):
        if looks_hashed(case.originals(each)) is None:
            yield Listed(case.titled(each), partial(_texts, partial(case.originals, each)))
    of_persons = {
        Place(table.name, column.name)
        for table in work.before.tables
        for column in table.columns
        if work.subjects.get(table.name) == () and not column.hidden
    }
    elsewhere = [place for place in sorted(direct | of_persons) if place.table != case.table.name]
    for place in sorted(elsewhere, key=lambda place: place not in direct):
        table = work.before.table(place.table)
        if table is None or place.path or table.column(place.column) is None:
            continue
        values = partial(_column, work, table, place.column)
        if looks_hashed(values()) is None:
            yield Listed(quoted(place_id(place)), partial(_texts, values))


def _column(work: Work, table: Table, name: str) -> Iterator[SqlValue]:
    return (value for (value,) in cells(work.source, table, [name]))


def _texts(values: Callable[[], Iterator[SqlValue]]) -> Iterator[str]:
    return (str(value) for value in islice(values(), _ROWS) if value not in (None, "", b""))
