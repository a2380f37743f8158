"""What Liquibase loses of a table of SQLite that it makes anew, to add a column or to drop one.

It writes the table from what its driver tells of it: UNIQUE, the order of an index, and the default and NOT NULL of the
new column are gone; a default that is computed becomes a text; a size of 2000000000 comes to a type that had another
or none. `dropColumn` does so in 4.4.0, and does nothing at all in 4.28.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from steward_app.db.names import fold
from steward_app.db.tokens import Category
from steward_app.kernel.text import quoted
from steward_app.services.migrate.adopt.model import Theirs
from steward_app.services.migrate.desired.form import (
    ColumnForm,
    ConstraintForm,
    TableForm,
    Words,
    table_form,
    words,
)
from steward_app.services.migrate.edit.spans import ClauseKind

_MEANWHILE = "_temporary"
"""How the name ends that the old table has while the new one is filled."""
_NO_SIZE = "2000000000"
"""The size that the driver gives of a type that has none."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """Tables that the other tool made anew, and columns that it was told to drop; names as `fold` gives them."""

    tables: frozenset[str] = frozenset()
    dropped: frozenset[tuple[str, str]] = frozenset()

    def lost(self, kind: str, table: str, held: str | None, made: str | None) -> str:
        """What an object lost, for a sentence; "" where the two differ in anything else.

        Args:
            kind: table, index, view or trigger.
            table: that it belongs to, or itself.
            held, made: its text in the file and as the migrations make it, None where it is not there.
        """
        if fold(table) not in self.tables or made is None:
            return ""
        if kind in ("index", "trigger") and held is None:
            return "is gone"
        if kind == "index" and held is not None and words(held) == _plain(words(made)):
            return "no longer goes downwards (DESC)"
        one, other = (table_form(held), table_form(made)) if kind == "table" and held else (None, None)
        if one is None or other is None:
            return ""
        return self._of_table(one, other)

    def astray(self, held: TableForm) -> str:
        """The table of this tool's own, gone since, to which a foreign key was left pointing; "" for none."""
        for rule in held.constraints if self.tables else ():
            said = [word for _, word in rule.says]
            parent = said[said.index("REFERENCES") + 1] if "REFERENCES" in said else ""
            if fold(parent).endswith(_MEANWHILE) and fold(parent).removesuffix(_MEANWHILE) in self.tables:
                return parent
        return ""

    def _of_table(self, held: TableForm, made: TableForm) -> str:
        kept = {fold(column.name): column for column in made.columns}
        more = [each for each in held.columns if fold(each.name) not in kept]
        there = [each for each in held.columns if fold(each.name) in kept]
        fits = (
            [fold(each.name) for each in there] == list(kept)
            and all((fold(held.name), fold(each.name)) in self.dropped for each in more)
            and held.primary_key[1:] == made.primary_key[1:]
            and not held.constraints - made.constraints
            and held.options <= made.options
        )
        losses: list[str] = []
        for column in there if fits else ():
            found = _of_column(column, kept[fold(column.name)])
            if found is None:
                return ""
            losses += found
        if not fits:
            return ""
        gone = [rule_text(each) for each in made.constraints - held.constraints]
        gone += [*sorted(made.options - held.options), *losses]
        said = [f"has no longer {', '.join(gone)}"] if gone else []
        said += (
            [f"still has {', '.join(quoted(each.name) for each in more)}, which was to be dropped"]
            if more
            else []
        )
        return ", and ".join(said)


def rewritten(ran: Iterable[Theirs]) -> Rewritten:
    """What migrations that ran made anew."""
    found = list(ran)
    return Rewritten(
        frozenset(fold(table) for each in found for table in each.anew),
        frozenset((fold(table), fold(column)) for each in found for table, column in each.dropped),
    )


def _of_column(held: ColumnForm, made: ColumnForm) -> list[str] | None:
    """What a column lost; None where it differs in anything else."""
    name = quoted(held.name)
    if held.generated != made.generated or held.collation not in ("", made.collation):
        return None
    if held.declared_type != made.declared_type and not _same_but_size(
        held.declared_type, made.declared_type
    ):
        return None
    became_text = _is_text(held.default) and len(made.default) > 0 and not _is_text(made.default)
    if held.default not in ((), made.default) and not became_text:
        return None
    if held.not_null and held.not_null[1:] != made.not_null[1:]:
        return None
    return [
        what
        for what, is_lost in (
            (f"the size in the type of {name}", held.declared_type != made.declared_type),
            (f"the default of {name}", held.default != made.default),
            (f"NOT NULL of {name}", bool(made.not_null) and not held.not_null),
            (f"the collation of {name}", held.collation != made.collation),
        )
        if is_lost
    ]


def _same_but_size(held: Words, made: Words) -> bool:
    said, wanted = [word for _, word in held], [word for _, word in made]
    has_none = said[-2:] == [_NO_SIZE, ")"] or said[-4:-2] == [_NO_SIZE, ","]
    return has_none and list(_before("(", said)) == list(_before("(", wanted))


def _before(end: str, said: Iterable[str]) -> Iterator[str]:
    for each in said:
        if each == end:
            return
        yield each


def _is_text(default: Words) -> bool:
    return len(default) == 1 and default[0][1].startswith("'")


def _plain(said: Words) -> Words:
    """The words of an index without the order of its columns."""
    return tuple(word for word in said if word != (Category.KEYWORD.value, "DESC"))


def rule_text(rule: ConstraintForm) -> str:
    """A constraint for a person: UNIQUE (name)."""
    kind = "FOREIGN KEY" if rule.kind is ClauseKind.FOREIGN_KEY else rule.kind.value
    said = " ".join(word for _, word in rule.says)
    return f"{kind} {said}".replace("( ", "(").replace(" )", ")").replace(" ,", ",")
