"""Makes the rules of a copy ready to be carried out."""

from __future__ import annotations

from collections.abc import Iterator

from steward_app.db import Session, quote
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.kernel.progress import Context
from steward_app.kernel.text import visible
from steward_app.services.privacy.model import Place, Technique, place_id
from steward_app.services.privacy.rules import ReleaseRules, Rule
from steward_app.services.privacy.transform import dealt
from steward_app.services.privacy.transform.completed import completed
from steward_app.services.privacy.transform.effects import effects
from steward_app.services.privacy.transform.making import Work, make
from steward_app.services.privacy.transform.model import ROW, Asked, Step, TableTransform, Transforms
from steward_app.services.privacy.transform.options import BadOption
from steward_app.services.privacy.transform.reasons import reasons
from steward_app.services.privacy.transform.target import Target
from steward_app.services.privacy.transform.together import together
from steward_app.services.schema.model import Column, Generated, Schema, Table, TableKind


def prepare(
    session: Session, schema: Schema, rules: ReleaseRules, key: bytes, context: Context
) -> Transforms:
    """What becomes of every table that a rule concerns.

    Reads whole columns where a technique needs them (the dictionary of persons, groups, circles), and leaves tables in
    `temp` until the result is closed. Everything is read of one moment when the session is inside `snapshot()`.

    Args:
        session: the one on which the rows are read afterwards.
        key: 16 to 64 bytes; the same key gives the same pseudonyms. It is kept in the result alone.

    Raises `Refused` where a rule cannot be carried out; `contract.check` says the same as findings, and more.
    """
    done = completed(schema, rules)
    against = next((finding for finding in done.findings if finding.blocks), None)
    if against:
        raise Refused(ErrorCode.BLOCKED, f"{against.title}.", hint=against.detail)
    work = Work(session, schema, done, key, context)

    def close() -> None:
        for name in work.made:
            dealt.drop(session, name)
        work.made.clear()

    try:
        with session.under(context):
            tables = {table.name: made for table in schema.tables if (made := transformed(work, table)).steps}
            done_by = effects(work)
            why = reasons(session, done.rules, work, tables, done_by)
    except BaseException:
        close()
        raise
    return Transforms(done.rules, tables, tuple(done.findings), why, done_by, close, Asked(rules, key))


def prepare_table(
    session: Session, schema: Schema, asked: Asked, table: Table, context: Context
) -> TableTransform:
    """What becomes of one table, where its techniques look at rows alone: the same as in what `prepare` gives."""
    return transformed(Work(session, schema, completed(schema, asked.rules), asked.key, context), table)


def transformed(work: Work, table: Table) -> TableTransform:
    """What becomes of one table. Raises `Refused` where the options of a rule make no sense."""
    columns = written(table)
    names = tuple(column.name for column in columns)
    reads = [f"{ROW}.{quote(name)}" for name in names]
    steps: dict[int, Step] = {}
    for place, column in enumerate(columns):
        rule = rule_of(work.done.rules, table, column)
        if rule is None:
            continue
        work.context.checkpoint()
        step = step_of(work, Target(table, column, rule, place, names, reads))
        if step is not None:
            steps[place] = step
    return TableTransform(table.name, names, tuple(reads), steps, together(steps))


def step_of(work: Work, target: Target) -> Step | None:
    """What becomes of one column; None where values are kept. Raises `Refused` where its options make no sense."""
    try:
        return make(work, target)
    except BadOption as error:
        raise Refused(
            ErrorCode.BLOCKED,
            f"The rule of {visible(place_id(target.rule.place))} cannot be carried out: {visible(str(error))}.",
            hint="Nothing was written. Correct the rule in the policy.",
        ) from None


def written(table: Table) -> tuple[Column, ...]:
    """The columns of a table that are stored, and that a copy writes."""
    if table.kind not in (TableKind.TABLE, TableKind.VIRTUAL):
        return ()
    return tuple(column for column in table.columns if column.generated is Generated.NO and not column.hidden)


def rule_of(rules: ReleaseRules, table: Table, column: Column) -> Rule | None:
    """The rule of a column; of one that has rules for paths only, that of its JSON."""
    rule = rules.at(Place(table.name, column.name))
    if rule is None and any(_inside(rules, table, column)):
        return Rule(Place(table.name, column.name), Technique.JSON)
    return rule


def _inside(rules: ReleaseRules, table: Table, column: Column) -> Iterator[bool]:
    return (
        bool(each.place.path)
        for each in rules.rules
        if (each.place.table, each.place.column) == (table.name, column.name)
    )
