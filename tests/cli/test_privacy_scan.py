"""`steward privacy scan` and `samples`."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from builders import a_database, steward
from builders.odd_files import overwritten

HOSTILE = "<img onerror>\u202e=cmd|"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    people = [(n, "Maria Garcia", f"p{n}@example.org") for n in range(1, 30)]
    return (
        a_database(tmp_path)
        .with_table("person", "id INTEGER PRIMARY KEY, name TEXT, email TEXT", rows=people)
        .with_table("price", "amount", rows=[(n / 4,) for n in range(30)])
        .with_table(HOSTILE, "email", rows=[("a@example.org",)] * 9)
        .build()
    )


def test_a_script_reads_every_column_with_its_reasons(path: Path) -> None:
    document = steward("privacy", "scan", path, "--json").document()
    columns = {item["id"]: item for item in document["columns"]}
    assert columns["person.email"]["kind"] == "email"
    assert columns["person.email"]["verdict"] == "personal"
    assert columns["person.email"]["evidence"]
    assert columns["price.amount"]["verdict"] != "personal"
    assert document["full"] is True
    assert "example.org" not in str(document)


def test_people_read_why(path: Path) -> None:
    said = steward("privacy", "scan", path).out
    assert "E-mail address" in said
    assert "are about a person." in said
    assert "for your decision" not in said
    assert "\u202e" not in said
    assert "the file is as it was" in said


def test_places_in_json_are_counted_beside_columns(tmp_path: Path) -> None:
    rows = [(n, f'{{"email": "p{n}@example.org", "size": {n}}}') for n in range(30)]
    path = a_database(tmp_path).with_table("letter", "id INTEGER PRIMARY KEY, extra TEXT", rows=rows).build()
    said = steward("privacy", "scan", path).out
    assert "Of 2 columns and 2 places in JSON, " in said
    assert "and 1 place in JSON." in said or "and 2 places in JSON." in said


def test_what_may_not_have_changed_is_read_again_and_said(path: Path) -> None:
    assert "may be as before" not in steward("privacy", "scan", path).out
    connection = apsw.Connection(str(path))
    connection.execute("INSERT INTO price VALUES (1)")
    connection.close()
    assert "3 tables may be as before and were read again" in steward("privacy", "scan", path).out


def test_one_table_alone(path: Path) -> None:
    document = steward("privacy", "scan", path, "--table", "price", "--json").document()
    assert document["again"] == ["price"]


def test_samples_are_masked_and_revealing_is_in_the_journal(path: Path) -> None:
    assert steward("privacy", "samples", path, "person.name").out.startswith("M•••• G•••••")
    shown = steward("privacy", "samples", path, "person.name", "--reveal", "--json").document()
    assert shown["values"] == ["Maria Garcia"]
    assert not shown["masked"]
    assert shown["noted"]
    events = steward("journal", "list", "--json").document()["items"]
    assert [event["operation"] for event in events] == ["privacy.reveal"]
    assert "The journal notes" in steward("privacy", "samples", path, "person.name", "--reveal").out


@pytest.mark.parametrize(
    "words", [("scan", "--table", "gone"), ("samples", "person.gone"), ("samples", "nonsense")]
)
def test_what_is_not_there_is_told(path: Path, words: tuple[str, ...]) -> None:
    verb, *rest = words
    ran = steward("privacy", verb, path, *rest)
    assert ran.code == 2


def test_what_cannot_be_read_is_said_and_found(tmp_path: Path) -> None:
    """A page in the middle of a table is gone: the rest is looked at, and a script sees that it was not all."""
    people = [(n, f"p{n}@example.org", "x" * 300) for n in range(500)]
    path = a_database(tmp_path).with_table("person", "id, email, note", rows=people).build()
    assert steward("privacy", "scan", path).code == 0
    overwritten(path, 20 * 4096, b"\xff" * 4096)
    ran = steward("privacy", "scan", path)
    assert ran.code == 1
    assert "1 table could not be read whole" in ran.out
    again = steward("privacy", "scan", path, "--json")
    assert again.code == 1
    (missed,) = again.document()["not_looked_at"]
    assert (missed["table"], missed["unreadable"]) == ("person", True)
    assert {item["id"] for item in again.document()["columns"]} >= {"person.email"}


def test_what_is_left_out_on_purpose_is_no_damage(path: Path) -> None:
    connection = apsw.Connection(str(path))
    connection.execute("ANALYZE")
    connection.close()
    ran = steward("privacy", "scan", path, "--json")
    assert ran.code == 0
    assert [each["unreadable"] for each in ran.document()["not_looked_at"]] == [False] * len(
        ran.document()["not_looked_at"]
    )
