"""Versions of tables: kept in the catalog, held against what the policy promises."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from builders import a_database
from steward_app.catalog import Catalog, identity, journal, open_catalog
from steward_app.catalog.policy import read_policy
from steward_app.catalog.policy_names import NewName
from steward_app.catalog.schema_versions import Mode, every
from steward_app.db import ReadSession, open_read, open_write
from steward_app.kernel.errors import ErrorCode, UsageError
from steward_app.kernel.progress import Context
from steward_app.services.backup import database_id
from steward_app.services.migrate.between import course_between
from steward_app.services.migrate.registering import forms_now, plan_registering, register
from steward_app.services.schema.introspect import read_schema
from steward_app.services.schema.registry.promises import Promises
from steward_app.services.schema.registry.register import (
    Breaks,
    Forms,
    compare_tables,
    compare_versions,
    version_of,
    versions,
)

VISIT = "CREATE TABLE visit (id INTEGER PRIMARY KEY, day TEXT NOT NULL, fee REAL) STRICT"


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return a_database(tmp_path).with_sql(VISIT, "CREATE TABLE room (name TEXT PRIMARY KEY)").build()


@contextmanager
def looking(database: Path) -> Iterator[tuple[Catalog, ReadSession]]:
    with open_catalog() as catalog, open_read(database) as session:
        yield catalog, session


def registering(database: Path, *tables: str) -> Forms:
    """Register what has another form; what was new, and what was not."""
    with open_catalog() as catalog:
        found = forms_now(catalog, database, tables, Context())
        if found.new:
            register(catalog, plan_registering(catalog, database, tables, Context()), Context())
        return found


def change(database: Path, *sql: str) -> None:
    with open_write(database) as session:
        for each in sql:
            session.run(each)


def promise(database: Path, default: str = "none", **tables: str) -> None:
    policy = read_policy(database)
    policy.put(("compatibility",), {"default": default, "tables": tables})
    policy.save()


def test_each_table_gets_a_version_where_its_form_is_another(clinic: Path) -> None:
    first = registering(clinic)
    assert [(each.table, each.number) for each in first.new] == [("visit", 1), ("room", 1)]
    change(clinic, "ALTER TABLE visit ADD COLUMN room TEXT")
    second = registering(clinic)
    assert [(each.table, each.number) for each in second.new] == [("visit", 2)]
    assert [each.table for each in second.unchanged] == ["room"]
    assert registering(clinic).new == ()
    with looking(clinic) as (catalog, session):
        kept = versions(catalog, session)
    assert [(each.table, each.number) for each in kept] == [("room", 1), ("visit", 1), ("visit", 2)]
    assert version_of(kept, "VISIT").number == 2
    assert "room" not in version_of(kept, "visit", 1).document["properties"]  # type: ignore[operator]


def test_an_index_is_part_of_the_form_and_spaces_are_not(clinic: Path) -> None:
    registering(clinic)
    change(clinic, "DROP TABLE room", "CREATE TABLE room(name   TEXT PRIMARY KEY) -- rooms")
    assert registering(clinic).new == ()
    change(clinic, "CREATE INDEX visit_day ON visit (day)")
    assert [each.table for each in registering(clinic).new] == ["visit"]


def test_a_table_written_with_other_letters_goes_on(clinic: Path) -> None:
    registering(clinic)
    change(clinic, "ALTER TABLE room RENAME TO r", "ALTER TABLE r RENAME TO Room")
    assert registering(clinic, "ROOM").new[0].number == 2


def test_the_journal_says_so(clinic: Path) -> None:
    registering(clinic)
    with looking(clinic) as (catalog, _), catalog.reading() as session:
        event = journal.events(session, operation="schema.register")[0]
    assert event.data["result"] == {"versions": {"visit": 1, "room": 1}}
    assert event.database_id == database_id_of(clinic)


def database_id_of(database: Path) -> str:
    with open_catalog() as catalog:
        return database_id(catalog, database, Context())


def test_the_file_is_not_changed(clinic: Path) -> None:
    before = clinic.read_bytes()
    registering(clinic)
    assert clinic.read_bytes() == before
    assert sorted(each.name for each in clinic.parent.glob("clinic*")) == ["clinic.db"]


@pytest.mark.parametrize("name", ["nobody", "open_visits", "sqlite_schema"])
def test_what_has_no_form(clinic: Path, name: str) -> None:
    change(clinic, "CREATE VIEW open_visits AS SELECT * FROM visit")
    with pytest.raises(UsageError) as told:
        registering(clinic, name)
    assert told.value.code is ErrorCode.UNKNOWN_OBJECT


def test_a_promise_that_is_broken_registers_nothing(clinic: Path) -> None:
    registering(clinic)
    promise(clinic, visit="backward")
    change(clinic, "ALTER TABLE visit DROP COLUMN fee", "ALTER TABLE room ADD COLUMN floor INT")
    with pytest.raises(Breaks) as told:
        registering(clinic)
    assert told.value.code is ErrorCode.BLOCKED
    assert [each.incompatibility.rule for each in told.value.breaches] == ["property_removed"]
    with looking(clinic) as (catalog, session):
        assert len(versions(catalog, session)) == 2
    assert [each.table for each in registering(clinic, "room").new] == ["room"]
    promise(clinic, visit="forward")  # the old program finds NULL where it looks for the fee
    assert [each.number for each in registering(clinic, "visit").new] == [2]


@pytest.mark.parametrize(
    ("mode", "rules"),
    [
        ("none", []),
        ("forward", ["property_added"]),
        ("forward_transitive", ["property_added", "property_added"]),
        ("backward", []),
        ("backward_transitive", ["property_removed"]),
        ("full", ["property_added"]),
        ("full_transitive", ["property_added", "property_removed", "property_added"]),
    ],
)
def test_transitive_counts_for_every_version(clinic: Path, mode: str, rules: list[str]) -> None:
    change(clinic, "ALTER TABLE visit ADD COLUMN room TEXT")
    registering(clinic)
    change(clinic, "ALTER TABLE visit DROP COLUMN room")
    registering(clinic)
    change(clinic, "ALTER TABLE visit ADD COLUMN place TEXT")
    with looking(clinic) as (catalog, session):
        kept = versions(catalog, session)
        found = compare_tables(kept, read_schema(session), Promises(Mode(mode)), ["visit"])
    assert [each.incompatibility.rule for each in found[0].breaches] == rules
    assert [each.rule for each in found[0].incompatibilities] == ["property_added"]


def test_a_table_that_is_gone(clinic: Path) -> None:
    registering(clinic)
    change(clinic, "DROP TABLE room")
    with looking(clinic) as (catalog, session):
        found = compare_tables(versions(catalog, session), read_schema(session), Promises(Mode.FORWARD))
    gone = next(each for each in found if each.table == "room")
    assert [each.incompatibility.rule for each in gone.breaches] == ["table_removed"]


def test_the_policy_by_table_in_any_case(clinic: Path) -> None:
    promise(clinic, "full", VISIT="none")
    found = Promises.of(clinic)
    assert (found.mode("visit"), found.mode("room"), found.any) == (Mode.NONE, Mode.FULL, True)


def test_the_policy_says_where_a_mode_is_misspelt(clinic: Path) -> None:
    clinic.with_name(clinic.name + ".steward.yaml").write_text(
        "version: 1\ncompatibility:\n  default: fully\n"
    )
    with pytest.raises(UsageError, match=r"line 3.*“default” must be 'none', 'backward'"):
        Promises.of(clinic)


def test_the_policy_goes_along_with_a_rename(clinic: Path) -> None:
    promise(clinic, visit="full")
    policy = read_policy(clinic)
    policy.carry([NewName("visit", "", "appointment", of_table=True), NewName("visit", "day", "date")])
    policy.save()
    assert Promises.of(clinic).mode("appointment") is Mode.FULL


def test_versions_go_along_where_a_database_takes_another_id(clinic: Path) -> None:
    registering(clinic)
    with open_catalog() as catalog:
        known = database_id(catalog, clinic, Context())
        with catalog.unit() as unit:
            identity.take_over(unit, known, "another")
            unit.commit()
        with catalog.reading() as session:
            assert len(every(session, "another")) == 2


def test_the_way_between_two_versions_and_back(clinic: Path) -> None:
    registering(clinic, "visit")
    change(
        clinic,
        "ALTER TABLE visit RENAME COLUMN fee TO price",
        "ALTER TABLE visit ADD COLUMN room TEXT REFERENCES room (name)",
        "CREATE INDEX visit_room ON visit (room)",
    )
    registering(clinic, "visit")
    with looking(clinic) as (catalog, session):
        kept = versions(catalog, session)
    one, two = version_of(kept, "visit", 1), version_of(kept, "visit", 2)
    asked = course_between(one, two)
    assert [each.place.column for each in asked.questions] == ["fee"]
    there = course_between(one, two, renames=["visit.fee=price"])
    back = course_between(two, one, renames=["visit.price=fee"], gone=["visit.room"])
    change(clinic, *back.statements)
    with looking(clinic) as (catalog, session):
        found = compare_tables(versions(catalog, session), read_schema(session), Promises(), ["visit"])
    assert found[0].incompatibilities != ()
    change(clinic, *there.statements)
    assert registering(clinic, "visit").new == ()
    assert compare_versions(kept, "visit", 1, 2, Mode.FULL).breaches != ()
