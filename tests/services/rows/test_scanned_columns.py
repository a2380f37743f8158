"""What the last scan found in a column goes before what its name seems to say, until somebody decides."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders import a_database, steward
from builders.schemas import source_named
from steward_app.catalog import Catalog
from steward_app.catalog.policy import policy_path
from steward_app.db import open_read
from steward_app.kernel.progress import Context
from steward_app.services.privacy.discover.scan import scan
from steward_app.services.rows import ask, guarded_in, hidden_columns, personal_in

FIRST = ("Lena", "Emil", "Ada", "Jonas", "Klara", "Bruno", "Greta", "Oskar", "Hanna", "Viktor")
LAST = ("Birnbaum", "Morgenroth", "Kowalczyk", "Lindqvist", "Yildirim", "Tannenfels", "Perrault")


def _row(n: int) -> tuple[object, ...]:
    first, last = FIRST[n % len(FIRST)], LAST[n % len(LAST)]
    mail = f"{first}.{last}{n}@mail.example".lower()
    inside = {"contact": {"mail": mail, "tel": f"+49 171 {5550000 + n * 37}"}, "tags": ["a", "b"]}
    return n, mail, json.dumps(inside), f"{first} {last}", 7 * n % 40


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return (
        a_database(tmp_path, "clinic.db")
        .with_table(
            "patient",
            "id INTEGER PRIMARY KEY, k TEXT, extra TEXT, full_name TEXT, points INT",
            rows=[_row(n) for n in range(1, 300)],
        )
        .with_sql("CREATE VIEW seen AS SELECT id, k AS x, points FROM patient")
        .build()
    )


@pytest.fixture
def scanned(path: Path, catalog: Catalog) -> Path:
    scan(path, catalog=catalog)
    return path


def test_what_a_scan_found_is_hidden_and_what_only_stands_beside_it_is_shown(
    path: Path, catalog: Catalog
) -> None:
    table = source_named(path, "patient").table
    assert table is not None
    assert hidden_columns(table, path) == {"full_name"}, "before a scan the names speak"
    scan(path, catalog=catalog)
    assert hidden_columns(table, path) == {"k", "extra", "full_name"}
    assert guarded_in(source_named(path, "patient"), path) == frozenset(), "levels are decided, never found"


def test_views_and_queries_follow_the_scan_of_what_they_show(scanned: Path) -> None:
    assert personal_in(source_named(scanned, "seen"), scanned) == {"x"}
    with open_read(scanned) as session:
        shown = ask(session, "SELECT id, k AS x, 1 || extra AS y FROM patient", Context(), personal=False)
    assert (shown.columns, shown.hidden) == (("id",), ("x", "y"))


def test_a_decision_goes_before_the_scan(scanned: Path) -> None:
    said = "version: 1\nclassification:\n  tables:\n    patient:\n      columns:\n        K: {not_personal: Codes}\n"
    policy_path(scanned).write_text(said, encoding="utf-8")
    table = source_named(scanned, "patient").table
    assert table is not None
    assert hidden_columns(table, scanned) == {"extra", "full_name"}


def test_the_file_is_known_by_another_name_of_it(scanned: Path) -> None:
    moved = scanned.rename(scanned.with_name("moved.db"))
    assert "k" in personal_in(source_named(moved, "patient"), moved)


def test_a_catalog_that_cannot_be_read_leaves_the_names(scanned: Path, catalog: Catalog) -> None:
    catalog.close()
    catalog.path.write_bytes(b"no database" * 1000)
    assert personal_in(source_named(scanned, "patient"), scanned) == {"full_name"}


def test_the_command_line_leaves_it_out_of_pages_and_files(scanned: Path, tmp_path: Path) -> None:
    target = tmp_path / "p.csv"
    done = steward("rows", "export", scanned, "patient", "--to", target)
    assert done.code == 0, done.err
    assert target.read_text("utf-8").splitlines()[0] == "id,points"
    assert "mail.example" not in steward("rows", "page", scanned, "patient").out
    assert "mail.example" in steward("rows", "page", scanned, "patient", "--personal").out
