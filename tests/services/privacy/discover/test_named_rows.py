"""Tables of things beside something personal: their rows are no persons, and what names somebody stays personal."""

from __future__ import annotations

import pytest

from builders.database import a_database
from steward_app.services.privacy.discover.model import Scan, Verdict
from steward_app.services.privacy.discover.packs import packs
from steward_app.services.privacy.discover.scan import scan

STATES = ("Bayern", "Hessen", "Saarland", "Sachsen", "Berlin", "Hamburg")
WRITERS = ("Emily Walker", "Harry Johnson", "Jan Novak", "Maria Rossi", "Thomas Baker")


def personal(found: Scan, table: str) -> dict[str, str]:
    """The personal columns of a table, with their types."""
    return {
        each.place.column: each.kind
        for each in found.columns
        if each.place.table == table and each.verdict is Verdict.PERSONAL
    }


def test_counts_of_people_by_place_are_about_nobody(tmp_path):
    rows = [(state, 100 + 7 * n, 40 + n, 140 + 8 * n) for n, state in enumerate(STATES)]
    found = scan(
        a_database(tmp_path)
        .with_table("students", "state, day_school, evening_school, total", rows=rows)
        .build()
    )
    assert set(personal(found, "students")) <= {"state"}


@pytest.mark.parametrize("columns", ["id, state, points, rounds", "state, points, rounds, age"])
def test_persons_who_have_a_place_each_are_persons(tmp_path, columns):
    rows = [(1 + n, STATES[n], 3 * n, n) if columns.startswith("id") else (STATES[n], 3 * n, n, 20 + 7 * n)
            for n in range(6)]  # fmt: skip
    found = scan(a_database(tmp_path).with_table("players", columns, rows=rows).build())
    assert set(columns.split(", ")) <= set(personal(found, "players"))


@pytest.mark.parametrize(
    "counting", ["teilnehmerfrei", "member_count", "number_of_guests", "会員数", "passengers"]
)
def test_how_many_people_there_are_is_nobodys_number(tmp_path, counting):
    rows = [(n + 1, f"2025-10-{n + 1:02}", (11, 3, 8, 2, 3, 5, 8, 9)[n], n % 2) for n in range(8)]
    built = a_database(tmp_path).with_table(
        "meeting", f"id INTEGER PRIMARY KEY, day, {counting}, indoors", rows=rows
    )
    assert not personal(scan(built.build()), "meeting")


@pytest.mark.parametrize("key", ["teilnehmer_id", "member", "guest_no", "会員番号", "passenger_id"])
def test_the_number_of_somebody_is(tmp_path, key):
    rows = [(n + 1, f"2025-10-{n + 1:02}", (11, 3, 8, 2, 3, 5, 8, 9)[n], n % 2) for n in range(8)]
    built = a_database(tmp_path).with_table(
        "meeting", f"id INTEGER PRIMARY KEY, day, {key}, indoors", rows=rows
    )
    assert {key, "day", "indoors"} <= set(personal(scan(built.build()), "meeting"))


@pytest.mark.parametrize(
    ("column", "somebody"),
    [("trainer_id", True), ("author_no", True), ("trainer_count", False), ("parent_id", False)],
)
def test_the_number_of_who_does_the_work_is_personal_in_a_row_that_is_not(tmp_path, column, somebody):
    rows = [(n + 1, n % 3 + 4, n % 2) for n in range(8)]
    built = a_database(tmp_path).with_table("course", f"id INTEGER PRIMARY KEY, {column}, indoors", rows=rows)
    assert set(personal(scan(built.build()), "course")) == ({column} if somebody else set())


def test_who_wrote_a_text_is_a_person_and_the_text_is_not(tmp_path):
    rows = [(n + 1, f"2025-10-{n + 1:02}", who, n % 3) for n, who in enumerate(WRITERS)]
    built = a_database(tmp_path).with_table(
        "messages", "id INTEGER PRIMARY KEY, sent, author, pages", rows=rows
    )
    assert set(personal(scan(built.build()), "messages")) == {"author"}


@pytest.mark.parametrize(("table", "about"), [("warehouse", False), ("home", True)])
def test_where_persons_work_is_none_of_theirs_and_where_they_live_is(tmp_path, table, about):
    places = [(n, f"{n + 3} Mill Lane", n % 2) for n in range(5)]
    people = [(n, who, n) for n, who in enumerate(WRITERS)]
    found = scan(
        a_database(tmp_path)
        .with_table(table, "id INTEGER PRIMARY KEY, address, floors", rows=places)
        .with_table("person", f"id INTEGER PRIMARY KEY, full_name, place REFERENCES {table}(id)", rows=people)
        .build()
    )
    assert ("floors" in personal(found, table)) is about
    assert "address" in personal(found, table)


@pytest.mark.parametrize(
    ("name", "of_people"),
    [("klienci_firmy", False), ("kunden_firmen", False), ("klienci", True)],
)
def test_firms_among_customers_are_no_people(name, of_people):
    assert packs().headers.is_of_people(name) is of_people
