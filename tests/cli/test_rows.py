"""`steward rows`, as people and scripts use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders import a_database, steward
from builders.odd_files import needs_its_own_program


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path)
        .with_table(
            "patient",
            "id INTEGER PRIMARY KEY, first_name TEXT, ward TEXT, weight REAL",
            rows=[(n, f"Name {n}", "north" if n % 2 else "south", n / 2) for n in range(1, 31)],
        )
        .with_sql("CREATE TABLE bed (house TEXT, number INTEGER, PRIMARY KEY (house, number)) WITHOUT ROWID")
        .with_rows("bed", [("a", 1), ("a", 2), ("b", 1)])
        .with_table(
            "code", "code TEXT PRIMARY KEY, [a=b] BLOB", rows=[("x1", b"\x89PNG\r\n\x1a\n"), ("x2", "=1")]
        )
        .build()
    )


def _page(*words: str | Path) -> dict[str, object]:
    ran = steward("rows", "page", *words, "--json")
    assert ran.code == 0, ran.err
    return ran.document()


def _ids(document: dict[str, object]) -> list[str]:
    items = document["items"]
    assert isinstance(items, list)
    return [item["id"] for item in items]


def test_a_page_for_scripts(clinic):
    page = _page(clinic, "patient", "--rows", "2")
    assert page["schema"] == "steward/rows-page/v1"
    assert page["columns"] == ["id", "ward", "weight"]
    assert page["hidden"] == ["first_name"]
    assert page["items"] == [{"id": "1", "cells": [1, "north", 0.5]}, {"id": "2", "cells": [2, "south", 1.0]}]
    assert page["total"] == {"value": 30, "precision": "exact"}


def test_pages_follow_one_another(clinic):
    for table in ("patient", "bed", "code"):
        found: list[str] = []
        page = _page(clinic, table, "--rows", "7")
        while True:
            found += _ids(page)
            if not page["has_after"]:
                break
            page = _page(clinic, table, "--rows", "7", "--after", found[-1])
        assert len(found) == len(set(found)) == {"patient": 30, "bed": 3, "code": 2}[table]


def test_any_place(clinic):
    assert _ids(_page(clinic, "patient", "--at", "12", "--rows", "1")) == ["12"]
    assert _ids(_page(clinic, "patient", "--last", "--rows", "2")) == ["29", "30"]
    assert _ids(_page(clinic, "patient", "--from", "5", "--rows", "1")) == ["5"]
    assert _ids(_page(clinic, "bed", "--from", '["a", 2]')) == ['["a", 2]', '["b", 1]']
    assert _ids(_page(clinic, "code", "--from", "x2")) == ["2"]  # by its primary key


def test_filters_order_and_personal_columns(clinic):
    page = _page(
        clinic,
        "patient",
        "--where",
        "weight > 10",
        "--where",
        "ward = north",
        "--sort",
        "-weight",
        "--rows",
        "2",
    )
    assert _ids(page) == ["29", "27"]
    assert _page(clinic, "patient", "--personal")["columns"] == ["id", "first_name", "ward", "weight"]
    assert _page(clinic, "patient", "--column", "first_name")["columns"] == ["first_name"]


def test_a_page_for_people(clinic):
    out = steward("rows", "page", clinic, "patient", "--rows", "3", "--count").out
    assert "north" in out
    assert "Rows 1 to 3 of 30." in out
    assert "Hidden since it looks personal: first_name. Show with --personal." in out
    out = steward("rows", "page", clinic, "code").out
    assert "PNG image, 8 B" in out
    assert steward("rows", "page", clinic, "patient", "--where", "id = 99").out.startswith(
        "No rows in “patient”."
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nowhere"], "There is no table or view “nowhere” in this file."),
        (["patient", "--sort", "age"], "There is no column “age” in “patient”."),
        (["patient", "--where", "weight > heavy"], "“heavy” is not a number"),
        (["patient", "--from", "99"], "There is no row of that name in “patient”."),
        (["bed", "--from", "[1"], "“[1” does not name a row."),
        (["patient", "--from", "1", "--last"], "Give one of --at, --from, --after and --last."),
    ],
)
def test_what_is_wrong_is_said(clinic, words, says):
    ran = steward("rows", "page", clinic, *words)
    assert ran.code == 2
    assert ran.err.startswith(says)
    failed = steward("rows", "page", clinic, *words, "--json")
    assert failed.document()["error"]["message"].startswith(says)


def test_finding(clinic):
    ran = steward("rows", "find", clinic, "name 7", "--json")
    assert ran.code == 0
    document = ran.document()
    assert document["items"] == [
        {"id": "7", "table": "patient", "column": "first_name", "key_columns": ["id"], "value": None}
    ]
    assert {each["table"] for each in document["tables"]} == {"patient", "bed", "code"}
    out = steward("rows", "find", clinic, "name", "--values", "--rows", "2").out
    assert "Name 2" in out
    assert "“patient” has more; the first 2 rows are listed." in out
    assert "Found in 1 of 3 tables." in out
    assert "Not found in 3 tables." in steward("rows", "find", clinic, "nothing of it").out
    assert steward("rows", "find", clinic, "x", "--match", "roughly").code == 2


def test_asking(clinic):
    ran = steward("rows", "query", clinic, "SELECT ward, count(*) FROM patient GROUP BY 1", "--json")
    assert ran.document()["items"] == [
        {"id": "1", "cells": ["north", 15]},
        {"id": "2", "cells": ["south", 15]},
    ]
    ran = steward("rows", "query", clinic, "-", "--rows", "1", stdin="SELECT id FROM patient")
    assert "The first 1 rows. There are more" in ran.out
    ran = steward("rows", "query", clinic, "SELECT * FROM patient WHERE id = 3", "--plan", "--json")
    assert ran.document()["items"][0]["detail"].startswith("SEARCH patient USING INTEGER PRIMARY KEY")
    assert "SEARCH" in steward("rows", "query", clinic, "SELECT * FROM patient WHERE id = 3", "--plan").out


def test_asking_for_more_than_reading(clinic):
    before = clinic.read_bytes()
    ran = steward("rows", "query", clinic, "DELETE FROM patient")
    assert ran.code == 3
    assert ran.err.startswith("This query was not run: it would change the file.")
    ran = steward("rows", "query", clinic, "SELECT nmae FROM patient", "--json")
    assert ran.code == 2
    assert ran.document()["error"]["code"] == "bad_sql"
    assert "(line 1, column 8)" in ran.document()["error"]["message"]
    assert clinic.read_bytes() == before


def test_exporting(clinic, tmp_path):
    target = tmp_path / "patients.csv"
    ran = steward("rows", "export", clinic, "patient", "--to", target, "--where", "id < 3", "--json")
    assert ran.code == 0, ran.err
    assert target.read_text().split() == ["id,ward,weight", "1,north,0.5", "2,south,1.0"]
    document = ran.document()
    assert (document["rows"], document["left_out"], document["path"]) == (2, ["first_name"], str(target))
    again = steward("rows", "export", clinic, "patient", "--to", target)
    assert again.code == 3
    assert "exists already" in again.err
    out = steward("rows", "export", clinic, "patient", "--to", target, "--force", "--personal").out
    assert out.startswith("30 rows in ")
    assert steward("rows", "export", clinic, "patient", "--to", tmp_path / "a.b").code == 2


def test_exporting_a_query_and_a_mixed_column(clinic, tmp_path):
    ran = steward("rows", "query", clinic, "SELECT id AS n FROM patient LIMIT 2", "--to", tmp_path / "q.json")
    assert ran.code == 0
    assert json.loads((tmp_path / "q.json").read_text()) == [{"n": 1}, {"n": 2}]
    out = steward("rows", "export", clinic, "code", "--to", tmp_path / "c.csv").out
    assert "An apostrophe stands before them." in out
    ran = steward("rows", "export", clinic, "code", "--to", tmp_path / "c.parquet", "--refuse-mixed")
    assert ran.code == 3
    assert "holds values of several types" in ran.err


def test_nothing_is_left_beside_the_file(clinic):
    steward("rows", "page", clinic, "patient", "--sort", "weight")
    assert [path.name for path in clinic.parent.iterdir() if path.is_file()] == [clinic.name]


def test_a_query_shows_personal_columns_when_asked_whatever_they_are_called(clinic):
    hidden = steward("rows", "query", clinic, "SELECT id, first_name AS x FROM patient", "--rows", "1")
    assert "Name 1" not in hidden.out
    assert "Hidden since it looks personal: x. Show with --personal." in hidden.out
    asked = "SELECT id, first_name FROM patient"
    document = steward("rows", "query", clinic, asked, "--rows", "1", "--json").document()
    assert (document["columns"], document["hidden"]) == (["id"], ["first_name"])
    shown = steward("rows", "query", clinic, asked, "--rows", "1", "--personal", "--json").document()
    assert shown["items"][0]["cells"] == [1, "Name 1"]
    alone = steward("rows", "query", clinic, "SELECT first_name FROM patient")
    assert alone.code == 2
    assert alone.err.startswith("Every column of the query looks personal")


def test_no_column_is_left_out_in_silence(tmp_path):
    columns = ", ".join(f"c{n}" for n in range(2_000))
    wide = (
        a_database(tmp_path)
        .with_table("wide", columns)
        .with_sql("INSERT INTO wide (c1999) VALUES (7)")
        .build()
    )
    for words in (("page", wide, "wide"), ("query", wide, "SELECT * FROM wide")):
        assert "100 columns more than fit are not shown." in steward("rows", *words).out
        assert steward("rows", *words, "--json").document()["more_columns"] == 100
    for place, words in enumerate((("export", wide, "wide"), ("query", wide, "SELECT * FROM wide"))):
        target = tmp_path / f"{place}.csv"
        assert steward("rows", *words, "--to", target).code == 0
        heading, row = target.read_text().splitlines()
        assert heading.endswith(",c1999")
        assert row == "," * 1_999 + "7"


def test_what_could_not_be_searched_is_not_counted_as_searched(tmp_path):
    ran = steward("rows", "find", needs_its_own_program(tmp_path / "clinic.db"), "x")
    assert ran.code == 0
    assert "Found in 1 of 2 tables." in ran.out
    assert "Not searched to the end, 1 table:\n  “by function”: " in ran.out


def test_a_count_that_was_not_made_is_said_so(tmp_path):
    path = (
        a_database(tmp_path)
        .with_table("t", "a", rows=[(1,), (2,), (3,)])
        .with_sql("CREATE VIEW v AS SELECT * FROM t")
        .build()
    )
    out = steward("rows", "page", path, "v", "--rows", "2").out
    assert "Rows 1 to 2; how many there are was not counted." in out
