"""Keys from table to table: declared, suggested by names, or seen in the values; and who only acted on a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from steward_app.db.names import fold
from steward_app.services.privacy.discover.profile import TableProfile
from steward_app.services.privacy.discover.rows_of_many import rows_of_many
from steward_app.services.rows.headers import Headers
from steward_app.services.rows.wording import split_words
from steward_app.services.schema.model import Schema, Table
from steward_app.services.schema.relations import suspect

_LEAST_WEIGHT = 0.7  # of a relation that names suggest
_LEAST_SAME = 0.9  # share of values that stand in the other table
CREATORS = frozenset(  # who made a thing; the thing is not about them
    {
        "author",
        "artist",
        "director",
        "publisher",
        "writer",
        "composer",
        "producer",
        "auteur",
        "autor",
        "autore",
    }
)


@dataclass(frozen=True, slots=True)
class Link:
    """A key to another table.

    Attributes:
        declared: by the schema.
        actor: it leads to somebody who did something with the row, and whom it is not about.
    """

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    declared: bool
    actor: bool = False


def links(
    profiles: Sequence[TableProfile], schema: Schema, headers: Headers
) -> Mapping[str, tuple[Link, ...]]:
    """The keys of every table that was read; of one set of columns only the surest."""
    found: dict[str, dict[tuple[str, ...], Link]] = {}
    for profile in profiles:
        table = schema.table(profile.table)
        if table is not None:
            found[table.name] = {tuple(map(fold, each.columns)): each for each in _declared(table)}
    for each in suspect(schema):
        known = found.get(each.child.name)
        if known is not None and each.weight >= _LEAST_WEIGHT and each.parent is not each.child:
            link = Link(each.child_columns, each.parent.name, each.parent_columns, declared=False)
            known.setdefault(tuple(map(fold, link.columns)), link)
    for profile in profiles:
        for column, parent, parent_column, share in profile.same:
            if profile.table in found and share >= _LEAST_SAME:
                link = Link((column,), parent, (parent_column,), declared=False)
                found[profile.table].setdefault((fold(column),), link)
    shared = rows_of_many(profiles, {name: of_table.values() for name, of_table in found.items()}, headers)
    return {
        name: tuple(
            replace(link, actor=name in shared or _is_actor(link, name, headers))
            for link in of_table.values()
        )
        for name, of_table in found.items()
    }


def _declared(table: Table) -> list[Link]:
    return [
        Link(key.columns, key.parent_table, key.parent_columns, declared=True)
        for key in table.foreign_keys
        if key.parent_table
    ]


def _is_actor(link: Link, table: str, headers: Headers) -> bool:
    if link.parent == table or any(headers.read(column).actor for column in link.columns):
        return True
    words = {word for column in link.columns for word in split_words(column)}
    return bool(CREATORS & words) and headers.names_things(table)
