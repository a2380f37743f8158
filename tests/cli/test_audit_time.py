"""`steward audit history`, `as-of`, `compare` and `bin`, as people and scripts use them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders import a_database, steward
from builders.histories import at, timed, writing_as
from builders.sealed import by_hand, put_under_audit, writing


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """1 to 3: Ada enters three rooms; 4: somebody changes the first; 5: Ben takes the second away."""
    path = (
        a_database(tmp_path)
        .with_table("room", "id INTEGER PRIMARY KEY, ward TEXT, phone TEXT, beds INTEGER")
        .with_table("other", "id INTEGER PRIMARY KEY")
        .build()
    )
    put_under_audit(path, "room")
    with writing_as(path, "ada", "new ward") as session:
        session.run("INSERT INTO room VALUES (1, 'north', '1', 2), (2, 'south', '2', 3), (3, 'east', '3', 4)")
    with writing(path) as session:
        session.run("UPDATE room SET beds = 5, phone = '9' WHERE id = 1")
    with writing_as(path, "ben") as session:
        session.run("DELETE FROM room WHERE id = 2")
    return timed(path)


def when(seq: float) -> str:
    return at(seq).isoformat()


def test_history_in_json(path: Path) -> None:
    ran = steward("audit", "history", path, "room", "--row", "1", "--json")
    assert ran.code == 0, ran.err
    document = ran.document()
    assert document["schema"] == "steward/audit-history/v1"
    assert document["hidden"] == ["room.phone"]
    newest, oldest = document["items"]
    assert (newest["id"], newest["operation"], newest["row"], newest["writer"]) == ("4", "update", "1", None)
    assert newest["cells"] == [
        {"column": "phone", "old": None, "new": None, "note": "personal"},
        {"column": "beds", "old": 2, "new": 5, "note": ""},
    ]
    assert oldest["writer"]["actor"] == "ada"
    assert oldest["writer"]["reason"] == "new ward"
    assert oldest["together"] == 3
    assert oldest["time"] == "2026-11-01T00:00:01.000Z"


def test_history_names_times_that_go_back(path: Path) -> None:
    by_hand(path, "UPDATE _steward_audit_log_1 SET at = at - 864000000 WHERE seq = 4")
    ran = steward("audit", "history", path, "room", "--json")
    (note,) = ran.document()["notes"]
    assert note.startswith("Times in the log go back: change 4 says 2026-10-22")
    assert "Times in the log go back" in steward("audit", "history", path, "room", "--row", "1").out
    assert steward("audit", "history", path, "room", "--row", "2", "--json").document()["notes"] == []
    assert "times go back" not in steward("audit", "status", path).out
    assert steward("audit", "seal", path, "--yes").code == 0
    assert "at 1 place, the last to 2026-10-22" in steward("audit", "status", path).out


def test_a_row_is_named_by_its_primary_key_where_the_log_names_it_by_a_number(tmp_path: Path) -> None:
    path = (
        a_database(tmp_path)
        .with_table("code", "code TEXT PRIMARY KEY, a", rows=[("A1", 1), ("B2", 2)])
        .build()
    )
    put_under_audit(path, "code")
    with writing(path) as session:
        session.run("UPDATE code SET a = 3")
        session.run("DELETE FROM code WHERE code = 'B2'")
    for row, operations in (("A1", ["update"]), ("B2", ["delete", "update"]), ("2", ["delete", "update"])):
        document = steward("audit", "history", path, "code", "--row", row, "--json").document()
        assert [each["operation"] for each in document["items"]] == operations
    target = tmp_path / "b2.jsonl"
    ran = steward("audit", "history", path, "code", "--row", "B2", "--to", target)
    assert ran.code == 0 and "2 changes" in ran.out


def test_history_goes_on_after_an_id(path: Path) -> None:
    first = steward("audit", "history", path, "--limit", "3", "--json").document()
    assert [item["id"] for item in first["items"]] == ["5", "4", "3"]
    rest = steward("audit", "history", path, "--limit", "3", "--after", first["next"], "--json").document()
    assert [item["id"] for item in rest["items"]] == ["2", "1"]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--writer", "ada"], ["3", "2", "1"]),
        (["--writer", "unknown"], ["4"]),
        (["--transaction", "2"], ["5"]),
        (["--since", when(2), "--until", when(4)], ["4", "3", "2"]),
        (["room", "--column", "beds", "--oldest-first", "--row", "1"], ["1", "4"]),
    ],
)
def test_history_is_narrowed(path: Path, words: list[str], found: list[str]) -> None:
    document = steward("audit", "history", path, *words, "--json").document()
    assert [item["id"] for item in document["items"]] == found


def test_history_for_people(path: Path) -> None:
    ran = steward("audit", "history", path)
    assert ran.code == 0
    assert "update “room” 1" in ran.out
    assert "By an unknown writer." in ran.out
    assert "beds   2 → 5" in ran.out
    assert "By ada · test 1 · new ward, with 2 other rows in transaction 1." in ran.out
    assert "--personal" in ran.out
    assert "Nothing like that" in steward("audit", "history", path, "--writer", "nobody").out


def test_history_to_a_file(path: Path) -> None:
    target = path.with_name("history.csv")
    ran = steward("audit", "history", path, "room", "--to", target, "--json")
    assert ran.document()["changes"] == 5
    assert target.read_text().startswith("change,time,table")
    assert steward("audit", "history", path, "--to", target).code == 3
    assert "5 changes" in steward("audit", "history", path, "--to", target, "--force").out


def test_a_table_as_it_was(path: Path) -> None:
    document = steward("audit", "as-of", path, "room", "--time", when(3), "--personal", "--json").document()
    assert [row["cells"] for row in document["items"]] == [
        [1, "north", "1", 2], [2, "south", "2", 3], [3, "east", "3", 4],
    ]  # fmt: skip
    assert document["then"]["change"] == 3
    ran = steward("audit", "as-of", path, "room", "--time", when(4), "--where", "beds > 3", "--sort=-beds")
    assert "as of 2026-11-01 00:00:04 UTC" in ran.out
    assert ran.out.index("north") < ran.out.index("east")
    assert "south" not in ran.out


def test_rows_after_one(path: Path) -> None:
    words = ["audit", "as-of", path, "room", "--time", when(3), "--limit", "2", "--json"]
    first = steward(*words).document()
    assert first["has_after"]
    assert [row["id"] for row in steward(*words, "--after", "2").document()["items"]] == ["3"]


def test_a_table_as_it_was_to_a_file(path: Path) -> None:
    target = path.with_name("room.csv")
    ran = steward(
        "audit", "as-of", path, "room", "--time", when(3), "--to", target, "--column", "ward", "--json"
    )
    assert ran.document()["rows"] == 3
    assert target.read_text().split() == ["ward", "north", "south", "east"]


def test_a_row_as_it_was(path: Path) -> None:
    words = ["audit", "as-of", path, "room", "--row", "2", "--time"]
    document = steward(*words, when(4), "--json").document()
    assert document["there"]
    assert document["values"][3] == {"column": "beds", "value": 3, "note": ""}
    assert not steward(*words, when(5), "--json").document()["there"]
    assert "it was not there" in steward(*words, when(0)).out
    assert "beds   3" in steward(*words, when(4)).out
    assert steward(*words, when(4), "--sort", "beds").code == 2


def test_two_times_compared(path: Path) -> None:
    words = ["audit", "compare", path, "room", "--from", when(3)]
    ran = steward(*words, "--json")
    assert ran.code == 1
    document = ran.document()
    assert (document["added"], document["removed"], document["changed"]) == (0, 1, 1)
    changed, removed = document["items"]
    assert (changed["differs"], changed["before"], changed["after"]) == (
        ["phone", "beds"], [1, "north", 2], [1, "north", 5],
    )  # fmt: skip
    assert (removed["kind"], removed["row"]) == ("removed", "2")
    assert "removed  1" in steward(*words).out
    assert steward(*words, "--rows", "added").code == 1
    assert steward(*words, "--to", when(3)).code == 0
    assert steward(*words, "--rows", "moved").code == 2


def test_differences_to_a_file(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "room.jsonl"
    words = ["audit", "compare", path, "room", "--from", when(3), "--file", target]
    ran = steward(*words, "--json")
    assert ran.code == 1 and ran.document()["rows"] == 3
    lines = [json.loads(line) for line in target.read_text().splitlines()]
    assert [(line["row"], line["became"], line["side"], line["beds"]) for line in lines] == [
        (1, "changed", "before", 2), (1, "changed", "after", 5), (2, "removed", "before", 3)
    ]  # fmt: skip
    assert "phone" not in lines[0]
    assert steward(*words).code == 3
    ran = steward(*words, "--force", "--personal", "--rows", "removed")
    assert ran.code == 1 and "1 row in" in ran.out and '"phone":"2"' in target.read_text().replace(": ", ":")


def test_what_is_made_of_a_personal_column_is_left_out_of_a_comparison(tmp_path: Path) -> None:
    columns = "id INTEGER PRIMARY KEY, phone TEXT, ending TEXT AS (substr(phone, -2)), beds INTEGER"
    path = a_database(tmp_path, "made.db").with_table("room", columns).build()
    put_under_audit(path, "room")
    with writing(path) as session:
        session.run("INSERT INTO room VALUES (1, '0123', 2)")
    words = ["audit", "compare", timed(path), "room", "--from", when(0)]
    document = steward(*words, "--json").document()
    assert (document["columns"], document["hidden"]) == (["id", "beds"], ["phone", "ending"])
    assert steward(*words, "--file", target := tmp_path / "room.csv").code == 1
    assert (tmp_path / "room.csv").read_text("utf-8").splitlines()[0].split(",")[-2:] == ["id", "beds"]
    assert "23" not in target.read_text("utf-8")


def test_the_bin(path: Path) -> None:
    document = steward("audit", "bin", path, "--json").document()
    (row,) = document["items"]
    assert (row["id"], row["table"], row["row"], row["writer"]["actor"]) == ("5", "room", "2", "ben")
    assert "Deleted by ben." in steward("audit", "bin", path).out
    assert "No deleted row" in steward("audit", "bin", path, "--after", "5").out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["history", "other"], "is not under audit"),
        (["history", "--row", "1"], "A row or a column is of a table"),
        (["history", "room", "--since", "yesterday"], "is no moment"),
        (["as-of", "other", "--time", "2026-11-02"], "is not under audit"),
        (["as-of", "nobody", "--time", "2026-11-02"], "There is no table"),
        (["bin", "--table", "nobody"], "is not under audit"),
    ],
)
def test_what_cannot_be_told_is_said(path: Path, words: list[str], message: str) -> None:
    ran = steward("audit", words[0], path, *words[1:])
    assert ran.code == 2
    assert message in ran.err


def test_a_file_without_audit(tmp_path: Path) -> None:
    path = a_database(tmp_path).with_table("t", "id").build()
    assert steward("audit", "history", path).code == 3
    assert steward("audit", "bin", path).code == 3
    assert steward("audit", "as-of", path, "t", "--time", "2026-11-02").code == 2
