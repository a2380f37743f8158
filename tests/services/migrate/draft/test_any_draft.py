"""Any table changed in its draft: the file then says what the draft says, and keeps the rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.db import open_read, open_write, quote
from steward_app.kernel.errors import StewardError
from steward_app.kernel.values import Row
from steward_app.services.migrate.draft.edits import steps_of
from steward_app.services.migrate.draft.model import Draft, DraftColumn, DraftObject, Rule, RuleKind
from steward_app.services.migrate.draft.preview import preview
from steward_app.services.migrate.draft.read import draft_of
from steward_app.services.migrate.edit.write import write
from steward_app.services.schema.introspect import read_schema

from ..any_edits import run, texts  # noqa: TID252  the runner's way of running them
from ..desired.generated import Made, schemas  # noqa: TID252  the same schemas as for what is desired
from .test_table_draft import settled

TYPES = ("", "INT", "TEXT", "REAL", "DECIMAL(10,2)")


def read(path: Path, table: str) -> Draft:
    with open_read(path) as session:
        schema = read_schema(session)
        found = schema.table(table)
        assert found is not None
        return draft_of(schema, found)


@st.composite
def changed(draw: st.DrawFn, draft: Draft, number: int) -> Draft:
    """A draft in which a steward has done one more thing."""
    at = draw(st.integers(0, len(draft.columns) - 1))
    columns = list(draft.columns)
    one = columns[at]
    what = draw(
        st.sampled_from(
            (
                "name",
                "type",
                "default",
                "must",
                "text",
                "add",
                "go",
                "up",
                "key",
                "table",
                "strict",
                "rule",
                "no rule",
            )
        )
    )
    match what:
        case "name":
            other = draw(st.sampled_from((f"n{number} \"'", *(column.name for column in draft.columns))))
            columns[at] = replace(one, name=other)
        case "type":
            columns[at] = replace(one, declared_type=draw(st.sampled_from(TYPES)))
        case "default":
            columns[at] = replace(one, default=draw(st.sampled_from(("", "5", "'a;)'", "(1 + 1)"))))
        case "must":
            columns[at] = replace(one, not_null=not one.not_null, fill="'0'" if not one.not_null else "")
        case "text":
            columns[at] = replace(one, collation=draw(st.sampled_from(("", "NOCASE", "RTRIM"))))
        case "add":
            columns.insert(at, DraftColumn(f"new{number}", declared_type="INT", default="7"))
        case "go":
            del columns[at]
        case "up":
            columns.insert(0, columns.pop(at))
        case "key":
            columns = [replace(column, key=0) for column in columns]
            columns[at] = replace(columns[at], key=1)
            return replace(draft, columns=tuple(columns), autoincrement=False)
        case "table":
            return replace(draft, name=f"table{number} \"x'")
        case "strict":
            return replace(draft, strict=not draft.strict)
        case "rule":
            rule = draw(
                st.sampled_from(
                    (Rule(RuleKind.CHECK, "1 < 2", f"c{number}"), Rule(RuleKind.UNIQUE, quote(one.name)))
                )
            )
            return replace(draft, rules=(*draft.rules, rule))
        case _:
            return replace(draft, rules=draft.rules[1:])
    counts = draft.autoincrement and any(column.key for column in columns)
    return replace(draft, columns=tuple(columns), autoincrement=counts)


def rows(path: Path, table: str, columns: dict[str, str]) -> dict[str, list[Row]]:
    """The values of columns, by the names they had, in the order of the rows."""
    with open_read(path) as session:
        order = quote(columns["id"]) if "id" in columns else "1"
        return {
            was: session.all(f"SELECT CAST({quote(name)} AS NUMERIC) FROM {quote(table)} ORDER BY {order}")
            for was, name in columns.items()
        }


def said(draft: Draft, renamed: bool, without_any: bool) -> Draft:
    """What a draft says: SQL in it may hold names that were changed since, and ANY needs STRICT."""
    columns = []
    for column in settled(draft).columns:
        declared = "" if without_any and column.declared_type.upper() == "ANY" else column.declared_type
        default, generated = ("", "computed") if column.generated else (column.default, "")
        columns.append(replace(column, declared_type=declared, default=default, generated=generated))
    rules = [Rule(rule.kind) if renamed else replace(rule, was=-1) for rule in draft.rules]
    objects = tuple(DraftObject(each.kind, "") for each in draft.objects)
    return replace(
        draft, was="", columns=tuple(columns), rules=tuple(sorted(rules, key=str)), objects=objects
    )


@settings(max_examples=40)
@given(schemas(), st.data())
def test_the_file_says_what_the_draft_says(schema: Made, data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        path = a_database(Path(folder)).with_sql(*schema.statements, *schema.rows(3)).build()
        table = data.draw(st.sampled_from(sorted(schema.columns)))
        base = draft = read(path, table)
        for number in range(data.draw(st.integers(1, 4))):
            draft = data.draw(changed(draft, number))
            if not draft.columns:
                return
        own = ("id", *schema.columns[table])
        kept = {
            column.was: column.name for column in draft.columns if column.was in own and not column.generated
        }
        before, was = rows(path, table, {name: name for name in kept}), texts(path)
        with open_write(path) as session:
            found = preview(session, base, draft)
            if found.problems:
                return
            statements = write(session, [step.edit for step in steps_of(session, base, draft)]).statements
            assert statements == found.statements
            try:
                run(session, statements)
            except StewardError:  # rows that a new rule does not take
                assert texts(path) == was
                return
        reached = read(path, draft.name)
        renamed = draft.name != base.name or any(each.was not in ("", each.name) for each in draft.columns)
        without_any = base.strict and not draft.strict
        is_now, wanted = (said(each, renamed, without_any) for each in (reached, draft))
        if {column.was for column in base.columns} - {column.was for column in draft.columns}:
            assert set(is_now.rules) <= set(wanted.rules)  # those that stood at a column go with it
            wanted = replace(wanted, rules=is_now.rules)
        assert is_now == wanted
        assert rows(path, draft.name, kept) == before
        with open_read(path) as session:
            assert session.all("PRAGMA integrity_check") == [("ok",)]
