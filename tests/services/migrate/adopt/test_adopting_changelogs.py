"""Changelogs of Liquibase in XML, YAML and JSON: read as Liquibase makes SQL of them, or refused with their place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import ruamel.yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.adopting import LIQUIBASE, Adopting, History
from steward_app.catalog import Catalog
from steward_app.db.runner import unenforced
from steward_app.db.script import split
from steward_app.db.skeleton import in_memory
from steward_app.kernel.errors import Failure, UsageError
from steward_app.services.migrate.adopt.liquibase import read_files
from steward_app.services.migrate.adopt.model import Theirs
from steward_app.services.migrate.model import State

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog">\n'
XML = (
    HEAD
    + """
<property name="length" value="80" dbms="sqlite"/>
<changeSet id="pets" author="anna">
  <comment>the first</comment>
  <createTable tableName="pet" remarks="animals">
    <column name="id" type="int" autoIncrement="true"><constraints primaryKey="true" nullable="false"/></column>
    <column name="name" type="varchar(${length})"><constraints nullable="false" unique="true"/></column>
    <column name="born" type="date"/>
    <column name="since" type="datetime" defaultValueComputed="CURRENT_TIMESTAMP"/>
    <column name="fee" type="decimal(8,2)" defaultValueNumeric="1.0"/>
    <column name="gone" type="boolean" defaultValueBoolean="false"><constraints nullable="false"/></column>
    <column name="said" type="java.sql.Types.VARCHAR(20)" defaultValue="it's"/>
  </createTable>
  <createIndex indexName="by_born" tableName="pet" unique="false">
    <column name="born" descending="true"/><column name="name"/>
  </createIndex>
</changeSet>
<changeSet id="note" author="anna" runInTransaction="false">
  <addColumn tableName="pet"><column name="note" type="clob"/></addColumn>
  <renameColumn tableName="pet" oldColumnName="said" newColumnName="spoke"/>
  <sql>UPDATE pet SET note = ';'</sql>
  <rollback>ALTER TABLE pet RENAME COLUMN spoke TO said; ALTER TABLE pet DROP COLUMN note</rollback>
</changeSet>
<changeSet id="elsewhere" author="bo" dbms="postgresql"><sql>CREATE SEQUENCE s</sql></changeSet>
<changeSet id="owners" author="anna">
  <createTable tableName="owner">
    <column name="a" type="int"><constraints primaryKey="true" primaryKeyName="pk_o"/></column>
    <column name="b" type="int"><constraints primaryKey="true"/></column>
    <column name="pet_id" type="bigint">
      <constraints foreignKeyName="fk_pet" references="pet(id)" deleteCascade="true"/>
    </column>
  </createTable>
  <createView viewName="named" replaceIfExists="true">SELECT name FROM pet;</createView>
</changeSet>
</databaseChangeLog>
"""
)
YAML = """
databaseChangeLog:
- property: {name: length, value: 80, dbms: sqlite}
- changeSet:
    id: pets
    author: anna
    comment: the first
    changes:
    - createTable:
        tableName: pet
        remarks: animals
        columns:
        - column: {name: id, type: int, autoIncrement: true, constraints: {primaryKey: true, nullable: false}}
        - column: {name: name, type: "varchar(${length})", constraints: {nullable: false, unique: true}}
        - column: {name: born, type: date}
        - column: {name: since, type: datetime, defaultValueComputed: CURRENT_TIMESTAMP}
        - column: {name: fee, type: "decimal(8,2)", defaultValueNumeric: 1.0}
        - column: {name: gone, type: boolean, defaultValueBoolean: false, constraints: {nullable: false}}
        - column: {name: said, type: java.sql.Types.VARCHAR(20), defaultValue: it's}
    - createIndex:
        indexName: by_born
        tableName: pet
        unique: false
        columns:
        - column: {name: born, descending: true}
        - column: {name: name}
- changeSet:
    id: note
    author: anna
    runInTransaction: false
    changes:
    - addColumn: {tableName: pet, columns: [{column: {name: note, type: clob}}]}
    - renameColumn: {tableName: pet, oldColumnName: said, newColumnName: spoke}
    - sql: {sql: UPDATE pet SET note = ';'}
    rollback: ALTER TABLE pet RENAME COLUMN spoke TO said; ALTER TABLE pet DROP COLUMN note
- changeSet: {id: elsewhere, author: bo, dbms: postgresql, changes: [{sql: CREATE SEQUENCE s}]}
- changeSet:
    id: owners
    author: anna
    changes:
    - createTable:
        tableName: owner
        columns:
        - column: {name: a, type: int, constraints: {primaryKey: true, primaryKeyName: pk_o}}
        - column: {name: b, type: int, constraints: {primaryKey: true}}
        - column:
            name: pet_id
            type: bigint
            constraints: {foreignKeyName: fk_pet, references: pet(id), deleteCascade: true}
    - createView: {viewName: named, replaceIfExists: true, selectQuery: SELECT name FROM pet}
"""
AS_LIQUIBASE_MAKES_IT = """
CREATE TABLE pet (id INTEGER CONSTRAINT PK_PET PRIMARY KEY AUTOINCREMENT NOT NULL, name VARCHAR(80) NOT NULL,
  born date, since TEXT DEFAULT CURRENT_TIMESTAMP, fee DECIMAL(8, 2) DEFAULT 1, gone BOOLEAN DEFAULT 0 NOT NULL,
  said VARCHAR(20) DEFAULT 'it''s', UNIQUE (name));
CREATE INDEX by_born ON pet(born DESC, name);
ALTER TABLE pet ADD note TEXT;
ALTER TABLE pet RENAME COLUMN said TO spoke;
"""


def json_of(yaml: str) -> str:
    return json.dumps(ruamel.yaml.YAML(typ="safe").load(yaml), indent="\t")


WRITTEN = {"zoo.xml": XML, "zoo.yaml": YAML, "zoo.json": json_of(YAML)}


def history(name: str) -> History:
    return LIQUIBASE.renamed(LIQUIBASE.tables.replace("zoo.sql", name)).but(files={"zoo.sql": ""})


def read(folder: Path, **files: str) -> list[Theirs]:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text, encoding="utf-8")
    return list(read_files(folder))


def changelog(*changes: str, tail: str = "") -> str:
    return (
        f'{HEAD}<changeSet id="1" author="a">\n'
        + "\n".join(changes)
        + f"\n{tail}</changeSet></databaseChangeLog>"
    )


def ran(*texts: str | None) -> dict[str, str]:
    """What the statements make of an empty database, by name."""
    with in_memory() as empty, unenforced(empty):
        for text in texts:
            assert text is not None
            for each in split(text):
                empty.run(each.sql)
        rows = empty.all("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
        return {str(name): str(sql) for name, sql in rows}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_file_that_liquibase_made_of_it_is_adopted(tmp_path: Path, catalog: Catalog, name: str) -> None:
    tool = history(name).but(files={name: WRITTEN[name]})
    zoo = Adopting(tmp_path, catalog, tool, AS_LIQUIBASE_MAKES_IT)

    assert zoo.blocks() == []
    zoo.adopt()

    assert list(zoo.states().values()) == [State.APPLIED, State.APPLIED, State.PENDING]
    texts = zoo.texts()
    assert list(texts) == [
        "U0001__pets.sql",
        "U0002__note.sql",
        "U0003__owners.sql",
        "V0001__pets.sql",
        "V0002__note.sql",
        "V0003__owners.sql",
    ]
    assert texts["V0002__note.sql"].startswith("-- steward: no-transaction\n")
    with in_memory() as empty:
        for file in [*list(texts)[3:], *list(texts)[2::-1]]:
            for each in split(texts[file]):
                empty.run(each.sql)
        left = empty.all("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite%'")
    assert left == [], "all of it is taken back"


def test_the_three_forms_say_the_same(tmp_path: Path) -> None:
    found = []
    for name, text in WRITTEN.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / name).write_text(text)
        found.append([(each.name, each.up, each.down, each.in_transaction) for each in read_files(folder)])
    assert found[0] == found[1] == found[2]
    assert [name for name, *_ in found[0]] == ["pets", "note", "owners"]


def test_files_come_in_the_order_of_their_includes(tmp_path: Path) -> None:
    def one(name: str, change: str = "") -> str:
        return f'{HEAD}<changeSet id="{name}" author="a">{change}</changeSet></databaseChangeLog>'

    found = read(
        tmp_path,
        master_xml=f'{HEAD}<include file="z.xml" relativeToChangelogFile="true"/>'
        '<include file="db/changelog/sub/b.yaml"/><includeAll path="classpath:more/"/><include file="nowhere.xml"/>'
        "</databaseChangeLog>",
        a_xml=one("alone"),
        z_xml=one("first"),
        sub__b_yaml="databaseChangeLog:\n- changeSet: {id: second, author: a}\n- include: {file: ../z.xml}\n",
        more__d_sql="--liquibase formatted sql\n--changeset a:fourth\nSELECT 1;\n",
        more__c_xml=one("third"),
        more__e_sql="CREATE TABLE plain (x);",
        alone_sql="CREATE TABLE nobody_includes_it (x);",
        pom_xml="<project>databaseChangeLog</project>",
        other_json='["databaseChangeLog"]',
    )
    assert [each.name for each in found] == ["alone", "first", "second", "third", "fourth", "e"]
    assert (found[-1].key, found[-1].up) == ("e.sql::raw::includeAll", "CREATE TABLE plain (x);")


def test_a_folder_that_is_included_by_a_longer_path_is_found_and_circles_end(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        master_yaml="databaseChangeLog:\n- includeAll: {path: db/changelog/}\n",
        b_xml=f'{HEAD}<include file="master.yaml"/><changeSet id="b" author="a"/></databaseChangeLog>',
        a__c_xml=f'{HEAD}<changeSet id="c" author="a"/></databaseChangeLog>',
    )
    assert sorted(each.name for each in found) == ["b", "c"]


def test_changes_that_sqlite_has_no_statement_for_are_made_of_the_table_as_it_is(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        a_sql="--liquibase formatted sql\n--changeset a:0\nCREATE TABLE pet (id INTEGER PRIMARY KEY, note TEXT);\n"
        "CREATE TABLE visit (id INTEGER, pet_id INTEGER, day TEXT, said TEXT); -- as it is\n",
        b_xml=changelog(
            '<addForeignKeyConstraint constraintName="fk" baseTableName="visit" baseColumnNames="pet_id"'
            ' referencedTableName="pet" referencedColumnNames="id" onDelete="CASCADE"/>',
            '<addNotNullConstraint tableName="visit" columnName="day" columnDataType="date" defaultNullValue="x"/>',
            '<addUniqueConstraint tableName="visit" columnNames="pet_id, day" constraintName="once"/>',
            '<addPrimaryKey tableName="visit" columnNames="id"/>',
            '<addDefaultValue tableName="visit" columnName="said" defaultValue="no"/>',
            '<dropUniqueConstraint tableName="visit" constraintName="once"/>',
            '<addColumn tableName="visit"><column name="who" type="int"><constraints unique="true"'
            ' uniqueConstraintName="u"/></column></addColumn>',
        ),
    )
    made = ran(found[0].up, found[1].up)
    assert "CONSTRAINT fk FOREIGN KEY (pet_id) REFERENCES pet (id) ON DELETE CASCADE" in made["visit"]
    assert "NOT NULL" in made["visit"] and "DEFAULT 'no'" in made["visit"]
    assert "once" not in made["visit"] and "CONSTRAINT u UNIQUE (who)" in made["visit"]
    assert found[1].down is None


def test_rows_and_the_rest_of_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "more.sql").write_text("CREATE TABLE more (x)\nGO\nCREATE TABLE less (x)\nGO\n")
    found = read(
        tmp_path,
        a_xml=changelog(
            '<preConditions onFail="MARK_RAN"><tableExists tableName="x"/></preConditions>',
            "<tagDatabase tag='v1'/>",
            '<sqlFile path="more.sql" relativeToChangelogFile="true" endDelimiter="GO"/>',
            '<sql dbms="oracle">CREATE SYNONYM s</sql>',
            '<insert tableName="more"><column name="x" value="it\'s"/><column name="y" valueNumeric="2"/>'
            '<column name="z" valueBoolean="true"/><column name="w" value="NULL"/></insert>',
            '<update tableName="more"><column name="x" valueComputed="upper(x)"/><where>y = 2</where></update>',
            '<delete tableName="more"><where>y = 3</where></delete>',
            '<renameTable oldTableName="less" newTableName="least"/><dropTable tableName="least"/>',
            tail='<rollback><dropTable tableName="more"/></rollback>',
        ),
    )
    assert found[0].up == (
        "-- Liquibase ran it only where its preconditions held (line 4).\n\nCREATE TABLE more (x);\n\n"
        "CREATE TABLE less (x);\n\nINSERT INTO more (x, y, z, w) VALUES ('it''s', 2, 1, NULL);\n\n"
        "UPDATE more SET x = upper(x) WHERE y = 2;\n\nDELETE FROM more WHERE y = 3;\n\n"
        "ALTER TABLE less RENAME TO least;\n\nDROP TABLE least;"
    )
    assert found[0].down == "DROP TABLE more;"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ('<loadData file="x.csv" tableName="t"/>', "line 4: loadData is not read here"),
        (
            "<createTable><column name='a' type='int'/></createTable>",
            "line 4: createTable does not say its tableName",
        ),
        (
            "<createTable tableName='t'>\n<column name='a'/></createTable>",
            "line 5: column does not say its type",
        ),
        ('<modifySql><append value="x"/></modifySql>', "line 4: modifySql rewrites what the changes make"),
        ('<dropNotNullConstraint tableName="t" columnName="c"/>', "line 4: "),
        ("<sql>SELECT 'open</sql>", "line 4: "),
        ('<sqlFile path="gone.sql"/>', "line 4: gone.sql is not in the folder"),
        (
            '<update tableName="t"><column name="a" valueBlobFile="x"/></update>',
            "line 4: valueBlobFile is not read here",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(tmp_path: Path, change: str, why: str) -> None:
    (found,) = read(tmp_path, zoo_xml=changelog(change))
    assert found.up is None
    assert found.why.startswith(f"“zoo.xml”, {why}")


def test_where_it_was_applied_the_place_is_told(tmp_path: Path, catalog: Catalog) -> None:
    text = XML.replace("<sql>UPDATE", '<createProcedure path="x"/><sql>UPDATE')
    zoo = Adopting(tmp_path, catalog, history("zoo.xml").but(files={"zoo.xml": text}), AS_LIQUIBASE_MAKES_IT)
    line = text[: text.index("<createProcedure")].count("\n") + 1
    with pytest.raises(
        UsageError, match=f"“zoo.xml”, line {line}: createProcedure is not read here"
    ) as refused:
        zoo.plan()
    assert "--against FILE" in refused.value.hint


def test_where_it_waits_the_place_is_told_and_stops_nothing(tmp_path: Path, catalog: Catalog) -> None:
    text = XML.replace("<createView", '<createProcedure path="x"/><createView')
    zoo = Adopting(tmp_path, catalog, history("zoo.xml").but(files={"zoo.xml": text}), AS_LIQUIBASE_MAKES_IT)
    assert "createProcedure is not read here" in zoo.said()["adopted_program_waits"]
    assert zoo.blocks() == []


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a_xml", f"{HEAD}<changeSet>", r"“a\.xml”, line 3: it is not XML"),
        (
            "a_xml",
            '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<databaseChangeLog>&b;</databaseChangeLog>',
            r"line 1: it declares entities",
        ),
        (
            "a_xml",
            "<databaseChangeLog>" + "<a>" * 200 + "</a>" * 200 + "</databaseChangeLog>",
            "it is too deep",
        ),
        ("a_yaml", "databaseChangeLog:\n- a: [1\n", r"“a\.yaml”, line \d: it is not YAML"),
        (
            "a_yaml",
            "databaseChangeLog:\n- a: &a0 {x: {y: 1}}\n"
            + "".join(
                f"- b: &a{n} {{" + ", ".join(f"k{k}: *a{n - 1}" for k in range(9)) + "}\n"
                for n in range(1, 9)
            ),
            "it holds too much",
        ),
        ("a_json", '{"databaseChangeLog": [{"changeSet": ', r"“a\.json”, line \d: it is not YAML"),
    ],
)
def test_files_that_are_broken_or_hostile_are_named(tmp_path: Path, name: str, text: str, why: str) -> None:
    with pytest.raises(Failure, match=why):
        read(tmp_path, **{name: text})


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(sorted(WRITTEN)),
    at=st.integers(0, 2_000),
    gone=st.integers(0, 40),
    new=st.text("<>{}[]&*:-,'\"\n\t ab${}", max_size=12),
)
def test_any_text_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, at: int, gone: int, new: str
) -> None:
    folder, text = tmp_path_factory.mktemp("any"), WRITTEN[name]
    (folder / name).write_text(text[:at] + new + text[at + gone :])
    try:
        found = read_files(folder)
    except Failure as refused:
        assert name in refused.message
        return
    assert all(each.up is not None or each.why.startswith(f"“{name}”, line ") for each in found)
