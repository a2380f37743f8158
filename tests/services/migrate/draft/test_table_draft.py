"""Drafts of a table: read, turned into edits, tried, and written as a migration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import a_database
from steward_app.db import Session, open_read, open_write
from steward_app.db.runner import unenforced
from steward_app.db.script import split
from steward_app.kernel.errors import ErrorCode, Refused
from steward_app.services.migrate.draft.adding import add_table
from steward_app.services.migrate.draft.change_list import ChangeList, begun
from steward_app.services.migrate.draft.check import problems
from steward_app.services.migrate.draft.edits import steps_of
from steward_app.services.migrate.draft.model import (
    Draft,
    DraftColumn,
    DraftObject,
    Place,
    Problem,
    Rule,
    RuleKind,
)
from steward_app.services.migrate.draft.outlook import write_all
from steward_app.services.migrate.draft.preview import preview
from steward_app.services.migrate.draft.read import draft_of, first_text, name_in
from steward_app.services.migrate.draft.sentences import title_of
from steward_app.services.migrate.edit.write import write
from steward_app.services.migrate.files import NewMigration
from steward_app.services.schema.introspect import read_schema

PARENT = "CREATE TABLE clinic(id INTEGER PRIMARY KEY, name TEXT)"
VISIT = """CREATE TABLE visit (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice
    day TEXT NOT NULL DEFAULT (date('now')),
    clinic INTEGER REFERENCES clinic(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    fee INT CONSTRAINT fair CHECK (fee > 0) COLLATE nocase,
    "od""d <b>" TEXT,
    twice INT AS (fee * 2) STORED,
    UNIQUE (day COLLATE NOCASE, fee) ON CONFLICT IGNORE
)"""
ROWS = (
    "INSERT INTO clinic VALUES (1, 'North')",
    'INSERT INTO visit(id, day, clinic, fee, "od""d <b>") '
    "VALUES (3, '2026-01-01', 1, 5, 'x'), (9, 'd', 1, 6, NULL)",
)
MORE = (
    "CREATE INDEX by_day ON visit(day DESC) WHERE fee > 1",
    "CREATE VIEW dear AS SELECT day, fee FROM visit",
    "CREATE TRIGGER on_dear INSTEAD OF INSERT ON dear BEGIN SELECT 1; END",
    "CREATE TRIGGER told AFTER UPDATE OF fee ON visit BEGIN SELECT 1; END",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return a_database(tmp_path).with_sql(PARENT, VISIT, *MORE, *ROWS).build()


def added(session: Session, base: Draft, draft: Draft) -> ChangeList:
    """The change of a draft alone."""
    found = add_table(session, begun(session), base, draft)
    assert isinstance(found, ChangeList)
    return found


def read(path: Path, table: str = "visit") -> Draft:
    with open_read(path) as session:
        schema = read_schema(session)
        found = schema.table(table)
        assert found is not None
        return draft_of(schema, found)


def change(path: Path, base: Draft, draft: Draft) -> Draft | None:
    """Make a draft true in the file itself, which then says what the preview said; the draft of what is there."""
    with open_write(path) as session:
        foreseen = preview(session, base, draft)
        edits = [step.edit for step in steps_of(session, base, draft)]
        statements = write(session, edits).statements
        assert foreseen.statements == statements
        with unenforced(session), session.transaction():
            for statement in statements:
                session.run(statement)
    if draft.gone:
        return None
    found = read(path, draft.name)
    with open_read(path) as reader:
        assert preview(reader, found, found).before == foreseen.after
    return found


def put(draft: Draft, at: int, **fields: object) -> Draft:
    columns = list(draft.columns)
    columns[at] = replace(columns[at], **fields)  # type: ignore[arg-type]
    return replace(draft, columns=tuple(columns))


def settled(draft: Draft) -> Draft:
    """The draft as one that is read back says the same."""
    rules = sorted((replace(rule, was=-1) for rule in draft.rules), key=str)
    columns = [replace(column, was=column.name, fill="", using="") for column in draft.columns]
    return replace(draft, was=draft.name, columns=tuple(columns), rules=tuple(rules))


def test_a_table_is_read_field_by_field(path: Path) -> None:
    found = read(path)
    assert [column.name for column in found.columns] == ["id", "day", "clinic", "fee", 'od"d <b>', "twice"]
    assert found.columns[1] == DraftColumn("day", "day", "TEXT", True, "(date('now'))")
    assert (found.columns[3].collation, found.columns[5].generated, found.columns[5].stored) == (
        "nocase",
        "fee * 2",
        True,
    )
    assert found.autoincrement
    assert [column.name for column in found.key] == ["id"]
    assert found.rules == (
        Rule(
            RuleKind.LINK, "clinic", "", 0, "clinic", "id", "CASCADE",
            deferrable="DEFERRABLE INITIALLY DEFERRED",
        ),
        Rule(RuleKind.CHECK, "fee > 0", "fair", 1),
        Rule(RuleKind.UNIQUE, "day COLLATE NOCASE, fee", "", 2, conflict="IGNORE"),
    )  # fmt: skip
    assert [(each.kind, each.was) for each in found.objects] == [
        ("index", "by_day"), ("trigger", "told"), ("trigger", "on_dear"), ("view", "dear"),
    ]  # fmt: skip


def test_a_statement_tells_the_name_it_gives() -> None:
    assert name_in('CREATE UNIQUE INDEX IF NOT EXISTS main."a ""b" ON t(c)') == 'a "b'
    assert name_in("CREATE TRIGGER x AFTER UPDATE ON t BEGIN SELEC") == "x"
    assert name_in("nothing of it") == ""


def test_what_an_object_begins_with_is_accepted_and_has_a_name_of_its_own(path: Path) -> None:
    base = read(path)
    draft = base
    for kind in ("index", "index", "trigger", "view"):
        new = DraftObject(kind, first_text(kind, draft))
        draft = replace(draft, objects=(*draft.objects, new))
    with open_read(path) as session:
        assert preview(session, base, draft).problems == ()


def test_a_draft_that_changes_nothing_makes_no_edits(path: Path) -> None:
    found = read(path)
    with open_read(path) as session:
        assert steps_of(session, found, found) == ()
        assert preview(session, found, found).statements == ()


def test_every_field_of_a_column_can_be_changed_at_once(path: Path) -> None:
    base = read(path)
    draft = put(base, 1, name="date", default="'never'", collation="RTRIM")
    draft = put(draft, 4, name="od'd", not_null=True, fill="'none'")
    draft = put(draft, 2, declared_type="BIGINT", using="clinic * 1")
    assert change(path, base, draft) is not None
    found = read(path)
    assert settled(found).columns == settled(draft).columns
    with open_read(path) as session:
        assert session.all('SELECT id, date, clinic, fee, "od\'d", twice FROM visit') == [
            (3, "2026-01-01", 1, 5, "x", 10),
            (9, "d", 1, 6, "none", 12),
        ]
        assert session.value("SELECT seq FROM sqlite_sequence WHERE name = 'visit'") == 9
        sql = str(session.value("SELECT sql FROM sqlite_schema WHERE name = 'visit'"))
    assert "-- never used twice" in sql


def test_names_change_places_and_one_that_goes_gives_its_name_away(path: Path) -> None:
    base = read(path, "clinic")
    swapped = put(put(base, 0, name="name"), 1, name="id")
    assert change(path, base, swapped) is not None
    with open_read(path) as session:
        assert session.all("SELECT name, id FROM clinic")[0] == (1, "North")
    base = read(path, "clinic")
    given_away = replace(base, columns=(replace(base.columns[0], name="id"),))
    assert change(path, base, given_away) is not None
    with open_read(path) as session:
        assert session.all("SELECT * FROM clinic") == [(1,)]


def test_columns_come_go_and_move(path: Path) -> None:
    base = read(path)
    columns = list(base.columns)
    new = DraftColumn("note", declared_type="TEXT", not_null=True, default="'-'")
    needs = DraftColumn("by", declared_type="TEXT", not_null=True, fill="'nobody'")
    wanted = (new, columns[4], columns[0], columns[3], columns[2], columns[1], columns[5], needs)
    draft = replace(base, columns=wanted)
    found = change(path, base, draft)
    assert found is not None
    assert settled(found).columns == settled(draft).columns
    with open_read(path) as session:
        assert session.all("SELECT * FROM visit")[0] == ("-", "x", 3, 5, 1, "2026-01-01", 10, "nobody")


def test_rules_change_while_columns_are_renamed(path: Path) -> None:
    base = read(path)
    draft = put(base, 3, name="price")
    check, unique = replace(draft.rules[1], body="price >= 0"), Rule(RuleKind.UNIQUE, "day, price", "once")
    link = Rule(
        RuleKind.LINK, "clinic", "of", parent="clinic", on_delete="SET NULL", on_update="CASCADE",
        deferrable="DEFERRABLE INITIALLY DEFERRED",
    )  # fmt: skip
    objects = (replace(draft.objects[0], sql="CREATE INDEX by_day ON visit(day, price)"), *draft.objects[1:])
    draft = replace(draft, rules=(check, unique, link), objects=objects, strict=False)
    draft = put(draft, 5, generated="price * 2")
    found = change(path, base, draft)
    assert found is not None
    assert settled(found).rules == settled(draft).rules
    assert found.objects[0].sql == "CREATE INDEX by_day ON visit(day, price)"


def test_the_key_and_the_options_change(path: Path) -> None:
    base = read(path, "clinic")
    draft = put(put(base, 0, key=2), 1, key=1, not_null=True, fill="'?'")
    pointed = Rule(RuleKind.UNIQUE, "id")  # the foreign key of visit goes on pointing to it
    draft = replace(draft, strict=True, without_rowid=True, name="place", rules=(*draft.rules, pointed))
    found = change(path, base, draft)
    assert found is not None
    assert [column.name for column in found.key] == ["name", "id"]
    assert (found.strict, found.without_rowid, found.name) == (True, True, "place")
    assert read(path).rules[0].parent == "place"


LESS = "CREATE VIEW dear AS SELECT day FROM visit"


@pytest.mark.parametrize(
    ("view", "trigger"),
    [
        (LESS, MORE[2]),
        (MORE[1], MORE[2].replace("SELECT 1", "SELECT 2")),
        (LESS, MORE[2].replace("SELECT 1", "SELECT 2")),
        (LESS, ""),
    ],
    ids=["stays", "changes alone", "changes with it", "goes"],
)
def test_a_view_that_is_made_anew_keeps_the_triggers_on_it(path: Path, view: str, trigger: str) -> None:
    base = read(path)
    index, told, on_view, dear = base.objects
    kept = (replace(on_view, sql=trigger),) if trigger else ()
    found = change(path, base, replace(base, objects=(index, told, *kept, replace(dear, sql=view))))
    assert found is not None
    assert [each.sql for each in found.objects] == [index.sql, told.sql, *filter(None, [trigger]), view]


def test_a_view_is_made_anew_while_another_reads_it_and_a_column_is_renamed(path: Path) -> None:
    with open_write(path) as session, session.transaction():
        session.run("CREATE VIEW dearer AS SELECT day FROM dear")
    base = read(path)
    made = "CREATE VIEW dear AS SELECT day, price FROM visit"
    objects = [replace(each, sql=made) if each.was == "dear" else each for each in base.objects]
    draft = replace(put(base, 3, name="price"), objects=tuple(objects))
    found = change(path, base, draft)
    assert found is not None
    with open_read(path) as session:
        assert len(session.all("SELECT * FROM dearer")) == 2


def test_a_view_that_is_broken_is_mended_while_a_column_is_renamed(path: Path) -> None:
    with open_write(path) as session, session.transaction():
        session.run("CREATE VIEW worn AS SELECT day, nothing_such FROM visit")
    base = read(path)
    worn = next(each for each in base.objects if each.was == "worn")
    mended = replace(worn, sql="CREATE VIEW worn AS SELECT day, price FROM visit")
    objects = tuple(mended if each == worn else each for each in base.objects)
    assert change(path, base, replace(put(base, 3, name="price"), objects=objects)) is not None
    with open_read(path) as session:
        assert len(session.all("SELECT * FROM worn")) == 2


def test_a_new_table_says_what_its_draft_says(path: Path) -> None:
    draft = Draft(
        'a "new" one',
        columns=(
            DraftColumn("id", declared_type="INTEGER", key=1, not_null=True),
            DraftColumn("site", declared_type="INTEGER", default="0", collation="NOCASE"),
            DraftColumn("double", declared_type="INTEGER", generated="site * 2"),
        ),
        rules=(Rule(RuleKind.LINK, "site", parent="clinic"), Rule(RuleKind.CHECK, "site < 9", "few")),
        objects=(DraftObject("index", 'CREATE INDEX i ON "a ""new"" one"(site)'),),
        strict=True,
        autoincrement=True,
    )
    found = change(path, Draft(""), draft)
    assert found is not None
    assert settled(found) == settled(replace(draft, objects=found.objects))
    with open_read(path) as session:
        edits = [step.edit for step in steps_of(session, Draft(""), replace(draft, name="other"))]
    assert title_of(edits) == "Add other"


def test_a_table_can_go(path: Path) -> None:
    base = read(path)
    without = replace(base, gone=True, objects=tuple(each for each in base.objects if each.kind != "view"))
    with open_read(path) as session:
        found = preview(session, base, without)
    assert found.statements == ('DROP VIEW "main"."dear"', 'DROP TABLE "main"."visit"')
    assert found.after == ""


@pytest.mark.parametrize("way", ["the table", "a column", "a column, the table written anew"])
def test_a_view_that_would_not_work_is_in_the_way(path: Path, way: str) -> None:
    base = read(path)
    draft = replace(base, gone=True)
    if way != "the table":
        draft = replace(base, columns=tuple(each for each in base.columns if each.name != "day"))
        rules = tuple(each for each in base.rules if each.kind is not RuleKind.UNIQUE)
        draft = replace(draft, rules=rules, objects=tuple(e for e in base.objects if e.kind != "index"))
    if way.endswith("anew"):
        draft = put(draft, 0, name="number")
    with open_read(path) as session:
        found = preview(session, base, draft)
    [problem] = found.problems
    assert problem.sentence.startswith("“dear” would not work: no such")
    at = next(at for at, each in enumerate(draft.objects) if each.was == "dear")
    assert problem.place == Place("object", at, "sql")


def test_a_trigger_that_would_never_fire_is_in_the_way(path: Path) -> None:
    base = read(path)
    draft = replace(
        base,
        columns=tuple(each for each in base.columns if each.name not in ("fee", "twice")),
        rules=tuple(each for each in base.rules if "fee" not in each.body),
        objects=tuple(each for each in base.objects if each.was == "told"),
    )
    with open_read(path) as session:
        [problem] = preview(session, base, draft).problems
    said = "“told” would not work: no such column: fee. Change it, or drop it too."
    assert (problem.sentence, problem.place) == (said, Place("object", 0, "sql"))


@pytest.mark.parametrize(
    "made",
    [
        (),
        (DraftObject("index", "CREATE INDEX by_fee ON visit(fee)"),),
        (DraftObject("trigger", "CREATE TRIGGER t AFTER DELETE ON visit BEGIN SELECT 1; END"),),
    ],
)
def test_a_rule_that_sqlite_does_not_take_is_said_at_the_rule(
    path: Path, made: tuple[DraftObject, ...]
) -> None:
    base = read(path)
    wrong = Rule(RuleKind.LINK, body="nope", parent="clinic")
    draft = replace(base, rules=(*base.rules, wrong), objects=(*base.objects, *made))
    with open_read(path) as session:
        [problem] = preview(session, base, draft).problems
    assert "nope" in problem.sentence
    assert problem.place == Place("rule", len(base.rules), "body")


def test_what_is_wrong_is_said_at_its_field(path: Path) -> None:
    base = read(path)
    draft = put(put(base, 1, name=""), 3, name="ID", default="1, 2")
    draft = replace(
        draft,
        name="clinic",
        rules=(
            *draft.rules,
            Rule(RuleKind.CHECK, "1) , CHECK (2"),
            Rule(RuleKind.LINK, "fee"),
            Rule(RuleKind.UNIQUE),
            Rule(RuleKind.LINK, "fee", parent="nowhere"),
        ),
        objects=(DraftObject("index", "DROP TABLE visit"),),
    )
    with open_read(path) as session:
        found = problems(draft, read_schema(session))
    assert [(each.place.part, each.place.number, each.place.field) for each in found] == [
        ("table", 0, "name"),
        ("column", 1, "name"),
        ("column", 3, "name"),
        ("column", 3, "default"),
        ("rule", 3, "body"),
        ("rule", 4, "parent"),
        ("rule", 5, "body"),
        ("rule", 6, "parent"),
        ("object", 0, "sql"),
    ]


def test_what_sqlite_does_not_accept_is_said_where_it_was_asked_for(path: Path) -> None:
    base = read(path)
    index = DraftObject("index", "CREATE INDEX other ON visit(nothing)")
    with open_read(path) as session:
        found = preview(session, base, replace(base, objects=(*base.objects, index)))
    (problem,) = found.problems
    assert (problem.place.part, problem.place.number) == ("object", 4)
    assert "nothing" in problem.sentence


def test_a_table_that_changed_meanwhile_is_not_written(path: Path) -> None:
    base = read(path)
    with open_write(path) as session, session.transaction():
        session.run("ALTER TABLE visit ADD COLUMN late TEXT")
    with open_read(path) as reader, pytest.raises(Refused) as refused:
        preview(reader, base, put(base, 3, name="price"))
    assert refused.value.code is ErrorCode.STALE_PLAN


def test_a_draft_becomes_a_migration_with_its_way_back(path: Path, tmp_path: Path) -> None:
    base, folder = read(path), tmp_path / "migrations"
    draft = put(base, 3, name="price")
    before = path.read_bytes()
    with open_read(path) as session:
        new = write_all(session, added(session, base, draft), folder, "Rename the fee")
    assert isinstance(new, NewMigration)
    assert sorted(each.name for each in folder.iterdir()) == [
        "U0001__rename_the_fee.sql",
        "V0001__rename_the_fee.sql",
    ]
    assert 'RENAME COLUMN "fee" TO price' in new.text
    assert path.read_bytes() == before


def test_what_a_migration_of_a_draft_did_is_taken_back_with_every_row(path: Path, tmp_path: Path) -> None:
    base, folder = read(path), tmp_path / "migrations"
    new = DraftColumn("note", declared_type="TEXT", default="'-'")
    draft = put(replace(base, columns=(*base.columns, new), name="call"), 3, name="price", not_null=True)
    draft = replace(draft, rules=(*draft.rules[:1], *draft.rules[2:]), objects=draft.objects[1:])
    with open_read(path) as session:
        rows = session.all("SELECT rowid, * FROM visit")
        made = write_all(session, added(session, base, draft), folder, "Much")
    assert isinstance(made, NewMigration)
    for text in (made.text, made.undo_text):
        with open_write(path) as session, unenforced(session), session.transaction():
            for statement in split(text):
                session.run(statement.sql)
    with open_read(path) as session:
        assert session.all("SELECT rowid, * FROM visit") == rows
    assert settled(replace(read(path), objects=())) == settled(replace(base, objects=()))
    assert [each.was for each in read(path).objects] == [each.was for each in base.objects]


def test_a_column_that_must_have_a_value_asks_what_rows_without_one_get(path: Path, tmp_path: Path) -> None:
    base = read(path)
    new = DraftColumn("by", declared_type="TEXT", not_null=True)
    draft = put(replace(base, columns=(*base.columns, new)), 4, not_null=True)
    with open_read(path) as session:
        found = add_table(session, begun(session), base, draft)
    assert isinstance(found, tuple)
    assert [(each.place.number, each.place.field) for each in found] == [(4, "fill"), (6, "fill")]
    assert isinstance(found[0], Problem)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_and_any_names_are_reached_with_every_value(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = (
        a_database(tmp_path_factory.mktemp("draft"))
        .with_sql("CREATE TABLE t(a, b TEXT DEFAULT 'b', c INT CHECK (c > 0), d UNIQUE)")
        .with_sql("INSERT INTO t VALUES ('a', 'b', 3, 'd')")
        .build()
    )
    base = read(path, "t")
    kept = (
        data.draw(st.permutations(base.columns[2:]).map(tuple)) + base.columns[: data.draw(st.integers(0, 2))]
    )
    kept = tuple(data.draw(st.permutations(kept)))
    names = data.draw(
        st.lists(
            st.sampled_from(["a", "b", "c", "d", 'q"t', "x y"]),
            min_size=len(kept),
            max_size=len(kept),
            unique=True,
        )
    )
    draft = replace(
        base,
        columns=tuple(replace(column, name=name) for column, name in zip(kept, names, strict=True)),
    )
    found = change(path, base, draft)
    assert found is not None
    assert settled(found).columns == settled(draft).columns
    with open_read(path) as session:
        values = {"a": "a", "b": "b", "c": 3, "d": "d"}
        assert session.all("SELECT * FROM t")[0] == tuple(values[column.was] for column in kept)
