"""What a file leaves behind: judged at its end, since a table may be dropped in one line and be back in the next."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import Final

from steward_app.db import fold
from steward_app.db.tokens import Category, significant, tokenize, unquote
from steward_app.kernel.finding import Severity, Subject
from steward_app.kernel.text import quoted, visible
from steward_app.services.migrate.anew import says_written_anew
from steward_app.services.migrate.joined import joined_otherwise, joints
from steward_app.services.migrate.lint.acts import Create, Drop, RenameTable
from steward_app.services.migrate.lint.model import Problem
from steward_app.services.migrate.lint.step import Step, earlier_name, since
from steward_app.services.schema.diff import Change, ChangeKind, compare
from steward_app.services.schema.model import Schema, Table, TableKind, Trigger

_SHOWN: Final = 6
_OURS: Final = "_steward_"
_RULES: Final = frozenset({"check", "foreign key"})
_WITH_OBJECTS: Final = frozenset({TableKind.TABLE, TableKind.VIEW})


def problems(steps: Sequence[Step], texts_for_names: Collection[str] = ()) -> Iterator[Problem]:
    """What is so at the end of a file and was not at its beginning.

    Args:
        texts_for_names: views that give a text for a column, which is told by itself.
    """
    before, after = steps[0].before, steps[-1].after
    if before.hash == after.hash:
        return
    for table in after.tables:
        if table.kind is TableKind.VIEW:
            yield from _view(steps, before.table(table.name), table, said=table.name in texts_for_names)
    old = _triggers(before)
    for name, (table, trigger) in _triggers(after).items():
        yield from _trigger(steps, old.get(name), table, trigger)
    yield from _written_anew(steps, before, after)


def _view(steps: Sequence[Step], was: Table | None, view: Table, *, said: bool) -> Iterator[Problem]:
    if view.problem:
        if was is None or not was.problem:
            step = since(steps, lambda schema: bool((found := schema.table(view.name)) and found.problem))
            title = f"The view {quoted(view.name)} does not compile: {visible(view.problem, 120)}"
            yield step.problem("breaks_view", title, Subject("view", view.name))
    elif was is not None and not was.problem and was.sql == view.sql:
        came = tuple(name for name in _came(was, view) if not (said and _is_text(name)))
        if came:
            step = since(steps, lambda schema: _has(schema, view.name, came[0]))
            listed = ", ".join(map(quoted, came[:_SHOWN]))
            title = f"The view {quoted(view.name)} shows {listed} from now on"
            yield step.problem("view_shows_column", title, Subject("view", view.name, columns=came))
    elif was is not None and not was.problem and not _is_made(steps, view):
        names = zip(was.columns, view.columns, strict=False)
        renamed = [
            (one.name, other.name)
            for one, other in names
            if one.name != other.name and not (said and _is_text(other.name))
        ]
        if renamed:
            step = since(steps, lambda schema: _has(schema, view.name, renamed[0][1]))
            listed = ", ".join(f"{quoted(new)} in place of {quoted(old)}" for old, new in renamed[:_SHOWN])
            title = f"The view {quoted(view.name)} gives {listed} from now on"
            subject = Subject("view", view.name, columns=tuple(new for _, new in renamed))
            yield step.problem("view_column_renamed", title, subject)
    if was is not None and not (was.problem or view.problem or _is_made(steps, view)):
        yield from _joined(
            steps, was, view, Subject("view", view.name), lambda schema: schema.table(view.name)
        )


def _joined(
    steps: Sequence[Step],
    was: Table | Trigger,
    now: Table | Trigger,
    subject: Subject,
    found: Callable[[Schema], Table | Trigger | None],
) -> Iterator[Problem]:
    """A view or trigger that joins by other columns, since its tables have others in common."""
    before, after = steps[0].before, steps[-1].after
    at_the_end = joints(now, after)
    earlier = joints(now, after, lambda table, column: earlier_name(steps, table, column))
    said = joined_otherwise(joints(was, before), earlier)
    if said:
        step = since(
            steps, lambda schema: (made := found(schema)) is not None and joints(made, schema) == at_the_end
        )
        title = f"The {subject.kind} {quoted(now.name)} {said}"
        yield step.problem(f"{subject.kind}_joins_otherwise", title, subject)


def _is_text(column: str) -> bool:
    """Whether a view gives a text by no other name than the text as it is written."""
    return column[:1] in ("'", '"')


def _is_made(steps: Sequence[Step], made: Table | Trigger) -> bool:
    """Whether a statement makes the view or trigger, and says itself what it gives."""
    kind = "trigger" if isinstance(made, Trigger) else "view"
    return any(
        isinstance(s.act, Create) and s.act.kind == kind and fold(s.act.name) == fold(made.name)
        for s in steps
    )


def _trigger(
    steps: Sequence[Step], was: tuple[Table, Trigger] | None, table: Table, trigger: Trigger
) -> Iterator[Problem]:
    name = fold(trigger.name)
    dead, dead_before = _dead(table, trigger), _dead(*was) if was else ()
    subject = Subject("trigger", table.name, trigger.name, dead)
    if dead and not dead_before:
        step = since(
            steps, lambda schema: (found := _triggers(schema).get(name)) is not None and bool(_dead(*found))
        )
        alone = len(dead) == len(trigger.of_columns)
        title = (
            f"The trigger {quoted(trigger.name)} waits for changes of {quoted(dead[0])}, which is no column of"
            f" {quoted(table.name)}{', and for no others: the file is rolled back' if alone else ''}"
        )
        severity = Severity.ERROR if alone else None
        yield step.problem("trigger_waits_in_vain", title, subject, severity=severity)
    elif trigger.problem and not dead:
        if was is None or not was[1].problem:
            step = since(
                steps, lambda schema: bool((found := _triggers(schema).get(name)) and found[1].problem)
            )
            title = f"The trigger {quoted(trigger.name)} does not compile: {visible(trigger.problem, 120)}"
            yield step.problem("breaks_trigger", title, subject)
    elif was is not None and was[1].sql == trigger.sql:
        yield from _passed(steps, was[0], table, trigger)
    if was is not None and not (was[1].problem or trigger.problem or _is_made(steps, trigger)):
        yield from _joined(
            steps, was[1], trigger, subject, lambda schema: _triggers(schema).get(name, (None, None))[1]
        )


def _passed(steps: Sequence[Step], was: Table, table: Table, trigger: Trigger) -> Iterator[Problem]:
    """A new column beside a trigger that writes most of the others elsewhere: an audit made by hand."""
    schema = steps[-1].after
    written = {name for name, _ in trigger.writes if fold(name) != fold(table.name)}
    elsewhere = {name for name in written if (found := schema.table(name)) and found.kind is TableKind.TABLE}
    own = {fold(column) for name, column in trigger.reads if fold(name) == fold(table.name)}
    names = {fold(column.name) for column in was.columns}
    came = tuple(name for name in _came(was, table) if fold(name) not in own)
    most = len(own & names) > 1 and len(own & names) * 2 >= len(names)
    if came and elsewhere and most and fold(was.name) == fold(table.name):
        step = since(steps, lambda schema: _has(schema, table.name, came[0]))
        title = f"The trigger {quoted(trigger.name)} does not write {quoted(came[0])} of {quoted(table.name)}"
        subject = Subject("trigger", table.name, trigger.name, came)
        yield step.problem("trigger_passes_column", title, subject)


def _written_anew(steps: Sequence[Step], before: Schema, after: Schema) -> Iterator[Problem]:
    """What was dropped and is there again: what a table is not any more, and what went with it, or with a view."""
    there = {("trigger", name) for name in _triggers(after)}
    there |= {("index", fold(index.name)) for table in after.tables for index in table.indexes}
    there |= {(s.act.kind, fold(s.act.name)) for s in steps if isinstance(s.act, Drop)}  # which was meant
    for table in before.tables:
        step = dropping(steps, table)
        if step is None or after.table(table.name) is None or table.ours or table.kind not in _WITH_OBJECTS:
            continue
        objects = [("index", each.name, each.sql) for each in table.indexes if each.origin == "create"]
        objects += [("trigger", each.name, each.sql) for each in table.triggers if not each.temporary]
        for kind, name, sql in objects:
            if (kind, fold(name)) not in there and not fold(name).startswith(_OURS):
                title = f"The {kind} {quoted(name)} goes with {quoted(table.name)} and is not made again"
                yield step.problem("object_lost", title, Subject(kind, table.name, name), fix_sql=f"{sql};")
        if table.kind is TableKind.TABLE:
            yield from _otherwise(step, steps, table, before, after)


def _otherwise(
    step: Step, steps: Sequence[Step], table: Table, before: Schema, after: Schema
) -> Iterator[Problem]:
    if says_written_anew(step.script.text, table.name):
        return  # and what changes
    renamed = _renamed(steps, after.table(table.name))
    changes = [
        change
        for change in compare(before, after).changes
        if fold(change.subject.table) == fold(table.name)
        and change.subject.kind not in ("index", "trigger")
        and change.kind is not ChangeKind.ADDED
        and not (change.subject.kind == "unique" and change.kind is ChangeKind.REMOVED)  # told by itself
        and not (change.subject.kind == "column" and fold(change.subject.name) in renamed)
        and not _reads_the_same(change)
    ]
    for change in filter(_lets_in_more, changes):
        title = f"{quoted(table.name)} is written anew otherwise: {change.sentence}"
        yield step.problem("rule_dropped", title, replace(change.subject, table=table.name))
    said = [change.sentence for change in changes if not _lets_in_more(change)]
    if said:
        more = f", and {len(said) - _SHOWN} more" if len(said) > _SHOWN else ""
        title = f"{quoted(table.name)} is written anew otherwise: {'; '.join(said[:_SHOWN])}{more}"
        yield step.problem("rebuilt_otherwise", title, Subject("table", table.name))


def _renamed(steps: Sequence[Step], table: Table | None) -> set[str]:
    """What columns were called, folded, that have another name at the end."""
    if table is None:
        return set()
    earlier = {fold(each.name): fold(earlier_name(steps, table.name, each.name)[1]) for each in table.columns}
    return {was for name, was in earlier.items() if was != name}


def _lets_in_more(change: Change) -> bool:
    """Whether a rule is gone or another one: a row may be in the table then that could not be, or stay there."""
    kind, whats = change.subject.kind, {each.what: each for each in change.differences}
    if change.kind is ChangeKind.REMOVED:
        return kind in _RULES
    optional = "not null" in whats and whats["not null"].after == "no"
    typed_no_more = "strict" in whats and whats["strict"].after == "no"
    return kind in _RULES or optional or typed_no_more or "collation" in whats


def _reads_the_same(change: Change) -> bool:
    """Whether two texts differ in the quotes of names at most: RENAME puts them around the name of the table."""
    texts = [each for each in change.differences if each.what == "text"]
    same = texts and all(_bare(each.before) == _bare(each.after) for each in texts)
    return bool(same) and len(texts) == len(change.differences)


def _bare(sql: str) -> list[str]:
    return [
        token.text if token.category is Category.STRING else fold(unquote(token.text))
        for token in significant(tokenize(sql))
    ]


def dropping(steps: Sequence[Step], table: Table) -> Step | None:
    """The statement that drops a table or view of the file, whatever the file calls it by then, or None."""
    name = fold(table.name)
    for step in steps:
        match step.act:
            case RenameTable(before, after) if fold(before) == name:
                name = fold(after)
            case Drop(kind="table" | "view", name=dropped) if fold(dropped) == name:
                return step
    return None


def _came(was: Table, now: Table) -> tuple[str, ...]:
    names = {fold(column.name) for column in was.columns}
    return tuple(column.name for column in now.columns if fold(column.name) not in names)


def _has(schema: Schema, name: str, column: str) -> bool:
    table = schema.table(name)
    return table is not None and table.column(column) is not None


def _dead(table: Table, trigger: Trigger) -> tuple[str, ...]:
    """What UPDATE OF names and the table has not."""
    return tuple(
        n for n in trigger.of_columns if table.column(n) is None and fold(n) != fold(table.rowid_name)
    )


def _triggers(schema: Schema) -> dict[str, tuple[Table, Trigger]]:
    """Every trigger but our own by its name, with its table."""
    return {
        fold(trigger.name): (table, trigger)
        for table in schema.tables
        for trigger in table.triggers
        if not trigger.temporary and not fold(trigger.name).startswith(_OURS)
    }
