"""How easily somebody is found in a finished copy: measured of every table about persons, whatever the rules ask.

By the columns that the rules say are known to others; where they say nothing of a table, by those that were decided or
found to identify with others, as far as the copy still shows what they hold. Groups count persons, as far as the copy
still tells whose a row is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from steward_app.db import ReadSession, fold, open_read, qualified
from steward_app.kernel.errors import Cancelled, StewardError
from steward_app.kernel.progress import Context
from steward_app.kernel.text import quoted
from steward_app.services.privacy.anonymize.findings import follows
from steward_app.services.privacy.anonymize.model import CopyRisk
from steward_app.services.privacy.classify.quasi import Known, question_in
from steward_app.services.privacy.demands import demand_of, demands
from steward_app.services.privacy.kinds import kinds
from steward_app.services.privacy.model import Identifies, Place, Technique
from steward_app.services.privacy.reach import known_table, reach
from steward_app.services.privacy.risk.model import Question
from steward_app.services.privacy.risk.persons import TELLS_APART, person_columns
from steward_app.services.privacy.risk.staying import Asked
from steward_app.services.privacy.rules import Limits, ReleaseRules
from steward_app.services.privacy.ways import persons_of
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Schema, Table, TableKind

if TYPE_CHECKING:
    from steward_app.services.privacy.risk import Risk

MOVED: Final = (Technique.SHIFT, Technique.NOISE, Technique.SHUFFLE)
"""After these, rows that were alike need not be alike any more."""

_EMPTY: Final = "The copy holds no rows of it."


@dataclass(frozen=True, slots=True)
class ToMeasure:
    """A table of a copy that is about persons, and what is asked of it.

    Attributes:
        question: None where nothing can be asked; `why_not` says why, in a sentence.
        named: the rules say which of its columns, or of those it leads to, are known to others.
        limits: what its groups must reach.
        direct: its columns that lead to a person by themselves, and that the rules keep.
        led: it is asked for what its rows lead to: only those count that lead there.
        beside: its other columns about persons that the copy has as they were.
    """

    table: str
    question: Question | None
    named: bool
    why_not: str = ""
    limits: Limits = field(default_factory=Limits)
    direct: tuple[str, ...] = ()
    led: bool = False
    beside: tuple[str, ...] = ()

    @property
    def is_limited(self) -> bool:
        """Whether anything must be reached."""
        return self.question is not None and Asked.of(self.limits).anything


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of a table of a copy; `risk` is None where nothing was, and `told` says why."""

    told: CopyRisk
    risk: Risk | None
    named: bool
    limits: Limits = field(default_factory=Limits)


def measure_copy(
    new: Path, rules: ReleaseRules, what: Known | None, context: Context, left: Collection[Place] = ()
) -> tuple[Measured, ...]:
    """The risk of each table about persons, and that of each of which the rules ask for something.

    Args:
        new: the finished copy.
        what: what was found and decided in the original; None to measure what the rules ask for alone.
        left: where the rules left most values as they were: these columns count as kept.

    Raises `StewardError` where it cannot be measured whether a limit of the rules is reached, `Cancelled`.
    """
    limited = any(
        each.anything for each in (Asked.of(rules.limits), *map(Asked.of, rules.table_limits.values()))
    )
    if what is None and not limited:
        return ()
    with open_read(new, context) as session, session.snapshot():
        schema = read_schema(session, context)
        with session.under(context):
            asked = tuple(to_measure(session, schema, rules, what or Known({}, {}), context))
        return tuple(
            _measured(session, schema, each, rules, context, left)
            for each in asked
            if what is not None or each.is_limited
        )


def to_measure(
    session: ReadSession, schema: Schema, rules: ReleaseRules, what: Known, context: Context
) -> Iterator[ToMeasure]:
    """Of each table about persons what is to be asked of it; those first that the rules name.

    Where neither rules nor anybody else say who the data is about, tables that the rules change are taken. Where
    nothing can be asked of a table itself, and something of what its rows lead to, that alone is.

    Args:
        session, schema: of the copy.
    """
    from steward_app.services.privacy.transform.completed import completed

    there = [each.name for each in schema.tables if each.kind is TableKind.TABLE and not each.ours]
    about = {*what.kinds, *what.subjects}
    if not about and not any(rules.quasi_identifiers.values()):
        about = {rule.place.table for rule in rules.rules if rule.technique is not Technique.KEEP}
    done = completed(schema, rules).rules
    leading = tuple(
        each
        for each in demands(schema, rules)
        if each.led and session.count(f"SELECT EXISTS (SELECT 1 FROM {qualified(each.table)})")
    )
    by_leading = {fold(each.table) for each in leading}
    for table in dict.fromkeys((*rules.quasi_identifiers, *(name for name in there if name in about))):
        context.checkpoint()
        named = table in rules.quasi_identifiers
        if table in there and not session.count(f"SELECT EXISTS (SELECT 1 FROM {qualified(table)})"):
            yield ToMeasure(table, None, named, _EMPTY)
        elif named and not rules.quasi_identifiers[table]:
            yield ToMeasure(table, None, named, "The rules say that nobody knows a column of it.")
        else:
            direct = _kept(what, done, schema, table, Identifies.DIRECT)
            others = _kept(what, done, schema, table, Identifies.INDIRECT, Identifies.NONE)
            own = demand_of(rules, table) if named else None
            question = (
                Question(table, own.by, own.told)
                if own
                else question_in(session, schema, table, what, context, made_by=rules)
            )
            person = whose_rows(session, schema, table, what, rules) if question and table in there else ()
            if question is None and not direct and fold(table) in by_leading:
                continue
            yield ToMeasure(
                *(table, question and replace(question, person=person), named),
                "" if question else _why_not(direct),
                own.limits if own else Limits(),
                direct,
                beside=tuple(
                    name for name in others if question and name not in (*question.by, *question.sensitive)
                ),
            )
    for led in leading:
        context.checkpoint()
        person = whose_rows(session, schema, led.table, what, rules, led=True)
        question = Question(led.table, led.by, led.told, person)
        yield ToMeasure(led.table, question, True, limits=led.limits, led=True)


def _kept(what: Known, done: ReleaseRules, schema: Schema, table: str, *how: Identifies) -> tuple[str, ...]:
    """The columns of a table that lead to a person in some way, and that no rule changes; but for its keys, unless by
    themselves.

    One that is computed from changed ones follows them.
    """
    there = schema.table(table)
    computed = {
        column.name for column in (there.columns if there else ()) if there and follows(there, column, done)
    }
    changed = {rule.place for rule in done.rules if rule.technique is not Technique.KEEP}
    by_kind = {name: told.identifies for name, kind in what.of(table).items() if (told := kinds().get(kind))}
    identifies = {**by_kind, **what.identifies.get(table, {})}
    return tuple(
        name
        for name in what.of(table)
        if Place(table, name) not in changed
        and name not in computed
        and identifies.get(name) in how
        and (Identifies.DIRECT in how or not _is_key(there, name))
    )


def _is_key(table: Table | None, name: str) -> bool:
    """Whether a column is in a key, of its own or of others: what numbers rows, nobody knows of somebody."""
    keys = [key.columns for key in table.foreign_keys] if table else []
    keys += [table.primary_key.columns] if table and table.primary_key else []
    return any(name in columns for columns in keys)


def _why_not(direct: Sequence[str]) -> str:
    """Why nothing is asked of a table: nothing of it identifies with others. What identifies alone may be kept."""
    if not direct:
        return "The copy shows no column of it by which somebody could be found."
    if len(direct) == 1:
        return f"{quoted(direct[0])} leads to a person by itself, and is kept as it was."
    names = f"{', '.join(map(quoted, direct[:-1]))} and {quoted(direct[-1])}"
    return f"{names} lead to a person by themselves, and are kept as they were."


def whose_rows(
    session: ReadSession,
    schema: Schema,
    table: str,
    what: Known,
    made_by: ReleaseRules | None = None,
    *,
    led: bool = False,
) -> tuple[str, ...]:
    """What tells whose row of a table it is, so that groups count persons; () where no two are of one, or nobody knows.

    Args:
        what: what was found and decided in the file, or in the original of a copy.
        made_by: rules of the copy that the file is; what they say counts before.
        led: as for `person_columns`.
    """
    rules = made_by or ReleaseRules("", ())
    persons = {**persons_of(session, schema, what.subjects), **rules.persons}
    return told_apart(session, schema, replace(rules, persons=persons), table, led=led)


def told_apart(
    session: ReadSession, schema: Schema, rules: ReleaseRules, name: str, *, led: bool = False
) -> tuple[str, ...]:
    """What tells in a copy whose row it is; () where a rule made rows of several persons alike.

    Args:
        session, schema: of the copy.
    """
    from steward_app.services.privacy.transform.completed import completed

    columns = person_columns(session, schema, rules, name, led=led)
    done = completed(schema, rules).rules
    of_columns = (done.at(place) for column in columns for place in _on_the_way(schema, name, column))
    return columns if all(rule is None or rule.technique in TELLS_APART for rule in of_columns) else ()


def _on_the_way(schema: Schema, table: str, column: str) -> Iterator[Place]:
    """The columns that lead from a row to what tells whose it is, and that one."""
    reached = reach(schema, known_table(schema, table), column)
    child = table
    for key in reached.keys:
        yield from (Place(child, name) for name in key.columns)
        child = key.parent_table
    yield Place(reached.table, reached.column)


def _measured(
    session: ReadSession,
    schema: Schema,
    asked: ToMeasure,
    rules: ReleaseRules,
    context: Context,
    left: Collection[Place],
) -> Measured:
    from steward_app.services.privacy.risk.measure import measure_in

    if asked.question is None:
        return Measured(CopyRisk(asked.table, why_not=asked.why_not), None, asked.named)
    question = asked.question if asked.is_limited or asked.led else replace(asked.question, sensitive=())
    context.report(0, note=f"Measuring how easily somebody is found in {quoted(asked.table)}")
    try:
        with context.step() as step:
            risk = measure_in(session, question, step, schema)
    except Cancelled:
        raise
    except StewardError as error:
        if asked.is_limited:
            raise
        return Measured(CopyRisk(asked.table, why_not=error.message), None, asked.named)
    if not risk.records:  # a view without rows
        why_not = "None of its rows leads to what could be learnt of it." if asked.led else _EMPTY
        return Measured(CopyRisk(asked.table, why_not=why_not), None, asked.named)
    table = known_table(schema, risk.table)
    found = CopyRisk(
        *(risk.table, risk.by, question.person),
        *(risk.records, risk.groups, risk.k, risk.uniques),
        moved=tuple(
            name
            for name in risk.by
            if (rule := rules.at(_place(schema, table, name)))
            and rule.technique in MOVED
            and rule.place not in left
        ),
        named=asked.named,
        direct=asked.direct,
        beside=asked.beside,
        leading_to=risk.leading_to if asked.led else (),
    )
    return Measured(found, risk, asked.named, asked.limits)


def _place(schema: Schema, table: Table, name: str) -> Place:
    """Where a column stands that rows of a table have or lead to."""
    reached = reach(schema, table, name)
    return Place(reached.table, reached.column)
