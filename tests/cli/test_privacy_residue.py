"""`steward privacy residue`."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import a_database, steward

COLUMNS = "id INTEGER PRIMARY KEY, name TEXT, city TEXT"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    rows = [(n, f"Person{n:03d} Winter", "Berlin") for n in range(30)]
    return a_database(tmp_path, "clinic.db").with_table("patient", COLUMNS, rows=rows).build()


def a_copy(where: Path, name: str) -> Path:
    rows = [(n, name if n == 7 else f"Nobody{n:03d}", "Berlin") for n in range(30)]
    return a_database(where, "copy.db").with_table("patient", COLUMNS, rows=rows).build()


def test_a_clean_copy(tmp_path: Path, source: Path) -> None:
    ran = steward(
        "privacy", "residue", a_copy(tmp_path, "Nobody"), "--of", source, "--column", "patient.name"
    )
    assert ran.code == 0
    assert "0 of 30 original values found in the places searched." in ran.out
    assert "Not searched" in ran.out and "is encrypted" in ran.out


def test_a_copy_with_an_original(tmp_path: Path, source: Path) -> None:
    copy = a_copy(tmp_path, "Person011 Winter")
    asked = (
        "privacy",
        "residue",
        copy,
        "--of",
        source,
        "--column",
        "patient.name",
        "--column",
        "patient.city",
    )
    ran = steward(*asked, "--allow", "patient.city", "--json")
    document = ran.document()
    assert ran.code == 1 and document["schema"] == "steward/privacy-residue/v1"
    assert [(each["where"], each["name"], each["column"], each["hits"]) for each in document["items"]] == [
        ("cell", "patient", "name", 1)
    ]
    assert document["allowed"][0]["place"] == "patient.city" and document["allowed"][0]["hits"] == 30
    assert "Winter" not in ran.out
    assert steward(*asked).code == 1 and "Winter" not in steward(*asked).out


def test_what_an_index_computes_is_told_by_its_name(tmp_path: Path) -> None:
    clinic = a_database(tmp_path, "clinic.db").with_table(
        "patient", COLUMNS, rows=[(n, f"Person{n:03d} Winter", "Berlin") for n in range(30)]
    )
    path = clinic.with_sql("CREATE INDEX by_name ON patient (trim(name))").build()
    column = ("--column", "patient.name", "--allow", "patient.name")
    asked = ("privacy", "residue", path, "--of", path, *column)
    allowed = steward(*asked, "--json").document()["allowed"]
    assert {(each["place"], each["index"]) for each in allowed} == {
        ("patient.name", ""),
        ('patient.""', "by_name"),
    }
    printed = steward(*asked).out
    assert "what the index “by_name” on “patient” computes" in printed
    assert 'patient.""' not in printed


def test_by_the_rules_of_the_policy(tmp_path: Path, source: Path) -> None:
    source.with_name("clinic.db.steward.yaml").write_text(
        "version: 1\nreleases:\n  research:\n    tables:\n      patient:\n        name: {technique: token}\n"
    )
    ran = steward(
        "privacy", "residue", a_copy(tmp_path, "Person011 Winter"), "--of", source, "--rules", "research"
    )
    assert ran.code == 1 and "found 1 time: in rows" in ran.out


def test_by_the_rules_that_the_register_knows(tmp_path: Path, source: Path) -> None:
    source.with_name("clinic.db.steward.yaml").write_text(
        "version: 1\nreleases:\n  research:\n    tables:\n      patient:\n        name: {technique: token}\n"
        "        city: {technique: keep}\n        id: {technique: keep}\n"
    )
    copy = source.with_name("research.db")
    made = steward("privacy", "anonymize", source, "--to", copy, "--rules", "research", "--yes")
    assert made.code == 0, made.err
    ran = steward("privacy", "residue", copy, "--of", source)
    assert (ran.code, "0 of 30 original values found" in ran.out) == (0, True), ran.err


@pytest.mark.parametrize(
    "said", [(), ("--column", "name"), ("--column", "patient.name:mail"), ("--rules", "none of that name")]
)
def test_what_is_typed_wrongly(tmp_path: Path, source: Path, said: tuple[str, ...]) -> None:
    assert steward("privacy", "residue", a_copy(tmp_path, "x"), "--of", source, *said).code == 2
