"""What an attack is given: one table of both files as arrays, whose row is whose, and what each column still shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from steward_app.kernel.text import quoted
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.along import in_words
from steward_app.services.privacy.attack.json_places import has_paths, is_elsewhere, place_of
from steward_app.services.privacy.attack.truth import NOBODY, Belonging, combined, match
from steward_app.services.privacy.attack.whose import persons_of
from steward_app.services.privacy.columns import NULL, Columns, Form, distinct
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import ReleaseRules
from steward_app.services.schema.model import Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from steward_app.services.privacy.columns import Codes, Numbers


class Shows(StrEnum):
    """What an attacker who knows the rules, and no key, can compare a known value with."""

    SAME = "same"  # the value itself
    COARSE = "coarse"  # what the rule makes of it: a range, a year, some letters
    NEAR = "near"  # a number or date not far from it
    KEYED = "keyed"  # without the key, nothing
    MOVED = "moved"  # a value of somebody else
    NOTHING = "nothing"


_BY_RULE: Final = {
    Technique.REMOVE: Shows.NOTHING,
    Technique.FIXED: Shows.NOTHING,
    Technique.BLOB: Shows.NOTHING,
    Technique.JSON: Shows.NOTHING,
    Technique.MASK: Shows.COARSE,
    Technique.GENERALIZE: Shows.COARSE,
    Technique.ROUND: Shows.COARSE,
    Technique.REDACT: Shows.COARSE,
    Technique.NOISE: Shows.NEAR,
    Technique.SHIFT: Shows.NEAR,
    Technique.MICROAGGREGATE: Shows.NEAR,
    Technique.PSEUDONYM: Shows.KEYED,
    Technique.PERMUTE: Shows.KEYED,
    Technique.TOKEN: Shows.KEYED,
    Technique.SHUFFLE: Shows.MOVED,
}
_SAME_FROM: Final = 0.98


Values = Callable[[str], "Iterator[SqlValue]"]
"""The values of a column, row by row, of the rows that are looked at."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A table of which some persons are attacked: what the attacker compares them with is all of the copy.

    Attributes:
        rows: of each row of `Case.after`, its number in the copy.
        codes: of columns of the copy, one code for each row; `codes_before` of the original.
        numbers: of a column of the copy.
        persons: of each row of the copy, a code of its person.
    """

    rows: NDArray[np.int64]
    codes: Callable[[tuple[str, ...]], Codes]
    codes_before: Callable[[tuple[str, ...]], Codes]
    numbers: Callable[[str], Numbers]
    persons: Callable[[], Codes]


@dataclass(frozen=True, slots=True)
class Case:
    """One table of both files.

    Attributes:
        persons: of each row of the original, a code of the person it is about.
        shows: of each column, and of each path inside JSON that is looked at.
        limit: share of persons that an attack may re-identify, or None.
        everybody: persons of the table; more than there are in `persons` where some of them were drawn.
        subject: the columns that lead from a row to its person, or ways as risks are asked about it; () where a row is
            one.
        values: of the copy, `originals` of the original.
        whole: the copy, where `before` and `after` hold only the rows of persons that were drawn.
        left_out: columns that are not looked at.
        diverse: the rules ask for l-diversity: no group may give something sensitive away for sure.
        grouped: the copy tells which rows are of one person.
        named_by: the column whose values the persons are, where they are others than those the rows are about.
    """

    table: Table
    before: Columns
    after: Columns
    belonging: Belonging
    persons: Codes
    shows: dict[str, Shows]
    limit: float | None
    everybody: int
    subject: tuple[str, ...]
    values: Values
    originals: Values
    whole: Whole | None = None
    left_out: int = 0
    diverse: bool = False
    grouped: bool = False
    named_by: str = ""

    @property
    def known(self) -> bool:
        """Whether it is known which row is whose."""
        return bool((self.belonging.rows != NOBODY).any())

    def of_values(self, name: str) -> Case:
        """The same for the persons whom a column names, each by a value: who treated somebody, and not the patients."""
        codes = self.groups_before(name)
        return replace(
            self,
            persons=persons_of(self.before, (name,)),
            everybody=distinct(codes[codes != NULL]),
            subject=(name,),
            named_by=name,
        )

    def usable(self, names: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """The columns of which knowing something helps."""
        wanted = self.shows if names is None else names
        return tuple(
            name for name in wanted if self.shows.get(name) in (Shows.SAME, Shows.COARSE, Shows.NEAR)
        )

    def places(self, names: tuple[str, ...]) -> tuple[Place, ...]:
        """Columns as places."""
        return tuple(place_of(self.table, name) for name in names)

    def titled(self, name: str) -> str:
        """A column in a sentence, with its table."""
        if is_elsewhere(self.table, name):
            return in_words((f"{self.table.name}>{name}",))
        return quoted(f"{self.table.name}.{name}")

    @property
    def rows_in_copy(self) -> NDArray[np.int64]:
        """Of each row of the original its row in `groups`, or `NOBODY`."""
        import numpy as np

        rows = self.belonging.rows
        if self.whole is None or not len(self.whole.rows):
            return rows
        return np.where(rows != NOBODY, self.whole.rows[rows], NOBODY)

    def groups(self, names: Sequence[str]) -> Codes:
        """One code for columns together, of every row of the copy."""
        if self.whole is not None:
            return self.whole.codes(tuple(names))
        return combined([self.after.codes[name] for name in names])

    def groups_before(self, name: str) -> Codes:
        """The codes of a column, of every row of the original."""
        return self.before.codes[name] if self.whole is None else self.whole.codes_before((name,))

    def numbers(self, name: str) -> Numbers:
        """The numbers of a column, of every row of the copy."""
        return self.after.numbers[name] if self.whole is None else self.whole.numbers(name)

    def persons_in_copy(self) -> Codes:
        """Of every row of the copy a code of its person."""
        return self.persons_after() if self.whole is None else self.whole.persons()

    def expected(self, name: str) -> Codes:
        """For each row of the original, the code the attacker looks for in a column of the copy.

        What a rule makes of a value is taken from the rows that are known to belong together: whoever knows the rules
        can work it out.
        """
        import numpy as np

        old = self.before.codes[name]
        if self.shows[name] is Shows.SAME:
            return old
        rows, new = self.belonging.rows, self.after.codes[name]
        paired = rows != NOBODY
        looked_for = np.where(paired, new[rows], NULL)
        if paired.all():
            return looked_for
        olds, first = np.unique(old[paired], return_index=True)
        same_value = match(old, olds)
        learnt = new[rows[paired]][first]
        others = np.where(same_value != NOBODY, learnt[same_value], old)
        return np.where(paired, looked_for, others)

    def persons_after(self) -> Codes:
        """Of each row of the copy, a code of its person; a row that nobody's is stands for itself."""
        import numpy as np

        found = np.arange(self.after.read, dtype=np.int64) * 2 + 1
        mine = np.flatnonzero(self.belonging.rows != NOBODY)
        found[self.belonging.rows[mine]] = self.persons[mine]
        return found


def what_it_shows(
    name: str,
    table: Table,
    before: Columns,
    after: Columns,
    rows: NDArray[np.int64],
    rules: ReleaseRules | None,
) -> Shows:
    """What a column of the copy still shows: by its rule, or where none is known, by looking at both files."""
    import numpy as np

    if name not in after.codes:
        return Shows.NOTHING
    rule = rules.at(place_of(table, name)) if rules else None
    if table.column(name) is not None and has_paths(table, name, rules):
        return Shows.NOTHING  # its paths are looked at one by one
    numbers = name in before.numbers and name in after.numbers
    if rule is not None and rule.technique is not Technique.KEEP:
        found = _BY_RULE[rule.technique]
        return Shows.COARSE if found is Shows.NEAR and not numbers else found
    if rules is not None and _is_made_of_keyed(name, table, rules):
        return Shows.KEYED
    mine = np.flatnonzero(rows != NOBODY)
    if not len(mine):
        kept = rules is not None or bool(np.isin(after.codes[name], before.codes[name]).all())
        return Shows.SAME if kept else Shows.NOTHING
    old, new = before.codes[name][mine], after.codes[name][rows[mine]]
    if float((old == new).mean()) >= _SAME_FROM:
        return Shows.SAME
    return _guessed(name, before, after, mine, rows, numbers=numbers)


def _is_made_of_keyed(name: str, table: Table, rules: ReleaseRules) -> bool:
    """Whether a column is computed from columns of which the copy shows nothing without the key.

    Some names may share a made-up one, so its values alone look as if a rule had made them coarser.
    """
    made_of = table.made_of.get((table.name, name), frozenset())
    ruled = [rules.at(Place(*source)) for source in made_of if not table.made_of.get(source)]
    shown = {_BY_RULE.get(rule.technique) if rule else None for rule in ruled}
    return Shows.KEYED in shown and shown <= {Shows.KEYED, Shows.MOVED, Shows.NOTHING}


def _guessed(
    name: str,
    before: Columns,
    after: Columns,
    mine: NDArray[np.int64],
    rows: NDArray[np.int64],
    *,
    numbers: bool,
) -> Shows:
    import numpy as np

    old, new = before.codes[name][mine], after.codes[name][rows[mine]]
    olds, news = distinct(old), distinct(new)
    if news <= 1 or after.forms[name] is Form.EMPTY:
        return Shows.NOTHING
    together = distinct(combined([old, new]))
    if together == olds and news < 0.9 * olds:
        return Shows.COARSE
    if numbers:
        first, second = before.numbers[name][mine], after.numbers[name][rows[mine]]
        both = ~(np.isnan(first) | np.isnan(second))
        vary = both.sum() > 2 and first[both].std() and second[both].std()
        if vary and np.corrcoef(first[both], second[both])[0, 1] > 0.2:
            return Shows.NEAR
    if set(np.unique(new).tolist()) <= set(np.unique(old).tolist()):
        return Shows.MOVED
    return Shows.KEYED
