"""What is wrong with a draft before SQLite is asked, each at its field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from steward_app.db.names import fold
from steward_app.kernel.errors import StewardError
from steward_app.kernel.text import quoted
from steward_app.services.migrate.draft.model import Draft, DraftColumn, Place, Problem, Rule, RuleKind
from steward_app.services.migrate.edit import native
from steward_app.services.migrate.edit.spans import read_spans
from steward_app.services.migrate.edit.text import create_statement
from steward_app.services.schema.model import Schema, TableKind

_SQLITES = "sqlite_"
_OURS = "_steward_"


def problems(draft: Draft, schema: Schema) -> tuple[Problem, ...]:
    """What can be said from the draft alone, and from the names that are taken."""
    if draft.gone:
        return ()
    return (
        *_table(draft, schema),
        *(problem for at in range(len(draft.columns)) for problem in _column(draft, at)),
        *(problem for at, rule in enumerate(draft.rules) for problem in _rule(at, rule)),
        *_parents(draft, schema),
        *_objects(draft),
    )


def name_of_table(name: str, schema: Schema, was: str = "") -> str:
    """What is wrong with the name of a table, or ""."""
    if wrong := _name(name):
        return wrong
    if fold(name).startswith(_OURS):
        return "Names that begin so are kept for the records of this program."
    taken = fold(name) != fold(was) and schema.table(name) is not None
    return "There is a table or view of this name already." if taken else ""


def name_of_column(name: str, others: Iterable[str]) -> str:
    """What is wrong with the name of a column beside others, or ""."""
    if not name:
        return "A name is missing."
    if "\x00" in name:
        return "A name cannot hold a NUL character."
    taken = any(fold(other) == fold(name) for other in others)
    return "Another column has this name. Capitals do not count." if taken else ""


def _table(draft: Draft, schema: Schema) -> Iterator[Problem]:
    if wrong := name_of_table(draft.name, schema, draft.was):
        yield Problem(Place("table", field="name"), wrong)
    if not any(not column.generated for column in draft.columns):
        yield Problem(Place("table", field="columns"), "A table needs a column that is not computed.")


def _name(name: str) -> str:
    if not name:
        return "A name is missing."
    if "\x00" in name:
        return "A name cannot hold a NUL character."
    return "Names that begin with sqlite_ are kept for SQLite." if fold(name).startswith(_SQLITES) else ""


def _column(draft: Draft, at: int) -> Iterator[Problem]:
    column = draft.columns[at]
    if wrong := name_of_column(column.name, (other.name for other in draft.columns[:at])):
        yield Problem(Place("column", at, "name"), wrong)
    for field, text, judge in _said(column):
        if text and _refused(judge, text):
            words = f"This cannot stand here: {quoted(text)}."
            yield Problem(Place("column", at, field), words)


def _said(column: DraftColumn) -> tuple[tuple[str, str, Callable[[str], str]], ...]:
    return (
        ("declared_type", column.declared_type, native.declared_type),
        ("default", "" if column.generated else column.default, native.default),
        ("generated", column.generated, native.expression),
        ("fill", column.fill if column.not_null else "", native.expression),
        ("using", column.using, native.expression),
    )


def _rule(at: int, rule: Rule) -> Iterator[Problem]:
    if not rule.body.strip():
        words = "A condition is missing." if rule.kind is RuleKind.CHECK else "Columns are missing."
        yield Problem(Place("rule", at, "body"), words)
        return
    if rule.kind is RuleKind.LINK and not rule.parent:
        yield Problem(Place("rule", at, "parent"), "The table it points to is missing.")
        return
    found = read_spans(f"CREATE TABLE t(a, {rule.sql}\n)")
    if found is None or len(found.clauses) != 1 or len(found.columns) != 1:
        yield Problem(Place("rule", at, "body"), f"This cannot stand here: {quoted(rule.body)}.")


def _parents(draft: Draft, schema: Schema) -> Iterator[Problem]:
    """New links to a table that is not there; SQLite takes them, and refuses every row then."""
    now = schema.table(draft.was) if draft.was else None
    known = {table.name for table in schema.tables if table.kind is TableKind.TABLE}
    known |= {draft.name, draft.was, ""} | {key.parent for key in (now.foreign_keys if now else ())}
    folded = set(map(fold, known))
    for at, rule in enumerate(draft.rules):
        if rule.kind is RuleKind.LINK and fold(rule.parent) not in folded:
            yield Problem(Place("rule", at, "parent"), f"There is no table {quoted(rule.parent)}.")


def _objects(draft: Draft) -> Iterator[Problem]:
    for at, each in enumerate(draft.objects):
        if _refused(create_statement, each.sql):
            words = f"This is not one CREATE {each.kind.upper()} statement."
            yield Problem(Place("object", at, "sql"), words)


def _refused(judge: Callable[[str], str], text: str) -> bool:
    try:
        judge(text)
    except StewardError:
        return True
    return False


def without_value(base: Draft, draft: Draft, lacks: Callable[[str, str], str]) -> tuple[Problem, ...]:
    """Columns that must have a value, where rows have none and the draft does not say what they get.

    Args:
        lacks: says, of a table and column, that rows have no value; see `Lacking.value`.
    """
    if not draft.was or draft.gone:
        return ()
    before = {column.was: column for column in base.columns}
    return tuple(
        Problem(Place("column", at, "fill"), f"{why[:1].upper()}{why[1:]}. Say what they get.")
        for at, column in enumerate(draft.columns)
        if column.not_null
        and not (column.fill or column.generated)
        and (why := _lacks(base, column, before.get(column.was), lacks))
    )


def _lacks(
    base: Draft, column: DraftColumn, before: DraftColumn | None, lacks: Callable[[str, str], str]
) -> str:
    if before is None:
        return "" if column.default else lacks(base.name, "")
    return "" if before.not_null or column.using else lacks(base.name, column.was)
