"""What Liquibase itself made of changelogs of ours (tests/data/liquibase), and what it says of them in its table."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.adopting import LIQUIBASE, Adopting, History
from steward_app.catalog import Catalog
from steward_app.services.migrate.adopt.liquibase import read_files
from steward_app.services.migrate.adopt.model import Theirs
from steward_app.services.migrate.model import State

DATA = Path(__file__).parents[3] / "data" / "liquibase"


def of_liquibase(name: str, changelogs: str) -> History:
    """A file as Liquibase left it, and the changelogs that it was made from."""
    folder = DATA / changelogs
    texts = {
        path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()
    }
    return History((DATA / f"{name}.sql").read_text(), texts)


def lost(zoo: Adopting) -> dict[str, str]:
    """What is told of each object that Liquibase lost something of."""
    found = [each for each in zoo.plan().findings if each.code == "adopted_tool_lost"]
    return {each.subject.name: each.title for each in found if each.subject}


def test_changelogs_of_all_four_forms_make_what_liquibase_made(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(tmp_path, catalog, of_liquibase("zoo-4.28.0", "zoo"), held="")
    assert zoo.blocks() == []
    assert list(lost(zoo)) == ["two"], "the one table that got a column"

    zoo.adopt()

    states = zoo.states()
    assert State.MISSING not in states.values()
    waiting = [file for file, state in states.items() if state is State.PENDING]
    assert len(waiting) == 4


def test_what_waits_for_a_context_a_label_or_a_precondition_is_told(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(tmp_path, catalog, of_liquibase("zoo-4.28.0", "zoo"), held="")
    told = [each.title for each in zoo.plan().findings if each.code == "adopted_waits_for_condition"]
    assert told == [
        "“inc/one.sql (anna:5)” waits, and Liquibase applies it only in the context “never”",
        "“inc/three.xml (anna:cx1)” waits, and Liquibase applies it only in the context “test”",
        "“inc/three.xml (anna:cx3)” waits, and Liquibase applies it only with the label “red”",
    ]


def test_a_changeset_that_ran_again_comes_where_its_file_has_it(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(tmp_path, catalog, of_liquibase("zoo-4.28.0", "zoo"), held="")
    zoo.adopt()
    names = [row.name for row in zoo.history()]
    assert names.index("four_4") == names.index("3") + 1, "its order in the table is that of its last run"


def test_placeholders_in_formatted_sql_stand_for_properties(tmp_path: Path, catalog: Catalog) -> None:
    zoo = Adopting(tmp_path, catalog, of_liquibase("zoo-4.28.0", "zoo"), held="")
    zoo.adopt()
    assert "CREATE TABLE one (a TEXT," in zoo.texts()["V0001__1.sql"]


@pytest.mark.parametrize("version", ["4.4.0", "4.28.0"])
def test_what_liquibase_lost_of_a_table_is_told_and_stops_nothing(
    tmp_path: Path, catalog: Catalog, version: str
) -> None:
    zoo = Adopting(tmp_path, catalog, of_liquibase(f"rewritten-{version}", "rewritten"), held="")
    assert zoo.blocks() == []
    told = lost(zoo)
    table = next(title for name, title in told.items() if name in ("aut", "author"))
    assert "has no longer UNIQUE (name)" in table and "the default of “since”" in table
    assert "NOT NULL of “n”" in table
    assert ("still has “c1”, which was to be dropped" in table) == (version == "4.28.0")
    assert told["ix"] == "The index “ix” is gone: Liquibase left it so"
    assert "no longer goes downwards" in told["ux"]
    assert any("checksums of Liquibase" in each for each in zoo.plan().sentences)
    zoo.adopt()
    assert State.MISSING not in zoo.states().values()


@pytest.mark.parametrize(
    "by_hand",
    [
        "ALTER TABLE author ADD COLUMN by_hand TEXT",
        "ALTER TABLE author RENAME COLUMN d TO day",
        "CREATE INDEX by_hand ON author (d)",
        "DROP INDEX by_p",
        "ALTER TABLE lost DROP COLUMN q",
    ],
)
def test_what_liquibase_would_not_lose_stops_the_plan(tmp_path: Path, catalog: Catalog, by_hand: str) -> None:
    zoo = Adopting(tmp_path, catalog, of_liquibase("rewritten-4.4.0", "rewritten"), held="")
    zoo.sql(by_hand)
    assert len(zoo.blocks()) == 1


def test_a_link_that_liquibase_left_astray_is_named(tmp_path: Path, catalog: Catalog) -> None:
    log = """
    <databaseChangeLog>
      <changeSet id="1" author="a">
        <createTable tableName="parent"><column name="id" type="int"><constraints primaryKey="true"/></column>
        </createTable>
        <createTable tableName="child"><column name="parent" type="int">
          <constraints foreignKeyName="fk" references="parent(id)"/></column></createTable>
      </changeSet>
      <changeSet id="2" author="a"><addColumn tableName="parent"><column name="n" type="int"/></addColumn></changeSet>
    </databaseChangeLog>"""
    rows = LIQUIBASE.tables[: LIQUIBASE.tables.index("INSERT")] + (
        "INSERT INTO DATABASECHANGELOG (ID, AUTHOR, FILENAME, DATEEXECUTED, ORDEREXECUTED, EXECTYPE) VALUES"
        " ('1', 'a', 'log.xml', '2026-05-02', 1, 'EXECUTED'), ('2', 'a', 'log.xml', '2026-05-02', 2, 'EXECUTED');"
    )
    held = (
        "CREATE TABLE parent (id INTEGER NOT NULL, n INTEGER, CONSTRAINT PK_PARENT PRIMARY KEY (id));"
        "CREATE TABLE child (parent INTEGER, CONSTRAINT fk FOREIGN KEY (parent) REFERENCES parent_temporary(id));"
    )
    zoo = Adopting(tmp_path, catalog, History(rows, {"log.xml": log}), held=held)
    assert zoo.blocks() == [
        "The table “child” has in the file alone “FOREIGN KEY (parent) REFERENCES parent_temporary (id)”; has in the"
        " migrations alone “FOREIGN KEY (parent) REFERENCES parent (id)”; points to “parent_temporary”, a name that its"
        " parent had while the tool made it anew, and that is gone"
    ]


def one_changeset(place: Path, *changes: str) -> Theirs:
    (place / "log.xml").write_text(
        f'<databaseChangeLog><changeSet id="1" author="a">{"".join(changes)}</changeSet></databaseChangeLog>'
    )
    (found,) = read_files(place)
    return found


def test_rows_that_are_loaded_are_not_read_and_the_schema_around_them_is(tmp_path: Path) -> None:
    found = one_changeset(
        tmp_path,
        '<createTable tableName="t"><column name="a" type="int"/></createTable>',
        '<loadData file="rows.csv" tableName="t"/>',
        '<createIndex tableName="t" indexName="i"><column name="a"/></createIndex>',
    )
    assert found.up is None and "loadData is not read here" in found.why
    assert found.shape is not None
    assert "CREATE TABLE t" in found.shape and "CREATE INDEX i" in found.shape


def test_params_of_a_condition_are_put_in_as_they_are(tmp_path: Path) -> None:
    found = one_changeset(
        tmp_path,
        '<update tableName="t"><column name="a" value="x"/><where>:name = :value OR b = ?</where><whereParams>'
        r'<param name="a" value="is it\1?"/><param valueNumeric="3"/></whereParams></update>',
    )
    assert found.up == r"UPDATE t SET a = 'x' WHERE a = 'is it\1?' OR b = 3;"


def test_a_remark_does_not_hide_the_end_of_a_statement(tmp_path: Path) -> None:
    found = one_changeset(
        tmp_path,
        r'<sql endDelimiter="\nGO">CREATE TABLE a (x) -- one&#10;GO&#10;CREATE TABLE b (x)&#10;GO</sql>',
    )
    assert found.up == "CREATE TABLE a (x) -- one\n;\n\nCREATE TABLE b (x);"


def test_sql_that_is_rewritten_for_another_database_is_read(tmp_path: Path) -> None:
    table = '<createTable tableName="t"><column name="a" type="int"/></createTable>'
    other = one_changeset(tmp_path, table, '<modifySql dbms="oracle"><append value=" X"/></modifySql>')
    ours = one_changeset(tmp_path, table, '<modifySql dbms="sqlite"><append value=" X"/></modifySql>')
    assert other.up is not None
    assert ours.up is None


def test_a_foreign_key_that_was_left_at_a_table_that_is_gone_stops_the_plan(
    tmp_path: Path, catalog: Catalog
) -> None:
    zoo = Adopting(tmp_path, catalog, of_liquibase("rewritten-4.4.0", "rewritten"), held="")
    child = "CREATE TABLE child (a INTEGER REFERENCES {} (id))"
    log = zoo.folder / "log.xml"
    sql = f'<changeSet id="c" author="a"><sql>{child.format("author")}</sql></changeSet></databaseChangeLog>'
    log.write_text(log.read_text().replace("</databaseChangeLog>", sql))
    zoo.sql(
        child.format("author_temporary"),
        "INSERT INTO DATABASECHANGELOG (ID, AUTHOR, FILENAME, DATEEXECUTED, ORDEREXECUTED, EXECTYPE)"
        " VALUES ('c', 'a', 'log.xml', '2026-05-02 23:45:09', 8, 'EXECUTED')",
    )
    assert [title for title in zoo.blocks() if "child" in title] == zoo.blocks() != []
