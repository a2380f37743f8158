"""The map of a rehearsal: the schema before and after in one diagram, with marks on what is not the same."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

import pytest

from builders import a_database
from builders.migrated import migrated
from builders.migrating import CLINIC
from steward_app.kernel.progress import Context
from steward_app.services.migrate.rehearsal.map import picture
from steward_app.services.migrate.rehearsal.model import Renamed
from steward_app.services.schema.erd.model import Box, Diagram, Link

MORE = """
CREATE TABLE old (id INTEGER PRIMARY KEY, patient INTEGER REFERENCES patient (id));
CREATE TABLE same (id INTEGER PRIMARY KEY);
CREATE TABLE lab (id INTEGER PRIMARY KEY, visit_id INTEGER REFERENCES visit (id), a, b, c, d, e, f, g, h);
"""


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return a_database(tmp_path, "clinic.db").with_sql(CLINIC + MORE).build()


def map_of(path: Path, *statements: str, renames: Sequence[Renamed] = ()) -> Diagram:
    return migrated(path, *statements, renames=renames).map


def box(diagram: Diagram, table: str) -> Box:
    found = diagram.box(table)
    assert found is not None, table
    return found


def rows(diagram: Diagram, table: str) -> list[tuple[str, str, str]]:
    """Sign, name and word of each row of a box."""
    return [
        (row.mark.sign if row.mark else "", row.name, row.mark.word if row.mark else "")
        for row in box(diagram, table).rows
    ]


def words(diagram: Diagram) -> dict[str, str]:
    """What became of each table."""
    return {each.table: each.mark.word if each.mark else "" for each in diagram.boxes}


def lines(diagram: Diagram) -> dict[tuple[str, str], str]:
    """What became of each link, by its ends."""
    return {(link.child, link.parent): link.mark.word if link.mark else "" for link in diagram.links}


def test_tables_and_links_come_go_and_stay(clinic: Path) -> None:
    found = map_of(
        clinic,
        "CREATE TABLE room (id INTEGER PRIMARY KEY, patient_id INTEGER REFERENCES patient (id))",
        "DROP TABLE old",
        "ALTER TABLE lab ADD COLUMN room_id INTEGER REFERENCES room (id)",
    )
    assert words(found) == {
        "patient": "",
        "visit": "",
        "same": "",
        "lab": "changed",
        "room": "added",
        "old": "removed",
    }
    assert lines(found) == {
        ("visit", "patient"): "",
        ("lab", "visit"): "",
        ("lab", "room"): "added",
        ("room", "patient"): "added",
        ("old", "patient"): "removed",
    }
    assert box(found, "patient").rows == () and box(found, "patient").row_count == 2
    assert rows(found, "room") == [("", "id", ""), ("", "patient_id", "")]
    assert len({link.id for link in found.links}) == len(found.links)


def test_a_changed_table_shows_its_keys_and_what_differs(clinic: Path) -> None:
    found = map_of(
        clinic,
        "ALTER TABLE lab ADD COLUMN mail TEXT",
        "CREATE INDEX by_mail ON lab (mail)",
        "ALTER TABLE lab DROP COLUMN c",
    )
    assert rows(found, "lab") == [
        ("", "id", ""),
        ("", "visit_id", ""),
        ("−", "c", "removed"),
        ("+", "mail", "added"),
        ("", "+ 7 the same", ""),
        ("+", "index by_mail", "added"),
    ]
    mark = box(found, "lab").mark
    assert mark is not None and mark.told == ("c: removed", "mail: added", "index by_mail: added")


def test_what_is_renamed_says_what_it_was_and_is_not_removed(clinic: Path) -> None:
    found = map_of(
        clinic,
        "ALTER TABLE patient RENAME COLUMN phone TO tel",
        "ALTER TABLE visit RENAME TO stay",
        renames=[Renamed("patient", "phone", "tel"), Renamed("", "visit", "stay")],
    )
    assert rows(found, "patient") == [("", "id", ""), ("", "name", ""), ("~", "tel", "was phone")]
    assert words(found)["stay"] == "was visit" and "visit" not in words(found)
    assert lines(found)[("stay", "patient")] == "" and lines(found)[("lab", "stay")] == ""


def test_a_name_that_another_table_took_stands_beside_it(clinic: Path) -> None:
    found = map_of(
        clinic, "DROP TABLE old", "ALTER TABLE same RENAME TO old", renames=[Renamed("", "same", "old")]
    )
    assert words(found)["old (before)"] == "removed"
    assert words(found)["old"].startswith("was same")
    assert lines(found)[("old (before)", "patient")] == "removed"


def test_types_rules_and_actions_are_told(clinic: Path) -> None:
    found = map_of(
        clinic,
        "CREATE TABLE n (id INTEGER PRIMARY KEY, patient_id TEXT NOT NULL REFERENCES patient (id)"
        " ON DELETE RESTRICT, note TEXT, CHECK (note <> '')) STRICT",
        "INSERT INTO n SELECT * FROM visit",
        "DROP TABLE visit",
        "ALTER TABLE n RENAME TO visit",
    )
    mark = box(found, "visit").mark
    assert mark is not None
    told = "\n".join(mark.told)
    assert "patient_id: type INTEGER → TEXT, not null no → yes" in told
    assert "strict no → yes" in told and "check: added" in told
    (link,) = (each for each in found.links if each.child == "visit")
    assert link.mark is not None and link.mark.told == ("on delete CASCADE → RESTRICT",)


def test_nothing_is_drawn_where_nothing_differs(clinic: Path) -> None:
    assert map_of(clinic, "UPDATE patient SET phone = '2'") == Diagram((), ())


def test_what_is_far_from_a_change_is_left_out_of_the_picture(clinic: Path) -> None:
    found = map_of(clinic, "ALTER TABLE visit ADD COLUMN room TEXT")
    near = found.around(found.marked)
    assert {each.table for each in near.boxes} == {"visit", "patient", "lab"}
    assert near.left_out == 2
    svg = picture(found, "svg", Context()).decode()
    assert "+ added" in svg and "(2 more, not drawn)" in svg and "~ changed" in svg
    ET.fromstring(svg)


def test_hostile_names_stay_text_in_the_picture(tmp_path: Path) -> None:
    evil = '<img onerror="x">\u202e]]>&'
    path = a_database(tmp_path, "evil.db").with_sql("CREATE TABLE t (id INTEGER PRIMARY KEY, a)").build()
    quoted = '"' + evil.replace('"', '""') + '"'
    found = map_of(
        path,
        f"ALTER TABLE t RENAME COLUMN a TO {quoted}",
        f"CREATE TABLE {quoted} ({quoted} REFERENCES t (id))",
        renames=[Renamed("t", "a", evil)],
    )
    svg = picture(found, "svg", Context()).decode()
    ET.fromstring(svg)
    assert "<img" not in svg and "\u202e" not in svg


def test_a_link_to_a_table_that_is_not_there_is_drawn_and_says_so(tmp_path: Path) -> None:
    path = a_database(tmp_path, "t.db").with_sql("CREATE TABLE p (id INTEGER PRIMARY KEY)").build()
    found = map_of(path, "CREATE TABLE c (p_id REFERENCES nowhere (id))")
    assert box(found, "nowhere").missing
    link: Link = found.links[0]
    assert link.problem and link.mark is not None and link.mark.word == "added"
