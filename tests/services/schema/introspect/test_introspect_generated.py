"""Generated schemas, written in many styles: the model says what was generated, and says it again of itself."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from builders.render import create_table
from steward_app.db.names import fold
from steward_app.db.open import create
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.model import Generated, Schema, Table


@dataclass(frozen=True)
class ColumnSpec:
    name: str
    type: str = ""
    not_null: bool = False
    not_null_conflict: str = ""
    default: str | None = None
    collation: str = "BINARY"
    check: str = ""
    check_name: str = ""
    unique: bool = False
    generated: Generated = Generated.NO
    comment: str = ""


@dataclass(frozen=True)
class KeySpec:
    columns: tuple[int, ...]
    unique_name: str
    conflict: str


@dataclass(frozen=True)
class ForeignKeySpec:
    column: int
    parent_columns: tuple[str, ...]
    name: str
    on_delete: str
    deferrable: str


@dataclass(frozen=True)
class TableSpec:
    name: str
    columns: tuple[ColumnSpec, ...]
    uniques: tuple[KeySpec, ...]
    foreign_keys: tuple[ForeignKeySpec, ...]
    key: tuple[int, ...] = ()
    without_rowid: bool = False
    strict: bool = False
    gap: str = " "
    quoting: str = '""'
    lower: bool = field(default=False)


CONFLICTS = st.sampled_from(["", "ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE"])
NAMES = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), min_size=1, max_size=8
)
EXPRESSIONS = st.sampled_from(
    ["1", "2 > (1)", "'it''s' <> ')'", "x'00' IS NOT NULL", "coalesce(NULL, ',')", "1 /* ) */ + 0"]
)
GAPS = st.sampled_from([" ", "\n", "\t", " /* , ) ' */ ", " -- ( \" '\n"])


@st.composite
def columns(draw: st.DrawFn, name: str, *, strict: bool) -> ColumnSpec:
    types = ["INT", "INTEGER", "TEXT", "BLOB", "REAL", "ANY"]
    loose = ["", "DECIMAL(10,5)", "UNSIGNED BIG INT", "VARCHAR(-3)", "foo bar", "DOUBLE PRECISION"]
    generated = draw(st.sampled_from([Generated.NO] * 4 + [Generated.VIRTUAL, Generated.STORED]))
    not_null = draw(st.booleans())
    return ColumnSpec(
        name=name,
        type=draw(st.sampled_from(types if strict else types + loose)),
        not_null=not_null,
        not_null_conflict=draw(CONFLICTS) if not_null else "",
        default=draw(st.sampled_from([None, "1", "-2.5", "'a''b'", "CURRENT_DATE", "NULL"]))
        if generated is Generated.NO
        else None,
        collation=draw(st.sampled_from(["BINARY", "BINARY", "NOCASE", "RTRIM"])),
        check=draw(st.one_of(st.just(""), EXPRESSIONS)),
        check_name=draw(st.one_of(st.just(""), NAMES)),
        unique=draw(st.booleans()),
        generated=generated,
        comment=draw(st.sampled_from(["", "", "what it means", "a, b) 'c"])),
    )


@st.composite
def tables(draw: st.DrawFn) -> TableSpec:
    names = draw(st.lists(NAMES, min_size=2, max_size=6, unique_by=fold))
    strict = draw(st.booleans())
    made = tuple(draw(columns(name, strict=strict)) for name in names[1:])
    if all(column.generated is not Generated.NO for column in made):
        made = (replace(made[0], generated=Generated.NO), *made[1:])
    plain = [i for i, column in enumerate(made) if column.generated is Generated.NO]
    key = tuple(draw(st.lists(st.sampled_from(plain), unique=True, max_size=2)))
    places = st.integers(0, len(made) - 1)
    conflict = draw(CONFLICTS)  # one for all: constraints over the same columns must agree
    return TableSpec(
        name=names[0] if not fold(names[0]).startswith("sqlite_") else "t",
        columns=made,
        uniques=tuple(
            KeySpec(tuple(draw(st.lists(places, min_size=1, max_size=2, unique=True))), draw(NAMES), conflict)
            for _ in range(draw(st.integers(0, 2)))
        ),
        foreign_keys=tuple(
            ForeignKeySpec(
                draw(places),
                draw(st.sampled_from([(), ("id",), ("K",), ("gone",)])),
                draw(st.one_of(st.just(""), NAMES)),
                draw(st.sampled_from(["NO ACTION", "CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT"])),
                draw(st.sampled_from(["", "DEFERRABLE", "DEFERRABLE INITIALLY DEFERRED", "NOT DEFERRABLE"])),
            )
            for _ in range(draw(st.integers(0, 2)))
        ),
        key=key,
        without_rowid=bool(key) and draw(st.booleans()),
        strict=strict,
        gap=draw(GAPS),
        quoting=draw(st.sampled_from(['""', "[]", "``", "''"])),
        lower=draw(st.booleans()),
    )


def quoted(spec: TableSpec, name: str) -> str:
    opening, closing = spec.quoting
    if closing == "]" and "]" in name:
        opening = closing = '"'
    doubled = name if closing == "]" else name.replace(closing, closing * 2)
    return f"{opening}{doubled}{closing}"


def written(spec: TableSpec) -> str:
    """The statement, in the spec's own style."""
    case = str.lower if spec.lower else str.upper
    items = [[quoted(spec, c.name), *column_words(spec, c)] for c in spec.columns]
    if spec.key:
        names = ",".join(quoted(spec, spec.columns[i].name) for i in spec.key)
        items.append([case("PRIMARY"), case("KEY"), f"({names})"])
    for key in spec.uniques:
        names = ",".join(quoted(spec, spec.columns[i].name) for i in key.columns)
        conflict = [case("ON"), case("CONFLICT"), case(key.conflict)] if key.conflict else []
        items.append(
            [case("CONSTRAINT"), quoted(spec, key.unique_name), case("UNIQUE"), f"({names})", *conflict]
        )
    for foreign in spec.foreign_keys:
        to = [f"({','.join(foreign.parent_columns)})"] if foreign.parent_columns else []
        name = [case("CONSTRAINT"), quoted(spec, foreign.name)] if foreign.name else []
        own = quoted(spec, spec.columns[foreign.column].name)
        clause = f"ON DELETE {foreign.on_delete} {foreign.deferrable}".split()
        items.append(
            [
                *name,
                case("FOREIGN"),
                case("KEY"),
                f"({own})",
                case("REFERENCES"),
                "Par",
                *to,
                *map(case, clause),
            ]
        )
    comments = [f"/* {c.comment} */" if c.comment else "" for c in spec.columns] + [""] * len(items)
    body = ",".join(
        f"{spec.gap}{spec.gap.join(words)} {note}" for words, note in zip(items, comments, strict=False)
    )
    options = [case(f"WITHOUT{spec.gap}ROWID")] * spec.without_rowid + [case("STRICT")] * spec.strict
    return f"{case('CREATE')} {case('TABLE')} {quoted(spec, spec.name)}({body}\n){','.join(options)}"


def column_words(spec: TableSpec, column: ColumnSpec) -> list[str]:
    case = str.lower if spec.lower else str.upper
    words = column.type.split()
    if column.not_null:
        words += [case("NOT"), case("NULL")]
    if column.not_null_conflict:
        words += [case("ON"), case("CONFLICT"), case(column.not_null_conflict)]
    if column.default is not None:
        words += [case("DEFAULT"), column.default]
    if column.collation != "BINARY":
        words += [case("COLLATE"), column.collation]
    if column.check:
        name = [case("CONSTRAINT"), quoted(spec, column.check_name)] if column.check_name else []
        words += [*name, case("CHECK"), f"({column.check})"]
    if column.generated is not Generated.NO:
        words += [case("AS"), "(1 + (2))", case(column.generated.value)]
    if column.unique:
        words.append(case("UNIQUE"))
    return words


def read(*statements: str) -> Schema:
    with tempfile.TemporaryDirectory() as folder, create(Path(folder) / "g.db") as session:
        for statement in statements:
            session.run(statement)
        return read_schema(session)


PARENT = "CREATE TABLE par (id INTEGER PRIMARY KEY, k UNIQUE)"


@settings(max_examples=50, deadline=None)
@given(tables())
def test_the_model_says_what_was_generated(spec: TableSpec) -> None:
    table = read(PARENT, written(spec)).tables[1]
    assert table.parsed
    assert (table.name, table.strict, table.without_rowid) == (spec.name, spec.strict, spec.without_rowid)
    for i, (told, made) in enumerate(zip(table.columns, spec.columns, strict=True)):
        in_key = i in spec.key and (spec.strict or spec.without_rowid) and not told.rowid_alias
        assert told.name == made.name
        assert (
            told.declared_type.split() == spec.gap.join(made.type.split()).split()
        )  # as written, comments too
        assert told.not_null == (made.not_null or in_key)
        assert told.not_null_conflict == made.not_null_conflict
        assert (told.default, told.collation, told.generated) == (
            made.default,
            made.collation,
            made.generated,
        )
        assert told.generated_expression == ("1 + (2)" if made.generated is not Generated.NO else "")
        assert told.key_position == (spec.key.index(i) + 1 if i in spec.key else 0)
        assert made.comment in told.comment
    assert [(c.expression, c.name, c.column) for c in table.checks] == [
        (c.check, c.check_name, c.name) for c in spec.columns if c.check
    ]
    assert told_keys(table) == made_keys(spec)


def told_keys(table: Table) -> object:
    return (
        [(u.columns, u.name, u.conflict, bool(u.index)) for u in table.uniques],
        [
            (
                key.columns,
                key.implicit,
                key.parent_columns,
                key.name,
                key.on_delete,
                key.deferrable,
                key.parent_table,
            )
            for key in table.foreign_keys
        ],
    )


def made_keys(spec: TableSpec) -> object:
    as_declared = {"K": "k"}
    own = [((c.name,), "", "", True) for c in spec.columns if c.unique]
    more = [
        (tuple(spec.columns[i].name for i in k.columns), k.unique_name, k.conflict, True)
        for k in spec.uniques
    ]
    keys = [
        (
            (spec.columns[key.column].name,),
            not key.parent_columns,
            tuple(as_declared.get(name, name) for name in key.parent_columns) or ("id",),
            key.name,
            key.on_delete,
            key.deferrable,
            "par",
        )
        for key in spec.foreign_keys
    ]
    return own + more, keys


@settings(max_examples=30, deadline=None)
@given(tables())
def test_the_model_written_out_gives_the_same_model(spec: TableSpec) -> None:
    first = read(PARENT, written(spec)).tables[1]
    again = read(PARENT, create_table(first)).tables[1]
    assert again.parsed
    assert [replace(column, comment="") for column in again.columns] == [
        replace(column, comment="") for column in first.columns
    ]
    assert (again.primary_key, again.checks) == (first.primary_key, first.checks)
    assert [replace(key, index="") for key in again.foreign_keys] == [
        replace(key, index="") for key in first.foreign_keys
    ]
    assert [replace(unique, index="") for unique in again.uniques] == [
        replace(unique, index="") for unique in first.uniques
    ]
