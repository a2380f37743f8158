"""Values that a statement reckons from themselves, or chooses, and leaves less of: nothing leads back to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from steward_app.db import fold, quote
from steward_app.kernel.finding import Severity, Subject
from steward_app.kernel.text import plural, quoted
from steward_app.services.migrate.lint.acts import Insert, Update
from steward_app.services.migrate.lint.conflicts import conflicts
from steward_app.services.migrate.lint.expressions import CHOOSES, RECKONS, looks_up, names, reads_own, words
from steward_app.services.migrate.lint.keys import unique_keys
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.rows import Rows
from steward_app.services.migrate.lint.sources import as_kept
from steward_app.services.migrate.lint.step import Step
from steward_app.services.migrate.lint.upserts import met, replacing, words_of
from steward_app.services.schema.model import Column, Generated

_SHORTENS: Final = frozenset({"date", "time", "strftime", "substr", "substring"})
_PARTS: Final = frozenset({"substr", "substring"})
_ROUNDS: Final = frozenset({"round", "floor", "ceil", "ceiling", "trunc", "cast"})
_TIDIES: Final = frozenset(
    {"trim", "ltrim", "rtrim", "lower", "upper", "replace", "nullif", "coalesce", "ifnull", "case"}
)
"""What somebody writes who knows that values become the same: so they are to be."""
_DIVIDES: Final = frozenset({"/", ">>", "%"})
_TREES: Final = "json_valid(o) AND json_valid(n) AND json_type(o) IN ({0}) AND json_type(n) IN ({0})".format(
    "'object', 'array'"
)
_ATOMS: Final = "SELECT atom, {1} AS held FROM json_tree({0}) WHERE atom IS NOT NULL"
_PARTED: Final = (
    f"CASE WHEN {_TREES} THEN EXISTS (SELECT 1 FROM ({_ATOMS.format('o', 1)} UNION ALL {_ATOMS.format('n', -1)})"
    " GROUP BY CAST(atom AS TEXT) HAVING sum(held) > 0) ELSE 0 END"
)
"""The condition that a JSON text holds something, wherever it stood, that it does not hold any more."""
_ONCE: Final = (
    "n IS NOT NULL AND again COLLATE BINARY IS n AND instr(n, o) = 0"
    f" AND CASE WHEN {_TREES} THEN 0 ELSE 1 END"
)
"""The condition that what a value becomes would become the same: nothing tells which of the two it was."""
_OTHER: Final = quote("+o")
_NEXT: Final = quote("+next")
_KEEPS_TYPES: Final = "BLOB"
"""The affinity of a column of ANY, or without a type: what is text in it is not what reads the same as a number."""
_CHANGED: Final = "o COLLATE BINARY IS NOT n AND CAST(o AS TEXT) COLLATE BINARY IS NOT CAST(n AS TEXT)"
_BESIDE: Final = "typeof(o) = 'integer' AND o <> 0 AND next IS n"
"""The condition that the whole number next to a value becomes the same: what lay between two results is cut off."""


@dataclass(frozen=True, slots=True)
class _Written:
    """A column that a statement writes into rows that are there.

    Attributes:
        how: the statement in a word.
        sql: a query for what the column holds, "o", and what it gets, "n".
        said: names and signs in what it gets; none where that is not reckoned from what it holds.
        again_sql: the same with what "n" would become, "again", and what the whole number next to "o" becomes,
            "next"; "" where that is not asked.
        apart: no two rows have the same in the column.
        staying: a condition of pairs whose row keeps what it holds, since another row is in the way.
    """

    how: str
    table: str
    column: Column
    sql: str
    said: frozenset[str]
    again_sql: str = ""
    apart: bool = False
    staying: str = "0"


def problems(
    step: Step, rows: Rows, act: Update, read: Set[str], copied: Mapping[str, Set[str]]
) -> Iterator[Problem]:
    """What of the values of a column an UPDATE of it from itself does not keep. Called before the rows follow it.

    So does one that chooses rows by the column, and gives several values the same.

    Args:
        read: columns, folded, that statements before it took somewhere else.
        copied: columns, folded, that it reads in copies that do not stay, with the words that made these.
    """
    around = f"{act.with_sql} {act.from_sql}"
    own = _own(step, act.table)

    def looked_up(name: str, expression: str) -> frozenset[str]:
        """The words that make what a column gets of what it holds, by way of its table or of a copy of it."""
        said = frozenset(words(f"{expression} {around}"))
        if fold(name) in own & said and looks_up(f"{expression} {around}", act.table):
            return said
        return said | copied[fold(name)] if fold(name) in copied else frozenset()

    if act.told:
        for column, expression, said in _writes(step, act, act.where_sql, read, looked_up):
            if pairs := _pairs(step, rows, act, column, expression):
                again = _again(step, rows, act, column, expression) if said and not said & CHOOSES else ""
                apart, staying = _apart(step, act, column)
                yield from _less(
                    step, rows, _Written("UPDATE", act.table, column, pairs, said, again, apart, staying)
                )


def by_an_insert(step: Step, rows: Rows, act: Insert, read: Set[str]) -> Iterator[Problem]:
    """The same of DO UPDATE and REPLACE. Called before the rows follow it."""
    how, writing = ("DO UPDATE", act) if act.sets else ("REPLACE", replacing(step, act))
    if writing is None or writing.upsert is None:
        return
    itself = looks_up(writing.query_sql, writing.table)

    def looked_up(name: str, expression: str) -> frozenset[str]:
        said = frozenset(words_of(writing, expression))
        return said if itself and fold(name) in said else frozenset()

    writes = list(_writes(step, writing, writing.upsert.where_sql, read, looked_up))
    found = met(step, writing, rows, again=True) if writes else None
    if found is None:
        return
    over_both = {fold(column): expression for column, expression in found.sets}
    once = ", ".join(found.own(term.name) for term in found.key.columns)
    for column, _, said in writes:
        own, new = found.own(column.name), over_both[fold(column.name)]
        pairs = f"SELECT {own} AS o, ({new}\n) AS n FROM {found.from_sql} GROUP BY {once}"
        yield from _less(step, rows, _Written(how, act.table, column, pairs, said))


def _own(step: Step, table: str) -> set[str]:
    """The columns of a table, folded, that a statement reads."""
    return {
        fold(each.column)
        for each in step.accesses
        if each.action == "SQLITE_READ" and fold(each.table) == fold(table)
    }


def _writes(
    step: Step,
    act: Insert | Update,
    where_sql: str,
    read: Set[str],
    looked_up: Callable[[str, str], frozenset[str]],
) -> Iterator[tuple[Column, str, frozenset[str]]]:
    """The columns that are written from themselves, or in rows that they choose: with what they get."""
    table, own = step.before.table(act.table), _own(step, act.table)
    for place, (name, expression) in enumerate(act.sets if table else ()):
        column = table.column(name) if table else None
        others = [each for at, each in enumerate(act.sets) if at != place]
        kept = any(
            fold(name) in (words_of(act, each) if isinstance(act, Insert) else names(each))
            for _, each in others
        )
        if column is None or column.generated is not Generated.NO or kept or fold(name) in read:
            continue
        if fold(name) in own & names(expression) and reads_own(expression, act.known_as, name):
            yield column, expression, frozenset(names(expression))
        elif said := looked_up(name, expression):
            yield column, expression, said
        elif reads_own(where_sql, act.known_as, name):
            yield column, expression, frozenset()


def _pairs(step: Step, rows: Rows, act: Update, column: Column, expression: str) -> str:
    """A query for what a column holds, "o", and what an UPDATE makes of it, "n"; "" where that is not known."""
    own, here = quote(column.name), rows.from_sql(act.table, act.known_as)
    if not act.plain:
        return _chosen(step, rows, act, own, expression)
    if not here:
        return ""
    if not rows.plainly(step, [act.where_sql, expression]):
        return _chosen(step, rows, act, own, expression)
    return f"SELECT {own} AS o, ({_new(act, column, expression)}\n) AS n FROM {here}"


def _again(step: Step, rows: Rows, act: Update, column: Column, expression: str) -> str:
    """The same query with what a second UPDATE would make of the value; "" where that is not known."""
    table, source, here = (
        step.before.table(act.table),
        rows.source(act.table),
        rows.from_sql(act.table, act.known_as),
    )
    if (
        not table
        or not source
        or not act.plain
        or not here
        or not rows.plainly(step, [act.where_sql, expression])
    ):
        return ""
    own, columns = quote(column.name), [quote(each.name) for each in source.columns(table)]
    new = as_kept(column, f"({_new(act, column, expression)}\n)")

    def with_own(value: str, *beside: str, of: str) -> str:
        """The rows of a query with another value in the column, under the name that the statement has for them."""
        values = [f"{value} AS {own}" if each == own else each for each in columns]
        return f"(SELECT {', '.join([*values, *beside])} FROM {of}) AS {quote(act.known_as)}"

    beside = with_own(
        f"iif(typeof({own}) = 'integer', {own} - sign({own}), {own})", f"{own} AS {_OTHER}", of=here
    )
    before = with_own(_OTHER, f"{new} AS {_NEXT}", _OTHER, of=beside)
    after = with_own(new, _NEXT, _OTHER, of=before)
    return f"SELECT {_OTHER} AS o, {own} AS n, {new} AS again, {_NEXT} AS next FROM {after}"


def _new(act: Update, column: Column, expression: str) -> str:
    """What an UPDATE makes of a column, of whatever row."""
    if not act.where_sql:
        return expression
    return f"CASE WHEN ({act.where_sql}\n) THEN ({expression}\n) ELSE {quote(column.name)} END"


def _apart(step: Step, act: Update, column: Column) -> tuple[bool, str]:
    """Whether no two rows have the same in a column, and the condition that IGNORE leaves a row as it is for that."""
    table = step.before.table(act.table)
    if table is None:
        return False, "0"
    own = [each for each in unique_keys(table, "ABORT") if not each.where and len(each.columns) == 1]
    own = [each for each in own if fold(each.columns[0].name) == fold(column.name)]
    ignoring = [each.columns[0].collation for each in own if each in conflicts(table, act).ignoring]
    staying = [f"n COLLATE {quote(each)} IN (SELECT o FROM pairs)" for each in ignoring]
    return bool(own), " OR ".join(staying) or "0"


def _chosen(step: Step, rows: Rows, act: Update, own: str, expression: str) -> str:
    source = rows.chosen_with(step, act, [f"{quote(act.known_as)}.{own}", f"({expression}\n)"])
    return f"WITH chosen(o, n) AS ({source.sql}) SELECT o, n FROM chosen" if source else ""


def _less(step: Step, rows: Rows, found: _Written) -> Iterator[Problem]:
    column, said = found.column, found.said
    row = rows.ask(_question(found, found.again_sql)) if found.again_sql else None
    row = row or rows.ask(
        _question(
            found, f"SELECT o, {as_kept(column, 'n')} AS n, NULL AS again, NULL AS next FROM ({found.sql})"
        )
    )
    nulls, same_as, cut, parted, once, typed, count, kinds = (
        each if isinstance(each, int) else 0 for each in row or (0,) * 8
    )
    if not count:
        return
    parts = [
        *([f"cuts {plural(cut, 'value')}"] if cut else []),
        *([f"makes {plural(nulls, 'value')} NULL"] if nulls else []),
        *([f"makes {plural(same_as, 'value')} the same as others that differed"] if same_as else []),
        *([f"takes something out of {plural(parted, 'JSON text')}"] if parted else []),
        *([f"leaves no way back to {plural(once, 'value')}"] if once else []),
        *([f"gives {plural(typed, 'value')} another type"] if typed else []),
    ]
    title = f"{found.how} of {quoted(column.name)} of {quoted(found.table)} {_listed(parts)}"
    subject = Subject("column", found.table, columns=(column.name,))
    if said:
        tidies = bool(said & _TIDIES) and not said & (_SHORTENS | _ROUNDS | RECKONS)
        meant = not parted and (tidies or count == once + typed)
    else:  # some values are chosen to become another one; where it is all that there are, none is left
        meant = kinds == 1 or count != rows.count(found.table, f"{quote(column.name)} IS NOT NULL")
    yield step.problem(
        "values_narrowed", title, subject, severity=Severity.NOTE if meant else None, count=count
    )


def _question(found: _Written, pairs_sql: str) -> str:
    """A query for how many values become less, in which way and in all, and how many kinds of them; each reckoned once.

    Args:
        pairs_sql: a query for what the column holds, what it gets, and what that and the number next to it become.
    """
    differ = "min(o COLLATE BINARY) IS NOT max(o COLLATE BINARY) OR (count(o) > 0 AND count(o) < count(*))"
    same = "0" if found.apart else f"n IN (SELECT n FROM pairs GROUP BY n HAVING {differ})"
    parted, once = (_PARTED, _ONCE) if found.said else ("0", "0")
    keeps = found.said and found.column.affinity == _KEEPS_TYPES
    typed = "n IS NOT NULL AND typeof(o) <> typeof(n)" if keeps else "0"
    lost = "empty OR same OR cut OR parted"
    return (
        f"WITH pairs AS MATERIALIZED ({pairs_sql}),"
        f" gone AS MATERIALIZED (SELECT o, n IS NULL AS empty, {same} AS same,"
        f" {_CHANGED} AND ({_cut(found.said)}) AS cut,"
        f" {parted} AS parted, {once} AS once, {typed} AS typed"
        f" FROM pairs WHERE o IS NOT NULL AND ({_CHANGED} OR {typed}) AND ({found.staying}) IS NOT TRUE)"
        " SELECT count(*) FILTER (WHERE empty), count(*) FILTER (WHERE same), count(*) FILTER (WHERE cut),"
        f" count(*) FILTER (WHERE parted), count(*) FILTER (WHERE once AND ({lost}) IS NOT TRUE),"
        f" count(*) FILTER (WHERE typed AND ({lost} OR once) IS NOT TRUE),"
        f" count(*) FILTER (WHERE {lost} OR once OR typed), count(DISTINCT o COLLATE BINARY) FROM gone"
    )


def _cut(said: frozenset[str]) -> str:
    """The condition that a value is cut short, where the expression says so."""
    if said & RECKONS:  # in what it makes of the value, or in where it cuts it
        parts = "length(n) < length(o) AND instr(o, n) > 0" if said & _PARTS else "0"
        return f"({parts}) OR ({_BESIDE})" if said & (_DIVIDES | _ROUNDS) else parts
    if said & _ROUNDS:
        return "n IS NOT NULL"
    return "length(n) < length(o)" if said & _SHORTENS else "0"


def _listed(parts: Sequence[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last
