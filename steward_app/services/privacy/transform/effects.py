"""What the rules that make values coarser do to the values there are: how many stay as they were, how many go.

A coarser value may be the one that there was: 3,000 rounded to 1,000, the first day of a year. Whoever sees the copy
cannot tell, as long as other values become the same. A beginning of three letters of “101” is different: it hides
nothing, and everybody sees that. No value is kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from steward_app.db import fold, qualified, quote
from steward_app.kernel.values import SqlValue
from steward_app.services.privacy.discover.folding import fold_all
from steward_app.services.privacy.discover.people import entries_of
from steward_app.services.privacy.hierarchies import ANY, from_options, level_of
from steward_app.services.privacy.model import Place, Technique
from steward_app.services.privacy.rules import Rule
from steward_app.services.privacy.transform import columns_read
from steward_app.services.privacy.transform.amounts import decimals, number_in
from steward_app.services.privacy.transform.cells import CellStep
from steward_app.services.privacy.transform.json_text import JsonStep
from steward_app.services.privacy.transform.making import Work, make
from steward_app.services.privacy.transform.model import ROW, Batch, Column, Step, nothing_collected
from steward_app.services.privacy.transform.target import Target
from steward_app.services.schema.model import Generated, Table, TableKind

COARSER = frozenset(
    {Technique.GENERALIZE, Technique.ROUND, Technique.NOISE, Technique.SHIFT, Technique.MICROAGGREGATE}
)
"""What gives values of the kind that others have: another's birthday, another's age."""

_BY_VALUE = frozenset({Technique.GENERALIZE, Technique.ROUND})

_ROWS_A_BATCH = 20_000
_ROWS = 50_000
"""Rows that are looked at where the value alone does not decide what becomes of it."""

_TEXTS = 500
"""Texts that are redacted to see whether anybody is found in them."""

_TRIED = 500
"""Values that stay for which it is tried whether others become the same."""

_MOST_WORDS_OF_A_NAME = 4

_PLACES = 24
"""Letters and digits of a text that are changed to see what becomes of it then."""

_EXACT = 1 << 53
_FRACTION = re.compile(r"\d\.\d")


@dataclass(frozen=True, slots=True)
class Effect:
    """What a rule does to the values of its place, in the rows of the original.

    Attributes:
        values: that say something: not NULL, empty, 0 or signs and zeros alone.
        stay: of them those that are in the copy as they were; `lost` those of which nothing is left.
        codes: those of `stay` that are no numbers with a fraction: of a position only so much is known as is left.
        texts: numbers that become texts.
        differ: they are not all one and the same.
        shown: whoever sees the copy can tell that a value stayed, since nothing else becomes the same.
        most: so many rows were looked at, the first ones; None for all.
        named: of redacted texts that stay those that are somebody's name and nothing else, as far as lists know.
    """

    place: Place
    technique: Technique
    values: int
    stay: int
    lost: int
    codes: int
    texts: int
    differ: bool
    shown: bool
    most: int | None = None
    named: int = 0

    @property
    def nothing(self) -> bool:
        """The rule changes nothing."""
        return self.differ and self.stay == self.values

    @property
    def tells(self) -> bool:
        """Values that lead to a person by themselves would be known from the copy."""
        return bool(self.codes) or (self.shown and bool(self.stay))


def effects(work: Work) -> Mapping[Place, Effect]:
    """What every rule does that makes values coarser, or redacts texts.

    Where the value alone decides what becomes of it, all of them are looked at, else the first rows.
    """
    empty = set(map(fold, work.done.rules.empty))
    found: dict[Place, Effect] = {}
    for table in work.schema.tables:
        if table.kind not in (TableKind.TABLE, TableKind.VIRTUAL) or fold(table.name) in empty:
            continue
        columns = [each for each in table.columns if each.generated is Generated.NO and not each.hidden]
        names = tuple(each.name for each in columns)
        rules = [each for each in work.done.rules.rules if each.place.table == table.name]
        rules = [each for each in rules if each.place.column in names]
        for of, most in ((_BY_VALUE, None), (COARSER - _BY_VALUE, _ROWS), ({Technique.REDACT}, _TEXTS)):
            reads = [f"{ROW}.{quote(name)}" for name in names]
            watching = []
            for rule in (each for each in rules if each.technique in of):
                place = names.index(rule.place.column)
                target = Target(table, columns[place], rule, place, names, reads)
                step = make(work, target)
                watching += [_Watched(work, target, step)] if step is not None else []
            whole = _watch(work, table, watching, reads, most) if watching else True
            found |= {each.target.rule.place: each.effect(None if whole else most) for each in watching}
    return found


def _watch(
    work: Work, table: Table, watching: Sequence[_Watched], reads: Sequence[str], most: int | None
) -> bool:
    """Show the values of a table to the steps that are watched, each different one once where that is enough.

    Whether all rows were read.
    """
    steps: dict[int, Step] = {}
    inside: dict[int, dict[str, Step]] = {}
    columns = {each.target.place: each.target.column.name for each in watching}
    for each in watching:
        rule, place = each.target.rule, each.target.place
        if rule.place.path:
            inside.setdefault(place, {})[rule.place.path] = each
        elif isinstance(each.step, CellStep) and most is None:
            _each_once(work, table, each, reads[place])
        else:
            steps[place] = each
    steps |= {
        place: JsonStep(paths, lambda value: value, _others(work, table, columns[place], paths))
        for place, paths in inside.items()
    }
    if not steps:
        return True
    limit, read = f" LIMIT {most}" if most is not None else "", 0
    rows = columns_read.read_rows(work.session, reads, f"FROM {qualified(table.name)} AS {ROW}{limit}")
    while rows_now := list(islice(rows, _ROWS_A_BATCH)):
        work.context.checkpoint()
        with nothing_collected():
            batch = Batch(rows_now, len(reads))
            for place, step in steps.items():
                step(batch.columns[place], batch)
        read += len(rows_now)
    return most is None or read < most


def _others(work: Work, table: Table, column: str, paths: Mapping[str, Step]) -> tuple[str, ...]:
    """The paths of a column that have rules of their own, besides some."""
    ruled = (each.place for each in work.done.rules.rules)
    of_column = (each.path for each in ruled if (each.table, each.column) == (table.name, column))
    return tuple(path for path in of_column if path and path not in paths)


def _each_once(work: Work, table: Table, watched: _Watched, column_sql: str) -> None:
    rest = f"FROM {qualified(table.name)} AS {ROW} WHERE {column_sql} IS NOT NULL GROUP BY {column_sql} COLLATE BINARY"
    rows = columns_read.read_rows(work.session, (column_sql, "count(*)"), rest)
    while rows_now := list(islice(rows, _ROWS_A_BATCH)):
        work.context.checkpoint()
        values = [row[0] for row in rows_now]
        counts = [count for _, count in rows_now if isinstance(count, int)]
        watched.count(values, watched.step(values, Batch((), 0)), counts)


class _Watched:
    """The step of a place, and counts of what it did."""

    def __init__(self, work: Work, target: Target, step: Step) -> None:
        self.target, self.step = target, step
        self._takes_all = _takes_all(work, target.rule)
        self._values = self._stay = self._lost = self._codes = self._texts = self._named = 0
        self._some: set[SqlValue] = set()
        self._tried: set[SqlValue] = set()
        self._shown = False

    def __call__(self, values: Column, batch: Batch) -> Column:
        after = self.step(values, batch)
        pairs = Counter(zip(values, after, strict=True))
        self.count([before for before, _ in pairs], [now for _, now in pairs], list(pairs.values()))
        return after

    def count(self, values: Column, after: Column, counts: Sequence[int]) -> None:
        """Count what became of some values that are there so often."""
        for before, now, count in zip(values, after, counts, strict=True):
            if says_something(before):
                self._count(before, now, count)

    def effect(self, most: int | None) -> Effect:
        """What it did to the values that it was given, of so many rows at most."""
        shared = self.target.rule.technique is Technique.MICROAGGREGATE  # by at least k rows
        mostly = self._stay * 2 > self._values and not shared
        return Effect(
            *(self.target.rule.place, self.target.rule.technique),
            *(self._values, self._stay, self._lost, self._codes, self._texts),
            differ=len(self._some) > 1,
            shown=self._shown if isinstance(self.step, CellStep) else mostly,
            most=most,
            named=self._named,
        )

    def _count(self, before: SqlValue, now: SqlValue, count: int) -> None:
        self._values += count
        if len(self._some) < 2:
            self._some.add(before)
        if _is_as_it_was(before, now):
            self._stay += count
            self._codes += 0 if _has_fraction(before) else count
            self._shown = self._shown or self._nothing_else_becomes(before, now)
            if self.target.rule.technique is Technique.REDACT and isinstance(before, str):
                self._named += count * _is_a_name(before)
        elif not self._takes_all and self._says_nothing(before, now):
            self._lost += count
        if isinstance(before, int | float) and isinstance(now, str) and number_in(now) is None:
            self._texts += count

    def _says_nothing(self, before: SqlValue, now: SqlValue) -> bool:
        """Whether nothing is left of a value. The 0 of a number may be where its range begins."""
        if now is None or now in (ANY, "", b""):
            return True
        return now == 0 and not self.target.nullable and isinstance(before, str | bytes)

    def _nothing_else_becomes(self, before: SqlValue, now: SqlValue) -> bool:
        """Whether a value that stays is the only one that becomes this, as far as values near it tell."""
        if not isinstance(self.step, CellStep) or before in self._tried or len(self._tried) >= _TRIED:
            return False
        self._tried.add(before)
        near = _near(before)
        return now not in self.step.changed(near) if near else True


def says_something(value: SqlValue) -> bool:
    """Whether a value tells anything of anybody: not NULL, empty, or signs and zeros alone."""
    if isinstance(value, str):
        return any(letter.isalnum() and letter != "0" for letter in value)
    return bool(value)


def _is_as_it_was(before: SqlValue, now: SqlValue) -> bool:
    if before == now:
        return True
    if now is None or isinstance(before, bytes) or isinstance(now, bytes):
        return False
    if type(before) is type(now) and not isinstance(before, str):
        return False
    if str(before).strip() == str(now).strip():
        return True
    numbers = number_in(before), number_in(now)
    return numbers[0] == numbers[1] is not None and abs(numbers[1] or 0) < _EXACT


def _is_a_name(text: str) -> bool:
    """Whether a text is a given and a family name, in either order, with others between them at most."""
    words = text.replace(",", " ").split()
    if not 2 <= len(words) <= _MOST_WORDS_OF_A_NAME or not all(word[0].isupper() for word in words):
        return False
    first, last = fold_all([words[0], words[-1]])
    given, family = entries_of("given_name"), entries_of("family_name")
    return (first in given and last in family) or (first in family and last in given)


def _has_fraction(value: SqlValue) -> bool:
    return isinstance(value, float) or (isinstance(value, str) and _FRACTION.search(value) is not None)


def _near(value: SqlValue) -> list[SqlValue]:
    """Values that are nearly this one: the numbers beside it, texts in which one letter or digit is another."""
    if isinstance(value, int):
        return [value - 1, value + 1] if abs(value) < _EXACT else []
    if isinstance(value, float):
        unit = 10.0 ** -decimals(abs(value)) if abs(value) < _EXACT else 0.0
        return [value - unit, value + unit] if unit else []
    if not isinstance(value, str):
        return []
    places = [at for at, letter in enumerate(value) if letter.isalnum()][:_PLACES]
    return [f"{value[:at]}{'2' if value[at] == '1' else '1'}{value[at + 1 :]}" for at in places]


def _takes_all(work: Work, rule: Rule) -> bool:
    """Whether the rule says that nothing is to be left: the last level of a hierarchy."""
    if rule.technique is not Technique.GENERALIZE:
        return False
    hierarchy = from_options(rule.options, work.folder)
    return level_of(hierarchy, rule.options) == len(hierarchy.titles) - 1
